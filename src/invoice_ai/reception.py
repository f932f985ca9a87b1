"""Who is asking: signing in and out, and knowing people by their session and programs by their key.

The rules are in `access/`, the rows in `store/access.py`; this is the only place that joins them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from invoice_ai.access import keys, sessions
from invoice_ai.access.passwords import AdminPassword
from invoice_ai.access.throttle import Throttle
from invoice_ai.errors import Forbidden
from invoice_ai.settings import Settings
from invoice_ai.store import access as stored
from invoice_ai.store.database import Database

# Attempts, right or wrong, counted before the password is looked at: a burst of guesses would
# otherwise all pass while the first is still being compared.
LOGIN_LIMIT = "5/minute"  # from one address
LOGIN_LIMIT_ALL = "120/minute"  # from everywhere; lower, and strangers could lock us out
NOTED_EVERY = timedelta(minutes=1)  # a "last used" finer than this would be a write per request


class NotSignedIn(Forbidden):
    """We do not know who is asking; signing in helps."""

    code = "not_signed_in"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking.

    Attributes:
        name: For the history: the name the person gave, else "local" or "admin"; or the key's.
        person: The name the person gave, if any.
        local: Nobody signed in; the request comes from this computer.
        program: Whether it came by key.
    """

    name: str
    local: bool = False
    program: bool = False
    person: str | None = None


class Reception:
    """Knows the password, the keys and the sessions. Safe to use from several threads."""

    def __init__(self, settings: Settings, database: Database) -> None:
        secret = settings.admin_password
        self._password = AdminPassword(secret.get_secret_value() if secret else None)
        self._database = database
        self._throttle = Throttle(settings.redis_url)
        self._key_noted: dict[str, float] = {}

    @property
    def throttle(self) -> Throttle:
        return self._throttle

    @property
    def has_password(self) -> bool:
        return self._password.is_set

    def sign_in(self, password: str, *, address: str) -> str:
        """Open a session and return its token, for `access.sessions.session_cookie`.

        Raises: NotSignedIn: wrong password, or none is set. TooMany: too many attempts.
        """
        self._throttle.take(LOGIN_LIMIT, "login", address)
        self._throttle.take(LOGIN_LIMIT_ALL, "login")
        if not self._password.matches(password):
            if not self._password.is_set:
                raise NotSignedIn("No password is set. Put ADMIN_PASSWORD into .env and restart.")
            raise NotSignedIn("That is not the password.")
        token = sessions.new_token()
        with self._database.writing() as session:
            stored.open_session(session, self._hash(token), lasts=sessions.ABSOLUTE)
        return token

    def sign_out(self, token: str) -> None:
        """End the session at once, everywhere."""
        with self._database.writing() as session:
            stored.close_session(session, self._hash(token))

    def by_session(self, token: str) -> Caller | None:
        """The person whose session this is."""
        id_hash = self._hash(token)
        with self._database.reading() as session:
            ago = stored.seen_ago(session, id_hash)
        if ago is None or ago > sessions.IDLE:
            return None
        if ago > NOTED_EVERY:
            with self._database.writing(durable=False) as session:
                stored.session_seen(session, id_hash)
        person = self.person_of(token)
        return Caller(person or "admin", person=person)

    def person_of(self, token: str) -> str | None:
        """The name that the person with this session gave."""
        with self._database.reading() as session:
            return stored.person_of(session, self._hash(token))

    def name_person(self, token: str | None, person: str) -> str | None:
        """Keep what a person wants to be called in the history.

        Args:
            token: The session; None: there is none, as on this computer without a password.
        Returns: The token of a session opened for the name, or None when `token` serves.
        """
        with self._database.writing() as session:
            if token and stored.name_person(session, self._hash(token), person):
                return None
            opened = sessions.new_token()
            stored.open_session(session, self._hash(opened), lasts=sessions.ABSOLUTE)
            stored.name_person(session, self._hash(opened), person)
            return opened

    def by_key(self, text: str) -> Caller | None:
        """The program whose key this is."""
        parts = keys.split_key(text)
        if parts is None:
            return None
        key_id, secret = parts
        with self._database.reading() as session:
            found = stored.live_key(session, key_id)
        if found is None or not keys.same_secret(secret, found[1]):
            return None
        if (
            time.monotonic() - self._key_noted.get(key_id, float("-inf"))
            > NOTED_EVERY.total_seconds()
        ):
            self._key_noted[key_id] = time.monotonic()
            with self._database.writing(durable=False) as session:
                stored.key_used(session, key_id)
        return Caller(found[0], program=True)

    def _hash(self, token: str) -> str:
        return sessions.session_hash(token, self._password.seal)
