"""Who bills whom, to which account, and how much they usually bill."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from invoice_ai.checks.check import Check, shown
from invoice_ai.domain.findings import Finding
from invoice_ai.domain.identifiers import compact, country_of_vat, is_iban, same_tax_id, tax_id_of
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known
from invoice_ai.domain.likeness import comparable_name, looks_like, same_name

_BANK = Check("bank_changed", "block", "bank_changed")
_SHARED = Check("bank_shared", "block", "bank_shared")
_NEW = Check("new_vendor", "info", "new_vendor")
_RULE = Check("vendor_rule", "info", "vendor_rule")
_LIMIT = Check("vendor_limit", "info", "vendor_rule")
_LOOK_ALIKE = Check("vendor_look_alike", "block", "vendor_unsure")
_IBAN = Check("iban_checksum", "warn", "iban_invalid")
_BANK_COUNTRY = Check("bank_country", "warn", "bank_country")
_TAX_ID = Check("tax_id_checksum", "warn", "tax_id_invalid")
_BUYER = Check("buyer_is_us", "warn", "buyer_not_us")
_PAYEE = Check("remit_to", "warn", "remit_to_differs")
_CURRENCY = Check("currency", "warn", "currency")
_OUTLIER = Check("outlier", "warn", "outlier")
_SIGN = Check("credit_note_sign", "warn", "credit_note")

_FEWEST_FOR_USUAL = 3  # fewer earlier invoices have no "usual"
_MANY_TIMES = 3  # times the median, and
_ABOVE_ALL = Decimal("1.5")  # times the highest so far: a record by a few percent is no news


def account_is_known(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """A vendor's account differs from those on file: the most expensive trick there is."""
    iban = invoice.text("iban")
    if iban and compact(iban) in map(compact, known.refused_ibans):
        yield _BANK.failed(
            f"Account {_tail(iban)} was refused for this vendor by a person.",
            ["iban"],
            printed=shown(iban),
            computed=shown(", ".join(known.vendor_ibans)),
        )
        return
    if not iban or not known.vendor_ibans:
        missing = "No account is given." if not iban else "No account of this vendor is on file."
        yield _BANK.not_possible(missing, ["iban"])
        return
    on_file = ", ".join(_tail(account) for account in known.vendor_ibans)
    sides = {"printed": shown(iban), "computed": shown(", ".join(known.vendor_ibans))}
    if compact(iban) in map(compact, known.verified_ibans):
        text = f"The account {_tail(iban)} is on file and was verified."
        yield _BANK.passed(text, ["iban"], **sides)
    elif compact(iban) in map(compact, known.vendor_ibans):
        yield _BANK.passed(f"The account {_tail(iban)} is on file.", ["iban"], **sides)
    else:
        yield _BANK.failed(
            f"Account {_tail(iban)} is new; earlier invoices used {shown(on_file)}. Confirm it by "
            "phone, on a number that is not from this invoice.",
            ["iban"],
            **sides,
        )


def account_is_the_vendors_own(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """One account under two vendors: a vendor invented by somebody, or the wrong vendor."""
    iban = invoice.text("iban")
    if not iban or not known.vendors_are_known:
        yield _SHARED.not_possible("No account is given, or no vendors are on file.", ["iban"])
    elif not known.iban_owners:
        yield _SHARED.passed("No other vendor has this account.", ["iban"], printed=shown(iban))
    else:
        owners = shown(", ".join(known.iban_owners))
        yield _SHARED.failed(
            f"Account {_tail(iban)} is on file for “{owners}”, and this invoice is of "
            f"“{shown(invoice.text('vendor_name') or 'nobody')}”.",
            ["iban", "vendor_name"],
            printed=shown(invoice.text("vendor_name") or ""),
            computed=owners,
        )


def vendor_is_trusted(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """What keeps an invoice from being approved by itself although nothing speaks against it: a
    vendor of whom nothing was approved yet, and rules that people set for a vendor."""
    fields = ["vendor_name"]
    vendor = known.vendor
    if not known.vendors_are_known:
        yield _NEW.not_possible("No vendors are on file.", fields)
        return
    if vendor is None:
        name = shown(invoice.text("vendor_name") or "nobody")
        yield _NEW.failed(f"“{name}” is not on file; this is its first invoice.", fields)
        return
    if vendor.told_by == "address":
        name = shown(invoice.text("vendor_name") or "nobody")
        yield _NEW.failed(
            f"“{name}” is not on file; its address is that of “{shown(vendor.name)}”.",
            fields,
            printed=name,
            computed=shown(vendor.name),
        )
        return
    yield _NEW.passed(
        f"“{shown(vendor.name)}” is on file, known by its {vendor.told_by.replace('_', ' ')}, "
        f"with {vendor.approved} approved invoices.",
        fields,
    )
    total = invoice.money("total")
    if vendor.always_review:
        yield _RULE.failed(f"Every invoice of “{shown(vendor.name)}” is looked at.", fields)
    if vendor.amount_limit is not None and total is not None and total > vendor.amount_limit:
        yield _LIMIT.failed(
            f"{shown(total)} is above this vendor's limit of {shown(vendor.amount_limit)}.",
            ["total"],
            printed=shown(total),
            computed=shown(vendor.amount_limit),
        )
    needed = vendor.auto_approve_after
    if needed is not None and vendor.clean_approvals < needed:
        yield _RULE.failed(
            f"{vendor.clean_approvals} of {needed} invoices in a row needed no correction.",
            fields,
            printed=str(vendor.clean_approvals),
            computed=str(needed),
        )


def vendor_is_no_look_alike(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """The name passes for a known vendor's without being it, or is it under another tax id."""
    name = invoice.text("vendor_name")
    if not name or not known.vendor_names:
        yield _LOOK_ALIKE.not_possible("No vendor names to compare.", ["vendor_name"])
        return
    tax_id = invoice.text("vendor_tax_id")
    if known.vendor is None and tax_id:
        own = comparable_name(name)
        namesake = next((o for o in known.vendor_names if comparable_name(o) == own), None)
        if namesake is not None:
            yield _LOOK_ALIKE.failed(
                f"“{shown(name)}” has the name of a vendor on file, and another tax id: "
                f"{shown(tax_id)}.",
                ["vendor_name", "vendor_tax_id"],
                printed=shown(name),
                computed=shown(namesake),
            )
            return
    forged = None
    # Whoever is known by tax id or domain may be misread; another account would block all the same.
    known_otherwise = known.vendor is not None and known.vendor.told_by in ("tax_id", "domain")
    if not known_otherwise and not any(same_name(name, other) for other in known.vendor_names):
        forged = next((other for other in known.vendor_names if looks_like(name, other)), None)
    if forged is None:
        yield _LOOK_ALIKE.passed("No known vendor has a confusable name.", ["vendor_name"])
    else:
        yield _LOOK_ALIKE.failed(
            f"“{shown(name)}” looks like the known vendor “{shown(forged)}”, but is not written "
            "the same.",
            ["vendor_name"],
            printed=shown(name),
            computed=shown(forged),
        )


def account_has_right_digits(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """The IBAN's check digits (ISO 7064, mod 97)."""
    account = compact(invoice.text("iban") or "")
    if not re.match(r"[A-Z]{2}\d{2}", account):
        yield _IBAN.not_possible("No IBAN is given.", ["iban"])
    elif is_iban(account):
        yield _IBAN.passed("The IBAN's check digits are right.", ["iban"], printed=shown(account))
    else:
        text = (
            f"The check digits of IBAN {shown(account)} are wrong: a digit is misread or invented."
        )
        yield _IBAN.failed(text, ["iban"], printed=shown(account))


def account_is_in_the_vendors_country(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """An account abroad is allowed, and is how stolen money leaves."""
    account = compact(invoice.text("iban") or "")
    country = country_of_vat(invoice.text("vendor_tax_id") or "") or invoice.text("vendor_country")
    if not country or not re.match(r"[A-Z]{2}\d{2}", account):
        yield _BANK_COUNTRY.not_possible(
            "The account or the vendor's country is missing.", ["iban"]
        )
        return
    sides = {"printed": account[:2], "computed": shown(country)}
    if account[:2] == country.upper():
        yield _BANK_COUNTRY.passed("The account is in the vendor's country.", ["iban"], **sides)
    else:
        text = f"The account is in {account[:2]}, the vendor in {shown(country)}."
        yield _BANK_COUNTRY.failed(text, ["iban", "vendor_country"], **sides)


def tax_id_has_right_digits(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """The vendor's tax id by its country's rule."""
    value = invoice.text("vendor_tax_id") or ""
    tax_id = tax_id_of(value, country=invoice.text("vendor_country")) if value else None
    if tax_id is None or tax_id.valid is None:
        text = "No vendor tax id with check digits is given."
        yield _TAX_ID.not_possible(text, ["vendor_tax_id"])
    elif tax_id.valid:
        text = "The tax id's check digits are right."
        yield _TAX_ID.passed(text, ["vendor_tax_id"], printed=shown(value))
    else:
        text = f"The check digits of tax id {shown(value)} are wrong for {tax_id.country}."
        yield _TAX_ID.failed(text, ["vendor_tax_id"], printed=shown(value))


def buyer_is_us(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """The invoice is made out to one of our companies, by tax id or by name."""
    fields = ("customer_name", "customer_tax_id")
    name, tax_id = invoice.text("customer_name"), invoice.text("customer_tax_id")
    ours = (*known.own_names, *known.own_tax_ids)
    if not ours or not (name or tax_id):
        text = "The customer is not printed." if ours else "Our own companies are not set."
        yield _BUYER.not_possible(text, fields)
    elif (tax_id and any(same_tax_id(tax_id, own) for own in known.own_tax_ids)) or (
        name and any(same_name(name, own) for own in known.own_names)
    ):
        yield _BUYER.passed("It is made out to us.", fields, printed=shown(name or tax_id or ""))
    else:
        yield _BUYER.failed(
            f"It is made out to “{shown(name or tax_id or '')}”, which is none of our companies.",
            fields,
            printed=shown(name or tax_id or ""),
            computed=shown(", ".join(ours)),
        )


def payee_is_the_vendor(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """Somebody else is to be paid: factoring, or fraud."""
    payee, vendor = invoice.text("remit_to"), invoice.text("vendor_name")
    trading = invoice.text("vendor_trading_name") or vendor
    if not payee or not vendor or not trading:
        yield _PAYEE.not_possible("No separate payee is printed.", ["remit_to"])
    elif same_name(payee, vendor) or same_name(payee, trading):
        yield _PAYEE.passed("The vendor itself is paid.", ["remit_to"], printed=shown(payee))
    else:
        yield _PAYEE.failed(
            f"“{shown(payee)}” is to be paid, not the vendor “{shown(vendor)}”.",
            ["remit_to"],
            printed=shown(payee),
            computed=shown(vendor),
        )


def currency_is_usual(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """A currency code, and one that this vendor bills in."""
    currency = invoice.text("currency")
    if not currency:
        yield _CURRENCY.not_possible("Currency is missing.", ["currency"])
        return
    sides = {"printed": shown(currency), "computed": ", ".join(known.vendor_currencies)}
    if not re.fullmatch(r"[A-Z]{3}", currency):
        yield _CURRENCY.failed(f"“{shown(currency)}” is no currency code.", ["currency"], **sides)
    elif not known.vendor_currencies:
        yield _CURRENCY.not_possible("Nothing is known of this vendor's currency.", ["currency"])
    elif currency in known.vendor_currencies:
        yield _CURRENCY.passed(f"{currency} is this vendor's currency.", ["currency"], **sides)
    else:
        text = f"In {currency}; this vendor billed in {sides['computed']} so far."
        yield _CURRENCY.failed(text, ["currency"], **sides)


def total_is_usual(invoice: ExtractedInvoice, known: Known) -> Iterator[Finding]:
    """Not more than three times the vendor's median, unless there was nearly as much before."""
    total, usual = invoice.money("total"), known.vendor_total
    if total is None or usual is None or usual.count < _FEWEST_FOR_USUAL or usual.median <= 0:
        yield _OUTLIER.not_possible("Too little is known of this vendor's totals.", ["total"])
        return
    range_ = f"{shown(usual.least)} to {shown(usual.most)}"
    sides = {"printed": shown(total), "computed": range_}
    if total > usual.median * _MANY_TIMES and total > usual.most * _ABOVE_ALL:
        times = f"{total / usual.median:.0f}" if total < usual.median * 1000 else "over 1000"
        text = f"{times} times the usual: this vendor's invoices run {range_}; this one {shown(total)}."
        yield _OUTLIER.failed(text, ["total"], **sides)
    else:
        yield _OUTLIER.passed(f"This vendor's invoices run {range_}.", ["total"], **sides)


def sign_fits_the_type(invoice: ExtractedInvoice) -> Iterator[Finding]:
    """An invoice of a negative amount is a credit note; a credit note may be printed either way."""
    total, kind = invoice.money("total"), invoice.text("document_type") or "invoice"
    if total is None:
        yield _SIGN.not_possible("Total is missing.", ["total", "document_type"])
    elif total < 0 and kind != "credit_note":
        text = f"The total is {shown(total)}: this may be a credit note."
        yield _SIGN.failed(text, ["document_type", "total"], printed=shown(total))
    else:
        yield _SIGN.passed("The sign fits the document type.", ["document_type", "total"])


def _tail(account: str) -> str:
    return "…" + shown(compact(account)[-4:])
