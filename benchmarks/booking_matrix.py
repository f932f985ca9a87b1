"""Never two bills, never none: python benchmarks/booking_matrix.py [--every 1] [--seed 1] [--labs 3]

Runs the whole matrix of tests/quickbooks/matrix.py: every fault of the stand-in at every call of a
booking × every point where a worker can be killed (kill -9), with two worker processes. Several labs
(a stand-in, a database in memory and workers each) share the cases. Writes
results/booking_matrix.json with what was tried and what was wrong (nothing may be).
"""

from __future__ import annotations

import argparse
import json
import logging
import multiprocessing
import os
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from multiprocessing.queues import Queue
from pathlib import Path

import structlog

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
from tests.quickbooks.matrix import Case, Lab, all_cases  # noqa: E402

from invoice_ai.store.database import migrate  # noqa: E402

_MEMORY = Path("/dev/shm")
Told = tuple[Case, str, float]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1, help="run each n-th case only")
    arguments.add_argument("--seed", type=int, default=1, help="of the order")
    arguments.add_argument("--labs", type=int, default=3, help="side by side")
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    cases = all_cases()
    everything = len(cases)
    random.Random(chosen.seed).shuffle(cases)
    cases = cases[:: chosen.every]
    started = time.monotonic()
    told: Queue[Told] = multiprocessing.Queue()
    labs = [
        multiprocessing.Process(target=work, args=(cases[n :: chosen.labs], told))
        for n in range(chosen.labs)
    ]
    for lab in labs:
        lab.start()
    results: list[Told] = []
    wrong: dict[str, str] = {}
    while len(results) < len(cases):
        case, what, seconds = told.get(timeout=300)
        results.append((case, what, seconds))
        if what:
            wrong[str(case)] = what
            print(f"{case}: {what}", flush=True)
        if len(results) % 100 == 0:
            print(f"{len(results)} of {len(cases)}", flush=True)
    for lab in labs:
        lab.join()
    slowest = sorted(results, key=lambda result: result[2])
    seconds = [seconds for *_, seconds in slowest]
    result = {
        "command": f"python benchmarks/booking_matrix.py --every {chosen.every} "
        f"--seed {chosen.seed} --labs {chosen.labs}",
        "commit": _commit(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, shared",
        "cases_in_all": everything,
        "cases_run": len(results),
        "wrong": wrong,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "seconds_a_case": {
            "median": round(seconds[len(seconds) // 2], 1),
            "longest": {str(case): round(long, 1) for case, _, long in slowest[-5:]},
        },
        "by_fault": _counted(case.fault.name if case.fault else "none" for case, *_ in results),
        "by_point_of_death": _counted(case.point or "nobody" for case, *_ in results),
    }
    there = Path(__file__).with_name("results") / "booking_matrix.json"
    there.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if not k.startswith("by_")}))
    return 1 if wrong else 0


def work(cases: list[Case], told: Queue[Told]) -> None:
    """One lab, in a process of its own."""
    beside = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=beside, prefix="invoice-ai-matrix-") as folder:
        url = f"sqlite:///{Path(folder) / 'invoice_ai.db'}"
        migrate(url)
        lab = Lab(Path(folder), url).open()
        try:
            for case in cases:
                started = time.monotonic()
                what = lab.run(case)
                told.put((case, what, time.monotonic() - started))
        finally:
            lab.close()


def _counted(names: object) -> dict[str, int]:
    return dict(sorted(Counter(names).items()))  # type: ignore[call-overload]


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True
    )
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
