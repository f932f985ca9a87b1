"""Work side by side in processes of their own, so that no document can end the run."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

SECONDS_PER_ITEM = 600.0  # slowest measured scan page 2 s × 200 pages, and slack


@dataclass(frozen=True, slots=True)
class Lost:
    """The process ended or was stopped before it answered."""

    why: str


@dataclass
class _Lane(Generic[Item]):
    process: BaseProcess
    pipe: Connection
    item: Item
    deadline: float


def run_in_lanes(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    jobs: int,
    seconds: float = SECONDS_PER_ITEM,
) -> Iterator[tuple[Item, Result | Lost]]:
    """Yield (item, result) as they finish, `jobs` at a time.

    Args:
        work: A module-level function; runs in a fresh interpreter that is reused from item to
            item. It must not raise: a raised exception ends its process and the item is `Lost`.
        seconds: After that long an item's process is killed and the item is `Lost`.
    """
    waiting = list(reversed(items))
    lanes: list[_Lane[Item]] = []
    context = multiprocessing.get_context("spawn")

    def open_lane() -> tuple[BaseProcess, Connection]:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, work))
        process.start()
        theirs.close()
        return process, ours

    def give(process: BaseProcess, pipe: Connection) -> None:
        item = waiting.pop()
        pipe.send(item)
        lanes.append(_Lane(process, pipe, item, time.monotonic() + seconds))

    try:
        for _ in range(min(max(1, jobs), len(items))):
            give(*open_lane())
        while lanes:
            ready = wait([lane.pipe for lane in lanes], timeout=1.0)
            for lane in [x for x in lanes if x.pipe in ready or time.monotonic() > x.deadline]:
                lanes.remove(lane)
                if lane.pipe not in ready:
                    lane.process.kill()
                    result: Result | Lost = Lost(f"stopped after {seconds:.0f} s")
                else:
                    result = _answer(lane)
                if isinstance(result, Lost):
                    lane.process.join(10)
                    lane.pipe.close()
                    if waiting:
                        give(*open_lane())
                elif waiting:
                    give(lane.process, lane.pipe)
                else:
                    lane.pipe.send(None)
                    lane.process.join(10)
                    lane.pipe.close()
                yield lane.item, result
    finally:
        for lane in lanes:
            lane.process.kill()


def _answer(lane: _Lane[Item]) -> Any:
    try:
        return lane.pipe.recv()
    except (EOFError, OSError):
        lane.process.join(10)
        return Lost(f"its process ended with exit code {lane.process.exitcode}")


def _serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    try:
        while (item := pipe.recv()) is not None:
            pipe.send(work(item))
    except (EOFError, KeyboardInterrupt):
        pass
    pipe.close()
    os._exit(0)  # nothing to tidy up, and native engines are slow at it
