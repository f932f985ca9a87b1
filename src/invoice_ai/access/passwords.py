"""The administrator's password: kept as argon2id, compared in constant time, never in parallel."""

from __future__ import annotations

import threading
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# 19 MiB, two passes, one lane: OWASP's floor, 77 ms on the reference machine. The library's
# default of 64 MiB would let fifty parallel logins take 3.2 GB.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """Hash for storing; also accepted as the value of ADMIN_PASSWORD."""
    with _AT_ONCE:
        return _HASHER.hash(password)


class AdminPassword:
    """The password of ADMIN_PASSWORD, plain or already an argon2 hash (`$argon2id$…`).

    Comparing takes the same time for every wrong guess, also when no password is set.
    """

    def __init__(self, configured: str | None) -> None:
        self._configured = configured

    @property
    def is_set(self) -> bool:
        return self._configured is not None

    @property
    def seal(self) -> str:
        """What sessions are bound to: another password, and all of them end."""
        return self._configured or ""

    @cached_property
    def _hash(self) -> str:
        configured = self._configured
        if configured is None:
            return hash_password("nobody may sign in")
        return configured if configured.startswith("$argon2") else hash_password(configured)

    def matches(self, given: str) -> bool:
        """Whether `given` is the password."""
        try:
            with _AT_ONCE:
                _HASHER.verify(self._hash, given)
        except (VerificationError, InvalidHashError, UnicodeEncodeError):
            return False
        return self.is_set
