"""A value is a value only where the page shows it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.ai.papers import page_of

from invoice_ai.ai.grounding import ground
from invoice_ai.ai.printed import Printed
from invoice_ai.ai.rows import rows_of
from invoice_ai.domain.pages import Page

PAPER = page_of(
    "Feldhaus Antriebe GmbH Rechnung",
    "Am Wehr 4, 24103 Kiel",
    "USt-IdNr. DE 136 695 976",
    "Rechnungsnummer: WX/7731-B vom 2. November 2026",
    "Getriebe 2 125,00 250,00",
    "Öl 1 1.234,50 1.234,50",
    "Gesamtbetrag 1.484,50 €",
    "IBAN DE89 3704 0044 0532 0130 00",
    "Lieferung 03/04/2026",
)


def found(name: str, text: str, *pages: Page) -> object:
    grounded = ground(name, text, Printed(pages or (PAPER,)))
    assert grounded is not None
    return grounded.value if grounded.places else None


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("total", "1.484,50 €", Decimal("1484.50")),
        ("total", "1484.50", Decimal("1484.50")),
        ("invoice_date", "2026-11-02", date(2026, 11, 2)),
        ("invoice_date", "02.11.2026", date(2026, 11, 2)),
        ("due_date", "2026-04-03", date(2026, 4, 3)),
        ("due_date", "2026-03-04", date(2026, 3, 4)),
        ("invoice_number", "WX/7731-B", "WX/7731-B"),
        ("invoice_number", "wx 7731 b", "wx 7731 b"),
        ("vendor_tax_id", "DE136695976", "DE136695976"),
        ("iban", "DE89370400440532013000", "DE89370400440532013000"),
        ("vendor_name", "FELDHAUS ANTRIEBE GmbH", "FELDHAUS ANTRIEBE GmbH"),
        ("vendor_name", "Feldhaus Antrieben GmbH", "Feldhaus Antrieben GmbH"),
        ("vendor_address", "Am Wehr 4, 24103 Kiel", "Am Wehr 4, 24103 Kiel"),
        ("currency", "EUR", "EUR"),
        ("currency", "€", "EUR"),
    ],
)
def test_what_is_printed_is_found_however_it_is_written(
    name: str, text: str, value: object
) -> None:
    assert found(name, text) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("total", "9351.05"),
        ("total", "1.484,51"),
        ("invoice_date", "2026-11-03"),
        ("invoice_number", "WX/7731-C"),
        ("iban", "LT121000011101001000"),
        ("vendor_name", "Globex Corp"),
        ("vendor_address", "Rue de la Paix 9, 75002 Paris"),
        ("currency", "USD"),
    ],
)
def test_what_is_not_printed_is_not_found(name: str, text: str) -> None:
    assert found(name, text) is None


@pytest.mark.parametrize(
    ("name", "text"), [("invoice_date", "2026-02-31"), ("total", "a lot"), ("currency", "euros!")]
)
def test_what_is_no_value_is_dropped(name: str, text: str) -> None:
    assert ground(name, text, Printed([PAPER])) is None


def test_a_part_of_a_number_is_not_the_number() -> None:
    grounded = ground("invoice_number", "7731", Printed([PAPER]))
    assert grounded is not None
    assert grounded.best is not None
    assert not grounded.best.exact


def test_a_place_is_the_words_that_say_the_value() -> None:
    grounded = ground("total", "1484.50", Printed([PAPER]))
    assert grounded is not None
    assert grounded.best is not None
    assert grounded.best.raw.startswith("1.484,50")
    row = next(w for w in PAPER.words if w.text == "1.484,50")
    assert grounded.best.box.y0 == row.box.y0


@pytest.mark.parametrize(
    ("printed", "name", "text"),
    [
        ("Total l19.OO", "total", "119.00"),
        ("Invoice INV-0O17", "invoice_number", "INV-0017"),
        ("GST 001169332944", "vendor_tax_id", "001169362944"),
        ("Date 27 /03/2O18", "invoice_date", "2018-03-27"),
        ("Feldhaus Antr1ebe GmbH", "vendor_name", "Feldhaus Antriebe GmbH"),
    ],
)
def test_what_a_reader_mixed_up_is_found_but_not_exactly(
    printed: str, name: str, text: str
) -> None:
    page = page_of(printed, source="ocr", confidence=0.8)
    grounded = ground(name, text, Printed([page]))
    assert grounded is not None
    assert grounded.best is not None
    assert not grounded.best.exact


def test_an_amount_with_another_digit_is_another_amount_on_scans_too() -> None:
    page = page_of("Total 99.90", source="ocr", confidence=0.8)
    assert found("total", "99.99", page) is None


def test_the_sign_is_that_of_the_print() -> None:
    page = page_of("Gutschrift", "Total -119,00 EUR")
    assert found("total", "119,00", page) == Decimal("-119.00")


def test_rows_are_taken_where_the_page_has_them() -> None:
    told = [
        {"description": "Getriebe", "quantity": "2", "unit_price": "125,00", "amount": "250,00"},
        {"description": "Öl", "quantity": "1", "unit_price": "1.234,50", "amount": "1.234,50"},
    ]
    lines = rows_of(told, Printed([PAPER]))
    assert [line.amount.value for line in lines if line.amount] == [
        Decimal("250.00"),
        Decimal("1234.50"),
    ]
    assert lines[0].quantity is not None
    assert lines[0].quantity.value == Decimal(2)


def test_one_invented_row_makes_the_table_worthless() -> None:
    told = [{"description": "Getriebe", "amount": "250,00"}, {"description": "x", "amount": "9,99"}]
    assert rows_of(told, Printed([PAPER])) == ()


def test_the_same_print_is_no_second_row() -> None:
    told = [{"description": "Getriebe", "amount": "250,00"}] * 2
    assert rows_of(told, Printed([PAPER])) == ()
