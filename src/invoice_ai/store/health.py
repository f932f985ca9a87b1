"""Signs of life, as far as the tables show them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from invoice_ai.store.database import now
from invoice_ai.store.tables import jobs, leases


@dataclass(frozen=True, slots=True)
class RunningJob:
    """A job in work: by whom, and for how long the lease still runs."""

    worker: str
    kind: str
    lease_seconds: float


@dataclass(frozen=True, slots=True)
class Lease:
    """Something only one may do at a time; `seconds` below 0 say that nobody does it."""

    name: str
    holder: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Vitals:
    """What waits, what runs, and who holds what. `oldest_due_seconds`: 0 when nothing waits."""

    jobs: dict[str, int]
    oldest_due_seconds: float
    running: tuple[RunningJob, ...]
    leases: tuple[Lease, ...]


def vitals(session: Session) -> Vitals:
    """One look at the queue and the leases."""
    moment = now(session)
    by_state = session.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
    oldest = session.scalar(
        select(func.min(jobs.c.run_after)).where(
            jobs.c.state == "queued", jobs.c.run_after <= moment
        )
    )
    running = session.execute(
        select(jobs.c.worker, jobs.c.kind, jobs.c.lease_until).where(jobs.c.state == "running")
    )
    held = session.execute(select(leases).order_by(leases.c.name))
    return Vitals(
        jobs={row[0]: row[1] for row in by_state},
        oldest_due_seconds=(moment - oldest).total_seconds() if oldest else 0.0,
        running=tuple(
            RunningJob(r.worker or "", r.kind, (r.lease_until - moment).total_seconds())
            for r in running
            if r.lease_until is not None
        ),
        leases=tuple(Lease(r.name, r.holder, (r.until - moment).total_seconds()) for r in held),
    )
