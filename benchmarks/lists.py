"""How long the server needs for a page of the list among many invoices.

    python benchmarks/lists.py [--invoices 100000] [--database URL]

Fills a database (a temporary SQLite file without `--database`) and asks the app for the page of each
list over HTTP: counts of all tabs, 50 rows, HTML. From a warm start; the median and the worst of 15,
in milliseconds.
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

import structlog
from fastapi.testclient import TestClient
from sqlalchemy import insert, text

from invoice_ai.api.application import create_app
from invoice_ai.settings import load_settings
from invoice_ai.store import invoices
from invoice_ai.store.database import Database, migrate
from invoice_ai.store.tables import documents
from invoice_ai.store.tables import invoices as table
from invoice_ai.store.types import db_now

STATES = ("approved",) * 70 + ("synced",) * 10 + ("needs_review",) * 12 + ("failed",) * 5
WORDS = ("Nordlicht", "Greenleaf", "Brookside", "Marlow", "Severn", "Harbour", "Granite", "Tulp")
KINDS = ("Tools Ltd", "GmbH", "Supplies Inc.", "Paper & Print", "Consulting", "Electrical")
TODAY = date(2026, 11, 27)
LISTS: dict[str, dict[str, str]] = {
    "all": {},
    "needs review": {"tab": "review"},
    "approved (80 % of all)": {"tab": "approved"},
    "a rare word": {"q": "GL-0042317"},
    "a common word": {"q": "greenleaf"},
    "part of a number": {"q": "4231"},
    "two letters": {"q": "gm"},
    "an amount": {"q": ">19000"},
    "vendor, amount and day": {"q": "vendor:marlow >5000 due:<today"},
    "past due": {"q": "is:late"},
    "nothing": {"q": "zzzzzz"},
    **{f"by {name}": {"sort": name} for name in invoices.SORTS},
    "by vendor, turned round": {"sort": "-vendor"},
    "by total, one state": {"sort": "total", "tab": "review"},
    "a common word by due date": {"q": "greenleaf", "sort": "due"},
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
            "database": url.partition(":")[0].partition("+")[0],
            "fill_seconds": round(time.perf_counter() - started, 1),
        }
        if found["database"] != "sqlite":  # what autovacuum does within a minute
            with database._writer.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.execute(text("VACUUM ANALYZE"))
        database.dispose()
        settings = load_settings(_env_file=None, database_url=url, data_folder=Path(folder))
        structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        with TestClient(create_app(settings), "http://127.0.0.1", client=("127.0.0.1", 1)) as app:
            for name, asked in LISTS.items():
                found[name] = dict(
                    zip(("median_ms", "worst_ms"), measure(_page(app, asked)), strict=True)
                )
    print(json.dumps(found, indent=1))


def _page(app: TestClient, asked: dict[str, str]) -> Callable[[], object]:
    def act() -> object:
        answer = app.get("/invoices", params=asked)
        assert answer.status_code == 200, answer.text
        return answer

    return act


if __name__ == "__main__":
    main()
