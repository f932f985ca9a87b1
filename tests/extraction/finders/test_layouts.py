"""Layouts as they come: columns of labels over values, headings over blocks, several pages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.extraction.finders.paper import Piece, letter, sheet_of, till

from invoice_ai.domain.invoice import Value
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.finders import find_fields


def values(*pages: Page) -> dict[str, Value]:
    return {name: field.value for name, field in find_fields(pages).fields.items()}


def test_values_below_their_labels() -> None:
    got = values(
        sheet_of(
            [
                (0.08, 0.04, "Blue Heron Landscaping LLC"), (0.7, 0.04, "INVOICE"),
                (0.08, 0.06, "2210 River Road"), (0.08, 0.08, "Eugene, OR 97401"),
                (0.6, 0.08, "Invoice #"), (0.8, 0.08, "Date"),
                (0.6, 0.1, "10442"), (0.8, 0.1, "3/9/2025"),
                (0.08, 0.16, "Bill To"), (0.5, 0.16, "Ship To"),
                (0.08, 0.18, "Cedar Grove HOA"), (0.5, 0.18, "Cedar Grove Clubhouse"),
                (0.08, 0.2, "PO Box 88"), (0.5, 0.2, "14 Cedar Ln"),
                (0.08, 0.22, "Eugene, OR 97440"), (0.5, 0.22, "Eugene, OR 97440"),
                (0.08, 0.28, "P.O. Number"), (0.3, 0.28, "Terms"), (0.5, 0.28, "Due Date"),
                (0.08, 0.3, "CG-118"), (0.3, 0.3, "Net 15"), (0.5, 0.3, "3/24/2025"),
                (0.7, 0.6, "Total"), (0.84, 0.6, "$1,020.00"),
                (0.7, 0.62, "Balance Due"), (0.84, 0.62, "$1,020.00"),
            ]
        )
    )  # fmt: skip
    wanted: dict[str, Value] = {
        "invoice_number": "10442",
        "invoice_date": date(2025, 3, 9),
        "due_date": date(2025, 3, 24),
        "purchase_order": "CG-118",
        "vendor_name": "Blue Heron Landscaping LLC",
        "vendor_address": "2210 River Road, Eugene, OR 97401",
        "customer_name": "Cedar Grove HOA",
        "ship_to": "Cedar Grove Clubhouse, 14 Cedar Ln, Eugene, OR 97440",
        "total": Decimal("1020.00"),
        "currency": "USD",
    }
    assert {n: got.get(n) for n in wanted} == wanted


def test_parties_under_headings_one_below_the_other() -> None:
    lines = [
        "Rechnung Nr. 88123 vom 04.05.2025",
        "",
        "Verkäufer:",
        "",
        "Tannhof Immobilien GmbH",
        "Birkenweg 2",
        "79100 Freiburg",
        "",
        "USt.-Id.-Nr. : DE136695976",
        "",
        "Käufer:",
        "",
        "Schneider & Söhne OHG",
        "Lindenstraße 40",
        "79098 Freiburg",
        "",
        "Rechnungssumme ohne USt. 1.000,00",
        "Steuerbetrag 190,00",
        "Bruttosumme 1.190,00",
        "Erhaltene Anzahlungen -690,00",
        "Zahlbetrag 500,00",
    ]
    got = values(sheet_of([(0.08, 0.05 + 0.02 * i, t) for i, t in enumerate(lines) if t]))
    assert got["vendor_name"] == "Tannhof Immobilien GmbH"
    assert got["customer_name"] == "Schneider & Söhne OHG"
    assert got["invoice_date"] == date(2025, 5, 4)
    sums = [got[n] for n in ("subtotal", "tax_total", "total", "paid", "amount_due")]
    assert sums == [Decimal(n) for n in ("1000.00", "190.00", "1190.00", "690.00", "500.00")]


def test_sums_in_one_row_under_their_heads() -> None:
    got = values(
        sheet_of(
            [
                (0.08, 0.04, "OFFICINA MECCANICA RIVA SRL"),
                (0.08, 0.06, "Via dell'Artigiano 12 - 20090 Segrate"),
                (0.08, 0.24, "Numero fattura"), (0.5, 0.24, "Data"),
                (0.08, 0.26, "118/A"), (0.5, 0.26, "07/02/2025"),
                (0.08, 0.7, "Imponibile"), (0.3, 0.7, "Aliquota"),
                (0.5, 0.7, "Imposta"), (0.75, 0.7, "Totale documento"),
                (0.08, 0.72, "300,00"), (0.3, 0.72, "22%"),
                (0.5, 0.72, "66,00"), (0.75, 0.72, "366,00 €"),
            ]
        )
    )  # fmt: skip
    sums = [got.get(n) for n in ("subtotal", "tax_total", "total")]
    assert sums == [Decimal("300.00"), Decimal("66.00"), Decimal("366.00")]
    assert (got["invoice_number"], got["invoice_date"]) == ("118/A", date(2025, 2, 7))


def test_the_sums_stand_on_the_last_page_and_the_carried_sum_is_no_total() -> None:
    foot: list[Piece] = [
        (0.08, 0.93, "Möbelwerk Nord GmbH"),
        (0.08, 0.945, "Hafenallee 7"),
        (0.08, 0.96, "18055 Rostock"),
        (0.5, 0.96, "USt-IdNr.: DE136695976"),
    ]
    first = sheet_of(
        [
            (0.08, 0.15, "Möbelwerk Nord GmbH · Hafenallee 7 · 18055 Rostock"),
            (0.08, 0.18, "Hotel Ostwind"),
            (0.08, 0.198, "Strandstr. 5"),
            (0.08, 0.216, "18119 Warnemünde"),
            (0.6, 0.18, "Rechnungs-Nr.:"),
            (0.8, 0.18, "R25-0091"),
            (0.6, 0.85, "Übertrag"),
            (0.85, 0.85, "1.640,00"),
            *foot,
        ]
    )
    second = sheet_of(
        [
            (0.6, 0.05, "Übertrag"),
            (0.85, 0.05, "1.640,00"),
            (0.6, 0.2, "Nettosumme"),
            (0.85, 0.2, "2.000,00"),
            (0.6, 0.22, "19% MwSt."),
            (0.85, 0.22, "380,00"),
            (0.6, 0.24, "Rechnungsbetrag"),
            (0.84, 0.24, "2.380,00 €"),
            (0.08, 0.3, "Zahlbar bis 05.02.2025 mit 2 % Skonto, bis 21.02.2025 netto."),
            *foot,
        ],
        number=2,
    )
    found = find_fields([first, second])
    assert found.fields["total"].value == Decimal("2380.00") and found.fields["total"].page == 2
    assert found.fields["vendor_name"].value == "Möbelwerk Nord GmbH"
    assert found.fields["customer_name"].value == "Hotel Ostwind"
    assert found.fields["due_date"].value == date(2025, 2, 21)
    assert "previous_balance" not in found.fields


def test_a_masked_card_gives_its_last_four_digits_only() -> None:
    got = values(
        till(
            [
                "RIVERSIDE DINER",
                "88 Main St",
                "Portland, OR 97201",
                "03/14/2025 7:22 PM",
                "Subtotal|27.00",
                "Tax|2.43",
                "Total|29.43",
                "VISA XXXXXXXXXXXX1122|29.43",
            ]
        )
    )
    assert got["card_last_four"] == "1122"
    assert (got["vendor_name"], got["total"]) == ("RIVERSIDE DINER", Decimal("29.43"))


def test_a_currency_that_is_nowhere_printed_is_only_assumed() -> None:
    found = find_fields(
        [
            letter(
                sender=["Wattle Plumbing Pty Ltd", "ABN 51 824 753 556", "17 Banksia Ave", "Geelong VIC 3220"],
                receiver=["Bill to:", "Torquay Cafe", "3 Harbour Cres", "Torquay VIC 3228"],
                facts=["Invoice No. 2209", "Issue date 05/03/2025"],
                sums=[("Subtotal", "400.00"), ("GST (10%)", "40.00"), ("Total", "440.00")],
            )
        ]
    ).fields["currency"]  # fmt: skip
    assert (found.value, found.source, found.page) == ("AUD", "computed", None)
    assert found.confidence <= 0.5


def sums_under_heads(heads: list[str], figures: list[str], *more: tuple[str, str]) -> Page:
    """An invoice whose sums stand in one row under their heads; `more` are rows beneath."""
    places = [0.08, 0.3, 0.55, 0.8]
    return sheet_of(
        [
            (0.08, 0.04, "Fjordvik Verkstad AB"),
            (0.08, 0.3, "4 711"), (0.3, 0.3, "250,00"), (0.8, 0.3, "250,00"),
            *[(x, 0.6, head) for x, head in zip(places, heads, strict=False)],
            *[(x, 0.62, figure) for x, figure in zip(places, figures, strict=False)],
            *[
                (x, 0.66 + 0.02 * row, text)
                for row, texts in enumerate(more)
                for x, text in zip(places, texts, strict=False)
            ],
        ]
    )  # fmt: skip


@pytest.mark.parametrize(
    ("heads", "figures", "expected"),
    [
        (
            ["Imponibile", "IVA 10% su 5.331,22", "Totale (EUR)"],
            ["5.331,22", "533,12", "5.864,34"],
            ["5331.22", "533.12", "5864.34"],
        ),
        (
            ["Summa exkl. moms", "Mervärdesskatt 12%", "TOTALBELOPP"],
            ["-1 459,20 SEK", "-175,10 SEK", "-1 634,30 SEK"],
            ["-1459.20", "-175.10", "-1634.30"],
        ),
        (
            ["Netto", "Kwota VAT (8 %)", "Suma"],
            ["2 113,19 PLN", "169,06 PLN", "2 282,25 PLN"],
            ["2113.19", "169.06", "2282.25"],
        ),
        (
            ["Total HT", "TVA 21% sur 911,77", "TVA 6% sur 341,65", "Total TTC (EUR)"],
            ["1.253,42", "191,47", "20,50", "1.465,39"],
            ["1253.42", "211.97", "1465.39"],
        ),
    ],
)
def test_each_head_names_the_sum_under_it(
    heads: list[str], figures: list[str], expected: list[str]
) -> None:
    got = values(sums_under_heads(heads, figures))
    assert [got.get(n) for n in ("subtotal", "tax_total", "total")] == [
        Decimal(n) for n in expected
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [
                ("Totale righe:", "EUR 2.808,79"),
                ("Trasporto:", "EUR 8,64"),
                ("Totale imponibile:", "EUR 2.817,43"),
                ("Imposta (10 %):", "EUR 281,74"),
                ("Totale IVA inclusa:", "EUR 3.099,17"),
            ],
            ["2817.43", "281.74", "3099.17"],
        ),
        (
            [
                ("Gesamt netto", "738,55"),
                ("zzgl. 20% Umsatzsteuer", "128,25"),
                ("zzgl. 10% Umsatzsteuer", "9,73"),
                ("Summe inkl. MwSt. (EUR)", "876,53"),
            ],
            ["738.55", "137.98", "876.53"],
        ),
        (
            [
                ("Net total:", "-£632.16"),
                ("VAT (20%):", "-£99.13"),
                ("VAT (5%):", "-£6.83"),
                ("Total:", "-£738.12"),
            ],
            ["-632.16", "-105.96", "-738.12"],
        ),
        (
            [
                ("Summa exkl. moms:", "2 347,65"),
                ("Mervärdesskatt (25 %):", "586,91"),
                ("Totalt (SEK):", "2 934,56"),
                ("Ingående saldo:", "172,81"),
                ("Summa att betala:", "3 107,37"),
            ],
            ["2347.65", "586.91", "2934.56"],
        ),
    ],
)
def test_the_sum_with_the_taxes_is_the_total(
    rows: list[tuple[str, str]], expected: list[str]
) -> None:
    pieces = [
        (x, 0.5 + 0.02 * number, text)
        for number, row in enumerate(rows)
        for x, text in zip((0.5, 0.8), row, strict=True)
    ]
    got = values(sheet_of([(0.08, 0.04, "Kontor & Lager"), *pieces]))
    assert [got.get(n) for n in ("subtotal", "tax_total", "total")] == [
        Decimal(n) for n in expected
    ]
