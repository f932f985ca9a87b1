"""What we write as UBL says the same when it is read again, and holds what EN 16931 demands."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from lxml import etree
from tests.samples import ubl_invoice

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem, TaxLine, Value
from invoice_ai.exports.ubl import Incomplete, ubl_of
from invoice_ai.extraction.einvoice.read import read_einvoice

SPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}


def found(value: Value) -> ExtractedField:
    return ExtractedField(value, str(value), 0.9, "text")


def invoice(**values: Value) -> ExtractedInvoice:
    """A Swedish-German invoice with two rates, a discount and freight; sums hold."""
    fields: dict[str, Value] = {
        "document_type": "invoice",
        "invoice_number": "GL-2026-0142",
        "invoice_date": date(2026, 11, 2),
        "due_date": date(2026, 12, 2),
        "currency": "EUR",
        "purchase_order": "WB-3391",
        "buyer_reference": "04011000-12345-34",
        "delivery_date": date(2026, 10, 30),
        "period_start": date(2026, 10, 1),
        "period_end": date(2026, 10, 31),
        "vendor_name": "Nordlicht & Söhne <Werkzeuge> GmbH",
        "vendor_address": "Hafenweg 1, 24103 Kiel",
        "vendor_country": "DE",
        "vendor_tax_id": "DE136695976",
        "vendor_email": "post@nordlicht.example",
        "customer_name": "Willowbrook Gardens LLP",
        "customer_address": "3 Mill Race, Hof B, 10115 Berlin",
        "customer_tax_id": "DE811907980",
        "customer_id": "K-77",
        "iban": "DE89370400440532013000",
        "bic": "COBADEFFXXX",
        "payment_reference": "GL-2026-0142",
        "payment_terms": "30 days net",
        "lines_total": Decimal("150.00"),
        "discount_total": Decimal("10.00"),
        "freight": Decimal("10.00"),
        "charges_total": Decimal("10.00"),
        "subtotal": Decimal("150.00"),
        "tax_total": Decimal("22.50"),
        "total": Decimal("172.50"),
        "paid": Decimal("72.50"),
        "amount_due": Decimal("100.00"),
    }
    lines = (
        LineItem(
            description=found("Drill bit\nfor steel, 6 mm"),
            product_code=found("DB-6"),
            quantity=found(Decimal("4")),
            unit=found("H87"),
            unit_price=found(Decimal("26.25")),
            discount=found(Decimal("5.00")),
            tax_rate=found(Decimal("19")),
            amount=found(Decimal("100.00")),
            service_date=found(date(2026, 10, 30)),
        ),
        LineItem(
            description=found("Guide book"),
            quantity=found(Decimal("1")),
            unit=found("C62"),
            unit_price=found(Decimal("50")),
            tax_rate=found(Decimal("7")),
            amount=found(Decimal("50.00")),
        ),
    )
    taxes = (
        TaxLine(found(Decimal("100.00")), found(Decimal("19.00")), found("S"), found(Decimal(19))),
        TaxLine(found(Decimal("50.00")), found(Decimal("3.50")), found("S"), found(Decimal(7))),
    )
    return ExtractedInvoice({n: found(v) for n, v in (fields | values).items()}, lines, taxes)


def values_of(read: ExtractedInvoice) -> dict[str, Value]:
    return {name: field.value for name, field in read.fields.items()}


def rows_of(rows: tuple[LineItem, ...] | tuple[TaxLine, ...]) -> list[dict[str, Value]]:
    return [
        {n: c.value for n in type(row).__dataclass_fields__ if (c := getattr(row, n))}
        for row in rows
    ]


@pytest.mark.parametrize("kind", ["invoice", "credit_note"])
def test_what_is_written_is_read_back(kind: str) -> None:
    written = invoice(document_type=kind)
    read = read_einvoice(ubl_of(written))
    told = values_of(read)
    assert {name: told.get(name) for name in written.fields} == values_of(written)
    assert rows_of(read.lines) == rows_of(written.lines)
    assert rows_of(read.taxes) == rows_of(written.taxes)
    assert read.flags == ()


def test_an_e_invoice_that_came_in_goes_out_the_same() -> None:
    came = read_einvoice(ubl_invoice())
    gone = read_einvoice(ubl_of(came))
    assert values_of(gone) == values_of(came)
    assert rows_of(gone.lines) == rows_of(came.lines)


def test_what_the_norm_demands_is_completed_from_what_is_there() -> None:
    bare = ExtractedInvoice(
        {
            n: f
            for n, f in invoice().fields.items()
            if n
            in ("invoice_number", "invoice_date", "currency", "vendor_name", "total", "tax_total")
        }
    )
    root = etree.fromstring(ubl_of(bare))

    def text(path: str) -> str | None:
        return root.findtext(path, namespaces=SPACES)

    assert text("cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount") == "150.00"
    assert text("cac:LegalMonetaryTotal/cbc:PayableAmount") == "172.50"
    assert text("cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent") == "15"
    assert text("cac:InvoiceLine/cac:Item/cbc:Name") == "Invoice GL-2026-0142"
    assert text("cac:InvoiceLine/cbc:LineExtensionAmount") == "150.00"


def test_elements_stand_in_the_order_of_the_schema() -> None:
    """The order of UBL-Invoice-2.1.xsd, as far as we write it."""
    order = [
        "CustomizationID",
        "ID",
        "IssueDate",
        "DueDate",
        "InvoiceTypeCode",
        "DocumentCurrencyCode",
        "BuyerReference",
        "InvoicePeriod",
        "OrderReference",
        "BillingReference",
        "DespatchDocumentReference",
        "ContractDocumentReference",
        "AccountingSupplierParty",
        "AccountingCustomerParty",
        "PayeeParty",
        "Delivery",
        "PaymentMeans",
        "PaymentTerms",
        "AllowanceCharge",
        "TaxTotal",
        "LegalMonetaryTotal",
        "InvoiceLine",
    ]
    everything = invoice(
        preceding_invoice="A-1", delivery_note="L-9", contract_reference="C-2", remit_to="Factor AG"
    )
    names = [etree.QName(e).localname for e in etree.fromstring(ubl_of(everything))]
    assert list(dict.fromkeys(names)) == order


@pytest.mark.parametrize("missing", ["invoice_number", "currency", "total", "vendor_name"])
def test_an_invoice_without_its_essentials_is_refused_by_name(missing: str) -> None:
    whole = invoice()
    fields = {n: f for n, f in whole.fields.items() if n != missing}
    with pytest.raises(Incomplete, match=missing.replace("_", " ")):
        ubl_of(replace(whole, fields=fields))


def test_hostile_text_stays_text() -> None:
    evil = 'x\x00\x0b]]><!ENTITY a "b">&amp;\ud800'
    read = read_einvoice(ubl_of(invoice(vendor_name=evil)))
    assert read.text("vendor_name") == 'x]]><!ENTITY a "b">&amp;'
