"""An invoice that is right in every respect, and invoices that are not in one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from invoice_ai.checks import check_invoice
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import (
    FIELDS,
    ExtractedField,
    ExtractedInvoice,
    LineItem,
    TaxLine,
    Value,
)
from invoice_ai.domain.known import Known

TODAY = date(2024, 6, 1)

RIGHT: dict[str, Any] = {
    "document_type": "invoice",
    "vendor_name": "Northwind Trading Ltd",
    "vendor_country": "DE",
    "vendor_tax_id": "DE136695976",
    "customer_name": "Contoso Bikes GmbH",
    "invoice_number": "RE-2024-0017",
    "invoice_date": date(2024, 5, 20),
    "due_date": date(2024, 6, 19),
    "currency": "EUR",
    "iban": "DE02120300000000202051",
    "subtotal": Decimal("200.00"),
    "tax_total": Decimal("38.00"),
    "total": Decimal("238.00"),
}


def found(value: Value, confidence: float = 0.99, **more: Any) -> ExtractedField:
    """A value as printed on page 1."""
    return ExtractedField(value, str(value), confidence, more.pop("source", "text"), 1, **more)


def line(quantity: str, price: str, amount: str, **more: str) -> LineItem:
    cells = {"quantity": quantity, "unit_price": price, "amount": amount, **more}
    return LineItem(**{name: found(Decimal(value)) for name, value in cells.items()})


def tax(base: str, rate: str, amount: str) -> TaxLine:
    return TaxLine(found(Decimal(base)), found(Decimal(amount)), rate=found(Decimal(rate)))


LINES = (line("2", "50.00", "100.00"), line("1", "100.00", "100.00"))
TAXES = (tax("200.00", "19", "38.00"),)


def bill(
    *,
    lines: tuple[LineItem, ...] = LINES,
    taxes: tuple[TaxLine, ...] = TAXES,
    flags: tuple[str, ...] = (),
    xml: bool = False,
    **changed: Value | ExtractedField | str | None,
) -> ExtractedInvoice:
    """The right invoice with some values changed; None takes a field away, amounts are texts."""
    fields: dict[str, ExtractedField] = {}
    for name, value in {**RIGHT, **changed}.items():
        if value is None:
            continue
        if not isinstance(value, ExtractedField):
            money = FIELDS[name].kind == "money"
            value = found(Decimal(value) if money else value)  # type: ignore[arg-type]
        fields[name] = replace(value, source="xml") if xml else value
    return ExtractedInvoice(fields, lines, taxes, flags=flags)


def outcome(invoice: ExtractedInvoice, check: str, known: Known | None = None) -> str:
    """What a check says of the invoice; "failed" if it says it anywhere."""
    outcomes = {f.outcome for f in findings(invoice, check, known)}
    assert outcomes, f"{check} was not made"
    return "failed" if "failed" in outcomes else outcomes.pop()


def findings(invoice: ExtractedInvoice, check: str, known: Known | None = None) -> list[Finding]:
    found = check_invoice(invoice, today=TODAY, known=known or Known())
    return [finding for finding in found if finding.check == check]
