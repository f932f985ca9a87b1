"""The connection to QuickBooks: signing in and out, tokens for every process, its lists kept fresh.

There is one refresh at a time, whatever the number of processes and machines: a lease in the
database, because a row lock would stop SQLite's only writer for as long as Intuit takes. The new
refresh token is committed before the new access token is used.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from invoice_ai.errors import BadRequest, Conflict, Forbidden, Misconfigured, Unavailable
from invoice_ai.faults import fault_point
from invoice_ai.quickbooks import oauth
from invoice_ai.quickbooks.addresses import Addresses, addresses_of
from invoice_ai.quickbooks.client import Client, TokenSource, as_json
from invoice_ai.quickbooks.company import (
    LISTS,
    Company,
    Entry,
    Lists,
    assemble,
    read_entry,
    read_facts,
    read_list,
)
from invoice_ai.quickbooks.sealing import Seal, SealBroken, new_key, read_keys, write_keys
from invoice_ai.quickbooks.trouble import ReconnectNeeded, Throttled, WrongKeys
from invoice_ai.settings import Settings
from invoice_ai.store import leases, outbox
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.database import Database
from invoice_ai.store.quickbooks import CacheRow, Connection
from invoice_ai.workflow.place import Workplace, enqueue

FRESH_SECONDS = 120  # an access token that ends sooner is exchanged before it is used
TOKEN_LEASE = "quickbooks-token"  # noqa: S105 - the name of a lease
TOKEN_LEASE_SECONDS = 60.0  # Intuit is waited for 20 s
SPACING_SECONDS = 0.15  # 400 requests a minute and 6.7 a second; Intuit allows 500 and 10
LONGEST_PAUSE_SECONDS = 5.0  # who would wait longer for a slot does something else meanwhile

_log = structlog.get_logger("invoice_agent")


class NotConnected(Conflict):
    """Nobody has connected QuickBooks."""

    code = "quickbooks_off"

    def __init__(self) -> None:
        super().__init__("QuickBooks is not connected. Connect it first.")


@dataclass(frozen=True, slots=True)
class ConnectionStatus:
    """How the connection stands, for people and programs; no secrets."""

    state: str
    told: str
    realm: str | None
    company: Company | None
    environment: str
    stand_in: str  # its address; "" when it is QuickBooks
    connected_by: str | None
    connected_at: datetime | None
    ends_at: datetime | None
    ends_soon: bool
    lists_at: datetime | None
    changes_at: datetime | None
    publish: str
    default_account: str
    pay_from: str
    waiting: dict[str, int]
    unbooked: int


def addresses(settings: Settings) -> Addresses:
    return addresses_of(settings.quickbooks_environment, settings.quickbooks_base_url)


def environment_of(settings: Settings) -> str:
    return "stand-in" if settings.quickbooks_base_url else settings.quickbooks_environment


def seal_of(settings: Settings) -> Seal:
    given = settings.encryption_keys
    return Seal(read_keys(given.get_secret_value() if given else "", settings.encryption_key_file))


def our_app(settings: Settings) -> oauth.App:
    """Our app at Intuit. Raises: Conflict: it is not set up."""
    secret = settings.quickbooks_client_secret
    if settings.quickbooks_base_url and not settings.quickbooks_client_id:
        return oauth.App("stand-in", "stand-in", settings.quickbooks_redirect_uri)
    if not settings.quickbooks_client_id or secret is None:
        raise Conflict(
            "Set QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET to the keys of your Intuit app "
            "first (docs/guides/quickbooks.md).",
            code="quickbooks_keys",
        )
    return oauth.App(
        settings.quickbooks_client_id, secret.get_secret_value(), settings.quickbooks_redirect_uri
    )


# --- signing in and out ---


def begin_login(place: Workplace) -> tuple[str, str]:
    """Where to send the browser, and a secret it must bring back (in a cookie of its own).

    Raises: Conflict: our app at Intuit is not set up.
    """
    app = our_app(place.settings)
    state, browser = oauth.new_state(), oauth.new_state()
    with place.database.writing() as session:
        stored.add_login(
            session,
            oauth.state_hash(state),
            oauth.state_hash(browser),
            lasts=oauth.LOGIN_SECONDS,
        )
    return oauth.login_address(addresses(place.settings), app, state), browser


def finish_login(
    place: Workplace, *, state: str, browser: str, code: str, realm: str, error: str, actor: str
) -> None:
    """What Intuit sends the browser back with.

    Raises: Forbidden: it is not this browser's login, or it was used or is too old.
        BadRequest: the person said no, or something is missing. Conflict: another company is
        connected and has invoices of ours on their way. WrongKeys. Unavailable.
    """
    with place.database.writing() as session:
        ours = stored.use_login(session, oauth.state_hash(state), oauth.state_hash(browser))
    if not ours:
        raise Forbidden(
            "This sign-in was not started here, or it is older than ten minutes. Start it again.",
            code="quickbooks_state",
        )
    if error:
        refused = error == "access_denied"
        raise BadRequest(
            "QuickBooks was not connected: you said no there."
            if refused
            else f"QuickBooks was not connected: Intuit says {error[:100]!r}.",
        )
    if not code or not realm.isdecimal() or len(realm) > 30:
        raise BadRequest("Intuit sent no code or no company. Start the sign-in again.")
    _refuse_other_company(place, realm)
    try:
        tokens = oauth.exchange(addresses(place.settings), our_app(place.settings), code)
    except ReconnectNeeded:
        raise BadRequest("Intuit does not accept this sign-in any more. Start it again.") from None
    if tokens.refresh is None:
        raise Unavailable("Intuit gave no refresh token; start the sign-in again.")
    seal = seal_of(place.settings)
    with place.database.writing() as session:
        stored.connect(
            session,
            realm=realm,
            environment=environment_of(place.settings),
            access_sealed=seal.close(tokens.access, purpose="access", owner=realm),
            refresh_sealed=seal.close(tokens.refresh, purpose="refresh", owner=realm),
            access_seconds=tokens.access_seconds,
            refresh_seconds=tokens.refresh_seconds,
            hard_seconds=tokens.hard_seconds,
            actor=actor,
        )
        outbox.note(session, None, "connect", "done", message=f"Connected by {actor}.")
    _log.info("quickbooks_connected", realm=realm, by=actor)
    # The company is read at once, so that the page can show it; failing that, a worker reads it.
    with suppress(Unavailable, ReconnectNeeded):
        refresh_lists(place)
    go_on(place)


def disconnect(place: Workplace, *, actor: str) -> None:
    """End the connection, here and at Intuit; what waits keeps waiting.

    Raises: NotConnected.
    """
    with place.database.reading() as session:
        found = stored.connection(session)
    if found is None or found.state == "off":
        raise NotConnected
    with suppress(SealBroken, Conflict, Misconfigured):
        token = _open(place, found, "refresh")
        oauth.revoke(addresses(place.settings), our_app(place.settings), token)
    with place.database.writing() as session:
        stored.forget_tokens(session)
        outbox.note(session, None, "disconnect", "done", message=f"Disconnected by {actor}.")
    _log.info("quickbooks_disconnected", realm=found.realm, by=actor)


def connection_status(place: Workplace) -> ConnectionStatus:
    """How it stands."""
    with place.database.reading() as session:
        found = stored.connection(session)
        waiting = outbox.counts(session)
        unbooked = outbox.unbooked_count(session)
    state = found.state if found else "off"
    told = found.reason if found else ""
    settings = place.settings
    if found and found.wanted and found.environment != environment_of(settings):
        state = "needs_reconnect"
        told = (
            f"This was connected with {found.environment}; the settings now say "
            f"{environment_of(settings)}. Connect again."
        )
    ends_at = found.ends_at() if found and found.wanted else None
    return ConnectionStatus(
        state=state,
        told=told,
        realm=found.realm if found else None,
        company=company_of(found) if found else None,
        environment=environment_of(settings),
        stand_in=settings.quickbooks_base_url,
        connected_by=found.connected_by if found else None,
        connected_at=found.connected_at if found else None,
        ends_at=ends_at,
        ends_soon=bool(found and ends_at and ends_at - found.now < timedelta(days=oauth.WARN_DAYS)),
        lists_at=found.lists_at if found else None,
        changes_at=found.changes_at if found else None,
        publish=found.publish if found else "on_approval",
        default_account=found.default_account if found else "",
        pay_from=found.pay_from if found else "",
        waiting=waiting,
        unbooked=unbooked,
    )


def set_rules(
    place: Workplace, *, publish: str, default_account: str, pay_from: str, actor: str
) -> None:
    """How invoices are booked when no vendor's rule says otherwise.

    Raises: NotConnected. BadRequest: no such rule or account.
    """
    if publish not in ("on_approval", "ask"):
        raise BadRequest("Book on approval, or ask: there is no other rule.")
    with place.database.writing() as session:
        found = stored.connection(session)
        if found is None or found.realm is None:
            raise NotConnected
        for account in (default_account, pay_from):
            if account and stored.entry(session, found.realm, "Account", account) is None:
                raise BadRequest("There is no such account in QuickBooks; refresh the lists.")
        stored.set_rules(
            session, publish=publish, default_account=default_account, pay_from=pay_from
        )
        outbox.note(session, None, "rules", "done", message=f"Rules changed by {actor}.")


def rotate_keys(settings: Settings, database: Database) -> int:
    """Seal all tokens with a new key; returns how many. Safe to repeat after an interruption.

    With ENCRYPTION_KEYS the new key is the first one there; else it is made and kept in the file,
    and older ones are dropped once nothing needs them.
    """
    file, given = settings.encryption_key_file, settings.encryption_keys
    if given is None:
        keys = [new_key(), *read_keys("", file)]
        write_keys(file, keys)
    else:
        keys = read_keys(given.get_secret_value(), file)
    seal = Seal(keys)
    done = 0
    with database.writing() as session:
        found = stored.connection(session)
        if found is not None:
            sealed = [found.access_sealed, found.refresh_sealed]
            stored.reseal(session, *(seal.rotate(text) if text else None for text in sealed))
            done = sum(text is not None for text in sealed)
    if given is None:
        write_keys(file, keys[:1])
    return done


def _refuse_other_company(place: Workplace, realm: str) -> None:
    with place.database.reading() as session:
        found = stored.connection(session)
        waiting = outbox.counts(session)
    on_their_way = sum(waiting.get(state, 0) for state in outbox.OPEN)
    if found and found.realm and found.realm != realm and on_their_way:
        name = (found.company or {}).get("name") or found.realm
        raise Conflict(
            f"{on_their_way} invoices are on their way to {name}. You chose another company; "
            "connect the same one again, or let them be booked or skipped first.",
            code="quickbooks_other_company",
        )


# --- tokens ---


def connected_client(place: Workplace) -> tuple[Client, Connection]:
    """A client of the connected company, and the connection as it is now.

    Raises: NotConnected. ReconnectNeeded.
    """
    with place.database.reading() as session:
        found = stored.connection(session)
    if found is None or found.state == "off" or found.realm is None:
        raise NotConnected
    if found.environment != environment_of(place.settings):
        raise ReconnectNeeded("The connection was made with other settings. Connect again.")
    _require_signed_in(found)
    tokens = TokenSource(
        current=lambda: access_token(place), after_refusal=lambda old: access_token(place, old)
    )
    client = Client(
        addresses(place.settings),
        found.realm,
        tokens,
        pace=lambda: _wait_for_slot(place),
        slow_down=lambda seconds: _slow_down(place, seconds),
    )
    return client, found


def access_token(place: Workplace, refused: str | None = None) -> str:
    """A token that is good for two more minutes; refreshed by one process while the others wait.

    Args:
        refused: A token that QuickBooks did not take: give a newer one.
    Raises: ReconnectNeeded. WrongKeys. Unavailable: Intuit does not answer, the old tokens stay.
    """
    me, end = uuid.uuid4().hex, time.monotonic() + TOKEN_LEASE_SECONDS
    while True:
        if token := _good_token(place, refused):
            return token
        with place.database.writing(durable=False) as session:
            ours = leases.take(session, TOKEN_LEASE, me, TOKEN_LEASE_SECONDS)
        if ours:
            try:
                # Somebody else may have done it between our look and our turn.
                return _good_token(place, refused) or _refresh(place)
            finally:
                with suppress(Unavailable), place.database.writing(durable=False) as session:
                    leases.give_up(session, TOKEN_LEASE, me)
        if time.monotonic() > end:
            raise Unavailable("Another process has been signing in to QuickBooks for a minute.")
        time.sleep(0.1)


def _good_token(place: Workplace, refused: str | None) -> str | None:
    with place.database.reading() as session:
        found = stored.connection(session)
    if found is None or found.state == "off":
        raise NotConnected
    _require_signed_in(found)
    if (
        found.access_expires_at is None
        or found.access_expires_at - found.now < timedelta(seconds=FRESH_SECONDS)
        or found.state == "misconfigured"
    ):
        return None
    token = _open(place, found, "access")
    return None if token == refused else token


def _refresh(place: Workplace) -> str:
    with place.database.reading() as session:
        found = stored.connection(session)
    assert found is not None and found.realm is not None
    seal = seal_of(place.settings)
    fault_point("token_before_call")
    try:
        tokens = oauth.refresh(
            addresses(place.settings), our_app(place.settings), _open(place, found, "refresh")
        )
    except ReconnectNeeded as ended:
        with place.database.writing() as session:
            changed = stored.set_state(
                session, "needs_reconnect", str(ended), version=found.version
            )
        if not changed and (token := _good_token(place, None)):
            return token  # somebody connected again meanwhile
        _log.error("quickbooks_reconnect_needed", realm=found.realm)
        raise
    except WrongKeys as wrong:
        with place.database.writing() as session:
            stored.set_state(session, "misconfigured", str(wrong), version=found.version)
        raise
    fault_point("token_after_call")
    refresh_sealed = (
        seal.close(tokens.refresh, purpose="refresh", owner=found.realm) if tokens.refresh else None
    )
    with place.database.writing() as session:
        saved = stored.save_tokens(
            session,
            version=found.version,
            access_sealed=seal.close(tokens.access, purpose="access", owner=found.realm),
            refresh_sealed=refresh_sealed,
            access_seconds=tokens.access_seconds,
            refresh_seconds=tokens.refresh_seconds,
            hard_seconds=tokens.hard_seconds,
        )
    if not saved:
        raise Unavailable("The connection to QuickBooks was changed meanwhile.")
    return tokens.access


def _require_signed_in(found: Connection) -> None:
    if found.state == "needs_reconnect":
        raise ReconnectNeeded(found.reason or "QuickBooks has ended the connection. Connect again.")


def _open(place: Workplace, found: Connection, purpose: str) -> str:
    sealed = found.access_sealed if purpose == "access" else found.refresh_sealed
    assert sealed is not None and found.realm is not None
    return seal_of(place.settings).open(sealed, purpose=purpose, owner=found.realm)


def _wait_for_slot(place: Workplace) -> None:
    with place.database.reading() as session:
        found = stored.connection(session)
    ahead = (found.slot_at - found.now).total_seconds() if found and found.slot_at else 0.0
    if ahead > LONGEST_PAUSE_SECONDS:
        raise Throttled(ahead)
    with place.database.writing(durable=False) as session:
        seconds = stored.take_slot(session, SPACING_SECONDS)
    if seconds > 0:
        time.sleep(seconds)


def _slow_down(place: Workplace, seconds: float) -> None:
    with place.database.writing(durable=False) as session:
        stored.no_slot_for(session, seconds)
    _log.warning("quickbooks_throttled", seconds=seconds)


# --- company and lists ---


def company_of(found: Connection) -> Company | None:
    """The facts as they were last read."""
    if not found.company:
        return None
    facts = dict(found.company)
    closed = facts.get("book_close_date")
    facts["book_close_date"] = date.fromisoformat(closed) if closed else None
    return Company(**facts)


def refresh_lists(place: Workplace) -> Company:
    """Read the company's facts and all its lists now.

    Raises: NotConnected. ReconnectNeeded. Unavailable.
    """
    client, found = connected_client(place)
    with client:
        company = read_facts(client)
        lists = {entity: read_list(client, entity) for entity in LISTS if _has(company, entity)}
    with place.database.writing() as session:
        stored.save_company(session, _facts_json(company))
        for entity, entries in lists.items():
            stored.replace_entries(session, company.realm, entity, cache_rows(entries))
        # What changes from the moment we began to read is asked for again.
        stored.pulled(session, changes_at=found.now, all_lists=True)
    return company


def lists_of(place: Workplace, realm: str) -> Lists:
    """The lists as we know them, without vendors."""
    with place.database.reading() as session:
        rows = stored.entries(session, realm, *(e for e in LISTS if e != "Vendor"))
    return assemble([entry_of(row) for row in rows])


def vendors_of(place: Workplace, realm: str) -> list[Entry]:
    with place.database.reading() as session:
        return [entry_of(row) for row in stored.entries(session, realm, "Vendor")]


def entry_of(row: CacheRow) -> Entry:
    return read_entry(row.entity, row.data) if row.data else Entry(row.entity, row.qbo_id, row.name)


def cache_rows(entries: Sequence[Entry]) -> list[CacheRow]:
    # Decimals of QuickBooks' numbers become plain JSON numbers.
    return [
        CacheRow(e.entity, e.id, e.name, e.active, json.loads(as_json(e.data))) for e in entries
    ]


def _has(company: Company, entity: str) -> bool:
    if entity == "CompanyCurrency":
        return company.multicurrency
    return company.departments or entity != "Department"


def _facts_json(company: Company) -> dict[str, Any]:
    facts = asdict(company)
    closed = facts["book_close_date"]
    return {**facts, "book_close_date": closed.isoformat() if closed else None}


def go_on(place: Workplace) -> int:
    """Let everything that waits for QuickBooks start now; returns how much that is."""
    with place.database.writing() as session:
        waiting = outbox.idle(session)
        rung = [
            enqueue(place, session, "sync", invoice_id, revision=revision)
            for invoice_id, revision in waiting
        ]
    for job_id in rung[:32]:
        place.bell.ring(job_id)
    return len(rung)


def pull_now(place: Workplace) -> None:
    """Ask for a look at what changed, soon."""
    with place.database.writing(durable=False) as session:
        stored.hurry_pull(session)
