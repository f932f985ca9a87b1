"""Sessions of the app: a random cookie, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=7)
COOKIES = ("__Host-invoice_ai", "invoice_ai")  # with TLS, without


def new_token() -> str:
    """A fresh 256-bit session id."""
    return secrets.token_urlsafe(32)


def session_hash(token: str, seal: str) -> str:
    """What is stored for a session.

    Args:
        seal: The password the session was opened with, so that a new one ends all sessions.
    """
    return hashlib.sha256(f"{token}\0{seal}".encode(errors="replace")).hexdigest()


def session_cookie(token: str, *, secure: bool) -> dict[str, Any]:
    """Arguments for `response.set_cookie`. `secure`: the person came by https."""
    return {
        "key": COOKIES[0] if secure else COOKIES[1],
        "value": token,
        "max_age": int(ABSOLUTE.total_seconds()),
        "path": "/",
        "secure": secure,
        "httponly": True,
        "samesite": "lax",
    }
