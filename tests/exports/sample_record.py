"""An invoice as the store hands it out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.invoice import Candidate, ExtractedField, ExtractedInvoice, LineItem, TaxLine
from invoice_ai.domain.pages import Box
from invoice_ai.store.records import DocumentRecord, InvoiceRecord

RECEIVED = datetime(2024, 6, 1, 12, 30, tzinfo=UTC)


def invoice(**changed: ExtractedField) -> ExtractedInvoice:
    def found(value: Any, **more: Any) -> ExtractedField:
        box = Box(0.1, 0.2, 0.3, 0.25)
        return ExtractedField(value, f" {value} ", 0.97, "text", 1, box, **more)

    day = date(2024, 5, 20)
    other = Candidate(date(2024, 6, 20), "20/6", 0.2, "ocr", 2, None)
    return ExtractedInvoice(
        {
            "total": found(Decimal("1238.00")),
            "vendor_name": found("Northwind Trading Ltd"),
            "invoice_date": found(day, reasons=("low_ocr",), candidates=(other,)),
            "currency": found("EUR"),
            **changed,
        },
        lines=(
            LineItem(
                description=found("Bicycle"),
                quantity=found(Decimal("2.5")),
                service_date=found(day),
            ),
        ),
        taxes=(TaxLine(rate=found(Decimal("19")), category=found("S")),),
        page_roles=("invoice", "terms"),
        language="en",
        flags=("repaired",),
    )


def record(extracted: ExtractedInvoice | None = None, **changed: Any) -> InvoiceRecord:
    """Number 17, needing review."""
    extracted = extracted or invoice()
    findings = check_invoice(extracted, today=RECEIVED.date())
    whole = InvoiceRecord(
        id=17,
        status="needs_review",
        version=3,
        vendor_name=None,
        invoice_number=None,
        invoice_date=None,
        due_date=None,
        currency=None,
        total=None,
        confidence=None,
        reason="",
        reason_count=0,
        file_name="scan.pdf",
        kind="pdf",
        origin="folder",
        received_at=RECEIVED,
        updated_at=RECEIVED,
        error_code=None,
        error_message=None,
        error_retryable=False,
        vendor_id=None,
        decision=None,
        assignee=None,
        claimed_by=None,
        claimed_until=None,
        parked_at=None,
        sampled=False,
        revision=1,
        document=DocumentRecord("ab" * 32, "scan.pdf", "pdf", 12, 2),
        extracted=extracted,
        findings=findings,
        route=choose_route(extracted, findings, threshold=0.9),
        read=extracted,
        seconds={"read": 0.0123456, "extract": 0.002},
        exported_to=None,
        errors=(),
        history=(),
    )
    return replace(whole, **changed)


def failed_record() -> InvoiceRecord:
    """A file of a type that is not taken."""
    return replace(
        record(),
        status="failed",
        kind=None,
        document=DocumentRecord("cd" * 32, "letter.docx", None, 12, None),
        extracted=None,
        findings=(),
        route=None,
        seconds={},
        error_code="unsupported_type",
        error_message="This is a Word file. Please send PDF.",
    )
