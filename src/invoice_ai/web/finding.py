"""What the search palette offers: pages, actions, vendors, invoices."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from invoice_ai.store import invoices, vendors
from invoice_ai.web.language import N_, _
from invoice_ai.web.pages import STATES, PageRoute, place_of, plain
from invoice_ai.web.shown import clean, money

router = APIRouter(route_class=PageRoute, include_in_schema=False)

# Title, key, address.
PAGES: tuple[tuple[str, str, str], ...] = (
    (N_("Inbox"), "G I", "/invoices"),
    (N_("Needs review"), "G R", "/invoices?tab=review"),
    (N_("Failed"), "G F", "/failed"),
    (N_("Vendors"), "G V", "/vendors"),
    (N_("Audit"), "G A", "/audit"),
    (N_("Settings"), "G S", "/settings"),
    (N_("Review settings"), "", "/settings/review"),
    (N_("API keys"), "", "/settings/keys"),
    (N_("Upload files"), "U", "#upload"),
    (N_("Switch between light and dark"), "", "#theme"),
    (N_("Keys"), "?", "#keys"),
)


@router.get("/find")
def find(request: Request, q: Annotated[str, Query(max_length=200)] = "") -> JSONResponse:
    """At most 24 things: `[{"group", "title", "hint", "href"}]`."""
    words = plain(q).strip()
    found = [
        {"group": _("Go to"), "title": _(title), "hint": key, "href": href}
        for title, key, href in PAGES
        if words.lower() in _(title).lower()
    ]
    if words:
        with place_of(request).database.reading() as session:
            some, _more = vendors.vendors_page(session, search=words, limit=5)
            page = invoices.page_of(session, search=words, limit=8)
        found += [
            {
                "group": _("Vendors"),
                "title": clean(row.vendor.name),
                "hint": str(row.invoices),
                "href": f"/vendors/{row.vendor.id}",
            }
            for row in some
        ]
        found += [
            {
                "group": _("Invoices"),
                "title": clean(
                    " · ".join(filter(None, (row.vendor_name, row.invoice_number))) or row.file_name
                ),
                "hint": " · ".join(
                    filter(
                        None,
                        (
                            money(row.total, row.currency) if row.total is not None else "",
                            _(STATES[row.status].word),
                        ),
                    )
                ),
                "href": f"/invoices/{row.id}",
            }
            for row in page.rows
        ]
    return JSONResponse(found, headers={"Cache-Control": "no-store"})
