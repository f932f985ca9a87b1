"""Connecting with a browser, deciding on a screen, and the same by the API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from tests.api.conftest import Service, running
from tests.quickbooks.office import Office, an_invoice, settings_for, sign_in
from tests.quickbooks_server import CALLBACK, GB, US, QuickBooksServer
from tests.servers import free_port
from tests.workflow.conftest import settings_in

from invoice_ai import workflow
from invoice_ai.store import quickbooks as stored
from invoice_ai.workflow import connecting

VERIFIER = "verifier-of-the-test"
PAGE = {"Accept": "text/html"}


@pytest.fixture
def service(
    server: QuickBooksServer, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    monkeypatch.setattr(connecting, "SPACING_SECONDS", 0.0)
    settings = settings_for(
        tmp_path, server, sqlite_url, port=free_port(), quickbooks_webhook_token=VERIFIER
    )
    with running(settings) as service:
        yield service


@pytest.fixture
def office_of(service: Service, server: QuickBooksServer) -> Office:
    """The office of the running service, connected to the US company."""
    sign_in(service.place, US)
    workflow.set_rules(
        service.place, publish="on_approval", default_account="1", pay_from="", actor="ana"
    )
    return Office(service.place, server, US)


def go_to_intuit(client: httpx2.Client, prefix: str = "/api", realm: str = US) -> httpx2.URL:
    """Leave for Intuit, say yes there, and return the address it sends the browser back to."""
    left = client.get(f"{prefix}/auth/qb/login", headers=PAGE)
    assert left.status_code == 303
    there = httpx2.get(f"{left.headers['location']}&auto=approve&realm={realm}")
    back = there.headers["location"]
    assert back.startswith(CALLBACK)
    return httpx2.URL(f"{prefix}/auth/qb/callback?{urlsplit(back).query}")


@pytest.mark.parametrize("prefix", ["/api", ""])
def test_a_person_connects_with_a_browser(service: Service, prefix: str) -> None:
    with service.client() as browser:
        back = browser.get(go_to_intuit(browser, prefix), headers=PAGE)
        assert back.headers["location"] == "/sync?connected=1"
        page = browser.get("/sync?connected=1", headers=PAGE).text
        assert "Connected as Maple &amp; Main Supply" in page
        assert "Stand-in, not real QuickBooks" in page
        told = browser.get(f"{prefix}/auth/qb/status").json()
    assert (told["state"], told["realm"], told["environment"]) == ("connected", US, "stand-in")
    assert told["ends_at"] and not told["ends_soon"]


def test_a_sign_in_works_once_and_only_in_the_browser_that_began_it(service: Service) -> None:
    with service.client() as browser, service.client() as other:
        back = go_to_intuit(browser)
        stolen = other.get(back)
        assert stolen.status_code == 403 and "not started here" in stolen.json()["detail"]
        assert browser.get(back).status_code == 403, "the state is used up"
        fresh = go_to_intuit(browser)
        assert browser.get(fresh).status_code == 303
        assert browser.get(fresh).status_code == 403


def test_saying_no_at_intuit_connects_nothing_and_says_so(service: Service) -> None:
    with service.client() as browser:
        left = browser.get("/api/auth/qb/login", headers=PAGE).headers["location"]
        state = httpx2.URL(left).params["state"]
        back = browser.get(f"/api/auth/qb/callback?error=access_denied&state={state}", headers=PAGE)
        page = browser.get(back.headers["location"], headers=PAGE).text
        assert "you said no there" in page and "Not connected" in page


def test_tokens_are_nowhere_in_the_clear(service: Service, tmp_path: Path) -> None:
    sign_in(service.place, US)
    with service.place.database.reading() as session:
        found = stored.connection(session)
    assert found is not None and found.access_sealed and found.refresh_sealed
    token = workflow.access_token(service.place)
    kept = b"".join(f.read_bytes() for f in tmp_path.glob("invoice_ai.db*"))
    assert token.encode() not in kept and token not in repr(found)
    key = service.settings.encryption_key_file
    assert key.stat().st_mode & 0o077 == 0
    before = key.read_text()
    assert workflow.rotate_keys(service.settings, service.place.database) == 2
    assert key.read_text() != before and workflow.access_token(service.place) == token


def test_disconnecting_revokes_and_forgets(service: Service) -> None:
    sign_in(service.place, US)
    with service.client() as client:
        assert client.post("/api/auth/qb/disconnect").json()["state"] == "off"
        assert client.post("/api/auth/qb/disconnect").status_code == 409
        assert client.post("/api/quickbooks/refresh").status_code == 409
    with service.place.database.reading() as session:
        found = stored.connection(session)
    assert found is not None and found.refresh_sealed is None


def test_real_books_are_connected_only_behind_a_password(tmp_path: Path, sqlite_url: str) -> None:
    settings = settings_in(
        tmp_path,
        database_url=sqlite_url,
        port=free_port(),
        quickbooks_environment="production",
        quickbooks_client_id="id",
        quickbooks_client_secret="secret",
    )
    with running(settings) as service, service.client() as client:
        refused = client.get("/api/auth/qb/login")
        assert refused.status_code == 403 and "password" in refused.json()["detail"]


def test_the_page_of_an_invoice_says_how_far_it_is_in_quickbooks(
    service: Service, office_of: Office
) -> None:
    workflow.set_rules(
        service.place, publish="on_approval", default_account="", pay_from="", actor="ana"
    )
    asking = office_of.approve(an_invoice("PAGE-1", lines=(("Paper", "100.00"),)))
    office_of.work()
    german = {**PAGE, "Accept-Language": "de"}
    with service.client() as client:
        page = client.get(f"/invoices/{asking}", headers=german).text
        assert "Entscheidung nötig" in page and f"/invoices/{asking}/booking" in page
        client.put(f"/api/results/{asking}/booking", json={"lines": {"0": {"account": "7"}}})
        office_of.work()
        page = client.get(f"/invoices/{asking}", headers=german).text
        there = client.get(f"/invoices/{asking}/booking", headers=german).text
    assert "In QuickBooks öffnen" in page and "In QuickBooks öffnen" in there
    assert "Lieferantenrechnung" in there


def test_the_list_says_how_each_stands_in_quickbooks_and_finds_them_by_it(
    service: Service, office_of: Office
) -> None:
    paid, gone, there = (
        office_of.approve(an_invoice(f"LIST-{n}", net=f"{10 + n}.00")) for n in range(3)
    )
    office_of.work()
    workflow.set_rules(service.place, publish="ask", default_account="1", pay_from="", actor="ana")
    held = office_of.approve(an_invoice("LIST-3", net="13.00"))
    for invoice_id, deed in ((paid, "pay_bill"), (gone, "delete_bill")):
        link = office_of.link(invoice_id)
        assert link is not None
        office_of.server.user(deed, US, id=link.qbo_id)
    workflow.pull_changes(service.place)

    def found(search: str) -> set[int]:
        rows = client.get("/api/results", params={"q": search}).json()["results"]
        return {int(row["file_id"]) for row in rows}

    with service.client() as client:
        page = client.get("/invoices", headers=PAGE).text
        for words in ("Paid in QuickBooks", "Deleted in QuickBooks", "Waits for your word"):
            assert f"{words}</span>" in page
        assert found("quickbooks:booked") == {paid, there}
        assert found("quickbooks:paid") == {paid} and found("quickbooks:deleted") == {gone}
        assert found("quickbooks:asks") == {held} and found("quickbooks:waiting") == set()
        narrowed = client.get("/invoices/filter?quickbooks=paid", headers=PAGE)
        assert narrowed.headers["location"] == "/invoices?q=quickbooks%3Apaid"


def test_the_api_shows_decides_and_books(service: Service, office_of: Office) -> None:
    workflow.set_rules(
        service.place, publish="on_approval", default_account="", pay_from="", actor="ana"
    )
    invoice_id = office_of.approve(an_invoice("API-1", lines=(("Paper", "100.00"),)))
    office_of.work()
    with service.client() as client:
        told = client.get(f"/api/results/{invoice_id}/booking").json()
        assert (told["state"], told["code"]) == ("needs_user", "account_unsure")
        assert told["questions"][0]["line"] == 0
        (waiting,) = client.get("/api/quickbooks/outbox").json()
        assert waiting["file_id"] == str(invoice_id) and waiting["total"] == "100.00"
        accounts = client.get("/api/quickbooks/lists/Account").json()
        assert {"id": "7", "name": "Advertising", "active": True, "type": "Expense"} in accounts
        chosen = client.put(
            f"/api/results/{invoice_id}/booking", json={"lines": {"0": {"account": "7"}}}
        )
        assert chosen.json()["state"] == "queued" and chosen.json()["questions"] == []
        office_of.work()
        booked = client.get(f"/api/results/{invoice_id}/booking").json()
        assert booked["booked_as"]["state"] == "booked"
        assert booked["booked_as"]["url"].endswith(f"txnId={booked['booked_as']['id']}")
        assert office_of.record(invoice_id).status == "synced"
        log = client.get("/api/quickbooks/log").json()
        assert {"bill", "attach"} <= {entry["action"] for entry in log}
        again = client.post(f"/api/results/{invoice_id}/booking/book")
        assert again.status_code == 409
        assert client.delete(f"/api/results/{invoice_id}").status_code == 409
        reopened = client.post(f"/api/results/{invoice_id}/booking/reopen")
        assert reopened.status_code == 200
        assert office_of.record(invoice_id).status == "needs_review"


def test_the_screen_asks_shows_exactly_what_is_sent_and_takes_the_answer(
    service: Service, office_of: Office
) -> None:
    workflow.set_rules(service.place, publish="ask", default_account="", pay_from="", actor="ana")
    invoice_id = office_of.approve(an_invoice("SCR-1", lines=(("<b>Paper</b>", "100.00"),)))
    address = f"/invoices/{invoice_id}/booking"
    with service.client(Origin=service.url) as browser:
        page = browser.get(address, headers=PAGE).text
        assert "Which account is this?" in page and "Waits for your word" in page
        assert "&lt;b&gt;Paper&lt;/b&gt;" in page and "<b>Paper" not in page
        assert "&#34;DocNumber&#34;: &#34;SCR-1&#34;" in page
        saved = browser.post(address, data={"deed": "save", "account-0": "7"})
        assert saved.status_code == 303
        browser.post(address, data={"deed": "book"})
        office_of.work()
        page = browser.get(address, headers=PAGE).text
        assert "In QuickBooks" in page and "Open in QuickBooks" in page
        taught = browser.get("/sync/vendors", headers=PAGE).text
        assert "Granite Peak Supply Co." in taught and "Learnt from the last bill" in taught
        overview = browser.get("/sync", headers=PAGE).text
        assert "Booked." in overview
        assert browser.get("/settings/quickbooks").headers["location"] == "/sync"


def test_an_error_is_told_in_words_and_tried_again_from_the_screen(
    service: Service, office_of: Office
) -> None:
    office_of.server.user("close_books", US, date="2026-11-30", password="x")
    invoice_id = office_of.approve(an_invoice("SCR-2"))
    office_of.work()
    with service.client(Origin=service.url) as browser:
        page = browser.get("/sync", headers=PAGE).text
        assert "The period is closed in QuickBooks" in page and "6210" in page
        office_of.server.user("close_books", US, date="")
        browser.post(f"/invoices/{invoice_id}/booking", data={"deed": "book"})
        office_of.work()
    assert office_of.record(invoice_id).status == "synced"


def test_before_anything_is_connected_the_screens_stand(service: Service) -> None:
    office = Office(service.place, QuickBooksServer(Path("unused"), port=1), US)
    invoice_id = office.approve(an_invoice("OFF-1"))
    with service.client() as browser:
        page = browser.get("/sync", headers=PAGE)
        assert page.status_code == 200 and "Not connected" in page.text
        booking = browser.get(f"/invoices/{invoice_id}/booking", headers=PAGE)
        assert booking.status_code == 200 and "Connect it first" in booking.text
        told = browser.get(f"/results/{invoice_id}/booking").json()
        assert told["state"] == "off"
    assert office.record(invoice_id).status == "approved"


def test_what_was_approved_before_connecting_is_booked_when_asked(
    service: Service, server: QuickBooksServer
) -> None:
    office = Office(service.place, server, US)
    early = office.approve(an_invoice("EARLY-1"))
    sign_in(service.place, US)
    workflow.set_rules(
        service.place, publish="on_approval", default_account="1", pay_from="", actor="ana"
    )
    office.work()
    assert office.booked_number("EARLY-1") == 0
    with service.client() as client:
        assert client.get("/auth/qb/status").json()["not_asked_for"] == 1
        assert client.post("/quickbooks/backlog").json()["count"] == 1
    office.work()
    assert office.record(early).status == "synced"


def signed(body: bytes, verifier: str = VERIFIER) -> dict[str, str]:
    digest = hmac.new(verifier.encode(), body, hashlib.sha256).digest()
    return {"intuit-signature": base64.b64encode(digest).decode()}


CLOUD_EVENTS = [{"type": "qbo.bill.updated.v1", "intuitentityid": "1", "intuitaccountid": US}]
LEGACY = {"eventNotifications": [{"realmId": US, "dataChangeEvent": {"entities": []}}]}


@pytest.mark.parametrize("told", [CLOUD_EVENTS, LEGACY], ids=["cloud_events", "legacy"])
def test_a_webhook_makes_us_look(service: Service, office_of: Office, told: Any) -> None:
    workflow.keep_following(service.place)
    office_of.work()
    body = json.dumps(told).encode()
    with service.client() as client:
        forged = client.post("/api/quickbooks/webhook", content=body, headers=signed(body, "no"))
        assert forged.status_code == 401
        assert not pull_is_due(service)
        assert (
            client.post("/api/quickbooks/webhook", content=body, headers=signed(body)).status_code
            == 200
        )
    assert pull_is_due(service)


def pull_is_due(service: Service) -> bool:
    with service.place.database.reading() as session:
        return stored.pull_is_due(session)


def test_another_company_is_not_connected_while_invoices_are_on_their_way(
    service: Service, office_of: Office
) -> None:
    invoice_id = office_of.approve(an_invoice("WAY-1"), pace=workflow.PACE)
    with service.client() as browser:
        refused = browser.get(go_to_intuit(browser, realm=GB))
        assert refused.status_code == 409 and "another company" in refused.json()["detail"]
    workflow.skip(service.place, invoice_id, actor="ana")
    sign_in(service.place, GB)
    assert workflow.connection_status(service.place).realm == GB
