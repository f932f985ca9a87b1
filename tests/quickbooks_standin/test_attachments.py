"""Files on documents: kept byte for byte, with the limits of the service."""

from __future__ import annotations

import base64
import json

import httpx2
import pytest
from tests.quickbooks_server import QuickBooksServer, web
from tests.quickbooks_standin.bodies import bill, error, vendor_id


def sent_file(
    client: httpx2.Client,
    name: str,
    content: bytes,
    id_: str,
    *,
    entity: str = "Vendor",
    kind: str = "application/pdf",
) -> httpx2.Response:
    metadata = {
        "AttachableRef": [{"EntityRef": {"type": entity, "value": id_}}],
        "FileName": name,
        "ContentType": kind,
    }
    parts = {
        "file_metadata_01": (None, json.dumps(metadata), "application/json"),
        "file_content_01": (name, content, kind),
    }
    return client.post("upload", files=parts)


HOSTILE = bytes(range(256)) * 40 + b"\r\n--\n\n--x\r\n\r\n"


def test_bytes_come_back_as_they_went_in(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    made = us.post("bill", json=bill(vendor_id(us))).json()["Bill"]["Id"]
    kept = sent_file(us, "Rechnung Nr. 5 – é.pdf", HOSTILE, made, entity="Bill").json()
    attachable = kept["AttachableResponse"][0]["Attachable"]
    assert attachable["Size"] == len(HOSTILE)
    link = us.get(f"download/{attachable['Id']}").text
    assert web.get(link).content == HOSTILE
    statement = (
        "select * from Attachable where AttachableRef.EntityRef.Type = 'bill' "
        f"and AttachableRef.EntityRef.value = '{made}'"
    )
    found = us.get("query", params={"query": statement}).json()["QueryResponse"]["Attachable"]
    assert [one["FileName"] for one in found] == ["Rechnung Nr. 5 – é.pdf"]
    quickbooks.advance(901)
    assert web.get(link).status_code == 403


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_base64_with_any_line_ends_is_taken(quickbooks: QuickBooksServer, newline: bytes) -> None:
    us = quickbooks.client()
    content = base64.encodebytes(HOSTILE).replace(b"\n", newline)
    lines = [
        b"",
        b"--xx",
        b'Content-Disposition: form-data; name="file_metadata_01"',
        b"Content-Type: application/json",
        b"",
        b'{"FileName": "a.txt", "ContentType": "text/plain"}',
        b"--xx",
        b'Content-Disposition: form-data; name="file_content_01"',
        b"Content-Type: text/plain",
        b"Content-Transfer-Encoding: base64",
        b"",
        content,
        b"--xx--",
        b"",
    ]
    head = {"Content-Type": "multipart/form-data; boundary=xx"}
    answer = us.post("upload", content=newline.join(lines), headers=head)
    made = answer.json()["AttachableResponse"][0]["Attachable"]
    assert web.get(made["TempDownloadUri"]).content == HOSTILE


@pytest.mark.parametrize(
    ("name", "content", "entity", "kind", "code"),
    [
        ("run.exe", b"MZ", "Vendor", "application/x-msdownload", "6041"),
        ("empty.pdf", b"", "Vendor", "application/pdf", "6041"),
        ("a.pdf", b"%PDF", "Spaceship", "application/pdf", "6050"),
        ("a.pdf", b"%PDF", "Bill", "application/pdf", "610"),
        ("x" * 997 + ".pdf", b"%PDF", "Vendor", "application/pdf", "2050"),
    ],
)
def test_what_the_service_does_not_take(
    quickbooks: QuickBooksServer, name: str, content: bytes, entity: str, kind: str, code: str
) -> None:
    us = quickbooks.client()
    id_ = vendor_id(us) if entity == "Vendor" else "4711"
    assert error(sent_file(us, name, content, id_, entity=entity, kind=kind))[1] == code


def test_more_than_100_mb_is_too_much(quickbooks: QuickBooksServer) -> None:
    us = quickbooks.client()
    answer = sent_file(us, "big.pdf", b"\0" * (100 * 1024 * 1024), vendor_id(us))
    assert error(answer)[1] == "6030"
