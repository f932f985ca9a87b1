"""Items without a header row: receipts, short bills, summaries with a name and an amount a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from invoice_ai.domain.pages import Word
from invoice_ai.extraction.lines.cells import Number, Row
from invoice_ai.extraction.lines.lexicon import (
    COLUMN_WORDS,
    is_payment,
    names_total,
    opens_totals,
    plain,
    plain_text,
)
from invoice_ai.extraction.lines.table import Item, Table, gap_between

TIMES_WORDS = frozenset({"x", "X", "×", "@", "*", "à", "a", "á"})
_LETTERS = re.compile(r"[^\W\d_]")
# The unit of a count: "szt", "EA", "KG", "Ltr", "EUR/1"; longer words are names.
_UNIT = re.compile(r"(?:[^\W\d_]{1,4}\.?|[$€£])?(?:/[^\W_]{1,4}\.?)?")
_ALIGNED = 0.03  # of the page width: lines of one item begin as near as that
_NAME_LINES = 4  # of one item, and one more that ends them; else they are no names
_UNITS = frozenset(
    [
        "pc", "pcs", "ea", "set", "unit", "btl", "pkt", "pck", "ctn", "box", "kg", "g", "gr", "lb", "lbs",
        "oz", "l", "lt", "ltr", "ml", "m", "cm", "mm", "stk", "st", "stck", "szt", "ks", "kom", "db",
        "kpl", "ud", "uds", "pz", "nr", "un", "u", "rol", "h", "hr", "hrs", "std", "tx", "eur", "usd", "rm",
    ]
)  # fmt: skip
_CODE = re.compile(r"[0-9]{5}")
_ROUNDED = Decimal("0.011")
# Tables of tax rates below the totals repeat sums that may look like a run of items.
_BREAKDOWN = re.compile(
    r"(?:sr|zrl|zr|zre|sst|[cisp]?gst|hst|pst|qst|tax|vat|mwst|ust|tva|tps|tvq|iva|btw|moms|mva|alv|dph|pdv)\b"
)
# More lines than this on one page without a header are a statement, not a receipt.
_MOST = 120


def read_plain(rows: Sequence[Row], targets: Collection[Decimal]) -> Table | None:
    """The run of lines "name … amount" whose sum is printed as a total; else those above it.

    `targets` are the sums the document states; without one that agrees, only lines above the
    first total are taken, and `sums` stays empty, which the caller reads as doubt.
    """
    priced = [(row, amount) for row in rows if (amount := _amount(row))]
    if not priced or len(priced) > _MOST:
        return None
    sums = list(targets)
    lines: list[_Line] = []
    every: list[_Line] = []  # those called a tax or a sum as well
    first_total: int | None = None
    before = {id(row): rows[i - 1] for i, row in enumerate(rows) if i}
    for place, (row, amount) in enumerate(priced):
        label = _label(row, amount)
        if _BREAKDOWN.match(plain_text([w.text for w in row.words[: amount.start]])) or _details(
            row, priced[max(0, place - 1) : place + 2]
        ):
            continue
        if opens_totals(label) or (names_total(label) and len(label.split()) <= 4):
            sums.append(amount.value)
            if first_total is None and lines:
                first_total = len(lines)
            every.append(_Line(row, amount, tuple(row.words[: amount.start]), label))
            continue
        name: Sequence[Word] = row.words[: amount.start]
        if not any(_LETTERS.search(w.text) for w in name):
            name = _name_above(row, before.get(id(row)), lines)
        elif _counts(row, amount):
            name = _names_above(row, before, lines) or name
        if not is_payment(label) and name:
            lines.append(_Line(row, amount, tuple(name), label))
            every.append(lines[-1])
    largest = max(targets or sums, default=Decimal(0))
    # Taxes and change are printed as sums too; the items' sum is none of the small ones.
    wanted = {s for s in sums if s > 0 and 2 * s > largest}
    run = _best_run(lines, wanted, first_total) or _with_levies(every, lines, wanted)
    if run:
        run = _named_below(run, rows)
        total = sum((line.amount.value for line in run), Decimal(0))
        return Table(None, list(_items(run, rows)), [total], True)
    if first_total is None:
        return None
    return Table(None, list(_items(_named_below(lines[:first_total], rows), rows)), [], True)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line that may be an item: its amount, the words that name it, and their plain form."""

    row: Row
    amount: Number
    name: tuple[Word, ...]
    label: str


def _names_above(row: Row, before: Mapping[int, Row], lines: list[_Line]) -> Sequence[Word]:
    """The name above a line that only counts: over a bar code, and over all lines since the last
    amount ("HOMEMADE CHICKEN", "PIE WITH PEAS"); of the first item, over those set alike."""
    above = before.get(id(row))
    names: list[Word] = []
    below, closest = row, gap_between(above, row) if above else 0.0
    for _ in range(_NAME_LINES):
        if above is None or above.page is not row.page or above.money:
            break
        if (
            names
            and not lines
            and (
                gap_between(above, below) > closest + 0.4
                or abs(above.box.x0 - below.box.x0) > _ALIGNED
                or _is_heads(above)
            )
        ):
            break
        if any(_LETTERS.search(w.text) for w in above.words):
            if opens_totals(above.text):
                break
            names[:0] = above.words
        below = above
        above = before.get(id(above))
    else:
        return _name_above(row, before.get(id(row)), lines)
    return names or _name_above(row, before.get(id(row)), lines)


def _named_below(run: Sequence[_Line], rows: Sequence[Row]) -> list[_Line]:
    """The run with the names below its lines, where the last one has a line of text right below
    and none names itself: "1x 000000118927 16.90" above "NYLON ROPE"."""
    place = {id(row): i for i, row in enumerate(rows)}
    below = [rows[i] if (i := place[id(line.row)] + 1) < len(rows) else None for line in run]
    bare = [
        (line, row)
        for line, row in zip(run, below, strict=True)
        if line.name[0] not in line.row.words or _counts(line.row, line.amount)
    ]
    if len(bare) < 2 or any(row is None or not _is_name(row) for _, row in bare):
        return list(run)
    gaps = sorted(gap_between(line.row, row) for line, row in bare if row)
    first = bare[0][0].row
    above = rows[place[id(first)] - 1] if place[id(first)] else None
    if gaps[-1] > gaps[len(gaps) // 2] + 0.4 or (
        above and _is_name(above) and gap_between(above, first) < gaps[-1] + 0.4
    ):
        return list(run)
    names = {id(line): tuple(row.words) for line, row in bare if row}
    return [replace(line, name=names.get(id(line), line.name)) for line in run]


def _is_name(row: Row) -> bool:
    letters = sum(len(_LETTERS.findall(w.text)) for w in row.words)
    return letters > 2 and not row.money and not opens_totals(row.text) and not _is_heads(row)


def _is_heads(row: Row) -> bool:
    """Whether a line heads columns, or tells of the receipt ("Cashier: Ann")."""
    heads = sum(plain(w.text) in COLUMN_WORDS for w in row.words)
    return heads > 1 or bool(row.date_words) or any(w.text.endswith(":") for w in row.words)


def _name_above(row: Row, above: Row | None, lines: list[_Line]) -> Sequence[Word]:
    """The name of a line of numbers only: the text line right above it. Of two such lines the
    lower one counts (the upper one printed the price of one piece)."""
    if above is None or above.page is not row.page:
        return ()
    if lines and lines[-1].row is above and lines[-1].name != above.words[: len(lines[-1].name)]:
        return lines.pop().name
    return () if above.money or opens_totals(above.text) else above.words


def says_times(row: Row) -> bool:
    """Whether the line has a sign of multiplication: "2 EA @ 2.60", "1 X 9.90", "*4"."""
    return any(w.text in TIMES_WORDS for w in row.words) or any(
        n.raw[:1] in "xX×*@" or n.raw[-1:] in "xX×" for n in row.numbers
    )


def _counts(row: Row, amount: Number) -> bool:
    """Whether the line says only how many at what price: "2 EA @ $2.60 5.20", "à 6,90 13,80"."""
    words = row.words[: amount.start]
    numbers = [n for n in row.numbers if n.end <= amount.start]
    taken = {i for n in numbers for i in range(n.start, n.end)}
    rest = [
        w.text
        for i, w in enumerate(words)
        if i not in taken and _LETTERS.search(w.text) and not _CODE.search(w.text)
    ]
    if not numbers or not all(t in TIMES_WORDS or _UNIT.fullmatch(t) for t in rest):
        return False
    # "3 RICE 1.50 4.50" names something; "3 RICE x 1.50" and "3 pcs 1.50" do not.
    if not says_times(row) and not all(
        "/" in t or t.casefold().rstrip(".") in _UNITS for t in rest
    ):
        return False
    if not rest or any(n.value == amount.value for n in numbers):
        return True  # "1x 000000118927 16.90"; the price of one, which is the amount
    off = [Decimal(0), *(n.value for n in numbers if n.value < 0)]
    pairs = ((a.value, b.value) for a in numbers for b in numbers if a is not b)
    return words[0].text in TIMES_WORDS or (
        len(numbers) > 1
        and any(abs(a * b + less - amount.value) <= _ROUNDED for a, b in pairs for less in off)
    )


def _amount(row: Row) -> Number | None:
    """The money at the end of the line, a tax letter behind it apart."""
    if not row.money:
        return None
    last = row.money[-1]
    behind = row.words[last.end :]
    if len(behind) > 2 or sum(len(w.text) for w in behind) > 4:
        return None
    return last


def _details(row: Row, near: Sequence[tuple[Row, Number]]) -> bool:
    """Whether the line only multiplies out a neighbour's amount: "2 x 2,50" below "5,00"."""
    if len(row.numbers) != 2:
        return False
    product = row.numbers[0].value * row.numbers[1].value
    return any(
        other is not row and amount.value == product and not opens_totals(other.text)
        for other, amount in near
    )


def _label(row: Row, amount: Number) -> str:
    return plain_text([w.text for w in row.words[: amount.start] if len(w.text) > 1])


def _best_run(
    lines: Sequence[_Line], sums: Collection[Decimal], first_total: int | None
) -> list[_Line]:
    """The longest run of neighbours whose amounts add up to a stated sum.

    Runs are looked for in all lines and in those that begin at the same left edge (a heading
    with indented parts below it). Between equals the one with more different names wins. A
    single line counts only above the first total, for below it every line repeats one.
    """
    best: list[_Line] = []
    best_key = (0, 0)
    last_single = len(lines) if first_total is None else first_total
    for group in _groups(lines):
        values = [line.amount.value for line in group]
        for start in range(len(values)):
            total = Decimal(0)
            for end in range(start, len(values)):
                total += values[end]
                if total not in sums:
                    continue
                run = group[start : end + 1]
                # Below the first total "paid by card 0.00" adds nothing.
                alone = len(run) == 1 or not run[-1].amount.value
                if alone and run[-1] not in lines[:last_single]:
                    continue
                key = (len({line.label or line.name for line in run}), len(run))
                if key > best_key:
                    best, best_key = run, key
    return best


def _with_levies(
    every: Sequence[_Line], lines: Sequence[_Line], sums: Collection[Decimal]
) -> list[_Line]:
    """The first lines up to a stated sum, levies among them ("Electricity tax" within a bill of
    energy): mostly items, and none of them the sum of those above it."""
    items = {id(line) for line in lines}
    total, best = Decimal(0), 0
    for count, line in enumerate(every, 1):
        if count > 1 and line.amount.value == total:
            break
        total += line.amount.value
        few = 4 * sum(id(one) not in items for one in every[:count]) <= count
        if count > 2 and few and total in sums:
            best = count
    return list(every[:best])


def _groups(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    yield list(lines)
    edges = Counter(round(line.row.box.x0 / 0.006) for line in lines)
    for edge, count in edges.most_common(3):
        if 1 < count < len(lines):
            yield [c for c in lines if abs(round(c.row.box.x0 / 0.006) - edge) <= 1]


def _items(run: Sequence[_Line], rows: Sequence[Row]) -> Iterator[Item]:
    place = {id(row): i for i, row in enumerate(rows)}
    priced = {id(line.row) for line in run}
    counted, rated = _count_behind(run), _rate_behind(run)
    for line in run:
        row, amount = line.row, line.amount
        item = Item(row, {"amount": amount})
        index = place[id(row)]
        _multiply(item, row, amount)
        near = [rows[i] for i in (index + 1, index - 1, index + 2) if 0 <= i < len(rows)]
        free = [r for r in near if id(r) not in priced and r.page is row.page]
        for other in free:
            # Two lines below only across a line of words ("Pump 6").
            if other is not rows[min(index + 2, len(rows) - 1)] or near[0] in free:
                _multiply(item, other, amount)
        above = next((r for r in free if line.name and line.name[0] is r.words[0]), None)
        if above:
            _multiply(item, row, amount, named=above)
        if "quantity" not in item.cells and (count := counted.get(id(line))):
            item.cells["quantity"] = count
        if rate := rated.get(id(line)):
            item.cells["tax"] = rate
        taken = {
            id(r.words[i])
            for r in (row, above)
            if r
            for n in r.numbers
            if n in item.cells.values()
            for i in range(n.start, n.end)
        }
        words = [w for w in line.name if id(w) not in taken]
        while words and (words[0].text in TIMES_WORDS or not _LETTERS.search(words[0].text)):
            words.pop(0)
        while words and (words[-1].text in TIMES_WORDS or not words[-1].text.strip(". …_")):
            words.pop()
        if sum(len(_LETTERS.findall(w.text)) for w in words) < 2 and index:
            above = rows[index - 1]
            if above.page is row.page and not above.money and id(above) not in priced:
                words = list(above.words)
        if row.date_words:
            item.add_text("date", row.words[: row.date_words])
        item.add_text("description", words)
        yield item


def _count_behind(run: Sequence[_Line]) -> dict[int, Number]:
    """The counts behind the names ("CRISPS x1"), by the lines' ids, where most lines have one:
    a single "PLASTERS X20" is a name."""
    found = {
        id(line): n
        for line in run
        for n in line.row.numbers
        if n.kind == "integer" and n.end == line.amount.start and n.raw[:1] in "xX×*"
    }
    return found if 2 * len(found) > len(run) else {}


def _rate_behind(run: Sequence[_Line]) -> dict[int, Number]:
    """The rates of tax between names and amounts ("SHAMPOO 22% 5,60"), where most lines have one."""
    found = {
        id(line): n
        for line in run
        for n in line.row.numbers
        if n.kind == "percent" and n.end == line.amount.start
    }
    return found if 2 * len(found) > len(run) > 1 else {}


def _multiply(item: Item, row: Row, amount: Number, named: Row | None = None) -> None:
    """Quantity and price of the line when their product is the amount; of the line that names
    it and its own ("2x Soup" above "à 7,50 15,00") the count stands in front of the name."""
    if "price" in item.cells:
        return
    others = [n for n in row.numbers if n is not amount and n.kind != "percent"][-8:]
    if named:
        others = [*(n for n in named.numbers if n.start == 0 or n.raw[:1] == "@"), *others]
    for i, quantity in enumerate(others):
        for price in others[i + 1 :]:
            for q, p in ((quantity, price), (price, quantity)):
                if q.kind == "money" and q.currency:
                    continue
                if p.kind == "integer":
                    continue
                if abs(q.value * p.value - amount.value) <= _ROUNDED:
                    item.cells.update({"quantity": q, "price": p})
                    return
                # "1 @ 24.50 Disc -2.45  22.05"
                less = q.value * p.value - amount.value
                off = next(
                    (n for n in others if n.value < 0 and abs(n.value + less) <= _ROUNDED), None
                )
                if off:
                    item.cells.update({"quantity": q, "price": p, "discount": off})
                    return
    # "1 x Name 57,15"
    if others and row is item.anchor and others[0].start == 0 and others[0].kind == "integer":
        following = row.words[1].text if len(row.words) > 1 else ""
        if following in TIMES_WORDS or others[0].value < 100:
            item.cells["quantity"] = others[0]
