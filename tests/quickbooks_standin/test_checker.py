"""What a careful app sends and what the stand-in answers pass the checker; what is wrong does not."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx2
import pytest
from tests.quickbooks_server import CA, GB, US, QuickBooksServer
from tests.quickbooks_standin.bodies import bill, line, taxed, vendor_id
from tests.quickbooks_standin.checker import findings

COUNTRIES = {US: "US", GB: "GB", CA: "CA"}
_numbers = itertools.count(1)


def write(client: httpx2.Client, name: str, body: dict[str, Any], **params: str) -> dict[str, Any]:
    query = {"requestid": f"c-{next(_numbers)}", "minorversion": "75", **params}
    answer = client.post(name, json=body, params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def attach(client: httpx2.Client, entity: str, id_: str) -> None:
    metadata = {
        "AttachableRef": [{"EntityRef": {"type": entity, "value": id_}}],
        "FileName": "invoice.pdf",
        "ContentType": "application/pdf",
    }
    files = {
        "file_metadata_01": (None, json.dumps(metadata), "application/json"),
        "file_content_01": ("invoice.pdf", b"%PDF-1.7\xff", "application/pdf"),
    }
    params = {"requestid": f"c-{next(_numbers)}", "minorversion": "75"}
    assert client.post("upload", files=files, params=params).status_code == 200


@pytest.mark.parametrize(
    ("realm", "vendor", "lines", "fields"),
    [
        (US, "Granite Peak Supply Co.", [line(12.5), line(3, "17")], {}),
        (
            GB,
            "Tischlerei Eichblatt",
            [taxed(100, "1"), taxed(50.55, "3")],
            {"CurrencyRef": {"value": "EUR"}, "ExchangeRate": 0.8667},
        ),
        (GB, "Fenwick Paper Mills Ltd", [taxed(9.99, "1")], {"CurrencyRef": {"value": "GBP"}}),
        (CA, "", [taxed(100, "3"), taxed(50, "2")], {"GlobalTaxCalculation": "TaxInclusive"}),
    ],
    ids=["US", "GB in euro", "GB at home", "CA"],
)
def test_a_booking_from_login_to_attachment_passes(
    quickbooks: QuickBooksServer,
    realm: str,
    vendor: str,
    lines: list[dict[str, Any]],
    fields: dict[str, Any],
) -> None:
    client = quickbooks.client(realm)
    for what in ("companyinfo/1", "preferences"):
        client.get(what)
    for entity in (
        "Account",
        "TaxCode",
        "TaxRate",
        "Term",
        "Class",
        "Department",
        "CompanyCurrency",
    ):
        client.get("query", params={"query": f"select * from {entity} orderby Id"})
    id_ = vendor_id(client, vendor)
    made = write(client, "bill", bill(id_, *lines, DocNumber="P-1", **fields))["Bill"]
    key = {"Id": made["Id"], "SyncToken": "0"}
    write(client, "bill", bill(id_, *lines, DocNumber="P-1", **fields) | key)
    credit = write(client, "vendorcredit", bill(id_, *lines, DocNumber="P-2", **fields))
    attach(client, "Bill", made["Id"])
    attach(client, "VendorCredit", credit["VendorCredit"]["Id"])
    write(client, "vendor", {"DisplayName": "New & Sons", "CompanyName": "New & Sons"})
    client.get("query", params={"query": "select * from Attachable"})
    client.get("query", params={"query": "select * from Bill where DocNumber = 'P-1'"})
    client.get("bill/999")
    client.get("cdc", params={"entities": "Bill,Vendor", "changedSince": "2026-11-20T00:00:00Z"})
    rows = quickbooks.calls()
    assert len(rows) > 20
    assert findings(rows, COUNTRIES) == []


WRONG: list[tuple[str, str, dict[str, Any], str]] = [
    (US, "a string for a number", {"Line": [line("1.00")]}, "is not of type 'number'"),  # type: ignore[arg-type]
    (US, "an empty text", {"DocNumber": ""}, "DocNumber"),
    (US, "a number for an id", {"VendorRef": {"value": 105}}, "is not of type 'string'"),
    (US, "tax in the US", {"GlobalTaxCalculation": "TaxExcluded"}, "US companies"),
    (GB, "no currency", {}, "no currency"),
    (CA, "no tax code", {}, "without tax code"),
    (US, "three decimals", {"Line": [line(1.005)]}, "amount of 1.005"),
    (US, "unknown field", {"Vendor": "x"}, "Additional properties"),
]


@pytest.mark.parametrize(("realm", "_what", "change", "words"), WRONG, ids=[w[1] for w in WRONG])
def test_what_the_service_would_let_pass_the_checker_does_not(
    quickbooks: QuickBooksServer, realm: str, _what: str, change: dict[str, Any], words: str
) -> None:
    client = quickbooks.client(realm)
    quickbooks.control("DELETE", "log")
    params = {"requestid": f"w-{next(_numbers)}", "minorversion": "75"}
    client.post("bill", json=bill("105") | change, params=params)
    found = findings(quickbooks.calls("/bill$"), COUNTRIES)
    assert any(words in sentence for sentence in found), found


def test_a_write_without_requestid_and_lf_only_parts_are_found(
    quickbooks: QuickBooksServer,
) -> None:
    us = quickbooks.client()
    us.post("bill", json=bill(vendor_id(us)))
    body = b'--x\nContent-Disposition: form-data; name="file_metadata_01"\n\n{}\n--x--\n'
    us.post("upload", content=body, headers={"Content-Type": "multipart/form-data; boundary=x"})
    found = findings(quickbooks.calls("/(bill|upload)$"), COUNTRIES)
    assert sum("requestid" in sentence for sentence in found) == 2
    assert any("0 parts with CRLF" in sentence for sentence in found)
