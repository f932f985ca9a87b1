"""The JSON Schema of the standard JSON, made from the same words as the code.

python -m invoice_ai.exports.schema > docs/reference/invoice.schema.json
"""

from __future__ import annotations

import json
import sys
from typing import Any, get_args

from invoice_ai.domain.findings import Outcome, Severity
from invoice_ai.domain.invoice import FIELDS, LINE_CELLS, SOURCES, TAX_CELLS, Kind, PageRole
from invoice_ai.domain.pages import MEDIA_TYPES
from invoice_ai.domain.status import STATUSES
from invoice_ai.exports.standard import SCHEMA_VERSION

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_VALUE_TYPE: dict[Kind, str] = {"date": "date", "money": "number", "number": "number"}
_NUMERIC_CELLS = frozenset({"quantity", "unit_price", "discount", "tax_rate", "amount"})
_CELL_TYPE = {
    "lines": {**dict.fromkeys(_NUMERIC_CELLS, "number"), "service_date": "date"},
    "taxes": {"base": "number", "amount": "number", "rate": "number"},
}


def invoice_schema() -> Schema:
    """JSON Schema (draft 2020-12) of what `standard.py` makes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Invoice AI result, version {SCHEMA_VERSION}",
        "description": "One invoice with all evidence. Amounts are strings, never floats; names "
        "in parentheses are terms of EN 16931.",
        **_object(
            {
                "schema_version": {"const": SCHEMA_VERSION},
                "id": {
                    "type": ["integer", "null"],
                    "description": "Number in the app; null from the command line.",
                },
                "status": {"enum": list(STATUSES)},
                "document": _document(),
                "invoice": {"anyOf": [_invoice(), {"type": "null"}]},
                "findings": {"type": "array", "items": _finding()},
                "route": {"anyOf": [_route(), {"type": "null"}]},
                "processing": _object(
                    {
                        "seconds": {
                            "type": "object",
                            "description": "Wall-clock time by stage.",
                            "additionalProperties": {"type": "number", "minimum": 0},
                        },
                        "version": {**_TEXT, "description": "Release that wrote this."},
                    }
                ),
                "error": {
                    **_object({"code": _TEXT, "detail": _TEXT}),
                    "description": "Why it failed; absent otherwise.",
                },
            },
            optional=("error",),
        ),
        "$defs": {
            "reading": {**_object(_reading(), optional=("page", "box"))},
            "field": _object(
                {
                    **_reading(),
                    "reasons": {
                        **_list(_TEXT),
                        "description": "Codes of what is doubtful.",
                    },
                    "candidates": {
                        **_list({"$ref": "#/$defs/reading"}),
                        "description": "Other readings, best first.",
                    },
                },
                optional=("page", "box", "reasons", "candidates"),
            ),
            **{f"{kind}_value": _value(kind) for kind in ("text", "number", "date")},
        },
    }


def _document() -> Schema:
    return _object(
        {
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
            "file_name": {**_TEXT, "description": "As it came; for display only."},
            "media_type": {"enum": [*MEDIA_TYPES.values(), None]},
            "pages": {"type": ["integer", "null"], "minimum": 0},
            "file_pages": {
                **_pages(),
                "description": "Which pages of the file this invoice is; absent when it is all.",
            },
            "received_at": {"type": ["string", "null"], "format": "date-time"},
        },
        optional=("file_pages",),
    )


def _pages() -> Schema:
    number = {"type": "integer", "minimum": 1}
    return {
        "description": "First and last page.",
        "type": "array",
        "items": number,
        "minItems": 2,
        "maxItems": 2,
    }


def _invoice() -> Schema:
    return _object(
        {
            "fields": _object(
                {
                    name: {
                        **_cell(_VALUE_TYPE.get(field.kind, "text")),
                        "description": f"{field.label} ({field.term})" * bool(field.term)
                        or field.label,
                    }
                    for name, field in FIELDS.items()
                },
                optional=tuple(FIELDS),
            ),
            "lines": _rows("lines", LINE_CELLS),
            "taxes": _rows("taxes", TAX_CELLS),
            "page_roles": _list({"enum": list(get_args(PageRole))}),
            "language": {"type": ["string", "null"]},
            "flags": {**_list(_TEXT), "description": "Codes of what was odd about the file."},
            "split": {
                **_object({"parts": _list(_pages()), "confidence": _SHARE}),
                "description": "The pages of each of the invoices that the file seems to hold.",
            },
        },
        optional=("split",),
    )


def _rows(table: str, cells: tuple[str, ...]) -> Schema:
    types = _CELL_TYPE[table]
    cell_schemas = {name: _cell(types.get(name, "text")) for name in cells}
    return _list(_object(cell_schemas, optional=cells))


def _cell(kind: str) -> Schema:
    return {"allOf": [{"$ref": "#/$defs/field"}, {"$ref": f"#/$defs/{kind}_value"}]}


def _value(kind: str) -> Schema:
    value = {
        "text": _TEXT,
        "number": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
        "date": {"type": "string", "format": "date", "pattern": r"^\d{4}-\d\d-\d\d$"},
    }[kind]
    return {"properties": {"type": {"const": kind}, "value": value}}


def _reading() -> dict[str, Schema]:
    return {
        "value": {**_TEXT, "description": "Normalised; its form follows from type."},
        "type": {"enum": ["text", "number", "date"]},
        "raw": {**_TEXT, "description": "As printed."},
        "confidence": {**_SHARE, "description": "Probability that the value is right."},
        "source": {"enum": list(SOURCES)},
        "page": {"type": "integer", "minimum": 1},
        "box": {
            "description": "x0, y0, x1, y1 in fractions of the upright page, origin top left.",
            "type": "array",
            "items": {"type": "number"},
            "minItems": 4,
            "maxItems": 4,
        },
    }


def _finding() -> Schema:
    return _object(
        {
            "check": {**_TEXT, "description": "Name of the check, EN 16931's where it has one."},
            "outcome": {"enum": list(get_args(Outcome))},
            "severity": {"enum": list(get_args(Severity))},
            "message": _TEXT,
            "fields": _list(_TEXT),
            "printed": _TEXT,
            "computed": _TEXT,
            "code": _TEXT,
        }
    )


def _route() -> Schema:
    reason = _object({"code": _TEXT, "message": _TEXT, "field": {"type": ["string", "null"]}})
    return _object(
        {
            "status": {"enum": ["approved", "needs_review", "failed"]},
            "confidence": {**_SHARE, "description": "That of the least certain required field."},
            "reasons": _list(reason),
        }
    )


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _object(properties: dict[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def schema_text() -> str:
    """The schema as it lies in docs/reference/invoice.schema.json."""
    return json.dumps(invoice_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
