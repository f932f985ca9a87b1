"""A request and its reply, plain values: what the stand-in decides on and what it captures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invoice_ai.quickbooks_standin.shelves import to_json


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    address: str  # http://127.0.0.1:9100, as the caller knows us


@dataclass(slots=True)
class Reply:
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @classmethod
    def json(cls, status: int, value: Any, headers: Mapping[str, str] | None = None) -> Reply:
        kind = {"Content-Type": "application/json;charset=UTF-8"}
        return cls(status, kind | dict(headers or {}), to_json(value).encode())
