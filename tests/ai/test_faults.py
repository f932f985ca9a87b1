"""The breaker opens, waits, lets one question through, and closes."""

from __future__ import annotations

import time

import pytest

from invoice_ai.ai.faults import (
    FAULTS_TO_OPEN,
    OPEN_LASTING_SECONDS,
    OPEN_SECONDS,
    Breaker,
    ModelFault,
    try_again,
)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def busy() -> ModelFault:
    return ModelFault("The service is busy.", code="ai_busy")


def test_it_opens_after_faults_in_a_row_and_tries_again_after_the_pause() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    for _ in range(FAULTS_TO_OPEN):
        breaker.check()
        breaker.failed(busy())
    with pytest.raises(ModelFault) as paused:
        breaker.check()
    assert paused.value.code == "ai_paused"
    clock.now += OPEN_SECONDS + 1
    breaker.check()
    breaker.failed(busy())  # still busy: open again at once
    with pytest.raises(ModelFault):
        breaker.check()
    clock.now += OPEN_SECONDS + 1
    breaker.succeeded()
    breaker.failed(busy())
    breaker.check()


def test_a_lasting_fault_opens_it_at_once_and_longer() -> None:
    clock = Clock()
    breaker = Breaker(clock)
    breaker.failed(ModelFault("The key was refused.", code="ai_key_refused", lasting=True))
    clock.now += OPEN_LASTING_SECONDS - 1
    with pytest.raises(ModelFault, match="key was refused"):
        breaker.check()


def test_no_attempt_begins_after_the_time_is_over() -> None:
    attempts = []

    def attempt() -> None:
        attempts.append(1)
        raise busy()

    with pytest.raises(ModelFault):
        try_again(attempt, retries=5, until=time.monotonic())
    assert len(attempts) == 1
