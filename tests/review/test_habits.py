"""A word of the page is read as its document writes, and what was read can be restored."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.review import (
    Change,
    Habits,
    UnreadableValue,
    apply_changes,
    habits_of,
    read_value,
)


def printed(value: Decimal | date, raw: str) -> ExtractedField:
    return ExtractedField(value, raw, 0.9, "text")


@pytest.mark.parametrize(
    ("raw", "order", "habits"),
    [
        ("1.234,50", "25.12.2026", Habits(",", None)),
        ("1,234.50", "12/25/2026", Habits(".", None)),
        ("1,234.50", "04/03/2026", Habits(".", False)),
    ],
)
def test_a_document_tells_how_it_writes(raw: str, order: str, habits: Habits) -> None:
    day = date(2026, 4, 3) if order.startswith("04") else date(2026, 12, 25)
    invoice = ExtractedInvoice(
        {"total": printed(Decimal("1234.50"), raw), "invoice_date": printed(day, order)}
    )
    assert habits_of(invoice) == habits


def test_a_doubtful_date_tells_no_order() -> None:
    doubtful = ExtractedField(
        date(2026, 4, 3), "03/04/2026", 0.5, "text", reasons=("ambiguous_date",)
    )
    assert habits_of(ExtractedInvoice({"invoice_date": doubtful})).day_first is None


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [("currency", "€", "EUR"), ("document_type", "Credit note", "credit_note")],
)
def test_signs_and_words_become_codes(field: str, text: str, value: str) -> None:
    assert read_value(field, text) == value


@pytest.mark.parametrize(("field", "text"), [("currency", "Euros 12"), ("document_type", "memo")])
def test_what_is_no_code_is_refused_with_what_is(field: str, text: str) -> None:
    with pytest.raises(UnreadableValue, match=r"EUR|credit_note"):
        read_value(field, text)


def test_a_field_is_restored_as_it_was_read() -> None:
    read = ExtractedInvoice({"total": printed(Decimal("5.00"), "5.00")})
    changed, _ = apply_changes(read, [Change("set", "total", Decimal("6"))], read=read)
    back, (done,) = apply_changes(changed, [Change("restore", "total")], read=read)
    assert back == read and done.new == read.fields["total"]
    added, _ = apply_changes(read, [Change("set", "iban", "DE89370400440532013000")], read=read)
    gone, _ = apply_changes(added, [Change("restore", "iban")], read=read)
    assert gone == read
