"""Rows of a model's answer become line items only where the page shows them."""

from __future__ import annotations

from collections.abc import Sequence

from invoice_ai.ai.grounding import Grounded, ground_amount
from invoice_ai.ai.printed import Place, Printed
from invoice_ai.ai.weighing import FROM_AI, LESS_RELIABLE, RELIABLE
from invoice_ai.domain.invoice import ExtractedField, LineItem, Value

# Of a page's height: two prints in one row of a table stand no further apart.
SAME_ROW = 0.02


def rows_of(told: Sequence[dict[str, str]], printed: Printed) -> tuple[LineItem, ...]:
    """The rows, each with an amount that is printed; empty when any row has none.

    One invented row makes the whole table worthless, so it is all or nothing.
    """
    lines = []
    used: set[tuple[int, float, float]] = set()
    for row in told:
        amount = ground_amount(row.get("amount", ""), printed) if row.get("amount") else None
        place = _unused(amount, used) if amount else None
        if amount is None or place is None:
            return ()
        used.add(_spot(place))
        description = printed.text(row["description"]) if row.get("description") else None
        lines.append(
            LineItem(
                description=_cell(row["description"], description) if description else None,
                quantity=_number(row.get("quantity"), place, printed),
                unit_price=_number(row.get("unit_price"), place, printed),
                amount=_cell(amount.value, place),
            )
        )
    return tuple(lines)


def _unused(amount: Grounded, used: set[tuple[int, float, float]]) -> Place | None:
    """The topmost print of this amount that no other row has taken."""
    free = [p for p in amount.places if _spot(p) not in used]
    return min(free, key=lambda p: (not p.exact, p.page, p.box.y0), default=None)


def _number(text: str | None, row: Place, printed: Printed) -> ExtractedField | None:
    """A quantity or a price, if it is printed in the row of the amount."""
    found = ground_amount(text, printed) if text else None
    if found is None:
        return None
    middle = row.box.center[1]
    near = [
        p for p in found.places if p.page == row.page and abs(p.box.center[1] - middle) <= SAME_ROW
    ]
    return _cell(found.value, near[0]) if near else None


def _cell(value: Value, place: Place) -> ExtractedField:
    sure = RELIABLE if place.exact else LESS_RELIABLE
    return ExtractedField(value, place.raw, sure, "ai", place.page, place.box, (FROM_AI,))


def _spot(place: Place) -> tuple[int, float, float]:
    return place.page, round(place.box.x0, 4), round(place.box.y0, 4)
