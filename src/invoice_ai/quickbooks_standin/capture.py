"""Every exchange as one JSON object a line, without secrets; an independent checker reads it."""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from invoice_ai.quickbooks_standin.exchange import Reply, Request

_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_SECRET_FORM = re.compile(r"((?:^|&)(?:code|refresh_token|client_secret|token)=)[^&]*")
_SECRET_JSON = re.compile(r'("(?:access_token|refresh_token|id_token|token)"\s*:\s*")[^"]*')
_MOST_IN_MEMORY = 128 * 1024 * 1024  # characters of the log; the oldest go first


class Capture:
    """The log in memory (`/_sim/log`, when somebody may ask for it), and the file of `--capture`."""

    def __init__(self, file: Path | None, *, in_memory: bool) -> None:
        self._rows: deque[str] = deque()
        self._in_memory, self._size = in_memory, 0
        self._file: TextIO | None = file.open("a", encoding="utf-8") if file else None

    def note(
        self, at: str, request: Request, reply: Reply | None, injected: list[str], tid: str
    ) -> None:
        """`reply` None: the caller got no answer. Its fields: at, method, path, query, headers,
        body or body_b64, status, response or response_b64, tid, faults."""
        row: dict[str, Any] = {
            "at": at,
            "method": request.method,
            "path": request.path,
            "query": {k: "…" if k == "code" else v for k, v in request.query.items()},
            "headers": {k: v for k, v in request.headers.items() if k not in _SECRET_HEADERS},
            **_content("body", request.body, request.headers.get("content-type", "")),
            "status": reply.status if reply else None,
        }
        if reply is not None:
            row |= _content("response", reply.body, reply.headers.get("Content-Type", ""))
        row |= {"tid": tid, "faults": injected}
        line = json.dumps(row, ensure_ascii=False)
        if self._file is not None:
            self._file.write(line + "\n")
            self._file.flush()
        if self._in_memory:
            self._rows.append(line)
            self._size += len(line)
        while self._size > _MOST_IN_MEMORY:
            self._size -= len(self._rows.popleft())

    def rows(self) -> Iterator[dict[str, Any]]:
        """What is still in memory, oldest first."""
        return map(json.loads, self._rows)

    def forget(self) -> None:
        self._rows.clear()
        self._size = 0

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _content(name: str, content: bytes, kind: str) -> dict[str, Any]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {f"{name}_b64": base64.b64encode(content).decode()}
    if "urlencoded" in kind:
        text = _SECRET_FORM.sub(r"\1…", text)
    elif "json" in kind:
        text = _SECRET_JSON.sub(r"\1…", text)
    return {name: text}
