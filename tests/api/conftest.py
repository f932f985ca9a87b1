"""A real service on a free port: uvicorn as we run it, real SQLite, real files."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI

from invoice_ai.api.application import create_app
from invoice_ai.api.body import USUAL, Patience
from invoice_ai.api.server import server_options
from invoice_ai.settings import Settings
from invoice_ai.workflow import Workplace

SOME_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True)
class Service:
    """The running service, as a client sees it; `place` is what it works with."""

    app: FastAPI
    settings: Settings

    @property
    def address(self) -> tuple[str, int]:
        return ("127.0.0.1", self.settings.port)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @property
    def place(self) -> Workplace:
        place = self.app.state.place
        assert isinstance(place, Workplace)
        return place

    def client(self, **headers: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, headers=headers, trust_env=False, timeout=30)

    def say(self, *pieces: bytes, wait: float = 10) -> bytes:
        """Send raw bytes and return whatever comes back until the connection is closed."""
        with socket.create_connection(self.address, timeout=wait) as connection:
            answer = b""
            try:
                for piece in pieces:
                    connection.sendall(piece)
                while more := connection.recv(65536):
                    answer += more
            except (TimeoutError, ConnectionError):
                pass
            return answer


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(settings: Settings, patience: Patience = USUAL, **options: Any) -> Iterator[Service]:
    """Serve in a thread until the block ends."""
    app = create_app(settings, patience=patience)
    config = uvicorn.Config(app, **(server_options(settings) | options))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        assert thread.is_alive() and time.monotonic() < until, "the service did not start"
        time.sleep(0.01)
    try:
        yield Service(app, settings)
    finally:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive(), "the service did not stop"


MakeSettings = Callable[..., Settings]


def settings_in(folder: Path, template: Path, **more: Any) -> Settings:
    folder.mkdir(parents=True, exist_ok=True)
    database = folder / "invoice_ai.db"
    shutil.copyfile(template, database)
    return Settings(
        _env_file=None,
        **{
            "port": free_port(),
            "database_url": f"sqlite:///{database}",
            "incoming_folder": folder / "incoming",
            "generated_folder": folder / "generated",
            "upload_folder": folder / "uploads",
            "data_folder": folder / "data",
            "log_folder": folder / "logs",
            "upload_rate_limit": "10000/minute",  # the default has a test of its own
            **more,
        },
    )


@pytest.fixture
def make_settings(tmp_path: Path, sqlite_template: Path) -> MakeSettings:
    """Settings with folders and a database of their own; keywords change what a test is about."""
    return lambda **more: settings_in(tmp_path, sqlite_template, **more)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Service]:
    """One service for all tests of a module that only look."""
    with running(settings_in(tmp_path_factory.mktemp("service"), sqlite_template)) as service:
        yield service


@pytest.fixture
def service(make_settings: MakeSettings) -> Iterator[Service]:
    """A service of one's own."""
    with running(make_settings()) as service:
        yield service
