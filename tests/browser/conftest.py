"""A real browser before the real service. Whatever the browser complains about fails the test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright
from tests.browser.service import Service, running

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome") or ""
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--font-render-hinting=none",
]
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
# Runs in every page before its own scripts: what the policy refused is an error like any other.
LISTEN = """document.addEventListener("securitypolicyviolation",
    (e) => console.error("CSP refused " + e.violatedDirective + " " + e.blockedURI));"""


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "no Chromium found: install it or set CHROMIUM to its path"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@dataclass
class Screens:
    """Opens pages and remembers every complaint. `expected` are parts of complaints a test is about."""

    browser: Browser
    home: str
    complaints: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()
    contexts: list[BrowserContext] = field(default_factory=list)

    def open(self, path: str = "/invoices", *, home: str = "", **how: Any) -> Page:
        context = self.browser.new_context(
            base_url=home or self.home,
            **{"viewport": {"width": 1440, "height": 900}, "reduced_motion": "reduce", **how},
        )
        context.set_default_timeout(20_000)
        context.add_init_script(LISTEN)
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", lambda m: self._note(m.type, f"{m.text} {m.location.get('url', '')}"))
        page.on("pageerror", lambda e: self._note("error", str(e)))
        page.on("dialog", lambda d: (self._note("error", f"dialog {d.message}"), d.dismiss()))
        page.on("request", lambda r: self._stays_here(r.url, home or self.home))
        page.goto(path)
        return page

    def close(self) -> None:
        """Leave every page first: a context that ends in the middle of a navigation may hang.
        What is cut off by leaving is no complaint."""
        seen = list(self.complaints)
        for context in self.contexts:
            for page in context.pages:
                with suppress(Error):
                    page.goto("about:blank", timeout=10_000)
            context.close()
        self.complaints[:] = seen

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not any(e in text for e in self.expected):
            self.complaints.append(f"{kind}: {text}")

    def _stays_here(self, url: str, home: str) -> None:
        if not url.startswith((home + "/", "blob:", "data:")):
            self.complaints.append(f"left the house: {url}")


@pytest.fixture
def screens(service: Service, browser: Browser) -> Iterator[Screens]:
    opened = Screens(browser, service.address)
    yield opened
    opened.close()
    assert opened.complaints == []


def accessibility_faults(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its own best practice."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => (await axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a",
        "wcag21aa", "wcag22aa", "best-practice"]})).violations.map((v) =>
        v.id + ": " + v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary).join(" | "))"""
    )
    return list(found)
