"""Where the page prints what the XML says."""

from __future__ import annotations

from collections.abc import Sequence

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.pages import Page


def place_on_pages(
    invoice: ExtractedInvoice, pages: Sequence[Page], printed: ExtractedInvoice
) -> ExtractedInvoice:
    """Not placed yet."""
    del pages, printed
    return invoice
