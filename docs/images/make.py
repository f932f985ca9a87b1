"""Takes the pictures of the documentation from a real run, so that they never age.

    python docs/images/make.py

Needs the test requirements and a Chromium (see tests/browser/conftest.py).
"""

from __future__ import annotations

import io
import sys
import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT)]

from PIL import Image  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from tests.browser import paper  # noqa: E402
from tests.browser.conftest import ARGUMENTS, CHROMIUM  # noqa: E402
from tests.browser.service import Service, running  # noqa: E402
from tests.browser.steps import bring  # noqa: E402

SAMPLES = ROOT / "evaluation" / "samples"
# The folder of this run is nobody's business.
WHERE_IT_RAN = """([there, shown]) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    if (text.data.includes(there)) text.data = text.data.replaceAll(there, shown);
  } }"""
SAY_A_NAME = """async () => fetch("/api/v1/person", {method: "PUT",
  body: JSON.stringify({name: "Dana Ruiz"}), headers: {"Content-Type": "application/json"}})"""
WRONG_LINE = replace(paper.LINES[2], wrong_amount=Decimal("364.00"))
VENDORS = (
    ("Greenleaf Nursery Supplies Ltd", "GL-2026-0118", "18 August 2026", "17 September 2026"),
    ("Brookside Tools Ltd", "BT-2026-0077", "2 November 2026", "2 December 2026"),
    ("Marlow Paper & Print Ltd", "MP-20429", "9 November 2026", "9 December 2026"),
    ("Greenleaf Nursery Supplies Ltd", "GL-2026-0131", "15 September 2026", "15 October 2026"),
    ("Severn Valley Electrical Ltd", "SVE-3390", "12 November 2026", "12 December 2026"),
)


def fill(service: Service) -> str:
    """A morning's post. Returns the invoice that is pictured."""
    for sample in sorted(SAMPLES.glob("*.*")):
        if sample.suffix in (".pdf", ".tif", ".jpg", ".xml"):
            bring(service, sample.name, sample.read_bytes())
    for vendor, number, date, due in VENDORS:
        drawn = paper.invoice(vendor=vendor, number=number, date=date, due=due)
        bring(service, f"{number}.pdf", drawn.content)
    locked = paper.invoice(password="secret")  # noqa: S106 - it is there to be refused
    bring(service, "statement-q3.pdf", locked.content)
    lines = (*paper.LINES[:2], WRONG_LINE, paper.LINES[3])
    shown = paper.invoice(
        number="GL-2026-0142",
        date="10 November 2026",
        due="10 December 2026",
        lines=lines,
        iban="GB82 WEST 1234 5698 7654 32",
    )
    return bring(service, "GL-2026-0142.pdf", shown.content)


# The screens beside the invoice: name of the picture, address.
SCREENS = (
    ("inbox", "/invoices"),
    ("search", "/invoices?q=vendor:greenleaf+%3E100&sort=due"),
    ("failed", "/failed"),
    ("vendors", "/vendors"),
    ("vendor", "/vendors/1"),
    ("audit", "/audit"),
    ("settings", "/settings/review"),
    ("about", "/settings/about"),
    ("first-steps", "/welcome"),
)


def approve_some(service: Service) -> None:
    """A clerk's morning: what is clear is approved, so that vendors are on file."""
    from invoice_ai import workflow
    from invoice_ai.review import Change
    from invoice_ai.settings import load_settings

    place = workflow.open_workplace(
        load_settings(
            _env_file=None,
            data_folder=service.folder / "data",
            upload_folder=service.folder / "uploads",
            incoming_folder=service.folder / "incoming",
            generated_folder=service.folder / "generated",
        )
    )
    from invoice_ai.store import invoices

    with place.database.reading() as session:
        waiting = [r.id for r in invoices.page_of(session, statuses=["needs_review"]).rows]
    for number in waiting[2:]:
        with place.database.reading() as session:
            record = invoices.load(session, number)
        if record.vendor_name == VENDORS[0][0]:  # a correction, so that something is learnt
            workflow.correct(
                place, number, [Change("set", "purchase_order", "WB-3391/2")], actor="Ana"
            )
        sure = [
            Change("confirm", r.field)
            for r in (record.route.reasons if record.route else ())
            if record.extracted and r.field in record.extracted.fields
        ]
        workflow.correct(place, number, sure, actor="Ana")
        workflow.do_many(place, [number], "approve", actor="Ana")
    workflow.close_workplace(place)


def take(browser: Browser, service: Service, name: str, path: str, **how: object) -> None:
    context = browser.new_context(
        base_url=service.address,
        reduced_motion="reduce",
        **{"viewport": {"width": 1440, "height": 900}, **how},  # type: ignore[arg-type]
    )
    page = context.new_page()
    if path.endswith("/review"):
        page.goto("/invoices")
        page.evaluate(SAY_A_NAME)
    page.goto(path)
    _settle(page)
    if page.locator("[data-goto]").count() and not how.get("is_mobile"):
        page.locator("[data-goto]").last.click()
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
    page.evaluate(WHERE_IT_RAN, [str(service.folder), "/srv/invoice-ai"])
    shot = Image.open(io.BytesIO(page.screenshot()))
    shot.save(HERE / name, quality=80, method=6)
    context.close()


def _settle(page: Page) -> None:
    """Until pictures and fonts are there."""
    page.evaluate("() => document.fonts.ready")
    if page.locator("#page").count():
        page.locator("#page.loaded").wait_for()
    page.wait_for_timeout(600)


def main() -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder)) as service,
        sync_playwright() as playwright,
    ):
        shown = f"/invoices/{fill(service)}"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        phone = {
            "viewport": {"width": 390, "height": 844},
            "device_scale_factor": 2,
            "is_mobile": True,
        }
        take(browser, service, "invoice.webp", shown)
        take(browser, service, "invoice-dark.webp", shown, color_scheme="dark")
        take(browser, service, "invoice-phone.webp", shown, **phone)
        review = f"{shown}/review"
        take(browser, service, "review.webp", review)
        take(browser, service, "review-dark.webp", review, color_scheme="dark")
        take(browser, service, "review-phone.webp", review, **phone)
        approve_some(service)
        for name, path in SCREENS:
            take(browser, service, f"{name}.webp", path)
            take(browser, service, f"{name}-dark.webp", path, color_scheme="dark")
            take(browser, service, f"{name}-phone.webp", path, **phone)
        browser.close()


if __name__ == "__main__":
    main()
