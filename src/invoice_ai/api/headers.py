"""The outermost layer: a request id, security headers on every answer, and the last resort."""

from __future__ import annotations

import contextlib
import secrets

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invoice_ai.api.errors import error_response, wants_page
from invoice_ai.web.pages import error_page

log = structlog.get_logger("errors")

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
# Not "no-referrer": browsers then send `Origin: null` with our own forms, and over plain http,
# where Sec-Fetch-Site is missing too, signing in could not be told from an attack.
REFERRER_POLICY = "same-origin"

HEADERS: dict[str, str] = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": REFERRER_POLICY,
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def _as_get(scope: Scope) -> Scope:
    """HEAD is GET without its body, which the server leaves out; a stream has no end to wait for."""
    if scope["method"] == "HEAD" and not scope["path"].endswith("/events"):
        return {**scope, "method": "GET"}
    return scope


def _last_resort(request: Request, request_id: str) -> Response:
    detail = "Something went wrong here. It was logged; please name the request "
    detail += f"{request_id} when you ask about it."
    if wants_page(request):
        with contextlib.suppress(Exception):  # the page itself may be what is broken
            return error_page(request, 500, detail)
    return error_response(500, detail)


def with_headers(app: ASGIApp) -> ASGIApp:
    """Wrap everything: nothing leaves without the headers, and no exception leaves at all.

    A route may set a header of the list itself (a longer cache, a stricter policy); it then stays.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-ID"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await app(_as_get(scope), receive, send_with_headers)
            except ClientDisconnect:
                return  # whoever asked is gone; there is nobody to answer
            except Exception:
                log.exception("unexpected", method=scope["method"], path=scope["path"])
                if started:
                    raise  # the server cuts the connection: half an answer must not look whole
                failed = _last_resort(Request(scope), request_id)
                await failed(scope, receive, send_with_headers)

    return answer
