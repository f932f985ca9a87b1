"""Have we had this invoice before? From the surest match down."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

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
_TELLING = 5  # signs of a number that hardly two invoices of one day share
_CENT = Decimal("0.01")
_LARGEST = 15  # digits before the point; no amount that is billed has more
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
        *(_by_day(invoice, other, numbers) for other in known.same_day),
    ]
    matches = [finding for finding in found if finding is not None]
    matches.sort(key=lambda finding: finding.severity != "block")
    yield matches[0] if matches else _SURE.passed("No earlier invoice is like this one.", _FIELDS)


def _by_number(invoice: ExtractedInvoice, other: KnownInvoice, numbers: set[str]) -> Finding | None:
    if comparable_number(other.invoice_number or "") not in numbers:
        return None
    if _same_vendor(invoice, other):
        return _found(_SURE, "Same vendor and number as", invoice, other)
    if other.total is not None and other.total == invoice.money("total"):
        return _found(
            _MAYBE, "Same number and total, under another vendor name, as", invoice, other
        )
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
    if days == 0 and _nearly(number, numbers):
        return _found(_SURE, "Same vendor, date and total and nearly the number of", invoice, other)
    return _found(_MAYBE, f"Same vendor and total, {days} days apart, as", invoice, other)


def _by_day(invoice: ExtractedInvoice, other: KnownInvoice, numbers: set[str]) -> Finding | None:
    """Same vendor and date, nearly the same number and nearly the same total: typed twice."""
    total = invoice.money("total")
    if total is None or other.total is None or not _same_vendor(invoice, other):
        return None
    number = comparable_number(other.invoice_number or "")
    if invoice.day("invoice_date") != other.invoice_date or not _nearly(number, numbers):
        return None
    if not _slip(total, other.total):
        return None
    return _found(
        _MAYBE, f"Same vendor and date, and {total} may be {other.total} as on", invoice, other
    )


def _nearly(number: str, numbers: set[str]) -> bool:
    """One slip of the pen, two digits swapped (INV-1024 and INV-1042), or only the prefix differs."""
    return bool(number) and any(
        OSA.distance(number, other, score_cutoff=1) <= 1
        or (min(len(number), len(other)) >= _TELLING and _ends_alike(number, other))
        for other in numbers
    )


def _ends_alike(one: str, other: str) -> bool:
    return one.endswith(other) or other.endswith(one)


def _slip(one: Decimal, other: Decimal) -> bool:
    """Two amounts that are one, mistyped: two digits swapped, or one more or less."""
    if max(one.adjusted(), other.adjusted()) > _LARGEST:
        return False
    a, b = (str(abs(x).quantize(_CENT)).replace(".", "") for x in (one, other))
    return OSA.distance(a, b, score_cutoff=1) <= 1 and (sorted(a) == sorted(b) or len(a) != len(b))


def _found(check: Check, how: str, invoice: ExtractedInvoice, other: KnownInvoice) -> Finding:
    number = f", number {shown(other.invoice_number)}" if other.invoice_number else ""
    day = f", dated {shown(other.invoice_date)}" if other.invoice_date else ""
    text = f"{how} invoice #{other.id}{number}{day}."
    printed = shown(invoice.text("invoice_number") or "")
    return check.failed(text, _FIELDS, printed=printed, computed=f"#{other.id}")


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
