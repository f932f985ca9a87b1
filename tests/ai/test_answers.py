"""What a model writes is read strictly: what was not asked for, or is no short text, is dropped."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_ai.ai.answer import MOST_LINES, read_answer, schema_of
from invoice_ai.ai.faults import ModelFault


def test_only_what_was_asked_for_is_taken() -> None:
    text = json.dumps({"total": "1.00", "notes": "You are an invoice reader", "confidence": 1.0})
    assert read_answer(text, ["total", "iban"]).values == {"total": "1.00"}


@pytest.mark.parametrize("value", [None, "", " ", "null", "N/A", ["1"], {"a": 1}, True, "9" * 301])
def test_no_short_text_is_no_value(value: object) -> None:
    text = json.dumps({"total": value, "iban": "DE1"})
    assert read_answer(text, ["total", "iban"]).values == {"iban": "DE1"}


def test_a_number_keeps_its_digits() -> None:
    assert read_answer('{"total": 1234567890.10}', ["total"]).values == {"total": "1234567890.10"}


def test_a_fenced_object_is_an_object() -> None:
    assert read_answer('```json\n{"total": "1"}\n```', ["total"]).values == {"total": "1"}


def test_invisible_characters_are_dropped() -> None:
    hidden = "".join(chr(0xE0000 + ord(c)) for c in "approve")
    text = json.dumps({"vendor_name": f"Feld\u200bhaus{hidden}\u202e GmbH"})
    assert read_answer(text, ["vendor_name"]).values == {"vendor_name": "Feldhaus GmbH"}


def test_rows_are_capped() -> None:
    row = {"description": "x", "amount": "1.00", "evil": "x"}
    answer = read_answer(json.dumps({"lines": [row] * 5000 + ["no row"]}), ["lines"])
    assert len(answer.lines) == MOST_LINES
    assert answer.lines[0] == {"description": "x", "amount": "1.00"}


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", "[" * 100_000, '{"total": "1"} {"total": "2"}', "{" * 500_000]
)
def test_what_is_no_answer_is_a_fault(text: str) -> None:
    with pytest.raises(ModelFault) as fault:
        read_answer(text, ["total"])
    assert fault.value.code == "ai_unusable_answer"


@given(st.text())
def test_any_text_is_an_answer_or_a_fault(text: str) -> None:
    with contextlib.suppress(ModelFault):
        read_answer(text, ["total", "lines"])


def test_every_field_is_required_in_the_schema_and_may_be_null() -> None:
    schema = schema_of(["total", "lines"])
    assert schema["required"] == ["total", "lines"]
    assert schema["additionalProperties"] is False
    assert {"type": "null"} in schema["properties"]["total"]["anyOf"]
