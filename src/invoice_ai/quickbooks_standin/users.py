"""What people do in QuickBooks themselves, behind the back of every app."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from invoice_ai.quickbooks_standin import documents, lists, payments
from invoice_ai.quickbooks_standin.books import Books, Thing
from invoice_ai.quickbooks_standin.refusals import missing
from invoice_ai.quickbooks_standin.shapes import admit


def _document(asked: Thing) -> str:
    return str(asked.get("entity", "Bill"))


def _create(books: Books, asked: Thing) -> Thing:
    body = admit(_document(asked), asked.get("body", {}))
    return documents.create(books, _document(asked), body, allow_duplicate=True)


def _delete(books: Books, asked: Thing) -> Thing:
    old = books.get(_document(asked), _id(asked))
    return documents.delete(books, _document(asked), {**old})


def _edit(books: Books, asked: Thing) -> Thing:
    old = books.get(_document(asked), _id(asked))
    change = admit(_document(asked), asked.get("changes") or {"PrivateNote": "Edited by hand"})
    whole = {**change, "Id": old["Id"], "SyncToken": old["SyncToken"], "sparse": True}
    return documents.update(books, _document(asked), whole, allow_duplicate=True)


def _pay(books: Books, asked: Thing) -> Thing:
    bill = books.get("Bill", _id(asked))
    amount = Decimal(str(asked.get("amount", bill["Balance"])))
    return payments.pay(
        books,
        {
            "VendorRef": bill["VendorRef"],
            "PayType": "Check",
            "CheckPayment": {"BankAccountRef": {"value": "35"}},
            "TotalAmt": amount,
            "CurrencyRef": bill["CurrencyRef"],
            "Line": [{"Amount": amount, "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}],
        },
    )


def _rename(books: Books, asked: Thing) -> Thing:
    return _list_change(books, "Vendor", asked, {"DisplayName": str(asked.get("name", "Renamed"))})


def _deactivate(entity: str) -> Callable[[Books, Thing], Thing]:
    return lambda books, asked: _list_change(books, entity, asked, {"Active": False})


def _list_change(books: Books, entity: str, asked: Thing, change: Thing) -> Thing:
    old = books.get(entity, _id(asked))
    whole = {"Id": old["Id"], "SyncToken": old["SyncToken"], "sparse": True, **change}
    return lists.update(books, entity, whole)


def _merge(books: Books, asked: Thing) -> Thing:
    """Vendor `id` is merged into `into`: its bills move, the name is switched off."""
    into = books.get("Vendor", str(asked.get("into", "")))
    for entity in ("Bill", "VendorCredit"):
        for document in books.all(entity):
            if document["VendorRef"]["value"] == _id(asked):
                moved = {"value": into["Id"], "name": into["DisplayName"]}
                books.replace(entity, document, {**document, "VendorRef": moved})
    return _list_change(books, "Vendor", asked, {"Active": False})


def _close(books: Books, asked: Thing) -> Thing:
    """Close the books up to `date`; with `password` the refusal is 6210. `date: ""` opens them."""
    company = dict(books.company)
    preferences = dict(company["preferences"])
    accounting = {
        k: v for k, v in preferences["AccountingInfoPrefs"].items() if k != "BookCloseDate"
    }
    if asked.get("date", books.clock.today().isoformat()):
        accounting["BookCloseDate"] = asked.get("date", books.clock.today().isoformat())
    preferences["AccountingInfoPrefs"] = accounting
    company |= {"preferences": preferences, "close_password": bool(asked.get("password"))}
    books.keep_company(company)
    return {"BookCloseDate": accounting.get("BookCloseDate", "")}


def _company(books: Books, asked: Thing) -> Thing:
    """Change how the company is kept: `expired` or `doc_numbers` (company, vendor, off)."""
    changes: Thing = {k: asked[k] for k in ("expired", "doc_numbers") if k in asked}
    books.keep_company({**books.company, **changes})
    return changes


def _id(asked: Thing) -> str:
    if "id" not in asked:
        raise missing("id")
    return str(asked["id"])


ACTIONS: dict[str, Callable[[Books, Thing], Any]] = {
    "create_bill": _create,
    "delete_bill": _delete,
    "edit_bill": _edit,
    "pay_bill": _pay,
    "rename_vendor": _rename,
    "deactivate_vendor": _deactivate("Vendor"),
    "deactivate_account": _deactivate("Account"),
    "merge_vendor": _merge,
    "close_books": _close,
    "company": _company,
}
