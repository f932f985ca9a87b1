"""A place to work in, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from invoice_ai import workflow
from invoice_ai.settings import Settings, load_settings
from invoice_ai.worker.running import Pace, run_claimed
from invoice_ai.workflow import Received, Workplace

PACE = Pace(lease=20, beat=5, back_off=0.0)


def settings_in(folder: Path, **more: object) -> Settings:
    return load_settings(
        _env_file=None,
        **{
            f"{name}_folder": folder / name
            for name in ("incoming", "generated", "log", "upload", "data")
        },
        **more,
    )


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Workplace]:
    opened = workflow.open_workplace(settings_in(tmp_path, database_url=database_url))
    yield opened
    workflow.close_workplace(opened)


@pytest.fixture
def upload(place: Workplace) -> Callable[..., Received]:
    def upload(content: bytes, name: str = "invoice.xml", **more: object) -> Received:
        return workflow.receive(place, BytesIO(content), name, origin="upload", **more)

    return upload


@pytest.fixture
def work(place: Workplace) -> Callable[[], int]:
    """Do all due jobs, as a worker process does; returns how many."""

    def work() -> int:
        done = 0
        while True:
            job = workflow.take_job(place, worker="test", lease_seconds=20)
            if job is None:
                return done
            run_claimed(place, job, PACE)
            done += 1

    return work
