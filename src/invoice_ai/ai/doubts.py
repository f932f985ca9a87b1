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
# A till receipt has none of these, and a model asked for them makes some up.
_NOT_ON_RECEIPTS = frozenset(
    {"customer_name", "due_date", "purchase_order", "amount_due", "iban", "vendor_tax_id"}
)
# A field that a person entered or a file states as data is not a matter of reading.
_SETTLED = frozenset({"xml", "person"})


def doubtful_fields(
    invoice: ExtractedInvoice, findings: Sequence[Finding], route: Route, *, threshold: float
) -> tuple[str, ...]:
    """What to ask, in the order of an invoice; empty: nothing that a model could help with.

    Args:
        route: Why a person would be asked.
        threshold: Confidence from which a value is not doubted.
    """
    reasons = [r for r in route.reasons if r.code in _MISREAD and r.field]
    if not reasons or any(r.code == _NO_INVOICE for r in route.reasons):
        return ()
    named = {r.field for r in reasons} | {
        name
        for finding in findings
        if finding.outcome == "failed" and finding.code in _MISREAD
        for name in finding.fields
    }
    receipt = invoice.text("document_type") == "receipt"
    asked = []
    for name in ASKABLE:
        if name == LINES:
            if any(str(field).partition("[")[0] == LINES for field in named) and invoice.lines:
                asked.append(name)
            continue
        found = invoice.fields.get(name)
        if found is None:
            wanted = name in named or not (receipt and name in _NOT_ON_RECEIPTS)
        else:
            doubted = found.confidence < threshold or name in named
            wanted = doubted and found.source not in _SETTLED
        if wanted:
            asked.append(name)
    triggered = {r.field.partition("[")[0] for r in reasons if r.field}
    return tuple(asked) if triggered & set(asked) else ()


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
