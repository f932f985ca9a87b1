"""Checks captured exchanges against what is published of the Accounting API; stricter than it.

`findings(rows)` takes the rows of `--capture` (or `/_sim/log`) and returns sentences, none when all
is well. It shares no table with the stand-in: an error there must not agree with itself here.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

Json = dict[str, Any]

TEXT = {"type": "string", "minLength": 1}
ID = {"type": "string", "pattern": r"^(\d{1,19}|TAX|NON)$"}
DAY = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
MOMENT = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}([+-]\d{2}:\d{2}|Z)$"}
MONEY = {"type": "number", "exclusiveMaximum": 10**15, "exclusiveMinimum": -(10**15)}
YES_NO = {"type": "boolean"}


def text(longest: int) -> Json:
    return {**TEXT, "maxLength": longest}


def closed(required: str = "", **properties: Any) -> Json:
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
        "minProperties": 1,
    }


def many(item: Json) -> Json:
    return {"type": "array", "items": item, "minItems": 1}


REF = closed("value", value=text(50), name=TEXT, type=TEXT)
ADDRESS = closed(
    **{f"Line{n}": text(500) for n in range(1, 6)},
    **{n: text(255) for n in ("City", "Country", "CountrySubDivisionCode", "PostalCode", "Id")},
)
LINKED = closed("TxnId TxnType", TxnId=ID, TxnType=TEXT, TxnLineId=ID)
TAXED = {"TaxCodeRef": REF, "TaxAmount": MONEY, "TaxInclusiveAmt": MONEY}
TRACKED = {
    "ClassRef": REF,
    "CustomerRef": REF,
    "BillableStatus": {"enum": ["Billable", "NotBillable", "HasBeenBilled"]},
}
ACCOUNT_DETAIL = closed("AccountRef", AccountRef=REF, **TAXED, **TRACKED)
ITEM_DETAIL = closed("ItemRef", ItemRef=REF, Qty=MONEY, UnitPrice=MONEY, **TAXED, **TRACKED)
LINE: Json = {
    **closed(
        "DetailType",
        Id=ID,
        LineNum={"type": "integer", "minimum": 1},
        Description=text(4000),
        Amount=MONEY,
        DetailType={
            "enum": [
                "AccountBasedExpenseLineDetail",
                "ItemBasedExpenseLineDetail",
                "DescriptionOnly",
            ]
        },
        AccountBasedExpenseLineDetail=ACCOUNT_DETAIL,
        ItemBasedExpenseLineDetail=ITEM_DETAIL,
        LinkedTxn=many(LINKED),
    ),
    "allOf": [
        {
            "if": {"properties": {"DetailType": {"const": name}}},
            "then": {"required": [name, "Amount"]},
        }
        for name in ("AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail")
    ],
}
TAX_DETAIL = closed(
    "TaxRateRef",
    TaxRateRef=REF,
    PercentBased=YES_NO,
    TaxPercent=MONEY,
    NetAmountTaxable=MONEY,
    TaxInclusiveAmount=MONEY,
    OverrideDeltaAmount=MONEY,
)
TAX = closed(
    TotalTax=MONEY,
    TxnTaxCodeRef=REF,
    TaxLine={
        "type": "array",
        "items": closed(
            "Amount DetailType TaxLineDetail",
            Amount=MONEY,
            DetailType={"const": "TaxLineDetail"},
            TaxLineDetail=TAX_DETAIL,
        ),
    },
)
ENTITY = {
    "Id": ID,
    "SyncToken": {"type": "string", "pattern": r"^\d+$"},
    "MetaData": closed("CreateTime LastUpdatedTime", CreateTime=MOMENT, LastUpdatedTime=MOMENT),
    "domain": {"const": "QBO"},
    "sparse": YES_NO,
}
TRANSACTION = {
    **ENTITY,
    "DocNumber": text(21),
    "TxnDate": DAY,
    "PrivateNote": text(4000),
    "CurrencyRef": REF,
    "ExchangeRate": {"type": "number", "exclusiveMinimum": 0},
    "DepartmentRef": REF,
    "Line": many(LINE),
    "TxnTaxDetail": TAX,
    "GlobalTaxCalculation": {"enum": ["TaxExcluded", "TaxInclusive", "NotApplicable"]},
    "LinkedTxn": many(LINKED),
    "TotalAmt": MONEY,
}
PAYABLE = {
    **TRANSACTION,
    "VendorRef": REF,
    "APAccountRef": REF,
    "Balance": MONEY,
}
PHONE = closed("FreeFormNumber", FreeFormNumber=text(30))
EMAIL = closed("Address", Address=text(100))

# Entity → (what it may hold, what a creation needs).
ENTITIES: dict[str, tuple[Json, str]] = {
    "Bill": (
        {
            **PAYABLE,
            "HomeBalance": MONEY,
            "DueDate": DAY,
            "SalesTermRef": REF,
            "VendorAddr": ADDRESS,
        },
        "VendorRef Line",
    ),
    "VendorCredit": (PAYABLE, "VendorRef Line"),
    "Purchase": (
        {
            **TRANSACTION,
            "PaymentType": {"enum": ["Cash", "Check", "CreditCard"]},
            "AccountRef": REF,
            "EntityRef": REF,
            "Credit": YES_NO,
            "PaymentRefNum": text(21),
        },
        "PaymentType AccountRef Line",
    ),
    "Vendor": (
        {
            **ENTITY,
            "DisplayName": text(500),
            "CompanyName": text(100),
            "GivenName": text(100),
            "FamilyName": text(100),
            "PrintOnCheckName": text(110),
            "TaxIdentifier": text(20),
            "AcctNum": text(100),
            "Active": YES_NO,
            "Vendor1099": YES_NO,
            "Balance": MONEY,
            "CurrencyRef": REF,
            "TermRef": REF,
            "BillAddr": ADDRESS,
            "PrimaryEmailAddr": EMAIL,
            "PrimaryPhone": PHONE,
            "Mobile": PHONE,
            "WebAddr": closed("URI", URI=text(1000)),
        },
        "DisplayName",
    ),
    "Attachable": (
        {
            **ENTITY,
            "FileName": text(1000),
            "ContentType": text(100),
            "Note": text(2000),
            "Category": text(100),
            "Size": {"type": "integer"},
            "FileAccessUri": TEXT,
            "TempDownloadUri": TEXT,
            "AttachableRef": many(
                closed(
                    "EntityRef",
                    EntityRef=closed("value type", value=ID, type=TEXT),
                    IncludeOnSend=YES_NO,
                )
            ),
        },
        "FileName",
    ),
}
OTHERS = frozenset(
    {
        "Account", "TaxCode", "TaxRate", "Term", "Class", "Department", "CompanyCurrency", "Item",
        "Customer", "Employee", "BillPayment", "CompanyInfo", "Preferences", "ExchangeRate",
    }
)  # fmt: skip
_WRITTEN = {entity.lower(): entity for entity in ENTITIES}
_PATH = re.compile(r"/v3/company/(\d+)/([a-z]+)(?:/.*)?$")
_FAULT = closed(
    "Error type",
    type=TEXT,
    Error=many(closed("Message Detail code", Message=TEXT, Detail=TEXT, code=TEXT, element=TEXT)),
)


def findings(rows: Iterable[Json], countries: dict[str, str]) -> list[str]:
    """Args: countries: realm → US, GB or CA; several currencies in GB."""
    found: list[str] = []
    for at, row in enumerate(rows, start=1):
        path = _PATH.search(row["path"])
        if path is None:
            continue
        country = countries.get(path[1], "US")
        for sentence in [*_request(row, path[2], country), *_response(row, path[2])]:
            found.append(f"{at}. {row['method']} {path[2]}: {sentence}")
    return found


def _request(row: Json, name: str, country: str) -> Iterator[str]:
    if "json" not in row["headers"].get("accept", ""):
        yield "Accept does not ask for JSON"
    if row["query"].get("minorversion") != "75":
        yield "minorversion is not 75"
    if row["method"] != "POST" or name == "query":
        return
    if not 1 <= len(row["query"].get("requestid", "")) <= 50:
        yield "a write without requestid (1 to 50 characters)"
    if name == "upload":
        yield from _upload(row)
    elif name in _WRITTEN:
        yield from _write(_WRITTEN[name], json.loads(row["body"]), row["query"], country)
    else:
        yield "nobody writes this"


def _write(entity: str, body: Json, query: Json, country: str) -> Iterator[str]:
    if query.get("operation") == "delete":
        if set(body) != {"Id", "SyncToken"}:
            yield "a deletion names Id and SyncToken"
        return
    required = "Id SyncToken" if "Id" in body else ENTITIES[entity][1]
    yield from _errors(body, f"{entity}/{required}")
    if "DisplayName" in body and re.search(r"[:\t\n]", body["DisplayName"]):
        yield "a name holds : or a tab or a line end"
    if entity not in ("Bill", "VendorCredit", "Purchase"):
        return
    if country == "US" and ("GlobalTaxCalculation" in body or "TxnTaxDetail" in body):
        yield "US companies have no tax calculation"
    if country == "GB" and "CurrencyRef" not in body:
        yield "no currency in a company with several"
    mode = body.get("GlobalTaxCalculation", "TaxExcluded")
    for line in body.get("Line", []):
        detail = line.get(line["DetailType"], {})
        code = detail.get("TaxCodeRef", {}).get("value")
        if country == "US" and code not in (None, "TAX", "NON"):
            yield f"tax code {code} in a US company"
        if country != "US" and mode != "NotApplicable" and code is None and detail:
            yield "a line without tax code outside the US"
        amount = line.get("Amount", 0)
        if isinstance(amount, (int, float)) and round(amount, 2) != amount:
            yield f"an amount of {amount}"
        if isinstance(amount, (int, float)) and amount < 0:
            yield "a negative line"
    if mode == "NotApplicable" and "TxnTaxDetail" in body:
        yield "TxnTaxDetail with NotApplicable"
    tax = body.get("TxnTaxDetail", {})
    if "TotalTax" in tax and tax.get("TaxLine"):
        lines = round(sum(line["Amount"] for line in tax["TaxLine"]), 2)
        if lines != tax["TotalTax"]:
            yield f"TotalTax {tax['TotalTax']} is not the sum {lines} of its lines"


def _upload(row: Json) -> Iterator[str]:
    body = base64.b64decode(row["body_b64"]) if "body_b64" in row else row["body"].encode()
    boundary = re.search(r'boundary="?([^";]+)', row["headers"].get("content-type", ""))
    if boundary is None:
        yield "no multipart boundary"
        return
    parts = body.split(b"--" + boundary[1].encode() + b"\r\n")[1:]
    if len(parts) != 2:
        yield f"{len(parts)} parts with CRLF instead of 2"
        return
    for part, name in zip(parts, (b"file_metadata_01", b"file_content_01"), strict=True):
        head, separator, content = part.partition(b"\r\n\r\n")
        if b'name="' + name + b'"' not in head or not separator or b"Content-Type:" not in head:
            yield f"the part {name.decode()} is not as documented"
        elif name == b"file_metadata_01":
            metadata = json.loads(content)
            yield from _errors(metadata, "Attachable/FileName ContentType AttachableRef")


def _response(row: Json, name: str) -> Iterator[str]:
    if row["status"] is None or row.get("faults"):
        return  # no answer, or one that was ordered to be wrong
    if row["status"] == 429 or row["status"] in (401, 403):
        if not json.loads(row["response"])["fault"]["error"][0]["code"]:
            yield "the gateway's body has no code"
        return
    if name == "download":
        return
    body = json.loads(row["response"])
    if not re.match(MOMENT["pattern"], body.pop("time", "")):
        yield "the envelope has no time"
    if "Fault" in body:
        yield from _schema_errors(body["Fault"], _FAULT)
        if row["status"] < 400:
            yield f"a Fault with {row['status']}"
        return
    if row["status"] != 200:
        yield f"{row['status']} without Fault"
    for entity, thing in _things(body):
        if entity in ENTITIES and thing.get("status") != "Deleted":
            yield from _errors(thing, f"{entity}/Id SyncToken MetaData domain sparse")
        elif entity not in ENTITIES and entity not in OTHERS:
            yield f"unknown entity {entity}"


def _things(body: Json) -> Iterator[tuple[str, Json]]:
    for key, value in body.items():
        if key == "QueryResponse":
            for entity, rows in value.items():
                if isinstance(rows, list):
                    yield from ((entity, row) for row in rows)
        elif key == "CDCResponse":
            for one in value[0]["QueryResponse"]:
                yield from _things({"QueryResponse": one})
        elif key == "AttachableResponse":
            yield from (("Attachable", one["Attachable"]) for one in value)
        else:
            yield key, value


def _errors(value: Json, which: str) -> Iterator[str]:
    for error in _validator(which).iter_errors(value):
        yield f"{error.json_path}: {error.message[:150]}"


@cache
def _validator(which: str) -> Draft202012Validator:
    entity, _, required = which.partition("/")
    return Draft202012Validator(closed(required, **ENTITIES[entity][0]))


def _schema_errors(value: Json, schema: Json) -> Iterator[str]:
    for error in Draft202012Validator(schema).iter_errors(value):
        yield f"{error.json_path}: {error.message[:150]}"
