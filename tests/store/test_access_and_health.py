"""Keys, sessions, errors and signs of life as rows, the same on SQLite and Postgres."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from invoice_ai.errors import NotFound
from invoice_ai.store import access, failures, health, jobs, leases, lifecycle
from invoice_ai.store.database import Database, now
from invoice_ai.store.tables import sessions


def an_invoice(database: Database, sha: str = "0" * 64) -> int:
    with database.writing() as session:
        return lifecycle.add(
            session,
            sha256=sha,
            kind="pdf",
            size=1,
            file_name="a.pdf",
            origin="api",
            actor="test",
        ).invoice_id


def test_a_key_lives_until_it_is_revoked(database: Database) -> None:
    with database.writing() as session:
        access.add_key(session, "abc", "scanner", "hash")
    with database.reading() as session:
        assert access.live_key(session, "abc") == ("scanner", "hash")
        assert access.live_key(session, "other") is None
    with database.writing() as session:
        access.key_used(session, "abc")
        access.revoke_key(session, "abc")
    with database.reading() as session:
        (row,) = access.all_keys(session)
        assert row.last_used_at is not None and row.revoked_at is not None
        assert access.live_key(session, "abc") is None
    with database.writing() as session, pytest.raises(NotFound):
        access.revoke_key(session, "abc")


def test_a_session_ends_when_it_is_closed(database: Database) -> None:
    with database.writing() as session:
        access.open_session(session, "hash", lasts=timedelta(days=7))
    with database.reading() as session:
        ago = access.seen_ago(session, "hash")
        assert ago is not None and ago < timedelta(minutes=1)
    with database.writing() as session:
        access.close_session(session, "hash")
        access.close_session(session, "hash")
    with database.reading() as session:
        assert access.seen_ago(session, "hash") is None


def test_a_session_ends_with_its_time_and_is_forgotten(database: Database) -> None:
    with database.writing() as session:
        access.open_session(session, "old", lasts=timedelta(seconds=-1))
    with database.reading() as session:
        assert access.seen_ago(session, "old") is None
    with database.writing() as session:
        access.open_session(session, "new", lasts=timedelta(days=7))
        access.session_seen(session, "new")
    with database.reading() as session:
        assert session.query(sessions.c.id_hash).all() == [("new",)]


def test_it_is_known_how_long_a_session_was_idle(database: Database) -> None:
    with database.writing() as session:
        access.open_session(session, "hash", lasts=timedelta(days=7))
        session.execute(update(sessions).values(last_seen_at=now(session) - timedelta(hours=13)))
    with database.reading() as session:
        ago = access.seen_ago(session, "hash")
        assert ago is not None and ago >= timedelta(hours=13)


def test_errors_are_read_page_by_page_newest_first(database: Database) -> None:
    invoice_id = an_invoice(database)
    with database.writing() as session:
        for code in ("one", "two", "three"):
            lifecycle.record_error(
                session,
                invoice_id,
                step="extract",
                code=code,
                message="m",
                retryable=True,
                final=False,
            )
    with database.reading() as session:
        first, following = failures.page_of(session, limit=2)
        assert [row.code for row in first] == ["three", "two"]
        rest, end = failures.page_of(session, limit=2, after=following)
        assert ([row.code for row in rest], end) == (["one"], None)
        assert failures.page_of(session, limit=3)[1] is None


def test_the_vitals_show_what_waits_who_works_and_who_watches(database: Database) -> None:
    with database.reading() as session:
        nothing = health.vitals(session)
    assert (nothing.jobs, nothing.oldest_due_seconds, nothing.running) == ({}, 0, ())
    invoice_id = an_invoice(database)
    with database.writing() as session:
        for _ in range(2):
            jobs.enqueue(session, "extract", invoice_id, revision=1, max_attempts=1)
        leases.take(session, "watch", "me", 30)
    with database.writing() as session:
        jobs.claim(session, worker="w1", lease_seconds=60, most_running=9)
    with database.reading() as session:
        found = health.vitals(session)
    assert found.jobs == {"queued": 1, "running": 1}
    assert found.oldest_due_seconds >= 0
    assert [(job.worker, job.kind) for job in found.running] == [("w1", "extract")]
    assert 0 < found.running[0].lease_seconds <= 60
    assert [(lease.name, lease.holder) for lease in found.leases] == [("watch", "me")]
    assert 0 < found.leases[0].seconds <= 30
