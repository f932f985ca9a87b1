"""What people keep in order besides invoices: vendors, views and keys."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from invoice_ai.access.keys import new_key
from invoice_ai.domain.vendors import Mark, MarkState
from invoice_ai.errors import BadRequest, NotFound
from invoice_ai.store import access, layouts, quickbooks, vendors, views
from invoice_ai.workflow.place import Workplace


def change_vendor(
    place: Workplace, vendor_id: int, *, expected_version: int | None = None, **rules: Any
) -> None:
    """Change a vendor's name, notes or rules. Raises: NotFound. Conflict. BadRequest: no name."""
    if "name" in rules and not str(rules["name"]).strip():
        raise BadRequest("A vendor needs a name.")
    with place.database.writing() as session:
        vendors.set_rules(session, vendor_id, expected_version=expected_version, **rules)


def merge_vendors(place: Workplace, vendor_id: int, into: int) -> None:
    """Make two vendors one, with all that was learnt of both.

    Raises: NotFound. BadRequest: they are one already.
    """
    with place.database.writing() as session:
        gone, kept = vendors.load(session, vendor_id).id, vendors.load(session, into).id
        vendors.merge(session, gone, kept)
        layouts.hand_over(session, gone, kept)
        quickbooks.hand_over_mappings(session, gone, kept)


def forget_layout(place: Workplace, vendor_id: int, layout_id: int) -> None:
    """Forget what corrections taught about one layout of a vendor. Raises: NotFound."""
    with place.database.writing() as session:
        if layout_id not in [layout.id for layout in learnt_of(session, vendor_id)]:
            raise NotFound("This vendor has no such layout; it may be forgotten already.")
        layouts.forget(session, layout_id)


def learnt_of(session: Session, vendor_id: int) -> tuple[layouts.Learnt, ...]:
    """The layouts of a vendor that corrections taught. Raises: NotFound: no such vendor."""
    vendor = vendors.load(session, vendor_id)
    marks = [Mark(m.kind, m.key, m.printed) for m in vendors.marks(session, vendor.id)]
    return layouts.of_vendor(session, vendor.id, marks)


def settle_mark(
    place: Workplace, vendor_id: int, mark_id: int, state: MarkState, *, actor: str, how: str
) -> None:
    """Record how an account was verified, or that a mark is not this vendor's.

    Raises: NotFound. BadRequest: how is missing.
    """
    if not how.strip():
        raise BadRequest("Say how you know, e.g. by a phone call to the number on file.")
    with place.database.writing() as session:
        vendor = vendors.load(session, vendor_id)
        found = [m for m in vendors.marks(session, vendor.id) if m.id == mark_id]
        if not found:
            raise NotFound("This vendor has no such mark.")
        mark = Mark(found[0].kind, found[0].key, found[0].printed)
        vendors.set_mark(session, vendor.id, mark, state, actor=actor, how=how.strip())


def keep_view(place: Workplace, person: str, name: str, query: str) -> None:
    """Keep a search under a name. Raises: BadRequest: no name, or too many."""
    with place.database.writing() as session:
        views.keep_view(session, person, name, query)


def forget_view(place: Workplace, person: str, view_id: int) -> None:
    """Remove a kept search. Raises: NotFound."""
    with place.database.writing() as session:
        views.forget_view(session, person, view_id)


def make_key(place: Workplace, name: str) -> str:
    """Make a key for a program; its text is shown once. Raises: BadRequest: no name."""
    if not name.strip():
        raise BadRequest("Say who will use the key.")
    key = new_key()
    with place.database.writing() as session:
        access.add_key(session, key.id, name.strip(), key.hash)
    return key.text


def revoke_key(place: Workplace, key_id: str) -> None:
    """End a key at once. Raises: NotFound."""
    with place.database.writing() as session:
        access.revoke_key(session, key_id)
