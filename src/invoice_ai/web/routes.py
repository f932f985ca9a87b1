"""The app's pages. Reading goes to the store, doing goes through the story."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, StreamingResponse
from sqlalchemy.orm import Session

from invoice_ai import workflow
from invoice_ai.access.sessions import COOKIES, session_cookie
from invoice_ai.access.throttle import TooMany
from invoice_ai.errors import NotFound
from invoice_ai.reception import NotSignedIn, Reception
from invoice_ai.review import Habits, habits_of
from invoice_ai.store import invoices
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.web import assets, finding, inbox, setup, sync, trail, vendors
from invoice_ai.web.desk import readings_of
from invoice_ai.web.language import _
from invoice_ai.web.pages import PageRoute, place_of, plain, rail_numbers, render
from invoice_ai.web.reasons import cause
from invoice_ai.web.sentences import said
from invoice_ai.web.sheet import make_sheet
from invoice_ai.web.shown import day, money

router = APIRouter(route_class=PageRoute, include_in_schema=False)

InvoiceId = Annotated[int, PathParameter(ge=1, le=2**63 - 1)]
PageNumber = Annotated[int, PathParameter(ge=1, le=10_000)]

for part in (inbox, vendors, trail, setup, finding):
    router.include_router(part.router)


@router.get("/invoices/{invoice_id}")
def invoice(request: Request, invoice_id: InvoiceId) -> Response:
    """One invoice: its pages, its values with their places, checks and history."""
    place = place_of(request)
    with place.database.reading() as session:
        record = _known(session, invoice_id)
        numbers = rail_numbers(session)
        booking = sync.booking_of(session, place, record)
    extracted = record.extracted
    sheet = (
        make_sheet(
            extracted,
            record.findings,
            record.route if record.status == "needs_review" else None,
            threshold=place.settings.review_confidence_threshold,
        )
        if extracted
        else None
    )
    total = money(record.total, record.currency) if record.total is not None else ""
    owed = extracted.money("amount_due") if extracted else None
    due = " ".join(
        part
        for part in (
            money(owed, record.currency) if owed is not None and owed != record.total else "",
            _("due %(day)s", day=day(record.due_date)) if record.due_date else "",
        )
        if part
    )
    found = {kind: [f for f in record.findings if f.outcome == kind] for kind in _OUTCOMES}
    return render(
        request,
        "invoice.html",
        here="review" if record.status == "needs_review" else "inbox",
        **numbers,
        record=record,
        sheet=sheet,
        title=record.invoice_number or record.document.name,
        heading=record.vendor_name or record.document.name,
        total=total,
        due=due,
        currency=record.currency,
        pages=(record.document.page_count or 0) if record.document.kind != "xml" else 0,
        busy=record.status in inbox.BUSY,
        trouble=_trouble(record),
        findings={
            "failed": found["failed"],
            "passed": found["passed"],
            "open": found["not_possible"],
        },
        booking=booking,
    )


_OUTCOMES = ("failed", "passed", "not_possible")


def _known(session: Session, invoice_id: int) -> InvoiceRecord:
    """One invoice; a deleted one is not there any more."""
    record = invoices.load(session, invoice_id)
    if record.status == "deleted":
        raise NotFound(_("There is no invoice %(id)s.", id=invoice_id))
    return record


def _trouble(record: InvoiceRecord) -> dict[str, str]:
    title, remedy = cause(record.error_code or "error", retryable=record.error_retryable)
    return {"message": said(record.error_message or "") or title, "remedy": remedy}


@router.get("/invoices/{invoice_id}/export")
def export(
    request: Request,
    invoice_id: InvoiceId,
    file_format: Annotated[workflow.ExportFormat, Query(alias="format")],
) -> Response:
    """This invoice as a file."""
    made = workflow.export_invoices(place_of(request), [invoice_id], file_format, single=True)
    told = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(made.content, media_type=made.media_type, headers=told)


@router.get("/invoices/{invoice_id}/pages/{number}.webp")
def page_picture(request: Request, invoice_id: InvoiceId, number: PageNumber) -> Response:
    """The picture of one page."""
    place = place_of(request)
    with place.database.reading() as session:
        _known(session, invoice_id)
    return _picture(workflow.page_picture(place, invoice_id, number))


@router.get("/invoices/{invoice_id}/pages/{number}/small.webp")
def page_thumbnail(request: Request, invoice_id: InvoiceId, number: PageNumber) -> Response:
    """The same, small."""
    place = place_of(request)
    with place.database.reading() as session:
        _known(session, invoice_id)
    return _picture(workflow.page_thumbnail(place, invoice_id, number))


def _picture(path: Path) -> Response:
    # Under its address a page never changes; "private", because it is somebody's invoice.
    kept = {"Cache-Control": "private, max-age=31536000, immutable"}
    return FileResponse(path, media_type="image/webp", headers=kept)


@router.get("/invoices/{invoice_id}/pages/{number}.json")
def page_words(request: Request, invoice_id: InvoiceId, number: PageNumber) -> Response:
    """The words of one page; boxes in thousandths of its width and height.

    `m` and `d` are what a word is as an amount and as a date, so that the screen can say it before
    the word is taken.
    """
    place = place_of(request)
    with place.database.reading() as session:
        record = _known(session, invoice_id)
    habits = habits_of(record.extracted) if record.extracted else Habits()
    page = workflow.page_words(place, invoice_id, number)
    answer = JSONResponse(
        {
            "source": page.source,
            "words": [
                {
                    "t": word.text,
                    "b": [round(edge * 1000, 1) for edge in word.box],
                    **readings_of(word.text, habits),
                }
                for word in page.words
            ],
        }
    )
    tag = f'"{hashlib.sha256(bytes(answer.body)).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    answer.headers.update(headers)
    return answer


@router.get("/failed")
def failed(
    request: Request, retried: Annotated[int | None, Query(ge=0, le=10**9)] = None
) -> Response:
    """What could not be read, by cause, with what to do."""
    place = place_of(request)
    with place.database.reading() as session:
        groups = invoices.failed_groups(session)
        numbers = rail_numbers(session)
    return render(
        request,
        "failed.html",
        here="failed",
        **numbers,
        retried=retried,
        groups=[
            {
                "code": group.code,
                "title": title,
                "remedy": remedy,
                "retryable": group.retryable,
                "count": group.count,
                "rows": group.rows,
            }
            for group in groups
            for title, remedy in [cause(group.code, retryable=group.retryable)]
        ],
    )


@router.post("/failed/retry")
def retry(
    request: Request,
    ids: Annotated[list[int] | None, Form(alias="id", max_length=500)] = None,
    code: Annotated[str | None, Form(max_length=100)] = None,
    back: Annotated[str, Form(max_length=20)] = "",
) -> Response:
    """Try failed invoices again: one, those chosen, those with one cause, or all."""
    place, actor = place_of(request), request.state.user
    known = [one for one in ids or () if 0 < one < 2**63]
    if len(known) == 1:
        workflow.retry(place, known[0], actor=actor)
        done = 1
    elif known:
        done = workflow.do_many(place, known, "retry", actor=actor).done
    else:
        done = workflow.retry_all(place, actor=actor, code=plain(code) if code else None)
    there = f"/invoices/{known[0]}" if back == "invoice" and known else "/failed"
    return RedirectResponse(there if back else f"{there}?retried={done}", 303)


@router.post("/failed/{invoice_id}/by-hand")
def by_hand(request: Request, invoice_id: InvoiceId) -> Response:
    """Open a failed invoice for review with empty fields."""
    workflow.enter_by_hand(place_of(request), invoice_id, actor=request.state.user)
    return RedirectResponse(f"/invoices/{invoice_id}/review", 303)


@router.post("/failed/{invoice_id}/delete")
def delete(request: Request, invoice_id: InvoiceId) -> Response:
    """Take a failed invoice out of every list."""
    workflow.delete(place_of(request), invoice_id, actor=request.state.user)
    return RedirectResponse("/failed", 303)


@router.get("/login")
def login_form(request: Request, next: str = "/invoices") -> Response:  # noqa: A002 - a URL's word
    """Ask for the password; who is in already goes on."""
    if request.state.user is not None:
        return RedirectResponse(_inside(next), 303)
    return render(request, "login.html", framed=False, wrong="", next=_inside(next))


@router.post("/login")
def login(
    request: Request,
    password: Annotated[str, Form(max_length=1024)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/invoices",  # noqa: A002 - a form's word
) -> Response:
    """Open a session."""
    reception: Reception = request.app.state.reception
    try:
        token = reception.sign_in(password, address=request.state.address)
    except (NotSignedIn, TooMany) as refused:
        status = 429 if isinstance(refused, TooMany) else 401
        return render(
            request,
            "login.html",
            status=status,
            framed=False,
            wrong=str(refused),
            next=_inside(next),
        )
    answer = RedirectResponse(_inside(next), 303)
    answer.set_cookie(**session_cookie(token, secure=request.url.scheme == "https"))
    return answer


@router.post("/logout")
def logout(request: Request) -> Response:
    """End the session, everywhere."""
    reception: Reception = request.app.state.reception
    answer = RedirectResponse("/login", 303)
    for name in COOKIES:
        if token := request.cookies.get(name):
            reception.sign_out(token)
            answer.delete_cookie(name, path="/", secure=name.startswith("__Host-"), httponly=True)
    return answer


def _inside(address: str) -> str:
    """Where to go after signing in: a path of ours, never another site.

    >>> _inside("/invoices/7"), _inside("//evil.example"), _inside("https://evil.example")
    ('/invoices/7', '/invoices', '/invoices')
    """
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and address.isprintable() else "/invoices"


@router.get("/static/{version}/{name:path}")
def static(request: Request, version: str, name: str) -> Response:
    """The app's own files; the version only makes the address new."""
    del version
    return assets.serve(request, name)
