"""Secrets are kept as hashes and compared without telling anything by time or by text."""

from __future__ import annotations

from dataclasses import replace

import pytest

from invoice_ai.access.keys import hash_secret, new_key, same_secret, split_key
from invoice_ai.access.passwords import AdminPassword, hash_password
from invoice_ai.access.sessions import new_token, session_cookie, session_hash


def test_a_new_key_can_be_recognised_and_its_hash_does_not_contain_it() -> None:
    key = new_key()
    parts = split_key(key.text)
    assert parts is not None
    assert parts[0] == key.id
    assert same_secret(parts[1], key.hash)
    assert parts[1] not in key.hash


def test_another_secret_is_not_the_same() -> None:
    key, other = new_key(), new_key()
    parts = split_key(other.text)
    assert parts is not None
    assert not same_secret(parts[1], key.hash)
    assert hash_secret("a") != hash_secret("b")


@pytest.mark.parametrize(
    "written",
    ["", "inv_", "inv_x_y", "inv_0123456789ab_short", "inv_0123456789ab_" + "é" * 43, "Bearer x"],
)
def test_what_is_not_written_like_a_key_is_none(written: str) -> None:
    assert split_key(written) is None


def test_the_password_matches_itself_only() -> None:
    password = AdminPassword("correct horse battery")
    assert password.matches("correct horse battery")
    assert not password.matches("correct horse")
    assert not password.matches("")
    assert not password.matches("\ud800")


def test_the_setting_may_hold_the_hash_instead_of_the_password() -> None:
    password = AdminPassword(hash_password("correct horse battery"))
    assert password.matches("correct horse battery")
    assert not password.matches(hash_password("correct horse battery"))


def test_without_a_password_nothing_matches() -> None:
    password = AdminPassword(None)
    assert not password.is_set
    assert not password.matches("nobody may sign in")


def test_another_password_ends_all_sessions() -> None:
    token = new_token()
    assert session_hash(token, "old") != session_hash(token, "new")


def test_the_cookie_cannot_be_read_by_scripts_nor_sent_by_foreign_forms() -> None:
    cookie = session_cookie("t", secure=True)
    assert cookie["key"].startswith("__Host-")
    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "lax", True)
    assert not session_cookie("t", secure=False)["key"].startswith("__Host-")


def test_a_key_is_an_immutable_value() -> None:
    key = new_key()
    assert replace(key, text="") != key
