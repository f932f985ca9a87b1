"""Is it one invoice, or a file that holds several?"""

from __future__ import annotations

from collections.abc import Iterator

from invoice_ai.checks.check import Check
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.invoice import ExtractedInvoice

_ONE = Check("one_invoice", "block", "multiple_invoices")


def is_one_invoice(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """Values of several invoices mixed together must not be booked; `computed` is the split."""
    if invoice.split is None:
        yield _ONE.passed("All pages belong to one invoice.", [])
        return
    parts = ", ".join(map(str, invoice.split.parts))
    yield _ONE.failed(
        f"This file seems to hold {len(invoice.split.parts)} invoices: pages {parts}.",
        [],
        printed="1",
        computed=parts,
    )
