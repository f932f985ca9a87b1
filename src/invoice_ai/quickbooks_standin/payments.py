"""Payments of bills: how a bill becomes paid in QuickBooks."""

from __future__ import annotations

from decimal import Decimal

from invoice_ai.quickbooks_standin.books import Books, Thing, cents
from invoice_ai.quickbooks_standin.documents import check_token
from invoice_ai.quickbooks_standin.references import reference, resolve
from invoice_ai.quickbooks_standin.refusals import business, missing


def pay(books: Books, asked: Thing) -> Thing:
    """Raises: Refused 2020 for what is missing, 6000 for more than a bill's balance."""
    for name in ("VendorRef", "PayType", "TotalAmt", "Line"):
        if not asked.get(name):
            raise missing(name)
    vendor = resolve(books, "Vendor", asked["VendorRef"], "VendorRef")
    kind = "CheckPayment" if asked["PayType"] == "Check" else "CreditCardPayment"
    account = "BankAccountRef" if asked["PayType"] == "Check" else "CCAccountRef"
    if account not in asked.get(kind, {}):
        raise missing(account)
    found = resolve(books, "Account", asked[kind][account], account)
    paid: list[tuple[Thing, Decimal]] = []
    for line in asked["Line"]:
        link: Thing = next(iter(line.get("LinkedTxn", [])), {})
        if link.get("TxnType") not in ("Bill", "VendorCredit"):
            raise business("A payment is linked to bills.", "LinkedTxn")
        document = books.get(link["TxnType"], link.get("TxnId", ""))
        amount = cents(line.get("Amount", Decimal()))
        if amount > document["Balance"] or document["VendorRef"]["value"] != vendor["Id"]:
            raise business("The payment is more than the balance, or of another vendor.")
        paid.append((document, amount))
    payment = books.add(
        "BillPayment",
        {
            **asked,
            "VendorRef": reference(vendor),
            kind: {**asked[kind], account: reference(found)},
            "TxnDate": asked.get("TxnDate") or books.clock.today().isoformat(),
        },
    )
    link = {"TxnId": payment["Id"], "TxnType": f"BillPayment{asked['PayType']}"}
    for document, amount in paid:
        entity = "Bill" if "DueDate" in document else "VendorCredit"
        _settle(books, entity, document, amount, [*document.get("LinkedTxn", []), link])
    return payment


def undo(books: Books, asked: Thing) -> Thing:
    """Delete a payment; the bills are open again."""
    old = books.get("BillPayment", asked["Id"])
    check_token(old, asked)
    _reopen(books, old)
    books.remove("BillPayment", old["Id"])
    return {"status": "Deleted", "domain": "QBO", "Id": old["Id"]}


def void(books: Books, asked: Thing) -> Thing:
    """The payment stays, with nothing in it; the only change of a payment there is."""
    old = books.get("BillPayment", asked["Id"])
    check_token(old, asked)
    _reopen(books, old)
    note = f"Voided - {old.get('PrivateNote', '')}".rstrip(" -")
    emptied = {**old, "TotalAmt": Decimal(), "Line": [], "PrivateNote": note}
    return books.replace("BillPayment", old, emptied)


def _reopen(books: Books, old: Thing) -> None:
    for line in old["Line"]:
        link = line["LinkedTxn"][0]
        document = books.find(link["TxnType"], link["TxnId"])
        if document is not None:
            rest = [one for one in document.get("LinkedTxn", []) if one["TxnId"] != old["Id"]]
            _settle(books, link["TxnType"], document, -cents(line["Amount"]), rest)


def _settle(
    books: Books, entity: str, document: Thing, amount: Decimal, links: list[Thing]
) -> None:
    balance = document["Balance"] - amount
    changed = {**document, "Balance": balance, "LinkedTxn": links}
    if not links:
        del changed["LinkedTxn"]
    if "HomeBalance" in document:
        changed["HomeBalance"] = cents(balance * document["ExchangeRate"])
    books.replace(entity, document, changed)
