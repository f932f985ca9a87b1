"""Real workers in real processes, in both modes: embedded (SQLite) and distributed (Postgres, Redis)."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select
from tests.jobs.trial import add_job, settings_of
from tests.servers import die_with_parent

from invoice_ai.settings import Settings
from invoice_ai.store import jobs
from invoice_ai.store.bell import Bell, open_bell
from invoice_ai.store.database import Database, open_database
from invoice_ai.store.tables import errors, invoices
from invoice_ai.store.tables import jobs as jobs_table

TRIAL = Path(__file__).with_name("trial.py")
ROOT = Path(__file__).parents[2]


@dataclass
class Lab:
    """One database, one bell, and the consumers that a test starts."""

    folder: Path
    settings: Settings
    database: Database
    bell: Bell
    consumers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> subprocess.Popen[bytes]:
        urls = [self.settings.database_url, self.settings.redis_url]
        with (self.folder / "worker.log").open("ab") as log:
            consumer = subprocess.Popen(
                [sys.executable, str(TRIAL), str(self.folder), *filter(None, urls)],
                cwd=ROOT,
                env={"PYTHONPATH": f"{ROOT}:{ROOT / 'src'}", "PATH": "/usr/bin:/bin"},
                preexec_fn=die_with_parent,
                stdout=log,
                stderr=log,
            )
        self.consumers.append(consumer)
        return consumer

    def add(self, what: str, number: int = 0, *, ring: bool = True, max_attempts: int = 10) -> int:
        job_id = add_job(self.database, what, number, max_attempts=max_attempts)
        if ring:
            self.bell.ring(job_id)
        return job_id

    def states(self) -> dict[jobs.State, int]:
        with self.database.reading() as session:
            return jobs.counts(session)

    def state_of(self, job_id: int) -> str:
        with self.database.reading() as session:
            return str(session.scalar(select(jobs_table.c.state).where(jobs_table.c.id == job_id)))

    def status_of(self, job_id: int) -> tuple[str, str | None]:
        """State and error code of the invoice of a job."""
        query = select(invoices.c.status, invoices.c.error_code).join(
            jobs_table, jobs_table.c.invoice_id == invoices.c.id
        )
        with self.database.reading() as session:
            row = session.execute(query.where(jobs_table.c.id == job_id)).one()
            return row.status, row.error_code

    def running_pids(self) -> list[int]:
        """Living processes that have a job right now."""
        query = select(jobs_table.c.worker).where(jobs_table.c.state == "running")
        with self.database.reading() as session:
            workers = session.scalars(query).all()
        pids = [int(worker.split(" ")[1]) for worker in workers if worker]
        alive = {process.pid for process in self.processes()}
        return [pid for pid in pids if pid in alive]

    def results(self) -> Counter[str]:
        """How often each job saved a result; more than once is what must never be."""
        with self.database.reading() as session:
            return Counter(
                session.scalars(select(errors.c.message).where(errors.c.code == "result"))
            )

    def executions(self) -> int:
        log = self.settings.data_folder / "executions.log"
        return len(log.read_text().splitlines()) if log.exists() else 0

    def wait_for(self, idle_seconds: float, **wanted: int) -> None:
        """Wait until the jobs are so. Raises: AssertionError: nothing moved for `idle_seconds`.

        A fixed time would only measure how busy the machine is.
        """
        seen: object = None
        while (states := self.states()) != wanted:
            if (now := (states, self.executions())) != seen:
                seen, end = now, time.monotonic() + idle_seconds
            assert time.monotonic() < end, f"jobs stay {states}, wanted {wanted}"
            time.sleep(0.05)

    def processes(self) -> list[psutil.Process]:
        """Everything alive that belongs to this lab."""
        found = []
        for process in psutil.process_iter(["cmdline", "status"]):
            command = process.info["cmdline"] or []
            if str(self.folder) in command and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process)
        return found

    def stop(self) -> None:
        for consumer in self.consumers:
            if consumer.poll() is None:
                consumer.kill()
            consumer.wait(10)
        time.sleep(0.2)
        for orphan in self.processes():
            orphan.kill()


def make_lab(folder: Path, database_url: str, redis_url: str) -> Lab:
    settings = settings_of(folder, database_url, redis_url)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    bell = open_bell(settings.data_folder, redis_url)
    return Lab(folder, settings, open_database(database_url), bell)


@pytest.fixture(params=["embedded", "distributed"])
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    """A lab in each mode, on the servers that all tests share."""
    if request.param == "embedded":
        made = make_lab(tmp_path, request.getfixturevalue("sqlite_url"), "")
    else:
        postgres, redis = (request.getfixturevalue(f"{name}_url") for name in ("postgres", "redis"))
        made = make_lab(tmp_path, postgres, redis)
    yield made
    made.stop()
    made.bell.close()
    made.database.dispose()
