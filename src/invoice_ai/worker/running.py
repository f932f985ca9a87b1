"""Run one job while a heartbeat keeps its lease, and settle whatever comes of it."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from invoice_ai import workflow
from invoice_ai.errors import BadDocument, Unavailable
from invoice_ai.store import jobs
from invoice_ai.store.jobs import Job, LeaseLost
from invoice_ai.workflow import Workplace

_log = structlog.get_logger("invoice_agent")
_errors = structlog.get_logger("errors")


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take, in seconds."""

    lease: float = 60.0  # a silent worker is replaced after that long
    beat: float = 15.0  # so three beats may be late
    sweep: float = 5.0  # how often dead workers and forgotten jobs are looked for
    look: float = 2.0  # an idle worker looks at the table that often, bell or not
    # One job: 200 pages (MAX_PAGES) at 2 s, the slowest measured page, and half of it as slack.
    deadline: float = 600.0
    back_off: float = 5.0  # before the first further attempt; doubled each time
    stop: float = 50.0  # for running jobs when asked to stop; docker-compose allows 60


Step = Callable[[Workplace, Job], None]


def run_claimed(place: Workplace, job: Job, pace: Pace, *, step: Step = workflow.run_job) -> None:
    """Do the job and settle it, whatever happens. Never raises but to end the process."""
    try:
        with _heartbeat(place, job, pace):
            step(place, job)
    except LeaseLost as lost:
        _log.warning("lease_lost", job=job.id, invoice=job.invoice_id, detail=str(lost))
    except KeyboardInterrupt:
        # We are asked to stop now: as if the job had never been taken.
        with place.database.writing() as session:
            jobs.give_back(session, job)
        raise
    except Exception as error:  # the one place where anything may arrive
        _settle(place, job, error, pace)


def _settle(place: Workplace, job: Job, error: Exception, pace: Pace) -> None:
    expected = isinstance(error, (BadDocument, Unavailable))
    _errors.warning(
        "step_failed",
        step=job.kind,
        invoice=job.invoice_id,
        job=job.id,
        attempt=job.attempts,
        error=type(error).__name__,
        detail=str(error),
        exc_info=None if expected else error,
    )
    try:
        workflow.fail_or_try_again(place, job, error, back_off_seconds=pace.back_off)
    except LeaseLost:
        pass
    except Unavailable as away:
        # The lease runs out and the sweeper frees the job.
        _log.warning("job_not_settled", job=job.id, detail=str(away))


@contextmanager
def _heartbeat(place: Workplace, job: Job, pace: Pace) -> Iterator[None]:
    done = threading.Event()
    beating = threading.Thread(
        target=_beat, args=(place, job, pace, done), name=f"heartbeat-{job.id}", daemon=True
    )
    beating.start()
    # Native code or a pattern that never ends may hold Python's lock, and then no heartbeat runs.
    # This watchdog is not written in Python: it ends the process a little after the deadline.
    faulthandler.dump_traceback_later(
        pace.deadline + pace.beat, exit=True, file=sys.__stderr__ or 2
    )
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
        done.set()
        beating.join()


def _beat(place: Workplace, job: Job, pace: Pace, done: threading.Event) -> None:
    end = time.monotonic() + pace.deadline
    while not done.wait(min(pace.beat, max(0.0, end - time.monotonic()))):
        if time.monotonic() >= end:
            _stop_for_good(place, job, pace)
        try:
            with place.database.writing(durable=False) as session:
                if not jobs.extend(session, job, pace.lease):
                    return  # somebody else has it; our result will be refused
        except Unavailable as away:
            _log.warning("heartbeat_missed", job=job.id, detail=str(away))


def _stop_for_good(place: Workplace, job: Job, pace: Pace) -> None:
    """The deadline is over, perhaps inside native code that nothing interrupts: end the process."""
    late = BadDocument(
        f"Reading took longer than {pace.deadline:.0f} s and was stopped. The file is kept; "
        "an administrator can look at it.",
        code="timeout",
    )
    _settle(place, job, late, pace)
    os.kill(os.getpid(), signal.SIGKILL)
