"""Every error as HTTP: one shape, whoever raised it.

    {"detail": "what happened and what to do", "status_code": 404,
     "timestamp": "2026-11-21T10:00:00Z", "error_type": "NotFound"}

A refused document adds its stable `code` and, when we kept it, its `file_id`.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from invoice_ai.access.throttle import TooMany
from invoice_ai.errors import (
    BadDocument,
    BadRequest,
    Conflict,
    Forbidden,
    InvoiceAIError,
    NotFound,
    Unavailable,
)
from invoice_ai.reception import NotSignedIn
from invoice_ai.web import language
from invoice_ai.web.pages import error_page
from invoice_ai.web.sentences import said

log = structlog.get_logger("errors")

RETRY_SECONDS = 5  # the database or the queue is usually back by then

ERROR_TYPES: dict[int, str] = {
    400: "ValidationError",
    401: "Unauthorized",
    403: "Forbidden",
    404: "NotFound",
    405: "MethodNotAllowed",
    408: "RequestTimeout",
    409: "Conflict",
    413: "FileTooLarge",
    415: "UnsupportedMediaType",
    429: "RateLimitExceeded",
    431: "RequestHeaderFieldsTooLarge",
    500: "InternalServerError",
    503: "ServiceUnavailable",
    507: "InsufficientStorage",
}
DOCUMENT_STATUS: dict[str, int] = {"unsupported_type": 415, "file_too_large": 413}


def error_body(status: int, detail: str, **more: Any) -> dict[str, Any]:
    """The one shape. `more` are members only some errors have."""
    return {
        "detail": detail,
        "status_code": status,
        "timestamp": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "error_type": ERROR_TYPES.get(status, "HTTPError"),
        **more,
    }


def error_response(
    status: int, detail: str, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """The shape as an answer. Escaped to ASCII, so that no text of anybody can break it."""
    return Response(
        json.dumps(error_body(status, detail, **more)),
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        "application/json",
    )


def wants_page(request: Request) -> bool:
    """Whether a person in a browser is looking, and not at the API."""
    return (
        request.method in ("GET", "HEAD")
        and "text/html" in request.headers.get("accept", "")
        and not request.url.path.startswith("/api/")
    )


def document_status(refused: BadDocument) -> int:
    """The HTTP status of a refused document."""
    return DOCUMENT_STATUS.get(refused.code, 400)


def document_extras(refused: BadDocument) -> dict[str, Any]:
    """The stable code of the refusal, and the id under which the file was kept, if it was."""
    kept = getattr(refused, "invoice_id", None)
    return {"code": refused.code} | ({"file_id": str(kept)} if kept is not None else {})


def answer_error(error: Exception) -> Response:
    """Any error raised on purpose, as HTTP. Raises the error again when it was none."""
    told = said(str(error))
    match error:
        case TooMany():
            return error_response(429, told, {"Retry-After": str(error.retry_after)})
        case NotSignedIn():
            return error_response(401, told, {"WWW-Authenticate": "Bearer"})
        case Forbidden():
            return error_response(403, told)
        case NotFound():
            return error_response(404, told)
        case Conflict():
            return error_response(409, told)
        case BadRequest():
            return error_response(400, told, code=error.code)
        case BadDocument():
            return error_response(document_status(error), told, **document_extras(error))
        case Unavailable():
            log.warning("unavailable", code=error.code, reason=str(error))
            return error_response(
                503,
                "Something Invoice AI depends on does not answer. Please try again.",
                {"Retry-After": str(RETRY_SECONDS)},
            )
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            log.error("disk_full", reason=str(error))
            return error_response(507, "The disk is full. Nothing was kept; free space first.")
    raise error


def install(app: FastAPI) -> None:
    """Let the application answer every error in the one shape."""

    async def on_purpose(request: Request, error: Exception) -> Response:
        language.listen(request)  # the app shows what the API refuses
        return answer_error(error)

    async def http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 404 and wants_page(request):
            language.listen(request)
            return error_page(request, 404, language._("There is nothing at this address."))
        return error_response(error.status_code, str(error.detail), error.headers)

    async def invalid(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        # What was sent is not repeated: it may be long, secret or impossible to encode.
        wrong = [f"{_place(e['loc'])}: {e['msg']}" for e in list(error.errors())[:5]]
        return error_response(400, "; ".join(wrong))

    app.add_exception_handler(InvoiceAIError, on_purpose)
    app.add_exception_handler(OSError, on_purpose)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, invalid)


def _place(location: tuple[Any, ...]) -> str:
    """`("query", "limit")` as "limit"; names of unknown fields are the sender's and are cut."""
    names = [str(part)[:40] for part in location[1:]] or [str(location[0])]
    return ".".join(names)
