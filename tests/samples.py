"""Invoices of our own making."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen import canvas


def ubl_invoice(
    number: str = "2026-0001",
    *,
    vendor: str = "Nordlicht Werkzeuge GmbH",
    net: Decimal = Decimal("100.00"),
    iban: str = "DE89370400440532013000",
    day: str = "2026-11-02",
) -> bytes:
    """A complete UBL 2.1 invoice with one line and 19 % tax."""
    tax = (net * Decimal("0.19")).quantize(Decimal("0.01"))
    gross = net + tax
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
 <cbc:ID>{number}</cbc:ID><cbc:IssueDate>{day}</cbc:IssueDate>
 <cbc:DueDate>2026-12-02</cbc:DueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PostalAddress><cbc:StreetName>Hafenweg 1</cbc:StreetName><cbc:CityName>Kiel</cbc:CityName>
   <cbc:PostalZone>24103</cbc:PostalZone>
   <cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>DE136695976</cbc:CompanyID>
   <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
  <cac:PartyLegalEntity><cbc:RegistrationName>{vendor}</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cac:PostalAddress><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country>
  </cac:PostalAddress>
  <cac:PartyLegalEntity><cbc:RegistrationName>Muster AG</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>
  <cac:PayeeFinancialAccount><cbc:ID>{iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount>
  <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">{net}</cbc:TaxableAmount>
   <cbc:TaxAmount currencyID="EUR">{tax}</cbc:TaxAmount>
   <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>
 </cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">{net}</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">{gross}</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">{gross}</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="C62">4</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>Drill bit</cbc:Name>
   <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent>
    <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">{net / 4}</cbc:PriceAmount></cac:Price>
 </cac:InvoiceLine>
</Invoice>""".encode()


def pdf_invoice(
    number: str = "RE-1001", *, pages: int = 1, net: str = "100.00", total: str = "119.00"
) -> bytes:
    """A plain digital PDF invoice; its one row says 4 × 25.00 = 100.00."""
    file = BytesIO()
    sheet = canvas.Canvas(file, pagesize=A4, invariant=True)
    for page in range(1, pages + 1):
        texts = [
            (50, 790, "Nordlicht Werkzeuge GmbH"),
            (50, 775, "Hafenweg 1, 24103 Kiel"),
            (50, 700, f"Invoice number: {number}"),
            (50, 685, "Invoice date: 2026-11-02"),
            (50, 600, "Description"),
            (300, 600, "Quantity"),
            (400, 600, "Price"),
            (500, 600, "Amount"),
            (50, 580, "Drill bit"),
            (300, 580, "4"),
            (400, 580, "25.00"),
            (500, 580, "100.00"),
            (400, 500, "Net"),
            (500, 500, net),
            (400, 485, "VAT 19%"),
            (500, 485, "19.00"),
            (400, 470, "Total EUR"),
            (500, 470, total),
            (50, 400, f"Page {page} of {pages}"),
        ]
        for x, y, text in texts:
            sheet.drawString(x, y, text)
        sheet.showPage()
    sheet.save()
    return file.getvalue()
