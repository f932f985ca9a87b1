"""One wish for many, rules for all vendors, the random sample, settings chosen in the app."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.samples import pdf_invoice, ubl_invoice

from invoice_ai import workflow
from invoice_ai.domain.vendors import marks_of
from invoice_ai.errors import BadRequest
from invoice_ai.review import Change
from invoice_ai.store import audit, invoices, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.workflow import Received, Workplace
from invoice_ai.workflow.quality import sample

Upload = Callable[..., Received]
Work = Callable[[], int]


def load(place: Workplace, invoice_id: int) -> InvoiceRecord:
    with place.database.reading() as session:
        return invoices.load(session, invoice_id)


@pytest.fixture
def on_file(place: Workplace, upload: Upload, work: Work) -> int:
    """A vendor of whom an invoice was approved, so that the next is approved by itself."""
    first = upload(ubl_invoice("2026-0001"), "first.xml").invoice_id
    work()
    record = load(place, first)
    if record.status == "needs_review":
        workflow.approve(place, first, actor="Ana")
        record = load(place, first)
    work()
    assert record.vendor_id is not None
    return record.vendor_id


def second(upload: Upload, work: Work, number: str = "2026-0002") -> int:
    net = Decimal(100 + 8 * int(number[-1]))  # the same total again would be a possible duplicate
    received = upload(ubl_invoice(number, net=net, day="2026-11-09"), f"{number}.xml")
    work()
    return received.invoice_id


def test_a_clear_invoice_of_a_known_vendor_is_approved_by_itself(
    place: Workplace, upload: Upload, work: Work, on_file: int
) -> None:
    record = load(place, second(upload, work))
    assert (record.status, record.sampled, record.vendor_id) == ("approved", False, on_file)


def test_the_sample_asks_a_person_and_counts_what_had_to_be_corrected(
    place: Workplace, upload: Upload, work: Work, on_file: int
) -> None:
    workflow.choose_settings(place, {"quality_sample_percent": 100}, actor="Ana")
    right, wrong = second(upload, work), second(upload, work, "2026-0003")
    for invoice_id in (right, wrong):
        record = load(place, invoice_id)
        assert (record.status, record.sampled) == ("needs_review", True)
        assert [r.code for r in record.route.reasons] == ["sampled_for_quality"]
    workflow.approve(place, right, actor="Ana")
    workflow.correct(place, wrong, [Change("set", "payment_reference", "RF-1")], actor="Ana")
    workflow.approve(place, wrong, actor="Ana")
    with place.database.reading() as session:
        seen = sample(session)
    assert (seen.waiting, seen.looked_at, seen.wrong) == (0, 2, 1)
    assert seen.at_most is not None and 0.5 < seen.at_most < 1


def test_a_vendor_has_to_earn_that_nobody_looks(
    place: Workplace, upload: Upload, work: Work, on_file: int
) -> None:
    workflow.choose_settings(place, {"auto_approve_after": "2"}, actor="Ana")
    record = load(place, second(upload, work))
    assert record.status == "needs_review" and record.route.reasons[0].code == "vendor_rule"
    workflow.approve(place, record.id, actor="Ana")
    assert load(place, second(upload, work, "2026-0003")).status == "approved"


def test_many_are_approved_except_those_that_need_a_look(
    place: Workplace, upload: Upload, work: Work, on_file: int
) -> None:
    workflow.choose_settings(place, {"quality_sample_percent": 100}, actor="Ana")
    sampled = second(upload, work)
    doubtful = upload(pdf_invoice(), "doubtful.pdf").invoice_id
    work()
    outcome = workflow.do_many(place, [sampled, doubtful, 999_999], "approve", actor="Ana")
    assert outcome.done == 0 and [one for one, _why in outcome.refused] == [
        sampled,
        doubtful,
        999_999,
    ]
    workflow.correct(place, sampled, [Change("confirm", "total")], actor="Ana")
    assert workflow.do_many(place, [sampled], "approve", actor="Ana").done == 1
    assert workflow.do_many(place, [doubtful], "assign", actor="Ana", text="Ben").done == 1
    assert load(place, doubtful).assignee == "Ben"
    with pytest.raises(BadRequest):
        workflow.do_many(place, [doubtful], "reject", actor="Ana")
    assert workflow.do_many(place, [doubtful], "reject", actor="Ana", text="not ours").done == 1
    assert workflow.do_many(place, [doubtful], "delete", actor="Ana").done == 1
    with place.database.reading() as session:
        told, _more = audit.entries(session, invoice_id=doubtful)
    assert [e.reason for e in told if e.actor == "Ana"][-2:] == [
        "rejected: not ours",
        "assigned: Ben",
    ]
    assert told[0].new == "deleted"


def test_a_file_that_cannot_be_read_is_entered_by_hand(
    place: Workplace, upload: Upload, work: Work
) -> None:
    broken = upload(b"%PDF-1.7\nbroken", "broken.pdf").invoice_id
    work()
    assert load(place, broken).status == "failed"
    workflow.enter_by_hand(place, broken, actor="Ana")
    record = workflow.correct(
        place, broken, [Change("set", "vendor_name", "Acme Ltd")], actor="Ana"
    )
    assert (record.status, record.vendor_name) == ("needs_review", "Acme Ltd")
    assert record.error_code is None


def test_what_the_administrator_fixed_is_not_chosen_in_the_app(place: Workplace) -> None:
    for wanted in ({"admin_password": "x"}, {"database_url": "sqlite://"}):
        with pytest.raises(BadRequest):
            workflow.choose_settings(place, wanted, actor="Ana")
    with pytest.raises(BadRequest, match="QUALITY_SAMPLE_PERCENT"):
        workflow.choose_settings(place, {"quality_sample_percent": 101}, actor="Ana")
    workflow.choose_settings(place, {"company_names": ["Muster AG"]}, actor="Ana")
    with place.database.reading() as session:
        assert workflow.chosen_settings(place, session).company_names == ["Muster AG"]


def test_two_vendors_become_one(place: Workplace, upload: Upload, work: Work, on_file: int) -> None:
    with place.database.writing() as session:
        other = vendors.add(session, "Nordlicht Tools")
    workflow.merge_vendors(place, on_file, other)
    record = load(place, second(upload, work))
    assert record.vendor_id == other
    with place.database.reading() as session:
        assert vendors.load(session, on_file).id == other
        found = vendors.match(session, marks_of(record.extracted))
        (row,), _more = vendors.vendors_page(session, search="nordlicht")
    assert found is not None and found[0].id == other and row.invoices == 2
    with pytest.raises(BadRequest):
        workflow.merge_vendors(place, on_file, other)


def test_the_preview_tells_what_each_threshold_would_do(
    place: Workplace, upload: Upload, work: Work, on_file: int
) -> None:
    shares = [one.auto for one in workflow.preview(place)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= one.expected_error <= 1 for one in workflow.preview(place))


def test_an_archive_of_e_invoices_names_what_it_leaves_out(
    place: Workplace, upload: Upload, work: Work, on_file: int
) -> None:
    broken = upload(b"%PDF-1.7\nbroken", "broken.pdf").invoice_id
    fine = second(upload, work)
    made = workflow.export_invoices(place, [fine, broken], "ubl")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(made.content)))
    assert archive.namelist() == [f"invoice-{fine}.xml", "not-exported.txt"]
    assert f"invoice {broken}" in archive.read("not-exported.txt").decode()
    rows = b"".join(workflow.export_invoices(place, [fine, broken], "csv").content)
    table = list(csv.DictReader(io.StringIO(rows.decode("utf-8-sig"))))
    assert [row["status"] for row in table] == ["approved", "failed"]
