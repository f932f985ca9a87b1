"""What invoices written by strangers taught: who is billed, which label an amount has, free terms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.extraction.finders.paper import CHAR, Piece, letter, sheet_of, till

from invoice_ai.domain.invoice import Value
from invoice_ai.domain.layout import text_lines
from invoice_ai.domain.pages import Box, Page, Reading, Word
from invoice_ai.extraction import extract_invoice
from invoice_ai.extraction.finders import find_fields

SENDER = ["Tannhof Werkzeug GmbH", "Lindenstraße 12", "50667 Köln", "Tel. 0221 550 18-0"]
NET = [("Netto", "100,00"), ("MwSt 19 %", "19,00"), ("Gesamtbetrag", "119,00 EUR")]


def values(page: Page) -> dict[str, Value]:
    return {n: f.value for n, f in find_fields([page]).fields.items() if f.confidence >= 0.5}


def read(
    *facts: str,
    receiver: Sequence[str] = ("Halde Möbel GmbH", "Am Wehr 4", "28195 Bremen"),
    sums: Sequence[tuple[str, str]] = NET,
    foot: Sequence[str] = ("USt-IdNr. DE811907980",),
) -> dict[str, Value]:
    facts = ("Rechnung Nr. 47110", "Datum: 19.03.2026", *facts)
    return values(letter(sender=SENDER, receiver=receiver, facts=facts, sums=sums, foot=foot))


@pytest.mark.parametrize(
    "receiver",
    [
        ("Halde Möbel GmbH", "Abt. Technik / Herrn Wiebold", "Am Wehr 4", "28195 Bremen"),
        ("Halde Möbel GmbH", "Anchor House, Am Wehr 4", "28195 Bremen"),
        ("Halde Möbel GmbH", "z. Hd. Buchhaltung", "Am Wehr 4", "28195 Bremen"),
        ("Frau Clara Monner", "Halde Möbel GmbH", "Am Wehr 4", "28195 Bremen"),
    ],
)
def test_a_department_a_building_or_a_person_is_not_who_is_billed(
    receiver: tuple[str, ...],
) -> None:
    assert read(receiver=receiver)["customer_name"] == "Halde Möbel GmbH"


def test_a_legal_form_on_the_next_line_belongs_to_the_name_above() -> None:
    got = read(receiver=("Halde Möbelwerke Nord", "GmbH & Co. KG", "Am Wehr 4", "28195 Bremen"))
    assert got["customer_name"] == "Halde Möbelwerke Nord GmbH & Co. KG"


def test_neither_shipper_nor_consignee_is_billed() -> None:
    columns = {
        0.06: ("SHIPPER / ORIGIN", "NORTHFORK CASTINGS LLC", "900 FOUNDRY RD", "WELLMAN, IA 52359"),
        0.38: ("CONSIGNEE", "RIO PUMP YARD", "17850 DOCK RD", "ODELL FLATS, TX 79758"),
        0.68: ("BILL TO", "RIO SECO PUMP CO", "44 MAIN ST", "ODELL FLATS, TX 79758"),
    }
    pieces: list[Piece] = [
        (0.06, 0.04, "TALLGRASS MOTOR FREIGHT INC"),
        (0.06, 0.058, "4410 Stockyard Road, Coldwater, KS 67029"),
        (0.06, 0.076, "Phone 620 555 0136"),
        (0.6, 0.04, "INVOICE 318-774206"),
    ]
    pieces += [
        (x, 0.15 + 0.018 * i, text) for x, lines in columns.items() for i, text in enumerate(lines)
    ]
    assert values(sheet_of(pieces))["customer_name"] == "RIO SECO PUMP CO"


def test_a_branch_of_the_vendor_is_not_its_customer() -> None:
    page = letter(
        sender=["Tannhof Inn Bremen City", "Lindenstraße 12", "50667 Köln"],
        receiver=["Halde Consulting GmbH"],
        facts=["Rechnung Nr. 47110", "Datum: 19.03.2026"],
        sums=NET,
        foot=["Tannhof Inn GmbH · Weserallee 9 · 60308 Frankfurt", "Tel. 069 550 18-0"],
    )
    assert values(page)["customer_name"] == "Halde Consulting GmbH"


def test_parties_of_a_form_are_told_by_what_each_line_says_it_is() -> None:
    rows = [
        ("Informationen zum Käufer", "Informationen zum Verkäufer"),
        ("Name: Halde Möbel GmbH", "Firmenname: Tannhof Werkzeug"),
        ("", "und Söhne GmbH"),
        ("Straße: Am Wehr 4", "Straße: Lindenstraße 12"),
        ("PLZ: 28195", "PLZ: 50667"),
        ("Ort: Bremen", "Ort: Köln"),
    ]
    pieces: list[Piece] = [(0.06, 0.03, "Rechnungsnummer: 47110")]
    for i, (left, right) in enumerate(rows):
        pieces += [(0.06, 0.1 + 0.02 * i, left)] if left else []
        # What goes on in the next line stands under its value.
        x = 0.55 + CHAR * len("Firmenname: ") if not right.count(":") and i else 0.55
        pieces += [(x, 0.1 + 0.02 * i, right)]
    got = values(sheet_of(pieces))
    assert got["customer_name"] == "Halde Möbel GmbH"
    assert str(got["vendor_name"]).startswith("Tannhof Werkzeug")
    assert got["vendor_address"] == "Lindenstraße 12, 50667 Köln"


def test_an_amount_has_the_nearest_label_not_that_of_another_column() -> None:
    pieces: list[Piece] = [
        (0.06, 0.04, "Tannhof Tools Inc"),
        (0.06, 0.058, "12 Linden Street, Coldwater, KS 67029"),
        (0.06, 0.6, "Interest applies to past due balance"),
        (0.6, 0.6, "Sales Tax (8.25%)"),
        (0.85, 0.6, "$36.47"),
        (0.6, 0.57, "Subtotal"),
        (0.85, 0.57, "$2,045.00"),
        (0.6, 0.63, "Total"),
        (0.85, 0.63, "$2,081.47"),
    ]
    got = values(sheet_of(pieces))
    assert got["tax_total"] == Decimal("36.47")
    assert "previous_balance" not in got


def test_sums_side_by_side_are_what_stands_over_them_and_may_be_rounded_to_whole_crowns() -> None:
    heads = ["Netto", "Moms 25 %", "Öresavrundning", "Bankgiro", "Att betala SEK"]
    row = ["6 446,90", "1 611,73", "0,37", "5218-7440", "8 059,00"]
    pieces: list[Piece] = [(0.06, 0.04, "Norrdrift AB"), (0.06, 0.1, "Faktura 24108671")]
    for i, (head, value) in enumerate(zip(heads, row, strict=True)):
        pieces += [(0.06 + 0.18 * i, 0.6, head), (0.06 + 0.18 * i, 0.62, value)]
    got = values(sheet_of(pieces))
    assert got["subtotal"] == Decimal("6446.90")
    assert got["tax_total"] == Decimal("1611.73")
    assert got["total"] == Decimal("8059.00")


def test_a_city_tax_between_net_and_total_is_no_contradiction() -> None:
    sums = [
        ("Totale imponibile", "347,77"),
        ("Totale IVA", "37,73"),
        ("Imposta di soggiorno", "7,50"),
        ("Totale fattura EUR", "393,00"),
    ]
    got = read(sums=sums)
    assert (got["subtotal"], got["total"]) == (Decimal("347.77"), Decimal("393.00"))


def test_a_net_without_a_name_is_what_total_and_tax_leave() -> None:
    sums = [("", "61,456.00"), ("CGST", "5,277.54"), ("SGST", "5,277.54"), ("Total", "72,011.08")]
    assert read(sums=sums)["subtotal"] == Decimal("61456.00")


def test_where_no_tax_is_due_the_net_is_the_total() -> None:
    sums = [
        ("VAT 0% intra-community", "2,076.76"),
        ("Tax total", "0.00"),
        ("Total", "2,076.76 EUR"),
    ]
    assert read(sums=sums)["subtotal"] == Decimal("2076.76")


def test_net_and_tax_of_a_tills_summary_say_what_the_total_is() -> None:
    page = till(
        ["KIN LOONG TRADING", "No. 8, Jalan Meranti 3", "13600 Perai", "TAX INVOICE", "WD40|14.00",
         "TOTAL  ROUNDING|0.00", "14.00", "CODE  AMOUNT|TAX/AMT", "SR 13.21 6|0.79"]
    )  # fmt: skip
    total = find_fields([page]).fields["total"]
    assert total.value == Decimal("14.00")


@pytest.mark.parametrize(
    ("printed", "terms"),
    [
        ("Ich ersuche um Überweisung binnen 14 Tagen netto", "binnen 14 Tagen netto"),
        ("Bitte überweise den Betrag innerhalb von zwei Wochen", "zwei Wochen"),
        ("Zahlbar bis 22.03.2026 mit 2 % Skonto, bis 11.04.2026 ohne Abzug.", "22.03.2026"),
        ("Règlement à réception, par chèque", "à réception"),
        ("NET 30", "NET 30"),
        (
            "Bitte überweisen Sie den Betrag bis zum 15.05.2026 auf unser Konto",
            "bis zum 15.05.2026",
        ),
    ],
)
def test_terms_are_found_in_free_words(printed: str, terms: str) -> None:
    assert terms in str(read(printed)["payment_terms"])


def test_a_polish_account_is_known_without_its_letters() -> None:
    got = read(foot=["Nr konta: 62 1140 2004 0000 3102 4771 8804", "NIP 831-422-70-64"])
    whole = read(foot=["Nr konta: 61 1090 1014 0000 0712 1981 2874", "NIP 831-422-70-64"])
    assert "iban" not in got  # its check digits are wrong, so it may be anything
    assert whole["iban"] == "PL61109010140000071219812874"


@pytest.mark.parametrize(
    ("facts", "number"),
    [
        (("RAČUN R-1 br. 4417/PJ03/2",), "4417/PJ03/2"),
        (("Mietrechnung Nr. 9314110911/00/M",), "9314110911/00/M"),
        (("Invoice # KL-CS 0058214",), "KL-CS 0058214"),
    ],
)
def test_a_number_behind_a_series_or_a_compound(facts: tuple[str, ...], number: str) -> None:
    page = letter(
        sender=SENDER,
        receiver=["Halde Möbel GmbH", "Am Wehr 4", "28195 Bremen"],
        facts=[*facts, "Datum: 19.03.2026"],
        sums=NET,
    )
    assert values(page)["invoice_number"] == number


@pytest.mark.parametrize(
    "other",
    [
        "Version: 2.1 vom 24.03.2020",
        "Ihre Bestellung 4711 vom 04.02.2026",
        "loi 80.335 du 12/05/80",
    ],
)
def test_dates_of_versions_orders_and_laws_are_not_the_invoices(other: str) -> None:
    assert str(read(other, "Lieferdatum: 18.03.2026")["invoice_date"]) == "2026-03-19"


def test_a_currency_that_is_asked_for_is_answered() -> None:
    assert (
        read("Währung: GBP", sums=[(n, v.replace(" EUR", "")) for n, v in NET])["currency"] == "GBP"
    )


def test_a_total_before_the_rounding_that_the_till_prints_is_never_sure() -> None:
    lines = ["KIN LOONG TRADING", "No. 8, Jalan Meranti 3", "13600 Perai", "TAX INVOICE",
             "WD40|112.46", "Total (RM)|112.46", "Rounding (RM)|-0.01", "CASH|112.46"]  # fmt: skip
    total = extract_invoice(Reading((till(lines),))).fields["total"]
    assert total.value == Decimal("112.46")
    assert total.confidence <= 0.85


def on_its_side(text: str, *, x: float = 0.02, foot: float = 0.9) -> tuple[Word, ...]:
    """Small print that runs up the margin, from `foot` upwards."""
    words: list[Word] = []
    for word in text.split(" "):
        high = 0.008 * len(word)
        words.append(Word(word, Box(x, foot - high, x + 0.012, foot)))
        foot -= high + 0.006
    return tuple(words)


def test_what_runs_up_the_margin_stays_out_of_the_level_lines() -> None:
    page = letter(sender=SENDER[:3], receiver=(), facts=("Factura 47110", "16.05.2022"), sums=NET)
    margin = on_its_side("BRAIDE MANAGEMENT, S.L. · B-870.45.050 · C/Princesa, 58 Barcelona")
    page = replace(page, words=page.words + margin)
    lines = [line.text for line in text_lines(page)]
    assert lines[-1] == "BRAIDE MANAGEMENT, S.L. · B-870.45.050 · C/Princesa, 58 Barcelona"
    assert [line.text for line in text_lines(page)[:-1]] == [
        line.text for line in text_lines(replace(page, words=page.words[: -len(margin)]))
    ]
    # The number of a Spanish company stands behind its form, without a label.
    assert values(page)["vendor_tax_id"] == "B87045050"


@pytest.mark.parametrize(
    ("printed", "field", "value"),
    [
        ("Your Ref / LO No. : MHMC/LO/0094", "purchase_order", "MHMC/LO/0094"),
        ("Call-off order: GL-FW-2026-031", "purchase_order", "GL-FW-2026-031"),
        ("Deres rekv.nr. ..: KK-1126", "purchase_order", "KK-1126"),
        (
            "Forma de pago: RECIBO DOMICILIADO 30 DÍAS",
            "payment_terms",
            "RECIBO DOMICILIADO 30 DÍAS",
        ),
        ("Terms: due upon receipt", "payment_terms", "due upon receipt"),
        ("Payment: 14 days after invoice date", "payment_terms", "14 days after invoice date"),
    ],
)
def test_what_stands_behind_a_label_of_two_names_or_begins_with_a_label(
    printed: str, field: str, value: str
) -> None:
    assert read(printed)[field] == value


def test_terms_of_delivery_and_who_has_to_pay_are_no_terms_of_payment() -> None:
    assert "payment_terms" not in read("Terms: CIF Rotterdam (Incoterms 2020)")
    assert "payment_terms" not in read("Zahlbar durch Regula Imboden")


@pytest.mark.parametrize(("title", "number"), [("FACTURE", "26/0418"), ("FACTURA", "FC25/004512")])
def test_the_sign_for_number_below_the_title_names_the_invoices(title: str, number: str) -> None:
    facts = (title, f"N° {number}", "Date : 27/02/2026")
    page = letter(
        sender=SENDER, receiver=("Halde SA", "Rue du Pré 4", "5030 Gembloux"), facts=facts
    )
    assert values(page)["invoice_number"] == number
    alone = letter(sender=SENDER, receiver=(), facts=("Traductora jurada", f"N° {number}"))
    assert "invoice_number" not in values(alone)


def test_a_shop_that_numbers_only_its_orders_bills_under_the_orders_number() -> None:
    facts = ("Invoice", "Order No. 34017", "Order Date November 2, 2022")
    receiver = ("Jens Walter", "Lausner Weg 45", "04207 Leipzig")
    page = letter(sender=SENDER, receiver=receiver, facts=facts, sums=NET)
    assert values(page)["invoice_number"] == "34017"


def test_two_companies_side_by_side_at_the_head_are_vendor_and_customer() -> None:
    left = ("DISTRIBUCIONES NAVAZO, S.L.", "C/ Herreros 14", "41510 MAIRENILLA", "C.I.F. B44817302")
    right = ("MESÓN LOS TRES HERMANOS, C.B.", "AVDA. DEL SUR, 41", "41620 MARCHENUELA")
    pieces: list[Piece] = [(0.06, 0.03 + 0.018 * i, text) for i, text in enumerate(left)]
    pieces += [(0.55, 0.03 + 0.018 * i, text) for i, text in enumerate(right)]
    pieces += [(0.55, 0.084, "N.I.F. E91277442"), (0.06, 0.12, "Tfno. 955 00 41 77")]
    pieces += [(0.06, 0.16, "FACTURA A26/014882"), (0.06, 0.18, "Fecha 20/11/2026")]
    got = values(sheet_of(pieces))
    assert got["vendor_name"] == "DISTRIBUCIONES NAVAZO, S.L."
    assert got["customer_name"] == "MESÓN LOS TRES HERMANOS, C.B."
    assert got["vendor_tax_id"] == "B44817302"


def test_a_total_that_is_also_what_is_due_holds_no_old_debt() -> None:
    sums = [
        ("Previous balance", "2,740.50"),
        ("Payment received", "(2,740.50)"),
        ("Total fees", "5,383.50"),
        ("Total current charges", "5,500.35"),
        ("TOTAL BALANCE DUE", "5,500.35"),
    ]
    assert read(sums=sums)["total"] == Decimal("5500.35")


def test_a_sales_tax_said_to_be_exempt_is_a_tax_of_nothing() -> None:
    sums = [
        ("MERCHANDISE", "691.50"),
        ("FREIGHT", "38.17"),
        ("SALES TAX (EXEMPT)", "0.00"),
        ("INVOICE TOTAL USD", "729.67"),
    ]
    got = read(sums=sums)
    assert (got["subtotal"], got["tax_total"]) == (Decimal("691.50"), Decimal("0.00"))


def test_words_between_a_label_and_its_colon_are_part_of_the_label() -> None:
    foot = ("VAT ID Consol. Busn no: 558327284",)
    assert read(foot=foot)["vendor_tax_id"] == "558327284"


def test_where_an_authority_receives_is_no_order_and_its_order_is_one() -> None:
    receiver = ("Landkreis Südheide", "Am Kreishaus 5", "29614 Soltau")
    facts = ("Leitweg-ID: 03241-64107-95", "Bestellnummer: EGW-4500018823")
    assert read(*facts, receiver=receiver)["purchase_order"] == "EGW-4500018823"


def test_sums_in_a_sentence_are_amounts() -> None:
    page = letter(
        sender=SENDER,
        receiver=("Halde Möbel GmbH", "Am Wehr 4", "28195 Bremen"),
        facts=("Rechnung Nr. 47110", "Datum: 19.03.2026"),
        sums=[
            ("Summe netto EUR 390,63, darin zuzüglich", ""),
            ("19 % Mehrwertsteuer EUR 74,22, ergibt", ""),
            ("einen Rechnungsbetrag von EUR 464,85.", ""),
        ],
    )
    got = values(page)
    assert (got["subtotal"], got["tax_total"], got["total"]) == (
        Decimal("390.63"),
        Decimal("74.22"),
        Decimal("464.85"),
    )


@pytest.mark.parametrize(
    "what",
    ["AVOCAT À LA COUR", "BAUUNTERNEHMUNG", "Attorneys at Law", "An Accountancy Corporation"],
)
def test_what_a_vendor_is_is_not_who_it_is(what: str) -> None:
    sender = ("Greubel & Söhne", what, "Mainleite 41, 97424 Schweinfurt", "T 09721 550 33-0")
    page = letter(sender=sender, receiver=(), facts=("Rechnung Nr. 47110",), sums=NET)
    assert values(page)["vendor_name"] == "Greubel & Söhne"


def test_an_account_that_the_line_breaks_is_whole() -> None:
    foot = ("over te maken op NL03", "KNAB 0418 8322 71 t.n.v. Krab B.V.")
    assert read(foot=foot)["iban"] == "NL03KNAB0418832271"
    foot = ("Nr konta: 15 1140 2004 0000 3102 7944", "8120")
    assert read(foot=foot)["iban"] == "PL15114020040000310279448120"


def test_the_same_sum_in_another_currency_is_no_amount_of_the_invoice() -> None:
    sums = [("Total US$", "11,219.46"), ("INR equivalent @ 84.12: INR", "943,780.98")]
    got = read(sums=sums)
    assert (got["total"], got["currency"]) == (Decimal("11219.46"), "USD")


def test_the_totals_of_parts_are_not_the_total() -> None:
    sums = [
        ("TOTAL MATERIALS", "147.70"),
        ("TOTAL LABOR", "385.00"),
        ("SALES TAX (7.25% MATL.)", "10.71"),
        ("PAY THIS AMOUNT", "$ 543.41"),
    ]
    assert read(sums=sums)["total"] == Decimal("543.41")


def test_what_a_card_took_off_again_is_no_longer_due() -> None:
    assert read(sums=[*NET, ("Visa ****3307", "-119,00")])["amount_due"] == 0


def test_who_is_billed_may_stand_on_the_slip_to_send_back_only() -> None:
    slip = ("LAKELINE CONNECT", "2100 Harbor Tech Pkwy", "Manitou Bay, WI 54220")
    theirs = ("WHITTAKER DENTAL GROUP PC", "PO BOX 610", "MARLOW FALLS WI 53511-0610")
    pieces: list[Piece] = [
        (0.06, 0.04, "LakelineConnect"),
        (0.6, 0.04, "Invoice 0021956-1026"),
        (0.06, 0.1, "WHITTAKER DENTAL GROUP PC"),
        (0.6, 0.12, "Bill Date"),
        (0.75, 0.12, "Oct 21, 2026"),
        (0.06, 0.3, "Total Amount Due"),
        (0.6, 0.3, "$500.94"),
    ]
    pieces += [(0.06, 0.64 + 0.016 * i, text) for i, text in enumerate(slip)]
    pieces += [(0.06, 0.72 + 0.016 * i, text) for i, text in enumerate(theirs)]
    got = values(sheet_of(pieces))
    assert got["customer_name"] == "WHITTAKER DENTAL GROUP PC"
    assert got["vendor_address"] == "2100 Harbor Tech Pkwy, Manitou Bay, WI 54220"


def test_the_day_of_a_contract_is_not_the_invoices() -> None:
    page = letter(
        sender=("Fenwright Systems Limited", "Canal Wharf 6", "Leeds LS11 9ZX"),
        receiver=("Ardmore plc", "40 Tallis Court", "London EC4Y 7ZZ"),
        facts=("31 October 2026", "Invoice FSL/0093", "Schedule 3 to MSA dated 14 March 2025"),
        sums=NET,
    )
    assert str(values(page)["invoice_date"]) == "2026-10-31"


def test_a_total_is_not_sure_where_cash_less_change_is_another_sum() -> None:
    lines = ["NSK SHAH ALAM SDN BHD", "TAX INVOICE", "10-05-2017", "BASIN BESAR|21.32"]
    agrees = [*lines, "TOTAL|21.32", "CASH|30.00", "CHANGE|8.68"]
    other = [*lines, "TOTAL|21.32", "CASH|30.00", "CHANGE|7.40"]
    sure, unsure = (
        extract_invoice(Reading((till(receipt),))).fields["total"].confidence
        for receipt in (agrees, other)
    )
    assert unsure <= 0.85 < sure


def test_days_of_notices_and_of_deliveries_are_not_the_invoices() -> None:
    facts = ("Factura A26/002914", "30-09-2026", "Albarán nº 26/11873 de fecha 22-09-2026")
    page = letter(sender=SENDER, receiver=(), facts=facts, sums=NET)
    assert str(values(page)["invoice_date"]) == "2026-09-30"
    facts = ("August 31, 2026", "Invoice No. 58823", "Response to EDD notice dated 7/14/2026")
    page = letter(sender=SENDER, receiver=(), facts=facts, sums=NET)
    assert str(values(page)["invoice_date"]) == "2026-08-31"


def test_the_day_without_discount_is_the_day_to_pay() -> None:
    foot = ("Zahlbar bis 02.04.2026 mit 2,00 % Skonto = 2,38 EUR", "bis 18.04.2026 ohne Abzug.")
    assert str(read(foot=foot)["due_date"]) == "2026-04-18"


def test_where_every_address_is_american_the_month_comes_first() -> None:
    pieces: list[Piece] = [
        (0.06, 0.04, "TRIDENT BEARING & POWER SUPPLY"),
        (0.06, 0.06, "902 W. Kessler St., Muncie, IN 47303 Ph 765-555-0172"),
        (0.6, 0.04, "INVOICE NO. 0418276-IN"),
        (0.6, 0.06, "INVOICE DATE 10/06/26"),
        (0.06, 0.15, "SOLD TO"),
        (0.06, 0.168, "HARVEST KING PACKAGING CO"),
        (0.06, 0.186, "PO BOX 1188"),
        (0.06, 0.204, "ANDERSON, IN 46015"),
        (0.6, 0.6, "INVOICE TOTAL: 495.21"),
    ]
    got = values(sheet_of(pieces))
    assert str(got["invoice_date"]) == "2026-10-06"
    assert got["vendor_address"] == "902 W. Kessler St., Muncie, IN 47303"


@pytest.mark.parametrize(
    ("printed", "terms"),
    [
        (
            "Mode de règlement : LCR directe 30 jours fin de mois Echéance : 31/10/26",
            "LCR directe 30 jours fin de mois",
        ),
        (
            "du client. Paiement comptant à réception, sans escompte. Pénalités de retard : 10 %.",
            "Paiement comptant à réception, sans escompte.",
        ),
        (
            "Payment is due upon receipt. A finance charge will be added to balances over 30 days.",
            "Payment is due upon receipt",
        ),
    ],
)
def test_terms_end_where_something_else_begins(printed: str, terms: str) -> None:
    assert str(read(foot=(printed,))["payment_terms"]).rstrip(".") == terms.rstrip(".")
