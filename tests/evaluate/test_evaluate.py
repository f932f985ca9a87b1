"""`invoice-ai evaluate` on the samples, with documents that break."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "evaluation" / "samples"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "invoice_ai.cli", *arguments],
        capture_output=True,
        text=True,
        timeout=280,
    )


def test_a_broken_document_is_a_line_in_the_report_and_not_the_end(tmp_path: Path) -> None:
    shutil.copytree(SAMPLES, tmp_path / "set")
    manifest = tmp_path / "set" / "manifest.jsonl"
    (tmp_path / "set" / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing behind it")
    with manifest.open("a") as more:
        more.write(json.dumps({"id": "broken", "set": "robust", "file": "broken.pdf"}) + "\n")
        more.write(json.dumps({"id": "gone", "set": "robust", "file": "gone.pdf"}) + "\n")
    done = run("evaluate", str(manifest), "--output", str(tmp_path / "out"), "--jobs", "2")
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "out" / "predictions.jsonl").read_text("utf-8").splitlines()
    predictions = {p["id"]: p for p in map(json.loads, lines)}
    assert len(predictions) == 9
    assert predictions["broken"]["fields"] == {}
    assert predictions["gone"]["fields"] == {}
    assert predictions["windrad-nord"]["fields"]["total"]["value"] == "1428.00"
    report = (tmp_path / "out" / "report.md").read_text("utf-8")
    assert "| broken | damaged_file |" in report
    assert "| xml | 1 | 100.0% |" in report


def test_sets_and_limit_choose_documents(tmp_path: Path) -> None:
    manifest = str(SAMPLES / "manifest.jsonl")
    done = run("evaluate", manifest, "-o", str(tmp_path), "--sets", "digital,xml", "--limit", "2")
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "predictions.jsonl").read_text().splitlines()) == 2


def test_a_manifest_that_is_none_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"id": 1, "file": "a.pdf"}\n{"file": \n')
    done = run("evaluate", str(tmp_path / "m.jsonl"), "-o", str(tmp_path / "out"))
    assert done.returncode == 6
    assert "line 2" in done.stderr
