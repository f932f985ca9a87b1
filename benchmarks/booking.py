"""Approved invoices to bills at QuickBooks' own limits: python benchmarks/booking.py [--count 1000]

Approves that many invoices of 40 vendors at once, books them with worker processes against the
stand-in at its rate limits (500 requests a minute, 10 a second), and in the middle kills all workers
and the stand-in (kill -9) and starts them again. Counts bills, requests, refusals and what a person
saw. Writes results/booking.json.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
from tests.quickbooks.crew import BOOKING  # noqa: E402
from tests.quickbooks.matrix import Lab, _spelled  # noqa: E402
from tests.quickbooks.office import an_invoice, approve  # noqa: E402

from invoice_ai.store import outbox  # noqa: E402
from invoice_ai.store.database import migrate  # noqa: E402


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=1000)
    arguments.add_argument("--vendors", type=int, default=40)
    arguments.add_argument("--workers", type=int, default=4)
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'invoice_ai.db'}"
        migrate(url)
        lab = Lab(Path(folder), url, workers=chosen.workers, hurry=False).open()
        try:
            result = run(lab, chosen.count, chosen.vendors)
        finally:
            lab.close()
    result["command"] = f"python benchmarks/booking.py --count {chosen.count}"
    result["machine"] = f"{os.cpu_count()} cores, {platform.machine()}, shared"
    there = Path(__file__).with_name("results") / "booking.json"
    there.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))
    return 0 if result["bills"] == chosen.count and not result["seen_by_a_person"] else 1


def run(lab: Lab, count: int, vendors: int) -> dict[str, object]:
    for n in range(count):
        invoice = an_invoice(f"B-{n}", vendor=_spelled(n % vendors), net=f"{100 + n}.50")
        approve(lab.place, invoice, automatic=True, pace=BOOKING)
    started = time.monotonic()
    restarted, down_seconds = False, 0.0
    calls: Counter[int] = Counter()
    while True:
        with lab.place.database.reading() as session:
            states = outbox.counts(session)
        if states.get("done", 0) >= count // 2 and not restarted:
            restarted, stopped = True, time.monotonic()
            lab.kill_crew()
            calls += Counter(row["status"] for row in lab.server.calls("/v3/"))
            lab.server.kill()
            lab.server.start()
            lab.start_crew()
            down_seconds = time.monotonic() - stopped
        if not set(states) & set(outbox.OPEN):
            break
        time.sleep(1.0)
        print(states, flush=True)
    seconds = time.monotonic() - started
    calls += Counter(row["status"] for row in lab.server.calls("/v3/"))
    with lab.place.database.reading() as session:
        states = outbox.counts(session)
    documents = lab.server.documents()
    markers = Counter(d["PrivateNote"] for d in documents)
    return {
        "approved": count,
        "bills": len(documents),
        "invoices_with_two_bills": sum(n > 1 for n in markers.values()),
        "seen_by_a_person": states.get("needs_user", 0) + states.get("needs_attention", 0),
        "done": states.get("done", 0),
        "minutes": round(seconds / 60, 2),
        "bills_a_minute": round(count / seconds * 60, 1),
        "everything_restarted_after": count // 2 if restarted else None,
        "restart_seconds": round(down_seconds, 1),
        "answers": {str(status): n for status, n in sorted(calls.items())},
    }


if __name__ == "__main__":
    sys.exit(main())
