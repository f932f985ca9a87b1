"""What is already here, as far as the checks compare a new invoice with it."""

from __future__ import annotations

from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, text
from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known, KnownInvoice, UsualTotal
from invoice_ai.domain.likeness import comparable_name, comparable_number
from invoice_ai.store.tables import invoices
from invoice_ai.store.types import clean_text, fits_money

MOST = 50  # more duplicates than that convince nobody more
MOST_HISTORY = 200  # a vendor's latest invoices: enough for what is usual
MOST_VENDORS = 5_000

# None: there is nothing to look by, so nobody looked.
_Found = tuple[KnownInvoice, ...] | None
_BOOKED = invoices.c.status.in_(("approved", "synced", "sync_failed"))

# One index seek per vendor; DISTINCT would read every invoice (81 ms at a million).
_VENDOR_NAMES = text(
    """
    WITH RECURSIVE vendor(name) AS (
      SELECT min(vendor_name) FROM invoices WHERE status IN ('approved', 'synced', 'sync_failed')
      UNION ALL
      SELECT (SELECT min(i.vendor_name) FROM invoices i
              WHERE i.vendor_name > vendor.name AND i.status IN ('approved', 'synced', 'sync_failed'))
      FROM vendor WHERE vendor.name IS NOT NULL
    )
    SELECT name FROM vendor WHERE name IS NOT NULL LIMIT :most
    """
).bindparams(most=MOST_VENDORS)


def known_for(session: Session, invoice_id: int, extracted: ExtractedInvoice) -> Known:
    """Everything the checks of this invoice compare it with, without the invoice itself."""
    return Known(
        same_number=_same_number(session, invoice_id, extracted),
        same_amount=_same_amount(session, invoice_id, extracted),
        vendor_names=tuple(session.scalars(_VENDOR_NAMES)),
        **_vendor_history(session, invoice_id, extracted),
    )


def _same_number(session: Session, invoice_id: int, extracted: ExtractedInvoice) -> _Found:
    number = comparable_number(extracted.text("invoice_number") or "")
    if not number:
        return None
    return _others(session, invoice_id, invoices.c.number_key == clean_text(number)[:300])


def _same_amount(session: Session, invoice_id: int, extracted: ExtractedInvoice) -> _Found:
    total, currency = extracted.money("total"), extracted.text("currency")
    if total is None or not currency or not fits_money(total):
        return None
    same = and_(invoices.c.total == total, invoices.c.currency == clean_text(currency))
    return _others(session, invoice_id, same)


def _others(
    session: Session, invoice_id: int, same: ColumnElement[bool]
) -> tuple[KnownInvoice, ...]:
    columns = (invoices.c[name] for name in KnownInvoice.__dataclass_fields__)
    statement = (
        select(*columns)
        .where(same, invoices.c.id != invoice_id, invoices.c.status.not_in(("rejected", "deleted")))
        .order_by(invoices.c.id.desc())
        .limit(MOST)
    )
    return tuple(KnownInvoice(*row) for row in session.execute(statement))


def _vendor_history(
    session: Session, invoice_id: int, extracted: ExtractedInvoice
) -> dict[str, Any]:
    """Accounts, currencies and totals of this vendor's booked invoices, newest first."""
    tax_id, name = extracted.text("vendor_tax_id"), extracted.text("vendor_name")
    is_vendor: list[ColumnElement[bool]] = []
    if tax_id:
        is_vendor.append(invoices.c.vendor_tax_id == clean_text(tax_id)[:300])
    if name and (key := comparable_name(clean_text(name)[:300])[:300]):
        is_vendor.append(invoices.c.vendor_key == key)
    if not is_vendor:
        return {}
    statement: Select[Any] = (
        select(invoices.c.iban, invoices.c.currency, invoices.c.total)
        .where(or_(*is_vendor), invoices.c.id != invoice_id, _BOOKED)
        .order_by(invoices.c.id.desc())
        .limit(MOST_HISTORY)
    )
    rows = session.execute(statement).all()
    currency = extracted.text("currency")
    totals = sorted(r.total for r in rows if r.total is not None and r.currency == currency)
    return {
        "vendor_ibans": tuple(dict.fromkeys(r.iban for r in rows if r.iban)),
        "vendor_currencies": tuple(dict.fromkeys(r.currency for r in rows if r.currency)),
        "vendor_total": UsualTotal(len(totals), totals[0], median(totals), totals[-1])
        if totals
        else None,
    }
