"""A wrong setting stops the start with one line that helps."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from invoice_ai.errors import Misconfigured
from invoice_ai.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # no .env of ours
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("PORT", "99999", "65535"),
        ("PORT", "web", "integer"),
        ("SUPPORTED_FORMATS", "pdf,docx", "docx"),
        ("LOG_LEVEL", "LOUD", "WARNING"),
        ("AI_PROVIDER", "clippy", "ollama"),
        ("REVIEW_CONFIDENCE_THRESHOLD", "1.5", "1"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(
    name: str, value: str, allowed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    message = str(refused.value)
    assert message.startswith(name)
    assert value.split(",")[-1] in message
    assert allowed in message
    assert "\n" not in message


def test_the_environment_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("PORT=8100\nAPP_NAME=From file\n")
    monkeypatch.setenv("PORT", "8200")
    settings = load_settings()
    assert (settings.port, settings.app_name) == (8200, "From file")


def test_a_secret_never_appears_in_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "correct horse battery")
    monkeypatch.setenv("PORT", "0")
    with pytest.raises(Misconfigured) as refused:
        load_settings()
    assert "horse" not in str(refused.value)
    assert "horse" not in repr(Settings(port=8000))


def test_a_plain_postgres_url_means_our_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:pw@db/invoices")
    assert load_settings().database_url == "postgresql+psycopg://me:pw@db/invoices"


def test_without_a_url_the_database_lies_in_the_data_folder() -> None:
    assert load_settings(data_folder=Path("here")).database_url == "sqlite:///here/invoice_ai.db"


def test_an_empty_variable_in_env_example_means_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_PASSWORD", "")
    monkeypatch.setenv("AI_PROVIDER", "")
    settings = load_settings()
    assert settings.admin_password is None
    assert settings.ai_provider == "none"


def test_the_guides_import_prints_ok_without_starting_anything(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from invoice_ai.settings import settings; print('OK')"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "OK\n"
    assert list(tmp_path.iterdir()) == []


def test_a_company_name_may_hold_a_comma(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANY_NAMES", "Blue Harbour, Inc.; Blue Harbour Ltd")
    monkeypatch.setenv("COMPANY_TAX_IDS", "DE136695976, GB980780684")
    settings = load_settings()
    assert settings.company_names == ["Blue Harbour, Inc.", "Blue Harbour Ltd"]
    assert settings.company_tax_ids == ["DE136695976", "GB980780684"]
