"""Bank accounts and tax ids as people print them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban as stdnum_iban

from invoice_ai.domain.identifiers import (
    country_of_vat,
    iban_of,
    is_bic,
    is_iban,
    is_malaysian_gst,
    mend_malaysian_gst,
    same_tax_id,
    tax_id_of,
)


@pytest.mark.parametrize(
    ("printed", "number"),
    [
        ("DE02 1203 0000 0000 2020 51", "DE02120300000000202051"),
        ("IBAN: DE02120300000000202051, BIC BYLADEM1001", "DE02120300000000202051"),
        ("iban nl91 abna 0417 1643 00", "NL91ABNA0417164300"),
        ("GB82-WEST-1234-5698-7654-32", "GB82WEST12345698765432"),
    ],
)
def test_an_account_is_read_from_any_grouping(printed: str, number: str) -> None:
    assert iban_of(printed) == number
    assert is_iban(number)


def test_an_account_with_wrong_check_digits_is_kept_and_not_valid() -> None:
    assert iban_of("DE03 1203 0000 0000 2020 51") == "DE03120300000000202051"
    assert not is_iban("DE03120300000000202051")


def test_the_account_with_right_check_digits_is_preferred() -> None:
    assert iban_of("DE03120300000000202051 oder DE02120300000000202051") == "DE02120300000000202051"


@pytest.mark.parametrize(
    "printed", ["", "DE02 1203 0000", "XX02 1203 0000 0000 2020 51", "DE021203000000002020511"]
)
def test_what_is_too_short_too_long_or_of_no_country_is_no_account(printed: str) -> None:
    assert iban_of(printed) is None


@given(st.from_regex(r"[0-9]{18}", fullmatch=True), st.sampled_from(["", " ", "-"]))
def test_every_german_account_is_found_among_words(account: str, separator: str) -> None:
    whole = f"DE{stdnum_iban.calc_check_digits('DE00' + account)}{account}"
    grouped = separator.join(whole[i : i + 4] for i in range(0, 22, 4))
    assert iban_of(f"Bitte auf {grouped} zahlen") == whole


def test_bank_codes() -> None:
    assert is_bic("COBADEFF") and is_bic("COBADEFFXXX")
    assert not is_bic("COBADEFFX") and not is_bic("COBAQQFF") and not is_bic("cobadeff")


@pytest.mark.parametrize(
    ("printed", "value", "country", "kind", "valid"),
    [
        ("USt-IdNr.: DE 136 695 976", "DE136695976", "DE", "vat", True),
        ("DE123456789", "DE123456789", "DE", "vat", False),
        ("ATU57194903", "ATU57194903", "AT", "vat", True),
        ("EL 094259216", "EL094259216", "GR", "vat", True),
        ("XI980780684", "XI980780684", "GB", "vat", True),
        ("GB 980 7806 84", "GB980780684", "GB", "vat", True),
        ("IE6388047V", "IE6388047V", "IE", "vat", True),
        ("CHE-107.787.577 MWST", "CHE107787577", "CH", "vat", True),
        ("NO 923 609 016 MVA", "NO923609016MVA", "NO", "vat", True),
        ("EU372001951", "EU372001951", "EU", "vat", True),
        ("BE 0403.019.261", "BE0403019261", "BE", "vat", True),
        ("GSTIN 27AAPFU0939F1ZV", "27AAPFU0939F1ZV", "IN", "gst", True),
        ("T1180301018771", "T1180301018771", "JP", "vat", True),
        ("St.-Nr. 201/113/40209", "201/113/40209", "DE", "tax_number", True),
        ("A.B.N. 51 824 753 556", "51824753556", "AU", "business", True),
        ("EIN: 91-1144442", "911144442", "US", "business", True),
        ("SIRET 732 829 320 00074", "73282932000074", "FR", "business", True),
        ("NIP 856-734-62-15", "8567346215", "PL", "tax_number", True),
        ("GST ID: 001234567890", "001234567890", "MY", "gst", None),
        ("P. IVA 00743110157", "00743110157", "IT", "vat", True),
    ],
)
def test_tax_ids_of_the_world(
    printed: str, value: str, country: str, kind: str, valid: bool | None
) -> None:
    found = tax_id_of(printed)
    assert found is not None
    assert (found.value, found.country, found.kind, found.valid) == (value, country, kind, valid)


@pytest.mark.parametrize(
    "printed",
    ["", "Company No 923609016", "de 123456789", "Tel. 0711 123456", "Order 123456789", "Tax"],
)
def test_other_numbers_are_no_tax_ids(printed: str) -> None:
    assert tax_id_of(printed) is None


def test_the_owners_country_tells_what_bare_digits_are() -> None:
    found = tax_id_of("B-58378431", country="ES")
    assert found is not None and found.value == "B58378431" and found.valid


def test_the_prefix_names_the_country() -> None:
    assert country_of_vat("EL094259216") == "GR"
    assert country_of_vat("ATU57194903") == "AT"
    assert country_of_vat("12/345/67890") is None
    assert country_of_vat("EU372001951") is None


def test_a_missing_prefix_is_forgiven_a_different_one_is_not() -> None:
    assert same_tax_id("DE 136695976", "136 695 976")
    assert not same_tax_id("DE136695976", "FR136695976")
    assert not same_tax_id("", "")


def test_importing_costs_no_country_tables() -> None:
    asked = "import sys, invoice_ai.domain.identifiers; print('stdnum' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True)
    assert answer.stdout.strip() == "False"


def test_a_misread_malaysian_gst_number_is_mended_by_its_step() -> None:
    assert is_malaysian_gst("001234575360")
    assert mend_malaysian_gst("00I23457S36O") == "001234575360"  # letters for digits
    assert mend_malaysian_gst("0001340049408") == "001340049408"  # one too many
    assert mend_malaysian_gst("012045678901") is None
