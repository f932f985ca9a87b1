"""Who gets in: this computer without ceremony, everybody else with a password or a key."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import update
from tests.api.conftest import SOME_PDF, MakeSettings, Service, running

from invoice_ai.access.keys import new_key
from invoice_ai.access.passwords import hash_password
from invoice_ai.access.sessions import COOKIES
from invoice_ai.api.application import create_app
from invoice_ai.api.headers import CONTENT_SECURITY_POLICY, HEADERS
from invoice_ai.errors import Misconfigured
from invoice_ai.store import access as stored
from invoice_ai.store import invoices
from invoice_ai.store.database import now
from invoice_ai.store.tables import sessions

PASSWORD = "correct horse battery"


@pytest.fixture
def guarded(make_settings: MakeSettings) -> Iterator[Service]:
    """A service with a password."""
    with running(make_settings(admin_password=PASSWORD)) as service:
        yield service


def key_for(service: Service, name: str = "scanner") -> str:
    key = new_key()
    with service.place.database.writing() as session:
        stored.add_key(session, key.id, name, key.hash)
    return key.text


def sign_in(client: httpx2.Client, password: str = PASSWORD, **form: str) -> httpx2.Response:
    return client.post("/login", data={"password": password, **form})


def own_address() -> str:
    """An address of this machine that is not loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing
        return str(probe.getsockname()[0])


def test_this_computer_needs_no_password(shared: Service) -> None:
    with shared.client() as api:
        assert api.get("/results").status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 400),
        ({"Host": "127.0.0.1.evil.example"}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"X-Forwarded-For": "203.0.113.9"}, 401),
        ({"X-Forwarded-For": "127.0.0.1"}, 401),
        ({"X-Forwarded-Host": "localhost"}, 401),
        ({"Forwarded": "for=127.0.0.1"}, 401),
        ({"Authorization": "Bearer inv_000000000000_" + "x" * 43}, 401),
        ({"X-API-Key": "nonsense"}, 401),
    ],
)
def test_one_step_beyond_this_computer_is_refused(
    shared: Service, headers: dict[str, str], status: int
) -> None:
    with shared.client(**headers) as api:
        for path in ("/results", "/api/v1/status", "/docs", "/openapi.json", "/metrics", "/events"):
            answer = api.get(path)
            assert answer.status_code == status, path
            assert answer.json()["status_code"] == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Cookie": "anything=1"},
        {"Cookie": f"{COOKIES[1]}=1"},
    ],
)
def test_a_foreign_page_changes_nothing(shared: Service, headers: dict[str, str]) -> None:
    with shared.client(**headers) as api:
        for method, path in (
            ("POST", "/process"),
            ("POST", "/upload"),
            ("DELETE", "/results/1"),
            ("POST", "/api/invoices/1/approve"),
            ("POST", "/failed/retry"),
        ):
            assert api.request(method, path).status_code == 403


def test_a_service_reached_under_another_address_asks_who_is_there(
    make_settings: MakeSettings,
) -> None:
    address = own_address()
    settings = make_settings(allowed_hosts=["127.0.0.1", address])
    # As `uvicorn invoice_ai.api.main:app --host 0.0.0.0` would do behind the settings' back.
    with running(settings, host="0.0.0.0") as service:
        with service.client() as here:
            assert here.get("/results").status_code == 200
        outside = f"http://{address}:{settings.port}"
        with httpx2.Client(base_url=outside, trust_env=False) as elsewhere:
            answer = elsewhere.get("/results")
            assert answer.status_code == 401
            assert "ADMIN_PASSWORD" in answer.json()["detail"]
            assert elsewhere.get("/health").status_code == 200


def test_with_a_password_this_computer_is_asked_too(guarded: Service) -> None:
    with guarded.client() as api:
        assert api.get("/health").json() == {"status": "ok"}
        answer = api.get("/results")
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == "Bearer"
        assert api.post("/upload", files={"file": ("a.pdf", SOME_PDF)}).status_code == 401


def test_a_browser_is_sent_to_the_login_page_and_back(guarded: Service) -> None:
    with guarded.client(Accept="text/html") as browser:
        answer = browser.get("/invoices?tab=failed")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=%2Finvoices%3Ftab%3Dfailed"
        assert browser.get("/login").status_code == 200


def test_the_password_opens_a_session_until_signing_out(guarded: Service) -> None:
    with guarded.client(Origin=guarded.url) as person:
        assert sign_in(person).status_code == 303
        cookie = person.cookies[COOKIES[1]]
        assert person.get("/results").status_code == 200
        assert person.get("/api/stats").status_code == 200
        assert person.post("/logout").status_code == 303
    with guarded.client(Cookie=f"{COOKIES[1]}={cookie}") as stolen:
        assert stolen.get("/results").status_code == 401


def test_a_session_needs_our_own_page_to_change_something(guarded: Service) -> None:
    with guarded.client() as person:
        sign_in(person)
        assert person.get("/results").status_code == 200
        assert person.post("/process", json={}).status_code == 403
        ours = {"Origin": guarded.url}
        assert person.post("/process", json={}, headers=ours).status_code == 200


@pytest.mark.parametrize(
    "ended", [{"last_seen_at": timedelta(hours=13)}, {"expires_at": timedelta(seconds=1)}]
)
def test_a_session_ends_by_idleness_and_by_age(
    guarded: Service, ended: dict[str, timedelta]
) -> None:
    with guarded.client() as person:
        sign_in(person)
        with guarded.place.database.writing() as session:
            moment = now(session)
            changed = {column: moment - ago for column, ago in ended.items()}
            session.execute(update(sessions).values(changed))
        assert person.get("/results").status_code == 401


def test_the_database_keeps_no_token(guarded: Service) -> None:
    with guarded.client() as person:
        sign_in(person)
        token = person.cookies[COOKIES[1]]
    database = Path(guarded.settings.database_url.removeprefix("sqlite:///"))
    files = list(database.parent.glob(database.name + "*"))
    assert token.encode() not in b"".join(file.read_bytes() for file in files)


def test_another_password_ends_the_sessions_of_the_old_one(make_settings: MakeSettings) -> None:
    settings = make_settings(admin_password=PASSWORD)
    with running(settings) as service, service.client() as person:
        sign_in(person)
        cookie = person.cookies[COOKIES[1]]
    changed = settings.model_copy(update={"admin_password": type(settings.admin_password)("new")})
    with running(changed) as service, service.client(Cookie=f"{COOKIES[1]}={cookie}") as person:
        assert person.get("/results").status_code == 401


def test_the_password_may_be_given_as_its_hash(make_settings: MakeSettings) -> None:
    settings = make_settings(admin_password=hash_password(PASSWORD))
    with running(settings) as service, service.client() as person:
        assert sign_in(person, "wrong").status_code == 401
        assert sign_in(person).status_code == 303


def test_guessing_passwords_is_stopped(guarded: Service) -> None:
    with guarded.client() as stranger:
        said = [sign_in(stranger, f"guess {n}").status_code for n in range(12)]
        assert said == [401] * 5 + [429] * 7
        assert sign_in(stranger).status_code == 429
        assert stranger.get("/results").status_code == 401


def test_a_burst_of_guesses_is_stopped_as_well(guarded: Service) -> None:
    def guess(number: int) -> int:
        with guarded.client() as stranger:
            return sign_in(stranger, f"guess {number}").status_code

    with ThreadPoolExecutor(12) as crowd:
        said = sorted(crowd.map(guess, range(24)))
    assert said == [401] * 5 + [429] * 19


@pytest.mark.parametrize("there", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_signing_in_leads_nowhere_else(guarded: Service, there: str) -> None:
    with guarded.client() as person:
        assert sign_in(person, next=there).headers["location"] == "/invoices"


def test_a_key_opens_until_it_is_revoked(guarded: Service) -> None:
    text = key_for(guarded)
    with guarded.client() as api:
        for headers in ({"Authorization": f"Bearer {text}"}, {"X-API-Key": text}):
            assert api.get("/results", headers=headers).status_code == 200
            forwarded = headers | {"X-Forwarded-For": "203.0.113.9"}
            assert api.post("/process", json={}, headers=forwarded).status_code == 200
        wrong = text[:-1] + ("a" if text[-1] != "a" else "b")
        assert api.get("/results", headers={"X-API-Key": wrong}).status_code == 401
        with guarded.place.database.writing() as session:
            (row,) = stored.all_keys(session)
            assert row.last_used_at is not None
            stored.revoke_key(session, row.id)
        assert api.get("/results", headers={"X-API-Key": text}).status_code == 401


def test_what_a_key_does_is_done_in_its_name(guarded: Service) -> None:
    with guarded.client(**{"X-API-Key": key_for(guarded, "scanner in room 4")}) as api:
        file_id = api.post("/upload", files={"file": ("a.pdf", SOME_PDF)}).json()["file_id"]
        with guarded.place.database.reading() as session:
            history = invoices.load(session, int(file_id)).history
    assert [step.actor for step in history] == ["scanner in room 4"]


def test_only_trusted_proxies_say_who_is_behind_them(make_settings: MakeSettings) -> None:
    settings = make_settings(admin_password=PASSWORD, trusted_proxies=["127.0.0.1"])
    with running(settings) as service:
        with service.client(**{"X-Forwarded-Proto": "https", "X-Forwarded-For": "6.6.6.6"}) as one:
            cookie = sign_in(one).headers["set-cookie"]
            assert cookie.startswith("__Host-")
            assert "Secure" in cookie
            assert [sign_in(one, "wrong").status_code for _ in range(6)] == [401] * 4 + [429] * 2
        with service.client(**{"X-Forwarded-For": "7.7.7.7"}) as other:
            assert sign_in(other, "wrong").status_code == 401


def test_every_answer_carries_the_security_headers(guarded: Service) -> None:
    with guarded.client() as api:
        answers = [
            api.get("/health"),
            api.get("/results"),
            api.get("/nothing"),
            api.get("/login"),
            api.get("/health", headers={"Host": "evil.example"}),
            api.put("/health"),
            api.post("/process", content=b" " * 2_000_000),
        ]
    for answer in answers:
        assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY
        assert {name.lower() for name in HEADERS} <= set(answer.headers)
        assert len(answer.headers["x-request-id"]) == 16
        assert "server" not in answer.headers


def test_paths_are_told_only_to_those_who_sit_here(guarded: Service, shared: Service) -> None:
    with guarded.client(**{"X-API-Key": key_for(guarded)}) as api:
        assert str(guarded.settings.incoming_folder) not in api.get("/status").text
    with shared.client() as api:
        assert str(shared.settings.incoming_folder) in api.get("/status").text


def test_listening_to_others_without_a_password_is_refused(make_settings: MakeSettings) -> None:
    with pytest.raises(Misconfigured, match="ADMIN_PASSWORD"):
        create_app(make_settings(host="0.0.0.0"))
    create_app(make_settings(host="0.0.0.0", admin_password=PASSWORD))


def test_uvicorn_itself_is_refused_too_with_exit_code_2() -> None:
    started = subprocess.run(
        [sys.executable, "-c", "import invoice_ai.api.main"],
        env={"HOST": "0.0.0.0", "PATH": ""},
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert started.returncode == 2
    assert "ADMIN_PASSWORD" in started.stderr
    assert "Traceback" not in started.stderr


def test_a_limit_that_cannot_be_read_stops_the_start(make_settings: MakeSettings) -> None:
    with pytest.raises(Misconfigured, match="UPLOAD_RATE_LIMIT"):
        create_app(make_settings(upload_rate_limit="ten a minute"))
