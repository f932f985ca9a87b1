"""The form of an answer: the schema that is asked for, and a strict reader of what comes back.

A model may answer with prose, another language's keys, a page of JSON or its own opinion of
itself. Only the keys that were asked for are taken, as short texts; everything else is dropped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from invoice_ai.ai.faults import ModelFault

LINES = "lines"  # asked for like a field; its value is a list of rows
LINE_CELLS = ("description", "quantity", "unit_price", "amount")

MOST_CHARACTERS = 400_000
LONGEST_VALUE = 300
MOST_LINES = 500

# What each value is, for the schema; the trade's words, in the order of an invoice.
DESCRIPTIONS: dict[str, str] = {
    "vendor_name": "Company that sends the invoice and wants to be paid, as printed",
    "vendor_address": "Postal address of that company, its parts separated by commas",
    "vendor_tax_id": "VAT or tax registration number of that company, as printed",
    "customer_name": "Company or person that the invoice is addressed to, as printed",
    "invoice_number": "Number of this invoice, as printed",
    "invoice_date": "Day on which the invoice was issued, as YYYY-MM-DD",
    "due_date": "Day by which it is to be paid, as YYYY-MM-DD",
    "purchase_order": "The customer's order number, as printed",
    "currency": "Currency of the amounts, ISO 4217 code",
    "subtotal": "Net amount before tax, as printed",
    "tax_total": "Sum of all taxes, as printed",
    "total": "Total including tax, as printed",
    "amount_due": "What is still to be paid, as printed",
    "iban": "Bank account to pay to (IBAN), as printed",
    LINES: "Every billed row of the table, in order, as printed; no sums, no carried-forward rows",
}
ASKABLE: tuple[str, ...] = tuple(DESCRIPTIONS)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model said, cleaned: a text per field, and rows of cells. Absent: it saw none."""

    values: dict[str, str]
    lines: tuple[dict[str, str], ...] = ()


def schema_of(asked: Sequence[str]) -> dict[str, Any]:
    """The JSON schema of an answer about these fields.

    Every key is required and may be null: what has a default is left out by some models.
    """
    properties = {name: _property(name) for name in asked}
    return {
        "title": "InvoiceFields",
        "description": "What the invoice says about the fields that are asked for.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _property(name: str) -> dict[str, Any]:
    text = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    if name != LINES:
        return {"description": DESCRIPTIONS[name], **text}
    row = {
        "type": "object",
        "properties": dict.fromkeys(LINE_CELLS, text),
        "required": list(LINE_CELLS),
        "additionalProperties": False,
    }
    return {"description": DESCRIPTIONS[name], "type": "array", "items": row}


def read_answer(text: str, asked: Sequence[str]) -> Answer:
    """Take what was asked for from what the model wrote.

    Raises: ModelFault (ai_unusable_answer): no JSON object, more than one, or none of the keys.
    """
    found = _object(text)
    known = {name: found[name] for name in asked if name in found}
    if not known:
        raise _unusable("none of the fields that were asked for are in it")
    values = {
        name: value
        for name, raw in known.items()
        if name != LINES and (value := _text(raw)) is not None
    }
    return Answer(values, _rows(known.get(LINES)))


def _object(text: str) -> Mapping[str, Any]:
    if len(text) > MOST_CHARACTERS:
        raise _unusable("it is too long")
    if fenced := re.fullmatch(r"\s*```(?:json)?\s*\n(.*?)\n?\s*```\s*", text, re.DOTALL):
        text = fenced[1]
    try:
        found = json.loads(text, parse_float=str, parse_int=str, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise _unusable("it is not one JSON object" if text.strip() else "it is empty") from None
    if not isinstance(found, dict):
        raise _unusable("it is not a JSON object")
    return found


def _text(raw: object) -> str | None:
    """One short line; null, blank, and what is no text are None."""
    if not isinstance(raw, str):
        return None
    value = " ".join(strip_invisible(raw).split())
    if not value or value.casefold() in ("null", "none", "n/a", "unknown", "-"):
        return None
    return value if len(value) <= LONGEST_VALUE else None


def _rows(raw: object) -> tuple[dict[str, str], ...]:
    if not isinstance(raw, list):
        return ()
    rows = []
    for item in raw[:MOST_LINES]:
        if isinstance(item, dict):
            row = {c: value for c in LINE_CELLS if (value := _text(item.get(c))) is not None}
            if row:
                rows.append(row)
    return tuple(rows)


# Zero-width and bidirectional controls, variation selectors, and the tag characters in which
# whole sentences have been hidden from people and shown to models.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def strip_invisible(text: str) -> str:
    """The text as a person sees it."""
    return text if text.isascii() and text.isprintable() else _INVISIBLE.sub("", text)


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is no JSON")


def _unusable(why: str) -> ModelFault:
    return ModelFault(f"The model's answer cannot be used: {why}.", code="ai_unusable_answer")
