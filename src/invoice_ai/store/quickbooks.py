"""The connection to QuickBooks, copies of its lists, and what vendors' bills have taught, as rows."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from invoice_ai.store.database import now
from invoice_ai.store.tables import qb_cache, qb_connection, qb_logins, qb_mappings, vendors
from invoice_ai.store.types import clean_json, clean_text, db_now

THE_ONE = 1  # the id of the only connection


@dataclass(frozen=True, slots=True)
class Connection:
    """The company we are connected to. `now` is the database's clock when this was read."""

    instance: str
    state: str
    reason: str
    realm: str | None
    environment: str | None
    company: dict[str, Any] | None
    access_sealed: str | None = field(repr=False)
    refresh_sealed: str | None = field(repr=False)
    access_expires_at: datetime | None
    refresh_expires_at: datetime | None
    hard_expires_at: datetime | None
    version: int
    connected_by: str | None
    connected_at: datetime | None
    lists_at: datetime | None
    changes_at: datetime | None
    slot_at: datetime | None
    publish: str
    default_account: str
    pay_from: str
    now: datetime

    @property
    def wanted(self) -> bool:
        """Whether approved invoices are to be booked, now or when it works again."""
        return self.state != "off"

    def ends_at(self) -> datetime | None:
        """When somebody has to connect again at the latest."""
        ends = [at for at in (self.refresh_expires_at, self.hard_expires_at) if at]
        return min(ends) if ends else None


@dataclass(frozen=True, slots=True)
class CacheRow:
    """One row of a list."""

    entity: str
    qbo_id: str
    name: str
    active: bool
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MappingRow:
    """What one vendor's bills have taught; `line_key` "" is the whole bill."""

    vendor_id: int
    currency: str
    line_key: str
    qbo_vendor: str = ""
    account: str = ""
    tax_code: str = ""
    class_id: str = ""
    term: str = ""
    department: str = ""
    rates: dict[str, str] | None = None
    set_by: str = ""


_MAPPING = tuple(qb_mappings.c[name] for name in MappingRow.__dataclass_fields__)
_CACHE = tuple(qb_cache.c[name] for name in CacheRow.__dataclass_fields__)


# --- the connection ---


def connection(session: Session) -> Connection | None:
    """The connection; None: there never was one."""
    row = session.execute(select(qb_connection).where(qb_connection.c.id == THE_ONE)).one_or_none()
    if row is None:
        return None
    names = [n for n in Connection.__dataclass_fields__ if n != "now"]
    return Connection(**{name: getattr(row, name) for name in names}, now=now(session))


def connect(
    session: Session,
    *,
    realm: str,
    environment: str,
    access_sealed: str,
    refresh_sealed: str,
    access_seconds: float,
    refresh_seconds: float | None,
    hard_seconds: float | None,
    actor: str,
) -> None:
    """Keep new tokens of a company; everything known about another company's lists goes."""
    before = connection(session)
    moment = now(session)
    values: dict[str, Any] = {
        "state": "connected",
        "reason": "",
        "realm": realm,
        "environment": environment,
        **_tokens(moment, access_sealed, access_seconds, refresh_seconds, hard_seconds),
        "refresh_sealed": refresh_sealed,
        "connected_by": clean_text(actor),
        "connected_at": moment,
        "next_pull_at": None,
    }
    if before is None:
        session.execute(
            insert(qb_connection).values(id=THE_ONE, instance=uuid.uuid4().hex, **values)
        )
        return
    if (before.realm, before.environment) != (realm, environment):
        session.execute(delete(qb_cache).where(qb_cache.c.realm == realm))
        values |= {
            "company": None,
            "lists_at": None,
            "changes_at": None,
            "default_account": "",
            "pay_from": "",
        }
    _change(session, version=qb_connection.c.version + 1, **values)


def save_tokens(
    session: Session,
    *,
    version: int,
    access_sealed: str,
    refresh_sealed: str | None,
    access_seconds: float,
    refresh_seconds: float | None,
    hard_seconds: float | None,
) -> bool:
    """Keep refreshed tokens; False: somebody else has changed them since `version`."""
    values = _tokens(now(session), access_sealed, access_seconds, refresh_seconds, hard_seconds)
    if refresh_sealed is not None:
        values["refresh_sealed"] = refresh_sealed
    changed = session.execute(
        update(qb_connection)
        .where(qb_connection.c.id == THE_ONE, qb_connection.c.version == version)
        .values(version=version + 1, state="connected", reason="", **values)
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def reseal(session: Session, access_sealed: str | None, refresh_sealed: str | None) -> None:
    """Replace how the same tokens are sealed."""
    _change(session, access_sealed=access_sealed, refresh_sealed=refresh_sealed)


def set_state(session: Session, state: str, reason: str, *, version: int | None = None) -> bool:
    """Say how the connection stands; with `version` only if the tokens are still those."""
    statement = update(qb_connection).where(qb_connection.c.id == THE_ONE)
    if version is not None:
        statement = statement.where(qb_connection.c.version == version)
    changed = session.execute(statement.values(state=state, reason=clean_text(reason)))
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def forget_tokens(session: Session) -> None:
    """The end of a connection: nothing of it is left to be used."""
    _change(
        session,
        state="off",
        reason="",
        access_sealed=None,
        refresh_sealed=None,
        access_expires_at=None,
        refresh_expires_at=None,
        hard_expires_at=None,
        version=qb_connection.c.version + 1,
    )


def set_rules(session: Session, *, publish: str, default_account: str, pay_from: str) -> None:
    """How approved invoices are booked when no vendor's own rule says otherwise."""
    _change(session, publish=publish, default_account=default_account, pay_from=pay_from)


def save_company(session: Session, company: dict[str, Any]) -> None:
    """Keep the company's facts."""
    _change(session, company=clean_json(company))


def pulled(session: Session, *, changes_at: datetime, all_lists: bool) -> None:
    """Remember up to when changes in QuickBooks are known."""
    values: dict[str, Any] = {"changes_at": changes_at}
    if all_lists:
        values["lists_at"] = changes_at
    _change(session, **values)


def pull_is_due(session: Session) -> bool:
    """Whether it is time to ask what changed; a look without a lock."""
    statement = select(qb_connection.c.id).where(_due())
    return session.execute(statement).first() is not None


def take_pull(session: Session, every_seconds: float) -> bool:
    """The same, and the turn is ours: nobody else is told so for `every_seconds`."""
    changed = session.execute(
        update(qb_connection).where(_due()).values(next_pull_at=db_now(every_seconds))
    )
    assert isinstance(changed, CursorResult)
    return changed.rowcount == 1


def hurry_pull(session: Session) -> None:
    """Ask what changed as soon as possible."""
    _change(session, next_pull_at=None)


def take_slot(session: Session, spacing: float) -> float:
    """Reserve the next moment for a request; returns how many seconds to wait for it.

    All workers of all machines go through this one row, so that together they keep to the limit.
    """
    row = session.execute(
        select(qb_connection.c.slot_at).where(qb_connection.c.id == THE_ONE).with_for_update()
    ).one()
    moment = now(session)
    slot = max(row.slot_at, moment) if row.slot_at else moment
    _change(session, slot_at=slot + timedelta(seconds=spacing))
    return float((slot - moment).total_seconds())


def no_slot_for(session: Session, seconds: float) -> None:
    """QuickBooks asked us to slow down: nobody sends anything for so long."""
    row = session.execute(
        select(qb_connection.c.slot_at).where(qb_connection.c.id == THE_ONE).with_for_update()
    ).one()
    until = now(session) + timedelta(seconds=seconds)
    _change(session, slot_at=max(row.slot_at, until) if row.slot_at else until)


def _tokens(
    moment: datetime,
    access_sealed: str,
    access_seconds: float,
    refresh_seconds: float | None,
    hard_seconds: float | None,
) -> dict[str, Any]:
    values: dict[str, Any] = {
        "access_sealed": access_sealed,
        "access_expires_at": moment + timedelta(seconds=access_seconds),
    }
    if refresh_seconds is not None:
        values["refresh_expires_at"] = moment + timedelta(seconds=refresh_seconds)
    if hard_seconds is not None:
        values["hard_expires_at"] = moment + timedelta(seconds=hard_seconds)
    return values


def _due() -> Any:
    return (
        (qb_connection.c.id == THE_ONE)
        & qb_connection.c.state.in_(("connected", "misconfigured"))
        & or_(qb_connection.c.next_pull_at.is_(None), qb_connection.c.next_pull_at <= db_now())
    )


def _change(session: Session, **values: Any) -> None:
    session.execute(update(qb_connection).where(qb_connection.c.id == THE_ONE).values(**values))


# --- signing in ---


def add_login(session: Session, state_hash: str, browser_hash: str, *, lasts: float) -> None:
    """Somebody leaves for Intuit; what never came back is forgotten."""
    session.execute(delete(qb_logins).where(qb_logins.c.expires_at < db_now()))
    session.execute(
        insert(qb_logins).values(
            state_hash=state_hash, browser_hash=browser_hash, expires_at=db_now(lasts)
        )
    )


def use_login(session: Session, state_hash: str, browser_hash: str) -> bool:
    """Whether this browser left with this state a short while ago; it can be used only once."""
    row = session.execute(
        delete(qb_logins)
        .where(qb_logins.c.state_hash == state_hash)
        .returning(qb_logins.c.browser_hash, qb_logins.c.expires_at)
    ).one_or_none()
    return row is not None and row.browser_hash == browser_hash and row.expires_at > now(session)


# --- lists ---


def save_entries(session: Session, realm: str, entries: Iterable[CacheRow]) -> None:
    """Add or replace rows of the lists."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for entry in entries:
        values = {
            "name": clean_text(entry.name),
            "active": entry.active,
            "data": clean_json(entry.data),
            "seen_at": db_now(),
        }
        session.execute(
            dialect.insert(qb_cache)
            .values(realm=realm, entity=entry.entity, qbo_id=entry.qbo_id, **values)
            .on_conflict_do_update(index_elements=["realm", "entity", "qbo_id"], set_=values)
        )


def replace_entries(session: Session, realm: str, entity: str, entries: Sequence[CacheRow]) -> None:
    """The whole list as it is now."""
    session.execute(delete(qb_cache).where(qb_cache.c.realm == realm, qb_cache.c.entity == entity))
    if entries:
        session.execute(
            insert(qb_cache),
            [
                {
                    "realm": realm,
                    "entity": entity,
                    "qbo_id": e.qbo_id,
                    "name": clean_text(e.name),
                    "active": e.active,
                    "data": clean_json(e.data),
                }
                for e in entries
            ],
        )


def entries(session: Session, realm: str, *kinds: str) -> list[CacheRow]:
    """The rows of these lists, by name."""
    statement = (
        select(*_CACHE)
        .where(qb_cache.c.realm == realm, qb_cache.c.entity.in_(kinds))
        .order_by(qb_cache.c.name, qb_cache.c.qbo_id)
    )
    return [CacheRow(*row) for row in session.execute(statement)]


def entry(session: Session, realm: str, entity: str, qbo_id: str) -> CacheRow | None:
    """One row of a list."""
    row = session.execute(
        select(*_CACHE).where(
            qb_cache.c.realm == realm, qb_cache.c.entity == entity, qb_cache.c.qbo_id == qbo_id
        )
    ).one_or_none()
    return CacheRow(*row) if row else None


# --- what bills have taught ---


def mappings(session: Session, realm: str, vendor_id: int, currency: str) -> list[MappingRow]:
    """What this vendor's bills in this currency have taught."""
    statement = select(*_MAPPING).where(
        qb_mappings.c.realm == realm,
        qb_mappings.c.vendor_id == vendor_id,
        qb_mappings.c.currency == currency,
    )
    return [MappingRow(*row) for row in session.execute(statement)]


def save_mapping(session: Session, realm: str, row: MappingRow) -> None:
    """Add or replace; an empty value keeps what was there."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    told = {
        name: getattr(row, name)
        for name in ("qbo_vendor", "account", "tax_code", "class_id", "term", "department", "rates")
        if getattr(row, name)
    }
    key = {
        "realm": realm,
        "vendor_id": row.vendor_id,
        "currency": row.currency,
        "line_key": clean_text(row.line_key)[:160],
    }
    session.execute(
        dialect.insert(qb_mappings)
        .values(**key, **told, set_by=clean_text(row.set_by), updated_at=db_now())
        .on_conflict_do_update(
            index_elements=["realm", "vendor_id", "currency", "line_key"],
            set_={**told, "set_by": clean_text(row.set_by), "updated_at": db_now()},
        )
    )


def forget_mapping(session: Session, realm: str, vendor_id: int, currency: str) -> None:
    """Start anew with this vendor."""
    session.execute(
        delete(qb_mappings).where(
            qb_mappings.c.realm == realm,
            qb_mappings.c.vendor_id == vendor_id,
            qb_mappings.c.currency == currency,
        )
    )


def hand_over_mappings(session: Session, vendor_id: int, into: int) -> None:
    """Give what a vendor's bills have taught to another, where that one knows nothing itself."""
    theirs = qb_mappings.alias()
    known = (
        select(theirs.c.vendor_id)
        .where(
            theirs.c.vendor_id == into,
            theirs.c.realm == qb_mappings.c.realm,
            theirs.c.currency == qb_mappings.c.currency,
            theirs.c.line_key == qb_mappings.c.line_key,
        )
        .correlate(qb_mappings)
        .exists()
    )
    session.execute(
        update(qb_mappings)
        .where(qb_mappings.c.vendor_id == vendor_id, ~known)
        .values(vendor_id=into)
    )


def mapped_vendors(session: Session, realm: str, most: int = 500) -> list[tuple[str, MappingRow]]:
    """Vendors with what holds for their whole bills, by name."""
    statement = (
        select(vendors.c.name, *_MAPPING)
        .join(vendors, vendors.c.id == qb_mappings.c.vendor_id)
        .where(qb_mappings.c.realm == realm, qb_mappings.c.line_key == "")
        .order_by(vendors.c.name, qb_mappings.c.currency)
        .limit(most)
    )
    return [(row[0], MappingRow(*row[1:])) for row in session.execute(statement)]
