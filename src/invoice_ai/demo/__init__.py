"""`invoice-ai demo`: everything in a temporary folder, six invoices, and QuickBooks as a stand-in.

It starts two programs, the stand-in and `invoice-ai serve`, exactly as a person would, and then
connects them as a person would: by the login address, with its redirects and cookies.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from importlib.resources import as_file, files
from pathlib import Path

import httpx2

from invoice_ai.errors import Unavailable
from invoice_ai.worker.processes import die_with_parent

COMPANY = "Harbour Lane Trading Ltd"
REALM = "9130350000000020"  # that company in the stand-in: VAT and several currencies
OFFICE_SUPPLIES = "1"  # an account of hers
_READY_SECONDS = 60.0
_STOP_SECONDS = 60.0

# What the sample shows, by the beginning of its name.
SAMPLES = {
    "1-clean": "a clean invoice of a new vendor: one look, one key",
    "2-unsure": "a vendor that cannot be told for sure",
    "3-wrong-sum": "a total that does not add up",
    "4-scan": "a scan in German, in another currency",
    "5-sent-twice": "the first invoice again, as a scan: a duplicate",
    "6-e-invoice": "an e-invoice (XML)",
}


def run(*, port: int, folder: Path | None, browser: bool, say: Callable[[str], None]) -> None:
    """Until SIGINT or SIGTERM.

    Args:
        port: Of the app; when somebody else listens there, a free one is taken.
        folder: Keeps everything; None: a temporary folder that is removed at the end.
    Raises: Unavailable: a program did not come up; the message names its log.
    """
    stop = threading.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, lambda *_: stop.set())
    with ExitStack() as ending:
        if folder is None:
            place = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="invoice-ai-")))
        else:
            place = folder.absolute()
            place.mkdir(parents=True, exist_ok=True)
        standin_port, app_port = _free(9100), _free(port)
        app, standin = f"http://127.0.0.1:{app_port}", f"http://127.0.0.1:{standin_port}"
        environment = _environment(app_port, standin)
        state = ["--port", str(standin_port), "--state", str(place / "standin.db")]
        programs = {
            "standin": _start(
                ["quickbooks-standin", *state, "--control"], place, environment, ending
            ),
            "service": _start(["serve"], place, environment, ending),
        }
        _wait_for(f"{standin}/.well-known/openid_configuration/", programs, place, stop)
        _wait_for(f"{app}/health", programs, place, stop)
        if stop.is_set():
            return
        connected = _connect(app, standin)
        _drop_samples(place / "incoming")
        _tell(say, app, standin, place, connected)
        if browser:
            webbrowser.open(app)
        while not stop.wait(0.5):
            for name, program in programs.items():
                if program.poll() is not None:
                    raise Unavailable(f"The {name} has stopped; see {place / 'demo.log'}.")


def _environment(port: int, standin: str) -> dict[str, str]:
    """Only what the demo needs: the settings of a real installation must not leak into it."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "PYTHONPATH", "VIRTUAL_ENV", "SYSTEMROOT")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        "APP_NAME": "Invoice AI (demo)",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "COMPANY_NAMES": COMPANY,
        "PROCESSING_INTERVAL_SECONDS": "1",
        "QUICKBOOKS_BASE_URL": standin,
        "QUICKBOOKS_CLIENT_ID": "demo",
        "QUICKBOOKS_CLIENT_SECRET": "demo-of-the-stand-in",
        "QUICKBOOKS_REDIRECT_URI": f"http://127.0.0.1:{port}/api/auth/qb/callback",
    }


def _start(
    arguments: list[str], place: Path, environment: Mapping[str, str], ending: ExitStack
) -> subprocess.Popen[bytes]:
    log = ending.enter_context((place / "demo.log").open("ab"))
    program = subprocess.Popen(
        [sys.executable, "-m", "invoice_ai.cli", *arguments],
        cwd=place,
        env=dict(environment),
        stdout=log,
        stderr=log,
        start_new_session=True,  # Ctrl-C reaches us only; we stop them in good order
        preexec_fn=die_with_parent,
    )
    ending.callback(_end, program)
    return program


def _end(program: subprocess.Popen[bytes]) -> None:
    program.terminate()
    try:
        program.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()
        program.wait()


def _wait_for(
    address: str,
    programs: Mapping[str, subprocess.Popen[bytes]],
    place: Path,
    stop: threading.Event,
) -> None:
    end = time.monotonic() + _READY_SECONDS
    while not stop.is_set():
        try:
            if httpx2.get(address, timeout=2).status_code == 200:
                return
        except httpx2.TransportError:
            pass
        dead = [name for name, program in programs.items() if program.poll() is not None]
        if dead or time.monotonic() > end:
            raise Unavailable(f"The demo did not start; see {place / 'demo.log'}.")
        stop.wait(0.1)


def _connect(app: str, standin: str) -> bool:
    """Log in as a person would; False when the app cannot be connected (yet)."""
    with httpx2.Client(timeout=20) as browser:
        answer = browser.get(f"{app}/api/auth/qb/login")
        target = answer.headers.get("location", "")
        if not target.startswith(f"{standin}/connect/oauth2?"):
            return False
        answer = browser.get(f"{target}&auto=approve&realm={REALM}")
        target = answer.headers.get("location", "")
        if not target.startswith(f"{app}/"):
            return False
        if browser.get(target).status_code >= 400:
            return False
        # So that the first approved invoice is booked without a question.
        rules = {"publish": "on_approval", "default_account": OFFICE_SUPPLIES}
        return browser.put(f"{app}/api/quickbooks/rules", json=rules).status_code < 400


def _drop_samples(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with as_file(files("invoice_ai.demo") / "samples") as samples:
        for sample in sorted(samples.iterdir()):
            if re.match(r"\d-", sample.name):
                shutil.copyfile(sample, folder / sample.name)


def _tell(say: Callable[[str], None], app: str, standin: str, place: Path, connected: bool) -> None:
    say("")
    say(f"  Open {app} in your browser.")
    say("")
    say(f"  Six invoices are being read, addressed to {COMPANY} (invented):")
    for name, what in SAMPLES.items():
        say(f"    {name:14} {what}")
    say("")
    if connected:
        say(f"  QuickBooks: a stand-in on {standin}, connected. Nothing leaves this computer.")
        say("  What is approved is booked there; QuickBooks in the app shows it.")
    else:
        say(f"  QuickBooks: a stand-in on {standin}; connect it in the app under QuickBooks.")
    say("  It is NOT the real QuickBooks; everything in it is invented.")
    say(f"  Files: {place}. Stop with Ctrl-C.")


def _free(wanted: int) -> int:
    """`wanted`, or any free port of this computer when it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise Unavailable("There is no free port on this computer.")
