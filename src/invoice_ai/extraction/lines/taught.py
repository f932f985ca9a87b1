"""A table as its vendor prints it: learned from rows that a person confirmed, read with what was learned.

Confirmed rows are found on their pages again by their values. Where their numbers stand become
columns; then the pages are read with these, and what that reading takes for a row and is none, or
misses, is remembered by its words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from rapidfuzz import fuzz

from invoice_ai.domain.invoice import ExtractedField, LineItem
from invoice_ai.domain.pages import Box, around
from invoice_ai.extraction.lines.cells import Number, Row, text_parts
from invoice_ai.extraction.lines.columns import arithmetic, assign
from invoice_ai.extraction.lines.header import Column, Header
from invoice_ai.extraction.lines.lexicon import Role, plain_text
from invoice_ai.extraction.lines.table import (
    Item,
    Table,
    TableShape,
    gap_between,
    read_table,
    same_words,
    seems_no_row,
)

_EDGE = 0.012  # of the page width: what stands in one column begins, or ends, as near as that
_ABOVE = 0.12  # of the page height: by so much the first row may stand higher than it did
_MOST_WORDS = 30  # lines remembered as rows, or as none
_SHORTEST = 3  # letters of a line that is known by its words
_ROUNDS = 3
_REACH = 5  # lines above and below a row's numbers that may be its name
_NUMBERS: tuple[tuple[str, Role], ...] = (
    ("amount", "amount"),
    ("unit_price", "price"),
    ("quantity", "quantity"),
    ("tax_rate", "tax"),
)
_TEXTS: tuple[tuple[str, Role], ...] = (
    ("description", "description"),
    ("product_code", "code"),
    ("unit", "unit"),
)


@dataclass(frozen=True, slots=True)
class _Found:
    """A confirmed row where it is printed: its line, and the numbers that are its cells."""

    item: LineItem
    row: Row
    page: int
    index: int
    cells: dict[str, Number]


def read_taught(pages: Sequence[Sequence[Row]], shape: TableShape) -> Table | None:
    """The items in the columns that are remembered; None where no line fills them."""
    table: Table | None = None
    for rows in pages:
        start = _start(rows, shape, first=table is None)
        if start is None or (table and table.closed):
            continue
        header = Header(
            tuple(Column(role, Box(x0, 0.0, x1, 0.0), "") for role, x0, x1 in shape.columns),
            start,
            start,
            items=True,
        )
        table = table or Table(header, shape=shape)
        table.header = header
        read_table(table, rows, start)
        table.items = [i for i in table.items if not _is_refused(i, shape)]
        if not table.items:
            table = None
    return table


def _is_refused(item: Item, shape: TableShape) -> bool:
    """Whether its name, which may stand on other lines than its numbers, is known to be none, or it
    is an amount without a name and without anything to multiply."""
    named = item.texts.get("description") or item.cells.keys() & {"quantity", "price"}
    return not named or any(same_words(item.words, known) for known in shape.refused)


def _start(rows: Sequence[Row], shape: TableShape, *, first: bool) -> int | None:
    """The line behind the words above the table; else the first that may be a row of it."""
    if shape.head:
        for index, row in enumerate(rows):
            if same_words(row.text, shape.head):
                return index + 1
    if not first:
        return 0
    usual = {role for role, _, _ in shape.columns} & {"amount", "price", "quantity"}
    header = Header(
        tuple(Column(role, Box(x0, 0.0, x1, 0.0), "") for role, x0, x1 in shape.columns), 0, 0, True
    )
    for index, row in enumerate(rows):
        if not row.money or row.box.y0 < shape.top - _ABOVE:
            continue
        cells = assign(row, header)
        if usual <= cells.keys() and cells["amount"].kind == "money":
            while index and 0 <= gap_between(rows[index - 1], rows[index]) < 0.9:
                if rows[index - 1].money or rows[index - 1].box.y0 < shape.top - _ABOVE:
                    break
                index -= 1
            return index
    return None


def learn_table(
    pages: Sequence[Sequence[Row]], confirmed: Sequence[LineItem], before: TableShape | None
) -> TableShape | None:
    """What these rows, which stand on these pages, tell of the table.

    Args:
        before: What was known: the words of lines stay, places are taken from this document.
    Returns: None when fewer than half of the rows are found on the pages.
    """
    found = _locate(pages, confirmed)
    if not found or 2 * len(found) < len(confirmed):
        return None
    columns = _columns(pages, found)
    if not any(role == "amount" for role, _, _ in columns):
        return None
    named = [f.row.text for f in found]
    if before:
        columns = _with_old(columns, before.columns)
    shape = TableShape(
        columns=columns,
        head=_head(pages, found),
        foot=_foot(pages, found, columns),
        top=min(f.row.box.y0 for f in found if f.page == found[0].page),
        names=_side(pages, found),
        refused=tuple(w for w in before.refused if w not in named) if before else (),
        rows=before.rows if before else (),
    )
    for _ in range(_ROUNDS):
        after = _compared(pages, found, shape)
        if after == shape:
            break
        shape = after
    return shape


def _compared(
    pages: Sequence[Sequence[Row]], found: Sequence[_Found], shape: TableShape
) -> TableShape:
    """The shape with the words of lines that were taken for rows and are none, and of rows that
    are called like sums."""
    table = read_taught(pages, shape)
    items = table.items if table else []
    right = {id(f.row) for f in found}
    named = {f.row.text for f in found} | {i.words for i in items if id(i.anchor) in right}
    wrong = [i for i in items if id(i.anchor) not in right]
    refused = [*shape.refused, *(i.words for i in wrong)]
    rows = [*shape.rows, *(f.row.text for f in found if seems_no_row(f.row.text))]
    usual = frozenset.intersection(*(frozenset(f.cells) for f in found))
    # One such line is known by its words; when there are others, what they lack tells them.
    several = len(set(refused)) > 1 and len(found) > 1
    lacking = {role for i in wrong for role in usual if several and role not in i.cells}
    return replace(
        shape,
        needs=tuple(sorted({*shape.needs, *lacking} & usual)),
        refused=_kept(w for w in refused if w not in named),
        rows=_kept(rows),
    )


def _kept(words: Iterator[str] | Sequence[str]) -> tuple[str, ...]:
    told = dict.fromkeys(w for w in words if _tells(w))
    return tuple(told)[-_MOST_WORDS:]


def _locate(pages: Sequence[Sequence[Row]], confirmed: Sequence[LineItem]) -> list[_Found]:
    """Where the confirmed rows are printed, in their order where several lines would do."""
    lines = [(p, i, row) for p, rows in enumerate(pages) for i, row in enumerate(rows)]
    printing: dict[Decimal, list[int]] = {}
    for place, (_, _, row) in enumerate(lines):
        for value in {abs(v) for n in row.numbers for v in (n.value, n.other) if v is not None}:
            printing.setdefault(value, []).append(place)
    taken: set[int] = set()
    found: list[_Found] = []
    last = -1
    for item in confirmed:
        telling = item.amount or item.unit_price
        if telling is None or not isinstance(telling.value, Decimal):
            continue
        scores = {
            place: (_likeness(item, row, pages[page], index), -abs(place - last - 1))
            for place in printing.get(abs(telling.value), ())
            if place not in taken
            for page, index, row in (lines[place],)
        }
        if not scores:
            continue
        last = max(scores, key=lambda place: scores[place])
        taken.add(last)
        page, index, row = lines[last]
        found.append(_Found(item, row, page, index, _cells(item, row)))
    return found


def _likeness(item: LineItem, row: Row, rows: Sequence[Row], index: int) -> float:
    """How well a line that prints the row's amount is the row's."""
    score = 1.0
    for name, _ in _NUMBERS[1:]:
        cell = getattr(item, name)
        score += 0.5 * bool(cell and _numbers(row, cell))
    if item.description:
        around_it = " ".join(r.text for r in rows[max(0, index - 1) : index + 2])
        name = plain_text(str(item.description.value).split())
        score += fuzz.token_set_ratio(name, row.text) / 100
        score += fuzz.token_set_ratio(name, around_it) / 200
    score += sum(
        1.0 for cell in (item.amount, item.description) if cell and _stands_in(cell, row)
    )  # what was picked on the page, or read there
    return score


def _stands_in(cell: ExtractedField, row: Row) -> bool:
    box = cell.box
    return box is not None and cell.page == row.page.number and box.y0 < row.middle < box.y1 + 0.001


def _numbers(row: Row, cell: ExtractedField) -> list[Number]:
    value = cell.value
    if not isinstance(value, Decimal):
        return []
    return [n for n in row.numbers if value in (n.value, -n.value, n.other)]


def _cells(item: LineItem, row: Row) -> dict[str, Number]:
    """The row's cells among the numbers of its line: those with one place first, then from the right."""
    options: dict[Role, list[Number]] = {}
    for name, role in _NUMBERS:
        cell = getattr(item, name)
        if cell and (numbers := _numbers(row, cell)):
            here = [n for n in numbers if cell.box and _over(n.box, cell.box) > 0]
            options[role] = here or numbers
    cells: dict[str, Number] = {}
    # 1 × 5.00 = 5.00: the amount is the last of two that are alike, the price the one before it.
    for role in sorted(options, key=lambda r: (len(options[r]) > 1, r != "amount", r != "price")):
        left = [n for n in options[role] if n not in cells.values()]
        if left:
            cells[role] = left[-1]
    if "tax" not in cells and arithmetic(cells) is None:
        for number in row.numbers:
            if number not in cells.values() and arithmetic({**cells, "discount": number}):
                return {**cells, "discount": number}
    return cells


def _over(a: Box, b: Box) -> float:
    return min(a.x1, b.x1) - max(a.x0, b.x0)


def _columns(
    pages: Sequence[Sequence[Row]], found: Sequence[_Found]
) -> tuple[tuple[Role, float, float], ...]:
    """The columns left to right: of the cells, of other numbers, and of texts."""
    columns: dict[Role, Box] = {}
    numbers: list[Role] = ["amount", "price", "quantity", "tax", "discount"]
    for role in numbers:
        # Rows that print a value twice tell less than those in which all values differ.
        telling = [f for f in found if role in f.cells]
        clear = [f for f in telling if len({n.value for n in f.cells.values()}) == len(f.cells)]
        boxes = [f.cells[role].box for f in clear or telling]
        if boxes and (role == "discount" or 2 * len(telling) >= len(found)):
            columns[role] = _column(boxes)
    others = list(_others(found, list(columns.values())))
    texts: dict[Role, Box] = {}
    for name, role in _TEXTS:
        boxes = [b for f in found if (b := _text_box(f, name)) is not None]
        if boxes and 2 * len(boxes) >= len(found):
            texts[role] = _column(boxes, left=True)
    if "description" not in texts:
        # The names stand on lines of their own.
        lines = [pages[f.page][i] for f in found for i in _name_lines(pages, found, f)]
        if lines:
            texts["description"] = _column([row.box for row in lines], left=True)
    if "description" not in texts:
        widest = [max(parts, key=lambda b: b.width) for f in found if (parts := _text_boxes(f.row))]
        texts["description"] = _column(widest, left=True) if widest else found[0].row.box
    if 2 * sum(bool(f.row.date_words) for f in found) > len(found):
        dates = [
            around([w.box for w in f.row.words[: f.row.date_words]])
            for f in found
            if f.row.date_words
        ]
        texts["date"] = _column(dates, left=True)
    every = [*columns.items(), *others, *texts.items()]
    return tuple(
        (role, round(box.x0, 4), round(box.x1, 4))
        for role, box in sorted(every, key=lambda c: c[1].x0)
    )


def _with_old(
    columns: tuple[tuple[Role, float, float], ...], old: tuple[tuple[Role, float, float], ...]
) -> tuple[tuple[Role, float, float], ...]:
    """Columns that are empty this time stay where they were."""
    roles = {role for role, _, _ in columns}
    kept = [
        (role, x0, x1)
        for role, x0, x1 in old
        if role not in roles and all(min(x1, b) <= max(x0, a) for _, a, b in columns)
    ]
    return tuple(sorted([*columns, *kept], key=lambda c: c[1]))


def _column(boxes: Sequence[Box], *, left: bool = False) -> Box:
    """The place of most of these: they begin, or end, at one edge."""
    edges = [b.x0 for b in boxes] if left else [b.x1 for b in boxes]
    best = _same_edge(boxes, edges)
    if not left:
        best = max((best, _same_edge(boxes, [b.x0 for b in boxes])), key=len)
    return around(best)


def _same_edge(boxes: Sequence[Box], edges: Sequence[float]) -> list[Box]:
    groups = (
        [b for b, e in zip(boxes, edges, strict=True) if abs(e - one) < _EDGE] for one in edges
    )
    return max(groups, key=len)


def _others(found: Sequence[_Found], known: Sequence[Box]) -> Iterator[tuple[Role, Box]]:
    """Columns of numbers that are none of ours, so that nobody takes them for one of ours."""
    loose = [n for f in found for n in f.row.numbers if n not in f.cells.values()]
    loose = [n for n in loose if all(_over(n.box, box) <= 0 for box in known)]
    while loose:
        same = [
            n for n in loose if n.kind == loose[0].kind and abs(n.box.x1 - loose[0].box.x1) < _EDGE
        ]
        loose = [n for n in loose if n not in same]
        if 2 * len(same) > len(found):
            counted = [n.value for n in same] == [Decimal(i) for i in range(1, len(same) + 1)]
            percent = same[0].kind == "percent"
            role: Role = "position" if counted else "tax" if percent else "other"
            yield role, around([n.box for n in same])


def _text_boxes(row: Row) -> list[Box]:
    return [around([w.box for w in part]) for part in text_parts(row)]


def _text_box(found: _Found, name: str) -> Box | None:
    """Where the row's line prints this text."""
    cell = getattr(found.item, name)
    if cell is None:
        return None
    wanted = plain_text(str(cell.value).split()) or str(cell.value).casefold()
    best: tuple[float, Box] | None = None
    for part in text_parts(found.row):
        text = " ".join(w.text for w in part)
        said = plain_text(text.split()) or text.casefold()
        ratio = fuzz.partial_ratio(said, wanted) if len(said) >= 3 else fuzz.ratio(said, wanted)
        if ratio >= 80 and (best is None or (ratio, len(said)) > best[:1]):
            best = (ratio, around([w.box for w in part]))
    return best[1] if best else None


def _name_lines(pages: Sequence[Sequence[Row]], found: Sequence[_Found], at: _Found) -> list[int]:
    """Indexes of the lines around a row that print its name, its own among them or not."""
    name = at.item.description
    told = plain_text(str(name.value).split()) if name else ""
    rows = pages[at.page]
    others = {f.index for f in found if f.page == at.page and f is not at}
    lines = []
    for step in (-1, 1):
        for index in range(at.index + step, at.index + step * (_REACH + 1), step):
            if not 0 <= index < len(rows) or index in others:
                break
            if _is_part_of(rows[index].text, told):
                lines.append(index)
    if _is_part_of(at.row.text, told):
        lines.append(at.index)
    return sorted(lines)


def _is_part_of(words: str, name: str) -> bool:
    return _SHORTEST < len(words) <= len(name) + 2 and fuzz.partial_ratio(words, name) >= 90


def _head(pages: Sequence[Sequence[Row]], found: Sequence[_Found]) -> str:
    """The words of the line above the first row and its name."""
    first = found[0]
    top = min([first.index, *_name_lines(pages, found, first)])
    for row in reversed(pages[first.page][:top]):
        if row.text:
            return row.text if not row.money and _tells(row.text) else ""
    return ""


def _foot(
    pages: Sequence[Sequence[Row]],
    found: Sequence[_Found],
    columns: tuple[tuple[Role, float, float], ...],
) -> str:
    """The words of the first line behind the last row that has something in its column of amounts."""
    last = max(found, key=lambda f: (f.page, f.index))
    x0, x1 = next((x0, x1) for role, x0, x1 in columns if role == "amount")
    for row in pages[last.page][last.index + 1 :]:
        if any(n.box.x0 < x1 and n.box.x1 > x0 for n in row.money):
            inside = (r.text for n, rows in enumerate(pages) for r in _inside(rows, n, found))
            named = any(same_words(row.text, words) for words in inside)
            return row.text if _tells(row.text) and not named else ""
    return ""


def _inside(rows: Sequence[Row], page: int, found: Sequence[_Found]) -> Sequence[Row]:
    """The lines of a page from its first row to its last."""
    places = [f.index for f in found if f.page == page]
    return rows[min(places) : max(places) + 1] if places else ()


def _tells(words: str) -> bool:
    return len(words.replace(" ", "")) >= _SHORTEST


def _side(pages: Sequence[Sequence[Row]], found: Sequence[_Found]) -> str:
    """Where names stand that share no line with their numbers: "above" or "below"; else ""."""
    sides: Counter[str] = Counter()
    for f in found:
        lines = _name_lines(pages, found, f)
        if lines and f.index not in lines:
            above, below = min(lines) < f.index, max(lines) > f.index
            sides["both" if above and below else "above" if above else "below"] += 1
    side, count = sides.most_common(1)[0] if sides else ("", 0)
    return side if side != "both" and 2 * count > len(found) else ""
