"""Vendors: who bills us, by what they are known, and the rules for their invoices."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session

from invoice_ai import workflow
from invoice_ai.domain.vendors import MarkState, Vendor
from invoice_ai.errors import BadRequest
from invoice_ai.store import invoices, quickbooks, vendors
from invoice_ai.store.types import fits_money
from invoice_ai.web.language import N_, _
from invoice_ai.web.pages import PageRoute, place_of, plain, rail_numbers, render
from invoice_ai.web.shown import number

router = APIRouter(route_class=PageRoute, include_in_schema=False)

VendorId = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
MARKS: dict[str, str] = {
    "name": N_("Names seen on invoices"),
    "tax_id": N_("Tax ids"),
    "iban": N_("Bank accounts"),
    "domain": N_("Mail and web domains"),
    "address": N_("Addresses"),
}
STATES: dict[str, tuple[str, str, str]] = {
    "seen": ("", "eye", N_("Seen")),
    "verified": ("ok", "done", N_("Verified")),
    "refused": ("bad", "failed", N_("Refused")),
}


@router.get("/vendors")
def vendor_list(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """Vendors by name, 50 at a time."""
    with place_of(request).database.reading() as session:
        rows, following = vendors.vendors_page(session, search=plain(q), after=plain(after))
        numbers = rail_numbers(session)
    return render(
        request,
        "vendors.html",
        here="vendors",
        **numbers,
        rows=rows,
        rules_of=rules_of,
        vq=q,
        after=after,
        following=following,
    )


@router.get("/vendors/{vendor_id}")
def vendor(request: Request, vendor_id: VendorId) -> Response:
    """One vendor: by what it is known, its invoices, its rules."""
    with place_of(request).database.reading() as session:
        found = vendors.load(session, vendor_id)
        if found.id != vendor_id:  # it was merged into another
            return RedirectResponse(f"/vendors/{found.id}", 303)
        marks = vendors.marks(session, vendor_id)
        bills, alone, last_at = vendors.numbers_of(session, vendor_id)
        recent = invoices.of_vendor(session, vendor_id)
        learnt = workflow.learnt_of(session, vendor_id)
        usual = _usual(session, vendor_id)
        others, _more = vendors.vendors_page(session, limit=200)
        numbers = rail_numbers(session)
    return render(
        request,
        "vendor.html",
        here="vendors",
        **numbers,
        vendor=found,
        bills=bills,
        alone=alone,
        last_at=last_at,
        groups=[
            {"kind": kind, "title": _(title), "marks": [m for m in marks if m.kind == kind]}
            for kind, title in MARKS.items()
        ],
        mark_states=STATES,
        recent=recent,
        learnt=learnt,
        usual=usual,
        others=[row.vendor for row in others if row.vendor.id != vendor_id],
    )


@router.post("/vendors/{vendor_id}")
def change(
    request: Request,
    vendor_id: VendorId,
    version: Annotated[int, Form()],
    name: Annotated[str, Form(max_length=300)],
    notes: Annotated[str, Form(max_length=5000)] = "",
    always_review: Annotated[str, Form(max_length=5)] = "",
    amount_limit: Annotated[str, Form(max_length=30)] = "",
    auto_approve_after: Annotated[str, Form(max_length=6)] = "",
) -> Response:
    """Change name, notes and rules."""
    workflow.change_vendor(
        place_of(request),
        vendor_id,
        expected_version=version,
        name=plain(name).strip(),
        notes=notes.replace("\r\n", "\n"),
        always_review=bool(always_review),
        amount_limit=_amount(amount_limit),
        auto_approve_after=_count(auto_approve_after),
    )
    return RedirectResponse(f"/vendors/{vendor_id}?saved=1", 303)


@router.post("/vendors/{vendor_id}/marks/{mark_id}")
def settle(
    request: Request,
    vendor_id: VendorId,
    mark_id: VendorId,
    state: Annotated[MarkState, Form()],
    how: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Say how an account was verified, or that a mark is not this vendor's."""
    workflow.settle_mark(
        place_of(request), vendor_id, mark_id, state, actor=request.state.user, how=plain(how)
    )
    return RedirectResponse(f"/vendors/{vendor_id}", 303)


@router.post("/vendors/{vendor_id}/layouts/{layout_id}/forget")
def forget(request: Request, vendor_id: VendorId, layout_id: VendorId) -> Response:
    """Forget what corrections taught about one layout."""
    workflow.forget_layout(place_of(request), vendor_id, layout_id)
    return RedirectResponse(f"/vendors/{vendor_id}#learnt", 303)


@router.post("/vendors/{vendor_id}/merge")
def merge(
    request: Request, vendor_id: VendorId, into: Annotated[int, Form(ge=1, le=2**63 - 1)]
) -> Response:
    """Make this vendor part of another."""
    workflow.merge_vendors(place_of(request), vendor_id, into)
    return RedirectResponse(f"/vendors/{into}", 303)


def _usual(session: Session, vendor_id: int) -> list[dict[str, str]]:
    """How its bills are booked in QuickBooks, by currency, in QuickBooks' own names."""
    connection = quickbooks.connection(session)
    if connection is None or connection.realm is None:
        return []
    rows = quickbooks.mapped_vendors(session, connection.realm)
    told = []
    for row in (row for _name, row in rows if row.vendor_id == vendor_id):
        named = {
            _("Vendor in QuickBooks"): ("Vendor", row.qbo_vendor),
            _("Account"): ("Account", row.account),
            _("Terms"): ("Term", row.term),
            _("Tax code"): ("TaxCode", row.tax_code),
        }
        found = {"": row.currency}
        for title, (entity, qbo_id) in named.items():
            if qbo_id:
                entry = quickbooks.entry(session, connection.realm, entity, qbo_id)
                found[title] = entry.name if entry else qbo_id
        told.append(found)
    return told


def rules_of(vendor: Vendor) -> list[str]:
    """Its rules in words."""
    told: list[str] = []
    if vendor.always_review:
        told.append(_("Always reviewed"))
    if vendor.amount_limit is not None:
        told.append(_("Asked above %(amount)s", amount=number(vendor.amount_limit)))
    if vendor.auto_approve_after:
        told.append(_("Asked until %(n)s clean", n=vendor.auto_approve_after))
    return told


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    try:
        value = Decimal(text.strip().replace(" ", "").replace(",", "."))
    except InvalidOperation:
        value = Decimal("NaN")
    if not fits_money(value) or value < 0:
        raise BadRequest(_("The limit is an amount such as 500 or 499.90."))
    return value


def _count(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or int(text) > 1000:
        raise BadRequest(_("How many clean approvals: a number from 0 to 1000."))
    return int(text)


Rules = dict[str, Any]
