"""One refresh at a time, whatever the number of processes, and what happens when there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import update
from tests.quickbooks.office import Office, an_invoice, sign_in
from tests.servers import die_with_parent

from invoice_ai import workflow
from invoice_ai.errors import Misconfigured, Unavailable
from invoice_ai.quickbooks.sealing import Seal, SealBroken, new_key, read_keys
from invoice_ai.quickbooks.trouble import ReconnectNeeded
from invoice_ai.store.tables import qb_connection
from invoice_ai.store.types import db_now

OpenOffice = Callable[..., Office]
TOKENS = "/oauth2/v1/tokens/bearer$"

ASK_FOR_A_TOKEN = """
import sys
from pathlib import Path
from invoice_ai import workflow
from invoice_ai.settings import load_settings
root, url, address = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
folders = {f"{n}_folder": root / n for n in ("incoming", "generated", "log", "upload", "data")}
place = workflow.open_workplace(
    load_settings(_env_file=None, **folders, database_url=url, quickbooks_base_url=address)
)
print("ready", flush=True)
sys.stdin.readline()
print(workflow.access_token(place), flush=True)
"""


def let_token_end(office: Office) -> None:
    with office.place.database.writing() as session:
        session.execute(update(qb_connection).values(access_expires_at=db_now(60)))


def test_eight_processes_at_expiry_make_one_token_request(
    open_office: OpenOffice, database_url: str, tmp_path: Path
) -> None:
    office = open_office(url=database_url)
    office.server.settings(rotation_seconds=0, revoke_on_reuse=True)
    let_token_end(office)
    before = len(office.posts(TOKENS))
    command = [sys.executable, "-c", ASK_FOR_A_TOKEN, str(tmp_path), database_url]
    processes = [
        subprocess.Popen(
            [*command, office.server.address],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
            text=True,
        )
        for _ in range(8)
    ]
    for process in processes:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    tokens = {process.communicate(timeout=60)[0].splitlines()[-1] for process in processes}
    assert len(tokens) == 1
    assert len(office.posts(TOKENS)) - before == 1


def test_a_token_refused_in_the_middle_is_refreshed_and_the_request_repeated(
    office: Office,
) -> None:
    office.server.fault("expire_access", method="POST", path="/bill$")
    invoice_id = office.approve(an_invoice("TK-1"))
    office.work()
    assert len(office.booked(invoice_id)) == 1
    ids = [row["query"]["requestid"] for row in office.posts("/bill$")]
    assert len(ids) == 2 and len(set(ids)) == 1


def test_a_revoked_connection_asks_for_a_person_and_loses_nothing(office: Office) -> None:
    office.server.user("revoke_app", office.realm)
    let_token_end(office)
    ids = [office.approve(an_invoice(f"RV-{n}", net=f"{20 + n}.00")) for n in range(3)]
    for _ in ids:
        job = workflow.take_job(office.place, worker="test", lease_seconds=30)
        assert job is not None
        workflow.run_job(office.place, job)
    status = workflow.connection_status(office.place)
    assert status.state == "needs_reconnect" and status.waiting == {"queued": 3}
    assert {office.record(i).status for i in ids} == {"approved"}
    with pytest.raises(ReconnectNeeded):
        workflow.access_token(office.place)
    sign_in(office.place, office.realm)
    office.work()
    assert {office.record(i).status for i in ids} == {"synced"}


def test_wrong_keys_are_told_and_heal_by_themselves(office: Office) -> None:
    office.server.settings(client=["another", "app"])
    let_token_end(office)
    with pytest.raises(Exception, match="QUICKBOOKS_CLIENT_ID"):
        workflow.access_token(office.place)
    assert workflow.connection_status(office.place).state == "misconfigured"
    office.server.settings(client=None)
    workflow.access_token(office.place)
    assert workflow.connection_status(office.place).state == "connected"


def test_an_intuit_that_does_not_answer_ends_no_connection(office: Office) -> None:
    office.server.fault({"status": 503}, path=TOKENS)
    let_token_end(office)
    with pytest.raises(Unavailable):
        workflow.access_token(office.place)
    assert workflow.connection_status(office.place).state == "connected"
    workflow.access_token(office.place)


def test_the_end_of_the_connection_is_told_a_month_before(office: Office) -> None:
    with office.place.database.writing() as session:
        session.execute(update(qb_connection).values(refresh_expires_at=db_now(20 * 86_400)))
    assert workflow.connection_status(office.place).ends_soon


def test_a_sealed_token_opens_only_as_what_it_is() -> None:
    old, new = new_key(), new_key()
    sealed = Seal([old]).close("secret", purpose="access", owner="1")
    assert Seal([new, old]).open(sealed, purpose="access", owner="1") == "secret"
    for purpose, owner, keys in (
        ("refresh", "1", [old]),
        ("access", "2", [old]),
        ("access", "1", [new]),
    ):
        with pytest.raises(SealBroken):
            Seal(keys).open(sealed, purpose=purpose, owner=owner)
    rotated = Seal([new, old]).rotate(sealed)
    assert Seal([new]).open(rotated, purpose="access", owner="1") == "secret"


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    keys = read_keys("", file)
    assert read_keys("", file) == keys
    file.chmod(0o644)
    with pytest.raises(Misconfigured, match="chmod 600"):
        read_keys("", file)
