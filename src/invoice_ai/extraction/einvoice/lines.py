"""What the lines of all formats have in common."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

from lxml.etree import _Element

from invoice_ai.domain.invoice import ExtractedField, LineItem
from invoice_ai.extraction.einvoice.values import SURE, Values, amount, computed

MAX_LINES = 10_000  # more is flagged: nobody reviews it, and a store has to keep it
_CENT = Decimal("0.01")


def kept_lines(lines: list[_Element], values: Values) -> list[_Element]:
    """The lines we take, at most MAX_LINES; that some are left out is a flag."""
    if len(lines) > MAX_LINES:
        values.flags.add("too_many_lines")
    return lines[:MAX_LINES]


def describe(name: str | None, description: str | None) -> str | None:
    """Item name (BT-153) and description (BT-154) as one text, nothing said twice."""
    if not name or not description:
        return name or description
    if name.casefold() in description.casefold():
        return description
    return name if description.casefold() in name.casefold() else f"{name}\n{description}"


def price_per_unit(
    price: ExtractedField | None,
    base: ExtractedField | None,
    quantity: ExtractedField | None,
    net: ExtractedField | None,
) -> ExtractedField | None:
    """BT-146 for one unit: divided by the base quantity (BT-149) where that is not one.

    Some programs repeat the quantity as base quantity; the line's amount tells.
    """
    each, per, count = amount(price), amount(base), amount(quantity)
    if price is None or each is None or not per or per == 1:
        return price
    if count is not None and per == count and each * count == amount(net):
        return price
    with localcontext() as context:
        context.prec = 12
        return ExtractedField(each / per, f"{price.raw} / {base and base.raw}", SURE, "xml")


def counts(line: LineItem) -> bool:
    """Whether it is a line at all, not a heading or a remark put between the lines."""
    if amount(line.quantity) == 0 and not amount(line.amount):
        return False
    return line.quantity is not None or line.amount is not None


def line_discount(charges: Sequence[tuple[bool, ExtractedField | None]]) -> ExtractedField | None:
    """Allowances less charges of one line: quantity × price − this = amount.

    Args:
        charges: Whether it is a charge, and its amount (BT-136, BT-141).
    """
    known = [(is_charge, found) for is_charge, found in charges if found is not None]
    if len(known) == 1 and not known[0][0]:
        return known[0][1]
    total = sum((-(amount(f) or 0) if is_charge else (amount(f) or 0)) for is_charge, f in known)
    return computed(Decimal(total)) if total else None


def check_group(
    whole: ExtractedField | None, parts: Sequence[ExtractedField | None], values: Values
) -> None:
    """Flag a line whose sub-lines do not add up to it (a cent per line is rounding)."""
    known = [amount(p) for p in parts]
    total = amount(whole)
    if total is None or not known or None in known:
        return
    if abs(total - sum((k for k in known if k is not None), Decimal(0))) > _CENT * len(known):
        values.flags.add("sub_lines_mismatch")
