"""The server as the command line starts it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx2
from tests.api.conftest import MakeSettings

START = (
    "from invoice_ai.api.server import run_api;"
    "from invoice_ai.settings import current_settings;"
    "run_api(current_settings())"
)


def test_it_stops_at_once_although_a_tab_is_open(
    make_settings: MakeSettings, tmp_path: Path
) -> None:
    settings = make_settings()
    names = ("port", "database_url", "incoming_folder", "generated_folder", "upload_folder")
    env = {name.upper(): str(getattr(settings, name)) for name in (*names, "data_folder")}
    server = subprocess.Popen([sys.executable, "-c", START], env=os.environ | env, cwd=tmp_path)
    try:
        url = f"http://127.0.0.1:{settings.port}"
        with httpx2.Client(base_url=url, trust_env=False) as api:
            _wait_for(api)
            with api.stream("GET", "/events") as stream:
                next(stream.iter_lines())
                server.send_signal(signal.SIGTERM)
                started = time.monotonic()
                assert server.wait(15) in (0, -signal.SIGTERM)
                assert time.monotonic() - started < 5
        assert '"route": "/health"' not in (log := (tmp_path / "logs/performance.log").read_text())
        assert '"route": "/events"' in log
    finally:
        server.kill()
        server.wait()


def _wait_for(api: httpx2.Client) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        try:
            if api.get("/health").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")
