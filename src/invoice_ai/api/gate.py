"""The gate: to which names we answer, from which pages, and who is let in (reliability.md §6).

In order: a foreign Host is 400, a foreign page is 403, a stranger is 401 (a browser is sent to the
login page). Behind the gate `request.state.user` is the caller's name, `request.state.caller` the
`Caller`, `request.state.local` says that nobody needed to sign in, `request.state.address` is the
client's address as far as trusted proxies vouch for it.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from invoice_ai.access.door import (
    Knock,
    client_address,
    host_allowed,
    is_from_elsewhere,
    is_local,
    is_trusted,
)
from invoice_ai.access.sessions import COOKIES
from invoice_ai.api.errors import answer_error, error_response, wants_page
from invoice_ai.errors import Unavailable
from invoice_ai.reception import Caller, Reception
from invoice_ai.settings import Settings

# What a stranger may see: that we live, and how to sign in.
OPEN_PATHS = frozenset(
    {f"{prefix}/health" for prefix in ("", "/api", "/api/v1")}
    # QuickBooks signs what it tells; nothing else is believed there.
    | {f"{prefix}/quickbooks/webhook" for prefix in ("", "/api", "/api/v1")}
    | {"/login", "/favicon.ico"}
)
OPEN_FOLDERS = ("/static/",)


def with_gate(app: ASGIApp, *, settings: Settings, reception: Callable[[], Reception]) -> ASGIApp:
    """Let in who may come in. `reception` is asked per request: it opens with the lifespan."""
    names = frozenset({*settings.allowed_hosts, settings.host.lower()})

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        knock = _knock(scope, headers)
        state = scope.setdefault("state", {})
        _believe_proxies(scope, headers, settings)
        state["address"] = (scope.get("client") or ("", 0))[0]
        state["user"], state["caller"], state["local"] = None, None, False

        refusal: Response | None = None
        if not host_allowed(knock.host, names, any_address=settings.listens_to_others):
            refusal = error_response(
                400, "We do not answer to that name. Add it to ALLOWED_HOSTS if it is ours."
            )
        elif is_from_elsewhere(knock):
            refusal = error_response(403, "This was asked by a page of another site.")
        else:
            try:
                caller = await run_in_threadpool(_who, reception(), headers, knock)
            except Unavailable as away:
                if scope["path"] not in OPEN_PATHS:
                    await answer_error(away)(scope, receive, send)
                    return
                caller = None
            if caller is not None:
                state["user"], state["caller"], state["local"] = caller.name, caller, caller.local
            elif not _is_open(scope["path"]):
                refusal = _ask_to_sign_in(scope, reception())
        await (refusal or app)(scope, receive, send)

    return answer


def _knock(scope: Scope, headers: Headers) -> Knock:
    peer, arrived_at = scope.get("client") or ("", 0), scope.get("server") or ("", 0)
    hosts = headers.getlist("host")
    return Knock(
        method=scope["method"],
        host=hosts[0] if len(hosts) == 1 else "",
        peer=peer[0],
        arrived_at=arrived_at[0],
        forwarded=any(n == "forwarded" or n.startswith("x-forwarded-") for n in headers),
        origin=headers.get("origin", ""),
        fetch_site=headers.get("sec-fetch-site", "").lower(),
        cookies="cookie" in headers,
        key=_key_text(headers) != "",
    )


def _believe_proxies(scope: Scope, headers: Headers, settings: Settings) -> None:
    """Take client and scheme from X-Forwarded-…, but only from a proxy we were told to trust."""
    peer, port = scope.get("client") or ("", 0)
    if not is_trusted(peer, settings.trusted_proxies):
        return
    chain = ",".join(headers.getlist("x-forwarded-for"))
    scope["client"] = (client_address(peer, chain, settings.trusted_proxies), port)
    if headers.get("x-forwarded-proto") in ("http", "https"):
        scope["scheme"] = headers["x-forwarded-proto"]


def _who(reception: Reception, headers: Headers, knock: Knock) -> Caller | None:
    """A key says most, then a session; without a password, whoever is on this computer."""
    if text := _key_text(headers):
        return reception.by_key(text)
    cookies = cookie_parser(headers.get("cookie", ""))
    tokens = [token for name in COOKIES if (token := cookies.get(name))]
    if not reception.has_password:
        if not is_local(knock):
            return None
        # Without a password a session opens nothing; it only keeps what its person is called.
        person = next((p for token in tokens if (p := reception.person_of(token))), None)
        return Caller(person or "local", local=True, person=person)
    return next((caller for token in tokens if (caller := reception.by_session(token))), None)


def _key_text(headers: Headers) -> str:
    scheme, _, text = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and text:
        return text
    return headers.get("x-api-key", "")


def _is_open(path: str) -> bool:
    return path in OPEN_PATHS or path.startswith(OPEN_FOLDERS)


def _ask_to_sign_in(scope: Scope, reception: Reception) -> Response:
    if wants_page(Request(scope)):
        query = scope.get("query_string", b"").decode("latin-1")
        there = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(there, safe='')}", 303)
    detail = (
        "Please sign in, or send an API key: Authorization: Bearer inv_…"
        if reception.has_password
        else "Only this computer may use Invoice AI. For others, set ADMIN_PASSWORD and HOST."
    )
    return error_response(401, detail, {"WWW-Authenticate": "Bearer"})
