"""Which tables and rows are the items: the document's own sums decide."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from invoice_ai.extraction.lines.cells import Number
from invoice_ai.extraction.lines.columns import adds_tax, arithmetic
from invoice_ai.extraction.lines.header import VALUES
from invoice_ai.extraction.lines.lexicon import names_total, opens_totals, plain_text
from invoice_ai.extraction.lines.table import Item, Table

CENT = Decimal("0.01")
# Usual rates of value added and sales tax, to tell a rate from an amount of tax.
_RATES = [
    Decimal(r)
    for r in [
        "0",
        "5",
        "5.5",
        "6",
        "7",
        "7.7",
        "8",
        "8.1",
        "9",
        "10",
        "12",
        "13",
        "15",
        "16",
        "18",
        "19",
        "20",
        "21",
        "22",
        "23",
        "25",
    ]
]


_FEW = 5  # tables; of more, not every choice is tried


def settle_values(table: Table) -> None:
    """Leave one value cell, "amount", in each row: the column of what a row costs.

    Of several value columns (net, gross) the one that quantity × price gives; when nothing can
    be multiplied the last one, for then the invoice prices what it prints last.
    """
    _quantity_from_position(table)
    _tax_amounts(table)
    agree: Counter[str] = Counter()
    filled: Counter[str] = Counter()
    for item in table.items:
        role = arithmetic(item.cells)
        if role:
            agree[role] += 1
        filled.update(r for r in item.cells if r in VALUES)
    if not filled:
        return
    taxed = sum(adds_tax(item.cells) for item in table.items)
    if agree:
        chosen: str = agree.most_common(1)[0][0]
    elif 2 * taxed > len(table.items) and not _is_folio(table):
        chosen = "net"
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


def _is_folio(table: Table) -> bool:
    """An account of days, as hotels print it: what counts there is what was paid."""
    return bool(table.header and table.header.has("date") and table.header.has("credit", "balance"))


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


def _tax_amounts(table: Table) -> None:
    """A column "Tax" may print amounts: when most of them are a usual rate of what the row costs."""
    bare = [i for i in table.items if (tax := i.cells.get("tax")) and tax.kind == "money"]
    of_value = [
        item
        for item in bare
        if any(
            item.cells["tax"].value == (value.value * rate / 100).quantize(CENT)
            for role in VALUES
            if (value := item.cells.get(role))
            for rate in _RATES
        )
    ]
    if bare and 2 * len(of_value) > len(bare):
        for item in bare:
            item.cells["tax_amount"] = item.cells.pop("tax")


def amount_of(item: Item) -> Number | None:
    return item.cells.get("amount")


def total_of(items: Sequence[Item]) -> Decimal:
    return sum((a.value for i in items if (a := amount_of(i))), Decimal(0))


def agrees(total: Decimal, targets: Collection[Decimal], rows: int) -> bool:
    """Whether the sum is one of the stated ones, a cent of rounding per row allowed (five at most)."""
    slack = CENT * min(5, max(1, rows // 2))
    return any(abs(abs(total) - abs(t)) <= slack for t in targets if t)


@dataclass(frozen=True, slots=True)
class Choice:
    """The rows taken for the items, and what the document's sums say about them."""

    items: list[Item]
    agrees: bool
    checked: bool
    header: bool

    @property
    def multiplies(self) -> bool:
        """Whether most rows are quantity × price."""
        return 2 * sum(bool(arithmetic(i.cells)) for i in self.items) > len(self.items)


def best_table(tables: Sequence[Table], stated: Collection[Decimal]) -> Choice | None:
    """The table, or tables together, that the sums confirm; else the one with most named rows.

    Tables of the same columns are sections of one; different ones only count together when
    their sum is a stated one and none of them alone reaches it.
    """
    for table in tables:
        settle_values(table)
    sections: dict[tuple[str, ...], list[Table]] = {}
    for table in tables:
        sections.setdefault(table.header.roles if table.header else (), []).append(table)
    alike = [same for same in sections.values() if len(same) > 1]
    best: Choice | None = None
    best_key: tuple[bool, bool, int] | None = None
    candidates = [*alike, *([t] for t in tables)]
    if len(sections) > 1:
        # Hours and costs apart, and a summary of the hours between them.
        most = len(tables) if len(tables) <= _FEW else 1
        candidates.extend(list(some) for n in range(2, most) for some in combinations(tables, n))
        candidates.append(list(tables))
    for together in candidates:
        items = [i for t in together for i in without_totals(t.items)]
        printed = [s for t in together for s in t.sums]
        rest, agrees = fit(items, stated, printed)
        if not rest or (not agrees and len(together) > 1 and together not in alike):
            continue
        if not any(_has_name(i) or arithmetic(i.cells) for i in rest):
            continue  # rates and what they come to
        named = sum(bool(i.texts.get("description")) and not i.weak for i in rest)
        key = (agrees, 2 * named >= len(rest), named)
        if best_key is None or key > best_key:
            best, best_key = Choice(rest, agrees, bool(stated or printed), True), key
    return best


def fit(
    items: list[Item], stated: Collection[Decimal], printed: Collection[Decimal]
) -> tuple[list[Item], bool]:
    """The items without rows that are none, and whether their sum is a stated one or one that
    is printed below them. Rows are dropped for a stated sum first."""
    kept = [i for i in items if not i.is_payment and _says_something(i)] or items
    # "Bar" is cash in one house and drinks in another: money received stands as a credit.
    charged = [i for i in items if not (i.is_payment and (a := amount_of(i)) and a.value < 0)]
    for rows in (kept, charged, items):
        if agrees(total_of(rows), [*stated, *printed], len(rows)):
            return rows, True
    targets = stated or printed
    doubtful = _doubtful(kept) if targets else []
    total = total_of(kept)
    over = {total - sign * t for t in targets for sign in (1, -1)} - {Decimal(0), total}
    for count in (1, 2, 3):
        for dropped in combinations(doubtful[:12], count):
            if sum((a.value for i in dropped if (a := amount_of(kept[i]))), Decimal(0)) in over:
                return [item for i, item in enumerate(kept) if i not in dropped], True
    return kept, False


def without_totals(items: list[Item]) -> list[Item]:
    """The items without sums among them: a row that is the sum of two or more rows above it,
    or that is called a sum by the text below its amount, ends them, unless rows that multiply
    follow (then it was carried over a page)."""
    kept: list[Item] = []
    total = Decimal(0)
    last = max((i for i, item in enumerate(items) if arithmetic(item.cells)), default=-1)
    for place, item in enumerate(items):
        amount = amount_of(item)
        if amount and kept:
            adds_up = len(kept) > 1 and amount.value == total != 0 and "price" not in item.cells
            if adds_up or _is_called_sum(item):
                if place < last:
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


def _has_name(item: Item) -> bool:
    return sum(c.isalpha() for w in item.texts.get("description", ()) for c in w.text) >= 3


def _is_called_sum(item: Item) -> bool:
    if item.cells.keys() & {"quantity", "price"} or item.texts.get("date"):
        return False
    return opens_totals(plain_text([w.text for w in item.texts.get("description", ())]))


def _doubtful(items: Sequence[Item]) -> list[int]:
    """Indexes of rows that may be something else: no price where others have one, no words, a
    sum's words, money back, or set off to the right of the others."""
    amounts = [amount_of(item) for item in items]
    mostly_back = 2 * sum(a.value < 0 for a in amounts if a) >= len(items)
    mostly_priced = 2 * sum("price" in item.cells for item in items) > len(items)
    edges = sorted(item.anchor.box.x0 for item in items)
    usual = edges[len(edges) // 2] + 0.012
    return [
        i
        for i, (item, amount) in enumerate(zip(items, amounts, strict=True))
        if not item.texts.get("description")
        or names_total(item.anchor.text)
        or (
            amount is not None
            and (
                (amount.value < 0 and not mostly_back)
                or ("price" not in item.cells and mostly_priced)
                or item.anchor.box.x0 > usual
            )
        )
    ]
