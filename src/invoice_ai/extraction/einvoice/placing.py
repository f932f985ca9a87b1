"""Where the page prints what the XML says, and where it says something else.

A hybrid invoice is two invoices in one file: programs book the XML, people see the page.
Whoever changes only one of them (by mistake, or to have a bill paid twice) must be noticed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from operator import attrgetter

from invoice_ai.domain.identifiers import is_iban
from invoice_ai.domain.invoice import (
    FIELDS,
    LINE_CELLS,
    Candidate,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
)
from invoice_ai.domain.pages import Page, around
from invoice_ai.extraction.einvoice.search import Place, PrintedPages, index_pages, parts_of

_COMPARED = [
    "invoice_number",
    "invoice_date",
    "due_date",
    "iban",
    "subtotal",
    "tax_total",
    "total",
    "amount_due",
]
_SURE_ENOUGH = 0.6  # a page's reading that counts as "it says something else"
_DOUBTFUL = 0.5  # XML and page disagree: one of them is right
_TRIED = 12  # rows with the same amount that are compared for one line
_LEGIBLE = 20  # words on text pages; with fewer the page may be a cover sheet
_row = attrgetter("row")
_INCOMPLETE = frozenset({"minimum_profile", "profile_without_lines"})


def place_on_pages(
    invoice: ExtractedInvoice, pages: Sequence[Page], printed: ExtractedInvoice
) -> ExtractedInvoice:
    """Give the XML's values their place on the page, and mark contradictions.

    Args:
        invoice: From `read_einvoice`.
        pages: The pages of the same document.
        printed: What the page's own finders read; may be empty.
    Returns: The invoice with pages and boxes. A number, date, account or amount that is
        printed nowhere while the page says something else gets the reason "sources_disagree"
        and the page's reading as candidate; so does a total that is printed nowhere on a page
        of text. A line amount that is printed nowhere gets the reason, and the invoice the flag
        "lines_disagree". Profiles that cannot hold everything are filled up from `printed`.
    """
    if not any(page.words for page in pages):
        return invoice
    index = index_pages(pages)
    legible = sum(len(p.words) for p in pages if p.source == "text") >= _LEGIBLE
    fields = {
        name: _placed(name, found, index, printed.fields.get(name))
        for name, found in invoice.fields.items()
    }
    for name in ("payment_days", "discount_percent", "discount_days"):
        if name in fields and (terms := fields.get("payment_terms")):
            fields[name] = replace(fields[name], page=terms.page, box=terms.box)
    for name in _COMPARED:
        if name in fields:
            fields[name] = _compared(name, fields[name], index, printed, legible)
    lines = _placed_lines(invoice.lines, index, legible)
    flags = invoice.flags
    if any(line.amount and line.amount.reasons for line in lines):
        flags = (*flags, "lines_disagree")
    if _INCOMPLETE & set(flags):
        fields = {**printed.fields, **fields}
    return replace(invoice, fields=fields, lines=lines, flags=flags)


def _placed(
    name: str, found: ExtractedField, index: PrintedPages, reading: ExtractedField | None
) -> ExtractedField:
    """The field with its place: where the finders saw the same value, else by search."""
    if reading and reading.box and reading.value == found.value:
        return replace(found, page=reading.page, box=reading.box)
    kind = FIELDS[name].kind
    value = found.value
    place: Place | None
    if isinstance(value, Decimal):
        # Totals stand at the end, and what follows them (a payment slip) repeats them.
        places = index.amounts.get(abs(value), [])
        place = places[-1] if kind == "money" and places else None
    elif isinstance(value, date):
        place = next(iter(index.dates.get(value, [])), None)
    elif name == "currency":
        place = next(iter(index.find_text(value)), None)
    elif kind == "code":
        place = None  # codes are for programs
    else:
        place = _place_text(value, index)
    return replace(found, page=place.page, box=place.box) if place else found


def _place_text(value: str, index: PrintedPages) -> Place | None:
    """The whole text in one piece, else its parts where they stand together."""
    if whole := index.find_text(value):
        return whole[0]
    parts = [(part, places) for part in parts_of(value) if (places := index.find_text(part))]
    if not parts or sum(len(part) for part, _ in parts) < 0.5 * len(value):
        return None
    # The part that is printed least often says where; each other part nearest to it.
    anchor = min(parts, key=lambda p: (len(p[1]), -len(p[0])))[1][0]
    near = [min(places, key=lambda p: _distance(p, anchor)) for _, places in parts]
    together = [p.box for p in near if p.page == anchor.page and abs(p.row - anchor.row) <= 6]
    return anchor._replace(box=around([anchor.box, *together]))


def _distance(one: Place, other: Place) -> tuple[int, float]:
    (x0, y0), (x1, y1) = one.box.center, other.box.center
    return abs(one.page - other.page), abs(x0 - x1) + abs(y0 - y1)


def _compared(
    name: str,
    found: ExtractedField,
    index: PrintedPages,
    printed: ExtractedInvoice,
    legible: bool,
) -> ExtractedField:
    """The field, doubted when the page contradicts it."""
    missing = found.page is None
    if name == "total" and not missing:
        # Printed somewhere, but the finders took it for no sum at all: perhaps it is none.
        sums = [f.value for n, f in printed.fields.items() if FIELDS[n].kind == "money"]
        missing = bool(sums) and not any(_same(found.value, s) for s in sums)
        legible = False
    if not missing:
        return found
    reading = printed.fields.get(name)
    if reading and reading.confidence >= _SURE_ENOUGH and not _same(reading.value, found.value):
        return _doubted(
            found,
            Candidate(
                reading.value,
                reading.raw,
                reading.confidence,
                reading.source,
                reading.page,
                reading.box,
            ),
        )
    if name == "iban" and (other := _other_account(found, index)):
        return _doubted(found, other)
    return _doubted(found, None) if name == "total" and legible else found


def _other_account(found: ExtractedField, index: PrintedPages) -> Candidate | None:
    """An account the page prints, when it prints none of those in the XML."""
    if any(candidate.value in index.ibans for candidate in found.candidates):
        return None
    for iban, place in index.ibans.items():
        if is_iban(iban):
            return Candidate(iban, iban, 0.9, place.source, place.page, place.box)
    return None


def _same(one: object, other: object) -> bool:
    if isinstance(one, Decimal) and isinstance(other, Decimal):
        return abs(one) == abs(other)
    return one == other


def _doubted(found: ExtractedField, reading: Candidate | None) -> ExtractedField:
    return replace(
        found,
        confidence=min(found.confidence, _DOUBTFUL),
        reasons=(*found.reasons, "sources_disagree"),
        candidates=((reading,) if reading else ()) + found.candidates[:3],
    )


def _placed_lines(
    lines: Sequence[LineItem], index: PrintedPages, legible: bool
) -> tuple[LineItem, ...]:
    """Each line in the row that prints its amount and most of its other cells."""
    placed: list[LineItem] = []
    last = 0
    for line in lines:
        amount = line.amount
        if amount is None or not isinstance(amount.value, Decimal):
            placed.append(line)
            continue
        places = index.amounts.get(abs(amount.value), [])
        if amount.value and not places and legible:
            placed.append(replace(line, amount=_doubted(amount, None)))
            continue
        after = bisect_right(places, last, key=_row)
        rows = sorted({p.row for p in places[after : after + _TRIED] or places[:_TRIED]})
        cells = max((_cells_in(line, row, index) for row in rows), key=len, default={})
        if cells:
            last = cells["amount"].row
        changed = {
            name: replace(getattr(line, name), page=place.page, box=place.box)
            for name, place in cells.items()
        }
        placed.append(replace(line, **changed))
    return tuple(placed)


def _cells_in(line: LineItem, row: int, index: PrintedPages) -> dict[str, Place]:
    """The line's cells that are printed in a row or, for texts, right beside it."""
    found: dict[str, Place] = {}
    for name in LINE_CELLS:
        cell: ExtractedField | None = getattr(line, name)
        if cell is None or name == "unit":
            continue
        value, reach = cell.value, 0
        if isinstance(value, Decimal):
            if name == "tax_rate":  # "19%" and "19,00 %"
                places = index.find_text(f"{value.normalize():f}") or index.find_text(
                    f"{value:.2f}"
                )
            else:
                places = index.amounts.get(abs(value), [])
        elif isinstance(value, date):
            places, reach = index.dates.get(value, []), 2
        else:
            places, reach = index.find_text(value), 3
            if not places and name == "description":
                places = sorted(p for part in parts_of(value) for p in index.find_text(part))
        first = bisect_left(places, row - reach, key=_row)
        near = places[first : bisect_right(places, row + reach, key=_row)]
        if near:
            # In one row the amount stands right of the price that equals it.
            side = -1 if name == "amount" else 1
            found[name] = min(near, key=lambda p: (abs(p.row - row), side * p.box.x0))
    return found
