"""Without a model configured, nobody pays for the libraries that would ask one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.samples import pdf_invoice

HEAVY = ("langchain", "langsmith", "openai", "ollama", "google.genai")
LOADED = (
    "import sys; print([m for m in sys.modules if m.startswith(%r)])" % (HEAVY,)  # noqa: UP031
)


def loaded_after(code: str, folder: Path) -> str:
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\n{LOADED}"],
        capture_output=True, check=True, text=True, cwd=folder,
        env={"PATH": "", "AI_PROVIDER": "none", "HOME": str(folder)},
    )  # fmt: skip
    return said.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "module",
    ["invoice_ai.api.main", "invoice_ai.worker.consumer", "invoice_ai.cli", "invoice_ai.ai"],
)
def test_importing_loads_no_model_library(module: str, tmp_path: Path) -> None:
    assert loaded_after(f"import {module}", tmp_path) == "[]"


def test_reading_an_invoice_loads_no_model_library(tmp_path: Path) -> None:
    (tmp_path / "invoice.pdf").write_bytes(pdf_invoice())
    assert loaded_after("import invoice_ai; invoice_ai.extract('invoice.pdf')", tmp_path) == "[]"
