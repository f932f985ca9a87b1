"""Every fault of QuickBooks × every place where a worker can die → exactly one bill.

One lab is a stand-in, a database and a crew of worker processes; a case arms one fault there and one
point here, approves an invoice of a new vendor, waits until nothing moves any more and looks.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import update
from tests.quickbooks.crew import BOOKING, hurry
from tests.quickbooks.office import an_invoice, approve, settings_for, sign_in
from tests.quickbooks_server import US, QuickBooksServer
from tests.servers import die_with_parent

from invoice_ai import workflow
from invoice_ai.quickbooks_standin.faults import FAULTS, STEPS, FaultKind
from invoice_ai.store import invoices, outbox
from invoice_ai.store.tables import qb_connection
from invoice_ai.store.types import db_now
from invoice_ai.workflow import Workplace

ROOT = Path(__file__).parents[2]

# Where a worker can die (quickbooks.md §7.3), in the order in which they are passed.
POINTS: tuple[str, ...] = (
    "token_before_call",
    "token_after_call",
    "vendor_before_call",
    "vendor_after_call",
    "booking_before_mark",
    "booking_before_call",
    "booking_after_call",
    "booking_after_commit",
    "attach_before_call",
    "attach_after_call",
    "booking_before_done",
)
CALLS: tuple[str, ...] = ("query", "vendor", "bill", "upload", "token")
# The server itself makes two of one request: nobody outside can prevent that, only tell it.
TWICE = "duplicate_commit"
PATIENCE_SECONDS = 120.0


@dataclass(frozen=True)
class Case:
    """A fault of QuickBooks (or none) at a call, and a worker that dies at a point (or none)."""

    fault: FaultKind | None
    call: str
    point: str | None

    def __str__(self) -> str:
        there = f"{self.fault.name} at {self.call}" if self.fault else "no fault"
        return f"{there}, {f'killed at {self.point}' if self.point else 'nobody dies'}"


def all_cases() -> list[Case]:
    cases = [Case(None, "bill", point) for point in POINTS]
    for fault in FAULTS:
        for call in CALLS:
            cases += [Case(fault, call, point) for point in (None, *POINTS)]
    return cases


def some_cases() -> list[Case]:
    """Every point alone, and half of the faults where they hurt most, each with a death."""
    cases = [Case(None, "bill", point) for point in POINTS]
    for n, fault in enumerate(FAULTS[1::2]):
        call = "token" if "refresh" in fault.name else "upload" if n % 4 == 3 else "bill"
        cases.append(Case(fault, call, POINTS[(n + 5) % len(POINTS)]))
    return cases


@dataclass
class Lab:
    """`close` ends all its processes."""

    folder: Path
    database_url: str
    redis_url: str = ""
    workers: int = 2
    hurry: bool = True  # the outside world's clocks run faster
    number: int = 0
    server: QuickBooksServer = field(init=False)
    place: Workplace = field(init=False)
    crew: subprocess.Popen[bytes] | None = None

    def open(self) -> Lab:
        kept = ["--state", str(self.folder / "quickbooks.db")]
        self.server = QuickBooksServer(self.folder / "quickbooks", kept if not self.hurry else [])
        self.server.start()
        if self.hurry:
            self.server.no_limits()
            hurry()
        self.place = workflow.open_workplace(
            settings_for(self.folder, self.server, self.database_url, redis_url=self.redis_url)
        )
        sign_in(self.place, US)
        workflow.set_rules(
            self.place, publish="on_approval", default_account="1", pay_from="", actor="test"
        )
        self.start_crew()
        return self

    def start_crew(self) -> None:
        self.faults.mkdir(exist_ok=True)
        command = [sys.executable, str(Path(__file__).with_name("crew.py")), str(self.folder)]
        command += [self.database_url, self.server.address, str(self.workers)]
        with (self.folder / "crew.log").open("ab") as log:
            self.crew = subprocess.Popen(
                [*command, *([self.redis_url] if self.redis_url else [])],
                stdout=log,
                stderr=log,
                env={
                    **os.environ,
                    "CREW_HURRIES": str(int(self.hurry)),
                    "INVOICE_AI_FAULT_FOLDER": str(self.faults),
                    "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "src"))),
                },
                preexec_fn=partial(die_with_parent),
            )

    def kill_crew(self) -> None:
        """kill -9 of all of them at once."""
        if self.crew is not None:
            self.crew.kill()
            self.crew.wait(10)
            self.crew = None

    def close(self) -> None:
        self.kill_crew()
        workflow.close_workplace(self.place)
        self.server.stop()

    @property
    def faults(self) -> Path:
        return self.folder / "faults"

    # --- one case ---

    def run(self, case: Case) -> str:
        """Returns what is wrong; "" when all is as it must be."""
        self.number += 1
        number = f"M-{self.number}"
        vendor = f"{_spelled(self.number)} Works"
        if case.call == "token" or (case.point or "").startswith("token"):
            self.let_token_end()
        for old in self.faults.iterdir():
            old.unlink()
        if case.fault is not None:
            self.server.fault(case.fault.action, **STEPS[case.call])
        if case.point is not None:
            beside = self.faults / "next"
            beside.write_text(f"{case.point}:kill")
            beside.rename(self.faults / "armed")
        invoice_id = approve(
            self.place,
            an_invoice(number, vendor=vendor, net=f"{100 + self.number}.00"),
            automatic=True,
            pace=BOOKING,
        )
        try:
            self.wait(invoice_id)
            return self.judge(case, invoice_id, vendor)
        finally:
            self.server.control("DELETE", "faults")
            self.server.settings(requestid_mode="replay")
            (self.faults / "armed").unlink(missing_ok=True)

    def let_token_end(self) -> None:
        with self.place.database.writing() as session:
            session.execute(update(qb_connection).values(access_expires_at=db_now(1.0)))

    def wait(self, invoice_id: int) -> None:
        """Until it is done; what a person would do meanwhile is done by one."""
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            with self.place.database.reading() as session:
                row = outbox.load(session, invoice_id)
            if row.state == "done":
                return
            if row.state in ("needs_user", "needs_attention"):
                self.server.control("DELETE", "faults")
                workflow.book_now(self.place, invoice_id, actor="a person")
            if workflow.connection_status(self.place).state == "needs_reconnect":
                self.server.control("DELETE", "faults")
                sign_in(self.place, US)
            time.sleep(0.05)

    def judge(self, case: Case, invoice_id: int, vendor: str) -> str:
        with self.place.database.reading() as session:
            row = outbox.load(session, invoice_id)
            link = outbox.link_of(session, invoice_id)
            status = invoices.load(session, invoice_id).status
        bills = self.server.documents(marker=row.marker)
        wrong = []
        if row.state != "done" or status != "synced":
            wrong.append(f"it is {row.state} ({row.last_message}), the invoice {status}")
        twice = case.fault is not None and case.fault.name == TWICE and case.call == "bill"
        if len(bills) != 1 and not (twice and len(bills) == 2):
            wrong.append(f"{len(bills)} bills")
        if link is None or link.qbo_id not in {bill["Id"] for bill in bills}:
            wrong.append("the link leads elsewhere")
        vendors = {bill["VendorRef"]["value"] for bill in bills}
        twins = case.fault is not None and case.fault.name == TWICE and case.call == "vendor"
        if len(vendors) != 1 and not twins:
            wrong.append(f"{len(vendors)} vendors")
        if case.point is not None and (self.faults / "armed").exists() and case.fault is None:
            wrong.append(f"{case.point} was never reached")
        return "; ".join(wrong)


def _spelled(number: int) -> str:
    """A name like no other, without digits: those look alike to whoever compares vendors."""
    digest = hashlib.sha256(str(number).encode()).digest()
    return "".join(chr(ord("a") + byte % 26) for byte in digest[:16]).capitalize()


def run_all(lab: Lab, cases: list[Case]) -> dict[str, str]:
    """What is wrong, by case."""
    wrong: dict[str, Any] = {}
    for case in cases:
        told = lab.run(case)
        if told:
            wrong[str(case)] = told
    return wrong
