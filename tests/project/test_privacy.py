"""Nothing is told to anybody: no document, and not even that we run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCAN = ROOT / "evaluation" / "samples" / "tulp-drukwerk.jpg"

# Every name that is looked up and every connection that is not to this very computer ends the run.
WATCHED = f"""
import os, sys

def listen(event, details):
    if event == "socket.getaddrinfo" or (event == "socket.connect" and type(details[1]) is tuple):
        sys.stderr.write(f"{{event}} {{details[1:]}}")
        os._exit(3)

sys.addaudithook(listen)
import invoice_ai
assert invoice_ai.extract({str(SCAN)!r}).total is not None
import invoice_ai.api.main, invoice_ai.worker.consumer
"""


def test_reading_a_scan_asks_nobody_outside(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "intel").exists(), "OpenVINO counts its users"
