"""The rest of the app: the list, vendors, settings, audit, palette, first steps; in every language."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from tests.browser import paper
from tests.browser.conftest import Screens, accessibility_faults
from tests.browser.service import Service
from tests.browser.steps import bring, bring_all, row_of

SCREENS = (
    "/invoices?q=vendor:willow+%3E1&sort=due",
    "/vendors",
    "/vendors?q=nobody-of-this-name",
    "/sync",
    "/sync/vendors",
    "/audit",
    "/settings/general",
    "/settings/intake",
    "/settings/review",
    "/settings/keys",
    "/settings/about",
    "/welcome",
    "/no-such-page",
)


@pytest.fixture(scope="module")
def rows(service: Service) -> dict[str, str]:
    """Two invoices and a failed file."""
    return bring_all(
        service,
        {
            "willow-1.xml": paper.e_invoice(vendor="Willow Works KG", number="WW-2026-501"),
            "willow-2.xml": paper.e_invoice(vendor="Willow Works KG", number="WW-2026-502"),
            "sealed.pdf": paper.invoice(number="GL-2026-0188", password="x").content,
        },
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_open_to_everybody(
    screens: Screens, rows: dict[str, str], theme: str
) -> None:
    screens.expected = ("404",)
    page = screens.open("/invoices", color_scheme=theme)
    page.locator("tr[data-id] td.pick input").first.check()
    faults = accessibility_faults(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Inbox")).to_be_visible()
    faults += accessibility_faults(page)
    willow = f"/invoices/{rows['willow-1.xml']}"
    for path in (*SCREENS, f"{willow}/audit", f"{willow}/booking"):
        page.goto(path)
        faults += [f"{path}: {fault}" for fault in accessibility_faults(page)]
    assert faults == []


def test_the_list_is_narrowed_by_chips_and_kept_as_a_view(
    screens: Screens, rows: dict[str, str]
) -> None:
    page = screens.open("/invoices")
    page.keyboard.press("/")
    page.keyboard.type("vendor:willow >100")
    page.keyboard.press("Enter")
    expect(row_of(page, "willow-1.xml")).to_be_visible()
    expect(row_of(page, "sealed.pdf")).to_have_count(0)
    page.get_by_text("Keep view").click()
    page.get_by_label("Name of the view").fill("Willows")
    page.get_by_role("button", name="Keep", exact=True).click()
    expect(page.get_by_role("link", name="Willows")).to_have_attribute("aria-current", "true")
    page.get_by_role("link", name="Vendor: willow").click()
    expect(page).to_have_url(re.compile(r"q=%3E100$"))
    page.get_by_role("link", name="Willows").click()
    page.get_by_role("button", name="Remove the view Willows").click()
    expect(page.get_by_role("link", name="Willows")).to_have_count(0)
    page.get_by_role("link", name="Due", exact=True).click()
    expect(page.get_by_role("columnheader", name="Due")).to_have_attribute("aria-sort", "ascending")


def test_rows_are_chosen_by_keys_and_assigned_together(
    screens: Screens, rows: dict[str, str]
) -> None:
    page = screens.open("/invoices?q=willow")
    page.keyboard.press("j")
    page.keyboard.press("Shift+J")
    bar = page.get_by_role("region", name="Chosen invoices")
    expect(bar).to_contain_text("2 chosen")
    bar.get_by_text("Assign", exact=True).first.click()
    page.get_by_label("To whom").fill("Ben")
    bar.get_by_role("button", name="Assign").click()
    expect(page.get_by_role("status").filter(has_text="2 assigned.")).to_be_visible()
    expect(row_of(page, "willow-1.xml")).to_contain_text("Ben")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(bar).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()


def test_the_list_is_exported_as_it_is_shown(screens: Screens, rows: dict[str, str]) -> None:
    page = screens.open("/invoices?q=willow")
    page.get_by_text("Export", exact=True).first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="One row per invoice CSV").click()
    text = download.value.path().read_text("utf-8-sig")
    assert text.count("Willow Works KG") == 2 and "sealed.pdf" not in text


def test_the_palette_leads_to_an_invoice(screens: Screens, rows: dict[str, str]) -> None:
    page = screens.open("/failed")
    page.keyboard.press("Control+k")
    page.keyboard.type("WW-2026-502")
    expect(page.get_by_role("option", name=re.compile("WW-2026-502"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/invoices/{rows['willow-2.xml']}"))


def test_what_cannot_be_read_is_entered_by_hand(screens: Screens, service: Service) -> None:
    number = bring(service, "typed.pdf", paper.invoice(number="GL-2026-0189", password="x").content)
    page = screens.open("/failed")
    page.locator("li").filter(has_text="typed.pdf").get_by_role(
        "button", name="Enter by hand"
    ).click()
    expect(page).to_have_url(re.compile(f"/invoices/{number}/review"))


@pytest.mark.parametrize(
    ("locale", "title", "words"),
    [
        ("de-DE", "Eingang", "Lieferant"),
        ("fr-FR", "Réception", "Fournisseur"),
        ("es-ES", "Bandeja", "Proveedor"),
    ],
)
def test_the_app_speaks_the_readers_language(
    screens: Screens, rows: dict[str, str], locale: str, title: str, words: str
) -> None:
    page = screens.open("/invoices", locale=locale)
    expect(page).to_have_title(re.compile(f"^{title}"))
    expect(page.get_by_role("columnheader", name=words)).to_be_visible()
    page.goto("/settings/general")
    page.locator("select[name=language]").select_option("en")
    page.locator("form").filter(has=page.locator("select[name=language]")).get_by_role(
        "button"
    ).click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()


def test_settings_are_chosen_and_a_wrong_value_is_told(screens: Screens) -> None:
    screens.expected = ("400",)
    page = screens.open("/settings/review")
    page.get_by_label("Picked at random, in percent").fill("250")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("QUALITY_SAMPLE_PERCENT")
    page.get_by_label("Picked at random, in percent").fill("0")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
