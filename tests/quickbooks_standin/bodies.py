"""Request bodies as an app sends them."""

from __future__ import annotations

from typing import Any

import httpx2


def vendor_id(client: httpx2.Client, name: str = "") -> str:
    statement = "select * from Vendor" + (f" where DisplayName = '{name}'" if name else "")
    answer = client.get("query", params={"query": statement})
    return str(answer.json()["QueryResponse"]["Vendor"][0]["Id"])


def line(amount: float, account: str = "7", **detail: Any) -> dict[str, Any]:
    return {
        "DetailType": "AccountBasedExpenseLineDetail",
        "Amount": amount,
        "AccountBasedExpenseLineDetail": {"AccountRef": {"value": account}, **detail},
    }


def taxed(amount: float, code: str) -> dict[str, Any]:
    return line(amount, TaxCodeRef={"value": code})


def bill(vendor: str, *lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"VendorRef": {"value": vendor}, "Line": list(lines) or [line(200.0)], **fields}


def error(answer: httpx2.Response) -> tuple[int, str, str]:
    """Status, code and detail of a refusal."""
    first = answer.json()["Fault"]["Error"][0]
    return answer.status_code, first["code"], first["Detail"]
