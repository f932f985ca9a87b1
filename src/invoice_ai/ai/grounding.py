"""A model's text becomes a value only where the page shows it.

Exact first, then allowing for what readers mix up and for how amounts and dates are printed. What
is not found is a suggestion and never a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from invoice_ai.ai.printed import Place, Printed
from invoice_ai.domain.amounts import UnreadableAmount, parse_amount
from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.identifiers import compact, iban_of, tax_id_of
from invoice_ai.domain.invoice import FIELDS, Value
from invoice_ai.domain.pages import around

# What stands for a currency on paper; several codes where only the country tells.
_SIGNS: dict[str, tuple[str, ...]] = {
    "€": ("EUR",), "eur": ("EUR",), "euro": ("EUR",), "euros": ("EUR",), "£": ("GBP",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"), "us$": ("USD",), "usd": ("USD",),
    "¥": ("JPY", "CNY"), "₹": ("INR",), "rs": ("INR", "PKR", "LKR"), "rm": ("MYR",),
    "kr": ("SEK", "NOK", "DKK", "ISK"), "kč": ("CZK",), "zł": ("PLN",), "ft": ("HUF",),
    "sfr": ("CHF",), "fr": ("CHF",), "lei": ("RON",), "kn": ("HRK",), "₺": ("TRY",), "tl": ("TRY",),
    "₽": ("RUB",), "₩": ("KRW",), "₪": ("ILS",), "฿": ("THB",), "₫": ("VND",), "₱": ("PHP",),
    "r$": ("BRL",), "rp": ("IDR",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Grounded:
    """A value and every place that shows it; no place: it is not on the page."""

    value: Value
    places: tuple[Place, ...] = ()

    @property
    def best(self) -> Place | None:
        """Where people are shown it: an exact print before another, the surest reading first."""
        return max(self.places, key=lambda p: (p.exact, p.reading), default=None)


def ground(name: str, text: str, printed: Printed) -> Grounded | None:
    """Look for a field's value on the page.

    Args:
        name: The field, see `answer.ASKABLE`.
        text: What the model answered, one line.
    Returns: None when the text is no value of this kind (a date that does not exist, no amount).
    """
    kind = FIELDS[name].kind
    if kind == "money":
        return ground_amount(text, printed)
    if kind == "date":
        return _day(text, printed)
    if name == "currency":
        return _currency(text, printed)
    if name == "iban":
        number = iban_of(text)
        return Grounded(number, tuple(printed.identifier(number))) if number else None
    if name == "vendor_tax_id":
        tax_id = tax_id_of(text)
        value = tax_id.value if tax_id else compact(text)
        places = printed.identifier(text) or printed.identifier(value)
        return Grounded(value, tuple(places)) if len(value) >= 5 else None
    if kind == "identifier":
        return Grounded(text, tuple(printed.identifier(text)))
    if kind == "address":
        found = printed.parts(text)
        return Grounded(text, tuple(_joined(found)))
    place = printed.text(text)
    return Grounded(text, (place,) if place else ())


def ground_amount(text: str, printed: Printed) -> Grounded | None:
    """The same for an amount or a quantity; the sign is that of the print."""
    value = _amount(text, printed)
    if value is None:
        return None
    places = tuple(printed.amount(value))
    best = Grounded(value, places).best
    if best is not None and best.signed is not None and all(p.signed != value for p in places):
        value = best.signed
    return Grounded(value, places)


def _amount(text: str, printed: Printed) -> Decimal | None:
    try:
        return parse_amount(text, decimal_mark=printed.mark)
    except UnreadableAmount:
        pass
    if re.fullmatch(r"-?[0-9]{1,3}[.,][0-9]{3}", text):  # two readings, and no mark to tell
        for mark in ".,":
            value = parse_amount(text, decimal_mark=mark)
            if printed.amount(value):
                return value
    return None


def _day(text: str, printed: Printed) -> Grounded | None:
    try:
        return _on_page(date.fromisoformat(text[:10]), printed)
    except ValueError:
        pass
    readings = find_dates(text)
    if len(readings) != 1:
        return None
    for value in (readings[0].value, readings[0].other):
        if value is not None and (found := _on_page(value, printed)).places:
            return found
    return _on_page(readings[0].value, printed)


def _on_page(value: date, printed: Printed) -> Grounded:
    return Grounded(value, tuple(printed.day(value)))


def _currency(text: str, printed: Printed) -> Grounded | None:
    key = text.strip(".: ").casefold()
    codes = _SIGNS.get(key) or ((text.upper(),) if re.fullmatch(r"[A-Za-z]{3}", text) else ())
    if not codes:
        return None
    code = codes[0]
    places = list(printed.currencies.get(code.casefold(), []))
    for sign, meant in _SIGNS.items():
        if code in meant:
            places += [
                p if len(meant) == 1 else _doubtful(p) for p in printed.currencies.get(sign, [])
            ]
    return Grounded(code, tuple(places[:20]))


def _doubtful(place: Place) -> Place:
    return Place(place.page, place.box, place.raw, place.source, False, place.reading)


def _joined(places: Sequence[Place]) -> list[Place]:
    """The parts of an address as one place, as far as they stand on the page of the first."""
    if not places:
        return []
    same = [p for p in places if p.page == places[0].page]
    return [
        Place(
            places[0].page,
            around([p.box for p in same]),
            ", ".join(p.raw for p in same),
            places[0].source,
            all(p.exact for p in places),
            min(p.reading for p in places),
        )
    ]
