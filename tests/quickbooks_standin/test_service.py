"""Limits, restarts, changes, batches, webhooks, XML and the capture of the whole service."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from tests.quickbooks_server import US, QuickBooksServer, web
from tests.quickbooks_standin.bodies import bill, error, vendor_id
from tests.quickbooks_standin.test_attachments import sent_file
from tests.servers import wait_until

from invoice_ai.quickbooks_standin.exchange import Request
from invoice_ai.quickbooks_standin.standin import Standin
from quickbooks import QuickBooks


def test_the_eleventh_request_of_a_second_is_told_to_wait(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    quickbooks.settings(a_second=10, a_minute=500)
    codes = [us.get("companyinfo/1").status_code for _ in range(14)]
    assert codes[:10] == [200] * 10
    refused = us.get("companyinfo/1") if 429 not in codes else None
    assert 429 in codes or (refused and refused.status_code == 429)
    quickbooks.advance(1)
    assert us.get("companyinfo/1").status_code == 200


def test_500_a_minute_and_40_batches_a_minute(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    quickbooks.settings(a_second=0, a_minute=30, batches_a_minute=3)
    item = {"bId": "1", "operation": "create", "Vendor": {"DisplayName": ""}}
    batches = [us.post("batch", json={"BatchItemRequest": [item]}) for _ in range(4)]
    assert [one.status_code for one in batches] == [200, 200, 200, 429]
    codes = [us.get("companyinfo/1").status_code for _ in range(28)]
    assert (codes[0], codes[-1]) == (200, 429)
    refused = us.get("companyinfo/1").json()["fault"]["error"][0]
    assert (refused["code"], "ThrottleExceeded" in refused["message"]) == ("3001", True)
    quickbooks.advance(60)
    assert us.get("companyinfo/1").status_code == 200


def test_used_up_reads_stop_reads_only(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    vendor = vendor_id(us)
    quickbooks.settings(reads_left=0)
    assert us.get("companyinfo/1").status_code == 429
    assert us.post("query", content=b"select * from Bill").status_code == 429
    assert us.post("bill", json=bill(vendor)).status_code == 200


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    server = QuickBooksServer(tmp_path, ["--state", str(tmp_path / "state.db")])
    server.start()
    server.no_limits()
    us = server.client()
    params = {"requestid": "k-1", "minorversion": "75"}
    asked = bill(vendor_id(us), DocNumber="K-1")
    made = us.post("bill", json=asked, params=params).json()["Bill"]
    file = sent_file(us, "k.pdf", b"%PDF", made["Id"], entity="Bill").json()
    server.kill()
    server.start()
    assert us.get(f"bill/{made['Id']}").json()["Bill"] == made
    assert us.post("bill", json=asked, params=params).json()["Bill"] == made
    id_ = file["AttachableResponse"][0]["Attachable"]["Id"]
    assert web.get(us.get(f"download/{id_}").text).content == b"%PDF"
    newer = us.post("bill", json=asked | {"DocNumber": "K-2"}).json()["Bill"]
    assert int(newer["Id"]) > int(id_)
    server.stop()


def test_the_same_seed_and_calls_give_the_same_books(quickbooks: QuickBooksServer) -> None:
    stand = "2026-11-02T09:00:00+00:00"

    def story() -> tuple[Any, str]:
        quickbooks.reset()
        quickbooks.control("POST", "clock", json={"stand": stand})
        us = quickbooks.client()
        made = us.post("bill", json=bill(vendor_id(us)))
        return made.json(), quickbooks.tokens()["access_token"]

    assert story() == story()
    assert story()[0]["time"] == "2026-11-02T02:00:00-07:00"


def test_a_batch_is_thirty_independent_items(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    items: list[dict[str, Any]] = [
        {"bId": "a", "operation": "create", "Bill": bill(vendor_id(us))},
        {"bId": "b", "operation": "create", "Bill": bill("999")},
        {"bId": "c", "Query": "select count(*) from Bill"},
    ]
    answers = us.post("batch", json={"BatchItemRequest": items}).json()["BatchItemResponse"]
    assert answers[0]["Bill"]["TotalAmt"] == 200
    assert answers[1]["Fault"]["Error"][0]["code"] == "2500"
    assert answers[2]["QueryResponse"] == {"totalCount": 1}
    assert us.post("batch", json={"BatchItemRequest": items[:1] * 31}).status_code == 400


def test_changes_since_a_time_and_not_older_than_30_days(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    quickbooks.advance(100)
    since = quickbooks.control("GET", "clock")["now"]
    made = us.post("bill", json=bill(vendor_id(us))).json()["Bill"]
    asked = {"entities": "Bill,Vendor", "changedSince": since}
    found = us.get("cdc", params=asked).json()["CDCResponse"][0]["QueryResponse"]
    assert [one["Id"] for one in found[0]["Bill"]] == [made["Id"]]
    assert found[1] == {}
    old = {"entities": "Bill", "changedSince": "2020-01-01T00:00:00Z"}
    assert error(us.get("cdc", params=old))[1] == "4001"


def test_who_does_not_ask_for_json_gets_xml(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    made = us.post("bill", json=bill(vendor_id(us), DocNumber="X & <1>")).json()["Bill"]
    answer = us.get(f"bill/{made['Id']}", headers={"Accept": "*/*"})
    assert answer.headers["content-type"].startswith("application/xml")
    names = {"q": "http://schema.intuit.com/finance/v3"}
    root = etree.fromstring(answer.content)
    assert root.xpath("string(q:Bill/q:DocNumber)", namespaces=names) == "X & <1>"
    assert root.xpath("string(q:Bill/q:VendorRef)", namespaces=names) == made["VendorRef"]["value"]
    assert root.xpath("string(q:Bill/@domain)", namespaces=names) == "QBO"


@contextmanager
def listener(*answers: int) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """An app's webhook address that answers with these statuses, then 200."""
    got: list[tuple[str, bytes]] = []
    statuses = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((self.headers["intuit-signature"], body))
            self.send_response(statuses.pop(0) if statuses else 200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        server.server_close()


def test_webhooks_are_signed_and_tried_again(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    vendor = vendor_id(us)
    with listener(500) as (url, got):
        order = {"url": url, "verifier": "verify-me", "format": "cloudevents"}
        quickbooks.control("POST", "webhooks", json=order)
        made = us.post("bill", json=bill(vendor)).json()["Bill"]["Id"]
        wait_until(lambda: len(got) == 1, what="the first try")
        quickbooks.advance(11)
        wait_until(lambda: len(got) == 2, what="the second try after 10 s")
        signature, body = got[1]
        digest = hmac.new(b"verify-me", body, hashlib.sha256).digest()
        assert signature == b64encode(digest).decode()
        event = json.loads(body)[0]
        assert (event["type"], event["intuitentityid"]) == ("qbo.bill.created.v1", made)
        assert event["intuitaccountid"] == US
        client = QuickBooks(verifier_token="verify-me", minorversion=75)
        assert client.validate_webhook_signature(body.decode(), signature)
        assert not client.validate_webhook_signature(body.decode() + " ", signature)

        quickbooks.control("POST", "webhooks", json=order | {"format": "legacy"})
        quickbooks.user("pay_bill", id=made)
        wait_until(lambda: len(got) == 3, what="the older shape")
        told = json.loads(got[2][1])["eventNotifications"][0]
        assert told["realmId"] == US
        names = {(e["name"], e["operation"]) for e in told["dataChangeEvent"]["entities"]}
        assert names == {("BillPayment", "Create"), ("Bill", "Update")}


def test_the_capture_holds_every_exchange_and_no_secret(tmp_path: Path) -> None:
    capture = tmp_path / "capture.jsonl"
    server = QuickBooksServer(tmp_path, ["--capture", str(capture)])
    server.start()
    us = server.client()
    us.post("bill", json=bill(vendor_id(us)))
    sent_file(us, "x.pdf", b"%PDF\xff\xfe", vendor_id(us))
    server.fault("drop_after_commit", method="POST", path="/bill$")
    with pytest.raises(Exception, match="disconnected"):
        us.post("bill", json=bill("105"))
    token = us.headers["Authorization"].removeprefix("Bearer ")
    server.stop()
    text = capture.read_text("utf-8")
    assert token not in text
    assert "refresh_token" in text
    assert "AB11" not in text
    rows = [json.loads(row) for row in text.splitlines()]
    posted = [row for row in rows if row["path"].endswith("/bill")]
    assert json.loads(posted[0]["body"])["VendorRef"]["value"]
    assert json.loads(posted[0]["response"])["Bill"]["Id"]
    assert posted[0]["query"] == {"minorversion": "75"}
    assert "authorization" not in posted[0]["headers"]
    assert (posted[1]["status"], posted[1]["faults"]) == (None, ["drop_after_commit"])
    uploads = [row for row in rows if row["path"].endswith("/upload")]
    assert "body_b64" in uploads[0]


def test_without_control_there_is_no_control() -> None:
    standin = Standin()
    asked = Request("POST", "/_sim/reset", {}, {}, b"", "http://127.0.0.1:1")
    assert standin.answer(asked).reply.status == 404
    standin.close()


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "500"), (b"{", "2010"), (b"[]", "2010"), (b'{"a": "\xff"}', "500"), (b'"x"', "2010")],
)
def test_bodies_that_are_no_object(quickbooks: QuickBooksServer, body: bytes, code: str) -> None:
    us = quickbooks.client()
    answer = us.post("bill", content=body, headers={"Content-Type": "application/json"})
    assert answer.json()["Fault"]["Error"][0]["code"] == code


def test_every_answer_has_a_transaction_id(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    answers = [us.get("companyinfo/1"), us.get("bill/999"), us.get("nothing/1")]
    ids = {answer.headers["intuit_tid"] for answer in answers}
    assert len(ids) == 3
    assert error(answers[1])[1] == "610"
    assert error(answers[2])[:2] == (500, "500")
