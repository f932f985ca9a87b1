"""Is it in QuickBooks already? Asked before the first try and before every further one.

Two questions: who has this number, and what has this amount within a week. The marker in the note
tells what is ours; what somebody else entered is shown to a person, never booked a second time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from invoice_ai.quickbooks.client import Client, quoted
from invoice_ai.quickbooks.coding import Entity
from invoice_ai.quickbooks.identity import marker_in

WINDOW = timedelta(days=7)

Kind = Literal["ours", "same", "differs", "none"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is about to be booked."""

    entity: Entity
    marker: str
    vendor_id: str
    doc_number: str
    total: Decimal
    currency: str
    txn_date: date


@dataclass(frozen=True, slots=True)
class Existing:
    """What was found: `ours`; the `same` entered by somebody else; the same vendor and number but
    it `differs`; or `none`."""

    kind: Kind
    row: Mapping[str, Any] | None = None
    told: str = ""


def find_existing(client: Client, wanted: Wanted) -> Existing:
    """Ask QuickBooks both questions."""
    numbered = client.select(wanted.entity, f"DocNumber = {quoted(wanted.doc_number)}")
    found = judge(wanted, numbered, by_number=True)
    if found.kind in ("ours", "same"):
        return found
    amount = client.select(
        wanted.entity,
        f"TotalAmt = {quoted(str(wanted.total))} "
        f"and TxnDate >= {quoted((wanted.txn_date - WINDOW).isoformat())} "
        f"and TxnDate <= {quoted((wanted.txn_date + WINDOW).isoformat())}",
    )
    again = judge(wanted, amount, by_number=False)
    return again if again.kind != "none" else found


def judge(wanted: Wanted, rows: Sequence[Mapping[str, Any]], *, by_number: bool) -> Existing:
    """What these rows mean for us.

    Args:
        by_number: They have our number; else they have our amount.
    """
    for row in rows:
        if marker_in(str(row.get("PrivateNote") or "")) == wanted.marker:
            return Existing("ours", row)
    theirs = [row for row in rows if _vendor(row) == wanted.vendor_id]
    for row in theirs:
        day = _day(row.get("TxnDate"))
        near = day is not None and abs(day - wanted.txn_date) <= WINDOW
        if _amount(row) == wanted.total and _currency(row, wanted) == wanted.currency and near:
            # A bill of another invoice of ours is no duplicate just because it costs the same.
            other = marker_in(str(row.get("PrivateNote") or "")) is not None
            if by_number or not other:
                return Existing("same", row, _told(row, "the same vendor, amount and date"))
    if by_number and theirs:
        return Existing("differs", theirs[0], _told(theirs[0], "the same vendor and number"))
    return Existing("none")


def _told(row: Mapping[str, Any], same: str) -> str:
    number = row.get("DocNumber") or "without a number"
    return (
        f"QuickBooks has {number} of {row.get('TxnDate')} over {_amount(row)} already: {same}. "
        "Link it, or book this one as well."
    )


def _vendor(row: Mapping[str, Any]) -> str:
    ref = row.get("VendorRef") or row.get("EntityRef") or {}
    return str(ref.get("value", "")) if isinstance(ref, Mapping) else ""


def _currency(row: Mapping[str, Any], wanted: Wanted) -> str:
    ref = row.get("CurrencyRef")
    return str(ref.get("value", "")) if isinstance(ref, Mapping) else wanted.currency


def _amount(row: Mapping[str, Any]) -> Decimal | None:
    value = row.get("TotalAmt")
    return Decimal(str(value)) if value is not None else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
