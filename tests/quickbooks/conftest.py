from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.quickbooks.office import Office, settings_for, sign_in
from tests.quickbooks_server import CA, GB, US, QuickBooksServer
from tests.quickbooks_standin.checker import findings

from invoice_ai import workflow
from invoice_ai.workflow import connecting


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QuickBooksServer]:
    server = QuickBooksServer(tmp_path_factory.mktemp("quickbooks"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(running: QuickBooksServer) -> QuickBooksServer:
    """A stand-in as started for the first time, without rate limits."""
    running.reset()
    running.no_limits()
    return running


@pytest.fixture
def open_office(
    server: QuickBooksServer, tmp_path: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Office]]:
    """Connect to a company; every amount goes to Office Supplies unless told otherwise."""
    monkeypatch.setattr(connecting, "SPACING_SECONDS", 0.0)  # the stand-in has no limits here
    opened = []

    def open_office(realm: str = US, *, account: str = "1", url: str = sqlite_url) -> Office:
        place = workflow.open_workplace(settings_for(tmp_path, server, url))
        opened.append(place)
        sign_in(place, realm)
        workflow.set_rules(
            place, publish="on_approval", default_account=account, pay_from="", actor="ana"
        )
        return Office(place, server, realm)

    yield open_office
    for place in opened:
        workflow.close_workplace(place)
    # Whatever the test was about: all that was sent is as QuickBooks documents it.
    assert findings(server.calls("/v3/"), {US: "US", GB: "GB", CA: "CA"}) == []


@pytest.fixture
def office(open_office: Callable[..., Office]) -> Office:
    return open_office()
