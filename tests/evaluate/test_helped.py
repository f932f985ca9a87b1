"""What a model adds is measured end to end: a stand-in that knows the truth, and one that lies."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from evaluation.model_standin.answers import lying, truthful, truths_of
from evaluation.model_standin.protocols import Asked, Reply, model_server
from tests.ai.papers import odd_invoice
from tests.workflow.conftest import settings_in

from invoice_ai.errors import Misconfigured
from invoice_ai.evaluate.helped import evaluate_ai

Make = Callable[[dict[str, dict[str, object]]], Callable[[Asked], Reply]]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    (tmp_path / "odd.pdf").write_bytes(odd_invoice())
    truth = {"invoice_number": "QUITTE-BLAU", "invoice_date": "2026-11-02", "total": "297.50"}
    (tmp_path / "odd.json").write_text(json.dumps({"truth": truth}), "utf-8")
    file = tmp_path / "manifest.jsonl"
    file.write_text(json.dumps({"id": "odd", "file": "odd.pdf", "truth": "odd.json"}), "utf-8")
    return file


def measured(manifest: Path, make: Make) -> tuple[dict[str, object], str]:
    with model_server(make(truths_of(manifest))) as server:
        settings = settings_in(
            manifest.parent, ai_provider="ollama", ollama_base_url=f"{server.url}/{{document}}"
        )
        report = evaluate_ai(manifest, manifest.parent / "out", settings)
        assert [asked.name for asked in server.asked] == ["odd"]
    row = json.loads((report.parent / "ai.jsonl").read_text("utf-8"))
    return row, report.read_text("utf-8")


def test_a_truthful_model_repairs_what_the_finders_missed(manifest: Path) -> None:
    row, report = measured(manifest, truthful)  # type: ignore[arg-type]
    number = row["fields"]["invoice_number"]  # type: ignore[index]
    assert (number["before"], number["after"], number["grounded"]) == (False, True, True)
    assert "| wrong or missing before, right after | 100.0% (1/1) |" in report
    assert "QUITTE-BLAU" not in report  # a report may be committed; a document's contents may not


def test_a_lying_model_gets_nothing_approved(manifest: Path) -> None:
    row, report = measured(manifest, lying)  # type: ignore[arg-type]
    assert row["approved_after"] is False
    assert "with a wrong core value** | **0** |" in report


def test_without_a_model_there_is_nothing_to_measure(manifest: Path) -> None:
    with pytest.raises(Misconfigured, match="AI_PROVIDER"):
        evaluate_ai(manifest, manifest.parent / "out", settings_in(manifest.parent))
