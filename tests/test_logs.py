"""Four log files: complete with several processes, and free of secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from invoice_ai.logs import start_logging
from invoice_ai.settings import Settings


@pytest.fixture
def logs(tmp_path: Path) -> Iterator[Path]:
    before = logging.getLogger().handlers[:]
    start_logging(Settings(log_folder=tmp_path, log_level="INFO"), console=False)
    yield tmp_path
    for handler in logging.getLogger().handlers[:]:
        if handler not in before:
            logging.getLogger().removeHandler(handler)
            handler.close()


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_each_line_goes_where_the_guide_says(logs: Path) -> None:
    structlog.get_logger("processing").info("extracted", invoice_id=7, seconds=0.03)
    structlog.get_logger("performance").info("step", stage="ocr", seconds=0.4)
    structlog.get_logger("invoice_agent").info("started")
    logging.getLogger("somebody.else").warning("careful")
    assert [x["event"] for x in lines(logs / "processing.log")] == ["extracted"]
    assert lines(logs / "processing.log")[0]["invoice_id"] == 7
    assert [x["event"] for x in lines(logs / "performance.log")] == ["step"]
    assert [x["event"] for x in lines(logs / "invoice_agent.log")] == ["started", "careful"]
    assert [x["event"] for x in lines(logs / "errors.log")] == ["careful"]


def test_an_exception_keeps_its_traceback_on_one_line(logs: Path) -> None:
    try:
        raise ValueError("total is\nnot a number")
    except ValueError:
        structlog.get_logger("processing").exception("failed", invoice_id=8)
    (line,) = lines(logs / "errors.log")
    assert "ValueError: total is\nnot a number" in str(line["exception"])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer eyJhbGciOi.abc.def123456", "eyJhbGciOi"),
        ("key inv_ab12_0123456789abcdef0123456789", "0123456789abcdef"),
        ("postgresql+psycopg://me:hunter2@db/x", "hunter2"),
        ("sk-proj_abcdefghijklmnopqrstuv", "abcdefghijkl"),
    ],
)
def test_secrets_are_cut_out_of_every_line(logs: Path, text: str, secret: str) -> None:
    structlog.get_logger("invoice_agent").info(text, password=secret, note=text)
    logging.getLogger("library").error("failed: %s", text)
    written = (logs / "invoice_agent.log").read_text() + (logs / "errors.log").read_text()
    assert len(written.splitlines()) == 3
    assert secret not in written


WRITER = """
import sys, structlog
from pathlib import Path
from invoice_ai.logs import start_logging
from invoice_ai.settings import Settings
start_logging(Settings(log_folder=Path(sys.argv[1]), log_max_size_mb=1, log_backup_count=50),
              console=False)
log = structlog.get_logger("processing")
for n in range(2500):
    log.info("line", writer=sys.argv[2], n=n, filler="x" * 200)
"""


def test_no_line_is_lost_when_several_processes_rotate(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), str(w)]) for w in range(3)
    ]
    assert [w.wait(120) for w in writers] == [0, 0, 0]
    files = [f for f in tmp_path.glob("processing.log*") if "lock" not in f.name]
    assert len(files) > 1, "the log never rotated, the test proves nothing"
    seen = {(x["writer"], x["n"]) for f in files for x in lines(f)}
    assert len(seen) == 7500
