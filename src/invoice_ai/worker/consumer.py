"""Worker processes, run by huey: it forks, replaces, recycles and stops them. The jobs are ours.

A huey worker normally runs the message it takes from its queue. Ours treats every message as a bell
and looks at the jobs table, the truth; huey's scheduler process is our sweeper. So nothing depends
on a message, and no code comes in by one.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from functools import partial
from typing import Any

import redis
import structlog
from huey.consumer import BaseProcess, Consumer, Worker, WorkerRecycle

from invoice_ai import workflow
from invoice_ai.errors import InvoiceAIError, Unavailable
from invoice_ai.settings import Settings
from invoice_ai.store.bell import open_bell
from invoice_ai.worker.processes import die_with_parent, identity, is_gone
from invoice_ai.worker.running import Pace, Step, run_claimed
from invoice_ai.workflow import Workplace

# OCR engines and image decoders fragment memory; a new process costs a second.
JOBS_PER_PROCESS = 1_000
LONGEST_NAP_SECONDS = 0.3  # embedded: how late a bell may be heard

_log = structlog.get_logger("invoice_agent")


def run_worker(
    settings: Settings,
    *,
    pace: Pace = Pace(),  # noqa: B008 - frozen
    step: Step = workflow.run_job,
) -> None:
    """Run WORKER_PROCESSES processes until SIGTERM (running jobs end) or SIGINT (given back).

    Args:
        step: What to do with a claimed job; it must finish it in the transaction of its result.
    """
    os.register_at_fork(after_in_child=die_with_parent)
    settings.data_folder.mkdir(parents=True, exist_ok=True)
    bell = open_bell(settings.data_folder, settings.redis_url)

    class JobConsumer(Consumer):  # type: ignore[misc]
        worker_class = partial(_JobWorker, settings, pace, step)
        scheduler_class = partial(_Sweeper, settings, pace)

    JobConsumer(
        bell.huey,
        workers=settings.workers,
        worker_type="process",
        periodic=False,
        initial_delay=0.02,
        max_delay=LONGEST_NAP_SECONDS,
        health_check_interval=min(1.0, pace.sweep),
        max_tasks=JOBS_PER_PROCESS,
        shutdown_timeout=pace.stop,
        graceful_signal="TERM",
    ).run()


class _JobWorker(Worker):  # type: ignore[misc]
    """One worker process: hears the bell, claims jobs until none is due, naps."""

    def __init__(self, settings: Settings, pace: Pace, step: Step, **options: Any) -> None:
        super().__init__(**options)
        self.settings, self.pace, self.step = settings, pace, step
        self.place: Workplace | None = None
        self.name = ""
        self.next_look = 0.0

    def initialize(self) -> None:
        """Runs in the new process: connections and engines must not cross the fork."""
        self.place = workflow.open_workplace(self.settings)
        self.name = identity()
        # SIGINT means now, also in the middle of a job; huey only knows about its own tasks.
        signal.signal(signal.SIGINT, signal.default_int_handler)

    def shutdown(self) -> None:
        if self.place is not None:
            workflow.close_workplace(self.place)

    def loop(self, now: object = None) -> None:
        del now
        assert self.place is not None
        try:
            rung = self.place.bell.heard()
        except (OSError, sqlite3.Error, redis.RedisError):
            rung = False
            self.stop_flag.wait(1.0)
        if not rung and time.monotonic() < self.next_look:
            if not self.huey.storage.blocking:
                self.sleep()
            return
        self.delay = self.default_delay
        try:
            self.work_until_nothing_is_due(self.place)
        except Unavailable as away:
            _log.warning("cannot_claim", detail=str(away))
            self.stop_flag.wait(1.0)
        self.next_look = time.monotonic() + self.pace.look

    def work_until_nothing_is_due(self, place: Workplace) -> None:
        while not self.stop_flag.is_set():
            job = workflow.take_job(place, worker=self.name, lease_seconds=self.pace.lease)
            if job is None:
                return
            run_claimed(place, job, self.pace, step=self.step)
            self.task_count += 1
            if self.task_count >= self.max_tasks:
                raise WorkerRecycle


class _Sweeper(BaseProcess):  # type: ignore[misc]
    """One process per consumer: frees what dead workers held, rings for what is due."""

    process_name = "Sweeper"

    def __init__(
        self, settings: Settings, pace: Pace, *, huey: Any, stop_flag: Any, **_: Any
    ) -> None:
        super().__init__(huey, stop_flag)
        self.settings, self.pace = settings, pace
        self.place: Workplace | None = None

    def initialize(self) -> None:
        self.place = workflow.open_workplace(self.settings)

    def shutdown(self) -> None:
        if self.place is not None:
            workflow.close_workplace(self.place)

    def loop(self, now: object = None) -> None:
        del now
        assert self.place is not None
        try:
            workflow.rescue_abandoned(self.place, is_gone)
            workflow.keep_following(self.place)
        except InvoiceAIError as trouble:
            _log.warning("cannot_sweep", detail=str(trouble))
        self.stop_flag.wait(self.pace.sweep)
