"""The trial: whatever is killed, stopped, flushed or restarted, every job is done exactly once."""

from __future__ import annotations

import os
import random
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.jobs.conftest import Lab, make_lab
from tests.jobs.trial import PACE
from tests.servers import PostgresServer, RedisServer, wait_until

from invoice_ai.store.database import migrate

JOBS = 80

Act = Callable[[Lab], object]


def kill_a_worker(lab: Lab) -> None:
    """In the middle of a job."""
    os.kill(_busy_worker(lab), signal.SIGKILL)


def stop_a_worker_past_its_lease(lab: Lab) -> None:
    """It goes on when its job is somebody else's; its result must be refused."""
    pid = _busy_worker(lab)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(PACE.lease + 2 * PACE.sweep)
    os.kill(pid, signal.SIGCONT)


def kill_a_consumer(lab: Lab) -> None:
    """The parent of worker processes dies; none of them is left, and a new one is started."""
    consumer = next(c for c in lab.consumers if c.poll() is None)
    consumer.kill()
    consumer.wait(10)
    lab.start()


def flush_the_queue(lab: Lab) -> None:
    lab.bell.huey.storage.flush_queue()


def test_embedded_nothing_is_lost_and_nothing_is_done_twice(
    sqlite_url: str, tmp_path: Path
) -> None:
    _try_everything(make_lab(tmp_path / "lab", sqlite_url, ""), [flush_the_queue])


def test_distributed_nothing_is_lost_and_nothing_is_done_twice(
    own_postgres: PostgresServer, own_redis: RedisServer, tmp_path: Path
) -> None:
    def restart_redis_empty(_: Lab) -> None:
        own_redis.kill()
        time.sleep(1)
        own_redis.start()

    def crash_postgres(_: Lab) -> None:
        own_postgres.stop(immediate=True)
        time.sleep(1)
        own_postgres.start()

    url = own_postgres.url("postgres")
    migrate(url)
    lab = make_lab(tmp_path / "lab", url, own_redis.url)
    _try_everything(lab, [lambda _: own_redis.flush(), restart_redis_empty, crash_postgres])


def _try_everything(lab: Lab, faults: list[Act]) -> None:
    acts: list[Act] = [kill_a_worker, *faults, kill_a_worker, kill_a_consumer]
    acts += [kill_a_worker, stop_a_worker_past_its_lease]
    # Each in the middle of the work that has just been added.
    moments = {5 + i * (JOBS // len(acts)): act for i, act in enumerate(acts)}
    try:
        lab.start()
        lab.start()
        for number in range(JOBS):
            seconds = random.uniform(0.05, 0.25)
            lab.add(f"cpu-{seconds:.3f}", number, ring=number % 8 != 0)
            if number in moments:
                moments.pop(number)(lab)
        assert not moments
        lab.wait_for(20, done=JOBS)
        results = lab.results()
        assert len(results) == JOBS, "lost"
        assert set(results.values()) == {1}, "done twice"
        assert lab.executions() > JOBS, "no act hit a job in the middle of its work"
    finally:
        lab.stop()
        lab.bell.close()
        lab.database.dispose()


def _busy_worker(lab: Lab) -> int:
    found: list[int] = []
    # Not within a moment: all was over too early, or the workers have stopped working.
    wait_until(lambda: found.extend(lab.running_pids()) or found, what=f"one of {lab.states()}")
    return found[0]


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A Postgres that may be crashed without harm to other tests."""
    folder = Path(tempfile.mkdtemp(prefix="invoice-ai-postgres-"))
    folder.chmod(0o755)
    server = PostgresServer(folder / "cluster")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server
    server.kill()
