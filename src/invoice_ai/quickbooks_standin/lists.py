"""Vendors, accounts, terms and the other lists: unique names, inactive instead of deleted."""

from __future__ import annotations

from typing import Any

from invoice_ai.quickbooks_standin.books import Books, Thing
from invoice_ai.quickbooks_standin.companies import CURRENCY_NAMES, currency_ref
from invoice_ai.quickbooks_standin.documents import check_token
from invoice_ai.quickbooks_standin.references import check_currency, reference, resolve
from invoice_ai.quickbooks_standin.refusals import Refused, business, missing

PEOPLE = ("Vendor", "Customer", "Employee")  # they share one space of display names
_NAME_PARTS = ("Title", "GivenName", "MiddleName", "FamilyName", "Suffix")
_SUB_TYPES = {
    "Expense": "OtherMiscellaneousServiceCost",
    "Accounts Payable": "AccountsPayable",
    "Bank": "Checking",
    "Credit Card": "CreditCard",
}
_TYPES = {sub_type: kind for kind, sub_type in _SUB_TYPES.items()} | {"CashOnHand": "Bank"}
_CLASSIFICATIONS = {
    "Bank": "Asset",
    "Accounts Receivable": "Asset",
    "Other Current Asset": "Asset",
    "Fixed Asset": "Asset",
    "Other Asset": "Asset",
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
}


def create(books: Books, entity: str, asked: Thing) -> Thing:
    """Raises: Refused 2020 without a name, 6240 when the name is taken."""
    return books.add(entity, _complete(books, entity, asked, None))


def update(books: Books, entity: str, asked: Thing) -> Thing:
    old = books.get(entity, asked["Id"])
    check_token(old, asked)
    merged = {**old, **asked} if asked.get("sparse") else asked
    return books.replace(entity, old, _complete(books, entity, merged, old))


def name_of(entity: str) -> str:
    return "DisplayName" if entity in PEOPLE else "Name"


def taken_by(books: Books, entity: str, name: str, own_id: str | None = None) -> Thing | None:
    """Who uses this name already; capitals do not tell names apart."""
    kinds = PEOPLE if entity in PEOPLE else (entity,)
    for kind in kinds:
        for id_ in books.with_name(kind, name):
            if not (kind == entity and id_ == own_id):
                return books.get(kind, id_)
    return None


def _complete(books: Books, entity: str, asked: Thing, old: Thing | None) -> Thing:
    thing = {**asked, "Active": asked.get("Active", True)}
    if entity == "CompanyCurrency":
        if thing.get("Code") not in CURRENCY_NAMES:
            raise Refused("2220", f"Invalid Currency : {thing.get('Code')}", "Code")
        return {"Name": CURRENCY_NAMES[thing["Code"]], **thing}
    if entity in PEOPLE:
        _person(books, entity, thing, old)
    else:
        _listed(books, entity, thing, old)
    return thing


def _person(books: Books, entity: str, thing: Thing, old: Thing | None) -> None:
    parts = [thing[part] for part in _NAME_PARTS if part in thing]
    if "DisplayName" not in thing:
        name = " ".join(parts) or thing.get("CompanyName", "")
        if not name:
            raise missing("DisplayName")
        thing["DisplayName"] = name
    _unique(books, entity, thing, "DisplayName", old)
    thing.setdefault("PrintOnCheckName", thing.get("CompanyName") or thing["DisplayName"])
    if entity == "Employee":
        return
    currency = thing.get("CurrencyRef", {}).get("value") or books.home
    check_currency(books, currency)
    if old is not None and old.get("CurrencyRef", {}).get("value", books.home) != currency:
        raise business("The currency of a name cannot be changed.", "CurrencyRef")
    thing["CurrencyRef"] = currency_ref(currency)
    thing.setdefault("Balance", 0)
    if entity == "Vendor":
        _vendor(books, thing)


def _vendor(books: Books, thing: Thing) -> None:
    thing.setdefault("Vendor1099", False)
    if "TermRef" in thing:
        thing["TermRef"] = reference(resolve(books, "Term", thing["TermRef"], "TermRef"))
    if len(thing.get("TaxIdentifier", "")) > 4 and not thing["TaxIdentifier"].startswith("X"):
        number = thing["TaxIdentifier"]  # answered masked, always
        thing["TaxIdentifier"] = "X" * (len(number) - 4) + number[-4:]


def _listed(books: Books, entity: str, thing: Thing, old: Thing | None) -> None:
    if "Name" not in thing:
        raise missing("Name")
    _unique(books, entity, thing, "Name", old)
    if "ParentRef" in thing:
        parent = resolve(books, entity, thing["ParentRef"], "ParentRef")
        thing["ParentRef"] = reference(parent)
        thing["FullyQualifiedName"] = f"{parent['FullyQualifiedName']}:{thing['Name']}"
    elif entity != "Term":
        thing["FullyQualifiedName"] = thing["Name"]
    if entity == "Account":
        _account(books, thing)
    if entity == "Item":
        thing.setdefault("Type", "Service")
        for name in ("IncomeAccountRef", "ExpenseAccountRef", "AssetAccountRef"):
            if name in thing:
                thing[name] = reference(resolve(books, "Account", thing[name], name))
    if entity == "Term":
        thing.setdefault("Type", "STANDARD")


def _account(books: Books, thing: Thing) -> None:
    if "AccountType" not in thing and "AccountSubType" not in thing:
        raise missing("AccountType")
    kind: Any = thing.setdefault(
        "AccountType", _TYPES.get(thing.get("AccountSubType", ""), "Expense")
    )
    thing.setdefault("AccountSubType", _SUB_TYPES.get(kind, "OtherMiscellaneousServiceCost"))
    thing["Classification"] = _CLASSIFICATIONS.get(kind, "Expense")
    thing.setdefault("SubAccount", "ParentRef" in thing)
    thing.setdefault("CurrentBalance", 0)
    thing.setdefault("CurrentBalanceWithSubAccounts", 0)
    currency = thing.get("CurrencyRef", {}).get("value") or books.home
    check_currency(books, currency)
    thing["CurrencyRef"] = currency_ref(currency)


def _unique(books: Books, entity: str, thing: Thing, name: str, old: Thing | None) -> None:
    own_id = old["Id"] if old else None
    if thing["Active"] is False:
        if old is not None and old.get("Active", True):
            thing[name] = f"{thing[name]} (deleted)"
        return
    other = taken_by(books, entity, thing[name], own_id)
    if other is not None:
        raise Refused("6240", f"The name supplied already exists. : Id={other['Id']}", name)
