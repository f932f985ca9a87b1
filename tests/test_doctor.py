"""The doctor looks at everything and says for each what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from evaluation.model_standin.protocols import Reply, model_server
from tests.workflow.conftest import settings_in
from typer.testing import CliRunner

from invoice_ai.cli import app
from invoice_ai.doctor import Diagnosis, examine_installation
from invoice_ai.settings import current_settings


def looked(folder: Path, **more: object) -> dict[str, Diagnosis]:
    return {one.name: one for one in examine_installation(settings_in(folder, **more))}


def test_a_complete_installation_is_well(database_url: str, redis_url: str, tmp_path: Path) -> None:
    found = looked(tmp_path, database_url=database_url, redis_url=redis_url)
    assert {name: one.state for name, one in found.items() if name != "disk"} == {
        "configuration": "ok",
        "folders": "ok",
        "database": "ok",
        "redis": "ok",
        "ocr": "ok",
        "ai model": "off",
    }


def test_what_is_missing_is_told_with_what_to_type(tmp_path: Path) -> None:
    found = looked(
        tmp_path,
        redis_url="redis://127.0.0.1:9/0",
        host="0.0.0.0",
        ai_provider="ollama",
        ollama_base_url="http://127.0.0.1:9",
    )
    assert found["configuration"].fix == "Type: invoice-ai password"
    assert found["database"].fix == "Type: invoice-ai migrate"
    assert not (tmp_path / "data").exists()  # looking makes nothing
    assert "REDIS_URL" in found["redis"].fix
    assert found["ai model"].state == "error"
    assert found["ai model"].fix


def test_a_database_that_is_away_is_told(tmp_path: Path) -> None:
    found = looked(tmp_path, database_url="postgresql+psycopg://x:y@127.0.0.1:9/z")
    assert found["database"].state == "error"
    assert "DATABASE_URL" in found["database"].fix


def test_a_model_that_is_not_pulled_is_told_with_the_command(tmp_path: Path) -> None:
    with model_server(lambda _: Reply(), models=("llama3.2-vision",)) as server:
        more = {"ai_provider": "ollama", "ollama_base_url": server.url}
        there = looked(tmp_path, **more)["ai model"]
        missing = looked(tmp_path, **more, ollama_model="llava")["ai model"]
        forbidden = looked(tmp_path, **more, ai_policy="never")["ai model"]
    assert there.state == "ok"
    assert missing.fix == "Type: ollama pull llava"
    assert forbidden.state == "warning"


def test_the_command_ends_with_7_when_something_needed_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    current_settings.cache_clear()
    said = CliRunner().invoke(app, ["doctor"])
    current_settings.cache_clear()
    assert said.exit_code == 7
    assert "invoice-ai migrate" in said.output
