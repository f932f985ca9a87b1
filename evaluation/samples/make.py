"""Makes the sample invoices of this folder and their truth: python evaluation/samples/make.py

All companies, people and accounts are invented. PDFs are drawn with reportlab, scans are the same
pages rendered by pdfium, turned a little, blurred and given noise; the XML is a small UBL invoice.
Two runs give the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.pdfgen.canvas import Canvas

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Words:
    """The printed words of one language."""

    title: str
    number: str
    date: str
    due: str
    order: str
    customer_id: str
    columns: tuple[str, str, str, str]
    subtotal: str
    tax: str
    total: str
    terms: str
    bank: str
    tax_id: str
    show_date: Callable[[str], str]
    show_money: Callable[[Decimal], str]


def _iso(day: str) -> str:
    return day


def _dotted(day: str) -> str:
    year, month, date_ = day.split("-")
    return f"{date_}.{month}.{year}"


def _slashed(day: str) -> str:
    year, month, date_ = day.split("-")
    return f"{date_}/{month}/{year}"


def _american(day: str) -> str:
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    year, month, date_ = day.split("-")
    return f"{names[int(month) - 1]} {int(date_)}, {year}"


def _point(value: Decimal) -> str:
    return f"{value:,.2f}"


def _comma(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", "_").replace(".", ",").replace("_", ".")


def _space(value: Decimal) -> str:
    return f"{value:,.2f}".replace(",", " ").replace(".", ",")


WORDS = {
    "en": Words(
        "INVOICE",
        "Invoice number",
        "Invoice date",
        "Due date",
        "PO number",
        "Customer no.",
        ("Description", "Qty", "Unit price", "Amount"),
        "Subtotal",
        "VAT",
        "Total due",
        "Payment within {days} days of the invoice date.",
        "Bank details",
        "VAT number",
        _american,
        _point,
    ),
    "de": Words(
        "Rechnung",
        "Rechnungsnummer",
        "Rechnungsdatum",
        "Fällig am",
        "Ihre Bestellnummer",
        "Kundennr.",
        ("Beschreibung", "Menge", "Einzelpreis", "Gesamt"),
        "Nettobetrag",
        "MwSt.",
        "Gesamtbetrag",
        "Zahlbar innerhalb von {days} Tagen ohne Abzug.",
        "Bankverbindung",
        "USt-IdNr.",
        _dotted,
        _comma,
    ),
    "fr": Words(
        "FACTURE",
        "Facture n°",
        "Date de facture",
        "Date d'échéance",
        "Votre commande n°",
        "Client n°",
        ("Désignation", "Quantité", "Prix unitaire", "Montant HT"),
        "Total HT",
        "TVA",
        "Total TTC",
        "Paiement à {days} jours date de facture.",
        "Coordonnées bancaires",
        "N° TVA",
        _slashed,
        _space,
    ),
    "es": Words(
        "FACTURA",
        "Factura nº",
        "Fecha de factura",
        "Fecha de vencimiento",
        "Su pedido nº",
        "Cliente nº",
        ("Descripción", "Cantidad", "Precio unitario", "Importe"),
        "Base imponible",
        "IVA",
        "Total factura",
        "Pago a {days} días fecha factura.",
        "Datos bancarios",
        "NIF",
        _slashed,
        _comma,
    ),
    "nl": Words(
        "Factuur",
        "Factuurnummer",
        "Factuurdatum",
        "Vervaldatum",
        "Uw ordernummer",
        "Klantnummer",
        ("Omschrijving", "Aantal", "Prijs", "Bedrag"),
        "Subtotaal",
        "BTW",
        "Totaal te betalen",
        "Betaling binnen {days} dagen.",
        "Bankgegevens",
        "BTW-nummer",
        _dotted,
        _comma,
    ),
}


@dataclass(frozen=True)
class Sample:
    """One invented invoice."""

    name: str
    language: str
    vendor: tuple[str, str, str]  # name, street, place
    tax_id: str
    iban: str
    customer: tuple[str, str, str]
    number: str
    date: str
    due: str
    days: int
    order: str
    currency: str
    sign: str
    rate: Decimal
    lines: tuple[tuple[str, str, str], ...]  # description, quantity, unit price
    letter: bool = False
    scan: str = ""  # "", "jpg" or "tif"
    extra: dict[str, str] = field(default_factory=dict)

    def amounts(self) -> tuple[list[Decimal], Decimal, Decimal, Decimal]:
        """Line amounts, net, tax, total."""
        cent = Decimal("0.01")
        rows = [(Decimal(q) * Decimal(p)).quantize(cent, ROUND_HALF_UP) for _, q, p in self.lines]
        net = sum(rows, Decimal(0))
        tax = (net * self.rate / 100).quantize(cent, ROUND_HALF_UP)
        return rows, net, tax, net + tax


SAMPLES = (
    Sample(
        "northwind-consulting", "en", ("Harbour & Pine Consulting Ltd", "14 Quay Street", "Bristol BS1 4QD, United Kingdom"),
        "GB340712826", "GB33BUKB20201555555555", ("Larkfield Foods plc", "2 Mill Lane", "Leeds LS1 5AB"),
        "HP-2026-0417", "2026-09-14", "2026-10-14", 30, "PO-77812", "GBP", "£", Decimal(20),
        (("Process review, accounts payable", "3", "780.00"), ("Workshop with the finance team", "1", "1450.00"), ("Travel expenses", "2", "64.50")),
    ),
    Sample(
        "tischlerei-eichblatt", "de", ("Tischlerei Eichblatt GmbH", "Hobelgasse 7", "04109 Leipzig"),
        "DE811569869", "DE89370400440532013000", ("Buchladen am Markt e. K.", "Marktplatz 3", "99084 Erfurt"),
        "RE-10482", "2026-08-03", "2026-08-17", 14, "B-2231", "EUR", "€", Decimal(19),
        (("Bücherregal Eiche, geölt, 240 x 90 cm", "4", "389.00"), ("Einbau vor Ort, Stunden", "6.5", "58.00"), ("Anfahrt pauschal", "1", "45.00")),
    ),
    Sample(
        "atelier-lumiere", "fr", ("Atelier Lumière SARL", "18 rue des Tisserands", "69001 Lyon"),
        "FR40303265045", "FR1420041010050500013M02606", ("Hôtel du Vieux Port SAS", "5 quai Nord", "13002 Marseille"),
        "F2026-0093", "2026-07-21", "2026-08-20", 30, "CMD-558", "EUR", "€", Decimal(20),
        (("Suspension laiton, modèle Orion", "12", "145.50"), ("Applique murale, modèle Vega", "8", "89.90"), ("Livraison et pose", "1", "320.00")),
    ),
    Sample(
        "papeleria-del-sol", "es", ("Papelería del Sol S.L.", "Calle Mayor 21", "46001 Valencia"),
        "ESB12345674", "ES9121000418450200051332", ("Colegio Las Encinas", "Avenida del Parque 9", "28013 Madrid"),
        "A-2026/318", "2026-06-05", "2026-07-05", 30, "P-9004", "EUR", "€", Decimal(21),
        (("Cuadernos A4 cuadriculados", "250", "1.35"), ("Rotuladores, caja de 12 unidades", "40", "6.80")),
    ),
    Sample(
        "tulp-drukwerk", "nl", ("Tulp Drukwerk B.V.", "Grachtweg 112", "3511 AB Utrecht"),
        "NL004495445B01", "NL91ABNA0417164300", ("Fietsfabriek De Ketting B.V.", "Industrieweg 40", "7418 EZ Deventer"),
        "20260771", "2026-05-11", "2026-06-10", 30, "INK-4471", "EUR", "€", Decimal(21),
        (("Folders A5, full colour, 5000 stuks", "1", "412.00"), ("Visitekaartjes, 250 stuks", "6", "28.50")),
        scan="jpg",
    ),
    Sample(
        "granite-peak-supply", "en", ("Granite Peak Supply Inc.", "880 Foundry Road", "Boise, ID 83702"),
        "12-3456789", "", ("Cedar Hollow Builders LLC", "41 Ridge Avenue", "Denver, CO 80202"),
        "GPS-55120", "2026-10-02", "2026-11-01", 30, "4500981", "USD", "$", Decimal(6),
        (("Galvanized joist hanger 2x8", "120", "1.89"), ("Deck screws 3 in, box of 350", "10", "24.75"), ("Concrete mix 80 lb", "36", "6.40")),
        letter=True, scan="tif",
    ),
)  # fmt: skip


def draw(sample: Sample) -> bytes:
    """The invoice as a one-page PDF with a text layer."""
    words = WORDS[sample.language]
    out = io.BytesIO()
    width, height = LETTER if sample.letter else A4
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    canvas.setTitle(f"{words.title} {sample.number}")
    left, right = 56.0, width - 56.0
    money = lambda value: (  # noqa: E731
        f"{sample.sign}{words.show_money(value)}"
        if sample.sign in "£$"
        else f"{words.show_money(value)} {sample.sign}"
    )

    def text(x: float, y: float, line: str, size: float = 9.5, *, bold: bool = False) -> None:
        canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        canvas.drawString(x, y, line)

    def text_right(x: float, y: float, line: str, size: float = 9.5, *, bold: bool = False) -> None:
        canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
        canvas.drawRightString(x, y, line)

    y = height - 70
    text(left, y, sample.vendor[0], 16, bold=True)
    text(left, y - 16, f"{sample.vendor[1]}, {sample.vendor[2]}")
    text_right(right, y, words.title, 18)
    y -= 80
    for step, line in enumerate(sample.customer):
        text(left, y - 13 * step, line, bold=step == 0)
    facts = [
        (words.number, sample.number),
        (words.date, words.show_date(sample.date)),
        (words.due, words.show_date(sample.due)),
        (words.order, sample.order),
    ]
    for step, (label, value) in enumerate(facts):
        text(right - 210, y - 14 * step, label)
        text_right(right, y - 14 * step, value)
    y -= 100
    canvas.setFillGray(0.93)
    canvas.rect(left - 6, y - 6, right - left + 12, 20, stroke=0, fill=1)
    canvas.setFillGray(0)
    columns = (left, right - 190, right - 80, right)
    for position, head in enumerate(words.columns):
        (text if position == 0 else text_right)(columns[position], y, head, bold=True)
    rows, net, tax, total = sample.amounts()
    for (description, quantity, price), amount in zip(sample.lines, rows, strict=True):
        y -= 20
        text(left, y, description)
        shown = quantity if sample.language == "en" else quantity.replace(".", ",")
        text_right(columns[1], y, shown)
        text_right(columns[2], y, money(Decimal(price)))
        text_right(columns[3], y, money(amount))
    y -= 14
    canvas.line(left - 6, y, right + 6, y)
    for label, value, bold in (
        (words.subtotal, net, False),
        (f"{words.tax} {sample.rate} %", tax, False),
        (words.total, total, True),
    ):
        y -= 18
        text(right - 210, y, label, bold=bold)
        text_right(right, y, money(value), bold=bold)
    y -= 40
    text(left, y, words.terms.format(days=sample.days))
    y = 64
    canvas.setLineWidth(0.4)
    canvas.line(left, y + 16, right, y + 16)
    text(left, y, f"{sample.vendor[0]}  ·  {words.tax_id}: {sample.tax_id}", 8)
    if sample.iban:
        grouped = " ".join(sample.iban[i : i + 4] for i in range(0, len(sample.iban), 4))
        text(left, y - 12, f"{words.bank}: IBAN {grouped}", 8)
    canvas.showPage()
    canvas.save()
    return out.getvalue()


def scanned(pdf: bytes, kind: str) -> bytes:
    """The page as a scanner would give it: 200 dpi, turned by 0.6 degrees, a little blurred."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72, grayscale=True).to_pil()
    page = page.rotate(0.6, resample=Image.Resampling.BICUBIC, fillcolor=255)
    page = page.filter(ImageFilter.GaussianBlur(0.6))
    noise = np.random.default_rng(7).normal(0, 4, (page.height, page.width))
    noisy = np.clip(np.asarray(page, dtype=np.float32) * 0.94 + 8 + noise, 0, 255)
    image = Image.fromarray(noisy.astype(np.uint8))
    out = io.BytesIO()
    if kind == "jpg":
        image.save(out, "JPEG", quality=55, dpi=(200, 200))
    else:
        image.convert("1", dither=Image.Dither.NONE).save(
            out, "TIFF", compression="group4", dpi=(200, 200)
        )
    return out.getvalue()


def truth(sample: Sample) -> dict[str, Any]:
    """The right answers in the form of the evaluation sets."""
    rows, net, tax, total = sample.amounts()
    return {
        "truth": {
            "vendor_name": sample.vendor[0],
            "vendor_address": f"{sample.vendor[1]}, {sample.vendor[2]}",
            "vendor_tax_id": sample.tax_id,
            "customer_name": sample.customer[0],
            "invoice_number": sample.number,
            "invoice_date": sample.date,
            "due_date": sample.due,
            "purchase_order": sample.order,
            "currency": sample.currency,
            "subtotal": str(net),
            "tax_total": str(tax),
            "total": str(total),
            "payment_terms": WORDS[sample.language].terms.format(days=sample.days),
            "iban": sample.iban or None,
            "line_items": [
                {"description": d, "quantity": q, "unit_price": p, "amount": str(a)}
                for (d, q, p), a in zip(sample.lines, rows, strict=True)
            ],
        },
        "accept": {},
    }


UBL = """<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID>
  <cbc:ID>{number}</cbc:ID><cbc:IssueDate>{date}</cbc:IssueDate><cbc:DueDate>{due}</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:OrderReference><cbc:ID>B-2231</cbc:ID></cac:OrderReference>
  <cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Windrad Nord AG</cbc:Name></cac:PartyName><cac:PostalAddress><cbc:StreetName>Deichstraße 2</cbc:StreetName><cbc:CityName>Husum</cbc:CityName><cbc:PostalZone>25813</cbc:PostalZone><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyTaxScheme><cbc:CompanyID>DE129273398</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Windrad Nord AG</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty><cac:Party><cac:PostalAddress><cac:Country><cbc:IdentificationCode>DE</cbc:IdentificationCode></cac:Country></cac:PostalAddress><cac:PartyLegalEntity><cbc:RegistrationName>Stadtwerke Musterau GmbH</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party></cac:AccountingCustomerParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount><cbc:ID>DE02120300000000202051</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
  <cac:PaymentTerms><cbc:Note>14 Tage netto</cbc:Note></cac:PaymentTerms>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">228.00</cbc:TaxAmount><cac:TaxSubtotal><cbc:TaxableAmount currencyID="EUR">1200.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">228.00</cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID="EUR">1200.00</cbc:LineExtensionAmount><cbc:TaxExclusiveAmount currencyID="EUR">1200.00</cbc:TaxExclusiveAmount><cbc:TaxInclusiveAmount currencyID="EUR">1428.00</cbc:TaxInclusiveAmount><cbc:PayableAmount currencyID="EUR">1428.00</cbc:PayableAmount></cac:LegalMonetaryTotal>
  <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="HUR">8</cbc:InvoicedQuantity><cbc:LineExtensionAmount currencyID="EUR">1200.00</cbc:LineExtensionAmount><cac:Item><cbc:Name>Wartung der Anlage W3</cbc:Name><cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:ClassifiedTaxCategory></cac:Item><cac:Price><cbc:PriceAmount currencyID="EUR">150.00</cbc:PriceAmount></cac:Price></cac:InvoiceLine>
</Invoice>
"""


def ubl() -> tuple[bytes, dict[str, Any]]:
    """A bare UBL invoice and its truth."""
    xml = UBL.format(number="WN-2026-311", date="2026-09-30", due="2026-10-14").encode()
    return xml, {
        "truth": {
            "vendor_name": "Windrad Nord AG",
            "vendor_tax_id": "DE129273398",
            "customer_name": "Stadtwerke Musterau GmbH",
            "invoice_number": "WN-2026-311",
            "invoice_date": "2026-09-30",
            "due_date": "2026-10-14",
            "purchase_order": "B-2231",
            "currency": "EUR",
            "subtotal": "1200.00",
            "tax_total": "228.00",
            "total": "1428.00",
            "amount_due": "1428.00",
            "payment_terms": "14 Tage netto",
            "iban": "DE02120300000000202051",
            "line_items": [
                {
                    "description": "Wartung der Anlage W3",
                    "quantity": "8",
                    "unit_price": "150.00",
                    "amount": "1200.00",
                }
            ],
        },
        "accept": {},
    }


def main() -> None:
    entries = []

    def keep(name: str, ending: str, content: bytes, answers: dict[str, Any], set_: str) -> None:
        (HERE / f"{name}.{ending}").write_bytes(content)
        (HERE / f"{name}.json").write_text(
            json.dumps(answers, ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
        entries.append(
            {"id": name, "set": set_, "file": f"{name}.{ending}", "truth": f"{name}.json"}
        )

    for sample in SAMPLES:
        pdf = draw(sample)
        if sample.scan:
            keep(sample.name, sample.scan, scanned(pdf, sample.scan), truth(sample), "scan")
        else:
            keep(sample.name, "pdf", pdf, truth(sample), "digital")
    keep("windrad-nord", "xml", *ubl(), "xml")
    lines = "".join(json.dumps(e, ensure_ascii=False) + "\n" for e in entries)
    (HERE / "manifest.jsonl").write_text(lines, "utf-8")


if __name__ == "__main__":
    main()
