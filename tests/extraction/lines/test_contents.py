"""Tables whose head words say little: what stands in the columns decides."""

from __future__ import annotations

import pytest
from tests.extraction.lines.line_paper import Piece, table_page
from tests.extraction.lines.test_tables import USUAL, rows

ROWS = [
    ["Oak shelf, oiled", "3", "42.50", "127.50"],
    ["Brass hinges, pair", "12", "4.25", "51.00"],
]
READ = [
    ("Oak shelf, oiled", "3", "42.50", "127.50"),
    ("Brass hinges, pair", "12", "4.25", "51.00"),
]


def heads(name: str, quantity: str, price: str, amount: str) -> list[Piece]:
    return [(0.1, name, "l"), (0.6, quantity, "r"), (0.75, price, "r"), (0.92, amount, "r")]


@pytest.mark.parametrize(
    "words",
    [
        ("Benämning", "Ant.", "Styckpris", "Radsumma"),
        ("Dienst / product", "Aant.", "Prijs p/e", "Netto"),
        ("Leistung", "Mge.", "Stückpreis", "GP netto"),
        ("Prestazione", "Q.tà", "Tariffa", "Totale riga"),
        ("Předmět plnění", "Ks", "J. cena", "Celkem bez DPH"),
        ("Varebetegnelse", "Mængde", "Stykpris", "LINJEBELØB"),
        ("Artikl", "Kol.", "Jed. cijena", "Vrijednost"),
        ("Wyszczególnienie", "Liczba", "Cena jedn.", "Wartość"),
    ],
)
def test_the_trade_s_shorter_words_name_columns_too(words: tuple[str, str, str, str]) -> None:
    assert rows(table_page(heads(*words), ROWS), *USUAL) == READ


def test_a_column_that_multiplies_to_the_amount_is_the_quantity_whatever_it_is_called() -> None:
    printed = table_page(heads("Description", "Zork", "Unit price", "Amount"), ROWS)

    assert rows(printed, *USUAL) == READ


def test_a_column_the_amount_is_a_multiple_of_is_the_price_whatever_it_is_called() -> None:
    printed = table_page(heads("Description", "Qty", "Zork", "Amount"), ROWS)

    assert rows(printed, *USUAL) == READ


def test_the_column_of_words_is_the_description_whatever_it_is_called() -> None:
    printed = table_page(heads("Zorkword", "Qty", "Unit price", "Amount"), ROWS)

    assert rows(printed, *USUAL) == READ


def test_of_two_columns_of_names_the_one_with_the_words_is_the_description() -> None:
    columns: list[Piece] = [(0.1, "Artikel", "l"), (0.22, "Dienst / product", "l")]
    columns += heads("", "Aantal", "Prijs", "Bedrag")[1:]
    printed = table_page(
        columns,
        [["33.9132", *ROWS[0]], ["33.3020", *ROWS[1]]],
    )

    assert rows(printed, *USUAL, "product_code") == [
        (*READ[0], "33.9132"),
        (*READ[1], "33.3020"),
    ]


def test_a_unit_of_a_thousand_is_no_quantity() -> None:
    columns: list[Piece] = [(0.1, "Antal", "r"), (0.2, "Benämning", "l")]
    columns += [(0.6, "Pris", "r"), (0.75, "Moms", "r"), (0.92, "Belopp", "r")]
    printed = table_page(
        columns,
        [
            ["2 1000", "Folders, four colours", "140.13", "25%", "280.26"],
            ["3 st", "Oak shelf", "42.50", "25%", "127.50"],
        ],
    )

    assert rows(printed, "description", "quantity", "amount") == [
        ("Folders, four colours", "2", "280.26"),
        ("Oak shelf", "3", "127.50"),
    ]


def test_a_sum_under_one_row_is_no_row_whatever_it_is_called() -> None:
    printed = table_page(
        heads("Description", "Qty", "Unit price", "Amount"),
        ROWS[:1],
        [
            [(0.7, "Zorkword", "r"), (0.92, "127.50", "r")],
            [(0.7, "Less 2% discount", "r"), (0.92, "-2.55", "r")],
            [(0.7, "Invoice total", "r"), (0.92, "124.95", "r")],
        ],
    )

    assert rows(printed, *USUAL, total="124.95") == READ[:1]


@pytest.mark.parametrize(
    ("carried", "brought"),
    [
        ("Subtotal c/f", "Subtotal b/f"),
        ("Transporteren", "Transport"),
        ("Transport till nästa sida", "Transport från föregående sida"),
        ("K přenosu", "Převod z předchozí strany"),
        ("OVERFØRES", "OVERFØRT"),
    ],
)
def test_a_sum_carried_over_the_page_is_no_row(carried: str, brought: str) -> None:
    columns = heads("Description", "Qty", "Unit price", "Amount")
    first = table_page(columns, ROWS, [[(0.7, carried, "r"), (0.92, "178.50", "r")]])
    second = table_page(
        columns, [["", "", brought, "178.50"], ["Varnish", "2", "9.00", "18.00"]], number=2
    )

    assert rows([first, second], *USUAL, subtotal="196.50") == [
        *READ,
        ("Varnish", "2", "9.00", "18.00"),
    ]


def test_transport_is_also_something_sold() -> None:
    columns = heads("Description", "Qty", "Unit price", "Amount")
    printed = table_page(
        columns,
        [["Transport of pallets", "2", "30.00", "60.00"], *ROWS, ["Transport", "", "", "9.00"]],
    )

    assert [r[0] for r in rows(printed, *USUAL)] == [
        "Transport of pallets",
        "Oak shelf, oiled",
        "Brass hinges, pair",
        "Transport",
    ]


def test_the_foot_of_the_page_is_no_row() -> None:
    columns = heads("Naziv", "Kol.", "Cijena", "Iznos")
    printed = table_page(
        columns,
        ROWS,
        [[], [], [], [(0.1, "Harbour Road 31", "l"), (0.75, "9843", "r"), (0.92, "0", "r")]],
    )

    assert rows(printed, *USUAL) == READ


def test_a_quantity_off_its_column_is_known_by_its_product() -> None:
    columns: list[Piece] = [(0.08, "Qty", "l"), (0.35, "Product / service", "l")]
    columns += [(0.75, "Unit price", "r"), (0.92, "Net", "r")]
    printed = table_page(
        columns,
        [["      24 box", "Copier paper A4", "27.10", "650.40"], ["3", "Lamp", "5.00", "15.00"]],
    )

    assert rows(printed, *USUAL) == [
        ("Copier paper A4", "24", "27.10", "650.40"),
        ("Lamp", "3", "5.00", "15.00"),
    ]


def test_a_decimal_quantity_is_not_its_unit() -> None:
    columns: list[Piece] = [(0.1, "Hours/Qty", "l"), (0.2, "Per", "l"), (0.27, "Details", "l")]
    columns += [(0.75, "Unit price", "r"), (0.92, "Net", "r")]
    printed = table_page(
        columns, [["   1.5", "hrs", "Consulting by telephone", "116.24", "174.36"]]
    )

    assert rows(printed, *USUAL) == [("Consulting by telephone", "1.5", "116.24", "174.36")]


def test_a_word_of_sums_may_stand_in_the_name_of_what_is_sold() -> None:
    columns: list[Piece] = [(0.1, "Omschrijving", "l"), (0.92, "Bedrag excl. btw", "r")]
    printed = table_page(
        columns,
        [["Tuinonderhoud", "77,63"], ["Lunch inclusief dranken", "203,60"], ["Advies", "3.114,63"]],
        [[(0.7, "Netto totaal", "r"), (0.92, "3.395,86", "r")]],
    )

    assert [r[0] for r in rows(printed, *USUAL)] == [
        "Tuinonderhoud",
        "Lunch inclusief dranken",
        "Advies",
    ]


def test_price_and_total_close_together_are_two_columns() -> None:
    columns: list[Piece] = [(0.08, "Uds.", "l"), (0.2, "Denominación", "l")]
    columns += [(0.8, "Precio", "r"), (0.92, "Total con IVA", "r")]
    printed = table_page(
        columns, [["3", "Asesoría", "220,45", "661,35"], ["2", "Mesa", "4,50", "9,00"]]
    )

    assert rows(printed, *USUAL) == [
        ("Asesoría", "3", "220.45", "661.35"),
        ("Mesa", "2", "4.50", "9.00"),
    ]
