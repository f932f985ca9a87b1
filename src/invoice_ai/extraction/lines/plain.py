"""Items without a header row: receipts, short bills, summaries with a name and an amount a line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from decimal import Decimal

from invoice_ai.extraction.lines.cells import Number, Row
from invoice_ai.extraction.lines.lexicon import is_payment, names_total, opens_totals, plain_text
from invoice_ai.extraction.lines.table import Item, Table

_TIMES_WORDS = frozenset({"x", "X", "×", "@", "*", "à", "a", "á"})
_LETTERS = re.compile(r"[^\W\d_]")
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
    candidates: list[tuple[Row, Number]] = []
    first_total: int | None = None
    for place, (row, amount) in enumerate(priced):
        if _details(row, priced[max(0, place - 1) : place + 2]):
            continue
        label = _label(row, amount)
        if opens_totals(label) or (names_total(label) and len(label.split()) <= 4):
            sums.append(amount.value)
            if first_total is None and candidates:
                first_total = len(candidates)
            continue
        if is_payment(label) or not _LETTERS.search(row.line.text[:40]):
            continue
        candidates.append((row, amount))
    run = _best_run(candidates, {s for s in sums if s > 0})
    if run:
        return Table(
            None, list(_items(run, rows)), [sum((a.value for _, a in run), Decimal(0))], True
        )
    if first_total is None:
        return None
    return Table(None, list(_items(candidates[:first_total], rows)), [], True)


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
    return any(other is not row and amount.value == product for other, amount in near)


def _label(row: Row, amount: Number) -> str:
    return plain_text([w.text for w in row.words[: amount.start] if len(w.text) > 1])


def _best_run(
    candidates: Sequence[tuple[Row, Number]], sums: Collection[Decimal]
) -> list[tuple[Row, Number]]:
    """The longest run of neighbours whose amounts add up to a stated sum.

    Runs are looked for in all lines and in those that begin at the same left edge (a heading
    with indented parts below it). Between equals the one with more different names wins.
    """
    best: list[tuple[Row, Number]] = []
    best_key = (0, 0)
    for group in _groups(candidates):
        values = [a.value for _, a in group]
        for start in range(len(values)):
            total = Decimal(0)
            for end in range(start, len(values)):
                total += values[end]
                if total not in sums:
                    continue
                run = group[start : end + 1]
                names = len({_label(r, a) for r, a in run})
                key = (names if names < len(run) else len(run), len(run))
                if key > best_key:
                    best, best_key = run, key
    return best


def _groups(candidates: Sequence[tuple[Row, Number]]) -> Iterator[list[tuple[Row, Number]]]:
    yield list(candidates)
    edges = Counter(round(r.box.x0 / 0.006) for r, _ in candidates)
    for edge, count in edges.most_common(3):
        if 1 < count < len(candidates):
            yield [c for c in candidates if abs(round(c[0].box.x0 / 0.006) - edge) <= 1]


def _items(run: Sequence[tuple[Row, Number]], rows: Sequence[Row]) -> Iterator[Item]:
    place = {id(row): i for i, row in enumerate(rows)}
    priced = {id(row) for row, _ in run}
    for row, amount in run:
        item = Item(row, {"amount": amount})
        index = place[id(row)]
        _multiply(item, row, amount)
        neighbours = [rows[i] for i in (index + 1, index - 1) if 0 <= i < len(rows)]
        for near in neighbours:
            if "price" not in item.cells and id(near) not in priced and near.page is row.page:
                _multiply(item, near, amount)
        taken = {i for n in item.cells.values() for i in range(n.start, n.end) if n in row.numbers}
        words = [w for i, w in enumerate(row.words[: amount.start]) if i not in taken]
        while words and (words[0].text in _TIMES_WORDS or not _LETTERS.search(words[0].text)):
            words.pop(0)
        while words and words[-1].text in _TIMES_WORDS:
            words.pop()
        if row.date_words:
            item.add_text("date", row.words[: row.date_words])
        if sum(len(_LETTERS.findall(w.text)) for w in words) < 2 and index:
            before = rows[index - 1]
            if before.page is row.page and not before.money and id(before) not in priced:
                words = list(before.words)
        item.add_text("description", words)
        yield item


def _multiply(item: Item, row: Row, amount: Number) -> None:
    """Quantity and price of the line when their product is the amount."""
    others = [n for n in row.numbers if n is not amount and n.kind != "percent"]
    for i, quantity in enumerate(others):
        for price in others[i + 1 :]:
            for q, p in ((quantity, price), (price, quantity)):
                if q.kind == "money" and q.currency:
                    continue
                if (
                    abs(q.value * p.value - amount.value) <= Decimal("0.011")
                    and p.kind != "integer"
                ):
                    item.cells.update({"quantity": q, "price": p})
                    return
    # "1 x Name 57,15"
    if others and row is item.anchor and others[0].start == 0 and others[0].kind == "integer":
        following = row.words[1].text if len(row.words) > 1 else ""
        if following in _TIMES_WORDS or others[0].value < 100:
            item.cells["quantity"] = others[0]
