"""The review screen: the page, and what it shows, gathered from the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import RedirectResponse
from markupsafe import Markup
from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice
from invoice_ai.domain.vendors import marks_of
from invoice_ai.errors import NotFound
from invoice_ai.reception import Caller
from invoice_ai.store import ai, invoices, reviews, vendors
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.web.desk import Beside, Desk, DeskVendor, Unseen, lay_out, vendor_on_file
from invoice_ai.web.inbox import address, chips_of
from invoice_ai.web.keymap import keymap
from invoice_ai.web.language import N_, _
from invoice_ai.web.pages import ORIGINS, PageRoute, plain, render
from invoice_ai.web.sheet import DOCUMENT_TYPES
from invoice_ai.web.shown import day
from invoice_ai.workflow import Workplace

Queue = Annotated[str, Query(max_length=500)]

router = APIRouter(route_class=PageRoute, include_in_schema=False)

_AS_JSON = TypeAdapter(Desk)


def address_of(invoice_id: int, queue: str = "") -> str:
    """Where an invoice is reviewed, as one of a queue."""
    asked = f"?{urlencode({'q': queue})}" if queue else ""
    return f"/invoices/{invoice_id}/review{asked}"


def desk_of(place: Workplace, invoice_id: int, caller: Caller, queue: str = "") -> Desk:
    """One invoice as it lies on this person's desk.

    Args:
        queue: The search that made the queue it is taken from; "" is everything that waits.

    Raises: NotFound: there is none, or it was deleted.
    """
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
        if record.status == "deleted":
            raise NotFound(f"There is no invoice {invoice_id}.")
        return lay_out(record, _beside(place, session, record, caller, queue))


def _beside(
    place: Workplace, session: Session, record: InvoiceRecord, caller: Caller, queue: str
) -> Beside:
    now = datetime.now(UTC)
    origin = _(ORIGINS.get(record.origin, record.origin))
    return Beside(
        actor=caller.name,
        person=caller.person,
        threshold=place.settings.review_confidence_threshold,
        about=f"{origin}, {day(record.received_at.date())}",
        queue=reviews.queue_at(session, record.id, actor=caller.name, search=queue),
        pace=reviews.pace_of(session, caller.name, now),
        corrections=reviews.corrections_of(session, record.id),
        vendor=_vendor(session, record.extracted or ExtractedInvoice()),
        unseen=_unseen(session, record.id),
        now=now,
    )


def _unseen(session: Session, invoice_id: int) -> Unseen:
    used = ai.use_of(session, invoice_id) or {}
    return Unseen(str(used.get("model", "")), dict(used.get("suggestions") or {}))


def _vendor(session: Session, invoice: ExtractedInvoice) -> DeskVendor:
    found = vendors.match(session, marks_of(invoice))
    name = invoice.text("vendor_name") or ""
    if found is None:
        return vendor_on_file(invoice, None, 0, vendors.closest(session, name) if name else ())
    vendor, mark = found
    count = vendors.invoices_of(session, vendor.id)
    return vendor_on_file(invoice, (vendor, mark.kind), count, ())


@router.get("/review")
def next_to_review(request: Request, q: Queue = "") -> Response:
    """The invoice whose turn it is; when none waits, a calm page that says so."""
    q = plain(q)
    place: Workplace = request.app.state.place
    caller: Caller = request.state.caller
    with place.database.reading() as session:
        first = reviews.first_waiting(session, actor=caller.name, search=q)
        if first is not None:
            return RedirectResponse(address_of(first, q), 303)
        counts = invoices.counts(session)
        pace = reviews.pace_of(session, caller.name, datetime.now(UTC))
    return render(
        request,
        "reviewed.html",
        here="review",
        to_review=counts["needs_review"],
        failed=counts["failed"],
        pace=pace,
        chips=chips_of(q),
    )


@router.get("/invoices/{invoice_id}/review")
def review(
    request: Request,
    invoice_id: Annotated[int, PathParameter(ge=1, le=2**63 - 1)],
    view: Annotated[str, Query(max_length=10)] = "",
    q: Queue = "",
) -> Response:
    """The review screen; `view=page` is its second window, with the page alone.

    `q` is the search of the list it was opened from: the next invoice is the next that this finds.
    """
    place: Workplace = request.app.state.place
    q = plain(q)
    desk = desk_of(place, invoice_id, request.state.caller, q)
    if desk.status != "needs_review" and view != "page":
        return RedirectResponse(f"/invoices/{invoice_id}", 303)
    with place.database.reading() as session:
        counts = invoices.counts(session)
    return render(
        request,
        "review.html",
        here="review",
        framed=view != "page",
        alone=view == "page",
        to_review=counts["needs_review"],
        failed=counts["failed"],
        desk=desk,
        chips=chips_of(q),
        list_href=address("review", q),
        whole_href=address_of(invoice_id),
        desk_json=_island(_AS_JSON.dump_python(desk, mode="json")),
        extras_json=_island(
            {
                "types": [[name, _(word)] for name, word in DOCUMENT_TYPES.items()],
                "kinds": {name: field.kind for name, field in FIELDS.items()},
                "keymap": keymap(),
                "reasons": [_(reason) for reason in REJECTIONS],
            }
        ),
        keymap=keymap(),
    )


REJECTIONS = (
    N_("Not ordered"),
    N_("Wrong amount"),
    N_("Not for us"),
    N_("Paid already"),
    N_("Not an invoice"),
)


_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&'"}


def _island(data: object) -> Markup:
    """JSON for an attribute in single quotes: nothing in it can end the attribute."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return Markup(text.translate(_ESCAPES))  # noqa: S704 - no markup can be left in it
