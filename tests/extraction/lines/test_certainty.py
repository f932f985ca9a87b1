"""How sure a row is said to be: what speaks for it, what against it, and what is never sure."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from tests.extraction.lines.line_paper import Piece, table_page
from tests.extraction.lines.test_tables import COLUMNS, stated

from invoice_ai.domain.invoice import LineItem
from invoice_ai.domain.pages import Page
from invoice_ai.extraction.lines import choose_rows, find_lines
from invoice_ai.extraction.lines.certainty import (
    CELLS,
    IN_FAVOUR,
    INPUTS,
    Signs,
    from_json,
    shipped_calibrations,
    signs_of,
    to_json,
)

SHOP = [["Writing desk", "3", "12.00", "36.00"], ["Fountain pen", "2", "1.00", "2.00"]]


def said(line: LineItem) -> float:
    """A row is as sure as its least sure cell."""
    cells = (line.description, line.quantity, line.unit_price, line.amount)
    return min(cell.confidence for cell in cells if cell)


@pytest.mark.parametrize("source", INPUTS)
def test_rows_that_make_the_net_are_sure_and_those_that_do_not_are_not(source: str) -> None:
    paper = table_page(COLUMNS, SHOP, source=source)  # type: ignore[arg-type]
    assert all(said(line) >= 0.9 for line in find_lines([paper], stated(subtotal="38.00")))
    assert all(said(line) < 0.9 for line in find_lines([paper], stated(subtotal="83.00")))


def test_in_a_table_that_misses_its_net_a_row_that_multiplies_is_surer_than_one_that_cannot() -> (
    None
):
    paper = table_page(COLUMNS, [*SHOP, ["Freight and packing", "", "", "5.00"]])
    first, second, freight = find_lines([paper], stated(subtotal="38.50"))
    assert said(freight) < 0.8 < min(said(first), said(second))


def test_a_row_whose_name_is_a_mere_unit_is_less_sure_than_the_others() -> None:
    paper = table_page(COLUMNS, [*SHOP, ["m2", "2", "5.00", "10.00"]])
    *named, unit = find_lines([paper], stated(subtotal="48.00"))
    assert said(unit) < 0.9 <= min(map(said, named))


def test_names_set_apart_are_less_sure_in_a_table_over_pages() -> None:
    """One name missed, and every name behind it stands at the wrong row."""
    first = table_page(COLUMNS, [["Writing desk\nwith a drawer", "3", "12.00", "36.00"]])
    choice = choose_rows([first], stated(subtotal="36.00"))
    assert choice is not None
    (whole,) = signs_of(choice)
    assert (whole.apart, whole.slipping) == (0.0, 0.0)
    for cell, source in product(CELLS, INPUTS):
        weights = shipped_calibrations()[cell, source]
        apart = weights.probability(whole._replace(apart=1.0))
        slipping = weights.probability(whole._replace(apart=1.0, slipping=1.0))
        assert slipping < weights.probability(whole) and slipping < apart


def test_a_cell_that_could_hardly_be_read_is_no_surer_than_the_reader() -> None:
    paper = table_page(COLUMNS, SHOP, source="ocr")
    blurred = _read_with(paper, "36.00", 0.4)
    desk, pen = find_lines([blurred], stated(subtotal="38.00"))
    assert desk.amount and desk.amount.confidence <= 0.4 and desk.amount.reasons == ("low_ocr",)
    assert desk.quantity and desk.quantity.confidence >= 0.9
    assert said(pen) >= 0.9


def _read_with(paper: Page, text: str, certainty: float) -> Page:
    words = (w._replace(confidence=certainty) if w.text == text else w for w in paper.words)
    return replace(paper, words=tuple(words))


def test_a_product_settles_whether_a_point_parts_thousands() -> None:
    proved = table_page(COLUMNS, [["Gravel", "2", "€ 1,200", "€ 2,400"]])
    (line,) = find_lines([proved], stated(subtotal="2400.00"))
    assert line.unit_price and line.amount
    assert min(line.unit_price.confidence, line.amount.confidence) >= 0.9
    open_to_both = table_page(COLUMNS, [["Gravel", "", "", "€ 2,400"]])
    (line,) = find_lines([open_to_both], {})
    assert line.amount and line.amount.confidence <= 0.5


def test_lines_below_no_head_that_no_sum_confirms_are_not_sure() -> None:
    heads: list[Piece] = [(0.1, "", "l"), (0.6, "", "r"), (0.75, "", "r"), (0.9, "", "r")]
    found = find_lines([table_page(heads, SHOP)], {})
    assert found and all(said(line) < 0.9 for line in found)


def test_every_sign_speaks_in_one_direction_only() -> None:
    for (cell, source), calibration in shipped_calibrations().items():
        for name, weight in calibration.weights._asdict().items():
            assert weight >= 0 if name in IN_FAVOUR else weight <= 0, (cell, source, name)
        assert 0.9 < calibration.highest < 1


def test_what_is_written_is_read_back_and_all_that_is_needed_is_shipped() -> None:
    shipped = shipped_calibrations()
    assert set(shipped) == set(product(CELLS, INPUTS))
    assert from_json(to_json(shipped)) == shipped
    assert set(Signs._fields) >= IN_FAVOUR
