"""Hard limits of one question: wall-clock time and bytes, whatever the client library allows.

A read timeout is no limit: a service that sends one byte every ten seconds never meets it.
"""

from __future__ import annotations

import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

MOST_ANSWER_BYTES = 2 * 1024 * 1024  # 2,000 tokens streamed as JSON lines are about 0.4 MB
CONNECT_SECONDS = 10.0


class TooMuchAnswer(Exception):
    """The service sent more than `MOST_ANSWER_BYTES`."""


def within(seconds: float, call: Callable[[], T]) -> T:
    """Run `call` in a thread of its own and wait for at most `seconds`.

    A thread that is late is left behind; its connection has the same limits (`client`), so it
    ends by itself.

    Raises: TimeoutError; or whatever `call` raises.
    """
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(call())
        except BaseException as error:  # handed to the caller, whatever it is
            failed.append(error)

    thread = threading.Thread(target=run, name="ask-model", daemon=True)
    thread.start()
    thread.join(max(0.0, seconds))
    if failed:
        raise failed[0]
    if not done:
        raise TimeoutError(f"no answer within {seconds:.0f} s")
    return done[0]


def client_options(http: ModuleType, url: str, *, until: float) -> dict[str, Any]:
    """Arguments for a client of httpx, or of httpx2, which has the same names.

    No redirects (a question holds a document), certificates are verified, proxies of the
    environment are used, and the transport cuts off what is too late or too long.
    """
    # One question, one connection: nothing is left open that nobody closes.
    once = http.Limits(max_keepalive_connections=0)
    transport = _limited(http, until)(proxy=_proxy(url), limits=once)
    return {"transport": transport, "follow_redirects": False}


def _limited(http: Any, until: float) -> Any:
    class Limited(http.SyncByteStream):  # type: ignore[misc]
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __iter__(self) -> Iterator[bytes]:
            taken = 0
            for chunk in self.inner:
                taken += len(chunk)
                if taken > MOST_ANSWER_BYTES:
                    raise TooMuchAnswer
                if time.monotonic() > until:
                    raise http.ReadTimeout("too late")
                yield chunk

        def close(self) -> None:
            self.inner.close()

    class Transport(http.HTTPTransport):  # type: ignore[misc]
        def handle_request(self, request: Any) -> Any:
            left = until - time.monotonic()
            if left <= 0:
                raise http.ReadTimeout("too late")
            request.extensions["timeout"] = {
                "connect": min(left, CONNECT_SECONDS),
                "read": left,
                "write": left,
                "pool": left,
            }
            response = super().handle_request(request)
            response.stream = Limited(response.stream)
            return response

    return Transport


def _proxy(url: str) -> str | None:
    """The proxy that the environment names for this address."""
    parts = urlsplit(url)
    if urllib.request.proxy_bypass(parts.hostname or ""):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")
