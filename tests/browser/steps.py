"""What people do, in a few words."""

from __future__ import annotations

import base64
import json
import urllib.request
from functools import partial
from typing import Any

from playwright.sync_api import Page, expect
from tests.browser.service import Service
from tests.servers import wait_until

SETTLED = ("approved", "needs_review", "failed")


def results(service: Service, query: str = "") -> list[dict[str, Any]]:
    with urllib.request.urlopen(f"{service.address}/results{query}", timeout=10) as answer:
        return list(json.load(answer)["results"])


def bring(service: Service, name: str, content: bytes) -> str:
    """Drop a file into the folder, wait until it is read, and return the invoice's id."""
    return bring_all(service, {name: content})[name]


def bring_all(service: Service, files: dict[str, bytes]) -> dict[str, str]:
    """Several files at once; ids by name."""
    for name, content in files.items():
        service.drop(name, content)
    for name in files:
        wait_until(partial(settled, service, name), seconds=60, what=f"{name} is read")
    return {name: settled(service, name) for name in files}


def settled(service: Service, name: str) -> str:
    """The invoice's id once it was read, else nothing."""
    rows = [r for r in results(service, "?limit=500") if r["filename"] == name]
    return str(rows[0]["file_id"]) if rows and rows[0]["state"] in SETTLED else ""


def drop_onto(page: Page, files: dict[str, bytes]) -> None:
    """Drag files over the page and let go."""
    given = [[n, base64.b64encode(c).decode()] for n, c in files.items()]
    carried = page.evaluate_handle(
        """(files) => { const carried = new DataTransfer();
        for (const [name, text] of files) {
          const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
          carried.items.add(new File([bytes], name));
        }
        return carried; }""",
        given,
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": carried})
    expect(page.locator("#target")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": carried})
    expect(page.locator("#target")).to_be_hidden()


def row_of(page: Page, name: str) -> Any:
    return page.locator("tr[data-id]").filter(has_text=name)
