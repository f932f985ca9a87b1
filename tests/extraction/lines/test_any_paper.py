"""Whatever a page shows, reading its lines ends well and soon."""

from __future__ import annotations

import time
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.extraction.lines.line_paper import Piece, table_page

from invoice_ai.domain.invoice import ExtractedField
from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.extraction.lines import find_lines

WORDS = st.sampled_from(
    [
        "Description", "Qty", "Price", "Amount", "Total", "VAT", "Menge", "Betrag", "Carried",
        "forward", "Visa", "1", "2", "x4", "10.00", "12,50", "1 234,00", "19", "%", "€", "-", "(",
        "CR", "03/04/2026", "May", "A-1", "Tea", "@", "x", "", "²", "９", "\u202e",
        "9" * 44 + ".00", "1.234.567.89", "999999999999.99", "10%", "7.00", "Tax", "Disc",
    ]
)  # fmt: skip
PLACES = st.floats(min_value=-0.2, max_value=1.2, allow_nan=False)


@st.composite
def pages(draw: st.DrawFn) -> list[Page]:
    found = []
    for number in range(1, draw(st.integers(1, 3)) + 1):
        words = []
        for text in draw(st.lists(WORDS, max_size=40)):
            x, y = draw(PLACES), draw(st.sampled_from([0.1, 0.12, 0.14, 0.3, 0.31])) + number * 1e-3
            width = draw(st.sampled_from([0.0, 0.02, 0.2]))
            words.append(Word(text, Box(x, y, x + width, y + draw(st.sampled_from([0.0, 0.01])))))
        found.append(Page(number, 595.0, draw(st.sampled_from([0.0, 842.0])), tuple(words), "ocr"))
    return found


@settings(max_examples=150, deadline=None)
@given(pages(), st.sampled_from(["10.00", "0", "-5"]))
def test_any_arrangement_of_words_gives_items_with_sane_cells(
    paper: list[Page], total: str
) -> None:
    fields = {"total": ExtractedField(Decimal(total), total, 0.5, "ocr")}
    for item in find_lines(paper, fields):
        for cell in (item.description, item.quantity, item.unit_price, item.amount):
            assert cell is None or (0.0 <= cell.confidence <= 1.0 and cell.page)
        assert item.amount is None or isinstance(item.amount.value, Decimal)


def test_a_price_list_of_thousands_of_rows_is_read_in_time_that_grows_with_its_length() -> None:
    columns: list[Piece] = [(0.1, "Item", "l"), (0.6, "Qty", "r"), (0.9, "Amount", "r")]
    body = [[f"Part {i}", "2", f"{i}.50"] for i in range(60)]

    def seconds(count: int) -> float:
        paper = [table_page(columns, body, number=n + 1, pitch=0.01) for n in range(count)]
        begin = time.process_time()
        assert len(find_lines(paper, {})) == 60 * count
        return time.process_time() - begin

    seconds(2)
    assert seconds(40) < 40 * max(seconds(4), 0.01)  # quadratic would be 100 times


def test_one_line_of_thousands_of_numbers_is_read_in_time() -> None:
    head = [Word(t, Box(x, 0.1, x + 0.1, 0.11)) for x, t in ((0.1, "Item"), (0.5, "Amount"))]
    body = [
        Word(t, Box(0.1 + i * 1e-5, 0.12, 0.1 + i * 1e-5, 0.13))
        for i, t in enumerate(["-", "1", "234", "10.00", "€", "2", "x"] * 1500)
    ]
    begin = time.process_time()
    find_lines([Page(1, 595.0, 842.0, (*head, *body), "text")], {})
    assert time.process_time() - begin < 10


def test_a_row_that_is_only_a_day_and_its_month_is_read() -> None:
    columns = [(0.05, "Date", "l"), (0.2, "Description", "l"), (0.9, "Amount", "r")]
    rows = [["28 Mai", "Room", "90.00"], ["29 Mai", "", ""], ["30 Mai", "Room", "95.00"]]
    items = find_lines([table_page(columns, rows)], {})
    assert [str(item.amount.value) for item in items if item.amount] == ["90.00", "95.00"]
