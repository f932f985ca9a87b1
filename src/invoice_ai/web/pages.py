"""Turn a template into an answer: one environment, one frame, and nothing shown uncleaned."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy.orm import Session

from invoice_ai.domain.status import Status
from invoice_ai.errors import Conflict, Forbidden, InvoiceAIError, NotFound, Unavailable
from invoice_ai.store import invoices
from invoice_ai.web import assets, language, reasons, shown
from invoice_ai.web.booking_words import told
from invoice_ai.web.language import N_, _
from invoice_ai.web.sentences import said
from invoice_ai.workflow import Workplace

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: colour, icon and word, always together."""

    tone: str
    icon: str
    word: str


STATES: dict[Status, Look] = {
    "received": Look("", "wait", N_("Received")),
    "processing": Look("busy", "busy", N_("Processing")),
    "needs_review": Look("look", "look", N_("Needs review")),
    "approved": Look("ok", "done", N_("Approved")),
    "rejected": Look("", "stop", N_("Rejected")),
    "failed": Look("bad", "failed", N_("Failed")),
    "synced": Look("ok", "done", N_("Synced")),
    "sync_failed": Look("look", "look", N_("Not synced")),
    "deleted": Look("", "stop", N_("Deleted")),
}
ORIGINS: dict[str, str] = {
    "folder": N_("Folder"),
    "upload": N_("Upload"),
    "api": N_("API"),
    "cli": N_("Command"),
}
TITLES: dict[int, str] = {
    400: N_("That cannot be done"),
    401: N_("Please sign in"),
    403: N_("Not allowed"),
    404: N_("Not found"),
    409: N_("Somebody was faster"),
    500: N_("Something went wrong here"),
    503: N_("Not available right now"),
}


def _finalize(value: object) -> object:
    """Every string a template prints goes through `clean`; markup made by templates is ours."""
    if value is None:
        return ""
    return shown.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _total(count: int) -> str:
    """How many invoices, from a count that stops at 10 000."""
    if count >= 10_000:
        return _("%(n)s+ invoices", n=language.count(count))
    return language.ngettext("1 invoice", "%(n)s invoices", count)


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # every template, whatever its name
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        _=language.markup,
        N_=language.N_,
        ngettext=language.markup_n,
        language=language.spoken,
        script_words=language.script_words,
        asset=assets.address,
        STATES=STATES,
        ORIGINS=ORIGINS,
    )
    made.filters.update(
        age=shown.age,
        count=language.count,
        count_short=lambda n: "999+" if n > 999 else str(n),
        day=shown.day,
        moment=shown.moment,
        money=shown.money,
        label_of=reasons.label,
        percent=shown.percent,
        exact_share=shown.exact_share,
        printed=shown.printed,
        said=said,
        plain=lambda value: f"{value:f}",
        share=shown.share,
        stamp=shown.stamp,
        told=told,
        total=_total,
        trimmed=shown.trimmed,
    )
    return made


ENVIRONMENT = _environment()


def place_of(request: Request) -> Workplace:
    """The workplace of this app."""
    place = request.app.state.place
    assert isinstance(place, Workplace)
    return place


def plain(text: str) -> str:
    """Without characters that no database keeps and nobody can type."""
    return "".join(char for char in text if char.isprintable())


def rail_numbers(session: Session) -> dict[str, Any]:
    """What the rail shows on every page."""
    counts = invoices.counts(session)
    return {"to_review": counts["needs_review"], "failed": counts["failed"]}


def render(
    request: Request, template: str, *, status: int = 200, framed: bool = True, **values: Any
) -> Response:
    """A page. With `framed` it stands in the rail and the top bar, else alone."""
    language.listen(request)
    state = request.state
    frame = {
        "brand": request.app.state.place.settings.app_name,
        "user": getattr(state, "user", None),
        "local": getattr(state, "local", False),
        "stand_in": request.app.state.place.settings.quickbooks_base_url,
        "framed": framed,
        "here": "",
        "q": "",
        "tab": "",
        "to_review": 0,
        "failed": 0,
    }
    html = ENVIRONMENT.get_template(template).render({**frame, **values})
    return HTMLResponse(
        html, status, {"Cache-Control": "no-store", "Vary": "Cookie, Accept-Language"}
    )


def error_page(request: Request, status: int, message: str) -> Response:
    """An error as a page in the frame; touches no database, so that it works when one is away."""
    return render(
        request,
        "message.html",
        status=status,
        framed=getattr(request.state, "user", None) is not None,
        title=_(TITLES.get(status, N_("That did not work"))),
        message=message,
        request_id=getattr(request.state, "request_id", "") if status >= 500 else "",
    )


class PageRoute(APIRoute):
    """A route for people: an error on the way is a page, not JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_with_page(request: Request) -> Response:
            language.listen(request)
            try:
                return await answer(request)
            except RequestValidationError:
                return error_page(request, 404, _("There is nothing at this address."))
            except HTTPException as refused:
                return error_page(request, refused.status_code, str(refused.detail))
            except InvoiceAIError as error:
                return error_page(request, _status(error), said(str(error)))

        return answer_with_page


def _status(error: InvoiceAIError) -> int:
    match error:
        case NotFound():
            return 404
        case Forbidden():
            return 403
        case Conflict():
            return 409
        case Unavailable():
            return 503
    return 400
