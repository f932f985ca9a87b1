"""The same wish for many invoices: each is done or refused on its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, get_args

from invoice_ai.errors import BadRequest, Conflict, InvoiceAIError, Unavailable
from invoice_ai.store import invoices, lifecycle
from invoice_ai.workflow.place import Workplace
from invoice_ai.workflow.reviewing import approve, reject
from invoice_ai.workflow.wishes import delete, retry

Wish = Literal["approve", "reject", "assign", "retry", "delete"]
WISHES: tuple[Wish, ...] = get_args(Wish)
MOST_AT_ONCE = 2_000  # at 5 ms each, ten seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many were done, and why the others were not (invoice id, sentence)."""

    done: int
    refused: tuple[tuple[int, str], ...]


def do_many(
    place: Workplace, ids: Sequence[int], wish: Wish, *, actor: str, text: str = ""
) -> Outcome:
    """Approve, reject, assign, retry or delete these invoices.

    Args:
        text: Why (reject, delete), or to whom (assign; empty: to nobody).
    Raises: BadRequest: nothing was chosen, too many, or a reason is missing. Unavailable.
    """
    if not ids:
        raise BadRequest("Choose at least one invoice.")
    if len(ids) > MOST_AT_ONCE:
        raise BadRequest(f"At most {MOST_AT_ONCE} invoices at once; narrow the search.")
    if wish == "reject" and not text.strip():
        raise BadRequest("Say why; whoever asks about these invoices will read it.")
    acts: dict[Wish, Callable[[int], object]] = {
        "approve": partial(_approve, place, actor),
        "reject": lambda one: reject(place, one, actor=actor, reason=text),
        "assign": partial(assign, place, actor=actor, assignee=text),
        "retry": lambda one: retry(place, one, actor=actor),
        "delete": lambda one: delete(place, one, actor=actor, reason=text),
    }
    done, refused = 0, []
    for one in dict.fromkeys(ids):
        try:
            acts[wish](one)
            done += 1
        except Unavailable:
            raise
        except InvoiceAIError as why:
            refused.append((one, str(why)))
    return Outcome(done, tuple(refused))


def assign(place: Workplace, invoice_id: int, *, assignee: str, actor: str) -> None:
    """Give an invoice to somebody, or to nobody. Raises: NotFound."""
    name = assignee.strip()[:100]
    with place.database.writing() as session:
        lifecycle.touch(session, invoice_id, assignee=name or None)
        told = f"assigned: {name}" if name else "assigned to nobody"
        lifecycle.tell(session, invoice_id, actor=actor, reason=told)


def enter_by_hand(place: Workplace, invoice_id: int, *, actor: str) -> None:
    """Open a failed invoice for review with empty fields: a person types what it says.

    Raises: NotFound. Conflict: it has not failed.
    """
    with place.database.writing() as session:
        record = invoices.load(session, invoice_id)
        lifecycle.open_by_hand(session, record, actor=actor)


def _approve(place: Workplace, actor: str, invoice_id: int) -> None:
    """Only what nobody needs to look at: a doubt, a vendor's rule and the sample want eyes."""
    with place.database.reading() as session:
        record = invoices.load(session, invoice_id)
    if record.status == "needs_review" and record.reason_count:
        raise Conflict(record.reason)
    approve(place, invoice_id, actor=actor)
