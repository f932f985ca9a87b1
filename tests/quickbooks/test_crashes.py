"""Workers are killed and QuickBooks misbehaves: there is one bill in the end, never two, never none.

The whole matrix (27 faults × 5 calls × 12 places) is `benchmarks/booking_matrix.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.quickbooks.crew import BOOKING
from tests.quickbooks.matrix import Case, Lab, all_cases, some_cases
from tests.quickbooks.office import an_invoice, approve
from tests.servers import wait_until

from invoice_ai.quickbooks_standin.faults import FAULTS
from invoice_ai.store import outbox

CASES = some_cases()


@pytest.fixture(scope="module")
def lab(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("crashes")
    file = folder / "invoice_ai.db"
    file.write_bytes(sqlite_template.read_bytes())
    made = Lab(folder, f"sqlite:///{file}").open()
    yield made
    made.close()


@pytest.mark.parametrize("case", CASES, ids=str)
def test_there_is_one_bill_whatever_happens(lab: Lab, case: Case) -> None:
    assert lab.run(case) == ""


def test_the_matrix_has_every_fault_at_every_call_with_every_death() -> None:
    cases = set(map(str, all_cases()))
    assert len(cases) == 11 + len(FAULTS) * 5 * 12
    assert set(map(str, CASES)) <= cases


def test_everything_killed_in_the_middle_of_many_changes_nothing(
    postgres_url: str, redis_url: str, tmp_path: Path
) -> None:
    """On Postgres and Redis, with three workers: kill -9 of all of them, twice."""
    lab = Lab(tmp_path, postgres_url, redis_url, workers=3).open()
    try:
        ids = [
            approve(
                lab.place, an_invoice(f"K-{n}", net=f"{50 + n}.00"), automatic=True, pace=BOOKING
            )
            for n in range(30)
        ]

        def done() -> int:
            with lab.place.database.reading() as session:
                return outbox.counts(session).get("done", 0)

        for enough in (5, 15):
            wait_until(lambda enough=enough: done() >= enough, seconds=120, what="some are booked")
            lab.kill_crew()
            time.sleep(0.2)
            lab.start_crew()
        wait_until(lambda: done() == len(ids), seconds=240, what="all are booked")
        numbers = [d["DocNumber"] for d in lab.server.documents()]
        assert sorted(numbers) == sorted(f"K-{n}" for n in range(30))
    finally:
        lab.close()
