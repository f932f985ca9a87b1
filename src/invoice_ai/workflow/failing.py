"""When a step goes wrong: try again later, or show it to people; and free what dead workers held."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

import structlog
from sqlalchemy.orm import Session

from invoice_ai.domain.status import may_become
from invoice_ai.errors import InvoiceAIError, Unavailable
from invoice_ai.store import jobs, lifecycle, outbox
from invoice_ai.store.jobs import Job, LeaseLost
from invoice_ai.workflow.place import Workplace
from invoice_ai.workflow.requesting import stop_row

BACK_OFF_SECONDS = 5.0  # doubled at every further attempt
MOST_BACK_OFF_SECONDS = 3600.0

_processing = structlog.get_logger("processing")


def fail_or_try_again(
    place: Workplace, job: Job, error: Exception, *, back_off_seconds: float = BACK_OFF_SECONDS
) -> None:
    """A transient fault is tried again later; anything else is shown to people.

    Raises: LeaseLost: somebody else has the job already.
    """
    with place.database.writing() as session:
        _settle_failure(session, job, error, back_off_seconds=back_off_seconds)


def rescue_abandoned(place: Workplace, is_gone: Callable[[str], bool]) -> int:
    """Free the jobs of dead and silent workers, and ring for what is due; returns how many."""
    with place.database.writing(durable=False) as session:
        lost = jobs.abandoned(session, is_gone)
        due = jobs.due(session, most=place.settings.workers)
    for job in lost:
        with suppress(LeaseLost), place.database.writing() as session:
            # It may have come back to life meanwhile.
            if not jobs.abandoned(session, is_gone, job_id=job.id):
                continue
            _settle_failure(session, job, WorkerLost(job), back_off_seconds=0.0)
        _processing.warning(
            "worker_lost", invoice=job.invoice_id, job=job.id, worker=job.worker, step=job.kind
        )
    # Lost bells, flushed queues, delayed retries: all the same here.
    for job_id in due:
        place.bell.ring(job_id)
    return len(lost)


class WorkerLost(Unavailable):
    """The process that did the job died or fell silent."""

    code = "worker_lost"

    def __init__(self, job: Job) -> None:
        super().__init__(
            f"The program that works on this file stopped {job.attempts} times while doing it. "
            "The file is kept; try again, or let an administrator look at it."
        )


def _settle_failure(
    session: Session, job: Job, error: Exception, *, back_off_seconds: float
) -> None:
    known = error if isinstance(error, InvoiceAIError) else _internal(error)
    jobs.hold(session, job)
    status = lifecycle.current_status(session, job.invoice_id, job.revision)
    if status is None and job.kind != "sync":
        jobs.drop(session, job)
        return
    final = False
    if known.retry and not job.last_attempt:
        # Jitter, so that a service that comes back is not overrun by everybody at once.
        seconds = min(back_off_seconds * 2 ** (job.attempts - 1), MOST_BACK_OFF_SECONDS)
        jobs.retry_later(session, job, str(known), seconds * random.uniform(0.5, 1.5))
    else:
        jobs.bury(session, job, str(known))
        if job.kind == "sync" and (row := outbox.find(session, job.invoice_id)) is not None:
            stop_row(session, row, "needs_attention", code=known.code, message=str(known))
        final = job.kind == "extract" and status is not None and may_become(status, "failed")
    record_error(session, job.invoice_id, job.kind, known, final=final)
    if final:
        lifecycle.move(session, job.invoice_id, "failed", actor="worker", reason=known.code)


def _internal(error: Exception) -> InvoiceAIError:
    return Unavailable(
        f"Something went wrong inside Invoice AI ({type(error).__name__}). The file is kept; "
        "try again, and report it if it happens again.",
        code="internal_error",
    )


def record_error(
    session: Session, invoice_id: int, step: str, error: InvoiceAIError, *, final: bool
) -> None:
    lifecycle.record_error(
        session,
        invoice_id,
        step=step,
        code=error.code,
        message=str(error),
        retryable=error.retry,
        final=final,
    )
