"""Invoices, findings and routes as JSON and back, exactly.

The same form is stored, served by the API and written into GENERATED_FOLDER; its JSON Schema is
docs/reference/invoice.schema.json. Amounts are strings ("1234.50"), because a JSON number is a
float to most readers; `type` says whether `value` is a text, a number or a date. What is absent
(no page, no other reading, cell not printed) is left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import (
    LINE_CELLS,
    TAX_CELLS,
    Candidate,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    TaxLine,
    Value,
)
from invoice_ai.domain.pages import Box, PageRange, Split

Json = dict[str, Any]

# A box of 5 places is exact to a tenth of a pixel on a page of 10,000.
BOX_PLACES = 5
# Nobody bills with more digits; "1E+999999999" written out would fill the memory.
MAX_DIGITS = 100

_Row = TypeVar("_Row", LineItem, TaxLine)


def plain_number(value: Decimal) -> str:
    """A number without exponent, with the decimals it came with.

    Raises: ValueError: not finite, or more than `MAX_DIGITS` digits before or after the mark.

    >>> plain_number(Decimal("1E+3")), plain_number(Decimal("0.10"))
    ('1000', '0.10')
    """
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int):
        raise ValueError(f"not a number: {value}")
    if value.adjusted() > MAX_DIGITS or exponent < -MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits before or after the decimal mark")
    return format(value, "f")


def invoice_to_json(invoice: ExtractedInvoice) -> Json:
    """The invoice as plain dicts, lists and strings."""
    data: Json = {
        "fields": {name: field_to_json(found) for name, found in invoice.fields.items()},
        "lines": [_row_to_json(line, LINE_CELLS) for line in invoice.lines],
        "taxes": [_row_to_json(tax, TAX_CELLS) for tax in invoice.taxes],
        "page_roles": list(invoice.page_roles),
        "language": invoice.language,
        "flags": list(invoice.flags),
    }
    if invoice.split:
        parts = [list(part) for part in invoice.split.parts]
        data["split"] = {"parts": parts, "confidence": invoice.split.confidence}
    return data


def invoice_from_json(data: Mapping[str, Any]) -> ExtractedInvoice:
    """The opposite of `invoice_to_json`.

    Raises: KeyError, ValueError: `data` was not written by us.
    """
    split = data.get("split")
    return ExtractedInvoice(
        fields={name: _field_from_json(found) for name, found in data["fields"].items()},
        lines=tuple(_row_from_json(LineItem, line) for line in data["lines"]),
        taxes=tuple(_row_from_json(TaxLine, tax) for tax in data["taxes"]),
        page_roles=tuple(data["page_roles"]),
        language=data["language"],
        flags=tuple(data["flags"]),
        split=Split(tuple(PageRange(*part) for part in split["parts"]), split["confidence"])
        if split
        else None,
    )


def finding_to_json(finding: Finding) -> Json:
    return {
        "check": finding.check,
        "outcome": finding.outcome,
        "severity": finding.severity,
        "message": finding.message,
        "fields": list(finding.fields),
        "printed": finding.printed,
        "computed": finding.computed,
        "code": finding.code,
    }


def finding_from_json(data: Mapping[str, Any]) -> Finding:
    return Finding(**{**data, "fields": tuple(data["fields"])})


def route_to_json(route: Route) -> Json:
    return {
        "status": route.status,
        "confidence": route.confidence,
        "reasons": [
            {"code": reason.code, "message": reason.message, "field": reason.field}
            for reason in route.reasons
        ],
    }


def route_from_json(data: Mapping[str, Any]) -> Route:
    reasons = tuple(Reason(**reason) for reason in data["reasons"])
    return Route(data["status"], data["confidence"], reasons)


def _row_to_json(row: LineItem | TaxLine, cells: tuple[str, ...]) -> Json:
    found = ((name, getattr(row, name)) for name in cells)
    return {name: field_to_json(cell) for name, cell in found if cell is not None}


def _row_from_json(kind: type[_Row], data: Mapping[str, Any]) -> _Row:
    return kind(**{name: _field_from_json(cell) for name, cell in data.items()})


def field_to_json(found: ExtractedField) -> Json:
    """One value with its evidence."""
    data = _reading_to_json(found)
    if found.reasons:
        data["reasons"] = list(found.reasons)
    if found.candidates:
        data["candidates"] = [_reading_to_json(other) for other in found.candidates]
    return data


def _field_from_json(data: Mapping[str, Any]) -> ExtractedField:
    return ExtractedField(
        **_reading_from_json(data),
        reasons=tuple(data.get("reasons", ())),
        candidates=tuple(
            Candidate(**_reading_from_json(other)) for other in data.get("candidates", ())
        ),
    )


def _reading_to_json(reading: ExtractedField | Candidate) -> Json:
    kind, value = _value_to_json(reading.value)
    data: Json = {
        "value": value,
        "type": kind,
        "raw": reading.raw,
        "confidence": reading.confidence,
        "source": reading.source,
    }
    if reading.page is not None:
        data["page"] = reading.page
    if reading.box is not None:
        data["box"] = [round(edge, BOX_PLACES) for edge in reading.box]
    return data


def _reading_from_json(data: Mapping[str, Any]) -> Json:
    box = data.get("box")
    return {
        "value": _value_from_json(data["type"], data["value"]),
        "raw": data["raw"],
        "confidence": data["confidence"],
        "source": data["source"],
        "page": data.get("page"),
        "box": None if box is None else Box(*box),
    }


def _value_to_json(value: Value) -> tuple[str, str]:
    if isinstance(value, Decimal):
        return "number", plain_number(value)
    if isinstance(value, date):
        return "date", value.isoformat()
    return "text", value


def _value_from_json(kind: str, value: str) -> Value:
    if kind == "number":
        return Decimal(value)
    if kind == "date":
        return date.fromisoformat(value)
    return value
