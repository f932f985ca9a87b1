"""An approved invoice teaches who its vendor is."""

from __future__ import annotations

from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.vendors import marks_of
from invoice_ai.store import vendors


def learn_vendor(
    session: Session, invoice_id: int, invoice: ExtractedInvoice, *, clean: bool
) -> int | None:
    """Know the vendor of an approved invoice from now on; returns its id, None without a name.

    Args:
        clean: Nothing had to be corrected; so many in a row may earn the vendor that its invoices
            are approved by themselves.
    """
    marks = marks_of(invoice)
    name = invoice.text("vendor_name")
    found = vendors.match(session, marks)
    if found is not None:
        vendor_id = found[0].id
    elif name:
        vendor_id = vendors.add(session, name, country=_country(invoice))
    else:
        return None
    vendors.note_marks(session, vendor_id, marks, invoice_id=invoice_id)
    vendors.count_approval(session, vendor_id, clean=clean)
    return vendor_id


def _country(invoice: ExtractedInvoice) -> str | None:
    country = invoice.text("vendor_country")
    return country if country and len(country) == 2 else None
