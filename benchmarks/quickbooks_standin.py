"""How fast the stand-in of QuickBooks answers: python benchmarks/quickbooks_standin.py [--count 1000]

The calls of a booking, one after the other over HTTP, with state and capture on disk and without
rate limits. It must stay far below the 100 ms that QuickBooks' own limit of 10 a second leaves, or
it would be the stand-in that is measured. Writes results/quickbooks_standin.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
from tests.quickbooks_server import QuickBooksServer  # noqa: E402
from tests.quickbooks_standin.bodies import bill, line, vendor_id  # noqa: E402
from tests.quickbooks_standin.test_attachments import sent_file  # noqa: E402

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 200  # 51 KB, as an invoice of a page or two


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=1000)
    count = arguments.parse_args().count
    with tempfile.TemporaryDirectory() as folder:
        options = [f"--state={folder}/state.db", f"--capture={folder}/capture.jsonl"]
        server = QuickBooksServer(Path(folder), options)
        server.start()
        try:
            result = run(server, count)
        finally:
            server.stop()
    result |= {
        "bills": count,
        "command": f"python benchmarks/quickbooks_standin.py --count {count}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }
    there = Path(__file__).with_name("results") / "quickbooks_standin.json"
    there.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps(result))


def run(server: QuickBooksServer, count: int) -> dict[str, object]:
    server.no_limits()
    us = server.client()
    vendor = vendor_id(us)
    made: list[str] = []

    def book(at: int) -> None:
        asked = bill(vendor, *[line(100 + at)] * 4, DocNumber=f"B-{at}", PrivateNote=f"[AP:{at}]")
        params = {"requestid": f"b-{at}", "minorversion": "75"}
        made.append(us.post("bill", json=asked, params=params).json()["Bill"]["Id"])

    def look(where: str) -> Callable[[int], None]:
        def ask(at: int) -> None:
            statement = f"select * from Bill where {where.format(at=at, total=4 * (100 + at))}"
            assert us.get("query", params={"query": statement}).json()["QueryResponse"]["Bill"]

        return ask

    def attach(at: int) -> None:
        sent_file(us, f"{at}.pdf", PDF, made[at], entity="Bill").raise_for_status()

    steps: dict[str, Callable[[int], None]] = {
        "bill": book,
        "query_by_number": look("DocNumber = 'B-{at}'"),
        "query_by_amount": look("TotalAmt = '{total}' and TxnDate >= '2020-01-01'"),
        "upload": attach,
    }
    return {f"{name}_ms": _timed(step, count) for name, step in steps.items()}


def _timed(step: Callable[[int], None], count: int) -> dict[str, float]:
    took = []
    for at in range(count):
        started = time.perf_counter()
        step(at)
        took.append((time.perf_counter() - started) * 1000)
    took.sort()
    return {
        "median": round(statistics.median(took), 2),
        "p99": round(took[int(len(took) * 0.99)], 2),
    }


if __name__ == "__main__":
    main()
