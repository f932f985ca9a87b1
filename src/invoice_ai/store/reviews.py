"""What people did to invoices: corrections, overrides, claims, and the events of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, insert, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from invoice_ai.domain.findings import Finding, Override
from invoice_ai.store.records import CorrectionRow
from invoice_ai.store.tables import corrections, invoices, overrides, review_events
from invoice_ai.store.types import clean_json, clean_text, db_now

CLAIM_SECONDS = 300  # renewed while the review screen is open (ui.md §2.2)

_CORRECTION = tuple(corrections.c[name] for name in CorrectionRow.__dataclass_fields__)


def note_correction(
    session: Session,
    invoice_id: int,
    *,
    revision: int,
    kind: str,
    field: str,
    old: Any,
    new: Any,
    actor: str,
    reason: str = "",
) -> None:
    """Keep one change of a person for ever; `old` and `new` are JSON."""
    session.execute(
        insert(corrections).values(
            invoice_id=invoice_id,
            revision=revision,
            kind=kind,
            field=field,
            old=clean_json(old),
            new=clean_json(new),
            actor=clean_text(actor),
            reason=clean_text(reason),
        )
    )


def corrections_of(session: Session, invoice_id: int) -> tuple[CorrectionRow, ...]:
    """Everything that people changed, oldest first."""
    statement = select(*_CORRECTION).where(corrections.c.invoice_id == invoice_id)
    return tuple(
        CorrectionRow(*row) for row in session.execute(statement.order_by(corrections.c.id))
    )


def note_override(
    session: Session, invoice_id: int, finding: Finding, *, reason: str, actor: str
) -> None:
    """A person lets this failed check pass."""
    session.execute(
        insert(overrides).values(
            invoice_id=invoice_id,
            check=finding.key,
            printed=clean_text(finding.printed),
            computed=clean_text(finding.computed),
            reason=clean_text(reason),
            actor=clean_text(actor),
        )
    )


def overrides_of(session: Session, invoice_id: int) -> tuple[Override, ...]:
    """What people let pass, oldest first."""
    statement = (
        select(
            overrides.c.check,
            overrides.c.printed,
            overrides.c.computed,
            overrides.c.reason,
            overrides.c.actor,
        )
        .where(overrides.c.invoice_id == invoice_id)
        .order_by(overrides.c.id)
    )
    return tuple(Override(*row) for row in session.execute(statement))


def claim(session: Session, invoice_id: int, *, actor: str, take_over: bool = False) -> bool:
    """Hold or renew the invoice for `actor`; False: somebody else has it and was not to be pushed."""
    free = or_(
        invoices.c.claimed_by.is_(None),
        invoices.c.claimed_by == actor,
        invoices.c.claimed_until < db_now(),
    )
    wanted = [invoices.c.id == invoice_id] if take_over else [invoices.c.id == invoice_id, free]
    changed = session.execute(
        update(invoices)
        .where(*wanted)
        .values(claimed_by=clean_text(actor), claimed_until=db_now(CLAIM_SECONDS))
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def release(session: Session, invoice_id: int, *, actor: str) -> None:
    """Let go of the invoice, if `actor` has it."""
    session.execute(
        update(invoices)
        .where(and_(invoices.c.id == invoice_id, invoices.c.claimed_by == actor))
        .values(claimed_by=None, claimed_until=None)
    )


def note_events(
    session: Session, invoice_id: int, *, actor: str, events: Sequence[tuple[str, str, int]]
) -> None:
    """Keep what happened on the screen: (kind, field, milliseconds since it was opened)."""
    if events:
        session.execute(
            insert(review_events),
            [
                {
                    "invoice_id": invoice_id,
                    "actor": clean_text(actor),
                    "kind": kind[:16],
                    "field": clean_text(field)[:200],
                    "ms": max(0, min(ms, 2**31 - 1)),
                }
                for kind, field, ms in events
            ],
        )
