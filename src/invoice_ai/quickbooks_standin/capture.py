"""Every exchange as one JSON object a line, without secrets; an independent checker reads it."""

from __future__ import annotations

import base64
import json
import re
from collections import deque
from pathlib import Path
from typing import Any, TextIO

from invoice_ai.quickbooks_standin.exchange import Reply, Request

_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_SECRET_FORM = re.compile(r"((?:^|&)(?:code|refresh_token|client_secret|token)=)[^&]*")
_SECRET_JSON = re.compile(r'("(?:access_token|refresh_token|id_token|token)"\s*:\s*")[^"]*')
_KEPT_IN_MEMORY = 50_000
_LONGEST_IN_MEMORY = 64 * 1024


class Capture:
    """The log in memory (`/_sim/log`), and the file of `--capture`."""

    def __init__(self, file: Path | None = None) -> None:
        self.rows: deque[dict[str, Any]] = deque(maxlen=_KEPT_IN_MEMORY)
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
        if self._file is not None:
            self._file.write(json.dumps(row, ensure_ascii=False) + "\n")
            self._file.flush()
        long = {k for k, v in row.items() if isinstance(v, str) and len(v) > _LONGEST_IN_MEMORY}
        self.rows.append({k: f"({len(v)} characters)" if k in long else v for k, v in row.items()})

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
