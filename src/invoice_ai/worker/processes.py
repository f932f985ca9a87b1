"""Processes: who we are, whether another one still lives, and dying together with a parent."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import sys
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1


def identity() -> str:
    """This process, as no other one ever was: machine, process id, start.

    Containers share ids and often names, so the machine is the host name and the process id
    namespace; ids come back, so the start time belongs to it.
    """
    pid = os.getpid()
    return f"{_machine()} {pid} {_started(pid)}"


def is_gone(worker: str) -> bool:
    """Whether that process surely no longer lives; of other machines one cannot say."""
    machine, _, process = worker.partition(" ")
    if machine != _machine():
        return False
    pid, _, started = process.partition(" ")
    return not pid.isdecimal() or _started(int(pid)) != started


def die_with_parent() -> None:
    """From now on be killed when the parent dies, even by kill -9 (Linux; elsewhere nothing)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _machine() -> str:
    try:
        namespace = Path("/proc/self/ns/pid").readlink().name
    except OSError:
        namespace = ""
    return f"{socket.gethostname()}{namespace}"


def _started(pid: int) -> str:
    """When a process started; "" when there is none, or only its remains (a zombie)."""
    try:
        # Ticks since boot: unlike a wall-clock time it does not move when the clock is set.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        if sys.platform == "linux":
            return ""
    except OSError:
        return ""
    else:
        return "" if fields[0] in "ZX" else fields[19]
    try:
        return str(psutil.Process(pid).create_time())
    except psutil.Error:
        return ""
