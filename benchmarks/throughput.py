"""Folder to JSON through the running service: python benchmarks/throughput.py [--count 2000]

Starts `invoice-ai serve` in a throw-away folder, drops that many different one-page digital
invoices into INCOMING_FOLDER, and measures invoices a second until the last JSON stands in
GENERATED_FOLDER, and the memory of all processes on the way. Writes results/throughput.json.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "evaluation" / "samples"))
import make  # noqa: E402 - the samples' own generator


def invoices(count: int) -> list[bytes]:
    """Different invoices: number, date and quantities vary."""
    digital = [s for s in make.SAMPLES if not s.scan]
    made = []
    for n in range(count):
        sample = digital[n % len(digital)]
        (first, _, price), *others = sample.lines
        lines = ((first, str(1 + n % 97), price), *others)
        changed = dataclasses.replace(
            sample, number=f"{sample.number[:3]}{n:06}", date=f"2026-0{1 + n % 9}-{1 + n % 28:02}",
            due=f"2026-1{n % 3}-{1 + n % 28:02}", lines=lines,
        )  # fmt: skip
        made.append(make.draw(changed))
    return made


def memory_mb(process: psutil.Process) -> float:
    total = 0
    for p in [process, *process.children(recursive=True)]:
        try:
            total += p.memory_full_info().pss
        except (psutil.Error, AttributeError):
            continue
    return total / 2**20


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--count", type=int, default=2000)
    arguments.add_argument("--port", type=int, default=8765)
    chosen = arguments.parse_args()
    files = invoices(chosen.count)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        environment = {
            **os.environ,
            "PORT": str(chosen.port),
            "PROCESSING_INTERVAL_SECONDS": "1",
            "BATCH_SIZE": "100",
            "PYTHONPATH": str(ROOT / "src"),
        }
        command = [sys.executable, "-m", "invoice_ai.cli"]
        subprocess.run([*command, "migrate"], cwd=here, env=environment, check=True)
        started = time.monotonic()
        service = subprocess.Popen(
            [*command, "serve"], cwd=here, env=environment,
            stdout=subprocess.DEVNULL, stderr=(here / "stderr").open("w"),
        )  # fmt: skip
        try:
            until_health = wait_for_health(chosen.port, started)
            for n, content in enumerate(files):
                part = here / "incoming" / f"{n:05}.part"
                part.write_bytes(content)
                part.rename(part.with_suffix(".pdf"))
            dropped = time.monotonic()
            result = watch(here / "generated", service.pid, len(files), dropped)
            result |= {
                "invoices": len(files),
                "seconds_to_health": round(until_health, 2),
                "cores": psutil.cpu_count(),
            }
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)
    print(json.dumps(result, indent=1))
    (ROOT / "benchmarks" / "results" / "throughput.json").write_text(
        json.dumps(result, indent=1) + "\n"
    )


def wait_for_health(port: int, started: float) -> float:
    while time.monotonic() - started < 60:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1):
                return time.monotonic() - started
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the service did not come up")


def watch(generated: Path, pid: int, count: int, dropped: float) -> dict[str, object]:
    service = psutil.Process(pid)
    samples: list[tuple[int, float]] = []
    first = None
    while True:
        done = sum(1 for _ in generated.rglob("*.json"))
        now = time.monotonic()
        if done and first is None:
            first = (now, done)
        samples.append((done, round(memory_mb(service), 1)))
        if done >= count or now - dropped > 1200:
            break
        time.sleep(1)
    seconds = now - dropped
    half = [m for d, m in samples if d >= count / 2]
    return {
        "done": done,
        "seconds": round(seconds, 1),
        "invoices_per_second": round(done / seconds, 1),
        "invoices_per_second_once_running": (
            round((done - first[1]) / (now - first[0]), 1) if first and now > first[0] else None
        ),
        "memory_mb_at_quarter": next((m for d, m in samples if d >= count / 4), None),
        "memory_mb_at_half": half[0] if half else None,
        "memory_mb_at_end": samples[-1][1],
    }


if __name__ == "__main__":
    main()
