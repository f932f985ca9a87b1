"""Worker processes do every job once, whatever a job or an operator does to them."""

from __future__ import annotations

import signal
import time

from tests.jobs.conftest import Lab
from tests.servers import wait_until


def test_jobs_are_done_within_a_moment_of_the_bell(lab: Lab) -> None:
    lab.start()
    first = lab.add("cpu-0")
    wait_until(lambda: lab.state_of(first) == "done", seconds=20)
    begun = time.monotonic()
    second = lab.add("cpu-0", 1)
    wait_until(lambda: lab.state_of(second) == "done", seconds=10)
    assert time.monotonic() - begun < 3


def test_jobs_are_done_even_if_the_bell_never_rings(lab: Lab) -> None:
    for number in range(5):
        lab.add("cpu-0", number, ring=False)
    lab.start()
    lab.wait_for(20, done=5)


def test_a_long_job_keeps_its_lease_and_runs_once(lab: Lab) -> None:
    lab.start()
    lab.add("busy-4.5")  # half as long again as the lease, and well before the deadline
    lab.wait_for(30, done=1)
    assert lab.executions() == 1


def test_a_job_that_kills_its_worker_ends_as_failed_and_the_others_are_done(lab: Lab) -> None:
    poison = lab.add("kill", max_attempts=3)
    for number in range(5):
        lab.add("cpu-0.05", number)
    lab.start()
    lab.wait_for(40, done=5, dead=1)
    assert lab.status_of(poison) == ("failed", "worker_lost")
    assert lab.executions() == 5 + 3


def test_a_transient_fault_is_tried_again_and_then_shown(lab: Lab) -> None:
    faulty = lab.add("raise", max_attempts=3)
    lab.start()
    lab.wait_for(20, dead=1)
    assert lab.status_of(faulty) == ("failed", "unavailable")
    assert lab.executions() == 3


def test_a_job_that_never_ends_is_stopped_at_its_deadline_and_not_tried_again(lab: Lab) -> None:
    hanging = lab.add("hang")
    other = lab.add("cpu-0.1")
    lab.start()
    wait_until(lambda: lab.state_of(hanging) == "dead", seconds=30)
    assert lab.status_of(hanging) == ("failed", "timeout")
    assert lab.state_of(other) == "done" and lab.executions() == 2


def test_a_job_that_holds_the_interpreter_for_ever_does_not_hold_its_process(lab: Lab) -> None:
    frozen = lab.add("freeze", max_attempts=1)
    lab.start()
    wait_until(lambda: lab.state_of(frozen) == "dead", seconds=30)  # its heart stopped beating
    assert lab.status_of(frozen) == ("failed", "worker_lost")
    started = {p.pid for p in lab.processes()}
    wait_until(lambda: {p.pid for p in lab.processes()} - started, seconds=30, what="a new process")


def test_asked_to_stop_the_workers_finish_what_they_are_at(lab: Lab) -> None:
    consumer = lab.start()
    job = lab.add("sleep-2")
    waiting = [lab.add("cpu-0.01", number) for number in range(3)]
    wait_until(lambda: lab.running_pids(), seconds=20)
    consumer.send_signal(signal.SIGTERM)
    consumer.wait(15)
    assert lab.state_of(job) == "done"
    assert {lab.state_of(w) for w in waiting} <= {"done", "queued"}
    assert not lab.processes()


def test_told_to_stop_at_once_the_workers_give_their_jobs_back(lab: Lab) -> None:
    consumer = lab.start()
    job = lab.add("sleep-8")
    wait_until(lambda: lab.running_pids(), seconds=20)
    consumer.send_signal(signal.SIGINT)
    consumer.wait(15)
    assert lab.state_of(job) == "queued"
    assert not lab.processes()
