"""Lists, searches and numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from tests.store.conftest import TOTAL

from invoice_ai.errors import NotFound
from invoice_ai.store import invoices
from invoice_ai.store.database import Database

Add = Callable[..., int]


def test_paging_shows_every_invoice_once_newest_first(database: Database, add: Add) -> None:
    ids = [add(("received", "approved", "failed")[n % 3]) for n in range(23)]
    seen: list[int] = []
    after = None
    with database.reading() as session:
        while True:
            page = invoices.page_of(session, limit=5, after=after)
            assert page.total == 23
            seen += [row.id for row in page.rows]
            after = page.next
            if after is None:
                break
    assert seen == ids[::-1]


def test_a_page_holds_only_the_wanted_states(database: Database, add: Add) -> None:
    wanted = [add("approved"), add("failed"), add("approved")]
    add("needs_review")
    with database.reading() as session:
        page = invoices.page_of(session, statuses=["approved", "failed"])
        assert [row.id for row in page.rows] == wanted[::-1] and page.total == 3


def test_deleted_invoices_are_shown_only_when_asked_for(database: Database, add: Add) -> None:
    gone = add("deleted")
    with database.reading() as session:
        assert invoices.page_of(session).rows == ()
        assert [r.id for r in invoices.page_of(session, statuses=["deleted"]).rows] == [gone]


@pytest.mark.parametrize("search", ["nordlicht", "NORD 17", "re-17", "119.00", "scan_5%"])
def test_words_are_found_in_vendor_number_total_and_file(
    database: Database, add: Add, search: str
) -> None:
    wanted = add(
        "approved", name="Scan_5%.pdf", vendor_name="Nordlicht", invoice_number="RE-17", **TOTAL
    )
    add("approved", name="scanX50.pdf", vendor_name="Südstern", invoice_number="9")
    with database.reading() as session:
        page = invoices.page_of(session, search=search)
    assert ([r.id for r in page.rows], page.total) == ([wanted], 1)


@pytest.mark.parametrize("marker", ["x", "-1", "9" * 30, "1; --"])
def test_a_strange_page_marker_is_refused(database: Database, marker: str) -> None:
    with pytest.raises(NotFound), database.reading() as session:
        invoices.page_of(session, after=marker)


def test_a_loaded_invoice_has_everything(database: Database, add: Add) -> None:
    invoice_id = add("needs_review", name="a.pdf", vendor_name="Nordlicht", **TOTAL)
    with database.reading() as session:
        record = invoices.load(session, invoice_id)
    assert (record.vendor_name, record.total, record.reason_count) == (
        "Nordlicht",
        Decimal("119"),
        1,
    )
    assert record.reason == "The total is doubtful." and record.confidence == 0.5
    assert record.document.page_count == 1 and record.document.name == "a.pdf"
    assert record.extracted is not None and record.extracted.money("total") == Decimal("119.00")
    assert record.route is not None and record.route.status == "needs_review"
    assert record.seconds == {"read": 0.25, "check": 0.25}


def test_the_numbers_of_the_guide(database: Database, add: Add) -> None:
    for status in ("received", "processing", "approved", "needs_review", "failed", "deleted"):
        add(status, **TOTAL)
    with database.reading() as session:
        numbers = invoices.statistics(session)
        assert sum(invoices.counts(session).values()) == 6
    assert (numbers.total_processed, numbers.successful, numbers.failed) == (3, 2, 1)
    assert (numbers.pending, numbers.processing) == (1, 1)
    assert numbers.average_processing_seconds == pytest.approx(0.5)
    assert numbers.last_processed_at is not None


def test_failed_invoices_are_grouped_by_their_error(database: Database, add: Add) -> None:
    ids = [add("failed"), add("failed")]
    add("approved")
    with database.reading() as session:
        (group,) = invoices.failed_groups(session)
        assert invoices.failed_ids(session) == ids
    assert (group.code, group.count, group.message) == ("damaged_file", 2, "It is broken.")
    assert [row.id for row in group.rows] == ids[::-1]
