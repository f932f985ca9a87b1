"""Signing in to QuickBooks (OAuth 2.0, authorization code): three calls, and nothing kept here."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx2
import structlog

from invoice_ai.quickbooks.addresses import SCOPE, Addresses
from invoice_ai.quickbooks.trouble import (
    OutcomeUnknown,
    ReconnectNeeded,
    Throttled,
    WrongKeys,
    seconds_to_wait,
)

LOGIN_SECONDS = 600  # between leaving for Intuit and coming back
TOKEN_TIMEOUT = httpx2.Timeout(20.0, connect=5.0)
WARN_DAYS = 30  # how long before the end of a refresh token people are told

_log = structlog.get_logger("invoice_agent")


@dataclass(frozen=True, slots=True)
class App:
    """Our app at Intuit."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Tokens:
    """What Intuit gave us; seconds count from the answer. `refresh` None: keep the old one."""

    access: str = field(repr=False)
    refresh: str | None = field(repr=False)
    access_seconds: int
    refresh_seconds: int | None
    hard_seconds: int | None


def new_state() -> str:
    """A fresh 256-bit value, for the state and for the browser's own proof."""
    return secrets.token_urlsafe(32)


def state_hash(value: str) -> str:
    """What is stored of a state: nobody who reads the table can use it."""
    return hashlib.sha256(value.encode()).hexdigest()


def login_address(addresses: Addresses, app: App, state: str) -> str:
    """Where the person is sent to choose a company and say yes."""
    query = {
        "client_id": app.client_id,
        "response_type": "code",
        "scope": SCOPE,
        "redirect_uri": app.redirect_uri,
        "state": state,
    }
    return f"{addresses.authorize}?{urlencode(query)}"


def exchange(addresses: Addresses, app: App, code: str) -> Tokens:
    """Tokens for the code of a callback; a code works once.

    Raises: ReconnectNeeded: the code is used or too old. WrongKeys. Unavailable.
    """
    return _ask(
        addresses.token,
        app,
        {"grant_type": "authorization_code", "code": code, "redirect_uri": app.redirect_uri},
    )


def refresh(addresses: Addresses, app: App, refresh_token: str) -> Tokens:
    """New tokens. The old refresh token may be dead from now on: store the new one before use.

    Raises: ReconnectNeeded: the refresh token is not accepted. WrongKeys. Unavailable: nothing is
        known, the old token stays.
    """
    return _ask(
        addresses.token, app, {"grant_type": "refresh_token", "refresh_token": refresh_token}
    )


def revoke(addresses: Addresses, app: App, token: str) -> bool:
    """Tell Intuit to forget us; False: it did not answer or did not know the token."""
    try:
        answer = httpx2.post(
            addresses.revoke, json={"token": token}, headers=_headers(app), timeout=TOKEN_TIMEOUT
        )
    except httpx2.HTTPError:
        return False
    _log.info("quickbooks_revoked", status=answer.status_code, tid=_tid(answer))
    return answer.status_code == 200


def _ask(address: str, app: App, form: dict[str, str]) -> Tokens:
    headers = _headers(app) | {"x-include-refresh-token-hard-expires-in": "true"}
    try:
        answer = httpx2.post(address, data=form, headers=headers, timeout=TOKEN_TIMEOUT)
    except httpx2.HTTPError as away:
        raise OutcomeUnknown(f"Intuit does not answer ({type(away).__name__}).") from away
    # The body holds tokens and is never logged.
    _log.info(
        "quickbooks_tokens",
        grant=form["grant_type"],
        status=answer.status_code,
        tid=_tid(answer),
    )
    body = _json(answer)
    said = str(body.get("error", ""))
    if answer.status_code == 200 and body.get("access_token"):
        return Tokens(
            access=str(body["access_token"]),
            refresh=str(body["refresh_token"]) if body.get("refresh_token") else None,
            access_seconds=int(body.get("expires_in", 3600)),
            refresh_seconds=_seconds(body.get("x_refresh_token_expires_in")),
            hard_seconds=_seconds(body.get("x_refresh_token_hard_expires_in")),
        )
    if answer.status_code == 429:
        raise Throttled(seconds_to_wait(answer.headers))
    if said == "invalid_grant":
        raise ReconnectNeeded("QuickBooks has ended the connection. Connect again.")
    if said in ("invalid_client", "unauthorized_client") or answer.status_code == 401:
        raise WrongKeys(
            "Intuit does not know QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET. "
            "Copy both from your app's keys; sandbox and production have different ones."
        )
    if answer.status_code == 400 and said:
        raise WrongKeys(f"Intuit refuses to sign in: {said}. Check QUICKBOOKS_REDIRECT_URI.")
    raise OutcomeUnknown(f"Intuit answered {answer.status_code} without tokens.")


def _headers(app: App) -> dict[str, str]:
    pair = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    return {"Authorization": f"Basic {pair}", "Accept": "application/json"}


def _json(answer: httpx2.Response) -> dict[str, Any]:
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _seconds(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) else None


def _tid(answer: httpx2.Response) -> str:
    return str(answer.headers.get("intuit_tid", ""))
