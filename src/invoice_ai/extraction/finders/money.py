"""Every amount on the page with the words that say what it is."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from invoice_ai.domain.amounts import find_amounts, guess_decimal_mark
from invoice_ai.domain.pages import Box
from invoice_ai.extraction.finders.labels import Hit, comparable
from invoice_ai.extraction.finders.sheet import Segment, Sheet

# Roles an amount can have; strength 0–1.
Roles = dict[str, float]

_RATE = re.compile(
    r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,3})?)\s?%|%\s?(\d{1,2}(?:[.,]\d{1,3})?)(?![\d.,])"
)
# "Amount" heads many columns; beside a figure it says less than "total".
_WEAK = frozenset(
    comparable(w)
    for w in [
        "amount",
        "betrag",
        "amt",
        "montant",
        "importe",
        "importo",
        "bedrag",
        "iznos",
        "kwota",
        "wartosc",
        "valor",
        "castka",
        "belop",
        "belopp",
        "belob",
        "sum",
        "somme",
        "montante",
        "amaun",
        "balance",
        "saldo",
        "rest",
        "paid",
        "payment",
        "charges",
    ]
)
# "VAT 20 % on 1,000.00": the figure in the label is what the tax is counted on.
_BASE = re.compile(
    r"%.*?\b(?:on|of|auf|von|aus|sur|de|su|di|sobre|s/|over|van|na|od|z|ze|av|af|po)\s*(?:[^\W\d_]{1,4}\s*)?$",
    re.IGNORECASE,
)
_LEADING_ZERO = re.compile(r"^\D*0\d")
_LONG_NUMBER = 10**6  # a bare integer from here on is an identifier
_HEADER_REACH = 14  # text lines from a column's head down to the last figure we believe in


@dataclass(eq=False, slots=True)
class Money:
    """One printed amount.

    Attributes:
        row: Meanings of the labels to its left (or alone above it).
        column: Meanings of the column's head.
        rate: Percentage printed in its row, else None.
        roles: What it may be, with strengths.
        alone: How directly the row's label belongs to it: 1 next to it, less behind other figures.
    """

    value: Decimal
    raw: str
    segment: Segment
    start: int
    end: int
    box: Box
    currency: str | None
    certain: bool  # two decimals, or a currency beside it
    row: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()
    column: frozenset[str] = frozenset()
    rate: Decimal | None = None
    roles: Roles = field(default_factory=dict)
    alone: float = 1.0
    of_a_part: bool = False  # "TOTAL LABOR": a total of what an unknown word says
    head: tuple[Box, frozenset[str]] | None = None

    @property
    def line(self) -> int:
        return self.segment.line


def decimal_mark_of(sheet: Sheet) -> str | None:
    """The mark used in this document, None when nothing tells."""
    return guess_decimal_mark(w.text for p in sheet.pages for w in p.words)


# The same sum in another currency, or what one is worth in the other.
OTHER_MONEY = re.compile(
    r"\bequivalent\b|\bgegenwert\b|contre-?valeur|contravalor|controvalore|\brate of exchange\b|\bexchange rate\b|\bkurs nbp\b",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?!\d)")
_WHOLE = re.compile(r"(?<![^\W\d_])(?:HUF|Ft|JPY|KRW|VND|ISK|CLP|[¥₩])(?![^\W\d_])")


_TERM = re.compile(
    r"\b(?:innerhalb(?: von)?|binnen|within|sous|entro|inom|dentro de|net|netto)\s?$", re.IGNORECASE
)
_NO_WORDS: frozenset[str] = frozenset()  # beside a rate


def in_whole_units(sheet: Sheet) -> bool:
    """Whether the currency has no cents, so that "154 730" is an amount."""
    return any(_WHOLE.search(segment.text) for segment in sheet)


def read_money(sheet: Sheet, mark: str | None) -> list[Money]:
    """All amounts in reading order, with their roles."""
    whole = in_whole_units(sheet)
    found: list[Money] = []
    heads: list[tuple[int, list[tuple[Box, frozenset[str]]]]] = []
    above: list[Segment] | None = None  # the line before, when it is a row of heads of sums
    strips: dict[int, Segment] = {}
    for number, line in enumerate(sheet.lines):
        here: list[Money] = []
        for segment in line:
            if OTHER_MONEY.search(segment.text):
                continue
            for amount in find_amounts(segment.words, decimal_mark=mark):
                if not amount.is_money and abs(amount.value) >= _LONG_NUMBER:
                    continue
                if _LEADING_ZERO.search(amount.raw):
                    continue  # "R000637565" is a receipt number, not so many rand
                start = segment.offsets[amount.start]
                if not amount.is_money and _TERM.search(segment.text[:start]):
                    continue  # "within 14" days
                end = segment.offsets[amount.end - 1] + len(segment.words[amount.end - 1].text)
                here.append(
                    Money(
                        value=amount.value,
                        raw=amount.raw,
                        segment=segment,
                        start=start,
                        end=end,
                        box=amount.box,
                        currency=amount.currency,
                        certain=amount.is_money
                        or (whole and bool(_GROUPED.fullmatch(amount.raw.strip()))),
                    )
                )
        certain = [m for m in here if m.certain]
        if above is not None and (under := _under(above, line, certain)):
            strips.update(under)
        above = line if _heads_sums(line) else None
        if len(certain) < 2:
            columns = [
                (segment.hit_place(hit), frozenset(hit.meanings))
                for segment in line
                for hit in segment.hits
                if any(m.startswith("m_") for m in hit.meanings)
            ]
            if len(columns) >= 2 + 2 * len(certain) or (
                not certain and columns and sum(len(s.hits) for s in line) >= 4
            ):
                heads.append((number, columns))
        of_line = _RATE.search(" ".join(s.text for s in line)) if here else None
        for money in here:
            _label(money, here, sheet, heads, of_line)
        found += here
    for money in found:
        head = strips.get(id(money))
        if head and head.text.rstrip().endswith("%") and not _RATE.search(head.text):
            money.row, money.phrases, money.column, money.head = (
                _NO_WORDS,
                _NO_WORDS,
                _NO_WORDS,
                None,
            )
        elif head:
            named = [h for h in head.hits if any(m.startswith("m_") for m in h.meanings)]
            money.row = frozenset(m for h in named for m in h.meanings if m.startswith("m_"))
            money.phrases = frozenset(h.phrase for h in named)
            money.column, money.head, money.alone = frozenset(), None, 0.9
            if rate := _RATE.search(head.text):
                money.rate = _percent(rate)
    columns_used = Counter(id(m.head) for m in found if m.certain)
    for money in found:
        if not money.row and money.head and columns_used[id(money.head)] == 1 and money.certain:
            # The only figure of its column: the head is its label.
            money.row, money.column, money.alone = money.column, frozenset(), 0.6
        money.roles = roles_of(money)
    return found


def _label(
    money: Money,
    row: list[Money],
    sheet: Sheet,
    heads: list[tuple[int, list[tuple[Box, frozenset[str]]]]],
    of_line: re.Match[str] | None,
) -> None:
    segment = money.segment
    meanings: set[str] = set()
    phrases: set[str] = set()
    between = 0  # figures between label and amount
    unknown = False  # words nobody knows stand before it
    before = segment
    at: Segment | None = segment
    limit = money.start
    taken = 0
    rate_text = ""
    while at is not None:
        if (taken or unknown) and any(m.segment is at for m in row):
            break  # beyond it stands another figure with its own label
        if taken and _gap(at, before) > (_NEAR if meanings & {"m_total", "m_due"} else _FAR):
            break  # another column
        inside = [h for h in at.hits if at.hit_span(h)[1] <= limit]
        figures = [m for m in row if m.segment is at and m.end <= limit and m.certain]
        if figures:
            last = max(f.end for f in figures)
            nearer = [h for h in inside if at.hit_span(h)[0] >= last]
            if not nearer:
                between += len(figures)
            else:
                inside = nearer
        useful = [h for h in inside if any(m.startswith("m_") for m in h.meanings)]
        rate_text = at.text[:limit] + " " + rate_text
        if useful:
            for hit in useful:
                meanings.update(m for m in hit.meanings if m.startswith("m_"))
                phrases.add(hit.phrase)
            money.of_a_part = _names_a_part(at, useful[-1], limit)
            taken += 1
            if between or taken == 2:
                break
        elif taken:
            break
        elif at is not segment and sum(c.isalpha() for c in at.text) >= _A_NAME:
            unknown = True
        before, at = at, at.left
        limit = len(at.text) if at else 0
    if not meanings and _stands_alone(money, row):
        meanings, phrases = _from_above(money, sheet)
        money.alone = 0.7
    elif not meanings:
        meanings, phrases = _split_label(money, sheet)
        money.alone = 0.6
    elif between:
        money.alone = max(0.3, 0.8 - 0.15 * between)
    money.row = frozenset(meanings)
    money.phrases = frozenset(phrases)
    if rate := (_RATE.search(rate_text) or of_line):
        money.rate = _percent(rate)
    for number, columns in reversed(heads[-3:]):
        if segment.line - number > _HEADER_REACH:
            break
        if sheet.lines[number][0].page is not segment.page:
            break
        middle = (money.box.x0 + money.box.x1) / 2
        best = min(columns, key=lambda c: _apart(c[0], money.box, middle))
        near = [c for c in columns if _apart(c[0], money.box, middle) < 0.12]
        if _apart(best[0], money.box, middle) < 0.04 or len(near) == 1:
            money.column, money.head = best[1], best
            break


def _names_a_part(segment: Segment, hit: Hit, limit: int) -> bool:
    """Whether nothing but "total" is known of "TOTAL LABOR"."""
    end = segment.hit_span(hit)[1]
    rest = _PART.match(segment.text[end:limit])
    later = any(segment.hit_span(h)[0] >= end for h in segment.hits)
    return hit.phrase in ("total", "totals") and bool(rest) and not later


_PART = re.compile(r" (?!EUR|USD|GBP)[^\W\d_]{4,}(?: [^\W\d_]{3,})?\W*$")
# Heights of the text between two parts of one label; "total" seldom needs another part.
_FAR, _NEAR = 6.0, 2.0
_A_NAME = 6  # letters


def _gap(left: Segment, right: Segment) -> float:
    """White space between two segments of a line, in heights of the text."""
    page = left.page
    ratio = page.height / page.width if page.width > 0 else 1.0
    return (right.box.x0 - left.box.x1) / max(1e-6, left.height * ratio)


def _percent(rate: re.Match[str]) -> Decimal:
    return Decimal((rate[1] or rate[2]).replace(",", "."))


def _heads_sums(line: list[Segment]) -> bool:
    """Whether the line names sums side by side; one of several may be something else."""
    sums = sum(map(_heads_a_sum, line))
    return sums > 1 and sums >= len(line) - (len(line) > 3)


def _heads_a_sum(segment: Segment) -> bool:
    """Whether a segment names a sum, as "Net", "VAT 20 % on 1,000.00" and "Total (EUR)" do."""
    meanings = {m for h in segment.hits for m in h.meanings}
    return bool(meanings & _SUM_HEADS) and not meanings & _LINE_HEADS


_SUM_HEADS = frozenset(
    "m_total m_sub m_tax m_due m_incl m_paid m_discount m_freight m_charge m_round m_lines".split()  # noqa: SIM905
)
_LINE_HEADS = frozenset({"m_quantity", "m_price"})


def _under(heads: list[Segment], line: list[Segment], certain: list[Money]) -> dict[int, Segment]:
    """The head of each figure in a row of figures only: in their order, or right above it."""
    figures = [m for s in line for m in certain if m.segment is s]
    if not figures or any(s.hits for s in line) or line[0].page is not heads[0].page:
        return {}
    if any(sum(map(str.isalpha, s.text)) > 4 for s in line):
        return {}
    if len(heads) == len(line) == len(figures):
        return {id(m): head for m, head in zip(figures, heads, strict=True)}
    if len(heads) != len(line) or len(figures) < len(line) - 1:
        return {}
    over = {id(s): head for s, head in zip(line, heads, strict=True)}
    return {id(m): over[id(m.segment)] for m in figures if _heads_a_sum(over[id(m.segment)])}


def _apart(head: Box, box: Box, middle: float) -> float:
    """Horizontal distance between a column's head and a figure: right edges or middles agree."""
    return min(abs(head.x1 - box.x1), abs((head.x0 + head.x1) / 2 - middle))


def _stands_alone(money: Money, row: list[Money]) -> bool:
    """Whether nothing but the amount (and a currency) is on its line."""
    left = money.segment.left
    bare = left is None or (left.left is None and len(left.text) <= 4)
    bare = bare or (left is not None and _gap(left, money.segment) > _ASIDE)
    if not bare or sum(m.certain for m in row) > 1:
        return False
    return sum(map(str.isalpha, money.segment.text)) <= 5


def _from_above(money: Money, sheet: Sheet) -> tuple[set[str], set[str]]:
    """The label over it, or on the line before, when that has no figure of its own."""
    at = money.line - 1
    if at < 0 or not sheet.lines[at] or sheet.lines[at][0].page is not money.segment.page:
        return set(), set()
    above = sheet.lines[at]
    gap = money.segment.box.y0 - above[0].box.y1
    over = [s for s in above if _over(s.box, money.box)]
    # Figures of another column do not matter where the label ends the line.
    figures = over if over == above[-1:] else above
    if gap > 2.5 * money.segment.height or any(_CENTS.search(s.text) for s in figures):
        return set(), set()
    hits = [
        h
        for s in above
        for h in s.hits
        if any(m.startswith("m_") for m in h.meanings)
        and (len(above) == 1 or _over(s.hit_place(h), money.box))
    ]
    return {m for h in hits for m in h.meanings}, {h.phrase for h in hits}


_CENTS = re.compile(r"\d[.,]\d\d\b")
_ASIDE = 8.0  # heights of the text to what stands left in another column


def _over(label: Box, box: Box) -> bool:
    return label.x0 < box.x1 and label.x1 > box.x0


def _split_label(money: Money, sheet: Sheet) -> tuple[set[str], set[str]]:
    """A label in two lines, "Total" over "GBP": the line before the segment on the left."""
    left = money.segment.left
    if left is None or len(left.text) > 5 or any(c.isdigit() for c in left.text):
        return set(), set()
    for above in sheet.above(left, left.box, reach=1):
        close = left.box.y0 - above.box.y1 < 1.0 * left.height
        hits = [h for h in above.hits if any(m.startswith("m_") for m in h.meanings)]
        if close and hits and above.right is None:
            return {m for h in hits for m in h.meanings}, {h.phrase for h in hits}
    return set(), set()


def roles_of(money: Money) -> Roles:
    """What the amount may be, from the labels of its row and its column."""
    if "m_tax" in money.row and _BASE.search(money.segment.text[: money.start]):
        return {"rate_subtotal": 0.9}
    roles = compose(money.row, money.phrases, money.rate is not None)
    column = compose(money.column, frozenset(), False)
    # In a table of sums the row says "total" (or a tax rate), the column which one.
    of_row = max(roles, key=lambda r: roles[r], default="")
    if column and of_row in ("total", "tax_total") and money.alone < 1:
        kind = max(column, key=lambda r: column[r])
        if kind in ("subtotal", "tax_total", "total"):
            strength = max(roles.get("total", 0.0), 0.85 if money.rate else 0.0)
            return {kind: strength} if "total" in roles else {f"rate_{kind}": 0.9}
    if money.of_a_part and "total" in roles:
        roles["total"] *= 0.7
    return {r: s * (0.5 + 0.5 * money.alone) for r, s in roles.items()}


def compose(found: frozenset[str], phrases: frozenset[str], rate: bool) -> Roles:
    """The role that a set of words gives, e.g. {total, tax, incl} → the total.

    >>> compose(frozenset({"m_total", "m_tax", "m_incl"}), frozenset({"x"}), False)
    {'total': 1.0}
    """
    has = {m[2:] for m in found if m.startswith("m_")}
    if not has:
        return {}
    total = 0.5 if phrases and phrases <= _WEAK else 0.9
    if "carried" in has:
        return {"carried": 1.0}
    if "change" in has:
        return {"change": 1.0}
    if "quantity" in has and not has & {"sub", "due", "tax"}:
        return {"quantity": 1.0}
    if "price" in has and not has & {"total", "due", "sub"}:
        return {"price": 1.0}
    if "rounded_total" in has:
        return {"total": 1.0}
    if "round" in has:
        return {"rounding": 0.6, "total": 0.5} if "total" in has else {"rounding": 0.9}
    if "withheld" in has:
        return {"withheld": 0.9}
    if "previous" in has:
        return {"previous_balance": 0.9}
    if "due" in has:
        both = "total" in has and not phrases <= _WEAK
        if "incl" in has:
            return {"amount_due": 0.9, "total": 0.8}
        return {
            "amount_due": 0.7 if phrases and phrases <= _WEAK else 0.95,
            "total": 0.7 if both else 0.45,
        }
    if "discount" in has and "paid" not in has:
        return {"discount_total": 0.5, "total": 0.4} if "total" in has else {"discount_total": 0.85}
    if "freight" in has and "sub" not in has:
        return {"freight": 0.85}
    if "charge" in has and not has & {"total", "sub", "incl"}:
        return {"charges_total": 0.8}
    if "cash" in has:
        return {"cash": 0.7, "total": 0.45} if "total" in has else {"cash": 0.9}
    if "paid" in has and not has & {"sub", "incl"}:
        return {"paid": 0.85, "total": 0.25}
    if "total" in has and "incl" in has:
        return {"total": 1.0}
    if "tax" in has and "plus" in has and "sub" not in has:
        return {"tax_total": 0.9}
    if "sub" in has:
        roles: Roles = {"subtotal": 0.9, "total": 0.25}
        if "lines" in has:
            roles["subtotal"] = 0.6  # freight and discounts may come in between
            roles["lines_total"] = 0.8
        return roles
    if "tax" in has:
        if "total" in has:
            return {"tax_total": 0.55, "total": 0.5} if rate else {"tax_total": 0.7, "total": 0.4}
        return {"tax_total": 0.7} if "incl" in has else {"tax_total": 0.85}
    if "incl" in has:
        return {"total": 0.65}
    if "total" in has:
        return {"total": total}
    return {}
