"""Keys of programs and sessions of people, as rows. The rules are in `access/`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from invoice_ai.errors import NotFound
from invoice_ai.store.database import now
from invoice_ai.store.tables import api_keys, sessions


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key, without its secret."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def add_key(session: Session, key_id: str, name: str, secret_hash: str) -> None:
    """Keep a new key."""
    session.execute(insert(api_keys).values(id=key_id, name=name, hash=secret_hash))


def live_key(session: Session, key_id: str) -> tuple[str, str] | None:
    """Name and secret hash of a key that was not revoked."""
    row = session.execute(
        select(api_keys.c.name, api_keys.c.hash).where(
            api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None)
        )
    ).one_or_none()
    return (row.name, row.hash) if row else None


def key_used(session: Session, key_id: str) -> None:
    """Note that the key was used now."""
    session.execute(
        update(api_keys).where(api_keys.c.id == key_id).values(last_used_at=now(session))
    )


def revoke_key(session: Session, key_id: str) -> None:
    """End a key for good. Raises: NotFound: no such key, or revoked already."""
    done = session.execute(
        update(api_keys)
        .where(api_keys.c.id == key_id, api_keys.c.revoked_at.is_(None))
        .values(revoked_at=now(session))
        .returning(api_keys.c.id)
    ).one_or_none()
    if done is None:
        raise NotFound(f"There is no key {key_id!r} in use.")


def all_keys(session: Session) -> tuple[KeyRow, ...]:
    """Every key ever made, oldest first."""
    rows = session.execute(select(api_keys).order_by(api_keys.c.created_at, api_keys.c.id))
    return tuple(
        KeyRow(r.id, r.name, r.created_at, r.last_used_at, r.revoked_at) for r in rows.all()
    )


def open_session(session: Session, id_hash: str, *, lasts: timedelta) -> None:
    """Keep a new session, and forget those that have ended."""
    moment = now(session)
    session.execute(delete(sessions).where(sessions.c.expires_at < moment))
    session.execute(insert(sessions).values(id_hash=id_hash, expires_at=moment + lasts))


def seen_ago(session: Session, id_hash: str) -> timedelta | None:
    """How long ago a session that has not ended was last seen; None when there is none."""
    row = session.execute(
        select(sessions.c.last_seen_at, sessions.c.expires_at).where(sessions.c.id_hash == id_hash)
    ).one_or_none()
    moment = now(session)
    return moment - row.last_seen_at if row and row.expires_at > moment else None


def person_of(session: Session, id_hash: str) -> str | None:
    """The name that the person of a session gave."""
    return session.scalar(select(sessions.c.person).where(sessions.c.id_hash == id_hash))


def name_person(session: Session, id_hash: str, person: str) -> bool:
    """Keep the name; False: there is no such session."""
    named = session.scalar(
        update(sessions)
        .where(sessions.c.id_hash == id_hash)
        .values(person=person)
        .returning(sessions.c.id_hash)
    )
    return named is not None


def session_seen(session: Session, id_hash: str) -> None:
    """Note that the session was used now."""
    session.execute(
        update(sessions).where(sessions.c.id_hash == id_hash).values(last_seen_at=now(session))
    )


def close_session(session: Session, id_hash: str) -> None:
    """End one session; ending it twice is fine."""
    session.execute(delete(sessions).where(sessions.c.id_hash == id_hash))
