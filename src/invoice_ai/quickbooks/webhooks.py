"""What QuickBooks tells by itself, if it can reach us: only that something changed; we then look."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any


def is_signed(body: bytes, signature: str, verifier: str) -> bool:
    """Whether the raw body was signed with our verifier token (header `intuit-signature`)."""
    expected = hmac.new(verifier.encode(), body, hashlib.sha256).digest()
    return hmac.compare_digest(base64.b64encode(expected), signature.strip().encode())


def realms_in(body: bytes) -> frozenset[str]:
    """The companies in which something changed, from either shape: `eventNotifications` or
    CloudEvents. Empty for anything else."""
    try:
        told: Any = json.loads(body)
    except ValueError:
        return frozenset()
    if isinstance(told, dict) and isinstance(told.get("eventNotifications"), list):
        rows = [r.get("realmId") for r in told["eventNotifications"] if isinstance(r, dict)]
    else:
        events = told if isinstance(told, list) else [told]
        rows = [e.get("intuitaccountid") for e in events if isinstance(e, dict)]
    return frozenset(str(realm) for realm in rows if realm)
