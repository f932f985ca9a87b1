"""A table without a header row: the columns are where quantity × price makes an amount, or where
net and tax make a gross."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from invoice_ai.domain.pages import Box, around
from invoice_ai.extraction.lines.cells import Number, Row, text_parts
from invoice_ai.extraction.lines.columns import arithmetic
from invoice_ai.extraction.lines.header import Column, Header
from invoice_ai.extraction.lines.lexicon import Role, opens_totals
from invoice_ai.extraction.lines.table import Table, gap_between, read_table

_EDGE = 0.012  # of the page width: numbers of one column end, or begin, as near as that
_MOST_NUMBERS = 10  # in one line; more are no row of a bill
_WORDS_ABOVE = 3  # text lines right above the first row that may belong to it


@dataclass(frozen=True, slots=True)
class _Product:
    """A row in which quantity × price (− discount) is an amount, or net and tax are the gross."""

    index: int
    row: Row
    cells: dict[str, Number]

    @property
    def telling(self) -> bool:
        """1 × 5.00 = 5.00 may be chance."""
        quantity = self.cells.get("quantity")
        return quantity is None or quantity.value not in (1, -1)


def read_unheaded(pages: Sequence[Sequence[Row]]) -> Table | None:
    """The items of the columns in which most rows multiply; None without two such rows."""
    found = [[p for i, row in enumerate(rows) if (p := _product(i, row))] for rows in pages]
    column = _most_common([p for page in found for p in page])
    if column is None:
        return None
    table: Table | None = None
    for rows, products in zip(pages, found, strict=True):
        mine = [p for p in products if _same_column(p.cells["amount"], column)]
        if table is None:
            if not mine:
                continue
            start = _start(rows, mine[0])
            columns = _columns([p for page in found for p in page], column, rows, start)
            table = Table(Header(columns, start, start, items=True))
        elif mine:
            start = _start(rows, mine[0])
        else:
            start = 0
        if not table.closed:
            read_table(table, rows, start)
    return table if table and table.items else None


def _product(index: int, row: Row) -> _Product | None:
    """The reading of a line as quantity, price and amount; the last amount that works."""
    numbers = row.numbers
    if not (row.money and 2 < len(numbers) <= _MOST_NUMBERS) or opens_totals(row.text):
        return None
    percents: list[Number | None] = [None, *(n for n in numbers if n.kind == "percent")]
    plain = [n for n in numbers if n.kind != "percent"]
    for amount in reversed(plain):
        if amount.kind == "integer":
            continue
        before = [n for n in plain if n.end <= amount.start]
        for quantity, price in _pairs(before):
            for percent in percents:
                cells = {"quantity": quantity, "price": price, "amount": amount}
                if percent is not None:
                    cells["discount"] = percent
                if amount.value and arithmetic(cells):
                    return _Product(index, row, cells)
    if len(row.money) > 2:
        net, tax, gross = row.money[-3:]
        if 0 < abs(tax.value) < abs(net.value) and net.value + tax.value == gross.value:
            return _Product(index, row, {"amount": net})
    return None


def _pairs(numbers: Sequence[Number]) -> Iterator[tuple[Number, Number]]:
    """Pairs that may be a quantity and a price, whichever stands first; nearest to the right first."""
    for i in range(len(numbers) - 1, 0, -1):
        for j in range(i - 1, -1, -1):
            left, right = numbers[j], numbers[i]
            if right.kind == "money":
                yield left, right
            elif left.kind == "money":
                yield right, left


def _most_common(products: Sequence[_Product]) -> Number | None:
    """An amount of the column in which most products end."""
    best: tuple[int, Number] | None = None
    for product in products:
        amount = product.cells["amount"]
        same = [p for p in products if _same_column(p.cells["amount"], amount)]
        if len(same) >= 2 and any(p.telling for p in same) and (not best or len(same) > best[0]):
            best = (len(same), amount)
    return best[1] if best else None


def _same_column(one: Number, other: Number) -> bool:
    return _near(one.box, other.box)


def _near(one: Box, other: Box) -> bool:
    return abs(one.x1 - other.x1) < _EDGE or abs(one.x0 - other.x0) < _EDGE


def _start(rows: Sequence[Row], first: _Product) -> int:
    """The first line that belongs to the first row: text that stands right above it."""
    start = first.index
    left = first.row.box.x0
    for index in range(first.index - 1, max(-1, first.index - 1 - _WORDS_ABOVE), -1):
        above, below = rows[index], rows[index + 1]
        near = abs(above.box.x0 - left) < 0.25 or not first.row.text
        close = gap_between(above, below) < 0.9 and near
        if not close or above.money or above.text.endswith(":"):
            break
        start = index
    return start


def _columns(
    products: Sequence[_Product], column: Number, rows: Sequence[Row], start: int
) -> tuple[Column, ...]:
    mine = [p for p in products if _same_column(p.cells["amount"], column)]
    columns = [
        Column(role, around([p.cells[role].box for p in mine if role in p.cells]), "")
        for role in _roles(mine)
    ]
    for numbers in _other_columns(mine):
        columns.append(Column(_role_of(numbers, mine), around([n.box for n in numbers]), ""))
    if any(c.role == "gross" for c in columns):
        columns = [replace(c, role="net") if c.role == "amount" else c for c in columns]
    name = _name_column(mine, rows, start)
    columns = [c for c in columns if not (c.role == "other" and _overlap(c.box, name) > 0)]
    columns.append(Column("description", name, ""))
    return tuple(sorted(columns, key=lambda c: c.box.x0))


def _roles(products: Sequence[_Product]) -> list[Role]:
    roles: list[Role] = ["quantity", "price", "amount", "discount"]
    return [role for role in roles if any(role in p.cells for p in products)]


def _other_columns(products: Sequence[_Product]) -> Iterator[list[Number]]:
    """Numbers that most rows print in one place and that are none of the product."""
    loose = [n for p in products for n in p.row.numbers if n not in p.cells.values()]
    while loose:
        same = [n for n in loose if n.kind == loose[0].kind and _near(n.box, loose[0].box)]
        loose = [n for n in loose if n not in same]
        if 2 * len(same) > len(products):
            yield same


def _role_of(numbers: Sequence[Number], products: Sequence[_Product]) -> Role:
    """What a further column of numbers is: a rate, amounts with or of tax, row numbers."""
    if numbers[0].kind == "percent":
        return "tax"
    values = [n.value for n in numbers]
    if values == [Decimal(values[0] + i) for i in range(len(values))] and len(values) > 1:
        return "position"
    amounts = [p.cells["amount"] for p in products]
    if numbers[0].kind == "money" and numbers[0].box.x0 > amounts[0].box.x1:
        larger = sum(n.value > a.value for n, a in zip(numbers, amounts, strict=False))
        return "gross" if 2 * larger > len(numbers) else "tax_amount"
    return "other"


def _name_column(products: Sequence[_Product], rows: Sequence[Row], start: int) -> Box:
    """Where the names stand: most letters begin there, in the rows or between them."""
    last = products[-1].index if products[-1].row in rows else len(rows) - 1
    letters: Counter[int] = Counter()
    boxes: dict[int, list[Box]] = {}
    for row in rows[start : max(last, start) + 1]:
        for part in text_parts(row):
            count = sum(c.isalpha() for w in part for c in w.text)
            if count < 4:
                continue
            place = round(part[0].box.x0 / _EDGE)
            letters[place] += count
            boxes.setdefault(place, []).append(around([w.box for w in part]))
    if not letters:
        cells = products[0].cells
        return products[0].row.box._replace(x1=min(n.box.x0 for n in cells.values()))
    return around(boxes[letters.most_common(1)[0][0]])


def _overlap(a: Box, b: Box) -> float:
    return min(a.x1, b.x1) - max(a.x0, b.x0)
