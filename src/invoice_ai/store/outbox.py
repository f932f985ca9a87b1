"""What is to be booked and how far it has come; what is booked; what was done (as rows)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

from sqlalchemy import Select, and_, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoice_ai.errors import Conflict, NotFound
from invoice_ai.store.tables import invoices, jobs, qb_link, qb_log, qb_outbox
from invoice_ai.store.types import clean_json, clean_text, db_now, fits_money

State = Literal[
    "held",  # waits for a person to say: book it
    "queued",
    "posting",  # sent; the outcome may be unknown
    "posted",  # booked; the file is not attached yet
    "attaching",  # the file is sent; the outcome may be unknown
    "done",
    "needs_user",  # QuickBooks or we ask a person something
    "needs_attention",  # tried for days
    "skipped",  # not to be booked
    "cancelled",  # the approval was taken back
]
# Something is still to be done, by us.
OPEN: tuple[State, ...] = ("queued", "posting", "posted", "attaching")
# Nothing was ever sent, or QuickBooks surely did nothing.
HARMLESS: tuple[State, ...] = ("held", "queued", "needs_user", "skipped", "cancelled")


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One invoice on its way to QuickBooks."""

    invoice_id: int
    realm: str
    operation: str
    state: State
    marker: str
    generation: int
    entity: str | None
    doc_number: str | None
    payload: str | None
    facts: dict[str, Any] | None
    coding: dict[str, Any] | None
    choices: dict[str, Any] | None
    questions: list[dict[str, Any]] | None
    existing: dict[str, Any] | None
    allow_duplicate: bool
    reads: int
    attempts: int
    trouble_since: datetime | None
    next_at: datetime | None
    qbo_id: str | None
    last_code: str
    last_message: str
    actor: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What an invoice is in QuickBooks."""

    id: int
    invoice_id: int
    realm: str
    entity: str
    qbo_id: str
    doc_number: str
    sync_token: str
    total: Decimal | None
    balance: Decimal | None
    state: str
    told: str
    made_by: str
    attachment: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class LogRow:
    """One deed, with the invoice it was done for."""

    id: int
    invoice_id: int | None
    action: str
    outcome: str
    message: str
    detail: str
    code: str
    tid: str
    qbo_id: str
    seconds: float
    at: datetime
    vendor_name: str | None
    invoice_number: str | None
    file_name: str | None


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An invoice that waits, for us or for a person, as lists show it."""

    invoice_id: int
    state: State
    last_code: str
    last_message: str
    next_at: datetime | None
    updated_at: datetime
    vendor_name: str | None
    invoice_number: str | None
    file_name: str
    currency: str | None
    total: Decimal | None


class AlreadyLinked(Conflict):
    """Another invoice of ours is that transaction."""

    code = "already_linked"


_OUTBOX = tuple(qb_outbox.c[name] for name in OutboxRow.__dataclass_fields__)
_LINK = tuple(qb_link.c[name] for name in LinkRow.__dataclass_fields__)
_OF_INVOICE = ("vendor_name", "invoice_number", "file_name")


def add(
    session: Session, invoice_id: int, *, realm: str, marker: str, state: State, actor: str
) -> OutboxRow:
    """Put an approved invoice into the outbox, or back into it.

    What is booked already becomes an update. Raises: Conflict: it is being booked right now.
    """
    before = find(session, invoice_id, lock=True)
    booked = link_of(session, invoice_id, realm)
    operation = "update" if booked and booked.state != "deleted" else "create"
    values = {
        "realm": realm,
        "operation": operation,
        "state": state,
        "marker": marker,
        "questions": None,
        "existing": None,
        "reads": 0,
        "attempts": 0,
        "trouble_since": None,
        "next_at": None,
        "qbo_id": booked.qbo_id if booked and operation == "update" else None,
        "last_code": "",
        "last_message": "",
        "actor": clean_text(actor),
        "updated_at": db_now(),
    }
    if before is None:
        session.execute(insert(qb_outbox).values(invoice_id=invoice_id, **values))
    elif before.state in (*HARMLESS, "done", "needs_attention"):
        # A new generation: an answer to what was sent before must not be replayed at us.
        change(session, invoice_id, generation=before.generation + 1, **values)
    else:
        raise Conflict(f"Invoice {invoice_id} is being booked right now.")
    return load(session, invoice_id)


def find(session: Session, invoice_id: int, *, lock: bool = False) -> OutboxRow | None:
    """The row of an invoice. `lock`: nobody else changes it until the transaction ends."""
    statement = select(*_OUTBOX).where(qb_outbox.c.invoice_id == invoice_id)
    if lock:
        statement = statement.with_for_update()
    row = session.execute(statement).one_or_none()
    return OutboxRow(*row) if row else None


def load(session: Session, invoice_id: int) -> OutboxRow:
    """The same. Raises: NotFound."""
    found = find(session, invoice_id)
    if found is None:
        raise NotFound(f"Invoice {invoice_id} is not to be booked.")
    return found


def take(session: Session, invoice_id: int, token: str) -> OutboxRow | None:
    """Take the row for the job with this token; None: there is none, or a living job has it."""
    row = find(session, invoice_id, lock=True)
    if row is None:
        return None
    owner = session.scalar(select(qb_outbox.c.owner).where(qb_outbox.c.invoice_id == invoice_id))
    if owner and owner != token:
        alive = select(jobs.c.id).where(and_(jobs.c.token == owner, jobs.c.state == "running"))
        if session.execute(alive).first():
            return None
    session.execute(
        update(qb_outbox).where(qb_outbox.c.invoice_id == invoice_id).values(owner=token)
    )
    return row


def change(session: Session, invoice_id: int, **values: Any) -> None:
    """Change the row."""
    for name in ("facts", "coding", "choices", "questions", "existing"):
        if name in values:
            values[name] = clean_json(values[name])
    for name in ("last_code", "last_message"):
        if name in values:
            values[name] = clean_text(str(values[name]))
    values.setdefault("updated_at", db_now())
    session.execute(update(qb_outbox).where(qb_outbox.c.invoice_id == invoice_id).values(**values))


def counts(session: Session) -> dict[str, int]:
    """Rows by state; a state without rows is absent."""
    rows = session.execute(select(qb_outbox.c.state, func.count()).group_by(qb_outbox.c.state))
    return {row[0]: row[1] for row in rows}


def waiting(session: Session, states: Sequence[str], *, most: int = 200) -> list[WaitingRow]:
    """Invoices in these states, the longest waiting first."""
    columns = [
        qb_outbox.c[n] if n in qb_outbox.c else invoices.c[n]
        for n in WaitingRow.__dataclass_fields__
    ]
    statement = (
        select(*columns)
        .join(invoices, invoices.c.id == qb_outbox.c.invoice_id)
        .where(qb_outbox.c.state.in_(states))
        .order_by(qb_outbox.c.updated_at, qb_outbox.c.invoice_id)
        .limit(most)
    )
    return [WaitingRow(*row) for row in session.execute(statement)]


def idle(session: Session, most: int = 1000) -> list[tuple[int, int]]:
    """(invoice, revision) of open rows that no job works on or will: they would wait for ever."""
    busy = select(jobs.c.invoice_id).where(
        jobs.c.kind == "sync",
        jobs.c.state.in_(("queued", "running")),
        jobs.c.invoice_id == qb_outbox.c.invoice_id,
    )
    statement = (
        select(qb_outbox.c.invoice_id, invoices.c.revision)
        .join(invoices, invoices.c.id == qb_outbox.c.invoice_id)
        .where(qb_outbox.c.state.in_(OPEN), ~busy.exists())
        .order_by(qb_outbox.c.invoice_id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def unbooked(session: Session, most: int = 1000) -> list[int]:
    """Approved invoices that are neither booked nor on their way."""
    statement = _unbooked().order_by(invoices.c.id).limit(most)
    return list(session.scalars(statement))


def unbooked_count(session: Session) -> int:
    return session.scalars(select(func.count()).select_from(_unbooked().subquery())).one()


def _unbooked() -> Select[Any]:
    known = select(qb_outbox.c.invoice_id).where(qb_outbox.c.invoice_id == invoices.c.id)
    return select(invoices.c.id).where(invoices.c.status == "approved", ~known.exists())


def standings(
    session: Session, invoice_ids: Sequence[int]
) -> dict[int, tuple[str | None, str | None]]:
    """(state on its way, state in QuickBooks) of those of these invoices that have any."""
    rows = session.execute(
        select(qb_outbox.c.invoice_id, qb_outbox.c.state).where(
            qb_outbox.c.invoice_id.in_(invoice_ids)
        )
    )
    found: dict[int, tuple[str | None, str | None]] = {row[0]: (row[1], None) for row in rows}
    links = session.execute(
        select(qb_link.c.invoice_id, qb_link.c.state)
        .where(qb_link.c.invoice_id.in_(invoice_ids))
        .order_by(qb_link.c.id)
    )
    for invoice_id, state in links:
        found[invoice_id] = (found.get(invoice_id, (None, None))[0], state)
    return found


# --- links ---


def save_link(
    session: Session,
    invoice_id: int,
    *,
    realm: str,
    entity: str,
    qbo_id: str,
    doc_number: str,
    sync_token: str,
    total: Decimal | None,
    balance: Decimal | None,
    made_by: str,
) -> None:
    """This transaction is this invoice.

    Raises: AlreadyLinked: it is another invoice's already.
    """
    taken = session.scalar(
        select(qb_link.c.invoice_id).where(
            qb_link.c.realm == realm, qb_link.c.entity == entity, qb_link.c.qbo_id == qbo_id
        )
    )
    if taken is not None and taken != invoice_id:
        raise AlreadyLinked(f"That transaction in QuickBooks is invoice {taken} already.")
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    values = {
        "entity": entity,
        "qbo_id": qbo_id,
        "doc_number": clean_text(doc_number),
        "sync_token": sync_token,
        "total": _money(total),
        "balance": _money(balance),
        "state": "paid" if balance == 0 and total else "booked",
        "told": "",
        "seen_at": db_now(),
    }
    session.execute(
        dialect.insert(qb_link)
        .values(
            invoice_id=invoice_id,
            realm=realm,
            made_by=made_by,
            attachment="missing",
            created_at=db_now(),
            **values,
        )
        .on_conflict_do_update(index_elements=["invoice_id", "realm"], set_=values)
    )


def link_of(session: Session, invoice_id: int, realm: str | None = None) -> LinkRow | None:
    """What the invoice is in QuickBooks; the newest, if it was booked in several companies."""
    statement = select(*_LINK).where(qb_link.c.invoice_id == invoice_id)
    if realm is not None:
        statement = statement.where(qb_link.c.realm == realm)
    row = session.execute(statement.order_by(qb_link.c.id.desc()).limit(1)).one_or_none()
    return LinkRow(*row) if row else None


def link_to(session: Session, realm: str, entity: str, qbo_id: str) -> LinkRow | None:
    """The invoice that a transaction is."""
    row = session.execute(
        select(*_LINK).where(
            qb_link.c.realm == realm, qb_link.c.entity == entity, qb_link.c.qbo_id == qbo_id
        )
    ).one_or_none()
    return LinkRow(*row) if row else None


def change_link(session: Session, link_id: int, **values: Any) -> None:
    """Say how a transaction stands."""
    session.execute(
        update(qb_link).where(qb_link.c.id == link_id).values(seen_at=db_now(), **values)
    )


def _money(value: Decimal | None) -> Decimal | None:
    return value if value is not None and fits_money(value) else None


# --- the log ---


def note(
    session: Session,
    invoice_id: int | None,
    action: str,
    outcome: str,
    *,
    message: str = "",
    detail: str = "",
    code: str = "",
    tid: str = "",
    qbo_id: str = "",
    seconds: float = 0.0,
) -> None:
    """Keep what was done, for people."""
    session.execute(
        insert(qb_log).values(
            invoice_id=invoice_id,
            action=action,
            outcome=outcome,
            message=clean_text(message)[:2000],
            detail=clean_text(detail)[:2000],
            code=code[:64],
            tid=tid[:64],
            qbo_id=qbo_id[:32],
            seconds=round(seconds, 3),
        )
    )


def log(
    session: Session, *, invoice_id: int | None = None, before: int | None = None, most: int = 100
) -> list[LogRow]:
    """The newest deeds first; of one invoice, or of all."""
    columns = [
        invoices.c[n] if n in _OF_INVOICE else qb_log.c[n] for n in LogRow.__dataclass_fields__
    ]
    statement = select(*columns).outerjoin(invoices, invoices.c.id == qb_log.c.invoice_id)
    if invoice_id is not None:
        statement = statement.where(qb_log.c.invoice_id == invoice_id)
    if before is not None:
        statement = statement.where(qb_log.c.id < before)
    statement = statement.order_by(qb_log.c.id.desc()).limit(max(1, min(most, 500)))
    return [LogRow(*row) for row in session.execute(statement)]
