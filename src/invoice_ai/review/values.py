"""What a person typed or picked becomes a value of its field's kind."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import NamedTuple, get_args

from invoice_ai.domain.amounts import (
    UnreadableAmount,
    guess_decimal_mark,
    parse_amount,
    parse_percent,
)
from invoice_ai.domain.dates import find_dates
from invoice_ai.domain.identifiers import compact, iban_of
from invoice_ai.domain.invoice import (
    FIELDS,
    LINE_CELLS,
    TAX_CELLS,
    DocumentType,
    ExtractedInvoice,
    Kind,
    Value,
)
from invoice_ai.errors import BadRequest

LONGEST = 2_000

_CELL_KINDS: dict[str, Kind] = {
    "description": "text",
    "product_code": "identifier",
    "quantity": "number",
    "unit": "text",
    "unit_price": "money",
    "discount": "money",
    "tax_rate": "number",
    "amount": "money",
    "service_date": "date",
    "purchase_order_line": "identifier",
    "base": "money",
    "category": "code",
    "rate": "number",
}
_DOCUMENT_TYPES: tuple[str, ...] = get_args(DocumentType)
_CURRENCY_SIGNS = {"€": "EUR", "$": "USD", "US$": "USD", "£": "GBP", "¥": "JPY", "ZŁ": "PLN"}
_ROW = re.compile(r"(lines|taxes)\[(\d{1,5})\](?:\.([a-z_]+))?")


class UnreadableValue(BadRequest):
    """The text is nothing that the field can hold."""

    code = "unreadable_value"


class Habits(NamedTuple):
    """How a document, or a reader, writes what could be read in two ways; None: not known."""

    decimal_mark: str | None = None
    day_first: bool | None = None


def habits_of(invoice: ExtractedInvoice) -> Habits:
    """What the values that were read tell about how this document is written."""
    raws = [f.raw for n, f in invoice.fields.items() if FIELDS[n].kind == "money"]
    raws += [line.amount.raw for line in invoice.lines[:50] if line.amount]
    return Habits(guess_decimal_mark(raws), _order_of_days(invoice))


def _order_of_days(invoice: ExtractedInvoice) -> bool | None:
    for name, found in invoice.fields.items():
        if FIELDS[name].kind != "date" or found.source == "person":
            continue
        first = {r.value for r in find_dates(found.raw, day_first=True)}
        second = {r.value for r in find_dates(found.raw, day_first=False)}
        if (
            first != second
            and found.value in first | second
            and "ambiguous" not in str(found.reasons)
        ):
            return found.value in first
    return None


def kind_of(field: str) -> Kind:
    """The kind of a field's value: "total", "lines[3].amount", "taxes[0].rate".

    Raises: UnreadableValue: there is no such field.
    """
    if field in FIELDS:
        return FIELDS[field].kind
    found = _ROW.fullmatch(field)
    if found and found[3] in (LINE_CELLS if found[1] == "lines" else TAX_CELLS):
        return _CELL_KINDS[found[3]]
    raise UnreadableValue(f"There is no field {field[:60]!r}.")


def row_of(field: str) -> tuple[str, int, str | None] | None:
    """The table, row and cell that a path names; None: a header field.

    >>> row_of("lines[3].amount"), row_of("lines[3]"), row_of("total")
    (('lines', 3, 'amount'), ('lines', 3, None), None)
    """
    found = _ROW.fullmatch(field)
    return (found[1], int(found[2]), found[3]) if found else None


def read_value(
    field: str, text: str, *, decimal_mark: str | None = None, day_first: bool | None = None
) -> Value | None:
    """Read what a person typed or picked, as leniently as there is one reading.

    Args:
        text: E.g. "1.234,50 €", "19 %", "3 Nov 2017", "2017-11-03"; blank empties the field.
        decimal_mark, day_first: The document's, for texts with two readings; without them an
            ISO-like reading is taken ("." is the mark, the day comes first).
    Returns: The value, or None for an empty field.
    Raises: UnreadableValue: says what the field takes.

    >>> read_value("total", "1.234,50 €"), read_value("due_date", "3 Nov 2017")
    (Decimal('1234.50'), datetime.date(2017, 11, 3))
    """
    kind = kind_of(field)
    shown = " ".join(text.split())
    if len(text) > LONGEST:
        raise UnreadableValue(f"That is longer than {LONGEST} characters.")
    if not shown:
        return None
    if kind == "money" or kind == "number":
        return _number(shown, decimal_mark or ".")
    if kind == "date":
        return _day(shown, day_first)
    if field == "iban":
        return iban_of(shown) or compact(shown).upper()
    if field in ("vendor_tax_id", "customer_tax_id", "bic"):
        return compact(shown).upper()
    if field == "currency":
        return _currency(shown)
    if field == "document_type":
        return _document_type(shown)
    if kind == "address":
        return "\n".join(" ".join(line.split()) for line in text.strip().splitlines())
    return shown


def _currency(text: str) -> str:
    code = _CURRENCY_SIGNS.get(text.upper(), text.upper())
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise UnreadableValue(f"“{text[:40]}” is no currency. Type its three letters, e.g. EUR.")
    return code


def _document_type(text: str) -> str:
    kind = text.lower().replace(" ", "_")
    if kind not in _DOCUMENT_TYPES:
        raise UnreadableValue(
            f"“{text[:40]}” is no kind of document. One of: {', '.join(_DOCUMENT_TYPES)}."
        )
    return kind


def _number(text: str, decimal_mark: str) -> Decimal:
    try:
        return parse_amount(text, decimal_mark=decimal_mark)
    except UnreadableAmount:
        pass
    try:
        return parse_percent(text)
    except UnreadableAmount:
        pass
    try:
        number = Decimal(text.replace(" ", ""))
    except InvalidOperation:
        raise UnreadableValue(f"“{text[:40]}” is no number. Type e.g. 1234.50.") from None
    if not number.is_finite() or abs(number.adjusted()) > 15:
        raise UnreadableValue(f"“{text[:40]}” is no amount that can be billed.")
    return number


def _day(text: str, day_first: bool | None) -> date:
    found = find_dates(text, day_first=True if day_first is None else day_first)
    if len(found) != 1:
        raise UnreadableValue(f"“{text[:40]}” is no date. Type e.g. 3 Nov 2017 or 2017-11-03.")
    return found[0].value
