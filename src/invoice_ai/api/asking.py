"""What every route needs to know: the workplace, who is asking, and which invoice is meant."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from invoice_ai.access.door import host_name
from invoice_ai.access.throttle import Throttle
from invoice_ai.api.models import ErrorAnswer
from invoice_ai.errors import NotFound
from invoice_ai.reception import Caller, Reception
from invoice_ai.workflow import Workplace

LARGEST_ID = 2**63 - 1  # both databases count no further

# For programs and people we know: generous, for a folder of 200 files dropped into the app.
USER_UPLOADS = "600/minute"

ERRORS: dict[int | str, dict[str, object]] = {
    400: {"model": ErrorAnswer, "description": "The request is malformed."},
    401: {"model": ErrorAnswer, "description": "Sign in, or send an API key."},
    403: {"model": ErrorAnswer, "description": "Not allowed, or asked by a foreign page."},
    500: {"model": ErrorAnswer, "description": "Our fault; it was logged."},
    503: {"model": ErrorAnswer, "description": "A part does not answer; see Retry-After."},
}
NO_SUCH: dict[int | str, dict[str, object]] = {
    404: {"model": ErrorAnswer, "description": "There is no such result."}
}
CONFLICT: dict[int | str, dict[str, object]] = {
    409: {"model": ErrorAnswer, "description": "Its state does not allow it."}
}


def _workplace(request: Request) -> Workplace:
    place = request.app.state.place
    assert isinstance(place, Workplace)
    return place


def _caller(request: Request) -> Caller:
    caller = request.state.caller
    assert isinstance(caller, Caller)  # the gate lets nobody else through
    return caller


def _invoice_id(
    file_id: Annotated[str, Path(description="As given by /upload and /results.", examples=["17"])],
) -> int:
    if not (file_id.isascii() and file_id.isdigit()) or len(file_id) > 19:
        raise NotFound("There is no result with this id.")
    number = int(file_id)
    if number > LARGEST_ID:
        raise NotFound("There is no result with this id.")
    return number


Place = Annotated[Workplace, Depends(_workplace)]
Asking = Annotated[Caller, Depends(_caller)]
InvoiceId = Annotated[int, Depends(_invoice_id)]


class Allowance:
    """How many uploads this caller has left.

    Keys, signed-in people and the app on this computer have `USER_UPLOADS` each. Whoever talks to
    the API of this computer without saying who he is has UPLOAD_RATE_LIMIT per address. Only what
    makes work is counted: a file we know already, or a request we cannot read, costs nothing.
    """

    def __init__(self, request: Request) -> None:
        caller, settings = _caller(request), request.app.state.place.settings
        reception: Reception = request.app.state.reception
        self._throttle: Throttle = reception.throttle
        if caller.local and not _from_the_app(request):
            self._limit = settings.upload_rate_limit
            self._who = ("upload", "address", request.state.address)
        else:
            self._limit, self._who = USER_UPLOADS, ("upload", "user", caller.name)

    def check(self) -> None:
        """Raise TooMany when it is used up."""
        self._throttle.check(self._limit, *self._who)

    def count(self) -> None:
        """One more file makes work."""
        self._throttle.count(self._limit, *self._who)


def _from_the_app(request: Request) -> bool:
    """A browser that shows our page says so; the gate has checked that the page is ours."""
    headers = request.headers
    return headers.get("sec-fetch-site") == "same-origin" or bool(
        host_name(headers.get("origin", "").partition("://")[2])
    )
