"""What happens in QuickBooks after us: lists that change, bills that are paid, changed, deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy.orm import Session

from invoice_ai.errors import Unavailable
from invoice_ai.quickbooks.bills import ACCOUNT_LINE
from invoice_ai.quickbooks.client import Client, quoted
from invoice_ai.quickbooks.company import TRANSACTIONS, WATCHED, read_entry
from invoice_ai.quickbooks.trouble import ReconnectNeeded, Throttled, WrongKeys
from invoice_ai.store import jobs, lifecycle, outbox
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.jobs import Job
from invoice_ai.store.outbox import LinkRow
from invoice_ai.store.quickbooks import Connection
from invoice_ai.workflow.booking import learn
from invoice_ai.workflow.connecting import (
    NotConnected,
    cache_rows,
    connected_client,
    go_on,
    refresh_lists,
)
from invoice_ai.workflow.place import Workplace, enqueue

EVERY_SECONDS = 600.0  # 4 320 requests a month; Intuit's free tier has 500 000
LISTS_EVERY = timedelta(days=1)
REMEMBERED = timedelta(days=29)  # QuickBooks tells changes of the last 30 days
MOST_CHANGES = 1000  # of one answer; with so many it may not have told all
OVERLAP = timedelta(minutes=2)  # their clock and ours

_log = structlog.get_logger("invoice_agent")


def keep_following(place: Workplace) -> None:
    """Have QuickBooks asked what changed, when it is time; cheap to call every few seconds."""
    with place.database.reading() as session:
        if not stored.pull_is_due(session):
            return
    with place.database.writing() as session:
        if not stored.take_pull(session, EVERY_SECONDS):
            return
        job_id = enqueue(place, session, "pull", None, revision=0)
    place.bell.ring(job_id)


def follow(place: Workplace, job: Job) -> str:
    """Take in what changed (job `pull`), and let go on whatever lies forgotten."""
    try:
        outcome = pull_changes(place)
    except (NotConnected, ReconnectNeeded, WrongKeys, Throttled) as not_now:
        outcome = not_now.code
    except Unavailable as away:
        if away.code == "database":
            raise
        outcome = away.code
    else:
        go_on(place)
    with place.database.writing() as session:
        jobs.finish(session, job)
    return outcome


def pull_changes(place: Workplace) -> str:
    """Ask what changed and save it. Raises: NotConnected. ReconnectNeeded. Unavailable."""
    client, found = connected_client(place)
    with client:
        if (
            found.lists_at is None
            or found.changes_at is None
            or found.now - found.lists_at > LISTS_EVERY
        ):
            refresh_lists(place)
        since = max(found.changes_at or found.now - REMEMBERED, found.now - REMEMBERED) - OVERLAP
        changed = client.changed_since(WATCHED, since)
        if sum(map(len, changed.values())) >= MOST_CHANGES:
            refresh_lists(place)
            changed |= _all_changed(client, since.strftime("%Y-%m-%dT%H:%M:%S+00:00"))
    _save(place, found, changed)
    return f"{sum(map(len, changed.values()))} changes"


def _all_changed(client: Client, since: str) -> dict[str, list[dict[str, Any]]]:
    """The same for transactions, page by page; deleted ones are not among them."""
    where = f"MetaData.LastUpdatedTime >= {quoted(since)}"
    return {entity: list(client.all_of(entity, where)) for entity in TRANSACTIONS}


def _save(place: Workplace, found: Connection, changed: Mapping[str, list[dict[str, Any]]]) -> None:
    assert found.realm is not None
    with place.database.writing() as session:
        for entity, rows in changed.items():
            if entity in TRANSACTIONS:
                for row in rows:
                    link = outbox.link_to(session, found.realm, entity, str(row.get("Id", "")))
                    if link is not None:
                        _compare(session, link, row)
                continue
            entries = [read_entry(entity, row) for row in rows]
            kept = []
            for entry in entries:
                if entry.data.get("status") != "Deleted":
                    kept.append(entry)
                elif (old := stored.entry(session, found.realm, entity, entry.id)) is not None:
                    gone = {**old.data, "Active": False}
                    kept.append(read_entry(entity, gone))
            stored.save_entries(session, found.realm, cache_rows(kept))
        stored.pulled(session, changes_at=found.now, all_lists=False)


def _compare(session: Session, link: LinkRow, there: Mapping[str, Any]) -> None:
    """Say on the invoice how its bill stands."""
    if there.get("status") == "Deleted":
        state, told = "deleted", "It was deleted in QuickBooks. It is not booked again by itself."
        values: dict[str, Any] = {}
    else:
        total, balance = _decimal(there.get("TotalAmt")), _decimal(there.get("Balance"))
        number = str(there.get("DocNumber") or "")
        differs = []
        if total is not None and link.total is not None and total != link.total:
            differs.append(f"the total is {total} there, {link.total} here")
        if number != link.doc_number:
            differs.append(f"the number is {number or 'empty'} there, {link.doc_number} here")
        paid = link.entity == "Bill" and balance == 0 and bool(total)
        state = "changed" if differs else "paid" if paid else "booked"
        told = f"Changed in QuickBooks: {'; '.join(differs)}." if differs else ""
        values = {"balance": balance}
        if not differs:
            # A payment or a note changes the token, but nothing that we would overwrite.
            values["sync_token"] = str(there.get("SyncToken") or link.sync_token)
        _learn_from(session, link, there)
    outbox.change_link(session, link.id, state=state, told=told, **values)
    if state != link.state:
        lifecycle.tell(session, link.invoice_id, actor="QuickBooks", reason=f"{state} there")
        message = told or {"paid": "Paid in QuickBooks.", "booked": "Open again."}.get(state, "")
        outbox.note(session, link.invoice_id, "follow", "done", message=message, qbo_id=link.qbo_id)


# Field of QuickBooks → what we call it in a line's coding.
_CODED = {"AccountRef": "account", "TaxCodeRef": "tax_code", "ClassRef": "class_id"}


def _learn_from(session: Session, link: LinkRow, there: Mapping[str, Any]) -> None:
    """Somebody booked our lines elsewhere: the vendor's next bill goes there, too."""
    row = outbox.find(session, link.invoice_id)
    if row is None or not row.coding or not row.payload or row.realm != link.realm:
        return
    sent, lines = json.loads(row.payload, parse_float=Decimal)["Line"], there.get("Line", [])
    if [line["Amount"] for line in sent] != [_decimal(line.get("Amount")) for line in lines]:
        return  # other lines: nobody can say which of ours is which
    coding = {**row.coding, "lines": [dict(line) for line in row.coding["lines"]]}
    rates = dict(coding.get("rates") or {})
    for ours, line, kept in zip(sent, lines, coding["lines"], strict=True):
        detail = line.get(ACCOUNT_LINE)
        for name, called in _CODED.items() if detail else ():
            before, now = (_ref(part, name) for part in (ours[ACCOUNT_LINE], detail))
            # QuickBooks fills in a tax code where we sent none (US).
            if now and now != before and now != kept[called] and (before or called != "tax_code"):
                kept[called] = now
                if called == "tax_code":
                    rates = {rate: now if code == before else code for rate, code in rates.items()}
    if coding["lines"] == row.coding["lines"]:
        return
    outbox.change(session, row.invoice_id, coding={**coding, "rates": rates})
    learn(session, outbox.load(session, row.invoice_id))
    outbox.note(
        session,
        row.invoice_id,
        "follow",
        "done",
        message="Booked elsewhere in QuickBooks; the vendor's next bill goes there, too.",
        qbo_id=link.qbo_id,
    )


def _ref(part: Mapping[str, Any], name: str) -> str:
    return str((part.get(name) or {}).get("value", ""))


def _decimal(value: object) -> Decimal | None:
    return Decimal(str(value)) if value is not None else None
