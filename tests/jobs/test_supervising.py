"""`invoice-ai serve` keeps its children alive and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.servers import die_with_parent, free_port, wait_until


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[psutil.Process]:
    folders = {
        f"{name}_FOLDER": str(tmp_path / name.lower())
        for name in ("INCOMING", "GENERATED", "LOG", "UPLOAD", "DATA")
    }
    with (tmp_path / "serve.log").open("wb") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", "invoice_ai.cli", "serve"],
            cwd=tmp_path,
            env=os.environ | folders | {"PORT": str(free_port()), "WORKER_PROCESSES": "1"},
            preexec_fn=die_with_parent,
            stdout=log,
            stderr=log,
        )
    process = psutil.Process(started.pid)
    # api, worker, watch, and below worker one process that works and one that sweeps
    wait_until(lambda: len(process.children(recursive=True)) >= 5, seconds=30)
    yield process
    if started.poll() is None:
        started.kill()
    started.wait(10)


def child(process: psutil.Process, name: str) -> psutil.Process:
    return next(c for c in process.children() if c.cmdline()[-1] == name)


def test_asked_to_stop_all_of_it_stops(serve: psutil.Process) -> None:
    everyone = serve.children(recursive=True)
    serve.send_signal(signal.SIGTERM)
    assert serve.wait(30) == 0
    assert psutil.wait_procs(everyone, timeout=5)[1] == []


def test_killed_it_leaves_nothing_behind(serve: psutil.Process) -> None:
    everyone = serve.children(recursive=True)
    serve.kill()
    assert psutil.wait_procs(everyone, timeout=10)[1] == []


def test_a_child_that_dies_is_started_again(serve: psutil.Process) -> None:
    dead = child(serve, "watch")
    dead.kill()
    wait_until(
        lambda: any(c.pid != dead.pid and c.cmdline()[-1:] == ["watch"] for c in serve.children())
    )
