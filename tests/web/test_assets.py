"""The app's own files: cached for ever under a new address, and nothing inline that a policy would
have to allow."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from invoice_ai.web import assets
from invoice_ai.web.routes import _inside, router

WEB = Path(assets.__file__).parent
TEMPLATES = sorted((WEB / "templates").iterdir())
MODULES = sorted((WEB / "static").glob("*.js"))


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router)
    return TestClient(app)


def test_a_file_is_kept_for_ever_and_sent_compressed(client: TestClient) -> None:
    answer = client.get(assets.address("frame.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.content == (WEB / "static" / "frame.css").read_bytes()
    plain = client.get(assets.address("frame.css"), headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == answer.content


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_a_screens_scripts_are_light(template: Path) -> None:
    pages = [template, template.with_name("frame.html")]
    named = {
        n for p in pages for n in re.findall(r"asset\(\"([\w.-]+\.js)\"", p.read_text("utf-8"))
    }
    sent = sum(len(assets.assets()[name].zipped or b"") for name in _with_imports(named))
    assert 0 < sent < 40_000  # the budget for scripts (ui.md §4.3)
    assert all(gzip.decompress(a.zipped) == a.content for a in assets.assets().values() if a.zipped)


def _with_imports(names: set[str]) -> set[str]:
    """These scripts and all that they import."""
    found: set[str] = set()
    while names - found:
        name = (names - found).pop()
        found.add(name)
        text = assets.assets()[name].content.decode()
        names = names | set(re.findall(r"""(?:from|import) "\./([\w.-]+)";""", text))
    return found


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda p: p.name)
def test_a_template_has_nothing_inline(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not re.search(
        r"\sstyle=|<style|\son\w+=|javascript:|\|\s*safe|<script(?![^>]*\ssrc=)", text
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda p: p.name)
def test_a_script_never_makes_code_or_markup_of_data(module: Path) -> None:
    text = module.read_text(encoding="utf-8")
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text
    )


def test_what_others_made_comes_with_its_licence() -> None:
    assert "SIL Open Font License" in (WEB / "static" / "inter-OFL.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "elsewhere",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\r\nX: 1",
        "",
    ],
)
def test_signing_in_never_leads_elsewhere(elsewhere: str) -> None:
    assert _inside(elsewhere) == "/invoices"
