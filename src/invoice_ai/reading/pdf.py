"""A PDF's pages: its text where that can be trusted, else a picture of the page for OCR."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray

from invoice_ai.domain.layout import rows
from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Attachment, Box, Page, Word
from invoice_ai.errors import BadDocument
from invoice_ai.reading.ink import are_visible, has_ink, is_telling
from invoice_ai.reading.parts import Flag, Part, PixelPage, Pixels
from invoice_ai.reading.words import TextLayer, text_layer

OCR_DPI = 200  # 150 costs 0.3 points of word F1, 300 wins 0.1 and takes longer
LEAST_CHARACTERS = 20  # fewer on a page with ink: the text is in the picture
MOST_UNMAPPED = 0.02  # share of characters without a meaning: fonts without a ToUnicode table
SCAN_COVERAGE = 0.5  # one picture over half of the page: a scan, whatever text lies on it
INK_DPI = 72
SMALLEST_PRINT = 3.0  # points; nobody reads less, and nobody prints an amount like that
LARGEST_POINTS = 200_000.0  # 70 metres; Acrobat ends at 14,400 points × UserUnit
NEAR = 2.0  # points; an edge that is smoothed reaches one pixel of 72 dpi further
DEEPEST_FORM = 4  # forms within forms looked into for a scan's picture
MOST_ATTACHMENTS = 50

ACTIVE = re.compile(rb"/S\s*/(JavaScript|Launch|SubmitForm|ImportData)\b|/OpenAction\s*<<[^>]*/URI")


def open_pdf(content: bytes, limits: Limits) -> tuple[Any, list[str]]:
    """Open a PDF.

    Returns: The open document and flags: leading_data (a mail gateway's or scanner's prefix was
        skipped), repaired (the table of contents was rebuilt), encrypted_owner.
    Raises: BadDocument: password_protected, damaged_file, no_pages, too_many_pages.
    """
    flags = []
    start = content.find(b"%PDF-", 0, 4096)
    if start > 0:
        content = content[start:]
        flags.append("leading_data")
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as wrong:
        code = getattr(wrong, "err_code", None)
        if code == raw.FPDF_ERR_PASSWORD:
            raise BadDocument(
                "The PDF asks for a password. Please send it without.", code="password_protected"
            ) from None
        if code == raw.FPDF_ERR_SUCCESS:
            raise BadDocument("The PDF has no pages.", code="no_pages") from None
        raise BadDocument(
            "The PDF is incomplete or damaged. Please ask for a new copy.", code="damaged_file"
        ) from None
    if len(document) > limits.max_pages:
        raise BadDocument(
            f"The PDF has {len(document)} pages; at most {limits.max_pages} are read.",
            code="too_many_pages",
        )
    if not _has_sound_table(content):
        flags.append("repaired")
    if raw.FPDF_GetSecurityHandlerRevision(document) >= 0:
        flags.append("encrypted_owner")
    if ACTIVE.search(content):
        flags.append("active_content")
    document.init_forms()
    return document, flags


def _has_sound_table(content: bytes) -> bool:
    """Whether the last startxref leads to a cross-reference table or stream."""
    found = re.findall(rb"startxref\s+(\d{1,12})", content[-2048:])
    if not found:
        return False
    at = int(found[-1])
    return re.match(rb"\s*(xref|\d+\s+\d+\s+obj)", content[at : at + 40]) is not None


def read_pdf(content: bytes, limits: Limits) -> Iterator[Part]:
    """Read a PDF, page by page, then its attached XML files.

    Raises: BadDocument: see `open_pdf`; page_too_large, damaged_file with the page's number.
    """
    document, flags = open_pdf(content, limits)
    yield from map(Flag, flags)
    for number in range(1, len(document) + 1):
        yield from _read_page(document, number, limits)
    yield from _attachments(document, limits)


def load_page(document: Any, number: int) -> Any:
    """One page with its form fields drawn into it, as a person sees it."""
    try:
        page = document[number - 1]
        if document.formenv and page.flatten() == raw.FLATTEN_SUCCESS:
            page.close()
            page = document[number - 1]
    except pdfium.PdfiumError:
        raise BadDocument(
            f"The file is damaged: page {number} cannot be read. Please ask for a new copy.",
            code="damaged_file",
        ) from None
    width, height = page.get_size()
    if not (0 < width <= LARGEST_POINTS and 0 < height <= LARGEST_POINTS):
        raise BadDocument(
            f"Page {number} is {width:.0f} × {height:.0f} points large; "
            f"at most {LARGEST_POINTS:.0f} are read.",
            code="page_too_large",
        )
    return page


def render(page: Any, *, dpi: float, limits: Limits, turn: int = 0, grey: bool = True) -> Pixels:
    """A picture of a page, turned clockwise by `turn` beyond its own /Rotate, coarser than `dpi`
    when it would have more than `limits.max_render_pixels`."""
    width, height = page.get_size()
    scale = min(dpi / 72, (limits.max_render_pixels / (width * height)) ** 0.5)
    # At least one pixel each way: a page of 1 × 14,400 points is legal.
    scale = max(scale, 1.0 / width, 1.0 / height)
    if width * height * scale * scale > 2 * limits.max_render_pixels:
        raise BadDocument("A page is too long and thin to be shown.", code="page_too_large")
    bitmap = page.render(scale=scale, rotation=turn, grayscale=grey, rev_byteorder=not grey)
    return np.ascontiguousarray(bitmap.to_numpy())


def _read_page(document: Any, number: int, limits: Limits) -> Iterator[Part]:
    page = load_page(document, number)
    try:
        layer = text_layer(page, most=limits.max_characters)
        turn = (layer.turn - page.get_rotation()) % 360
        pictures = list(_pictures(page))
        apart = _apart(page, layer, pictures)
        _draw(apart, wanted=False)
        pixels = render(page, dpi=INK_DPI, limits=limits, turn=turn)
        visible = are_visible(layer.words, pixels)
        if _needs_ocr(page, layer, pixels, pictures):
            if is_telling(_hidden(layer, visible), scan=True):
                yield Flag("hidden_text")
            _draw(apart, wanted=True)
            yield PixelPage(number, render(page, dpi=OCR_DPI, limits=limits))
            return
        if layer.cut:
            yield Flag("text_cut")
        width, height = page.get_size()
        if turn in (90, 270):
            width, height = height, width
        if not visible.all():
            # Thin grey print is faint at 72 dpi, so look closer; but then print too small for
            # people shows as well.
            closer = are_visible(layer.words, render(page, dpi=OCR_DPI, limits=limits, turn=turn))
            heights = np.array([word.box.height for word in layer.words]) * height
            visible |= closer & (heights >= SMALLEST_PRINT)
            if is_telling(_hidden(layer, visible), scan=False):
                yield Flag("hidden_text")
        words = [_clipped(w) for w, seen in zip(layer.words, visible, strict=True) if seen]
        ordered = tuple(word for row in rows(words) for word in row)
        yield Page(number, width, height, ordered, "text", turn)
    finally:
        page.close()


def _hidden(layer: TextLayer, visible: NDArray[np.bool_]) -> list[Word]:
    return [word for word, seen in zip(layer.words, visible, strict=True) if not seen]


def _needs_ocr(page: Any, layer: TextLayer, pixels: Pixels, pictures: list[_Picture]) -> bool:
    if layer.characters < LEAST_CHARACTERS:
        return has_ink(pixels)
    if layer.unmapped > MOST_UNMAPPED * layer.characters:
        return True
    return _largest(page, pictures) > SCAN_COVERAGE


def is_scan(page: Any) -> bool:
    """Whether one picture covers most of the page, whatever text lies on it."""
    return _largest(page, list(_pictures(page))) > SCAN_COVERAGE


def _clipped(word: Word) -> Word:
    x0, y0, x1, y1 = word.box
    if x0 >= 0.0 and y0 >= 0.0 and x1 <= 1.0 and y1 <= 1.0:
        return word
    return Word(word.text, Box(max(x0, 0.0), max(y0, 0.0), min(x1, 1.0), min(y1, 1.0)))


class _Picture(NamedTuple):
    """A picture on a page; the sides in points, those of one in a form in the form's own."""

    item: Any
    left: float
    bottom: float
    right: float
    top: float
    depth: int


def _largest(page: Any, pictures: list[_Picture]) -> float:
    """The share of the page that its largest picture covers."""
    x0, y0, x1, y1 = page.get_bbox()
    largest = 0.0
    for picture in pictures:
        width = min(picture.right, x1) - max(picture.left, x0)
        height = min(picture.top, y1) - max(picture.bottom, y0)
        largest = max(largest, max(width, 0.0) * max(height, 0.0))
    return largest / float((x1 - x0) * (y1 - y0))


def _apart(page: Any, layer: TextLayer, pictures: list[_Picture]) -> list[_Picture]:
    """The pictures that no word touches.

    Whether a word has ink does not depend on them, and to unpack a logo takes up to ten times as
    long as to draw all the rest. None on a page without text, whose ink is looked for everywhere,
    and none where the words' boxes are not in the page's own direction.
    """
    if layer.characters < LEAST_CHARACTERS or layer.turn:
        return []
    x0, y0, x1, y1 = page.get_bbox()
    width, height = x1 - x0, y1 - y0
    lefts, tops, rights, bottoms = np.array([word.box for word in layer.words]).T
    return [
        picture
        for picture in pictures
        if picture.depth == 1
        and not (
            (lefts < (picture.right + NEAR - x0) / width)
            & (rights > (picture.left - NEAR - x0) / width)
            & (tops < (y1 - picture.bottom + NEAR) / height)
            & (bottoms > (y1 - picture.top - NEAR) / height)
        ).any()
    ]


def _draw(pictures: list[_Picture], *, wanted: bool) -> None:
    """Have the pictures drawn from now on, or left out."""
    for picture in pictures:
        raw.FPDFPageObj_SetIsActive(picture.item, wanted)


def _pictures(page: Any) -> Iterator[_Picture]:
    """The pictures of a page, and of the forms on it."""
    left, bottom = ctypes.c_float(), ctypes.c_float()
    right, top = ctypes.c_float(), ctypes.c_float()
    for item, depth in _images(page, raw.FPDFPage_CountObjects, raw.FPDFPage_GetObject):
        if raw.FPDFPageObj_GetBounds(item, left, bottom, right, top):
            yield _Picture(item, left.value, bottom.value, right.value, top.value, depth)


def _images(parent: Any, count: Any, get: Any, depth: int = 1) -> Iterator[tuple[Any, int]]:
    """The image objects of a page or form and of the forms in it, and how deep they lie."""
    for index in range(count(parent)):
        item = get(parent, index)
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            yield item, depth
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < DEEPEST_FORM:
            yield from _images(
                item, raw.FPDFFormObj_CountObjects, raw.FPDFFormObj_GetObject, depth + 1
            )


def _attachments(document: Any, limits: Limits) -> Iterator[Part]:
    """The attached XML files; one that is larger than allowed is left out and flagged."""
    for index in range(min(document.count_attachments(), MOST_ATTACHMENTS)):
        attachment = document.get_attachment(index)
        name = attachment.get_name()
        if not name.lower().endswith(".xml"):
            continue
        size = ctypes.c_ulong()
        # PDFium unpacks the whole file to tell its size; the memory limit bounds that.
        raw.FPDFAttachment_GetFile(attachment, None, 0, size)
        if not 0 < size.value <= limits.max_xml_bytes:
            yield Flag("bad_xml")
            continue
        yield Attachment(name, bytes(attachment.get_data()))
