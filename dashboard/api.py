"""The dashboard's only source: the HTTP API of Invoice AI."""

from __future__ import annotations

import os
from typing import Any

import httpx2

ADDRESS = os.environ.get("INVOICE_AI_API_URL") or (
    f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"  # as start_api.sh reads it
)


class NotReachable(Exception):
    """The API does not answer; the text names the address."""


class SignInNeeded(Exception):
    """The API wants to know who asks."""


class Api:
    """A session with the API; it keeps the cookie of the person who signed in, nothing else."""

    def __init__(self, address: str = ADDRESS) -> None:
        self.address = address.rstrip("/")
        # Origin says that we are no foreign page: with an old session's cookie the API wants to know.
        self._client = httpx2.Client(
            base_url=self.address, timeout=5.0, headers={"Origin": self.address}
        )

    def sign_in(self, password: str) -> str:
        """Open a session; returns what is wrong, empty when the password is right."""
        answer = self._ask("POST", "/login", data={"password": password, "next": "/invoices"})
        if answer.status_code == 429:
            return "That was too often. Please wait a minute."
        return "" if answer.status_code == 303 else "That is not the password."

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at `path`.

        Raises: NotReachable, SignInNeeded.
        """
        answer = self._ask("GET", path, params=query)
        if answer.status_code in (401, 403):
            raise SignInNeeded
        if answer.status_code >= 400:
            raise NotReachable(f"{self.address}{path} answered {answer.status_code}.")
        return answer.json()

    def _ask(self, method: str, path: str, **options: Any) -> httpx2.Response:
        try:
            return self._client.request(method, path, **options)
        except httpx2.HTTPError as broken:
            raise NotReachable(
                f"{self.address} does not answer ({type(broken).__name__})."
            ) from None
