"""What every invoice must say, and what is no invoice at all."""

from __future__ import annotations

import pytest
from tests.checks.sample_invoice import bill, findings, found, outcome

from invoice_ai.domain.invoice import ExtractedInvoice

REQUIRED = {
    "invoice_number": "BR-02",
    "invoice_date": "BR-03",
    "currency": "BR-05",
    "vendor_name": "BR-06",
    "total": "BR-14",
}


@pytest.mark.parametrize(("name", "check"), REQUIRED.items())
def test_a_missing_required_field_is_found(name: str, check: str) -> None:
    assert outcome(bill(), check) == "passed"
    (finding,) = findings(bill(**{name: None}), check)
    assert (finding.outcome, finding.code) == ("failed", "missing_required")
    assert (finding.severity, finding.fields) == ("block", (name,))


def test_a_blank_name_is_a_missing_name() -> None:
    assert outcome(bill(vendor_name=" \t"), "BR-06") == "failed"


def test_a_receipt_needs_no_number() -> None:
    receipt = bill(document_type="receipt", invoice_number=None)
    assert not findings(receipt, "BR-02")


@pytest.mark.parametrize("kind", ["statement", "quote", "purchase_order", "delivery_note", "other"])
def test_what_is_not_bookable_is_no_invoice(kind: str) -> None:
    (finding,) = findings(bill(document_type=kind), "BR-04")
    assert (finding.outcome, finding.code) == ("failed", "not_an_invoice")


@pytest.mark.parametrize("kind", ["invoice", "credit_note", "receipt", None])
def test_what_is_bookable_is_an_invoice(kind: str | None) -> None:
    assert outcome(bill(document_type=kind), "BR-04") == "passed"


def test_an_empty_page_is_no_invoice() -> None:
    blank = ExtractedInvoice({"customer_name": found("Contoso")})
    assert outcome(blank, "BR-04") == "failed"


def test_something_to_pay_needs_a_due_date_or_terms() -> None:
    assert outcome(bill(due_date=None), "BR-CO-25") == "failed"
    assert outcome(bill(due_date=None, payment_terms="30 days net"), "BR-CO-25") == "passed"
    assert outcome(bill(due_date=None, amount_due="0.00"), "BR-CO-25") == "passed"
    assert outcome(bill(total=None), "BR-CO-25") == "not_possible"


def test_a_transfer_needs_an_account() -> None:
    assert outcome(bill(payment_means="58"), "BR-61") == "passed"
    assert outcome(bill(payment_means="58", iban=None), "BR-61") == "failed"
    assert outcome(bill(payment_means="48", iban=None), "BR-61") == "not_possible"
