"""The backup that docs/guides/backup.md tells people to make can be restored."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.samples import ubl_invoice

from invoice_ai import workflow
from invoice_ai.settings import Settings
from invoice_ai.store import invoices
from invoice_ai.workflow import Workplace

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "backup.md"


def the_script(backups: Path) -> str:
    """The guide's own script for SQLite, with this machine's places in it."""
    found = re.search(r"## SQLite\n\n```bash\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert found is not None
    script = found[1].replace("/backup/invoice-agent", str(backups))
    return script.replace(".venv/bin/python", shlex.quote(sys.executable))


def opened(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Workplace:
    """The defaults, in this folder."""
    monkeypatch.chdir(folder)
    return workflow.open_workplace(Settings(_env_file=None))


def finish_all_jobs(place: Workplace) -> None:
    while (job := workflow.take_job(place, worker="test", lease_seconds=60)) is not None:
        workflow.run_job(place, job)


def test_a_restored_backup_knows_every_invoice_and_goes_on_working(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new, backups = (tmp_path / name for name in ("old", "new", "backups"))
    for folder in (old / "data", new / "data"):
        folder.mkdir(parents=True)
    shutil.copyfile(sqlite_template, old / "data" / "invoice_ai.db")
    place = opened(monkeypatch, old)
    incoming = old / "incoming" / "a.xml"
    incoming.write_bytes(ubl_invoice("DONE-1"))
    done = workflow.receive_path(place, "a.xml")
    finish_all_jobs(place)
    incoming.write_bytes(ubl_invoice("WAITING-2"))
    waiting = workflow.receive_path(place, "a.xml")

    subprocess.run(["bash", "-c", the_script(backups)], cwd=old, check=True)  # while it runs
    workflow.close_workplace(place)

    (made,) = backups.iterdir()
    shutil.copyfile(made / "invoice_ai.db", new / "data" / "invoice_ai.db")
    for archive in ("uploads", "generated"):
        subprocess.run(["tar", "-xzf", made / f"{archive}.tar.gz"], cwd=new, check=True)

    place = opened(monkeypatch, new)
    finish_all_jobs(place)
    with place.database.reading() as session:
        numbers = [
            invoices.load(session, received.invoice_id).extracted.text("invoice_number")  # type: ignore[union-attr]
            for received in (done, waiting)
        ]
    workflow.close_workplace(place)
    assert numbers == ["DONE-1", "WAITING-2"]
    assert len(list((new / "generated").rglob("*.json"))) == 2
