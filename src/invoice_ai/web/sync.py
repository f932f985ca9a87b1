"""The QuickBooks screens: the connection, the log, how an invoice is booked, what vendors' bills taught."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from invoice_ai import workflow
from invoice_ai.errors import BadRequest, InvoiceAIError
from invoice_ai.quickbooks.client import as_json
from invoice_ai.quickbooks.coding import Choices, Coding, choices_from_json
from invoice_ai.store import invoices, outbox, vendors
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.outbox import LinkRow, OutboxRow
from invoice_ai.store.quickbooks import CacheRow, MappingRow
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.web.language import N_, _
from invoice_ai.web.pages import Look, PageRoute, render
from invoice_ai.workflow import BookingView, Workplace

router = APIRouter(route_class=PageRoute, include_in_schema=False)

InvoiceId = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
ShortText = Annotated[str, Form(max_length=200)]

# How far an invoice has come: colour, icon, words.
STEPS: dict[str, Look] = {
    "held": Look("look", "look", N_("Waits for your word")),
    "queued": Look("busy", "wait", N_("Waiting to be booked")),
    "posting": Look("busy", "busy", N_("Being booked")),
    "posted": Look("ok", "done", N_("Booked")),
    "attaching": Look("ok", "busy", N_("Booked, file follows")),
    "done": Look("ok", "done", N_("Booked")),
    "needs_user": Look("look", "look", N_("Needs a decision")),
    "needs_attention": Look("bad", "failed", N_("Not booked")),
    "skipped": Look("", "stop", N_("Not to be booked")),
    "cancelled": Look("", "stop", N_("Taken back")),
}
THERE: dict[str, Look] = {
    "booked": Look("ok", "done", N_("In QuickBooks")),
    "paid": Look("ok", "done", N_("Paid in QuickBooks")),
    "changed": Look("look", "look", N_("Changed in QuickBooks")),
    "deleted": Look("bad", "failed", N_("Deleted in QuickBooks")),
}
OUTCOMES: dict[str, Look] = {
    "done": Look("ok", "done", N_("Done")),
    "waits": Look("busy", "wait", N_("Waits")),
    "asks": Look("look", "look", N_("Asks")),
    "refused": Look("bad", "failed", N_("Refused")),
}
ACTIONS = {
    "book": N_("Booking"),
    "bill": N_("Bill"),
    "vendorcredit": N_("Vendor credit"),
    "purchase": N_("Expense"),
    "vendor": N_("Vendor"),
    "attach": N_("File"),
    "connect": N_("Connection"),
    "disconnect": N_("Connection"),
    "rules": N_("Rules"),
    "follow": N_("Seen there"),
    "link": N_("Link"),
    "skip": N_("Left out"),
}
KINDS = {"Bill": N_("Bill"), "VendorCredit": N_("Vendor credit"), "Purchase": N_("Expense")}
FILES = {
    "attached": N_("Attached"),
    "missing": N_("Not attached yet"),
    "refused": N_("Not attached"),
}
UNBOOKED = Look("", "none", N_("Not to be booked"))


def step_of(row: OutboxRow | None, link: LinkRow | None) -> Look:
    """How far an invoice has come, in one chip: what it is there, else what keeps it here."""
    return look_of(row.state if row else None, link.state if link else None)


def look_of(state: str | None, there: str | None) -> Look:
    """The same from the states alone."""
    if there is not None and state in (None, "posted", "attaching", "done"):
        return THERE[there]
    return STEPS[state] if state is not None else UNBOOKED


@dataclass(frozen=True, slots=True)
class Booking:
    """How far an invoice has come in QuickBooks, for its own page."""

    look: Look
    told: str  # what keeps it here; "" when nothing does
    address: str  # where a person sees it there; "" while it is not there


def booking_of(session: Session, place: Workplace, record: InvoiceRecord) -> Booking | None:
    """None: nobody books this invoice, for it is not approved or QuickBooks was never connected."""
    if record.status not in ("approved", "synced", "sync_failed"):
        return None
    row, link = outbox.find(session, record.id), outbox.link_of(session, record.id)
    if row is None and link is None:
        found = stored.connection(session)
        if found is None or found.realm is None:
            return None
    told = row.last_message if row else ""
    return Booking(step_of(row, link), told, workflow.address_there(place, link))


def _place(request: Request) -> Workplace:
    place: Workplace = request.app.state.place
    return place


def _frame(place: Workplace) -> dict[str, Any]:
    with place.database.reading() as session:
        counts = invoices.counts(session)
    return {"to_review": counts["needs_review"], "failed": counts["failed"], "here": "sync"}


@router.get("/settings/quickbooks")
def settings_page() -> Response:
    """A lasting address, for Intuit's "Reconnect URL"."""
    return RedirectResponse("/sync", 303)


@router.get("/sync")
def sync(
    request: Request,
    told: Annotated[str, Query(max_length=500)] = "",
    connected: bool = False,
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:
    """The connection, what waits, and what was done."""
    place = _place(request)
    status = workflow.connection_status(place)
    with place.database.reading() as session:
        asking = outbox.waiting(session, ("needs_user", "needs_attention", "held"))
        log = outbox.log(session, before=before, most=50)
        accounts = stored.entries(session, status.realm or "", "Account")
    return render(
        request,
        "sync.html",
        **_frame(place),
        qb=status,
        told=told,
        just_connected=connected and status.state == "connected",
        asking=asking,
        on_their_way=sum(status.waiting.get(s, 0) for s in outbox.OPEN),
        log=log,
        older=log[-1].id if len(log) == 50 else None,
        first_page=before is None,
        expense_accounts=_choices(accounts, paying=False),
        paying_accounts=_choices(accounts, paying=True),
        STEPS=STEPS,
        OUTCOMES=OUTCOMES,
        ACTIONS=ACTIONS,
        now=datetime.now(UTC),
    )


@router.post("/sync/rules")
def rules(
    request: Request,
    publish: ShortText = "on_approval",
    default_account: ShortText = "",
    pay_from: ShortText = "",
) -> Response:
    """How invoices are booked when no vendor's rule says otherwise."""
    workflow.set_rules(
        _place(request),
        publish=publish,
        default_account=default_account,
        pay_from=pay_from,
        actor=request.state.user,
    )
    return RedirectResponse("/sync", 303)


@router.post("/sync/{deed}")
def act(
    request: Request, deed: Annotated[str, PathParameter(pattern="^(disconnect|refresh|backlog)$")]
) -> Response:
    """Disconnect, read the lists again, or book what was approved before connecting."""
    place = _place(request)
    if deed == "disconnect":
        workflow.disconnect(place, actor=request.state.user)
    elif deed == "refresh":
        workflow.refresh_lists(place)
        workflow.go_on(place)
    else:
        workflow.book_backlog(place, actor=request.state.user)
    return RedirectResponse("/sync", 303)


@router.get("/invoices/{invoice_id}/booking")
def booking(
    request: Request, invoice_id: InvoiceId, told: Annotated[str, Query(max_length=500)] = ""
) -> Response:
    """How one invoice is booked, or exactly what would be."""
    place = _place(request)
    view = workflow.view_booking(place, invoice_id)
    status = workflow.connection_status(place)
    with place.database.reading() as session:
        rows = stored.entries(
            session,
            status.realm or "",
            "Account",
            "TaxCode",
            "Term",
            "Class",
            "Department",
            "Vendor",
        )
    kinds: dict[str, list[CacheRow]] = {}
    for row in rows:
        if row.active:
            kinds.setdefault(row.entity, []).append(row)
    choices = choices_from_json(view.row.choices if view.row else None)
    return render(
        request,
        "booking.html",
        **_frame(place) | {"here": "inbox"},
        view=view,
        qb=status,
        told=told,
        choices=choices,
        lines=_lines(view),
        body=_pretty(view),
        may_change=_may_change(view),
        accounts=_choices(kinds.get("Account", []), paying=False),
        paying_accounts=_choices(kinds.get("Account", []), paying=True),
        tax_codes=[(r.qbo_id, r.name) for r in kinds.get("TaxCode", [])],
        terms=[(r.qbo_id, r.name) for r in kinds.get("Term", [])],
        classes=[(r.qbo_id, r.name) for r in kinds.get("Class", [])],
        departments=[(r.qbo_id, r.name) for r in kinds.get("Department", [])],
        vendor_choices=_vendor_choices(view, kinds.get("Vendor", [])),
        needs_tax_codes=bool(
            status.company and not status.company.is_us and status.company.uses_sales_tax
        ),
        step=step_of(view.row, view.link),
        OUTCOMES=OUTCOMES,
        ACTIONS=ACTIONS,
        KINDS=KINDS,
        FILES=FILES,
    )


@router.post("/invoices/{invoice_id}/booking")
async def decide(request: Request, invoice_id: InvoiceId) -> Response:
    """Save what was chosen, then do what the button says."""
    form = await request.form(max_fields=4000)
    told = {name: str(value)[:200] for name, value in form.items()}
    place, actor = _place(request), str(request.state.user)

    def done() -> str:
        try:
            _do(place, invoice_id, told, actor)
        except InvoiceAIError as no:
            return str(no)
        return ""

    message = await run_in_threadpool(done)
    if not message and told.get("deed") == "reopen":
        return RedirectResponse(f"/invoices/{invoice_id}", 303)
    query = f"?{urlencode({'told': message[:400]})}" if message else ""
    return RedirectResponse(f"/invoices/{invoice_id}/booking{query}", 303)


def _do(place: Workplace, invoice_id: int, told: dict[str, str], actor: str) -> None:
    match told.get("deed", ""):
        case "save":
            workflow.choose(place, invoice_id, _chosen(told), actor=actor)
        case "book":
            workflow.book_now(place, invoice_id, actor=actor)
        case "all_the_same":
            with place.database.reading() as session:
                row = outbox.load(session, invoice_id)
            kept = choices_from_json(row.choices)
            again = replace(kept, allow_duplicate=True)
            workflow.choose(place, invoice_id, again, actor=actor)
        case "link":
            workflow.mark_booked(
                place,
                invoice_id,
                entity=told.get("entity", "Bill"),
                qbo_id=told.get("qbo_id", "").strip(),
                actor=actor,
            )
        case "skip":
            workflow.skip(place, invoice_id, actor=actor)
        case "other_company":
            workflow.book_in_this_company(place, invoice_id, actor=actor)
        case "reopen":
            workflow.reopen(place, invoice_id, actor=actor)
        case _:
            raise BadRequest(_("That button is not one of ours."))


@router.get("/sync/vendors")
def mappings(request: Request) -> Response:
    """What vendors' bills have taught."""
    place = _place(request)
    status = workflow.connection_status(place)
    realm = status.realm or ""
    with place.database.reading() as session:
        rows = stored.mapped_vendors(session, realm)
        lists = stored.entries(
            session, realm, "Account", "TaxCode", "Term", "Class", "Department", "Vendor"
        )
    names = {(row.entity, row.qbo_id): row.name for row in lists}
    active = [row for row in lists if row.active]
    return render(
        request,
        "sync_vendors.html",
        **_frame(place),
        qb=status,
        rows=rows,
        names=names,
        accounts=_choices([r for r in active if r.entity == "Account"], paying=False),
        terms=[(r.qbo_id, r.name) for r in active if r.entity == "Term"],
        classes=[(r.qbo_id, r.name) for r in active if r.entity == "Class"],
        departments=[(r.qbo_id, r.name) for r in active if r.entity == "Department"],
        vendors=[(r.qbo_id, r.name) for r in active if r.entity == "Vendor"],
    )


@router.post("/sync/vendors/{vendor_id}")
def save_mapping(
    request: Request,
    vendor_id: Annotated[int, PathParameter(ge=1, le=2**62)],
    currency: Annotated[str, Form(pattern="^[A-Z]{3}$")],
    deed: ShortText = "save",
    account: ShortText = "",
    term: ShortText = "",
    class_id: ShortText = "",
    department: ShortText = "",
    qbo_vendor: ShortText = "",
) -> Response:
    """Change or forget what holds for one vendor's bills."""
    place = _place(request)
    with place.database.writing() as session:
        found = stored.connection(session)
        vendors.load(session, vendor_id)
        if found is None or found.realm is None:
            raise BadRequest(_("QuickBooks is not connected."))
        if deed == "forget":
            stored.forget_mapping(session, found.realm, vendor_id, currency)
        else:
            row = MappingRow(
                vendor_id,
                currency,
                "",
                qbo_vendor=qbo_vendor,
                account=account,
                class_id=class_id,
                term=term,
                department=department,
                set_by=str(request.state.user),
            )
            stored.save_mapping(session, found.realm, row)
    return RedirectResponse("/sync/vendors", 303)


def _chosen(told: dict[str, str]) -> Choices:
    lines: dict[int, Coding] = {}
    for name, value in told.items():
        kind, _, number = name.partition("-")
        if kind in ("account", "tax", "class") and number.isdecimal() and value:
            key = {"account": "account", "tax": "tax_code", "class": "class_id"}[kind]
            line = lines.get(int(number), Coding())
            lines[int(number)] = Coding(**{key: value}).over(line)
    day = told.get("posting_date", "")
    try:
        posting = date.fromisoformat(day).isoformat() if day else ""
    except ValueError:
        raise BadRequest(_("Write the posting date as year-month-day.")) from None
    return Choices(
        vendor=told.get("vendor", ""),
        usual=Coding(
            account=told.get("account", ""),
            term=told.get("term", ""),
            department=told.get("department", ""),
        ),
        lines=lines,
        pay_from=told.get("pay_from", ""),
        posting_date=posting,
    )


def _lines(view: BookingView) -> list[dict[str, Any]]:
    if view.plan is None:
        return []
    questions = {q.line: q for q in view.plan.draft.questions if q.line is not None}
    found = []
    for number, line in enumerate(view.plan.draft.body.get("Line", [])):
        detail = line["AccountBasedExpenseLineDetail"]
        found.append(
            {
                "number": number,
                "description": line["Description"],
                "amount": line["Amount"],
                "account": (detail.get("AccountRef") or {}).get("value", ""),
                "tax": (detail.get("TaxCodeRef") or {}).get("value", ""),
                "class": (detail.get("ClassRef") or {}).get("value", ""),
                "asks": questions[number].message if number in questions else "",
            }
        )
    return found


def _pretty(view: BookingView) -> str:
    if view.plan is None:
        return ""
    return json.dumps(json.loads(as_json(view.plan.draft.body)), indent=2, ensure_ascii=False)


def _may_change(view: BookingView) -> bool:
    return view.row is not None and view.row.state in (*outbox.HARMLESS, "needs_attention")


def _vendor_choices(view: BookingView, rows: list[CacheRow]) -> list[tuple[str, str]]:
    new = view.plan.match.new_name if view.plan else ""
    return [
        ("new", _("Create %(name)s", name=new) if new else _("Create a new vendor")),
        *((row.qbo_id, row.name) for row in rows[:2000]),
    ]


def _choices(rows: list[CacheRow], *, paying: bool) -> list[tuple[str, str]]:
    wanted = (
        {"Bank", "Credit Card"}
        if paying
        else {
            "Expense",
            "Other Expense",
            "Cost of Goods Sold",
            "Fixed Asset",
            "Other Current Asset",
        }
    )
    return [
        (row.qbo_id, row.name)
        for row in rows
        if row.entity == "Account" and row.active and row.data.get("AccountType") in wanted
    ]
