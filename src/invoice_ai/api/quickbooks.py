"""QuickBooks: connecting, what is booked and what waits, decisions about one invoice, webhooks."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from invoice_ai import workflow
from invoice_ai.api.asking import CONFLICT, ERRORS, NO_SUCH, Asking, InvoiceId, Place
from invoice_ai.api.errors import error_response, wants_page
from invoice_ai.api.models import Amount, ErrorAnswer, Text, example
from invoice_ai.errors import Forbidden, InvoiceAIError
from invoice_ai.quickbooks.client import as_json
from invoice_ai.quickbooks.coding import Choices, Coding
from invoice_ai.quickbooks.webhooks import is_signed, realms_in
from invoice_ai.reception import Caller
from invoice_ai.store import outbox
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.outbox import LogRow
from invoice_ai.workflow import BookingView, Workplace

router = APIRouter(tags=["QuickBooks"])

# The browser's own proof that it began the sign-in; Lax, so that it comes back from Intuit.
LOGIN_COOKIE = "qb_login"
SCREEN = "/sync"

_log = structlog.get_logger("invoice_agent")


class Connection(BaseModel):
    """How the connection to QuickBooks stands."""

    model_config = example(
        state="connected",
        detail="",
        company="Sandbox Company",
        realm="9341453",
        environment="sandbox",
        connected_by="Ana",
        connected_at="2026-11-02T09:00:00Z",
        ends_at="2027-02-10T09:00:00Z",
        ends_soon=False,
        lists_read_at="2026-11-02T09:01:00Z",
        changes_read_at="2026-11-02T09:10:00Z",
        invoices={"done": 12},
        not_asked_for=0,
    )

    state: Literal["connected", "needs_reconnect", "misconfigured", "off"]
    detail: str = Field(description="What to do, when something is to be done.")
    company: str | None
    realm: str | None
    environment: str = Field(description='"sandbox", "production" or "stand-in".')
    connected_by: str | None
    connected_at: datetime | None
    ends_at: datetime | None = Field(description="Connect again before then.")
    ends_soon: bool = Field(description="Less than 30 days are left.")
    lists_read_at: datetime | None
    changes_read_at: datetime | None
    invoices: dict[str, int] = Field(description="Invoices by how far they have come.")
    not_asked_for: int = Field(description="Approved before QuickBooks was connected.")


class Rules(BaseModel):
    """How invoices are booked when no vendor's own rule says otherwise."""

    model_config = example(publish="on_approval", default_account="7", pay_from="")

    publish: Literal["on_approval", "ask"] = "on_approval"
    default_account: Text = Field("", max_length=32, description="Id; empty asks a person.")
    pay_from: Text = Field(
        "", max_length=32, description="Account paid receipts are paid from; empty: as bills."
    )


class ListEntry(BaseModel):
    """One row of a list of QuickBooks."""

    model_config = example(id="7", name="Office expenses", active=True, type="Expense")

    id: str
    name: str
    active: bool
    type: str = Field("", description="Of an account: Expense, Bank …")


class WaitingInvoice(BaseModel):
    """An invoice on its way to QuickBooks."""

    model_config = example(
        file_id="42",
        state="queued",
        detail="It is booked in a moment.",
        code="",
        vendor_name="Acme Tools Ltd",
        invoice_number="A-17",
        currency="EUR",
        total="119.00",
        next_try_at=None,
    )

    file_id: str
    state: str
    detail: str = Field(description="What it waits for, in a sentence.")
    code: str
    vendor_name: str | None
    invoice_number: str | None
    currency: str | None
    total: Amount | None
    next_try_at: datetime | None


class LogEntry(BaseModel):
    """One deed in QuickBooks."""

    model_config = example(
        id=1,
        file_id="42",
        at="2026-11-02T09:12:00Z",
        action="bill",
        outcome="done",
        message="Booked as bill 145.",
        detail="",
        code="",
        quickbooks_id="145",
        seconds=0.4,
    )

    id: int
    file_id: str | None
    at: datetime
    action: str
    outcome: Literal["done", "waits", "asks", "refused"]
    message: str
    detail: str = Field(description="QuickBooks' own words.")
    code: str
    quickbooks_id: str
    seconds: float


class LineCoding(BaseModel):
    """Where one line goes; ids of QuickBooks, empty: not decided."""

    account: Text = Field("", max_length=32)
    tax_code: Text = Field("", max_length=32)
    class_id: Text = Field("", max_length=32)


class BookingChoices(BaseModel):
    """What a person decides about one invoice; all of it is remembered for the vendor's next one,
    but `pay_from`, `posting_date` and `allow_duplicate`."""

    model_config = example(vendor="new", account="7", tax_codes={"20": "3"})

    vendor: Text = Field("", max_length=32, description='Id, or "new".')
    account: Text = Field("", max_length=32, description="For all lines without their own.")
    tax_code: Text = Field("", max_length=32)
    class_id: Text = Field("", max_length=32)
    term: Text = Field("", max_length=32)
    department: Text = Field("", max_length=32, description="Location of the whole bill.")
    lines: dict[int, LineCoding] = Field({}, max_length=1000, description="By number, from 0.")
    tax_codes: dict[Text, Text] = Field({}, max_length=50, description='By rate, as in "20".')
    pay_from: Text = Field("", max_length=32, description="It is paid already, from here.")
    posting_date: date | None = Field(None, description="Instead of the invoice date.")
    allow_duplicate: bool = Field(False, description="Book or overwrite it all the same.")


class BookingQuestion(BaseModel):
    """What a person must decide before it can be booked."""

    code: str
    message: str
    line: int | None
    choices: list[tuple[str, str]] = Field(description="Ids with their names.")


class BookedAs(BaseModel):
    """What the invoice is in QuickBooks."""

    entity: Literal["Bill", "VendorCredit", "Purchase"]
    id: str
    number: str
    state: Literal["booked", "paid", "changed", "deleted"]
    detail: str
    total: Amount | None
    balance: Amount | None
    attachment: Literal["missing", "attached", "refused"]
    url: str


class Booking(BaseModel):
    """One invoice and QuickBooks: what is booked, or exactly what would be."""

    model_config = example(
        file_id="42",
        state="ready",
        detail="",
        code="",
        booked_as=None,
        entity="Bill",
        vendor="Acme Tools Ltd (new)",
        body={"VendorRef": {"value": "56"}},
        questions=[],
        notes=[],
        existing=None,
    )

    file_id: str
    state: str = Field(description='"off" when it is not to be booked.')
    detail: str
    code: str
    booked_as: BookedAs | None
    entity: str | None = Field(description="What it would be booked as.")
    vendor: str | None = Field(description="Its name in QuickBooks; a new one says so.")
    body: dict[str, Any] | None = Field(description="The JSON that would be sent.")
    questions: list[BookingQuestion]
    notes: list[str]
    existing: dict[str, Any] | None = Field(description="A possible duplicate in QuickBooks.")


class InQuickBooks(BaseModel):
    """Which transaction an invoice is already."""

    model_config = example(entity="Bill", id="145")

    entity: Literal["Bill", "VendorCredit", "Purchase"] = "Bill"
    id: Text = Field(pattern=r"^[0-9]{1,20}$")


class Begun(BaseModel):
    """What was set going."""

    model_config = example(count=3, message="3 invoices are tried again.")

    count: int
    message: str


# --- connecting ---


@router.get(
    "/auth/qb/login",
    summary="Connect QuickBooks, or connect it again",
    response_class=RedirectResponse,
    status_code=303,
    responses={**ERRORS, **CONFLICT, 303: {"description": "To Intuit."}},
)
def quickbooks_login(request: Request, place: Place, asking: Asking) -> Response:
    """Open this address in a browser: it goes to Intuit, where a company is chosen, and back."""
    _may_connect(place, asking)
    try:
        address, browser = workflow.begin_login(place)
    except InvoiceAIError as trouble:
        if wants_page(request):
            return _told(str(trouble))
        raise
    answer = RedirectResponse(address, 303)
    answer.set_cookie(
        LOGIN_COOKIE,
        browser,
        max_age=600,
        path="/",
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="lax",
    )
    return answer


@router.get(
    "/auth/qb/callback",
    summary="Where Intuit sends the browser back",
    response_class=RedirectResponse,
    status_code=303,
    responses={**ERRORS, **CONFLICT, 303: {"description": "To the QuickBooks screen."}},
)
def quickbooks_callback(
    request: Request,
    place: Place,
    asking: Asking,
    state: Annotated[Text, Query(max_length=200)] = "",
    code: Annotated[Text, Query(max_length=2000)] = "",
    realm: Annotated[Text, Query(alias="realmId", max_length=40)] = "",
    error: Annotated[Text, Query(max_length=200)] = "",
) -> Response:
    """Takes the code once, from the browser that began; then shows the QuickBooks screen."""
    _may_connect(place, asking)
    try:
        workflow.finish_login(
            place,
            state=state,
            browser=request.cookies.get(LOGIN_COOKIE, ""),
            code=code,
            realm=realm,
            error=error,
            actor=asking.name,
        )
    except InvoiceAIError as trouble:
        _log.warning("quickbooks_not_connected", code=trouble.code, detail=str(trouble))
        if not wants_page(request) and "text/html" not in request.headers.get("accept", ""):
            raise
        answer = _told(str(trouble))
    else:
        answer = _told("")
    answer.delete_cookie(LOGIN_COOKIE, path="/")
    return answer


@router.post("/auth/qb/disconnect", summary="End the connection", responses={**ERRORS, **CONFLICT})
def quickbooks_disconnect(place: Place, asking: Asking) -> Connection:
    """Here and at Intuit. What waits keeps waiting, and goes on after connecting again."""
    workflow.disconnect(place, actor=asking.name)
    return _connection(place)


@router.get("/auth/qb/status", summary="How the connection stands", responses={**ERRORS})
def quickbooks_status(place: Place) -> Connection:
    """No secrets. `needs_reconnect`: open /auth/qb/login once more; nothing is lost meanwhile."""
    return _connection(place)


# --- what is on its way ---


@router.get("/quickbooks/outbox", summary="What waits to be booked", responses={**ERRORS})
def quickbooks_outbox(
    place: Place,
    state: Annotated[
        Literal["open", "held", "needs_user", "needs_attention"], Query()
    ] = "needs_user",
) -> list[WaitingInvoice]:
    """The 200 that wait longest: for us (`open`) or for a person."""
    states = outbox.OPEN if state == "open" else (state,)
    with place.database.reading() as session:
        rows = outbox.waiting(session, states)
    return [
        WaitingInvoice(
            file_id=str(row.invoice_id),
            state=row.state,
            detail=row.last_message,
            code=row.last_code,
            vendor_name=row.vendor_name,
            invoice_number=row.invoice_number,
            currency=row.currency,
            total=row.total,
            next_try_at=row.next_at,
        )
        for row in rows
    ]


@router.get("/quickbooks/log", summary="What was done in QuickBooks", responses={**ERRORS})
def quickbooks_log(
    place: Place,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    before: Annotated[int | None, Query(ge=1, description="Older than this id.")] = None,
) -> list[LogEntry]:
    """The newest first, with translated errors and QuickBooks' own words."""
    with place.database.reading() as session:
        rows = outbox.log(session, before=before, most=limit)
    return [_log_entry(row) for row in rows]


@router.post(
    "/quickbooks/refresh",
    status_code=202,
    summary="Read QuickBooks' lists again",
    responses={**ERRORS, **CONFLICT},
)
def quickbooks_refresh(place: Place) -> Begun:
    """Vendors, accounts, tax codes, terms, classes; and go on with what waits."""
    company = workflow.refresh_lists(place)
    return Begun(count=workflow.go_on(place), message=f"The lists of {company.name} are read.")


@router.post(
    "/quickbooks/backlog",
    status_code=202,
    summary="Book what was approved before QuickBooks was connected",
    responses={**ERRORS},
)
def quickbooks_backlog(place: Place, asking: Asking) -> Begun:
    """At most 1000 at a time."""
    done = workflow.book_backlog(place, actor=asking.name)
    return Begun(count=done, message=f"{done} invoices are on their way.")


@router.get("/quickbooks/rules", summary="How invoices are booked", responses={**ERRORS})
def quickbooks_rules(place: Place) -> Rules:
    """The company's own rules."""
    status = workflow.connection_status(place)
    return Rules.model_validate(
        {
            "publish": status.publish,
            "default_account": status.default_account,
            "pay_from": status.pay_from,
        }
    )


@router.put(
    "/quickbooks/rules", summary="Change how invoices are booked", responses={**ERRORS, **CONFLICT}
)
def quickbooks_set_rules(place: Place, asking: Asking, rules: Rules) -> Rules:
    """Holds for what is approved from now on."""
    workflow.set_rules(
        place,
        publish=rules.publish,
        default_account=rules.default_account,
        pay_from=rules.pay_from,
        actor=asking.name,
    )
    return rules


@router.get("/quickbooks/lists/{entity}", summary="One of QuickBooks' lists", responses={**ERRORS})
def quickbooks_list(
    place: Place,
    entity: Literal["Vendor", "Account", "TaxCode", "Term", "Class", "Department"],
) -> list[ListEntry]:
    """As we know it since it was last read."""
    status = workflow.connection_status(place)
    with place.database.reading() as session:
        rows = stored.entries(session, status.realm or "", entity)
    return [
        ListEntry(
            id=row.qbo_id,
            name=row.name,
            active=row.active,
            type=str(row.data.get("AccountType") or ""),
        )
        for row in rows
    ]


# --- one invoice ---


@router.get(
    "/results/{file_id}/booking",
    summary="What is booked, or exactly what would be",
    responses={**ERRORS, **NO_SUCH},
)
def booking(place: Place, invoice_id: InvoiceId) -> Booking:
    """Sends nothing to QuickBooks."""
    return _booking(workflow.view_booking(place, invoice_id))


@router.put(
    "/results/{file_id}/booking",
    summary="Decide how it is booked",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def choose_booking(
    place: Place, asking: Asking, invoice_id: InvoiceId, choices: Annotated[BookingChoices, Body()]
) -> Booking:
    """What waited for this goes on at once."""
    workflow.choose(place, invoice_id, choices_of(choices), actor=asking.name)
    return _booking(workflow.view_booking(place, invoice_id))


@router.post(
    "/results/{file_id}/booking/book",
    status_code=202,
    summary="Book it now, or try again",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def book_now(place: Place, asking: Asking, invoice_id: InvoiceId) -> Booking:
    """Also for one that waited for this word, or was approved before QuickBooks was connected."""
    workflow.book_now(place, invoice_id, actor=asking.name)
    return _booking(workflow.view_booking(place, invoice_id))


@router.post(
    "/results/{file_id}/booking/skip",
    summary="Never book it",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def skip_booking(place: Place, asking: Asking, invoice_id: InvoiceId) -> Booking:
    """It stays approved."""
    workflow.skip(place, invoice_id, actor=asking.name)
    return _booking(workflow.view_booking(place, invoice_id))


@router.post(
    "/results/{file_id}/booking/link",
    summary="It is in QuickBooks already",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def link_booking(
    place: Place, asking: Asking, invoice_id: InvoiceId, there: Annotated[InQuickBooks, Body()]
) -> Booking:
    """QuickBooks is asked whether that transaction exists; then the invoice counts as booked."""
    workflow.mark_booked(place, invoice_id, entity=there.entity, qbo_id=there.id, actor=asking.name)
    return _booking(workflow.view_booking(place, invoice_id))


@router.post(
    "/results/{file_id}/booking/reopen",
    summary="Correct what is booked or could not be",
    responses={**ERRORS, **NO_SUCH, **CONFLICT},
)
def reopen_booking(place: Place, asking: Asking, invoice_id: InvoiceId) -> Booking:
    """It is in review again; approving it again updates the same transaction in QuickBooks."""
    workflow.reopen(place, invoice_id, actor=asking.name)
    return _booking(workflow.view_booking(place, invoice_id))


# --- told by QuickBooks ---


@router.post(
    "/quickbooks/webhook",
    summary="QuickBooks tells that something changed",
    status_code=200,
    response_class=Response,
    responses={
        **ERRORS,
        401: {"model": ErrorAnswer, "description": "Not signed with QUICKBOOKS_WEBHOOK_TOKEN."},
        200: {"description": "Heard; what changed is asked for."},
    },
    openapi_extra={
        "requestBody": {"content": {"application/json": {"schema": {}}}, "required": True}
    },
)
async def quickbooks_webhook(request: Request) -> Response:
    """Optional; without it QuickBooks is asked every ten minutes. Both payload shapes are taken."""
    place: Workplace = request.app.state.place
    token = place.settings.quickbooks_webhook_token
    body = await request.body()
    signature = request.headers.get("intuit-signature", "")
    if token is None or not is_signed(body, signature, token.get_secret_value()):
        return error_response(401, "This is not signed with our verifier token.")
    status = await run_in_threadpool(workflow.connection_status, place)
    if status.realm in realms_in(body):
        await run_in_threadpool(workflow.pull_now, place)
    return Response(status_code=200)


# --- how it is told ---


def choices_of(told: BookingChoices) -> Choices:
    """The API's words as ours."""
    return Choices(
        vendor=told.vendor,
        usual=Coding(told.account, told.tax_code, told.class_id, told.term, told.department),
        lines={
            number: Coding(line.account, line.tax_code, line.class_id)
            for number, line in told.lines.items()
        },
        tax_codes=dict(told.tax_codes),
        pay_from=told.pay_from,
        posting_date=told.posting_date.isoformat() if told.posting_date else "",
        allow_duplicate=told.allow_duplicate,
    )


def _may_connect(place: Workplace, asking: Caller) -> None:
    production = (
        place.settings.quickbooks_environment == "production"
        and not place.settings.quickbooks_base_url
    )
    if production and asking.local:
        raise Forbidden(
            "Set a password before real books are connected: run `invoice-ai password`, restart, "
            "and sign in.",
            code="password_first",
        )


def _told(message: str) -> RedirectResponse:
    query = urlencode({"told": message} if message else {"connected": "1"})
    return RedirectResponse(f"{SCREEN}?{query}", 303)


def _connection(place: Workplace) -> Connection:
    status = workflow.connection_status(place)
    return Connection.model_validate(
        {
            "state": status.state,
            "detail": status.told,
            "company": status.company.name if status.company else None,
            "realm": status.realm,
            "environment": status.environment,
            "connected_by": status.connected_by,
            "connected_at": status.connected_at,
            "ends_at": status.ends_at,
            "ends_soon": status.ends_soon,
            "lists_read_at": status.lists_at,
            "changes_read_at": status.changes_at,
            "invoices": status.waiting,
            "not_asked_for": status.unbooked,
        }
    )


def _log_entry(row: LogRow) -> LogEntry:
    return LogEntry.model_validate(
        {
            "id": row.id,
            "file_id": str(row.invoice_id) if row.invoice_id is not None else None,
            "at": row.at,
            "action": row.action,
            "outcome": row.outcome,
            "message": row.message,
            "detail": row.detail,
            "code": row.code,
            "quickbooks_id": row.qbo_id,
            "seconds": row.seconds,
        }
    )


def _booking(view: BookingView) -> Booking:
    row, link, plan = view.row, view.link, view.plan
    return Booking(
        file_id=str(view.record.id),
        state=row.state if row else "off",
        detail=(row.last_message if row else "") or view.why_no_plan,
        code=row.last_code if row else "",
        booked_as=BookedAs.model_validate(
            {
                "entity": link.entity,
                "id": link.qbo_id,
                "number": link.doc_number,
                "state": link.state,
                "detail": link.told,
                "total": link.total,
                "balance": link.balance,
                "attachment": link.attachment,
                "url": view.address,
            }
        )
        if link
        else None,
        entity=plan.draft.entity if plan else None,
        vendor=(plan.vendor.name if plan.vendor else plan.match.new_name) if plan else None,
        body=json.loads(as_json(plan.draft.body)) if plan else None,
        questions=[
            BookingQuestion(code=q.code, message=q.message, line=q.line, choices=list(q.choices))
            for q in (plan.draft.questions if plan else ())
        ],
        notes=list(plan.draft.notes) if plan else [],
        existing=row.existing if row else None,
    )
