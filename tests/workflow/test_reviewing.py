"""A person at an invoice: what is corrected is checked again, and nothing is decided twice."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal

import pytest
from tests.samples import pdf_invoice, ubl_invoice

from invoice_ai import workflow
from invoice_ai.domain.pages import Box
from invoice_ai.errors import BadRequest, Conflict
from invoice_ai.review import Change
from invoice_ai.store import invoices, lifecycle, reviews, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.workflow import Received, Workplace

Upload = Callable[..., Received]
Work = Callable[[], int]


@pytest.fixture
def doubtful(place: Workplace, upload: Upload, work: Work) -> InvoiceRecord:
    """An invoice in review."""
    received = upload(pdf_invoice(), "doubtful.pdf")
    work()
    return in_review(place, received.invoice_id)


def in_review(place: Workplace, invoice_id: int) -> InvoiceRecord:
    """The invoice in review, also when it was sure enough to be approved by itself."""
    if load(place, invoice_id).status == "approved":
        with place.database.writing() as session:
            lifecycle.move(session, invoice_id, "needs_review", actor="test")
    return load(place, invoice_id)


def load(place: Workplace, invoice_id: int) -> InvoiceRecord:
    with place.database.reading() as session:
        return invoices.load(session, invoice_id)


def settle_everything(place: Workplace, record: InvoiceRecord, actor: str) -> InvoiceRecord:
    """Confirm every doubtful value and let every failed check pass, as a person would."""
    doubts = [
        Change("confirm", reason.field)
        for reason in (record.route.reasons if record.route else ())
        if reason.field in (record.extracted.fields if record.extracted else {})
    ]
    if doubts:
        record = workflow.correct(place, record.id, doubts, actor=actor)
    failed = {
        f.key: "looked at it"
        for f in record.findings
        if f.outcome == "failed" and f.severity != "info"
    }
    return workflow.let_pass(place, record.id, failed, actor=actor) if failed else record


def test_a_corrected_value_is_certain_and_keeps_what_was_read(
    place: Workplace, doubtful: InvoiceRecord
) -> None:
    change = Change(
        "set", "due_date", date(2026, 12, 24), "24 Dec 2026", 1, Box(0.1, 0.2, 0.3, 0.22)
    )
    after = workflow.correct(
        place, doubtful.id, [change], actor="Ana", expected_version=doubtful.version
    )
    assert after.extracted is not None and after.read is not None and doubtful.read is not None
    due = after.extracted.fields["due_date"]
    assert (due.value, due.source, due.confidence) == (date(2026, 12, 24), "person", 1.0)
    assert due.box == Box(0.1, 0.2, 0.3, 0.22)
    assert after.read.fields == doubtful.read.fields
    assert after.due_date == date(2026, 12, 24) and after.version == doubtful.version + 1
    with place.database.reading() as session:
        (kept,) = reviews.corrections_of(session, doubtful.id)
    assert (kept.kind, kept.field, kept.actor) == ("set", "due_date", "Ana")
    assert kept.new is not None and kept.new["value"] == "2026-12-24"


def test_who_saw_an_older_version_changes_nothing(
    place: Workplace, doubtful: InvoiceRecord
) -> None:
    change = Change("set", "invoice_number", "X-1")
    workflow.correct(place, doubtful.id, [change], actor="Ana", expected_version=doubtful.version)
    with pytest.raises(Conflict):
        workflow.correct(
            place,
            doubtful.id,
            [Change("set", "invoice_number", "X-2")],
            actor="Ben",
            expected_version=doubtful.version,
        )
    assert load(place, doubtful.id).invoice_number == "X-1"


def test_a_wrong_sum_blocks_approval_until_a_person_says_why(
    place: Workplace, doubtful: InvoiceRecord
) -> None:
    broken = workflow.correct(
        place, doubtful.id, [Change("set", "total", Decimal("9999.99"))], actor="Ana"
    )
    with pytest.raises(Conflict, match="still to be checked"):
        workflow.approve(place, broken.id, actor="Ana")
    blocking = [f for f in broken.findings if f.outcome == "failed" and f.severity == "block"]
    assert blocking
    with pytest.raises(BadRequest):
        workflow.let_pass(place, broken.id, {blocking[0].key: " "}, actor="Ana")
    settled = settle_everything(place, broken, "Ana")
    assert settled.route is not None and settled.route.reasons == ()
    assert workflow.approve(place, broken.id, actor="Ana").status == "approved"


def test_an_override_holds_only_for_the_numbers_that_were_seen(
    place: Workplace, doubtful: InvoiceRecord
) -> None:
    broken = workflow.correct(
        place, doubtful.id, [Change("set", "total", Decimal("9999.99"))], actor="Ana"
    )
    settle_everything(place, broken, "Ana")
    again = workflow.correct(
        place, doubtful.id, [Change("set", "total", Decimal("8888.88"))], actor="Ana"
    )
    assert any(f.outcome == "failed" and f.severity == "block" for f in again.findings)


def test_an_approved_invoice_is_exported_and_its_vendor_known_from_then_on(
    place: Workplace, doubtful: InvoiceRecord, work: Work
) -> None:
    settled = settle_everything(place, doubtful, "Ana")
    approved = workflow.approve(place, settled.id, actor="Ana")
    assert (approved.status, approved.decision) == ("approved", "approved")
    assert work() >= 1
    assert approved.vendor_id is not None
    with place.database.reading() as session:
        vendor = vendors.load(session, approved.vendor_id)
        marks = vendors.marks(session, vendor.id)
    assert vendor.name == approved.vendor_name
    assert ("name", "seen") in {(mark.kind, mark.state) for mark in marks}


def test_two_first_invoices_of_one_vendor_approved_at_once_make_one_vendor(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = [upload(pdf_invoice(f"RE-30{n}"), f"{n}.pdf") for n in range(4)]
    work()
    ready = [settle_everything(place, in_review(place, r.invoice_id), "Ana") for r in received]
    with ThreadPoolExecutor(4) as people:
        approved = list(people.map(lambda r: workflow.approve(place, r.id, actor="Ana"), ready))
    assert {record.status for record in approved} == {"approved"}
    assert len({load(place, record.id).vendor_id for record in approved}) == 1


def test_a_decision_can_be_taken_back(place: Workplace, doubtful: InvoiceRecord) -> None:
    rejected = workflow.reject(place, doubtful.id, actor="Ana", reason="Not ours")
    assert (rejected.status, rejected.decision) == ("rejected", "rejected")
    undone = workflow.undo(place, doubtful.id, actor="Ana")
    assert (undone.status, undone.decision) == ("needs_review", None)
    parked = workflow.park(place, doubtful.id, actor="Ana")
    assert parked.parked_at is not None
    assert workflow.undo(place, doubtful.id, actor="Ana").parked_at is None
    with pytest.raises(Conflict):
        workflow.undo(place, doubtful.id, actor="Ana")


def test_a_rejection_needs_its_reason(place: Workplace, doubtful: InvoiceRecord) -> None:
    with pytest.raises(BadRequest):
        workflow.reject(place, doubtful.id, actor="Ana", reason="  ")


def test_two_people_do_not_work_on_one_invoice_unknowingly(
    place: Workplace, doubtful: InvoiceRecord
) -> None:
    assert workflow.claim(place, doubtful.id, actor="Ana").claimed_by == "Ana"
    with pytest.raises(Conflict, match="Ana"):
        workflow.claim(place, doubtful.id, actor="Ben")
    assert workflow.claim(place, doubtful.id, actor="Ben", take_over=True).claimed_by == "Ben"
    workflow.release(place, doubtful.id, actor="Ana")  # not hers any more
    assert load(place, doubtful.id).claimed_by == "Ben"


def test_rows_are_added_deleted_and_filled(place: Workplace, doubtful: InvoiceRecord) -> None:
    assert doubtful.extracted is not None
    rows = len(doubtful.extracted.lines)
    after = workflow.correct(
        place,
        doubtful.id,
        [
            Change("insert", f"lines[{rows}]"),
            Change("set", f"lines[{rows}].description", "Freight"),
            Change("set", f"lines[{rows}].amount", Decimal("5.00")),
            Change("delete", "lines[0]"),
        ],
        actor="Ana",
    )
    assert after.extracted is not None and len(after.extracted.lines) == rows
    last = after.extracted.lines[-1]
    assert last.description is not None and last.description.value == "Freight"
    with pytest.raises(BadRequest):
        workflow.correct(place, doubtful.id, [Change("delete", "lines[999]")], actor="Ana")


def test_a_changed_account_needs_two_people(
    place: Workplace, upload: Upload, work: Work, doubtful: InvoiceRecord
) -> None:
    first, second = "DE02120300000000202051", "DE02500105170137075030"
    known = workflow.correct(place, doubtful.id, [Change("set", "iban", first)], actor="Ana")
    workflow.approve(place, settle_everything(place, known, "Ana").id, actor="Ana")
    later = upload(pdf_invoice("RE-2002"), "later.pdf")
    work()
    record = in_review(place, later.invoice_id)
    changed = workflow.correct(place, record.id, [Change("set", "iban", second)], actor="Ana")
    assert any(f.check == "bank_changed" and f.outcome == "failed" for f in changed.findings)
    settle_everything(place, changed, "Ana")
    with pytest.raises(Conflict, match="second person"):
        workflow.approve(place, record.id, actor="Ana")
    approved = workflow.approve(place, record.id, actor="Ben")
    assert approved.status == "approved" and approved.vendor_id is not None
    with place.database.reading() as session:
        marks = [m for m in vendors.marks(session, approved.vendor_id) if m.kind == "iban"]
    assert {(m.key, m.state, m.verified_by, m.verified_how) for m in marks} == {
        (first, "seen", None, None),
        (second, "verified", "Ana", "looked at it"),
    }


def test_an_e_invoice_in_review_can_be_corrected_without_a_page(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = upload(ubl_invoice("A-99"))
    work()
    record = in_review(place, received.invoice_id)
    after = workflow.correct(
        place, record.id, [Change("set", "purchase_order", "PO-7")], actor="Ana"
    )
    assert after.extracted is not None and after.extracted.text("purchase_order") == "PO-7"
