"""The same invoice a second time, however it comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from tests.checks.sample_invoice import bill, findings, found, outcome

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known, KnownInvoice

EARLIER = KnownInvoice(
    id=4112,
    vendor_name="NORTHWIND TRADING",
    vendor_tax_id="DE136695976",
    invoice_number="RE-2024-0017",
    invoice_date=date(2024, 5, 20),
    total=Decimal("238.00"),
    currency="EUR",
)


def severity(
    invoice: ExtractedInvoice, *, number: bool = False, amount: bool = False, **other: object
) -> str:
    earlier = (replace(EARLIER, **other),)  # type: ignore[arg-type]
    known = Known(same_number=earlier if number else (), same_amount=earlier if amount else ())
    (finding,) = findings(invoice, "duplicate", known)
    return finding.severity if finding.outcome == "failed" else finding.outcome


@pytest.mark.parametrize("number", ["RE-2024-0017", "RE 2O24/OOI7", "re2024-0017"])
def test_same_vendor_and_number_blocks_however_the_number_was_read(number: str) -> None:
    known = Known(same_number=(EARLIER,))
    (finding,) = findings(bill(invoice_number=number), "duplicate", known)
    assert (finding.outcome, finding.severity) == ("failed", "block")
    assert finding.code == "possible_duplicate"
    assert "invoice #4112, number RE-2024-0017, dated 2024-05-20" in finding.message


def test_the_number_as_printed_counts_too() -> None:
    misread = replace(found("RE-2024-0Ol9"), raw="RE-2024-0017")
    assert severity(bill(invoice_number=misread), number=True) == "block"


def test_the_tax_id_is_enough_to_know_the_vendor() -> None:
    assert severity(bill(vendor_name="Nordwind"), number=True) == "block"


def test_another_vendor_may_use_the_same_number_but_hardly_with_the_same_total() -> None:
    stranger = {"vendor_name": "Fabrikam", "vendor_tax_id": None}
    assert severity(bill(), number=True, **stranger) == "warn"
    assert severity(bill(), number=True, **stranger, total=Decimal("9.99")) == "passed"


def test_same_vendor_total_and_day_with_a_slip_in_the_number_blocks() -> None:
    assert severity(bill(), amount=True, invoice_number="RE-2024-0071") == "block"
    assert severity(bill(), amount=True, invoice_number="RE-2024-0017A") == "block"


def test_same_vendor_and_total_a_few_days_apart_warns() -> None:
    assert severity(bill(), amount=True, invoice_number="ZZ-9") == "warn"
    later = {"invoice_number": "RE-2024-0018", "invoice_date": date(2024, 5, 23)}
    assert severity(bill(), amount=True, **later) == "warn"


def test_a_monthly_bill_is_no_duplicate() -> None:
    assert severity(bill(), amount=True, invoice_date=date(2024, 4, 20)) == "passed"


def test_another_vendor_or_currency_is_no_duplicate() -> None:
    assert severity(bill(), amount=True, vendor_name="Fabrikam", vendor_tax_id=None) == "passed"
    assert severity(bill(), amount=True, currency="USD") == "passed"


def test_the_surest_match_is_told() -> None:
    maybe = replace(EARLIER, id=1, invoice_number="ZZ-9")
    known = Known(same_number=(EARLIER,), same_amount=(maybe,))
    (finding,) = findings(bill(), "duplicate", known)
    assert (finding.severity, finding.computed) == ("block", "#4112")


def test_nobody_looked_is_not_the_same_as_nothing_found() -> None:
    assert outcome(bill(), "duplicate") == "not_possible"
    assert outcome(bill(), "duplicate", Known(same_number=(), same_amount=())) == "passed"


def test_a_receipt_without_number_is_compared_by_amount() -> None:
    receipt = bill(document_type="receipt", invoice_number=None)
    assert severity(receipt, amount=True, invoice_number=None) == "warn"


@pytest.mark.parametrize(
    ("number", "total", "says"),
    [
        ("RE-2024-0071", "283.00", "warn"),  # digits swapped in both
        ("RE-2024-0017", "2380.00", "warn"),  # a digit more
        ("ZZ-9", "283.00", "passed"),  # another number altogether
        ("RE-2024-0071", "238.01", "passed"),  # one cent is another amount
        ("RE-2024-0071", "9E+40", "passed"),
    ],
)
def test_same_vendor_and_day_with_slips_in_number_and_total_warns(
    number: str, total: str, says: str
) -> None:
    earlier = replace(EARLIER, invoice_number=number, total=Decimal(total))
    (finding,) = findings(bill(), "duplicate", Known(same_number=(), same_day=(earlier,)))
    assert (finding.severity if finding.outcome == "failed" else finding.outcome) == says


def test_a_number_without_its_prefix_is_the_same_number_on_the_same_day() -> None:
    assert severity(bill(), amount=True, invoice_number="20240017") == "block"
    assert severity(bill(), amount=True, invoice_number="17") == "warn"


def test_both_numbers_stand_side_by_side() -> None:
    earlier = replace(EARLIER, invoice_number="RE 2O24/OOI7")
    (finding,) = findings(bill(), "duplicate", Known(same_number=(earlier,)))
    assert (finding.printed, finding.computed) == ("RE-2024-0017", "#4112")
    assert "RE 2O24/OOI7" in finding.message
