"""Approved only when nothing speaks against it; else to a person, with every reason."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.checks.sample_invoice import TODAY, bill, found

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.findings import Route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known


def route(invoice: ExtractedInvoice, known: Known | None = None) -> Route:
    findings = check_invoice(invoice, today=TODAY, known=known or Known())
    return choose_route(invoice, findings, threshold=0.9)


def codes(invoice: ExtractedInvoice) -> list[str]:
    return [reason.code for reason in route(invoice).reasons]


def test_a_right_and_sure_invoice_is_approved() -> None:
    assert route(bill()) == Route("approved", 0.99)


@pytest.mark.parametrize("kind", ["credit_note", "receipt", None])
def test_other_bookable_documents_are_approved_too(kind: str | None) -> None:
    assert route(bill(document_type=kind)).status == "approved"


REQUIRED = ["vendor_name", "invoice_number", "invoice_date", "currency", "total"]


@pytest.mark.parametrize("name", REQUIRED)
def test_one_unsure_required_field_sends_it_to_a_person(name: str) -> None:
    value = bill().fields[name].value
    decision = route(bill(**{name: found(value, 0.89)}))
    assert (decision.status, decision.confidence) == ("needs_review", 0.89)
    ((code, field),) = [(reason.code, reason.field) for reason in decision.reasons]
    assert (code, field) == ("low_confidence", name)
    assert "89% sure" in decision.reasons[0].message


@pytest.mark.parametrize("name", REQUIRED)
def test_one_missing_required_field_sends_it_to_a_person(name: str) -> None:
    decision = route(bill(**{name: None}))
    assert (decision.status, decision.confidence) == ("needs_review", 0.0)
    assert ("missing_required", name) in [(r.code, r.field) for r in decision.reasons]


def test_a_receipt_is_approved_without_a_number() -> None:
    assert route(bill(document_type="receipt", invoice_number=None)).status == "approved"


def test_an_unsure_field_that_nothing_needs_stops_nothing() -> None:
    assert route(bill(customer_name=found("Contoso", 0.2))).status == "approved"


def test_a_faint_scan_is_called_by_its_name() -> None:
    assert codes(bill(total=found(Decimal("238.00"), 0.5, reasons=("low_ocr",)))) == ["low_ocr"]


@pytest.mark.parametrize(
    ("invoice", "code"),
    [
        (bill(total="283.00"), "sum_mismatch"),
        (bill(document_type="quote"), "not_an_invoice"),
        (bill(flags=("hidden_text",)), "hidden_text"),
        (bill(flags=("never_seen_before",)), "never_seen_before"),
        (bill(iban="DE02120300000000202015"), "iban_invalid"),
        (bill(currency=found("EUR", reasons=("sources_disagree",))), "sources_disagree"),
    ],
)
def test_every_failed_check_is_a_reason(invoice: ExtractedInvoice, code: str) -> None:
    assert route(invoice).status == "needs_review"
    assert code in codes(invoice)


def test_what_is_only_kept_is_no_reason() -> None:
    assert route(bill(due_date=None, customer_name=None, flags=("repaired",))).status == "approved"


def test_the_most_important_reason_stands_first() -> None:
    invoice = bill(
        total=found(Decimal("238.00"), 0.5),
        iban="DE02120300000000202015",
        flags=("hidden_text",),
        vendor_name=None,
    )
    assert codes(invoice) == ["hidden_text", "missing_required", "low_confidence", "iban_invalid"]


def test_no_field_is_named_twice_for_one_thing() -> None:
    invoice = bill(total=found(Decimal("283.00"), 0.5))
    reasons = [(r.code, r.field) for r in route(invoice).reasons]
    assert reasons == [("sum_mismatch", "total")]


def test_a_blank_page_is_shown_to_a_person_for_one_reason() -> None:
    decision = route(ExtractedInvoice())
    assert decision.status == "needs_review"
    assert [reason.code for reason in decision.reasons] == ["not_an_invoice"]


def test_a_vendors_first_invoice_is_looked_at_by_a_person_once() -> None:
    new = Known(vendors_are_known=True)
    assert [r.code for r in route(bill(), new).reasons] == ["new_vendor"]
    findings = check_invoice(bill(), today=TODAY, known=new)
    attended = choose_route(bill(), findings, threshold=0.9, attended=True)
    assert attended.status == "approved" and attended.reasons == ()
