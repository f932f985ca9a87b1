"""Vendors on file and the marks by which the next invoice of one is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rapidfuzz.fuzz import token_sort_ratio
from sqlalchemy import ColumnElement, case, func, insert, literal, or_, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from invoice_ai.domain.likeness import (
    comparable_name,
    may_be_misread,
    near_codes,
    same_address,
)
from invoice_ai.domain.vendors import Mark, MarkKind, MarkState, Vendor, VendorMark
from invoice_ai.errors import BadRequest, Conflict, NotFound
from invoice_ai.store.tables import invoices, vendor_layouts, vendor_marks, vendors
from invoice_ai.store.types import clean_text, db_now

VENDOR_LOCK = 0x1A04  # our number among Postgres' advisory locks

_VENDOR = tuple(vendors.c[name] for name in Vendor.__dataclass_fields__)
_MARK = tuple(vendor_marks.c[name] for name in VendorMark.__dataclass_fields__)

_MOST_AT_ADDRESS = 200  # vendors in one postcode that are compared


def match(session: Session, marks: Sequence[Mark]) -> tuple[Vendor, Mark] | None:
    """The vendor on file that these marks tell, and the mark that told; None: nobody, or several.

    Marks are tried in their order; the first that names exactly one vendor decides. A tax id that is
    on file for nobody rules out vendors that have another one: two companies may share a name. An
    address tells a vendor whose name may have been misread: many companies may have one address.
    """
    names = [m.key for m in marks if m.kind == "name"]
    for mark in marks:
        if mark.kind == "iban":
            continue
        if mark.kind == "address":
            found = _at_address(session, mark, names)
        else:
            found = _with_mark(session, mark)
        if mark.kind != "tax_id":
            own = {m.key for m in marks if m.kind == "tax_id"}
            found = [v for v in found if _may_be(own, _keys(session, v, "tax_id"))]
        if len(found) == 1:
            return load(session, found[0]), mark
    return None


def closest(session: Session, name: str, *, most: int = 3) -> tuple[tuple[int, str], ...]:
    """Vendors on file whose names come close, the closest first: id and name."""
    key = comparable_name(name)[:300]
    words = sorted(key.split(), key=len, reverse=True)[:2]
    found: dict[int, tuple[str, str]] = {}
    for word in words:
        statement = (
            select(vendors.c.id, vendors.c.name, vendors.c.name_key)
            .where(vendors.c.merged_into.is_(None), vendors.c.name_key.contains(word[:12]))
            .limit(50)
        )
        found |= {row.id: (row.name, row.name_key) for row in session.execute(statement)}
    ranked = sorted(found, key=lambda i: -token_sort_ratio(found[i][1], key))
    return tuple((i, found[i][0]) for i in ranked[:most])


def invoices_of(session: Session, vendor_id: int) -> int:
    """How many of this vendor's invoices were approved; counted up to 1 000."""
    booked = invoices.c.status.in_(("approved", "synced", "sync_failed"))
    some = select(invoices.c.id).where(invoices.c.vendor_id == vendor_id, booked).limit(1000)
    return int(session.scalars(select(func.count()).select_from(some.subquery())).one())


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


def take_turns(session: Session) -> None:
    """Be the only one who adds a vendor until the transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(VENDOR_LOCK)))


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


def _at_address(session: Session, mark: Mark, names: Sequence[str]) -> list[int]:
    """Ids of the living vendors at this address whose names these may be; all when no name was read."""
    code, bar, _ = mark.key.partition("|")
    statement = (
        select(vendor_marks.c.vendor_id, vendor_marks.c.key)
        .where(
            vendor_marks.c.kind == "address",
            or_(
                vendor_marks.c.key.startswith(clean_text(code + bar), autoescape=True),
                vendor_marks.c.key.in_(near_codes(clean_text(mark.key))),
            ),
            vendor_marks.c.state != "refused",
        )
        .limit(_MOST_AT_ADDRESS)
    )
    here = [row.vendor_id for row in session.execute(statement) if same_address(row.key, mark.key)]
    found = dict.fromkeys(load(session, vendor_id).id for vendor_id in here)
    return [
        vendor_id
        for vendor_id in found
        if not names
        or any(may_be_misread(n, k) for n in names for k in _keys(session, vendor_id, "name"))
    ]


def _may_be(own: set[str], on_file: set[str]) -> bool:
    return not own or not on_file or bool(own & on_file)


def _keys(session: Session, vendor_id: int, kind: MarkKind) -> set[str]:
    statement = select(vendor_marks.c.key).where(
        vendor_marks.c.vendor_id == vendor_id, vendor_marks.c.kind == kind
    )
    return set(session.scalars(statement))


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor as the list shows it; `alone` were approved without anybody looking."""

    vendor: Vendor
    invoices: int
    alone: int
    last_at: datetime | None


def vendors_page(
    session: Session, *, search: str = "", after: str = "", limit: int = 50
) -> tuple[tuple[VendorRow, ...], str]:
    """Vendors by name, and the marker of the next page ("" when there is none)."""
    living: list[ColumnElement[bool]] = [vendors.c.merged_into.is_(None)]
    if search.strip():
        key = func.lower(vendors.c.name).contains(search.strip().lower(), autoescape=True)
        marked = select(vendor_marks.c.vendor_id).where(
            func.lower(vendor_marks.c.printed).contains(search.strip().lower(), autoescape=True)
        )
        living.append(or_(key, vendors.c.id.in_(marked)))
    if after:
        key_after, _, id_after = after.rpartition("~")
        if not id_after.isdecimal():
            raise NotFound("This page marker is not one of ours; start from the first page.")
        order = tuple_(vendors.c.name_key, vendors.c.id)
        living.append(order > tuple_(literal(key_after), literal(int(id_after))))
    rows = session.execute(
        select(*_VENDOR, vendors.c.name_key)
        .where(*living)
        .order_by(vendors.c.name_key, vendors.c.id)
        .limit(limit + 1)
    ).all()
    found = [(Vendor(*row[:-1]), row[-1]) for row in rows]
    numbers = _numbers(session, [vendor.id for vendor, _ in found])
    page = tuple(
        VendorRow(vendor, *numbers.get(vendor.id, (0, 0, None))) for vendor, _ in found[:limit]
    )
    more = len(found) > limit
    return page, f"{found[limit - 1][1]}~{found[limit - 1][0].id}" if more else ""


def numbers_of(session: Session, vendor_id: int) -> tuple[int, int, datetime | None]:
    """Its invoices, those approved without anybody looking, and when the last one came."""
    return _numbers(session, [vendor_id]).get(vendor_id, (0, 0, None))


def set_rules(
    session: Session, vendor_id: int, *, expected_version: int | None = None, **rules: Any
) -> None:
    """Change name, notes or rules. Raises: NotFound. Conflict: someone was faster."""
    same = [vendors.c.id == vendor_id, vendors.c.merged_into.is_(None)]
    if expected_version is not None:
        same.append(vendors.c.version == expected_version)
    if "name" in rules:
        rules["name"] = clean_text(rules["name"])
        rules["name_key"] = comparable_name(rules["name"])[:300]
    changed = session.execute(
        update(vendors)
        .where(*same)
        .values(version=vendors.c.version + 1, **rules)
        .returning(vendors.c.id)
    ).one_or_none()
    if changed is None:
        load(session, vendor_id)
        raise Conflict("This vendor was changed by somebody else meanwhile; look again.")


def merge(session: Session, vendor_id: int, into: int) -> None:
    """Make two vendors one: invoices, marks and what was learned of its layouts go over, and its old
    number leads to the other.

    Raises: NotFound. BadRequest: they are one already.
    """
    gone, kept = load(session, vendor_id), load(session, into)
    if gone.id == kept.id:
        raise BadRequest("Choose another vendor; this is the same one.")
    known = select(vendor_marks.c.kind, vendor_marks.c.key)
    there = {
        (r.kind, r.key) for r in session.execute(known.where(vendor_marks.c.vendor_id == kept.id))
    }
    for mark in marks(session, gone.id):
        if (mark.kind, mark.key) not in there:
            session.execute(
                update(vendor_marks).where(vendor_marks.c.id == mark.id).values(vendor_id=kept.id)
            )
    session.execute(
        update(invoices).where(invoices.c.vendor_id == gone.id).values(vendor_id=kept.id)
    )
    session.execute(
        update(vendor_layouts)
        .where(vendor_layouts.c.vendor_id == gone.id)
        .values(vendor_id=kept.id)
    )
    session.execute(
        update(vendors)
        .where(vendors.c.id == gone.id)
        .values(merged_into=kept.id, version=vendors.c.version + 1)
    )


def _numbers(session: Session, ids: Sequence[int]) -> dict[int, tuple[int, int, datetime | None]]:
    alone = case(
        (invoices.c.decision.is_(None) & invoices.c.status.in_(("approved", "synced")), 1), else_=0
    )
    rows = session.execute(
        select(
            invoices.c.vendor_id,
            func.count(),
            func.sum(alone),
            func.max(invoices.c.received_at),
        )
        .where(invoices.c.vendor_id.in_(ids), invoices.c.status != "deleted")
        .group_by(invoices.c.vendor_id)
    )
    return {row[0]: (int(row[1]), int(row[2] or 0), row[3]) for row in rows}
