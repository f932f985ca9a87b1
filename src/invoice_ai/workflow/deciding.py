"""What a person may do to an invoice on its way to QuickBooks, or there already."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from invoice_ai.errors import BadRequest, Conflict, NotFound
from invoice_ai.quickbooks.coding import Choices, choices_to_json
from invoice_ai.quickbooks.identity import marker
from invoice_ai.quickbooks.trouble import Refused
from invoice_ai.store import invoices, jobs, lifecycle, outbox
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.outbox import LinkRow, LogRow, OutboxRow
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.workflow.booking import Plan, plan_booking
from invoice_ai.workflow.connecting import NotConnected, addresses, connected_client
from invoice_ai.workflow.place import Workplace, enqueue

ENTITIES = ("Bill", "VendorCredit", "Purchase")


@dataclass(frozen=True, slots=True)
class BookingView:
    """Everything about one invoice and QuickBooks. `address` is where a person sees it there."""

    record: InvoiceRecord
    row: OutboxRow | None
    link: LinkRow | None
    address: str
    plan: Plan | None
    why_no_plan: str
    log: tuple[LogRow, ...]


def view_booking(place: Workplace, invoice_id: int) -> BookingView:
    """What would be booked, what is, and what was done. Raises: NotFound."""
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
        row = outbox.find(session, invoice_id)
        link = outbox.link_of(session, invoice_id)
        connection = stored.connection(session)
        log = tuple(outbox.log(session, invoice_id=invoice_id))
    if record.status == "deleted":
        raise NotFound(f"There is no invoice {invoice_id}.")
    address = address_there(place, link)
    plan, why = None, ""
    if connection is None or connection.realm is None:
        why = str(NotConnected())
    else:
        try:
            plan = plan_booking(place, connection, record, row)
        except Conflict as not_yet:
            why = str(not_yet)
    return BookingView(record, row, link, address, plan, why, log)


def address_there(place: Workplace, link: LinkRow | None) -> str:
    """Where a person sees the transaction in QuickBooks; "" while there is none."""
    return addresses(place.settings).page(link.entity, link.qbo_id) if link else ""


def choose(place: Workplace, invoice_id: int, choices: Choices, *, actor: str) -> None:
    """Decide how an invoice is booked; what waited for that goes on.

    Raises: NotFound. Conflict: it is being booked, or is booked.
    """
    with place.database.writing() as session:
        row = _changeable(session, invoice_id)
        outbox.change(session, invoice_id, choices=choices_to_json(choices), actor=actor)
        again = row.state == "needs_user"
        job_id = _go_on(place, session, row, actor=actor, reason="answered") if again else None
    _ring(place, job_id)


def book_now(place: Workplace, invoice_id: int, *, actor: str) -> None:
    """Book what waits for a person's word, or try again at once what went wrong.

    Raises: NotFound. Conflict: there is nothing to book or to repeat.
    """
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        row = outbox.find(session, invoice_id, lock=True)
        if row is None:
            row = _late(session, record, actor)
        if row.state == "done":
            raise Conflict(f"Invoice {invoice_id} is booked already.")
        job_id = _go_on(place, session, row, actor=actor, reason="book now")
    _ring(place, job_id)


def book_in_this_company(place: Workplace, invoice_id: int, *, actor: str) -> None:
    """What was to be booked in another company is booked in the connected one."""
    with place.database.writing() as session:
        row = _changeable(session, invoice_id)
        found = stored.connection(session)
        if found is None or found.realm is None or not found.wanted:
            raise NotConnected
        outbox.change(session, invoice_id, realm=found.realm, operation="create", qbo_id=None)
        job_id = _go_on(place, session, row, actor=actor, reason="other company")
    _ring(place, job_id)


def skip(place: Workplace, invoice_id: int, *, actor: str) -> None:
    """Never book this invoice; it stays approved.

    Raises: NotFound. Conflict: it is being booked, or is booked.
    """
    with place.database.writing() as session:
        row = _changeable(session, invoice_id)
        jobs.cancel_waiting(session, invoice_id, "sync")
        outbox.change(session, invoice_id, state="skipped", last_code="", last_message="")
        _approved_again(session, row, actor=actor, reason="not booked")
        outbox.note(session, invoice_id, "skip", "done", message=f"{actor}: not to be booked.")


def mark_booked(place: Workplace, invoice_id: int, *, entity: str, qbo_id: str, actor: str) -> None:
    """ "Already in QuickBooks": link the invoice with that transaction, which is looked at first.

    Raises: NotFound: QuickBooks has no such transaction. BadRequest. Conflict: another invoice is
        linked with it. ReconnectNeeded. Unavailable.
    """
    if entity not in ENTITIES or not qbo_id.isdecimal() or len(qbo_id) > 20:
        raise BadRequest("Say which transaction: Bill, VendorCredit or Purchase, and its number.")
    client, found = connected_client(place)
    assert found.realm is not None
    with client:
        try:
            there = client.get(entity, qbo_id)
        except Refused as no:
            raise NotFound(f"QuickBooks has no {entity} {qbo_id}.") from no
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        row = outbox.find(session, invoice_id, lock=True) or _late(session, record, actor)
        if row.state in ("posting", "posted", "attaching", "done"):
            raise Conflict(f"Invoice {invoice_id} is being booked, or is booked already.")
        jobs.cancel_waiting(session, invoice_id, "sync")
        outbox.save_link(
            session,
            invoice_id,
            realm=found.realm,
            entity=entity,
            qbo_id=qbo_id,
            doc_number=str(there.get("DocNumber") or ""),
            sync_token=str(there.get("SyncToken") or ""),
            total=_decimal(there.get("TotalAmt")),
            balance=_decimal(there.get("Balance")),
            made_by="linked",
        )
        outbox.change(
            session,
            invoice_id,
            state="done",
            entity=entity,
            qbo_id=qbo_id,
            last_code="",
            last_message="",
            questions=None,
            existing=None,
        )
        lifecycle.move(session, invoice_id, "synced", actor=actor, reason=f"{entity} {qbo_id}")
        outbox.note(
            session,
            invoice_id,
            "link",
            "done",
            message=f"{actor}: this is it in QuickBooks.",
            qbo_id=qbo_id,
        )


def reopen(place: Workplace, invoice_id: int, *, actor: str) -> InvoiceRecord:
    """Correct an invoice that is booked or could not be; approving it again updates QuickBooks.

    Raises: NotFound. Conflict: it is neither, or is being booked.
    """
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        if record.status not in ("synced", "sync_failed"):
            raise Conflict(f"Invoice {invoice_id} is {record.status}; it cannot be opened again.")
        row = outbox.find(session, invoice_id, lock=True)
        if row and row.state in ("posting", "posted", "attaching"):
            raise Conflict(f"Invoice {invoice_id} is being booked right now.")
        jobs.cancel_waiting(session, invoice_id, "sync")
        if row and row.state != "done":
            outbox.change(session, invoice_id, state="cancelled")
        lifecycle.move(session, invoice_id, "needs_review", actor=actor, reason="opened again")
        lifecycle.touch(session, invoice_id, decision=None)
        return invoices.load(session, invoice_id)


def _changeable(session: Session, invoice_id: int) -> OutboxRow:
    row = outbox.find(session, invoice_id, lock=True)
    if row is None:
        raise NotFound(f"Invoice {invoice_id} is not to be booked.")
    if row.state not in (*outbox.HARMLESS, "needs_attention"):
        raise Conflict(f"Invoice {invoice_id} is being booked, or is booked already.")
    if row.state == "needs_attention" and row.qbo_id:
        raise Conflict(f"Invoice {invoice_id} is booked already.")
    return row


def _late(session: Session, record: InvoiceRecord, actor: str) -> OutboxRow:
    """The row of an invoice that was approved before QuickBooks was connected."""
    found = stored.connection(session)
    if found is None or found.realm is None or not found.wanted:
        raise NotConnected
    if record.status != "approved":
        raise Conflict(f"Invoice {record.id} is {record.status}; approve it first.")
    own = marker(found.instance, record.id)
    return outbox.add(session, record.id, realm=found.realm, marker=own, state="held", actor=actor)


def _go_on(
    place: Workplace, session: Session, row: OutboxRow, *, actor: str, reason: str
) -> int | None:
    """Let the row start where it surely is; returns a new job's id if none was waiting."""
    record = invoices.load(session, row.invoice_id)
    state = row.state
    if state == "needs_attention":
        # What was sent may have arrived: look first.
        state = "attaching" if row.qbo_id and row.operation == "create" else "posting"
        if row.payload is None:
            state = "queued"
    elif state in outbox.HARMLESS:
        state = "queued"
    outbox.change(
        session,
        row.invoice_id,
        state=state,
        attempts=0,
        trouble_since=None,
        next_at=None,
        questions=None,
        last_code="",
        last_message="",
    )
    _approved_again(session, row, actor=actor, reason=reason)
    if jobs.ring_now(session, row.invoice_id, "sync"):
        return None
    return enqueue(place, session, "sync", row.invoice_id, revision=record.revision)


def _approved_again(session: Session, row: OutboxRow, *, actor: str, reason: str) -> None:
    if invoices.load(session, row.invoice_id).status == "sync_failed":
        lifecycle.move(session, row.invoice_id, "approved", actor=actor, reason=reason)


def _ring(place: Workplace, job_id: int | None) -> None:
    if job_id is not None:
        place.bell.ring(job_id)


def _decimal(value: object) -> Decimal | None:
    return Decimal(str(value)) if value is not None else None
