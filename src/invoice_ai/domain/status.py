"""The states of an invoice (R32) and the only ways between them."""

from __future__ import annotations

from typing import Literal, get_args

Status = Literal[
    "received",
    "processing",
    "needs_review",
    "approved",
    "rejected",
    "failed",
    "synced",
    "sync_failed",
    "deleted",
]
STATUSES: tuple[Status, ...] = get_args(Status)

# Every edge the product may walk; anything else is a Conflict. `deleted` is soft (R73).
EDGES: dict[Status, frozenset[Status]] = {
    "received": frozenset({"processing", "failed", "deleted"}),
    "processing": frozenset({"processing", "received", "needs_review", "approved", "failed"}),
    "needs_review": frozenset({"approved", "rejected", "processing", "deleted"}),
    "approved": frozenset({"synced", "sync_failed", "needs_review", "processing", "deleted"}),
    "rejected": frozenset({"needs_review", "processing", "deleted"}),
    "failed": frozenset({"received", "processing", "needs_review", "deleted"}),
    "synced": frozenset({"needs_review"}),
    "sync_failed": frozenset({"approved", "synced", "needs_review", "deleted"}),
    "deleted": frozenset(),
}

# Guide B's words in /stats and /results are a view of ours (R32).
GuideStatus = Literal["pending", "processing", "successful", "failed"]
GUIDE_STATUS: dict[Status, GuideStatus] = {
    "received": "pending",
    "processing": "processing",
    "needs_review": "successful",
    "approved": "successful",
    "rejected": "successful",
    "synced": "successful",
    "sync_failed": "successful",
    "failed": "failed",
    "deleted": "failed",
}


def may_become(now: Status, then: Status) -> bool:
    """Whether the edge exists.

    >>> may_become("needs_review", "approved"), may_become("synced", "deleted")
    (True, False)
    """
    return then in EDGES[now]
