"""Items of papers without a header row: till receipts and short bills."""

from __future__ import annotations

from decimal import Decimal

from tests.extraction.lines.line_paper import Piece, page, table_page

from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.lines import find_lines


def receipt(*lines: tuple[str, str]) -> Page:
    """Lines of text left and an amount right, as a till prints them."""
    laid: list[tuple[float, list[Piece]]] = [
        (0.1 + 0.03 * i, [(0.2, left, "l"), (0.8, right, "r")] if right else [(0.2, left, "l")])
        for i, (left, right) in enumerate(lines)
    ]
    return page(laid, source="ocr")


def read(paper: Page, total: str | None = None) -> list[tuple[str, str | None, str | None, str]]:
    fields = {"total": ExtractedField(Decimal(total), total, 0.9, "ocr")} if total else {}
    return [
        (
            str(i.description.value if i.description else ""),
            str(i.quantity.value) if i.quantity else None,
            str(i.unit_price.value) if i.unit_price else None,
            str(i.amount.value if i.amount else ""),
        )
        for i in find_lines([paper], fields)
    ]


def test_names_and_amounts_above_the_total_are_the_items() -> None:
    paper = receipt(
        ("Corner Shop", ""),
        ("Bread", "2.40 A"),
        ("Milk 1 l", "1.10 A"),
        ("Subtotal", "3.50"),
        ("VAT", "0.25"),
        ("TOTAL EUR", "3.50"),
        ("Visa", "3.50"),
    )
    assert read(paper, "3.50") == [("Bread", None, None, "2.40"), ("Milk 1 l", None, None, "1.10")]


def test_quantity_and_price_on_the_second_line_belong_to_the_name_above() -> None:
    paper = receipt(
        ("Espresso", "5,00"),
        ("2 x 2,50", ""),
        ("Kuchen", "3,90"),
        ("Summe", "8,90"),
    )
    assert read(paper) == [
        ("Espresso", "2", "2.50", "5.00"),
        ("Kuchen", None, None, "3.90"),
    ]


def test_a_line_of_numbers_takes_its_name_from_the_line_above() -> None:
    paper = receipt(
        ("PAPER CUPS LARGE", ""),
        ("3 x 4.00", "12.00"),
        ("NAPKINS", ""),
        ("1 x 2.50", "2.50"),
        ("Total", "14.50"),
    )
    assert read(paper) == [
        ("PAPER CUPS LARGE", "3", "4.00", "12.00"),
        ("NAPKINS", "1", "2.50", "2.50"),
    ]


def test_without_an_agreeing_sum_the_items_are_doubtful() -> None:
    paper = receipt(("Bread", "2.40"), ("Milk", "1.10"), ("Total", "9.99"))
    found = find_lines([paper], {})
    assert found and all(i.amount and i.amount.confidence < 0.9 for i in found)


def test_change_and_payment_are_no_items() -> None:
    paper = receipt(
        ("Notebook", "4.00"),
        ("Total", "4.00"),
        ("Cash", "10.00"),
        ("Change", "6.00"),
    )
    assert read(paper, "4.00") == [("Notebook", None, None, "4.00")]


def test_an_amount_alone_on_its_line_belongs_to_the_name_above_it() -> None:
    paper = receipt(
        ("Mango Lassi", ""),
        ("3,50", ""),
        ("", "10,50"),
        ("Naan", "3,90"),
        ("Summe", "14,40"),
    )
    assert [(r[0], r[3]) for r in read(paper, "14.40")] == [
        ("Mango Lassi", "10.50"),
        ("Naan", "3.90"),
    ]


def test_the_tax_summary_below_is_not_taken_for_items() -> None:
    paper = receipt(
        ("Carrots", "2.20 ZRL"),
        ("Fish balls", "1.20 SR"),
        ("Sub total", "3.40"),
        ("6% GST", "0.07"),
        ("GST summary", ""),
        ("SR 6%  1.20", "0.07"),
        ("ZRL 0% 2.20", "0.00"),
    )
    assert [r[0] for r in read(paper, "3.40")] == ["Carrots", "Fish balls"]


def test_a_line_that_only_counts_is_named_by_the_line_above() -> None:
    paper = receipt(
        ("MASKING TAPE 48MM", ""),
        ("3 szt x9,98", "29,94A"),
        ("PAINT WHITE 10L", ""),
        ("1 szt x129,00", "129,00A"),
        ("SALMON FILLET", ""),
        ("0,412kg @ 34,90/kg", "14,38"),
        ("COOKING OIL 5KG", ""),
        ("9550000000011 1 × 26,90", "26,90 Z"),
        ("Total", "200,22"),
    )
    assert read(paper, "200.22") == [
        ("MASKING TAPE 48MM", "3", "9.98", "29.94"),
        ("PAINT WHITE 10L", "1", "129.00", "129.00"),
        ("SALMON FILLET", "0.412", "34.90", "14.38"),
        ("COOKING OIL 5KG", "1", "26.90", "26.90"),
    ]


def test_the_count_before_the_name_multiplies_the_price_below() -> None:
    paper = receipt(
        ("2x Water 0,75l", ""),
        ("à 6,90", "13,80 A"),
        ("3x Espresso", ""),
        ("à 2,90", "8,70 A"),
        ("SUMME EUR", "22,50"),
    )
    assert read(paper, "22.50") == [
        ("Water 0,75l", "2", "6.90", "13.80"),
        ("Espresso", "3", "2.90", "8.70"),
    ]


def test_fuel_measured_below_its_amount_across_the_pumps_number() -> None:
    paper = receipt(
        ("Super E10", "75,52 A"),
        ("Pump 6", ""),
        ("43,18 l × 1,749 EUR/l", ""),
        ("Coffee", "2,99 A"),
        ("Gesamtbetrag EUR", "78,51"),
    )
    assert read(paper, "78.51") == [
        ("Super E10", "43.18", "1.749", "75.52"),
        ("Coffee", None, None, "2.99"),
    ]


def test_a_count_behind_every_name_is_a_quantity_and_behind_one_a_pack() -> None:
    paper = receipt(("WATER 1.5L X1", "3.18 S"), ("CRISPS x2", "5.30 S"), ("TOTAL", "8.48"))
    assert read(paper, "8.48") == [("WATER 1.5L", "1", None, "3.18"), ("CRISPS", "2", None, "5.30")]
    paper = receipt(("PLASTERS X20", "5.60"), ("GEL 60G", "2.00"), ("TOTAL", "7.60"))
    assert [r[:2] for r in read(paper, "7.60")] == [("PLASTERS X20", None), ("GEL 60G", None)]


def test_a_payment_of_nothing_and_a_rounding_below_the_total_are_no_items() -> None:
    paper = receipt(
        ("Soap", "7,90"),
        ("Comb", "5,60"),
        ("TOTALE COMPLESSIVO", "13,50"),
        ("Buoni", "0,00"),
        ("Arrotondamento", "0,02"),
        ("Importo pagato", "13,52"),
    )
    assert [r[0] for r in read(paper, "13.50")] == ["Soap", "Comb"]


def test_a_distance_is_no_amount() -> None:
    paper = receipt(
        ("DISTANCE", "19.6 KM"), ("FARE", "17.80"), ("TOLL", "3.00"), ("TOTAL", "20.80")
    )
    assert [r[0] for r in read(paper)] == ["FARE", "TOLL"]


def test_the_tills_heads_above_lines_that_only_count() -> None:
    paper = receipt(
        ("Item Qty S/Price S/Amount", ""),
        ("000000111", ""),
        ("MODELLING CLAY", ""),
        ("1 PC * 9.00 0.00", "9.00 SR"),
        ("000000112", ""),
        ("GLUE STICK", ""),
        ("3 PC * 1.50 0.00", "4.50 SR"),
        ("Total Sales", "13.50"),
    )
    assert read(paper, "13.50") == [
        ("MODELLING CLAY", "1", "9.00", "9.00"),
        ("GLUE STICK", "3", "1.50", "4.50"),
    ]


def test_a_name_of_two_lines_with_a_bar_code_below() -> None:
    paper = receipt(
        ("COLA", ""),
        ("2 x 1.50", "3.00"),
        ("HOMEMADE CHICKEN", ""),
        ("PIE WITH PEAS", ""),
        ("9550000000028", ""),
        ("1 UNIT x 6.50", "6.50"),
        ("TOTAL", "9.50"),
    )
    assert read(paper, "9.50") == [
        ("COLA", "2", "1.50", "3.00"),
        ("HOMEMADE CHICKEN PIE WITH PEAS", "1", "6.50", "6.50"),
    ]


def test_goods_by_the_pound_and_counts_glued_to_the_price() -> None:
    paper = receipt(
        ("BANANAS", ""),
        ("2.41 lb @ 0.59 /lb", "1.42 F"),
        ("TOMATOES", ""),
        ("0.512 kg x 2.99 €/kg", "1.53"),
        ("OAT MILK", ""),
        ("2*12.90", "25.80"),
        ("BUTTER 2x1.09", "2.18"),
        ("TOTAL", "30.93"),
    )
    assert read(paper, "30.93") == [
        ("BANANAS", "2.41", "0.59", "1.42"),
        ("TOMATOES", "0.512", "2.99", "1.53"),
        ("OAT MILK", "2", "12.90", "25.80"),
        ("BUTTER", "2", "1.09", "2.18"),
    ]


def test_a_levy_within_a_utility_bill_is_one_of_its_items() -> None:
    paper = receipt(
        ("Potencia contratada", "12,87 €"),
        ("Energía consumida", "32,73 €"),
        ("Impuesto sobre la electricidad", "2,42 €"),
        ("Alquiler equipos de medida", "0,83 €"),
        ("Financiación bono social", "0,40 €"),
        ("Importe total (base imponible)", "49,25 €"),
        ("IVA: 21 %", "10,34 €"),
        ("TOTAL", "59,59 €"),
    )
    fields = {"subtotal": ExtractedField(Decimal("49.25"), "49,25", 0.9, "ocr")}
    assert [str(i.amount.value) for i in find_lines([paper], fields) if i.amount] == [
        "12.87", "32.73", "2.42", "0.83", "0.40",
    ]  # fmt: skip


def test_counts_stand_before_the_names_under_heads_without_a_quantity() -> None:
    paper = table_page(
        [(0.2, "Descripción", "l"), (0.6, "P. Unit", "r"), (0.8, "Importe", "r")],
        [("2 PAN DE MOLDE", "0,95", "1,90"), ("3 LECHE ENTERA", "1,10", "3,30")],
        [[(0.2, "TOTAL", "l"), (0.8, "5,20", "r")]],
        letterhead=False,
    )
    assert read(paper, "5.20") == [
        ("PAN DE MOLDE", "2", "0.95", "1.90"),
        ("LECHE ENTERA", "3", "1.10", "3.30"),
    ]


def test_rates_of_tax_between_names_and_amounts_are_none_of_the_name() -> None:
    paper = receipt(
        ("PLASTERS X20 22%", "5,60"),
        ("TABLETS 500 10%", "7,90"),
        ("TICKET ES", "2,00"),
        ("TOTALE COMPLESSIVO", "15,50"),
    )
    lines = find_lines([paper], {})
    assert [str(i.description.value) for i in lines if i.description] == [
        "PLASTERS X20", "TABLETS 500", "TICKET ES",
    ]  # fmt: skip
    assert [str(i.tax_rate.value) if i.tax_rate else None for i in lines] == ["22", "10", None]


def test_the_first_name_has_as_many_lines_as_stand_together() -> None:
    paper = receipt(
        ("TAX INVOICE", ""),
        ("", ""),
        ("PLASTIC PAIL 3 GALLON", ""),
        ("WA53 - 12/48", ""),
        ("9555047300000 1 X 5.50", "5.50"),
        ("COFFEE SPOON", ""),
        ("TZ11 - 12/120", ""),
        ("9073800 4 X 1.90", "7.60"),
        ("Total", "RM 13.10"),
    )
    assert read(paper, "13.10") == [
        ("PLASTIC PAIL 3 GALLON WA53 - 12/48", "1", "5.50", "5.50"),
        ("COFFEE SPOON TZ11 - 12/120", "4", "1.90", "7.60"),
    ]


def test_names_below_their_codes_and_amounts() -> None:
    paper = receipt(
        ("MEMBER 13700", ""),
        ("", ""),
        ("1x 000000118927", "16.90SR"),
        ("NYLON ROPE", ""),
        ("2x 000005270385", "10.40SR"),
        ("LONG HOOK", ""),
        ("", ""),
        ("Sub-total", "27.30"),
    )
    assert read(paper, "27.30") == [
        ("NYLON ROPE", "1", None, "16.90"),
        ("LONG HOOK", "2", None, "10.40"),
    ]


def test_cents_read_as_letters_are_noughts() -> None:
    paper = receipt(
        ("GLUE", "15.0C"), ("TAPE", "21.OO"), ("TOT QTY: 2", "36.00"), ("Total", "36.00")
    )
    assert [(r[0], r[3]) for r in read(paper, "36.00")] == [("GLUE", "15.00"), ("TAPE", "21.00")]


def test_a_price_of_one_beside_the_amount_is_no_name() -> None:
    paper = receipt(("NAME CARD", ""), ("TX 148.00", "148.00 SR"), ("Subtotal", "148.00"))
    assert [(r[0], r[3]) for r in read(paper, "148.00")] == [("NAME CARD", "148.00")]


def test_names_between_lines_that_only_count_below_a_tills_heads() -> None:
    paper = table_page(
        [(0.1, "Description", "l"), (0.5, "Qty", "r"), (0.65, "U. price", "r"), (0.8, "Total", "r")],
        [
            ("Milo (B)", "", "", ""), ("", "2 x", "2.80", "5.60"),
            ("Take Away", "", "", ""), ("", "2 x", "0.20", "0.40"),
        ],
        [[(0.1, "Total QTY: 4", "l")], [(0.1, "TOTAL :", "l"), (0.8, "6.00", "r")]],
        letterhead=False, pitch=0.0205, source="ocr",
    )  # fmt: skip
    assert read(paper, "6.00") == [
        ("Milo (B)", "2", "2.80", "5.60"),
        ("Take Away", "2", "0.20", "0.40"),
    ]


def test_a_short_name_between_numbers_is_a_name_and_a_unit_is_none() -> None:
    paper = receipt(
        ("(no peanuts)", ""),
        ("3 RICE 1.50", "4.50 SR"),
        ("GREEN TEA", ""),
        ("2 pcs @ 3.00", "6.00 SR"),
        ("Sub total", "10.50"),
    )
    assert read(paper, "10.50") == [
        ("RICE", "3", "1.50", "4.50"),
        ("GREEN TEA", "2", "3.00", "6.00"),
    ]


def test_the_price_beside_the_name_and_the_count_beside_the_code() -> None:
    paper = receipt(
        ("FLOUR 6KG @63.00", ""),
        ("FM411000055 *4", "252.00 ZR"),
        ("SUGAR @8.50", ""),
        ("FM429000000 *2", "17.00 ZR"),
        ("Total", "269.00"),
    )
    assert read(paper, "269.00") == [
        ("FLOUR 6KG", "4", "63.00", "252.00"),
        ("SUGAR", "2", "8.50", "17.00"),
    ]


def test_a_discount_within_the_line_that_counts() -> None:
    paper = receipt(
        ("NASAL SPRAY 30ML", ""),
        ("1 @ 24.50 Disc -2.45", "22.05 SR"),
        ("PLASTER 20S", ""),
        ("2 @ 8.90", "17.80 SR"),
        ("Item(s): 2 Qty: 3", ""),
        ("TOTAL AMOUNT", "39.85"),
    )
    assert read(paper, "39.85") == [
        ("NASAL SPRAY 30ML", "1", "24.50", "22.05"),
        ("PLASTER 20S", "2", "8.90", "17.80"),
    ]
    first = find_lines([paper], {})[0].discount
    assert first and abs(Decimal(str(first.value))) == Decimal("2.45")


def test_a_tax_code_behind_an_amount_does_not_make_a_tax_summary() -> None:
    paper = receipt(("SUGAR 1KG", ""), ("9550000000011 1", "2.85 ZR"), ("Total", "2.85"))
    assert [(r[0], r[3]) for r in read(paper, "2.85")] == [("SUGAR 1KG", "2.85")]


def test_names_above_rows_of_columns_are_left_to_the_columns() -> None:
    laid: list[tuple[float, list[Piece]]] = []
    goods = [
        ("Hedge trimming", "120", "54,24", "6.508,80"),
        ("Hosting", "12", "158,56", "1.902,72"),
    ]
    for k, (name, *numbers) in enumerate(goods):
        y = 0.3 + 0.056 * k
        laid += [(y, [(0.1, name, "l")]), (y + 0.013, [(0.1, "delivered to the site", "l")])]
        ends = (0.55, 0.7, 0.9)
        laid.append((y + 0.026, [(x, n, "r") for x, n in zip(ends, numbers, strict=True)]))
    laid.append((0.44, [(0.55, "Montant HT:", "l"), (0.9, "8.411,52 €", "r")]))
    found = read(page(laid), "8411.52")
    assert [(r[0].split(" delivered")[0], *r[1:]) for r in found] == [
        ("Hedge trimming", "120", "54.24", "6508.80"),
        ("Hosting", "12", "158.56", "1902.72"),
    ]
