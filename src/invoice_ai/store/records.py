"""What the store hands out: frozen values, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.pages import FileKind, PageRange
from invoice_ai.domain.status import Status


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """An invoice as lists show it. `reason` is the first of `reason_count` reasons for review."""

    id: int
    status: Status
    version: int
    vendor_name: str | None
    invoice_number: str | None
    invoice_date: date | None
    due_date: date | None
    currency: str | None
    total: Decimal | None
    confidence: float | None
    reason: str
    reason_count: int
    file_name: str
    kind: FileKind | None
    origin: str
    received_at: datetime
    updated_at: datetime
    error_code: str | None
    error_message: str | None
    error_retryable: bool
    vendor_id: int | None
    decision: str | None
    assignee: str | None
    claimed_by: str | None
    claimed_until: datetime | None
    parked_at: datetime | None
    sampled: bool


@dataclass(frozen=True, slots=True)
class InvoicePage:
    """One page of a list; `next` asks for the following one. `total` stops at 10 000."""

    rows: tuple[InvoiceRow, ...]
    next: str | None
    total: int


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """The file of an invoice; `kind` None says that we do not take its type.

    `pages` are those of the file which are this invoice, None: all; `page_count` is how many they
    are, `file_page_count` how many the file has.
    """

    sha256: str
    name: str
    kind: FileKind | None
    size: int
    page_count: int | None
    pages: PageRange | None = None
    file_page_count: int | None = None


@dataclass(frozen=True, slots=True)
class Sibling:
    """One of the invoices that lie in one file."""

    id: int
    status: Status
    version: int
    pages: PageRange | None  # None: all


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """What went wrong in one step."""

    id: int
    step: str
    code: str
    message: str
    retryable: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One change of state; `from_status` None: it was received."""

    id: int
    from_status: Status | None
    to_status: Status
    version: int
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceRecord(InvoiceRow):
    """An invoice with everything we know; `extracted` and `route` are None until it was read.

    `extracted` holds what people corrected, `read` what was read before anybody looked.
    """

    revision: int
    document: DocumentRecord
    extracted: ExtractedInvoice | None
    findings: tuple[Finding, ...]
    route: Route | None
    read: ExtractedInvoice | None
    seconds: dict[str, float]
    exported_to: str | None
    errors: tuple[ErrorRow, ...]
    history: tuple[HistoryRow, ...]


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    """One thing a person changed; `old` and `new` are values with their evidence, as JSON."""

    id: int
    revision: int
    kind: str
    field: str
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    actor: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Statistics:
    """Guide B's numbers; deleted invoices do not count. `processing` are in work now."""

    total_processed: int
    successful: int
    failed: int
    pending: int
    processing: int
    average_processing_seconds: float | None
    last_processed_at: datetime | None


@dataclass(frozen=True, slots=True)
class FailedGroup:
    """Failed invoices with the same kind of error; `rows` are the newest 50 of `count`."""

    code: str
    message: str
    count: int
    retryable: bool
    rows: tuple[InvoiceRow, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A change of state for live lists; `id` grows and never returns."""

    id: int
    invoice_id: int
    from_status: Status | None
    to_status: Status
    at: datetime
    actor: str
    reason: str
    file_name: str
    vendor_name: str | None
    error_message: str | None
