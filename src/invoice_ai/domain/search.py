"""What somebody looks for in the list, in one line: `vendor:acme >500 due:<today fish`.

The line is the only form of a filter: the address of a page holds it, a saved view keeps it, and the
chips above the list are its terms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

Operator = Literal["=", "<", "<=", ">", ">="]
DAYS: tuple[str, ...] = ("due", "date", "received")
# How an invoice stands in QuickBooks: `quickbooks:paid`.
STANDINGS: tuple[str, ...] = ("waiting", "asks", "booked", "paid", "changed", "deleted", "skipped")
TEXTS: tuple[str, ...] = ("vendor", "number", "file", "currency", "source", "assignee", "error")
MOST_TERMS = 12
_TERM = re.compile(r"""(?:[^\s"]+:)?"[^"]*"|[^\s]+""")
_COMPARED = re.compile(r"(<=|>=|<|>|=)?(.+)")
_RELATIVE = re.compile(r"(today|yesterday|tomorrow)?([+-]\d{1,4})?d?")
_AMOUNT = re.compile(r"\d{1,14}(?:[.,]\d{1,4})?")


@dataclass(frozen=True, slots=True)
class Bound:
    """One side of a comparison: an amount, a day, or a percentage."""

    operator: Operator
    value: Decimal | date


@dataclass(frozen=True, slots=True)
class Term:
    """One word of the line and what it asks for.

    Attributes:
        text: As it was typed; taking a chip away takes this away.
        key: "" for a word that may stand anywhere, else what is asked: vendor, total, due …
        value: The words asked for; empty when there are bounds.
        bounds: What an amount, a day or the confidence (percent) must keep to; all of them.
    """

    text: str
    key: str
    value: str = ""
    bounds: tuple[Bound, ...] = ()


def parse_search(line: str, *, today: date) -> tuple[Term, ...]:
    """The terms of the line, at most `MOST_TERMS`. What is no term we know is a word.

    >>> [(t.key, t.value or t.bounds[0].operator) for t in
    ...     parse_search('vendor:"acme tools" >500 due:<today x', today=date(2026, 11, 27))]
    [('vendor', 'acme tools'), ('total', '>'), ('due', '<'), ('', 'x')]
    """
    found = (_term(text, today) for text in _TERM.findall(line))
    return tuple(term for term in found if term is not None)[:MOST_TERMS]


def without(line: str, term: Term) -> str:
    """The line without one of its terms.

    >>> without("acme >500", Term(">500", "total"))
    'acme'
    """
    texts = list(_TERM.findall(line))
    if term.text in texts:
        texts.remove(term.text)
    return " ".join(texts)


def _term(text: str, today: date) -> Term | None:
    key, colon, said = text.partition(":")
    key = key.lower()
    if colon and said:
        value = said.strip('"').strip()
        if key in TEXTS:
            return Term(text, key, value.lower()) if value else None
        if key == "is" and value.lower() in ("late", "later", "sampled"):
            return Term(text, "is", value.lower())
        if key == "quickbooks" and value.lower() in STANDINGS:
            return Term(text, "quickbooks", value.lower())
        if key in DAYS and (bounds := _bounds(value, lambda part: _day(part, today))):
            return Term(text, key, bounds=bounds)
        if key == "total" and (bounds := _bounds(value, _amount)):
            return Term(text, "total", bounds=bounds)
        if key == "confidence" and (bounds := _bounds(value.rstrip("%"), _amount)):
            return Term(text, "confidence", bounds=bounds)
    if text[:1] in "<>=" and (bounds := _bounds(text, _amount)):
        return Term(text, "total", bounds=bounds)
    word = text.strip('"').strip().lower()
    return Term(text, "", word) if word else None


def _bounds(text: str, read: object) -> tuple[Bound, ...]:
    """The comparison in a text: "<5", "5..9" or "5"; nothing when it is none."""
    assert callable(read)
    low, dots, high = text.partition("..")
    if dots:
        edges = (read(low), read(high))
        if None in edges:
            return ()
        return (Bound(">=", edges[0]), Bound("<=", edges[1]))
    found = _COMPARED.fullmatch(text)
    value = read(found[2]) if found else None
    if found is None or value is None:
        return ()
    operator = found[1] or "="
    assert operator in ("=", "<", "<=", ">", ">=")
    return (Bound(operator, value),)  # type: ignore[arg-type]


def _amount(text: str) -> Decimal | None:
    if not _AMOUNT.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:  # pragma: no cover - the pattern lets nothing else through
        return None


def _day(text: str, today: date) -> date | None:
    """A day: 2026-11-30, today, yesterday, tomorrow, +7d, today-30."""
    relative = _RELATIVE.fullmatch(text.lower())
    if relative and text:
        start = {"yesterday": -1, "tomorrow": 1}.get(relative[1] or "today", 0)
        return today + timedelta(days=start + int(relative[2] or 0))
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
