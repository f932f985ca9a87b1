"""The XML's values are found on the page, and contradictions are noticed."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest
from tests.extraction.einvoice.made_invoices import IBAN, cii_invoice, ubl_invoice

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.extraction.einvoice import place_on_pages, read_einvoice

PRINTED = """Kranich Maschinenbau GmbH
Am Fleet 3
Hof 2
20457 Hamburg
USt-IdNr. DE 136 695 976
Weser Druck AG
Ringstraße 9
28195 Bremen
Rechnung Nr. R-2026/0815 vom 02.03.2026
Bestellung PO-4711 Lieferschein LS-99
1 Machine repair 10,00 95,00 19 % 950,00
on site
2 Seal kit 4,00 12,50 19 % 45,00
Netto 995,00
USt 19 % 189,05
Gesamt 1.184,05 €
Angezahlt 184,05
Zahlbetrag 1.000,00 €
14 Tage 2 % Skonto, 30 Tage netto, fällig am 1. April 2026
IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001"""


def page_of(text: str, *, number: int = 1, source: Literal["text", "ocr"] = "text") -> Page:
    """A page whose lines are the text's lines, every character one hundredth wide."""
    words = []
    for row, line in enumerate(text.splitlines()):
        at = 0
        for part in line.split(" "):
            x = 0.05 + at * 0.01
            words.append(Word(part, Box(x, 0.02 * row, x + 0.01 * len(part), 0.02 * row + 0.012)))
            at += len(part) + 1
    return Page(number, 595, 842, tuple(words), source)


def placed(
    text: str,
    *,
    xml: str | None = None,
    source: Literal["text", "ocr"] = "text",
    **readings: ExtractedField,
) -> ExtractedInvoice:
    """Our invoice placed on a page with that text, of which the finders read `readings`."""
    invoice = read_einvoice((xml or ubl_invoice()).encode())
    return place_on_pages(invoice, [page_of(text, source=source)], ExtractedInvoice(readings))


def reading(value: str | Decimal | date, confidence: float = 0.9) -> ExtractedField:
    return ExtractedField(value, str(value), confidence, "text", 1, Box(0, 0, 0.1, 0.1))


def doubted(invoice: ExtractedInvoice) -> set[str]:
    return {n for n, f in invoice.fields.items() if "sources_disagree" in f.reasons}


def row_of(invoice: ExtractedInvoice, name: str) -> int | None:
    found = invoice.fields[name]
    return None if found.box is None else round(found.box.y0 / 0.02)


def test_values_are_found_in_the_page_s_own_formats() -> None:
    invoice = placed(PRINTED)
    assert {name: row_of(invoice, name) for name in (
        "vendor_name", "vendor_address", "vendor_tax_id", "customer_name", "invoice_number",
        "invoice_date", "purchase_order", "delivery_note", "subtotal", "tax_total", "total",
        "paid", "amount_due", "payment_terms", "due_date", "iban", "bic",
    )} == {
        "vendor_name": 0, "vendor_address": 1, "vendor_tax_id": 4, "customer_name": 5,
        "invoice_number": 8, "invoice_date": 8, "purchase_order": 9, "delivery_note": 9,
        "subtotal": 13, "tax_total": 14, "total": 15, "paid": 16, "amount_due": 17,
        "payment_terms": 18, "due_date": 18, "iban": 19, "bic": 19,
    }  # fmt: skip
    assert not doubted(invoice) and invoice.flags == ()


def test_an_address_over_several_lines_gets_one_box() -> None:
    box = placed(PRINTED).fields["vendor_address"].box
    assert box is not None and (round(box.y0 / 0.02), round(box.y1 / 0.02, 1)) == (1, 3.6)


def test_values_that_the_page_does_not_print_have_no_place() -> None:
    invoice = placed(PRINTED)
    assert invoice.fields["document_type"].box is None
    assert invoice.fields["vendor_phone"].box is None


def test_every_line_lies_in_its_own_row() -> None:
    first, second = placed(PRINTED).lines
    for row, line in ((10, first), (12, second)):
        for cell in (line.quantity, line.unit_price, line.amount, line.tax_rate):
            assert cell is not None and cell.box is not None
            assert round(cell.box.y0 / 0.02) == row
    assert first.unit_price and first.unit_price.box and first.amount and first.amount.box
    assert first.unit_price.box.x1 < first.amount.box.x0


def test_of_two_equal_numbers_in_a_row_the_right_one_is_the_amount() -> None:
    xml = ubl_invoice(
        lines="""<cac:InvoiceLine><cbc:InvoicedQuantity>1</cbc:InvoicedQuantity>
      <cbc:LineExtensionAmount>995.00</cbc:LineExtensionAmount>
      <cac:Item><cbc:Name>Machine repair</cbc:Name></cac:Item>
      <cac:Price><cbc:PriceAmount>995.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>"""
    )
    (line,) = placed("1 Machine repair 995,00 995,00 " + PRINTED, xml=xml).lines
    assert line.unit_price and line.unit_price.box and line.amount and line.amount.box
    assert line.unit_price.box.x1 < line.amount.box.x0


def test_where_the_finders_saw_the_same_value_is_where_it_is() -> None:
    seen = replace(reading(Decimal("1184.05")), box=Box(0.7, 0.7, 0.8, 0.72))
    assert placed(PRINTED, total=seen).fields["total"].box == Box(0.7, 0.7, 0.8, 0.72)


@pytest.mark.parametrize(
    ("shown", "instead", "name", "value"),
    [
        ("R-2026/0815", "R-2026/0816", "invoice_number", "R-2026/0816"),
        ("02.03.2026", "03.03.2026", "invoice_date", date(2026, 3, 3)),
        ("1. April 2026", "1. Mai 2026", "due_date", date(2026, 5, 1)),
        ("1.184,05", "1.184,06", "total", Decimal("1184.06")),
        ("1.000,00", "9.000,00", "amount_due", Decimal("9000.00")),
        ("995,00", "905,00", "subtotal", Decimal("905.00")),
        ("189,05", "180,95", "tax_total", Decimal("180.95")),
        ("DE02 1203 0000 0000 2020 51", "NL91 ABNA 0417 1643 00", "iban", "NL91ABNA0417164300"),
    ],
)
def test_a_page_that_says_something_else_is_a_contradiction(
    shown: str, instead: str, name: str, value: str | Decimal | date
) -> None:
    invoice = placed(PRINTED.replace(shown, instead), **{name: reading(value)})
    assert doubted(invoice) == {name}
    found = invoice.fields[name]
    assert found.confidence <= 0.5
    assert [c.value for c in found.candidates[:1]] == [value]


def test_another_account_on_the_page_is_noticed_without_any_finder() -> None:
    other = PRINTED.replace("DE02 1203 0000 0000 2020 51", "NL91 ABNA 0417 1643 00")
    invoice = placed(other)
    assert doubted(invoice) == {"iban"}
    assert invoice.fields["iban"].value == IBAN
    assert invoice.fields["iban"].candidates[0].value == "NL91ABNA0417164300"


def test_a_total_that_no_text_page_prints_is_doubted_a_badly_scanned_one_is_not() -> None:
    other = PRINTED.replace("1.184,05", "1.184,06")
    assert doubted(placed(other)) == {"total"}
    assert doubted(placed(other, source="ocr")) == set()


def test_a_total_that_is_printed_but_is_no_sum_for_the_finders_is_doubted() -> None:
    page = PRINTED.replace("Gesamt 1.184,05 €", "Gesamt 2.184,05 €\nSie sparen 1.184,05 €")
    assert doubted(placed(page, total=reading(Decimal("2184.05")))) == {"total"}


def test_an_unsure_reading_contradicts_nothing() -> None:
    page = PRINTED.replace("R-2026/0815", "R-2O26/O815")
    assert doubted(placed(page, invoice_number=reading("R-2O26/O815", 0.4))) == set()


def test_a_credit_printed_with_the_other_sign_is_the_same_amount() -> None:
    page = PRINTED.replace("1.184,05 €", "-1.184,05 €")
    assert doubted(placed(page, total=reading(Decimal("-1184.05")))) == set()


def test_line_amounts_that_are_printed_nowhere_are_flagged() -> None:
    invoice = placed(PRINTED.replace(" 950,00", " 1.130,50"))
    assert invoice.flags == ("lines_disagree",)
    first, second = invoice.lines
    assert first.amount is not None and first.amount.reasons == ("sources_disagree",)
    assert second.amount is not None and second.amount.reasons == ()


def test_a_profile_without_payment_data_is_filled_up_from_the_page() -> None:
    xml = cii_invoice(guideline="urn:factur-x.eu:1p0:minimum")
    for gone in ("<ram:DueDateDateTime>", "</ram:DueDateDateTime>"):
        xml = xml.replace(gone, gone.replace("DueDate", "Other"))
    due = reading(date(2026, 4, 1))
    assert placed(PRINTED, xml=xml, due_date=due).fields["due_date"] == due
    full = xml.replace("urn:factur-x.eu:1p0:minimum", "urn:cen.eu:en16931:2017")
    assert "due_date" not in placed(PRINTED, xml=full, due_date=due).fields


def test_pages_without_words_change_nothing() -> None:
    invoice = read_einvoice(ubl_invoice().encode())
    assert place_on_pages(invoice, [page_of("")], ExtractedInvoice()) == invoice
    assert place_on_pages(invoice, [], ExtractedInvoice()) == invoice


def test_ten_thousand_equal_lines_are_placed_in_seconds() -> None:
    line = """<cac:InvoiceLine><cbc:InvoicedQuantity>1</cbc:InvoicedQuantity>
      <cbc:LineExtensionAmount>1.00</cbc:LineExtensionAmount>
      <cac:Item><cbc:Name>x</cbc:Name></cac:Item></cac:InvoiceLine>"""
    invoice = read_einvoice(ubl_invoice(lines=line * 10_000).encode())
    assert len(invoice.lines) == 10_000
    pages = [page_of("1 x 1,00 1,00\n" * 45, number=n) for n in range(1, 21)]
    started = time.monotonic()
    place_on_pages(invoice, pages, ExtractedInvoice())
    assert time.monotonic() - started < 30  # minutes would be wrong
