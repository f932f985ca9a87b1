"""What stands below the head words: a column is what its cells say, whatever it is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, takewhile

from invoice_ai.domain.pages import Word, around
from invoice_ai.extraction.lines.cells import Row
from invoice_ai.extraction.lines.columns import adds_tax, arithmetic, assign, value_of
from invoice_ai.extraction.lines.header import VALUES, Column, Header
from invoice_ai.extraction.lines.lexicon import COLUMN_WORDS, Role, opens_totals

_TAXED: frozenset[str] = VALUES | {"tax", "tax_amount", "price", "other", "credit", "balance"}
_OTHER: Role = "other"
_NAMING: frozenset[Role] = frozenset({"description", "code", "other", "position"})
_EDGE = 0.005  # of the page width: numbers set flush right end as near as that
# Rows looked at below a header.
_SAMPLE = 12
# All ways to name three columns are tried; the widest header of 500 documents has 12.
_MOST_COLUMNS = 16


def settle_by_content(header: Header, below: Sequence[Row]) -> Header:
    """The header with the columns renamed that its rows contradict.

    The column with most letters is the description; a column that makes quantity × price the
    row's amount is the quantity, or the price. Without rows below, or with more columns than any
    invoice has, nothing changes.
    """
    rows = [
        row
        for row in takewhile(lambda row: not opens_totals(row.text), below[:_SAMPLE])
        if row.money
    ]
    if not rows or len(header.columns) > _MOST_COLUMNS:
        return header
    return _factors(_taxed(_valued(_described(_parted(header, rows), rows), rows), rows), rows)


def aligned(header: Header, below: Sequence[Row]) -> Header:
    """The header with the right edge of the numbers in each column of money, where most of the
    first rows share one: a small number below it is nearer to the next column's word."""
    ends: dict[str, list[float]] = {}
    for row in below[:_SAMPLE]:
        for role, cell in assign(row, header).items():
            if cell.kind == "money":
                ends.setdefault(role, []).append(cell.box.x1)
    columns = []
    for column in header.columns:
        found = sorted(ends.get(column.role, ()))
        middle = found[len(found) // 2] if found else 0.0
        same = sum(abs(x - middle) < _EDGE for x in found)
        unique = sum(c.role == column.role for c in header.columns) == 1
        sure = unique and len(found) > 2 and 4 * same >= 3 * len(found)
        columns.append(replace(column, ends=middle) if sure else column)
    return replace(header, columns=tuple(columns))


def _described(header: Header, rows: Sequence[Row]) -> Header:
    """Only where several columns may be the description, and most letters are clearly not there."""
    naming = [c for c in header.columns if c.role in _NAMING]
    current = header.of("description")
    if not naming:
        return header
    letters = dict.fromkeys(header.columns, 0)
    for part in (part for row in rows for part in _parts(row, header)):
        letters[_column_of(part, header)] += sum(c.isalpha() for w in part for c in w.text)
    best = max(naming, key=lambda c: letters[c])
    if best is current or letters[best] < 4 * len(rows):
        return header
    if current and letters[best] < 2 * letters[current]:
        return header
    return replace(
        header,
        columns=tuple(
            replace(c, role="description")
            if c is best
            else replace(c, role="code" if c.box.x0 < best.box.x0 else "other")
            if c is current
            else c
            for c in header.columns
        ),
    )


def _parts(row: Row, header: Header) -> list[list[Word]]:
    """The row's words, parted where a gap is or a column begins."""
    begins = [c.box.x0 for c in header.columns]
    parts: list[list[Word]] = []
    for i, word in enumerate(row.words):
        if row.gap_before(i) > 0.9 or any(abs(word.box.x0 - x) < 0.004 for x in begins):
            parts.append([])
        parts[-1].append(word)
    return parts


def _column_of(part: Sequence[Word], header: Header) -> Column:
    """The column whose word stands above most of these words; else the one nearest to them."""
    x0, x1 = part[0].box.x0, part[-1].box.x1
    return max(header.columns, key=lambda c: min(x1, c.box.x1) - max(x0, c.box.x0))


def _parted(header: Header, rows: Sequence[Row]) -> Header:
    """Two columns where "Precio Total" stands close together but is a price and an amount."""
    for i, column in enumerate(header.columns):
        price, _, amount = column.phrase.partition(" ")
        role = COLUMN_WORDS.get(amount)
        if header.has("price") or role not in VALUES or COLUMN_WORDS.get(price) != "price":
            continue
        box = column.box
        middle = box.x0 + (box.x1 - box.x0) * len(price) / len(column.phrase)
        two = (
            Column("price", box._replace(x1=middle), price),
            Column(role, box._replace(x0=middle), amount),
        )
        parted = replace(header, columns=(*header.columns[:i], *two, *header.columns[i + 1 :]))
        if 2 * sum(bool(arithmetic(assign(row, parted))) for row in rows) > len(rows):
            return parted
    return header


def _valued(header: Header, rows: Sequence[Row]) -> Header:
    """ "Price … Goods": where no other price is named, what stands right of it and multiplies is
    the amount."""
    if header.has("price"):
        return header
    for price, amount in combinations(range(len(header.columns)), 2):
        counts = sum(c.role == "quantity" for c in header.columns)
        spare = ("other", "quantity") if counts > 1 else ("other",)  # "Amt." scanned as "Ant."
        named = header.columns[price].role in VALUES and header.columns[amount].role in spare
        reading = header.renamed({price: "price", amount: "amount"}) if named else header
        if named and 2 * sum(bool(arithmetic(assign(r, reading))) for r in rows) > len(rows):
            return reading
    return header


def _taxed(header: Header, rows: Sequence[Row]) -> Header:
    """Three columns of which the third is the sum of the others are net, tax and gross, whatever
    they are called; "Amount", "VAT" and "Total" may all be the name of an amount."""
    places = [i for i, c in enumerate(header.columns) if c.role in _TAXED]
    if len(places) < 3 or not any(len(row.money) > 2 for row in rows):
        return header
    best, most = header, len(rows) // 2
    for net, tax, gross in combinations(places, 3):
        named = header.renamed({net: "net", tax: "tax_amount", gross: "gross"})
        spare = [i for i in places if i not in (net, tax, gross)]
        reading = named.renamed({i: _OTHER for i in spare if header.columns[i].role in VALUES})
        right = sum(adds_tax(assign(row, reading)) for row in rows)
        if right > most:
            best, most = reading, right
    return best


def _factors(header: Header, rows: Sequence[Row]) -> Header:
    """Name a column nobody knows, or choose among several quantities: most rows must multiply."""
    missing: list[Role] = [r for r in ("quantity", "price") if not header.has(r)]
    counts = [i for i, c in enumerate(header.columns) if c.role == "quantity"]
    if not missing and len(counts) < 2:
        return header
    places = [
        i
        for i, c in enumerate(header.columns)
        if c.role in ("other", "unit", "position")
        or (c.role == "tax" and _is_money(c, rows, header))
    ]
    readings = [
        header.renamed(dict(zip(chosen, missing, strict=True)))
        for chosen in _choices(places, len(missing))
    ]
    if missing == ["quantity"] and (counted := _counted_first(header, rows)):
        readings.append(counted)
    readings += [
        header.renamed(dict.fromkeys(set(counts) - {i}, "unit")) for i in counts[1:] and counts
    ]
    scored = [
        (sum(bool(arithmetic(assign(row, reading))) for row in rows), reading)
        for reading in readings
    ]
    most, best = max(scored, key=lambda s: s[0], default=(0, header))
    priced = sum(value_of(assign(row, header)) is not None for row in rows)
    return best if 2 * most > priced else header


def _counted_first(header: Header, rows: Sequence[Row]) -> Header | None:
    """The header with a column before all others: "2 BREAD 0,95 1,90" under "Description Price
    Amount"."""
    first = [n.box for row in rows for n in row.numbers if n.kind == "integer" and not n.start]
    if not first or header.has("position"):
        return None
    return replace(header, columns=(Column("quantity", around(first), ""), *header.columns))


def _is_money(column: Column, rows: Sequence[Row], header: Header) -> bool:
    """Whether a column called a rate prints prices: "Taux 72,00 $" of an hour."""
    cells = [cell for row in rows if (cell := assign(row, header).get(column.role))]
    return bool(cells) and all(cell.kind == "money" and cell.currency for cell in cells)


def _choices(places: Sequence[int], count: int) -> list[tuple[int, ...]]:
    if count < 2:
        return [(i,) for i in places] if count else []
    return [(i, j) for i in places for j in places if i != j]
