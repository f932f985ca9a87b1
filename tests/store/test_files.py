"""Kept files, bells and leases."""

from __future__ import annotations

import hashlib
import os
from io import BytesIO
from pathlib import Path

import pytest

from invoice_ai.domain.pages import Box, Page, Word
from invoice_ai.errors import NotFound
from invoice_ai.store import leases
from invoice_ai.store.bell import ENOUGH_BELLS, open_bell
from invoice_ai.store.database import Database
from invoice_ai.store.files import FileStore
from invoice_ai.store.words import load_words, save_words


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    store = FileStore(tmp_path / "uploads")
    store.prepare()
    return store


def test_the_same_bytes_are_kept_once(files: FileStore) -> None:
    sha256, size = files.keep(BytesIO(b"invoice"))
    assert (
        files.keep(BytesIO(b"invoice"))
        == (sha256, size)
        == (
            hashlib.sha256(b"invoice").hexdigest(),
            7,
        )
    )
    assert files.path(sha256).read_bytes() == b"invoice"
    kept = [p for p in files.root.rglob("*") if p.is_file()]
    assert kept == [files.path(sha256)]


def test_only_old_leftovers_of_uploads_are_removed(files: FileStore) -> None:
    old, fresh = files.temp_folder / "old", files.temp_folder / "fresh"
    for file in (old, fresh):
        file.write_bytes(b"half")
    os.utime(old, (0, 0))
    files.forget_unfinished(older_than_seconds=60)
    assert list(files.temp_folder.iterdir()) == [fresh]


def test_words_of_a_page_come_back(files: FileStore) -> None:
    page = Page(
        1, 595.0, 842.0, (Word("Tot\ud800al", Box(0.1, 0.2, 0.3, 0.4), 0.987),), "ocr", 90, 1.5
    )
    save_words(files, "ab" * 32, [page])
    assert load_words(files, "ab" * 32, 1) == page
    with pytest.raises(NotFound):
        load_words(files, "ab" * 32, 2)


def test_only_one_holds_a_lease_until_it_ends_or_is_given_up(database: Database) -> None:
    def take(holder: str, seconds: float = 60) -> bool:
        with database.writing() as session:
            return leases.take(session, "watch", holder, seconds)

    assert take("a") and not take("b") and take("a", seconds=-1)
    assert take("b") and not take("a")
    with database.writing() as session:
        leases.give_up(session, "watch", "a")  # not its own
    assert not take("a")
    with database.writing() as session:
        leases.give_up(session, "watch", "b")
    assert take("a")


def test_a_bell_in_a_file_is_heard_once_and_never_piles_up(tmp_path: Path) -> None:
    bell = open_bell(tmp_path, "")
    assert not bell.heard()
    for job_id in range(3 * ENOUGH_BELLS):
        bell.ring(job_id)
    heard = 0
    while bell.heard():
        heard += 1
    assert heard == ENOUGH_BELLS
    bell.close()


def test_a_damaged_bell_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "wake.db").write_bytes(b"not a database at all" * 100)
    bell = open_bell(tmp_path, "")
    bell.ring(1)
    assert bell.heard()
    bell.close()


def test_redis_holds_nothing_but_the_id(redis_url: str, tmp_path: Path) -> None:
    bell = open_bell(tmp_path, redis_url)
    bell.ring(4711)
    assert bell.huey.storage.enqueued_items() == [b"4711"]
    bell.close()


def test_without_redis_ringing_does_not_fail(tmp_path: Path) -> None:
    bell = open_bell(tmp_path, "redis://127.0.0.1:1/0")
    bell.ring(1)
    bell.close()
