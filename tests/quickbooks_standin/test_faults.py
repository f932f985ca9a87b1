"""Ordered trouble does to a call what its row of the table says, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from tests.quickbooks_server import QuickBooksServer, web
from tests.quickbooks_standin.bodies import bill, error, vendor_id
from tests.quickbooks_standin.test_attachments import sent_file

from invoice_ai.quickbooks_standin.faults import FAULTS, STEPS, FaultKind

Send = Callable[[httpx2.Client, str], httpx2.Response]


def send_bill(client: httpx2.Client, name: str) -> httpx2.Response:
    asked = bill(vendor_id(client), DocNumber=name)
    return client.post("bill", json=asked, params={"requestid": name, "minorversion": "75"})


def send_vendor(client: httpx2.Client, name: str) -> httpx2.Response:
    params = {"requestid": name, "minorversion": "75"}
    return client.post("vendor", json={"DisplayName": name}, params=params)


def send_file(client: httpx2.Client, name: str) -> httpx2.Response:
    return sent_file(client, f"{name}.pdf", b"%PDF-1.7", vendor_id(client))


WRITES: dict[str, tuple[Send, str]] = {
    "bill": (send_bill, "select count(*) from Bill"),
    "vendor": (send_vendor, "select count(*) from Vendor"),
    "upload": (send_file, "select count(*) from Attachable"),
}


def count(client: httpx2.Client, statement: str) -> int:
    answer = client.get("query", params={"query": statement})
    return int(answer.json()["QueryResponse"]["totalCount"])


@pytest.mark.parametrize("step", list(WRITES))
@pytest.mark.parametrize("kind", FAULTS, ids=[kind.name for kind in FAULTS])
def test_every_fault_saves_and_answers_as_its_row_says(
    quickbooks: QuickBooksServer, kind: FaultKind, step: str
) -> None:
    if kind.name == "rotate_refresh_drop_reply":
        return check_lost_rotation(quickbooks)
    send, statement = WRITES[step]
    client = quickbooks.client()
    before = count(client, statement)
    action = {kind.name: 0.2} if kind.name.startswith("hang") else kind.action
    quickbooks.fault(action, **STEPS[step], times=1)
    try:
        send(client, "Trouble Ltd")
        answered = True
    except httpx2.TransportError:
        answered = False
    assert answered == kind.answered
    if kind.name in ("expire_access", "revoke_refresh"):
        client = quickbooks.client()
    quickbooks.advance(11)  # the longest lag of reading
    made = count(client, statement) - before
    twice = kind.name == "duplicate_commit" and step == "bill"
    assert made == (2 if twice else int(kind.saved is True))
    # Once ordered for one call, it is over with the next.
    assert send(client, "Peace Ltd").status_code == 200
    return None


def check_lost_rotation(server: QuickBooksServer) -> None:
    value = server.tokens()["refresh_token"]
    server.fault("rotate_refresh_drop_reply", **STEPS["token"])
    asked = {"grant_type": "refresh_token", "refresh_token": value}
    address = f"{server.address}/oauth2/v1/tokens/bearer"
    with pytest.raises(httpx2.TransportError):
        web.post(address, data=asked, auth=("app", "secret"))
    assert web.post(address, data=asked, auth=("app", "secret")).status_code == 400


def test_the_nth_call_of_one_company_is_hit_and_counted(quickbooks: QuickBooksServer) -> None:
    client = quickbooks.client()
    quickbooks.fault({"fault": "6000", "detail": "On order"}, **STEPS["bill"], nth=2, times=2)
    codes = [send_bill(client, f"N-{at}").status_code for at in range(4)]
    assert codes == [200, 400, 400, 200]
    shown = quickbooks.control("GET", "faults")["faults"][0]
    assert (shown["seen"], shown["fired"]) == (4, 2)


def test_the_same_request_id_gets_the_first_answer_until_it_is_forgotten(
    quickbooks: QuickBooksServer,
) -> None:
    client = quickbooks.client()
    quickbooks.settings(requestid_seconds=3000)
    quickbooks.fault("drop_after_commit", **STEPS["bill"])
    with pytest.raises(httpx2.TransportError):
        send_bill(client, "R-1")
    assert send_bill(client, "R-1").json()["Bill"]["DocNumber"] == "R-1"
    assert len(quickbooks.documents()) == 1
    quickbooks.advance(3001)
    assert error(send_bill(client, "R-1"))[1] == "6140"  # forgotten: a new bill, if its number were


@pytest.mark.parametrize(
    ("mode", "second"), [("ignore", "6140"), ("error600", "600"), ("replay", "200")]
)
def test_request_ids_can_be_treated_otherwise(
    quickbooks: QuickBooksServer, mode: str, second: str
) -> None:
    client = quickbooks.client()
    quickbooks.settings(requestid_mode=mode)
    send_bill(client, "R-2")
    answer = send_bill(client, "R-2")
    assert second == ("200" if answer.status_code == 200 else error(answer)[1])


def test_a_failure_is_replayed_only_when_that_is_ordered(quickbooks: QuickBooksServer) -> None:
    client = quickbooks.client()
    params = {"requestid": "R-3", "minorversion": "75"}
    for mode, status in (("replay", 200), ("replay_failures_too", 400)):
        quickbooks.settings(requestid_mode=mode)
        params["requestid"] = mode
        assert client.post("vendor", params=params, json={"DisplayName": ""}).status_code == 400
        answer = client.post("vendor", params=params, json={"DisplayName": mode})
        assert answer.status_code == status
    long = {"requestid": "x" * 51, "minorversion": "75"}
    assert error(client.post("vendor", params=long, json={"DisplayName": "L"}))[1] == "2130"


@pytest.mark.parametrize(
    "order",
    [
        {"action": "explode"},
        {"action": {"drop_before": None, "status": 500}},
        {"action": {"requestid_mode": "sometimes"}},
        {"match": {"path": "("}, "action": "drop_before"},
        {"match": {"when": "always"}, "action": "drop_before"},
        {},
    ],
)
def test_an_order_that_makes_no_sense_is_refused(
    quickbooks: QuickBooksServer, order: dict[str, Any]
) -> None:
    answer = web.post(f"{quickbooks.address}/_sim/faults", json=order)
    assert answer.status_code == 400
    assert answer.json()["error"]
