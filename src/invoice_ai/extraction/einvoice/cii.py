"""UN/CEFACT cross industry invoices: CII D16B (Factur-X, ZUGFeRD 2, XRechnung CII) and its
ancestor in ZUGFeRD 1, which names the same things differently.

Paths follow EN 16931-3-3 (syntax binding CII) and the ZUGFeRD 1.0 schema.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from lxml.etree import _Element

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem, TaxLine
from invoice_ai.extraction.einvoice.codes import (
    check_profile,
    check_rules,
    document_type,
    is_freight,
)
from invoice_ai.extraction.einvoice.lines import (
    check_group,
    counts,
    describe,
    kept_lines,
    line_discount,
    price_per_unit,
)
from invoice_ai.extraction.einvoice.parse import all_at, first_at, local, text_at, texts_at
from invoice_ai.extraction.einvoice.terms import parse_terms, term_fields
from invoice_ai.extraction.einvoice.values import Values, first_of, present, total_of


@dataclass(frozen=True, slots=True)
class _Names:
    """Element names that differ between the two versions."""

    context: str
    document: str
    transaction: str
    header: str  # prefix of Agreement, Delivery and Settlement in the header
    line: str  # the same in a line
    line_totals: str
    totals: str
    reference: str  # the id of a referenced document
    percent: str


_CII = _Names(
    "ExchangedDocumentContext",
    "ExchangedDocument",
    "SupplyChainTradeTransaction",
    "ApplicableHeaderTrade",
    "SpecifiedLineTrade",
    "SpecifiedTradeSettlementLineMonetarySummation",
    "SpecifiedTradeSettlementHeaderMonetarySummation",
    "IssuerAssignedID",
    "RateApplicablePercent",
)
_ZUGFERD_1 = _Names(
    "SpecifiedExchangedDocumentContext",
    "HeaderExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction",
    "ApplicableSupplyChainTrade",
    "SpecifiedSupplyChainTrade",
    "SpecifiedTradeSettlementMonetarySummation",
    "SpecifiedTradeSettlementMonetarySummation",
    "ID",
    "ApplicablePercent",
)
_DATE = "DateTimeString"


def read_cii(root: _Element) -> ExtractedInvoice:
    """Everything we know a field for."""
    values = Values()
    names = _ZUGFERD_1 if local(root) == "CrossIndustryDocument" else _CII
    context = first_at(root, names.context)
    guideline = text_at(context, "GuidelineSpecifiedDocumentContextParameter/ID")
    check_profile(local(root), guideline, values)
    document = first_at(root, names.document)
    trade = first_at(root, names.transaction)
    agreement = first_at(trade, f"{names.header}Agreement")
    delivery = first_at(trade, f"{names.header}Delivery")
    settlement = first_at(trade, f"{names.header}Settlement")
    seller = first_at(agreement, "SellerTradeParty")
    buyer = first_at(agreement, "BuyerTradeParty")
    totals = first_at(settlement, names.totals)
    total = values.number(text_at(totals, "GrandTotalAmount"))
    fields: dict[str, ExtractedField | None] = {
        "document_type": document_type(text_at(document, "TypeCode"), total, values),
        "invoice_number": values.name(text_at(document, "ID")),
        "invoice_date": values.day(text_at(document, f"IssueDateTime/{_DATE}")),
        "currency": values.code(text_at(settlement, "InvoiceCurrencyCode")),
        "purchase_order": values.name(
            text_at(agreement, f"BuyerOrderReferencedDocument/{names.reference}")
        ),
        "buyer_reference": values.name(text_at(agreement, "BuyerReference")),
        "contract_reference": values.name(
            text_at(agreement, f"ContractReferencedDocument/{names.reference}")
        ),
        "delivery_note": values.name(
            text_at(
                delivery,
                f"DespatchAdviceReferencedDocument/{names.reference}",
                f"DeliveryNoteReferencedDocument/{names.reference}",
            )
        ),
        "delivery_date": values.day(
            text_at(delivery, f"ActualDeliverySupplyChainEvent/OccurrenceDateTime/{_DATE}")
        ),
        "period_start": values.day(
            text_at(settlement, f"BillingSpecifiedPeriod/StartDateTime/{_DATE}")
        ),
        "period_end": values.day(
            text_at(settlement, f"BillingSpecifiedPeriod/EndDateTime/{_DATE}")
        ),
        "preceding_invoice": first_of(
            [
                values.name(t)
                for t in texts_at(settlement, f"InvoiceReferencedDocument/{names.reference}")
            ]
        ),
        **_party(values, seller, "vendor"),
        "vendor_trading_name": values.name(
            text_at(seller, "SpecifiedLegalOrganization/TradingBusinessName")
        ),
        "vendor_country": values.code(text_at(seller, "PostalTradeAddress/CountryID")),
        "vendor_registration": values.name(text_at(seller, "SpecifiedLegalOrganization/ID")),
        "vendor_email": values.name(
            text_at(
                seller,
                "DefinedTradeContact/EmailURIUniversalCommunication/URIID",
                "DefinedTradeContact/EmailURIUniversalCommunication/CompleteNumber",
            )
            or _electronic_address(seller)
        ),
        "vendor_phone": values.name(
            text_at(seller, "DefinedTradeContact/TelephoneUniversalCommunication/CompleteNumber")
        ),
        **_party(values, buyer, "customer"),
        "customer_id": values.name(text_at(buyer, "ID", "GlobalID")),
        "ship_to": _ship_to(values, first_at(delivery, "ShipToTradeParty")),
        "remit_to": values.name(text_at(settlement, "PayeeTradeParty/Name")),
        "lines_total": values.number(text_at(totals, "LineTotalAmount")),
        "discount_total": values.number(text_at(totals, "AllowanceTotalAmount")),
        "charges_total": values.number(text_at(totals, "ChargeTotalAmount")),
        "freight": _freight(values, settlement),
        "subtotal": values.number(text_at(totals, "TaxBasisTotalAmount")),
        "tax_total": values.number(_tax_total(totals, settlement)),
        "total": total,
        "paid": values.number(text_at(totals, "TotalPrepaidAmount")),
        "rounding": values.number(text_at(totals, "RoundingAmount")),
        "amount_due": values.number(text_at(totals, "DuePayableAmount")),
        **_payment(values, settlement),
        **_terms(values, settlement),
    }
    for element, flag in (
        (text_at(context, "TestIndicator/Indicator"), "test_document"),
        (text_at(document, "CopyIndicator/Indicator"), "copy"),
    ):
        if element == "true":
            values.flags.add(flag)
    check_rules(guideline, fields, values)
    return ExtractedInvoice(
        fields=present(fields),
        lines=_lines(values, names, all_at(trade, "IncludedSupplyChainTradeLineItem")),
        taxes=tuple(
            TaxLine(
                base=values.number(text_at(tax, "BasisAmount")),
                amount=values.number(text_at(tax, "CalculatedAmount")),
                category=values.code(text_at(tax, "CategoryCode")),
                rate=values.number(text_at(tax, names.percent)),
            )
            for tax in kept_lines(all_at(settlement, "ApplicableTradeTax"), values)
        ),
        flags=tuple(sorted(values.flags)),
    )


def _party(values: Values, party: _Element | None, role: str) -> dict[str, ExtractedField | None]:
    registrations = all_at(party, "SpecifiedTaxRegistration/ID")
    vat_first = sorted(registrations, key=lambda r: r.get("schemeID") != "VA")
    return {
        f"{role}_name": values.name(
            text_at(
                party,
                "Name",
                "SpecifiedLegalOrganization/TradingBusinessName",
                "DefinedTradeContact/PersonName",
            )
        ),
        f"{role}_address": values.address(_address_parts(first_at(party, "PostalTradeAddress"))),
        f"{role}_tax_id": first_of([values.tax_id(text_at(r, ".")) for r in vat_first]),
    }


def _address_parts(address: _Element | None) -> list[str | None]:
    city = [text_at(address, "PostcodeCode"), text_at(address, "CityName")]
    return [
        text_at(address, "LineOne"),
        text_at(address, "LineTwo"),
        text_at(address, "LineThree"),
        " ".join(filter(None, city)),
        text_at(address, "CountrySubDivisionName"),
    ]


def _electronic_address(party: _Element | None) -> str | None:
    address = first_at(party, "URIUniversalCommunication/URIID")
    return address.text if address is not None and address.get("schemeID") == "EM" else None


def _ship_to(values: Values, party: _Element | None) -> ExtractedField | None:
    return values.address(
        [text_at(party, "Name"), *_address_parts(first_at(party, "PostalTradeAddress"))]
    )


def _freight(values: Values, settlement: _Element | None) -> ExtractedField | None:
    """Charges for freight, and ZUGFeRD's own element for logistics services."""
    charges = [
        values.number(text_at(charge, "ActualAmount"))
        for charge in all_at(settlement, "SpecifiedTradeAllowanceCharge")
        if text_at(charge, "ChargeIndicator/Indicator") == "true"
        and is_freight(text_at(charge, "ReasonCode"), text_at(charge, "Reason"))
    ]
    logistics = texts_at(settlement, "SpecifiedLogisticsServiceCharge/AppliedAmount")
    return total_of([*charges, *map(values.number, logistics)])


def _tax_total(totals: _Element | None, settlement: _Element | None) -> str | None:
    """BT-110: of two tax totals the one in the invoice's own currency."""
    currency = text_at(settlement, "InvoiceCurrencyCode")
    amounts = all_at(totals, "TaxTotalAmount")
    own = [a for a in amounts if a.get("currencyID") == currency] or amounts
    return text_at(own[0], ".") if own else None


def _payment(values: Values, settlement: _Element | None) -> dict[str, ExtractedField | None]:
    means = all_at(settlement, "SpecifiedTradeSettlementPaymentMeans")
    accounts = [
        (m, text_at(m, f"PayeePartyCreditorFinancialAccount/{name}"))
        for name in ("IBANID", "ProprietaryID")
        for m in means
    ]
    with_account = [(m, account) for m, account in accounts if account]
    chosen = with_account[0][0] if with_account else (means[0] if means else None)
    bank = text_at(chosen, "PayeeSpecifiedCreditorFinancialInstitution/BICID")
    card = text_at(chosen, "ApplicableTradeSettlementFinancialCard/ID")
    return {
        "payment_means": values.name(text_at(chosen, "TypeCode")),
        "payment_reference": values.name(text_at(settlement, "PaymentReference")),
        "iban": first_of([values.account(account) for _, account in with_account]),
        "account_name": values.name(
            text_at(chosen, "PayeePartyCreditorFinancialAccount/AccountName")
        ),
        "bic": values.bank(bank),
        "routing_number": values.name(
            text_at(chosen, "PayeeSpecifiedCreditorFinancialInstitution/GermanBankleitzahlID")
        ),
        "card_last_four": values.name(card[-4:]) if card else None,
        "direct_debit_mandate": values.name(
            text_at(settlement, "SpecifiedTradePaymentTerms/DirectDebitMandateID")
        ),
    }


def _terms(values: Values, settlement: _Element | None) -> dict[str, ExtractedField | None]:
    """Terms stand in one element or in several: net first, then each discount."""
    terms = all_at(settlement, "SpecifiedTradePaymentTerms")
    raw = "\n".join(t for term in terms for t in texts_at(term, "Description"))
    discounts = all_at(settlement, "SpecifiedTradePaymentTerms/ApplicableTradePaymentDiscountTerms")
    net = [t for t in terms if first_at(t, "ApplicableTradePaymentDiscountTerms") is None]
    due = [values.day(text_at(t, f"DueDateDateTime/{_DATE}")) for t in net or terms]
    fields = term_fields(parse_terms(raw), raw) if raw else {}
    for discount in discounts[:1]:
        fields["discount_percent"] = values.number(text_at(discount, "CalculationPercent"))
        if (days := first_at(discount, "BasisPeriodMeasure")) is not None:
            unit = (days.get("unitCode") or "DAY").upper()
            fields["discount_days"] = values.number(text_at(days, ".")) if unit == "DAY" else None
    return {"payment_terms": values.text(raw or None), "due_date": first_of(due), **fields}


def _lines(values: Values, names: _Names, lines: list[_Element]) -> tuple[LineItem, ...]:
    """The lines that count: of a hierarchy (EXTENDED) the details, not groups and remarks."""
    parts: dict[str, list[ExtractedField | None]] = defaultdict(list)
    groups: list[tuple[str | None, ExtractedField | None]] = []
    found: list[LineItem] = []
    for line in kept_lines(lines, values):
        about = first_at(line, "AssociatedDocumentLineDocument")
        item = _line(values, names, line)
        status = text_at(about, "LineStatusReasonCode")
        if status == "INFORMATION":
            continue
        if parent := text_at(about, "ParentLineID"):
            parts[parent].append(item.amount)
        if status == "GROUP":
            groups.append((text_at(about, "LineID"), item.amount))
        elif counts(item):
            found.append(item)
    for number, whole in groups:
        check_group(whole, parts[number or ""], values)
    return tuple(found)


def _line(values: Values, names: _Names, line: _Element) -> LineItem:
    product = first_at(line, "SpecifiedTradeProduct")
    agreement = first_at(line, f"{names.line}Agreement")
    delivery = first_at(line, f"{names.line}Delivery")
    settlement = first_at(line, f"{names.line}Settlement")
    billed = first_at(delivery, "BilledQuantity")
    quantity = values.number(text_at(billed, "."))
    net = values.number(text_at(settlement, f"{names.line_totals}/LineTotalAmount"))
    price = first_at(agreement, "NetPriceProductTradePrice")
    if price is None:
        price = first_at(agreement, "GrossPriceProductTradePrice")
    return LineItem(
        description=values.text(
            describe(text_at(product, "Name"), text_at(product, "Description"))
        ),
        product_code=values.name(
            text_at(product, "SellerAssignedID", "GlobalID", "BuyerAssignedID")
        ),
        quantity=quantity,
        unit=values.name(None if billed is None else billed.get("unitCode")),
        unit_price=price_per_unit(
            values.number(text_at(price, "ChargeAmount")),
            values.number(text_at(price, "BasisQuantity")),
            quantity,
            net,
        ),
        discount=line_discount(
            [
                (
                    text_at(charge, "ChargeIndicator/Indicator") == "true",
                    values.number(text_at(charge, "ActualAmount")),
                )
                for charge in all_at(settlement, "SpecifiedTradeAllowanceCharge")
            ]
        ),
        tax_rate=values.number(text_at(settlement, f"ApplicableTradeTax/{names.percent}")),
        amount=net,
        service_date=values.day(
            text_at(settlement, f"BillingSpecifiedPeriod/StartDateTime/{_DATE}")
            or text_at(delivery, f"ActualDeliverySupplyChainEvent/OccurrenceDateTime/{_DATE}")
        ),
        purchase_order_line=values.name(text_at(agreement, "BuyerOrderReferencedDocument/LineID")),
    )
