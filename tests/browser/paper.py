"""Invoices of our own making, as vendors print them, and where on the page each value stands."""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, replace
from decimal import Decimal

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
INK, SOFT, BAND = HexColor("#1d2a26"), HexColor("#5b6b66"), HexColor("#1f6f5c")


@dataclass(frozen=True)
class Printed:
    """A PDF and the place of some of its words: fractions of the page, origin top left."""

    content: bytes
    total: str
    places: dict[str, tuple[float, float, float, float]]


@dataclass(frozen=True)
class Line:
    text: str
    quantity: int
    price: Decimal
    wrong_amount: Decimal | None = None

    @property
    def amount(self) -> Decimal:
        return self.quantity * self.price if self.wrong_amount is None else self.wrong_amount


LINES = (
    Line("Seed trays, recycled plastic", 40, Decimal("3.25")),
    Line("Potting soil, 50 l", 24, Decimal("11.90")),
    Line("Drip irrigation kit, 20 m", 6, Decimal("64.00")),
    Line("Delivery to the greenhouse", 1, Decimal("38.00")),
)


@dataclass(frozen=True)
class Ids:
    tax_id: str
    iban: str
    company: str


def ids_of(vendor: str) -> Ids:
    """Numbers of a vendor that nobody else has, with right check digits."""
    seed = zlib.crc32(vendor.encode())
    base = f"{1_000_000 + seed % 9_000_000}"
    weighed = sum(int(digit) * weight for digit, weight in zip(base, range(8, 1, -1), strict=True))
    tax_id = f"{base}{97 - weighed % 97:02d}"
    account = f"{seed % 10**8:08d}"
    # ISO 7064: letters are numbers from 10 on, so BUKB is 11 30 20 11 and GB is 16 11.
    check = 98 - int(f"11302011202015{account}161100") % 97
    iban = f"GB{check:02d} BUKB 2020 15{account[:2]} {account[2:6]} {account[6:]}"
    return Ids(f"GB {tax_id[:3]} {tax_id[3:7]} {tax_id[7:]}", iban, f"0{base}")


def invoice(
    *,
    number: str = "GL-2026-0142",
    vendor: str = "Greenleaf Nursery Supplies Ltd",
    date: str = "14 October 2026",
    due: str = "13 November 2026",
    lines: tuple[Line, ...] | None = None,
    iban: str = "",
    password: str = "",
    total_off: Decimal = Decimal(0),
) -> Printed:
    """Draw an invoice; more than 22 lines go on to a second page. `total_off` makes the sum wrong.

    Without `lines` the last two digits of the number decide the first quantity, so that no two
    invoices look like duplicates. Tax id and account are the vendor's own.
    """
    ids = ids_of(vendor)
    iban = iban or ids.iban
    lines = lines or (replace(LINES[0], quantity=int(number[-2:])), *LINES[1:])
    paper = io.BytesIO()
    canvas = Canvas(
        paper,
        pagesize=A4,
        invariant=True,
        encrypt=StandardEncryption(password) if password else None,
    )
    places: dict[str, tuple[float, float, float, float]] = {}

    def put(x: float, y: float, text: str, size: float = 9.5, *, bold: bool = False) -> None:
        font = "Helvetica-Bold" if bold else "Helvetica"
        canvas.setFont(font, size)
        canvas.drawString(x, y, text)
        places.setdefault(
            text,
            (
                x / WIDTH,
                1 - (y + size * 0.72) / HEIGHT,
                (x + stringWidth(text, font, size)) / WIDTH,
                1 - y / HEIGHT,
            ),
        )

    def put_right(x: float, y: float, text: str, size: float = 9.5, *, bold: bool = False) -> None:
        font = "Helvetica-Bold" if bold else "Helvetica"
        put(x - stringWidth(text, font, size), y, text, size, bold=bold)

    def money(amount: Decimal) -> str:
        return f"{amount:,.2f}"

    canvas.setFillColor(BAND)
    canvas.circle(72, HEIGHT - 62, 17, stroke=0, fill=1)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.setLineWidth(2.2)
    canvas.setStrokeColor(HexColor("#ffffff"))
    canvas.bezier(64, HEIGHT - 70, 64, HEIGHT - 56, 72, HEIGHT - 53, 81, HEIGHT - 53)
    canvas.bezier(64, HEIGHT - 70, 78, HEIGHT - 70, 81, HEIGHT - 62, 81, HEIGHT - 53)
    canvas.setFillColor(INK)
    put(98, HEIGHT - 60, vendor, 15, bold=True)
    canvas.setFillColor(SOFT)
    put(98, HEIGHT - 75, "Unit 7, Orchard Business Park, Hereford HR4 9SU, United Kingdom", 8.5)
    canvas.setFillColor(INK)
    put_right(WIDTH - 54, HEIGHT - 128, "INVOICE", 21, bold=True)

    put(54, HEIGHT - 150, "Bill to", 8.5)
    put(54, HEIGHT - 165, "Willowbrook Gardens LLP", bold=True)
    put(54, HEIGHT - 178, "3 Mill Race")
    put(54, HEIGHT - 191, "Ludlow SY8 1EG")
    for row, (label, value) in enumerate(
        (("Invoice number", number), ("Invoice date", date), ("Due date", due),
         ("PO number", "WB-3391"))
    ):  # fmt: skip
        canvas.setFillColor(SOFT)
        put(350, HEIGHT - 160 - 15 * row, label)
        canvas.setFillColor(INK)
        put_right(WIDTH - 54, HEIGHT - 160 - 15 * row, value)

    def head(y: float) -> None:
        canvas.setFillColor(HexColor("#e8f1ee"))
        canvas.rect(54, y - 7, WIDTH - 108, 20, stroke=0, fill=1)
        canvas.setFillColor(INK)
        put(60, y, "Description", 9, bold=True)
        put_right(360, y, "Quantity", 9, bold=True)
        put_right(450, y, "Unit price", 9, bold=True)
        put_right(WIDTH - 60, y, "Amount", 9, bold=True)

    y = HEIGHT - 262.0
    head(y)
    for row, line in enumerate(lines):
        y -= 19
        if row == 22:
            canvas.showPage()
            y = HEIGHT - 80
            head(y)
            y -= 19
        put(60, y, line.text)
        put_right(360, y, str(line.quantity))
        put_right(450, y, money(line.price))
        put_right(WIDTH - 60, y, money(line.amount))
        canvas.setStrokeColor(HexColor("#d5dedb"))
        canvas.setLineWidth(0.6)
        canvas.line(54, y - 6, WIDTH - 54, y - 6)

    net = sum((line.amount for line in lines), Decimal(0))
    tax = (net * Decimal("0.20")).quantize(Decimal("0.01"))
    y -= 28
    for label, amount in (("Subtotal", net), ("VAT 20 %", tax)):
        put(380, y, label)
        put_right(WIDTH - 60, y, money(amount))
        y -= 16
    put(380, y - 3, "Total GBP", 11, bold=True)
    put_right(WIDTH - 60, y - 3, money(net + tax + total_off), 11, bold=True)
    canvas.setFillColor(SOFT)
    put(54, y - 70, "Payment within 30 days of the invoice date, without deduction.", 9)
    put(54, y - 84, f"IBAN {iban}", 9)
    put(270, y - 84, "BIC BUKBGB22", 9)
    put(54, y - 98, f"VAT number {ids.tax_id}", 9)
    put(270, y - 98, f"Company number {ids.company}", 9)
    canvas.save()
    return Printed(paper.getvalue(), money(net + tax + total_off), places)


def many_lines(count: int) -> tuple[Line, ...]:
    return tuple(
        Line(f"Bedding plant, variety {n + 1}", n + 1, Decimal("1.10")) for n in range(count)
    )


def e_invoice(*, vendor: str, number: str = "EV-1", note: str = "Consulting") -> bytes:
    """A UBL invoice with whatever somebody wants to be called."""
    from xml.sax.saxutils import escape

    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
 <cbc:ID>{escape(number)}</cbc:ID><cbc:IssueDate>2026-10-01</cbc:IssueDate>
 <cbc:DueDate>2026-12-31</cbc:DueDate><cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PartyName><cbc:Name>{escape(vendor)}</cbc:Name></cac:PartyName>
  <cac:PostalAddress><cbc:CityName>Linz</cbc:CityName>
   <cac:Country><cbc:IdentificationCode>AT</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyLegalEntity><cbc:RegistrationName>{escape(vendor)}</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cac:PartyLegalEntity><cbc:RegistrationName>Willowbrook Gardens LLP</cbc:RegistrationName></cac:PartyLegalEntity>
 </cac:Party></cac:AccountingCustomerParty>
 <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount>
  <cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount>
   <cbc:TaxAmount currencyID="EUR">20.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID>
   <cbc:Percent>20</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>
  </cac:TaxSubtotal></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
  <cbc:TaxInclusiveAmount currencyID="EUR">120.00</cbc:TaxInclusiveAmount>
  <cbc:PayableAmount currencyID="EUR">120.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
 <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="HUR">1</cbc:InvoicedQuantity>
  <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
  <cac:Item><cbc:Name>{escape(note)}</cbc:Name></cac:Item>
  <cac:Price><cbc:PriceAmount currencyID="EUR">100.00</cbc:PriceAmount></cac:Price>
 </cac:InvoiceLine>
</Invoice>""".encode()
