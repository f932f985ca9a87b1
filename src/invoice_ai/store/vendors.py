"""Vendors on file and the marks by which the next invoice of one is known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoice_ai.domain.likeness import comparable_name
from invoice_ai.domain.vendors import Mark, MarkKind, MarkState, Vendor, VendorMark
from invoice_ai.errors import NotFound
from invoice_ai.store.tables import vendor_marks, vendors
from invoice_ai.store.types import clean_text, db_now

_VENDOR = tuple(vendors.c[name] for name in Vendor.__dataclass_fields__)
_MARK = tuple(vendor_marks.c[name] for name in VendorMark.__dataclass_fields__)

# By these alone a vendor is known; an account says where money goes, not who writes.
_TELLING: tuple[MarkKind, ...] = ("tax_id", "domain", "name")


def match(session: Session, marks: Sequence[Mark]) -> tuple[Vendor, Mark] | None:
    """The vendor on file that these marks tell, and the mark that told; None: nobody, or several.

    Marks are tried in their order; the first that names exactly one vendor decides. A tax id that is
    on file for nobody rules out vendors that have another one: two companies may share a name.
    """
    for mark in marks:
        if mark.kind not in _TELLING:
            continue
        found = _with_mark(session, mark)
        if mark.kind != "tax_id":
            own = {m.key for m in marks if m.kind == "tax_id"}
            found = [v for v in found if _may_be(own, _keys(session, v, "tax_id"))]
        if len(found) == 1:
            return load(session, found[0]), mark
    return None


def load(session: Session, vendor_id: int) -> Vendor:
    """One vendor; of a merged one, the vendor that took it over. Raises: NotFound."""
    for _ in range(20):  # merged into a vendor that was merged later; a ring ends as "not found"
        row = session.execute(select(*_VENDOR).where(vendors.c.id == vendor_id)).one_or_none()
        if row is None:
            break
        if row.merged_into is None:
            return Vendor(*row)
        vendor_id = row.merged_into
    raise NotFound(f"There is no vendor {vendor_id}.")


def add(session: Session, name: str, *, country: str | None = None) -> int:
    """A new vendor; returns its id."""
    name = clean_text(name)
    statement = insert(vendors).values(
        name=name, name_key=comparable_name(name)[:300], country=country
    )
    return int(session.scalars(statement.returning(vendors.c.id)).one())


def note_marks(
    session: Session, vendor_id: int, marks: Sequence[Mark], *, invoice_id: int | None = None
) -> None:
    """Put marks on file as `seen`; those that are there already stay as they are."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    for mark in marks:
        session.execute(
            dialect.insert(vendor_marks)
            .values(
                vendor_id=vendor_id,
                kind=mark.kind,
                key=clean_text(mark.key),
                printed=clean_text(mark.printed),
                state="seen",
                first_invoice_id=invoice_id,
                created_at=db_now(),
            )
            .on_conflict_do_nothing(index_elements=["vendor_id", "kind", "key"])
        )


def set_mark(
    session: Session, vendor_id: int, mark: Mark, state: MarkState, *, actor: str, how: str
) -> None:
    """Record how a mark (an account) was verified, or that it is refused."""
    note_marks(session, vendor_id, [mark])
    session.execute(
        update(vendor_marks)
        .where(
            vendor_marks.c.vendor_id == vendor_id,
            vendor_marks.c.kind == mark.kind,
            vendor_marks.c.key == clean_text(mark.key),
        )
        .values(
            state=state,
            verified_by=clean_text(actor),
            verified_how=clean_text(how),
            verified_at=db_now(),
        )
    )


def marks(session: Session, vendor_id: int) -> tuple[VendorMark, ...]:
    """What a vendor is known by, oldest first."""
    statement = select(*_MARK).where(vendor_marks.c.vendor_id == vendor_id)
    return tuple(VendorMark(*row) for row in session.execute(statement.order_by(vendor_marks.c.id)))


def count_approval(session: Session, vendor_id: int, *, clean: bool) -> None:
    """One more clean approval in a row, or the row is broken."""
    session.execute(
        update(vendors)
        .where(vendors.c.id == vendor_id)
        .values(clean_approvals=vendors.c.clean_approvals + 1 if clean else 0)
    )


def _with_mark(session: Session, mark: Mark) -> list[int]:
    """Ids of the living vendors with this mark; a name that a person refused is none."""
    statement: Any = (
        select(vendor_marks.c.vendor_id)
        .where(
            vendor_marks.c.kind == mark.kind,
            vendor_marks.c.key == clean_text(mark.key),
            vendor_marks.c.state != "refused",
        )
        .limit(20)
    )
    return list(dict.fromkeys(load(session, found).id for found in session.scalars(statement)))


def _may_be(own: set[str], on_file: set[str]) -> bool:
    return not own or not on_file or bool(own & on_file)


def _keys(session: Session, vendor_id: int, kind: MarkKind) -> set[str]:
    statement = select(vendor_marks.c.key).where(
        vendor_marks.c.vendor_id == vendor_id, vendor_marks.c.kind == kind
    )
    return set(session.scalars(statement))
