"""The arithmetic of an invoice, on paper and in XML."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks.sample_invoice import LINES, bill, findings, found, line, outcome, tax

from invoice_ai.domain.invoice import LineItem

SUMS = ("BR-CO-10", "BR-CO-13", "BR-CO-14", "BR-CO-15", "BR-CO-16", "BR-CO-17", "line_amount")


def test_a_right_invoice_passes_every_sum() -> None:
    invoice = bill(lines_total="200.00", amount_due="238.00")
    assert {check: outcome(invoice, check) for check in SUMS} == dict.fromkeys(SUMS, "passed")


@pytest.mark.parametrize(
    ("check", "changed"),
    [
        ("BR-CO-10", {"lines_total": "190.00", "subtotal": "190.00", "total": "226.10"}),
        ("BR-CO-13", {"lines_total": "200.00", "discount_total": "20.00"}),
        ("BR-CO-14", {"tax_total": "37.00"}),
        ("BR-CO-15", {"total": "283.00"}),
        ("BR-CO-16", {"amount_due": "238.00", "paid": "100.00"}),
    ],
)
def test_amounts_that_do_not_add_up_are_found(check: str, changed: dict[str, str]) -> None:
    (finding,) = findings(bill(**changed), check)
    assert (finding.outcome, finding.code) == ("failed", "sum_mismatch")
    assert finding.printed in finding.message
    assert finding.computed in finding.message


@pytest.mark.parametrize(
    ("check", "missing"),
    [
        ("BR-CO-10", {"subtotal": None, "total": None}),
        ("BR-CO-13", {}),
        ("BR-CO-14", {"tax_total": None}),
        ("BR-CO-15", {"subtotal": None}),
        ("BR-CO-15", {"total": None}),
        ("BR-CO-16", {}),
    ],
)
def test_a_missing_amount_is_not_a_pass(check: str, missing: dict[str, None]) -> None:
    assert outcome(bill(**missing), check) == "not_possible"


def test_both_numbers_and_the_sentence_are_told() -> None:
    (finding,) = findings(bill(total="283.00"), "BR-CO-15")
    assert finding.message == "Net 200.00 and tax 38.00 make 238.00; the total says 283.00."
    assert (finding.printed, finding.computed) == ("283.00", "238.00")
    assert finding.fields == ("total", "subtotal", "tax_total")
    assert finding.severity == "block"


def test_paper_may_be_off_by_a_cent_per_rounded_addend_and_xml_may_not() -> None:
    assert outcome(bill(total="238.02"), "BR-CO-15") == "passed"
    assert outcome(bill(total="238.03"), "BR-CO-15") == "failed"
    assert outcome(bill(total="238.01", xml=True), "BR-CO-15") == "failed"


def test_lines_that_include_tax_may_sum_up_to_the_total() -> None:
    room = (line("2", "119.00", "238.00"),)
    assert outcome(bill(lines=room), "BR-CO-10") == "passed"
    assert outcome(bill(lines=room, xml=True, lines_total="200.00"), "BR-CO-10") == "failed"


def test_freight_and_discount_may_stand_between_the_lines_and_the_net_or_the_total() -> None:
    after_the_net = {"freight": "15.00", "total": "253.00"}
    assert outcome(bill(**after_the_net), "BR-CO-15") == "passed"
    assert outcome(bill(**after_the_net, xml=True), "BR-CO-15") == "failed"
    before_the_net = bill(lines=LINES[:1], freight="120.00", discount_total="-20.00")
    assert outcome(before_the_net, "BR-CO-10") == "passed"


def test_a_line_without_amount_makes_the_sum_impossible_unless_it_fits_anyway() -> None:
    note = LineItem(description=found("Delivered on 2 May"))
    assert outcome(bill(lines=(*LINES, note)), "BR-CO-10") == "passed"
    assert outcome(bill(lines=(LINES[0], note)), "BR-CO-10") == "not_possible"
    assert outcome(bill(lines=()), "BR-CO-10") == "not_possible"


def test_an_invoice_without_tax_needs_no_tax_line() -> None:
    assert outcome(bill(tax_total=None, taxes=(), total="200.00"), "BR-CO-15") == "passed"


def test_a_total_that_no_tax_explains_is_wrong_and_not_merely_incomplete() -> None:
    assert outcome(bill(tax_total=None, taxes=()), "BR-CO-15") == "failed"
    assert outcome(bill(tax_total=None, taxes=(), subtotal=None), "BR-CO-15") == "not_possible"


def test_the_tax_may_be_printed_by_rate_only() -> None:
    assert outcome(bill(tax_total=None), "BR-CO-15") == "passed"


def test_a_receipt_prints_the_tax_that_is_inside() -> None:
    inside = {"subtotal": "238.00", "total": "238.00"}
    assert outcome(bill(**inside, document_type="receipt"), "BR-CO-15") == "passed"
    assert outcome(bill(**inside), "BR-CO-15") == "failed"


def test_a_receipt_may_round_its_total() -> None:
    assert outcome(bill(rounding="-0.03", total="237.97"), "BR-CO-15") == "passed"


def test_tax_may_be_rounded_on_every_line_and_no_further() -> None:
    cents = tuple(line("1", "0.33", "0.33", tax_rate="19") for _ in range(10))
    # 19 % of 0.33 is 0.0627: ten lines rounded one by one make 0.60, together 0.63.
    assert outcome(bill(lines=cents, taxes=(tax("3.30", "19", "0.60"),)), "BR-CO-17") == "passed"
    assert outcome(bill(lines=cents, taxes=(tax("3.30", "19", "0.75"),)), "BR-CO-17") == "failed"


def test_a_base_that_includes_its_tax_passes_on_paper_only() -> None:
    gross = (tax("238.00", "19", "38.00"),)
    assert outcome(bill(taxes=gross), "BR-CO-17") == "passed"
    assert outcome(bill(taxes=gross, xml=True), "BR-CO-17") == "failed"


def test_nothing_due_is_no_contradiction_when_the_payment_is_not_printed() -> None:
    assert outcome(bill(amount_due="0.00"), "BR-CO-16") == "not_possible"
    assert outcome(bill(amount_due="0.00", xml=True), "BR-CO-16") == "failed"
    assert outcome(bill(amount_due="0.00", paid="-238.00"), "BR-CO-16") == "passed"


def test_a_previous_balance_may_be_part_of_what_is_due() -> None:
    assert outcome(bill(amount_due="250.00", previous_balance="12.00"), "BR-CO-16") == "passed"


def test_the_line_that_does_not_add_up_is_named() -> None:
    wrong = (LINES[0], replace(LINES[1], amount=found(Decimal("64.00"))))
    (finding,) = findings(bill(lines=wrong), "line_amount")
    assert finding.fields == ("lines[1].amount",)
    assert (finding.printed, finding.computed) == ("64.00", "100.00")


@pytest.mark.parametrize(
    "row",
    [
        line("3", "10.00", "27.00", discount="3.00"),  # discount of the line
        line("3", "10.00", "27.00", discount="1.00"),  # discount of each piece
        line("3", "9.00", "27.00", discount="1.00"),  # already in the price
        line("2", "10.00", "23.80", tax_rate="19"),  # amount with tax
        line("2", "11.90", "20.00", tax_rate="19"),  # price with tax
        line("144", "0.33", "47.99"),  # the price was rounded: 0.33326 × 144
        line("-2", "10.00", "-20.00"),
    ],
)
def test_rows_may_show_discount_and_tax_in_several_ways(row: LineItem) -> None:
    assert outcome(bill(lines=(row,)), "line_amount") == "passed"


def test_a_whole_price_is_exact() -> None:
    assert outcome(bill(lines=(line("100", "10", "1010.00"),)), "line_amount") == "failed"


def test_yen_are_rounded_to_whole_yen() -> None:
    yen = (tax("1234", "10", "123"),)
    assert outcome(bill(currency="JPY", taxes=yen), "BR-CO-17") == "passed"
    assert outcome(bill(currency="EUR", taxes=yen), "BR-CO-17") == "failed"


def test_a_misread_table_does_not_drown_the_reviewer() -> None:
    wrong = tuple(line("1", "1.00", "2.00") for _ in range(500))
    assert len(findings(bill(lines=wrong), "line_amount")) == 20


amounts = st.decimals(min_value=0, max_value=10**6, places=2)


@given(net=amounts, taxed=amounts, slip=st.decimals("0.03", "1000", places=2))
def test_what_adds_up_passes_and_what_is_off_fails(
    net: Decimal, taxed: Decimal, slip: Decimal
) -> None:
    invoice = bill(subtotal=str(net), tax_total=str(taxed), total=str(net + taxed))
    assert outcome(invoice, "BR-CO-15") == "passed"
    invoice = bill(subtotal=str(net), tax_total=str(taxed), total=str(net + taxed + slip))
    assert outcome(invoice, "BR-CO-15") == "failed"
