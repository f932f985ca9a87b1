"""Which model is asked, where it runs, and whether a document may go there."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, get_args
from urllib.parse import urlsplit

Provider = Literal["ollama", "gemini", "openai"]

Policy = Literal["cloud", "local", "never"]
POLICIES: tuple[Policy, ...] = get_args(Policy)  # from the freest to the strictest

# Where a provider is asked when no base URL is set.
PUBLIC_URLS: dict[Provider, str] = {
    "ollama": "http://localhost:11434",
    "gemini": "https://generativelanguage.googleapis.com",
    "openai": "https://api.openai.com/v1",
}
# Names that only a network of one's own resolves.
_PRIVATE_SUFFIXES = (".local", ".internal", ".lan", ".home.arpa", ".localhost")


@dataclass(frozen=True, slots=True)
class Model:
    """One model of one provider, and what a question to it may cost.

    Attributes:
        name: As the provider calls it, e.g. "llama3.2-vision".
        base_url: Where it is asked; empty: the provider's public address.
        key: Never shown and never logged.
        seconds: Wall-clock time for one question, all attempts together.
        retries: Further attempts after a fault that may pass.
        price_in, price_out: Per million tokens, in the currency of the provider's bill; None: the
            cost is not computed.
    """

    provider: Provider
    name: str
    base_url: str = ""
    key: str = field(default="", repr=False)
    seconds: float = 120.0
    retries: int = 2
    price_in: Decimal | None = None
    price_out: Decimal | None = None

    @property
    def address(self) -> str:
        """The URL that is really asked, without a trailing slash."""
        return (self.base_url or PUBLIC_URLS[self.provider]).rstrip("/")

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""

    @property
    def is_local(self) -> bool:
        """Whether documents stay on this machine or this network.

        Decided by the address alone: loopback, a private address, a name without a dot (a
        container's) or with a suffix that the public name system does not have.

        >>> Model("openai", "m", "http://127.0.0.1:8080/v1").is_local
        True
        >>> Model("ollama", "m", "https://ollama.example.com").is_local
        False
        """
        host = self.host.lower()
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return bool(host) and ("." not in host or host.endswith(_PRIVATE_SUFFIXES))
        return address.is_private or address.is_loopback

    @property
    def images_per_question(self) -> int:
        """Ollama's vision models take one image in a message, the others several."""
        return 1 if self.provider == "ollama" else 4

    def cost(self, tokens_in: int, tokens_out: int) -> Decimal | None:
        """What so many tokens cost, exact to a millionth; None when no price is known."""
        if self.price_in is None or self.price_out is None:
            return None
        million = Decimal(1_000_000)
        exact = (self.price_in * tokens_in + self.price_out * tokens_out) / million
        return exact.quantize(Decimal("0.000001"))


def strictest(*policies: str | None) -> Policy:
    """The strictest of several rules; an unknown word counts as "never", None as no rule.

    >>> strictest("cloud", None, "local")
    'local'
    """
    ranks = [POLICIES.index(p) if p in POLICIES else len(POLICIES) - 1 for p in policies if p]
    return POLICIES[max(ranks, default=0)]


def may_go(model: Model, policy: Policy) -> bool:
    """Whether a document under this rule may be shown to this model."""
    return policy == "cloud" or (policy == "local" and model.is_local)
