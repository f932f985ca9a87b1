"""States change only along their edges, once, and with their history."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from invoice_ai.domain.status import STATUSES, Status, may_become
from invoice_ai.errors import Conflict, NotFound
from invoice_ai.store import events, invoices, lifecycle
from invoice_ai.store.database import Database

Add = Callable[..., int]


@settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(walk=st.lists(st.sampled_from(STATUSES), max_size=12))
def test_any_walk_keeps_to_the_edges(database: Database, add: Add, walk: list[Status]) -> None:
    invoice_id = add()
    status: Status = "received"
    taken: list[Status] = [status]
    for wanted in walk:
        allowed = may_become(status, wanted)
        with database.writing() as session:
            if allowed:
                lifecycle.move(session, invoice_id, wanted, actor="walker")
            else:
                with pytest.raises(Conflict):
                    lifecycle.move(session, invoice_id, wanted, actor="walker")
        if allowed:
            status = wanted
            taken.append(wanted)
    with database.reading() as session:
        record = invoices.load(session, invoice_id)
    assert record.status == status and record.version == len(taken)
    assert [h.to_status for h in record.history] == taken
    assert [h.from_status for h in record.history] == [None, *taken[:-1]]
    assert [h.version for h in record.history] == list(range(1, len(taken) + 1))


def test_of_two_who_saw_the_same_only_one_may_change_it(database: Database, add: Add) -> None:
    invoice_id = add("needs_review")
    version = 3
    with database.writing() as session:
        lifecycle.move(session, invoice_id, "approved", actor="a", expected_version=version)
    with pytest.raises(Conflict), database.writing() as session:
        lifecycle.move(session, invoice_id, "rejected", actor="b", expected_version=version)


def test_many_at_once_change_it_once(database: Database, add: Add) -> None:
    invoice_id = add("needs_review")
    won: list[str] = []

    def approve(name: str) -> None:
        try:
            with database.writing() as session:
                lifecycle.move(session, invoice_id, "approved", actor=name)
            won.append(name)
        except Conflict:
            pass

    threads = [threading.Thread(target=approve, args=(f"p{i}",)) for i in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        record = invoices.load(session, invoice_id)
    assert [record.history[-1].actor] == won


def test_a_change_that_is_rolled_back_leaves_no_history(database: Database, add: Add) -> None:
    invoice_id = add()
    with pytest.raises(RuntimeError), database.writing() as session:
        lifecycle.move(session, invoice_id, "processing", actor="w")
        raise RuntimeError
    with database.reading() as session:
        assert [h.to_status for h in invoices.load(session, invoice_id).history] == ["received"]


def test_what_does_not_exist_is_not_found(database: Database) -> None:
    with pytest.raises(NotFound), database.writing() as session:
        lifecycle.move(session, 4711, "processing", actor="w")
    with pytest.raises(NotFound), database.reading() as session:
        invoices.load(session, 4711)


def test_a_reader_of_events_misses_none_and_sees_none_twice(database: Database, add: Add) -> None:
    """Also when transactions commit in another order than they began."""
    seen: list[int] = []
    stop = threading.Event()

    def read() -> None:
        last = 0
        while True:
            ended = stop.is_set()
            with database.reading() as session:
                found = events.after(session, last, limit=7)
            seen.extend(e.id for e in found)
            last = found[-1].id if found else last
            if ended and not found:
                return

    def write() -> None:
        for _ in range(15):
            add("approved")

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write) for _ in range(3)]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    reader.join()
    with database.reading() as session:
        every = [e.id for e in events.after(session, 0, limit=1000)]
    assert len(every) == 45 * 3 and seen == every


def test_two_arrivals_of_the_same_bytes_at_once_are_one_invoice(database: Database) -> None:
    found: list[lifecycle.Admission] = []

    def arrive() -> None:
        with database.writing() as session:
            found.append(
                lifecycle.add(
                    session,
                    sha256="0" * 64,
                    kind="pdf",
                    size=1,
                    file_name="a",
                    origin="cli",
                    actor="t",
                )
            )

    threads = [threading.Thread(target=arrive) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6 and len({f.invoice_id for f in found}) == 1
    assert sum(f.is_new for f in found) == 1
