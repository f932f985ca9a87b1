"""What is chosen when a page shows several possible values, and what is admitted as doubtful."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal

import pytest
from tests.extraction.finders.paper import letter, sheet_of, till

from invoice_ai.domain.invoice import FIELDS
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.finders import find_fields

CORE = ("vendor_name", "invoice_number", "invoice_date", "currency", "total")


def plain(facts: list[str], sums: list[tuple[str, str]]) -> Page:
    return letter(
        sender=["Harlow Fixings Inc", "12 Mill Street", "Albany, NY 12207"],
        receiver=["Bill to:", "Union Stoves", "40 Canal Street", "Troy, NY 12180"],
        facts=facts,
        sums=sums,
    )


def test_the_sum_that_works_out_wins_over_a_larger_number() -> None:
    page = plain(
        ["Invoice #: 9081", "Date: 2026-01-30"],
        [
            ("Subtotal", "$100.00"),
            ("Sales tax", "$8.00"),
            ("Total", "$108.00"),
            ("Previous balance", "$500.00"),
            ("Amount due", "$608.00"),
        ],
    )
    got = {n: f.value for n, f in find_fields([page]).fields.items()}
    assert (got["total"], got["amount_due"], got["previous_balance"]) == (
        Decimal("108.00"),
        Decimal("608.00"),
        Decimal("500.00"),
    )


def test_a_paid_invoice_is_due_nothing() -> None:
    page = plain(
        ["Invoice #: 9082", "Date: 2026-01-30"],
        [("Total", "$108.00"), ("Amount paid", "$108.00"), ("Balance due", "$0.00")],
    )
    got = {n: f.value for n, f in find_fields([page]).fields.items()}
    assert got["amount_due"] == 0 and got["paid"] == Decimal("108.00")


def test_day_and_month_that_can_be_exchanged_are_reported() -> None:
    page = letter(
        sender=["Brightwater Supply"],
        receiver=[],
        facts=["Invoice No: 7713", "Invoice date: 03/04/2026"],
        sums=[("Total", "210.00")],
    )
    field = find_fields([page]).fields["invoice_date"]
    assert "ambiguous_date" in field.reasons and field.confidence <= 0.6
    assert {field.value, field.candidates[0].value} == {date(2026, 4, 3), date(2026, 3, 4)}


def test_another_date_of_the_page_tells_the_order() -> None:
    page = plain(
        ["Invoice #: 9083", "Invoice date: 03/04/2026", "Due date: 03/28/2026"],
        [("Total", "$10.00")],
    )
    fields = find_fields([page]).fields
    assert fields["invoice_date"].value == date(2026, 3, 4)
    assert fields["invoice_date"].reasons == ()


def test_stay_and_print_dates_are_not_the_invoice_date() -> None:
    page = letter(
        sender=["Pension Alpenrose GmbH", "Dorfstraße 8", "87561 Oberstdorf"],
        receiver=["Wanderverein Nord", "Ring 5", "20095 Hamburg"],
        facts=["Anreise: 01.02.2026", "Abreise: 05.02.2026", "Rechnungsdatum: 06.02.2026", "Rechnung Nr. 311"],
        sums=[("Gesamtbetrag", "480,00 €")],
    )  # fmt: skip
    assert find_fields([page]).fields["invoice_date"].value == date(2026, 2, 6)


def test_the_customers_tax_id_is_not_the_vendors() -> None:
    page = sheet_of(
        [
            (0.1, 0.05, "Seller:"), (0.6, 0.05, "Buyer:"),
            (0.1, 0.07, "Nordlys Optik ApS"), (0.6, 0.07, "Fjord Handel GmbH"),
            (0.1, 0.09, "Havnegade 3"), (0.6, 0.09, "Hafenstraße 9"),
            (0.1, 0.11, "5000 Odense"), (0.6, 0.11, "24937 Flensburg"),
            (0.1, 0.13, "VAT no.: DK13585628"), (0.6, 0.13, "VAT no.: DE136695976"),
            (0.1, 0.2, "Invoice no. 4471"), (0.1, 0.22, "Invoice date: 2026-03-02"),
            (0.5, 0.5, "Total"), (0.8, 0.5, "EUR 75.00"),
        ]
    )  # fmt: skip
    got = {n: f.value for n, f in find_fields([page]).fields.items()}
    assert (got["vendor_tax_id"], got["customer_tax_id"]) == ("DK13585628", "DE136695976")
    assert (got["vendor_name"], got["customer_name"]) == ("Nordlys Optik ApS", "Fjord Handel GmbH")


RECEIPT = [
    "KEDAI BUNGA MELATI SDN BHD",
    "(881234-K)",
    "NO.7, JALAN KENANGA 2",
    "TAMAN INDAH, 81100 JOHOR BAHRU",
    "TEL: 07-3551234",
    "GST ID : 000123456789",
    "TAX INVOICE",
    "Invoice No: MB10023",
    "Date : 14/08/2017 15:20",
    "MAWAR 12 PCS|60.02",
    "Total (Incl. GST)|60.02",
    "Rounding Adj|-0.02",
    "Rounded Total (RM)|60.00",
    "CASH|100.00",
    "CHANGE|40.00",
    "GST Summary  Amount|Tax",
    "SR 6%  56.62|3.40",
]


def test_a_till_receipt_names_its_total_not_the_cash_given() -> None:
    found = find_fields([till(RECEIPT)])
    got = {n: f.value for n, f in found.fields.items()}
    assert got["total"] == Decimal("60.00")
    assert got["vendor_name"] == "KEDAI BUNGA MELATI SDN BHD"
    assert got["vendor_address"] == "NO.7, JALAN KENANGA 2, TAMAN INDAH, 81100 JOHOR BAHRU"
    assert got["invoice_date"] == date(2017, 8, 14)
    assert got["vendor_tax_id"] == "000123456789"
    assert (got["document_type"], got["currency"]) == ("receipt", "MYR")


def test_badly_read_words_lower_the_confidence_and_say_so() -> None:
    clear = find_fields([till(RECEIPT)]).fields["total"]
    smudged = find_fields([till(RECEIPT, certain=0.5)]).fields["total"]
    assert smudged.confidence < clear.confidence
    assert "low_ocr" in smudged.reasons and "low_ocr" not in clear.reasons


def test_misread_letters_in_labels_are_forgiven() -> None:
    page = letter(
        sender=["Quellhof Mosterei GmbH", "Apfelweg 12", "21335 Lüneburg"],
        receiver=["Hotel Sternblick KG", "Am Deich 3", "26548 Norderney"],
        facts=["Rechnungsnurnmer: QM-2031", "Rechnungsdatun: 03.04.2026"],
        sums=[("Gesamtbelrag", "656,88 €")],
        source="ocr",
    )
    got = {n: f.value for n, f in find_fields([page]).fields.items()}
    assert got["invoice_date"] == date(2026, 4, 3) and got["total"] == Decimal("656.88")


def test_a_credit_note_names_the_invoice_it_corrects() -> None:
    page = letter(
        sender=["Quellhof Mosterei GmbH", "Apfelweg 12", "21335 Lüneburg"],
        receiver=["Hotel Sternblick KG", "Am Deich 3", "26548 Norderney"],
        facts=["Gutschrift", "Gutschrift Nr. G-17", "Datum: 09.04.2026", "zu Rechnung Nr. QM-2031"],
        sums=[("Gesamtbetrag", "-12,00 €")],
    )
    got = {n: f.value for n, f in find_fields([page]).fields.items()}
    assert got["document_type"] == "credit_note"
    assert (got["invoice_number"], got["preceding_invoice"]) == ("G-17", "QM-2031")
    assert got["total"] == Decimal("-12.00")


def test_terms_with_a_discount_are_parsed() -> None:
    page = letter(
        sender=["Quellhof Mosterei GmbH", "Apfelweg 12", "21335 Lüneburg"],
        receiver=["Hotel Sternblick KG", "Am Deich 3", "26548 Norderney"],
        facts=["Rechnung Nr. 77", "Datum: 09.04.2026"],
        sums=[("Gesamtbetrag", "120,00 €")],
        foot=["Zahlungsbedingungen: 10 Tage 2 % Skonto, 30 Tage netto"],
    )
    got = {n: f.value for n, f in find_fields([page]).fields.items()}
    assert (got["discount_percent"], got["discount_days"], got["payment_days"]) == (
        Decimal(2),
        Decimal(10),
        Decimal(30),
    )


@pytest.mark.parametrize(
    "pieces",
    [
        [(0.1, 0.1, "Account statement"), (0.1, 0.2, "IBAN DE02 1203 0000 0000 2020 51"), (0.1, 0.3, "Opening balance"), (0.8, 0.3, "1,200.00"), (0.1, 0.35, "02.01.2026 Rent"), (0.8, 0.35, "-800.00"), (0.1, 0.4, "Closing balance"), (0.8, 0.4, "400.00")],
        [(0.1, 0.1, "Dear Ms Falk,"), (0.1, 0.2, "thank you for your letter of 2 March 2026."), (0.1, 0.22, "We shall be glad to see you on Tuesday."), (0.1, 0.3, "Kind regards")],
    ],
    ids=["statement", "letter"],
)  # fmt: skip
def test_what_is_no_invoice_is_not_answered_as_one(pieces: list[tuple[float, float, str]]) -> None:
    fields = find_fields([sheet_of(pieces)]).fields
    assert fields["document_type"].value in ("statement", "other")
    assert sum(fields[n].confidence >= 0.5 for n in CORE if n in fields) <= 1


def test_empty_and_blank_pages_have_no_fields() -> None:
    blank = Page(1, 595, 842, (), "text")
    assert find_fields([]).fields == {}
    found = find_fields([blank])
    assert found.fields == {} and found.page_roles == ("blank",)


def test_pages_have_roles() -> None:
    first = plain(["Invoice #: 9084", "Date: 2026-01-30"], [("Total", "$10.00")])
    words = " ".join(["conditions apply wherever goods delivered"] * 8)
    terms = sheet_of([(0.05, 0.1 + 0.02 * i, words[:95]) for i in range(30)], number=2)
    assert find_fields([first, terms]).page_roles == ("invoice", "terms")


def test_only_known_fields_in_their_order_and_at_most_four_other_readings() -> None:
    fields = find_fields([till(RECEIPT)]).fields
    assert list(fields) == [n for n in FIELDS if n in fields]
    assert all(len(f.candidates) <= 4 for f in fields.values())


@pytest.mark.parametrize("word", ["1.23", "12/03/2026", "INVOICE", "DE", "A1-", "total:"])
def test_a_page_full_of_one_thing_takes_no_time(word: str) -> None:
    pieces = [(0.02 + 0.1 * (i % 10), 0.01 + 0.003 * (i // 10), word) for i in range(3000)]
    page = sheet_of(pieces, line=0.002)
    find_fields([page])  # the lexicon is built on first use
    began = time.process_time()
    find_fields([page])
    assert time.process_time() - began < 3.0


@pytest.mark.parametrize(
    "rows",
    [
        # A larger amount is called total too, and no sum says which is right.
        [("Total", "2,808.79"), ("Total due", "3,099.17")],
        # The total may be the net: with the tax it makes another printed amount.
        [("Total", "100.00"), ("VAT", "20.00"), ("Paid by card", "120.00")],
        # Named net and named tax make something else.
        [("Net amount", "100.00"), ("VAT 20%", "20.00"), ("Total", "150.00")],
    ],
)
def test_a_total_that_the_page_contradicts_is_not_certain(rows: list[tuple[str, str]]) -> None:
    total = find_fields([plain(["Invoice number: 4711"], rows)]).fields["total"]
    assert total.confidence < 0.9


def test_a_total_that_nothing_contradicts_is_certain() -> None:
    page = plain(
        ["Invoice number: 4711"],
        [("Net amount", "100.00"), ("VAT 20%", "20.00"), ("Total", "120.00")],
    )
    assert find_fields([page]).fields["total"].confidence >= 0.9
