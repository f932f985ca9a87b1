"""Where QuickBooks lives: Intuit's own addresses, or those of a stand-in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

Environment = Literal["sandbox", "production"]

SCOPE = "com.intuit.quickbooks.accounting"  # there is no narrower one for bills
MINOR_VERSION = "75"

_API = {
    "sandbox": "https://sandbox-quickbooks.api.intuit.com",
    "production": "https://quickbooks.api.intuit.com",
}
_APP = {"sandbox": "https://sandbox.qbo.intuit.com", "production": "https://qbo.intuit.com"}
_PAGES = {"Bill": "bill", "VendorCredit": "vendorcredit", "Purchase": "expense"}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Every address we call or link to."""

    authorize: str
    token: str
    revoke: str
    api: str
    app: str
    is_stand_in: bool

    def company(self, realm: str) -> str:
        """Base of the accounting API of one company."""
        return f"{self.api}/v3/company/{realm}"

    def page(self, entity: str, qbo_id: str) -> str:
        """Where a person sees that transaction in QuickBooks."""
        return f"{self.app}/app/{_PAGES.get(entity, entity.lower())}?{urlencode({'txnId': qbo_id})}"


def addresses_of(environment: Environment, base_url: str = "") -> Addresses:
    """Intuit's addresses; with `base_url` those of a stand-in that plays all of Intuit's hosts.

    Sandbox and production share the addresses for signing in: the key pair tells them apart.
    """
    base = base_url.rstrip("/")
    if base:
        return Addresses(
            authorize=f"{base}/connect/oauth2",
            token=f"{base}/oauth2/v1/tokens/bearer",
            revoke=f"{base}/v2/oauth2/tokens/revoke",
            api=base,
            app=base,
            is_stand_in=True,
        )
    return Addresses(
        authorize="https://appcenter.intuit.com/connect/oauth2",
        token="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",  # noqa: S106 - an address
        revoke="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
        api=_API[environment],
        app=_APP[environment],
        is_stand_in=False,
    )
