"""A US, a British and a Canadian company from the first sign-in to the last look, every word captured.

    python benchmarks/booking_rehearsal.py [--into FOLDER] [--country us|gb|ca]

For each company the stand-in (with --capture) and the whole service are started as a person would
start them. Invoices are dropped into the folder, read, corrected and approved by the API, booked as
bills, a vendor credit and an expense, with their files; then corrected and booked again, paid, changed
and deleted in QuickBooks, which tells so by webhook; a token ends, a line is cut, a refusal and a 503
come in between. FOLDER gets us.jsonl, gb.jsonl and ca.jsonl, one exchange a line, which
tests/quickbooks_standin/checker.py judges. Writes results/booking_rehearsal.json.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from reportlab.pdfgen.canvas import Canvas

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
from tests.quickbooks_server import CA, GB, US, QuickBooksServer  # noqa: E402
from tests.quickbooks_standin.checker import findings  # noqa: E402
from tests.servers import die_with_parent, free_port  # noqa: E402

VERIFIER = "verifier-of-the-rehearsal"
COUNTRIES = {US: "US", GB: "GB", CA: "CA"}
PATIENCE_SECONDS = 90.0
_PASSED = "Looked at in the rehearsal."


@dataclass(frozen=True)
class Paper:
    """An invoice as it is printed, and as a person would correct it."""

    number: str
    vendor: str
    currency: str
    lines: tuple[tuple[str, str], ...]
    rate: str
    tax: str
    total: str
    day: str = "2026-11-02"
    kind: str = "Invoice"
    paid: bool = False

    def pdf(self) -> bytes:
        file = io.BytesIO()
        sheet = Canvas(file, pagesize=(595, 842), invariant=True)
        net = f"{sum(float(amount) for _, amount in self.lines):.2f}"
        printed = [
            (50, 790, self.vendor),
            (50, 775, "12 Quarry Road"),
            (50, 700, f"{self.kind} number: {self.number}"),
            (50, 685, f"{self.kind} date: {self.day}"),
            (50, 600, "Description"),
            (500, 600, "Amount"),
            (400, 420, "Net"),
            (500, 420, net),
            (400, 405, f"Tax {self.rate}%"),
            (500, 405, self.tax),
            (400, 390, f"Total {self.currency}"),
            (500, 390, self.total),
        ]
        for row, (text, amount) in enumerate(self.lines):
            printed += [(50, 580 - 16 * row, text), (500, 580 - 16 * row, amount)]
        if self.paid:
            printed += [(400, 375, "Paid by card"), (500, 375, self.total)]
        for x, y, text in printed:
            sheet.drawString(x, y, text)
        sheet.save()
        return file.getvalue()

    def truth(self) -> dict[str, str]:
        """What a person makes of it, by field."""
        net = f"{sum(float(amount) for _, amount in self.lines):.2f}"
        told = {
            "invoice_number": self.number,
            "invoice_date": self.day,
            "due_date": "2026-12-02",
            "vendor_name": self.vendor,
            "currency": self.currency,
            "subtotal": net,
            "tax_total": self.tax,
            "total": self.total,
            "document_type": {"Credit note": "credit_note", "Receipt": "receipt"}.get(
                self.kind, "invoice"
            ),
        }
        due = (
            {"paid": self.total, "amount_due": "0.00"}
            if self.paid
            else {"paid": "", "amount_due": ""}
        )
        return told | due


@dataclass(frozen=True)
class Office:
    """A company and what arrives there."""

    realm: str
    account: str
    card: str
    bill: Paper
    known: Paper
    credit: Paper
    receipt: Paper
    long_number: Paper
    more: tuple[Paper, ...]


US_OFFICE = Office(
    US,
    account="1",
    card="36",
    bill=Paper(
        "QR-1001",
        "Quarry Road Tools LLC",
        "USD",
        (("Drill bits", "60.00"), ("Safety gloves", "40.00")),
        "8.25",
        "8.25",
        "108.25",
    ),
    known=Paper(
        "GP-77", "Granite Peak Supply Co.", "USD", (("Gravel", "310.50"),), "0", "0.00", "310.50"
    ),
    credit=Paper(
        "QR-CN-9",
        "Quarry Road Tools LLC",
        "USD",
        (("Returned drill bits", "20.00"),),
        "0",
        "0.00",
        "20.00",
        kind="Credit note",
    ),
    receipt=Paper(
        "R-5501",
        "Corner Stationery",
        "USD",
        (("Envelopes", "12.40"),),
        "0",
        "0.00",
        "12.40",
        kind="Receipt",
        paid=True,
    ),
    long_number=Paper(
        "2026/NORTHWEST/0000000451",
        "O'Brien \\ Söhne & Co #1",
        "USD",
        (("Couriers", "75.00"),),
        "0",
        "0.00",
        "75.00",
    ),
    more=tuple(
        Paper(
            f"BH-{n}",
            "Blue Heron Couriers",
            "USD",
            (("Parcels", f"{n}.00"),),
            "0",
            "0.00",
            f"{n}.00",
        )
        for n in (31, 32, 33)
    ),
)
GB_OFFICE = Office(
    GB,
    account="1",
    card="36",
    bill=Paper(
        "QR-2001",
        "Quarry Road Tools Ltd",
        "GBP",
        (("Drill bits", "60.00"), ("Safety gloves", "40.00")),
        "20",
        "20.00",
        "120.00",
    ),
    known=Paper(
        "TE-77", "Tischlerei Eichblatt", "EUR", (("Shelves", "250.00"),), "20", "50.00", "300.00"
    ),
    credit=Paper(
        "QR-CN-9",
        "Quarry Road Tools Ltd",
        "GBP",
        (("Returned drill bits", "20.00"),),
        "20",
        "4.00",
        "24.00",
        kind="Credit note",
    ),
    receipt=Paper(
        "R-5501",
        "Corner Stationery",
        "GBP",
        (("Envelopes", "10.00"),),
        "20",
        "2.00",
        "12.00",
        kind="Receipt",
        paid=True,
    ),
    long_number=Paper(
        "2026/NORTHWEST/0000000451",
        "Fenwick Paper Mills Ltd",
        "GBP",
        # 20 % of 33.33 and 33.34 by line is 13.34, of both together 13.33.
        (("Paper A4", "33.33"), ("Paper A3", "33.34")),
        "20",
        "13.34",
        "80.01",
    ),
    more=tuple(
        Paper(
            f"AL-{n}",
            "Atelier Lumière SARL",
            "EUR",
            (("Prints", f"{n}.00"),),
            "5",
            f"{n * 5 / 100:.2f}",
            f"{n * 105 / 100:.2f}",
        )
        for n in (31, 32, 33)
    ),
)
CA_OFFICE = Office(
    CA,
    account="1",
    card="36",
    bill=Paper(
        "QR-3001",
        "Quarry Road Tools Inc.",
        "CAD",
        (("Drill bits", "60.00"), ("Safety gloves", "40.00")),
        "5",
        "5.00",
        "105.00",
    ),
    known=Paper(
        "PS-77", "Prairie Sky Freight", "CAD", (("Freight", "200.00"),), "12", "24.00", "224.00"
    ),
    credit=Paper(
        "QR-CN-9",
        "Quarry Road Tools Inc.",
        "CAD",
        (("Returned drill bits", "20.00"),),
        "5",
        "1.00",
        "21.00",
        kind="Credit note",
    ),
    receipt=Paper(
        "R-5501",
        "Corner Stationery",
        "CAD",
        (("Envelopes", "10.00"),),
        "13",
        "1.30",
        "11.30",
        kind="Receipt",
        paid=True,
    ),
    long_number=Paper(
        "2026/NORTHWEST/0000000451",
        "Laurentide Papeterie",
        "CAD",
        (("Paper", "100.00"),),
        "14.975",
        "14.98",
        "114.98",
    ),
    more=tuple(
        Paper(
            f"PS-{n}",
            "Prairie Sky Freight",
            "CAD",
            (("Freight", f"{n}.00"),),
            "5",
            f"{n * 5 / 100:.2f}",
            f"{n * 105 / 100:.2f}",
        )
        for n in (31, 32, 33)
    ),
)
OFFICES = {"us": US_OFFICE, "gb": GB_OFFICE, "ca": CA_OFFICE}


@dataclass
class Rehearsal:
    """One company: the stand-in and the service, and what a person does there."""

    office: Office
    folder: Path
    capture: Path
    server: QuickBooksServer = field(init=False)
    api: httpx2.Client = field(init=False)
    address: str = ""

    @contextmanager
    def running(self) -> Iterator[Rehearsal]:
        self.server = QuickBooksServer(self.folder / "standin", ["--capture", str(self.capture)])
        self.server.start()
        service = None
        try:
            port = free_port()
            self.address = f"http://127.0.0.1:{port}"
            service = self._serve(port)
            with httpx2.Client(base_url=self.address, timeout=60) as self.api:
                wait_until(self._healthy, "the service answers")
                yield self
        finally:
            if service is not None:
                service.send_signal(signal.SIGTERM)
                service.wait(60)
            self.server.stop()

    def _serve(self, port: int) -> subprocess.Popen[bytes]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        environment = kept | {
            "PYTHONPATH": str(ROOT / "src"),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PROCESSING_INTERVAL_SECONDS": "1",
            "QUICKBOOKS_BASE_URL": self.server.address,
            "QUICKBOOKS_CLIENT_ID": "rehearsal",
            "QUICKBOOKS_CLIENT_SECRET": "rehearsal",
            "QUICKBOOKS_REDIRECT_URI": f"{self.address}/api/auth/qb/callback",
            "QUICKBOOKS_WEBHOOK_TOKEN": VERIFIER,
        }
        with (self.folder / "service.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "invoice_ai.cli", "serve"],
                cwd=self.folder,
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent),
            )

    def _healthy(self) -> bool:
        try:
            return self.api.get("/health").status_code == 200
        except httpx2.TransportError:
            return False

    # --- what a person does ---

    def connect(self) -> None:
        left = self.api.get("/api/auth/qb/login").headers["location"]
        back = httpx2.get(f"{left}&auto=approve&realm={self.office.realm}").headers["location"]
        assert self.api.get(back).status_code == 303
        rules = {"publish": "on_approval", "default_account": self.office.account}
        rules["pay_from"] = self.office.card
        assert self.api.put("/api/quickbooks/rules", json=rules).status_code == 200
        hook = {"url": f"{self.address}/api/quickbooks/webhook", "verifier": VERIFIER}
        self.server.control("POST", "webhooks", json=hook)

    def receive(self, papers: list[Paper]) -> dict[str, str]:
        """Drop the files into the folder; file id by invoice number once they are read."""
        incoming = self.folder / "incoming"
        incoming.mkdir(exist_ok=True)
        names = {}
        for paper in papers:
            name = re.sub(r"\W+", "-", paper.number) + ".pdf"
            names[name] = paper.number
            (incoming / f".{name}").write_bytes(paper.pdf())
            (incoming / f".{name}").rename(incoming / name)
        found: dict[str, str] = {}

        def read() -> bool:
            rows = self.api.get("/api/results", params={"limit": 100}).json()["results"]
            for row in rows:
                if row["filename"] in names and row["status"] == "successful":
                    found[names[row["filename"]]] = row["file_id"]
            return len(found) == len(papers)

        wait_until(read, f"{len(papers)} invoices are read")
        return found

    def approve(self, file_id: str, paper: Paper, **more: str) -> None:
        """Correct what is not as printed, confirm what is in doubt, let the rest pass, approve."""
        path = f"/api/results/{file_id}"
        for _ in range(6):
            desk = self.api.get(f"{path}/review").json()
            if desk["status"] in ("approved", "synced", "sync_failed"):
                return  # of a vendor known by now, and nothing in doubt
            shown = {value["name"]: value for group in desk["groups"] for value in group["values"]}
            changes = [
                {"kind": "set", "field": name, "text": text}
                for name, text in (paper.truth() | more).items()
                if self._differs(path, shown.get(name), name, text)
            ]
            settled = {change["field"] for change in changes}
            for value in [
                *shown.values(),
                *(
                    cell
                    for table in ("lines", "taxes")
                    for row in desk[table]["rows"]
                    for cell in row
                ),
            ]:
                if value["state"] in ("look", "bad") and value["name"] not in settled:
                    changes.append({"kind": "confirm", "field": value["name"]})
            wish = {
                "version": desk["version"],
                "changes": changes,
                "let_pass": {c["key"]: _PASSED for c in desk["checks"] if c["key"]},
            }
            answer = self.api.patch(f"{path}/review", json=wish)
            assert answer.status_code == 200, answer.text
            decided = self.api.post(f"{path}/approve", json={})
            if decided.status_code == 200:
                return
        raise AssertionError(f"{paper.number} cannot be approved: {decided.text}")

    def _differs(self, path: str, value: dict[str, Any] | None, name: str, text: str) -> bool:
        asked = {"field": name, "text": text, "printed": False}
        shown = self.api.post(f"{path}/preview", json=asked)
        assert shown.status_code == 200, shown.text
        return (value or {}).get("text", "") != shown.json()["shown"]

    def booked(self, file_id: str, state: str = "") -> dict[str, Any]:
        """Wait until it is in QuickBooks (and as `state` says)."""
        told: dict[str, Any] = {}

        def there() -> bool:
            told.update(self.api.get(f"/api/results/{file_id}/booking").json())
            if told["state"] == "needs_user" and told["code"] == "tax_unsure":
                first = told["questions"][0]["choices"][0][0]
                self.decide(file_id, {"tax_code": first})
            done = told["state"] == "done" and told["booked_as"] is not None
            return done and (not state or told["booked_as"]["state"] == state)

        wait_until(there, lambda: f"{file_id} is {state or 'booked'}: {told}")
        return told

    def decide(self, file_id: str, choices: dict[str, Any]) -> None:
        answer = self.api.put(f"/api/results/{file_id}/booking", json=choices)
        assert answer.status_code == 200, answer.text

    # --- the play ---

    def play(self) -> None:
        office = self.office
        self.connect()
        papers = [office.bill, office.known, office.credit, office.receipt, office.long_number]
        ids = self.receive(papers)
        for paper in papers:
            self.approve(ids[paper.number], paper)
        bookings = {paper.number: self.booked(ids[paper.number]) for paper in papers}
        kinds = [bookings[paper.number]["booked_as"]["entity"] for paper in papers]
        assert kinds == ["Bill", "Bill", "VendorCredit", "Purchase", "Bill"], kinds
        assert all(b["booked_as"]["attachment"] == "attached" for b in bookings.values())

        self._correct(ids[office.bill.number])
        self._follow(ids, bookings)
        self._stumble()
        assert self.api.post("/api/auth/qb/disconnect").status_code == 200

    def _correct(self, file_id: str) -> None:
        """A mistake is found after booking: the same bill is updated."""
        before = self.api.get(f"/api/results/{file_id}/booking").json()["booked_as"]
        assert self.api.post(f"/api/results/{file_id}/booking/reopen").status_code == 200
        self.approve(file_id, self.office.bill, due_date="2026-12-09")
        after = self.booked(file_id)["booked_as"]
        assert after["id"] == before["id"]
        (there,) = self.server.documents(number=self.office.bill.number, realm=self.office.realm)
        assert there["DueDate"] == "2026-12-09", there

    def _follow(self, ids: dict[str, str], bookings: dict[str, dict[str, Any]]) -> None:
        """What people do in QuickBooks; it tells by webhook that something happened."""
        deeds = {
            self.office.known.number: ("pay_bill", "paid"),
            self.office.long_number.number: ("edit_bill", "changed"),
            self.office.credit.number: ("delete_bill", "deleted"),
        }
        for number, (deed, state) in deeds.items():
            there = bookings[number]["booked_as"]
            more: dict[str, Any] = {"id": there["id"], "entity": there["entity"]}
            if deed == "edit_bill":
                more["changes"] = {"DocNumber": "RETYPED-1"}
            self.server.user(deed, self.office.realm, **more)
            self.booked(ids[number], state)

    def _stumble(self) -> None:
        """An hour later: the token has ended, a line is cut, a refusal, a service that is away."""
        self.server.advance(3700)
        troubles: list[tuple[Any, dict[str, str]]] = [
            ("drop_after_commit", {"method": "POST", "path": "/bill$"}),
            ({"fault": "6000", "detail": "Refused once."}, {"method": "POST", "path": "/bill$"}),
            ({"status": 503}, {"method": "POST", "path": "/upload$"}),
        ]
        for paper, (action, match) in zip(self.office.more, troubles, strict=True):
            self.server.fault(action, **match)
            file_id = self.receive([paper])[paper.number]
            self.approve(file_id, paper)
            if "fault" in action:
                wait_until(partial(self._asks, file_id), partial(self._told, file_id))
                answer = self.api.post(f"/api/results/{file_id}/booking/book")
                assert answer.status_code == 202, answer.text
            self.booked(file_id)
            assert len(self.server.documents(number=paper.number, realm=self.office.realm)) == 1

    def _told(self, file_id: str) -> str:
        print(json.dumps(self.api.get(f"/api/results/{file_id}").json())[:6000])
        return self.api.get(f"/api/results/{file_id}/booking").text

    def _asks(self, file_id: str) -> bool:
        told = self.api.get(f"/api/results/{file_id}/booking").json()
        if told["code"] == "tax_unsure":
            self.decide(file_id, {"tax_code": told["questions"][0]["choices"][0][0]})
        return bool(told["state"] == "needs_user" and told["code"] == "quickbooks_6000")


def wait_until(happened: Callable[[], object], what: str | Callable[[], str]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        if time.monotonic() > end:
            raise AssertionError(what if isinstance(what, str) else what())
        time.sleep(0.3)


def rehearse(country: str, into: Path) -> dict[str, Any]:
    """Returns what was said, how often, and what is wrong with it."""
    capture = into / f"{country}.jsonl"
    capture.unlink(missing_ok=True)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        rehearsal = Rehearsal(OFFICES[country], Path(folder), capture)
        try:
            with rehearsal.running():
                rehearsal.play()
        except BaseException:
            print((Path(folder) / "service.log").read_text()[-3000:], file=sys.stderr)
            raise
    rows = [json.loads(line) for line in capture.read_text().splitlines()]
    calls = Counter(
        f"{row['method']} {re.sub(r'/v3/company/[0-9]+|/[0-9]+(?=/|$)', '', row['path'])}"
        for row in rows
    )
    return {
        "exchanges": len(rows),
        "calls": dict(sorted(calls.items())),
        "answers": dict(sorted(Counter(str(row["status"]) for row in rows).items())),
        "findings": findings(rows, COUNTRIES),
        "seconds": round(time.monotonic() - started),
    }


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--into", type=Path, default=Path("quickbooks-captures"))
    arguments.add_argument("--country", choices=tuple(OFFICES), action="append")
    chosen = arguments.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {"command": "python benchmarks/booking_rehearsal.py"}
    for country in chosen.country or OFFICES:
        result[country] = rehearse(country, chosen.into)
        print(json.dumps(result[country], indent=1), flush=True)
    if not chosen.country:
        there = Path(__file__).with_name("results") / "booking_rehearsal.json"
        there.write_text(json.dumps(result, indent=1) + "\n")
    return 1 if any(result[c]["findings"] for c in chosen.country or OFFICES) else 0


if __name__ == "__main__":
    sys.exit(main())
