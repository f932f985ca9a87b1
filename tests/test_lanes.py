"""No document can end a run over many."""

from __future__ import annotations

import os
import signal
import time

from invoice_ai.lanes import Lost, run_in_lanes


def _work(item: int) -> int:
    if item == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if item == 5:
        time.sleep(60)
    return item * item


def test_a_killed_and_a_hanging_process_cost_only_their_own_item() -> None:
    answers = dict(run_in_lanes(range(8), _work, jobs=2, seconds=4))
    assert sorted(answers) == list(range(8))
    assert isinstance(answers[3], Lost)
    assert "-9" in answers[3].why
    assert isinstance(answers[5], Lost)
    assert "stopped after 4 s" in answers[5].why
    assert [answers[i] for i in (0, 1, 2, 4, 6, 7)] == [0, 1, 4, 16, 36, 49]


def test_nothing_to_do_is_done_at_once() -> None:
    assert list(run_in_lanes([], _work, jobs=4)) == []
