"""What the checks compare an invoice with: what is already here, and who we are."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known
from invoice_ai.examination import own_company
from invoice_ai.store.known import known_for
from invoice_ai.workflow.place import Workplace
from invoice_ai.workflow.rules import chosen_settings


def known_of(
    place: Workplace, session: Session, invoice_id: int, invoice: ExtractedInvoice
) -> Known:
    """Everything known that this invoice can be compared with."""
    settings = chosen_settings(place, session)
    us = own_company(settings)
    known = known_for(session, invoice_id, invoice)
    vendor = known.vendor
    if vendor is not None and vendor.auto_approve_after is None:
        vendor = replace(vendor, auto_approve_after=settings.auto_approve_after)
    return replace(
        known,
        vendor=vendor,
        own_names=us.own_names,
        own_tax_ids=us.own_tax_ids,
    )
