"""The control API under /_sim: for tests and for people who want to see trouble on purpose."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from invoice_ai.quickbooks_standin import documents, lists
from invoice_ai.quickbooks_standin.books import DOCUMENTS, ENTITIES
from invoice_ai.quickbooks_standin.companies import US
from invoice_ai.quickbooks_standin.exchange import Reply, Request
from invoice_ai.quickbooks_standin.faults import REQUESTID_MODES, BadOrder
from invoice_ai.quickbooks_standin.limits import Limits
from invoice_ai.quickbooks_standin.refusals import Refused
from invoice_ai.quickbooks_standin.shapes import admit
from invoice_ai.quickbooks_standin.shelves import from_json
from invoice_ai.quickbooks_standin.users import ACTIONS

if TYPE_CHECKING:
    from invoice_ai.quickbooks_standin.standin import Standin

Json = dict[str, Any]


class _Wrong(ValueError):
    """The order makes no sense; the text says why."""


def answer(standin: Standin, request: Request) -> Reply:
    """Answers 400 with `{"error"}` for what makes no sense."""
    route = f"{request.method} {request.path.removeprefix('/_sim')}"
    act = _ROUTES.get(route)
    if act is None:
        return Reply.json(404, {"error": f"There is {', '.join(sorted(_ROUTES))}."})
    try:
        asked = from_json(request.body) if request.body.strip() else {}
        if not isinstance(asked, dict):
            raise _Wrong("The body is a JSON object.")
        return Reply.json(200, act(standin, asked, dict(request.query)))
    except (_Wrong, BadOrder, Refused, ValueError, KeyError) as wrong:
        return Reply.json(400, {"error": str(wrong)})


def _reset(standin: Standin, _asked: Json, _query: Json) -> Json:
    standin.reset()
    return {"companies": standin.companies()}


def _seed(standin: Standin, asked: Json, _query: Json) -> Json:
    """{"realm", "Vendor": [{…}], "Account": […], …}: objects as a client would send them."""
    books = _books(standin, asked)
    made: dict[str, list[str]] = {}
    for entity, bodies in asked.items():
        if entity == "realm":
            continue
        if entity not in ENTITIES:
            raise _Wrong(f"{entity} is not one of {sorted(ENTITIES)}.")
        for body in bodies:
            taken = admit(entity, body)
            if entity in DOCUMENTS:
                thing = documents.create(books, entity, taken, allow_duplicate=True)
            else:
                thing = lists.create(books, entity, taken)
            made.setdefault(entity, []).append(thing["Id"])
    return made


def _documents(standin: Standin, _asked: Json, query: Json) -> Json:
    """Documents whose PrivateNote holds `marker`, whose number is `number`; with `entity`, `realm`."""
    entities = [query["entity"]] if "entity" in query else ["Bill", "VendorCredit", "Purchase"]
    found = [
        {"realm": realm, "entity": entity, **thing}
        for realm, books in standin.books.items()
        for entity in entities
        for thing in books.all(entity)
        if query.get("realm", realm) == realm
        and query.get("marker", "") in thing.get("PrivateNote", "")
        and query.get("number", thing.get("DocNumber", "")) == thing.get("DocNumber", "")
    ]
    return {"count": len(found), "documents": found}


def _log(standin: Standin, _asked: Json, query: Json) -> Json:
    """What was captured; `path` is a regular expression, `method` exact, `count=1` counts only."""
    path, method = re.compile(query.get("path", "")), query.get("method")
    rows = [
        row
        for row in standin.capture.rows()
        if path.search(row["path"]) and method in (None, row["method"])
    ]
    return {"count": len(rows)} if query.get("count") else {"count": len(rows), "rows": rows}


def _clear_log(standin: Standin, _asked: Json, _query: Json) -> Json:
    standin.capture.forget()
    return {}


def _clock(standin: Standin, asked: Json, _query: Json) -> Json:
    """{"advance": seconds} and/or {"stand": "2026-11-02T09:00:00+00:00" | null}."""
    if "stand" in asked:
        at = datetime.fromisoformat(asked["stand"]) if asked["stand"] else None
        if at is not None and at.tzinfo is None:
            raise _Wrong("stand needs a time zone.")
        standin.clock.stand(at)
    standin.clock.advance(float(asked.get("advance", 0)))
    return _now(standin, {}, {})


def _now(standin: Standin, _asked: Json, _query: Json) -> Json:
    return {"now": standin.clock.now().isoformat()}


def _user_action(standin: Standin, asked: Json, _query: Json) -> Json:
    """{"action": "delete_bill", "realm": …, "id": …, …}; see users.py."""
    action = asked.get("action")
    realm = asked.get("realm", US)
    if action == "revoke_app":
        standin.oauth.revoke_all(realm)
        return {}
    if action not in ACTIONS:
        raise _Wrong(f"action is one of {sorted([*ACTIONS, 'revoke_app'])}.")
    books = _books(standin, asked)
    books.changes = []
    done: Json = ACTIONS[action](books, asked)
    standin.webhooks.tell(realm, books.changes)
    books.changes = []
    return done


def _order_fault(standin: Standin, asked: Json, _query: Json) -> Json:
    return {"id": standin.faults.order(asked)}


def _faults(standin: Standin, _asked: Json, _query: Json) -> Json:
    return {"faults": standin.faults.shown()}


def _cancel_faults(standin: Standin, _asked: Json, query: Json) -> Json:
    standin.faults.cancel(query.get("id"))
    return _faults(standin, {}, {})


def _settings(standin: Standin, asked: Json, _query: Json) -> Json:
    """Any of: a_minute, a_second, batches_a_minute (0: no limit), reads_left (null: plenty),
    requestid_mode, requestid_seconds, rotation_seconds, revoke_on_reuse, client [id, secret],
    redirect_uris […]."""
    accounting, rules = standin.accounting, standin.oauth.rules
    for name, value in asked.items():
        if name in Limits.__dataclass_fields__:
            setattr(accounting.throttle.limits, name, None if value is None else int(value))
        elif name == "requestid_mode":
            if value not in REQUESTID_MODES:
                raise _Wrong(f"requestid_mode is one of {REQUESTID_MODES}.")
            accounting.requestid_mode = value
        elif name == "requestid_seconds":
            accounting.requestid_seconds = float(value)
        elif name == "rotation_seconds":
            rules.rotation_seconds = float(value)
        elif name == "revoke_on_reuse":
            rules.revoke_on_reuse = bool(value)
        elif name == "client":
            rules.client = (str(value[0]), str(value[1])) if value else None
        elif name == "redirect_uris":
            rules.redirect_uris = tuple(map(str, value))
        else:
            raise _Wrong(f"There is no setting {name}.")
    return {}


def _aim_webhooks(standin: Standin, asked: Json, _query: Json) -> Json:
    """{"url", "verifier", "format": "cloudevents" | "legacy"}; an empty url stops them."""
    standin.webhooks.aim(
        str(asked.get("url", "")),
        str(asked.get("verifier", "")),
        str(asked.get("format", "cloudevents")),
    )
    return {}


def _webhooks(standin: Standin, _asked: Json, _query: Json) -> Json:
    return {"deliveries": standin.webhooks.shown()}


def _books(standin: Standin, asked: Json) -> Any:
    realm = asked.get("realm", US)
    if realm not in standin.books:
        raise _Wrong(f"realm is one of {sorted(standin.books)}.")
    return standin.books[realm]


_ROUTES: dict[str, Callable[[Standin, Json, Json], Json]] = {
    "POST /reset": _reset,
    "POST /seed": _seed,
    "GET /bills": _documents,
    "GET /log": _log,
    "DELETE /log": _clear_log,
    "GET /clock": _now,
    "POST /clock": _clock,
    "POST /user-action": _user_action,
    "POST /faults": _order_fault,
    "GET /faults": _faults,
    "DELETE /faults": _cancel_faults,
    "POST /settings": _settings,
    "POST /webhooks": _aim_webhooks,
    "GET /webhooks": _webhooks,
}
