"""What is in doubt: the fields a model is asked about, and the pages on which they may stand.

A model is asked when a person would be, and about something that a look at the page can settle. A
duplicate, a changed account or a hidden text is none of that.
"""

from __future__ import annotations

from collections.abc import Sequence

from invoice_ai.ai.answer import ASKABLE, LINES
from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.pages import Page

# Reasons for review that mean "this may have been misread".
_MISREAD = frozenset(
    {"low_confidence", "low_ocr", "missing_required", "sum_mismatch", "ambiguous_date"}
    | {"iban_invalid", "tax_id_invalid", "not_on_page", "due_before_date", "future_date"}
    | {"currency", "vendor_unsure", "from_ai"}
)
_NO_INVOICE = "not_an_invoice"
# What is booked or paid with. A check that only warns is worth a question when one of these is
# unsure: of 49 documents whose only doubt was a sum of values the finders were sure of, or an
# amount due that nobody books, a model that knows the truth repaired none.
_BOOKED = frozenset(
    {"vendor_name", "invoice_number", "invoice_date", "due_date", "currency", "subtotal"}
    | {"tax_total", "total", "iban", LINES}
)
# A till receipt has none of these, and a model asked for them makes some up.
_NOT_ON_RECEIPTS = frozenset(
    {"customer_name", "due_date", "purchase_order", "amount_due", "iban", "vendor_tax_id"}
)
# A field that a person entered or a file states as data is not a matter of reading.
_SETTLED = frozenset({"xml", "person"})


def doubtful_fields(
    invoice: ExtractedInvoice,
    findings: Sequence[Finding],
    route: Route,
    *,
    threshold: float,
    labelled: frozenset[str] = frozenset(),
) -> tuple[str, ...]:
    """What to ask, in the order of an invoice; empty: nothing that a model could help with.

    Asked are the fields that a check or the route doubts, those read with less than `threshold`,
    and of the others that are missing only those the page has a label for.

    Args:
        route: Why a person would be asked.
        threshold: Confidence from which a value is not doubted.
        labelled: Fields whose label is printed, see `extraction.labelled_fields`.
    """
    reasons = [r for r in route.reasons if r.code in _MISREAD and r.field]
    if not reasons or any(r.code == _NO_INVOICE for r in route.reasons):
        return ()
    failed = [f for f in findings if f.outcome == "failed" and f.code in _MISREAD]
    if not _worth_asking(invoice, failed, route, threshold):
        return ()
    named = {r.field.partition("[")[0] for r in reasons if r.field}
    named |= {name.partition("[")[0] for f in failed if f.severity != "info" for name in f.fields}
    asked = [name for name in ASKABLE if _is_doubted(name, invoice, named, threshold, labelled)]
    return tuple(asked) if named & set(asked) else ()


def _worth_asking(
    invoice: ExtractedInvoice, failed: Sequence[Finding], route: Route, threshold: float
) -> bool:
    """Whether a value is in doubt that is needed for booking."""
    told = {(f.code, name) for f in failed for name in f.fields[:1]}
    unsure = any(
        r.code in _MISREAD and r.field and (r.code, r.field) not in told for r in route.reasons
    )
    if unsure or any(f.severity == "block" for f in failed):
        return True
    return any(
        name.partition("[")[0] in _BOOKED and _confidence(invoice, name) < threshold
        for f in failed
        if f.severity == "warn"
        for name in f.fields
    )


def _confidence(invoice: ExtractedInvoice, name: str) -> float:
    """Of a field; of rows, that of the least certain amount."""
    if not name.startswith(LINES):
        return invoice.confidence(name)
    return min((row.amount.confidence for row in invoice.lines if row.amount), default=1.0)


def _is_doubted(
    name: str,
    invoice: ExtractedInvoice,
    named: set[str],
    threshold: float,
    labelled: frozenset[str],
) -> bool:
    if name == LINES:
        return LINES in named and bool(invoice.lines)
    found = invoice.fields.get(name)
    if found is not None:
        doubted = found.confidence < threshold or name in named
        return doubted and found.source not in _SETTLED
    if name in named:
        return True
    if name == "vendor_address":  # has no label; it stands with the name
        return "vendor_name" in named
    if name in _NOT_ON_RECEIPTS and invoice.text("document_type") == "receipt":
        return False
    return name in labelled


def pages_that_matter(
    pages: Sequence[Page], invoice: ExtractedInvoice, asked: Sequence[str], *, most: int
) -> list[Page]:
    """At most `most` pages, those most likely to show what is asked first.

    The first page of an invoice says who, when and which number; sums stand where the finders saw
    sums or on the last page; what the finders saw of a field, in whatever reading, tells its page.
    """
    points = {page.number: 0.0 for page in pages if page.words}
    if not points:
        return []
    roles = dict(zip((p.number for p in pages), invoice.page_roles, strict=False))
    points[min(points)] += 3.0
    sums = [n for n, role in roles.items() if role in ("invoice", "line_items", "summary")]
    last = max((n for n in sums if n in points), default=max(points))
    if {"total", "subtotal", "tax_total", "amount_due"} & set(asked):
        points[last] += 2.5
    for name in asked:
        found = invoice.fields.get(name)
        if found is None:
            continue
        for number in (found.page, *(other.page for other in found.candidates)):
            if number in points:
                points[number] += 1.0
    if LINES in asked:
        for line in invoice.lines:
            if line.amount is not None and line.amount.page in points:
                points[line.amount.page] += 0.2
    for number, role in roles.items():
        if number in points and role in ("terms", "remittance_slip", "blank"):
            points[number] -= 2.0
    chosen = sorted(points, key=lambda n: (-points[n], n))[:most]
    chosen = [n for n in chosen if points[n] > 0] or chosen[:1]
    return [page for page in pages if page.number in chosen]
