"""Which fields a page has a label for, whether or not a value was found: where it is worth asking."""

from __future__ import annotations

from collections.abc import Sequence

from invoice_ai.domain.pages import Page
from invoice_ai.extraction.finders.sheet import read_sheet

# Tables of the lexicon, and the field that such a label announces.
_ANNOUNCES: dict[str, str] = {
    "invoice_number": "invoice_number",
    "invoice_date": "invoice_date",
    "due_date": "due_date",
    "purchase_order": "purchase_order",
    "order": "purchase_order",
    "seller": "vendor_name",
    "buyer": "customer_name",
    "tax_id": "vendor_tax_id",
    "bank_account": "iban",
    "m_sub": "subtotal",
    "m_tax": "tax_total",
    "m_total": "total",
    "m_due": "amount_due",
}


def labelled_fields(pages: Sequence[Page]) -> frozenset[str]:
    """The fields whose label is printed somewhere on these pages, in any language we know."""
    return frozenset(
        _ANNOUNCES[meaning]
        for segment in read_sheet(pages)
        for hit in segment.hits
        for meaning in hit.meanings
        if meaning in _ANNOUNCES
    )
