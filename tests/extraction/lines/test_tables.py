"""Line items of tables with a header row, in the layouts the trade prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from tests.extraction.lines.line_paper import LINE, Piece, page, table_page

from invoice_ai.domain.invoice import ExtractedField, LineItem
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.lines import find_lines


def stated(**sums: str) -> Mapping[str, ExtractedField]:
    """Header fields as the finders hand them over."""
    return {name: ExtractedField(Decimal(v), v, 0.95, "text") for name, v in sums.items()}


def cells(item: LineItem, *names: str) -> tuple[str | None, ...]:
    """Values of some cells as text."""
    found = (getattr(item, name) for name in names)
    return tuple(None if f is None else str(f.value) for f in found)


def rows(pages: Page | Sequence[Page], *names: str, **sums: str) -> list[tuple[str | None, ...]]:
    together = [pages] if isinstance(pages, Page) else pages
    return [cells(i, *names) for i in find_lines(together, stated(**sums))]


USUAL = ("description", "quantity", "unit_price", "amount")
COLUMNS: list[Piece] = [
    (0.1, "Description", "l"),
    (0.6, "Qty", "r"),
    (0.75, "Unit Price", "r"),
    (0.9, "Amount", "r"),
]


@pytest.mark.parametrize(
    ("heads", "mark", "group", "total"),
    [
        (("Description", "Qty", "Unit Price", "Amount"), ".", ",", "Total"),
        (("Bezeichnung", "Menge", "Einzelpreis", "Gesamt"), ",", ".", "Zwischensumme"),
        (("Désignation", "Qté", "P.U. HT", "Montant HT"), ",", " ", "Total HT"),
        (("Descripción", "Cantidad", "Precio", "Importe"), ",", ".", "Base imponible"),
        (("Descrizione", "Q.tà", "Prezzo", "Importo"), ",", ".", "Totale imponibile"),
        (("Omschrijving", "Aantal", "Prijs", "Bedrag"), ",", ".", "Subtotaal"),
        (("Descrição", "Qtd.", "Preço unit.", "Valor"), ",", ".", "Subtotal"),
        (("Nazwa", "Ilość", "Cena netto", "Wartość netto"), ",", " ", "Razem"),
        (("Popis", "Množství", "Cena za MJ", "Celkem"), ",", " ", "Celkem"),
        (("Beskrivning", "Antal", "Á-pris", "Belopp"), ",", " ", "Summa"),
    ],
)
def test_a_plain_table_is_read_in_every_language(
    heads: tuple[str, ...], mark: str, group: str, total: str
) -> None:
    def amount(text: str) -> str:
        return text.replace(",", "_").replace(".", mark).replace("_", group)

    columns: list[Piece] = [(0.1, heads[0], "l"), (0.55, heads[1], "r"), (0.72, heads[2], "r")]
    columns.append((0.92, heads[3], "r"))
    paper = table_page(
        columns,
        [
            ["Blue teapot", "2", amount("1,150.25"), amount("2,300.50")],
            ["Oak shelf 80 cm", "10", amount("9.90"), amount("99.00")],
        ],
        [[(0.72, total, "r"), (0.92, amount("2,399.50"), "r")]],
    )
    assert rows(paper, *USUAL) == [
        ("Blue teapot", "2", "1150.25", "2300.50"),
        ("Oak shelf 80 cm", "10", "9.90", "99.00"),
    ]


def test_a_description_over_several_lines_stays_with_its_row() -> None:
    paper = table_page(
        COLUMNS,
        [
            ["Garden hose\n25 m, green\nwith nozzle", "2", "10.00", "20.00"],
            ["Watering can", "1", "15.00", "15.00"],
        ],
    )
    assert [r[0] for r in rows(paper, *USUAL)] == [
        "Garden hose 25 m, green with nozzle",
        "Watering can",
    ]


def test_text_printed_above_the_amounts_belongs_to_the_row_below_it() -> None:
    step = LINE * 1.25
    lines: list[tuple[float, list[Piece]]] = [(0.3, COLUMNS)]
    y = 0.32
    for name, price in (("Night of 3 May", "80.00"), ("Night of 4 May", "95.00")):
        lines.append((y, [(0.1, name, "l")]))
        lines.append((y + step, [(0.1, f"1 @ {price}", "l")]))
        lines.append((y + 2 * step, [(0.1, "Room", "l"), (0.9, price, "r")]))
        y += 3 * step
    assert rows(page(lines), *USUAL) == [
        ("Night of 3 May 1 @ 80.00 Room", "1", "80.00", "80.00"),
        ("Night of 4 May 1 @ 95.00 Room", "1", "95.00", "95.00"),
    ]


def test_a_header_over_two_lines_names_its_columns() -> None:
    paper = page(
        [
            (0.300, [(0.72, "Unit", "r"), (0.9, "Line", "r")]),
            (0.313, [(0.1, "Description", "l"), (0.6, "Qty", "r"), (0.72, "price", "r")]),
            (0.326, [(0.9, "total", "r")]),
            (0.36, [(0.1, "Lamp", "l"), (0.6, "3", "r"), (0.72, "4.50", "r"), (0.9, "13.50", "r")]),
        ]
    )
    assert rows(paper, *USUAL) == [("Lamp", "3", "4.50", "13.50")]


def test_the_unit_is_taken_out_of_the_quantity_cell() -> None:
    columns: list[Piece] = [(0.1, "Leistung", "l"), (0.62, "Menge", "r"), (0.76, "Preis", "r")]
    columns.append((0.9, "Gesamt", "r"))
    paper = table_page(
        columns,
        [
            ["Beratung", "1,50 Std.", "100,00 €", "150,00 €"],
            ["Schrauben", "200 Stk", "0,05 €", "10,00 €"],
        ],
    )
    assert rows(paper, "quantity", "unit", "unit_price", "amount") == [
        ("1.50", "Std.", "100.00", "150.00"),
        ("200", "Stk", "0.05", "10.00"),
    ]


def test_position_code_tax_and_discount_have_their_own_cells() -> None:
    columns: list[Piece] = [
        (0.06, "Pos.", "l"),
        (0.12, "Art.-Nr.", "l"),
        (0.24, "Bezeichnung", "l"),
        (0.53, "Menge", "r"),
        (0.64, "Preis", "r"),
        (0.74, "Rabatt", "r"),
        (0.82, "USt.", "r"),
        (0.94, "Betrag", "r"),
    ]
    paper = table_page(
        columns, [["1", "A-4711", "Regal Eiche", "2", "50,00", "10 %", "19 %", "90,00"]]
    )
    (item,) = find_lines([paper], {})
    assert cells(item, "product_code", "description", "quantity", "unit_price", "tax_rate") == (
        "A-4711",
        "Regal Eiche",
        "2",
        "50.00",
        "19",
    )
    assert cells(item, "discount", "amount") == ("10.00", "90.00")
    assert item.discount is not None and item.discount.source == "computed"
    assert item.discount.raw == "10 %"


def test_rows_without_quantity_discounts_and_freight_are_rows() -> None:
    paper = table_page(
        COLUMNS,
        [
            ["Workshop", "2", "300.00", "600.00"],
            ["Loyalty discount", "", "", "-50.00"],
            ["Freight", "", "", "12.50"],
        ],
        [[(0.75, "Subtotal", "r"), (0.9, "562.50", "r")]],
    )
    assert rows(paper, "description", "quantity", "amount") == [
        ("Workshop", "2", "600.00"),
        ("Loyalty discount", None, "-50.00"),
        ("Freight", None, "12.50"),
    ]


def test_of_net_and_gross_the_one_that_multiplies_is_the_amount() -> None:
    columns: list[Piece] = [
        (0.08, "Nazwa", "l"),
        (0.45, "Ilość", "r"),
        (0.58, "Cena netto", "r"),
        (0.73, "Wartość netto", "r"),
        (0.79, "VAT", "r"),
        (0.95, "Wartość brutto", "r"),
    ]
    paper = table_page(columns, [["Kubek", "4", "10,00", "40,00", "23%", "49,20"]])
    assert rows(paper, "amount", "tax_rate") == [("40.00", "23")]


def test_a_table_goes_on_over_pages_without_its_carried_sums() -> None:
    first = table_page(
        COLUMNS,
        [["Chair", "4", "25.00", "100.00"], ["Table", "1", "250.00", "250.00"]],
        [[(0.1, "Carried forward", "l"), (0.9, "350.00", "r")]],
        number=1,
    )
    second = table_page(
        COLUMNS,
        [["Brought forward", "", "", "350.00"], ["Bench", "2", "60.00", "120.00"]],
        [[(0.75, "Total", "r"), (0.9, "470.00", "r")]],
        number=2,
    )
    found = find_lines([first, second], stated(total="470.00"))
    assert [cells(i, "description", "amount") for i in found] == [
        ("Chair", "100.00"),
        ("Table", "250.00"),
        ("Bench", "120.00"),
    ]
    assert [i.amount.page for i in found if i.amount] == [1, 1, 2]


def test_a_section_sum_does_not_end_the_table_and_is_no_row() -> None:
    paper = table_page(
        COLUMNS,
        [
            ["Paint", "2", "20.00", "40.00"],
            ["Brush", "1", "6.00", "6.00"],
            ["Subtotal", "", "", "46.00"],
            ["Ladder", "1", "80.00", "80.00"],
        ],
        [[(0.75, "Total", "r"), (0.9, "126.00", "r")]],
    )
    assert [r[0] for r in rows(paper, *USUAL)] == ["Paint", "Brush", "Ladder"]


@pytest.mark.parametrize("word", ["Subtotal", "Total", "VAT 20%", "Amount due", "Balance due"])
def test_a_sum_is_never_an_item(word: str) -> None:
    paper = table_page(
        COLUMNS,
        [["Desk", "1", "200.00", "200.00"]],
        [[(0.1, word, "l"), (0.9, "200.00", "r")]],
    )
    assert [r[0] for r in rows(paper, *USUAL)] == ["Desk"]


def test_a_hotel_folio_gives_charges_and_not_payments() -> None:
    columns: list[Piece] = [
        (0.08, "Datum", "l"),
        (0.22, "Beschreibung", "l"),
        (0.75, "Belastung", "r"),
        (0.92, "Entlastung", "r"),
    ]
    paper = table_page(
        columns,
        [
            ["12.05.2026", "Übernachtung", "110,00", ""],
            ["12.05.2026", "Kurtaxe", "2,50", ""],
            ["13.05.2026", "Frühstück", "14,00", ""],
            ["13.05.2026", "Parken", "9,00", ""],
            ["13.05.2026", "Parken", "", "9,00"],
            ["13.05.2026", "Mastercard", "", "126,50"],
        ],
        [[(0.6, "Total", "r"), (0.75, "126,50", "r"), (0.92, "126,50", "r")]],
    )
    assert rows(paper, "description", "amount", total="126.50") == [
        ("Übernachtung", "110.00"),
        ("Kurtaxe", "2.50"),
        ("Frühstück", "14.00"),
    ]


def test_tax_breakdown_and_payment_tables_hold_no_items() -> None:
    paper = page(
        [
            (0.3, [(0.1, "VAT rate", "l"), (0.5, "Net", "r"), (0.7, "VAT", "r"), (0.9, "Gross", "r")]),
            (0.32, [(0.1, "20%", "l"), (0.5, "10.00", "r"), (0.7, "2.00", "r"), (0.9, "12.00", "r")]),
            (0.5, [(0.1, "Date", "l"), (0.4, "Payment method", "l"), (0.9, "Amount", "r")]),
            (0.52, [(0.1, "2026-03-14", "l"), (0.4, "Visa", "l"), (0.9, "12.00", "r")]),
        ]
    )  # fmt: skip
    assert find_lines([paper], {}) == ()


def test_a_row_that_spoils_the_stated_sum_and_has_no_price_is_left_out() -> None:
    paper = table_page(
        COLUMNS,
        [
            ["Tablet", "1", "400.00", "400.00"],
            ["Cover", "1", "30.00", "30.00"],
            ["  Incl. copying levy", "1", "", "3.50"],
        ],
    )
    assert len(find_lines([paper], {})) == 3
    assert [r[0] for r in rows(paper, *USUAL, subtotal="430.00")] == ["Tablet", "Cover"]


def test_every_cell_tells_where_it_stands_and_how_it_was_printed() -> None:
    paper = table_page(COLUMNS, [["Desk", "3", "1,200.00", "3,600.00"]], source="ocr")
    (item,) = find_lines([paper], {})
    assert item.amount is not None and item.description is not None
    assert (item.amount.raw, item.amount.page, item.amount.source) == ("3,600.00", 1, "ocr")
    word = next(w for w in paper.words if w.text == "3,600.00")
    assert item.amount.box == word.box
    assert item.description.box == next(w for w in paper.words if w.text == "Desk").box


def test_what_adds_up_is_trusted_more_than_what_does_not() -> None:
    good = table_page(COLUMNS, [["Desk", "3", "12.00", "36.00"], ["Pen", "2", "1.00", "2.00"]])
    odd = table_page(COLUMNS, [["Desk", "3", "12.00", "35.00"], ["Pen", "2", "1.00", "2.10"]])

    def trust(paper: Page, total: str) -> float:
        return min(
            i.amount.confidence for i in find_lines([paper], stated(total=total)) if i.amount
        )

    assert trust(good, "38.00") > trust(good, "99.00") > trust(odd, "99.00")
    assert (
        trust(good, "38.00") >= 0.95 and trust(good, "99.00") < 0.9 and trust(odd, "99.00") < 0.85
    )


def test_a_letter_without_a_table_has_no_items() -> None:
    paper = page(
        [
            (0.1, [(0.1, "Dear customer, thank you for your order of 12 May.", "l")]),
            (0.12, [(0.1, "The total price of 35.00 is due on receipt of the goods.", "l")]),
            (0.14, [(0.1, "Our service and delivery amount to your satisfaction.", "l")]),
        ]
    )
    assert find_lines([paper], {}) == ()
    assert find_lines([], {}) == ()


def test_a_unit_glued_to_the_quantity_is_taken_apart() -> None:
    paper = table_page(COLUMNS, [["Cable", "25m", "0.80", "20.00"], ["Plug", "x4", "2.00", "8.00"]])
    assert rows(paper, "quantity", "unit", "amount") == [
        ("25", "m", "20.00"),
        ("4", None, "8.00"),
    ]


def test_arithmetic_tells_whether_a_space_parts_two_numbers() -> None:
    columns: list[Piece] = [(0.1, "Opis", "l"), (0.60, "Ilość", "r"), (0.68, "Cena", "r")]
    columns.append((0.9, "Wartość", "r"))
    paper = table_page(
        columns, [["Kawa", "3", "119,74", "359,22"], ["Herbata", "2", "1 119,00", "2 238,00"]]
    )
    assert rows(paper, "quantity", "unit_price", "amount") == [
        ("3", "119.74", "359.22"),
        ("2", "1119.00", "2238.00"),
    ]


DATED: list[Piece] = [(0.1, "Date", "l"), (0.25, "Description", "l"), (0.9, "Amount", "r")]


def test_the_day_of_service_is_read_in_the_order_the_table_shows() -> None:
    paper = table_page(
        DATED, [["03/04/2026", "Visit", "50.00"], ["25/04/2026", "Second visit", "50.00"]]
    )
    assert rows(paper, "service_date", "description") == [
        ("2026-04-03", "Visit"),
        ("2026-04-25", "Second visit"),
    ]


def test_a_day_that_may_be_a_month_is_doubtful_and_offers_the_other_reading() -> None:
    (item,) = find_lines([table_page(DATED, [["03/04/2026", "Visit", "50.00"]])], {})
    assert item.service_date is not None
    assert item.service_date.reasons == ("ambiguous_date",)
    assert item.service_date.confidence <= 0.5
    assert [str(c.value) for c in item.service_date.candidates] == ["2026-03-04"]


def test_an_amount_with_two_readings_is_doubtful_and_offers_both() -> None:
    (item,) = find_lines([table_page(COLUMNS, [["Desk", "", "", "€ 1,200"]])], {})
    assert item.amount is not None
    assert item.amount.confidence <= 0.5
    assert {item.amount.value, item.amount.candidates[0].value} == {
        Decimal(1200),
        Decimal("1.200"),
    }


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ("Price (excl. VAT)", "Amount (EUR)"),
        ("Unit price excl. VAT", "Total incl. tax"),
        ("Prix U. HT", "Total TTC"),
        ("Einzelpreis netto", "Gesamt €"),
        ("Precio/Ud.", "Importe"),
    ],
)
def test_what_a_header_says_of_tax_and_currency_is_no_column(price: str, amount: str) -> None:
    columns: list[Piece] = [(0.08, "Article", "l"), (0.42, "Qty", "r"), (0.66, price, "r")]
    paper = table_page([*columns, (0.92, amount, "r")], [["Tea", "4", "2.50", "10.00"]])
    assert rows(paper, *USUAL, "tax_rate") == [("Tea", "4", "2.50", "10.00", None)]


def section(y: float, body: list[tuple[str, str]], total: str) -> list[tuple[float, list[Piece]]]:
    """A header, rows of a name and an amount, and their sum, from height y on."""
    columns: list[Piece] = [(0.1, "Description", "l"), (0.9, "Amount", "r")]
    lines = [(y, columns)]
    for name, amount in body:
        y += 0.02
        lines.append((y, [(0.1, name, "l"), (0.9, amount, "r")]))
    return [*lines, (y + 0.02, [(0.7, "Subtotal", "r"), (0.9, total, "r")])]


def test_sections_with_their_own_headers_are_read_together() -> None:
    paper = page(
        [
            *section(0.3, [("Labour", "80.00"), ("Travel", "20.00")], "100.00"),
            *section(0.5, [("Pipe", "15.00"), ("Valve", "25.00")], "40.00"),
            (0.65, [(0.7, "Total", "r"), (0.9, "140.00", "r")]),
        ]
    )
    assert [r[0] for r in rows(paper, *USUAL, total="140.00")] == [
        "Labour",
        "Travel",
        "Pipe",
        "Valve",
    ]


def test_a_sum_printed_below_confirms_the_rows_when_the_header_field_is_wrong() -> None:
    paper = table_page(
        COLUMNS,
        [["Desk", "1", "200.00", "200.00"], ["Lamp", "2", "30.00", "60.00"]],
        [[(0.75, "Subtotal", "r"), (0.9, "260.00", "r")]],
    )
    found = find_lines([paper], stated(total="999.00"))
    assert len(found) == 2
    assert all(i.amount and i.amount.confidence >= 0.95 for i in found)


def test_a_tax_column_of_amounts_is_no_rate() -> None:
    columns: list[Piece] = [(0.1, "Item", "l"), (0.5, "Qty", "r"), (0.64, "Price", "r")]
    columns += [(0.76, "Tax", "r"), (0.9, "Amount", "r")]
    as_amounts = table_page(
        columns,
        [["Cup", "2", "30.00", "12.00", "60.00"], ["Pot", "1", "40.00", "8.00", "40.00"]],
    )
    assert rows(as_amounts, "tax_rate", "amount") == [(None, "60.00"), (None, "40.00")]
    as_rates = table_page(
        columns,
        [["Cup", "2", "30.00", "20.00", "60.00"], ["Pot", "1", "40.00", "7.00", "40.00"]],
    )
    assert rows(as_rates, "tax_rate", "amount") == [("20.00", "60.00"), ("7.00", "40.00")]
