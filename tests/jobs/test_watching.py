"""The watched folder: every complete file is taken once, whoever watches."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.samples import ubl_invoice
from tests.servers import wait_until
from tests.workflow.conftest import settings_in

from invoice_ai.settings import Settings
from invoice_ai.store import invoices, leases
from invoice_ai.store.database import Database
from invoice_ai.store.records import InvoiceRow
from invoice_ai.worker.watching import LEASE, WatchPace, run_watch

PACE = WatchPace(lease=2.0, quiet=0.6)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    made = settings_in(tmp_path, database_url=database_url, processing_interval_seconds=0.3)
    made.incoming_folder.mkdir()
    return made


@contextmanager
def watching(settings: Settings, watchers: int = 1) -> Iterator[None]:
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=run_watch, args=(settings,), kwargs={"pace": PACE, "stopping": stop}
        )
        for _ in range(watchers)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def taken(database: Database) -> tuple[InvoiceRow, ...]:
    with database.reading() as session:
        return invoices.page_of(session, limit=500).rows


def test_every_file_is_taken_once_also_by_two_watchers(
    settings: Settings, database: Database
) -> None:
    (settings.incoming_folder / "deep" / "er").mkdir(parents=True)
    with watching(settings, 2):
        for number in range(12):
            folder = settings.incoming_folder / ("deep/er" if number % 2 else "")
            (folder / f"{number}.xml").write_bytes(ubl_invoice(f"W-{number}"))
        wait_until(lambda: len(taken(database)) == 12)
        time.sleep(1)
    assert sorted(row.file_name for row in taken(database)) == sorted(
        f"{number}.xml" for number in range(12)
    )
    assert not [p for p in settings.incoming_folder.rglob("*") if p.is_file()]


def test_a_file_that_still_grows_is_left_alone(settings: Settings, database: Database) -> None:
    content = ubl_invoice()
    with watching(settings), (settings.incoming_folder / "slow.xml").open("wb") as slow:
        for start in range(0, len(content), len(content) // 6 + 1):
            slow.write(content[start : start + len(content) // 6 + 1])
            slow.flush()
            time.sleep(0.25)
            assert taken(database) == ()
        wait_until(lambda: len(taken(database)) == 1)
    assert taken(database)[0].status == "received"


def test_what_a_dead_watcher_had_claimed_is_taken_by_the_next(
    settings: Settings, database: Database
) -> None:
    left = settings.data_folder / "work" / "5c1a" / "left.xml"
    left.parent.mkdir(parents=True)
    left.write_bytes(ubl_invoice())
    with watching(settings):
        wait_until(lambda: len(taken(database)) == 1)


def test_a_watcher_waits_while_another_has_the_lease(
    settings: Settings, database: Database
) -> None:
    with database.writing() as session:
        assert leases.take(session, LEASE, "somebody else", 2.0)
    (settings.incoming_folder / "a.xml").write_bytes(ubl_invoice())
    with watching(settings):
        time.sleep(1.2)
        assert taken(database) == ()
        wait_until(lambda: len(taken(database)) == 1)


def test_links_are_not_followed(settings: Settings, database: Database, tmp_path: Path) -> None:
    (tmp_path / "secret.xml").write_bytes(ubl_invoice("SECRET"))
    (settings.incoming_folder / "link.xml").symlink_to(tmp_path / "secret.xml")
    (settings.incoming_folder / "good.xml").write_bytes(ubl_invoice("GOOD"))
    with watching(settings):
        wait_until(lambda: len(taken(database)) == 1)
        time.sleep(1)
    assert [row.file_name for row in taken(database)] == ["good.xml"]
