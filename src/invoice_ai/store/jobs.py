"""The queue of record. Workers are told by a bell, but what is to be done stands here.

A job is claimed by one conditional UPDATE, held under a lease that its worker keeps extending, and
finished in the same transaction as its result, only by whoever still holds its token. So a worker
that was paused, replaced or killed can neither lose a job nor finish it twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, and_, func, insert, or_, select, text, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from invoice_ai.errors import Conflict
from invoice_ai.store.tables import jobs
from invoice_ai.store.types import clean_text, db_now

Kind = Literal["extract", "export", "render", "sync", "pull"]
State = Literal["queued", "running", "done", "dead", "cancelled"]

# An export takes milliseconds and finishes an invoice; page pictures can wait for both. Booking and
# reading take turns by age; what changed in QuickBooks is one request every ten minutes.
PRIORITY: dict[Kind, int] = {"export": 0, "pull": 5, "extract": 10, "sync": 10, "render": 20}
# QuickBooks is asked by at most so many at once, and some worker is always left for reading.
MOST_BOOKING = 4
CLAIM_LOCK = 0x1A02  # our number among Postgres' advisory locks


class LeaseLost(Conflict):
    """The job was given to somebody else meanwhile; the result must not be saved."""

    code = "lease_lost"


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `token` proves the claim; `attempts` counts this one; `invoice_id` 0: of none."""

    id: int
    kind: Kind
    invoice_id: int
    revision: int
    attempts: int
    max_attempts: int
    token: str
    worker: str

    @property
    def last_attempt(self) -> bool:
        return self.attempts >= self.max_attempts


_JOB = (
    jobs.c.id,
    jobs.c.kind,
    func.coalesce(jobs.c.invoice_id, 0).label("invoice_id"),
    jobs.c.revision,
    jobs.c.attempts,
    jobs.c.max_attempts,
    jobs.c.token,
    jobs.c.worker,
)


def enqueue(
    session: Session,
    kind: Kind,
    invoice_id: int | None,
    *,
    revision: int,
    max_attempts: int,
    delay_seconds: float = 0.0,
) -> int:
    """Add a job in the caller's transaction: it exists exactly if the caller's change does."""
    statement = insert(jobs).values(
        kind=kind,
        invoice_id=invoice_id,
        revision=revision,
        state="queued",
        priority=PRIORITY[kind],
        max_attempts=max_attempts,
        run_after=db_now(delay_seconds),
    )
    return int(session.scalars(statement.returning(jobs.c.id)).one())


def claim(
    session: Session,
    *,
    worker: str,
    lease_seconds: float,
    most_running: int,
    most_booking: int = MOST_BOOKING,
) -> Job | None:
    """Take the best due job, or None: nothing is due, or `most_running` are in work already.

    Args:
        most_booking: A `sync` job is only taken while fewer of them are in work.
    """
    if session.get_bind().dialect.name == "postgresql":
        # One claim at a time (a millisecond), else two could both be the last allowed one.
        session.execute(text(f"SELECT pg_advisory_xact_lock({CLAIM_LOCK})"))
    waiting = jobs.alias("waiting")
    running = jobs.alias("running")
    booking = jobs.alias("booking")
    may_book = (
        select(func.count())
        .select_from(booking)
        .where(booking.c.state == "running", booking.c.kind == "sync")
        .scalar_subquery()
        < most_booking
    )
    # `=` and not IN: with IN Postgres may run the sub-select again and take several rows.
    best = (
        select(waiting.c.id)
        .where(
            waiting.c.state == "queued",
            waiting.c.run_after <= db_now(),
            or_(waiting.c.kind != "sync", may_book),
        )
        .order_by(waiting.c.priority, waiting.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    in_work = (
        select(func.count())
        .select_from(running)
        .where(running.c.state == "running")
        .scalar_subquery()
    )
    statement = (
        update(jobs)
        .where(jobs.c.id == best, jobs.c.state == "queued", in_work < most_running)
        .values(
            state="running",
            token=uuid.uuid4().hex,
            worker=worker,
            lease_until=db_now(lease_seconds),
            attempts=jobs.c.attempts + 1,
        )
        .returning(*_JOB)
    )
    row = session.execute(statement).one_or_none()
    return None if row is None else Job(*row)


def extend(session: Session, job: Job, lease_seconds: float) -> bool:
    """Keep the job for another while; False: it is no longer ours."""
    return _changed(
        session, update(jobs).where(_held(job)).values(lease_until=db_now(lease_seconds))
    )


def hold(session: Session, job: Job) -> None:
    """See that the job is still ours, and keep it so until the transaction ends.

    Whoever changes job and invoice takes the job first, so that no two wait for each other.

    Raises: LeaseLost.
    """
    if session.execute(select(jobs.c.id).where(_held(job)).with_for_update()).first() is None:
        raise _lost(job)


def finish(session: Session, job: Job) -> None:
    """Mark the job done. Call it first in the transaction that saves the result.

    Raises: LeaseLost: somebody else has the job; the transaction must not commit.
    """
    _settle(session, job, state="done", finished_at=db_now(), error=None)


def retry_later(session: Session, job: Job, error: str, seconds: float) -> None:
    """Put the job back, due in `seconds`. Raises: LeaseLost."""
    _settle(session, job, state="queued", run_after=db_now(seconds), error=clean_text(error))


def postpone(session: Session, job: Job, seconds: float, why: str = "") -> None:
    """Put the job back, due in `seconds`, as if it had not been taken: waiting is no failure.

    Raises: LeaseLost.
    """
    _settle(
        session,
        job,
        state="queued",
        attempts=jobs.c.attempts - 1,
        run_after=db_now(seconds),
        error=clean_text(why) or None,
    )


def ring_now(session: Session, invoice_id: int, kind: Kind) -> bool:
    """Let a waiting job of this kind start at once; False: none waits or runs."""
    waiting = update(jobs).where(
        jobs.c.invoice_id == invoice_id, jobs.c.kind == kind, jobs.c.state == "queued"
    )
    if _changed_any(session, waiting.values(run_after=db_now())):
        return True
    running = select(jobs.c.id).where(
        jobs.c.invoice_id == invoice_id, jobs.c.kind == kind, jobs.c.state == "running"
    )
    return session.execute(running).first() is not None


def give_back(session: Session, job: Job) -> None:
    """Put the job back as if it had not been taken (the worker is asked to stop)."""
    _settle(session, job, state="queued", attempts=jobs.c.attempts - 1)


def bury(session: Session, job: Job, error: str) -> None:
    """Give the job up; a person decides about a retry. Raises: LeaseLost."""
    _settle(session, job, state="dead", finished_at=db_now(), error=clean_text(error))


def drop(session: Session, job: Job) -> None:
    """End a job whose result nobody wants any more. Raises: LeaseLost."""
    _settle(session, job, state="cancelled", finished_at=db_now())


def cancel_waiting(session: Session, invoice_id: int, kind: Kind | None = None) -> None:
    """Cancel what is not running yet (the invoice was deleted or is processed anew)."""
    statement = update(jobs).where(jobs.c.invoice_id == invoice_id, jobs.c.state == "queued")
    if kind is not None:
        statement = statement.where(jobs.c.kind == kind)
    session.execute(statement.values(state="cancelled", finished_at=db_now()))


def abandoned(
    session: Session, is_gone: Callable[[str], bool], *, job_id: int | None = None
) -> list[Job]:
    """Running jobs whose lease is over or whose worker is gone; held until the transaction ends.

    Args:
        job_id: Look at this job only.
    """
    over = (jobs.c.lease_until < db_now()).label("over")
    running = select(*_JOB, over).where(jobs.c.state == "running")
    if job_id is not None:
        running = running.where(jobs.c.id == job_id)
    rows = session.execute(running.with_for_update(skip_locked=True))
    return [Job(*row[:-1]) for row in rows if row.over or is_gone(row.worker)]


def revive(session: Session, invoice_id: int) -> list[int]:
    """Queue the dead jobs of an invoice again with all their attempts; returns their ids."""
    statement = (
        update(jobs)
        .where(jobs.c.invoice_id == invoice_id, jobs.c.state == "dead")
        .values(state="queued", attempts=0, run_after=db_now(), finished_at=None)
        .returning(jobs.c.id)
    )
    return list(session.scalars(statement))


def due(session: Session, most: int) -> list[int]:
    """The ids of at most `most` jobs that could start now, the next one first."""
    waiting = select(jobs.c.id).where(jobs.c.state == "queued", jobs.c.run_after <= db_now())
    return list(session.scalars(waiting.order_by(jobs.c.priority, jobs.c.id).limit(most)))


def unfinished_count(session: Session, most: int = 10_000) -> int:
    """How many jobs wait or run, counted up to `most`."""
    return _count(
        session, select(jobs.c.id).where(jobs.c.state.in_(("queued", "running"))).limit(most)
    )


def counts(session: Session) -> dict[State, int]:
    """Jobs by state; a state without jobs is absent."""
    rows = session.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
    return {row[0]: row[1] for row in rows}


def _count(session: Session, found: Select[Any]) -> int:
    return session.scalars(select(func.count()).select_from(found.subquery())).one()


def _held(job: Job) -> Any:
    return and_(jobs.c.id == job.id, jobs.c.state == "running", jobs.c.token == job.token)


def _settle(session: Session, job: Job, **values: Any) -> None:
    statement = (
        update(jobs).where(_held(job)).values(token=None, lease_until=None, worker=None, **values)
    )
    if not _changed(session, statement):
        raise _lost(job)


def _lost(job: Job) -> LeaseLost:
    return LeaseLost(f"Job {job.id} was given to another worker; its result is not saved.")


def _changed(session: Session, statement: Any) -> bool:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount == 1


def _changed_any(session: Session, statement: Any) -> bool:
    result = session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount > 0
