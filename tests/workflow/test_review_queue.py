"""Whose turn it is: the oldest first, what was put off last, and nothing that somebody works on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from tests.samples import pdf_invoice
from tests.workflow.test_reviewing import in_review, load, settle_everything

from invoice_ai import workflow
from invoice_ai.errors import BadRequest, Conflict, NotFound
from invoice_ai.review import Change
from invoice_ai.store import reviews, vendors
from invoice_ai.store.reviews import Queue
from invoice_ai.workflow import Received, Workplace

Upload = Callable[..., Received]
Work = Callable[[], int]


@pytest.fixture
def waiting(place: Workplace, upload: Upload, work: Work) -> list[int]:
    """Three invoices in review, oldest first."""
    got = [upload(pdf_invoice(f"RE-30{n}1"), f"{n}.pdf").invoice_id for n in range(3)]
    work()
    return [in_review(place, number).id for number in got]


def queue(place: Workplace, number: int, actor: str = "Ana") -> Queue:
    with place.database.reading() as session:
        return reviews.queue_at(session, number, actor=actor)


def test_the_oldest_comes_first_and_the_last_leads_back_to_it(
    place: Workplace, waiting: list[int]
) -> None:
    one, two, three = waiting
    assert queue(place, one) == Queue(1, 3, None, two)
    assert queue(place, two) == Queue(2, 3, one, three)
    assert queue(place, three) == Queue(3, 3, two, one)


def test_what_was_put_off_comes_last_until_that_is_undone(
    place: Workplace, waiting: list[int]
) -> None:
    one, two, three = waiting
    workflow.park(place, one, actor="Ana")
    assert queue(place, one) == Queue(3, 3, three, two)
    assert queue(place, three) == Queue(2, 3, two, one)
    workflow.undo(place, one, actor="Ana")
    assert queue(place, one).position == 1


def test_what_somebody_works_on_is_passed_over(place: Workplace, waiting: list[int]) -> None:
    one, two, three = waiting
    workflow.claim(place, two, actor="Ben")
    assert queue(place, one).next_id == three
    assert queue(place, one, "Ben").next_id == two
    with place.database.reading() as session:
        assert reviews.first_waiting(session, actor="Ana") == one
    for number in waiting:
        workflow.claim(place, number, actor="Ben", take_over=True)
    with place.database.reading() as session:
        assert reviews.first_waiting(session, actor="Ana") is None


def test_a_wrong_sum_needs_a_reason_also_when_it_only_warns(
    place: Workplace, waiting: list[int]
) -> None:
    wrong = workflow.correct(
        place, waiting[0], [Change("set", "lines[0].amount", Decimal("90.00"))], actor="Ana"
    )
    failed = [f for f in wrong.findings if f.outcome == "failed" and f.code == "sum_mismatch"]
    assert failed and any(f.severity == "warn" for f in failed)
    for finding in failed:
        with pytest.raises(BadRequest, match="Say why"):
            workflow.let_pass(place, wrong.id, {finding.key: " "}, actor="Ana")
    passed = workflow.let_pass(place, wrong.id, {f.key: "A rebate" for f in failed}, actor="Ana")
    assert all(f.severity == "info" for f in passed.findings if f.key in {g.key for g in failed})


def test_changes_and_passes_are_made_together_or_not_at_all(
    place: Workplace, waiting: list[int]
) -> None:
    before = load(place, waiting[0])
    with pytest.raises(BadRequest, match="has not failed"):
        workflow.correct(
            place,
            before.id,
            [Change("set", "purchase_order", "PO-1")],
            let_pass={"no such check": "because"},
            actor="Ana",
        )
    assert load(place, before.id) == before


def test_an_invoice_is_linked_to_a_vendor_on_file(place: Workplace, waiting: list[int]) -> None:
    with place.database.writing() as session:
        vendor_id = vendors.add(session, "Nordlicht Holding SE")
        assert vendors.closest(session, "Nordlicht Werkzeuge GmbH") == (
            (vendor_id, "Nordlicht Holding SE"),
        )
    linked = workflow.link_vendor(place, waiting[0], vendor_id, actor="Ana")
    assert linked.vendor_id == vendor_id
    approved = workflow.approve(place, settle_everything(place, linked, "Ana").id, actor="Ana")
    assert approved.vendor_id == vendor_id  # and no second vendor was made of its name
    with place.database.reading() as session:
        assert vendors.invoices_of(session, vendor_id) == 1
    with pytest.raises(NotFound):
        workflow.link_vendor(place, waiting[1], 999, actor="Ana")
    with pytest.raises(Conflict):
        workflow.link_vendor(place, waiting[0], vendor_id, actor="Ana")


def test_a_persons_pace_counts_only_her_own_day(place: Workplace, waiting: list[int]) -> None:
    with place.database.writing() as session:
        for seconds in (10, 20, 60):
            events = [("open", "", 0), ("decide", "approve", seconds * 1000)]
            reviews.note_events(session, waiting[0], actor="Ana", events=events)
        reviews.note_events(session, waiting[0], actor="Ben", events=[("decide", "", 1)])
    now = datetime.now(UTC)
    with place.database.reading() as session:
        assert reviews.pace_of(session, "Ana", now) == reviews.Pace(3, 20)
        assert reviews.pace_of(session, "Ana", now + timedelta(days=1)) == reviews.Pace(0, None)
