"""From a file in the folder, or over the page, to values that stand where they are printed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from tests.browser import paper
from tests.browser.conftest import Screens
from tests.browser.service import Service
from tests.browser.steps import SETTLED, bring, drop_onto, row_of
from tests.servers import wait_until

NEAR = 0.011  # of the page: a box may reach over its ink by less than half a line


def test_a_dropped_file_appears_by_itself_and_its_boxes_stand_where_the_words_are(
    screens: Screens, service: Service
) -> None:
    page = screens.open("/")
    expect(page).to_have_title("Inbox · Invoice AI")

    printed = paper.invoice()
    service.drop("GL-2026-0142.pdf", printed.content)

    row = row_of(page, "GL-2026-0142.pdf")
    expect(row).to_be_visible()
    expect(row).to_contain_text("Greenleaf Nursery Supplies Ltd")
    expect(row).to_contain_text(f"£ {printed.total}")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Greenleaf Nursery Supplies Ltd")
    page.goto(page.url.removesuffix("/review"))  # where its row leads while it waits for a person

    expect(page.get_by_role("heading", level=1)).to_have_text("Greenleaf Nursery Supplies Ltd")
    expect(page.locator("#page.loaded")).to_be_visible()
    for field, words in (("invoice_number", "GL-2026-0142"), ("total", printed.total)):
        spot = page.locator(f'[data-spot="{field}"]')
        expect(spot).to_contain_text(words)
        spot.click()
        box = page.locator(f'.overlay .on[data-of="{field}"]').bounding_box()
        sheet = page.locator("#picture").bounding_box()
        assert box and sheet
        shown = (
            (box["x"] - sheet["x"]) / sheet["width"],
            (box["y"] - sheet["y"]) / sheet["height"],
            (box["x"] + box["width"] - sheet["x"]) / sheet["width"],
            (box["y"] + box["height"] - sheet["y"]) / sheet["height"],
        )
        ink = printed.places[words]
        assert (
            shown[0] <= ink[0] and shown[1] <= ink[1] and shown[2] >= ink[2] and shown[3] >= ink[3]
        )
        assert shown == pytest.approx(ink, abs=NEAR)
        expect(page.locator("#dock-label")).to_have_text(spot.locator(".t").inner_text())
        expect(page.locator("#crop")).to_be_visible()

    page.locator('[data-spot="lines[1].amount"]').click()
    expect(page.locator('.overlay .on[data-of="lines[1].amount"]')).to_be_visible()

    wait_until(lambda: _json_of(service, "GL-2026-0142"), what="the JSON is in the folder")
    with page.expect_download() as download:
        page.get_by_role("link", name="Original").click()
    assert download.value.suggested_filename == "GL-2026-0142.pdf"
    assert download.value.path().read_bytes() == printed.content
    page.get_by_text("Export", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("link", name="One row per line").click()
    assert download.value.path().read_text("utf-8-sig").count("GL-2026-0142") >= 4
    with page.expect_download() as download:
        page.get_by_role("link", name="Everything we know").click()
    assert json.loads(download.value.path().read_text(encoding="utf-8"))["status"] in SETTLED


def test_files_dropped_onto_the_page_are_followed_to_their_end(screens: Screens) -> None:
    page = screens.open()
    content = paper.invoice(number="GL-2026-0111").content
    drop_onto(page, {"first-upload.pdf": content})

    card = page.locator("#tray li").filter(has_text="first-upload.pdf")
    expect(card.get_by_role("link", name="Open")).to_be_visible()
    expect(card.locator(".chip")).to_have_text(re.compile("Approved|Needs review"))
    expect(row_of(page, "first-upload.pdf")).to_contain_text("GL-2026-0111")

    drop_onto(page, {"the-same-again.pdf": content})
    again = page.locator("#tray li").filter(has_text="the-same-again.pdf")
    expect(again).to_contain_text("Already here")
    again.get_by_role("link").click()
    expect(page.locator('[data-spot="invoice_number"]')).to_contain_text("GL-2026-0111")


def test_a_refused_file_is_answered_with_the_servers_sentence(screens: Screens) -> None:
    screens.expected = ("415",)
    page = screens.open()
    drop_onto(page, {"letter.docx": b"PK\x03\x04" + b"word/document.xml" * 40})
    card = page.locator("#tray li").filter(has_text="letter.docx")
    expect(card.locator("p.bad")).to_be_visible()
    said = card.locator("p.bad").inner_text()
    card.get_by_role("link", name="Details").click()
    expect(page.locator(".why.bad")).to_contain_text(said)


def test_files_can_be_chosen_and_pasted_too(screens: Screens) -> None:
    page = screens.open()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Upload", exact=True).click()
    chooser.value.set_files(
        {"name": "chosen.pdf", "mimeType": "application/pdf",
         "buffer": paper.invoice(number="GL-2026-0112").content}
    )  # fmt: skip
    expect(row_of(page, "chosen.pdf")).to_contain_text("GL-2026-0112")
    page.evaluate(
        """(text) => { const carried = new DataTransfer();
        carried.items.add(new File([text], "pasted.xml"));
        document.body.dispatchEvent(new ClipboardEvent("paste",
          {clipboardData: carried, bubbles: true, cancelable: true})); }""",
        paper.e_invoice(vendor="Pasted Papers Ltd", number="PA-2026-1").decode(),
    )
    expect(row_of(page, "pasted.xml")).to_contain_text("Pasted Papers Ltd")


def test_what_failed_is_told_with_its_cause_and_can_be_tried_again(
    screens: Screens, service: Service
) -> None:
    bring(service, "locked.pdf", paper.invoice(number="GL-2026-0113", password="secret").content)
    page = screens.open("/failed")
    group = page.locator("section.cause").filter(has_text="Protected with a password")
    expect(group).to_contain_text("Save a copy without the password")
    row = group.locator("li").filter(has_text="locked.pdf")
    expect(row).to_contain_text("password")
    row.get_by_role("button", name="Retry locked.pdf").click()
    expect(page.get_by_role("status").filter(has_text="1 invoice is being tried")).to_be_visible()
    expect(row).to_be_visible()  # it fails again, and the page says so by itself
    row.get_by_role("link", name="locked.pdf", exact=True).click()
    expect(page.locator(".log .chip", has_text="Failed")).to_have_count(2)

    page.goto("/failed")
    page.get_by_role("button", name="Retry all").click()
    expect(page.get_by_role("status").filter(has_text="being tried again")).to_be_visible()


def test_an_invoice_in_doubt_says_why_and_leads_to_the_place(
    screens: Screens, service: Service
) -> None:
    wrong = replace(paper.LINES[2], wrong_amount=Decimal("364.00"))  # 6 × 64.00 is 384.00
    lines = (*paper.LINES[:2], wrong, paper.LINES[3])
    content = paper.invoice(
        number="BT-2026-0117", vendor="Brookside Tools Ltd", lines=lines
    ).content
    page = screens.open(f"/invoices/{bring(service, 'BT-2026-0117.pdf', content)}")

    strip = page.get_by_role("group", name="Why this invoice was stopped")
    expect(strip).to_contain_text(re.compile(r"\d to check"))
    strip.get_by_role("button", name="Line 3 amount does not add up").click()
    cell = page.locator('[data-spot="lines[2].amount"]')
    expect(cell).to_be_focused()
    expect(cell).to_contain_text("364.00")
    expect(page.locator('.overlay .on[data-of="lines[2].amount"]')).to_be_visible()
    expect(page.locator("#dock-why")).to_contain_text("384.00")
    expect(page.locator(".sums")).to_contain_text("Quantity × price ≠ amount")
    expect(page.locator(".checks").first).to_contain_text("384.00")


def test_a_long_invoice_is_paged_through(screens: Screens, service: Service) -> None:
    content = paper.invoice(number="GL-2026-0114", lines=paper.many_lines(30)).content
    page = screens.open(f"/invoices/{bring(service, 'long.pdf', content)}")
    expect(page.locator("[data-thumb]")).to_have_count(2)
    page.keyboard.press("PageDown")
    expect(page.locator("#page-number")).to_have_text("2")
    expect(page.locator("#picture")).to_have_attribute("alt", "Page 2 of long.pdf")
    page.locator('[data-spot="invoice_number"]').click()
    expect(page.locator("#page-number")).to_have_text("1")
    page.locator('[data-spot="lines[29].amount"]').click()
    expect(page.locator("#page-number")).to_have_text("2")
    expect(page.locator('.overlay .on[data-of="lines[29].amount"]')).to_be_visible()


def _json_of(service: Service, number: str) -> bool:
    files = service.folder.glob("generated/**/*.json")
    return any(number in file.read_text(encoding="utf-8") for file in files)
