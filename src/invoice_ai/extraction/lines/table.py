"""Rows of a table whose header we know: numbers go to columns, text lines to rows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from rapidfuzz import fuzz

from invoice_ai.domain.pages import Box, Word, around
from invoice_ai.extraction.lines.cells import Number, Row, respaced
from invoice_ai.extraction.lines.header import VALUES, Column, Header
from invoice_ai.extraction.lines.lexicon import (
    Role,
    is_carried,
    is_only_total,
    is_payment,
    names_total,
    opens_totals,
    plain_text,
)

_TEXT_ROLES: frozenset[Role] = frozenset({"description", "code", "unit", "date", "other", "never"})
_MONEY_ROLES = VALUES | {"price", "discount", "tax_amount", "credit", "balance"}
# Distance from a column's word, in page widths, that costs one point.
_STEP = 0.04


@dataclass(slots=True)
class Item:
    """One row of a table while it is put together."""

    anchor: Row
    cells: dict[str, Number] = field(default_factory=dict)
    texts: dict[str, list[Word]] = field(default_factory=dict)
    is_payment: bool = False
    weak: bool = False  # without an amount

    def add_text(self, role: str, words: Sequence[Word]) -> None:
        self.texts.setdefault(role, []).extend(words)


@dataclass(slots=True)
class Table:
    """The items under one header, possibly over several pages, and the sums printed below."""

    header: Header | None
    items: list[Item] = field(default_factory=list)
    sums: list[Decimal] = field(default_factory=list)
    closed: bool = False


def read_table(table: Table, rows: Sequence[Row], start: int) -> int:
    """Add the items from `start` on to the table; returns the index of the first row behind it."""
    header = table.header
    assert header is not None
    anchors: list[tuple[int, Item | None]] = []
    loose: list[int] = []
    undated = 0
    index = start
    while index < len(rows):
        row = rows[index]
        cells = assign(row, header)
        label = _label(row, cells)
        dated = bool(row.date_words) and header.has("date")
        if is_carried(label):
            anchors.append((index, None))
        elif (table.items or anchors or header.has("date")) and _closes(
            row, label, cells, header, dated=dated, dates=header.has("date") and undated == 0
        ):
            if not _resumes(rows[index + 1 : index + 15], header):
                table.closed = True
                break
            anchors.append((index, None))
        elif cells.keys() & VALUES or ("price" in cells and not header.has(*VALUES)):
            item = Item(row, cells)
            item.is_payment = is_payment(label) and (dated or header.has("credit"))
            anchors.append((index, item))
            undated += not dated
        elif "credit" in cells and "quantity" not in cells:
            _cancel(anchors, label, cells["credit"])
            anchors.append((index, None))
        elif ("price" in cells or "quantity" in cells) and _has_text(row, cells, header):
            anchors.append((index, Item(row, cells, weak=True)))
        else:
            loose.append(index)
        index += 1
    if table.closed:
        for row in rows[index : index + 25]:
            table.sums.extend(n.value for n in row.money)
    anchors, loose = _without_parts(rows, anchors, loose, header)
    _fill(table, rows, anchors, loose, header)
    return index


def _cancel(anchors: Sequence[tuple[int, Item | None]], label: str, credit: Number) -> None:
    """A charge given back under the same name (a clerk's code apart) is none."""
    if is_payment(label):
        return
    for _, item in reversed(anchors):
        value = _value(item.cells) if item and not item.is_payment else None
        if item and value and abs(value.value) == abs(credit.value):
            item.is_payment = fuzz.ratio(_label(item.anchor, item.cells), label) >= 80
            return


def _without_parts(
    rows: Sequence[Row], anchors: list[tuple[int, Item | None]], loose: list[int], header: Header
) -> tuple[list[tuple[int, Item | None]], list[int]]:
    """A line without an amount is a row only when it is numbered, or stands where rows begin;
    else it is a part of the row before it. Among amounts with cents a bare integer is none."""
    values = [n for _, i in anchors if i and (n := _value(i.cells))]
    cents = 2 * sum(n.kind == "money" for n in values) > len(values)
    for _, item in anchors:
        if item and cents and (n := _value(item.cells)) and n.kind == "integer" and n.value:
            item.weak = True
    begins = sorted(i.anchor.box.x0 for _, i in anchors if i and not i.weak)
    kept: list[tuple[int, Item | None]] = []
    for index, item in anchors:
        if (
            item is None
            or not item.weak
            or not begins
            or "position" in item.cells
            or (
                not header.has("position")
                and "quantity" in item.cells
                and kept
                and _gap(rows[kept[-1][0]], rows[index]) < 2
                and abs(item.anchor.box.x0 - begins[len(begins) // 2]) < 0.008
            )
        ):
            kept.append((index, item))
        else:
            loose.append(index)
    return kept, sorted(loose)


def _resumes(rows: Sequence[Row], header: Header) -> bool:
    """Whether rows that multiply follow: then the sum above them was one of a section."""
    return any(
        arithmetic(cells) and _has_text(row, cells, header)
        for row in rows
        if len(row.numbers) > 2 and (cells := assign(row, header))
    )


def assign(row: Row, header: Header) -> dict[str, Number]:
    """The numbers of a row by column: the cheapest assignment that keeps the order.

    Whether "3 119,74" is one number or a quantity and a price is seen when the row multiplies.
    """
    cells = _assign(row, row.numbers, header)
    if len(row.numbers) < 2 or arithmetic(cells) or not header.has("quantity", "price"):
        return cells
    for numbers in respaced(row):
        other = _assign(row, numbers, header)
        if arithmetic(other):
            return other
    return cells


def _assign(row: Row, numbers: Sequence[Number], header: Header) -> dict[str, Number]:
    if not numbers:
        return {}
    columns = header.columns
    width = len(columns) + 1
    infinite = 1e9
    best = [[infinite] * width for _ in range(len(numbers) + 1)]
    back: list[list[int]] = [[0] * width for _ in range(len(numbers) + 1)]
    best[0] = [0.0] * width
    for n, number in enumerate(numbers, 1):
        places = _places(row, number)
        skip = _skip_cost(row, number)
        best[n][0] = best[n - 1][0] + skip
        for c, column in enumerate(columns, 1):
            taken = best[n - 1][c - 1] + _cost(number, places, column, last=n == len(numbers) > 2)
            left = best[n - 1][c] + skip
            up = best[n][c - 1]
            smallest = min(taken, left, up)
            best[n][c] = smallest
            back[n][c] = 1 if smallest == taken else 2 if smallest == left else 3
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


def _places(row: Row, number: Number) -> list[Box]:
    """Where the number's cell may begin and end: alone, or with the unit printed behind it."""
    end = number.end
    if number.kind != "percent" and end < len(row.words) and row.gap_before(end) < 0.9:
        unit = row.words[end]
        if unit.text[:1].isalpha() and (end + 1 == len(row.words) or row.gap_before(end + 1) > 0.9):
            return [number.box, around([number.box, unit.box])]
    return [number.box]


def _cost(number: Number, places: Sequence[Box], column: Column, *, last: bool) -> float:
    box, head = number.box, column.box
    distance = min(
        min(
            abs(p.x0 - head.x0),
            abs(p.x1 - head.x1),
            abs(p.x0 + p.x1 - head.x0 - head.x1) / 2,
        )
        for p in places
    )
    if box.x0 < head.x1 and box.x1 > head.x0:
        distance /= 2
    role = column.role
    cost = distance / _STEP
    if last and role in VALUES and number.kind != "percent":
        cost = min(cost, 2.2)  # the last number of a full row is its value, however far off
    elif cost > 3:
        return 50.0
    if number.kind == "percent":
        return cost + (0.0 if role in ("tax", "discount") else 1.5 if role in _TEXT_ROLES else 4.0)
    if role in _TEXT_ROLES:
        return cost + (2.0 if number.kind == "money" else 0.3)
    if number.kind == "integer":
        return cost + (0.0 if role in ("quantity", "position") else 0.4)
    if role in _MONEY_ROLES:
        return cost
    if role == "position":
        return cost + 0.8
    return cost + 0.3


def _label(row: Row, cells: dict[str, Number]) -> str:
    """The line's text without its numbers, plain."""
    taken = {i for n in cells.values() for i in range(n.start, n.end)}
    return plain_text([w.text for i, w in enumerate(row.words) if i not in taken])


def _closes(
    row: Row, label: str, cells: dict[str, Number], header: Header, *, dated: bool, dates: bool
) -> bool:
    """Whether the line belongs to the sums below the table; `dates`: all rows so far are dated."""
    if dated or not label or arithmetic(cells):
        return False
    if not row.money and not any(n.currency for n in row.numbers):
        return not row.numbers and is_only_total(label)
    if opens_totals(label):
        return True
    if "quantity" in cells and not dates:
        return False
    if "price" not in cells and opens_totals(_beside(row, header)):
        return True
    # "Rechnungssumme netto", "Invoice Total"; in a folio any undated line with such a word.
    return names_total(label) and (dates or len(label.split()) <= 5)


def _beside(row: Row, header: Header) -> str:
    """The words left of the last amount when they stand apart, right of the descriptions:
    sums are often printed beside other text. Plain; "" when there are none."""
    name, tax = header.of("description"), header.of("tax")
    end = start = row.money[-1].start if row.money else 0
    while start > 0 and (start == end or row.gap_before(start) < 0.9):
        start -= 1
    if start == end or start == 0 or (name and row.words[start].box.x0 < name.box.x1):
        return ""
    if tax and row.words[start].box.x0 < tax.box.x1 and row.words[end - 1].box.x1 > tax.box.x0:
        return ""
    return plain_text([w.text for w in row.words[start:end]])


def _value(cells: dict[str, Number]) -> Number | None:
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


def _decimals(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _has_text(row: Row, cells: dict[str, Number], header: Header) -> bool:
    """Whether the line has words of its own in the description column."""
    return any(
        role == "description" and sum(c.isalpha() for w in words for c in w.text) >= 3
        for role, words in text_cells(row, header, cells)
    )


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
                yield _role_of(part, header, behind), part
            part, behind = [], taken[i]
            continue
        if part and (row.gap_before(i) > 0.9 or _begins_column(row.words[i], header)):
            yield _role_of(part, header, behind), part
            part, behind = [], None
        if not part and (i - 1 not in taken or row.gap_before(i) > 0.9):
            behind = None
        part.append(row.words[i])
    if part:
        yield _role_of(part, header, behind), part


def _begins_column(word: Word, header: Header) -> bool:
    """Whether the word stands right under the beginning of a text column's name."""
    return any(abs(word.box.x0 - c.box.x0) < 0.004 for c in header.columns if c.role in _TEXT_ROLES)


def _role_of(part: Sequence[Word], header: Header, behind: str | None) -> Role:
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


def _fill(
    table: Table,
    rows: Sequence[Row],
    anchors: list[tuple[int, Item | None]],
    loose: list[int],
    header: Header,
) -> None:
    """Give every loose text line to the row it belongs to, then the words to the cells."""
    owner: dict[int, Item | None] = dict(anchors)
    for i in _groups(rows, [i for i, _ in anchors], loose):
        owner[i[0]] = owner[i[1]]
    for index in sorted(owner):
        item = owner[index]
        if item is None:
            continue
        row = rows[index]
        cells = assign(row, header)
        if row is not item.anchor:
            _adopt(item, row, cells)
        for role, words in text_cells(row, header, cells):
            item.add_text(role, words)
    table.items.extend(item for _, item in anchors if item is not None)


def _adopt(item: Item, row: Row, cells: dict[str, Number]) -> None:
    """Numbers on a row's second line fill the cells its first line left empty."""
    for role in ("quantity", "price", "tax", "discount", "position"):
        if role in cells and role not in item.cells:
            item.cells[role] = cells[role]
    value = _value(item.cells)
    if value and "price" not in item.cells and len(row.numbers) == 2:
        # "2 @ 9,90" above or below "19,80"
        quantity, price = row.numbers
        if abs(quantity.value * price.value - value.value) <= Decimal("0.011"):
            item.cells.update({"quantity": quantity, "price": price})


def _groups(rows: Sequence[Row], anchors: list[int], loose: list[int]) -> Iterator[tuple[int, int]]:
    """Pairs (loose line, anchor it belongs to); lines that belong to nobody are left out."""
    if not anchors:
        return
    first = anchors[0]
    above = [i for i in loose if i < first]
    # Before the first row: only what stands right above it.
    for i in reversed(above):
        if _gap(rows[i], rows[i + 1]) > 0.9:
            break
        yield i, first
    for upper, lower in itertools.pairwise(anchors):
        between = [i for i in loose if upper < i < lower]
        if not between:
            continue
        line = [upper, *between, lower]
        gaps = [_gap(rows[a], rows[b]) for a, b in itertools.pairwise(line)]
        widest = max(range(len(gaps)), key=lambda k: gaps[k])
        if gaps[widest] < max(g for k, g in enumerate(gaps) if k != widest) + 0.2:
            # Even spacing: below the amount, unless rows open with text above their amount.
            opens = above and all(_gap(rows[i], rows[i + 1]) < 0.9 for i in above)
            widest = 0 if opens else len(gaps) - 1
        for k, i in enumerate(between):
            yield i, upper if k < widest else lower
    for i in (i for i in loose if i > anchors[-1]):
        if _gap(rows[i - 1], rows[i]) > 1.0:
            break
        yield i, anchors[-1]


def _gap(upper: Row, lower: Row) -> float:
    """White space between two lines in heights of the text; overlapping lines are below 0."""
    return (lower.box.y0 - upper.box.y1) / max(1e-6, min(upper.height, lower.height))
