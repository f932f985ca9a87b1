"""How long the server needs for a page of the list among many invoices.

    python benchmarks/lists.py [--invoices 100000] [--database URL]

Fills a database (a temporary SQLite file without `--database`) and asks for each list as the app does:
counts and a page of 50, from a warm start; the median and the worst of 15, in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from invoice_ai.store import invoices
from invoice_ai.store.database import Database, migrate
from invoice_ai.store.tables import documents
from invoice_ai.store.tables import invoices as table
from invoice_ai.store.types import db_now

STATES = ("approved",) * 70 + ("synced",) * 10 + ("needs_review",) * 12 + ("failed",) * 5
WORDS = ("Nordlicht", "Greenleaf", "Brookside", "Marlow", "Severn", "Harbour", "Granite", "Tulp")
KINDS = ("Tools Ltd", "GmbH", "Supplies Inc.", "Paper & Print", "Consulting", "Electrical")
TODAY = date(2026, 11, 27)
LISTS: dict[str, dict[str, Any]] = {
    "all": {},
    "needs review": {"statuses": ["needs_review"]},
    "a rare word": {"search": "GL-0042317"},
    "a common word": {"search": "greenleaf"},
    "part of a number": {"search": "4231"},
    "vendor, amount and day": {"search": "vendor:marlow >5000 due:<today"},
    "past due": {"search": "is:late"},
    "nothing": {"search": "zzzzzz"},
    "by due date": {"sort": "due"},
    "by vendor": {"sort": "vendor"},
    "by total, one state": {"sort": "total", "statuses": ["needs_review"]},
}


def fill(database: Database, count: int) -> None:
    """Invoices like real ones, 2 000 in one transaction."""
    dice = random.Random(7)
    for start in range(1, count + 1, 2000):
        numbers = range(start, min(start + 2000, count + 1))
        with database.writing() as session:
            at = database_time(session)
            session.execute(
                insert(documents),
                [
                    {"id": n, "sha256": f"{n:064x}", "kind": "pdf", "size": 9, "received_at": at}
                    for n in numbers
                ],
            )
            session.execute(insert(table), [_invoice(dice, n, at) for n in numbers])


def database_time(session: Any) -> Any:
    from sqlalchemy import select

    return session.scalar(select(db_now()))


def _invoice(dice: random.Random, number: int, at: Any) -> dict[str, Any]:
    from decimal import Decimal

    vendor = f"{dice.choice(WORDS)} {dice.choice(KINDS)}"
    total = Decimal(dice.randrange(500, 2_000_000)) / 100
    due = TODAY + timedelta(days=dice.randrange(-300, 60))
    text = f"{vendor} gl-{number:07d} {total} scan-{number}.pdf iban de89370400440532013000 "
    return {
        "document_id": number, "status": dice.choice(STATES), "file_name": f"scan-{number}.pdf",
        "origin": "folder", "vendor_name": vendor, "vendor_key": vendor.lower(),
        "invoice_number": f"GL-{number:07d}", "currency": "EUR", "total": total, "due_date": due,
        "invoice_date": due - timedelta(days=30), "confidence": dice.random(),
        "search_text": (text + "potting soil, drip irrigation kit, delivery to the greenhouse" * 6).lower(),
        "version": 1, "revision": 1, "reason": "", "reason_count": 0, "error_retryable": False,
        "sampled": False, "received_at": at, "updated_at": at, "first_page": 0,
    }  # fmt: skip


def measure(act: Callable[[], object], times: int = 15) -> tuple[float, float]:
    """Median and worst, in milliseconds."""
    act()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        taken.append((time.perf_counter() - started) * 1000)
    return round(statistics.median(taken), 1), round(max(taken), 1)


def main() -> None:
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--invoices", type=int, default=100_000)
    wanted.add_argument("--database", default="")
    given = wanted.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = given.database or f"sqlite:///{Path(folder) / 'lists.db'}"
        migrate(url)
        database = Database(url)
        started = time.perf_counter()
        fill(database, given.invoices)
        found: dict[str, Any] = {
            "invoices": given.invoices,
            "database": url.partition(":")[0],
            "fill_seconds": round(time.perf_counter() - started, 1),
        }
        for name, asked in LISTS.items():
            found[name] = dict(
                zip(("median_ms", "worst_ms"), measure(_list(database, asked)), strict=True)
            )
        database.dispose()
    print(json.dumps(found, indent=1))


def _list(database: Database, asked: dict[str, Any]) -> Callable[[], object]:
    def act() -> object:
        with database.reading() as session:
            invoices.counts(session)
            return invoices.page_of(session, today=TODAY, **asked)

    return act


if __name__ == "__main__":
    main()
