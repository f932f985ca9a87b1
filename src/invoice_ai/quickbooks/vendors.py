"""Which vendor in QuickBooks an invoice is from: surely one, a new one, or a person must say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name, looks_like, same_name
from invoice_ai.quickbooks.company import Company, Entry

LONGEST_NAME = 100  # QuickBooks allows 500 for DisplayName, 100 for CompanyName: one for both
MOST_CHOICES = 5


@dataclass(frozen=True, slots=True)
class VendorMatch:
    """The answer. Exactly one of `found`, `new_name` and `choices` says something.

    Attributes:
        found: The vendor it surely is.
        how: Why: "name", "created", "chosen", "remembered".
        new_name: Nobody is like it: create it under this name.
        choices: The closest ones; a person decides between them and a new one.
    """

    found: Entry | None = None
    how: str = ""
    new_name: str = ""
    choices: tuple[Entry, ...] = ()
    why: str = ""


def match_vendor(
    invoice: ExtractedInvoice, known: Iterable[Entry], company: Company, *, currency: str
) -> VendorMatch:
    """Find the vendor of an invoice among those of QuickBooks.

    Args:
        known: The vendors, also inactive ones.
        currency: Of the invoice: a vendor is kept in one currency for ever.
    """
    names = [n for n in (invoice.text("vendor_name"), invoice.text("vendor_trading_name")) if n]
    if not names:
        return VendorMatch(why="The invoice names no vendor.")
    keys = {comparable_name(name) for name in names}
    fitting: list[Entry] = []
    foreign: list[Entry] = []
    like: list[Entry] = []
    for entry in known:
        own = [n for n in _names(entry) if n]
        if keys & {comparable_name(n) for n in own}:
            same_money = currency_of(entry, company) == currency
            (fitting if same_money else foreign).append(entry)
        elif any(same_name(n, o) or looks_like(n, o) for n in names for o in own):
            like.append(entry)
    active = [entry for entry in fitting if entry.active]
    if len(active) == 1:
        if _other_tax_id(active[0], invoice):
            return VendorMatch(
                choices=tuple(active), why=f"{active[0].name} has another tax number in QuickBooks."
            )
        return VendorMatch(found=active[0], how="name")
    if active:
        return VendorMatch(
            choices=tuple(active[:MOST_CHOICES]), why=f"Several vendors are called {names[0]}."
        )
    if fitting:
        return VendorMatch(
            choices=tuple(fitting[:MOST_CHOICES]),
            why=f"{fitting[0].name} is inactive in QuickBooks. Make it active there, or choose another.",
        )
    near = [entry for entry in like if entry.active and currency_of(entry, company) == currency]
    if near:
        return VendorMatch(
            choices=tuple(near[:MOST_CHOICES]),
            why=f"No vendor is called {names[0]}, but some are called nearly so.",
        )
    name = display_name(names[0])
    return VendorMatch(new_name=f"{name[: LONGEST_NAME - 6]} ({currency})" if foreign else name)


def currency_of(entry: Entry, company: Company) -> str:
    return entry.ref("CurrencyRef") or company.home_currency


def display_name(printed: str) -> str:
    """A name as QuickBooks takes it: one line, no colon, at most 100 characters.

    >>> display_name("O'Brien: Söhne & Co")
    "O'Brien Söhne & Co"
    """
    plain = re.sub(
        r"[:\t\r\n]+", " ", "".join(c for c in printed if c.isprintable() or c in "\t\n")
    )
    return " ".join(plain.split())[:LONGEST_NAME].strip()


def vendor_body(
    invoice: ExtractedInvoice, name: str, company: Company, *, currency: str
) -> dict[str, Any]:
    """The new vendor, with what the invoice tells about it."""
    body: dict[str, Any] = {
        "DisplayName": name,
        "CompanyName": display_name(invoice.text("vendor_name") or name),
        "PrintOnCheckName": display_name(invoice.text("vendor_name") or name),
    }
    if company.multicurrency:
        body["CurrencyRef"] = {"value": currency}
    email = invoice.text("vendor_email") or ""
    if re.fullmatch(r"[^@\s]{1,60}@[\w.-]{1,35}\.[A-Za-z]{2,10}", email):
        body["PrimaryEmailAddr"] = {"Address": email}
    phone = invoice.text("vendor_phone") or ""
    if 0 < len(phone) <= 30 and phone.isprintable():
        body["PrimaryPhone"] = {"FreeFormNumber": phone}
    lines = [
        " ".join(line.split())[:500]
        for line in re.split(r"[\n\r]+", invoice.text("vendor_address") or "")
        if line.strip()
    ]
    if lines:
        body["BillAddr"] = {f"Line{n}": line for n, line in enumerate(lines[:5], start=1)}
    return body


def _names(entry: Entry) -> Sequence[str]:
    return (entry.name, entry.text("CompanyName"), entry.text("PrintOnCheckName"))


def _other_tax_id(entry: Entry, invoice: ExtractedInvoice) -> bool:
    """Whether QuickBooks' masked number ("XXXXXXX6789") ends differently from the printed one."""
    masked = re.fullmatch(r"[X*]+(\w{4})", entry.text("TaxIdentifier"))
    printed = re.sub(r"\W", "", invoice.text("vendor_tax_id") or "").upper()
    return bool(masked and printed and not printed.endswith(masked[1].upper()))
