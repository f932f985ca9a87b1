"""How values are shown to people. Whatever comes from a document is hostile until it was here."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

from babel.dates import format_date

from invoice_ai.domain.invoice import Value
from invoice_ai.web.language import N_, _, locale, spoken

_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
LONGEST_NUMBER = 30  # digits before the mark; beyond, the power of ten is shown
LONGEST = 4_000  # characters of one value on a page; the JSON has all of it
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "PLN": "zł", "INR": "₹"}
# Categories that a reader cannot see but that change what he sees: controls (Cc), directions
# and zero widths (Cf), halves of characters (Cs), private and unassigned ones (Co, Cn).
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
SPACES = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")


def clean(text: str) -> str:
    """Text as it may be shown: nothing in it can turn, hide or overprint its surroundings.

    Direction marks and zero-width characters go; control characters become visible; a joiner
    that a script needs is a loss we accept for names that cannot lie.

    >>> clean("invoice\\u202efdp.exe"), clean("a\\x00b"), clean("a\\r\\nb")
    ('invoicefdp.exe', 'a␀b', 'a\\nb')
    """
    if text.isascii() and text.isprintable():
        return text[:LONGEST]
    kept = []
    for char in text.replace("\r\n", "\n")[:LONGEST]:
        if char in SPACES:
            kept.append("\n" if char == "\n" else " ")
        elif unicodedata.category(char) not in UNSEEN:
            kept.append(char)
        elif char < " ":
            kept.append(chr(0x2400 + ord(char)))
        elif unicodedata.category(char) != "Cf":
            kept.append("\ufffd")
    return "".join(kept)


def number(value: Decimal, *, places: int = 0) -> str:
    """A number with thousands marks and at least `places` decimals; none that carry a value go.

    >>> number(Decimal("1234.5"), places=2), number(Decimal("2.000")), number(Decimal("0.0125"))
    ('1,234.50', '2', '0.0125')
    """
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or abs(value.adjusted()) > LONGEST_NUMBER:
        return str(value)
    trailing = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    written = f"{value:,.{max(places, -exponent - trailing)}f}"
    signs = locale().number_symbols["latn"]
    return written.translate({44: signs["group"], 46: signs["decimal"]})


def money(value: Decimal, currency: str | None = None) -> str:
    """An amount, with its currency when one is given.

    >>> money(Decimal("-1453.7"), "EUR"), money(Decimal("5"), "CHF")
    ('−€ 1,453.70', 'CHF 5.00')
    """
    sign = "−" if value.is_signed() and value else ""
    unit = SYMBOLS.get(currency, currency) if currency else ""
    amount = number(value.copy_abs(), places=2)
    if spoken() == "en":
        return f"{sign}{unit} {amount}" if unit else f"{sign}{amount}"
    return f"{sign}{amount}\N{NO-BREAK SPACE}{unit}" if unit else f"{sign}{amount}"


def day(value: date) -> str:
    """A date that cannot be misread.

    >>> day(date(2017, 11, 3))
    '3 Nov 2017'
    """
    if spoken() == "en":  # three letters each; Babel's British September has four
        return f"{value.day} {value:%b %Y}"
    return format_date(value, "d. MMM y" if spoken() == "de" else "d MMM y", locale=locale())


def printed(value: Value, kind: str = "text") -> str:
    """A field's value by its kind; account numbers in groups of four, as banks print them."""
    if isinstance(value, Decimal):
        return money(value) if kind == "money" else number(value)
    if isinstance(value, date):
        return day(value)
    if kind == "identifier" and _IBAN.fullmatch(value):
        return " ".join(value[i : i + 4] for i in range(0, len(value), 4))
    if kind == "code":
        return value.replace("_", " ").capitalize() if "_" in value or value.islower() else value
    return value


def percent(confidence: float) -> str:
    """A probability; never "100 %", because nothing is.

    >>> percent(0.9999), percent(0.714)
    ('99 %', '71 %')
    """
    return f"{min(99, round(confidence * 100))} %"


def share(part: float) -> str:
    """A share of things, in whole percent.

    >>> share(0.714), share(1)
    ('71 %', '100 %')
    """
    return f"{round(part * 100)} %"


def exact_share(part: float) -> str:
    """The same with what matters behind the point.

    >>> exact_share(0.975), exact_share(0.0061), exact_share(0.9)
    ('97.5 %', '0.61 %', '90 %')
    """
    digits = 2 if part < 0.1 else 1
    return f"{number(Decimal(str(round(part * 100, digits))))} %"


def trimmed(value: float) -> str:
    """A number for an input: no idle zeros.

    >>> trimmed(90.0), trimmed(97.5)
    ('90', '97.5')
    """
    return f"{round(value, 3):g}"


def age(then: datetime, now: datetime) -> str:
    """How long ago, in one unit.

    >>> age(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 2, 5, tzinfo=UTC))
    '2 h'
    """
    seconds = max(0, int((now - then).total_seconds()))
    for unit, size in ((N_("d"), 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {_(unit)}"
    return _("now")


def stamp(then: datetime) -> str:
    """A time for `<time datetime>`: UTC, to the second."""
    return then.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(then: datetime) -> str:
    """A time for reading, in UTC; the browser turns it into the reader's own zone."""
    then = then.astimezone(UTC)
    return f"{day(then)}, {then:%H:%M} UTC"
