"""Who bills us: the record, and the marks by which the next invoice of the same vendor is known."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from invoice_ai.domain.identifiers import compact
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name

MarkKind = Literal["tax_id", "iban", "domain", "name"]
MarkState = Literal["seen", "verified", "refused"]

# Most telling first. An account is no proof of who writes: it is compared, and blocks when new.
MARK_KINDS: tuple[MarkKind, ...] = ("tax_id", "iban", "domain", "name")

# Addresses that everybody can have say nothing about who writes.
_ANYBODYS_MAIL = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com",
    "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de",
    "t-online.de", "freenet.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it",
    "telefonica.net", "ziggo.nl", "proton.me", "protonmail.com", "wp.pl", "onet.pl", "qq.com",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing a vendor is known by; `key` is what is compared, `printed` what was read."""

    kind: MarkKind
    key: str
    printed: str


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor on file.

    Attributes:
        auto_approve_after: Clean approvals in a row before one is approved by itself; None: as set
            for all vendors.
        always_review: A person is asked about every invoice.
        amount_limit: Above it (in the invoice's currency) a person is asked; None: no limit.
        clean_approvals: Approvals in a row in which nothing was corrected.
        ai_policy: Where documents may go: "local", "cloud" or "never"; None: as set for all.
        booking_policy: "on_approval", "ask" or "never"; None: as set for all.
        merged_into: The vendor that took over this one's invoices.
        version: Rises with every change by a person.
    """

    id: int
    name: str
    country: str | None
    notes: str
    auto_approve_after: int | None
    always_review: bool
    amount_limit: Decimal | None
    clean_approvals: int
    ai_policy: str | None
    booking_policy: str | None
    merged_into: int | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class VendorMark:
    """A mark on file. An account is verified only when a person has said how (R34)."""

    id: int
    vendor_id: int
    kind: MarkKind
    key: str
    printed: str
    state: MarkState
    first_invoice_id: int | None
    verified_by: str | None
    verified_how: str | None
    verified_at: datetime | None
    created_at: datetime


def marks_of(invoice: ExtractedInvoice) -> tuple[Mark, ...]:
    """What an invoice says about who sent it, most telling first; each mark once.

    >>> from invoice_ai.domain.invoice import ExtractedField
    >>> seen = {"vendor_email": "Billing@Acme-Tools.example", "vendor_name": "Acme Tools Ltd"}
    >>> [(m.kind, m.key) for m in marks_of(ExtractedInvoice(
    ...     {n: ExtractedField(v, v, 1.0, "text") for n, v in seen.items()}))]
    [('domain', 'acme-tools.example'), ('name', 'acme tools')]
    """
    found: dict[tuple[MarkKind, str], Mark] = {}

    def add(kind: MarkKind, key: str, printed: str) -> None:
        if key:
            found.setdefault((kind, key[:300]), Mark(kind, key[:300], printed[:300]))

    for name, kind in (("vendor_tax_id", "tax_id"), ("iban", "iban")):
        text = invoice.text(name) or ""
        add("tax_id" if kind == "tax_id" else "iban", compact(text).upper(), text)
    for name in ("vendor_email", "vendor_website"):
        text = invoice.text(name) or ""
        add("domain", domain_of(text), text)
    for name in ("vendor_name", "vendor_trading_name"):
        text = invoice.text(name) or ""
        add("name", comparable_name(text), text)
    return tuple(sorted(found.values(), key=lambda mark: MARK_KINDS.index(mark.kind)))


def domain_of(address: str) -> str:
    """The domain of an e-mail or web address, "" when it tells nothing.

    >>> domain_of("https://www.acme.example/shop"), domain_of("joe@gmail.com")
    ('acme.example', '')
    """
    found = re.search(
        r"(?:@|://|^)(?:www\.)?([a-z0-9](?:[a-z0-9-]*\.)+[a-z]{2,24})\b", address.strip().lower()
    )
    return found[1] if found and found[1] not in _ANYBODYS_MAIL else ""
