"""The ways to a value: where it stood, what it always is. Asking them, and making them from a lesson."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from invoice_ai.domain.dates import fold
from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import FIELDS, ExtractedField, Kind, Value
from invoice_ai.domain.pages import Box, Reading
from invoice_ai.extraction.finders.labels import find_labels
from invoice_ai.extraction.memory import spots
from invoice_ai.extraction.memory.model import Memory, Rule
from invoice_ai.extraction.memory.spots import Sheet, Spot

_FOUND = 0.62  # likeness of two places from which they are taken for the same
_OTHER_CENTS = 0.75  # a vendor that prints cents prints them on every sum; a bare number is a count
_TELLING_MASK = 6  # signs
_MOVED = 0.66  # likeness of a place whose label moved from above to beside
_ALIKE = 0.75  # of two labels, so that OCR may misread some letters
_SAME_TEXT = 85.0  # token-set ratio
_SHORTEST_OPENING = 5  # letters: "total", "summe"
_MOST_PLACES = 4  # of one value on one document: the total stands in three places

# Payment data are taken from the page or not at all.
BANK = frozenset({"iban", "bic", "account_name", "routing_number"})
# What a label must mean to name a field; of other fields it says nothing.
_NAMED: dict[str, frozenset[str]] = {
    "invoice_number": frozenset({"invoice_number", "number"}),
    "invoice_date": frozenset({"invoice_date", "date"}),
    "due_date": frozenset({"due_date"}),
    "delivery_date": frozenset({"delivery_date"}),
    "purchase_order": frozenset({"purchase_order", "order"}),
    "subtotal": frozenset({"m_sub", "m_lines"}),
    "tax_total": frozenset({"m_tax"}),
    "total": frozenset({"m_total", "m_incl", "m_rounded_total"}),
    "amount_due": frozenset({"m_due", "m_total", "m_incl"}),
}
# Of those, the one that goes before the others.
_OWN = {
    "subtotal": "m_sub",
    "tax_total": "m_tax",
    "total": "m_rounded_total",
    "amount_due": "m_due",
}
# What a page need not print for it to be true of this vendor.
UNPRINTED: frozenset[Kind] = frozenset({"code", "number"})
_JOINT = {"address": ", "}


@dataclass(frozen=True, slots=True)
class Answer:
    """What one way says.

    `likeness` tells how well this document's place fits the remembered one, 0–1; `printed` is
    False for a constant that was not found on the page.
    """

    value: Value
    raw: str
    likeness: float
    page: int | None = None
    box: Box | None = None
    printed: bool = True


class Pages:
    """A document prepared for remembered places; each kind of value is looked for once."""

    def __init__(self, reading: Reading, memory: Memory | None) -> None:
        self.sheets: tuple[Sheet, ...] = spots.sheets_of(reading)
        self.ocr = any(page.source == "ocr" for page in reading.pages)
        self.day_first = memory.day_first if memory else None
        self.decimal_mark = memory.decimal_mark if memory else None
        self._found: dict[tuple[object, ...], tuple[Spot, ...]] = {}
        self._texts: dict[str, tuple[tuple[str, str, Spot], ...]] = {}

    def of_kind(self, kind: Kind, mask: str = "", lines: int = 1) -> tuple[Spot, ...]:
        """All printed values of a kind; for identifiers those with the mask, then all numbers."""
        key: tuple[object, ...] = (kind, mask, lines)
        if key not in self._found:
            self._found[key] = tuple(self._look(kind, mask, lines))
        return self._found[key]

    def texts(self, joint: str) -> tuple[tuple[str, str, Spot], ...]:
        """Texts of up to six lines with their first word and all words, plain."""
        if joint not in self._texts:
            found = []
            for spot in spots.texts_in(self.sheets, range(1, 7), joint):
                words = plain(str(spot.values[0]))
                if words:
                    found.append((words.partition(" ")[0], words, spot))
            self._texts[joint] = tuple(found)
        return self._texts[joint]

    def _look(self, kind: Kind, mask: str, lines: int) -> Iterator[Spot]:
        if kind == "date":
            yield from spots.dates_in(self.sheets)
        elif kind == "money":
            yield from spots.amounts_in(self.sheets, self.decimal_mark)
        elif kind == "identifier":
            if mask:
                yield from spots.matches_in(self.sheets, spots.pattern_of(mask))
            else:
                yield from spots.matches_in(self.sheets, spots.ANY_NUMBER)
        elif kind in ("text", "address"):
            counts = range(max(1, lines - 1), lines + 2) if lines > 1 else (1,)
            yield from spots.texts_in(self.sheets, counts, _JOINT.get(kind, " "))


def ask(rule: Rule, name: str, pages: Pages) -> Answer | None:
    """What this way says on these pages; None when it does not apply."""
    if rule.kind == "constant":
        return _constant(rule, name, pages)
    best = best_spot(rule, name, pages)
    if best is None:
        return None
    spot, likeness = best
    value = _value_of(spot, rule, name, pages)
    page = spot.sheet.page.number
    return Answer(value, spot.raw, likeness, page, spot.box)


def best_spot(rule: Rule, name: str, pages: Pages) -> tuple[Spot, float] | None:
    """The place that is most like the remembered one."""
    kind = FIELDS[name].kind
    found: list[tuple[float, int, Spot]] = []
    masked = kind == "identifier" and bool(rule.mask)
    for exact in (True, False) if masked else (True,):
        for number, spot in enumerate(pages.of_kind(kind, rule.mask if exact else "", rule.lines)):
            if not _same_page(rule, spot):
                continue
            likeness = _likeness(rule, spot, 1.0 if exact else 0.6)
            if kind == "money" and rule.mask == ".99" != spots.cents_of(spot.raw):
                likeness *= _OTHER_CENTS
            if likeness >= _FOUND:
                found.append((likeness, -number, spot))
        if found:
            break
    if not found:
        return _only_one(rule, name, pages)
    likeness, _, spot = max(found, key=lambda f: f[:2])
    return spot, likeness


def _only_one(rule: Rule, name: str, pages: Pages) -> tuple[Spot, float] | None:
    """The only value that is printed like the remembered one, where its place has no label."""
    kind = FIELDS[name].kind
    if not rule.mask or kind == "money" or standing_of(rule, name) not in ("unknown", "opens"):
        return None
    found = [
        spot
        for spot in pages.of_kind(kind, rule.mask if kind == "identifier" else "", rule.lines)
        if _same_page(rule, spot) and spots.mask_of(spot.raw) == rule.mask
    ]
    if len({spot.values for spot in found}) != 1 or len(rule.mask) < _TELLING_MASK:
        return None
    return found[0], _FOUND


Standing = Literal["own", "general", "opens", "unknown", "other"]


def standing_of(rule: Rule, name: str) -> Standing:
    """Whether the label at a place means this field, may mean it ("Date"), opens with a word that
    does ("Total (inclusive of GST)"), or names another one.

    A value may stand in several places for several reasons: the day of an invoice is often also
    that of a delivery, and next time it is not.
    """
    wanted = _NAMED.get(name)
    if wanted is None or rule.kind != "place":
        return "unknown"
    for label in (rule.left, rule.above):
        meanings = _meanings(label)
        if meanings:
            if not wanted & meanings:
                return "other"
            return "own" if _OWN.get(name, name) in meanings else "general"
        if wanted & _opening(label):
            return "opens"
    return "unknown"


@lru_cache(maxsize=20_000)
def _meanings(label: str) -> frozenset[str]:
    found = find_labels([label], fuzzy=True) if label else ()
    return frozenset(m for hit in found for m in hit.meanings)


@lru_cache(maxsize=20_000)
def _opening(label: str) -> frozenset[str]:
    """What the longest known label means with which this one opens."""
    for end in range(len(label) - 1, _SHORTEST_OPENING - 1, -1):
        if found := find_labels([label[:end]], fuzzy=False):
            return frozenset(m for hit in found for m in hit.meanings)
    return frozenset()


def _same_page(rule: Rule, spot: Spot) -> bool:
    """Counted from the first page, or the last one again: sums move on when there are more lines."""
    return (rule.last and spot.sheet.last) or spot.sheet.index == rule.page


def _likeness(rule: Rule, spot: Spot, mask: float) -> float:
    """How well a printed value's surroundings fit the remembered ones, 0–1."""
    box = spot.box
    aside = min(abs(box.x0 - rule.x0), abs(box.x1 - rule.x1))
    across = max(0.0, 1.0 - aside / 0.15)
    down = max(0.0, 1.0 - abs(box.y0 - rule.y0) / 0.3)
    left = _same_words(rule.left, spot.left)
    if spot.order != rule.order:
        left *= 0.5
    above = _same_words(rule.above, spot.above)
    if rule.lines > 1 or rule.below:
        below = _same_words(rule.below, spot.below)
        count = 1.0 if spot.lines == rule.lines else 0.0
        told = 0.35 * above + 0.2 * below + 0.05 * count + 0.15 * left
        return told + 0.15 * across + 0.1 * down
    place = 0.15 * across + 0.1 * down + 0.1 * mask
    beside = 0.6 * left + 0.05 * above + place if left else 0.0
    # A sum's own label does not give way to what stands above it.
    misnamed = isinstance(spot.values[0], Decimal) and not left and _meanings(rule.left)
    if rule.above and above and not misnamed:
        # In a table the label stands above, and on the left whatever the other column says.
        beside = max(beside, 0.1 * left + 0.45 * above + 0.1 * across + place)
    elif not rule.left and not rule.above:
        beside = max(beside, 0.1 * left + 0.1 * across + place)
    # The label may stand above on one document and beside on the next.
    moved = max(_telling(rule.left, spot.above), _telling(rule.above, spot.left))
    return max(beside, _MOVED * moved)


def _telling(one: str, other: str) -> float:
    return _same_words(one, other) if len(one) >= 3 and len(other) >= 3 else 0.0


@lru_cache(maxsize=50_000)
def _same_words(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if not one or not other:
        return 0.0
    if (a := _meanings(one)) and (b := _meanings(other)) and not a & b:
        return 0.0  # "subtotal" ends like "total"
    ratio = fuzz.ratio(one, other) / 100
    # "total" may have become "totalrm": the words next to the value are what counts.
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) >= 4 and longer.endswith(shorter):
        ratio = max(ratio, 0.9)
    return ratio if ratio >= _ALIKE else 0.0


def _value_of(spot: Spot, rule: Rule, name: str, pages: Pages) -> Value:
    value = spot.values[0]
    if isinstance(value, date):
        return next((v for v in spot.values if _reads(spot.raw, v, pages.day_first)), value)
    if isinstance(value, Decimal):
        return -value if rule.negate else value
    text = value.strip(" :;,#") if FIELDS[name].kind != "identifier" else value
    if name in ("iban", "bic", "vendor_tax_id", "customer_tax_id") and rule.squeeze:
        return compact(text) if name in ("iban", "bic") else re.sub(r"\s", "", text)
    return re.sub(r"\s", "", text) if rule.squeeze else " ".join(text.split())


def _reads(raw: str, value: object, day_first: bool | None) -> bool:
    """Whether this reading puts day and month in the vendor's order."""
    if day_first is None or not isinstance(value, date):
        return True
    order = order_in(raw, value)
    return order is None or order == day_first


def order_in(raw: str, value: date) -> bool | None:
    """True for a day before its month, False for after; None when the print does not tell."""
    numbers = [int(n) for n in re.findall(r"\d+", raw)[:3]]
    if len(numbers) < 3 or value.day == value.month or re.search(r"[^\W\d_]", raw):
        return None
    if numbers[0] == value.day and numbers[1] == value.month:
        return True
    if numbers[0] == value.month and numbers[1] == value.day:
        return False
    return None


def _constant(rule: Rule, name: str, pages: Pages) -> Answer | None:
    """The value itself, where the page prints it; codes and the vendor's name may go without."""
    kind = FIELDS[name].kind
    value: Value = Decimal(rule.value) if kind == "number" else rule.value
    if kind in UNPRINTED:
        return Answer(value, "", 1.0, printed=False)
    found = places_of(name, rule.value, pages)
    if found:
        spot = found[0]
        return Answer(value, spot.raw, 1.0, spot.sheet.page.number, spot.box)
    if name == "vendor_name":
        return Answer(value, "", 0.9, printed=False)
    return None


def places_of(name: str, value: Value, pages: Pages) -> list[Spot]:
    """Where a value is printed, the best fitting first.

    Text may be misprinted by OCR; everything else must be there as it is.
    """
    kind = FIELDS[name].kind
    if isinstance(value, date):
        return [s for s in pages.of_kind("date") if value in s.values]
    if isinstance(value, Decimal):
        if kind != "money":
            return []
        amounts = pages.of_kind("money")
        same = [s for s in amounts if value in s.values]
        return same or [s for s in amounts if -value in s.values]
    if kind == "identifier":
        key = ("literal", value)
        if sum(c.isalnum() for c in value) < 2:
            return []
        if key not in pages._found:
            pattern = spots.literal_of(value)
            pages._found[key] = tuple(spots.matches_in(pages.sheets, pattern))
        return list(pages._found[key])
    if kind in ("text", "address"):
        return _text_places(name, value, pages)
    return []


def _text_places(name: str, value: str, pages: Pages) -> list[Spot]:
    wanted = plain(value)
    if len(wanted) < 2:
        return []
    joint = _JOINT.get(FIELDS[name].kind, " ")
    first_words = set(wanted.split()[:3])
    begins: dict[str, bool] = {}
    found: list[tuple[float, int, Spot]] = []
    for number, (head, text, spot) in enumerate(pages.texts(joint)):
        if not 0.6 * len(wanted) <= len(text) <= 1.6 * len(wanted) + 4:
            continue
        if head not in begins:
            begins[head] = any(fuzz.ratio(head, w) >= 60 for w in first_words)
        if not begins[head]:
            continue
        ratio = fuzz.ratio(text, wanted)
        if ratio >= (80 if pages.ocr else 90):
            found.append((ratio, -number, spot))
    found.sort(key=lambda f: f[:2], reverse=True)
    kept: list[Spot] = []
    for _, _, spot in found:
        if all(spot.sheet is not k.sheet or not _touch(spot.box, k.box) for k in kept):
            kept.append(spot)
    return kept[:_MOST_PLACES]


def _touch(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1


def is_printed(name: str, value: Value, reading: Reading) -> bool:
    """Whether the words that were read hold this value of this field."""
    return FIELDS[name].kind in UNPRINTED or bool(places_of(name, value, Pages(reading, None)))


def rules_for(name: str, told: ExtractedField, pages: Pages) -> list[Rule]:
    """Ways that lead to this value on these pages: its places, and the value itself."""
    kind = FIELDS[name].kind
    value = told.value
    made: list[Rule] = []
    if kind not in UNPRINTED:
        places = places_of(name, value, pages)
        if told.box is not None:
            here = [
                s for s in places if s.sheet.page.number == told.page and _touch(s.box, told.box)
            ]
            places = here or places
        for spot in places[:_MOST_PLACES]:
            rule = place_of(spot, name, value)
            if (said := ask(rule, name, pages)) and same_value(name, said.value, value):
                made.append(rule)
    if kind in ("text", "address", "code", "number", "identifier"):
        made.append(Rule("constant", value=str(value)))
    return [rule.after(was_right=True) for rule in made]


def place_of(spot: Spot, name: str, value: Value) -> Rule:
    """The place where something stands, as it is remembered."""
    kind = FIELDS[name].kind
    text = str(value)
    return Rule(
        "place",
        left=spot.left,
        above=spot.above,
        below=spot.below if kind in ("text", "address") else "",
        order=spot.order,
        page=spot.sheet.index,
        last=spot.sheet.last,
        x0=round(spot.box.x0, 4),
        x1=round(spot.box.x1, 4),
        y0=round(spot.box.y0, 4),
        lines=spot.lines,
        mask=_mask_of(spot.raw, kind),
        negate=isinstance(value, Decimal) and value not in spot.values,
        squeeze=kind == "identifier" and not re.search(r"\s", text),
    )


def _mask_of(raw: str, kind: Kind) -> str:
    if kind in ("identifier", "date"):
        return spots.mask_of(raw)
    return spots.cents_of(raw) if kind == "money" else ""


def same_value(name: str, one: Value, other: Value) -> bool:
    """Whether two values of a field mean the same."""
    if type(one) is not type(other):
        return False
    if not isinstance(one, str) or not isinstance(other, str):
        return one == other
    kind = FIELDS[name].kind
    if kind == "identifier":
        return compact(one) == compact(other)
    if kind in ("text", "address"):
        return same_text(one, other)
    return one.casefold() == other.casefold()


def same_text(one: str, other: str) -> bool:
    """Whether two texts are one but for spelling; neither may be a fragment of the other."""
    a, b = plain(one), plain(other)
    if a == b:
        return True
    shorter, longer = sorted((len(a), len(b)))
    return bool(shorter) and shorter >= 0.6 * longer and fuzz.token_set_ratio(a, b) >= _SAME_TEXT


def misread(name: str, printed: Value, remembered: Value) -> bool:
    """Whether OCR may have made one of the other: a letter or a digit of many is wrong."""
    if not isinstance(printed, str) or not isinstance(remembered, str):
        return False
    kind = FIELDS[name].kind
    if kind == "identifier":
        a, b = compact(printed), compact(remembered)
        return len(b) >= 8 and OSA.distance(a, b, score_cutoff=1) <= 1
    a, b = plain(printed), plain(remembered)
    return fuzz.ratio(a, b) >= 75 or (len(a) >= 5 and fuzz.partial_ratio(a, b) >= 85)


@lru_cache(maxsize=20_000)
def plain(text: str) -> str:
    """Lower case without accents and punctuation, single spaces."""
    return " ".join(re.findall(r"\w+", fold(text)))


def strongest(rules: Iterable[Rule]) -> Sequence[Rule]:
    """Rules by their record, the best first."""
    return sorted(rules, key=lambda rule: -rule.record.trust)
