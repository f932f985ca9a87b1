"""Worker processes that book: `python tests/quickbooks/crew.py FOLDER DATABASE_URL ADDRESS [REDIS_URL]`.

They are the real ones, only quicker to try again, and killed at the points that faults.py arms.
"""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from invoice_ai import workflow
from invoice_ai.quickbooks import trouble
from invoice_ai.settings import load_settings
from invoice_ai.store.jobs import Job
from invoice_ai.worker.consumer import run_worker
from invoice_ai.worker.running import Pace
from invoice_ai.workflow import BookingPace, Workplace, connecting

# The dead are seen at once (same machine); a short lease would only measure how busy it is.
PACE = Pace(lease=30.0, beat=2.0, sweep=0.2, look=0.2, deadline=60.0, back_off=0.1, stop=10.0)
BOOKING = BookingPace(
    grace=0.0, lag=(0.05, 0.1, 0.2), retry=(0.1, 0.2, 0.4, 0.8), give_up=120.0, busy=0.2
)


def hurry() -> None:
    """The clocks of the outside world, faster."""
    connecting.SPACING_SECONDS = 0.0
    connecting.TOKEN_LEASE_SECONDS = 2.0
    trouble.THROTTLE_SECONDS = 0.5


def step(place: Workplace, job: Job) -> None:
    if job.kind == "sync":
        workflow.book(place, job, pace=BOOKING)
    else:
        workflow.run_job(place, job)


if __name__ == "__main__":
    folder, database_url, address, workers, *redis = sys.argv[1:]
    if os.environ.get("CREW_HURRIES", "1") == "1":
        hurry()
    root = Path(folder)
    settings = load_settings(
        _env_file=None,
        **{f"{n}_folder": root / n for n in ("incoming", "generated", "log", "upload", "data")},
        database_url=database_url,
        quickbooks_base_url=address,
        redis_url=redis[0] if redis else "",
        worker_processes=int(workers),
    )
    run_worker(settings, pace=PACE, step=partial(step))
