"""A file with several invoices becomes several invoices, by itself or by a person's word."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas
from tests.samples import pdf_invoice, ubl_invoice

from invoice_ai import workflow
from invoice_ai.domain.pages import PageRange
from invoice_ai.errors import BadRequest, Conflict, NotFound
from invoice_ai.store import invoices, lifecycle
from invoice_ai.workflow import Received, Workplace

Upload = Callable[..., Received]
Work = Callable[[], int]


def batch(*numbers: str, counters: bool = True) -> bytes:
    """One invoice a page, each with its number; the same number twice is one of two pages."""
    file = BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4, invariant=True)
    for place, number in enumerate(numbers):
        of, at = numbers.count(number), numbers[: place + 1].count(number)
        lines = [
            (50, 790, "Nordlicht Werkzeuge GmbH"),
            (400, 790, "Invoice"),
            (50, 700, f"Invoice number: {number}"),
            (50, 685, "Invoice date: 2026-11-02"),
            (50, 600, "Description"),
            (300, 600, "Quantity"),
            (400, 600, "Price"),
            (500, 600, "Amount"),
            (50, 580, f"Drill bit {number}"),
            (300, 580, "4"),
            (400, 580, "25.00"),
            (500, 580, "100.00"),
        ]
        if at == of:
            lines += [(400, 500, "Net"), (500, 500, "100.00"), (400, 485, "VAT 19%")]
            lines += [(500, 485, "19.00"), (400, 470, "Total EUR"), (500, 470, "119.00")]
        if counters:
            lines.append((50, 40, f"Page {at} of {of}"))
        for x, y, text in lines:
            sheet.drawString(x, y, text)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def live(place: Workplace, invoice_id: int) -> list[invoices.InvoiceRecord]:
    with place.database.reading() as session:
        return [invoices.load(session, one.id) for one in invoices.siblings(session, invoice_id)]


def test_a_batch_becomes_one_invoice_each(place: Workplace, upload: Upload, work: Work) -> None:
    received = upload(batch("RE-7001", "RE-7001", "RE-7002", "RE-7003"), "batch.pdf")
    work()
    found = live(place, received.invoice_id)
    assert [r.document.pages for r in found] == [(1, 2), (3, 3), (4, 4)]
    assert [r.invoice_number for r in found] == ["RE-7001", "RE-7002", "RE-7003"]
    assert found[0].id == received.invoice_id
    assert [r.file_name for r in found] == [
        "batch (pages 1-2).pdf", "batch (page 3).pdf", "batch (page 4).pdf",
    ]  # fmt: skip
    assert all(r.status in ("needs_review", "approved") for r in found)
    assert all("multiple_invoices" not in {f.code for f in r.findings} for r in found)


def test_a_part_shows_and_exports_only_its_pages(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = upload(batch("RE-7001", "RE-7001", "RE-7002"), "batch.pdf")
    work()
    part = live(place, received.invoice_id)[1]
    assert part.document.page_count == 1
    words = workflow.page_words(place, part.id, 1)
    assert words.number == 1 and "RE-7002" in {w.text for w in words.words}
    with pytest.raises(NotFound):
        workflow.page_words(place, part.id, 2)
    with pytest.raises(NotFound):
        workflow.page_picture(place, part.id, 2)
    first = workflow.page_picture(place, received.invoice_id, 1)
    assert workflow.page_picture(place, part.id, 1) != first
    assert part.extracted is not None and part.extracted.fields["invoice_number"].page == 1
    written = place.settings.generated_folder / str(part.exported_to)
    told = json.loads(written.read_text())["document"]
    assert (told["pages"], told["file_pages"]) == (1, [3, 3])
    pdf = pypdfium2.PdfDocument(written.with_suffix(".pdf").read_bytes())
    assert len(pdf) == 1 and "RE-7002" in pdf[0].get_textpage().get_text_bounded()


def test_an_invoice_of_several_pages_stays_one(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = upload(pdf_invoice("RE-1", pages=3))
    work()
    (record,) = live(place, received.invoice_id)
    assert (record.document.pages, record.document.page_count) == (None, 3)


def test_what_is_unsure_is_proposed_and_a_person_splits(
    place: Workplace, upload: Upload, work: Work
) -> None:
    received = upload(batch("RE-7001", "RE-7001", "RE-7002", counters=False))
    with place.database.writing() as session:  # as if the same file had been read as one
        lifecycle.touch(session, received.invoice_id)
    work()
    record = live(place, received.invoice_id)[0]
    ids = workflow.split(
        place, record.id, [PageRange(1, 1), PageRange(2, 3)], actor="kim",
        expected_version=record.version,
    )  # fmt: skip
    assert ids[0] == record.id and len(set(ids)) == 2
    work()
    found = live(place, record.id)
    assert [(r.id, r.document.pages) for r in found] == [(ids[0], (1, 1)), (ids[1], (2, 3))]
    assert all(r.status in ("needs_review", "approved") for r in found)
    assert all(h.actor != "" for r in found for h in r.history)


def test_a_wrong_split_is_joined_again(place: Workplace, upload: Upload, work: Work) -> None:
    received = upload(batch("RE-7001", "RE-7002"), "batch.pdf")
    work()
    _, second = live(place, received.invoice_id)
    ids = workflow.split(place, second.id, [PageRange(1, 2)], actor="kim")
    work()
    (record,) = live(place, received.invoice_id)
    assert ids == (received.invoice_id,) == (record.id,)
    assert record.document.page_count == 2
    assert record.file_name == "batch (pages 1-2).pdf"
    # A person has said that it is one: nobody asks again.
    assert "multiple_invoices" not in {f.code for f in record.findings if f.outcome == "failed"}


def test_the_same_bytes_are_known_after_a_split_and_forced_ones_read_every_part_again(
    place: Workplace, upload: Upload, work: Work
) -> None:
    content = batch("RE-7001", "RE-7002")
    received = upload(content)
    work()
    again = upload(content)
    assert again.already_known and again.invoice_id == received.invoice_id
    assert work() == 0
    upload(content, force=True)
    assert {r.status for r in live(place, received.invoice_id)} == {"processing"}
    work()
    assert [r.invoice_number for r in live(place, received.invoice_id)] == ["RE-7001", "RE-7002"]


def test_a_part_is_read_again_when_what_was_derived_is_gone(
    place: Workplace, upload: Upload, work: Work
) -> None:
    content = batch("RE-7001", "RE-7002")
    received = upload(content)
    work()
    for file in (place.files.root / "derived").rglob("*.json"):
        file.unlink()
    upload(content, force=True)
    work()
    assert [r.invoice_number for r in live(place, received.invoice_id)] == ["RE-7001", "RE-7002"]


@pytest.mark.parametrize(
    "parts",
    [[], [(0, 1)], [(1, 3)], [(2, 1)], [(1, 2), (2, 2)], [(2, 2), (1, 1)]],
)
def test_pages_that_are_not_there_are_refused(
    place: Workplace, upload: Upload, work: Work, parts: list[tuple[int, int]]
) -> None:
    received = upload(batch("RE-7001", "RE-7001"))
    work()
    with pytest.raises(BadRequest):
        workflow.split(place, received.invoice_id, [PageRange(*p) for p in parts], actor="kim")
    assert len(live(place, received.invoice_id)) == 1


def test_what_has_no_pages_or_was_changed_meanwhile_is_not_split(
    place: Workplace, upload: Upload, work: Work
) -> None:
    bare = upload(ubl_invoice())
    waiting = upload(batch("RE-1", "RE-1"))
    with pytest.raises(Conflict):
        workflow.split(place, waiting.invoice_id, [PageRange(1, 2)], actor="kim")
    work()
    with pytest.raises(Conflict):
        workflow.split(place, bare.invoice_id, [PageRange(1, 1)], actor="kim")
    with pytest.raises(Conflict):
        workflow.split(
            place, waiting.invoice_id, [PageRange(1, 1)], actor="kim", expected_version=1
        )


def test_a_tiff_part_is_exported_with_its_own_pictures(
    place: Workplace, upload: Upload, work: Work, tmp_path: Path
) -> None:
    pages = [Image.new("1", (400, 500 + 10 * i), 1) for i in range(3)]
    file = BytesIO()
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], compression="group4")
    received = upload(file.getvalue(), "scan.tif")
    work()
    ids = workflow.split(
        place, received.invoice_id, [PageRange(1, 1), PageRange(2, 3)], actor="kim"
    )
    work()
    with place.database.reading() as session:
        record = invoices.load(session, ids[1])
    written = (place.settings.generated_folder / str(record.exported_to)).with_suffix(".tif")
    with Image.open(written) as cut:
        assert (cut.n_frames, cut.size) == (2, (400, 510))
