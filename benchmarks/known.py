"""What a new invoice costs to compare with all there are: python benchmarks/known.py [--invoices 100000]

Fills a database (SQLite; with --postgres URL that one, which must be empty) with invoices, vendors,
their marks and remembered layouts, and measures what every extraction asks of it: the vendor, the
layouts, duplicates, accounts, range. One vendor has a tenth of all invoices. Reads the query plans
for tables that are walked from end to end. Writes results/known.json.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name, comparable_number
from invoice_ai.domain.vendors import Mark, marks_of, with_parts
from invoice_ai.store import layouts, vendors
from invoice_ai.store.database import Database, migrate, open_database
from invoice_ai.store.known import known_for
from invoice_ai.store.tables import documents, invoices

CHUNK = 5_000
LOOKS = 100
WORDS = [
    "Nord",
    "Sued",
    "Berg",
    "Tal",
    "Hafen",
    "Licht",
    "Stein",
    "Wald",
    "Feld",
    "Bach",
    "Werk",
    "Kraft",
    "Holz",
    "Glas",
    "Stahl",
    "Korn",
]


def vendor_name(number: int) -> str:
    words = [WORDS[number % 16], WORDS[number // 16 % 16].lower(), WORDS[number // 256 % 16]]
    return f"{words[0]}{words[1]} {words[2]} {number} GmbH"


def account(vendor: int) -> str:
    return f"DE{vendor:020}"


def bill(rng: random.Random, count: int) -> dict[str, Any]:
    vendor = 0 if rng.random() < 0.1 else rng.randrange(count)
    name, number = vendor_name(vendor), f"RE-{rng.randrange(10**7):07}"
    return {
        "vendor": vendor,
        "vendor_name": name,
        "vendor_tax_id": f"DE{vendor:09}",
        "iban": account(vendor),
        "invoice_number": number,
        "invoice_date": date(2025, 1, 1) + timedelta(days=rng.randrange(600)),
        "currency": "EUR",
        "total": Decimal(rng.randrange(1_000, 500_000)) / 100,
    }


def extracted(made: dict[str, Any]) -> ExtractedInvoice:
    fields = {n: v for n, v in made.items() if n != "vendor"}
    return ExtractedInvoice({n: ExtractedField(v, str(v), 0.9, "text") for n, v in fields.items()})


def fill(database: Database, *, count: int, vendor_count: int) -> None:
    rng = random.Random(1)
    memory = {"version": 1, "marks": {f"wort{n}": 3 for n in range(120)}, "fields": {}}
    with database.writing() as session:
        for number in range(vendor_count):
            vendor_id = vendors.add(session, vendor_name(number), country="DE")
            seen = marks_of(extracted(bill(random.Random(number), 1) | {
                "vendor_name": vendor_name(number), "vendor_tax_id": f"DE{number:09}",
                "iban": account(number)}))  # fmt: skip
            vendors.note_marks(session, vendor_id, seen)
            layouts.save(session, None, memory, with_parts(seen), lessons=3, vendor_id=vendor_id)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    for start in range(0, count, CHUNK):
        rows = []
        for number in range(start, min(count, start + CHUNK)):
            made = bill(rng, vendor_count)
            vendor = made.pop("vendor")
            rows.append(
                made | {
                    "document_id": number + 1, "status": "approved" if number % 20 else "needs_review",
                    "file_name": f"{number}.pdf", "origin": "upload", "vendor_id": vendor + 1,
                    "vendor_key": comparable_name(made["vendor_name"]),
                    "number_key": comparable_number(made["invoice_number"]),
                    "received_at": now, "updated_at": now,
                }
            )  # fmt: skip
        with database.writing(durable=False) as session:
            session.execute(
                insert(documents),
                [{"sha256": f"{start + n:064}", "kind": "pdf", "size": 1, "received_at": now}
                 for n in range(len(rows))],
            )  # fmt: skip
            session.execute(insert(invoices), rows)


def measured(database: Database, name: str, look: Callable[[Session, Any], object], made: list[Any]) -> dict[str, Any]:  # fmt: skip
    times, cpu = [], []
    for one in made:
        with database.reading() as session:
            session.execute(text("SELECT 1"))
            started, own = time.perf_counter(), time.process_time()
            look(session, one)
            times.append((time.perf_counter() - started) * 1000)
            cpu.append((time.process_time() - own) * 1000)
    return {
        "what": name,
        "median_cpu_ms_of_ours": round(median(cpu), 2),  # SQLite works inside our process
        "median_ms": round(median(times), 2),
        "p99_ms": round(quantiles(times, n=100)[98], 2),
    }


def scans(database: Database, one: ExtractedInvoice) -> list[str]:
    """Statements of one look whose plan walks a whole table."""
    asked: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        asked.append((statement, parameters))

    engine = database._reader
    event.listen(engine, "before_cursor_execute", note)
    with database.reading() as session:
        known_for(session, 0, one)
        layouts.find(session, with_parts(marks_of(one)))
        mark = Mark("name", "berg", "Berg")
        vendors.match(session, [mark])
    event.remove(engine, "before_cursor_execute", note)
    sqlite = engine.dialect.name == "sqlite"
    explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
    walked = []
    with engine.connect() as connection:
        for statement, parameters in asked:
            plan = [str(r[-1]) for r in connection.exec_driver_sql(explain + statement, parameters)]
            whole = [
                p.strip()
                for p in plan
                if (sqlite and p.startswith("SCAN ") and "USING" not in p and "subquery" not in p
                    and "anon" not in p and p.split()[1] != "vendor")
                or (not sqlite and "Seq Scan on invoices" in p)
            ]  # fmt: skip
            walked += [f"{w}: {statement[:90]}" for w in whole]
    return walked


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--invoices", type=int, default=100_000)
    ask.add_argument("--vendors", type=int, default=2_000)
    ask.add_argument("--postgres", default="", help="URL of an empty database")
    wanted = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = wanted.postgres or f"sqlite:///{folder}/known.db"
        migrate(url)
        database = open_database(url)
        fill(database, count=wanted.invoices, vendor_count=wanted.vendors)
        if wanted.postgres:
            with database.writing() as session:
                session.execute(text("ANALYZE"))
        rng = random.Random(2)
        made = [bill(rng, wanted.vendors) for _ in range(LOOKS)]
        many = [extracted(m) for m in made]
        largest = [extracted(m | bill(rng, 1)) for m in made]
        results = {
            "database": "postgres" if wanted.postgres else "sqlite",
            "invoices": wanted.invoices,
            "vendors": wanted.vendors,
            "looks": [
                measured(database, "known_for", lambda s, i: known_for(s, 0, i), many),
                measured(database, "known_for, largest vendor", lambda s, i: known_for(s, 0, i), largest),
                measured(database, "vendors.match", lambda s, i: vendors.match(s, marks_of(i)), many),
                measured(database, "layouts.find", lambda s, i: layouts.find(s, with_parts(marks_of(i))), many),
            ],
            "whole tables walked": scans(database, many[0]),
        }  # fmt: skip
        database.dispose()
    file = Path(__file__).parent / "results" / f"known-{results['database']}.json"
    file.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(file.read_text("utf-8"))


if __name__ == "__main__":
    main()
