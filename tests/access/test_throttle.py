"""Limits hold, in this process and across processes, and a lost Redis stops nobody for long."""

from __future__ import annotations

import pytest

from invoice_ai.access.throttle import Throttle, TooMany


def test_the_limit_holds_per_name() -> None:
    throttle = Throttle()
    for _ in range(3):
        throttle.check("3/minute", "upload", "a")
        throttle.count("3/minute", "upload", "a")
    with pytest.raises(TooMany) as refused:
        throttle.check("3/minute", "upload", "a")
    assert 1 <= refused.value.retry_after <= 60
    throttle.check("3/minute", "upload", "b")


def test_checking_costs_nothing() -> None:
    throttle = Throttle()
    for _ in range(10):
        throttle.check("1/minute", "x")


def test_taking_checks_and_counts_in_one() -> None:
    throttle = Throttle()
    throttle.take("2/minute", "login", "a")
    throttle.take("2/minute", "login", "a")
    with pytest.raises(TooMany):
        throttle.take("2/minute", "login", "a")


def test_two_processes_share_one_limit_through_redis(redis_url: str) -> None:
    one, other = Throttle(redis_url), Throttle(redis_url)
    one.count("2/minute", "upload", "a")
    other.count("2/minute", "upload", "a")
    with pytest.raises(TooMany):
        one.check("2/minute", "upload", "a")
    with pytest.raises(TooMany):
        other.check("2/minute", "upload", "a")


def test_when_redis_is_away_each_process_counts_for_itself() -> None:
    throttle = Throttle("redis://127.0.0.1:1/0")
    throttle.check("1/minute", "upload", "a")
    throttle.count("1/minute", "upload", "a")
    with pytest.raises(TooMany):
        throttle.check("1/minute", "upload", "a")


@pytest.mark.parametrize("limit", ["10/minute", "1/second", "600 per hour"])
def test_limits_are_read_as_people_write_them(limit: str) -> None:
    assert Throttle.understands(limit)


@pytest.mark.parametrize("limit", ["", "ten a minute", "10/fortnight", "-1/minute"])
def test_a_limit_that_makes_no_sense_is_not_understood(limit: str) -> None:
    assert not Throttle.understands(limit)
