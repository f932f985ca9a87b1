"""What a person does to an invoice: correct, let pass, approve, reject, send back, put off, undo.

Every function takes the version that the person saw; whoever saw an older one hears Conflict. Each is
one short transaction in which values, checks, reasons, history and follow-up jobs change together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.serial import field_to_json
from invoice_ai.domain.status import Status
from invoice_ai.domain.vendors import marks_of
from invoice_ai.errors import BadRequest, Conflict, NotFound
from invoice_ai.review import Applied, Change, apply_changes, settle
from invoice_ai.store import invoices, jobs, lifecycle, reviews, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.store.types import db_now
from invoice_ai.workflow.known import known_of
from invoice_ai.workflow.learning import (
    learn_fields,
    learn_the_rest,
    learn_vendor,
    note_verified_account,
)
from invoice_ai.workflow.place import Workplace, enqueue
from invoice_ai.workflow.requesting import request_booking, withdraw_booking
from invoice_ai.workflow.rules import chosen_settings

BANK_CHANGED = "bank_changed"  # the check whose override needs a second person (R34)


def correct(
    place: Workplace,
    invoice_id: int,
    changes: Sequence[Change],
    *,
    actor: str,
    let_pass: Mapping[str, str] | None = None,
    expected_version: int | None = None,
    reason: str = "",
) -> InvoiceRecord:
    """Change or confirm values and let failed checks pass, all together; checks are made again.

    Args:
        let_pass: `Finding.key` → why. What blocks, and a sum that is wrong, needs a why; a warning
            needs none.
    Raises: NotFound. Conflict: someone was faster, or it is not open for review.
        BadRequest: no such field, row or failed check, or the why is missing.
    """
    with place.database.writing() as session:
        record = _open(session, invoice_id)
        assert record.extracted is not None
        for key, why in (let_pass or {}).items():
            _pass(session, record, key, why.strip(), actor)
        reviewed, applied = apply_changes(record.extracted, changes, read=record.read)
        _save(place, session, record, reviewed, expected_version)
        for done in applied:
            reviews.note_correction(
                session,
                invoice_id,
                revision=record.revision,
                kind=done.change.kind,
                field=done.change.field,
                old=_old_json(done),
                new=field_to_json(done.new) if done.new else None,
                actor=actor,
                reason=reason,
            )
        learn_fields(place, session, record, reviewed, [done.change.field for done in applied])
        return invoices.load(session, invoice_id)


def let_pass(
    place: Workplace,
    invoice_id: int,
    reasons: Mapping[str, str],
    *,
    actor: str,
    expected_version: int | None = None,
) -> InvoiceRecord:
    """Let failed checks pass and change nothing else; see `correct`."""
    return correct(
        place, invoice_id, (), actor=actor, let_pass=reasons, expected_version=expected_version
    )


def needs_why(finding: Finding) -> bool:
    """Whether letting this failed check pass needs a sentence that says why."""
    return finding.severity == "block" or finding.code == "sum_mismatch"


def _pass(session: Session, record: InvoiceRecord, key: str, why: str, actor: str) -> None:
    failed = {f.key: f for f in record.findings if f.outcome == "failed"}
    if key not in failed:
        raise BadRequest(f"Check {key[:80]!r} has not failed; look again.")
    if needs_why(failed[key]) and not why:
        raise BadRequest(f"Say why this may pass: {failed[key].message}")
    reviews.note_override(session, record.id, failed[key], reason=why, actor=actor)


def approve(
    place: Workplace, invoice_id: int, *, actor: str, expected_version: int | None = None
) -> InvoiceRecord:
    """Approve an invoice of which nothing is left to check.

    Raises: NotFound. Conflict: something is left (the message names the first), someone was faster,
        it is not in review, or a changed account was let pass by the same person (R34).
    """
    with place.database.writing() as session:
        record = _open(session, invoice_id)
        assert record.extracted is not None
        _, route = _checked(place, session, record, record.extracted)
        if route.reasons:
            left = len(route.reasons)
            raise Conflict(
                f"{left} {'thing is' if left == 1 else 'things are'} still to be checked; first: "
                f"{route.reasons[0].message}"
            )
        _second_person(session, record, actor)
        corrected = any(
            c.kind not in ("confirm", "restore")
            for c in reviews.corrections_of(session, invoice_id)
        )
        vendor_id = learn_vendor(session, invoice_id, record.extracted, clean=not corrected)
        learn_the_rest(place, session, replace(record, vendor_id=vendor_id), record.extracted)
        decide(session, record, "approved", "approved", actor, "", expected_version)
        if vendor_id is not None:
            overrides = reviews.overrides_of(session, invoice_id)
            note_verified_account(session, vendor_id, record.extracted, overrides)
            lifecycle.touch(session, invoice_id, vendor_id=vendor_id)
        rung = [enqueue(place, session, "export", invoice_id, revision=record.revision)]
        # Not rung: it starts after a while in which the approval can be undone.
        request_booking(
            place,
            session,
            invoice_id,
            actor=actor,
            automatic=False,
            revision=record.revision,
            vendor_id=vendor_id,
        )
        approved = invoices.load(session, invoice_id)
    for job_id in rung:
        place.bell.ring(job_id)
    return approved


def reject(
    place: Workplace,
    invoice_id: int,
    *,
    actor: str,
    reason: str,
    decision: Literal["rejected", "sent_back", "duplicate"] = "rejected",
    expected_version: int | None = None,
) -> InvoiceRecord:
    """Turn an invoice down, send it back to whoever sent it, or put it aside as a duplicate.

    Raises: NotFound. Conflict: someone was faster, or it is not in review.
        BadRequest: the reason is missing.
    """
    if not reason.strip():
        raise BadRequest("Say why; whoever asks about this invoice will read it.")
    with place.database.writing() as session:
        record = _open(session, invoice_id)
        withdraw_booking(session, invoice_id, for_good=True)
        decide(session, record, "rejected", decision, actor, reason.strip(), expected_version)
        job_id = enqueue(place, session, "export", invoice_id, revision=record.revision)
        rejected = invoices.load(session, invoice_id)
    place.bell.ring(job_id)
    return rejected


def park(
    place: Workplace, invoice_id: int, *, actor: str, expected_version: int | None = None
) -> InvoiceRecord:
    """Put an invoice to the end of the queue ("later"); it stays in review.

    Raises: NotFound. Conflict.
    """
    with place.database.writing() as session:
        _open(session, invoice_id)
        lifecycle.tell(session, invoice_id, actor=actor, reason="later")
        lifecycle.touch(
            session,
            invoice_id,
            expected_version=expected_version,
            parked_at=db_now(),
            claimed_by=None,
            claimed_until=None,
        )
        return invoices.load(session, invoice_id)


def undo(
    place: Workplace, invoice_id: int, *, actor: str, expected_version: int | None = None
) -> InvoiceRecord:
    """Take back the last decision: the invoice is in review again, at its old place in the queue.

    Raises: NotFound. Conflict: there is no decision, or it is booked already.
    """
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        if record.status == "needs_review" and record.parked_at is not None:
            lifecycle.touch(session, invoice_id, expected_version=expected_version, parked_at=None)
            return invoices.load(session, invoice_id)
        if record.decision is None:
            raise Conflict(f"Nobody decided about invoice {invoice_id}; there is nothing to undo.")
        withdraw_booking(session, invoice_id)
        jobs.cancel_waiting(session, invoice_id)
        lifecycle.move(
            session,
            invoice_id,
            "needs_review",
            actor=actor,
            reason="undo",
            expected_version=expected_version,
        )
        lifecycle.touch(session, invoice_id, decision=None)
        job_id = enqueue(place, session, "export", invoice_id, revision=record.revision)
        undone = invoices.load(session, invoice_id)
    place.bell.ring(job_id)
    return undone


def link_vendor(
    place: Workplace,
    invoice_id: int,
    vendor_id: int,
    *,
    actor: str,
    expected_version: int | None = None,
) -> InvoiceRecord:
    """Say that a vendor on file sent this invoice, under whatever name and number it bills.

    Raises: NotFound: no such invoice or vendor. Conflict: someone was faster, or it is not open.
    """
    with place.database.writing() as session:
        record = _open(session, invoice_id)
        assert record.extracted is not None
        vendor = vendors.load(session, vendor_id)
        vendors.note_marks(
            session,
            vendor.id,
            [m for m in marks_of(record.extracted) if m.kind != "iban"],
            invoice_id=invoice_id,
        )
        lifecycle.tell(session, invoice_id, actor=actor, reason=f"vendor: {vendor.name}")
        _save(place, session, record, record.extracted, expected_version)
        lifecycle.touch(session, invoice_id, vendor_id=vendor.id)
        return invoices.load(session, invoice_id)


def claim(
    place: Workplace, invoice_id: int, *, actor: str, take_over: bool = False
) -> InvoiceRecord:
    """Take or keep an invoice for a while, so that nobody else works on it unknowingly.

    Raises: NotFound. Conflict: somebody else has it; `take_over` takes it all the same.
    """
    with place.database.writing(durable=False) as session:
        record = invoices.load(session, invoice_id)
        if not reviews.claim(session, invoice_id, actor=actor, take_over=take_over):
            raise Conflict(f"{record.claimed_by} is on this invoice.", code="claimed")
        return invoices.load(session, invoice_id)


def release(place: Workplace, invoice_id: int, *, actor: str) -> None:
    """Let go of an invoice; nothing happens when somebody else has it."""
    with place.database.writing(durable=False) as session:
        reviews.release(session, invoice_id, actor=actor)


def decide(
    session: Session,
    record: InvoiceRecord,
    status: Status,
    decision: str,
    actor: str,
    reason: str,
    expected_version: int | None,
) -> None:
    """Move an invoice out of review by a person's decision."""
    lifecycle.move(
        session,
        record.id,
        status,
        actor=actor,
        reason=f"{decision}: {reason}" if reason else decision,
        expected_version=expected_version,
    )
    lifecycle.touch(
        session,
        record.id,
        decision=decision,
        parked_at=None,
        claimed_by=None,
        claimed_until=None,
    )


def _open(session: Session, invoice_id: int) -> InvoiceRecord:
    """An invoice that is in review and was read."""
    record = invoices.load(session, invoice_id)
    if record.status == "deleted":
        raise NotFound(f"There is no invoice {invoice_id}.")
    if record.status != "needs_review" or record.extracted is None:
        raise Conflict(f"Invoice {invoice_id} is {record.status}; it is not open for review.")
    return record


def _checked(
    place: Workplace, session: Session, record: InvoiceRecord, invoice: ExtractedInvoice
) -> tuple[tuple[Finding, ...], Route]:
    known = known_of(place, session, record.id, invoice)
    found = check_invoice(invoice, today=datetime.now(UTC).date(), known=known)
    findings = settle(found, reviews.overrides_of(session, record.id))
    threshold = chosen_settings(place, session).review_confidence_threshold
    return findings, choose_route(invoice, findings, threshold=threshold, attended=True)


def _save(
    place: Workplace,
    session: Session,
    record: InvoiceRecord,
    reviewed: ExtractedInvoice,
    expected_version: int | None,
) -> None:
    findings, route = _checked(place, session, record, reviewed)
    lifecycle.save_review(
        session,
        record.id,
        reviewed=reviewed,
        findings=findings,
        route=route,
        expected_version=expected_version,
    )


def _second_person(session: Session, record: InvoiceRecord, actor: str) -> None:
    """A changed account needs two people: one who says how it was verified, one who approves."""
    standing = {f.key: f for f in record.findings if f.check == BANK_CHANGED}
    for override in reviews.overrides_of(session, record.id):
        finding = standing.get(override.key)
        if finding and finding.outcome == "failed" and override.actor == actor:
            raise Conflict(
                "The bank account is new, and you recorded how it was verified; a second person "
                "has to approve.",
                code="second_person_needed",
            )


def _old_json(done: Applied) -> Any:
    if isinstance(done.old, ExtractedField):
        return field_to_json(done.old)
    if done.old is None:
        return None
    return {name: field_to_json(cell) for name, cell in done.old.items()}
