"""The stand-in of QuickBooks as a process of its own, as tests of both sides use it."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from tests.servers import die_with_parent, free_port, wait_until

US, GB, CA, EXPIRED = (
    "9130350000000010",
    "9130350000000020",
    "9130350000000030",
    "9130350000000040",
)
CALLBACK = "http://localhost:8000/api/auth/qb/callback"
ACCOUNTING = "com.intuit.quickbooks.accounting"
# One for all: to load the certificates of the web takes 50 ms, and we never leave this computer.
web = httpx2.Client(verify=False, timeout=30)


@dataclass
class QuickBooksServer:
    """`invoice-ai quickbooks-standin --control`; `kill` is kill -9, `start` again is a restart."""

    folder: Path
    options: list[str] = field(default_factory=list)
    port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "invoice_ai.cli", "quickbooks-standin", "--control"]
        with (self.folder / "standin.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--port", str(self.port), *self.options],
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
        wait_until(self._answers, seconds=30, what="the stand-in answers")

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(15)
            self._process = None

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(15)
            self._process = None

    # --- the control API -------------------------------------------------------------------

    def control(self, method: str, route: str, **arguments: Any) -> Any:
        """`control("POST", "clock", json={"advance": 60})`; the answer's JSON."""
        answer = web.request(method, f"{self.address}/_sim/{route}", **arguments)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def reset(self) -> None:
        self.control("POST", "reset")

    def settings(self, **values: Any) -> None:
        self.control("POST", "settings", json=values)

    def no_limits(self) -> None:
        self.settings(a_minute=0, a_second=0, batches_a_minute=0)

    def fault(self, action: Any, **match: Any) -> str:
        order = {"match": match, "action": action}
        return str(self.control("POST", "faults", json=order)["id"])

    def advance(self, seconds: float) -> None:
        self.control("POST", "clock", json={"advance": seconds})

    def user(self, action: str, realm: str = US, **what: Any) -> Any:
        """What a person does in QuickBooks: pay_bill, delete_bill, close_books …"""
        return self.control("POST", "user-action", json={"action": action, "realm": realm, **what})

    def documents(self, **query: str) -> list[dict[str, Any]]:
        """Bills, credits and purchases by `marker`, `number`, `realm`, `entity`."""
        return list(self.control("GET", "bills", params=query)["documents"])

    def calls(self, path: str = "", method: str | None = None) -> list[dict[str, Any]]:
        """The captured exchanges whose path matches."""
        query = {"path": path} | ({"method": method} if method else {})
        return list(self.control("GET", "log", params=query)["rows"])

    # --- as a browser and an app -----------------------------------------------------------

    def approve(
        self,
        realm: str = US,
        *,
        state: str = "s" * 22,
        client: str = "app",
        scope: str = ACCOUNTING,
    ) -> dict[str, str]:
        """The callback's query after a person has connected a company: code, state, realmId."""
        answer = web.get(
            f"{self.address}/connect/oauth2",
            params={
                "client_id": client,
                "response_type": "code",
                "scope": scope,
                "redirect_uri": CALLBACK,
                "state": state,
                "auto": "approve",
                "realm": realm,
            },
        )
        assert answer.status_code == 302, answer.text
        query = parse_qs(urlsplit(answer.headers["location"]).query)
        return {name: values[0] for name, values in query.items()}

    def tokens(self, realm: str = US, **how: Any) -> dict[str, Any]:
        code = self.approve(realm, **how)["code"]
        answer = web.post(
            f"{self.address}/oauth2/v1/tokens/bearer",
            data={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
            auth=(how.get("client", "app"), "secret"),
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def client(self, realm: str = US) -> httpx2.Client:
        """A connected client of one company: `client.get("query", params={"query": …})`."""
        return httpx2.Client(
            base_url=f"{self.address}/v3/company/{realm}/",
            headers={
                "Authorization": f"Bearer {self.tokens(realm)['access_token']}",
                "Accept": "application/json",
            },
            params={"minorversion": "75"},
            timeout=30,
            verify=False,
        )

    def _answers(self) -> bool:
        try:
            answer = web.get(f"{self.address}/.well-known/openid_configuration/", timeout=2)
        except httpx2.TransportError:
            return False
        return re.match("http", answer.json()["issuer"]) is not None
