"""References from one object to another, resolved as the service does: 2500 unknown, 610 inactive."""

from __future__ import annotations

from typing import Any

from invoice_ai.quickbooks_standin.books import Books, Thing
from invoice_ai.quickbooks_standin.refusals import Refused, business, inactive, no_such

# The service's word for each list in "… element id 999 not found".
_WORDS = {
    "Vendor": "Names",
    "Customer": "Names",
    "Employee": "Names",
    "Account": "Accounts",
    "Class": "Klasses",
    "Department": "Depts",
    "Term": "Terms",
    "Item": "Items",
    "TaxCode": "TaxCodes",
    "TaxRate": "TaxRates",
}


def resolve(books: Books, entity: str, ref: Thing, element: str) -> Thing:
    """The object behind `{"value": …}`. Raises: Refused 2500 or 610."""
    id_ = str(ref.get("value", ""))
    found = books.find(entity, id_)
    if found is None:
        raise no_such(_WORDS[entity], id_, element)
    if found.get("Active") is False:
        raise inactive()
    return found


def reference(thing: Thing) -> dict[str, str]:
    """`{"value", "name"}` as answers carry it."""
    name = thing.get("DisplayName") or thing.get("FullyQualifiedName") or thing.get("Name", "")
    return {"value": thing["Id"], "name": name}


def currency_of(books: Books, thing: Thing) -> str:
    return str(thing.get("CurrencyRef", {}).get("value") or books.home)


def check_currency(books: Books, code: str) -> None:
    """Raises: Refused when the company does not keep books in this currency."""
    if code == books.home:
        return
    if not books.multicurrency:
        raise business(
            f"Multicurrency is not enabled for this company; {code} cannot be used.", "CurrencyRef"
        )
    known: set[Any] = {c["Code"] for c in books.all("CompanyCurrency") if c.get("Active", True)}
    if code not in known:
        raise Refused("2220", f"Invalid Currency : {code}", "CurrencyRef")
