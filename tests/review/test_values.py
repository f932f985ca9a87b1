"""What a person types or picks becomes a value, or is refused with what the field takes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from invoice_ai.domain.invoice import Value
from invoice_ai.review import UnreadableValue, read_value


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("total", "1.234,50 €", Decimal("1234.50")),
        ("total", "1,234", Decimal("1234")),
        ("lines[3].amount", "12.00", Decimal("12.00")),
        ("lines[0].tax_rate", "19 %", Decimal("19")),
        ("taxes[0].rate", "7", Decimal("7")),
        ("due_date", "2026-12-24", date(2026, 12, 24)),
        ("due_date", "24. Dezember 2026", date(2026, 12, 24)),
        ("iban", "de89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("currency", "eur", "EUR"),
        ("vendor_name", "  Acme   Tools ", "Acme Tools"),
        ("vendor_address", "High St 1\n Leeds  LS1", "High St 1\nLeeds LS1"),
        ("total", "  ", None),
    ],
)
def test_typed_text_is_read_as_the_field_means_it(
    field: str, text: str, value: Value | None
) -> None:
    assert read_value(field, text) == value


def test_the_mark_of_the_document_decides_between_two_readings() -> None:
    assert read_value("total", "1.234", decimal_mark=",") == Decimal("1234")
    assert read_value("total", "1.234", decimal_mark=".") == Decimal("1.234")


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("total", "about ten"),
        ("total", "NaN"),
        ("total", "1E+999"),
        ("due_date", "soon"),
        ("nonsense", "1"),
        ("lines[0].nonsense", "1"),
        ("lines[0]", "1"),
        ("vendor_name", "x" * 2001),
    ],
)
def test_what_the_field_cannot_hold_is_refused(field: str, text: str) -> None:
    with pytest.raises(UnreadableValue):
        read_value(field, text)
