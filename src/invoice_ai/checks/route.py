"""Where an invoice goes: approved by itself, or to a person and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from invoice_ai.checks.check import shown
from invoice_ai.checks.presence import NOT_AN_INVOICE, required_fields
from invoice_ai.domain.findings import Finding, Reason, Route
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice

# Nothing is wrong, but the vendor has not earned yet that nobody looks.
ASK_A_PERSON = frozenset({"new_vendor", "vendor_rule"})


def choose_route(
    invoice: ExtractedInvoice,
    findings: Sequence[Finding],
    *,
    threshold: float,
    attended: bool = False,
) -> Route:
    """Approved only when nothing speaks against it; else review with every reason.

    A document is never failed here: one that is no invoice is shown to a person as such.

    Args:
        findings: Those of `check_invoice` for this invoice.
        threshold: Probability 0–1 that every required field must reach.
        attended: A person is looking at it, so a vendor's first invoice is no reason any more.
    Returns: The route; its reasons are most important first, one per field and code.
    """
    confidence = min(invoice.confidence(name) for name in required_fields(invoice))
    reasons: dict[tuple[str, str | None], Reason] = {}
    found = [*_reasons(invoice, findings, threshold)]
    if not attended:
        found += [_reason(f) for f in findings if f.outcome == "failed" and f.code in ASK_A_PERSON]
    for reason in found:
        reasons.setdefault((reason.code, reason.field), reason)
    status: Literal["approved", "needs_review"] = "needs_review" if reasons else "approved"
    return Route(status, confidence, tuple(reasons.values()))


def _reasons(
    invoice: ExtractedInvoice, findings: Sequence[Finding], threshold: float
) -> Iterator[Reason]:
    """What blocks, then what is not sure enough, then what is odd."""
    failed = [finding for finding in findings if finding.outcome == "failed"]
    is_invoice = all(finding.check != NOT_AN_INVOICE.name for finding in failed)
    if not is_invoice:  # that a letter has no invoice number is not worth a word
        failed = [finding for finding in failed if finding.code != "missing_required"]
    yield from (_reason(finding) for finding in failed if finding.severity == "block")
    if is_invoice:
        yield from _doubts(invoice, failed, threshold)
    yield from (_reason(finding) for finding in failed if finding.severity == "warn")


def _doubts(
    invoice: ExtractedInvoice, failed: Sequence[Finding], threshold: float
) -> Iterator[Reason]:
    """Required fields that are there but not sure enough, unless a finding names them already."""
    named = {finding.fields[0] for finding in failed if finding.fields}
    for name in required_fields(invoice):
        found = invoice.fields.get(name)
        if found is None or found.confidence >= threshold or name in named:
            continue
        code = next(iter(found.reasons), "low_confidence")
        text = f"{FIELDS[name].label} is read as {shown(found.value)}, {found.confidence:.0%} sure."
        yield Reason(code, text, name)


def _reason(finding: Finding) -> Reason:
    return Reason(finding.code, finding.message, finding.fields[0] if finding.fields else None)
