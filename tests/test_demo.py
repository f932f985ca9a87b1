"""The demo as a person starts it."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import psutil
from tests.servers import die_with_parent, wait_until

from invoice_ai.demo import SAMPLES


def test_one_command_reads_invented_invoices_and_leaves_nothing_behind(tmp_path: Path) -> None:
    shown = tmp_path / "shown.txt"
    command = [sys.executable, "-m", "invoice_ai.cli", "demo", "--port", "0"]
    with shown.open("wb") as output:
        demo = subprocess.Popen(command, stdout=output, stderr=output, preexec_fn=die_with_parent)
    try:
        wait_until(lambda: "Ctrl-C" in shown.read_text(), seconds=60, what="the demo is ready")
        text = shown.read_text()
        assert "NOT the real QuickBooks" in text
        assert all(name in text for name in SAMPLES)
        app = re.search(r"Open (http://\S+)", text)
        folder = re.search(r"Files: (\S+)\. Stop", text)
        assert app and folder
        wait_until(lambda: _is_read(app[1], "FPM-20418"), seconds=60, what="the first is read")
        children = psutil.Process(demo.pid).children(recursive=True)
        assert len(children) >= 4  # the stand-in; the service with its API, workers and watcher
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(90) == 0
    assert not Path(folder[1]).exists()
    wait_until(lambda: not any(map(_lives, children)), seconds=20, what="all of it has ended")


def _is_read(app: str, number: str) -> bool:
    return number in httpx2.get(f"{app}/results", timeout=10).text


def _lives(process: psutil.Process) -> bool:
    """Whether it still does something; what nobody has buried yet does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
