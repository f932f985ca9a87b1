"""One document, read, extracted and checked: the story without a database.

The service, the command line, `invoice_ai.extract` and the evaluation all come through here, so
that what is measured is what runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known
from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import FileKind, Reading
from invoice_ai.errors import BadDocument
from invoice_ai.extraction import extract_invoice
from invoice_ai.extraction.einvoice import read_einvoice
from invoice_ai.extraction.memory import Memory, recall
from invoice_ai.intake import sniff
from invoice_ai.reading import read_document
from invoice_ai.settings import Settings


@dataclass(frozen=True, slots=True)
class Examined:
    """All we know about a document before anybody looked at it.

    `seconds` are wall-clock times by stage: read, extract, check.
    """

    kind: FileKind
    reading: Reading
    invoice: ExtractedInvoice
    findings: tuple[Finding, ...]
    route: Route
    seconds: dict[str, float] = field(default_factory=dict)


def limits_of(settings: Settings) -> Limits:
    """What one document may cost, from the settings."""
    return Limits(
        max_bytes=settings.max_file_size_mb * 1024 * 1024,
        max_pages=settings.max_pages,
        seconds=settings.parse_seconds,
        memory_mb=settings.parse_memory_mb,
    )


def own_company(settings: Settings) -> Known:
    """Who we are, from the settings."""
    return Known(
        own_names=tuple(settings.company_names), own_tax_ids=tuple(settings.company_tax_ids)
    )


def _nothing_known(_invoice: ExtractedInvoice) -> Known:
    return Known()


def _nothing_remembered(_invoice: ExtractedInvoice, _reading: Reading) -> Memory | None:
    return None


def examine(
    content: bytes,
    name: str,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    threshold: float = 0.9,
    today: date | None = None,
    reading: Reading | None = None,
    remember: Callable[[ExtractedInvoice, Reading], Memory | None] = _nothing_remembered,
    look_up: Callable[[ExtractedInvoice], Known] = _nothing_known,
) -> Examined:
    """Read, extract and check one document.

    Args:
        content: The file, byte for byte.
        name: Its name, for messages only; the content decides what it is.
        threshold: Below this confidence a required field goes to a person.
        reading: The pages of this one invoice, where the file holds several and was read before.
        remember: Fetches what corrections taught about this vendor's layout, told by the first look.
        look_up: Fetches what the checks compare this invoice with.
    Raises: BadDocument: too large, encrypted, damaged, hostile or of a type we do not take.
    """
    if len(content) > limits.max_bytes:
        raise BadDocument(
            f"{name} has {len(content) / 2**20:.1f} MB; at most {limits.max_bytes / 2**20:.0f} MB "
            "are accepted. Send a smaller file or raise MAX_FILE_SIZE_MB.",
            code="file_too_large",
        )
    kind = sniff(content[:8192])
    started = time.perf_counter()
    if kind == "xml":
        reading = Reading(pages=())
        read = time.perf_counter()
        invoice = read_einvoice(content)
    else:
        settled = reading is not None
        reading = reading or read_document(content, kind, limits=limits)
        read = time.perf_counter()
        invoice = extract_invoice(reading, one_invoice=settled)
        if memory := remember(invoice, reading):
            invoice = recall(memory, reading, invoice)
    extracted = time.perf_counter()
    findings = check_invoice(
        invoice, today=today or datetime.now(UTC).date(), known=look_up(invoice)
    )
    route = choose_route(invoice, findings, threshold=threshold)
    done = time.perf_counter()
    return Examined(
        kind,
        reading,
        invoice,
        findings,
        route,
        {"read": read - started, "extract": extracted - read, "check": done - extracted},
    )
