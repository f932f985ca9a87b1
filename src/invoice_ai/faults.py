"""Places where a test may end, stop or disturb the process; without INVOICE_AI_FAULT they do nothing.

    INVOICE_AI_FAULT="booking_after_call:kill:1"      the first time it comes by, SIGKILL
    INVOICE_AI_FAULT="booking_after_call:raise:2"     the second time, an exception

A test that arms a point which is never reached must fail, so a hit leaves a file in
INVOICE_AI_FAULT_FOLDER.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

HANG_SECONDS = 3600.0

_hits: dict[str, int] = {}


class InjectedFault(Exception):
    """What an armed point raises."""


def fault_point(name: str) -> None:
    """Nothing, unless this point is armed."""
    armed = os.environ.get("INVOICE_AI_FAULT", "")
    if not armed or not armed.startswith(f"{name}:"):
        return
    _, kind, nth = armed.split(":")
    _hits[name] = _hits.get(name, 0) + 1
    if _hits[name] != int(nth):
        return
    if folder := os.environ.get("INVOICE_AI_FAULT_FOLDER"):
        (Path(folder) / name).touch()
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hang":
        time.sleep(HANG_SECONDS)
    raise InjectedFault(name)
