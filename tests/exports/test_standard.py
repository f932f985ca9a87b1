"""The standard JSON and its schema."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.exports.sample_record import failed_record, invoice, record

from invoice_ai import __version__
from invoice_ai.domain.serial import invoice_from_json
from invoice_ai.exports import SCHEMA_VERSION, examined_json, invoice_json
from invoice_ai.exports.schema import invoice_schema, schema_text

COMMITTED = Path(__file__).parents[2] / "docs" / "reference" / "invoice.schema.json"


def check(data: dict[str, Any]) -> None:
    schema = json.loads(COMMITTED.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    validator.validate(json.loads(json.dumps(data)))


def test_the_committed_schema_is_current_and_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(invoice_schema())
    assert COMMITTED.read_text(encoding="utf-8") == schema_text(), (
        "Run: python -m invoice_ai.exports.schema > docs/reference/invoice.schema.json"
    )


def test_a_result_follows_the_schema() -> None:
    check(invoice_json(record()))


def test_a_failed_document_follows_the_schema_and_says_why() -> None:
    data = invoice_json(failed_record())
    check(data)
    assert data["invoice"] is None
    assert data["error"] == {
        "code": "unsupported_type",
        "detail": "This is a Word file. Please send PDF.",
    }


def test_a_file_examined_without_a_store_follows_the_schema() -> None:
    whole = record()
    assert whole.route is not None
    data = examined_json(
        b"%PDF-",
        "scan.pdf",
        kind="pdf",
        pages=1,
        invoice=invoice(),
        findings=whole.findings,
        route=whole.route,
        seconds={"read": 0.01},
    )
    check(data)
    assert (data["id"], data["status"]) == (None, whole.route.status)
    assert "error" not in data


def test_the_envelope() -> None:
    data = invoice_json(record())
    assert data["schema_version"] == SCHEMA_VERSION
    assert (data["id"], data["status"]) == (17, "needs_review")
    assert data["document"] == {
        "sha256": "ab" * 32,
        "file_name": "scan.pdf",
        "media_type": "application/pdf",
        "pages": 2,
        "received_at": "2024-06-01T12:30:00Z",
    }
    assert data["processing"] == {
        "seconds": {"read": 0.0123, "extract": 0.002},
        "version": __version__,
    }


def test_what_was_extracted_can_be_read_back() -> None:
    assert invoice_from_json(invoice_json(record())["invoice"]) == invoice()


def test_fields_stand_in_the_order_of_the_app() -> None:
    names = list(invoice_json(record())["invoice"]["fields"])
    assert names == ["invoice_date", "currency", "vendor_name", "total"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("total", "vendor_name"), ("vendor_name", "total"), ("invoice_date", "currency")],
)
def test_a_value_of_the_wrong_type_breaks_the_schema(name: str, wrong: str) -> None:
    fields = invoice().fields
    swapped = replace(fields[name], value=fields[wrong].value)
    with pytest.raises(jsonschema.ValidationError):
        check(invoice_json(record(invoice(**{name: swapped}))))


def test_a_word_we_do_not_know_breaks_the_schema() -> None:
    data = invoice_json(record())
    data["invoice"]["fields"]["grand_total"] = data["invoice"]["fields"]["total"]
    with pytest.raises(jsonschema.ValidationError):
        check(data)
