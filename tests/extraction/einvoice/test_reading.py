"""Every syntax tells the whole invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.extraction.einvoice.made_invoices import (
    IBAN,
    XRECHNUNG,
    cii_invoice,
    fattura,
    ubl_invoice,
)

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.extraction.einvoice import read_einvoice

EVERYWHERE = {
    "document_type": "invoice",
    "invoice_number": "R-2026/0815",
    "invoice_date": date(2026, 3, 2),
    "due_date": date(2026, 4, 1),
    "payment_terms": "14 Tage 2 % Skonto, 30 Tage netto",
    "payment_days": Decimal(30),
    "discount_percent": Decimal(2),
    "discount_days": Decimal(14),
    "currency": "EUR",
    "purchase_order": "PO-4711",
    "buyer_reference": "04011000-12345-67",
    "contract_reference": "RV-5",
    "delivery_note": "LS-99",
    "delivery_date": date(2026, 2, 27),
    "period_start": date(2026, 2, 1),
    "period_end": date(2026, 2, 28),
    "preceding_invoice": "R-2026/0700",
    "vendor_name": "Kranich Maschinenbau GmbH",
    "vendor_trading_name": "Kranich Service",
    "vendor_address": "Am Fleet 3, Hof 2, 20457 Hamburg",
    "vendor_country": "DE",
    "vendor_tax_id": "DE136695976",
    "vendor_registration": "HRB 12345",
    "vendor_email": "rechnung@kranich.example",
    "vendor_phone": "+49 40 555 0",
    "customer_name": "Weser Druck AG",
    "customer_address": "Ringstraße 9, 28195 Bremen",
    "customer_tax_id": "DE123456788",
    "customer_id": "K-77",
    "ship_to": "Tor 4, Bremen",
    "remit_to": "Faktor Nord GmbH",
    "iban": IBAN,
    "bic": "BYLADEM1001",
    "account_name": "Kranich Maschinenbau",
    "payment_reference": "R-2026/0815 K-77",
    "payment_means": "58",
    "lines_total": Decimal("995.00"),
    "subtotal": Decimal("995.00"),
    "tax_total": Decimal("189.05"),
    "total": Decimal("1184.05"),
    "paid": Decimal("184.05"),
    "amount_due": Decimal("1000.00"),
}


def values(invoice: ExtractedInvoice) -> dict[str, object]:
    return {name: found.value for name, found in invoice.fields.items()}


def rows(invoice: ExtractedInvoice) -> list[tuple[object, ...]]:
    return [
        tuple(
            None if cell is None else cell.value
            for cell in (r.description, r.quantity, r.unit, r.unit_price, r.discount, r.amount)
        )
        for r in invoice.lines
    ]


ROWS = [
    ("Machine repair\non site", Decimal(10), "HUR", Decimal(95), None, Decimal(950)),
    ("Seal kit", Decimal(4), "C62", Decimal("12.5"), Decimal(5), Decimal(45)),
]


@pytest.mark.parametrize("prefix", ["", "ubl", "n0"])
def test_ubl_invoice(prefix: str) -> None:
    invoice = read_einvoice(ubl_invoice(prefix=prefix).encode())
    assert values(invoice) == EVERYWHERE | {"vendor_website": "https://www.kranich.example"}
    assert rows(invoice) == ROWS
    assert invoice.flags == ()


@pytest.mark.parametrize("version", [1, 2], ids=["zugferd_1", "cii"])
def test_cross_industry_invoice(version: int) -> None:
    invoice = read_einvoice(cii_invoice(version=version).encode())
    assert values(invoice) == EVERYWHERE
    assert rows(invoice) == ROWS
    assert invoice.flags == ()


@pytest.mark.parametrize("text", [ubl_invoice(), cii_invoice(), cii_invoice(version=1)])
def test_rows_carry_their_small_cells_and_taxes_their_rates(text: str) -> None:
    invoice = read_einvoice(text.encode())
    row, tax = invoice.lines[0], invoice.taxes[0]
    small = (row.product_code, row.tax_rate, row.service_date, row.purchase_order_line)
    assert [c and c.value for c in small] == ["REP-1", Decimal(19), date(2026, 2, 2), "7"]
    cells = (tax.base, tax.amount, tax.category, tax.rate)
    assert [c and c.value for c in cells] == [
        Decimal("995.00"),
        Decimal("189.05"),
        "S",
        Decimal(19),
    ]


def test_every_value_says_what_was_written_and_is_nearly_sure() -> None:
    invoice = read_einvoice(cii_invoice().encode())
    assert invoice.iban is not None and invoice.iban.raw == "DE02 1203 0000 0000 2020 51"
    assert invoice.invoice_date is not None and invoice.invoice_date.raw == "20260302"
    assert all(f.source == "xml" and f.page is None for f in invoice.fields.values())
    assert all(0.95 < f.confidence < 1 for f in invoice.fields.values())


def test_fattura() -> None:
    invoice = read_einvoice(fattura().encode())
    assert values(invoice) == {
        "document_type": "invoice",
        "invoice_number": "R-2026/0815",
        "invoice_date": date(2026, 3, 2),
        "due_date": date(2026, 4, 1),
        "currency": "EUR",
        "purchase_order": "PO-4711",
        "delivery_note": "LS-99",
        "vendor_name": "Gru Meccanica SRL",
        "vendor_address": "Via del Porto 3, 16121 Genova GE",
        "vendor_country": "IT",
        "vendor_tax_id": "IT00743110157",
        "customer_name": "Ada Bruni",
        "payment_means": "MP05",
        "iban": "IT60X0542811101000000123456",
        "subtotal": Decimal("995.00"),
        "tax_total": Decimal("189.05"),
        "total": Decimal("1184.05"),
        "amount_due": Decimal("1184.05"),
    }
    assert rows(invoice)[1] == (
        "Guarnizioni", Decimal(4), None, Decimal("12.5"), Decimal(5), Decimal(45)
    )  # fmt: skip
    assert invoice.subtotal is not None and invoice.subtotal.source == "computed"


def test_a_fattura_without_total_gets_a_computed_one() -> None:
    total = read_einvoice(fattura(total="").encode()).total
    assert total is not None
    assert (total.value, total.source, total.raw) == (Decimal("1184.05"), "computed", "")


def test_pension_contributions_and_expenses_are_charges() -> None:
    text = fattura().replace(
        "</DatiGeneraliDocumento>",
        "<DatiCassaPrevidenziale><ImportoContributoCassa>38.00</ImportoContributoCassa>"
        "</DatiCassaPrevidenziale></DatiGeneraliDocumento>",
    )
    text = text.replace("<Imposta>180.50", "<SpeseAccessorie>2.50</SpeseAccessorie><Imposta>180.50")
    assert read_einvoice(text.encode()).money("charges_total") == Decimal("40.50")


def test_several_taxes_of_plain_ubl_are_one_tax_total() -> None:
    excise = """<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">11.00</cbc:TaxAmount>
      <cac:TaxSubtotal><cbc:TaxAmount currencyID="EUR">11.00</cbc:TaxAmount></cac:TaxSubtotal>
      </cac:TaxTotal>"""
    invoice = read_einvoice(ubl_invoice(head=excise).encode())
    assert invoice.money("tax_total") == Decimal("200.05")
    assert len(invoice.taxes) == 2


def test_several_invoices_in_one_fattura_are_flagged() -> None:
    assert "several_invoices" in read_einvoice(fattura(bodies=2).encode()).flags


@pytest.mark.parametrize(
    ("code", "said"),
    [("380", "invoice"), ("384", "invoice"), ("386", "invoice"), ("389", "invoice"),
     ("751", "invoice"), ("381", "credit_note"), ("261", "credit_note"), ("325", "quote")],
)  # fmt: skip
@pytest.mark.parametrize("make", [ubl_invoice, cii_invoice])
def test_the_type_code_says_what_the_document_is(make: object, code: str, said: str) -> None:
    invoice = read_einvoice(make(type_code=code).encode())  # type: ignore[operator]
    assert values(invoice)["document_type"] == said


def test_ubl_credit_note() -> None:
    invoice = read_einvoice(ubl_invoice(kind="CreditNote", type_code="381").encode())
    assert values(invoice)["document_type"] == "credit_note"
    assert rows(invoice) == ROWS


def test_fattura_credit_note() -> None:
    assert values(read_einvoice(fattura(kind="TD04").encode()))["document_type"] == "credit_note"


def test_an_invoice_over_a_negative_total_stays_one_and_offers_credit_note() -> None:
    invoice = read_einvoice(ubl_invoice(total="-1184.05").encode())
    kind = invoice.document_type
    assert kind is not None and kind.value == "invoice"
    assert [c.value for c in kind.candidates] == ["credit_note"]
    assert "negative_invoice" in invoice.flags


def test_a_second_tax_id_is_offered_beside_the_vat_id() -> None:
    found = read_einvoice(ubl_invoice().encode()).vendor_tax_id
    assert found is not None and [c.value for c in found.candidates] == ["22/815/08154"]


def test_na_is_no_purchase_order() -> None:
    text = ubl_invoice().replace("<cbc:ID>PO-4711</cbc:ID>", "<cbc:ID>NA</cbc:ID>")
    assert read_einvoice(text.encode()).purchase_order is None


def test_freight_is_told_among_the_charges() -> None:
    head = """<cac:AllowanceCharge><cbc:ChargeIndicator>true</cbc:ChargeIndicator>
      <cbc:AllowanceChargeReason>Versandkosten</cbc:AllowanceChargeReason>
      <cbc:Amount currencyID="EUR">12.00</cbc:Amount></cac:AllowanceCharge>"""
    freight = read_einvoice(ubl_invoice(head=head).encode()).freight
    assert freight is not None and freight.value == Decimal("12.00")


def test_a_comment_does_not_cut_an_amount_short() -> None:
    invoice = read_einvoice(ubl_invoice(due="10<!-- a -->0<?b?>0.00").encode())
    assert invoice.money("amount_due") == Decimal("1000.00")


@pytest.mark.parametrize(
    ("text", "days", "percent", "discount_days"),
    [
        ("30 Tage netto", 30, None, None),
        ("Zahlbar innerhalb von 14 Tagen", 14, None, None),
        ("30 jours net", 30, None, None),
        ("15 Days", 15, None, None),
        ("2/10 net 30", 30, 2, 10),
        ("2,5 % Skonto innerhalb 8 Tagen", None, Decimal("2.5"), 8),
        ("#SKONTO#TAGE=14#PROZENT=2.25#", None, Decimal("2.25"), 14),
        ("30% advance payment, balance at 30 days", None, None, None),
        ("Zahlbar bis 24.01.2026", None, None, None),
    ],
)
def test_terms_give_what_they_say_plainly(
    text: str, days: int | None, percent: Decimal | int | None, discount_days: int | None
) -> None:
    said = values(read_einvoice(ubl_invoice(terms=text).encode()))
    assert [said.get(n) for n in ("payment_days", "discount_percent", "discount_days")] == [
        days, percent, discount_days
    ]  # fmt: skip


def test_headings_between_the_lines_are_no_lines() -> None:
    heading = """<cac:InvoiceLine><cbc:InvoicedQuantity>0.00</cbc:InvoicedQuantity>
      <cbc:LineExtensionAmount>0.00</cbc:LineExtensionAmount>
      <cac:Item><cbc:Name>--- Spare parts ---</cbc:Name></cac:Item></cac:InvoiceLine>"""
    gift = """<cac:InvoiceLine><cbc:InvoicedQuantity>1</cbc:InvoicedQuantity>
      <cbc:LineExtensionAmount>0.00</cbc:LineExtensionAmount>
      <cac:Item><cbc:Name>Free sample</cbc:Name></cac:Item></cac:InvoiceLine>"""
    invoice = read_einvoice(ubl_invoice(lines=heading + gift).encode())
    assert [r[0] for r in rows(invoice)] == ["Free sample"]


def test_a_base_quantity_that_repeats_the_quantity_divides_nothing() -> None:
    line = """<cac:InvoiceLine><cbc:InvoicedQuantity>15</cbc:InvoicedQuantity>
      <cbc:LineExtensionAmount>150.00</cbc:LineExtensionAmount>
      <cac:Price><cbc:PriceAmount>10.00</cbc:PriceAmount><cbc:BaseQuantity>15</cbc:BaseQuantity>
      </cac:Price></cac:InvoiceLine>"""
    price = read_einvoice(ubl_invoice(lines=line).encode()).lines[0].unit_price
    assert price is not None and price.value == Decimal("10.00")


def detail(number: str, amount: str, *, parent: str = "", status: str = "") -> str:
    parts = (
        f"<ram:LineID>{number}</ram:LineID>"
        + (f"<ram:ParentLineID>{parent}</ram:ParentLineID>" if parent else "")
        + (f"<ram:LineStatusReasonCode>{status}</ram:LineStatusReasonCode>" if status else "")
    )
    return f"""<ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument>{parts}</ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:Name>Item {number}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeSettlement><ram:SpecifiedTradeSettlementLineMonetarySummation>
        <ram:LineTotalAmount>{amount}</ram:LineTotalAmount>
      </ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>"""


@pytest.mark.parametrize(("group", "flags"), [("100.00", ()), ("99.00", ("sub_lines_mismatch",))])
def test_of_grouped_lines_the_details_count_and_the_group_must_add_up(
    group: str, flags: tuple[str, ...]
) -> None:
    lines = (
        detail("1", group, status="GROUP")
        + detail("1.1", "60.00", parent="1", status="DETAIL")
        + detail("1.2", "40.00", parent="1", status="DETAIL")
        + detail("2", "7.00", status="INFORMATION")
    )
    invoice = read_einvoice(cii_invoice(lines=lines).encode())
    assert [r[0] for r in rows(invoice)] == ["Item 1.1", "Item 1.2"]
    assert invoice.flags == flags


@pytest.mark.parametrize(("inner", "flags"), [("40.00", ()), ("41.00", ("sub_lines_mismatch",))])
def test_of_nested_ubl_lines_the_outermost_count(inner: str, flags: tuple[str, ...]) -> None:
    def line(tag: str, amount: str, content: str = "") -> str:
        return f"""<cac:{tag}><cbc:LineExtensionAmount>{amount}</cbc:LineExtensionAmount>
          <cac:Item><cbc:Name>{tag} {amount}</cbc:Name></cac:Item>{content}</cac:{tag}>"""

    parts = line("SubInvoiceLine", "60.00") + line("SubInvoiceLine", inner)
    invoice = read_einvoice(ubl_invoice(lines=line("InvoiceLine", "100.00", parts)).encode())
    assert [r[-1] for r in rows(invoice)] == [Decimal("100.00")]
    assert invoice.flags == flags


@pytest.mark.parametrize(
    ("guideline", "flags"),
    [
        ("urn:factur-x.eu:1p0:minimum", ("minimum_profile",)),
        ("urn:factur-x.eu:1p0:basicwl", ("profile_without_lines",)),
        ("urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic", ()),
        ("urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended", ()),
        ("urn:zugferd.de:2p0:minimum", ("minimum_profile",)),
        (XRECHNUNG, ()),
        ("urn:ferd:CrossIndustryDocument:invoice:1p0:comfort", ("unknown_profile",)),
        ("urn:example:own", ("unknown_profile",)),
    ],
)
def test_the_profile_is_noted(guideline: str, flags: tuple[str, ...]) -> None:
    assert read_einvoice(cii_invoice(guideline=guideline).encode()).flags == flags


def test_an_xrechnung_without_contact_breaks_its_own_rules() -> None:
    text = ubl_invoice(guideline=XRECHNUNG)
    assert read_einvoice(text.encode()).flags == ()
    without = text.replace("<cbc:Telephone>+49 40 555 0</cbc:Telephone>", "")
    assert read_einvoice(without.encode()).flags == ("profile_rule_violated",)


def test_a_test_invoice_is_flagged() -> None:
    context = "<ram:TestIndicator><udt:Indicator>true</udt:Indicator></ram:TestIndicator>"
    assert read_einvoice(cii_invoice(context=context).encode()).flags == ("test_document",)


@pytest.mark.parametrize("due", ["three hundred", "1.000,00", "1e3", "NaN", "Infinity", "1 000"])
def test_an_amount_that_is_no_xml_number_is_no_value(due: str) -> None:
    invoice = read_einvoice(ubl_invoice(due=due).encode())
    assert invoice.amount_due is None
    assert invoice.flags == ("malformed_amount",)


@pytest.mark.parametrize("day", ["00010101", "20261332", "02.03.2026", "2026-02-30", "202603"])
def test_a_date_that_is_none_is_no_value(day: str) -> None:
    text = cii_invoice(date=f'<udt:DateTimeString format="102">{day}</udt:DateTimeString>')
    invoice = read_einvoice(text.encode())
    assert invoice.invoice_date is None
    assert invoice.flags == ("malformed_date",)


@pytest.mark.parametrize("name", ["[Seller name]", "------", "N/A", "TODO"])
def test_placeholders_are_kept_with_little_confidence(name: str) -> None:
    text = ubl_invoice().replace("Kranich Maschinenbau GmbH", name)
    invoice = read_einvoice(text.encode())
    assert invoice.vendor_name is not None
    assert invoice.vendor_name.value == name and invoice.vendor_name.confidence <= 0.5
    assert invoice.flags == ("placeholder_values",)


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=3
    )
)
def test_amounts_keep_every_written_digit(amount: Decimal) -> None:
    found = read_einvoice(ubl_invoice(due=f"{amount:f}").encode()).amount_due
    assert found is not None
    assert (
        found.value == amount and str(found.value) == f"{amount:f}" and found.raw == f"{amount:f}"
    )


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2150, 12, 31)))
def test_dates_are_read_as_written(day: date) -> None:
    text = cii_invoice(date=f"<udt:DateTimeString>{day:%Y%m%d}</udt:DateTimeString>")
    assert values(read_einvoice(text.encode()))["invoice_date"] == day
