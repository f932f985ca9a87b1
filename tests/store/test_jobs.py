"""The queue: each job is claimed once, held under a lease, finished only by its holder."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest

from invoice_ai.store import jobs
from invoice_ai.store.database import Database
from invoice_ai.store.jobs import Job, LeaseLost

Add = Callable[..., int]


def claim(database: Database, *, lease: float = 60, most: int = 100) -> Job | None:
    with database.writing(durable=False) as session:
        return jobs.claim(session, worker="w", lease_seconds=lease, most_running=most)


def enqueue(database: Database, invoice_id: int, kind: jobs.Kind = "extract") -> int:
    with database.writing() as session:
        return jobs.enqueue(session, kind, invoice_id, revision=1, max_attempts=3)


def test_six_threads_claim_sixty_jobs_once_each(database: Database, add: Add) -> None:
    invoice_id = add()
    wanted = sorted(enqueue(database, invoice_id) for _ in range(60))
    claimed: list[int] = []

    def work() -> None:
        while (job := claim(database)) is not None:
            claimed.append(job.id)
            with database.writing() as session:
                jobs.finish(session, job)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(claimed) == wanted


def test_never_more_than_batch_size_are_in_work(database: Database, add: Add) -> None:
    invoice_id = add()
    for _ in range(30):
        enqueue(database, invoice_id)
    held: list[Job] = []

    def work() -> None:
        while (job := claim(database, most=7)) is not None:
            held.append(job)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(held) == 7
    with database.writing() as session:
        jobs.finish(session, held[0])
    assert claim(database, most=7) is not None


def test_exports_go_first_and_pictures_last(database: Database, add: Add) -> None:
    invoice_id = add()
    kinds: tuple[jobs.Kind, ...] = ("render", "extract", "export", "extract")
    for kind in kinds:
        enqueue(database, invoice_id, kind)
    taken = [claim(database) for _ in kinds]
    assert [job.kind for job in taken if job] == ["export", "extract", "extract", "render"]


def test_a_result_is_refused_when_the_lease_was_lost(database: Database, add: Add) -> None:
    enqueue(database, add())
    first = claim(database, lease=0.05)
    assert first is not None
    time.sleep(0.1)
    with database.writing() as session:
        (lost,) = jobs.abandoned(session, lambda _: False)
        jobs.retry_later(session, lost, "worker lost", 0)
    second = claim(database)
    assert second is not None and second.attempts == 2
    for settle in (
        jobs.finish,
        jobs.hold,
        jobs.give_back,
        lambda s, j: jobs.bury(s, j, "late"),
        lambda s, j: jobs.retry_later(s, j, "late", 0),
    ):
        with pytest.raises(LeaseLost), database.writing() as session:
            settle(session, first)
    with database.writing() as session:
        assert not jobs.extend(session, first, 60)
        assert jobs.extend(session, second, 60)
        jobs.finish(session, second)


def test_a_kept_lease_is_not_abandoned_and_a_gone_worker_is(database: Database, add: Add) -> None:
    enqueue(database, add())
    job = claim(database)
    with database.writing() as session:
        assert jobs.abandoned(session, lambda _: False) == []
        assert jobs.abandoned(session, lambda worker: worker == "w") == [job]


def test_a_job_to_be_tried_later_waits_until_then(database: Database, add: Add) -> None:
    enqueue(database, add())
    job = claim(database)
    assert job is not None
    with database.writing() as session:
        jobs.retry_later(session, job, "away", 0.5)
    assert claim(database) is None
    time.sleep(0.6)
    again = claim(database)
    assert again is not None and again.attempts == 2


def test_a_job_given_back_costs_no_attempt(database: Database, add: Add) -> None:
    enqueue(database, add())
    for _ in range(5):
        job = claim(database)
        assert job is not None and job.attempts == 1
        with database.writing() as session:
            jobs.give_back(session, job)


def test_a_dead_job_comes_back_with_all_its_attempts(database: Database, add: Add) -> None:
    invoice_id = add()
    job_id = enqueue(database, invoice_id)
    job = claim(database)
    assert job is not None
    with database.writing() as session:
        jobs.bury(session, job, "poison")
        assert jobs.counts(session) == Counter(dead=1)
    with database.writing() as session:
        assert jobs.revive(session, invoice_id) == [job_id]
    again = claim(database)
    assert again is not None and again.attempts == 1
