"""The whole stand-in: decides on one request at a time; what goes over the wire is server.py's."""

from __future__ import annotations

import hashlib
import traceback
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from invoice_ai.quickbooks_standin import attachments, control
from invoice_ai.quickbooks_standin.accounting import PATH, Accounting, Modes
from invoice_ai.quickbooks_standin.books import Books
from invoice_ai.quickbooks_standin.capture import Capture
from invoice_ai.quickbooks_standin.clock import Clock
from invoice_ai.quickbooks_standin.companies import COMPANIES, seed
from invoice_ai.quickbooks_standin.exchange import Reply, Request
from invoice_ai.quickbooks_standin.faults import Action, FaultPlan
from invoice_ai.quickbooks_standin.oauth import OAuth, Rules
from invoice_ai.quickbooks_standin.refusals import Refused, gateway_body
from invoice_ai.quickbooks_standin.shelves import Shelves
from invoice_ai.quickbooks_standin.webhooks import Webhooks

_TOKENS = "/oauth2/v1/tokens/bearer"


@dataclass
class Wire:
    """What the caller experiences instead of a plain answer."""

    delay_seconds: float = 0.0
    cut: bool = False  # the connection ends without an answer
    truncate: bool = False  # … in the middle of the answer
    refresh_value: str = ""  # the refresh token whose answer is on its way


@dataclass
class Outcome:
    reply: Reply
    wire: Wire = field(default_factory=Wire)


class Standin:
    """State of one stand-in.

    Args:
        seed_number: Tokens, transaction ids and event ids follow from it.
        state: SQLite file that survives a restart; None: memory only.
        at: The clock stands there until it is advanced; None: real time.
        client: (id, secret) of the only app that may connect; None: any.
    """

    def __init__(
        self,
        *,
        seed_number: int = 1,
        state: Path | None = None,
        capture: Path | None = None,
        at: datetime | None = None,
        client: tuple[str, str] | None = None,
        controlled: bool = False,
    ) -> None:
        self.seed_number, self.controlled = seed_number, controlled
        self._at, self._client = at, client
        self.clock = Clock(at)
        self.shelves = Shelves(state)
        self.oauth = OAuth(self.shelves, self.clock, seed_number)
        self.oauth.rules = Rules(client=client)
        self.capture = Capture(capture, in_memory=controlled)
        self.faults = FaultPlan()
        self.webhooks = Webhooks(self.clock, seed_number)
        self.books: dict[str, Books] = {}
        self.accounting = Accounting(self.shelves, self.clock, self.oauth, self.books)
        self._requests = 0
        if self.shelves.all("company"):
            self._open_books()
        else:
            self.reset()

    def reset(self) -> None:
        """As started for the first time: seeded companies, no tokens, faults, log or settings."""
        self.shelves.clear()
        self.clock.stand(self._at)
        self.oauth.forget(Rules(client=self._client))
        self.faults.cancel()
        self.capture.forget()
        self.accounting.forget()
        self.webhooks.forget()
        self._open_books()
        for company in COMPANIES:
            seed(self.books[company.realm], company)
        self.shelves.settle()

    def close(self) -> None:
        self.webhooks.close()
        self.shelves.close()
        self.capture.close()

    def answer(self, request: Request) -> Outcome:
        """Never raises; an error of our own is a 500 with code 10000."""
        if request.path.startswith("/_sim/"):
            reply = control.answer(self, request) if self.controlled else _not_found()
            self.shelves.settle()
            return Outcome(reply)
        self._requests += 1
        tid = self._tid()
        actions = self.faults.due(request)
        try:
            outcome = self._acted(request, actions)
        except Exception:  # a fault of the stand-in must look like one of the service, and be seen
            traceback.print_exc()
            outcome = Outcome(self._fault(Refused("10000", "The stand-in has an error."), 500))
        outcome.reply.headers["intuit_tid"] = tid
        realm = _realm(request)
        if realm in self.books:
            books = self.books[realm]
            self.webhooks.tell(realm, books.changes)
            books.changes = []
        self.shelves.settle()
        shown = None if outcome.wire.cut else outcome.reply
        self.capture.note(
            self.clock.stamp(), request, shown, [action.kind for action in actions], tid
        )
        return outcome

    def _acted(self, request: Request, actions: list[Action]) -> Outcome:
        wire, modes = Wire(), Modes()
        if request.path == _TOKENS:
            wire.refresh_value = self.oauth.refresh_value(request)
        for action in actions:
            self._prepare(request, action, wire, modes)
        instead = next(filter(None, (self._instead(action) for action in actions)), None)
        if instead is not None or any(a.kind in ("drop_before", "hang_before") for a in actions):
            return Outcome(instead or _not_found(), wire)
        reply = self._answered(request, modes)
        for action in actions:
            reply = self._spoiled(reply, action)
        return Outcome(reply, wire)

    def _prepare(self, request: Request, action: Action, wire: Wire, modes: Modes) -> None:
        """What is set before the request is handled, and what will happen on the wire."""
        kind, realm = action.kind, _realm(request)
        if kind in ("drop_before", "drop_after_commit"):
            wire.cut = True
        elif kind == "rotate_refresh_drop_reply":
            wire.cut = self.oauth.rotate_next = True
        elif kind in ("hang_before", "hang_after_commit"):
            wire.cut, wire.delay_seconds = True, action.seconds
        elif kind == "delay_s":
            wire.delay_seconds = float(action.value)
        elif kind == "truncate_after_commit":
            wire.truncate = True
        elif kind == "expire_access":
            self.oauth.expire_access(realm)
        elif kind == "revoke_refresh":
            self.oauth.revoke_all(realm)
        elif kind == "requestid_mode":
            modes.requestid = str(action.value)
        elif kind == "read_lag_s":
            modes.read_lag_seconds = float(action.value)
        elif kind == "duplicate_commit":
            modes.commit_twice = True

    def _instead(self, action: Action) -> Reply | None:
        """An answer given without doing anything."""
        if action.kind == "status":
            return self._status(int(action.value), action)
        if action.kind == "fault":
            detail = str(action.options.get("detail", "Refused on order."))
            no = Refused(str(action.value), detail)
            return self._fault(no, no.status)
        if action.kind == "ok_200_with_fault":
            return self._fault(Refused("10000", "An application error, in a 200."), 200)
        return None

    def _status(self, status: int, action: Action) -> Reply:
        if status == 429:
            millis = int(self.clock.now().timestamp() * 1000)
            detail = "You have made too many requests; wait a minute"
            reply = Reply.json(429, gateway_body("3001", "ThrottleExceeded", 429, detail, millis))
            if action.options.get("retry_after") is not None:
                reply.headers["Retry-After"] = str(action.options["retry_after"])
            return reply
        usual = "html" if status in (502, 503, 504) else "json"
        if action.options.get("body", usual) == "html":
            return _html(status)
        return self._fault(Refused("10000", "An unexpected error occurred."), status)

    def _fault(self, no: Refused, status: int) -> Reply:
        return Reply.json(status, {"Fault": no.fault(), "time": self.clock.stamp()})

    def _spoiled(self, reply: Reply, action: Action) -> Reply:
        """The answer after the work is done, as the fault makes it."""
        if action.kind == "status_after_commit":
            return self._status(int(action.value), action)
        if action.kind == "ok_200_empty":
            return Reply(200, reply.headers, b"")
        if action.kind == "ok_200_html":
            return _html(200)
        if action.kind == "wrong_content_type":
            return Reply(reply.status, {**reply.headers, "Content-Type": "text/plain"}, reply.body)
        return reply

    def _answered(self, request: Request, modes: Modes) -> Reply:
        path, method = request.path, request.method
        accounting = PATH.fullmatch(path)
        if accounting is not None:
            return self.accounting.answer(request, accounting[1], accounting[2], modes)
        if method == "GET" and path.startswith("/files/"):
            return self._file(request)
        if path.rstrip("/") in (
            "/.well-known/openid_configuration",
            "/.well-known/openid_sandbox_configuration",
        ):
            return self.oauth.discovery(request.address)
        routes = {
            ("GET", "/connect/oauth2"): lambda: self.oauth.connect(request, self.companies()),
            ("POST", _TOKENS): lambda: self.oauth.token(request),
            ("POST", "/v2/oauth2/tokens/revoke"): lambda: self.oauth.revoke(request),
            ("GET", "/v1/openid_connect/userinfo"): lambda: self.oauth.userinfo(request),
            ("GET", "/op/v1/jwks"): self.oauth.jwks,
        }
        act = routes.get((method, path))
        return act() if act else _not_found()

    def companies(self) -> dict[str, str]:
        """Realm → name, as the connect page offers them."""
        return {realm: books.company["name"] for realm, books in self.books.items()}

    def _file(self, request: Request) -> Reply:
        _, _, realm, id_, *_ = [*request.path.split("/"), ""]
        if realm not in self.books:
            return _not_found()
        content = attachments.fetch(self.books[realm], id_, request.query.get("Expires", ""))
        if content is None:
            return Reply(403, {"Content-Type": "text/plain"}, b"The link has expired.")
        # Never shown in place: the bytes are somebody's file.
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": "attachment",
            "X-Content-Type-Options": "nosniff",
        }
        return Reply(200, headers, content)

    def _open_books(self) -> None:
        self.books.clear()
        for company in COMPANIES:
            self.books[company.realm] = Books(company.realm, self.shelves, self.clock)

    def _tid(self) -> str:
        text = f"{self.seed_number}/tid/{self._requests}"
        digest = hashlib.sha256(text.encode()).hexdigest()
        return f"1-{digest[:8]}-{digest[8:32]}"


def _realm(request: Request) -> str | None:
    found = PATH.fullmatch(request.path)
    return found[1] if found else None


def _html(status: int) -> Reply:
    text = f"<html><head><title>{status}</title></head><body><h1>{status}</h1></body></html>"
    return Reply(status, {"Content-Type": "text/html"}, text.encode())


def _not_found() -> Reply:
    return Reply(404, {"Content-Type": "text/plain"}, b"Not Found")
