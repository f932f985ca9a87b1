"""What can be told about a request from its outside, before anybody looks into it."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


@dataclass(frozen=True, slots=True)
class Knock:
    """The outside of a request.

    Attributes:
        host: The Host header, with port; empty when missing.
        peer: Address of the other end of the connection; empty for a local socket.
        arrived_at: Our own address the connection came in at.
        forwarded: Whether a proxy left its mark (Forwarded or X-Forwarded-…).
        origin, fetch_site: What a browser says of the page that asks; empty when it does not.
        cookies: Whether the request carries any cookie.
        key: Whether it carries an API key; no browser adds one by itself.
    """

    method: str
    host: str
    peer: str = ""
    arrived_at: str = ""
    forwarded: bool = False
    origin: str = ""
    fetch_site: str = ""
    cookies: bool = False
    key: bool = False


def host_name(host: str) -> str:
    """The name in a Host header, lower case, without port.

    >>> host_name("LOCALHOST:8000"), host_name("[::1]:8000"), host_name("::1")
    ('localhost', '[::1]', '')
    """
    try:
        parts = urlsplit(f"//{host.strip()}")
        name, _ = parts.hostname, parts.port
    except ValueError:
        return ""
    if not name or parts.netloc != host.strip() or "@" in host:
        return ""
    return f"[{name}]" if ":" in name else name


def host_allowed(host: str, allowed: Collection[str], *, any_address: bool = False) -> bool:
    """Whether we answer to that name: a foreign one means a rebound DNS name or a mistake.

    Args:
        any_address: Also accept any IP address. A rebinding page needs a name, so an address is
            safe; it is how people reach a server that has no name.
    """
    name = host_name(host)
    if name in allowed:
        return bool(name)
    return any_address and _address(name.strip("[]")) is not None


def is_local(knock: Knock) -> bool:
    """Whether the request surely comes from this computer, and from no page but ours."""
    return (
        _is_loopback(knock.peer)
        and _is_loopback(knock.arrived_at)
        and host_name(knock.host) in LOOPBACK_NAMES
        and not knock.forwarded
    )


def is_from_elsewhere(knock: Knock) -> bool:
    """Whether a page of another site is asking (CSRF), or nobody can tell.

    Browsers send Origin with every request that changes something; with a cookie and without
    Origin it is refused, because the cookie may have been added behind the person's back.
    """
    if knock.origin:
        # "null" is what privacy settings leave of an origin; then Sec-Fetch-Site decides.
        if knock.origin == "null":
            return knock.fetch_site != "same-origin"
        return urlsplit(knock.origin).netloc.lower() != knock.host.lower()
    if knock.method in SAFE_METHODS:
        return False
    if knock.fetch_site:
        return knock.fetch_site not in ("same-origin", "none")
    return knock.cookies and not knock.key


def client_address(peer: str, forwarded_for: str, trusted: Collection[str]) -> str:
    """Who is asking: the peer, or the last address that no trusted proxy of ours wrote.

    >>> client_address("10.0.0.2", "6.6.6.6, 203.0.113.9", {"10.0.0.2"})
    '203.0.113.9'
    >>> client_address("203.0.113.9", "127.0.0.1", {"10.0.0.2"})
    '203.0.113.9'
    """
    hops = [hop.strip() for hop in forwarded_for.split(",") if hop.strip()]
    address = peer
    while is_trusted(address, trusted) and hops:
        address = hops.pop()
    return address if _address(address) else peer


def is_trusted(address: str, trusted: Collection[str]) -> bool:
    """Whether the address is one of the proxies, which may be given as networks (10.0.0.0/8)."""
    known = _address(address)
    if known is None:
        return False
    for entry in trusted:
        try:
            if known in ipaddress.ip_network(entry, strict=False):
                return True
        except ValueError:
            continue
    return False


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped or address


def _is_loopback(text: str) -> bool:
    address = _address(text)
    return address is not None and address.is_loopback
