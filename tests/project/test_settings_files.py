""".env.example and the settings page say what the code says."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from invoice_ai.settings import Settings, load_settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "scripts" / "reference.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["reference"] = module
    spec.loader.exec_module(module)
    return module


def test_env_example_is_current(reference: ModuleType) -> None:
    written = (ROOT / ".env.example").read_text("utf-8")
    assert written == reference.env_example(), "run: python scripts/reference.py"
    assert sum(
        line.startswith(f"{n.upper()}=")
        for n in Settings.model_fields
        for line in written.splitlines()
    ) == len(Settings.model_fields)


def test_the_settings_page_is_current(reference: ModuleType) -> None:
    page = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    assert page == reference.settings_page(), "run: python scripts/reference.py"


def test_env_template_is_a_link_to_env_example() -> None:
    link = ROOT / ".env.template"
    assert link.is_symlink()
    assert str(link.readlink()) == ".env.example"


def test_env_example_works_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)
    plain = load_settings()
    (tmp_path / ".env").write_bytes((ROOT / ".env.example").read_bytes())
    assert load_settings() == plain
