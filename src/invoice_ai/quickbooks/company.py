"""A company in QuickBooks: what it is, and the lists its bills choose from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from invoice_ai.quickbooks.client import Client

# The lists we keep a copy of, as QuickBooks calls them.
LISTS: tuple[str, ...] = (
    "Vendor",
    "Account",
    "TaxCode",
    "TaxRate",
    "Term",
    "Class",
    "Department",
    "CompanyCurrency",
)
# What change data capture tells us about; TaxCode, TaxRate and currencies are not among it.
WATCHED: tuple[str, ...] = (
    "Vendor",
    "Account",
    "Term",
    "Class",
    "Department",
    "Bill",
    "VendorCredit",
    "Purchase",
)
WITH_INACTIVE = frozenset({"Vendor", "Account", "Term", "Class", "Department"})
TRANSACTIONS: tuple[str, ...] = ("Bill", "VendorCredit", "Purchase")
EXPENSE_TYPES = frozenset(
    {"Expense", "Other Expense", "Cost of Goods Sold", "Fixed Asset", "Other Current Asset"}
)
PAYING_TYPES = frozenset({"Bank", "Credit Card"})


@dataclass(frozen=True, slots=True)
class Company:
    """What decides how a bill must look. Read at connect and daily."""

    realm: str
    name: str
    country: str
    home_currency: str
    multicurrency: bool = False
    uses_sales_tax: bool = True
    class_per_line: bool = False
    departments: bool = False  # QuickBooks' screens call them locations
    book_close_date: date | None = None
    subscription: str = ""

    @property
    def is_us(self) -> bool:
        return self.country in ("US", "USA", "United States")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a list. `data` is what QuickBooks said, whole."""

    entity: str
    id: str
    name: str
    active: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)

    def text(self, name: str) -> str:
        value = self.data.get(name)
        return "" if value is None else str(value)

    def ref(self, name: str) -> str:
        """The value of a reference such as CurrencyRef, "" if absent."""
        value = self.data.get(name)
        return str(value.get("value", "")) if isinstance(value, Mapping) else ""


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a company, in memory for one booking. Vendors are looked up one by one."""

    accounts: tuple[Entry, ...] = ()
    tax_codes: tuple[Entry, ...] = ()
    tax_rates: Mapping[str, Decimal] = field(default_factory=dict)
    terms: tuple[Entry, ...] = ()
    classes: tuple[Entry, ...] = ()
    departments: tuple[Entry, ...] = ()
    currencies: frozenset[str] = frozenset()

    def account(self, qbo_id: str) -> Entry | None:
        return _by_id(self.accounts, qbo_id)

    def tax_code(self, qbo_id: str) -> Entry | None:
        return _by_id(self.tax_codes, qbo_id)

    def expense_accounts(self) -> tuple[Entry, ...]:
        return tuple(
            a for a in self.accounts if a.active and a.text("AccountType") in EXPENSE_TYPES
        )

    def paying_accounts(self) -> tuple[Entry, ...]:
        return tuple(a for a in self.accounts if a.active and a.text("AccountType") in PAYING_TYPES)

    def payable_accounts(self, currency: str, home: str) -> tuple[Entry, ...]:
        """The accounts payable kept in that currency."""
        return tuple(
            a
            for a in self.accounts
            if a.active
            and a.text("AccountType") == "Accounts Payable"
            and (a.ref("CurrencyRef") or home) == currency
        )

    def purchase_rate(self, code: Entry) -> Decimal | None:
        """The percentage a purchase with this code is taxed with; None: no purchases with it."""
        rates = code.data.get("PurchaseTaxRateList")
        details = rates.get("TaxRateDetail", []) if isinstance(rates, Mapping) else []
        if not details:
            return None
        total = Decimal(0)
        for detail in details:
            rate = self.tax_rates.get(str((detail.get("TaxRateRef") or {}).get("value", "")))
            if rate is None:
                return None
            total += rate
        return total


def read_company(realm: str, info: Mapping[str, Any], preferences: Mapping[str, Any]) -> Company:
    """The facts, from CompanyInfo and Preferences; what is not told has QuickBooks' own default."""
    currency = preferences.get("CurrencyPrefs") or {}
    tax = preferences.get("TaxPrefs") or {}
    accounting = preferences.get("AccountingInfoPrefs") or {}
    named = {
        str(pair.get("Name")): str(pair.get("Value"))
        for pair in info.get("NameValue") or []
        if isinstance(pair, Mapping)
    }
    home = currency.get("HomeCurrency") or {}
    country = str(info.get("Country") or (info.get("CompanyAddr") or {}).get("Country") or "US")
    return Company(
        realm=realm,
        name=str(info.get("CompanyName") or info.get("LegalName") or realm),
        country=country,
        home_currency=str(home.get("value") or "USD"),
        multicurrency=_yes(currency.get("MultiCurrencyEnabled")),
        uses_sales_tax=_yes(tax.get("UsingSalesTax"), absent=True),
        class_per_line=_yes(accounting.get("ClassTrackingPerTxnLine"))
        or _yes(accounting.get("ClassTrackingPerLine")),
        departments=_yes(accounting.get("TrackDepartments")),
        book_close_date=_day(accounting.get("BookCloseDate")),
        subscription=named.get("SubscriptionStatus", ""),
    )


def read_facts(client: Client) -> Company:
    """Ask QuickBooks for the company's facts."""
    return read_company(client.realm, client.company_info(), client.preferences())


def read_entry(entity: str, data: Mapping[str, Any]) -> Entry:
    """One row of a list, or a change of one."""
    name = data.get("FullyQualifiedName") or data.get("DisplayName") or data.get("Name") or ""
    return Entry(
        entity=entity,
        id=str(data.get("Id", "")),
        name=str(name or data.get("Code") or ""),
        active=_yes(data.get("Active"), absent=True) and data.get("status") != "Deleted",
        data=data,
    )


def read_list(client: Client, entity: str) -> list[Entry]:
    """Every entry, also the inactive ones: a bill may still name them."""
    where = "Active in (true,false)" if entity in WITH_INACTIVE else ""
    return [read_entry(entity, row) for row in client.all_of(entity, where)]


def assemble(entries: list[Entry]) -> Lists:
    """The lists of one company from its entries of all kinds."""

    def of(entity: str) -> tuple[Entry, ...]:
        return tuple(e for e in entries if e.entity == entity)

    return Lists(
        accounts=of("Account"),
        tax_codes=of("TaxCode"),
        tax_rates={e.id: rate for e in of("TaxRate") if (rate := _rate(e)) is not None},
        terms=of("Term"),
        classes=of("Class"),
        departments=of("Department"),
        currencies=frozenset(e.text("Code") for e in of("CompanyCurrency") if e.active),
    )


def _rate(entry: Entry) -> Decimal | None:
    value = entry.data.get("RateValue")
    try:
        return Decimal(str(value)) if value is not None else None
    except InvalidOperation:
        return None


def _by_id(entries: tuple[Entry, ...], qbo_id: str) -> Entry | None:
    return next((e for e in entries if e.id == qbo_id), None)


def _yes(value: object, *, absent: bool = False) -> bool:
    if value is None:
        return absent
    return value is True or str(value).lower() == "true"


def _day(value: object) -> date | None:
    found = re.match(r"\d{4}-\d\d-\d\d", str(value or ""))
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:
        return None
