"""A page that was made to be long costs what its words cost, not their square."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from itertools import cycle, islice
from typing import Any

import pytest

from invoice_ai.checks import check_invoice
from invoice_ai.domain.layout import LONGEST_LINE, text_lines
from invoice_ai.domain.pages import Box, Page, Reading, Word
from invoice_ai.extraction import extract_invoice

TEXTS = {
    "sums": "Total 12.00",
    "figures": "1.00 2.50 3.75",
    "dates": "Date 03.04.2024",
    "numbers": "Invoice No 4711",
    "addresses": "Hauptstr. 5 10115 Berlin",
    "everything": "Invoice No RE-4711 Date 03.04.2024 Total 12.00 EUR VAT 19 % on Muster GmbH",
}


def one_line(text: str, words: int) -> Page:
    """That many words beside each other."""
    width = 1 / words
    return Page(
        1,
        595.0,
        842.0,
        tuple(
            Word(part, Box(i * width, 0.5, (i + 1) * width, 0.51))
            for i, part in enumerate(islice(cycle(text.split()), words))
        ),
        "text",
    )


def cells(text: str, words: int) -> Page:
    """That many words with white space around each, fifty in a line."""
    height = 50 / words
    return Page(
        1,
        595.0,
        842.0,
        tuple(
            Word(part, Box(x, y, x + 0.004, y + 0.004))
            for i, part in enumerate(islice(cycle(text.split()), words))
            for x, y in [(0.02 * (i % 50), height * (i // 50))]
        ),
        "text",
    )


def column(text: str, words: int) -> Page:
    """That many words below each other."""
    return Page(
        1,
        595.0,
        842.0,
        tuple(
            Word(part, Box(0.1, i / words, 0.15, (i + 0.6) / words))
            for i, part in enumerate(islice(cycle(text.split()), words))
        ),
        "text",
    )


def table(columns: int) -> Page:
    """A table with that many columns of money under words for it, and twelve rows."""
    names = islice(cycle(["Description", "Amount", "Tax"]), columns)
    lines = [list(names)] + [
        ["Item", *(f"{(7 * row + at) % 90 + 1}.00" for at in range(columns - 1))]
        for row in range(12)
    ]
    width = 1 / columns
    return Page(
        1,
        595.0,
        842.0,
        tuple(
            Word(text, Box(i * width, 0.1 + 0.02 * row, (i + 0.7) * width, 0.108 + 0.02 * row))
            for row, line in enumerate(lines)
            for i, text in enumerate(line)
        ),
        "text",
    )


def test_a_table_of_many_columns_is_not_read_in_all_possible_ways() -> None:
    examine(table(3))
    assert calls_of(lambda: examine(table(36))) < 3 * calls_of(lambda: examine(table(12)))


def examine(page: Page) -> None:
    check_invoice(extract_invoice(Reading((page,))), today=date(2024, 5, 1))


def calls_of(work: Callable[[], None]) -> int:
    """How many functions are called, those in C and each step of a generator included."""
    count = 0

    def counted(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", [cells, column])
@pytest.mark.parametrize("text", ["lorem ipsum dolor", TEXTS["everything"]])
def test_twice_the_words_on_a_page_are_twice_the_work(
    shape: Callable[[str, int], Page], text: str
) -> None:
    examine(shape(text, 50))
    first = calls_of(lambda: examine(shape(text, 1500)))
    assert calls_of(lambda: examine(shape(text, 3000))) < 2.5 * first


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_twice_the_words_in_a_line_are_twice_the_work(text: str) -> None:
    examine(one_line(text, 50))  # loads lexicon and model
    first = calls_of(lambda: examine(one_line(text, 700)))
    assert calls_of(lambda: examine(one_line(text, 1400))) < 2.5 * first


def test_a_line_longer_than_any_paper_is_cut_and_no_word_is_lost() -> None:
    page = one_line("Total 12.00", 1000)
    lines = text_lines(page)
    assert all(len(line.text) <= LONGEST_LINE for line in lines)
    assert [word for line in lines for word in line.words] == list(page.words)


def test_a_word_longer_than_a_line_is_a_line() -> None:
    page = one_line("x" * 3000, 3)
    assert [line.text for line in text_lines(page)] == ["x" * 3000] * 3


@pytest.mark.parametrize("sign", ["x", "*", "#", "x-", "1", "1.", "a.", "-", "(", "a@", "1 ", "%"])
def test_no_pattern_is_caught_in_a_page_of_one_sign(sign: str) -> None:
    """A pattern that tries all ways to cut a run of x's would not come to an end."""
    examine(one_line((sign * 240)[:240], 200))
