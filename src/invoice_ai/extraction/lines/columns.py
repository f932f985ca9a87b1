"""One row of a table under its header: which number is which cell, and which text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain

from invoice_ai.domain.pages import Word
from invoice_ai.extraction.lines.cells import Number, Row, respaced
from invoice_ai.extraction.lines.header import VALUES, Column, Header
from invoice_ai.extraction.lines.lexicon import Role

_TEXT_ROLES: frozenset[Role] = frozenset({"description", "code", "unit", "date", "other", "never"})
_MONEY_ROLES = VALUES | {"price", "discount", "tax_amount", "credit", "balance"}
# Distance from a column's word, in page widths, that costs one point.
_STEP = 0.04


def assign(row: Row, header: Header) -> dict[str, Number]:
    """The numbers of a row by column: the cheapest assignment that keeps the order.

    Whether "3 119,74" is one number or a quantity and a price is seen when the row multiplies.
    """
    cells = _assign(row, row.numbers, header)
    if not 2 <= len(row.numbers) <= 20 or arithmetic(cells) or not header.has("quantity", "price"):
        return cells
    # A number that is none of the row's: a unit ("1 1000"), a code ("R 9693").
    fewer = (
        [*row.numbers[:k], *row.numbers[k + 1 :]]
        for k, n in enumerate(row.numbers)
        if n.kind != "money" and len(row.numbers) > 3
    )
    for numbers in chain(respaced(row), fewer):
        other = _assign(row, numbers, header)
        if arithmetic(other):
            return other
    return _with_factor(row, cells) if header.has("quantity") else cells


def _with_factor(row: Row, cells: dict[str, Number]) -> dict[str, Number]:
    """The cells with the number for quantity that makes the amount of the price, wherever it
    stands; 1 would always do."""
    taken = [n for role, n in cells.items() if role != "quantity"]
    for number in row.numbers:
        if number.kind in ("integer", "decimal") and number.value != 1 and number not in taken:
            other = {**cells, "quantity": number}
            if arithmetic(other):
                return other
    return cells


def _assign(row: Row, numbers: Sequence[Number], header: Header) -> dict[str, Number]:
    if not numbers:
        return {}
    columns = header.columns
    row_before = [0.0] * (len(columns) + 1)
    back: list[list[int]] = [[]]
    for n, number in enumerate(numbers, 1):
        skip = _skip_cost(row, number)
        costs = _costs(row, number, columns, last=n == len(numbers) > 2)
        up = row_before[0] + skip
        best, choice = [up], [0]
        for c, cost in enumerate(costs, 1):
            taken, left = row_before[c - 1] + cost, row_before[c] + skip
            if taken <= left and taken <= up:
                up = taken
                choice.append(1)
            elif left <= up:
                up = left
                choice.append(2)
            else:
                choice.append(3)
            best.append(up)
        row_before = best
        back.append(choice)
    cells: dict[str, Number] = {}
    n, c = len(numbers), len(columns)
    while n > 0 and c > 0:
        if back[n][c] == 1:
            role = columns[c - 1].role
            if role not in _TEXT_ROLES and role not in cells:
                cells[role] = numbers[n - 1]
            n, c = n - 1, c - 1
        elif back[n][c] == 2:
            n -= 1
        else:
            c -= 1
    return cells


def _skip_cost(row: Row, number: Number) -> float:
    if number.kind == "money":
        return 2.5
    end, words = number.end, len(row.words)
    inside = row.gap_before(number.start) < 0.8 or (
        # A word behind may be the quantity's unit; two are text.
        end + 1 < words and row.gap_before(end) < 0.8 and row.gap_before(end + 1) < 0.8
    )
    return 0.5 if inside and number.kind == "integer" else 1.5


def _costs(row: Row, number: Number, columns: Sequence[Column], *, last: bool) -> Iterator[float]:
    """What it costs to take the number for the cell of each column."""
    kind = number.kind
    x0, _, x1, _ = number.box
    end = _end_with_unit(row, number)
    for column in columns:
        role = column.role
        left, _, right, _ = column.box
        distance = min(abs(x0 - left), abs(x1 - right), abs(x0 + x1 - left - right) / 2)
        if column.ends is not None:
            distance = min(distance, abs(x1 - column.ends))
        # What stands in a column of units is no number's unit.
        if end is not None and role != "unit":
            distance = min(distance, abs(end - right), abs(x0 + end - left - right) / 2)
            if column.ends is not None:
                distance = min(distance, abs(end - column.ends))
        if x0 < right and x1 > left:
            distance /= 2
        cost = distance / _STEP
        if last and role in VALUES and kind != "percent":
            cost = min(cost, 2.2)  # the last number of a full row is its value, however far off
        elif cost > 3:
            yield 50.0
            continue
        if kind == "percent":
            yield cost + (
                0.0 if role in ("tax", "discount") else 1.5 if role in _TEXT_ROLES else 4.0
            )
        elif role in _TEXT_ROLES:
            yield cost + (2.0 if kind == "money" else 0.3)
        elif kind == "integer":
            yield cost + (0.0 if role in ("quantity", "position") else 0.4)
        elif role in _MONEY_ROLES:
            yield cost
        else:
            yield cost + (0.8 if role == "position" else 0.3)


def _end_with_unit(row: Row, number: Number) -> float | None:
    """Where the number's cell may end as well: behind the unit that is printed behind it."""
    end = number.end
    if number.kind != "percent" and end < len(row.words) and row.gap_before(end) < 0.9:
        unit = row.words[end]
        if unit.text[:1].isalpha() and (end + 1 == len(row.words) or row.gap_before(end + 1) > 0.9):
            return max(number.box.x1, unit.box.x1)
    return None


def value_of(cells: dict[str, Number]) -> Number | None:
    return next((cells[r] for r in ("amount", "net", "gross") if r in cells), None)


def arithmetic(cells: dict[str, Number]) -> str | None:
    """The value column that is quantity × price (− discount), within a cent or half a percent
    of rounding; None when nothing can be multiplied or nothing agrees."""
    quantity, price = cells.get("quantity"), cells.get("price")
    if not quantity or not price:
        return None
    product = quantity.value * price.value
    targets = [product]
    discount = cells.get("discount")
    if discount:
        if discount.kind == "percent":
            targets.append(product * (1 - abs(discount.value) / 100))
        else:
            targets.append(product - abs(discount.value))
            targets.append(product * (1 - abs(discount.value) / 100))
    slack = Decimal("0.011") + abs(quantity.value) * Decimal(5).scaleb(
        -1 - max(2, _decimals(price.value))
    )
    for role in ("net", "amount", "gross"):
        value = cells.get(role)
        if value and any(abs(abs(value.value) - abs(t)) <= slack for t in targets):
            return role
    return None


def adds_tax(cells: dict[str, Number]) -> bool:
    """Whether net and tax of the row are its gross, to the cent; no tax tells nothing."""
    net, tax, gross = (cells.get(role) for role in ("net", "tax_amount", "gross"))
    return bool(net and tax and gross and tax.value and net.value + tax.value == gross.value)


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def text_cells(
    row: Row, header: Header, cells: dict[str, Number]
) -> Iterator[tuple[Role, list[Word]]]:
    """The text of a row by column, left to right."""
    taken = {i: role for role, n in cells.items() for i in range(n.start, n.end)}
    dates = row.date_words if header.has("date") or row.date_words else 0
    if dates and (header.has("date") or len(row.words) == dates or row.gap_before(dates) > 0.8):
        yield "date", list(row.words[:dates])
    else:
        dates = 0
    part: list[Word] = []
    behind: str | None = None
    for i in range(dates, len(row.words)):
        if i in taken:
            if part:
                yield _role_of(part, header, behind, dated=dates > 0), part
            part, behind = [], taken[i]
            continue
        if part and (row.gap_before(i) > 0.9 or _begins_column(row.words[i], header)):
            yield _role_of(part, header, behind, dated=dates > 0), part
            part, behind = [], None
        if not part and (i - 1 not in taken or row.gap_before(i) > 0.9):
            behind = None
        part.append(row.words[i])
    if part:
        yield _role_of(part, header, behind, dated=dates > 0), part


def _begins_column(word: Word, header: Header) -> bool:
    """Whether the word stands right under the beginning of a text column's name."""
    return any(abs(word.box.x0 - c.box.x0) < 0.004 for c in header.columns if c.role in _TEXT_ROLES)


def _role_of(
    part: Sequence[Word], header: Header, behind: str | None, *, dated: bool = False
) -> Role:
    """The column that a piece of text stands in; `dated`: the row's date was read already."""
    x0, x1 = part[0].box.x0, part[-1].box.x1
    letters = sum(c.isalpha() for w in part for c in w.text)
    name = header.of("description")
    if name and letters >= 3 and min(x1, name.box.x1) > max(x0, name.box.x0):
        return "description"
    if behind in ("quantity", "price") and len(part) <= 2 and letters <= 12:
        return "unit"
    if behind == "tax" or (behind in ("price", *VALUES) and len(part) <= 2):
        return "other"
    best: Role = "description"
    nearest = 1e9
    for column in header.columns:
        if dated and column.role == "date":
            continue
        overlap = min(x1, column.box.x1) - max(x0, column.box.x0)
        distance = -overlap if overlap < 0 else 0.0
        if column.role == "description":
            distance *= 0.5
        edge = min(abs(x0 - column.box.x0), abs((x0 + x1 - column.box.x0 - column.box.x1) / 2))
        score = distance * 10 + edge * (0.7 if column.role == "description" else 1.0)
        if score < nearest:
            best, nearest = column.role, score
    if best in ("position", "quantity", "price", "tax", "discount", "credit") or best in VALUES:
        if best == "position" or letters >= 6:
            return "description"
        return "unit" if best == "quantity" else "other"
    return best
