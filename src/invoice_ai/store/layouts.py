"""What is remembered of vendors' layouts: found by the marks of a document, changed by lessons."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoice_ai.domain.vendors import Mark, MarkKind, may_be_one, with_parts
from invoice_ai.store.tables import layout_marks, vendor_layouts
from invoice_ai.store.types import clean_json, clean_text, db_now

_MOST_FOUND = 40  # layouts that one document is compared with
_MOST_MARKS = 120  # of one document: its ids, domains, and the words of its first lines
_MOST_KEPT = 20  # layouts of one vendor; the one not taught for longest is forgotten


@dataclass(frozen=True, slots=True)
class Layout:
    """A remembered layout; `memory` is the JSON of extraction/memory."""

    id: int
    vendor_id: int | None
    memory: dict[str, Any]
    version: int


def find(session: Session, marks: Sequence[Mark], *, to_teach: bool = False) -> list[Layout]:
    """Layouts of whoever these marks may tell, the latest first.

    Args:
        to_teach: Nobody else teaches them until this transaction ends, so that no lesson is lost.
    """
    if not marks:
        return []
    if to_teach:
        _lock(session, marks)
    keys: dict[str, list[str]] = {}
    for mark in marks[:_MOST_MARKS]:
        keys.setdefault(mark.kind, []).append(clean_text(mark.key))
    one = [and_(layout_marks.c.kind == k, layout_marks.c.key.in_(v)) for k, v in keys.items()]
    ids = select(layout_marks.c.layout_id).where(or_(*one))
    columns = (vendor_layouts.c[name] for name in Layout.__dataclass_fields__)
    statement = (
        select(*columns)
        .where(vendor_layouts.c.id.in_(ids))
        .order_by(vendor_layouts.c.updated_at.desc())
        .limit(_MOST_FOUND)
    )
    if to_teach:
        statement = statement.with_for_update()
    found = [Layout(*row) for row in session.execute(statement)]
    theirs = _marks(session, [layout.id for layout in found])
    return [layout for layout in found if may_be_one(theirs.get(layout.id, ()), marks)]


def save(
    session: Session,
    layout_id: int | None,
    memory: dict[str, Any],
    marks: Iterable[Mark],
    *,
    lessons: int,
    vendor_id: int | None = None,
) -> int:
    """Keep a lesson; None makes a new layout. Returns the layout's id."""
    values = {"memory": clean_json(memory), "lessons": lessons, "updated_at": db_now()}
    if vendor_id is not None:
        values["vendor_id"] = vendor_id
    if layout_id is None:
        added = insert(vendor_layouts).values(**values).returning(vendor_layouts.c.id)
        layout_id = int(session.scalars(added).one())
    else:
        session.execute(
            update(vendor_layouts)
            .where(vendor_layouts.c.id == layout_id)
            .values(**values, version=vendor_layouts.c.version + 1)
        )
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for mark in marks:
        session.execute(
            dialect.insert(layout_marks)
            .values(layout_id=layout_id, kind=mark.kind, key=clean_text(mark.key)[:300])
            .on_conflict_do_nothing()
        )
    if vendor_id is not None:
        _forget_oldest(session, vendor_id)
    return layout_id


@dataclass(frozen=True, slots=True)
class Learnt:
    """A layout as its vendor's page tells of it: the fields that were corrected in it, how many
    documents it learned from, and when it did so first and last."""

    id: int
    fields: tuple[str, ...]
    lessons: int
    created_at: datetime
    updated_at: datetime


def of_vendor(session: Session, vendor_id: int, marks: Sequence[Mark]) -> tuple[Learnt, ...]:
    """The layouts of a vendor on file, the latest first; also those that were taught before it was
    on file, which only its marks tell."""
    before = [layout.id for layout in find(session, with_parts(marks)) if layout.vendor_id is None]
    rows = session.execute(
        select(vendor_layouts)
        .where(or_(vendor_layouts.c.vendor_id == vendor_id, vendor_layouts.c.id.in_(before)))
        .order_by(vendor_layouts.c.updated_at.desc(), vendor_layouts.c.id.desc())
    )
    return tuple(
        Learnt(
            row.id,
            _corrected_in(row.memory),
            row.lessons,
            row.created_at,
            row.updated_at,
        )
        for row in rows
    )


def _corrected_in(memory: dict[str, Any]) -> tuple[str, ...]:
    """The fields that were corrected in this layout, and "line_items"."""
    fields = [
        name for name, remembered in memory.get("fields", {}).items() if _corrected(remembered)
    ]
    return (*fields, *(["line_items"] if _corrected(memory.get("lines") or {}) else []))


def _corrected(remembered: dict[str, Any]) -> bool:
    """Whether somebody found the value wrong that the finders gave."""
    return bool(remembered.get("refused")) or remembered.get("finders", {}).get("wrong", 0) > 0


def forget(session: Session, layout_id: int) -> None:
    """Forget a layout; the next document of it is read as if it were the first."""
    session.execute(delete(layout_marks).where(layout_marks.c.layout_id == layout_id))
    session.execute(delete(vendor_layouts).where(vendor_layouts.c.id == layout_id))


def hand_over(session: Session, vendor_id: int, into: int) -> None:
    """Give a vendor's layouts to another."""
    session.execute(
        update(vendor_layouts).where(vendor_layouts.c.vendor_id == vendor_id).values(vendor_id=into)
    )
    _forget_oldest(session, into)


def _forget_oldest(session: Session, vendor_id: int) -> None:
    old = list(
        session.scalars(
            select(vendor_layouts.c.id)
            .where(vendor_layouts.c.vendor_id == vendor_id)
            .order_by(vendor_layouts.c.updated_at.desc(), vendor_layouts.c.id.desc())
            .offset(_MOST_KEPT)
        )
    )
    if old:
        session.execute(delete(layout_marks).where(layout_marks.c.layout_id.in_(old)))
        session.execute(delete(vendor_layouts).where(vendor_layouts.c.id.in_(old)))


def _marks(session: Session, layout_ids: Sequence[int]) -> dict[int, list[Mark]]:
    found: dict[int, list[Mark]] = {}
    if layout_ids:
        rows = session.execute(
            select(layout_marks.c.layout_id, layout_marks.c.kind, layout_marks.c.key).where(
                layout_marks.c.layout_id.in_(layout_ids)
            )
        )
        for layout_id, kind, key in rows:
            told: MarkKind = kind
            found.setdefault(layout_id, []).append(Mark(told, key, key))
    return found


def _lock(session: Session, marks: Sequence[Mark]) -> None:
    """Two people may teach a vendor's first lesson at once, and there is no row to lock yet.

    SQLite has one writer anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        for key in sorted({zlib.crc32(f"layout {m.kind} {m.key}".encode()) for m in marks[:4]}):
            session.execute(select(func.pg_advisory_xact_lock(key)))
