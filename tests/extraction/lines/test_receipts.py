"""Items of papers without a header row: till receipts and short bills."""

from __future__ import annotations

from decimal import Decimal

from tests.extraction.lines.line_paper import Piece, page

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
    assert found and all(i.amount and i.amount.confidence < 0.5 for i in found)


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
