"""The command line as people and scripts use it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from invoice_ai import __version__

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "evaluation" / "samples"


def run(folder: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(folder),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-m", "invoice_ai.cli", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_says_its_version(tmp_path: Path) -> None:
    assert run(tmp_path, "--version").stdout == f"invoice-ai {__version__}\n"


def test_one_file_becomes_one_json_object_of_the_standard_schema(tmp_path: Path) -> None:
    done = run(tmp_path, "process", str(SAMPLES / "tischlerei-eichblatt.pdf"), "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    schema = json.loads((ROOT / "docs" / "reference" / "invoice.schema.json").read_text())
    jsonschema.validate(result, schema)
    assert result["invoice"]["fields"]["total"]["value"] == "2353.82"
    assert result["invoice"]["fields"]["total"]["box"]
    assert list(tmp_path.iterdir()) == [], "no server, no database, no folders"


def test_a_folder_becomes_a_list_and_failures_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_bytes((SAMPLES / "windrad-nord.xml").read_bytes())
    (folder / "b.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    (folder / "notes.txt").write_text("not looked at")
    done = run(tmp_path, "process", str(folder), "--jobs", "2")
    assert done.returncode == 3
    first, second = json.loads(done.stdout)["results"]
    assert first["invoice"]["fields"]["invoice_number"]["value"] == "WN-2026-311"
    assert second == {"file": "b.pdf", "error": second["error"]}
    assert second["error"]["code"] == "damaged_file"
    assert "b.pdf" in done.stderr


def test_an_unreadable_file_says_what_to_do(tmp_path: Path) -> None:
    word = tmp_path / "letter.pdf"
    word.write_bytes(b"PK\x03\x04" + b"\0" * 30 + b"word/document.xml")
    done = run(tmp_path, "process", str(word))
    assert done.returncode == 5
    assert "Please send PDF" in done.stderr


def test_strict_tells_scripts_that_a_person_is_needed(tmp_path: Path) -> None:
    sample = str(SAMPLES / "tischlerei-eichblatt.pdf")
    done = run(tmp_path, "process", sample, "--strict", REVIEW_CONFIDENCE_THRESHOLD="1")
    assert done.returncode == 4


@pytest.mark.parametrize("command", ["serve", "api"])
def test_nobody_else_can_reach_it_without_a_password(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, HOST="0.0.0.0")
    assert done.returncode == 2
    assert "ADMIN_PASSWORD" in done.stderr


def test_a_wrong_setting_stops_every_command_with_its_line(tmp_path: Path) -> None:
    done = run(tmp_path, "check", PORT="eighty")
    assert done.returncode == 6
    assert done.stderr.startswith("PORT is 'eighty'")


def test_a_password_is_made_once_and_kept_for_its_owner_only(tmp_path: Path) -> None:
    made = run(tmp_path, "password").stdout.removeprefix("Password of the app: ").strip()
    kept = tmp_path / "data" / "admin_password"
    assert kept.read_text().strip() == made
    assert len(made) >= 20
    assert kept.stat().st_mode & 0o777 == 0o600
    again = run(tmp_path, "password")
    assert again.stdout == ""
    assert kept.read_text().strip() == made
    assert run(tmp_path, "check", HOST="0.0.0.0").returncode == 0


def test_a_key_is_shown_once_listed_and_revoked(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    key = run(tmp_path, "keys", "create", "scanner").stdout.strip()
    assert key.startswith("inv_")
    key_id, secret = key.removeprefix("inv_").split("_", 1)
    listed = run(tmp_path, "keys", "list").stdout
    assert "scanner" in listed
    assert "never used" in listed
    assert secret not in listed
    assert run(tmp_path, "keys", "revoke", key_id).returncode == 0
    assert "revoked" in run(tmp_path, "keys", "list").stdout
    assert run(tmp_path, "keys", "revoke", key_id).returncode == 2


def test_the_library_reads_a_file_without_anything_else() -> None:
    import invoice_ai

    invoice = invoice_ai.extract(SAMPLES / "windrad-nord.xml")
    assert invoice.total is not None
    assert str(invoice.total.value) == "1428.00"
    assert invoice.remit_to is None
    with pytest.raises(AttributeError):
        _ = invoice.grand_total


def test_an_invoice_to_somebody_else_is_noticed(tmp_path: Path) -> None:
    sample = str(SAMPLES / "windrad-nord.xml")

    def codes(**settings: str) -> list[str]:
        result = json.loads(run(tmp_path, "process", sample, "--json", **settings).stdout)
        return [r["code"] for r in result["route"]["reasons"]]

    assert "buyer_not_us" in codes(COMPANY_NAMES="Buchladen am Markt e. K.; Larkfield Foods, plc")
    assert "buyer_not_us" not in codes(COMPANY_NAMES="Stadtwerke Musterau GmbH")
