"""How heavy the app's screens are, and how soon a key is painted on the review screen.

    python benchmarks/screens.py

Starts the service in a temporary folder and opens it in Chromium (tests/browser/conftest.py). For
each screen: scripts, styles and HTML with data as a browser loads them, gzip -6, in kilobytes (1 000
bytes). Review: an invoice with more than 600 words; a key is timed from the event to the frame that
shows it, 40 times.
"""

from __future__ import annotations

import gzip
import json
import statistics
import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[1])]

from playwright.sync_api import Page, Response, sync_playwright  # noqa: E402
from tests.browser import paper  # noqa: E402
from tests.browser.conftest import ARGUMENTS, CHROMIUM  # noqa: E402
from tests.browser.service import running  # noqa: E402
from tests.browser.steps import bring  # noqa: E402

KEYS = """async () => {
  const input = document.getElementById("f-total"), taken = [];
  input.focus();
  for (let i = 0; i < 40; i += 1) {
    const start = performance.now();
    input.value += i % 10;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((painted) => requestAnimationFrame(() => {
      const channel = new MessageChannel();
      channel.port1.onmessage = painted;
      channel.port2.postMessage(0);
    }));
    taken.push(performance.now() - start);
  }
  return taken; }"""


def weigh(page: Page, path: str) -> dict[str, Any]:
    """Kilobytes of one screen by kind."""
    found: dict[str, int] = {}

    def add(answer: Response) -> None:
        kind = answer.request.resource_type
        kind = {"document": "html", "fetch": "html"}.get(kind, kind)
        if kind in ("script", "stylesheet", "html") and answer.ok and "/events" not in answer.url:
            body = answer.body()
            found[kind] = found.get(kind, 0) + len(gzip.compress(body, 6))
            if kind == "html":
                found["html_plain"] = found.get("html_plain", 0) + len(body)

    page.on("response", add)
    page.goto(path)
    page.wait_for_timeout(1500)
    page.remove_listener("response", add)
    return {kind: round(size / 1000, 1) for kind, size in sorted(found.items())}


def main() -> None:
    lines = tuple(
        paper.Line(
            f"Bedding plant variety {n} in trays of card board, rooted", n + 1, Decimal("1.10")
        )
        for n in range(60)
    )
    long = paper.invoice(number="MW-2026-0177", lines=lines, total_off=Decimal(1)).content
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as service,
        sync_playwright() as playwright,
    ):
        number = bring(service, "many-words.pdf", long)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page(base_url=service.address, viewport={"width": 1440, "height": 900})
        screens = {
            "inbox": "/invoices",
            "invoice": f"/invoices/{number}",
            "booking": f"/invoices/{number}/booking",
            "quickbooks": "/sync",
            "settings": "/settings/review",
            "review": f"/invoices/{number}/review",
        }
        found: dict[str, Any] = {name: weigh(page, path) for name, path in screens.items()}
        words = page.evaluate(
            """async (id) => (await Promise.all([1, 2, 3].map(async (n) => {
            const answer = await fetch(`/invoices/${id}/pages/${n}.json`);
            return answer.ok ? (await answer.json()).words.length : 0; }))).reduce((a, b) => a + b)""",
            number,
        )
        taken = page.evaluate(KEYS)
        found["key_to_paint_ms"] = {
            "words": words,
            "median": round(statistics.median(taken), 1),
            "worst": round(max(taken), 1),
        }
        browser.close()
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
