"""Places where a test may end, stop or disturb the process; otherwise they do nothing.

A test names a folder in INVOICE_AI_FAULT_FOLDER and writes into its file `armed`, for example

    booking_after_call:kill      the next process that comes by is killed (SIGKILL)
    booking_after_call:raise     … meets an exception
    booking_after_call:hang      … stops there

A point fires once: it takes the file away and leaves one with its own name, so that a test which
arms a point that is never reached fails.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

HANG_SECONDS = 3600.0


class InjectedFault(Exception):
    """What an armed point raises."""


def fault_point(name: str) -> None:
    """Nothing, unless this point is armed."""
    told = os.environ.get("INVOICE_AI_FAULT_FOLDER")
    if not told:
        return
    folder = Path(told)
    try:
        point, _, kind = (folder / "armed").read_text().partition(":")
        if point != name:
            return
        (folder / "armed").rename(folder / name)  # of several processes one meets it
    except FileNotFoundError:
        return
    if kind == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "hang":
        time.sleep(HANG_SECONDS)
    raise InjectedFault(name)
