"""Corrections in the running system: the next document of that layout is read with them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas
from sqlalchemy import func, select

from invoice_ai import workflow
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.review import Change
from invoice_ai.store import invoices, lifecycle
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.store.tables import vendor_layouts
from invoice_ai.workflow import Received, Workplace

Upload = Callable[..., Received]
Work = Callable[[], int]


def odd_invoice(
    number: str, total: str = "119.00", vendor: str = "Nordlicht Werkzeuge GmbH"
) -> bytes:
    """An invoice whose number stands behind words that no lexicon knows."""
    file = BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4, invariant=True)
    for x, y, text in [
        (50, 790, vendor),
        (50, 775, "Hafenweg 1, 24103 Kiel"),
        (50, 735, "INVOICE"),
        (50, 700, f"Unser Vorgang lautet {number}"),
        (50, 685, "Invoice date: 2026-11-02"),
        (50, 600, "Description"),
        (300, 600, "Quantity"),
        (400, 600, "Price"),
        (500, 600, "Amount"),
        (50, 580, "Drill bit"),
        (300, 580, "1"),
        (400, 580, total),
        (500, 580, total),
        (400, 470, "Total EUR"),
        (500, 470, total),
    ]:
        sheet.drawString(x, y, text)
    sheet.showPage()
    sheet.save()
    return file.getvalue()


def read(place: Workplace, upload: Upload, work: Work, content: bytes) -> InvoiceRecord:
    received = upload(content, "odd.pdf")
    work()
    return record_of(place, received.invoice_id)


def record_of(place: Workplace, invoice_id: int) -> InvoiceRecord:
    with place.database.writing() as session:
        if invoices.load(session, invoice_id).status == "approved":
            lifecycle.move(session, invoice_id, "needs_review", actor="test")
        return invoices.load(session, invoice_id)


def extracted(record: InvoiceRecord) -> ExtractedInvoice:
    assert record.extracted is not None
    return record.extracted


def number_is(record: InvoiceRecord) -> str | None:
    return extracted(record).text("invoice_number")


@pytest.fixture
def corrected(place: Workplace, upload: Upload, work: Work) -> InvoiceRecord:
    first = read(place, upload, work, odd_invoice("KX-7731"))
    assert number_is(first) != "KX-7731"  # else there is nothing to learn
    return workflow.correct(
        place, first.id, [Change("set", "invoice_number", "KX-7731", "KX-7731")], actor="Ana"
    )


def test_a_correction_helps_the_very_next_document(
    place: Workplace, upload: Upload, work: Work, corrected: InvoiceRecord
) -> None:
    following = read(place, upload, work, odd_invoice("KX-8004"))
    assert number_is(following) == "KX-8004"
    found = extracted(following).fields["invoice_number"]
    assert found.source == "vendor_memory" and found.page == 1 and found.box is not None
    assert corrected.id != following.id


def test_another_vendors_document_is_not_read_with_it(
    place: Workplace, upload: Upload, work: Work, corrected: InvoiceRecord
) -> None:
    assert corrected.version > 1
    other = read(place, upload, work, odd_invoice("KX-9009", vendor="Suedwind Maschinen KG"))
    found = extracted(other).fields.get("invoice_number")
    assert found is None or found.source != "vendor_memory"


def test_an_approval_confirms_what_was_read(
    place: Workplace, upload: Upload, work: Work, corrected: InvoiceRecord
) -> None:
    failed = {
        f.key: "seen" for f in corrected.findings if f.outcome == "failed" and f.severity != "info"
    }
    doubts = [
        Change("confirm", r.field)
        for r in (corrected.route.reasons if corrected.route else ())
        if r.field in extracted(corrected).fields
    ]
    if doubts:
        workflow.correct(place, corrected.id, doubts, actor="Ana")
    if failed:
        workflow.let_pass(place, corrected.id, failed, actor="Ana")
    approved = workflow.approve(place, corrected.id, actor="Ana")
    following = read(place, upload, work, odd_invoice("KX-8004"))
    assert following.vendor_id == approved.vendor_id
    with place.database.reading() as session:
        rows = session.execute(select(vendor_layouts)).all()
    assert [(row.vendor_id, row.lessons) for row in rows] == [(approved.vendor_id, 1)]
    assert set(rows[0].memory["fields"]) >= {"invoice_number", "invoice_date", "vendor_name"}


def test_a_wrong_correction_is_healed_by_the_next_one(
    place: Workplace, upload: Upload, work: Work, corrected: InvoiceRecord
) -> None:
    wrong = read(place, upload, work, odd_invoice("KX-8004"))
    workflow.correct(
        place, wrong.id, [Change("set", "invoice_number", "24103", "24103")], actor="Ben"
    )
    workflow.correct(
        place, wrong.id, [Change("set", "invoice_number", "KX-8004", "KX-8004")], actor="Ana"
    )
    assert number_is(read(place, upload, work, odd_invoice("KX-8117"))) == "KX-8117"
    assert corrected.id != wrong.id


def test_two_people_who_correct_at_once_lose_no_lesson(
    place: Workplace, upload: Upload, work: Work
) -> None:
    pair = [read(place, upload, work, odd_invoice(n)) for n in ("KX-1001", "KX-1002")]
    start = threading.Barrier(len(pair))
    failures: list[BaseException] = []

    def teach(record: InvoiceRecord, changes: list[Change]) -> None:
        start.wait()
        try:
            workflow.correct(place, record.id, changes, actor="somebody")
        except BaseException as failed:
            failures.append(failed)

    lessons = [
        [Change("set", "invoice_number", "KX-1001", "KX-1001")],
        [Change("set", "total", Decimal("119.00"), "119.00")],
    ]
    people = [
        threading.Thread(target=teach, args=(record, changes))
        for record, changes in zip(pair, lessons, strict=True)
    ]
    for person in people:
        person.start()
    for person in people:
        person.join(30)
    assert failures == []
    with place.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(vendor_layouts)) == 1
        row = session.execute(select(vendor_layouts)).one()
    assert row.lessons == 2 and set(row.memory["fields"]) == {"invoice_number", "total"}


def with_a_stray_line(number: str, rows: list[tuple[str, str, str]], deposit: str) -> bytes:
    """An invoice whose table has a line with an amount that is no item."""
    file = BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4, invariant=True)
    lines = [
        (50, 790, "Nordlicht Werkzeuge GmbH"),
        (50, 775, "Hafenweg 1, 24103 Kiel"),
        (50, 735, "INVOICE"),
        (50, 700, f"Invoice number: {number}"),
        (50, 685, "Invoice date: 2026-11-02"),
        (50, 600, "Description"),
        (300, 600, "Quantity"),
        (500, 600, "Amount"),
        (50, 580, "Pfand Nordlicht"),
        (500, 580, deposit),
    ]
    y = 560
    for name, quantity, amount in rows:
        lines += [(50, y, name), (300, y, quantity), (500, y, amount)]
        y -= 20
    total = str(sum(Decimal(amount) for _, _, amount in rows) + Decimal(deposit))
    lines += [(400, y - 60, "Total EUR"), (500, y - 60, total)]
    for x, at, text in lines:
        sheet.drawString(x, at, text)
    sheet.showPage()
    sheet.save()
    return file.getvalue()


def names_of(record: InvoiceRecord) -> list[str]:
    return [str(line.description.value) for line in extracted(record).lines if line.description]


def approved(place: Workplace, record: InvoiceRecord) -> InvoiceRecord:
    """Approved by a person who confirms whatever is in doubt."""
    reasons = record.route.reasons if record.route else ()
    doubts = [Change("confirm", r.field) for r in reasons if r.field in extracted(record).fields]
    failed = {
        f.key: "seen" for f in record.findings if f.outcome == "failed" and f.severity != "info"
    }
    workflow.correct(place, record.id, doubts, actor="Ana", let_pass=failed)
    return workflow.approve(place, record.id, actor="Ana")


def test_a_row_deleted_before_the_approval_is_no_item_of_the_next_document(
    place: Workplace, upload: Upload, work: Work
) -> None:
    bought = [("Drill bit", "2", "40.00"), ("Saw blade", "1", "25.50")]
    first = read(place, upload, work, with_a_stray_line("7731", bought, "12.00"))
    assert "Pfand Nordlicht" in names_of(first)  # else there is nothing to learn
    wrong = names_of(first).index("Pfand Nordlicht")
    corrected = workflow.correct(
        place, first.id, [Change("delete", f"lines[{wrong}]")], actor="Ana"
    )
    following = [("Hammer", "1", "18.00"), ("Chisel", "3", "33.00"), ("Rasp", "1", "9.90")]
    # As long as somebody is at it nothing is settled.
    early = read(place, upload, work, with_a_stray_line("7735", following[:2], "3.00"))
    assert "Pfand Nordlicht" in names_of(early)
    approved(place, corrected)
    later = read(place, upload, work, with_a_stray_line("7740", following, "16.50"))
    assert names_of(later) == ["Hammer", "Chisel", "Rasp"]
    cells = extracted(later).lines[0]
    assert cells.amount is not None and cells.amount.source == "vendor_memory"
    with place.database.reading() as session:
        learnt = workflow.learnt_of(session, later.vendor_id or 0)
    assert [layout.fields for layout in learnt] == [("line_items",)]
