"""Items as viewers of e-invoices print them, and heads of forms from many countries."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.extraction.lines.line_paper import Piece, page, table_page

from invoice_ai.domain.invoice import ExtractedField, LineItem
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.lines import find_lines

Row = tuple[str | None, str | None, str | None, str | None]


def values(lines: tuple[LineItem, ...]) -> list[Row]:
    return [
        (
            str(i.description.value) if i.description else None,
            str(i.quantity.value) if i.quantity else None,
            str(i.unit_price.value) if i.unit_price else None,
            str(i.amount.value) if i.amount else None,
        )
        for i in lines
    ]


def read(paper: Page, total: str | None = None) -> list[Row]:
    fields = {"total": ExtractedField(Decimal(total), total, 0.9, "text")} if total else {}
    return values(find_lines([paper], fields))


def form(*lines: tuple[str, str, str, str]) -> list[tuple[float, list[Piece]]]:
    """Two columns of labels and values."""
    return [
        (
            0.3 + 0.02 * k,
            [(x, t, "l") for x, t in zip((0.08, 0.28, 0.6), line[:3], strict=True) if t]
            + ([(0.93, line[3], "r")] if line[3] else []),
        )
        for k, line in enumerate(lines)
    ]


def test_positions_shown_as_forms_one_below_the_other() -> None:
    paper = page(
        form(
            ("Position 1", "", "", ""),
            ("Bezeichnung:", "Wartung Pumpe", "Menge", "1"),
            ("", "halbjährlich", "", ""),
            ("Artikelnummer:", "W-1", "Einheit", "LS"),
            ("Auftragsposition:", "10", "Preis pro Einheit (netto)", "486,00"),
            ("Umsatzsteuersatz in %:", "19,00", "Gesamtpreis (netto)", "486,00"),
            ("Position 2", "", "", ""),
            ("Bezeichnung:", "Rauchmelder", "Menge", "14"),
            ("Artikelnummer:", "RM-3", "Einheit", "H87"),
            ("Auftragsposition:", "20", "Preis pro Einheit (netto)", "43,70"),
            ("Umsatzsteuersatz in %:", "19,00", "Gesamtpreis (netto)", "611,80"),
        )
    )
    lines = find_lines([paper], {})
    assert values(lines) == [
        ("Wartung Pumpe halbjährlich", "1", "486.00", "486.00"),
        ("Rauchmelder", "14", "43.70", "611.80"),
    ]
    assert [str(i.unit.value) for i in lines if i.unit] == ["LS", "H87"]
    assert [str(i.product_code.value) for i in lines if i.product_code] == ["W-1", "RM-3"]
    assert [i.tax_rate.value for i in lines if i.tax_rate] == [19, 19]


def test_a_form_that_does_not_multiply_is_no_position() -> None:
    paper = page(
        form(
            ("Beschreibung:", "Unser Zeichen", "Betrag", "12,00"),
            ("Artikelnummer:", "AB", "Einheit", "X"),
        )
    )
    assert read(paper) == []


@pytest.mark.parametrize(
    "heads",
    [
        ("Postavka", "Količina", "Cena EUR/EM", "Znesek EUR"),
        ("Megnevezés", "Menny.", "Egységár", "Nettó érték"),
        ("Mal Hizmet", "Miktar", "Birim Fiyat", "Mal Hizmet Tutarı"),
        ("Denumirea produselor", "Cantitatea", "Preț unitar", "Valoarea"),
        ("Description / Selite", "Qty / Määrä", "Price / Hinta", "Amount / Yhteensä"),
        ("Pos. Bezeichnung / Description", "Menge / Qty", "Preis / Price", "Total CHF"),
        ("Article (BT-153)", "Qté (BT-", "Prix net (BT-", "Montant net (BT-"),
    ],
)
def test_heads_of_many_countries_and_two_languages(heads: tuple[str, ...]) -> None:
    columns: list[Piece] = [
        (0.08, heads[0], "l"), (0.55, heads[1], "r"), (0.74, heads[2], "r"), (0.95, heads[3], "r"),
    ]  # fmt: skip
    paper = table_page(
        columns, [("Widget", "2", "10.00", "20.00"), ("Gadget", "3", "5.00", "15.00")]
    )
    assert read(paper, "35.00") == [
        ("Widget", "2", "10.00", "20.00"),
        ("Gadget", "3", "5.00", "15.00"),
    ]


def test_the_line_that_numbers_the_columns_is_no_item() -> None:
    paper = table_page(
        [
            (0.06, "Nr", "l"), (0.12, "Description", "l"), (0.55, "Qty", "r"), (0.7, "Price", "r"),
            (0.9, "Amount", "r"),
        ],
        [
            ("0", "1", "2", "3", "4"),
            ("1", "Widget", "2", "10.00", "20.00"),
            ("2", "Gadget", "3", "5.00", "15.00"),
        ],
    )  # fmt: skip
    assert [r[0] for r in read(paper, "35.00")] == ["Widget", "Gadget"]


def test_a_charge_on_the_document_is_no_line() -> None:
    paper = table_page(
        [(0.1, "Item name", "l"), (0.5, "Quantity", "r"), (0.7, "Net price", "r"), (0.9, "Net amount", "r")],
        [("Cable", "2", "45.00", "90.00")],
        [
            [(0.1, "Reason", "l"), (0.5, "Reason code", "l"), (0.9, "Amount", "r")],
            [(0.1, "Freight", "l"), (0.5, "FC", "l"), (0.9, "35.00", "r")],
        ],
    )  # fmt: skip
    assert [r[0] for r in read(paper, "125.00")] == ["Cable"]


def test_names_above_lines_of_codes_and_numbers_however_the_scan_spaces_them() -> None:
    goods = [
        ("PIPE 25MM (CLASS D)", "95550473", "4", "8.90", "35.60"),
        ("VALVE BRASS LONG 25MM", "00812", "10", "0.85", "8.50"),
        ("PVC TEE 25MM", "00817", "6", "1.10", "6.60"),
        ("GLUE 250G", "10034", "1", "9.50", "9.50"),
    ]
    lines: list[tuple[float, list[Piece]]] = [
        (0.3, [(0.05, "Item", "l"), (0.25, "Qty", "r"), (0.5, "U/P", "r"), (0.9, "Amt (RM)", "r")])
    ]
    for k, (name, code, *numbers) in enumerate(goods):
        y = 0.32 + 0.04 * k
        lines.append((y, [(0.05, name, "l")]))
        values_: list[Piece] = [(x, n, "r") for x, n in zip((0.25, 0.5, 0.9), numbers, strict=True)]
        lines.append((y + 0.0205, [(0.05, code, "l"), *values_]))
    found = read(page(lines, source="ocr"), "60.20")
    assert [r[1:] for r in found] == [tuple(g[2:]) for g in goods]
    assert [r[0] for r in found] == [f"{name} {code}" for name, code, *_ in goods]


def test_a_small_charge_below_a_wide_head_is_no_credit() -> None:
    paper = table_page(
        [(0.1, "Date", "l"), (0.3, "Description", "l"), (0.72, "Charges", "l"), (0.9, "Credits", "r")],
        [
            ("10-07-24", "Room", "", ""), ("10-08-24", "Restaurant", "", ""),
            ("10-09-24", "Laundry", "", ""), ("10-10-24", "Bar", "", ""), ("10-10-24", "Visa", "", "245.29"),
        ],
    )  # fmt: skip
    charges = [(0.35 + 0.02 * k, v) for k, v in enumerate(["189.00", "38.00", "11.00", "7.29"], 1)]
    extra = page([(y, [(0.83, v, "r")]) for y, v in charges])
    joined = paper.__class__(1, 595.0, 842.0, (*paper.words, *extra.words), "text")
    assert [r[3] for r in read(joined, "245.29")] == ["189.00", "38.00", "11.00", "7.29"]


def test_hours_and_costs_count_together_and_the_summary_between_them_does_not() -> None:
    head: list[Piece] = [(0.1, "Date", "l"), (0.3, "Description", "l"), (0.9, "Amount", "r")]
    hours: list[Piece] = [*head[:2], (0.7, "Hours", "r"), (0.9, "Amount", "r")]
    rows: list[tuple[float, list[Piece]]] = [
        (0.30, hours),
        (0.32, [(0.1, "01/06/25", "l"), (0.3, "Telephone", "l"), (0.7, "0.60", "r"), (0.9, "315.00", "r")]),
        (0.34, [(0.1, "01/07/25", "l"), (0.3, "Draft", "l"), (0.7, "3.20", "r"), (0.9, "992.00", "r")]),
        (0.36, [(0.6, "Total fees", "l"), (0.9, "$1,307.00", "r")]),
        (0.42, [(0.1, "Name", "l"), (0.5, "Rate", "r"), (0.7, "Hours", "r"), (0.9, "Amount", "r")]),
        (0.44, [(0.1, "Coulter", "l"), (0.5, "525.00", "r"), (0.7, "0.60", "r"), (0.9, "315.00", "r")]),
        (0.46, [(0.1, "Pham", "l"), (0.5, "310.00", "r"), (0.7, "3.20", "r"), (0.9, "992.00", "r")]),
        (0.52, head),
        (0.54, [(0.1, "01/16/25", "l"), (0.3, "Copies", "l"), (0.9, "48.00", "r")]),
        (0.56, [(0.1, "01/31/25", "l"), (0.3, "Courier", "l"), (0.9, "31.50", "r")]),
        (0.58, [(0.6, "Total costs", "l"), (0.9, "$79.50", "r")]),
    ]  # fmt: skip
    assert [r[0] for r in read(page(rows), "1386.50")] == [
        "Telephone",
        "Draft",
        "Copies",
        "Courier",
    ]


def test_a_name_right_below_the_heads_is_no_second_line_of_them() -> None:
    paper = table_page(
        [
            (0.1, "Nr", "l"), (0.2, "Qty", "r"), (0.25, "Product", "l"), (0.6, "Price", "r"),
            (0.9, "Total", "r"),
        ],
        [
            ("Oak board by measure\n1", "\n3", "", "\n5.00", "\n15.00"),
            ("Brass valve\n2", "\n2", "", "\n4.00", "\n8.00"),
        ],
    )  # fmt: skip
    assert [(r[0], r[3]) for r in read(paper, "23.00")] == [
        ("Oak board by measure", "15.00"),
        ("Brass valve", "8.00"),
    ]


@pytest.mark.parametrize("kind", ["quantity first", "one value a line"])
def test_forms_name_their_values_in_any_order(kind: str) -> None:
    german = form(
        ("Position 1", "", "", ""), ("Menge:", "2", "Bezeichnung:", "Lampe"),
        ("Einheit:", "Stk", "Beschreibung:", "Rot"), ("Preis pro Einheit (netto):", "10,00", "", ""),
        ("Gesamtpreis (netto):", "20,00", "", ""), ("Position 2", "", "", ""),
        ("Menge:", "3", "Bezeichnung:", "Kabel"), ("Preis pro Einheit (netto):", "5,00", "", ""),
        ("Gesamtpreis (netto):", "15,00", "", ""),
    )  # fmt: skip
    italian = form(
        ("Nr. linea:", "1", "", ""), ("Descrizione bene/servizio:", "Lampe", "", ""),
        ("Quantità:", "2", "", ""), ("Valore unitario:", "10,00", "", ""),
        ("Valore totale:", "20,00", "", ""), ("IVA (%):", "22,00", "", ""), ("Nr. linea:", "2", "", ""),
        ("Descrizione bene/servizio:", "Kabel", "", ""), ("Quantità:", "3", "", ""),
        ("Valore unitario:", "5,00", "", ""), ("Valore totale:", "15,00", "", ""),
        ("IVA (%):", "22,00", "", ""),
    )  # fmt: skip
    assert read(page(german if kind == "quantity first" else italian)) == [
        ("Lampe", "2", "10.00", "20.00"),
        ("Kabel", "3", "5.00", "15.00"),
    ]


def test_heads_of_four_lines_are_read_downwards() -> None:
    heads: list[tuple[float, list[Piece]]] = [
        (0.300, [(0.73, "Unit", "r")]),
        (0.312, [(0.57, "Unit price", "r"), (0.73, "price", "r"), (0.83, "Item", "r"), (0.95, "Item", "r")]),
        (0.324, [(0.57, "(excl.", "r"), (0.65, "VAT", "r"), (0.73, "(incl.", "r"), (0.83, "subtotal", "r"),
                 (0.95, "subtotal", "r")]),
        (0.336, [(0.08, "Description", "l"), (0.45, "Qty", "r"), (0.57, "VAT)", "r"), (0.65, "rate", "r"),
                 (0.73, "VAT)", "r"), (0.83, "(excl. VAT)", "r"), (0.95, "(incl. VAT)", "r")]),
    ]  # fmt: skip
    goods = [
        ("Wall Hook", "2", "£9.16", "20%", "£10.99", "£18.32", "£21.98"),
        ("Novel", "1", "£7.49", "0%", "£7.49", "£7.49", "£7.49"),
    ]
    ends = (0.45, 0.57, 0.65, 0.73, 0.83, 0.95)
    rows: list[tuple[float, list[Piece]]] = [
        (0.36 + 0.02 * k, [(0.08, name, "l"), *((x, n, "r") for x, n in zip(ends, numbers, strict=True))])
        for k, (name, *numbers) in enumerate(goods)
    ]  # fmt: skip
    lines = find_lines([page([*heads, *rows])], {})
    assert values(lines) == [("Wall Hook", "2", "9.16", "18.32"), ("Novel", "1", "7.49", "7.49")]
    assert [str(i.tax_rate.value) for i in lines if i.tax_rate] == ["20", "0"]
