"""Dates that cannot be, and dates that can be read in two ways."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from tests.checks.sample_invoice import TODAY, bill, findings, found, outcome

from invoice_ai.domain.invoice import Candidate


def test_an_invoice_of_tomorrow_is_a_time_zone_and_of_next_week_is_not() -> None:
    assert outcome(bill(invoice_date=TODAY + timedelta(days=1)), "date_in_future") == "passed"
    (finding,) = findings(bill(invoice_date=TODAY + timedelta(days=2)), "date_in_future")
    assert (finding.outcome, finding.code) == ("failed", "future_date")
    assert (finding.printed, finding.computed) == ("2024-06-03", "2024-06-01")


def test_an_invoice_older_than_a_year_is_found() -> None:
    assert outcome(bill(invoice_date=date(2023, 6, 1)), "date_too_old") == "passed"
    assert outcome(bill(invoice_date=date(2023, 5, 31)), "date_too_old") == "failed"


def test_without_a_date_nothing_can_be_said_of_it() -> None:
    nothing = bill(invoice_date=None)
    for check in ("date_in_future", "date_too_old", "due_before_date"):
        assert outcome(nothing, check) == "not_possible"


def test_nothing_is_due_before_it_was_billed() -> None:
    assert outcome(bill(due_date=date(2024, 5, 20)), "due_before_date") == "passed"
    (finding,) = findings(bill(due_date=date(2024, 5, 19)), "due_before_date")
    assert finding.outcome == "failed"
    assert finding.message == "Due on 2024-05-19, before the invoice date 2024-05-20."


def test_a_period_does_not_end_before_it_starts() -> None:
    may = {"period_start": date(2024, 5, 1), "period_end": date(2024, 5, 31)}
    assert outcome(bill(**may), "BR-29") == "passed"
    assert outcome(bill(**{**may, "period_end": date(2024, 4, 30)}), "BR-29") == "failed"
    assert outcome(bill(), "BR-29") == "not_possible"


def test_a_date_that_can_be_read_two_ways_shows_both() -> None:
    day = found(date(2017, 3, 12), reasons=("ambiguous_date",))
    day = replace(
        day, raw="12/03/2017", candidates=(Candidate(date(2017, 12, 3), "12/03/2017", 0.4, "text"),)
    )
    (finding,) = findings(bill(due_date=day), "ambiguous_date")
    assert finding.message == (
        "Due date is printed as 12/03/2017, which can be read two ways: 2017-03-12 or 2017-12-03."
    )
    assert finding.fields == ("due_date",)
    assert outcome(bill(), "ambiguous_date") == "passed"
