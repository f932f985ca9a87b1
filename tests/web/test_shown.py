"""How values are shown, whatever a document calls itself."""

from __future__ import annotations

import doctest
import unicodedata
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_ai.web import shown


def test_the_examples_hold() -> None:
    assert doctest.testmod(shown).failed == 0


@given(st.text(max_size=300))
def test_nothing_that_is_shown_can_turn_or_hide_its_surroundings(text: str) -> None:
    for char in shown.clean(text):
        assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co", "Cn") or char == "\n"


@pytest.mark.parametrize(
    "text", ["Müller & Söhne", "مؤسسة النور", "株式会社ひかり", "Zażółć — 12 €"]
)
def test_honest_names_stay_as_they_are(text: str) -> None:
    assert shown.clean(text) == text


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12
    )
)
def test_no_digit_of_an_amount_is_lost(amount: Decimal) -> None:
    text = shown.money(amount).replace("−", "-").replace(",", "")
    assert Decimal(text) == amount


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+4000000", "1E-4000000"])
def test_an_absurd_number_does_not_fill_the_page(amount: str) -> None:
    assert len(shown.money(Decimal(amount))) < 30


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (date(2026, 2, 3), "date", "3 Feb 2026"),
        (Decimal("1234.5"), "money", "1,234.50"),
        (Decimal("19"), "number", "19"),
        ("GB33BUKB20201555555555", "identifier", "GB33 BUKB 2020 1555 5555 55"),
        ("credit_note", "code", "Credit note"),
        ("EUR", "code", "EUR"),
    ],
)
def test_each_kind_of_value_reads_naturally(value: object, kind: str, text: str) -> None:
    assert shown.printed(value, kind) == text  # type: ignore[arg-type]
