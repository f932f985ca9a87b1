"""Reading a document: opened elsewhere under limits, pictures of text read here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Attachment, FileKind, Page, PageRange, Reading
from invoice_ai.errors import BadDocument
from invoice_ai.reading.isolation import run_isolated
from invoice_ai.reading.parts import CutFile, Flag, PagePicture, Part, PixelPage
from invoice_ai.reading.tasks import CutTask, ReadTask, RenderTask, Task


def read_document(
    content: bytes,
    kind: FileKind,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    ocr_cache: Path | None = None,
) -> Reading:
    """Read every word of a document and where it stands.

    Args:
        content: The file; everything in it is hostile.
        kind: pdf, jpeg, png or tiff, from its content.
        limits: What one document may cost; time and memory without OCR.
        ocr_cache: Where compiled networks are kept between starts; default: the user's cache.
    Returns: Pages in order, a PDF's attached XML files, and flags of what was odd: hidden_text,
        text_cut, repaired, encrypted_owner, active_content, leading_data, multi_frame, bad_xml,
        no_text.
    Raises: BadDocument: password_protected, damaged_file, no_pages, too_many_pages,
        image_too_large, page_too_large, resource_limit, timeout, unsupported_type.
    """
    pages: list[Page] = []
    attachments: list[Attachment] = []
    flags: dict[str, None] = {}
    ocr_seconds = 0.0
    started = time.perf_counter()
    for part in _parts(content, ReadTask(kind, limits)):
        if isinstance(part, Page):
            pages.append(part)
        elif isinstance(part, PixelPage):
            before = time.perf_counter()
            pages.append(_read_pixels(part, ocr_cache))
            ocr_seconds += time.perf_counter() - before
        elif isinstance(part, Attachment):
            attachments.append(part)
        elif isinstance(part, Flag):
            flags[part.code] = None
    if not any(page.words for page in pages):
        flags["no_text"] = None
    seconds = (("open", time.perf_counter() - started - ocr_seconds), ("ocr", ocr_seconds))
    return Reading(tuple(pages), tuple(attachments), tuple(flags), seconds)


def render_page(
    content: bytes,
    kind: FileKind,
    number: int,
    *,
    rotation: int = 0,
    skew: float = 0.0,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> PagePicture:
    """A picture of one page for people, as the words' boxes see it.

    Args:
        number: The page, from 1.
        rotation, skew: Those of the `Page` that was read.
    Returns: WebP at 200 dpi (lossless unless the page is a photograph of paper) and a thumbnail
        160 pixels wide.
    Raises: BadDocument: as `read_document`.
    """
    for part in _parts(content, RenderTask(kind, limits, number, rotation, skew)):
        if isinstance(part, PagePicture):
            return part
    raise BadDocument(f"The file has no page {number}.", code="damaged_file")


def cut_pages(
    content: bytes,
    kind: FileKind,
    pages: PageRange,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
) -> bytes:
    """A file of the same kind with these pages only. Raises: BadDocument: as `read_document`."""
    for part in _parts(content, CutTask(kind, limits, pages.first, pages.last)):
        if isinstance(part, CutFile):
            return part.content
    raise BadDocument(f"The file has no pages {pages}.", code="damaged_file")


def _parts(content: bytes, task: Task) -> Iterator[Part]:
    if task.kind == "xml":
        raise BadDocument("An XML file has no pages to read.", code="unsupported_type")
    return run_isolated(content, task)


def _read_pixels(page: PixelPage, cache_folder: Path | None) -> Page:
    # Imported when the first scan comes: OpenVINO costs 0.15 s and 60 MB, and digital invoices
    # and the API do without.
    from invoice_ai.reading.ocr import read_pixels

    return read_pixels(page.number, page.pixels, cache_folder=cache_folder)
