"""Which tables and rows are the items: the document's own sums decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from decimal import Decimal
from itertools import combinations

from invoice_ai.extraction.lines.cells import Number
from invoice_ai.extraction.lines.header import VALUES
from invoice_ai.extraction.lines.lexicon import names_total, opens_totals, plain_text
from invoice_ai.extraction.lines.table import Item, Table, arithmetic

CENT = Decimal("0.01")


def settle_values(table: Table) -> None:
    """Leave one value cell, "amount", in each row: the column of what a row costs.

    Of several value columns (net, gross) the one that quantity × price gives; when nothing can
    be multiplied the last one, for then the invoice prices what it prints last.
    """
    _quantity_from_position(table)
    agree: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for item in table.items:
        role = arithmetic(item.cells)
        if role:
            agree[role] += 1
        filled.update(r for r in item.cells if r in VALUES)
    if not filled:
        return
    if agree:
        chosen: str = agree.most_common(1)[0][0]
    else:
        order = [r for r in table.header.roles if r in VALUES] if table.header else ["amount"]
        often = [r for r in order if 2 * filled[r] >= max(filled.values())]
        chosen = often[-1] if often else filled.most_common(1)[0][0]
    for item in table.items:
        values = [
            item.cells.pop(r) for r in ("gross", "amount", "net") if r in item.cells and r != chosen
        ]
        if chosen in item.cells:
            item.cells["amount"] = item.cells.pop(chosen)
        elif values:
            item.cells["amount"] = values[0]


def _quantity_from_position(table: Table) -> None:
    """A column "#" may count things, not rows: then it multiplies."""
    if any("quantity" in item.cells for item in table.items):
        return
    moved = [
        {**item.cells, "quantity": item.cells["position"]}
        for item in table.items
        if "position" in item.cells
    ]
    if not moved or all(m["quantity"].value == 1 for m in moved):
        return
    if 2 * sum(arithmetic(m) is not None for m in moved) > len(moved):
        for item in table.items:
            if "position" in item.cells:
                item.cells["quantity"] = item.cells.pop("position")


def amount_of(item: Item) -> Number | None:
    return item.cells.get("amount")


def total_of(items: Sequence[Item]) -> Decimal:
    return sum((a.value for i in items if (a := amount_of(i))), Decimal(0))


def agrees(total: Decimal, targets: Collection[Decimal], rows: int) -> bool:
    """Whether the sum is one of the stated ones, a cent of rounding per row allowed (five at most)."""
    slack = CENT * min(5, max(1, rows // 2))
    return any(abs(abs(total) - abs(t)) <= slack for t in targets if t)


def fit(items: list[Item], targets: Collection[Decimal]) -> tuple[list[Item], bool]:
    """The items without rows that are none, and whether their sum is a stated one."""
    kept = [i for i in items if not i.is_payment and _says_something(i)] or items
    if not targets:
        return kept, False
    if agrees(total_of(kept), targets, len(kept)):
        return kept, True
    if kept is not items and agrees(total_of(items), targets, len(items)):
        return items, True
    doubtful = [i for i, item in enumerate(kept) if _doubtful(item, kept)]
    total = total_of(kept)
    over = {total - sign * t for t in targets for sign in (1, -1)} - {Decimal(0), total}
    for count in (1, 2, 3):
        for dropped in combinations(doubtful[:12], count):
            if sum((a.value for i in dropped if (a := amount_of(kept[i]))), Decimal(0)) in over:
                return [item for i, item in enumerate(kept) if i not in dropped], True
    return kept, False
    if agrees(total_of(kept), targets, len(kept)):
        return kept, True
    if kept is not items and agrees(total_of(items), targets, len(items)):
        return items, True
    doubtful = [i for i, item in enumerate(kept) if _doubtful(item, kept)]
    for count in (1, 2, 3):
        for dropped in combinations(doubtful[:16], count):
            rest = [item for i, item in enumerate(kept) if i not in dropped]
            if rest and agrees(total_of(rest), targets, 1):
                return rest, True
    return kept, False


def without_totals(items: list[Item]) -> list[Item]:
    """The items without sums among them: a row that is the sum of two or more rows above it,
    or that is called a sum by the text below its amount, ends them, unless rows that multiply
    follow (then it was carried over a page)."""
    kept: list[Item] = []
    total = Decimal(0)
    for place, item in enumerate(items):
        amount = amount_of(item)
        if amount and kept:
            adds_up = len(kept) > 1 and amount.value == total != 0 and "price" not in item.cells
            if adds_up or _is_called_sum(item):
                if any(arithmetic(later.cells) for later in items[place + 1 :]):
                    continue
                return kept
        kept.append(item)
        total += amount.value if amount else 0
    return kept


def _says_something(item: Item) -> bool:
    """A bare amount without a name, quantity or price is nothing that was sold."""
    return bool(
        item.texts.keys() & {"description", "code"} or item.cells.keys() & {"quantity", "price"}
    )


def _is_called_sum(item: Item) -> bool:
    if item.cells.keys() & {"quantity", "price"} or item.texts.get("date"):
        return False
    return opens_totals(plain_text([w.text for w in item.texts.get("description", ())]))


def _doubtful(item: Item, items: Sequence[Item]) -> bool:
    """Rows that may be something else: no price where others have one, no words, a sum's words,
    money back, or set off to the right of the others."""
    text = item.anchor.text
    if not item.texts.get("description") or names_total(text):
        return True
    amount = amount_of(item)
    if amount is None:
        return False
    if amount.value < 0 and sum((a.value < 0) for i in items if (a := amount_of(i))) * 2 < len(
        items
    ):
        return True
    with_price = sum("price" in i.cells for i in items)
    if "price" not in item.cells and 2 * with_price > len(items):
        return True
    edges = sorted(i.anchor.box.x0 for i in items)
    return item.anchor.box.x0 > edges[len(edges) // 2] + 0.012
