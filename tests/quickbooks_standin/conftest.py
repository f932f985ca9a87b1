from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.quickbooks_server import QuickBooksServer


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickBooksServer]:
    server = QuickBooksServer(tmp_path_factory.mktemp("quickbooks"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def quickbooks(running: QuickBooksServer) -> QuickBooksServer:
    """A stand-in as started for the first time, without rate limits."""
    running.reset()
    running.no_limits()
    return running
