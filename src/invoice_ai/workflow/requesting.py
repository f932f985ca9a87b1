"""Into the outbox of QuickBooks and out of it again, with the decision that causes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from invoice_ai.errors import Conflict
from invoice_ai.quickbooks import identity
from invoice_ai.store import invoices, lifecycle, outbox, vendors
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.outbox import OutboxRow
from invoice_ai.workflow.place import Workplace, enqueue


@dataclass(frozen=True, slots=True)
class BookingPace:
    """How long is waited, in seconds.

    Attributes:
        grace: After a person's approval, so that it can be undone.
        lag: Between looks for a bill whose outcome is unknown: what QuickBooks saved may show late.
        retry: After unknown outcomes in a row; the last one repeats.
        give_up: After so long in trouble a person is told. Nothing is dropped.
        busy: When another job works on the same invoice.
    """

    grace: float = 10.0
    lag: tuple[float, ...] = (5.0, 30.0, 120.0)
    retry: tuple[float, ...] = (10.0, 30.0, 120.0, 600.0, 3600.0)
    give_up: float = 3 * 86_400.0
    busy: float = 5.0


PACE = BookingPace()


def request_booking(
    place: Workplace,
    session: Session,
    invoice_id: int,
    *,
    actor: str,
    automatic: bool,
    revision: int,
    document_type: str | None = None,
    vendor_id: int | None = None,
    pace: BookingPace = PACE,
) -> int | None:
    """Have an approved invoice booked; call it in the transaction that approves it.

    Returns: The job's id; None: QuickBooks is not used, or the rules say to ask or never to book.
    Raises: Conflict: it is being booked right now.
    """
    found = stored.connection(session)
    if found is None or not found.wanted or found.realm is None:
        return None
    own = vendors.load(session, vendor_id).booking_policy if vendor_id is not None else None
    policy = own or found.publish
    # Nobody has looked at a credit note that was approved by itself.
    unseen_credit = automatic and document_type == "credit_note"
    state: outbox.State = "queued"
    if policy == "never":
        state = "skipped"
    elif policy == "ask" or unseen_credit:
        state = "held"
    outbox.add(
        session,
        invoice_id,
        realm=found.realm,
        marker=identity.marker(found.instance, invoice_id),
        state=state,
        actor=actor,
    )
    if state != "queued":
        return None
    return enqueue(
        place,
        session,
        "sync",
        invoice_id,
        revision=revision,
        delay_seconds=0.0 if automatic else pace.grace,
    )


def withdraw_booking(session: Session, invoice_id: int, *, for_good: bool = False) -> None:
    """The approval is taken back; call it in the transaction that does so.

    Args:
        for_good: The invoice will never be booked; a booked one must not end like that.
    Raises: Conflict: it is being booked, or is booked.
    """
    row = outbox.find(session, invoice_id, lock=True)
    booked = outbox.link_of(session, invoice_id)
    if for_good and booked is not None and booked.state != "deleted":
        raise Conflict(
            f"It is {booked.entity} {booked.doc_number or booked.qbo_id} in QuickBooks. "
            "Delete it there first.",
            code="booked",
        )
    if row is None:
        return
    if row.state in ("posting", "posted", "attaching"):
        raise Conflict("It is being booked in QuickBooks right now.", code="booked")
    if row.state not in ("done", "skipped"):
        outbox.change(session, invoice_id, state="cancelled", last_code="", last_message="")


def book_backlog(place: Workplace, *, actor: str) -> int:
    """Have the invoices booked that were approved before QuickBooks was connected."""
    done = 0
    with place.database.reading() as session:
        waiting = outbox.unbooked(session)
    for invoice_id in waiting:
        with place.database.writing() as session:
            record = invoices.load(session, invoice_id)
            if record.status != "approved" or outbox.find(session, invoice_id) is not None:
                continue
            request_booking(
                place,
                session,
                invoice_id,
                actor=actor,
                automatic=True,
                revision=record.revision,
                vendor_id=record.vendor_id,
            )
            done += 1
    return done


def stop_row(
    session: Session,
    row: OutboxRow,
    state: Literal["needs_user", "needs_attention"],
    *,
    code: str,
    message: str,
    **values: Any,
) -> None:
    """Show a person that it does not go on by itself."""
    outbox.change(
        session,
        row.invoice_id,
        state=state,
        owner=None,
        last_code=code,
        last_message=message,
        **values,
    )
    status = invoices.load(session, row.invoice_id).status
    if status == "approved":
        lifecycle.record_error(
            session,
            row.invoice_id,
            step="sync",
            code=code,
            message=message,
            retryable=state == "needs_attention",
            final=True,
        )
        lifecycle.move(session, row.invoice_id, "sync_failed", actor="worker", reason=code)
    else:
        lifecycle.tell(session, row.invoice_id, actor="worker", reason=code)
