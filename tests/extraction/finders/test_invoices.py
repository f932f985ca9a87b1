"""Header fields of ordinary invoices in several languages, on pages of our own making."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.extraction.finders.paper import letter

from invoice_ai.domain.pages import Page
from invoice_ai.extraction.finders import find_fields

GERMAN = letter(
    sender=["Quellhof Mosterei GmbH", "Apfelweg 12", "21335 Lüneburg", "Tel. +49 4131 555010"],
    receiver=["Hotel Sternblick KG", "Am Deich 3", "26548 Norderney"],
    facts=["Rechnungsnummer: QM-2031", "Rechnungsdatum: 03.04.2026", "Ihre Bestellung: B-7781", "Lieferdatum: 01.04.2026"],
    items=[("Apfelsaft naturtrüb, 40 Kisten", "480,00 €"), ("Pfand", "72,00 €")],
    sums=[("Zwischensumme netto", "552,00 €"), ("zzgl. 19 % MwSt.", "104,88 €"), ("Gesamtbetrag", "656,88 €")],
    foot=[
        "Zahlbar innerhalb von 14 Tagen ohne Abzug.",
        "Quellhof Mosterei GmbH USt-IdNr. DE136695976 Amtsgericht Lüneburg HRB 4711",
        "IBAN DE02 1203 0000 0000 2020 51 BIC BYLADEM1001",
    ],
)  # fmt: skip
ENGLISH = letter(
    sender=["Tidewater Ropes Ltd", "4 Quay Street", "Falmouth TR11 3AB", "accounts@tidewater-ropes.co.uk"],
    receiver=["Bill to:", "Gull Marine Stores", "9 Castle Road", "Plymouth PL1 2NW"],
    facts=["Invoice No: TR 4410", "Invoice date: 12 May 2026", "Due date: 11 June 2026", "PO Number: 88231", "Payment terms: 30 days net"],
    items=[("Mooring line 24 mm", "£320.00"), ("Delivery", "£15.00")],
    sums=[("Subtotal", "£335.00"), ("VAT @ 20%", "£67.00"), ("Total", "£402.00"), ("Amount due", "£402.00")],
    foot=["VAT Registration No: GB 731 331 179", "Sort code: 20-20-15"],
)  # fmt: skip
FRENCH = letter(
    sender=["Papeterie du Canal SARL", "18 rue des Tanneurs", "59000 Lille"],
    receiver=["Atelier Brume", "7 avenue Foch", "75016 Paris"],
    facts=["Facture n° F-2026-118", "Date de facture : 07/03/2026", "Date d'échéance : 06/04/2026"],
    items=[("Ramettes A4", "1 240,00 €")],
    sums=[("Total HT", "1 240,00 €"), ("TVA 20 %", "248,00 €"), ("Total TTC", "1 488,00 €"), ("Net à payer", "1 488,00 €")],
    foot=["N° TVA intracommunautaire FR40303265045", "IBAN FR14 2004 1010 0505 0001 3M02 606"],
)  # fmt: skip
SPANISH = letter(
    sender=["Aceites Sierra Alta S.L.", "Calle del Olivar 5", "23001 Jaén"],
    receiver=["Cliente:", "Mercado Central Gijón", "Calle Uría 12", "33003 Oviedo"],
    facts=["Factura nº: AS/882", "Fecha de factura: 15/02/2026", "Vencimiento: 17/03/2026"],
    items=[("Aceite de oliva 5 l", "900,00 €")],
    sums=[("Base imponible", "900,00 €"), ("IVA 21%", "189,00 €"), ("Total factura", "1.089,00 €")],
    foot=["NIF: B-58378431"],
)  # fmt: skip
ITALIAN = letter(
    sender=["Torrefazione Aurora S.r.l.", "Via Garibaldi 21", "34121 Trieste"],
    receiver=["Spett.le", "Bar Commercio", "Via Mazzini 8", "33100 Udine"],
    facts=["Numero fattura: 71/2026", "Data fattura: 20/01/2026", "Scadenza: 19/02/2026"],
    items=[("Caffè in grani 10 kg", "150,00 €")],
    sums=[("Imponibile", "150,00 €"), ("IVA 22%", "33,00 €"), ("Totale documento", "183,00 €")],
    foot=["P. IVA IT00743110157"],
)  # fmt: skip
DUTCH = letter(
    sender=["Kwekerij De Linde B.V.", "Dorpsstraat 44", "2771 AB Boskoop"],
    receiver=["Tuincentrum Zuid", "Laan 9", "4811 XK Breda"],
    facts=["Factuurnummer: 20260077", "Factuurdatum: 09-02-2026", "Vervaldatum: 11-03-2026"],
    items=[("Beukenhaag 50 st", "€ 275,00")],
    sums=[("Subtotaal", "€ 275,00"), ("BTW 21%", "€ 57,75"), ("Totaal te betalen", "€ 332,75")],
    foot=["KvK 24330087 BTW NL810433941B01", "IBAN NL91 ABNA 0417 1643 00"],
)  # fmt: skip
POLISH = letter(
    sender=["Sprzedawca:", "Stolarnia Jawor Sp. z o.o.", "ul. Lipowa 3", "31-560 Kraków", "NIP: 6770065406"],
    receiver=["Nabywca:", "Kawiarnia Pod Orłem", "ul. Długa 17", "80-831 Gdańsk"],
    facts=["Faktura VAT nr FV/12/2026", "Data wystawienia: 05.03.2026", "Termin płatności: 19.03.2026"],
    items=[("Stół dębowy", "2 000,00 zł")],
    sums=[("Wartość netto", "2 000,00 zł"), ("Kwota VAT 23%", "460,00 zł"), ("Razem do zapłaty", "2 460,00 zł")],
)  # fmt: skip
PORTUGUESE = letter(
    sender=["Cerâmica Montemor Lda", "Rua do Forno 8", "3140-250 Montemor"],
    receiver=["Cliente:", "Loja Azul", "Avenida Central 2", "4000-322 Porto"],
    facts=["Fatura n.º FT 2026/9", "Data de emissão: 11/03/2026", "Data de vencimento: 10/04/2026"],
    items=[("Azulejos", "410,00 €")],
    sums=[("Total líquido", "410,00 €"), ("IVA 23%", "94,30 €"), ("Total", "504,30 €")],
    foot=["Contribuinte: 501964843"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("page", "vendor", "customer", "number", "issued", "due", "net", "tax", "gross", "currency"),
    [
        (GERMAN, "Quellhof Mosterei GmbH", "Hotel Sternblick KG", "QM-2031", date(2026, 4, 3), None, "552.00", "104.88", "656.88", "EUR"),
        (ENGLISH, "Tidewater Ropes Ltd", "Gull Marine Stores", "TR 4410", date(2026, 5, 12), date(2026, 6, 11), "335.00", "67.00", "402.00", "GBP"),
        (FRENCH, "Papeterie du Canal SARL", "Atelier Brume", "F-2026-118", date(2026, 3, 7), date(2026, 4, 6), "1240.00", "248.00", "1488.00", "EUR"),
        (SPANISH, "Aceites Sierra Alta S.L.", "Mercado Central Gijón", "AS/882", date(2026, 2, 15), date(2026, 3, 17), "900.00", "189.00", "1089.00", "EUR"),
        (ITALIAN, "Torrefazione Aurora S.r.l.", "Bar Commercio", "71/2026", date(2026, 1, 20), date(2026, 2, 19), "150.00", "33.00", "183.00", "EUR"),
        (DUTCH, "Kwekerij De Linde B.V.", "Tuincentrum Zuid", "20260077", date(2026, 2, 9), date(2026, 3, 11), "275.00", "57.75", "332.75", "EUR"),
        (POLISH, "Stolarnia Jawor Sp. z o.o.", "Kawiarnia Pod Orłem", "FV/12/2026", date(2026, 3, 5), date(2026, 3, 19), "2000.00", "460.00", "2460.00", "PLN"),
        (PORTUGUESE, "Cerâmica Montemor Lda", "Loja Azul", "FT 2026/9", date(2026, 3, 11), date(2026, 4, 10), "410.00", "94.30", "504.30", "EUR"),
    ],
    ids=["de", "en", "fr", "es", "it", "nl", "pl", "pt"],
)  # fmt: skip
def test_an_ordinary_invoice_is_read_in_its_language(
    page: Page,
    vendor: str,
    customer: str,
    number: str,
    issued: date,
    due: date | None,
    net: str,
    tax: str,
    gross: str,
    currency: str,
) -> None:
    fields = find_fields([page]).fields
    got = {name: field.value for name, field in fields.items()}
    wanted = {
        "vendor_name": vendor,
        "customer_name": customer,
        "invoice_number": number,
        "invoice_date": issued,
        "subtotal": Decimal(net),
        "tax_total": Decimal(tax),
        "total": Decimal(gross),
        "currency": currency,
        "document_type": "invoice",
    }
    if due:
        wanted["due_date"] = due
    assert {name: got.get(name) for name in wanted} == wanted


def test_every_value_carries_its_place_and_what_is_printed_there() -> None:
    found = find_fields([GERMAN]).fields
    for name, field in found.items():
        if name in ("document_type", "amount_due"):
            continue
        assert field.page == 1 and field.box is not None, name
        x0, y0, x1, y1 = field.box
        assert 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1
        assert field.source == "text" and 0 < field.confidence < 1
    assert found["total"].raw == "656,88 €"


def test_bank_and_tax_numbers_belong_to_the_vendor() -> None:
    got = {n: f.value for n, f in find_fields([GERMAN]).fields.items()}
    assert got["vendor_tax_id"] == "DE136695976"
    assert got["iban"] == "DE02120300000000202051"
    assert got["bic"] == "BYLADEM1001"
    assert got["vendor_address"] == "Apfelweg 12, 21335 Lüneburg"
    assert got["purchase_order"] == "B-7781"
    assert got["delivery_date"] == date(2026, 4, 1)
    assert got["payment_days"] == Decimal(14)
    assert got["vendor_country"] == "DE"


def test_the_language_is_told() -> None:
    pages = {"de": GERMAN, "fr": FRENCH, "nl": DUTCH, "pl": POLISH, "it": ITALIAN, "es": SPANISH}
    assert {n: find_fields([p]).language for n, p in pages.items()} == {n: n for n in pages}


def test_what_is_open_is_the_total_when_nothing_was_paid() -> None:
    due = find_fields([GERMAN]).fields["amount_due"]
    assert due.value == Decimal("656.88") and due.source == "computed"


def test_the_tax_breakdown_has_one_line_per_rate() -> None:
    page = letter(
        sender=["Kolonial Brandt GmbH", "Marktplatz 1", "24103 Kiel"],
        receiver=["Pension Möwe", "Strandweg 4", "24159 Kiel"],
        facts=["Rechnung Nr. 5510", "Datum: 02.02.2026"],
        sums=[
            ("Netto 7 %   100,00", "MwSt. 7,00"),
            ("Netto 19 %   200,00", "MwSt. 38,00"),
            ("Gesamtbetrag", "345,00 €"),
        ],
    )
    taxes = find_fields([page]).taxes
    cells = [
        (t.rate and t.rate.value, t.base and t.base.value, t.amount and t.amount.value)
        for t in taxes
    ]
    assert cells == [
        (Decimal(7), Decimal("100.00"), Decimal("7.00")),
        (Decimal(19), Decimal("200.00"), Decimal("38.00")),
    ]
