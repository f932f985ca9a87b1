"""The standard JSON of an invoice: one form for GENERATED_FOLDER, the API and the command line.

Its JSON Schema is `schema.py`; the parts are `domain/serial.py`'s. Whoever changes the form raises
`SCHEMA_VERSION` (the first number when an old reader would stumble) and tells it in CHANGELOG.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from invoice_ai import __version__
from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import FIELDS, ExtractedInvoice
from invoice_ai.domain.pages import MEDIA_TYPES, FileKind, PageRange
from invoice_ai.domain.serial import finding_to_json, invoice_to_json, route_to_json

SCHEMA_VERSION = "1.1"


class Document(Protocol):
    """The received file, as the store keeps it."""

    @property
    def sha256(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> FileKind | None: ...
    @property
    def page_count(self) -> int | None: ...
    @property
    def pages(self) -> PageRange | None: ...


class Record(Protocol):
    """An invoice, as the store hands it out; `extracted` and `route` are None when it failed."""

    @property
    def id(self) -> int: ...
    @property
    def status(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def document(self) -> Document: ...
    @property
    def extracted(self) -> ExtractedInvoice | None: ...
    @property
    def findings(self) -> Sequence[Finding]: ...
    @property
    def route(self) -> Route | None: ...
    @property
    def seconds(self) -> Mapping[str, float]: ...
    @property
    def error_code(self) -> str | None: ...
    @property
    def error_message(self) -> str | None: ...


def invoice_json(record: Record) -> dict[str, Any]:
    """The standard JSON of an invoice in the store; one that failed has an `error`."""
    document = record.document
    data = _envelope(
        {
            "sha256": document.sha256,
            "file_name": document.name,
            "media_type": MEDIA_TYPES[document.kind] if document.kind else None,
            "pages": document.page_count,
            **({"file_pages": list(document.pages)} if document.pages else {}),
            "received_at": _utc(record.received_at),
        },
        record.extracted,
        record.findings,
        record.route,
        record.seconds,
    )
    data.update(id=record.id, status=record.status)
    if record.error_code:
        data["error"] = {"code": record.error_code, "detail": record.error_message or ""}
    return data


def examined_json(
    content: bytes,
    file_name: str,
    *,
    kind: FileKind,
    pages: int,
    invoice: ExtractedInvoice,
    findings: Sequence[Finding],
    route: Route,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """The same of a file that was looked at without a store: no id, never received."""
    document = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "file_name": file_name,
        "media_type": MEDIA_TYPES[kind],
        "pages": pages,
        "received_at": None,
    }
    data = _envelope(document, invoice, findings, route, seconds)
    data["status"] = route.status
    return data


def _envelope(
    document: dict[str, Any],
    invoice: ExtractedInvoice | None,
    findings: Sequence[Finding],
    route: Route | None,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "id": None,
        "status": "",
        "document": document,
        "invoice": None if invoice is None else _in_order(invoice_to_json(invoice)),
        "findings": [finding_to_json(finding) for finding in findings],
        "route": None if route is None else route_to_json(route),
        "processing": {
            "seconds": {stage: round(taken, 4) for stage, taken in seconds.items()},
            "version": __version__,
        },
    }


def _in_order(invoice: dict[str, Any]) -> dict[str, Any]:
    found = invoice["fields"]
    return {**invoice, "fields": {name: found[name] for name in FIELDS if name in found}}


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
