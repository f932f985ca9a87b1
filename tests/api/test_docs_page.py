"""The documentation works in a browser under its policy, without asking anybody else."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import expect, sync_playwright
from tests.api.conftest import Service

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def test_the_docs_show_every_route_and_break_no_rule(shared: Service) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        troubles: list[str] = []
        page.on("console", lambda m: troubles.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: troubles.append(str(error)))
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{shared.url}/docs")
        expect(page.get_by_text("Upload one or several invoices")).to_be_visible()
        page.locator("#operations-System-alive").click()
        page.get_by_role("button", name="Execute").click()
        expect(page.locator(".live-responses-table").get_by_text('"ok"')).to_be_visible()
        browser.close()
    assert not troubles
    assert all(url.startswith((shared.url, "data:", "blob:")) for url in asked)
