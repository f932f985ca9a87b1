"""The Accounting API v3: routes, the gate before the books, request ids, queries, changes, batches."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

from invoice_ai.quickbooks_standin import attachments, documents, lists, payments
from invoice_ai.quickbooks_standin.books import DOCUMENTS, ENTITIES, LISTS, Books, Thing
from invoice_ai.quickbooks_standin.clock import Clock
from invoice_ai.quickbooks_standin.companies import rate_of
from invoice_ai.quickbooks_standin.exchange import Reply, Request
from invoice_ai.quickbooks_standin.limits import Throttle
from invoice_ai.quickbooks_standin.oauth import OAuth
from invoice_ai.quickbooks_standin.query import parse, run
from invoice_ai.quickbooks_standin.refusals import Refused, gateway_body, missing
from invoice_ai.quickbooks_standin.shapes import SHAPES, admit
from invoice_ai.quickbooks_standin.shelves import Shelves, from_json, to_json
from invoice_ai.quickbooks_standin.xml import as_xml

PATH = re.compile(r"/v3/company/([^/]+)/(.+)")
_BY_RESOURCE = {entity.lower(): entity for entity in SHAPES}
_READ_ONLY = {"taxcode": "TaxCode", "taxrate": "TaxRate"}
MOST_CHANGES, CHANGES_SECONDS = 1000, 30 * 86_400
MOST_IN_BATCH = 30


@dataclass
class Modes:
    """How this one request is treated (set by faults)."""

    requestid: str | None = None
    read_lag_seconds: float = 0.0
    commit_twice: bool = False


class Accounting:
    def __init__(
        self, shelves: Shelves, clock: Clock, oauth: OAuth, books: dict[str, Books]
    ) -> None:
        self._shelves, self._clock, self._oauth, self.books = shelves, clock, oauth, books
        self.throttle = Throttle()
        self.requestid_mode = "replay"
        self.requestid_seconds = 86_400.0
        self._hidden: dict[tuple[str, str, str], float] = {}  # (realm, entity, id) → visible at

    def answer(self, request: Request, realm: str, rest: str, modes: Modes) -> Reply:
        refused = self._gate(request, realm, rest)
        if refused is not None:
            return refused
        books = self.books[realm]
        try:
            return self._once(books, request, rest, modes)
        except Refused as no:
            return self._reply(request, no.status, {"Fault": no.fault()})

    def forget(self) -> None:
        """Limits and request ids as at the start."""
        self.throttle = Throttle()
        self.requestid_mode, self.requestid_seconds = "replay", 86_400.0
        self._hidden.clear()

    # --- before the books ------------------------------------------------------------------

    def _gate(self, request: Request, realm: str, rest: str) -> Reply | None:
        millis = int(self._clock.now().timestamp() * 1000)
        family = self._oauth.family_of(request)
        if family is None:
            detail = "Token expired, malformed or revoked"
            body = gateway_body("3200", "AuthenticationFailed", 401, detail, millis)
            challenge = 'Bearer realm="Intuit", error="invalid_token"'
            return Reply.json(401, body, {"WWW-Authenticate": challenge})
        if family["realm"] != realm or realm not in self.books:
            detail = "The app is not authorised for this company"
            return Reply.json(
                403, gateway_body("3100", "ApplicationAuthorizationFailed", 403, detail, millis)
            )
        read = request.method == "GET" or rest == "query"
        now = self._clock.seconds()
        if self.throttle.refuses(realm, now, batch=rest == "batch", read=read):
            detail = "You have made too many requests; wait a minute"
            return Reply.json(429, gateway_body("3001", "ThrottleExceeded", 429, detail, millis))
        return None

    # --- request ids -----------------------------------------------------------------------

    def _once(self, books: Books, request: Request, rest: str, modes: Modes) -> Reply:
        id_ = request.query.get("requestid", "")
        mode = modes.requestid or self.requestid_mode
        writes = request.method == "POST" and rest != "query"
        if not id_ or not writes or mode == "ignore":
            return self._routed(books, request, rest, modes)
        longest = 36 if rest == "batch" else 50
        if len(id_) > longest:
            raise Refused("2130", f"Invalid Request Id Format: at most {longest} characters")
        shelf = f"{books.realm}/requests"
        before = self._shelves.get(shelf, id_)
        now = self._clock.now().timestamp()
        if before is not None and before["at"] + self.requestid_seconds > now:
            if mode == "error600":
                raise Refused("600", f"Duplicate Request ID : {id_}")
            return self._reply(request, before["status"], from_json(before["body"]))
        try:
            reply = self._routed(books, request, rest, modes)
        except Refused as no:
            if mode == "replay_failures_too":
                body = to_json({"Fault": no.fault(), "time": self._clock.stamp()})
                self._shelves.put(shelf, id_, {"at": now, "status": no.status, "body": body})
            raise
        self._shelves.put(shelf, id_, {"at": now, "status": reply.status, "body": self._last_body})
        return reply

    # --- routes ----------------------------------------------------------------------------

    _last_body = ""  # the JSON of the last reply, also when XML was sent

    def _routed(self, books: Books, request: Request, rest: str, modes: Modes) -> Reply:
        books.changes.clear()
        name, _, id_ = rest.partition("/")
        if request.method == "GET":
            value = self._read(books, request, name.lower(), unquote(id_))
            if isinstance(value, Reply):
                return value
        elif request.method == "POST" and not id_:
            value = self._write(books, request, name.lower(), modes)
        else:
            raise Refused("500", f"Operation {request.method} {rest} is not supported.")
        for entity, changed, operation in books.changes:
            if modes.read_lag_seconds and operation != "Delete":
                until = self._clock.seconds() + modes.read_lag_seconds
                self._hidden[(books.realm, entity, changed)] = until
        return self._reply(request, 200, value)

    def _reply(self, request: Request, status: int, value: Thing) -> Reply:
        value = {**value, "time": value.get("time", self._clock.stamp())}
        self._last_body = to_json(value)
        if "json" not in request.headers.get("accept", ""):
            kind = {"Content-Type": "application/xml;charset=UTF-8"}
            return Reply(status, kind, as_xml(value))
        kind = {"Content-Type": "application/json;charset=UTF-8"}
        return Reply(status, kind, self._last_body.encode())

    def _read(self, books: Books, request: Request, name: str, id_: str) -> Thing | Reply:
        if name == "query" and not id_:
            return self._query(books, request, request.query.get("query", ""))
        if name == "companyinfo":
            return {"CompanyInfo": _dressed(books.company["info"])}
        if name == "preferences":
            return {"Preferences": _dressed(books.preferences)}
        if name == "exchangerate":
            return {"ExchangeRate": self._rate(books, request)}
        if name == "cdc":
            return self._changes(books, request)
        if name == "download":
            books.get("Attachable", id_)
            link = attachments.temporary_link(books, id_, request.address)
            return Reply(200, {"Content-Type": "text/plain;charset=UTF-8"}, link.encode())
        entity = _BY_RESOURCE.get(name) or _READ_ONLY.get(name)
        if entity is None or not id_:
            raise Refused("500", f"Operation GET {name} is not supported.")
        return {entity: self._shown(books, entity, books.get(entity, id_), request)}

    def _write(self, books: Books, request: Request, name: str, modes: Modes) -> Thing:
        if name == "query":
            statement = _text(request.body)
            return self._query(books, request, statement)
        if name == "batch":
            return self._batch(books, request)
        self._check_paid(books)
        if name == "upload":
            kept = attachments.upload(books, request.headers.get("content-type", ""), request.body)
            shown = [{"Attachable": self._shown(books, "Attachable", one, request)} for one in kept]
            return {"AttachableResponse": shown}
        entity = _BY_RESOURCE.get(name)
        if entity is None:
            if name == "exchangerate":
                return {"ExchangeRate": self._set_rate(books, _object(request.body))}
            raise Refused("500", f"Operation POST {name} is not supported.")
        asked = _object(request.body)
        operation = request.query.get("operation", "update" if asked.get("Id") else "create")
        double = request.query.get("include", "") == "allowduplicatedocnum"
        done = self._do(books, entity, operation, asked, double)
        if modes.commit_twice and operation == "create" and entity in DOCUMENTS:
            self._do(books, entity, operation, asked, True)
        return {entity: self._shown(books, entity, done, request)}

    def _do(self, books: Books, entity: str, operation: str, body: Thing, double: bool) -> Thing:
        asked = admit(entity, body)
        if operation == "void" and entity == "Bill":
            no = Refused("500", "Operation void is not supported for Bill")
            no.status = 200  # as it was seen: a fault in a 200
            raise no
        if operation not in ("create", "update", "delete"):
            raise Refused("500", f"Operation {operation} is not supported.")
        if operation != "create":
            if "Id" not in asked:
                raise missing("Id")
            if not asked["Id"].isdigit():
                raise Refused("2030", f"Id should be a valid number. Supplied value:{asked['Id']}")
        if operation == "delete":
            return self._delete(books, entity, asked)
        if operation == "create":
            asked.pop("Id", None)
            asked.pop("SyncToken", None)
        if entity == "Attachable":
            if operation == "create":
                return attachments.note(books, asked)
            old = books.get(entity, asked["Id"])
            documents.check_token(old, asked)
            return attachments.update(books, old, asked)
        if entity == "BillPayment":
            return (
                payments.pay(books, asked) if operation == "create" else payments.void(books, asked)
            )
        if entity in DOCUMENTS:
            act = documents.create if operation == "create" else documents.update
            return act(books, entity, asked, allow_duplicate=double)
        return (lists.create if operation == "create" else lists.update)(books, entity, asked)

    def _delete(self, books: Books, entity: str, asked: Thing) -> Thing:
        if entity in LISTS:
            raise Refused("500", f"Operation delete is not supported for {entity}")
        if entity == "BillPayment":
            return payments.undo(books, asked)
        return documents.delete(books, entity, asked)

    def _shown(self, books: Books, entity: str, thing: Thing, request: Request) -> Thing:
        if entity == "Attachable" and "Id" in thing and thing.get("status") != "Deleted":
            return attachments.shown(books, thing, request.address)
        return thing

    def _check_paid(self, books: Books) -> None:
        if books.company["expired"]:
            raise Refused(
                "6190",
                "Subscription period has ended or canceled or there was a billing problem : You "
                "can't add data to QuickBooks Online because your trial or subscription period "
                "ended, you canceled your subscription, or there was a billing problem.",
            )

    def _query(self, books: Books, request: Request, statement: str) -> Thing:
        query = parse(statement.strip())

        def visible(entity: str, id_: str) -> bool:
            return self._hidden.get((books.realm, entity, id_), 0.0) <= self._clock.seconds()

        answer = run(books, query, visible)
        if query.entity == "Attachable" and "Attachable" in answer:
            shown = [self._shown(books, "Attachable", one, request) for one in answer["Attachable"]]
            answer["Attachable"] = shown
        return {"QueryResponse": answer}

    def _rate(self, books: Books, request: Request) -> Thing:
        code = request.query.get("sourcecurrencycode", "")
        day = request.query.get("asofdate") or self._clock.today().isoformat()
        if not books.multicurrency:
            raise Refused("5020", "Multicurrency is not enabled for this company.")
        try:
            date.fromisoformat(day)
        except ValueError:
            raise Refused("2060", f"Invalid Date : {day}", "asofdate") from None
        rate = rate_of(books, code, day)
        if rate is None:
            raise Refused("2220", f"Invalid Currency : {code}", "sourcecurrencycode")
        return rate

    def _set_rate(self, books: Books, asked: Thing) -> Thing:
        for name in ("SourceCurrencyCode", "Rate", "AsOfDate"):
            if name not in asked:
                raise missing(name)
        kept = {
            "SourceCurrencyCode": asked["SourceCurrencyCode"],
            "TargetCurrencyCode": books.home,
            "Rate": Decimal(str(asked["Rate"])),
            "AsOfDate": asked["AsOfDate"],
            "MetaData": {"LastUpdatedTime": self._clock.stamp()},
        }
        books.note("rates", f"{kept['SourceCurrencyCode']}/{kept['AsOfDate']}", kept)
        return kept

    def _changes(self, books: Books, request: Request) -> Thing:
        since = _since(request.query.get("changedSince", ""), self._clock)
        names = [name.strip() for name in request.query.get("entities", "").split(",")]
        answers: list[Thing] = []
        room = MOST_CHANGES
        for name in filter(None, names):
            if name not in ENTITIES:
                raise Refused("4001", f"QueryValidationError: Invalid entity {name}")
            rows: list[Thing] = [
                self._shown(books, name, thing, request)
                for thing in books.all(name)
                if books.changed_at(name, thing["Id"]) >= since
            ]
            rows += [
                {"domain": "QBO", "status": "Deleted", "Id": id_, "MetaData": {}}
                for id_ in books.removed_since(name, since)
            ]
            for row in rows:
                if row.get("status") == "Deleted":
                    row["MetaData"] = {"LastUpdatedTime": self._clock.stamp()}
            rows = rows[:room]
            room -= len(rows)
            answers.append(
                {name: rows, "startPosition": 1, "maxResults": len(rows)} if rows else {}
            )
        return {"CDCResponse": [{"QueryResponse": answers}]}

    def _batch(self, books: Books, request: Request) -> Thing:
        items = _object(request.body).get("BatchItemRequest")
        if not isinstance(items, list) or not items:
            raise missing("BatchItemRequest")
        if len(items) > MOST_IN_BATCH:
            raise Refused("1040", f"Batch request max size {MOST_IN_BATCH} is exceeded")
        return {"BatchItemResponse": [self._batch_item(books, request, item) for item in items]}

    def _batch_item(self, books: Books, request: Request, item: Thing) -> Thing:
        id_ = item.get("bId", "")
        try:
            if "Query" in item:
                return {"bId": id_, **self._query(books, request, item["Query"])}
            entity = next((name for name in item if name in SHAPES), None)
            if entity is None:
                raise Refused("500", "The batch item holds no object.")
            self._check_paid(books)
            double = item.get("options") == "allowduplicatedocnum"
            done = self._do(books, entity, item.get("operation", ""), item[entity], double)
            return {"bId": id_, entity: self._shown(books, entity, done, request)}
        except Refused as no:
            return {"bId": id_, "Fault": no.fault()}


def _dressed(thing: Thing) -> Thing:
    return {**thing, "domain": "QBO", "sparse": False, "Id": "1", "SyncToken": "0"}


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise Refused("500", "The body is not UTF-8.") from None


def _object(body: bytes) -> Thing:
    """Raises: Refused 500 as the service does for what is no JSON object at all."""
    text = _text(body)
    if not text.strip():
        raise Refused("500", "Premature end of file.")
    try:
        value: Any = from_json(text)
    except ValueError as wrong:
        raise Refused("2010", f"Property Name:Can not parse the JSON body: {wrong}") from None
    if not isinstance(value, dict):
        raise Refused("2010", "Property Name:the body is not a JSON object")
    return value


def _since(text: str, clock: Clock) -> float:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise Refused("2060", f"Invalid Date : {text}", "changedSince") from None
    since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if since < clock.now().timestamp() - CHANGES_SECONDS:
        raise Refused("4001", "QueryValidationError: changedSince is more than 30 days ago")
    return since
