"""The next invoice of a vendor is known by its marks."""

from __future__ import annotations

import pytest

from invoice_ai.domain.vendors import Mark
from invoice_ai.errors import NotFound
from invoice_ai.store import layouts, vendors
from invoice_ai.store.database import Database


def mark(kind: str, key: str) -> Mark:
    return Mark(kind, key, key)  # type: ignore[arg-type]


ACME = [mark("tax_id", "DE111"), mark("domain", "acme.example"), mark("name", "acme tools")]


def acme(database: Database) -> int:
    with database.writing() as session:
        vendor_id = vendors.add(session, "Acme Tools Ltd", country="GB")
        vendors.note_marks(session, vendor_id, ACME)
    return vendor_id


@pytest.mark.parametrize("seen", ACME, ids=lambda m: m.kind)
def test_each_mark_tells_the_vendor(database: Database, seen: Mark) -> None:
    vendor_id = acme(database)
    with database.reading() as session:
        found = vendors.match(session, [seen])
    assert found is not None and (found[0].id, found[1]) == (vendor_id, seen)


def test_an_account_alone_tells_nobody(database: Database) -> None:
    vendor_id = acme(database)
    with database.writing() as session:
        vendors.note_marks(session, vendor_id, [mark("iban", "DE02")])
    with database.reading() as session:
        assert vendors.match(session, [mark("iban", "DE02")]) is None


def test_the_same_name_with_another_tax_id_is_somebody_else(database: Database) -> None:
    acme(database)
    with database.reading() as session:
        assert vendors.match(session, [mark("tax_id", "DE999"), mark("name", "acme tools")]) is None


def test_a_name_that_two_vendors_share_tells_nobody(database: Database) -> None:
    acme(database)
    with database.writing() as session:
        other = vendors.add(session, "ACME TOOLS")
        vendors.note_marks(session, other, [mark("name", "acme tools")])
    with database.reading() as session:
        assert vendors.match(session, [mark("name", "acme tools")]) is None


HOME = mark("address", "24103|hafenstr12")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("acmc tools", "24103|hafenstr12"),
        ("acmc to0ls", "24103|hafcnstr12"),  # a letter of the street misread as well
        ("acmc tools", "24108|hafenstr12"),  # a digit of the postcode
        ("", "24103|hafenstr12"),  # no name was read
    ],
)
def test_an_address_tells_a_vendor_whose_name_is_misread(
    database: Database, name: str, address: str
) -> None:
    vendor_id = acme(database)
    seen = [mark("name", name)] if name else []
    with database.writing() as session:
        vendors.note_marks(session, vendor_id, [HOME])
        found = vendors.match(session, [*seen, mark("address", address)])
    assert found is not None and (found[0].id, found[1].kind) == (vendor_id, "address")


@pytest.mark.parametrize(
    "seen",
    [
        [mark("name", "bolt fasteners"), HOME],  # a stranger in the same house
        [mark("name", "acmc tools"), mark("address", "24103|hafenstr14")],  # the house beside
        [mark("name", "acmc tools"), mark("address", "24108|hafcnstr12")],  # too little is alike
        [mark("tax_id", "DE999"), mark("name", "acmc tools"), HOME],
    ],
)
def test_an_address_alone_does_not_make_somebody_the_vendor(
    database: Database, seen: list[Mark]
) -> None:
    vendor_id = acme(database)
    with database.writing() as session:
        vendors.note_marks(session, vendor_id, [HOME])
        assert vendors.match(session, seen) is None


def test_two_vendors_in_one_house_are_told_apart_by_their_names(database: Database) -> None:
    vendor_id = acme(database)
    with database.writing() as session:
        vendors.note_marks(session, vendor_id, [HOME])
        other = vendors.add(session, "Bolt Fasteners Ltd")
        vendors.note_marks(session, other, [mark("name", "bolt fasteners"), HOME])
        found = vendors.match(session, [mark("name", "b0lt fastcners"), HOME])
        assert found is not None and found[0].id == other
        assert vendors.match(session, [HOME]) is None


def test_a_mark_is_on_file_once_and_can_be_verified(database: Database) -> None:
    vendor_id = acme(database)
    account = mark("iban", "DE02120300000000202051")
    with database.writing() as session:
        vendors.note_marks(session, vendor_id, [account])
        vendors.note_marks(session, vendor_id, [account])
        vendors.set_mark(session, vendor_id, account, "verified", actor="Ana", how="by phone")
        vendors.note_marks(session, vendor_id, [account])
    with database.reading() as session:
        found = [m for m in vendors.marks(session, vendor_id) if m.kind == "iban"]
    assert [(m.state, m.verified_by, m.verified_how) for m in found] == [
        ("verified", "Ana", "by phone")
    ]


def test_an_unknown_vendor_is_not_found(database: Database) -> None:
    with database.reading() as session, pytest.raises(NotFound):
        vendors.load(session, 4711)


def test_what_was_learned_of_a_vendors_layouts_goes_over_when_it_is_merged(
    database: Database,
) -> None:
    kept = acme(database)
    with database.writing() as session:
        gone = vendors.add(session, "ACME Tools Limited")
        layouts.save(session, None, {"version": 1}, ACME, lessons=1, vendor_id=gone)
        vendors.merge(session, gone, kept)
    with database.reading() as session:
        assert [layout.vendor_id for layout in layouts.find(session, ACME)] == [kept]
