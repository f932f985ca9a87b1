"""Numbers and names that are meant to be the same, and those that only pretend to be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoice_ai.domain.likeness import comparable_name, comparable_number, looks_like, same_name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("RE-2024/0017", "RE 2024 0017"),
        ("INV-1OO1", "INV-1001"),
        ("Il01", "1101"),
        ("000123", "123"),
        ("ＦＡ１２", "fa12"),
    ],
)
def test_a_number_read_or_typed_differently_is_the_same_number(one: str, other: str) -> None:
    assert comparable_number(one) == comparable_number(other)


def test_different_numbers_stay_different() -> None:
    assert comparable_number("RE-2024-17") != comparable_number("RE-2024-71")
    assert comparable_number("--- / 0") == ""


@given(st.text(max_size=30))
def test_comparing_twice_changes_nothing(number: str) -> None:
    once = comparable_number(number)
    assert comparable_number(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller GmbH & Co. KG", "MUELLER".replace("UE", "Ü")),
        ("Trattoria Roma S.r.l.", "Trattoria Roma"),
        ("Kowalski Sp. z o.o.", "Kowalski"),
        ("Hotel Seeblick", "Hotel Seeblick Lindau GmbH"),
    ],
)
def test_a_company_keeps_its_name_with_or_without_legal_form(one: str, other: str) -> None:
    assert same_name(one, other)
    assert not looks_like(one, other) or comparable_name(one) != comparable_name(other)


def test_one_common_word_does_not_make_the_same_company() -> None:
    assert not same_name("Hotel", "Hotel Seeblick")
    assert not same_name("", "Acme")


@pytest.mark.parametrize(
    "forged",
    [
        "Northwind Tradlng Ltd",  # l for i
        "N0rthwind Trading Ltd",  # zero for o
        "Nоrthwind Trading Ltd",  # Cyrillic o
        "Northvvind Trading Ltd",  # two v for w
        "Northwind Tradinq Ltd",
        "Nοrthwind Trading Ltd",  # Greek omicron
        "North\u200bwind Trading Ltd",  # a space of no width
        "North\u00adwind Trading Ltd",  # a hyphen that is not shown
        "Norihwind Trading Ltd",  # one letter changed
        "Northwind Tradıng Ltd",  # dotless i
    ],
)
def test_a_forged_name_is_noticed(forged: str) -> None:
    assert looks_like(forged, "Northwind Trading Ltd")


@pytest.mark.parametrize(
    "disguised",
    [
        "Ｎorthwind Trading Ltd",  # full-width N
        "𝐍orthwind Trading Ltd",  # mathematical bold
        "Nörthwind Trading Ltd",  # marks that case folding drops
        "Northwind  Trading, Ltd Inc",
    ],
)
def test_what_only_looks_different_is_the_same_vendor_with_its_accounts(disguised: str) -> None:
    assert same_name(disguised, "Northwind Trading Ltd")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Northwind Trading", "NORTHWIND TRADING LTD"),
        ("BASF", "BAST"),
        ("Acme Tools", "Acme Foods"),
    ],
)
def test_the_same_name_or_another_firm_is_no_forgery(one: str, other: str) -> None:
    assert not looks_like(one, other)


def test_a_space_that_ocr_lost_makes_no_other_company() -> None:
    assert same_name("Sanyo Stationery Shop Sdn Bhd", "SANYO STATIONERYSHOP")
    assert not same_name("Sanyo Stationery Shop", "Sanyo Stationery Store")
