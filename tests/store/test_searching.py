"""The search line finds what it says, the same on both databases, page after page in any order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from tests.store.conftest import save

from invoice_ai.domain.search import parse_search, without
from invoice_ai.errors import NotFound
from invoice_ai.store import invoices, reviews, searching, views
from invoice_ai.store.database import Database
from invoice_ai.store.records import InvoiceRow

Add = Callable[..., int]
TODAY = date(2026, 11, 27)


@pytest.fixture
def three(add: Add) -> dict[str, int]:
    def one(vendor: str, number: str, total: str, due: date) -> int:
        return add(
            "needs_review",
            name=f"{number}.pdf",
            vendor_name=vendor,
            invoice_number=number,
            total=Decimal(total),
            due_date=due,
            currency="EUR",
        )

    return {
        "acme": one("Acme Tools Ltd", "GL-2026-0142", "1200.00", date(2026, 11, 1)),
        "beta": one('Beta "100%" GmbH', "RE_17", "499.90", date(2026, 12, 24)),
        "gamma": one("Gamma's Garden", "A/9", "20.00", date(2026, 11, 27)),
    }


LINES: list[tuple[str, list[str]]] = [
    ("acme", ["acme"]),
    ("0142", ["acme"]),
    ("ACME 1200", ["acme"]),
    ('"acme tools"', ["acme"]),
    ("vendor:tools", ["acme"]),
    ("vendor:0142", []),
    (">500", ["acme"]),
    ("<=499,90", ["gamma", "beta"]),
    ("total:100..600", ["beta"]),
    ("due:<today", ["acme"]),
    ("due:today", ["gamma"]),
    ("due:today..+30d", ["gamma", "beta"]),
    ("due:2026-12-24 currency:eur", ["beta"]),
    ("is:late", ["acme"]),
    ("source:cli >1000", ["acme"]),
    ("source:folder", []),
    ("assignee:none", ["gamma", "beta", "acme"]),
    ("100%", ["beta"]),
    ("re_17", ["beta"]),
    ("re%17", []),
    ("' OR 1=1 --", []),
    ('"', ["gamma", "beta", "acme"]),
    ("gamma's", ["gamma"]),
    ("a/", ["gamma"]),
    ("due:someday", []),
    ("received:>=-1d", ["gamma", "beta", "acme"]),
]


def test_the_line_finds(database: Database, three: dict[str, int]) -> None:
    names = {number: name for name, number in three.items()}
    with database.reading() as session:
        for line, found in LINES:
            today = None if "received" in line else TODAY
            page = invoices.page_of(session, search=line, today=today)
            ids = invoices.matching_ids(session, search=line, today=today)
            assert [names[row.id] for row in page.rows] == found, line
            assert ids == [row.id for row in page.rows] and page.total == len(found), line


def test_a_changed_invoice_is_found_by_its_new_words_only(
    database: Database, three: dict[str, int]
) -> None:
    save(database, three["acme"], vendor_name="Zebra Ltd", total=Decimal("5"))
    with database.reading() as session:
        assert invoices.page_of(session, search="acme").rows == ()
        assert [r.id for r in invoices.page_of(session, search="zebra").rows] == [three["acme"]]


def test_lines_and_references_are_searched_too(database: Database, add: Add) -> None:
    wanted = add("approved", vendor_name="Acme", payment_reference="RF18-5390-0754")
    with database.reading() as session:
        assert [r.id for r in invoices.page_of(session, search="5390-07").rows] == [wanted]


def test_sorted_pages_hold_every_invoice_once_and_in_order(database: Database, add: Add) -> None:
    for number in range(7):
        add("approved", vendor_name=f"V{number % 3}", total=Decimal(number % 4), name=f"{number}")
    add("approved")  # nothing was read: last in every order
    add("needs_review", due_date=TODAY)
    for sort in (*invoices.SORTS, *(f"-{name}" for name in invoices.SORTS)):
        rows = all_pages(database, sort)
        assert len(rows) == len({row.id for row in rows}) == 9
        column, falls = invoices.SORTS[sort.removeprefix("-")]
        told = [getattr(row, column.name) for row in rows]
        values = [value for value in told if value is not None]
        assert values == sorted(values, reverse=falls != sort.startswith("-")), sort
        assert told[: len(values)] == values, sort  # those without a value come last


def all_pages(database: Database, sort: str) -> list[InvoiceRow]:
    rows: list[InvoiceRow] = []
    after = None
    with database.reading() as session:
        while True:
            page = invoices.page_of(session, sort=sort, limit=2, after=after)
            rows += page.rows
            if page.next is None:
                return rows
            after = page.next


def test_a_marker_of_somebody_else_is_refused(database: Database) -> None:
    for after in ("", "x", "W10", "bnVsbA", "WzEsICJ4Il0", "\u00e9"):
        with database.reading() as session, pytest.raises(NotFound):
            invoices.page_of(session, sort="total", after=after)
    with database.reading() as session, pytest.raises(NotFound):
        invoices.page_of(session, sort="password")


def test_the_index_is_filled_again_when_its_triggers_were_lost(
    sqlite_url: str, three: dict[str, int], database: Database
) -> None:
    if not database.url.startswith("sqlite"):
        return
    with database.writing() as session:
        session.execute(text("DROP TRIGGER invoice_search_update"))
    save(database, three["acme"], vendor_name="Quietly Renamed")
    with database.writing() as session:
        searching.keep_index(session.connection())
    with database.reading() as session:
        assert len(invoices.page_of(session, search="renamed").rows) == 1


def test_a_filter_is_taken_away_by_its_own_words() -> None:
    line = 'vendor:"acme tools" >500 fish'
    terms = parse_search(line, today=TODAY)
    assert [without(line, term) for term in terms] == [
        ">500 fish",
        'vendor:"acme tools" fish',
        'vendor:"acme tools" >500',
    ]


def test_views_are_each_persons_own(database: Database) -> None:
    with database.writing() as session:
        views.keep_view(session, "ana", "Late", "q=is%3Alate")
        views.keep_view(session, "ana", "Late", "q=is%3Alate&sort=due")
        views.keep_view(session, "ben", "Late", "q=x")
    with database.writing() as session:
        (own,) = views.views_of(session, "ana")
        assert own.query == "q=is%3Alate&sort=due"
        with pytest.raises(NotFound):
            views.forget_view(session, "ben", own.id)
        views.forget_view(session, "ana", own.id)
        assert views.views_of(session, "ana") == () != views.views_of(session, "ben")


def test_a_queue_is_what_its_search_finds(database: Database, three: dict[str, int]) -> None:
    with database.reading() as session:
        whole = reviews.queue_at(session, three["acme"], actor="Ana")
        assert (whole.position, whole.total, whole.next_id) == (1, 3, three["beta"])
        small = reviews.queue_at(session, three["acme"], actor="Ana", search="vendor:a total:>10")
        assert (small.position, small.total) == (1, 3)
        owed = reviews.queue_at(session, three["beta"], actor="Ana", search="<=499,90")
        assert (owed.position, owed.total) == (1, 2)
        assert (owed.previous_id, owed.next_id) == (None, three["gamma"])
        other = reviews.queue_at(session, three["acme"], actor="Ana", search="<=499,90")
        assert (other.position, other.next_id) == (0, three["beta"])
        assert reviews.first_waiting(session, actor="Ana", search="gamma") == three["gamma"]
        assert reviews.first_waiting(session, actor="Ana", search="no such thing") is None
