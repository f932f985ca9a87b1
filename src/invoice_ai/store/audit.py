"""Who did what, when and why: states, decisions, corrections and checks let pass, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from invoice_ai.errors import NotFound
from invoice_ai.store.tables import corrections, invoice_history, invoices, overrides


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    Attributes:
        kind: state (`what` is "needs_review → approved"), corrected or confirmed (`what` is
            the field) or let_pass (`what` is the check).
        old, new: Values as text; of a state its names.
    """

    at: datetime
    invoice_id: int
    file_name: str
    kind: str
    actor: str
    what: str
    old: str
    new: str
    reason: str


def entries(
    session: Session,
    *,
    invoice_id: int | None = None,
    actor: str = "",
    limit: int = 100,
    before: str = "",
) -> tuple[tuple[Entry, ...], str]:
    """A page of the trail, and the marker of the next one ("" when there is none).

    Raises: NotFound: not a marker of ours.
    """
    marks = _marks(before)
    found: list[tuple[datetime, int, int, Entry]] = []
    for place, (table, make) in enumerate(_SOURCES):
        statement = select(table, invoices.c.file_name).join(
            invoices, invoices.c.id == table.c.invoice_id
        )
        if invoice_id is not None:
            statement = statement.where(table.c.invoice_id == invoice_id)
        if actor:
            statement = statement.where(table.c.actor == actor)
        if marks[place]:
            statement = statement.where(table.c.id < marks[place])
        for row in session.execute(statement.order_by(table.c.id.desc()).limit(limit + 1)):
            found.append((row.at, place, row.id, make(row)))
    found.sort(key=lambda entry: (entry[0], entry[1], entry[2]), reverse=True)
    page = found[:limit]
    for _at, place, row_id, _entry in page:
        marks[place] = row_id
    following = "-".join(map(str, marks)) if len(found) > limit else ""
    return tuple(entry for *_, entry in page), following


def _marks(before: str) -> list[int]:
    if not before:
        return [0] * len(_SOURCES)
    parts = before.split("-")
    if len(parts) != len(_SOURCES) or not all(p.isdecimal() and len(p) < 19 for p in parts):
        raise NotFound("This page marker is not one of ours; start from the first page.")
    return [int(part) for part in parts]


def _state(row: Any) -> Entry:
    return Entry(
        row.at, row.invoice_id, row.file_name, "state", row.actor, "",
        row.from_status or "", row.to_status, row.reason,
    )  # fmt: skip


def _corrected(row: Any) -> Entry:
    return Entry(
        row.at, row.invoice_id, row.file_name,
        "confirmed" if row.kind == "confirm" else "corrected", row.actor, row.field,
        _value(row.old), _value(row.new), row.reason,
    )  # fmt: skip


def _let_pass(row: Any) -> Entry:
    return Entry(
        row.at, row.invoice_id, row.file_name, "let_pass", row.actor, row.check,
        row.printed, row.computed, row.reason,
    )  # fmt: skip


def _value(kept: Any) -> str:
    """The value of a field's JSON, or those of a row's cells."""
    if not isinstance(kept, dict):
        return ""
    if "value" in kept:
        return str(kept["value"])
    return ", ".join(str(v["value"]) for v in kept.values() if isinstance(v, dict) and "value" in v)


_SOURCES: tuple[tuple[Any, Any], ...] = (
    (invoice_history, _state),
    (corrections, _corrected),
    (overrides, _let_pass),
)
