"""Connecting, tokens and their ends, as Intuit is known to treat them."""

from __future__ import annotations

import threading
from typing import Any

import httpx2
import pytest
from lxml import html
from tests.quickbooks_server import ACCOUNTING, CALLBACK, GB, US, QuickBooksServer, web

DAY = 86_400
CONNECT = {
    "client_id": "app",
    "response_type": "code",
    "scope": ACCOUNTING,
    "redirect_uri": CALLBACK,
    "state": "abc",
}


def refresh(server: QuickBooksServer, value: str, **headers: str) -> httpx2.Response:
    return web.post(
        f"{server.address}/oauth2/v1/tokens/bearer",
        data={"grant_type": "refresh_token", "refresh_token": value},
        auth=("app", "secret"),
        headers=headers,
        timeout=10,
    )


def exchange(server: QuickBooksServer, code: str, redirect: str = CALLBACK) -> httpx2.Response:
    return web.post(
        f"{server.address}/oauth2/v1/tokens/bearer",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": redirect},
        auth=("app", "secret"),
    )


def works(server: QuickBooksServer, access: str, realm: str = US) -> httpx2.Response:
    return web.get(
        f"{server.address}/v3/company/{realm}/companyinfo/{realm}",
        headers={"Authorization": f"Bearer {access}", "Accept": "application/json"},
    )


def test_the_connect_page_offers_the_companies_and_says_what_it_is(
    quickbooks: QuickBooksServer,
) -> None:
    page = web.get(f"{quickbooks.address}/connect/oauth2", params=CONNECT)
    assert page.status_code == 200
    assert "not real QuickBooks" in page.text
    assert "Maple &amp; Main Supply" in page.text
    assert GB in page.text


def test_a_person_chooses_a_company_on_the_page(quickbooks: QuickBooksServer) -> None:
    tricky = {**CONNECT, "state": 'a"><b>&'}
    page = web.get(f"{quickbooks.address}/connect/oauth2", params=tricky)
    form = html.fromstring(page.text, base_url=quickbooks.address).forms[0]
    sent = dict(form.form_values()) | {"realm": GB}
    for button, expected in (
        ("approve", {"state", "code", "realmId"}),
        ("deny", {"state", "error"}),
    ):
        answer = web.get(form.action, params=sent | {"auto": button})
        back = httpx2.URL(answer.headers["location"]).params
        assert set(back) == expected
        assert back["state"] == tricky["state"]
        assert back.get("realmId", GB) == GB


@pytest.mark.parametrize("name", list(CONNECT))
def test_an_incomplete_connect_address_is_refused_on_the_page(
    quickbooks: QuickBooksServer, name: str
) -> None:
    asked = {k: v for k, v in CONNECT.items() if k != name} | {"auto": "approve"}
    page = web.get(f"{quickbooks.address}/connect/oauth2", params=asked)
    assert (page.status_code, name in page.text) == (400, True)


def test_a_foreign_redirect_uri_or_script_gets_no_code(quickbooks: QuickBooksServer) -> None:
    quickbooks.settings(redirect_uris=[CALLBACK])
    for target in ("http://evil.example/cb", CALLBACK + "/", "javascript:alert(1)"):
        asked = {**CONNECT, "redirect_uri": target, "auto": "approve"}
        page = web.get(f"{quickbooks.address}/connect/oauth2", params=asked)
        assert page.status_code == 400


def test_no_thanks_comes_back_as_access_denied(quickbooks: QuickBooksServer) -> None:
    answer = web.get(f"{quickbooks.address}/connect/oauth2", params={**CONNECT, "auto": "deny"})
    assert answer.headers["location"] == f"{CALLBACK}?error=access_denied&state=abc"


def test_a_code_is_good_once_for_five_minutes_and_its_redirect_uri(
    quickbooks: QuickBooksServer,
) -> None:
    code = quickbooks.approve()["code"]
    assert exchange(quickbooks, code).status_code == 200
    assert exchange(quickbooks, code).json()["error"] == "invalid_grant"
    assert exchange(quickbooks, quickbooks.approve()["code"], CALLBACK + "x").status_code == 400
    late = quickbooks.approve()["code"]
    quickbooks.advance(301)
    assert exchange(quickbooks, late).status_code == 400


def test_only_the_known_app_with_its_secret_gets_tokens(quickbooks: QuickBooksServer) -> None:
    quickbooks.settings(client=["app", "other-secret"])
    answer = exchange(quickbooks, quickbooks.approve()["code"])
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_a_refresh_token_changes_after_a_day_and_the_old_one_is_dead(
    quickbooks: QuickBooksServer,
) -> None:
    first = quickbooks.tokens()["refresh_token"]
    assert refresh(quickbooks, first).json()["refresh_token"] == first
    quickbooks.advance(DAY + 1)
    second = refresh(quickbooks, first).json()["refresh_token"]
    assert second != first
    dead = refresh(quickbooks, first)
    assert (dead.status_code, dead.json()["error"]) == (400, "invalid_grant")
    assert refresh(quickbooks, second).status_code == 200


def test_reuse_of_a_dead_token_can_revoke_everything(quickbooks: QuickBooksServer) -> None:
    quickbooks.settings(rotation_seconds=0, revoke_on_reuse=True)
    first = quickbooks.tokens()["refresh_token"]
    second = refresh(quickbooks, first).json()
    assert works(quickbooks, second["access_token"]).status_code == 200
    assert refresh(quickbooks, first).status_code == 400
    assert works(quickbooks, second["access_token"]).status_code == 401
    assert refresh(quickbooks, second["refresh_token"]).status_code == 400


def test_of_two_refreshes_at_the_same_time_only_one_wins(quickbooks: QuickBooksServer) -> None:
    value = quickbooks.tokens()["refresh_token"]
    quickbooks.fault({"delay_s": 0.8}, path="/tokens/bearer$")
    answers: list[int] = []
    first = threading.Thread(target=lambda: answers.append(refresh(quickbooks, value).status_code))
    first.start()
    second = 200
    while first.is_alive() and second == 200:
        second = refresh(quickbooks, value).status_code if quickbooks.calls("/bearer$") else 200
    first.join()
    assert sorted([*answers, second]) == [200, 400]


def test_a_refresh_token_unused_for_100_days_is_over(quickbooks: QuickBooksServer) -> None:
    value = quickbooks.tokens()["refresh_token"]
    quickbooks.advance(100 * DAY + 1)
    assert refresh(quickbooks, value).status_code == 400


def test_five_years_are_the_end_and_are_told_to_who_asks(quickbooks: QuickBooksServer) -> None:
    value = quickbooks.tokens()["refresh_token"]
    asked = {"x-include-refresh-token-hard-expires-in": "true"}
    answer: dict[str, Any] = {}
    for _ in range(19):  # 19 x 96 days: just short of five years
        quickbooks.advance(96 * DAY)
        answer = refresh(quickbooks, value, **asked).json()
        value = answer["refresh_token"]
    left = 157_680_000 - 19 * 96 * DAY
    assert left - 60 < answer["x_refresh_token_hard_expires_in"] <= left
    quickbooks.advance(2 * DAY)
    assert refresh(quickbooks, value).status_code == 400


def test_an_expired_token_is_told_in_the_gateways_lower_case(quickbooks: QuickBooksServer) -> None:
    access = quickbooks.tokens()["access_token"]
    assert works(quickbooks, access).status_code == 200
    quickbooks.advance(3600)
    answer = works(quickbooks, access)
    assert answer.status_code == 401
    assert answer.json()["fault"]["error"][0]["code"] == "3200"
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    assert answer.headers["intuit_tid"]


def test_another_company_than_the_connected_one_is_forbidden(quickbooks: QuickBooksServer) -> None:
    answer = works(quickbooks, quickbooks.tokens(US)["access_token"], GB)
    assert (answer.status_code, answer.json()["fault"]["error"][0]["code"]) == (403, "3100")


def test_a_person_can_take_the_app_away(quickbooks: QuickBooksServer) -> None:
    tokens = quickbooks.tokens()
    quickbooks.user("revoke_app", US)
    assert works(quickbooks, tokens["access_token"]).status_code == 401
    assert refresh(quickbooks, tokens["refresh_token"]).status_code == 400
    assert works(quickbooks, quickbooks.tokens()["access_token"]).status_code == 200


def test_only_names_of_this_computer_reach_it(quickbooks: QuickBooksServer) -> None:
    answer = web.get(
        f"{quickbooks.address}/connect/oauth2", headers={"Host": "evil.example"}, params=CONNECT
    )
    assert answer.status_code == 421
