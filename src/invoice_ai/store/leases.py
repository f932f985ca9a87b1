"""Leases for what only one process may do at a time, e.g. watch the folder."""

from __future__ import annotations

from sqlalchemy import delete, or_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from invoice_ai.store.tables import leases
from invoice_ai.store.types import db_now


def take(session: Session, name: str, holder: str, seconds: float) -> bool:
    """Take or extend the lease; False: somebody else holds it."""
    changed = session.execute(
        update(leases)
        .where(leases.c.name == name, or_(leases.c.holder == holder, leases.c.until < db_now()))
        .values(holder=holder, until=db_now(seconds))
    )
    assert isinstance(changed, CursorResult)
    if changed.rowcount:
        return True
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    added = session.execute(
        dialect.insert(leases)
        .values(name=name, holder=holder, until=db_now(seconds))
        .on_conflict_do_nothing(index_elements=["name"])
        .returning(leases.c.name)
    )
    return added.one_or_none() is not None


def give_up(session: Session, name: str, holder: str) -> None:
    """Let the next one take it at once."""
    session.execute(delete(leases).where(leases.c.name == name, leases.c.holder == holder))
