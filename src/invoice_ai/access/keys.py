"""Keys for programs: `inv_<id>_<secret>`. Only the hash of the secret is kept."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_FORM = re.compile(r"inv_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made. `text` is shown once and kept nowhere."""

    id: str
    text: str
    hash: str


def new_key() -> NewKey:
    """Make a key with a 256-bit random secret."""
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return NewKey(key_id, f"inv_{key_id}_{secret}", hash_secret(secret))


def hash_secret(secret: str) -> str:
    """SHA-256 in hex: a random 256-bit secret needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split_key(text: str) -> tuple[str, str] | None:
    """Id and secret of a key, or None when it is not written like one.

    >>> split_key("inv_0123456789ab_" + "x" * 43) == ("0123456789ab", "x" * 43)
    True
    >>> split_key("Bearer of bad news") is None
    True
    """
    found = _FORM.fullmatch(text.strip())
    return (found[1], found[2]) if found else None


def same_secret(secret: str, stored_hash: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(hash_secret(secret), stored_hash)
