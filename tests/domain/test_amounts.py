"""Amounts as printed, in every way the trade prints them."""

from __future__ import annotations

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_ai.domain.amounts import (
    UnreadableAmount,
    find_amounts,
    guess_decimal_mark,
    is_amount_like,
    parse_amount,
    parse_percent,
)
from invoice_ai.domain.pages import Box, Word

CENTS = st.decimals(min_value=0, max_value=10**9, places=2)
# How a whole part is grouped and which mark parts the cents, by country.
LOCALES = [
    (",", "."),  # en, India's small amounts, es-MX
    (".", ","),  # de, es, it, nl, pt
    (" ", ","),  # fr, pl, cs with a plain space
    ("\u00a0", ","),
    ("\u202f", ","),
    ("\u2009", "."),
    ("'", "."),  # de-CH
    ("’", "."),
    ("", "."),
    ("", ","),
]


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1.234,50 €", "1234.50"),
        ("€ 1,234.50", "1234.50"),
        ("EUR12.00", "12.00"),
        ("RM12.00", "12.00"),
        ("US$5", "5"),
        ("1,23,456.00", "123456.00"),
        ("₹ 12,34,567", "1234567"),
        ("1'234.50", "1234.50"),
        ("1 234,50-", "-1234.50"),
        ("(1,234.50)", "-1234.50"),
        ("($12.00)", "-12.00"),
        ("$(12.00)", "-12.00"),
        ("12.00 CR", "-12.00"),
        ("\u22125,00", "-5.00"),
        ("-€5.00", "-5.00"),
        ("€-5.00", "-5.00"),
        ("12,-", "12"),
        ("12.--", "12"),
        ("CHF 12.—", "12"),
        (".50", "0.50"),
        ("0,500", "0.500"),
        ("1234,567", "1234.567"),
        ("1,234,567", "1234567"),
        ("１２.５０", "12.50"),
        ("12.5", "12.5"),
        ("350,00 zł", "350.00"),
        ("Rs. 350", "350"),
    ],
)
def test_amount_is_read_as_printed_with_its_decimals(printed: str, value: str) -> None:
    read = parse_amount(printed)
    assert read == Decimal(value)
    assert read.as_tuple().exponent == Decimal(value).as_tuple().exponent


@pytest.mark.parametrize(
    "printed",
    [
        "", "N/A", "€", "12,34,56", "1.2.3", "1,234", "1.234", "12.11.2024", "12 34", "1,2345,678.00",
        "1.234,567.89", "1 2 3", "12²", "½", "-(5.00)", "--5", "(5.00", "5.00)", "-5.00 CR", "19 %",
        "12 Stk", "7:30", "DE12 3456", "€ 12 EUR", "9" * 200,
    ],
)  # fmt: skip
def test_ambiguous_amount_is_refused_not_guessed(printed: str) -> None:
    with pytest.raises(UnreadableAmount):
        parse_amount(printed)


def test_the_documents_mark_decides_between_two_readings() -> None:
    assert parse_amount("1,234", decimal_mark=".") == 1234
    assert parse_amount("1,234", decimal_mark=",") == Decimal("1.234")
    assert parse_amount("-1.234 €", decimal_mark=",") == -1234


def test_a_print_with_one_reading_is_not_bent_by_the_mark() -> None:
    assert parse_amount("1.234,50", decimal_mark=".") == Decimal("1234.50")


@pytest.mark.parametrize(("group", "mark"), LOCALES)
@given(amount=CENTS, negative=st.sampled_from(["{}", "-{}", "{}-", "({})", "\u2212{}", "{} CR"]))
def test_what_we_print_we_can_read_back(
    group: str, mark: str, amount: Decimal, negative: str
) -> None:
    whole, cents = f"{amount:,.2f}".split(".")
    printed = negative.format(whole.replace(",", group) + mark + cents)
    assert parse_amount(printed) == (amount if negative == "{}" else -amount)


@given(amount=CENTS, sign=st.sampled_from(["€{}", "€ {}", "{} €", "{} EUR", "RM{}", "CHF {}"]))
def test_a_currency_beside_the_amount_changes_nothing(amount: Decimal, sign: str) -> None:
    assert parse_amount(sign.format(f"{amount:,.2f}")) == amount


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_and_never_anything_else(text: str) -> None:
    with contextlib.suppress(UnreadableAmount):
        assert parse_amount(text).is_finite()
    is_amount_like(text)
    guess_decimal_mark([text])
    find_amounts(line(*text.split()))


def test_decimal_mark_is_learned_from_clear_amounts() -> None:
    assert guess_decimal_mark(["Rechnung", "1.234,50", "12.11.2024", "7,00"]) == ","
    assert guess_decimal_mark(["1,234.50", "$12.00", "2024-11-12"]) == "."
    assert guess_decimal_mark(["1,234", "12", "12.11.2024"]) is None
    assert guess_decimal_mark(["12.00", "13,00"]) is None


def test_rates_are_read_with_either_mark() -> None:
    assert parse_percent("19,00 %") == Decimal("19.00")
    assert parse_percent("7.5%") == Decimal("7.5")
    for printed in ("19", "%", "1234%", "a%"):
        with pytest.raises(UnreadableAmount):
            parse_percent(printed)


def line(*words: str, gap: float = 0.5) -> list[Word]:
    """Words on one line, each character 0.01 wide, `gap` characters between them."""
    placed, x = [], 0.0
    for text in words:
        placed.append(Word(text, Box(x, 0.1, x + 0.01 * len(text), 0.11)))
        x += 0.01 * (len(text) + gap)
    return placed


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (["1", "234,50"], ["1234.50"]),
        (["12", "345", "678,90", "€"], ["12345678.90"]),
        (["2", "173,43€"], ["2173.43"]),
        (["19", "825,65€"], ["19825.65"]),
        (["1", "234", "567,89zł"], ["1234567.89"]),
        (["-1", "459,20kr"], ["-1459.20"]),
        (["€", "12.00"], ["12.00"]),
        (["Total", "RM12.00"], ["12.00"]),
        (["Summe:12,00", "EUR"], ["12.00"]),
        (["-", "5,00"], ["-5.00"]),
        (["5,00", "-"], ["-5.00"]),
        (["12.00A"], ["12.00"]),
        (["1", "@", "9,", "90"], ["1", "9.90"]),
        (["19", "%", "12.00"], ["12.00"]),
        (["12.11.2024", "7:30", "B2B"], []),
    ],
)
def test_amounts_are_found_across_words(words: list[str], values: list[str]) -> None:
    assert [a.value for a in find_amounts(line(*words))] == [Decimal(v) for v in values]


def test_quantity_and_price_in_two_columns_are_not_joined() -> None:
    assert [a.value for a in find_amounts(line("2", "100,00", gap=3))] == [2, 100]


def test_a_found_amount_knows_its_place_its_currency_and_its_other_reading() -> None:
    words = line("Total", "1,234", "€")
    (amount,) = find_amounts(words)
    assert (amount.value, amount.other) == (1234, Decimal("1.234"))
    assert (amount.start, amount.end, amount.currency, amount.raw) == (1, 3, "€", "1,234 €")
    assert (amount.box.x0, amount.box.x1) == (words[1].box.x0, words[2].box.x1)
    (known,) = find_amounts(words, decimal_mark=",")
    assert (known.value, known.other) == (Decimal("1.234"), None)


def test_money_is_told_from_plain_numbers() -> None:
    assert is_amount_like("12.00") and is_amount_like("€5") and is_amount_like("1.234,50")
    assert not is_amount_like("12") and not is_amount_like("2024-11-12") and not is_amount_like("x")
