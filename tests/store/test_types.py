"""Money is exact, times are UTC, hostile text is storable: on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update
from sqlalchemy.exc import StatementError
from tests.store.conftest import save

from invoice_ai.errors import InvoiceAIError
from invoice_ai.store import invoices
from invoice_ai.store.database import Database, now
from invoice_ai.store.tables import invoices as table
from invoice_ai.store.types import clean_text, fits_money

Add = Callable[..., int]
LIMIT = Decimal("922337203685477.5807")
amounts = st.decimals(min_value=-LIMIT, max_value=LIMIT, places=4)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amount=amounts)
def test_an_amount_comes_back_exactly(database: Database, add: Add, amount: Decimal) -> None:
    with database.writing() as session:
        invoice_id = session.scalar(select(func.min(table.c.id)))
    invoice_id = invoice_id or add()
    with database.writing() as session:
        session.execute(update(table).where(table.c.id == invoice_id).values(total=amount))
        assert session.scalar(select(table.c.total).where(table.c.id == invoice_id)) == amount
        found = select(func.count()).where(table.c.total == amount)
        assert session.scalar(found) == 1


def test_amounts_add_up_and_sort_exactly(database: Database, add: Add) -> None:
    for amount in ("0.1", "0.2", "123456789012345.6789", "-5"):
        add(total=Decimal(amount))
    with database.reading() as session:
        assert session.scalar(select(func.sum(table.c.total))) == Decimal("123456789012340.9789")
        ordered = session.scalars(select(table.c.total).order_by(table.c.total)).all()
    assert [str(a) for a in ordered] == ["-5.0000", "0.1000", "0.2000", "123456789012345.6789"]


@pytest.mark.parametrize("amount", ["0.00001", "922337203685477.5808", "NaN", "Infinity"])
def test_an_amount_that_does_not_fit_is_refused_not_rounded(
    database: Database, add: Add, amount: str
) -> None:
    assert not fits_money(Decimal(amount))
    invoice_id = add()
    with pytest.raises((StatementError, InvoiceAIError)), database.writing() as session:
        session.execute(update(table).where(table.c.id == invoice_id).values(total=Decimal(amount)))


def test_what_no_column_holds_is_still_in_the_json(database: Database, add: Add) -> None:
    invoice_id = add(total=Decimal("1.234567"), currency="EURO", vendor_name="V" * 9000)
    with database.reading() as session:
        record = invoices.load(session, invoice_id)
    assert (record.total, record.currency, len(record.vendor_name or "")) == (None, None, 300)
    assert record.extracted is not None
    assert record.extracted.money("total") == Decimal("1.234567")
    assert len(record.extracted.text("vendor_name") or "") == 9000


def test_hostile_text_is_stored(database: Database, add: Add) -> None:
    nasty = "A\0B\ud800C" + chr(0x1F600) + "'; DROP TABLE invoices; --"
    invoice_id = add(name=nasty)
    save(database, invoice_id, vendor_name=nasty, payment_terms=nasty)
    with database.reading() as session:
        record = invoices.load(session, invoice_id)
    assert record.vendor_name == record.file_name == clean_text(nasty)
    assert record.extracted is not None and record.extracted.text("payment_terms") == clean_text(
        nasty
    )


@given(st.text(st.characters()))
def test_cleaned_text_is_valid_and_good_text_is_left_alone(text: str) -> None:
    cleaned = clean_text(text)
    cleaned.encode()
    assert "\0" not in cleaned
    if "\0" not in text and not any(0xD800 <= ord(c) < 0xE000 for c in text):
        assert cleaned == text


def test_the_clock_is_the_databases_and_utc(database: Database) -> None:
    with database.reading() as session:
        moment = now(session)
    assert moment.tzinfo is UTC
    assert abs(moment - datetime.now(UTC)) < timedelta(seconds=5)
