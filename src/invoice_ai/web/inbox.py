"""The list of invoices: tabs, search and filters, kept views, and doing one thing to many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse

from invoice_ai import workflow
from invoice_ai.domain.search import DAYS, Bound, Term, parse_search, without
from invoice_ai.domain.status import Status
from invoice_ai.errors import BadRequest, NotFound
from invoice_ai.store import invoices, outbox, views
from invoice_ai.web.language import N_, _, count, ngettext
from invoice_ai.web.pages import ORIGINS, PageRoute, place_of, plain, render
from invoice_ai.web.sentences import said
from invoice_ai.web.shown import day, number
from invoice_ai.web.sync import look_of

router = APIRouter(route_class=PageRoute, include_in_schema=False)

BUSY: tuple[Status, ...] = ("received", "processing")
TABS: dict[str, tuple[str, tuple[Status, ...]]] = {
    "all": (N_("All"), ()),
    "review": (N_("Needs review"), ("needs_review",)),
    "processing": (N_("Processing"), BUSY),
    "approved": (N_("Approved"), ("approved", "synced", "sync_failed")),
    "failed": (N_("Failed"), ("failed",)),
    "rejected": (N_("Rejected"), ("rejected",)),
}
COLUMNS: dict[str, str] = {
    "vendor": N_("Vendor"),
    "number": N_("Number"),
    "date": N_("Date"),
    "due": N_("Due"),
    "total": N_("Total"),
    "state": N_("State"),
    "confidence": N_("Confidence"),
    "source": N_("Source"),
    "age": N_("Age"),
}
NUMERIC = frozenset({"total", "confidence", "age"})
FILTERED: dict[str, str] = {
    "vendor": N_("Vendor"),
    "number": N_("Number"),
    "file": N_("File"),
    "currency": N_("Currency"),
    "source": N_("Source"),
    "assignee": N_("Assigned to"),
    "error": N_("Error"),
    "total": N_("Total"),
    "due": N_("Due"),
    "date": N_("Date"),
    "received": N_("Received"),
    "confidence": N_("Confidence"),
}
IS: dict[str, str] = {
    "late": N_("Past due"),
    "later": N_("Put off"),
    "sampled": N_("Picked at random"),
}
IN_QUICKBOOKS: dict[str, str] = {
    "booked": N_("In QuickBooks"),
    "waiting": N_("Waiting to be booked"),
    "asks": N_("Needs a decision"),
    "paid": N_("Paid in QuickBooks"),
    "changed": N_("Changed in QuickBooks"),
    "deleted": N_("Deleted in QuickBooks"),
    "skipped": N_("Not to be booked"),
}
SIGNS = {"=": "", "<": "< ", "<=": "≤ ", ">": "> ", ">=": "≥ "}

Tab = Annotated[str, Query(max_length=20)]
Line = Annotated[str, Query(max_length=500)]


def address(tab: str = "all", q: str = "", sort: str = "", **more: str) -> str:
    """Where a list is found; what is usual is left out."""
    asked = {"tab": "" if tab == "all" else tab, "q": q, "sort": sort, **more}
    query = urlencode({key: value for key, value in asked.items() if value})
    return f"/invoices?{query}" if query else "/invoices"


@router.get("/invoices")
def inbox(
    request: Request,
    tab: Tab = "all",
    q: Line = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[str | None, Query(max_length=700)] = None,
    said: Annotated[str, Query(max_length=600)] = "",
) -> Response:
    """All invoices or those in one state, newest first or by a column, 50 at a time."""
    if tab not in TABS:
        raise NotFound(_("There is no such list."))
    place, q = place_of(request), plain(q)
    now = datetime.now(UTC)
    with place.database.reading() as session:
        counts = invoices.counts(session)
        page = invoices.page_of(
            session, statuses=TABS[tab][1] or None, search=q, sort=sort, after=after
        )
        kept = views.views_of(session, request.state.user)
        decided = [row.id for row in page.rows if row.status in TABS["approved"][1]]
        standings = outbox.standings(session, decided)
    counts.pop("deleted")
    tabs = [
        {
            "name": name,
            "title": title,
            "count": sum(counts[s] for s in statuses or counts),
            "href": address(name, q, sort),
        }
        for name, (title, statuses) in TABS.items()
    ]
    here = address(tab, q, sort)
    return render(
        request,
        "inbox.html",
        here="review" if tab == "review" else "inbox",
        to_review=counts["needs_review"],
        failed=counts["failed"],
        tabs=tabs,
        tab=tab,
        page=page,
        q=q,
        sort=sort,
        after=after,
        said=plain(said),
        chips=chips_of(q, tab, sort),
        columns=_columns(tab, q, sort),
        views=[
            {"id": v.id, "name": v.name, "href": f"/invoices?{v.query}", "on": _same(v.query, here)}
            for v in kept
        ],
        sources=ORIGINS,
        queue=f"?{urlencode({'q': q})}" if q.strip() else "",
        standings=IN_QUICKBOOKS,
        looks={found: look_of(*states) for found, states in standings.items()},
        first_href=here,
        next_href=address(tab, q, sort, after=page.next or ""),
        clear_href=address(tab),
        nothing_yet=not any(counts.values()),
        most=workflow.MOST_AT_ONCE,
        folder=str(place.settings.incoming_folder.absolute()),
        now=now,
        today=now.date(),
    )


@router.get("/invoices/filter")
def narrow(
    tab: Tab = "all",
    q: Line = "",
    sort: Annotated[str, Query(max_length=20)] = "",
    vendor: Annotated[str, Query(max_length=100)] = "",
    least: Annotated[str, Query(max_length=20)] = "",
    most: Annotated[str, Query(max_length=20)] = "",
    due: Annotated[str, Query(max_length=20)] = "",
    source: Annotated[str, Query(max_length=20)] = "",
    assignee: Annotated[str, Query(max_length=100)] = "",
    quickbooks: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Add what the filter's fields say to the search line."""
    added = [
        f"{key}:{_quoted(value)}"
        for key, value in (
            ("vendor", vendor),
            ("source", source),
            ("assignee", assignee),
            ("quickbooks", quickbooks),
        )
        if value.strip()
    ]
    added += [f">={least.strip()}"] * bool(least.strip())
    added += [f"<={most.strip()}"] * bool(most.strip())
    added += [due.strip()] * bool(due.strip())
    return RedirectResponse(address(tab, plain(" ".join([q, *added]).strip()), sort), 303)


@router.get("/invoices/export")
def export(
    request: Request,
    file_format: Annotated[workflow.ExportFormat, Query(alias="format")],
    tab: Tab = "all",
    q: Line = "",
    whole: Annotated[str, Query(alias="all", max_length=5)] = "",
    ids: Annotated[list[int] | None, Query(alias="id", max_length=500)] = None,
) -> Response:
    """The chosen invoices as a file; without any, all that the list shows."""
    place = place_of(request)
    chosen = _chosen(
        request, tab, q, "yes" if whole or not ids else "", ids, workflow.MOST_EXPORTED
    )
    made = workflow.export_invoices(place, chosen, file_format)
    told = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingResponse(made.content, media_type=made.media_type, headers=told)


@router.post("/invoices/bulk")
def bulk(
    request: Request,
    do: Annotated[workflow.Wish, Form()],
    tab: Annotated[str, Form(max_length=20)] = "all",
    q: Annotated[str, Form(max_length=500)] = "",
    sort: Annotated[str, Form(max_length=20)] = "",
    whole: Annotated[str, Form(alias="all", max_length=5)] = "",
    why: Annotated[str, Form(max_length=500)] = "",
    who: Annotated[str, Form(max_length=100)] = "",
    ids: Annotated[list[int] | None, Form(alias="id", max_length=500)] = None,
) -> Response:
    """Do one thing to the chosen invoices, and say how many went and what the others need."""
    place = place_of(request)
    chosen = _chosen(request, tab, q, whole, ids, workflow.MOST_AT_ONCE)
    text = plain(who if do == "assign" else why)
    outcome = workflow.do_many(place, chosen, do, actor=request.state.user, text=text)
    return RedirectResponse(address(tab, plain(q), sort, said=_told(do, outcome)), 303)


@router.post("/views")
def keep_view(
    request: Request,
    name: Annotated[str, Form(max_length=60)],
    query: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Keep the search under a name."""
    query = query.partition("?")[2]
    known = {k: v for k, v in parse_qsl(query) if k in ("tab", "q", "sort")}
    workflow.keep_view(place_of(request), request.state.user, plain(name), urlencode(known))
    return RedirectResponse(address(**known), 303)


@router.post("/views/{view_id}/delete")
def forget_view(request: Request, view_id: int) -> Response:
    """Remove a kept search."""
    workflow.forget_view(place_of(request), request.state.user, view_id)
    return RedirectResponse("/invoices", 303)


def _chosen(
    request: Request, tab: str, q: str, whole: str, ids: Sequence[int] | None, most: int
) -> list[int]:
    """The ids meant: those ticked, or all that the list shows."""
    if tab not in TABS:
        raise NotFound(_("There is no such list."))
    if not whole:
        return [one for one in ids or () if 0 < one < 2**63]
    with place_of(request).database.reading() as session:
        found = invoices.matching_ids(
            session, statuses=TABS[tab][1] or None, search=plain(q), most=most + 1
        )
    if len(found) > most:
        raise BadRequest(
            _("At most %(most)s invoices at once; narrow the search.", most=count(most))
        )
    return found


def _told(do: workflow.Wish, outcome: workflow.Outcome) -> str:
    done = {
        "approve": lambda n: ngettext("1 approved.", "%(n)s approved.", n),
        "reject": lambda n: ngettext("1 rejected.", "%(n)s rejected.", n),
        "assign": lambda n: ngettext("1 assigned.", "%(n)s assigned.", n),
        "retry": lambda n: ngettext("1 is being tried again.", "%(n)s are being tried again.", n),
        "delete": lambda n: ngettext("1 deleted.", "%(n)s deleted.", n),
    }[do](outcome.done)
    if not outcome.refused:
        return done
    left = ngettext("1 needs a look:", "%(n)s need a look:", len(outcome.refused))
    first_id, why = outcome.refused[0]
    return f"{done} {left} #{first_id}: {said(why)}"[:500]


def _quoted(value: str) -> str:
    value = value.replace('"', "").strip()
    return f'"{value}"' if " " in value else value


def chips_of(q: str, tab: str = "review", sort: str = "") -> list[dict[str, str]]:
    """The terms of a search in words, each with the list that leaves it out."""
    today = datetime.now(UTC).date()
    return [
        {"text": _term_words(term), "href": address(tab, without(q, term), sort)}
        for term in parse_search(q, today=today)
    ]


def _term_words(term: Term) -> str:
    if not term.key:
        return f"“{term.value}”"
    if term.key == "is":
        return _(IS[term.value])
    if term.key == "quickbooks":
        return _(IN_QUICKBOOKS[term.value])
    shown = term.value
    if term.key == "source":
        shown = _(ORIGINS.get(shown, shown))
    if term.bounds:
        shown = " ".join(SIGNS[b.operator] + _bound(term.key, b) for b in term.bounds)
    return f"{_(FILTERED[term.key])}: {shown}"


def _bound(key: str, bound: Bound) -> str:
    if isinstance(bound.value, date):
        return day(bound.value)
    assert key not in DAYS
    return number(bound.value) + (" %" if key == "confidence" else "")


def _columns(tab: str, q: str, sort: str) -> list[dict[str, Any]]:
    """The heads: a click sorts, a second one turns round, a third goes back to newest first."""
    made: list[dict[str, Any]] = []
    for name, title in COLUMNS.items():
        head: dict[str, Any] = {
            "name": name,
            "title": _(title),
            "numeric": name in NUMERIC,
            "href": "",
            "on": "",
        }
        if name in invoices.SORTS:
            falls = invoices.SORTS[name][1] != sort.startswith("-")
            on = sort.removeprefix("-") == name
            following = {"": name, name: f"-{name}", f"-{name}": ""}[sort if on else ""]
            head |= {"href": address(tab, q, following)}
            head |= {"on": ("descending" if falls else "ascending") if on else ""}
        made.append(head)
    return made


def _same(query: str, here: str) -> bool:
    return sorted(parse_qsl(query)) == sorted(parse_qsl(here.partition("?")[2]))
