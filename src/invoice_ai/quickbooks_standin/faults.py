"""Misbehaviour on order: every way in which a call to QuickBooks is known to go wrong.

`FAULTS` is the list a test iterates; `STEPS` are the calls a booking makes. A fault is ordered as
    {"match": {"method": "POST", "path": "/bill$", "nth": 1, "times": 1, "realm": "…"},
     "action": "drop_after_commit" | {"status": 429, "retry_after": "2"} | …}
`path` and `query` are searched as regular expressions; `times: null` goes on for ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from invoice_ai.quickbooks_standin.exchange import Request

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FaultKind:
    """One row of the matrix.

    `saved`: whether the write has been done when the caller sees the trouble; None: it is not
    about this call. `answered`: whether the caller gets an answer of this call at all.
    """

    name: str
    action: str | Json
    saved: bool | None
    answered: bool = True


FAULTS: tuple[FaultKind, ...] = (
    FaultKind("drop_before", "drop_before", saved=False, answered=False),
    FaultKind("drop_after_commit", "drop_after_commit", saved=True, answered=False),
    FaultKind("hang_before", {"hang_before": 1}, saved=False, answered=False),
    FaultKind("hang_after_commit", {"hang_after_commit": 1}, saved=True, answered=False),
    FaultKind("500_after_commit", {"status_after_commit": 500}, saved=True),
    FaultKind("502_html_after_commit", {"status_after_commit": 502, "body": "html"}, saved=True),
    FaultKind("504_html_after_commit", {"status_after_commit": 504, "body": "html"}, saved=True),
    FaultKind("truncate_after_commit", "truncate_after_commit", saved=True, answered=False),
    FaultKind("429_with_retry_after", {"status": 429, "retry_after": "1"}, saved=False),
    FaultKind("429_without_retry_after", {"status": 429, "retry_after": None}, saved=False),
    FaultKind("503", {"status": 503}, saved=False),
    FaultKind("502_html", {"status": 502, "body": "html"}, saved=False),
    FaultKind("fault_6000", {"fault": "6000", "detail": "Refused on order."}, saved=False),
    FaultKind("fault_10000", {"fault": "10000", "detail": "Severe, on order."}, saved=False),
    FaultKind("ok_200_with_fault", "ok_200_with_fault", saved=False),
    FaultKind("ok_200_empty", "ok_200_empty", saved=True),
    FaultKind("ok_200_html", "ok_200_html", saved=True),
    FaultKind("expire_access", "expire_access", saved=False),
    FaultKind("revoke_refresh", "revoke_refresh", saved=None),
    FaultKind("rotate_refresh_drop_reply", "rotate_refresh_drop_reply", saved=None, answered=False),
    FaultKind("requestid_ignored", {"requestid_mode": "ignore"}, saved=True),
    FaultKind("requestid_error600", {"requestid_mode": "error600"}, saved=True),
    FaultKind("requestid_replay_failures", {"requestid_mode": "replay_failures_too"}, saved=True),
    FaultKind("read_lag", {"read_lag_s": 10}, saved=True),
    FaultKind("duplicate_commit", "duplicate_commit", saved=True),
    FaultKind("wrong_content_type", "wrong_content_type", saved=True),
    FaultKind("delay", {"delay_s": 0.5}, saved=True),
)

# The calls of a booking, as `match` wants them.
STEPS: dict[str, Json] = {
    "token": {"method": "POST", "path": "/oauth2/v1/tokens/bearer$"},
    "query": {"path": "/query$"},
    "vendor": {"method": "POST", "path": "/vendor$"},
    "bill": {"method": "POST", "path": "/bill$"},
    "vendorcredit": {"method": "POST", "path": "/vendorcredit$"},
    "purchase": {"method": "POST", "path": "/purchase$"},
    "upload": {"method": "POST", "path": "/upload$"},
    "cdc": {"path": "/cdc$"},
}

_KINDS = frozenset(
    {
        "drop_before",
        "drop_after_commit",
        "hang_before",
        "hang_after_commit",
        "status_after_commit",
        "truncate_after_commit",
        "status",
        "fault",
        "ok_200_with_fault",
        "ok_200_empty",
        "ok_200_html",
        "expire_access",
        "revoke_refresh",
        "rotate_refresh_drop_reply",
        "requestid_mode",
        "read_lag_s",
        "duplicate_commit",
        "wrong_content_type",
        "delay_s",
    }
)
REQUESTID_MODES = ("replay", "replay_failures_too", "error600", "ignore")
_MATCHED_BY = frozenset({"method", "path", "query", "body", "realm", "nth", "times"})
_USUAL_HANG_SECONDS = 300.0
# A mode describes how the service is, so it lasts; all else happens once, unless told.
_MODES = frozenset({"requestid_mode", "read_lag_s"})


class BadOrder(ValueError):
    """The order of a fault cannot be understood."""


@dataclass(frozen=True, slots=True)
class Action:
    kind: str
    value: Any = None
    options: Json = field(default_factory=dict)

    @property
    def seconds(self) -> float:
        return float(_USUAL_HANG_SECONDS if self.value is None else self.value)


@dataclass(slots=True)
class _Order:
    id: str
    match: Json
    action: Action
    seen: int = 0
    fired: int = 0

    def applies(self, request: Request) -> bool:
        wanted = self.match
        return (
            wanted.get("method", request.method).upper() == request.method
            and re.search(wanted.get("path", ""), request.path) is not None
            and re.search(wanted.get("query", ""), request.query.get("query", "")) is not None
            and wanted.get("body", "").encode() in request.body
            and f"/{wanted.get('realm', '')}" in request.path
        )


class FaultPlan:
    """What is ordered, and how often each order has come true."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._last = 0

    def order(self, asked: Mapping[str, Any]) -> str:
        """Returns the order's id. Raises: BadOrder."""
        match = dict(asked.get("match") or {})
        unknown = set(match) - _MATCHED_BY
        if unknown or not set(asked) <= {"match", "action"}:
            raise BadOrder(f"Unknown: {sorted(unknown | (set(asked) - {'match', 'action'}))}")
        try:
            for name in ("path", "query"):
                re.compile(match.get(name, ""))
        except re.error as wrong:
            raise BadOrder(f"Not a regular expression: {wrong}") from None
        self._last += 1
        made = _Order(f"fault-{self._last}", match, _action(asked.get("action")))
        self._orders.append(made)
        return made.id

    def cancel(self, id_: str | None = None) -> None:
        self._orders = [order for order in self._orders if id_ is not None and order.id != id_]

    def shown(self) -> list[Json]:
        return [
            {
                "id": o.id,
                "match": o.match,
                "action": o.action.kind,
                "seen": o.seen,
                "fired": o.fired,
            }
            for o in self._orders
        ]

    def due(self, request: Request) -> list[Action]:
        """The actions for this request; counting happens here."""
        found: list[Action] = []
        for order in self._orders:
            if not order.applies(request):
                continue
            order.seen += 1
            first = int(order.match.get("nth", 1))
            times = order.match.get("times", None if order.action.kind in _MODES else 1)
            if order.seen >= first and (times is None or order.fired < int(times)):
                order.fired += 1
                found.append(order.action)
        return found


def _action(asked: Any) -> Action:
    if isinstance(asked, str):
        kind, value, options = asked, None, {}
    elif isinstance(asked, Mapping):
        kinds = [kind for kind in asked if kind in _KINDS]
        if len(kinds) != 1:
            raise BadOrder(f"An action is one of {sorted(_KINDS)}.")
        kind, value = kinds[0], asked[kinds[0]]
        options = {k: v for k, v in asked.items() if k != kind}
    else:
        raise BadOrder("There is no action.")
    if kind not in _KINDS:
        raise BadOrder(f"{kind} is not one of {sorted(_KINDS)}.")
    if kind == "requestid_mode" and value not in REQUESTID_MODES:
        raise BadOrder(f"requestid_mode is one of {REQUESTID_MODES}.")
    if (
        kind in ("status", "status_after_commit", "fault", "read_lag_s", "delay_s")
        and value is None
    ):
        raise BadOrder(f"{kind} needs a value.")
    if "seconds" in options:
        value = options["seconds"]
    return Action(kind, value, options)
