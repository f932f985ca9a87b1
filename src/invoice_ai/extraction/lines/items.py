"""Rows become line items: every cell with its raw text, place and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from invoice_ai.domain.invoice import Candidate, ExtractedField, LineItem
from invoice_ai.domain.pages import Page, Word, around
from invoice_ai.extraction.lines.cells import Number, quantity_with_unit
from invoice_ai.extraction.lines.table import Item, arithmetic

# Longest description kept, in characters; sub-lines beyond it are not an item's name any more.
LONGEST = 400


def line_item(item: Item, *, sums_agree: bool, certain: float, mark: str | None) -> LineItem:
    """One row as a LineItem. `certain` is the trust in the table it comes from, 0–1."""
    page = item.anchor.page
    multiplies = arithmetic(item.cells) is not None
    evidence = certain * (
        1.0 if multiplies and sums_agree else 0.96 if multiplies or sums_agree else 0.8
    )

    def number(cell: Number | None) -> ExtractedField | None:
        if cell is None:
            return None
        other = () if cell.other is None else (_candidate(cell, page),)
        return ExtractedField(
            cell.value, cell.raw, round(evidence * cell.confidence, 4), page.source, page.number, cell.box,
            reasons=("two_readings",) if other else (), candidates=other,
        )  # fmt: skip

    def text(words: Sequence[Word] | None, trust: float) -> ExtractedField | None:
        if not words:
            return None
        value = " ".join(w.text for w in words)[:LONGEST]
        least = sum(w.confidence for w in words) / len(words)
        return ExtractedField(
            value,
            value,
            round(trust * least, 4),
            page.source,
            page.number,
            around([w.box for w in words]),
        )

    words = list(item.texts.get("description") or ())
    while len(words) > 1 and _is_position(words[0]):
        words.pop(0)
    quantity = number(item.cells.get("quantity"))
    unit = text(item.texts.get("unit"), evidence * 0.9)
    if (
        quantity is None
        and words
        and (glued := quantity_with_unit(words[0], mark))
        and len(words) == 1
    ):
        quantity = None if glued[0] == 0 else quantity
    tax = item.cells.get("tax")
    return LineItem(
        description=text(words or item.texts.get("code"), evidence * 0.95),
        product_code=text(item.texts.get("code"), evidence * 0.9) if words else None,
        quantity=quantity,
        unit=unit,
        unit_price=number(item.cells.get("price")),
        discount=_discount(item, number(item.cells.get("discount"))),
        tax_rate=number(tax) if tax and (tax.kind == "percent" or tax.value <= 30) else None,
        amount=number(item.cells.get("amount")),
    )


def _candidate(cell: Number, page: Page) -> Candidate:
    assert cell.other is not None
    return Candidate(cell.other, cell.raw, 0.3, page.source, page.number, cell.box)


def _is_position(word: Word) -> bool:
    return word.text.rstrip(".)").isdigit() and len(word.text) <= 4


def _discount(item: Item, printed: ExtractedField | None) -> ExtractedField | None:
    """The discount as an amount; a printed percentage is worked out."""
    cell, quantity, price = (item.cells.get(r) for r in ("discount", "quantity", "price"))
    if cell is None or printed is None or cell.kind != "percent":
        return printed
    if quantity is None or price is None:
        return None
    value = (quantity.value * price.value * abs(cell.value) / 100).quantize(Decimal("0.01"))
    return ExtractedField(
        value, cell.raw, printed.confidence, "computed", printed.page, printed.box
    )
