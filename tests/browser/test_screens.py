"""The screens themselves: keys, themes, phones, print, hostile text, and everybody's access."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser import paper
from tests.browser.conftest import Screens, accessibility_faults
from tests.browser.service import Service, running
from tests.browser.steps import bring, bring_all, drop_onto, row_of

PASSWORD = "correct horse battery"
EVIL = "<script>window.hurt=1</script><img src=x onerror=window.hurt=1>\u202eLtd \u200bnevoeL"


@pytest.fixture(scope="module")
def filled(service: Service) -> dict[str, str]:
    """One invoice of every kind the screens show, by what it is."""
    ids = bring_all(
        service,
        {
            "clear.pdf": paper.invoice(number="GL-2026-0121").content,
            "failed.pdf": paper.invoice(number="GL-2026-0122", password="x").content,
            "data.xml": paper.e_invoice(vendor="Datenhaus KG", number="DH-2026-0123"),
            "doubtful.pdf": paper.invoice(number="GL-2026-0124", date="", due="").content,
        },
    )
    return {name.partition(".")[0]: number for name, number in ids.items()}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_is_shut_out(screens: Screens, filled: dict[str, str], theme: str) -> None:
    page = screens.open("/invoices", color_scheme=theme)
    paths = ["/invoices", "/invoices?tab=rejected", "/invoices?q=nothing-like-this", "/failed"]
    faults = []
    for path in [*paths, *(f"/invoices/{number}" for number in filled.values())]:
        page.goto(path)
        faults += [f"{path}: {fault}" for fault in accessibility_faults(page)]
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    faults += accessibility_faults(page)
    assert faults == []


def test_the_theme_follows_the_system_until_somebody_chooses(screens: Screens) -> None:
    page = screens.open("/invoices", color_scheme="dark")
    dark = "rgb(14, 18, 23)"
    expect(page.locator("body")).to_have_css("background-color", dark)
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("body")).to_have_css("background-color", "rgb(244, 245, 247)")
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", "rgb(244, 245, 247)")
    page.get_by_role("button", name="Switch between light and dark").click()
    expect(page.locator("body")).to_have_css("background-color", dark)


def test_everything_is_reached_by_keys_alone(screens: Screens, filled: dict[str, str]) -> None:
    page = screens.open("/invoices")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()

    page.keyboard.press("/")
    page.keyboard.type("GL-2026-0121")
    page.keyboard.press("Enter")
    expect(page.locator("tr[data-id]")).to_have_count(1)
    page.keyboard.press("j")
    expect(page.locator("tr[data-id] a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/invoices/{filled['clear']}(/review)?([?].*)?$"))

    page.goto(f"/invoices/{filled['clear']}")
    expect(page.locator("#page.loaded")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(page.locator('[data-spot="invoice_number"]')).to_be_focused()
    expect(page.locator('.overlay .on[data-of="invoice_number"]')).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-spot="invoice_date"]')).to_be_focused()
    page.locator('[data-spot="lines[0].quantity"]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator('[data-spot="lines[1].quantity"]')).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[data-spot="lines[1].unit_price"]')).to_be_focused()
    page.keyboard.press("+")
    expect(page.locator("#zoom")).to_have_text("125 %")
    page.keyboard.press("0")
    expect(page.locator("#zoom")).to_have_text("Fit")
    page.keyboard.press("v")
    expect(page.locator("#boxes")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Escape")
    expect(page.locator(".overlay .on")).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("f")
    expect(page).to_have_url(re.compile("/failed$"))


def test_single_letters_can_be_switched_off(screens: Screens) -> None:
    page = screens.open("/invoices")
    page.keyboard.press("?")
    page.get_by_label("Single-letter keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find anything")).to_be_focused()
    expect(page).to_have_url(re.compile("/invoices$"))


def test_new_rows_never_shift_what_is_being_read(screens: Screens, service: Service) -> None:
    bring(service, "before.pdf", paper.invoice(number="GL-2026-0125").content)
    page = screens.open("/invoices")
    page.keyboard.press("j")
    first = page.locator("tr[data-id] a").first
    expect(first).to_be_focused()
    bring(service, "after.pdf", paper.invoice(number="GL-2026-0126").content)
    pill = page.get_by_role("button", name="1 new")
    expect(pill).to_be_visible()
    expect(first).to_be_focused()
    expect(row_of(page, "after.pdf")).to_have_count(0)
    pill.click()
    expect(row_of(page, "after.pdf")).to_be_visible()
    expect(page.locator("tr[data-id] a").first).to_be_focused()


def test_a_hidden_tab_lets_go_of_its_stream_and_catches_up(
    screens: Screens, service: Service
) -> None:
    page = screens.open("/invoices")
    page.evaluate("""() => { Object.defineProperty(document, "hidden", {get: () => window.away});
        window.away = true; document.dispatchEvent(new Event("visibilitychange")); }""")
    bring(service, "meanwhile.pdf", paper.invoice(number="GL-2026-0127").content)
    page.wait_for_timeout(1500)  # an open stream would have told within a second
    expect(row_of(page, "meanwhile.pdf")).to_have_count(0)
    page.evaluate(
        "() => { window.away = false; document.dispatchEvent(new Event('visibilitychange')); }"
    )
    expect(row_of(page, "meanwhile.pdf")).to_contain_text("GL-2026-0127")


def test_hostile_names_and_values_are_only_text(screens: Screens, service: Service) -> None:
    name = "<img src=x onerror=window.hurt=1>\u202efdp.xml"
    page = screens.open("/invoices")
    drop_onto(page, {name: paper.e_invoice(vendor=EVIL, number="a'\"><b>1", note=EVIL)})
    row = page.locator("tr[data-id]").filter(has_text="<script>window.hurt=1</script>")
    expect(row).to_contain_text("Ltd nevoeL")
    card = page.locator("#tray li").first
    expect(card).to_contain_text("onerror")
    card.get_by_role("link", name="Open").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("<script>")
    expect(page.locator('[data-spot="lines[0].description"]')).to_contain_text("<script>")
    page.locator('[data-spot="invoice_number"]').click()
    expect(page.locator("#dock-label")).to_have_text("Invoice number")
    assert page.evaluate("() => window.hurt") is None
    text = page.evaluate("() => document.documentElement.outerHTML")
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f]", text)
    assert page.locator("main script, main img[src='x'], main b:has-text('1\"')").count() == 0


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_shows_all_of_it_without_sideways_scrolling(
    screens: Screens, filled: dict[str, str], width: int
) -> None:
    page = screens.open("/invoices", viewport={"width": width, "height": 844}, has_touch=True)
    for path in ("/invoices", "/failed", f"/invoices/{filled['clear']}"):
        page.goto(path)
        wide = page.evaluate("() => document.documentElement.scrollWidth")
        assert wide <= width, path
    rail = page.get_by_role("navigation", name="Main").bounding_box()
    assert rail and rail["y"] + rail["height"] == pytest.approx(844, abs=1)
    spot = page.locator('[data-spot="total"]')
    spot.tap()
    box, sheet = page.locator(".overlay .on").bounding_box(), page.locator(".doc").bounding_box()
    assert box and sheet
    assert sheet["y"] <= box["y"] <= sheet["y"] + sheet["height"]
    expect(page.locator("#dock")).to_be_visible()
    small = [
        b.evaluate("(e) => e.outerHTML.slice(0, 80)")
        for b in page.locator(".spot, .cell, .act .button, .rail a:not(.logo)").all()
        if b.is_visible() and (place := b.bounding_box()) and place["height"] < 43.5
    ]
    assert small == []


def test_print_has_the_page_and_the_values_and_no_frame(
    screens: Screens, filled: dict[str, str]
) -> None:
    page = screens.open(f"/invoices/{filled['clear']}")
    page.emulate_media(media="print")
    expect(page.locator(".rail")).to_be_hidden()
    expect(page.locator(".act")).to_be_hidden()
    expect(page.locator("#picture")).to_be_visible()
    expect(page.locator('[data-spot="total"]')).to_be_visible()
    expect(page.locator("#history")).to_be_visible()


def test_what_is_not_there_is_told_in_the_frame(screens: Screens) -> None:
    screens.expected = ("404",)
    for path in ("/invoices/999999", "/invoices/none", "/nowhere", "/invoices?tab=mine"):
        page = screens.open(path)
        expect(page.get_by_role("heading", name="Not found")).to_be_visible()
        expect(page.get_by_role("navigation", name="Main")).to_be_visible()
        assert accessibility_faults(page) == []


def test_with_a_password_nothing_is_shown_before_signing_in(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> None:
    folder = tmp_path_factory.mktemp("guarded")
    with running(folder, "api", ADMIN_PASSWORD=PASSWORD) as service:
        screens = Screens(browser, service.address, expected=("401",))
        page = screens.open("/invoices?tab=review")
        expect(page).to_have_title("Sign in · Invoice AI")
        assert accessibility_faults(page) == []
        _sign_in(page, "something else")
        expect(page.get_by_role("alert")).to_contain_text("not the password")
        assert accessibility_faults(page) == []
        _sign_in(page, PASSWORD)
        expect(page).to_have_url(f"{service.address}/invoices?tab=review")
        expect(page.get_by_text("Local mode")).to_have_count(0)
        page.get_by_role("link", name="All", exact=False).first.click()
        expect(page.get_by_role("heading", name="Drop your first invoice here")).to_be_visible()
        expect(page.locator(".empty code")).to_have_text(str(service.incoming))
        assert accessibility_faults(page) == []
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_title("Sign in · Invoice AI")
        page.goto("/failed")
        expect(page.get_by_label("Password")).to_be_focused()
        page.context.close()
        assert screens.complaints == []


def _sign_in(page: Page, password: str) -> None:
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
