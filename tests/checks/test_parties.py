"""Who bills whom, to which account, in which currency, and how much."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from tests.checks.sample_invoice import TODAY, bill, findings, outcome

from invoice_ai.checks import check_invoice
from invoice_ai.domain.known import Known, KnownVendor, UsualTotal

OTHER_IBAN = "DE89370400440532013000"


def test_an_account_on_file_passes_however_it_is_spaced() -> None:
    known = Known(vendor_ibans=(OTHER_IBAN, "DE02 1203 0000 0000 2020 51"))
    assert outcome(bill(), "bank_changed", known) == "passed"


def test_a_new_account_of_a_known_vendor_blocks() -> None:
    (finding,) = findings(bill(), "bank_changed", Known(vendor_ibans=(OTHER_IBAN,)))
    assert (finding.outcome, finding.severity, finding.code) == ("failed", "block", "bank_changed")
    assert "…2051 is new; earlier invoices used …3000" in finding.message
    assert (finding.printed, finding.computed) == ("DE02120300000000202051", OTHER_IBAN)


def test_without_an_account_on_file_nothing_can_be_said() -> None:
    assert outcome(bill(), "bank_changed") == "not_possible"
    assert outcome(bill(iban=None), "bank_changed", Known(vendor_ibans=(OTHER_IBAN,))) == (
        "not_possible"
    )


def test_a_forged_vendor_name_blocks_and_the_true_one_passes() -> None:
    known = Known(vendor_names=("Northwind Trading Ltd", "Fabrikam Inc."))
    on_file = replace(known, vendor=NORTHWIND)
    assert outcome(bill(), "vendor_look_alike", on_file) == "passed"
    assert outcome(bill(vendor_name="Tailspin Toys"), "vendor_look_alike", known) == "passed"
    (finding,) = findings(bill(vendor_name="Northvvind Trading"), "vendor_look_alike", known)
    assert (finding.outcome, finding.severity) == ("failed", "block")
    assert (finding.printed, finding.computed) == ("Northvvind Trading", "Northwind Trading Ltd")


@pytest.mark.parametrize(
    ("iban", "says"),
    [
        ("DE02120300000000202051", "passed"),
        ("DE02 1203 0000 0000 2020 51", "passed"),
        ("DE02120300000000202015", "failed"),
        ("DE0212030000000020205", "failed"),
        ("123456789", "not_possible"),
        (None, "not_possible"),
    ],
)
def test_the_check_digits_of_an_iban(iban: str | None, says: str) -> None:
    assert outcome(bill(iban=iban), "iban_checksum") == says


@pytest.mark.parametrize(
    ("tax_id", "says"),
    [
        ("DE136695976", "passed"),
        ("DE136695977", "failed"),
        ("12 apples", "not_possible"),
        (None, "not_possible"),
    ],
)
def test_the_check_digits_of_a_tax_id(tax_id: str | None, says: str) -> None:
    assert outcome(bill(vendor_tax_id=tax_id), "tax_id_checksum") == says


def test_an_account_abroad_is_noticed() -> None:
    assert outcome(bill(), "bank_country") == "passed"
    assert outcome(bill(iban="LT121000011101001000"), "bank_country") == "failed"
    assert outcome(bill(vendor_country=None, vendor_tax_id=None), "bank_country") == "not_possible"


def test_it_is_made_out_to_us_by_name_or_by_tax_id() -> None:
    by_name = Known(own_names=("Contoso Bikes",))
    by_id = Known(own_tax_ids=("ATU13585627",))
    assert outcome(bill(), "buyer_is_us", by_name) == "passed"
    assert outcome(bill(customer_tax_id="ATU 13585627"), "buyer_is_us", by_id) == "passed"
    assert outcome(bill(customer_name="Fabrikam"), "buyer_is_us", by_name) == "failed"
    assert outcome(bill(customer_name=None), "buyer_is_us", by_name) == "not_possible"
    assert outcome(bill(), "buyer_is_us") == "not_possible"


def test_somebody_else_is_to_be_paid() -> None:
    assert outcome(bill(remit_to="Northwind Trading"), "remit_to") == "passed"
    assert outcome(bill(remit_to="Quick Factoring AG"), "remit_to") == "failed"
    assert outcome(bill(), "remit_to") == "not_possible"


def test_a_currency_the_vendor_never_billed_in() -> None:
    assert outcome(bill(), "currency", Known(vendor_currencies=("EUR", "CHF"))) == "passed"
    assert outcome(bill(), "currency", Known(vendor_currencies=("USD",))) == "failed"
    assert outcome(bill(), "currency") == "not_possible"
    assert outcome(bill(currency="Euro"), "currency") == "failed"


def usual(count: int, *range_: str) -> Known:
    return Known(vendor_total=UsualTotal(count, *map(Decimal, range_)))


def test_a_total_far_above_the_usual_is_found() -> None:
    (finding,) = findings(bill(), "outlier", usual(5, "38", "50", "60"))
    assert finding.outcome == "failed"
    assert finding.message.startswith("5 times the usual: this vendor's invoices run 38 to 60")


def test_a_total_that_was_reached_before_or_has_too_little_history_is_no_outlier() -> None:
    assert outcome(bill(), "outlier", usual(5, "38", "50", "240")) == "passed"
    assert outcome(bill(), "outlier", usual(5, "38", "50", "230")) == "passed"  # hardly a record
    assert outcome(bill(), "outlier", usual(2, "38", "50", "60")) == "not_possible"
    assert outcome(bill(), "outlier") == "not_possible"


def test_a_negative_invoice_may_be_a_credit_note() -> None:
    negative = {"subtotal": "-200.00", "tax_total": "-38.00", "total": "-238.00"}
    assert outcome(bill(**negative), "credit_note_sign") == "failed"
    assert outcome(bill(**negative, document_type="credit_note"), "credit_note_sign") == "passed"
    assert outcome(bill(document_type="credit_note"), "credit_note_sign") == "passed"


def test_what_a_document_says_cannot_turn_our_sentence_around() -> None:
    hostile = "Tools\u202e\x00\ndtL" + "x" * 500
    (finding,) = findings(bill(remit_to=hostile), "remit_to")
    assert not set(finding.message) & set("\u202e\x00\n")
    assert len(finding.message) < 200


NORTHWIND = KnownVendor(7, "Northwind Trading Ltd", "tax_id", approved=4, clean_approvals=2)


def test_a_refused_account_blocks_even_if_it_was_used_before() -> None:
    account = "DE02120300000000202051"
    known = Known(vendor_ibans=(OTHER_IBAN,), refused_ibans=(account,))
    (finding,) = findings(bill(), "bank_changed", known)
    assert (finding.outcome, finding.severity) == ("failed", "block")
    assert "refused" in finding.message


def test_a_verified_account_says_so() -> None:
    account = "DE02120300000000202051"
    known = Known(vendor_ibans=(OTHER_IBAN, account), verified_ibans=(account,))
    (finding,) = findings(bill(), "bank_changed", known)
    assert finding.outcome == "passed" and "verified" in finding.message


def test_one_account_under_two_vendors_blocks_and_names_both() -> None:
    known = Known(vendors_are_known=True, iban_owners=("Fabrikam Inc.",))
    (finding,) = findings(bill(), "bank_shared", known)
    assert (finding.outcome, finding.severity, finding.code) == ("failed", "block", "bank_shared")
    assert (finding.printed, finding.computed) == ("Northwind Trading Ltd", "Fabrikam Inc.")
    assert outcome(bill(), "bank_shared", Known(vendors_are_known=True)) == "passed"
    assert outcome(bill(), "bank_shared") == "not_possible"


def test_the_first_invoice_of_a_vendor_is_noticed() -> None:
    assert outcome(bill(), "new_vendor", Known(vendors_are_known=True)) == "failed"
    known = Known(vendors_are_known=True, vendor=NORTHWIND)
    (finding,) = findings(bill(), "new_vendor", known)
    assert finding.outcome == "passed" and "known by its tax id" in finding.message
    assert outcome(bill(), "new_vendor") == "not_possible"


@pytest.mark.parametrize(
    ("rule", "check"),
    [
        ({"always_review": True}, "vendor_rule"),
        ({"amount_limit": Decimal("200.00")}, "vendor_limit"),
        ({"auto_approve_after": 3}, "vendor_rule"),
    ],
)
def test_rules_of_a_vendor_ask_for_a_person(rule: dict[str, Any], check: str) -> None:
    known = Known(vendors_are_known=True, vendor=replace(NORTHWIND, **rule))
    assert outcome(bill(), check, known) == "failed"


def test_rules_that_are_kept_ask_for_nobody() -> None:
    vendor = replace(NORTHWIND, amount_limit=Decimal("238.00"), auto_approve_after=2)
    names = {f.check for f in check_invoice(
        bill(), today=TODAY, known=Known(vendors_are_known=True, vendor=vendor))}  # fmt: skip
    assert not names & {"vendor_rule", "vendor_limit"}


def test_a_vendor_known_by_tax_id_is_no_look_alike_of_itself() -> None:
    known = Known(vendors_are_known=True, vendor=NORTHWIND, vendor_names=("Northwind Trading Ltd",))
    misread = bill(vendor_name="Northwlnd Tradinq Ltd")
    assert outcome(misread, "vendor_look_alike", known) == "passed"
    assert outcome(misread, "vendor_look_alike", replace(known, vendor=None)) == "failed"


def test_a_vendor_told_by_its_address_alone_is_looked_at() -> None:
    here = replace(NORTHWIND, told_by="address")
    known = Known(vendors_are_known=True, vendor=here, vendor_names=("Northwind Trading",))
    (finding,) = findings(bill(vendor_name="Northvvind Trading"), "new_vendor", known)
    assert finding.outcome == "failed"
    assert "its address is that of “Northwind Trading Ltd”" in finding.message
    # A forger can print the address of whom he imitates.
    assert outcome(bill(vendor_name="Northvvind Trading"), "vendor_look_alike", known) == "failed"


def test_a_known_name_under_another_tax_id_is_no_first_invoice_of_somebody() -> None:
    # Matching found nobody: the name is on file, with a tax id that is not this one.
    known = Known(vendors_are_known=True, vendor_names=("Northwind Trading Ltd",))
    (finding,) = findings(
        bill(vendor_name="Nórthwind Trading Ltd", vendor_tax_id="GB999999973"),
        "vendor_look_alike",
        known,
    )
    assert (finding.outcome, finding.severity) == ("failed", "block")
    assert "another tax id: GB999999973" in finding.message
    assert outcome(bill(vendor_name="Tailspin"), "vendor_look_alike", known) == "passed"
