"""What people may ask for besides looking."""

from __future__ import annotations

from contextlib import suppress

from invoice_ai.errors import Conflict, NotFound
from invoice_ai.store import invoices, jobs, lifecycle
from invoice_ai.workflow.deciding import book_now
from invoice_ai.workflow.place import Workplace, enqueue
from invoice_ai.workflow.requesting import withdraw_booking


def retry(place: Workplace, invoice_id: int, *, actor: str) -> None:
    """Read a failed invoice again, or repeat what failed after it was read.

    Raises: NotFound. Conflict: nothing of it has failed.
    """
    with place.database.reading() as session:
        status = invoices.load(session, invoice_id).status
    if status == "sync_failed":
        book_now(place, invoice_id, actor=actor)
        return
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        if record.status == "failed":
            jobs.cancel_waiting(session, invoice_id)
            revision = lifecycle.next_revision(session, invoice_id)
            lifecycle.move(session, invoice_id, "received", actor=actor, reason="retry")
            again = [enqueue(place, session, "extract", invoice_id, revision=revision)]
        else:
            again = jobs.revive(session, invoice_id)
        if not again:
            raise Conflict(f"Invoice {invoice_id} is {record.status}; there is nothing to retry.")
    for job_id in again:
        place.bell.ring(job_id)


def retry_all(place: Workplace, *, actor: str, code: str | None = None) -> int:
    """Retry every failed invoice, or those with this error code; returns how many."""
    with place.database.reading() as session:
        failed = invoices.failed_ids(session, code)
    done = 0
    for invoice_id in failed:
        with suppress(Conflict, NotFound):  # somebody was faster
            retry(place, invoice_id, actor=actor)
            done += 1
    return done


def delete(place: Workplace, invoice_id: int, *, actor: str, reason: str = "") -> None:
    """Take an invoice out of every list; file and history stay (R73).

    Raises: NotFound. Conflict: it is being processed, or booked.
    """
    with place.database.writing() as session:
        withdraw_booking(session, invoice_id, for_good=True)
        jobs.cancel_waiting(session, invoice_id)
        lifecycle.move(session, invoice_id, "deleted", actor=actor, reason=reason)
