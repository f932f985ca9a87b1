"""Is it an invoice, and does it say what every invoice must say (EN 16931 BR-02 … BR-14)?"""

from __future__ import annotations

from collections.abc import Iterator

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import BOOKABLE, FIELDS, ExtractedInvoice

NOT_AN_INVOICE = Check("BR-04", "block", "not_an_invoice")
_CUSTOMER = Check("BR-07", "info", "missing_required")
_TERMS = Check("BR-CO-25", "info", "missing_required")
_ACCOUNT = Check("BR-61", "warn", "missing_required")

# Without these nothing can be booked. Shops give receipts no number, so there it is not asked for.
_REQUIRED = {
    "vendor_name": Check("BR-06", "block", "missing_required"),
    "invoice_number": Check("BR-02", "block", "missing_required"),
    "invoice_date": Check("BR-03", "block", "missing_required"),
    "currency": Check("BR-05", "block", "missing_required"),
    "total": Check("BR-14", "block", "missing_required"),
}

# UNTDID 4461: credit transfer, SEPA credit transfer.
_TRANSFERS = frozenset({"30", "58"})


def required_fields(invoice: ExtractedInvoice) -> tuple[str, ...]:
    """The fields without which this document is not booked."""
    receipt = invoice.text("document_type") == "receipt"
    return tuple(name for name in _REQUIRED if not (receipt and name == "invoice_number"))


def is_an_invoice(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """A statement, a letter or an empty page is never booked, however sure its fields are."""
    kind = invoice.text("document_type")
    if kind is not None and kind not in BOOKABLE:
        name = "of another kind" if kind == "other" else f"a {shown(kind).replace('_', ' ')}"
        yield NOT_AN_INVOICE.failed(
            f"This document seems to be {name}, not an invoice.", ["document_type"], printed=kind
        )
    elif not any(_present(invoice, name) for name in _REQUIRED):
        yield NOT_AN_INVOICE.failed(
            "Nothing on this document looks like an invoice: no vendor, number, date or total.",
            ["document_type"],
        )
    else:
        yield NOT_AN_INVOICE.passed("It is an invoice.", ["document_type"], printed=kind or "")


def says_what_it_must(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """Number, date, currency, vendor, total, and (kept only) the customer."""
    for name in required_fields(invoice):
        yield _presence(_REQUIRED[name], name, invoice)
    yield _presence(_CUSTOMER, "customer_name", invoice)


def says_when_to_pay(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-CO-25: if something is to be paid, a due date or terms are given."""
    fields = ("due_date", "payment_terms")
    due = invoice.money("amount_due")
    due = invoice.money("total") if due is None else due
    if due is None:
        yield _TERMS.not_possible("The amount due is missing.", ["amount_due"])
    elif due <= 0 or any(_present(invoice, n) for n in (*fields, "payment_days")):
        yield _TERMS.passed("It says when to pay, or nothing is to be paid.", fields)
    else:
        yield _TERMS.failed(
            f"{shown(due)} is to be paid, but no due date or payment terms are given.",
            fields,
            printed=shown(due),
        )


def says_where_to_pay(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """BR-61: a credit transfer needs an account."""
    fields = ("iban", "payment_means")
    means = invoice.text("payment_means")
    if means not in _TRANSFERS:
        yield _ACCOUNT.not_possible("No credit transfer is asked for.", fields)
    elif _present(invoice, "iban"):
        yield _ACCOUNT.passed("The account to pay to is given.", fields)
    else:
        yield _ACCOUNT.failed("A transfer is asked for, but no account is given.", fields)


def _presence(check: Check, name: str, invoice: ExtractedInvoice) -> Finding:
    label = FIELDS[name].label
    if _present(invoice, name):
        return check.passed(f"{label} is there.", [name])
    return check.failed(f"{label} is missing.", [name])


def _present(invoice: ExtractedInvoice, name: str) -> bool:
    found = invoice.fields.get(name)
    return found is not None and (not isinstance(found.value, str) or bool(found.value.strip()))
