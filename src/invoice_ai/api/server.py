"""Serving the application: uvicorn, with the patience and the manners it does not bring itself."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from invoice_ai.api.errors import error_response
from invoice_ai.api.headers import HEADERS
from invoice_ai.api.live import closing
from invoice_ai.settings import Settings

HEADER_SECONDS = 10.0  # a request line and its headers fit into one packet or two
HEADER_BYTES = 64 * 1024
KEEP_ALIVE_SECONDS = 15
SHUTDOWN_SECONDS = 10


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's protocol with a deadline and a size for headers, and errors in our shape.

    Without it 200 half-sent requests stay open for ever (uvicorn #157), and
    `--limit-concurrency` makes it worse: it turns everybody away.
    """

    header_seconds = HEADER_SECONDS
    _deadline: asyncio.TimerHandle | None = None
    _header_bytes = 0
    _reading_headers = True
    _got_further = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait_for_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._reading_headers and self._deadline is None:
            self._wait_for_headers()
        self._got_further = False
        super().data_received(data)
        # A piece in which headers or a body came to their end is not counted: its rest is small.
        if self._reading_headers and not self._got_further and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > HEADER_BYTES:
                self._say_goodbye(431, "The request headers are too large.")

    def on_headers_complete(self) -> None:
        self._reading_headers, self._got_further = False, True
        self._stop_waiting()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._reading_headers, self._header_bytes, self._got_further = True, 0, True

    def send_400_response(self, msg: str) -> None:
        self._say_goodbye(400, msg)

    def _wait_for_headers(self) -> None:
        self._deadline = self.loop.call_later(self.header_seconds, self._too_slow)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        if self._header_bytes == 0:
            self.transport.close()  # a browser that connected ahead of need
        elif self._reading_headers and not self.transport.is_closing():
            self._say_goodbye(408, "The request headers did not arrive in time.")

    def _say_goodbye(self, status: int, detail: str) -> None:
        """An answer without the application, which never saw the request; then hang up."""
        self._stop_waiting()
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()  # the application may be in the middle of its own answer
            return
        response = error_response(status, detail, {**HEADERS, "Connection": "close"})
        lines = [STATUS_LINE[status]]
        lines += [name + b": " + value + b"\r\n" for name, value in response.raw_headers]
        self.transport.write(b"".join([*lines, b"\r\n", bytes(response.body)]))
        self.transport.close()


def server_options(settings: Settings) -> dict[str, Any]:
    """What uvicorn is told."""
    return {
        "host": settings.host,
        "port": settings.port,
        "http": PatientProtocol,
        "ws": "none",
        "proxy_headers": False,  # the gate believes TRUSTED_PROXIES only
        "server_header": False,
        "access_log": False,  # performance.log has a line per request
        "log_config": None,
        "timeout_keep_alive": KEEP_ALIVE_SECONDS,
        "timeout_graceful_shutdown": SHUTDOWN_SECONDS,
    }


class _Server(uvicorn.Server):
    """uvicorn, that lets live streams end when it is told to stop."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        closing.set()
        super().handle_exit(sig, frame)


def run_api(settings: Settings, *, reload: bool = False) -> None:
    """Serve until told to stop. `reload`: start again when the code changes."""
    app, options = "invoice_ai.api.main:app", server_options(settings)
    if reload:
        uvicorn.run(app, **options, reload=True, reload_dirs=[str(Path(__file__).parents[1])])
        return
    server = _Server(uvicorn.Config(app, **options))
    server.run()
    if not server.started:
        raise SystemExit(3)  # uvicorn has said why
