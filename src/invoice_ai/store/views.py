"""Searches that people keep, and settings that were chosen in the app."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoice_ai.errors import BadRequest, NotFound
from invoice_ai.store.tables import chosen_settings, views
from invoice_ai.store.types import clean_text, db_now

MOST_VIEWS = 30  # of one person; more is a list nobody reads


@dataclass(frozen=True, slots=True)
class View:
    """A kept search: `query` is the query string of the list."""

    id: int
    name: str
    query: str


def views_of(session: Session, person: str) -> tuple[View, ...]:
    """A person's views by name."""
    rows = session.execute(
        select(views.c.id, views.c.name, views.c.query)
        .where(views.c.person == person)
        .order_by(views.c.name)
    )
    return tuple(View(*row) for row in rows)


def keep_view(session: Session, person: str, name: str, query: str) -> None:
    """Keep a search under a name; the same name again replaces it. Raises: BadRequest."""
    name = clean_text(name.strip())
    if not name:
        raise BadRequest("Give the view a name.")
    kept = views_of(session, person)
    if len(kept) >= MOST_VIEWS and name not in {view.name for view in kept}:
        raise BadRequest(f"More than {MOST_VIEWS} views are not kept; remove one first.")
    session.execute(delete(views).where(views.c.person == person, views.c.name == name))
    session.execute(insert(views).values(person=person, name=name, query=clean_text(query)))


def forget_view(session: Session, person: str, view_id: int) -> None:
    """Remove a person's view. Raises: NotFound."""
    gone = session.execute(
        delete(views).where(views.c.person == person, views.c.id == view_id).returning(views.c.id)
    ).one_or_none()
    if gone is None:
        raise NotFound("There is no such view.")


def chosen(session: Session) -> dict[str, Any]:
    """The settings chosen in the app, by name."""
    rows = session.execute(select(chosen_settings.c.name, chosen_settings.c.value))
    return {row.name: row.value for row in rows}


def choose(session: Session, name: str, value: Any, *, actor: str) -> None:
    """Choose a setting; None returns to the default."""
    if value is None:
        session.execute(delete(chosen_settings).where(chosen_settings.c.name == name))
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(chosen_settings).values(
        name=name, value=value, actor=clean_text(actor), at=db_now()
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": value, "actor": clean_text(actor), "at": db_now()},
        )
    )
