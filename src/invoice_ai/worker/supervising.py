"""`invoice-ai serve`: API, workers and watcher as children of one command, restarted when they die.

Nothing is left behind: children are asked to stop with us, and when we are killed without a chance
to ask, the kernel kills them (Linux).
"""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field

import structlog

from invoice_ai.settings import Settings
from invoice_ai.store.database import migrate
from invoice_ai.worker.processes import die_with_parent

STOP_SECONDS = 55.0  # workers take up to 50 to finish what they are at
HEALTHY_SECONDS = 10.0
MOST_FAST_DEATHS = 5  # a child that never lives for 10 s will not the sixth time either
LONGEST_PAUSE_SECONDS = 30.0
# Exit codes of cli.py that say: starting again will not help (usage or refusal, configuration).
HOPELESS = frozenset({2, 6})

_log = structlog.get_logger("invoice_agent")


@dataclass
class _Child:
    name: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    fast_deaths: int = 0
    restart_at: float = field(default=0.0)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "invoice_ai.cli", *self.arguments],
            # Ctrl-C in a terminal reaches us only; we then stop the children in good order.
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        self.started_at = time.monotonic()
        _log.info("started", child=self.name, pid=self.process.pid)

    def note_death(self, code: int) -> None:
        lived = time.monotonic() - self.started_at
        self.fast_deaths = 0 if lived >= HEALTHY_SECONDS else self.fast_deaths + 1
        pause = min(2.0 ** (self.fast_deaths - 1), LONGEST_PAUSE_SECONDS) if self.fast_deaths else 0
        self.restart_at = time.monotonic() + pause
        self.process = None
        _log.error("child_died", child=self.name, code=code, restart_in_seconds=pause)


def supervise(settings: Settings, *, reload: bool = False) -> None:
    """Run everything until SIGTERM or SIGINT; then stop it gracefully.

    Args:
        reload: The API starts again when the code changes (development).
    Raises: SystemExit: a child cannot be kept alive; with its exit code.
    """
    migrate(settings.database_url)
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    api = ["api", "--dev"] if reload else ["api"]
    children = [_Child("api", api), _Child("worker", ["worker"]), _Child("watch", ["watch"])]
    code = 0
    try:
        while not stop.is_set() and code == 0:
            code = _keep_alive(children)
            stop.wait(0.2)
    finally:
        _stop(children)
    if code:
        raise SystemExit(code)


def _keep_alive(children: list[_Child]) -> int:
    """Start what is not running; returns an exit code when there is no point in going on."""
    for child in children:
        if child.process is None:
            if time.monotonic() >= child.restart_at:
                child.start()
            continue
        code = child.process.poll()
        if code is None:
            continue
        child.note_death(code)
        if code in HOPELESS or child.fast_deaths >= MOST_FAST_DEATHS:
            return code if code > 0 else 1
    return 0


def _stop(children: list[_Child]) -> None:
    running = [child.process for child in children if child.process is not None]
    for process in running:
        process.terminate()
    end = time.monotonic() + STOP_SECONDS
    for process in running:
        try:
            process.wait(max(0.1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    _log.info("stopped")
