"""Request bodies: no longer than allowed, no slower than a bad line, no packed surprises."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from invoice_ai.api.errors import error_response

SMALL_BODY = 1024 * 1024  # bytes of JSON or of a form; the longest honest one has a few thousand


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait for a body.

    Attributes:
        idle_seconds: Longest pause between two pieces.
        grace_seconds: Time before the rate counts.
        bytes_per_second: Least average rate after that; a modem of 1998 manages 5 000.
        linger_seconds: How long a refused body is still read and thrown away, so that the client
            gets to read why.
    """

    idle_seconds: float = 20
    grace_seconds: float = 30
    bytes_per_second: int = 1024
    linger_seconds: float = 5


USUAL = Patience()


class _Stop(Exception):
    """Raised inside the application to make it let go of the body."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


def with_body_limits(
    app: ASGIApp, *, limit_for: Callable[[str], int], patience: Patience = USUAL
) -> ASGIApp:
    """Count what comes in while it comes in, with or without a Content-Length.

    Args:
        limit_for: The most bytes accepted for a path.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        limit = limit_for(scope["path"])
        headers = Headers(scope=scope)
        refusal = _refuse_by_headers(headers, limit)
        if refusal is not None:
            await _refuse(refusal, receive, send, limit, patience)
            return

        total, started_at, complete = 0, time.monotonic(), False
        stopped: _Stop | None = None
        answering, lingering = False, False

        async def counted() -> Message:
            nonlocal total, complete, stopped
            if complete:
                return await receive()  # waiting for the end of the connection may take for ever
            try:
                async with asyncio.timeout(patience.idle_seconds):
                    message = await receive()
            except TimeoutError:
                stopped = _Stop(408, "The request body did not arrive in time.")
                raise stopped from None
            if message["type"] != "http.request":
                complete = True
                return message
            total += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            late = time.monotonic() - started_at - patience.grace_seconds
            if total > limit:
                stopped = _Stop(413, too_large(limit))
            elif not complete and late > 0 and total < late * patience.bytes_per_second:
                stopped = _Stop(408, "The request body comes too slowly.")
            if stopped is not None:
                raise stopped
            return message

        async def unless_stopped(message: Message) -> None:
            nonlocal answering, lingering
            # What the application says about a body that was cut short is beside the point.
            if stopped is not None and not answering:
                return
            if message["type"] == "http.response.start":
                answering = True
                # The application refuses in the middle of a body: a file is too large, or a
                # stranger sends one.
                lingering = message["status"] >= 400 and not complete and _is_long(headers)
                if lingering:
                    message["headers"] = [*message["headers"], (b"connection", b"close")]
            elif lingering and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _linger(receive, limit, patience)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        with contextlib.suppress(_Stop):
            await app(scope, counted, unless_stopped)
        if stopped is not None and not answering:
            await _refuse(stopped, receive, send, limit, patience)

    return answer


def too_large(limit: int) -> str:
    """The sentence for a body over `limit` bytes."""
    return f"That is too large: at most {limit / 1024 / 1024:g} MB are accepted."


def _refuse_by_headers(headers: Headers, limit: int) -> _Stop | None:
    """What can be refused before a single byte is read."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        return _Stop(415, "Please send the body as it is, without Content-Encoding.")
    length = headers.get("content-length", "0")
    if not (length.isascii() and length.isdigit() and len(length) < 20):
        return _Stop(400, "Content-Length is not a number.")
    if "content-length" in headers and "transfer-encoding" in headers:
        return _Stop(400, "A request has Content-Length or Transfer-Encoding, not both.")
    if int(length) > limit:
        return _Stop(413, too_large(limit))
    return None


def _is_long(headers: Headers) -> bool:
    """Whether more of the body may be under way than lies in the buffers already."""
    return "transfer-encoding" in headers or int(headers.get("content-length", 0)) > 65_536


async def _refuse(
    stop: _Stop, receive: Receive, send: Send, limit: int, patience: Patience
) -> None:
    response = error_response(stop.status, stop.detail, {"Connection": "close"})
    await send(
        {"type": "http.response.start", "status": stop.status, "headers": response.raw_headers}
    )
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    await _linger(receive, limit, patience)
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _linger(receive: Receive, limit: int, patience: Patience) -> None:
    """Read on a little after the answer: closing on unread data would reset the connection, and
    a browser would show a network error instead of our sentence."""
    until = time.monotonic() + patience.linger_seconds
    thrown_away = 0
    while thrown_away <= limit and (left := until - time.monotonic()) > 0:
        try:
            async with asyncio.timeout(min(left, 1)):
                message = await receive()
        except TimeoutError:
            break
        if message["type"] != "http.request" or not message.get("more_body", False):
            break
        thrown_away += len(message.get("body", b""))
