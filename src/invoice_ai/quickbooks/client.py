"""The accounting API of one company: a thin client that never guesses what happened.

Every call ends in one of four ways: the answer; `Refused`, a definite no; `OutcomeUnknown` or
`Throttled`, to be tried again; `ReconnectNeeded`. Who writes passes a `requestid` and keeps it as
long as the outcome is unknown (decision 14).
"""

from __future__ import annotations

import json
import secrets
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx2
import structlog

from invoice_ai.quickbooks.addresses import MINOR_VERSION, Addresses
from invoice_ai.quickbooks.trouble import (
    SEVERE,
    SIGNED_OUT,
    THROTTLED,
    NotSent,
    OutcomeUnknown,
    ReconnectNeeded,
    Refused,
    Throttled,
    faults_of,
    seconds_to_wait,
)

# QuickBooks itself gives up after 120 s; a write is worth waiting for half as long.
TIMEOUT = httpx2.Timeout(60.0, connect=5.0)
PAGE = 1000  # the most rows of one query
MOST_PAGES = 200
LARGEST_UPLOAD = 100 * 1024 * 1024

_log = structlog.get_logger("invoice_agent")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Where access tokens come from.

    Attributes:
        current: The token to use now; refreshed when it is about to end.
        after_refusal: A newer one than the given, which was refused.
    """

    current: Callable[[], str]
    after_refusal: Callable[[str], str]


class Client:
    """Calls the API of one company. Not for several threads at once."""

    def __init__(
        self,
        addresses: Addresses,
        realm: str,
        tokens: TokenSource,
        *,
        pace: Callable[[], None] = lambda: None,
        slow_down: Callable[[float], None] = lambda _seconds: None,
    ) -> None:
        """`pace` waits until one more request is allowed; `slow_down` tells everybody to pause."""
        self.realm = realm
        self._base = addresses.company(realm)
        self._tokens, self._pace, self._slow_down = tokens, pace, slow_down
        self._http = httpx2.Client(timeout=TIMEOUT, follow_redirects=False, verify=_trusted())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    # --- reading ---

    def get(self, entity: str, qbo_id: str) -> Json:
        """One object. Raises: Refused (610: deleted or inactive), Unavailable."""
        return self._one(self._call("GET", f"/{entity.lower()}/{qbo_id}"), entity)

    def company_info(self) -> Json:
        return self._one(self._call("GET", f"/companyinfo/{self.realm}"), "CompanyInfo")

    def preferences(self) -> Json:
        return self._one(self._call("GET", "/preferences"), "Preferences")

    def exchange_rate(self, currency: str, day: date) -> Decimal | None:
        """Home units for one unit of `currency`; None when QuickBooks has no rate."""
        query = {"sourcecurrencycode": currency, "asofdate": day.isoformat()}
        try:
            found = self._one(self._call("GET", "/exchangerate", query), "ExchangeRate")
        except Refused:
            return None
        rate = found.get("Rate")
        return Decimal(str(rate)) if rate is not None else None

    def query(self, statement: str) -> Json:
        """The `QueryResponse` of a statement; without rows it has no entity at all."""
        found = self._call("GET", "/query", {"query": statement}).get("QueryResponse")
        return found if isinstance(found, dict) else {}

    def select(self, entity: str, where: str = "", *, most: int = 100) -> list[Json]:
        """The first rows that match. `where` is written with `quoted` values."""
        condition = f" where {where}" if where else ""
        found = self.query(f"select * from {entity}{condition} maxresults {most}")  # noqa: S608
        return list(found.get(entity, []))

    def all_of(self, entity: str, where: str = "") -> Iterator[Json]:
        """Every row, page by page in the order of ids: the default order loses rows."""
        condition = f" where {where}" if where else ""
        for page in range(MOST_PAGES):
            start = page * PAGE + 1
            found = self.query(
                f"select * from {entity}{condition} orderby Id "  # noqa: S608
                f"startposition {start} maxresults {PAGE}"
            )
            rows = list(found.get(entity, []))
            yield from rows
            if len(rows) < PAGE:
                return

    def changed_since(self, entities: Sequence[str], since: datetime) -> dict[str, list[Json]]:
        """What changed, by entity; deleted objects have `status` "Deleted". At most 30 days back."""
        moment = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = self._call("GET", "/cdc", {"entities": ",".join(entities), "changedSince": moment})
        changed: dict[str, list[Json]] = {}
        for response in answer.get("CDCResponse", []):
            for part in response.get("QueryResponse", []):
                for name, rows in part.items():
                    if isinstance(rows, list):
                        changed.setdefault(name, []).extend(rows)
        return changed

    # --- writing ---

    def create(
        self, entity: str, body: str, *, request_id: str, allow_duplicate: bool = False
    ) -> Json:
        """Make one object; `body` is JSON exactly as stored. Returns it with its Id.

        Raises: Refused: nothing was made. OutcomeUnknown: read back before trying again; also for
            a 200 that does not carry the object.
        """
        query = {"requestid": request_id}
        if allow_duplicate:
            query["include"] = "allowduplicatedocnum"
        answer = self._call("POST", f"/{entity.lower()}", query, body=body)
        return self._written(answer, entity)

    def update(self, entity: str, body: str, *, request_id: str) -> Json:
        """Replace one object; `body` carries Id and SyncToken and all lines."""
        answer = self._call("POST", f"/{entity.lower()}", {"requestid": request_id}, body=body)
        return self._written(answer, entity)

    def attachments(self, entity: str, qbo_id: str) -> list[Json]:
        """What is attached to an object."""
        return self.select(
            "Attachable",
            f"AttachableRef.EntityRef.Type = {quoted(entity.lower())} "
            f"and AttachableRef.EntityRef.value = {quoted(qbo_id)}",
        )

    def upload(
        self, entity: str, qbo_id: str, *, name: str, kind: str, content: bytes, request_id: str
    ) -> Json:
        """Attach a file. Returns the Attachable.

        Raises: Refused: the file is not taken (6030, 6041 …). OutcomeUnknown.
        """
        metadata = {
            "AttachableRef": [{"EntityRef": {"type": entity, "value": qbo_id}}],
            "FileName": name,
            "ContentType": kind,
        }
        boundary, body = _multipart(metadata, name, kind, content)
        answer = self._call(
            "POST",
            "/upload",
            {"requestid": request_id},
            body=body,
            content_type=f"multipart/form-data; boundary={boundary}",
        )
        for response in answer.get("AttachableResponse", []):
            if faults := faults_of(response):
                raise Refused(faults)
            attached = response.get("Attachable")
            if isinstance(attached, dict) and attached.get("Id"):
                return attached
        raise OutcomeUnknown("QuickBooks answered an upload without saying what was attached.")

    # --- how ---

    def _written(self, answer: Json, entity: str) -> Json:
        made = answer.get(entity)
        if isinstance(made, dict) and made.get("Id"):
            return made
        raise OutcomeUnknown(f"QuickBooks answered without the {entity} it was to save.")

    def _one(self, answer: Json, entity: str) -> Json:
        found = answer.get(entity)
        if isinstance(found, dict):
            return found
        raise OutcomeUnknown(f"QuickBooks answered without {entity}.")

    def _call(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        body: str | bytes | None = None,
        content_type: str = "application/json",
    ) -> Json:
        token = self._tokens.current()
        answer = self._send(method, path, query, body, content_type, token)
        if answer.status_code == 401:
            # The same request with the same requestid: nothing was done.
            token = self._tokens.after_refusal(token)
            answer = self._send(method, path, query, body, content_type, token)
        return self._understood(answer)

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        body: str | bytes | None,
        content_type: str,
        token: str,
    ) -> httpx2.Response:
        self._pace()
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
        started = time.perf_counter()
        try:
            answer = self._http.request(
                method,
                self._base + path,
                params={**(query or {}), "minorversion": MINOR_VERSION},
                content=body.encode() if isinstance(body, str) else body,
                headers=headers,
            )
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as away:
            _log.warning("quickbooks_call", method=method, path=path, error=type(away).__name__)
            raise NotSent("QuickBooks cannot be reached.") from away
        except (httpx2.HTTPError, httpx2.InvalidURL) as away:
            _log.warning("quickbooks_call", method=method, path=path, error=type(away).__name__)
            raise OutcomeUnknown(f"QuickBooks does not answer ({type(away).__name__}).") from away
        _log.info(
            "quickbooks_call",
            method=method,
            path=path,
            status=answer.status_code,
            tid=answer.headers.get("intuit_tid", ""),
            seconds=round(time.perf_counter() - started, 3),
        )
        return answer

    def _understood(self, answer: httpx2.Response) -> Json:
        status, tid = answer.status_code, answer.headers.get("intuit_tid", "")
        try:
            body = json.loads(answer.content, parse_float=Decimal)
        except (ValueError, RecursionError):
            body = None
        faults = faults_of(body)
        codes = {fault.code for fault in faults}
        if status == 429 or (THROTTLED in codes and status in (403, 429)):
            seconds = seconds_to_wait(answer.headers)
            self._slow_down(seconds)
            raise Throttled(seconds)
        if status == 401 or (status == 403 and (not codes or codes & SIGNED_OUT)):
            raise ReconnectNeeded(
                "QuickBooks no longer lets us in. Connect again, as an administrator of the company."
            )
        if status >= 500 or codes & SEVERE or body is None or not isinstance(body, dict):
            raise OutcomeUnknown(f"QuickBooks is in trouble (it answered {status}).")
        if status == 200 and faults:
            # Seen in the wild; whether anything was done is anybody's guess.
            raise OutcomeUnknown(
                f"QuickBooks answered 200 and: {faults[0].detail or faults[0].message}"
            )
        if faults:
            raise Refused(faults, tid)
        if status != 200:
            raise OutcomeUnknown(f"QuickBooks answered {status} without a reason.")
        return body


@cache
def _trusted() -> ssl.SSLContext:
    """Whom we trust, read once: it takes 35 ms, and every booking has a client of its own."""
    return httpx2.create_ssl_context()


def quoted(value: str) -> str:
    """A text as the query language takes it.

    >>> print(quoted("O'Brien"))
    'O\\'Brien'
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def as_json(body: Mapping[str, Any]) -> str:
    """A body as text, amounts as JSON numbers with the decimals they have."""

    def number(value: object) -> object:
        if isinstance(value, Decimal):
            # At most 15 digits (money of our tables), which a float carries exactly.
            return int(value) if value == value.to_integral_value() else float(value)
        raise TypeError(type(value).__name__)

    return json.dumps(body, default=number, ensure_ascii=False, separators=(",", ":"))


def _multipart(metadata: Json, name: str, kind: str, content: bytes) -> tuple[str, bytes]:
    boundary = f"invoice-ai-{secrets.token_hex(16)}"
    plain = "".join(c if c.isprintable() and c not in '"\\' else "_" for c in name)
    lines = [
        f"--{boundary}",
        'Content-Disposition: form-data; name="file_metadata_01"; filename="attachment.json"',
        "Content-Type: application/json; charset=UTF-8",
        "",
        json.dumps(metadata, ensure_ascii=False),
        f"--{boundary}",
        f'Content-Disposition: form-data; name="file_content_01"; filename="{plain}"',
        f"Content-Type: {kind}",
        "",
        "",
    ]
    return boundary, "\r\n".join(lines).encode() + content + f"\r\n--{boundary}--\r\n".encode()
