"""Intuit's OAuth 2.0 as far as it is known: connect page, codes, tokens, rotation, revocation."""

from __future__ import annotations

import base64
import binascii
import hashlib
import html
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from invoice_ai.quickbooks_standin.clock import Clock
from invoice_ai.quickbooks_standin.exchange import Reply, Request
from invoice_ai.quickbooks_standin.shelves import Shelves

ACCESS_SECONDS = 3600
CODE_SECONDS = 300
ROTATION_SECONDS = 86_400
REFRESH_SECONDS = 8_640_000  # 100 days, rolling
HARD_SECONDS = 157_680_000  # 5 years, whatever is refreshed
ACCOUNTING = "com.intuit.quickbooks.accounting"
_SCOPES = frozenset(
    {ACCOUNTING, "com.intuit.quickbooks.payment", "openid", "profile", "email", "phone", "address"}
)
_KEY_ID = "standin-1"


@dataclass
class Rules:
    """How the service treats tokens; the control API changes them."""

    client: tuple[str, str] | None = None  # None: any id with any secret
    redirect_uris: tuple[str, ...] = ()  # empty: any
    rotation_seconds: float = ROTATION_SECONDS  # 0: a new value with every refresh
    revoke_on_reuse: bool = False  # a dead refresh token kills its whole family


class OAuth:
    """Codes and tokens; token families (one per approval) hold everything that was granted."""

    def __init__(self, shelves: Shelves, clock: Clock, seed: int) -> None:
        self._shelves, self._clock, self._seed = shelves, clock, seed
        self.rules = Rules()
        self.rotate_next = False  # the next refresh gets a new value, whatever the time
        self.in_flight: set[str] = set()  # refresh tokens whose answer is still on its way
        self._signing: rsa.RSAPrivateKey | None = None

    def forget(self, rules: Rules) -> None:
        """As at the start, with these rules."""
        self.rules, self.rotate_next = rules, False
        self.in_flight.clear()

    # --- discovery -------------------------------------------------------------------------

    def discovery(self, address: str) -> Reply:
        return Reply.json(
            200,
            {
                "issuer": f"{address}/op/v1",
                "authorization_endpoint": f"{address}/connect/oauth2",
                "token_endpoint": f"{address}/oauth2/v1/tokens/bearer",
                "userinfo_endpoint": f"{address}/v1/openid_connect/userinfo",
                "revocation_endpoint": f"{address}/v2/oauth2/tokens/revoke",
                "jwks_uri": f"{address}/op/v1/jwks",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": [
                    "client_secret_post",
                    "client_secret_basic",
                ],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            },
        )

    def jwks(self) -> Reply:
        numbers = self._key().public_key().public_numbers()
        key = {
            "kty": "RSA",
            "kid": _KEY_ID,
            "use": "sig",
            "alg": "RS256",
            "n": _b64(numbers.n.to_bytes(256, "big")),
            "e": _b64(numbers.e.to_bytes(3, "big")),
        }
        return Reply.json(200, {"keys": [key]})

    # --- the person's browser --------------------------------------------------------------

    def connect(self, request: Request, companies: Mapping[str, str]) -> Reply:
        """The page with the company picker, or at once the redirect with `auto=approve|deny`."""
        asked = dict(request.query)
        wrong = self._wrong(asked)
        if wrong:
            return _page(400, "This app cannot be connected", f"<p>{html.escape(wrong)}</p>")
        decision = asked.get("auto", "")
        realm = asked.get("realm") or next(iter(companies))
        if decision == "deny":
            return _redirect(asked["redirect_uri"], error="access_denied", state=asked["state"])
        if decision == "approve" and realm in companies:
            code = self._grant(asked, realm)
            return _redirect(asked["redirect_uri"], code=code, state=asked["state"], realmId=realm)
        return _page(200, "Connect a company", _picker(asked, companies))

    def _wrong(self, asked: Mapping[str, str]) -> str:
        for name in ("client_id", "response_type", "scope", "redirect_uri", "state"):
            if not asked.get(name):
                return f"The {name} query parameter is missing."
        if self.rules.client and asked["client_id"] != self.rules.client[0]:
            return "The client_id is not known."
        if asked["response_type"] != "code":
            return "The response_type query parameter must be code."
        if not set(asked["scope"].split()) <= _SCOPES:
            return "The scope query parameter is invalid."
        target = urlsplit(asked["redirect_uri"])
        if target.scheme not in ("http", "https") or not target.hostname or target.fragment:
            return "The redirect_uri query parameter value is invalid."
        if self.rules.redirect_uris and asked["redirect_uri"] not in self.rules.redirect_uris:
            return (
                "The redirect_uri query parameter value is invalid. Make sure it is listed in the "
                "Redirect URIs section on your app's keys tab and matches it exactly."
            )
        return ""

    def _grant(self, asked: Mapping[str, str], realm: str) -> str:
        code = "AB11" + self._secret("code")
        self._shelves.put(
            "codes",
            code,
            {
                "client": asked["client_id"],
                "redirect_uri": asked["redirect_uri"],
                "realm": realm,
                "scope": asked["scope"],
                "until": self._now() + CODE_SECONDS,
            },
        )
        return code

    # --- tokens ----------------------------------------------------------------------------

    def token(self, request: Request) -> Reply:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        client = self._client(request, form)
        if client is None:
            return Reply.json(401, {"error": "invalid_client"})
        kind = form.get("grant_type")
        if kind == "authorization_code":
            family = self._exchange(form, client)
        elif kind == "refresh_token":
            family = self._refresh(form.get("refresh_token", ""), client)
        else:
            return Reply.json(400, {"error": "unsupported_grant_type"})
        if family is None:
            return Reply.json(
                400,
                {
                    "error": "invalid_grant",
                    "error_description": "Incorrect or invalid refresh token"
                    if kind == "refresh_token"
                    else "Invalid authorization code",
                },
            )
        hard = request.headers.get("x-include-refresh-token-hard-expires-in") == "true"
        return self._tokens(family, request.address, hard=hard, fresh=kind == "authorization_code")

    def _exchange(self, form: Mapping[str, str], client: str) -> dict[str, Any] | None:
        code = form.get("code", "")
        granted = self._shelves.get("codes", code)
        if granted is None:
            return None
        self._shelves.drop("codes", code)  # single use, whatever comes of it
        if (
            granted["client"] != client
            or granted["redirect_uri"] != form.get("redirect_uri")
            or granted["until"] < self._now()
        ):
            return None
        family = {
            "id": self._secret("family")[:12],
            "client": client,
            "realm": granted["realm"],
            "scope": granted["scope"],
            "born": self._now(),
            "revoked": False,
        }
        self._new_value(family)
        return family

    def _refresh(self, value: str, client: str) -> dict[str, Any] | None:
        known = self._shelves.get("refresh_tokens", value)
        if known is None:
            return None
        family: dict[str, Any] = self._shelves.get("families", known["family"])
        now = self._now()
        if family["refresh"] != value:
            if self.rules.revoke_on_reuse:
                self._revoke(family)
            return None
        if (
            family["revoked"]
            or family["client"] != client
            or value in self.in_flight
            or now > family["used"] + REFRESH_SECONDS
            or now > family["born"] + HARD_SECONDS
        ):
            return None
        family = {**family, "used": now}
        if self.rotate_next or now >= family["issued"] + self.rules.rotation_seconds:
            self.rotate_next = False
            self._new_value(family)  # the old value is dead from here
        self._shelves.put("families", family["id"], family)
        return family

    def _new_value(self, family: dict[str, Any]) -> None:
        value = "AB11" + str(int(self._now()))[-8:] + self._secret("refresh")
        family |= {"refresh": value, "issued": self._now(), "used": self._now()}
        self._shelves.put("refresh_tokens", value, {"family": family["id"]})
        self._shelves.put("families", family["id"], family)

    def _tokens(self, family: dict[str, Any], address: str, *, hard: bool, fresh: bool) -> Reply:
        access = "eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0.." + self._secret("access")
        self._shelves.put(
            "access_tokens",
            access,
            {"family": family["id"], "until": self._now() + ACCESS_SECONDS},
        )
        body: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": ACCESS_SECONDS,
            "refresh_token": family["refresh"],
            "x_refresh_token_expires_in": REFRESH_SECONDS,
            "access_token": access,
        }
        if hard:
            left = int(family["born"] + HARD_SECONDS - self._now())
            body["x_refresh_token_hard_expires_in"] = left
        if fresh and "openid" in family["scope"].split():
            body["id_token"] = self._id_token(family, address)
        return Reply.json(200, body, {"Cache-Control": "no-cache, no-store"})

    def revoke(self, request: Request) -> Reply:
        if self._client(request, {}) is None:
            return Reply.json(401, {"error": "invalid_client"})
        try:
            value = json.loads(request.body)["token"]
        except (ValueError, KeyError, TypeError):
            return Reply.json(400, {"error": "invalid_request"})
        kept = self._shelves.get("refresh_tokens", str(value)) or self._shelves.get(
            "access_tokens", str(value)
        )
        if kept is None:
            return Reply.json(400, {"error": "invalid_token"})
        self._revoke(self._shelves.get("families", kept["family"]))
        return Reply(200, {}, b"")

    def userinfo(self, request: Request) -> Reply:
        family = self.family_of(request)
        if family is None or "openid" not in family["scope"].split():
            return Reply.json(401, {"error": "invalid_token"})
        return Reply.json(
            200,
            {
                "sub": "standin-user-1",
                "givenName": "Sam",
                "familyName": "Standin",
                "email": "sam.standin@example.com",
                "emailVerified": True,
            },
        )

    # --- for the accounting API and the control API ----------------------------------------

    def family_of(self, request: Request) -> dict[str, Any] | None:
        """The approval behind the bearer token; None: unknown, expired or revoked."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        kept = self._shelves.get("access_tokens", value.strip())
        if scheme.lower() != "bearer" or kept is None or kept["until"] <= self._now():
            return None
        family: dict[str, Any] = self._shelves.get("families", kept["family"])
        return None if family["revoked"] else family

    def expire_access(self, realm: str | None = None) -> None:
        for value, kept in list(self._shelves.all("access_tokens").items()):
            if realm is None or self._shelves.get("families", kept["family"])["realm"] == realm:
                self._shelves.put("access_tokens", value, {**kept, "until": 0})

    def revoke_all(self, realm: str | None = None) -> None:
        for family in list(self._shelves.all("families").values()):
            if realm is None or family["realm"] == realm:
                self._revoke(family)

    def refresh_value(self, request: Request) -> str:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        return form.get("refresh_token", "")

    def _revoke(self, family: dict[str, Any]) -> None:
        self._shelves.put("families", family["id"], {**family, "revoked": True})

    def _client(self, request: Request, form: Mapping[str, str]) -> str | None:
        """The client's id when its secret is right; by Basic or in the form."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        id_, secret = form.get("client_id", ""), form.get("client_secret", "")
        if scheme.lower() == "basic":
            try:
                id_, _, secret = base64.b64decode(value).decode().partition(":")
            except (binascii.Error, UnicodeDecodeError):
                return None
        if not id_ or not secret or (self.rules.client and self.rules.client != (id_, secret)):
            return None
        return id_

    def _id_token(self, family: dict[str, Any], address: str) -> str:
        now = int(self._now())
        head = _b64(json.dumps({"kid": _KEY_ID, "alg": "RS256"}).encode())
        claims = {
            "sub": "standin-user-1",
            "aud": [family["client"]],
            "realmid": family["realm"],
            "auth_time": now,
            "iss": f"{address}/op/v1",
            "exp": now + ACCESS_SECONDS,
            "iat": now,
        }
        signed = f"{head}.{_b64(json.dumps(claims).encode())}"
        signature = self._key().sign(signed.encode(), padding.PKCS1v15(), SHA256())
        return f"{signed}.{_b64(signature)}"

    def _key(self) -> rsa.RSAPrivateKey:
        if self._signing is None:  # made when first needed: it takes a moment
            self._signing = rsa.generate_private_key(65537, 2048)
        return self._signing

    def _now(self) -> float:
        return self._clock.now().timestamp()

    def _secret(self, kind: str) -> str:
        """Deterministic by seed and order; good enough for a stand-in on loopback only."""
        count = int(self._shelves.get("counts", kind) or 0) + 1
        self._shelves.put("counts", kind, count)
        return hashlib.sha256(f"{self._seed}/{kind}/{count}".encode()).hexdigest()[:40]


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _redirect(target: str, **parameters: str) -> Reply:
    joint = "&" if urlsplit(target).query else "?"
    return Reply(302, {"Location": target + joint + urlencode(parameters)}, b"")


def _picker(asked: Mapping[str, str], companies: Mapping[str, str]) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in asked.items()
        if name not in ("auto", "realm")
    )
    options = "".join(
        f'<label><input type="radio" name="realm" value="{realm}"{" checked" if not at else ""}>'
        f" {html.escape(name)}</label>"
        for at, (realm, name) in enumerate(companies.items())
    )
    target = urlsplit(asked["redirect_uri"])
    return (
        f"<p>An app that answers at <strong>{html.escape(target.netloc)}</strong> wants to read "
        f"and write the books of one company.</p>"
        f'<form method="get" action="/connect/oauth2">{hidden}'
        f"<fieldset><legend>Company</legend>{options}</fieldset>"
        '<p><button name="auto" value="approve">Connect</button> '
        '<button name="auto" value="deny">No, thanks</button></p></form>'
    )


def _page(status: int, title: str, body: str) -> Reply:
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title} – QuickBooks stand-in</title><style>"
        "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem}"
        "label{display:block;padding:.3rem 0}button{font:inherit;padding:.5rem 1rem}"
        ".badge{background:#7a4b00;color:#fff;padding:.2rem .6rem;border-radius:.3rem}"
        '</style></head><body><p><span class="badge">Stand-in, not real QuickBooks</span></p>'
        f"<main><h1>{title}</h1>{body}</main></body></html>"
    )
    headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Reply(status, headers, text.encode())
