"""An approved invoice as QuickBooks takes it: Bill, VendorCredit or Purchase, or the questions left.

Amounts are never changed: if lines, tax and total do not fit together, the lines are put together by
tax rate; if that does not fit either, a person is asked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem
from invoice_ai.quickbooks.coding import (
    Choices,
    Coding,
    Defaults,
    Entity,
    Memory,
    Question,
    choose_tax_code,
    find_account,
    line_key,
    needs_tax_codes,
    plain,
)
from invoice_ai.quickbooks.company import Company, Entry, Lists
from invoice_ai.quickbooks.identity import LONGEST_NUMBER, doc_number, marker_in, private_note

CENT = Decimal("0.01")
# QuickBooks rounds tax per line, vendors per rate: so far apart they may be and no further.
TAX_TOLERANCE = Decimal("0.05")
LONGEST_DESCRIPTION = 4000
ACCOUNT_LINE, ITEM_LINE = "AccountBasedExpenseLineDetail", "ItemBasedExpenseLineDetail"


@dataclass(frozen=True, slots=True)
class Part:
    """One line to book: net amount, its tax rate in percent, and what it is recognised by."""

    description: str
    amount: Decimal
    rate: Decimal = Decimal(0)
    key: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be booked, or why it cannot be.

    Attributes:
        body: The JSON to send, without the vendor while that is to be created.
        coding: What each line got, for the next bill to learn from.
        rates: Tax code by rate, likewise.
        questions: What a person must decide first; empty when it can be booked.
        notes: What a person may like to know: cut numbers, tax that differs by a cent.
    """

    entity: Entity
    doc_number: str
    total: Decimal
    currency: str
    txn_date: date | None
    parts: tuple[Part, ...] = ()
    body: Mapping[str, Any] = field(default_factory=dict)
    coding: tuple[Coding, ...] = ()
    usual: Coding = Coding()  # noqa: RUF009 - frozen
    rates: Mapping[str, str] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()


def draft_booking(
    invoice: ExtractedInvoice,
    invoice_id: int,
    company: Company,
    lists: Lists,
    *,
    marker: str,
    vendor: Entry | None,
    memory: Memory = Memory(),  # noqa: B008 - frozen
    choices: Choices = Choices(),  # noqa: B008 - frozen
    defaults: Defaults = Defaults(),  # noqa: B008 - frozen
) -> Draft:
    """Make what is to be booked.

    Args:
        vendor: The vendor in QuickBooks; None: not known yet, or to be created.
    """
    entity, pay_from = _entity(invoice, choices, defaults)
    total = _total(invoice, entity)
    currency = invoice.text("currency") or company.home_currency
    day = _posting_date(invoice, choices)
    draft = Draft(
        entity, doc_number(invoice.text("invoice_number"), invoice_id), total, currency, day
    )
    questions = [*_missing(invoice, total, day), *_company_questions(company, lists, currency, day)]
    parts, tax, told = _parts(invoice, company, total)
    questions += told
    term = choices.usual.term or memory.usual.term or _term_of(invoice, lists)
    usual = choices.usual.over(memory.usual).over(Coding(account=defaults.account))
    lines, coding, rates, left = _lines(parts, company, lists, memory, choices, usual)
    questions += left
    body: dict[str, Any] = {}
    body["EntityRef" if entity == "Purchase" else "VendorRef"] = _vendor_ref(vendor, entity)
    body["Line"] = lines
    body["DocNumber"] = draft.doc_number
    if day:
        body["TxnDate"] = day.isoformat()
    notes, extra = _header(invoice, company, lists, draft, term, pay_from, questions)
    body |= extra
    place = usual.department
    if company.departments and any(d.id == place and d.active for d in lists.departments):
        body["DepartmentRef"] = {"value": place}
    body |= _tax(company, parts, tax, questions, notes)
    number = invoice.text("invoice_number") or ""
    cut = f"Invoice {number}" if len(" ".join(number.split())) > LONGEST_NUMBER else ""
    order = invoice.text("purchase_order")
    body["PrivateNote"] = private_note(marker, cut, f"PO {order}" if order else "")
    if cut:
        notes.append(
            f"The number is longer than QuickBooks allows; it is booked as {draft.doc_number}."
        )
    return replace(
        draft,
        parts=tuple(parts),
        body=body,
        coding=tuple(coding),
        usual=replace(usual, term=term),
        rates=rates,
        questions=tuple(questions),
        notes=tuple(notes),
    )


def with_vendor(body: Mapping[str, Any], vendor_id: str) -> dict[str, Any]:
    """The same for a vendor that is known now."""
    if "EntityRef" in body:
        return {**body, "EntityRef": {"value": vendor_id, "type": "Vendor"}}
    return {**body, "VendorRef": {"value": vendor_id}}


# What people add in QuickBooks and we never send: a full update would empty it.
_THEIRS = ("DepartmentRef", "SalesTermRef")
_THEIRS_OF_A_LINE = ("ClassRef", "CustomerRef", "BillableStatus")


def over_existing(body: Mapping[str, Any], current: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent to replace `current`: ours, with what was added there and we know nothing of.

    A line there is one of ours while it stands at the same place with the same amount. It keeps its
    id, class, customer and, if somebody turned it into one of an item, that.
    """
    kept = {name: current[name] for name in _THEIRS if name in current}
    note = str(current.get("PrivateNote") or "")
    if marker_in(note):
        kept["PrivateNote"] = note
    there = list(current.get("Line", []))
    lines = [
        _over_line(line, there[n]) if n < len(there) else line
        for n, line in enumerate(body["Line"])
    ]
    made = {**kept, **body, "Line": lines}
    return {**made, "PrivateNote": kept.get("PrivateNote", body["PrivateNote"])}


def _over_line(line: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    if Decimal(str(there.get("Amount", 0))) != Decimal(str(line["Amount"])):
        return dict(line)
    merged = {**line, "Id": there["Id"]} if there.get("Id") else dict(line)
    if there.get("DetailType") == ITEM_LINE:
        merged.pop(ACCOUNT_LINE)
        return {**merged, "DetailType": ITEM_LINE, ITEM_LINE: there[ITEM_LINE]}
    theirs = there.get(ACCOUNT_LINE) or {}
    added = {name: theirs[name] for name in _THEIRS_OF_A_LINE if name in theirs}
    return {**merged, ACCOUNT_LINE: {**added, **line[ACCOUNT_LINE]}}


def _entity(invoice: ExtractedInvoice, choices: Choices, defaults: Defaults) -> tuple[Entity, str]:
    total = invoice.money("total") or Decimal(0)
    if invoice.text("document_type") == "credit_note" or total < 0:
        return "VendorCredit", ""
    # "Due: 0.00" alone may be a misread tax of nought; what was paid must stand there, too. What only
    # an earlier layout or a model says is not enough: nobody would pay the bill any more.
    paid = invoice.fields.get("paid")
    stands_there = paid is not None and paid.source in ("xml", "text", "ocr", "person")
    settled = stands_there and total > 0 and invoice.money("paid") == total
    if choices.pay_from:
        return "Purchase", choices.pay_from
    if defaults.pay_from and (settled or invoice.text("document_type") == "receipt"):
        return "Purchase", defaults.pay_from
    return "Bill", ""


def _total(invoice: ExtractedInvoice, entity: Entity) -> Decimal:
    total = invoice.money("total")
    if total is None:
        return Decimal(0)
    return abs(total) if entity == "VendorCredit" else total


def _posting_date(invoice: ExtractedInvoice, choices: Choices) -> date | None:
    if choices.posting_date:
        return date.fromisoformat(choices.posting_date)
    return invoice.day("invoice_date")


def _missing(invoice: ExtractedInvoice, total: Decimal, day: date | None) -> list[Question]:
    questions = []
    if total <= 0:
        questions.append(Question("total_missing", "There is no total to book."))
    elif total != total.quantize(CENT):
        questions.append(Question("total_missing", "The total has more than two decimals."))
    if day is None:
        questions.append(Question("date_missing", "The invoice date is missing."))
    if not invoice.text("vendor_name"):
        questions.append(Question("vendor_missing", "The vendor's name is missing."))
    return questions


def _company_questions(
    company: Company, lists: Lists, currency: str, day: date | None
) -> list[Question]:
    questions = []
    if company.book_close_date and day and day <= company.book_close_date:
        questions.append(
            Question(
                "period_closed",
                f"The books are closed until {company.book_close_date}. Reopen the period in "
                "QuickBooks, or choose another posting date.",
            )
        )
    if currency != company.home_currency:
        if not company.multicurrency:
            questions.append(
                Question(
                    "currency_not_used",
                    f"The invoice is in {currency}, but {company.name} keeps its books in "
                    f"{company.home_currency} only. Turn on multicurrency in QuickBooks.",
                )
            )
        elif lists.currencies and currency not in lists.currencies:
            questions.append(
                Question("currency_not_used", f"Add the currency {currency} in QuickBooks first.")
            )
    if company.subscription.upper() in ("EXPIRED", "CANCELLED", "SUSPENDED"):
        questions.append(
            Question(
                "subscription_ended", f"The QuickBooks subscription of {company.name} has ended."
            )
        )
    return questions


# --- what is booked ---


def _parts(
    invoice: ExtractedInvoice, company: Company, total: Decimal
) -> tuple[list[Part], Decimal, list[Question]]:
    """The lines, the tax on top of them, and what does not fit."""
    tax = _tax_of(invoice, total)
    net = total - tax
    rates = _rates(invoice, net, tax)
    single = rates[0][0] if len(rates) == 1 else None
    parts = _printed_lines(invoice, net, single) or [
        Part(_summary(invoice, rate if len(rates) > 1 else None), base, rate)
        for rate, base in rates
    ]
    if not needs_tax_codes(company) and tax > 0:
        # No tax code can carry it: sales tax is part of what it cost.
        parts = [replace(part, rate=Decimal(0)) for part in parts]
        parts.append(Part("Sales tax" if company.is_us else "Tax", tax, key="sales tax"))
        tax = Decimal(0)
    questions = []
    if total > 0 and sum((p.amount for p in parts), tax) != total:
        questions.append(
            Question(
                "sum_mismatch", "Lines, tax and total do not fit together. Correct the invoice."
            )
        )
    return parts, tax, questions


def _tax_of(invoice: ExtractedInvoice, total: Decimal) -> Decimal:
    told = invoice.money("tax_total")
    if told is not None:
        return abs(told)
    net = invoice.money("subtotal")
    return total - abs(net) if net is not None and abs(net) <= total else Decimal(0)


def _rates(invoice: ExtractedInvoice, net: Decimal, tax: Decimal) -> list[tuple[Decimal, Decimal]]:
    """(rate, net amount) of each part of the tax breakdown; together they are `net`."""
    listed = [(_number(t.rate), _number(t.base), _number(t.amount)) for t in invoice.taxes]
    told = [
        (rate, abs(base))
        for rate, base in (_completed(*row) for row in listed)
        if rate is not None and base is not None
    ]
    if len(told) > 1 and all(base == net for _, base in told):
        # Several taxes on the same amount (GST and PST): one code carries them together.
        return [(sum((rate for rate, _ in told), Decimal(0)), net)]
    if told and sum((base for _, base in told), Decimal(0)) == net:
        merged: dict[Decimal, Decimal] = {}
        for rate, base in told:
            merged[rate] = merged.get(rate, Decimal(0)) + base
        return sorted(merged.items(), reverse=True)
    if len({rate for rate, _, _ in listed if rate is not None}) == 1 and len(listed) == 1:
        return [(listed[0][0] or Decimal(0), net)]
    of_lines = {_number(line.tax_rate) for line in invoice.lines if line.tax_rate}
    if len(of_lines) == 1 and (only := of_lines.pop()) is not None:
        return [(only, net)]
    return [(_implied_rate(net, tax), net)]


def _completed(
    rate: Decimal | None, base: Decimal | None, amount: Decimal | None
) -> tuple[Decimal | None, Decimal | None]:
    if rate is None and base and amount is not None:
        rate = _implied_rate(abs(base), abs(amount))
    return rate, base


def _implied_rate(net: Decimal, tax: Decimal) -> Decimal:
    """The rate that makes this tax of this net, with as few decimals as explain it to the cent."""
    if net <= 0 or tax <= 0:
        return Decimal(0)
    exact = tax * 100 / net
    for places in (Decimal(1), Decimal("0.1"), Decimal("0.01"), Decimal("0.001")):
        rate = exact.quantize(places, ROUND_HALF_UP)
        if abs(_cents(net * rate / 100) - tax) <= CENT:
            return rate
    return exact.quantize(Decimal("0.001"), ROUND_HALF_UP)


def _printed_lines(
    invoice: ExtractedInvoice, net: Decimal, single: Decimal | None
) -> list[Part] | None:
    """The printed lines, if they are complete, positive and together the net amount."""
    parts = []
    for line in invoice.lines:
        amount, rate = _number(line.amount), _number(line.tax_rate)
        if amount is not None and amount == 0:
            continue
        taxed = rate if rate is not None else single
        if amount is None or taxed is None:
            return None
        amount = abs(amount) if net >= 0 and _all_negative(invoice.lines) else amount
        if amount <= 0 or amount != amount.quantize(CENT):
            return None
        parts.append(Part(_described(line), amount, taxed, line_key(_described(line))))
    rest = net - sum((p.amount for p in parts), Decimal(0))
    extra = (invoice.money("freight") or Decimal(0)) or (
        invoice.money("charges_total") or Decimal(0)
    )
    if parts and rest > 0 and rest == extra and single is not None:
        parts.append(Part("Freight and charges", rest, single, "freight charges"))
        rest = Decimal(0)
    return parts if parts and rest == 0 else None


def _all_negative(lines: tuple[LineItem, ...]) -> bool:
    amounts = [a for line in lines if (a := _number(line.amount)) is not None]
    return bool(amounts) and all(amount <= 0 for amount in amounts)


def _described(line: LineItem) -> str:
    text = str(line.description.value) if line.description else ""
    code = str(line.product_code.value) if line.product_code else ""
    quantity, unit_price = _number(line.quantity), _number(line.unit_price)
    counted = (
        f"{quantity.normalize():f} × {unit_price:f}"
        if quantity is not None and unit_price is not None and quantity != 1
        else ""
    )
    told = " · ".join(part for part in (text or code or "Item", counted) if part)
    return told[:LONGEST_DESCRIPTION]


def _summary(invoice: ExtractedInvoice, rate: Decimal | None) -> str:
    number = invoice.text("invoice_number")
    told = f"Invoice {number}" if number else "Invoice"
    return f"{told}, taxed with {plain(rate)} %" if rate is not None else told


# --- how it is booked ---


def _lines(
    parts: list[Part],
    company: Company,
    lists: Lists,
    memory: Memory,
    choices: Choices,
    usual: Coding,
) -> tuple[list[dict[str, Any]], list[Coding], dict[str, str], list[Question]]:
    lines: list[dict[str, Any]] = []
    coding: list[Coding] = []
    rates: dict[str, str] = {}
    questions: list[Question] = []
    # What is chosen for one line holds for the others of its rate.
    by_rate = {
        plain(part.rate): choices.lines[number].tax_code
        for number, part in reversed(list(enumerate(parts)))
        if number in choices.lines and choices.lines[number].tax_code
    }
    for number, part in enumerate(parts):
        chosen = choices.lines.get(number, Coding())
        remembered = memory.lines.get(part.key, Coding()) if part.key else Coding()
        # A person's choice for the whole bill counts more than what an earlier line had.
        decided = chosen.over(choices.usual).over(remembered).over(memory.usual)
        got = decided.over(usual)
        account = lists.account(got.account) if got.account else None
        if question := find_account(account, got.account, number, lists):
            offered = tuple((a.id, a.name) for a in lists.expense_accounts())
            questions.append(replace(question, choices=offered))
        detail: dict[str, Any] = {"AccountRef": {"value": got.account}} if got.account else {}
        code = ""
        if needs_tax_codes(company):
            key = plain(part.rate)
            picked = choices.tax_codes.get(key, "") or by_rate.get(key, "")
            known = (remembered.tax_code, memory.tax_codes.get(key, ""), memory.usual.tax_code)
            found = choose_tax_code(
                part.rate, number, chosen.tax_code or choices.usual.tax_code or picked, known, lists
            )
            if isinstance(found, Question):
                questions.append(found)
            else:
                code = found
                rates[key] = found
                detail["TaxCodeRef"] = {"value": found}
        if company.class_per_line and got.class_id:
            detail["ClassRef"] = {"value": got.class_id}
        # The company's default is not learnt: it may change.
        coding.append(Coding(decided.account, code, got.class_id if company.class_per_line else ""))
        lines.append(
            {
                "LineNum": number + 1,
                "Description": part.description,
                "Amount": part.amount,
                "DetailType": ACCOUNT_LINE,
                ACCOUNT_LINE: detail,
            }
        )
    return lines, coding, rates, questions


def _header(
    invoice: ExtractedInvoice,
    company: Company,
    lists: Lists,
    draft: Draft,
    term: str,
    pay_from: str,
    questions: list[Question],
) -> tuple[list[str], dict[str, Any]]:
    entity, currency = draft.entity, draft.currency
    notes: list[str] = []
    body: dict[str, Any] = {}
    if company.multicurrency:
        body["CurrencyRef"] = {"value": currency}
    if entity == "Purchase":
        account = lists.account(pay_from)
        if account is None or account not in lists.paying_accounts():
            questions.append(
                Question(
                    "account_unsure",
                    "Which bank or card account was this paid from?",
                    choices=tuple((a.id, a.name) for a in lists.paying_accounts()),
                )
            )
        card = account is not None and account.text("AccountType") == "Credit Card"
        body["PaymentType"] = "CreditCard" if card else "Cash"
        body["AccountRef"] = {"value": pay_from}
        return notes, body
    payable = lists.payable_accounts(currency, company.home_currency)
    if len(payable) == 1:
        body["APAccountRef"] = {"value": payable[0].id}
    if entity == "Bill":
        due = invoice.day("due_date")
        if due:
            # QuickBooks refuses a bill that is due before its date.
            body["DueDate"] = max(due, draft.txn_date or due).isoformat()
        if term and any(t.id == term and t.active for t in lists.terms):
            body["SalesTermRef"] = {"value": term}
    return notes, body


def _tax(
    company: Company,
    parts: list[Part],
    tax: Decimal,
    questions: list[Question],
    notes: list[str],
) -> dict[str, Any]:
    if company.is_us:
        return {}
    if not needs_tax_codes(company):
        return {"GlobalTaxCalculation": "NotApplicable"}
    by_rate: dict[Decimal, Decimal] = {}
    for part in parts:
        by_rate[part.rate] = by_rate.get(part.rate, Decimal(0)) + part.amount
    computed = sum((_cents(base * rate / 100) for rate, base in by_rate.items()), Decimal(0))
    body: dict[str, Any] = {"GlobalTaxCalculation": "TaxExcluded"}
    if abs(computed - tax) > TAX_TOLERANCE:
        questions.append(
            Question(
                "tax_differs",
                f"The tax codes make {computed} of tax, the invoice says {tax}. Choose other tax codes.",
            )
        )
    elif computed != tax:
        body["TxnTaxDetail"] = {"TotalTax": tax}
        notes.append(
            f"The vendor rounds tax to {tax}, QuickBooks would to {computed}; {tax} is booked."
        )
    return body


def _vendor_ref(vendor: Entry | None, entity: Entity) -> dict[str, str]:
    ref = {"value": vendor.id if vendor else ""}
    return {**ref, "type": "Vendor"} if entity == "Purchase" else ref


def _term_of(invoice: ExtractedInvoice, lists: Lists) -> str:
    """The term with as many days as the invoice grants, if there is exactly one."""
    days = invoice.money("payment_days")
    fitting = [
        t
        for t in lists.terms
        if t.active
        and t.text("DueDays").isdecimal()
        and days is not None
        and Decimal(t.text("DueDays")) == days
        and t.text("DiscountDays") in ("", "0")
    ]
    return fitting[0].id if len(fitting) == 1 else ""


def _number(found: ExtractedField | None) -> Decimal | None:
    return found.value if found and isinstance(found.value, Decimal) else None


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


__all__ = ["Draft", "Part", "draft_booking", "over_existing", "with_vendor"]
