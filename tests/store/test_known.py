"""What a new invoice is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

from tests.store.conftest import TOTAL, extracted

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.vendors import Mark
from invoice_ai.store import vendors
from invoice_ai.store.database import Database
from invoice_ai.store.known import known_for

Add = Callable[..., int]


def test_the_same_number_is_found_however_it_is_written(database: Database, add: Add) -> None:
    earlier = add("approved", invoice_number="FA-2O17-0003")
    add("rejected", invoice_number="FA-2017-0003")
    new = add("processing", invoice_number="fa 2017/0003")
    with database.reading() as session:
        known = known_for(session, new, extracted(invoice_number="fa 2017/0003"))
    assert [k.id for k in known.same_number or ()] == [earlier]
    assert known.same_amount is None  # there was no total to look by


def test_the_same_amount_counts_in_the_same_currency_only(database: Database, add: Add) -> None:
    same = add("needs_review", **TOTAL)
    add("approved", **TOTAL | {"currency": "USD"})
    with database.reading() as session:
        known = known_for(session, 0, extracted(**TOTAL))
    assert [k.id for k in known.same_amount or ()] == [same]


def test_a_vendor_is_known_by_what_was_booked(database: Database, add: Add) -> None:
    vendor = {"vendor_name": "Nordlicht GmbH", "currency": "EUR"}
    for total, iban in (("10", "DE1"), ("30", "DE2"), ("20", "DE2")):
        add("approved", **vendor, total=Decimal(total), iban=iban)
    add("needs_review", **vendor, total=Decimal("9999"), iban="FRAUD")
    add("approved", vendor_name="Südstern AG", iban="DE9")
    with database.reading() as session:
        known = known_for(session, 0, extracted(vendor_name="NORDLICHT", currency="EUR"))
    assert known.vendor_ibans == ("DE2", "DE1") and known.vendor_currencies == ("EUR",)
    assert known.vendor_total is not None
    usual = known.vendor_total
    assert (usual.count, usual.least, usual.median, usual.most) == (3, 10, 20, 30)


def test_vendors_on_file_are_compared_by_name_and_account(database: Database, add: Add) -> None:
    account, other = "DE02120300000000202051", "DE02500105170137075030"
    with database.writing() as session:
        known_one = vendors.add(session, "Nordlicht GmbH")
        stranger = vendors.add(session, "Südstern AG")
        vendors.note_marks(session, known_one, [Mark("name", "nordlicht", "Nordlicht GmbH")])
        vendors.note_marks(session, known_one, [Mark("iban", account, account)])
        vendors.note_marks(session, stranger, [Mark("iban", account, account)])
        vendors.set_mark(
            session, known_one, Mark("iban", other, other), "refused", actor="Ana", how="by phone"
        )
    with database.reading() as session:
        known = known_for(session, 0, extracted(vendor_name="NORDLICHT", iban=account))
    assert known.vendors_are_known and known.vendor is not None
    assert (known.vendor.name, known.vendor.told_by) == ("Nordlicht GmbH", "name")
    assert set(known.vendor_names) == {"Nordlicht GmbH", "Südstern AG"}
    assert (known.vendor_ibans, known.refused_ibans) == ((account,), (other,))
    assert known.iban_owners == ("Südstern AG",)


def test_invoices_of_one_vendor_and_day_are_found(database: Database, add: Add) -> None:
    day = {"vendor_name": "Nordlicht GmbH", "invoice_date": date(2026, 5, 4)}
    same = add("needs_review", **day)
    add("approved", **day | {"invoice_date": date(2026, 5, 5)})
    add("approved", **day | {"vendor_name": "Südstern AG"})
    with database.reading() as session:
        known = known_for(session, 0, extracted(**day))
    assert [k.id for k in known.same_day] == [same]


def test_the_number_as_printed_is_looked_for_too(database: Database, add: Add) -> None:
    earlier = add("approved", invoice_number="RE-2024-0017")
    read = extracted(invoice_number="RE-2024-0019")
    found = replace(read.fields["invoice_number"], raw="RE-2024-0017")
    with database.reading() as session:
        known = known_for(session, 0, ExtractedInvoice({"invoice_number": found}))
    assert [k.id for k in known.same_number or ()] == [earlier]


def test_nothing_is_known_at_first(database: Database) -> None:
    with database.reading() as session:
        known = known_for(session, 0, extracted(vendor_name="New", invoice_number="1", **TOTAL))
    assert (known.same_number, known.same_amount, known.vendor_names) == ((), (), ())
