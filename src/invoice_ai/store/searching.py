"""The terms of a search as conditions of SQL, quick on both databases.

Words may stand anywhere inside a word ("0142" finds "GL-2026-0142"). On SQLite an FTS5 index of
trigrams finds them, on Postgres one of pg_trgm where the server has it; both answer what a plain
search through `search_text` would.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, column, false, func, select, table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from invoice_ai.domain.search import Bound, Term
from invoice_ai.store.tables import invoices, qb_link, qb_outbox
from invoice_ai.store.types import fits_money

_COMPARE: dict[str, Any] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT_COLUMNS = {
    "vendor": invoices.c.vendor_name,
    "number": invoices.c.invoice_number,
    "file": invoices.c.file_name,
}
_EXACT_COLUMNS = {
    "source": invoices.c.origin,
    "error": invoices.c.error_code,
    "assignee": invoices.c.assignee,
}
SHORTEST_INDEXED = 3  # a trigram
# Kept up to date by triggers, so that whoever writes `search_text` need not think of it.
_FORGET = (
    "INSERT INTO invoice_search (invoice_search, rowid, search_text)"
    " VALUES ('delete', old.id, old.search_text);"
)
_LEARN = "INSERT INTO invoice_search (rowid, search_text) VALUES (new.id, new.search_text);"
_TRIGGERS = {
    "invoice_search_insert": f"AFTER INSERT ON invoices BEGIN {_LEARN} END",
    "invoice_search_delete": f"AFTER DELETE ON invoices BEGIN {_FORGET} END",
    "invoice_search_update": (
        f"AFTER UPDATE OF search_text ON invoices BEGIN {_FORGET} {_LEARN} END"
    ),
}
_INDEX = table("invoice_search", column("rowid"), column("invoice_search"))


def make_index(connection: Connection) -> None:
    """Make the index of the search and fill it; on a Postgres without pg_trgm there is none."""
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                "CREATE VIRTUAL TABLE invoice_search USING fts5"
                " (search_text, content='invoices', content_rowid='id', tokenize='trigram')"
            )
        )
        keep_index(connection)
        return
    with suppress(DBAPIError), connection.begin_nested():  # not every server has the extension
        connection.execute(text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
        connection.execute(
            text("CREATE INDEX invoice_search ON invoices USING gin (search_text gin_trgm_ops)")
        )


def keep_index(connection: Connection) -> None:
    """Set the triggers that are missing, as after a migration that rebuilt the table."""
    if connection.dialect.name != "sqlite":
        return
    known = set(connection.scalars(text("SELECT name FROM sqlite_master")))
    missing = [name for name in _TRIGGERS if name not in known]
    if "invoice_search" not in known or not missing:
        return
    for name in missing:
        connection.execute(text(f"CREATE TRIGGER {name} {_TRIGGERS[name]}"))
    connection.execute(text("INSERT INTO invoice_search (invoice_search) VALUES ('rebuild')"))


def drop_index(connection: Connection) -> None:
    """Take the index away again."""
    if connection.dialect.name == "sqlite":
        for name in _TRIGGERS:
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
        connection.execute(text("DROP TABLE IF EXISTS invoice_search"))
    else:
        connection.execute(text("DROP INDEX IF EXISTS invoice_search"))


def conditions(
    session: Session, terms: Sequence[Term], *, today: date
) -> list[ColumnElement[bool]]:
    """What every invoice that is looked for fulfils."""
    return [_condition(session, term, today) for term in terms]


def _condition(session: Session, term: Term, today: date) -> ColumnElement[bool]:
    match term.key:
        case "":
            return _contains(session, term.value)
        case "vendor" | "number" | "file":
            found = func.lower(_TEXT_COLUMNS[term.key]).contains(term.value, autoescape=True)
            return and_(_contains(session, term.value), found)
        case "currency":
            return invoices.c.currency == term.value.upper()
        case "assignee" if term.value == "none":
            return invoices.c.assignee.is_(None)
        case "source" | "error" | "assignee":
            return func.lower(_EXACT_COLUMNS[term.key]) == term.value
        case "is":
            return _is(term.value, today)
        case "quickbooks":
            return _in_quickbooks(term.value)
        case "total":
            return and_(*(_amount(bound) for bound in term.bounds))
        case "confidence":
            return and_(*(_confidence(bound) for bound in term.bounds))
        case "due" | "date":
            days = invoices.c.due_date if term.key == "due" else invoices.c.invoice_date
            return and_(*(_COMPARE[bound.operator](days, bound.value) for bound in term.bounds))
    return and_(*(_received(bound) for bound in term.bounds))


def _contains(session: Session, word: str) -> ColumnElement[bool]:
    plain = invoices.c.search_text.contains(word, autoescape=True)
    if len(word) < SHORTEST_INDEXED or session.get_bind().dialect.name != "sqlite":
        return plain
    phrase = '"' + word.replace('"', '""') + '"'
    hits = select(_INDEX.c.rowid).where(
        text("invoice_search MATCH :phrase").bindparams(phrase=phrase)
    )
    return invoices.c.id.in_(hits)


def _is(word: str, today: date) -> ColumnElement[bool]:
    if word == "late":
        open_ones = invoices.c.status.in_(("needs_review", "approved", "sync_failed"))
        return and_(invoices.c.due_date < today, open_ones)
    if word == "sampled":
        return invoices.c.sampled.is_(True)
    return invoices.c.parked_at.is_not(None)


_ON_THEIR_WAY = {
    "waiting": ("queued", "posting"),
    "asks": ("held", "needs_user", "needs_attention"),
    "skipped": ("skipped",),
}


def _in_quickbooks(standing: str) -> ColumnElement[bool]:
    states = _ON_THEIR_WAY.get(standing)
    if states:
        found = select(qb_outbox.c.invoice_id).where(qb_outbox.c.state.in_(states))
    else:
        there = ("booked", "paid", "changed") if standing == "booked" else (standing,)
        found = select(qb_link.c.invoice_id).where(qb_link.c.state.in_(there))
    return invoices.c.id.in_(found)


def _amount(bound: Bound) -> ColumnElement[bool]:
    assert isinstance(bound.value, Decimal)
    if not fits_money(bound.value):
        return false()
    compared: ColumnElement[bool] = _COMPARE[bound.operator](invoices.c.total, bound.value)
    return compared


def _confidence(bound: Bound) -> ColumnElement[bool]:
    assert isinstance(bound.value, Decimal)
    share = float(bound.value) / 100
    compared: ColumnElement[bool] = _COMPARE[bound.operator](invoices.c.confidence, share)
    return compared


def _received(bound: Bound) -> ColumnElement[bool]:
    """A day of arrival is from its midnight to the next, UTC."""
    assert isinstance(bound.value, date)
    start = datetime.combine(bound.value, time(), UTC)
    end = start + timedelta(days=1)
    at = invoices.c.received_at
    match bound.operator:
        case "=":
            return and_(at >= start, at < end)
        case "<":
            return at < start
        case "<=":
            return at < end
        case ">":
            return at >= end
    return at >= start
