"""What we already know, as far as the checks compare with it. The story fetches it, checks only look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class KnownInvoice:
    """An earlier invoice; what it did not say is None."""

    id: int
    vendor_name: str | None = None
    vendor_tax_id: str | None = None
    invoice_number: str | None = None
    invoice_date: date | None = None
    total: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class UsualTotal:
    """The totals of this vendor's earlier invoices in this currency."""

    count: int
    least: Decimal
    median: Decimal
    most: Decimal


@dataclass(frozen=True, slots=True)
class KnownVendor:
    """The vendor on file that the invoice seems to be of, and what people said about it.

    Attributes:
        told_by: What it was known by: tax_id, domain, name or address.
        approved: Invoices of it that were approved so far.
        clean_approvals: Approvals in a row in which nothing was corrected.
    """

    id: int
    name: str
    told_by: str
    approved: int
    clean_approvals: int = 0
    auto_approve_after: int | None = None
    always_review: bool = False
    amount_limit: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything a check compares an invoice with.

    Empty means that nothing is known, and the check is not possible. Only of earlier invoices it
    is good news to know none, so there None says that nobody looked.

    Attributes:
        same_number: Invoices whose number is the same for `likeness.comparable_number`, of any
            vendor, without rejected and deleted ones and without this invoice itself.
        same_amount: Invoices with the same total and currency, otherwise likewise.
        same_day: This vendor's invoices of the same date, otherwise likewise.
        vendor: The vendor on file; `vendors_are_known` says whether somebody looked.
        vendor_names: Names of the vendors we have, to recognise look-alikes.
        vendor_ibans: Accounts that this vendor's approved invoices used, or that are on file.
        verified_ibans: Those of which a person said how they were verified.
        refused_ibans: Those that a person refused.
        iban_owners: Other vendors that have the invoice's account on file.
        vendor_currencies: Currencies of this vendor's approved invoices.
        vendor_total: Range of this vendor's approved invoices.
        own_names, own_tax_ids: Our companies.
    """

    same_number: tuple[KnownInvoice, ...] | None = None
    same_amount: tuple[KnownInvoice, ...] | None = None
    same_day: tuple[KnownInvoice, ...] = ()
    vendors_are_known: bool = False
    vendor: KnownVendor | None = None
    vendor_names: tuple[str, ...] = ()
    vendor_ibans: tuple[str, ...] = ()
    verified_ibans: tuple[str, ...] = ()
    refused_ibans: tuple[str, ...] = ()
    iban_owners: tuple[str, ...] = ()
    vendor_currencies: tuple[str, ...] = ()
    vendor_total: UsualTotal | None = None
    own_names: tuple[str, ...] = ()
    own_tax_ids: tuple[str, ...] = ()
