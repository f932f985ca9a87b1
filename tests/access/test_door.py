"""What the outside of a request says about who is asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from invoice_ai.access.door import (
    Knock,
    client_address,
    host_allowed,
    host_name,
    is_from_elsewhere,
    is_local,
)

HERE = Knock(method="GET", host="localhost:8000", peer="127.0.0.1", arrived_at="127.0.0.1")
ALLOWED = {"localhost", "127.0.0.1", "[::1]"}


@pytest.mark.parametrize("host", ["localhost:8000", "LOCALHOST", "127.0.0.1", "[::1]:8000"])
def test_we_answer_to_our_own_names(host: str) -> None:
    assert host_allowed(host, ALLOWED)


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:8000",
        "localhost@evil.example",
        "evil.example#localhost",
        "localhost:80a",
        "",
        "10.0.0.5",
    ],
)
def test_we_do_not_answer_to_other_names(host: str) -> None:
    assert not host_allowed(host, ALLOWED)


def test_a_server_for_others_answers_to_its_addresses_but_not_to_foreign_names() -> None:
    assert host_allowed("10.0.0.5:8000", ALLOWED, any_address=True)
    assert host_allowed("[fe80::1]:8000", ALLOWED, any_address=True)
    assert not host_allowed("rebound.example", ALLOWED, any_address=True)


def test_a_name_is_compared_without_its_port_and_in_lower_case() -> None:
    assert host_name("Invoices.Example:8443") == "invoices.example"


def test_this_computer_is_local() -> None:
    assert is_local(HERE)
    assert is_local(replace(HERE, peer="::1", arrived_at="::1", host="[::1]:8000"))
    assert is_local(replace(HERE, peer="::ffff:127.0.0.1"))


@pytest.mark.parametrize(
    "change",
    [
        {"peer": "192.168.1.7"},
        {"peer": ""},
        {"arrived_at": "192.168.1.2"},
        {"host": "invoices.example"},
        {"forwarded": True},
    ],
)
def test_one_step_beyond_is_not_local(change: dict[str, object]) -> None:
    assert not is_local(replace(HERE, **change))  # type: ignore[arg-type]


POST = replace(HERE, method="POST")


@pytest.mark.parametrize(
    "knock",
    [
        replace(POST, origin="http://evil.example"),
        replace(HERE, origin="http://evil.example"),
        replace(POST, origin="http://localhost:8501"),
        replace(POST, origin="null"),
        replace(POST, fetch_site="cross-site"),
        replace(POST, fetch_site="same-site"),
        replace(POST, cookies=True),
        replace(POST, origin="http://evil.example", key=True),
    ],
)
def test_foreign_pages_change_nothing(knock: Knock) -> None:
    assert is_from_elsewhere(knock)


@pytest.mark.parametrize(
    "knock",
    [
        HERE,
        POST,
        replace(POST, origin="http://localhost:8000"),
        replace(POST, origin="http://localhost:8000", cookies=True),
        replace(POST, fetch_site="same-origin", cookies=True),
        replace(POST, origin="null", fetch_site="same-origin"),
        replace(POST, cookies=True, key=True),
        replace(HERE, cookies=True),
        replace(HERE, fetch_site="cross-site"),  # a link from elsewhere may open a page
    ],
)
def test_our_pages_and_programs_pass(knock: Knock) -> None:
    assert not is_from_elsewhere(knock)


def test_only_trusted_proxies_are_believed() -> None:
    proxies = {"10.0.0.0/8"}
    assert client_address("10.0.0.2", "203.0.113.9", proxies) == "203.0.113.9"
    assert client_address("10.0.0.2", "1.2.3.4, 203.0.113.9, 10.0.0.3", proxies) == "203.0.113.9"
    assert client_address("203.0.113.9", "1.2.3.4", proxies) == "203.0.113.9"
    assert client_address("10.0.0.2", "not an address", proxies) == "10.0.0.2"
    assert client_address("10.0.0.2", "", proxies) == "10.0.0.2"
