"""Have we had this invoice before? From the surest match down."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.distance import OSA

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.identifiers import same_tax_id
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known, KnownInvoice
from invoice_ai.domain.likeness import comparable_number, same_name

_SURE = Check("duplicate", "block", "possible_duplicate")
_MAYBE = Check("duplicate", "warn", "possible_duplicate")

_FEW_DAYS = 3
_FIELDS = ("invoice_number", "vendor_name", "total", "invoice_date")


def is_not_here_already(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """One finding: the surest match, or that there is none."""
    if known.same_number is None and known.same_amount is None:
        yield _SURE.not_possible("There are no earlier invoices to compare with.", _FIELDS)
        return
    numbers = _numbers(invoice)
    found = [
        *(_by_number(invoice, other, numbers) for other in known.same_number or ()),
        *(_by_amount(invoice, other, numbers) for other in known.same_amount or ()),
    ]
    matches = [finding for finding in found if finding is not None]
    matches.sort(key=lambda finding: finding.severity != "block")
    yield matches[0] if matches else _SURE.passed("No earlier invoice is like this one.", _FIELDS)


def _by_number(invoice: ExtractedInvoice, other: KnownInvoice, numbers: set[str]) -> Finding | None:
    if comparable_number(other.invoice_number or "") not in numbers:
        return None
    if _same_vendor(invoice, other):
        return _found(_SURE, "Same vendor and number as", other)
    if other.total is not None and other.total == invoice.money("total"):
        return _found(_MAYBE, "Same number and total, under another vendor name, as", other)
    return None


def _by_amount(invoice: ExtractedInvoice, other: KnownInvoice, numbers: set[str]) -> Finding | None:
    issued = invoice.day("invoice_date")
    if other.total is None or other.total != invoice.money("total"):
        return None
    if other.currency and other.currency != (invoice.text("currency") or other.currency):
        return None
    if issued is None or other.invoice_date is None or not _same_vendor(invoice, other):
        return None
    days = abs((issued - other.invoice_date).days)
    if days > _FEW_DAYS:
        return None
    number = comparable_number(other.invoice_number or "")
    # One slip of the pen or two digits swapped: INV-1024 and INV-1042.
    if days == 0 and any(OSA.distance(number, n, score_cutoff=1) <= 1 for n in numbers if number):
        return _found(_SURE, "Same vendor, date and total and nearly the number of", other)
    return _found(_MAYBE, f"Same vendor and total, {days} days apart, as", other)


def _found(check: Check, how: str, other: KnownInvoice) -> Finding:
    number = f", number {shown(other.invoice_number)}" if other.invoice_number else ""
    day = f", dated {shown(other.invoice_date)}" if other.invoice_date else ""
    text = f"{how} invoice #{other.id}{number}{day}."
    return check.failed(text, _FIELDS, computed=f"#{other.id}")


def _same_vendor(invoice: ExtractedInvoice, other: KnownInvoice) -> bool:
    """By tax id when both have one, else by name; a missing name is not a different one."""
    tax_id, name = invoice.text("vendor_tax_id"), invoice.text("vendor_name")
    if tax_id and other.vendor_tax_id and same_tax_id(tax_id, other.vendor_tax_id):
        return True
    if not name or not other.vendor_name:
        return other.total == invoice.money("total")
    return same_name(name, other.vendor_name)


def _numbers(invoice: ExtractedInvoice) -> set[str]:
    """The number as understood and as printed, both made comparable."""
    found = invoice.fields.get("invoice_number")
    readings = (str(found.value), found.raw) if found else ()
    return {number for reading in readings if (number := comparable_number(reading))}
