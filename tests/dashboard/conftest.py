"""The dashboard in its own interpreter, before the real API."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from evaluation.model_standin.protocols import Reply, model_server
from tests.ai.papers import odd_invoice
from tests.api.conftest import Service, running, settings_in
from tests.samples import ubl_invoice

from invoice_ai import workflow

ROOT = Path(__file__).parents[2]
PYTHON = Path(
    os.environ.get("INVOICE_AI_DASHBOARD_PYTHON") or ROOT / ".venv-dashboard" / "bin" / "python"
)
PASSWORD = "correct horse battery"

Visit = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def visit() -> Visit:
    """Look at the dashboard of the API at an address; further arguments are passwords to try."""
    assert PYTHON.exists(), f"{PYTHON} is missing: run_tests.sh makes it, see CONTRIBUTING.md"

    def look(address: str, *passwords: str) -> dict[str, Any]:
        done = subprocess.run(
            [str(PYTHON), str(Path(__file__).with_name("visitor.py")), *passwords],
            env={**os.environ, "INVOICE_AI_API_URL": address},
            capture_output=True,
            text=True,
            timeout=90,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert seen["exceptions"] == []
        return seen

    return look


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """An API that has read two invoices, refused a file, and has one invoice waiting."""
    with running(settings_in(tmp_path_factory.mktemp("busy"), sqlite_template)) as service:
        with service.client() as api:
            for number, vendor in (("A-1", "Nordlicht GmbH"), ("B-2", "![x](http://evil/x.png)")):
                api.post(
                    "/upload", files={"file": (f"{number}.xml", ubl_invoice(number, vendor=vendor))}
                )
            while (
                job := workflow.take_job(service.place, worker="t", lease_seconds=60)
            ) is not None:
                workflow.run_job(service.place, job)
            api.post("/upload", files={"file": ("virus.exe", b"MZ" + bytes(100))})
            api.post("/upload", files={"file": ("c.xml", ubl_invoice("C-3"))})
        yield service


@pytest.fixture
def empty(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    with running(settings_in(tmp_path, sqlite_template)) as service:
        yield service


@pytest.fixture
def guarded(tmp_path: Path, sqlite_template: Path) -> Iterator[Service]:
    with running(settings_in(tmp_path, sqlite_template, admin_password=PASSWORD)) as service:
        yield service


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """An API whose model was asked about one invoice, and knew nothing."""
    with model_server(lambda asked: Reply(json.dumps(dict.fromkeys(asked.fields)))) as model:
        settings = settings_in(tmp_path_factory.mktemp("asking"), sqlite_template).model_copy(
            update={"ai_provider": "ollama", "ollama_base_url": model.url}
        )
        with running(settings) as service:
            with service.client() as api:
                api.post("/upload", files={"file": ("odd.pdf", odd_invoice())})
            while job := workflow.take_job(service.place, worker="t", lease_seconds=60):
                workflow.run_job(service.place, job)
            yield service
