"""A worker whose jobs are made up: `python tests/jobs/trial.py FOLDER DATABASE_URL [REDIS_URL]`.

What a job does depends on its invoice's file name: "cpu-0.2" computes for 0.2 s of processor time, "busy-4.5" until 4.5 s have passed, "kill" ends its
own process, "raise" fails, "hang" sits in a call that nothing interrupts, "freeze" also stops its heartbeat, "sleep-5" waits.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import signal
import sys
import time
from pathlib import Path

from invoice_ai.domain.pages import FileKind
from invoice_ai.errors import Unavailable
from invoice_ai.settings import Settings, load_settings
from invoice_ai.store import invoices, jobs, lifecycle
from invoice_ai.store.database import Database
from invoice_ai.store.jobs import Job
from invoice_ai.worker.consumer import run_worker
from invoice_ai.worker.running import Pace
from invoice_ai.workflow import Workplace

PACE = Pace(lease=3.0, beat=0.5, sweep=0.5, look=0.5, deadline=6.0, back_off=0.1, stop=10.0)


def settings_of(folder: Path, database_url: str, redis_url: str = "") -> Settings:
    folders = {
        f"{name}_folder": folder / name
        for name in ("incoming", "generated", "log", "upload", "data")
    }
    return load_settings(
        _env_file=None,
        **folders,
        database_url=database_url,
        redis_url=redis_url,
        worker_processes=2,
        batch_size=10,
        max_retry_attempts=9,
    )


def add_job(database: Database, what: str, number: int, *, max_attempts: int = 10) -> int:
    """Queue a job that does `what`; returns its id."""
    kind: FileKind = "pdf"
    with database.writing() as session:
        sha256 = hashlib.sha256(f"{what} {number}".encode()).hexdigest()
        found = lifecycle.add(
            session, sha256=sha256, kind=kind, size=1, file_name=what, origin="cli", actor="trial"
        )
        return jobs.enqueue(
            session, "extract", found.invoice_id, revision=1, max_attempts=max_attempts
        )


def step(place: Workplace, job: Job) -> None:
    """Do it, and save a result (a row without any unique key) together with the job's end."""
    with place.database.reading() as session:
        what, _, amount = invoices.document_of(session, job.invoice_id).name.partition("-")
    with (place.settings.data_folder / "executions.log").open("a") as log:
        log.write(f"{job.id} {job.attempts} {os.getpid()}\n")
    if what == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif what == "raise":
        raise Unavailable("The service is away.")
    elif what == "hang":
        ctypes.CDLL(None).usleep(60_000_000)
    elif what == "freeze":
        ctypes.PyDLL(None).usleep(60_000_000)  # PyDLL does not let go of the interpreter's lock
    elif what == "sleep":
        time.sleep(float(amount))
    elif what == "cpu":
        end = time.process_time() + float(amount)
        while time.process_time() < end:
            hashlib.sha256(bytes(10_000)).digest()
    elif what == "busy":
        end = time.monotonic() + float(amount)
        while time.monotonic() < end:
            hashlib.sha256(bytes(10_000)).digest()
    with place.database.writing() as session:
        jobs.finish(session, job)
        lifecycle.record_error(
            session,
            job.invoice_id,
            step="trial",
            code="result",
            message=str(job.id),
            retryable=False,
            final=False,
        )


if __name__ == "__main__":
    run_worker(settings_of(Path(sys.argv[1]), *sys.argv[2:]), pace=PACE, step=step)
