"""Bills, vendor credits and purchases: what the service refuses, fills in and computes."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from invoice_ai.quickbooks_standin.books import Books, Thing, cents
from invoice_ai.quickbooks_standin.companies import currency_ref, payable_account
from invoice_ai.quickbooks_standin.references import (
    check_currency,
    currency_of,
    reference,
    resolve,
)
from invoice_ai.quickbooks_standin.refusals import Refused, business, missing
from invoice_ai.quickbooks_standin.shapes import ACCOUNT_LINE, ITEM_LINE
from invoice_ai.quickbooks_standin.tax import TaxedLine, compute, net_of, overridden

_COMPUTED = ("TotalAmt", "Balance", "HomeBalance", "TxnTaxDetail", "MetaData", "status", "sparse")
# Document numbers live in one space per company; these take part.
_NUMBERED = ("Bill", "VendorCredit", "Purchase")


def create(books: Books, entity: str, asked: Thing, *, allow_duplicate: bool = False) -> Thing:
    """Raises: Refused with the service's code for what it does not take."""
    return books.add(entity, _complete(books, entity, asked, None, allow_duplicate))


def update(books: Books, entity: str, asked: Thing, *, allow_duplicate: bool = False) -> Thing:
    """Sparse: the rest stays; else what is not sent is emptied. Lines are always taken whole."""
    old = books.get(entity, asked["Id"])
    check_token(old, asked)
    if asked.get("sparse"):
        merged = {k: v for k, v in old.items() if k not in _COMPUTED} | asked
    else:
        merged = asked
    return books.replace(entity, old, _complete(books, entity, merged, old, allow_duplicate))


def delete(books: Books, entity: str, asked: Thing) -> Thing:
    """Raises: Refused 620 for a bill with payments, 5010 for an old sync token."""
    old = books.get(entity, asked["Id"])
    check_token(old, asked)
    if any(_is_payment(link) for link in old.get("LinkedTxn", [])):
        raise Refused("620", "This transaction is linked to others; remove the payment first.")
    _check_open(books, old.get("TxnDate", ""))
    books.remove(entity, old["Id"])
    return {"status": "Deleted", "domain": "QBO", "Id": old["Id"]}


def check_token(old: Thing, asked: Thing) -> None:
    """Raises: Refused 2020 without a sync token, 5010 with an old one."""
    if "SyncToken" not in asked:
        raise missing("SyncToken")
    if asked["SyncToken"] != old["SyncToken"]:
        raise Refused(
            "5010",
            "Stale Object Error : You and the stand-in's user were working on this at the same "
            "time. The stand-in's user finished before you did, so your work was not saved.",
        )


def _complete(
    books: Books, entity: str, asked: Thing, old: Thing | None, allow_duplicate: bool
) -> Thing:
    document = {k: v for k, v in asked.items() if k not in _COMPUTED}
    today = books.clock.today().isoformat()
    document["TxnDate"] = asked.get("TxnDate") or today
    _check_open(books, document["TxnDate"])
    if old is not None:
        _check_open(books, old["TxnDate"])
    currency = _party(books, entity, document)
    if not asked.get("Line"):
        raise missing("Line")
    inclusive = asked.get("GlobalTaxCalculation") == "TaxInclusive" and books.country != "US"
    document["Line"], taxed = _lines(books, document, currency, inclusive)
    net = sum((line.net for line in taxed), Decimal())
    tax = _tax(books, document, asked, taxed)
    total = net + tax
    if total < 0:
        raise Refused("2290", f"Negative Amount : the total {total} must be 0 or more", "Line")
    stated = cents(asked.get("TotalAmt", Decimal()))  # public clients send 0 for "not known"
    if entity == "Purchase" and stated not in (0, total):
        raise business(f"TotalAmt {stated} does not equal the sum of the lines {total}.")
    document["TotalAmt"] = total
    if entity != "Purchase":
        paid = old["TotalAmt"] - old["Balance"] if old else Decimal()
        if paid > total:
            raise business(f"{paid} of this transaction is paid already; its total is {total}.")
        document["Balance"] = total - paid
        if books.multicurrency and entity == "Bill":
            document["HomeBalance"] = cents(document["Balance"] * document["ExchangeRate"])
    if "DepartmentRef" in document:
        document["DepartmentRef"] = reference(
            resolve(books, "Department", document["DepartmentRef"], "DepartmentRef")
        )
    if entity == "Bill":
        _due(books, document, asked)
    _keep_payments(document, old)
    if not allow_duplicate:
        _check_number(books, entity, document, old["Id"] if old else None)
    return document


def _party(books: Books, entity: str, document: Thing) -> str:
    """Vendor, payable account and currency; returns the currency's code."""
    if entity == "Purchase":
        return _payment(books, document)
    if "VendorRef" not in document or "value" not in document["VendorRef"]:
        raise missing("VendorRef")
    vendor = resolve(books, "Vendor", document["VendorRef"], "VendorRef")
    document["VendorRef"] = reference(vendor)
    currency = _currency(books, document, currency_of(books, vendor))
    if "APAccountRef" in document:
        account = resolve(books, "Account", document["APAccountRef"], "APAccountRef")
        if account["AccountType"] != "Accounts Payable":
            raise Refused("6430", "Invalid account type: not an Accounts Payable account")
        if currency_of(books, account) != currency:
            raise _one_currency()
    else:
        account = payable_account(books, currency)
    document["APAccountRef"] = reference(account)
    return currency


def _is_payment(link: Thing) -> bool:
    return str(link.get("TxnType", "")).startswith("BillPayment")


def _keep_payments(document: Thing, old: Thing | None) -> None:
    """Payments are linked by paying, never by who updates the document."""
    asked = [link for link in document.pop("LinkedTxn", []) if not _is_payment(link)]
    paid = [link for link in (old or {}).get("LinkedTxn", []) if _is_payment(link)]
    if asked or paid:  # empty fields are not answered
        document["LinkedTxn"] = [*asked, *paid]


def _payment(books: Books, document: Thing) -> str:
    if "PaymentType" not in document:
        raise missing("PaymentType")
    if document["PaymentType"] not in ("Cash", "Check", "CreditCard"):
        raise Refused("2170", f"Invalid Enumeration : {document['PaymentType']}", "PaymentType")
    if "AccountRef" not in document:
        raise missing("AccountRef")
    account = resolve(books, "Account", document["AccountRef"], "AccountRef")
    wanted = ("Credit Card",) if document["PaymentType"] == "CreditCard" else ("Bank",)
    if account["AccountType"] not in wanted:
        raise Refused("6430", f"Invalid account type: {account['AccountType']}", "AccountRef")
    document["AccountRef"] = reference(account)
    currency = currency_of(books, account)
    if "EntityRef" in document:
        kind = document["EntityRef"].get("type", "Vendor")
        if kind not in ("Vendor", "Customer", "Employee"):
            raise Refused("2170", f"Invalid Enumeration : {kind}", "EntityRef")
        party = resolve(books, kind, document["EntityRef"], "EntityRef")
        document["EntityRef"] = {**reference(party), "type": kind}
        currency = currency_of(books, party)
    return _currency(books, document, currency)


def _currency(books: Books, document: Thing, expected: str) -> str:
    sent = document.get("CurrencyRef", {}).get("value")
    if books.multicurrency and sent is None:
        raise missing("CurrencyRef")
    code = str(sent or expected)
    check_currency(books, code)
    if code != expected:
        raise _one_currency()
    document["CurrencyRef"] = currency_ref(code)
    document.pop("ExchangeRate", None) if not books.multicurrency else None
    if books.multicurrency:
        rate = document.get("ExchangeRate") or Decimal(1)
        if rate < 0:
            raise Refused("2090", f"Invalid Number : {rate}", "ExchangeRate")
        document["ExchangeRate"] = rate if code != books.home else Decimal(1)
    return code


def _one_currency() -> Refused:
    return business("You can only use one foreign currency per transaction.")


def _lines(
    books: Books, document: Thing, currency: str, inclusive: bool
) -> tuple[list[Thing], list[TaxedLine]]:
    lines: list[Thing] = []
    taxed: list[TaxedLine] = []
    for at, asked in enumerate(document["Line"], start=1):
        line = {**asked, "Id": str(at), "LineNum": at}
        if "DetailType" not in line:
            raise missing("DetailType")
        if line["DetailType"] == "DescriptionOnly":
            line.pop("Amount", None)
            lines.append(line)
            continue
        if line["DetailType"] not in line:
            raise missing(line["DetailType"])
        if "Amount" not in line:
            raise missing("Amount")
        detail = dict(line[line["DetailType"]])
        if line["DetailType"] == ITEM_LINE and "ItemRef" not in detail:
            line.pop("Amount")  # "treated as documentation and Amount is ignored"
            lines.append(line)
            continue
        _detail(books, line, detail, currency)
        code = _tax_code(books, document, detail)
        amount = cents(line["Amount"])
        if inclusive and code:
            gross = cents(detail.get("TaxInclusiveAmt", amount))
            amount = net_of(books, gross, code)
            detail["TaxInclusiveAmt"] = gross
            taxed.append(TaxedLine(amount, code, gross))
        else:
            detail.pop("TaxInclusiveAmt", None)
            taxed.append(TaxedLine(amount, code))
        line["Amount"] = amount
        line[line["DetailType"]] = detail
        lines.append(line)
    return lines, taxed


def _detail(books: Books, line: Thing, detail: Thing, currency: str) -> None:
    if line["DetailType"] == ACCOUNT_LINE:
        if "AccountRef" not in detail:
            raise missing("AccountRef")
        account = resolve(books, "Account", detail["AccountRef"], "AccountRef")
        if account["AccountType"] in ("Accounts Payable", "Accounts Receivable"):
            raise Refused("6430", f"Invalid account type: {account['AccountType']}", "AccountRef")
        if currency_of(books, account) not in (books.home, currency):
            raise _one_currency()
        detail["AccountRef"] = reference(account)
    else:
        detail["ItemRef"] = reference(resolve(books, "Item", detail["ItemRef"], "ItemRef"))
        if "Qty" in detail and "UnitPrice" in detail:
            product = cents(detail["Qty"] * detail["UnitPrice"])
            if product != cents(line["Amount"]):
                raise Refused(
                    "6070",
                    f"Amount is not equal to UnitPrice * Qty. Supplied value:{line['Amount']}",
                    "Amount",
                )
    for name, entity in (("ClassRef", "Class"), ("CustomerRef", "Customer")):
        if name in detail:
            detail[name] = reference(resolve(books, entity, detail[name], name))
    status = detail.setdefault("BillableStatus", "NotBillable")
    if status == "HasBeenBilled":
        raise business("HasBeenBilled is set by the system only.", "BillableStatus")
    if status == "Billable" and "CustomerRef" not in detail:
        raise business("A billable line needs a customer.", "CustomerRef")


def _tax_code(books: Books, document: Thing, detail: Thing) -> str:
    """The line's tax code as kept; "" when the line is not taxed by QuickBooks."""
    sent = detail.get("TaxCodeRef", {}).get("value")
    if books.country == "US":
        if sent not in (None, "TAX", "NON"):
            raise Refused("6100", f"Invalid Tax Code : {sent}. Use TAX or NON.", "TaxCodeRef")
        detail["TaxCodeRef"] = {"value": sent or "NON"}
        return ""
    if not books.preferences["TaxPrefs"]["UsingSalesTax"]:
        return ""
    if document.get("GlobalTaxCalculation") == "NotApplicable":
        detail.pop("TaxCodeRef", None)
        return ""
    if sent is None:
        word = "VAT" if books.country == "GB" else "GST/HST"
        raise business(f"Make sure all your transactions have a {word} rate before you save.")
    found = books.find("TaxCode", sent)
    if found is None:
        raise Refused("6160", f"Invalid Tax Code : {sent}", "TaxCodeRef")
    detail["TaxCodeRef"] = reference(found)
    return str(sent)


def _tax(books: Books, document: Thing, asked: Thing, taxed: list[TaxedLine]) -> Decimal:
    sent: Thing = asked.get("TxnTaxDetail", {})
    if books.country == "US":
        document.pop("GlobalTaxCalculation", None)
        return Decimal()
    if not books.preferences["TaxPrefs"]["UsingSalesTax"]:
        return Decimal()
    mode = document.setdefault("GlobalTaxCalculation", "TaxExcluded")
    if mode == "NotApplicable":
        if sent.get("TaxLine") or sent.get("TotalTax"):
            raise Refused("6170", "TxnTaxDetail cannot be sent with NotApplicable", "TxnTaxDetail")
        return Decimal()
    total, lines = compute(books, [line for line in taxed if line.code])
    if sent.get("TaxLine") or "TotalTax" in sent:
        total, lines = overridden(books, sent, lines)
    document["TxnTaxDetail"] = {"TotalTax": total, "TaxLine": lines}
    return total


def _due(books: Books, document: Thing, asked: Thing) -> None:
    days = 0
    if "SalesTermRef" in document:
        term = resolve(books, "Term", document["SalesTermRef"], "SalesTermRef")
        document["SalesTermRef"] = reference(term)
        days = int(term.get("DueDays", 0))
    if "DueDate" not in asked:
        day = date.fromisoformat(document["TxnDate"]) + timedelta(days=days)
        document["DueDate"] = day.isoformat()
    elif document["DueDate"] < document["TxnDate"]:
        raise business("The due date cannot be before the bill date.", "DueDate")


def _check_open(books: Books, day: str) -> None:
    accounting: dict[str, Any] = books.preferences["AccountingInfoPrefs"]
    closed = accounting.get("BookCloseDate", "")
    if closed and day <= closed:
        code = "6210" if books.company.get("close_password") else "6200"
        raise Refused(
            code,
            "The account period has closed and the account books cannot be updated through the "
            "QBO Services API. Please use the QBO website to make these changes.",
            "TxnDate",
        )


def _check_number(books: Books, entity: str, document: Thing, own_id: str | None) -> None:
    scope, number = books.company["doc_numbers"], document.get("DocNumber")
    if scope == "off" or not number:
        return
    for kind in _NUMBERED:
        for id_ in books.with_name(kind, number):
            if kind == entity and id_ == own_id:
                continue
            other = books.get(kind, id_)
            if scope == "vendor" and (
                kind != entity or other.get("VendorRef") != document.get("VendorRef")
            ):
                continue
            raise Refused(
                "6140",
                "Duplicate Document Number Error : You must specify a different number. This "
                f"number has already been used. DocNumber={number} is assigned to "
                f"TxnType={kind} with TxnId={id_}",
                "DocNumber",
            )
