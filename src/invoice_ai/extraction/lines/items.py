"""Rows become line items: every cell with its raw text, place and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.invoice import Candidate, ExtractedField, LineItem
from invoice_ai.domain.pages import Page, Word, around
from invoice_ai.extraction.lines.cells import Number
from invoice_ai.extraction.lines.certainty import LOW_OCR, Cell, Certainty
from invoice_ai.extraction.lines.table import Item

# Longest description kept, in characters; sub-lines beyond it are not an item's name any more.
LONGEST = 400
# Cells that are calibrated; a tax or a discount is as sure as the amount, a code as the name, a
# unit as the quantity.
_CALIBRATED: dict[str, Cell] = {"quantity": "quantity", "price": "unit_price"}


def order_of_dates(items: Sequence[Item]) -> bool | None:
    """Whether the rows' dates print the day first, from one that can only be read one way."""
    for item in items:
        for reading in find_dates(_text(item.texts.get("date", ()))):
            parts = reading.raw.replace("-", "/").replace(".", "/").split("/")
            if reading.other is None and parts[0].isdigit() and len(parts[0]) <= 2:
                return int(parts[0]) == reading.value.day
    return None


def line_item(item: Item, certainty: Certainty, *, day_first: bool | None) -> LineItem:
    """One row as a LineItem."""
    page = item.anchor.page
    cells = {
        r: _number(c, page, certainty, _CALIBRATED.get(r, "amount")) for r, c in item.cells.items()
    }
    words = list(item.texts.get("description", ()))
    while len(words) > 1 and words[0].text.rstrip(".)").isdigit() and len(words[0].text) <= 4:
        words.pop(0)  # the row's own number, printed close to its text
    code = item.texts.get("code", ())
    tax = item.cells.get("tax")
    return LineItem(
        description=_words(words or code, page, certainty, "description"),
        product_code=_words(code, page, certainty, "description") if words else None,
        quantity=cells.get("quantity"),
        unit=_words(item.texts.get("unit", ()), page, certainty, "quantity")
        or _glued_unit(item, page, certainty),
        unit_price=cells.get("price"),
        discount=_discount(item, cells.get("discount")),
        tax_rate=cells["tax"] if tax and (tax.kind == "percent" or tax.value <= 30) else None,
        amount=cells.get("amount"),
        service_date=_service_date(item, day_first, page, certainty.of("amount")),
    )


def _number(cell: Number, page: Page, certainty: Certainty, of: Cell) -> ExtractedField:
    sure = certainty.of(of, cell.confidence)
    others: tuple[Candidate, ...] = ()
    if cell.other is not None:  # "1,234": thousands or decimals
        sure = sure if certainty.is_proved(of) else min(sure, 0.5)
        others = (Candidate(cell.other, cell.raw, 0.4, page.source, page.number, cell.box),)
    return ExtractedField(
        value=cell.value,
        raw=cell.raw,
        confidence=round(sure, 4),
        source=page.source,
        page=page.number,
        box=cell.box,
        reasons=("low_ocr",) if cell.confidence < LOW_OCR else (),
        candidates=others,
    )


def _text(words: Sequence[Word]) -> str:
    return " ".join(w.text for w in words)


def _words(
    words: Sequence[Word], page: Page, certainty: Certainty, of: Cell
) -> ExtractedField | None:
    if not words:
        return None
    reading = sum(w.confidence for w in words) / len(words)
    text = _text(words)[:LONGEST]
    return ExtractedField(
        value=text,
        raw=text,
        confidence=round(certainty.of(of, reading), 4),
        source=page.source,
        page=page.number,
        box=around([w.box for w in words]),
        reasons=("low_ocr",) if reading < LOW_OCR else (),
    )


def _glued_unit(item: Item, page: Page, certainty: Certainty) -> ExtractedField | None:
    """The unit of a quantity printed as one word, e.g. "2Stk"."""
    cell = item.cells.get("quantity")
    unit = cell.raw.lstrip("0123456789.,") if cell and cell.raw[:1].isdigit() else ""
    if cell is None or not unit.rstrip(".").isalpha() or unit in "xX":
        return None
    sure = certainty.of("quantity", cell.confidence)
    return ExtractedField(unit, unit, round(sure, 4), page.source, page.number, cell.box)


def _discount(item: Item, printed: ExtractedField | None) -> ExtractedField | None:
    """The discount as an amount; a printed percentage is worked out."""
    cell, quantity, price = (item.cells.get(r) for r in ("discount", "quantity", "price"))
    if cell is None or printed is None:
        return printed
    if quantity and price and (cell.kind == "percent" or _is_rate(item)):
        value = (quantity.value * price.value * abs(cell.value) / 100).quantize(Decimal("0.01"))
        return ExtractedField(
            value, cell.raw, printed.confidence, "computed", printed.page, printed.box
        )
    return None if cell.kind == "percent" else printed


def _is_rate(item: Item) -> bool:
    """A bare "10" under "Disc. %" is a rate when only so the row multiplies."""
    cell, quantity, price, amount = (
        item.cells.get(r) for r in ("discount", "quantity", "price", "amount")
    )
    if not (cell and quantity and price and amount and cell.value):
        return False
    product = quantity.value * price.value
    as_amount = abs(product - abs(cell.value) - amount.value)
    as_rate = abs(product * (1 - abs(cell.value) / 100) - amount.value)
    return as_rate < as_amount


def _service_date(
    item: Item, day_first: bool | None, page: Page, sure: float
) -> ExtractedField | None:
    words = item.texts.get("date", ())
    readings = find_dates(_text(words), day_first=day_first)
    if not readings:
        return None
    first = readings[0]
    field = ExtractedField(
        first.value, first.raw, round(sure, 4), page.source, page.number, around([w.box for w in words])
    )  # fmt: skip
    if first.other is None:
        return field
    other = Candidate(first.other, first.raw, 0.4, page.source, page.number, field.box)
    return ExtractedField(
        first.value, first.raw, min(field.confidence, 0.5), page.source, page.number, field.box,
        reasons=("ambiguous_date",), candidates=(other,),
    )  # fmt: skip
