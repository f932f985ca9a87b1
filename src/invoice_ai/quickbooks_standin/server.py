"""The stand-in on a socket: ASGI over uvicorn, loopback only."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, unquote

import uvicorn

from invoice_ai.quickbooks_standin.attachments import MOST_BYTES
from invoice_ai.quickbooks_standin.exchange import Reply, Request
from invoice_ai.quickbooks_standin.standin import Standin

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HOST = "127.0.0.1"
_OUR_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]", "host.docker.internal", "standin"})
# A little more than the service takes, so that it can say 6030 itself.
_MOST_BODY = MOST_BYTES + 1024 * 1024


class Application:
    """ASGI. Requests are decided one after the other; only waiting happens side by side."""

    def __init__(self, standin: Standin) -> None:
        self._standin = standin

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                self._standin.close()
                return

    async def _http(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await _body(receive)
        if body is None:
            await _write(send, Reply(413, {"Content-Type": "text/plain"}, b"Too large"))
            return
        request = _request(scope, body)
        if request is None:
            await _write(send, Reply(421, {"Content-Type": "text/plain"}, b"Not for this name"))
            return
        outcome = self._standin.answer(request)
        wire = outcome.wire
        in_flight = self._standin.oauth.in_flight
        if wire.delay_seconds:
            if wire.refresh_value:
                in_flight.add(wire.refresh_value)
            await asyncio.sleep(wire.delay_seconds)
            in_flight.discard(wire.refresh_value)
        if wire.cut:
            await _cut(send)
        elif wire.truncate:
            await _write_half(send, outcome.reply)
        else:
            await _write(send, outcome.reply)


async def _body(receive: Receive) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return b"".join(parts)
        part = message.get("body", b"")
        size += len(part)
        if size > _MOST_BODY:
            return None
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


def _request(scope: Message, body: bytes) -> Request | None:
    """None when the Host header is not ours (a page on the web must not reach us by a name)."""
    headers = {name.decode("latin-1").lower(): v.decode("latin-1") for name, v in scope["headers"]}
    host = headers.get("host", "")
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    if name not in _OUR_NAMES:
        return None
    query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
    path = unquote(scope["raw_path"].decode("latin-1"))
    return Request(scope["method"], path, query, headers, body, f"http://{host}")


async def _write(send: Send, reply: Reply) -> None:
    await _head(send, reply)
    await send({"type": "http.response.body", "body": reply.body})


async def _write_half(send: Send, reply: Reply) -> None:
    await _head(send, reply)
    half = reply.body[: max(1, len(reply.body) // 2)]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    await asyncio.sleep(0.05)  # the half must have left before the line is cut
    await _cut(send)


async def _head(send: Send, reply: Reply) -> None:
    headers = {"Content-Length": str(len(reply.body)), **reply.headers}
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": [(k.lower().encode(), v.encode("latin-1")) for k, v in headers.items()],
        }
    )


async def _cut(send: Send) -> None:
    """End the connection as a broken line does. uvicorn's `send` belongs to the connection."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    transport.abort()
    await asyncio.sleep(0)


def listen(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes a free one."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((HOST, port))
    listening.listen(128)
    return listening


def serve(standin: Standin, listening: socket.socket) -> None:
    """Until SIGTERM or SIGINT."""
    config = uvicorn.Config(
        Application(standin),
        log_level="warning",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    uvicorn.Server(config).run(sockets=[listening])
