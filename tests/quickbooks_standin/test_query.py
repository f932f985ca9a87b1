"""The query language, as far as the service takes it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.quickbooks_server import QuickBooksServer
from tests.quickbooks_standin.bodies import bill, error, line, vendor_id


@pytest.fixture(scope="module")
def books(running: QuickBooksServer) -> Any:
    """Twelve bills of 10, 20 … 120 dollars, one a day from 1 October."""
    running.reset()
    running.no_limits()
    us = running.client()
    vendor = vendor_id(us)
    for at in range(1, 13):
        asked = bill(vendor, line(10 * at), DocNumber=f"Q-{at:02}", TxnDate=f"2026-10-{at:02}")
        assert us.post("bill", json=asked).status_code == 200
    return us


def numbers(client: Any, rest: str) -> list[str]:
    statement = f"select * from Bill {rest}"
    rows = client.get("query", params={"query": statement}).json()["QueryResponse"].get("Bill", [])
    return [row["DocNumber"] for row in rows]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("where DocNumber = 'Q-03'", ["Q-03"]),
        ("where DocNumber = 'q-03'", []),
        ("WHERE TotalAmt = '30.00'", ["Q-03"]),
        ("where TotalAmt > '100' ORDERBY TxnDate", ["Q-11", "Q-12"]),
        ("where TxnDate >= '2026-10-03' and TxnDate <= '2026-10-04' orderby Id", ["Q-03", "Q-04"]),
        ("where DocNumber in ('Q-01', 'Q-12', 'x') order by DocNumber desc", ["Q-12", "Q-01"]),
        ("where DocNumber like 'Q-1%' orderby DocNumber", ["Q-10", "Q-11", "Q-12"]),
        ("where DocNumber like '%1' orderby DocNumber", ["Q-01", "Q-11"]),
        ("orderby Id startposition 11 maxresults 5", ["Q-11", "Q-12"]),
        ("maxresults 2", ["Q-12", "Q-11"]),
        ("where Balance > '0' and TotalAmt < '15'", ["Q-01"]),
        ("where DocNumber = 'it\\'s'", []),
    ],
)
def test_conditions_order_and_pages(books: Any, rest: str, expected: list[str]) -> None:
    assert numbers(books, rest) == expected


def test_no_rows_means_no_key_and_counting_is_one_number(books: Any) -> None:
    nothing = books.get("query", params={"query": "select * from Bill where DocNumber = 'x'"})
    assert nothing.json()["QueryResponse"] == {}
    counted = books.post(
        "query",
        content=b"select count(*) from Bill where TotalAmt <= '40'",
        headers={"Content-Type": "application/text"},
    )
    assert counted.json()["QueryResponse"] == {"totalCount": 4}
    page = books.get("query", params={"query": "select * from Term maxresults 2"})
    assert page.json()["QueryResponse"]["maxResults"] == 2


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("select * from bill", "4001"),  # names of entities are case sensitive
        ("select * from Invoice", "4001"),
        ("select * from Bill where PrivateNote = 'x'", "4001"),
        ("select * from Bill startposition 0", "4001"),
        ("select * from Bill maxresults 1001", "4001"),
        ("select * from Bill where DocNumber = 'x' or DocNumber = 'y'", "4000"),
        ("select Id from Bill", "4000"),
        ("select * from Bill where DocNumber = 'it's'", "4000"),
        ("select * from Bill where DocNumber = x", "4000"),
        ("select * from Bill where", "4000"),
        ("delete from Bill", "4000"),
        ("", "4000"),
    ],
)
def test_what_the_service_does_not_understand(books: Any, statement: str, code: str) -> None:
    assert error(books.get("query", params={"query": statement}))[:2] == (400, code)


def test_inactive_names_are_found_only_when_asked_for(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    quickbooks.user("deactivate_vendor", id=vendor_id(us, "Blue Heron Couriers"))

    def names(rest: str) -> set[str]:
        answer = us.get("query", params={"query": f"select * from Vendor {rest}"}).json()
        return {one["DisplayName"] for one in answer["QueryResponse"]["Vendor"]}

    assert not any("Heron" in name for name in names(""))
    assert "Blue Heron Couriers (deleted)" in names("where Active in (true, false)")
    assert names("where Active = false") == {"Blue Heron Couriers (deleted)"}
