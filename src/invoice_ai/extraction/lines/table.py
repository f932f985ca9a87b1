"""The items of a table whose header we know: which lines are rows, and what belongs to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from rapidfuzz import fuzz

from invoice_ai.domain.pages import Word
from invoice_ai.extraction.lines.cells import Number, Row
from invoice_ai.extraction.lines.columns import arithmetic, assign, text_cells, value_of
from invoice_ai.extraction.lines.header import VALUES, Header
from invoice_ai.extraction.lines.lexicon import (
    Role,
    is_carried,
    is_only_total,
    is_payment,
    names_total,
    opens_totals,
    plain_text,
)


@dataclass(slots=True)
class Item:
    """One row of a table while it is put together."""

    anchor: Row
    cells: dict[str, Number] = field(default_factory=dict)
    texts: dict[str, list[Word]] = field(default_factory=dict)
    is_payment: bool = False
    weak: bool = False  # without an amount

    @property
    def words(self) -> str:
        """Its words as lines are compared: those of its own line, else of its name."""
        own = self.anchor.text
        return own if own else plain_text([w.text for w in self.texts.get("description", ())])

    def add_text(self, role: str, words: Sequence[Word]) -> None:
        self.texts.setdefault(role, []).extend(words)


@dataclass(frozen=True, slots=True)
class TableShape:
    """What is remembered of a vendor's table, see `taught`.

    Attributes:
        columns: Role and edges (0–1 of the page width), left to right.
        head, foot: Words of the line above the first row, and of the first sum below the last.
        top: Where the first row stood on its page, 0–1.
        names: Where names stand that have lines of their own: "above" or "below" their numbers.
        needs: Cells that every row has, and lines that were taken for rows have not.
        refused, rows: Words of lines that are no rows, and of rows that do not look like any.
    """

    columns: tuple[tuple[Role, float, float], ...]
    head: str = ""
    foot: str = ""
    top: float = 0.0
    names: str = ""
    needs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()

    def says(self, row: Row, cells: dict[str, Number]) -> Literal["row", "none", "end", ""]:
        """What the line is, by its words; "" when nothing is remembered of it."""
        words = row.text
        if any(same_words(words, known) for known in self.rows):
            return "row"
        if any(same_words(words, known) for known in self.refused):
            return "none"
        if self.foot and row.money and same_words(words, self.foot):
            return "end"
        return "none" if value_of(cells) and not cells.keys() >= set(self.needs) else ""


def seems_no_row(words: str) -> bool:
    """Whether a line of these words is usually a sum or a payment."""
    return names_total(words) or is_carried(words) or is_payment(words)


def same_words(one: str, other: str) -> bool:
    """Whether two lines say the same, a letter in seven misread."""
    return bool(one) and fuzz.ratio(one, other) >= 85


@dataclass(slots=True)
class Table:
    """The items under one header, possibly over several pages, and the sums printed below."""

    header: Header | None
    items: list[Item] = field(default_factory=list)
    sums: list[Decimal] = field(default_factory=list)
    closed: bool = False
    section: int = 0  # items before the section we are in
    shape: TableShape | None = None


def read_table(table: Table, rows: Sequence[Row], start: int) -> int:
    """Add the items from `start` on to the table; returns the index of the first row behind it."""
    header = table.header
    assert header is not None
    anchors: list[tuple[int, Item | None]] = []
    loose: list[int] = []
    undated = 0
    index = start
    if start < len(rows) and _numbers_columns(rows[start], header):
        index += 1
    while index < len(rows):
        row = rows[index]
        cells = assign(row, header)
        label = _label(row, cells)
        dated = bool(row.date_words) and header.has("date")
        known = table.shape.says(row, cells) if table.shape else ""
        if known == "row" and value_of(cells):
            anchors.append((index, Item(row, cells)))
            undated += not dated
        elif known == "none" or (
            is_carried(label) and "price" not in cells and not _is_small(table, anchors, cells)
        ):
            anchors.append((index, None))
        elif (table.items or anchors or header.has("date")) and (
            known == "end"
            or _closes(
                row, label, cells, header, dated=dated, dates=header.has("date") and undated == 0
            )
        ):
            if not (
                _resumes(rows[index + 1 : index + 15], header)
                or _goes_on(table, anchors, rows[index + 1 :], header)
            ):
                close(table, rows[index:])
                break
            anchors.append((index, None))
            table.section = len(_items_of(table, anchors))
        elif not dated and _adds_up(table, anchors, row, cells):
            below = rows[index + 1 :]
            # A sum at the very end of a page was carried over.
            ends = not any(value_of(assign(row, header)) for row in below if row.money)
            if not ends and not _goes_on(table, anchors, below, header):
                close(table, rows[index:])
                break
            anchors.append((index, None))
            table.section = len(_items_of(table, anchors))
        elif cells.keys() & VALUES or ("price" in cells and not header.has(*VALUES)):
            item = Item(row, cells)
            item.is_payment = is_payment(label) and (dated or header.has("credit"))
            anchors.append((index, item))
            undated += not dated
        elif "credit" in cells and "quantity" not in cells:
            _cancel(anchors, label, cells["credit"])
            anchors.append((index, None))
        elif ("price" in cells or _counted(row, cells)) and _has_text(row, cells, header):
            anchors.append((index, Item(row, cells, weak=True)))
        else:
            loose.append(index)
        index += 1
    anchors, loose = _without_parts(rows, anchors, loose, header)
    _fill(table, rows, anchors, loose, header)
    return index


def _numbers_columns(row: Row, header: Header) -> bool:
    """Whether the line below the heads only numbers them, as Romanian forms do: "0 1 2 3 4"."""
    values = [int(n.value) for n in row.numbers if n.kind == "integer"]
    first = values[0] if values else 2
    counted = list(range(first, first + len(values)))
    return first < 2 and values == counted and 2 * len(values) > len(header.columns) + 1


def close(table: Table, below: Sequence[Row]) -> None:
    """End the table; what is printed below it may be its sum."""
    table.closed = True
    table.sums.extend(n.value for row in below[:25] for n in row.money)


def _is_small(
    table: Table, anchors: Sequence[tuple[int, Item | None]], cells: dict[str, Number]
) -> bool:
    """Whether the line costs less than a row above it: "Transport 11,11" is no sum."""
    value = value_of(cells)
    items = [*table.items, *(item for _, item in anchors if item)]
    return value is not None and any(
        value.value < above.value for item in items if (above := value_of(item.cells))
    )


def _adds_up(
    table: Table, anchors: Sequence[tuple[int, Item | None]], row: Row, cells: dict[str, Number]
) -> bool:
    """Whether a line with one amount and nothing else, below rows that multiply, is their sum,
    whatever it is called; one row alone is summed up by a line that stands further right."""
    if len(row.money) != 1 or cells.keys() & {"quantity", "price", "position"}:
        return False
    items = [i for i in _items_of(table, anchors)[table.section :] if not i.weak]
    items = items or [i for i in _items_of(table, anchors) if not i.weak]
    if not items:
        return False
    # Where rows do not multiply, or there is only one, a sum has to stand apart from them.
    alone = len(items) == 1 or not all(arithmetic(item.cells) for item in items)
    if alone and row.box.x0 < items[0].anchor.box.x0 + 0.1:
        return False
    stated = value_of(cells)
    everything = [i for i in _items_of(table, anchors) if not i.weak]
    return stated is not None and any(
        all(role in item.cells for item in some)
        and sum(item.cells[role].value for item in some) == stated.value
        for some in (items, everything)
        for role in VALUES
    )


def _items_of(table: Table, anchors: Sequence[tuple[int, Item | None]]) -> list[Item]:
    return [*table.items, *(item for _, item in anchors if item)]


def _goes_on(
    table: Table, anchors: Sequence[tuple[int, Item | None]], below: Sequence[Row], header: Header
) -> bool:
    """Whether a sum was one of a section: below it stand rows like those above it, which a sum of
    their own, the sum of all, or the end of the page follows."""
    items = [i for i in _items_of(table, anchors) if not i.weak]
    if not items:
        return False
    edges = sorted(i.anchor.box.x0 for i in items)
    left = edges[len(edges) // 2]
    usual = {
        role
        for role in items[-1].cells
        if 4 * sum(role in i.cells for i in items) >= 3 * len(items)
    } - {"position", "discount"}
    before = sum((v.value for i in items if (v := value_of(i.cells))), Decimal(0))
    total, count = Decimal(0), 0
    for row in below:
        cells = assign(row, header)
        value = value_of(cells)
        if value is None or (value.kind == "integer" and not arithmetic(cells)):
            continue
        label = _label(row, cells)
        if is_carried(label):
            return True
        if usual <= cells.keys() and abs(row.box.x0 - left) < 0.02 and not opens_totals(label):
            total += value.value
            count += 1
            continue
        return count > 0 and value.value in (total, before + total)
    return count > 1


def _cancel(anchors: Sequence[tuple[int, Item | None]], label: str, credit: Number) -> None:
    """A charge given back under the same name (a clerk's code apart) is none."""
    if is_payment(label):
        return
    for _, item in reversed(anchors[-50:]):
        value = value_of(item.cells) if item and not item.is_payment else None
        if item and value and abs(value.value) == abs(credit.value):
            item.is_payment = fuzz.ratio(_label(item.anchor, item.cells), label) >= 80
            return


def _without_parts(
    rows: Sequence[Row], anchors: list[tuple[int, Item | None]], loose: list[int], header: Header
) -> tuple[list[tuple[int, Item | None]], list[int]]:
    """A line without an amount is a row only when it is numbered, or stands where rows begin;
    else it is a part of the row before it. Among amounts with cents a bare integer is none."""
    values = [n for _, i in anchors if i and (n := value_of(i.cells))]
    cents = 2 * sum(n.kind == "money" for n in values) > len(values)
    for _, item in anchors:
        if item and cents and (n := value_of(item.cells)) and n.kind == "integer" and n.value:
            item.weak = True
    begins = sorted(i.anchor.box.x0 for _, i in anchors if i and not i.weak)
    kept: list[tuple[int, Item | None]] = []
    for index, item in anchors:
        if item and kept and _is_foot(item, [i for _, i in kept if i], rows[kept[-1][0]]):
            return kept, sorted(i for i in loose if i < index)
        if (
            item is None
            or not item.weak
            or not begins
            or "position" in item.cells
            or (
                not header.has("position")
                and "quantity" in item.cells
                and kept
                and gap_between(rows[kept[-1][0]], rows[index]) < 2
                and abs(item.anchor.box.x0 - begins[len(begins) // 2]) < 0.008
            )
        ):
            kept.append((index, item))
        else:
            loose.append(index)
    return kept, sorted(loose)


def _is_foot(item: Item, above: Sequence[Item], before: Row) -> bool:
    """Whether a line far below rows that all multiply, which does not, is the foot of the page."""
    return (
        len(above) > 1
        and not arithmetic(item.cells)
        and gap_between(before, item.anchor) > 4
        and all(arithmetic(i.cells) for i in above)
    )


def _resumes(rows: Sequence[Row], header: Header) -> bool:
    """Whether rows that multiply follow: then the sum above them was one of a section."""
    return any(
        arithmetic(cells) and _has_text(row, cells, header)
        for row in rows
        if len(row.numbers) > 2 and (cells := assign(row, header))
    )


def _counted(row: Row, cells: dict[str, Number]) -> bool:
    """Whether the line has a quantity; "25MM" within a name is a size."""
    number = cells.get("quantity")
    return number is not None and not (
        number.raw[-1].isalpha() and number.start and row.gap_before(number.start) < 0.9
    )


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


def _has_text(row: Row, cells: dict[str, Number], header: Header) -> bool:
    """Whether the line has words of its own in the description column."""
    return any(
        role == "description" and sum(c.isalpha() for w in words for c in w.text) >= 3
        for role, words in text_cells(row, header, cells)
    )


def _fill(
    table: Table,
    rows: Sequence[Row],
    anchors: list[tuple[int, Item | None]],
    loose: list[int],
    header: Header,
) -> None:
    """Give every loose text line to the row it belongs to, then the words to the cells."""
    owner: dict[int, Item | None] = dict(anchors)
    names = table.shape.names if table.shape else ""
    nameless = {i for i, item in anchors if item and not _has_text(item.anchor, item.cells, header)}
    for i in _groups(rows, [i for i, _ in anchors], loose, nameless, names):
        owner[i[0]] = owner[i[1]]
    named = [i for _, i in anchors if i and _has_text(i.anchor, i.cells, header)]
    for index in sorted(owner):
        item = owner[index]
        if item is None:
            continue
        row = rows[index]
        cells = assign(row, header)
        if row is not item.anchor:
            if "quantity" in cells and not _counted(row, cells):
                del cells["quantity"]
            _adopt(item, row, cells)
        for role, words in text_cells(row, header, cells):
            beside = row is item.anchor or item in named
            wordy = sum(c.isalpha() for w in words for c in w.text) >= 3
            # Where the row itself has no name, the lines above it are its name, wherever they begin.
            item.add_text(role if beside or not wordy else "description", words)
    table.items.extend(item for _, item in anchors if item is not None)


def _adopt(item: Item, row: Row, cells: dict[str, Number]) -> None:
    """Numbers on a row's second line fill the cells its first line left empty."""
    for role in ("quantity", "price", "tax", "discount", "position"):
        if role in cells and role not in item.cells:
            item.cells[role] = cells[role]
    value = value_of(item.cells)
    if value and "price" not in item.cells and len(row.numbers) == 2:
        # "2 @ 9,90" above or below "19,80"
        quantity, price = row.numbers
        if abs(quantity.value * price.value - value.value) <= Decimal("0.011"):
            item.cells.update({"quantity": quantity, "price": price})


def _groups(
    rows: Sequence[Row], anchors: list[int], loose: list[int], nameless: set[int], names: str
) -> Iterator[tuple[int, int]]:
    """Pairs (loose line, anchor it belongs to); lines that belong to nobody are left out.

    Between two rows the widest gap parts them; but where rows print a code and numbers only, one
    line between them is a name, above its row when the first row has one above. `names` tells on
    which side of its numbers a name is known to go on.
    """
    if not anchors:
        return
    first = anchors[0]
    above = [i for i in loose if i < first]
    # Before the first row: only what stands right above it.
    for i in reversed(above):
        if gap_between(rows[i], rows[i + 1]) > 0.9:
            break
        yield i, first
    for upper, lower in itertools.pairwise(anchors):
        between = [i for i in loose if upper < i < lower]
        if not between:
            continue
        line = [upper, *between, lower]
        gaps = [gap_between(rows[a], rows[b]) for a, b in itertools.pairwise(line)]
        widest = max(range(len(gaps)), key=lambda k: gaps[k])
        if len(between) == 1 and {upper, lower} <= nameless and abs(gaps[0] - gaps[1]) < 0.5:
            widest = 0 if first - 1 in loose else 1
        elif gaps[widest] < max(g for k, g in enumerate(gaps) if k != widest) + 0.2:
            # Even spacing: below the amount, unless rows open with text above their amount.
            opens = above and all(gap_between(rows[i], rows[i + 1]) < 0.9 for i in above)
            widest = 0 if opens else len(gaps) - 1
        if names:
            widest = 0 if names == "above" else len(gaps) - 1
        for k, i in enumerate(between):
            yield i, upper if k < widest else lower
    for i in (i for i in loose if i > anchors[-1]):
        if gap_between(rows[i - 1], rows[i]) > 1.0:
            break
        yield i, anchors[-1]


def gap_between(upper: Row, lower: Row) -> float:
    """White space between two lines in heights of the text; overlapping lines are below 0."""
    return (lower.box.y0 - upper.box.y1) / max(1e-6, min(upper.height, lower.height))
