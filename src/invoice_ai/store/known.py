"""What is already here, as far as the checks compare a new invoice with it."""

from __future__ import annotations

from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union
from sqlalchemy.orm import Session

from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known, KnownInvoice, KnownVendor, UsualTotal
from invoice_ai.domain.likeness import comparable_name, comparable_number
from invoice_ai.domain.vendors import Mark, Vendor, marks_of
from invoice_ai.store import vendors
from invoice_ai.store.tables import invoices, vendor_marks
from invoice_ai.store.tables import vendors as vendors_table
from invoice_ai.store.types import clean_text, fits_money

MOST = 50  # more duplicates than that convince nobody more
MOST_HISTORY = 200  # a vendor's latest invoices: enough for what is usual
MOST_VENDORS = 5_000

# None: there is nothing to look by, so nobody looked.
_Found = tuple[KnownInvoice, ...] | None
_BOOKED = invoices.c.status.in_(("approved", "synced", "sync_failed"))


def known_for(session: Session, invoice_id: int, extracted: ExtractedInvoice) -> Known:
    """Everything the checks of this invoice compare it with, without the invoice itself."""
    found = vendors.match(session, marks_of(extracted))
    vendor_id = found[0].id if found else None
    is_vendor = _is_vendor(extracted, vendor_id)
    history = _vendor_history(session, invoice_id, extracted, is_vendor)
    accounts = _accounts(session, vendor_id)
    used = (*history.pop("vendor_ibans", ()), *accounts["verified"], *accounts["seen"])
    return Known(
        same_number=_same_number(session, invoice_id, extracted),
        same_amount=_same_amount(session, invoice_id, extracted),
        same_day=_same_day(session, invoice_id, extracted, is_vendor),
        vendors_are_known=True,
        vendor=_on_file(session, *found) if found else None,
        vendor_names=_vendor_names(session),
        vendor_ibans=tuple(i for i in dict.fromkeys(used) if i not in accounts["refused"]),
        verified_ibans=accounts["verified"],
        refused_ibans=accounts["refused"],
        iban_owners=_iban_owners(session, extracted, vendor_id),
        **history,
    )


def _on_file(session: Session, vendor: Vendor, mark: Mark) -> KnownVendor:
    booked = (
        select(invoices.c.id).where(invoices.c.vendor_id == vendor.id, _BOOKED).limit(MOST_HISTORY)
    )
    approved = session.scalars(select(func.count()).select_from(booked.subquery())).one()
    return KnownVendor(
        vendor.id,
        vendor.name,
        mark.kind,
        approved,
        vendor.clean_approvals,
        vendor.auto_approve_after,
        vendor.always_review,
        vendor.amount_limit,
    )


def _vendor_names(session: Session) -> tuple[str, ...]:
    """Of all vendors on file, the latest first: nothing is approved of any other."""
    return tuple(
        session.scalars(
            select(vendors_table.c.name)
            .where(vendors_table.c.merged_into.is_(None))
            .order_by(vendors_table.c.id.desc())
            .limit(MOST_VENDORS)
        )
    )


def _accounts(session: Session, vendor_id: int | None) -> dict[str, tuple[str, ...]]:
    """A vendor's accounts on file by their state."""
    found: dict[str, list[str]] = {"verified": [], "seen": [], "refused": []}
    if vendor_id is not None:
        for mark in vendors.marks(session, vendor_id):
            if mark.kind == "iban":
                found[mark.state].append(mark.key)
    return {state: tuple(keys) for state, keys in found.items()}


def _iban_owners(
    session: Session, extracted: ExtractedInvoice, vendor_id: int | None
) -> tuple[str, ...]:
    """Other vendors that have this invoice's account on file."""
    account = compact(extracted.text("iban") or "")
    if not account:
        return ()
    statement = (
        select(vendors_table.c.id, vendors_table.c.name, vendors_table.c.merged_into)
        .join(vendor_marks, vendor_marks.c.vendor_id == vendors_table.c.id)
        .where(
            vendor_marks.c.kind == "iban",
            vendor_marks.c.key == clean_text(account)[:300],
            vendor_marks.c.state != "refused",
        )
        .limit(20)
    )
    others = [row for row in session.execute(statement) if row.id != vendor_id]
    return tuple(
        dict.fromkeys(
            row.name
            for row in others
            if row.merged_into is None or vendors.load(session, row.id).id != vendor_id
        )
    )


def _same_number(session: Session, invoice_id: int, extracted: ExtractedInvoice) -> _Found:
    found = extracted.fields.get("invoice_number")
    # As understood, and as printed.
    readings = (str(found.value), found.raw) if found else ()
    keys = {clean_text(key)[:300] for text in readings if (key := comparable_number(text))}
    if not keys:
        return None
    return _others(session, invoice_id, invoices.c.number_key.in_(sorted(keys)))


def _same_amount(session: Session, invoice_id: int, extracted: ExtractedInvoice) -> _Found:
    total, currency = extracted.money("total"), extracted.text("currency")
    if total is None or not currency or not fits_money(total):
        return None
    same = and_(invoices.c.total == total, invoices.c.currency == clean_text(currency))
    return _others(session, invoice_id, same)


def _same_day(
    session: Session,
    invoice_id: int,
    extracted: ExtractedInvoice,
    is_vendor: list[ColumnElement[bool]],
) -> tuple[KnownInvoice, ...]:
    issued = extracted.day("invoice_date")
    if issued is None or not is_vendor:
        return ()
    return _others(session, invoice_id, and_(invoices.c.invoice_date == issued, or_(*is_vendor)))


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


def _is_vendor(extracted: ExtractedInvoice, vendor_id: int | None) -> list[ColumnElement[bool]]:
    """Ways to tell an earlier invoice of this vendor; each has its index."""
    tax_id, name = extracted.text("vendor_tax_id"), extracted.text("vendor_name")
    ways: list[ColumnElement[bool]] = []
    if vendor_id is not None:
        ways.append(invoices.c.vendor_id == vendor_id)
    if tax_id:
        ways.append(invoices.c.vendor_tax_id == clean_text(tax_id)[:300])
    if name and (key := comparable_name(clean_text(name)[:300])[:300]):
        ways.append(invoices.c.vendor_key == key)
    return ways


def _vendor_history(
    session: Session,
    invoice_id: int,
    extracted: ExtractedInvoice,
    is_vendor: list[ColumnElement[bool]],
) -> dict[str, Any]:
    """Accounts, currencies and totals of this vendor's booked invoices, newest first."""
    if not is_vendor:
        return {}
    columns = (invoices.c.id, invoices.c.iban, invoices.c.currency, invoices.c.total)
    # Each way on its own walks its index backwards and stops; one OR would read all there are.
    newest = [
        select(
            select(*columns)
            .where(way, invoices.c.id != invoice_id, _BOOKED)
            .order_by(invoices.c.id.desc())
            .limit(MOST_HISTORY)
            .subquery()
        )
        for way in is_vendor
    ]
    found = union(*newest).subquery()
    statement: Select[Any] = select(found).order_by(found.c.id.desc()).limit(MOST_HISTORY)
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
