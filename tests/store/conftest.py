"""Invoices in the store, without any file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import count

import pytest

from invoice_ai.domain.findings import Reason, Route
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, Value
from invoice_ai.domain.status import Status
from invoice_ai.store import lifecycle
from invoice_ai.store.database import Database

# How a test walks to a state along legal edges.
WAYS: dict[Status, tuple[Status, ...]] = {
    "received": (),
    "processing": ("processing",),
    "needs_review": ("processing", "needs_review"),
    "approved": ("processing", "approved"),
    "rejected": ("processing", "needs_review", "rejected"),
    "failed": ("processing", "failed"),
    "deleted": ("deleted",),
}


def extracted(**values: Value) -> ExtractedInvoice:
    return ExtractedInvoice(
        {name: ExtractedField(value, str(value), 0.9, "text") for name, value in values.items()}
    )


@pytest.fixture
def add(database: Database) -> Callable[..., int]:
    """Add an invoice with these fields in this state; returns its id."""
    numbers = count()

    def add(status: Status = "received", *, name: str = "a.pdf", **values: Value) -> int:
        sha256 = hashlib.sha256(str(next(numbers)).encode()).hexdigest()
        with database.writing() as session:
            found = lifecycle.add(
                session, sha256=sha256, kind="pdf", size=1, file_name=name, origin="cli", actor="t"
            )
            if values:
                save(database, found.invoice_id, session=session, **values)
            for step in WAYS[status]:
                lifecycle.move(session, found.invoice_id, step, actor="t")
            if status == "failed":
                lifecycle.record_error(
                    session,
                    found.invoice_id,
                    step="extract",
                    code="damaged_file",
                    message="It is broken.",
                    retryable=False,
                    final=True,
                )
        return found.invoice_id

    return add


def save(database: Database, invoice_id: int, *, session: object = None, **values: Value) -> None:
    """Save an extraction with these fields."""
    if session is None:
        with database.writing() as own:
            save(database, invoice_id, session=own, **values)
        return
    lifecycle.save_extraction(
        session,  # type: ignore[arg-type]
        invoice_id,
        revision=1,
        kind="pdf",
        page_count=1,
        extracted=extracted(**values),
        findings=(),
        route=Route("needs_review", 0.5, (Reason("low_confidence", "The total is doubtful."),)),
        seconds={"read": 0.25, "check": 0.25},
    )


TOTAL = {"total": Decimal("119.00"), "currency": "EUR", "invoice_date": date(2026, 11, 2)}
