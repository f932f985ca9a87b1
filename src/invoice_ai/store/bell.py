"""The bell that wakes workers: huey's storage in a file of its own or in Redis, and nothing but ids.

A bell may be lost, doubled or late without harm: the jobs table is the truth and workers look there
by themselves every few seconds. So Redis may be flushed, `wake.db` may be deleted, and neither is
worth waiting for. A message is a job's id as JSON: who can write to Redis cannot run code here.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import redis
import structlog
from huey import Huey, RedisHuey, SqliteHuey

# More bells than workers could hear at once are noise; each one waiting already promises a look at
# the table that happens after now.
ENOUGH_BELLS = 32
_BROKEN = (redis.RedisError, sqlite3.Error, OSError)
_log = structlog.get_logger("invoice_agent")


class Bell:
    """Rings for workers; `huey` is what its consumer listens to."""

    def __init__(self, huey: Huey) -> None:
        self.huey = huey

    def ring(self, job_id: int) -> None:
        """Say that a job waits. Never fails: the workers would find it anyway."""
        try:
            storage: Any = self.huey.storage
            if storage.queue_size() < ENOUGH_BELLS:
                storage.enqueue(json.dumps(job_id).encode())
        except _BROKEN as broken:
            _log.warning("bell_not_heard", job=job_id, error=str(broken))

    def heard(self) -> bool:
        """Take one message if there is one; with Redis this waits for up to a second.

        Raises: OSError, sqlite3.Error, redis.RedisError: the line is down; look at the table.
        """
        return self.huey.storage.dequeue() is not None

    def close(self) -> None:
        """Close the line of this process."""
        self.huey.storage.close()


def open_bell(data_folder: Path, redis_url: str) -> Bell:
    """The bell in Redis when there is one, else in `data_folder/wake.db`."""
    if redis_url:
        # A dead Redis must not hold up an upload: give up after two seconds.
        pool = redis.ConnectionPool.from_url(
            redis_url, socket_connect_timeout=2, socket_timeout=5, health_check_interval=30
        )
        return Bell(RedisHuey("invoice", results=False, connection_pool=pool))
    file = data_folder / "wake.db"
    try:
        return Bell(_file_bell(file))
    except sqlite3.DatabaseError:
        # Damaged: it holds nothing that the table does not know.
        for leftover in file.parent.glob(f"{file.name}*"):
            leftover.unlink(missing_ok=True)
        return Bell(_file_bell(file))


def _file_bell(file: Path) -> Huey:
    # Without fsync: a bell lost by power failure is found by the next look at the table.
    return SqliteHuey("invoice", results=False, filename=str(file), fsync=False)
