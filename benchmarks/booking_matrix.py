"""Never two bills, never none: python benchmarks/booking_matrix.py [--every 1] [--seed 1]

Runs the whole matrix of tests/quickbooks/matrix.py: every fault of the stand-in at every call of a
booking × every point where a worker can be killed (kill -9), with two worker processes. Writes
results/booking_matrix.json with what was tried and what was wrong (nothing may be).
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import structlog

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]
from tests.quickbooks.matrix import Lab, all_cases  # noqa: E402

from invoice_ai.store.database import migrate  # noqa: E402


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--every", type=int, default=1, help="run each n-th case only")
    arguments.add_argument("--seed", type=int, default=1, help="of the order")
    arguments.add_argument("--seconds", type=float, default=1e9, help="stop after so long")
    chosen = arguments.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    cases = all_cases()
    everything = len(cases)
    random.Random(chosen.seed).shuffle(cases)
    cases = cases[:: chosen.every]
    wrong: dict[str, str] = {}
    faults: Counter[str] = Counter()
    points: Counter[str] = Counter()
    started, done = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'invoice_ai.db'}"
        migrate(url)
        lab = Lab(Path(folder), url).open()
        try:
            for case in cases:
                if time.monotonic() - started > chosen.seconds:
                    break
                told = lab.run(case)
                done += 1
                faults[case.fault.name if case.fault else "none"] += 1
                points[case.point or "nobody"] += 1
                if told:
                    wrong[str(case)] = told
                    print(f"{case}: {told}", flush=True)
                if done % 50 == 0:
                    print(f"{done} of {len(cases)}", flush=True)
        finally:
            lab.close()
    result = {
        "command": f"python benchmarks/booking_matrix.py --every {chosen.every} --seed {chosen.seed}",
        "machine": f"{os.cpu_count()} cores, {platform.machine()}, shared",
        "cases_in_all": everything,
        "cases_run": done,
        "wrong": wrong,
        "minutes": round((time.monotonic() - started) / 60, 1),
        "by_fault": dict(sorted(faults.items())),
        "by_point_of_death": dict(sorted(points.items())),
    }
    there = Path(__file__).with_name("results") / "booking_matrix.json"
    there.write_text(json.dumps(result, indent=1) + "\n")
    print(json.dumps({k: v for k, v in result.items() if not k.startswith("by_")}))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
