"""Who bills us: the record, and the marks by which the next invoice of the same vendor is known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from rapidfuzz.distance import OSA

from invoice_ai.domain.identifiers import compact, same_tax_id
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.layout import segments, text_lines
from invoice_ai.domain.likeness import comparable_address, comparable_name
from invoice_ai.domain.pages import Page

MarkKind = Literal["tax_id", "iban", "domain", "name", "address"]
MarkState = Literal["seen", "verified", "refused"]

# Most telling first. An account is no proof of who writes: it is compared, and blocks when new.
# An address tells only together with a name that may be the vendor's, misread: see `same_address`.
MARK_KINDS: tuple[MarkKind, ...] = ("tax_id", "iban", "domain", "name", "address")

# Addresses that everybody can have say nothing about who writes.
_ANYBODYS_MAIL = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com",
    "icloud.com", "me.com", "aol.com", "gmx.de", "gmx.net", "gmx.at", "gmx.ch", "web.de",
    "t-online.de", "freenet.de", "orange.fr", "wanadoo.fr", "free.fr", "laposte.net", "libero.it",
    "telefonica.net", "ziggo.nl", "proton.me", "protonmail.com", "wp.pl", "onet.pl", "qq.com",
})  # fmt: skip


_SHORTEST_PART = 8  # letters of two words that may tell a name
_HEAD_LINES = 8  # a vendor's name stands in the first lines


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
    text = invoice.text("vendor_address") or ""
    add("address", comparable_address(text), " ".join(text.split()))
    return tuple(sorted(found.values(), key=lambda mark: MARK_KINDS.index(mark.kind)))


def marks_on(page: Page) -> tuple[Mark, ...]:
    """What the head of a page may say about who sent it, whatever was extracted: lines that could be
    names, and domains anywhere. Only to find what is remembered; no proof of who writes."""
    found: dict[str, Mark] = {}
    lines = text_lines(page)
    for line in lines[:_HEAD_LINES]:
        for part in segments(line, page):
            if 4 <= len(part.text) <= 80 and (key := comparable_name(part.text)):
                found.setdefault(key, Mark("name", key, part.text))
    for line in lines:
        for word in line.words:
            if "." in word.text and (domain := domain_of(word.text)):
                found.setdefault(domain, Mark("domain", domain, word.text[:300]))
    return tuple(found.values())


def with_parts(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """The marks, and of every name each two neighbouring words: OCR seldom misreads all of them.
    Without addresses: a neighbour's documents are his own.

    >>> [m.key for m in with_parts([Mark("name", "aik huat hardware", "")])]
    ['aik huat hardware', 'aik huat', 'huat hardware']
    """
    found: dict[tuple[MarkKind, str], Mark] = {}
    for mark in marks:
        if mark.kind == "address":
            continue
        found.setdefault((mark.kind, mark.key), mark)
        words = mark.key.split() if mark.kind == "name" else []
        for pair in pairwise(words):
            if len(key := " ".join(pair)) >= _SHORTEST_PART:
                found.setdefault(("name", key), Mark("name", key, mark.printed))
    return tuple(found.values())


def may_be_one(ours: Iterable[Mark], theirs: Iterable[Mark]) -> bool:
    """Whether two sets of marks can be of one vendor: one is the same, and no tax id speaks against
    it. Ids of which one digit differs may be one id, misread.

    >>> may_be_one([Mark("tax_id", "DE136695976", "")], [Mark("tax_id", "DE136695978", "")])
    True
    """
    own, other = {(m.kind, m.key) for m in ours}, {(m.kind, m.key) for m in theirs}
    own_ids = [key for kind, key in own if kind == "tax_id"]
    other_ids = [key for kind, key in other if kind == "tax_id"]
    alike = any(
        a == b or (len(a) >= 8 and (OSA.distance(a, b, score_cutoff=1) <= 1 or same_tax_id(a, b)))
        for a in own_ids
        for b in other_ids
    )
    if own_ids and other_ids and not alike:
        return False
    return alike or bool(own & other)


def domain_of(address: str) -> str:
    """The domain of an e-mail or web address, "" when it tells nothing.

    >>> domain_of("https://www.acme.example/shop"), domain_of("joe@gmail.com")
    ('acme.example', '')
    """
    found = re.search(
        r"(?:@|://|^)(?:www\.)?([a-z0-9](?:[a-z0-9-]*\.)+[a-z]{2,24})\b", address.strip().lower()
    )
    return found[1] if found and found[1] not in _ANYBODYS_MAIL else ""
