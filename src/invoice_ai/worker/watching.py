"""Watch INCOMING_FOLDER. Looking every few seconds is the truth; events only make it quicker."""

from __future__ import annotations

import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from watchfiles import watch

from invoice_ai import workflow
from invoice_ai.errors import Unavailable
from invoice_ai.intake import FolderScan
from invoice_ai.settings import Settings
from invoice_ai.store import leases
from invoice_ai.worker.processes import identity
from invoice_ai.workflow import Workplace

LEASE = "watch"
# What lies claimed for that long was left by somebody who died; taking it twice does no harm.
LEFTOVER_SECONDS = 60.0
UNFINISHED_SECONDS = 3600.0  # no upload takes that long
NAP_SECONDS = 0.2  # how soon a change or a signal is noticed; a flood of events is one change

_log = structlog.get_logger("invoice_agent")


@dataclass(frozen=True, slots=True)
class WatchPace:
    """In seconds: how long one watcher stays the one, and how long a file must lie still."""

    lease: float = 30.0
    quiet: float = 2.0


def run_watch(
    settings: Settings,
    *,
    pace: WatchPace = WatchPace(),
    stopping: threading.Event | None = None,
) -> None:
    """Take every file that comes to rest in the folder, until SIGTERM or SIGINT (or `stopping`).

    Of several watchers the one with the lease works; another takes over when it dies.
    """
    stop = stopping or _stop_at_signals()
    place = workflow.open_workplace(settings)
    scan = FolderScan(settings.incoming_folder, quiet_seconds=pace.quiet)
    changed = threading.Event()
    threading.Thread(
        target=_listen, args=(settings.incoming_folder, changed, stop), name="events", daemon=True
    ).start()
    me = identity()
    leading = False
    try:
        while not stop.is_set():
            try:
                leading = _look(place, scan, me, pace, first=not leading)
            except (Unavailable, OSError) as trouble:
                _log.warning("cannot_watch", detail=str(trouble))
            interval = settings.processing_interval_seconds
            # What lies there moving is looked at twice within its time of rest.
            _wait(changed, stop, min(interval, pace.quiet / 2) if scan.unsettled else interval)
    finally:
        with suppress(Unavailable), place.database.writing() as session:
            leases.give_up(session, LEASE, me)
        workflow.close_workplace(place)


def _look(place: Workplace, scan: FolderScan, me: str, pace: WatchPace, *, first: bool) -> bool:
    """One look, if we are the one who looks; returns whether we are."""
    seconds = max(pace.lease, 3 * place.settings.processing_interval_seconds)
    with place.database.writing(durable=False) as session:
        if not leases.take(session, LEASE, me, seconds):
            return False
    if first:
        place.files.forget_unfinished(older_than_seconds=UNFINISHED_SECONDS)
    workflow.receive_leftovers(place, older_than_seconds=0.0 if first else LEFTOVER_SECONDS)
    workflow.receive_waiting(place, scan)
    for refused in scan.refused():
        _log.warning("file_refused", file=refused.relative, reason=refused.reason)
    return True


def _wait(changed: threading.Event, stop: threading.Event, seconds: float) -> None:
    """Until the next look is due, something happens in the folder, or we are to stop."""
    end = time.monotonic() + seconds
    while not stop.wait(NAP_SECONDS) and time.monotonic() < end and not changed.is_set():
        pass
    changed.clear()


def _listen(folder: Path, changed: threading.Event, stop: threading.Event) -> None:
    try:
        for _ in watch(folder, stop_event=stop, watch_filter=None, raise_interrupt=False):
            changed.set()
    except (OSError, RuntimeError) as deaf:
        _log.info("no_folder_events", detail=str(deaf))  # looking goes on


def _stop_at_signals() -> threading.Event:
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    return stop
