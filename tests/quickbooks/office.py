"""An office connected to the stand-in: invoices are approved here and booked there."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from tests.quickbooks_server import CALLBACK, QuickBooksServer
from tests.workflow.conftest import PACE, settings_in

from invoice_ai import workflow
from invoice_ai.domain.findings import Route
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem, TaxLine, Value
from invoice_ai.settings import Settings
from invoice_ai.store import invoices, lifecycle, outbox
from invoice_ai.store.outbox import LinkRow, OutboxRow
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.worker.running import run_claimed
from invoice_ai.workflow import BookingPace, Workplace

# The same order of events as in life, in tenths of seconds.
QUICK = BookingPace(
    grace=0.0, lag=(0.05, 0.1, 0.15), retry=(0.1, 0.1, 0.2, 0.3, 0.5), give_up=60.0, busy=0.1
)


def said(value: Value) -> ExtractedField:
    return ExtractedField(value=value, raw=str(value), confidence=0.99, source="xml")


def an_invoice(
    number: str | None = "INV-1",
    *,
    vendor: str = "Granite Peak Supply Co.",
    net: str = "100.00",
    rate: str = "0",
    currency: str = "USD",
    day: date = date(2026, 11, 2),
    lines: Sequence[tuple[str, str]] = (),
    kind: str = "invoice",
    **more: Value,
) -> ExtractedInvoice:
    """An invoice as it is after review. `lines`: description and net amount."""
    base = Decimal(net)
    tax = (base * Decimal(rate) / 100).quantize(Decimal("0.01"))
    fields: dict[str, Value] = {
        "document_type": kind,
        "invoice_date": day,
        "due_date": date(day.year, 12, 2),
        "currency": currency,
        "vendor_name": vendor,
        "subtotal": base,
        "tax_total": tax,
        "total": base + tax,
        **more,
    }
    if number is not None:
        fields["invoice_number"] = number
    return ExtractedInvoice(
        fields={name: said(value) for name, value in fields.items()},
        lines=tuple(
            LineItem(
                description=said(text), amount=said(Decimal(amount)), tax_rate=said(Decimal(rate))
            )
            for text, amount in lines
        ),
        taxes=(TaxLine(base=said(base), amount=said(tax), rate=said(Decimal(rate))),),
    )


def settings_for(
    folder: Path, server: QuickBooksServer, database_url: str, **more: Any
) -> Settings:
    return settings_in(
        folder, database_url=database_url, quickbooks_base_url=server.address, **more
    )


def sign_in(place: Workplace, realm: str, *, actor: str = "ana") -> None:
    """Connect as a person with a browser does."""
    address, browser = workflow.begin_login(place)
    answer = httpx2.get(f"{address}&auto=approve&realm={realm}")
    assert answer.status_code == 302, answer.text
    back = {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    assert answer.headers["location"].startswith(CALLBACK)
    workflow.finish_login(
        place,
        state=back["state"],
        browser=browser,
        code=back["code"],
        realm=back["realmId"],
        error="",
        actor=actor,
    )


@dataclass
class Office:
    place: Workplace
    server: QuickBooksServer
    realm: str

    def approve(
        self,
        invoice: ExtractedInvoice,
        *,
        automatic: bool = False,
        pace: BookingPace = QUICK,
        vendor_id: int | None = None,
    ) -> int:
        """An approved invoice, on its way to QuickBooks."""
        return approve(self.place, invoice, automatic=automatic, pace=pace, vendor_id=vendor_id)

    def work(self, *, rounds: int = 200, pace: BookingPace = QUICK) -> None:
        """Do all that is due, and what becomes due soon, as a worker does."""
        for _ in range(rounds):
            job = workflow.take_job(self.place, worker="test", lease_seconds=30)
            if job is None:
                with self.place.database.reading() as session:
                    if outbox.counts(session).keys().isdisjoint(outbox.OPEN):
                        return
                time.sleep(0.05)
                continue
            run(self.place, job, pace)

    def record(self, invoice_id: int) -> InvoiceRecord:
        with self.place.database.reading() as session:
            return invoices.load(session, invoice_id)

    def row(self, invoice_id: int) -> OutboxRow:
        with self.place.database.reading() as session:
            return outbox.load(session, invoice_id)

    def link(self, invoice_id: int) -> LinkRow | None:
        with self.place.database.reading() as session:
            return outbox.link_of(session, invoice_id)

    def booked(self, invoice_id: int) -> list[dict[str, Any]]:
        """What QuickBooks has of this invoice."""
        return self.server.documents(marker=self.row(invoice_id).marker, realm=self.realm)

    def booked_number(self, number: str) -> int:
        """How many transactions in QuickBooks have this number."""
        return len(self.server.documents(number=number, realm=self.realm))

    def posts(self, path: str) -> list[dict[str, Any]]:
        return self.server.calls(path, "POST")


def run(place: Workplace, job: Any, pace: BookingPace = QUICK) -> None:
    step = partial(workflow.book, pace=pace) if job.kind == "sync" else workflow.run_job
    run_claimed(place, job, PACE, step=step)


def approve(
    place: Workplace,
    invoice: ExtractedInvoice,
    *,
    automatic: bool = False,
    pace: BookingPace = QUICK,
    content: bytes | None = None,
    vendor_id: int | None = None,
) -> int:
    number = invoice.text("invoice_number") or "none"
    content = content or b"%PDF-1.4 " + hashlib.sha256(repr(invoice).encode()).digest()
    sha256, size = place.files.keep(BytesIO(content))
    with place.database.writing() as session:
        found = lifecycle.add(
            session,
            sha256=sha256,
            kind="pdf",
            size=size,
            file_name=f"{number}.pdf",
            origin="upload",
            actor="test",
        )
        lifecycle.move(session, found.invoice_id, "processing", actor="worker")
        lifecycle.save_extraction(
            session,
            found.invoice_id,
            revision=1,
            kind="pdf",
            page_count=1,
            extracted=invoice,
            findings=(),
            route=Route("approved", 0.99),
            seconds={},
        )
        lifecycle.move(session, found.invoice_id, "approved", actor="worker")
        workflow.request_booking(
            place,
            session,
            found.invoice_id,
            actor="test",
            automatic=automatic,
            revision=1,
            document_type=invoice.text("document_type"),
            vendor_id=vendor_id,
            pace=pace,
        )
    return found.invoice_id
