"""UBL 2.1 Invoice and CreditNote: Peppol BIS, XRechnung UBL, and plain UBL.

Paths follow EN 16931-3-2 (syntax binding UBL). Of nested lines (XRechnung extension) the
outermost are taken: their amounts hold the inner ones.
"""

from __future__ import annotations

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


def read_ubl(root: _Element) -> ExtractedInvoice:
    """Everything we know a field for."""
    values = Values()
    kind = "CreditNote" if local(root) == "CreditNote" else "Invoice"
    guideline = text_at(root, "CustomizationID")
    check_profile(kind, guideline, values)
    seller = first_at(root, "AccountingSupplierParty/Party")
    buyer = first_at(root, "AccountingCustomerParty/Party")
    totals = first_at(root, "LegalMonetaryTotal")
    tax_totals = _tax_totals(root)
    total = values.number(text_at(totals, "TaxInclusiveAmount"))
    type_code = text_at(root, f"{kind}TypeCode") or ("381" if kind == "CreditNote" else "380")
    order = text_at(root, "OrderReference/ID")
    fields: dict[str, ExtractedField | None] = {
        "document_type": document_type(type_code, total, values),
        "invoice_number": values.name(text_at(root, "ID")),
        "invoice_date": values.day(text_at(root, "IssueDate")),
        "due_date": values.day(
            text_at(root, "DueDate", "PaymentMeans/PaymentDueDate", "PaymentTerms/PaymentDueDate")
        ),
        "currency": values.code(text_at(root, "DocumentCurrencyCode")),
        # Peppol: "NA" stands where only the seller's order number is known.
        "purchase_order": values.name(order) if order and order.upper() != "NA" else None,
        "buyer_reference": values.name(text_at(root, "BuyerReference")),
        "contract_reference": values.name(text_at(root, "ContractDocumentReference/ID")),
        "delivery_note": values.name(text_at(root, "DespatchDocumentReference/ID")),
        "delivery_date": values.day(text_at(root, "Delivery/ActualDeliveryDate")),
        "period_start": values.day(text_at(root, "InvoicePeriod/StartDate")),
        "period_end": values.day(text_at(root, "InvoicePeriod/EndDate")),
        "preceding_invoice": first_of(
            [values.name(t) for t in texts_at(root, "BillingReference/InvoiceDocumentReference/ID")]
        ),
        "vendor_registration": values.name(text_at(seller, "PartyLegalEntity/CompanyID")),
        "vendor_trading_name": values.name(text_at(seller, "PartyName/Name")),
        "vendor_country": values.code(text_at(seller, "PostalAddress/Country/IdentificationCode")),
        "vendor_email": values.name(
            text_at(seller, "Contact/ElectronicMail") or _electronic_address(seller)
        ),
        "vendor_phone": values.name(text_at(seller, "Contact/Telephone")),
        "vendor_website": values.name(text_at(seller, "WebsiteURI")),
        "customer_id": values.name(text_at(buyer, "PartyIdentification/ID")),
        "ship_to": _ship_to(values, first_at(root, "Delivery")),
        "remit_to": values.name(
            text_at(
                root, "PayeeParty/PartyName/Name", "PayeeParty/PartyLegalEntity/RegistrationName"
            )
        ),
        "lines_total": values.number(text_at(totals, "LineExtensionAmount")),
        "discount_total": values.number(text_at(totals, "AllowanceTotalAmount")),
        "charges_total": values.number(text_at(totals, "ChargeTotalAmount")),
        "freight": total_of(
            [
                values.number(text_at(charge, "Amount"))
                for charge in all_at(root, "AllowanceCharge")
                if text_at(charge, "ChargeIndicator") == "true"
                and is_freight(
                    text_at(charge, "AllowanceChargeReasonCode"),
                    text_at(charge, "AllowanceChargeReason"),
                )
            ]
        ),
        "subtotal": values.number(text_at(totals, "TaxExclusiveAmount")),
        "tax_total": total_of([values.number(text_at(t, "TaxAmount")) for t in tax_totals]),
        "total": total,
        "paid": values.number(text_at(totals, "PrepaidAmount")),
        "rounding": values.number(text_at(totals, "PayableRoundingAmount")),
        "amount_due": values.number(text_at(totals, "PayableAmount")),
        **_party(values, seller, "vendor"),
        **_party(values, buyer, "customer"),
        **_payment(values, root),
    }
    if fields["vendor_name"] == fields["vendor_trading_name"]:
        fields["vendor_trading_name"] = None
    if text_at(root, "CopyIndicator") == "true":
        values.flags.add("copy")
    check_rules(guideline, fields, values)
    lines = [_line(values, line, kind) for line in kept_lines(all_at(root, f"{kind}Line"), values)]
    return ExtractedInvoice(
        fields=present(fields),
        lines=tuple(line for line in lines if counts(line)),
        taxes=tuple(
            _tax(values, tax)
            for total in tax_totals
            for tax in kept_lines(all_at(total, "TaxSubtotal"), values)
        ),
        flags=tuple(sorted(values.flags)),
    )


def _party(values: Values, party: _Element | None, role: str) -> dict[str, ExtractedField | None]:
    person = " ".join(texts_at(party, "Person/FirstName") + texts_at(party, "Person/FamilyName"))
    schemes = all_at(party, "PartyTaxScheme")
    vat = [s for s in schemes if (text_at(s, "TaxScheme/ID") or "VAT").upper() in ("VAT", "GST")]
    ids = [text_at(s, "CompanyID") for s in vat + [s for s in schemes if s not in vat]]
    return {
        f"{role}_name": values.name(
            text_at(party, "PartyLegalEntity/RegistrationName", "PartyName/Name") or person or None
        ),
        f"{role}_address": values.address(_address_parts(first_at(party, "PostalAddress"))),
        f"{role}_tax_id": first_of([values.tax_id(t) for t in ids]),
    }


def _address_parts(address: _Element | None) -> list[str | None]:
    city = [text_at(address, "PostalZone"), text_at(address, "CityName")]
    street = [text_at(address, "StreetName"), text_at(address, "BuildingNumber")]
    return [
        " ".join(filter(None, street)),
        text_at(address, "AdditionalStreetName"),
        *texts_at(address, "AddressLine/Line"),
        " ".join(filter(None, city)),
        text_at(address, "CountrySubentity"),
    ]


def _electronic_address(party: _Element | None) -> str | None:
    address = first_at(party, "EndpointID")
    return address.text if address is not None and address.get("schemeID") == "EM" else None


def _ship_to(values: Values, delivery: _Element | None) -> ExtractedField | None:
    return values.address(
        [
            text_at(delivery, "DeliveryParty/PartyName/Name"),
            *_address_parts(first_at(delivery, "DeliveryLocation/Address")),
        ]
    )


def _tax_totals(root: _Element) -> list[_Element]:
    """The tax totals in the invoice's own currency: one, or in plain UBL one for each tax.

    EN 16931 adds one without a breakdown for the currency of the tax office.
    """
    currency = text_at(root, "DocumentCurrencyCode")
    totals = all_at(root, "TaxTotal")
    own = [
        t
        for t in totals
        if (stated := first_at(t, "TaxAmount")) is not None and stated.get("currencyID") == currency
    ]
    detailed = [t for t in own if first_at(t, "TaxSubtotal") is not None]
    return detailed or own[:1] or totals[:1]


def _payment(values: Values, root: _Element) -> dict[str, ExtractedField | None]:
    means = all_at(root, "PaymentMeans")
    accounts = [(m, text_at(m, "PayeeFinancialAccount/ID")) for m in means]
    with_account = [(m, account) for m, account in accounts if account]
    chosen = with_account[0][0] if with_account else (means[0] if means else None)
    bank = text_at(
        chosen,
        "PayeeFinancialAccount/FinancialInstitutionBranch/ID",
        "PayeeFinancialAccount/FinancialInstitutionBranch/FinancialInstitution/ID",
    )
    card = text_at(chosen, "CardAccount/PrimaryAccountNumberID")
    terms = "\n".join(texts_at(root, "PaymentTerms/Note")) or None
    return {
        "payment_terms": values.text(terms),
        **(term_fields(parse_terms(terms), terms) if terms else {}),
        "payment_means": values.name(text_at(chosen, "PaymentMeansCode")),
        "payment_reference": values.name(text_at(chosen, "PaymentID")),
        "iban": first_of([values.account(account) for _, account in with_account]),
        "account_name": values.name(text_at(chosen, "PayeeFinancialAccount/Name")),
        "bic": values.bank(bank) if bank and not bank[:1].isdigit() else None,
        "routing_number": values.name(bank) if bank and bank[:1].isdigit() else None,
        "card_last_four": values.name(card[-4:]) if card else None,
        "direct_debit_mandate": values.name(text_at(root, "PaymentMeans/PaymentMandate/ID")),
    }


def _tax(values: Values, tax: _Element) -> TaxLine:
    return TaxLine(
        base=values.number(text_at(tax, "TaxableAmount")),
        amount=values.number(text_at(tax, "TaxAmount")),
        category=values.code(text_at(tax, "TaxCategory/ID")),
        rate=values.number(text_at(tax, "TaxCategory/Percent", "Percent")),
    )


def _line(values: Values, line: _Element, kind: str) -> LineItem:
    billed = first_at(line, "InvoicedQuantity" if kind == "Invoice" else "CreditedQuantity")
    quantity = values.number(text_at(billed, "."))
    item = first_at(line, "Item")
    net = values.number(text_at(line, "LineExtensionAmount"))
    _check_inner(values, line, kind, net)
    return LineItem(
        description=values.text(describe(text_at(item, "Name"), text_at(item, "Description"))),
        product_code=values.name(
            text_at(
                item,
                "SellersItemIdentification/ID",
                "StandardItemIdentification/ID",
                "BuyersItemIdentification/ID",
            )
        ),
        quantity=quantity,
        unit=values.name(None if billed is None else billed.get("unitCode")),
        unit_price=price_per_unit(
            values.number(text_at(line, "Price/PriceAmount")),
            values.number(text_at(line, "Price/BaseQuantity")),
            quantity,
            net,
        ),
        discount=line_discount(
            [
                (
                    text_at(charge, "ChargeIndicator") == "true",
                    values.number(text_at(charge, "Amount")),
                )
                for charge in all_at(line, "AllowanceCharge")
            ]
        ),
        tax_rate=values.number(
            text_at(item, "ClassifiedTaxCategory/Percent")
            or text_at(line, "TaxTotal/TaxSubtotal/TaxCategory/Percent")
        ),
        amount=net,
        service_date=values.day(
            text_at(line, "InvoicePeriod/StartDate", "Delivery/ActualDeliveryDate")
        ),
        purchase_order_line=values.name(text_at(line, "OrderLineReference/LineID")),
    )


def _check_inner(values: Values, line: _Element, kind: str, whole: ExtractedField | None) -> None:
    """Sub-lines, however deep, must add up to the line that holds them."""
    for inner in (found := all_at(line, f"Sub{kind}Line")):
        amount = values.number(text_at(inner, "LineExtensionAmount"))
        _check_inner(values, inner, kind, amount)
    parts = [values.number(text_at(inner, "LineExtensionAmount")) for inner in found]
    check_group(whole, parts, values)
