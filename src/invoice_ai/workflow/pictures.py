"""Pages as people see them: pictures and the words on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from invoice_ai.domain.pages import Page
from invoice_ai.errors import NotFound
from invoice_ai.examination import limits_of
from invoice_ai.reading import render_page
from invoice_ai.store import invoices
from invoice_ai.store.records import DocumentRecord
from invoice_ai.store.words import load_words
from invoice_ai.workflow.place import Workplace


def page_picture(place: Workplace, invoice_id: int, number: int) -> Path:
    """The picture of a page (WebP), made now if the workers have not come to it.

    Raises: NotFound: no such invoice or page. BadDocument: the page cannot be drawn.
    """
    return _page_file(place, invoice_id, number, _picture)


def page_thumbnail(place: Workplace, invoice_id: int, number: int) -> Path:
    """The same, small."""
    return _page_file(place, invoice_id, number, _thumbnail)


def page_words(place: Workplace, invoice_id: int, number: int) -> Page:
    """The words of a page with their boxes. Raises: NotFound: also while it is not read yet."""
    document = _document(place, invoice_id)
    if not 1 <= number <= (document.page_count or 0):
        raise NotFound(f"Invoice {invoice_id} has no page {number}.")
    page = load_words(place.files, document.sha256, _in_file(document, number))
    return replace(page, number=number)


def draw_missing_pages(place: Workplace, invoice_id: int) -> None:
    """Make every picture that is not there yet."""
    document = _document(place, invoice_id)
    for number in (_in_file(document, n + 1) for n in range(document.page_count or 0)):
        if not place.files.derived(document.sha256, _thumbnail(number)).exists():
            _render_page(place, document, number)


def _page_file(place: Workplace, invoice_id: int, number: int, name: Callable[[int], str]) -> Path:
    document = _document(place, invoice_id)
    if not 1 <= number <= (document.page_count or 0):
        raise NotFound(f"Invoice {invoice_id} has no page {number}.")
    in_file = _in_file(document, number)
    file = place.files.derived(document.sha256, name(in_file))
    if not file.exists():
        _render_page(place, document, in_file)
    return file


def _in_file(document: DocumentRecord, number: int) -> int:
    """Which page of the file an invoice's page is."""
    return number + document.pages.first - 1 if document.pages else number


def _document(place: Workplace, invoice_id: int) -> DocumentRecord:
    with place.database.reading() as session:
        return invoices.document_of(session, invoice_id)


def _render_page(place: Workplace, document: DocumentRecord, number: int) -> None:
    assert document.kind is not None  # a page count says that it was read
    page = load_words(place.files, document.sha256, number)
    picture = render_page(
        place.files.path(document.sha256).read_bytes(),
        document.kind,
        number,
        rotation=page.rotation,
        skew=page.skew,
        limits=limits_of(place.settings),
    )
    place.files.put_derived(document.sha256, _picture(number), picture.webp)
    place.files.put_derived(document.sha256, _thumbnail(number), picture.thumbnail)


def _picture(number: int) -> str:
    return f"page-{number}.webp"


def _thumbnail(number: int) -> str:
    return f"page-{number}-small.webp"
