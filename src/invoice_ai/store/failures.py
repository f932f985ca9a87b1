"""The table of errors, as the API and the operators read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoice_ai.store.tables import errors


@dataclass(frozen=True, slots=True)
class Failure:
    """One error ever noted; `invoice_id` None: the file never became an invoice."""

    id: int
    invoice_id: int | None
    step: str
    code: str
    message: str
    retryable: bool
    created_at: datetime


def page_of(
    session: Session, *, limit: int = 50, after: int | None = None
) -> tuple[tuple[Failure, ...], int | None]:
    """Errors, newest first, and the id to go on after (None: that was all).

    Args:
        after: What the page before returned.
    """
    columns = (errors.c[name] for name in Failure.__dataclass_fields__)
    statement = select(*columns).order_by(errors.c.id.desc()).limit(limit + 1)
    if after is not None:
        statement = statement.where(errors.c.id < after)
    rows = tuple(Failure(*row) for row in session.execute(statement))
    return rows[:limit], rows[limit - 1].id if len(rows) > limit else None
