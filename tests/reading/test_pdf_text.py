"""The text of PDFs: every word, where it stands, and nothing that people cannot see."""

from __future__ import annotations

import io

import pypdfium2
import pytest
from PIL import Image
from reportlab.lib.pagesizes import A5
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from tests.reading.conftest import (
    WORDS,
    box_of,
    draw_invoice,
    make_pdf,
    one_page_pdf,
    raw_pdf,
    save,
    stream,
    words_of,
)

from invoice_ai.domain.limits import Limits
from invoice_ai.errors import BadDocument
from invoice_ai.reading import read_document


def changed(pdf: bytes, change) -> bytes:
    """The PDF after `change(document)` by PDFium."""
    document = pypdfium2.PdfDocument(pdf)
    change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def test_every_word_in_reading_order_with_its_place() -> None:
    (page,) = read_document(make_pdf(), "pdf").pages
    assert [word.text for word in page.words] == WORDS
    assert (page.source, page.rotation, page.skew) == ("text", 0, 0.0)
    assert (round(page.width), round(page.height)) == (420, 595)
    x0, y0, x1, y1 = box_of(page, "Gesamtbetrag")
    assert x0 == pytest.approx(60 / 420, abs=0.003)
    assert y0 < 1 - 340 / 595 < y1  # its base line lies within
    assert 0.1 < x1 - x0 < 0.25
    assert all(word.confidence == 1.0 for word in page.words)


def test_columns_of_one_line_are_one_row() -> None:
    (page,) = read_document(make_pdf(), "pdf").pages
    texts = [word.text for word in page.words]
    assert texts[texts.index("Blatt") + 1] == "119,00"


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_page_reads_as_the_upright_one(turn: int) -> None:
    def rotate(document: pypdfium2.PdfDocument) -> None:
        document[0].set_rotation(turn)

    def drawn_turned(canvas: Canvas) -> None:
        """What `/Rotate` undoes: everything drawn lying on its side."""
        width, height = A5
        if turn in (90, 270):
            canvas.setPageSize((height, width))
        canvas.translate(*{90: (height, 0), 180: (width, height), 270: (0, width)}[turn])
        canvas.rotate(turn)
        draw_invoice(canvas)

    (upright,) = read_document(make_pdf(), "pdf").pages
    # By its content alone, and declared by /Rotate as scanners' software does.
    for pdf in (make_pdf(drawn_turned), changed(make_pdf(drawn_turned), rotate)):
        (page,) = read_document(pdf, "pdf").pages
        assert [word.text for word in page.words] == WORDS
        for mine, theirs in zip(page.words, upright.words, strict=True):
            assert mine.box == pytest.approx(theirs.box, abs=0.01)
        assert page.width / page.height == pytest.approx(420 / 595, abs=0.01)


def test_the_visible_part_of_the_page_is_the_page() -> None:
    def crop(document: pypdfium2.PdfDocument) -> None:
        document[0].set_cropbox(30, 300, 420, 595)

    (page,) = read_document(changed(make_pdf(), crop), "pdf").pages
    assert "Vielen" not in [word.text for word in page.words]
    x0, y0, _, y1 = box_of(page, "Gesamtbetrag")
    assert x0 == pytest.approx((60 - 30) / 390, abs=0.003)
    assert y0 < 1 - (340 - 300) / 295 < y1


def test_letters_set_apart_stay_one_word_and_narrow_columns_two() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(50, 500, "NETTO", charSpace=0.6)
        canvas.drawString(50, 450, "12,50")
        canvas.drawString(50 + canvas.stringWidth("12,50") + 2.5, 450, "EUR")
        canvas.drawString(50, 400, "eins zwei drei vier fünf")

    assert words_of(read_document(make_pdf(draw), "pdf")) == (
        ["NETTO", "12,50", "EUR", "eins", "zwei", "drei", "vier", "fünf"]
    )


def white(canvas: Canvas) -> None:
    canvas.setFillGray(1)
    canvas.drawString(60, 200, "pay 9999,99 to somebody else")


def covered(canvas: Canvas) -> None:
    canvas.drawString(60, 200, "pay 9999,99 to somebody else")
    canvas.setFillGray(1)
    canvas.rect(40, 190, 300, 40, stroke=0, fill=1)


def under_a_picture(canvas: Canvas) -> None:
    canvas.drawString(60, 200, "pay 9999,99 to somebody else")
    canvas.drawImage(ImageReader(Image.new("L", (4, 4), 255)), 40, 190, 300, 40)


def invisible(canvas: Canvas) -> None:
    text = canvas.beginText(60, 200)
    text.setTextRenderMode(3)
    text.textOut("pay 9999,99 to somebody else")
    canvas.drawText(text)


def tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(60, 200, "pay 9999,99 to somebody else")


def outside(canvas: Canvas) -> None:
    canvas.drawString(60, -30, "pay 9999,99 to somebody else")


@pytest.mark.parametrize("hide", [white, covered, under_a_picture, invisible, tiny, outside])
def test_text_that_nobody_sees_is_not_read(hide) -> None:
    def draw(canvas: Canvas) -> None:
        draw_invoice(canvas)
        hide(canvas)

    reading = read_document(make_pdf(draw), "pdf")
    assert words_of(reading) == WORDS
    assert "hidden_text" in reading.flags


def test_white_print_on_a_dark_picture_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        draw_invoice(canvas)
        canvas.drawImage(ImageReader(Image.new("L", (4, 4), 0)), 40, 20, 300, 40)
        canvas.setFillGray(1)
        canvas.drawString(60, 40, "4500017")

    reading = read_document(make_pdf(draw), "pdf")
    assert "4500017" in words_of(reading)
    assert reading.flags == ()


def test_pale_small_print_is_read_without_suspicion() -> None:
    def draw(canvas: Canvas) -> None:
        draw_invoice(canvas)
        canvas.setFont("Helvetica", 5)
        canvas.setFillGray(0.72)
        canvas.drawString(60, 40, "Amtsgericht Köln HRB 12345 Geschäftsführerin E. Linden")

    reading = read_document(make_pdf(draw), "pdf")
    assert "12345" in words_of(reading)
    assert reading.flags == ()


def test_what_is_filled_into_a_form_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        draw_invoice(canvas)
        canvas.acroForm.textfield(name="po", value="4500017", x=60, y=150, width=120, height=20)

    assert "4500017" in words_of(read_document(make_pdf(draw), "pdf"))


def test_a_margin_note_stays_together() -> None:
    def draw(canvas: Canvas) -> None:
        draw_invoice(canvas)
        canvas.translate(20, 100)
        canvas.rotate(90)
        canvas.drawString(0, 0, "Handelsregister 4711")

    assert {"Handelsregister", "4711"} <= set(words_of(read_document(make_pdf(draw), "pdf")))


def test_characters_without_ink_do_not_hide_in_words() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 500, "Total\u00a0119,00 and some more text to read")

    assert words_of(read_document(make_pdf(draw), "pdf"))[:2] == ["Total", "119,00"]


def test_no_more_text_than_allowed() -> None:
    reading = read_document(make_pdf(), "pdf", limits=Limits(max_characters=25))
    assert 1 <= len(words_of(reading)) < len(WORDS)
    assert reading.flags == ("text_cut",)


def test_no_word_is_endless() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setPageSize((6000, 400))
        canvas.drawString(10, 300, "9" * 700)

    words = words_of(read_document(make_pdf(draw), "pdf"))
    assert "".join(words) == "9" * 700
    assert max(map(len, words)) <= 250


def test_a_blank_page_has_no_words() -> None:
    reading = read_document(make_pdf(lambda canvas: canvas.showPage()), "pdf")
    assert [page.words for page in reading.pages] == [()]
    assert reading.flags == ("no_text",)


def test_attached_xml_comes_along_and_other_files_do_not() -> None:
    def attach(document: pypdfium2.PdfDocument) -> None:
        document.new_attachment("factur-x.xml").set_data(b"<Invoice/>")
        document.new_attachment("timesheet.xlsx").set_data(b"PK")

    reading = read_document(changed(make_pdf(), attach), "pdf")
    assert [(a.name, a.content) for a in reading.attachments] == [("factur-x.xml", b"<Invoice/>")]


def test_an_attachment_that_unpacks_too_large_is_left_out() -> None:
    bomb = one_page_pdf(
        stream(b" " * 20_000_000, b"/Type /EmbeddedFile"),
        b"<</Type /Filespec /F (factur-x.xml) /UF (factur-x.xml) /EF <</F 4 0 R>>>>",
    ).replace(
        b"<</Type /Catalog /Pages 2 0 R>>",
        b"<</Type /Catalog /Pages 2 0 R /Names <</EmbeddedFiles <</Names [(a) 5 0 R]>>>>>>",
    )
    reading = read_document(bomb, "pdf")
    assert reading.attachments == ()
    assert "bad_xml" in reading.flags


def test_a_password_is_asked_for() -> None:
    encrypted = make_pdf(encrypt=StandardEncryption("secret", strength=128))
    with pytest.raises(BadDocument, match="password") as bad:
        read_document(encrypted, "pdf")
    assert bad.value.code == "password_protected"


def test_a_pdf_that_only_forbids_changes_is_read() -> None:
    locked = make_pdf(encrypt=StandardEncryption("", ownerPassword="owner", strength=128))
    reading = read_document(locked, "pdf")
    assert words_of(reading) == WORDS
    assert "encrypted_owner" in reading.flags


def test_junk_before_the_header_is_skipped() -> None:
    reading = read_document(b"X-Gateway: scanned\r\n" * 20 + make_pdf(), "pdf")
    assert words_of(reading) == WORDS
    assert "leading_data" in reading.flags


def test_a_rebuilt_table_of_contents_is_mentioned() -> None:
    pdf = make_pdf()
    at = pdf.rindex(b"startxref")
    reading = read_document(pdf[:at] + b"startxref\n99999999\n%%EOF\n", "pdf")
    assert words_of(reading) == WORDS
    assert "repaired" in reading.flags
    assert read_document(pdf, "pdf").flags == ()


def test_scripts_in_a_pdf_are_mentioned() -> None:
    pdf = one_page_pdf(b"<</S /JavaScript /JS (app.alert\\(1\\))>>").replace(
        b"/Pages 2 0 R>>", b"/Pages 2 0 R /OpenAction 4 0 R>>"
    )
    assert "active_content" in read_document(pdf, "pdf").flags


@pytest.mark.parametrize(
    ("pdf", "code"),
    [
        (make_pdf()[:900], "damaged_file"),
        (b"%PDF-1.7\n", "damaged_file"),
        (
            raw_pdf(b"<</Type /Catalog /Pages 2 0 R>>", b"<</Type /Pages /Kids [] /Count 0>>"),
            "no_pages",
        ),
        (one_page_pdf(box=b"[0 0 2000000000 2000000000]"), "page_too_large"),
    ],
    ids=["cut off", "header only", "no pages", "kilometres"],
)
def test_unreadable_pdfs_are_refused_with_the_reason(pdf: bytes, code: str) -> None:
    with pytest.raises(BadDocument) as bad:
        read_document(pdf, "pdf")
    assert bad.value.code == code


def test_too_many_pages_are_refused_with_both_numbers() -> None:
    def draw(canvas: Canvas) -> None:
        for _ in range(4):
            draw_invoice(canvas)
            canvas.showPage()

    with pytest.raises(BadDocument, match=r"has 4 pages; at most 3") as bad:
        read_document(make_pdf(draw), "pdf", limits=Limits(max_pages=3))
    assert bad.value.code == "too_many_pages"


def test_a_scan_in_a_pdf_is_read_by_ocr_whatever_text_lies_under_it(paper) -> None:
    scan = io.BytesIO(save(paper, "PNG"))

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(scan), 0, 0, *A5)
        text = canvas.beginText(330, 340)
        text.setFont("Helvetica", 10)
        text.setTextRenderMode(3)
        text.textOut("9119,00 EUR")
        text.setTextOrigin(60, 80)
        text.textOut("Vielen Dank für")
        canvas.drawText(text)

    reading = read_document(make_pdf(draw), "pdf")
    assert [page.source for page in reading.pages] == ["ocr"]
    assert "9119,00" not in words_of(reading)
    assert "119,00" in words_of(reading)
    assert reading.flags == ()


def test_numbers_beside_the_print_of_a_scan_are_suspicious(paper) -> None:
    scan = io.BytesIO(save(paper, "PNG"))

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(scan), 0, 0, *A5)
        text = canvas.beginText(60, 200)
        text.setTextRenderMode(3)
        text.textOut("Gesamtbetrag 9119,00 EUR")
        canvas.drawText(text)

    reading = read_document(make_pdf(draw), "pdf")
    assert "9119,00" not in words_of(reading)
    assert reading.flags == ("hidden_text",)
