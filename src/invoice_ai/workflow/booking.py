"""An approved invoice becomes one bill in QuickBooks: never two, never none (decision 14).

    approved     one transaction: the invoice's state and a row in the outbox; then a job
    queued       what is to be booked is made, the vendor found or created, QuickBooks asked whether
                 it is there already
    posting      saved before the request leaves; from here on the outcome may be unknown, and then
                 QuickBooks is asked before anything is sent again
    posted       the bill's id is saved: the invoice is booked, whatever comes
    attaching    the file goes after it; trouble with it never makes a second bill
    done         the vendor's next bill knows account, tax code, class and terms

Every step may be interrupted by anything and is done again from its state. A row that needs a person
stops by itself only; the others go on.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import structlog
from sqlalchemy.orm import Session

from invoice_ai.domain.pages import MEDIA_TYPES
from invoice_ai.domain.vendors import marks_of
from invoice_ai.errors import Conflict, InvoiceAIError, Unavailable
from invoice_ai.faults import fault_point
from invoice_ai.quickbooks import identity
from invoice_ai.quickbooks.bills import Draft, draft_booking, over_existing, with_vendor
from invoice_ai.quickbooks.client import LARGEST_UPLOAD, Client, as_json, quoted
from invoice_ai.quickbooks.coding import (
    Choices,
    Coding,
    Defaults,
    Memory,
    Question,
    choices_from_json,
)
from invoice_ai.quickbooks.company import Company, Entry, read_entry
from invoice_ai.quickbooks.duplicates import Existing, Wanted, find_existing
from invoice_ai.quickbooks.trouble import (
    Fault,
    NotSent,
    OutcomeUnknown,
    ReconnectNeeded,
    Refused,
    Throttled,
    assigned_to,
)
from invoice_ai.quickbooks.vendors import (
    VendorMatch,
    currency_of,
    display_name,
    match_vendor,
    vendor_body,
)
from invoice_ai.store import invoices, jobs, lifecycle, outbox, vendors
from invoice_ai.store import quickbooks as stored
from invoice_ai.store.jobs import Job, LeaseLost
from invoice_ai.store.outbox import AlreadyLinked, OutboxRow
from invoice_ai.store.quickbooks import Connection, MappingRow
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.workflow.connecting import (
    NotConnected,
    cache_rows,
    company_of,
    connected_client,
    entry_of,
    lists_of,
    refresh_lists,
    vendors_of,
)
from invoice_ai.workflow.place import Workplace
from invoice_ai.workflow.requesting import PACE, BookingPace, stop_row
from invoice_ai.workflow.splitting import file_of_part

_processing = structlog.get_logger("processing")


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be booked now, and everything it depends on."""

    draft: Draft
    company: Company
    vendor: Entry | None
    match: VendorMatch
    vendor_id: int | None
    memory: Memory


@dataclass(frozen=True, slots=True)
class _Work:
    """One job on one invoice."""

    place: Workplace
    job: Job
    client: Client
    connection: Connection
    record: InvoiceRecord
    pace: BookingPace
    started: float

    @property
    def invoice_id(self) -> int:
        return self.job.invoice_id

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.started


class _Asks(Exception):
    """A person must decide; nothing is in doubt in QuickBooks."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        questions: tuple[Question, ...] = (),
        existing: Mapping[str, Any] | None = None,
        fault: Fault | None = None,
        tid: str = "",
    ) -> None:
        super().__init__(message)
        self.code, self.questions, self.existing = code, questions, existing
        self.fault, self.tid = fault, tid


class _NotYet(Exception):
    """The outcome is unknown and shows nothing yet."""

    def __init__(self, seconds: float) -> None:
        super().__init__("We look again whether QuickBooks has it.")
        self.seconds = seconds


# --- the job ---


def book(place: Workplace, job: Job, *, pace: BookingPace = PACE) -> str:
    """Bring one invoice as far as it goes now (job `sync`)."""
    started = time.perf_counter()
    with place.database.writing() as session:
        jobs.hold(session, job)
        row = outbox.take(session, job.invoice_id, job.token)
        if row is None:
            busy = outbox.find(session, job.invoice_id) is not None
            _let_go(session, job, pace.busy if busy else None)
            return "busy" if busy else "nothing to book"
        record = invoices.load(session, job.invoice_id)
        if row.state not in outbox.OPEN:
            jobs.finish(session, job)
            return row.state
        if row.state == "queued" and record.status != "approved":
            outbox.change(session, job.invoice_id, state="cancelled")
            jobs.finish(session, job)
            return "cancelled"
    try:
        client, connection = connected_client(place)
        with client:
            work = _Work(place, job, client, connection, record, pace, started)
            return _advance(work, row)
    except (NotConnected, ReconnectNeeded) as ended:
        return _wait_for_connection(place, job, ended)
    except _Asks as asked:
        return _ask(place, job, asked, started)
    except _NotYet as not_yet:
        return _postpone(place, job, not_yet.seconds, str(not_yet))
    except Throttled as slow:
        return _postpone(place, job, slow.seconds, str(slow))
    except LeaseLost:
        raise
    except AlreadyLinked as taken:
        return _ask(place, job, _Asks(taken.code, str(taken)), started)
    except InvoiceAIError as trouble:
        if trouble.code == "database":
            raise
        return _wait(place, job, trouble, pace, started)


def _advance(work: _Work, row: OutboxRow) -> str:
    if row.realm != work.connection.realm:
        raise _Asks(
            "quickbooks_other_company",
            "This was to be booked in another company than the one that is connected now. "
            "Connect that company, or book it in this one.",
        )
    if row.state in ("queued", "posting"):
        row = _update(work, row) if row.operation == "update" else _create(work, row)
    _attach(work, row)
    return "booked"


def _create(work: _Work, row: OutboxRow) -> OutboxRow:
    """Until the bill's id is saved."""
    choices = choices_from_json(row.choices)
    if row.state == "queued":
        row, wanted = _prepare(work, row)
        found = find_existing(work.client, wanted)
        if found.kind == "ours":
            return _booked(work, row, found.row or {}, "adopted")
        _stop_at_duplicate(found, row, choices)
        fault_point("booking_before_mark")
        row = _mark(work)
    else:
        wanted = _wanted(row)
        found = find_existing(work.client, wanted)
        if found.kind == "ours":
            return _booked(work, row, found.row or {}, "adopted")
        _stop_at_duplicate(found, row, choices)
        if row.reads < len(work.pace.lag):
            with work.place.database.writing() as session:
                jobs.hold(session, work.job)
                outbox.change(session, work.invoice_id, reads=row.reads + 1)
            raise _NotYet(work.pace.lag[row.reads])
        row = _mark(work)  # the same payload under the same request id
    fault_point("booking_before_call")
    return _post(work, row, wanted)


def _post(work: _Work, row: OutboxRow, wanted: Wanted) -> OutboxRow:
    assert row.entity is not None and row.payload is not None
    try:
        made = work.client.create(
            row.entity,
            row.payload,
            request_id=_request_id(row),
            allow_duplicate=row.allow_duplicate,
        )
    except (NotSent, Throttled, ReconnectNeeded):
        _nothing_was_done(work)
        raise
    except Refused as no:
        if no.has("600") and not no.has("6140"):
            # It knows the request but not what became of it: look, and ask under another id.
            _next_generation(work, row)
            raise OutcomeUnknown("QuickBooks says this request was made already.") from no
        return _refused(work, row, wanted, no)
    fault_point("booking_after_call")
    return _booked(work, row, made, "created")


def _refused(work: _Work, row: OutboxRow, wanted: Wanted, no: Refused) -> OutboxRow:
    taken = no.has("6140")
    if taken is None:
        if no.has("610") or no.has("2500"):
            _forget_lists(work.place)
        raise _Asks(no.code, str(no), fault=no.fault, tid=no.tid) from no
    told = assigned_to(taken)
    if told is not None and told[0] in ("Bill", "VendorCredit", "Purchase"):
        other = work.client.get(*told)
        if identity.marker_in(str(other.get("PrivateNote") or "")) == row.marker:
            return _booked(work, row, other, "adopted")
        ref = other.get("VendorRef") or other.get("EntityRef") or {}
        if str(ref.get("value", "")) == wanted.vendor_id or row.allow_duplicate:
            existing = _existing_json(told[0], other)
            raise _Asks("possible_duplicate", str(no), existing=existing, fault=taken) from no
    elif told is None or row.allow_duplicate:
        raise _Asks("possible_duplicate", str(no), fault=taken) from no
    # Another vendor or another kind of transaction has the number: that is no duplicate.
    row = _next_generation(work, row, allow_duplicate=True)
    return _post(work, row, wanted)


def _update(work: _Work, row: OutboxRow) -> OutboxRow:
    """Replace what is booked already, all lines of it."""
    assert row.qbo_id is not None
    with work.place.database.reading() as session:
        link = outbox.link_of(session, work.invoice_id, row.realm)
    assert link is not None
    choices = choices_from_json(row.choices)
    try:
        current = work.client.get(link.entity, link.qbo_id)
    except Refused as gone:
        if not gone.has("610"):
            raise _Asks(gone.code, str(gone), fault=gone.fault, tid=gone.tid) from gone
        with work.place.database.writing() as session:
            outbox.change_link(session, link.id, state="deleted", told="Deleted in QuickBooks.")
        raise _Asks(
            "deleted_in_quickbooks", "It was deleted in QuickBooks. Book it again, or leave it."
        ) from gone
    if row.state == "posting":
        if _says_the_same(row, current):
            return _booked(work, row, current, link.made_by)
        row = _next_generation(work, row)
    else:
        row, _ = _prepare(work, row)
        if row.entity != link.entity:
            raise _Asks(
                "kind_changed",
                f"It is a {link.entity} in QuickBooks and would now be a {row.entity}. Delete it "
                "there, then book it again.",
            )
        if str(current.get("SyncToken", "")) != link.sync_token and not choices.allow_duplicate:
            raise _Asks(
                "changed_in_quickbooks",
                "Somebody changed it in QuickBooks after it was booked. Overwrite it, or leave it.",
                existing=_existing_json(link.entity, current),
            )
        row = _mark(work)
    assert row.payload is not None
    body = {
        **over_existing(json.loads(row.payload, parse_float=Decimal), current),
        "Id": link.qbo_id,
        "SyncToken": str(current.get("SyncToken", "0")),
        "sparse": False,
    }
    fault_point("update_before_call")
    try:
        made = work.client.update(link.entity, as_json(body), request_id=_request_id(row))
    except (NotSent, Throttled, ReconnectNeeded):
        _nothing_was_done(work)
        raise
    except Refused as no:
        raise _Asks(no.code, str(no), fault=no.fault, tid=no.tid) from no
    fault_point("update_after_call")
    return _booked(work, row, made, link.made_by)


def _attach(work: _Work, row: OutboxRow) -> None:
    """The file beside the bill, then the end."""
    assert row.entity is not None and row.qbo_id is not None
    document = work.record.document
    path = work.place.files.path(document.sha256)
    kind = MEDIA_TYPES[document.kind] if document.kind else ""
    if not kind or not path.is_file() or document.size > LARGEST_UPLOAD:
        _done(work, row, attachment="refused", told="The file cannot be attached.")
        return
    # Of a file with several invoices only the pages of this one.
    content = file_of_part(work.place, document) if document.pages else path.read_bytes()
    name = document.name[-200:] or f"invoice-{work.invoice_id}"
    for there in (
        work.client.attachments(row.entity, row.qbo_id) if row.state == "attaching" else ()
    ):
        if there.get("FileName") == name and int(there.get("Size") or -1) == len(content):
            _done(work, row, attachment="attached")
            return
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        outbox.change(session, work.invoice_id, state="attaching")
    fault_point("attach_before_call")
    try:
        work.client.upload(
            row.entity,
            row.qbo_id,
            name=name,
            kind=kind,
            content=content,
            request_id=identity.request_id(row.realm, "Attachable", row.marker, row.generation),
        )
    except Refused as no:
        _done(work, row, attachment="refused", told=str(no), fault=no.fault)
        return
    fault_point("attach_after_call")
    _done(work, row, attachment="attached")


# --- what is to be booked ---


def plan_booking(
    place: Workplace, connection: Connection, record: InvoiceRecord, row: OutboxRow | None
) -> Plan:
    """What would be booked, from what we know without asking QuickBooks.

    Raises: Conflict: the invoice was not read, or the company's lists were not.
    """
    company = company_of(connection)
    if record.extracted is None or company is None or connection.realm is None:
        raise Conflict("The lists of QuickBooks are not read yet; try again in a minute.")
    invoice = record.extracted
    lists = lists_of(place, connection.realm)
    currency = invoice.text("currency") or company.home_currency
    choices = choices_from_json(row.choices if row else None)
    with place.database.reading() as session:
        matched = vendors.match(session, marks_of(invoice))
        vendor_id = record.vendor_id or (matched[0].id if matched else None)
        taught = (
            stored.mappings(session, connection.realm, vendor_id, currency) if vendor_id else []
        )
        memory = _memory(taught)
        known = choices.vendor if choices.vendor not in ("", "new") else memory.vendor
        kept = stored.entry(session, connection.realm, "Vendor", known) if known else None
    if kept is not None and (choices.vendor == known or kept.active):
        match = VendorMatch(found=entry_of(kept), how="chosen" if choices.vendor else "remembered")
    elif choices.vendor == "new":
        match = VendorMatch(new_name=display_name(invoice.text("vendor_name") or ""), how="chosen")
    else:
        match = match_vendor(
            invoice, vendors_of(place, connection.realm), company, currency=currency
        )
    draft = draft_booking(
        invoice,
        record.id,
        company,
        lists,
        marker=row.marker if row else identity.marker(connection.instance, record.id),
        vendor=match.found,
        memory=memory,
        choices=choices,
        defaults=Defaults(connection.default_account, connection.pay_from),
    )
    questions = (*_vendor_questions(match, company, currency), *draft.questions)
    return Plan(replace(draft, questions=questions), company, match.found, match, vendor_id, memory)


def _vendor_questions(match: VendorMatch, company: Company, currency: str) -> list[Question]:
    if match.found is not None:
        if not match.found.active:
            return [Question("vendor_inactive", f"{match.found.name} is inactive in QuickBooks.")]
        if currency_of(match.found, company) != currency:
            return [
                Question(
                    "vendor_currency",
                    f"{match.found.name} is kept in {currency_of(match.found, company)} in QuickBooks, the "
                    f"invoice is in {currency}. Choose another vendor.",
                )
            ]
        return []
    if match.new_name:
        return []
    choices = (*((e.id, e.name) for e in match.choices), ("new", "A new vendor"))
    return [Question("vendor_unsure", match.why or "Which vendor is this?", choices=choices)]


def _memory(rows: list[MappingRow]) -> Memory:
    usual = next((r for r in rows if r.line_key == ""), None)

    def coding(row: MappingRow) -> Coding:
        return Coding(row.account, row.tax_code, row.class_id, row.term, row.department)

    return Memory(
        vendor=usual.qbo_vendor if usual else "",
        usual=coding(usual) if usual else Coding(),
        lines={r.line_key: coding(r) for r in rows if r.line_key},
        tax_codes=(usual.rates or {}) if usual else {},
    )


def _prepare(work: _Work, row: OutboxRow) -> tuple[OutboxRow, Wanted]:
    """Make the payload and find or create its vendor. Raises: _Asks."""
    connection = work.connection
    if connection.lists_at is None or company_of(connection) is None:
        refresh_lists(work.place)
        with work.place.database.reading() as session:
            fresh = stored.connection(session)
        assert fresh is not None
        connection = fresh
    plan = plan_booking(work.place, connection, work.record, row)
    draft = plan.draft
    if draft.questions:
        first = draft.questions[0]
        raise _Asks(first.code, first.message, questions=draft.questions)
    vendor_id = _our_vendor(work, plan)
    vendor = plan.vendor or _new_vendor(work, row, plan)
    body = with_vendor(draft.body, vendor.id)
    assert draft.txn_date is not None
    if draft.currency != plan.company.home_currency:
        rate = work.client.exchange_rate(draft.currency, draft.txn_date)
        if rate is None:
            raise _Asks(
                "exchange_rate", f"QuickBooks has no exchange rate for {draft.currency}. Add one."
            )
        body["ExchangeRate"] = rate
    payload = as_json(body)
    wanted = Wanted(
        draft.entity,
        row.marker,
        vendor.id,
        draft.doc_number,
        draft.total,
        draft.currency,
        draft.txn_date,
    )
    changed = row.payload is not None and _sha(row.payload) != _sha(payload)
    values: dict[str, Any] = {
        "entity": draft.entity,
        "doc_number": draft.doc_number,
        "payload": payload,
        # An old answer must not be replayed at another payload.
        "generation": row.generation + 1 if changed else row.generation,
        "allow_duplicate": choices_from_json(row.choices).allow_duplicate,
        "facts": {
            **asdict(wanted),
            "total": str(wanted.total),
            "txn_date": wanted.txn_date.isoformat(),
        },
        "coding": {
            "vendor_id": vendor_id,
            "currency": draft.currency,
            "qbo_vendor": vendor.id,
            "usual": asdict(draft.usual),
            "rates": dict(draft.rates),
            "lines": [
                {"key": part.key, **asdict(coding)}
                for part, coding in zip(draft.parts, draft.coding, strict=True)
            ],
        },
    }
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        outbox.change(session, work.invoice_id, **values)
        return outbox.load(session, work.invoice_id), wanted


def _our_vendor(work: _Work, plan: Plan) -> int:
    """Our own record of the vendor, made now if the invoice has none yet."""
    if work.record.vendor_id is not None:
        return work.record.vendor_id
    assert work.record.extracted is not None
    with work.place.database.writing() as session:
        vendor_id = plan.vendor_id
        if vendor_id is None:
            name = work.record.extracted.text("vendor_name") or ""
            vendor_id = vendors.add(session, name)
            marks = marks_of(work.record.extracted)
            vendors.note_marks(session, vendor_id, marks, invoice_id=work.invoice_id)
        lifecycle.touch(session, work.invoice_id, vendor_id=vendor_id)
    return vendor_id


def _new_vendor(work: _Work, row: OutboxRow, plan: Plan) -> Entry:
    """Create the vendor, or adopt the one that an interrupted try or somebody else has made."""
    assert work.record.extracted is not None
    name, currency = plan.match.new_name, plan.draft.currency
    vendor = _vendor_called(work, name)
    if vendor is None:
        try:
            vendor = _create_vendor(work, row, plan, name)
        except Refused as no:
            if not no.has("6240"):
                raise _Asks(no.code, str(no), fault=no.fault, tid=no.tid) from no
            vendor = _vendor_called(work, name)
            if vendor is None:
                if not _customer_called(work, name):
                    raise OutcomeUnknown(
                        "QuickBooks has the vendor but does not show it yet."
                    ) from no
                other = f"{name[:91]} (Vendor)"
                vendor = _vendor_called(work, other)
                if vendor is None:
                    vendor = _create_vendor(work, row, plan, other)
    if currency_of(vendor, plan.company) != currency:
        raise _Asks(
            "vendor_currency",
            f"{vendor.name} is kept in {currency_of(vendor, plan.company)} in QuickBooks, the "
            f"invoice is in {currency}. Choose another vendor.",
        )
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        stored.save_entries(session, row.realm, cache_rows([vendor]))
        outbox.note(
            session,
            work.invoice_id,
            "vendor",
            "done",
            message=f"Vendor {vendor.name}.",
            qbo_id=vendor.id,
            seconds=work.seconds,
        )
    return vendor


def _create_vendor(work: _Work, row: OutboxRow, plan: Plan, name: str) -> Entry:
    assert work.record.extracted is not None
    body = vendor_body(work.record.extracted, name, plan.company, currency=plan.draft.currency)
    subject = f"{row.marker}|{name}"
    fault_point("vendor_before_call")
    made = work.client.create(
        "Vendor",
        as_json(body),
        request_id=identity.request_id(row.realm, "Vendor", subject, row.generation),
    )
    fault_point("vendor_after_call")
    return read_entry("Vendor", made)


def _vendor_called(work: _Work, name: str) -> Entry | None:
    where = f"DisplayName = {quoted(name)} and Active in (true,false)"
    rows = work.client.select("Vendor", where)
    found = [read_entry("Vendor", row) for row in rows]
    active = [entry for entry in found if entry.active]
    if found and not active:
        raise _Asks("vendor_inactive", f"{name} is inactive in QuickBooks. Make it active there.")
    return active[0] if active else None


def _customer_called(work: _Work, name: str) -> bool:
    where = f"DisplayName = {quoted(name)}"
    return any(work.client.select(entity, where) for entity in ("Customer", "Employee"))


# --- saving how far it has come ---


def _mark(work: _Work) -> OutboxRow:
    """From here on the outcome may be unknown."""
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        outbox.change(session, work.invoice_id, state="posting", reads=0)
        return outbox.load(session, work.invoice_id)


def _nothing_was_done(work: _Work) -> None:
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        outbox.change(session, work.invoice_id, state="queued")


def _next_generation(
    work: _Work, row: OutboxRow, *, allow_duplicate: bool | None = None
) -> OutboxRow:
    values: dict[str, Any] = {"generation": row.generation + 1, "reads": 0}
    if allow_duplicate is not None:
        values["allow_duplicate"] = allow_duplicate
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        outbox.change(session, work.invoice_id, **values)
        return outbox.load(session, work.invoice_id)


def _booked(work: _Work, row: OutboxRow, made: Mapping[str, Any], made_by: str) -> OutboxRow:
    """The bill exists: its id and the invoice's state are one transaction."""
    assert row.entity is not None
    total, balance = _decimal(made.get("TotalAmt")), _decimal(made.get("Balance"))
    expected = _wanted(row).total
    with work.place.database.writing() as session:
        jobs.hold(session, work.job)
        outbox.save_link(
            session,
            work.invoice_id,
            realm=row.realm,
            entity=row.entity,
            qbo_id=str(made["Id"]),
            doc_number=str(made.get("DocNumber") or ""),
            sync_token=str(made.get("SyncToken") or "0"),
            total=total,
            balance=balance,
            made_by=made_by,
        )
        outbox.change(
            session,
            work.invoice_id,
            # An interrupted try may have attached the file already.
            state="posted" if made_by == "created" and row.operation == "create" else "attaching",
            qbo_id=str(made["Id"]),
            attempts=0,
            trouble_since=None,
            questions=None,
            existing=None,
            last_code="",
            last_message="",
        )
        status = invoices.load(session, work.invoice_id).status
        if status in ("approved", "sync_failed"):
            lifecycle.move(
                session,
                work.invoice_id,
                "synced",
                actor="worker",
                reason=f"{row.entity} {made['Id']}",
            )
        told = {"created": "Booked", "adopted": "Found in QuickBooks"}.get(made_by, "Updated")
        if row.operation == "update":
            told = "Updated"
        if total is not None and total != expected:
            told = f"{told}, but QuickBooks makes the total {total}, the invoice says {expected}"
        outbox.note(
            session,
            work.invoice_id,
            row.entity.lower(),
            "done",
            message=f"{told}.",
            qbo_id=str(made["Id"]),
            seconds=work.seconds,
        )
        saved = outbox.load(session, work.invoice_id)
    fault_point("booking_after_commit")
    return saved


def _done(
    work: _Work,
    row: OutboxRow,
    *,
    attachment: str,
    told: str = "",
    fault: Fault | None = None,
) -> None:
    fault_point("booking_before_done")
    with work.place.database.writing() as session:
        jobs.finish(session, work.job)
        link = outbox.link_of(session, work.invoice_id, row.realm)
        if link is not None:
            outbox.change_link(session, link.id, attachment=attachment)
        outbox.change(
            session, work.invoice_id, state="done", owner=None, attempts=0, trouble_since=None
        )
        outbox.note(
            session,
            work.invoice_id,
            "attach",
            "done" if attachment == "attached" else "refused",
            message=told or "The file is attached.",
            detail=f"{fault.message} {fault.detail}".strip() if fault else "",
            code=fault.code if fault else "",
            qbo_id=row.qbo_id or "",
            seconds=work.seconds,
        )
        learn(session, row)


def learn(session: Session, row: OutboxRow) -> None:
    """The vendor's next bill is booked like this one."""
    told = row.coding
    if not told:
        return
    common = {"vendor_id": told["vendor_id"], "currency": told["currency"]}
    usual = told["usual"]
    accounts = [line["account"] for line in told["lines"]]
    # What most lines have is the vendor's; the company's default is not learnt (empty).
    most = [a for a in set(accounts) if accounts.count(a) * 2 > len(accounts)]
    stored.save_mapping(
        session,
        row.realm,
        MappingRow(
            **common,
            line_key="",
            qbo_vendor=told["qbo_vendor"],
            account=most[0] if most else "",
            class_id=usual["class_id"],
            term=usual["term"],
            department=usual.get("department", ""),
            rates=told["rates"],
        ),
    )
    for line in told["lines"]:
        if line["key"]:
            stored.save_mapping(
                session,
                row.realm,
                MappingRow(
                    **common,
                    line_key=line["key"],
                    account=line["account"],
                    tax_code=line["tax_code"],
                    class_id=line["class_id"],
                ),
            )


def _ask(place: Workplace, job: Job, asked: _Asks, started: float) -> str:
    """A person must decide; nothing was done, so a next try is a new generation."""
    with place.database.writing() as session:
        jobs.finish(session, job)
        row = outbox.load(session, job.invoice_id)
        stop_row(
            session,
            row,
            "needs_user",
            code=asked.code,
            message=str(asked),
            generation=row.generation + 1,
            questions=[asdict(question) for question in asked.questions] or None,
            existing=dict(asked.existing) if asked.existing else None,
        )
        fault = asked.fault
        outbox.note(
            session,
            job.invoice_id,
            "book",
            "asks",
            message=str(asked),
            detail=f"{fault.message} {fault.detail}".strip() if fault else "",
            code=fault.code if fault and fault.code else asked.code,
            tid=asked.tid,
            seconds=time.perf_counter() - started,
        )
    return f"asks: {asked.code}"


def _wait(
    place: Workplace, job: Job, trouble: InvoiceAIError, pace: BookingPace, started: float
) -> str:
    """Try again later; after days a person is told."""
    with place.database.writing() as session:
        jobs.hold(session, job)
        row = outbox.load(session, job.invoice_id)
        moment = stored.connection(session)
        now = moment.now if moment else row.updated_at
        since = row.trouble_since or now
        if now - since >= timedelta(seconds=pace.give_up):
            jobs.finish(session, job)
            stop_row(session, row, "needs_attention", code=trouble.code, message=str(trouble))
            outcome = "asks"
        else:
            seconds = pace.retry[min(row.attempts, len(pace.retry) - 1)] * random.uniform(0.8, 1.2)
            jobs.postpone(session, job, seconds, str(trouble))
            outbox.change(
                session,
                job.invoice_id,
                owner=None,
                attempts=row.attempts + 1,
                trouble_since=since,
                next_at=now + timedelta(seconds=seconds),
                last_code=trouble.code,
                last_message=str(trouble),
            )
            outcome = "waits"
        outbox.note(
            session,
            job.invoice_id,
            "book",
            outcome,
            message=str(trouble),
            code=trouble.code,
            seconds=time.perf_counter() - started,
        )
    return outcome


def _wait_for_connection(place: Workplace, job: Job, ended: InvoiceAIError) -> str:
    """Nothing is polled: whoever connects again lets everything go on."""
    with place.database.writing() as session:
        jobs.finish(session, job)
        outbox.change(
            session, job.invoice_id, owner=None, last_code=ended.code, last_message=str(ended)
        )
    return "waits for the connection"


def _postpone(place: Workplace, job: Job, seconds: float, why: str) -> str:
    with place.database.writing() as session:
        jobs.postpone(session, job, seconds, why)
        outbox.change(session, job.invoice_id, owner=None)
    return "waits"


def _let_go(session: Session, job: Job, seconds: float | None) -> None:
    if seconds is None:
        jobs.finish(session, job)
    else:
        jobs.postpone(session, job, seconds)


def _forget_lists(place: Workplace) -> None:
    """Something we thought was there is not: read the lists again."""
    try:
        refresh_lists(place)
    except (Unavailable, ReconnectNeeded):
        _processing.warning("quickbooks_lists_stale")


# --- small things ---


def _stop_at_duplicate(found: Existing, row: OutboxRow, choices: Choices) -> None:
    if found.kind in ("same", "differs") and not choices.allow_duplicate:
        assert row.entity is not None
        existing = _existing_json(row.entity, found.row or {})
        raise _Asks("possible_duplicate", found.told, existing=existing)


def _existing_json(entity: str, row: Mapping[str, Any]) -> dict[str, Any]:
    ref = row.get("VendorRef") or row.get("EntityRef") or {}
    return {
        "entity": entity,
        "id": str(row.get("Id", "")),
        "doc_number": str(row.get("DocNumber") or ""),
        "date": str(row.get("TxnDate") or ""),
        "total": str(row.get("TotalAmt") or ""),
        "vendor": str(ref.get("name") or ref.get("value") or ""),
    }


def _wanted(row: OutboxRow) -> Wanted:
    facts = dict(row.facts or {})
    return Wanted(
        **{
            **facts,
            "total": Decimal(facts["total"]),
            "txn_date": date.fromisoformat(facts["txn_date"]),
        }
    )


def _says_the_same(row: OutboxRow, current: Mapping[str, Any]) -> bool:
    """Whether an update whose outcome was unknown has arrived."""
    sent = json.loads(row.payload or "{}")
    lines = [
        line
        for line in current.get("Line", [])
        if line.get("DetailType", "") != "SubTotalLineDetail"
    ]
    same_lines = [_decimal(line.get("Amount")) for line in lines] == [
        _decimal(line.get("Amount")) for line in sent.get("Line", [])
    ]
    return (
        same_lines
        and _decimal(current.get("TotalAmt")) == _wanted(row).total
        and str(current.get("DocNumber") or "") == str(sent.get("DocNumber") or "")
        and str(current.get("TxnDate") or "") == str(sent.get("TxnDate") or "")
    )


def _request_id(row: OutboxRow) -> str:
    return identity.request_id(row.realm, row.entity or "", row.marker, row.generation)


def _decimal(value: object) -> Decimal | None:
    return Decimal(str(value)) if value is not None else None


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
