"""What each header field may be, and for every possibility what a person would look at.

One option per field and value: a value that is printed several times is one option, at its best
named place. The finders' own choice is an option like any other; that they chose it is one of its
features, so that what the rules know is not lost.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from rapidfuzz import fuzz

from invoice_ai.domain.dates import find_dates, fold
from invoice_ai.domain.identifiers import country_of_vat, is_iban
from invoice_ai.domain.invoice import ExtractedField, Value
from invoice_ai.extraction.finders import FoundFields, Seen
from invoice_ai.extraction.finders.addresses import (
    Block,
    has_postcode,
    is_country,
    is_detail,
    is_street,
    legal_form,
)
from invoice_ai.extraction.finders.days import Day
from invoice_ai.extraction.finders.evidence import Evidence, Found, found_in, found_text
from invoice_ai.extraction.finders.money import Money
from invoice_ai.extraction.finders.names import (
    clean_name,
    domains_of,
    is_name,
    is_person,
    matches_domain,
)
from invoice_ai.extraction.finders.sheet import Segment, Sheet
from invoice_ai.extraction.finders.sums import tax_rows

AMOUNTS = ("total", "subtotal", "tax_total", "amount_due")
DAYS = ("invoice_date", "due_date")
NUMBERS = ("invoice_number", "purchase_order")
NAMES = ("vendor_name", "customer_name")
# These the finders choose alone; the ranker only says how sure that is.
JUDGED = ("vendor_address", "vendor_tax_id", "currency", "payment_terms", "iban")
RANKED = (*AMOUNTS, *DAYS, *NUMBERS, *NAMES)

_MOST = 40  # options per field; beyond that the page is a list and nothing more is learned
_LONGEST_NAME = 9  # words
_PLAIN = Evidence(
    0.5, 0.5, 0.5, 0.0, 0.5, 1.0
)  # a place only; the probability comes from the model
_FIVE = Decimal("0.05")  # what tills round to


@dataclass(frozen=True, slots=True)
class Option:
    """One value a field may have.

    Attributes:
        found: Gives its place; a field of the finders when they have one that is not printed.
        features: Numbers in an order that is the same for all options of a field; -1, or nothing
            at the end, where nothing is known.
    """

    value: Value
    found: Callable[[], Found | ExtractedField]
    features: tuple[float, ...]


def options_of(found: FoundFields) -> dict[str, list[Option]]:
    """The options of every field in `RANKED` and `JUDGED`, those of the finders among them."""
    if found.seen is None:
        return {}
    look = _Look(found, found.seen)
    options = {name: look.amounts(name) for name in AMOUNTS}
    options |= {name: look.days(name) for name in DAYS}
    options |= {name: look.numbers(name) for name in NUMBERS}
    options |= {name: look.names(name) for name in NAMES}
    options |= {name: look.judged(name) for name in JUDGED}
    return options


class _Look:
    """One document while its options are made."""

    def __init__(self, found: FoundFields, seen: Seen) -> None:
        self.found = found
        self.seen = seen
        self.sheet = seen.sheet
        self.lines = max(1, len(seen.sheet.lines) - 1)
        heights = sorted(s.height for line in seen.sheet.lines[:60] for s in line)
        self.usual = (heights[len(heights) // 2] if heights else 0.01) or 0.01
        self.pages = len(seen.sheet.pages)
        self.ocr = any(p.source == "ocr" for p in seen.sheet.pages)
        self.words = Counter(w.text.strip(":.,;#") for p in seen.sheet.pages for w in p.words)
        self.domains = domains_of(seen.sheet)
        self.context = self._context()
        sure = [m for m in seen.amounts if m.certain] or list(seen.amounts)
        self._sums = _Amounts(sure, found)
        self._places: dict[tuple[int, int, int], tuple[float, ...]] = {}
        self._before: dict[tuple[int, int, int], tuple[float, ...]] = {}
        self._of_money: dict[int, tuple[float, ...]] = {}
        self._numbers = list(_numbers(seen.sheet))
        self._names: list[tuple[str, Callable[[], Found], tuple[float, ...]]] | None = None

    def _context(self) -> tuple[float, ...]:
        """What is true of the whole document."""
        sure = [f.confidence for f in self.found.fields.values()]
        return (
            float(self.ocr),
            float(self.seen.receipt),
            float(self.pages),
            self.lines / 100,
            sum(sure) / max(1, len(sure)),
        )

    def rules(self, name: str, value: Value) -> tuple[float, ...]:
        """What the finders say about this value."""
        field = self.found.fields.get(name)
        if field is None:
            return (-1.0, 0.0, 0.0, -1.0)
        rival = max([c.confidence for c in field.candidates], default=0.0)
        if field.value == value:
            return (1.0, field.confidence, field.confidence, rival)
        own = max([c.confidence for c in field.candidates if c.value == value], default=0.0)
        return (0.0, own, field.confidence, rival)

    def place(self, segment: Segment, start: int, end: int) -> tuple[float, ...]:
        """Where it stands and how it is printed."""
        key = (id(segment), start, end)
        if (known := self._places.get(key)) is None:
            known = self._places[key] = self._place(segment, start, end)
        return known

    def _place(self, segment: Segment, start: int, end: int) -> tuple[float, ...]:
        box = segment.place(start, max(start + 1, end))
        words = segment.words_between(start, max(start + 1, end))
        return (
            box.x0,
            box.x1,
            box.y0,
            float(segment.page.number == 1),
            float(segment.page.number == self.pages),
            segment.line / self.lines,
            segment.height / self.usual,
            min((w.confidence for w in words), default=0.0),
            float(start == 0 and segment.left is None),
            (end - start) / max(1, len(segment.text)),
        )

    def labels(
        self, segment: Segment, start: int, wanted: Sequence[frozenset[str]]
    ) -> tuple[float, ...]:
        """The label before it and above it: one that is wanted, another, or an unknown word."""
        key = (id(segment), start, len(wanted))
        if (known := self._before.get(key)) is None:
            known = self._before[key] = self._labels(segment, start, wanted)
        return known

    def _labels(
        self, segment: Segment, start: int, wanted: Sequence[frozenset[str]]
    ) -> tuple[float, ...]:
        before = [h for h in segment.hits if segment.hit_span(h)[1] <= start]
        text = segment.text[:start]
        gap = start - segment.hit_span(before[-1])[1] if before else -1
        if not before and segment.left is not None and not any(map(str.isalnum, text)):
            before, text = list(segment.left.hits), segment.left.text
            gap = len(text) - segment.left.hit_span(before[-1])[1] if before else -1
        last = frozenset(before[-1].meanings) if before else frozenset[str]()
        every = frozenset(m for h in before for m in h.meanings)
        above: frozenset[str] = frozenset()
        for other in self.sheet.above(segment, segment.place(start, start + 1), reach=2):
            above = frozenset(m for h in other.hits for m in h.meanings)
            break
        letters = sum(map(str.isalpha, text))
        of_last = [float(not w.isdisjoint(last)) for w in wanted]
        return (
            *of_last,
            *[float(not w.isdisjoint(every)) for w in wanted],
            *[float(not w.isdisjoint(above)) for w in wanted],
            float(bool(last)) if not any(of_last) else 0.0,
            before[-1].exactness if before else 0.0,
            min(gap, 40) / 40,
            float(text.rstrip().endswith((":", "#", ".")) and letters > 0),
            min(40, letters) / 40,
            float(bool(above)),
        )

    # --- amounts -----------------------------------------------------------------------------

    def amounts(self, name: str) -> list[Option]:
        best: dict[Decimal, Money] = {}
        for money in self.seen.amounts:
            if not money.certain and not money.roles:
                continue
            if not money.value and name not in money.roles:
                continue  # nothing, of which no label says that it is this
            known = best.get(money.value)
            if known is None or _rank(money, name) > _rank(known, name):
                best[money.value] = money
        chosen = self.found.fields.get(name)
        kept = sorted(best.values(), key=lambda m: (-_rank(m, name)[0], -m.line))[:_MOST]
        if chosen is not None and chosen.value in best and best[chosen.value] not in kept:  # type: ignore[index]
            kept.append(best[chosen.value])  # type: ignore[index]
        context = self.context
        options = [
            Option(
                money.value,
                partial(found_in, money.segment, money.start, money.end, money.value, _PLAIN),
                (
                    *context,
                    *self.rules(name, money.value),
                    *self._money(money),
                ),
            )
            for money in kept
        ]
        if chosen is not None and chosen.value not in best:
            nothing = (-1.0,) * (len(_PLACE) + _Amounts.COUNT - len(_Amounts.VALUE))
            options.append(
                Option(
                    chosen.value,
                    partial(_kept, chosen),
                    (
                        *context,
                        *self.rules(name, chosen.value),
                        *nothing,
                        *self._sums.of_value(chosen.value),  # type: ignore[arg-type]
                    ),
                )
            )
        return options

    def _money(self, money: Money) -> tuple[float, ...]:
        if (known := self._of_money.get(id(money))) is None:
            place = self.place(money.segment, money.start, money.end)
            known = self._of_money[id(money)] = (*place, *self._sums.features(money))
        return known

    # --- dates -------------------------------------------------------------------------------

    def days(self, name: str) -> list[Option]:
        days = self.seen.days
        best: dict[date, Day] = {}
        for day in days:
            known = best.get(day.reading.value)
            if known is None or _day_rank(day, name) > _day_rank(known, name):
                best[day.reading.value] = day
        times = Counter(d.reading.value for d in days)
        values = sorted(best)
        terms = self.found.fields.get("payment_days")
        net = int(terms.value) if terms and isinstance(terms.value, Decimal) else None
        issued = self.found.fields.get("invoice_date")
        due = self.found.fields.get("due_date")
        context = self.context
        options = []
        for value, day in list(best.items())[:_MOST]:
            segment, start = day.segment, day.reading.start
            anchor = issued.value if issued and isinstance(issued.value, date) else None
            features = (
                *context,
                *self.rules(name, value),
                *self.place(segment, start, day.reading.end),
                *self.labels(segment, start, _DAY_LABELS),
                *(float(day.meaning == m) for m in _DAY_MEANINGS),
                day.nearness,
                float(day.in_table),
                min(day.rank, 10) / 10,
                float(min(times[value], 4)),
                float(len(values)),
                values.index(value) / max(1, len(values) - 1),
                (value - values[0]).days / 365,
                (values[-1] - value).days / 365,
                float(day.reading.other is not None),
                min(400, abs((value - anchor).days)) / 30 if anchor else -1.0,
                float(anchor is not None and value < anchor),
                float(net is not None and any(value - v == timedelta(days=net) for v in values)),
                float(net is not None and any(v - value == timedelta(days=net) for v in values)),
                float(due is not None and due.value == value),
                float(anchor == value),
            )
            found = partial(
                found_in,
                segment,
                start,
                day.reading.end,
                value,
                _PLAIN,
                *(("ambiguous_date",) if day.reading.other else ()),
            )
            options.append(Option(value, found, features))
        return self._with_choice(name, options)

    # --- numbers -----------------------------------------------------------------------------

    def numbers(self, name: str) -> list[Option]:
        best: dict[str, tuple[float, Segment, int, int]] = {}
        chosen = self.found.fields.get(name)
        for segment, start, end in self._numbers:
            value = segment.text[start:end]
            hits = {m for h in segment.hits if segment.hit_span(h)[1] <= start for m in h.meanings}
            if segment.left is not None and start < 3:
                hits |= {m for h in segment.left.hits for m in h.meanings}
            worth = 2.0 * (name in hits) + bool(hits & _NUMBER_WORDS) - segment.line / self.lines
            if value not in best or worth > best[value][0]:
                best[value] = (worth, segment, start, end)
        kept = sorted(best.items(), key=lambda b: -b[1][0])[:_MOST]
        elsewhere = {
            str(f.value)
            for n, f in self.found.fields.items()
            if n not in (name, "payment_reference") and isinstance(f.value, str)
        }
        context = self.context
        options = []
        for value, (_, segment, start, end) in kept:
            letters = sum(map(str.isalpha, value))
            digits = sum(map(str.isdigit, value))
            features = (
                *context,
                *self.rules(name, value),
                *self.place(segment, start, end),
                *self.labels(segment, start, _NUMBER_LABELS),
                float(len(value)),
                letters / len(value),
                digits / len(value),
                float(any(c in "-/." for c in value)),
                float(value.isdigit()),
                float(min(4, self.words[value])),
                float(value in elsewhere),
                float(bool(_YEAR.search(value))),
                float(segment.mostly_label),
                float(len(kept)),
                float(chosen is not None and value in str(chosen.value)),
            )
            options.append(
                Option(value, partial(found_in, segment, start, end, value, _PLAIN), features)
            )
        return self._with_choice(name, options)

    # --- names -------------------------------------------------------------------------------

    def names(self, name: str) -> list[Option]:
        if self._names is None:
            self._names = self._all_names()
        context = self.context
        people = _people_of(self.seen.parties.customer) if name == "customer_name" else set()
        options = [
            Option(text, found, (*context, *self.rules(name, text), *rest))
            for text, found, rest in self._names
            if text not in people
        ]
        return self._with_choice(name, options)

    def _all_names(self) -> list[tuple[str, Callable[[], Found], tuple[float, ...]]]:
        parties = self.seen.parties
        scored: dict[str, tuple[float, str]] = {}
        places: dict[str, tuple[str, list[Segment]]] = {}

        def add(text: str, segments: list[Segment], score: float, why: str) -> None:
            key = fold(text)
            if len(key) < 3 or not segments:
                return
            if key not in scored or score > scored[key][0]:
                scored[key] = (score, why)
                places[key] = (text, segments)

        for one in parties.names:
            add(one.text, one.segments, one.score, one.why)
        for party in parties.blocks:
            for text, segment in zip(party.name[:3], party.name_segments, strict=False):
                if is_name(text):
                    add(clean_name(text), [segment], -1.5, "line")
        for segment in self.sheet:
            if segment.page.number > 1 or segment.box.y0 > 0.55:
                break
            text = clean_name(segment.text)
            if len(text.split()) > _LONGEST_NAME or text[:1].islower():
                continue  # a sentence
            if not segment.mostly_label and is_name(text) and not is_detail(segment):
                add(text, [segment], -2.0, "line")
        by_name = {fold(str(c.value)): c for c in parties.customer_names}
        for found in parties.customer_names:
            key = fold(str(found.value))
            if key not in places:
                at = next((s for s in self.sheet if s.box == found.box), None)
                if at is not None:
                    add(str(found.value), [at], -1.0, "customer")
        vendor, customer = (
            self.found.fields.get("vendor_name"),
            self.found.fields.get("customer_name"),
        )
        order = sorted(scored, key=lambda k: (-scored[k][0], k))[:_MOST]
        for field in (vendor, customer):
            if field is not None and fold(str(field.value)) in scored:
                key = fold(str(field.value))
                order = order if key in order else [*order, key]
        of_block = {id(s): b for b in parties.blocks for s in (*b.name_segments, *b.segments[:1])}
        named: list[tuple[str, Callable[[], Found], tuple[float, ...]]] = []
        for rank, key in enumerate(order):
            text, segments = places[key]
            segment = segments[0]
            block = of_block.get(id(segment))
            below = next(iter(self.sheet.below(segment, segment.box, reach=1)), None)
            similar = sum(fuzz.token_set_ratio(key, other) > 90 for other in order) - 1
            features = (
                *self.place(segment, 0, len(segment.text)),
                *self.labels(segment, max(0, segment.text.find(text)), _NAME_LABELS),
                scored[key][0],
                rank / 10,
                *(float(scored[key][1] == w) for w in _WHY),
                float(legal_form(text)),
                matches_domain(text, self.domains),
                float(len(text)),
                float(len(text.split())),
                sum(map(str.isupper, text)) / len(text),
                float(any(map(str.isdigit, text))),
                float(len(segments)),
                float(similar),
                block.score if block else -9.0,
                float(block is parties.vendor) if block else -1.0,
                float(block is parties.customer) if block else -1.0,
                float(_BLOCK_LABELS.index(block.label)) if block else -1.0,
                float(bool(below and is_street(below.text))),
                float(bool(below and is_detail(below))),
                float(bool(below and has_postcode(below.text))),
                float(is_street(text)),
                float(is_country(text)),
                by_name[key].confidence if key in by_name else -1.0,
                _likeness(key, customer),
                _likeness(key, vendor),
                float(is_person(text)),
                _line_of(block, segment),
            )
            named.append((text, partial(found_text, segments, text, _PLAIN), features))
        return named

    # --- what the finders choose alone ---------------------------------------------------------

    def judged(self, name: str) -> list[Option]:
        field = self.found.fields.get(name)
        if field is None:
            return []
        text = str(field.value)
        rivals = [c.confidence for c in field.candidates]
        box = field.box
        block = self.seen.parties.vendor
        vendor = self.found.fields.get("vendor_name")
        country = self.seen.parties.country
        features = (
            *self.context,
            *self.rules(name, field.value),
            float(len(rivals)),
            box.x0 if box else -1.0,
            box.y0 if box else -1.0,
            float(field.page or 0),
            float(len(text)),
            float(len(text.split())),
            sum(c.isdigit() for c in text) / max(1, len(text)),
            float(text.count(",")),
            float(has_postcode(text)),
            float(is_iban(text)),
            float(bool(country_of_vat(text))),
            float(country is not None and country_of_vat(text) == country),
            float("low_ocr" in field.reasons),
            block.score if block else -9.0,
            float(block.one_line) if block else -1.0,
            float(block.contact) if block else -1.0,
            float(self.seen.parties.customer is not None),
            vendor.confidence if vendor else -1.0,
            float(is_street(text.split(",")[0])),
        )
        return [Option(field.value, partial(_kept, field), features)]

    def _with_choice(self, name: str, options: list[Option]) -> list[Option]:
        """The finders' choice too, when no option has its value."""
        chosen = self.found.fields.get(name)
        if chosen is None or any(o.value == chosen.value for o in options):
            return options
        first = (*self.context, *self.rules(name, chosen.value))
        return [*options, Option(chosen.value, partial(_kept, chosen), first)]


def _kept(field: ExtractedField) -> ExtractedField:
    return field


_PLACE = range(10)

_ROLES = (
    "total", "subtotal", "tax_total", "amount_due", "lines_total", "discount_total",
    "charges_total", "freight", "paid", "cash", "change", "rounding", "previous_balance",
    "carried", "quantity", "price", "rate_subtotal", "rate_tax_total",
)  # fmt: skip
_SUM_WORDS = ("m_total", "m_sub", "m_tax", "m_due", "m_incl", "m_quantity", "m_price")


class _Amounts:
    """The certain amounts of a document and how they go together."""

    VALUE = range(15)
    COUNT = len(_ROLES) + 2 * len(_SUM_WORDS) + 8 + len(VALUE)

    def __init__(self, amounts: Sequence[Money], found: FoundFields) -> None:
        self.times = Counter(m.value for m in amounts)
        self.values = sorted(v for v in self.times if v > 0)[-60:]
        known = set(self.values)
        self.gross: Counter[Decimal] = Counter()
        self.net: Counter[Decimal] = Counter()
        self.tax: Counter[Decimal] = Counter()
        for i, tax in enumerate(self.values):
            for net in self.values[i:]:
                if net + tax in known and tax * 100 <= net * 40:
                    self.gross[net + tax] += 1
                    self.net[net] += 1
                    self.tax[tax] += 1
        rows = tax_rows(amounts)
        self.row_net = {r.net.value for r in rows}
        self.row_tax = {r.tax.value for r in rows}
        self.row_gross = {r.gross.value for r in rows if r.gross}
        self.highest = max((abs(v) for v in self.times), default=Decimal(0))
        self.per_line = Counter(m.line for m in amounts)
        self.last = max((m.line for m in amounts), default=0)
        self.best: dict[str, dict[Decimal, float]] = {}
        for money in amounts:
            for role, strength in money.roles.items():
                of = self.best.setdefault(role, {})
                of[money.value] = max(of.get(money.value, 0.0), strength)
        self.found = found
        cash, change = self.best.get("cash", {}), self.best.get("change", {})
        self.handed = {c - g for c in cash for g in change if c > g >= 0}
        self.rounding = {r for r in self.best.get("rounding", {}) if r}

    def features(self, money: Money) -> tuple[float, ...]:
        return (
            *[self._strength(money, role) for role in _ROLES],
            *[float(w in money.row) for w in _SUM_WORDS],
            *[float(w in money.column) for w in _SUM_WORDS],
            money.alone,
            float(money.certain),
            float(money.rate if money.rate is not None else -1),
            float(self.per_line[money.line]),
            float(money.currency is not None),
            float(money.line == self.last),
            float(bool(money.row)),
            float(sum(map(str.isalpha, money.segment.text[: money.start]))),
            *self.of_value(money.value),
        )

    def _strength(self, money: Money, role: str) -> float:
        """How surely its value has the role, at whatever place says so most clearly."""
        own = money.roles.get(role, 0.0)
        return self.best[role].get(money.value, own) if role in self.best else own

    def of_value(self, value: Decimal) -> tuple[float, ...]:
        """What is true of the value wherever it stands."""
        largest = self.best.get("total", {})
        found = self.found
        total, net = _money(found, "total"), _money(found, "subtotal")
        tax, due = _money(found, "tax_total"), _money(found, "amount_due")
        return (
            float(min(5, self.times[value])),
            float(abs(value) == self.highest),
            float(abs(value) / self.highest) if self.highest else 0.0,
            float(min(4, self.gross[value])),
            float(min(4, self.net[value])),
            float(min(4, self.tax[value])),
            (value in self.row_net)
            + 2.0 * (value in self.row_tax)
            + 4.0 * (value in self.row_gross),
            float((value > 0) - (value < 0)),
            float(sum(1 for v, s in largest.items() if s >= 0.5 and v > value)),
            _relation(value, total),
            _relation(value, net),
            _relation(value, tax),
            _relation(value, due),
            float(value in self.handed) if self.handed else -1.0,
            self._rounded(value, largest),
        )

    def _rounded(self, value: Decimal, totals: dict[Decimal, float]) -> float:
        """1 for a total after the printed rounding, 0 for one before it; -1 without rounding."""
        if any(value - s * r in totals for r in self.rounding for s in (1, -1)):
            return 1.0 if value % _FIVE == 0 else 0.0
        return -1.0


def _money(found: FoundFields, name: str) -> Decimal | None:
    field = found.fields.get(name)
    return field.value if field and isinstance(field.value, Decimal) else None


def _relation(value: Decimal, other: Decimal | None) -> float:
    """The ratio to another amount, 0–3; -1 when there is none."""
    if other is None or not other:
        return -1.0
    return float(max(Decimal(0), min(Decimal(3), value / other)))


def _rank(money: Money, name: str) -> tuple[float, float, bool]:
    return money.roles.get(name, 0.0) + 0.2 * bool(money.roles), money.alone, money.certain


_DAY_MEANINGS = ("invoice_date", "date", "due_date", "delivery_date", "period", "other_date")
_DAY_LABELS = (
    frozenset({"invoice_date"}),
    frozenset({"date"}),
    frozenset({"due_date", "payment_terms"}),
    frozenset({"delivery_date", "period", "other_date"}),
    frozenset({"title_invoice", "title_credit_note", "invoice_number"}),
)
_NUMBER_LABELS = (
    frozenset({"invoice_number"}),
    frozenset({"title_invoice", "title_credit_note", "title_receipt"}),
    frozenset({"number"}),
    frozenset({"purchase_order"}),
    frozenset({"order"}),
    frozenset({"customer_id", "delivery_note", "contract_reference", "buyer_reference"}),
    frozenset({"tax_id", "registration", "bank_account", "bic", "routing_number"}),
    frozenset({"preceding_invoice", "payment_reference", "other_number"}),
)
_NAME_LABELS = (
    frozenset({"seller"}),
    frozenset({"buyer"}),
    frozenset({"ship_to"}),
    frozenset({"remit_to", "account_name"}),
    frozenset({"title_invoice", "invoice_number", "date"}),
)
_BLOCK_LABELS = ("seller", "buyer", "ship_to", "remit_to", "", "ship_from")
_NUMBER_WORDS = frozenset().union(*_NUMBER_LABELS[:5])
_WHY = ("block", "receipt", "label", "legal", "top", "line", "customer")


def _day_rank(day: Day, name: str) -> tuple[bool, float, int]:
    return day.meaning == name, day.nearness, -day.rank


def _people_of(customer: Block | None) -> set[str]:
    """Lines below a company's name in its address: who there the letter is for."""
    if customer is None or not customer.name or is_person(customer.name[0]):
        return set()
    company = legal_form(customer.name[0])
    below = [text for text in customer.name[1:] if company or is_person(text)]
    return {clean_name(text) for text in below} - {clean_name(customer.name[0])}


def _line_of(block: Block | None, segment: Segment) -> float:
    """Which line of its block the name is, 0 the first; -1 when it stands in none."""
    if block is None:
        return -1.0
    return next((float(i) for i, s in enumerate(block.name_segments) if s is segment), -1.0)


def _likeness(key: str, field: ExtractedField | None) -> float:
    return fuzz.token_set_ratio(key, fold(str(field.value))) / 100 if field else -1.0


_YEAR = re.compile(r"(?:19|20)\d\d")
# A word with a digit in it; a money amount, a clock or a percentage is none.
_NUMBER = re.compile(r"(?<![\w.,/-])(?:[A-Z]{1,5} )?[A-Za-z0-9][A-Za-z0-9\-/._\\]{2,29}(?![\w%])")
_NOT_A_NUMBER = re.compile(
    r"\d{1,3}(?:[.,]\d{3})*[.,]\d{2}|\d{1,2}:\d{2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|(?:19|20)\d\d[./-]\d\d[./-]\d\d"
    r"|(?:www\.|https?:).*"
)


def _numbers(sheet: Sheet) -> Iterator[tuple[Segment, int, int]]:
    """Words that could be the number of something, on the first page and in what is labelled."""
    for segment in sheet:
        if not any(map(str.isdigit, segment.text)):
            continue
        labelled = any(_NUMBER_WORDS & set(h.meanings) for h in segment.hits)
        if not labelled and segment.left is not None:
            labelled = any(_NUMBER_WORDS & set(h.meanings) for h in segment.left.hits)
        if segment.page.number > 1 and not labelled:
            continue
        if not labelled and segment.box.y0 > 0.5:
            continue
        for match in _NUMBER.finditer(segment.text):
            start, end = match.span()
            while end > start and segment.text[end - 1] in ".-/_":
                end -= 1
            value = segment.text[start:end]
            spaced = value.find(" ")
            if spaced >= 0 and not any(map(str.isdigit, value[spaced:])):
                continue
            if not any(map(str.isdigit, value)) or _NOT_A_NUMBER.fullmatch(value):
                continue
            if spaced >= 0:  # "FA 2017-0010" and "2017-0010" are both possible
                yield segment, start + spaced + 1, end
            if not find_dates(value):
                yield segment, start, end
