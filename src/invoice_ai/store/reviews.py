"""What people did to invoices: corrections, overrides, claims, and the events of the screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

from sqlalchemy import and_, func, insert, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from invoice_ai.domain.findings import Finding, Override
from invoice_ai.domain.search import parse_search
from invoice_ai.store import searching
from invoice_ai.store.records import CorrectionRow
from invoice_ai.store.tables import corrections, invoices, overrides, review_events
from invoice_ai.store.types import clean_json, clean_text, db_now

MOST_COUNTED = 10_000  # as lists: "10 000+"
CLAIM_SECONDS = 300  # renewed while the review screen is open (ui.md §2.2)

_CORRECTION = tuple(corrections.c[name] for name in CorrectionRow.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Queue:
    """Where an invoice stands among those that wait for a person, oldest first, put-off ones last.

    `position` is 0 for one that is not among them; `next_id` passes over what others work on.
    """

    position: int
    total: int
    previous_id: int | None
    next_id: int | None


@dataclass(frozen=True, slots=True)
class Pace:
    """What one person decided since midnight (UTC), and how long it took, in seconds."""

    decided: int
    median_seconds: int | None


def queue_at(session: Session, invoice_id: int, *, actor: str, search: str = "") -> Queue:
    """The place of an invoice in the queue, and its neighbours.

    Args:
        search: Only what this finds (domain/search.py) is in the queue.
    """
    waiting = _waiting(session, search)
    here = invoices.c.id == invoice_id
    parked_at = session.scalar(select(invoices.c.parked_at).where(here))
    position = 0
    if session.scalar(select(invoices.c.id).where(here, *waiting)) is not None:
        position = 1 + _count(session, *waiting, _before(parked_at, invoice_id))
    behind, ahead = _before(parked_at, invoice_id), _after(parked_at, invoice_id)
    others = (*waiting, invoices.c.id != invoice_id, _free_for(actor))
    return Queue(
        position,
        _count(session, *waiting),
        _first(session, *others, behind, order=tuple(column.desc() for column in _ORDER)),
        _first(session, *others, ahead) or _first(session, *others),
    )


def first_waiting(session: Session, *, actor: str, search: str = "") -> int | None:
    """The invoice whose turn it is; None: nothing waits that nobody works on."""
    return _first(session, *_waiting(session, search), _free_for(actor))


_ORDER = (invoices.c.parked_at.is_not(None), invoices.c.parked_at, invoices.c.id)


def _before(parked_at: datetime | None, invoice_id: int) -> Any:
    """Those that come before it in the queue."""
    if parked_at is None:
        return and_(invoices.c.parked_at.is_(None), invoices.c.id < invoice_id)
    return or_(
        invoices.c.parked_at.is_(None),
        invoices.c.parked_at < parked_at,
        and_(invoices.c.parked_at == parked_at, invoices.c.id < invoice_id),
    )


def _after(parked_at: datetime | None, invoice_id: int) -> Any:
    if parked_at is None:
        return or_(invoices.c.id > invoice_id, invoices.c.parked_at.is_not(None))
    return and_(
        invoices.c.parked_at.is_not(None),
        or_(
            invoices.c.parked_at > parked_at,
            and_(invoices.c.parked_at == parked_at, invoices.c.id > invoice_id),
        ),
    )


def _waiting(session: Session, search: str) -> tuple[Any, ...]:
    today = datetime.now(UTC).date()
    terms = searching.conditions(session, parse_search(search, today=today), today=today)
    return (invoices.c.status == "needs_review", *terms)


def _first(session: Session, *where: Any, order: Sequence[Any] = _ORDER) -> int | None:
    return session.scalar(select(invoices.c.id).where(*where).order_by(*order).limit(1))


def _free_for(actor: str) -> Any:
    return or_(
        invoices.c.claimed_by.is_(None),
        invoices.c.claimed_by == actor,
        invoices.c.claimed_until < db_now(),
    )


def _count(session: Session, *where: Any) -> int:
    capped = select(invoices.c.id).where(*where).limit(MOST_COUNTED).subquery()
    return int(session.scalars(select(func.count()).select_from(capped)).one())


def pace_of(session: Session, actor: str, now: datetime) -> Pace:
    """How a person's day goes."""
    midnight = now - timedelta(
        hours=now.hour, minutes=now.minute, seconds=now.second, microseconds=now.microsecond
    )
    took = list(
        session.scalars(
            select(review_events.c.ms)
            .where(
                review_events.c.kind == "decide",
                review_events.c.actor == actor,
                review_events.c.at >= midnight,
            )
            .limit(MOST_COUNTED)
        )
    )
    return Pace(len(took), round(median(took) / 1000) if took else None)


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
    wanted = [invoices.c.id == invoice_id]
    if not take_over:
        wanted.append(_free_for(actor))
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
