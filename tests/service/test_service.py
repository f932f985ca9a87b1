"""The samples through the running service: on a laptop, scaled out, and with workers killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.servers import free_port, wait_until

from invoice_ai.evaluate.scoring import is_right

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "evaluation" / "samples"


@contextmanager
def started(folder: Path, *commands: str, **settings: str) -> Iterator[list[psutil.Process]]:
    """Run `invoice-ai COMMAND…` in `folder`, each as a process of its own."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        "PYTHONPATH": str(ROOT / "src"),
        "PORT": str(free_port()),
        "PROCESSING_INTERVAL_SECONDS": "0.5",
        "WORKER_PROCESSES": "2",
        **settings,
    }
    program = [sys.executable, "-m", "invoice_ai.cli"]
    subprocess.run([*program, "migrate"], cwd=folder, env=environment, check=True)
    with ExitStack() as open_things:
        output = open_things.enter_context((folder / "output.log").open("ab"))
        processes = [
            subprocess.Popen([*program, c], cwd=folder, env=environment, stdout=output,
                             stderr=output)
            for c in commands
        ]  # fmt: skip
        try:
            yield [psutil.Process(p.pid) for p in processes]
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                try:
                    process.wait(30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def drop_samples(folder: Path) -> dict[str, dict[str, Any]]:
    """Copy the samples into incoming/; the truth by file name."""
    entries = [json.loads(x) for x in (SAMPLES / "manifest.jsonl").read_text().splitlines()]
    (folder / "incoming").mkdir(exist_ok=True)
    for entry in entries:
        half = folder / "incoming" / f"{entry['file']}.part"
        shutil.copyfile(SAMPLES / entry["file"], half)
        half.rename(folder / "incoming" / entry["file"])
    return {e["file"]: json.loads((SAMPLES / e["truth"]).read_text())["truth"] for e in entries}


def results(folder: Path) -> dict[str, dict[str, Any]]:
    found = [json.loads(p.read_text("utf-8")) for p in (folder / "generated").rglob("*.json")]
    return {r["document"]["file_name"]: r for r in found}


def assert_all_right(folder: Path, truths: dict[str, dict[str, Any]]) -> None:
    wait_until(lambda: len(results(folder)) >= len(truths), seconds=150, what="all results")
    for name, result in results(folder).items():
        fields = {k: v["value"] for k, v in result["invoice"]["fields"].items()}
        for wanted in ("vendor_name", "invoice_number", "invoice_date", "currency", "total"):
            right = is_right(wanted, fields.get(wanted, ""), [truths[name][wanted]])
            assert right, (name, wanted, fields.get(wanted))
        assert len(result["invoice"]["lines"]) == len(truths[name]["line_items"]), name
        sources = list((folder / "generated").rglob(f"{Path(name).stem}-*{Path(name).suffix}"))
        assert [s.read_bytes() for s in sources] == [(SAMPLES / name).read_bytes()], name
    assert len(list((folder / "generated").rglob("*.json"))) == len(truths)
    assert [p for p in (folder / "incoming").rglob("*") if p.is_file()] == []


def test_one_command_turns_dropped_files_into_results(tmp_path: Path) -> None:
    with started(tmp_path, "serve"):
        truths = drop_samples(tmp_path)
        assert_all_right(tmp_path, truths)


def test_the_same_code_runs_on_redis_postgres_and_several_workers(
    tmp_path: Path, postgres_url: str, redis_url: str
) -> None:
    with started(
        tmp_path, "api", "worker", "worker", "watch", "watch",
        DATABASE_URL=postgres_url, REDIS_URL=redis_url, WORKER_PROCESSES="1",
    ):  # fmt: skip
        truths = drop_samples(tmp_path)
        assert_all_right(tmp_path, truths)


def working(serve: psutil.Process, folder: Path) -> list[psutil.Process]:
    """The worker processes that are at a document now."""
    import sqlite3

    database = sqlite3.connect(folder / "data" / "invoice_ai.db")
    rows = database.execute("SELECT worker FROM jobs WHERE state = 'running' AND kind = 'extract'")
    names = [str(r[0]) for r in rows]
    database.close()
    children = [p for p in serve.children(recursive=True) if p.is_running()]
    return [p for p in children if any(f" {p.pid} " in f" {name} " for name in names)]


def test_workers_killed_in_the_middle_of_documents_lose_nothing(tmp_path: Path) -> None:
    with started(tmp_path, "serve") as (serve,):
        truths = drop_samples(tmp_path)
        killed = 0
        while killed < 3:
            wait_until(
                lambda: working(serve, tmp_path) or len(results(tmp_path)) == len(truths),
                seconds=60,
                what="a worker at work",
            )
            for process in working(serve, tmp_path)[:1]:
                process.send_signal(signal.SIGKILL)
                killed += 1
            if len(results(tmp_path)) == len(truths):
                break
        assert killed, "nothing was killed, the test proves nothing"
        assert_all_right(tmp_path, truths)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_running_when_the_service_ends(tmp_path: Path, how: signal.Signals) -> None:
    with started(tmp_path, "serve") as (serve,):
        wait_until(lambda: len(serve.children(recursive=True)) >= 5, seconds=60)
        family = serve.children(recursive=True)
        serve.send_signal(how)
        psutil.wait_procs([serve, *family], timeout=30)
        assert [p for p in family if p.is_running() and p.status() != "zombie"] == []
