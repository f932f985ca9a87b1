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

from invoice_ai.domain.status import Status
from invoice_ai.errors import Conflict, Forbidden, InvoiceAIError, NotFound, Unavailable
from invoice_ai.web import assets, shown

TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Look:
    """How a state is shown: colour, icon and word, always together."""

    tone: str
    icon: str
    word: str


STATES: dict[Status, Look] = {
    "received": Look("", "wait", "Received"),
    "processing": Look("busy", "busy", "Processing"),
    "needs_review": Look("look", "look", "Needs review"),
    "approved": Look("ok", "done", "Approved"),
    "rejected": Look("", "stop", "Rejected"),
    "failed": Look("bad", "failed", "Failed"),
    "synced": Look("ok", "done", "Synced"),
    "sync_failed": Look("look", "look", "Not synced"),
    "deleted": Look("", "stop", "Deleted"),
}
ORIGINS: dict[str, str] = {"folder": "Folder", "upload": "Upload", "api": "API", "cli": "Command"}
TITLES: dict[int, str] = {
    400: "That cannot be done",
    401: "Please sign in",
    403: "Not allowed",
    404: "Not found",
    409: "Somebody was faster",
    500: "Something went wrong here",
    503: "Not available right now",
}


def _finalize(value: object) -> object:
    """Every string a template prints goes through `clean`; markup made by templates is ours."""
    if value is None:
        return ""
    return shown.clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _total(count: int) -> str:
    """How many invoices, from a count that stops at 10 000."""
    return "1 invoice" if count == 1 else f"{count:,}{'+' if count >= 10_000 else ''} invoices"


def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,  # every template, whatever its name
        finalize=_finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=assets.address, STATES=STATES, ORIGINS=ORIGINS)
    made.filters.update(
        age=shown.age,
        count_short=lambda n: "999+" if n > 999 else str(n),
        day=shown.day,
        moment=shown.moment,
        money=shown.money,
        percent=shown.percent,
        stamp=shown.stamp,
        total=_total,
    )
    return made


ENVIRONMENT = _environment()


def render(
    request: Request, template: str, *, status: int = 200, framed: bool = True, **values: Any
) -> Response:
    """A page. With `framed` it stands in the rail and the top bar, else alone."""
    state = request.state
    frame = {
        "brand": request.app.state.place.settings.app_name,
        "user": getattr(state, "user", None),
        "local": getattr(state, "local", False),
        "framed": framed,
        "here": "",
        "q": "",
        "tab": "",
        "to_review": 0,
        "failed": 0,
    }
    html = ENVIRONMENT.get_template(template).render({**frame, **values})
    return HTMLResponse(html, status, {"Cache-Control": "no-store", "Vary": "Cookie"})


def error_page(request: Request, status: int, message: str) -> Response:
    """An error as a page in the frame; touches no database, so that it works when one is away."""
    return render(
        request,
        "message.html",
        status=status,
        framed=getattr(request.state, "user", None) is not None,
        title=TITLES.get(status, "That did not work"),
        message=message,
        request_id=getattr(request.state, "request_id", "") if status >= 500 else "",
    )


class PageRoute(APIRoute):
    """A route for people: an error on the way is a page, not JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answer_with_page(request: Request) -> Response:
            try:
                return await answer(request)
            except RequestValidationError:
                return error_page(request, 404, "There is nothing at this address.")
            except HTTPException as refused:
                return error_page(request, refused.status_code, str(refused.detail))
            except InvoiceAIError as error:
                return error_page(request, _status(error), str(error))

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
