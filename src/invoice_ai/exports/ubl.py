"""An invoice as UBL 2.1 after EN 16931: Invoice, or CreditNote for a credit note.

What the norm demands and the invoice does not print is completed where it follows from what is
there (a net amount from total and tax, one line when none was read). Nothing else is invented: an
invoice that lacks its number, date, currency, vendor or total is refused, and one whose sums do not
hold is written as it says. Order of elements: UBL 2.1; terms: EN 16931-3-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree
from lxml.etree import _Element

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem
from invoice_ai.errors import BadRequest

_CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
_CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
_ROOT = "urn:oasis:names:specification:ubl:schema:xsd:{}-2"
NEEDED = ("invoice_number", "invoice_date", "currency", "vendor_name", "total")
CENT = Decimal("0.01")
# UN/ECE Recommendation 20 for units as people print them.
UNITS: dict[str, str] = {
    **dict.fromkeys(("pcs", "pc", "piece", "pieces", "ea", "each", "stk", "st", "stück"), "H87"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours", "std", "stunden", "heures"), "HUR"),
    **dict.fromkeys(("day", "days", "tag", "tage", "jours"), "DAY"),
    **dict.fromkeys(("month", "months", "monat", "monate", "mois"), "MON"),
    **dict.fromkeys(("kg", "kilo"), "KGM"),
    **dict.fromkeys(("g",), "GRM"),
    **dict.fromkeys(("l", "ltr", "litre", "liter"), "LTR"),
    **dict.fromkeys(("m",), "MTR"),
    **dict.fromkeys(("km",), "KMT"),
    **dict.fromkeys(("m²", "m2", "qm"), "MTK"),
    **dict.fromkeys(("m³", "m3", "cbm"), "MTQ"),
    **dict.fromkeys(("kwh",), "KWH"),
    **dict.fromkeys(("min", "mins"), "MIN"),
}
# Why no tax is due, which the norm demands for these categories (VATEX; BR-E-10, BR-AE-10 …).
EXEMPTIONS: dict[str, tuple[str, str]] = {
    "E": ("", "Exempt from tax"),
    "AE": ("VATEX-EU-AE", "Reverse charge"),
    "K": ("VATEX-EU-IC", "Intra-community supply"),
    "G": ("VATEX-EU-G", "Export outside the EU"),
    "O": ("VATEX-EU-O", "Not subject to tax"),
}
_CATEGORIES = frozenset({"S", "Z", *EXEMPTIONS, "L", "M"})
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Incomplete(BadRequest):
    """The invoice lacks what every e-invoice must have."""

    code = "incomplete_for_ubl"


def ubl_of(invoice: ExtractedInvoice) -> bytes:
    """The invoice as an XML file.

    Raises: Incomplete: it lacks a value that every e-invoice has; the message names them.
    """
    missing = [name.replace("_", " ") for name in NEEDED if name not in invoice.fields]
    if missing:
        raise Incomplete(f"An e-invoice needs more than was read: {', '.join(missing)} missing.")
    return _Writer(invoice).file()


class _Writer:
    """One document being written; holds the names that differ for a credit note."""

    def __init__(self, invoice: ExtractedInvoice) -> None:
        self.invoice = invoice
        self.currency = (invoice.text("currency") or "")[:3].upper()
        credit = invoice.text("document_type") == "credit_note"
        self.kind = "CreditNote" if credit else "Invoice"
        self.root = etree.Element(
            f"{{{_ROOT.format(self.kind)}}}{self.kind}",
            nsmap={None: _ROOT.format(self.kind), "cac": _CAC, "cbc": _CBC},  # type: ignore[dict-item]
        )

    def file(self) -> bytes:
        self._head()
        self._party("AccountingSupplierParty", "vendor")
        self._party("AccountingCustomerParty", "customer")
        if payee := self._text("remit_to"):
            put(group(self.root, "PayeeParty", "PartyName"), "Name", payee)
        self._delivery()
        self._payment()
        self._allowances()
        self._taxes()
        self._totals()
        self._lines()
        content: bytes = etree.tostring(
            self.root, xml_declaration=True, encoding="UTF-8", pretty_print=True
        )
        return content

    def _head(self) -> None:
        root, text = self.root, self._text
        put(root, "CustomizationID", "urn:cen.eu:en16931:2017")
        put(root, "ID", text("invoice_number"))
        put(root, "IssueDate", text("invoice_date"))
        if self.kind == "Invoice":
            put(root, "DueDate", text("due_date"))
        put(root, f"{self.kind}TypeCode", "381" if self.kind == "CreditNote" else "380")
        put(root, "DocumentCurrencyCode", self.currency)
        put(root, "BuyerReference", text("buyer_reference"))
        if text("period_start") or text("period_end"):
            period = group(root, "InvoicePeriod")
            put(period, "StartDate", text("period_start"))
            put(period, "EndDate", text("period_end"))
        for path, name in (
            (("OrderReference",), "purchase_order"),
            (("BillingReference", "InvoiceDocumentReference"), "preceding_invoice"),
            (("DespatchDocumentReference",), "delivery_note"),
            (("ContractDocumentReference",), "contract_reference"),
        ):
            if text(name):
                put(group(root, *path), "ID", text(name))

    def _party(self, element: str, role: str) -> None:
        party = group(self.root, element, "Party")
        if role == "customer" and self._text("customer_id"):
            put(group(party, "PartyIdentification"), "ID", self._text("customer_id"))
        if trading := self._text(f"{role}_trading_name"):
            put(group(party, "PartyName"), "Name", trading)
        tax_id = self._text(f"{role}_tax_id")
        country = self._text(f"{role}_country") or _country_of(tax_id)
        _address(group(party, "PostalAddress"), self._text(f"{role}_address"), country)
        if tax_id:
            scheme = group(party, "PartyTaxScheme")
            put(scheme, "CompanyID", tax_id)
            # BT-31 has its country in front; any other number is BT-32.
            put(group(scheme, "TaxScheme"), "ID", "VAT" if _country_of(tax_id) else "TAX")
        legal = group(party, "PartyLegalEntity")
        put(legal, "RegistrationName", self._text(f"{role}_name") or "-")
        put(legal, "CompanyID", self._text(f"{role}_registration"))
        phone, mail = self._text(f"{role}_phone"), self._text(f"{role}_email")
        if phone or mail:
            contact = group(party, "Contact")
            put(contact, "Telephone", phone)
            put(contact, "ElectronicMail", mail)

    def _delivery(self) -> None:
        day, place = self._text("delivery_date"), self._text("ship_to")
        if not day and not place:
            return
        delivery = group(self.root, "Delivery")
        put(delivery, "ActualDeliveryDate", day)
        if place:
            name, *rest = re.split(r"\n|,\s+", place, maxsplit=1)
            if rest:
                _address(
                    group(delivery, "DeliveryLocation", "Address"),
                    rest[0],
                    self._text("customer_country") or _country_of(self._text("customer_tax_id")),
                )
            put(group(delivery, "DeliveryParty", "PartyName"), "Name", name)

    def _payment(self) -> None:
        text = self._text
        iban, card = text("iban"), text("card_last_four")
        late = text("due_date") if self.kind == "CreditNote" else ""
        if iban or card or late or text("payment_means") or text("payment_reference"):
            means = group(self.root, "PaymentMeans")
            code = text("payment_means")
            usual = "58" if iban[:2].isalpha() else "48" if card else "30" if iban else "1"
            put(means, "PaymentMeansCode", code if code.isdigit() else usual)
            put(means, "PaymentDueDate", late)
            put(means, "PaymentID", text("payment_reference"))
            if card:
                account = group(means, "CardAccount")
                put(account, "PrimaryAccountNumberID", card)
                put(account, "NetworkID", "NA")
            if iban:
                account = group(means, "PayeeFinancialAccount")
                put(account, "ID", iban)
                put(account, "Name", text("account_name"))
                if bank := text("bic") or text("routing_number"):
                    put(group(account, "FinancialInstitutionBranch"), "ID", bank)
            if mandate := text("direct_debit_mandate"):
                put(group(means, "PaymentMandate"), "ID", mandate)
        terms = text("payment_terms")
        if not terms and text("payment_days"):
            terms = f"{text('payment_days')} days net"
        if terms:
            put(group(self.root, "PaymentTerms"), "Note", terms)

    def _allowances(self) -> None:
        """Discounts and charges of the whole document; freight is one of the charges."""
        category, rate = self._usual_tax()
        freight = self._money("freight") or Decimal(0)
        charges = self._money("charges_total") or freight
        discount = self._money("discount_total") or Decimal(0)
        for charge, amount, reason, code in (
            (False, discount, "Discount", "95"),
            (True, freight, "Freight", "FC"),
            (True, charges - freight, "Charges", "ABK"),
        ):
            if not amount:
                continue
            entry = group(self.root, "AllowanceCharge")
            put(entry, "ChargeIndicator", "true" if charge else "false")
            put(entry, "AllowanceChargeReasonCode", code)
            put(entry, "AllowanceChargeReason", reason)
            self._amount(entry, "Amount", abs(amount))
            self._category(group(entry, "TaxCategory"), category, rate)

    def _taxes(self) -> None:
        total = group(self.root, "TaxTotal")
        self._amount(total, "TaxAmount", self._tax())
        for base, amount, category, rate in self._breakdown():
            part = group(total, "TaxSubtotal")
            self._amount(part, "TaxableAmount", base)
            self._amount(part, "TaxAmount", amount)
            self._category(group(part, "TaxCategory"), category, rate, exempt=True)

    def _totals(self) -> None:
        money = self._money
        totals = group(self.root, "LegalMonetaryTotal")
        self._amount(totals, "LineExtensionAmount", self._lines_total())
        self._amount(totals, "TaxExclusiveAmount", self._net())
        total = money("total") or Decimal(0)
        self._amount(totals, "TaxInclusiveAmount", total)
        paid, rounding = money("paid"), money("rounding")
        charges = money("charges_total") or money("freight")
        for element, value in (
            ("AllowanceTotalAmount", abs(money("discount_total") or Decimal(0)) or None),
            ("ChargeTotalAmount", charges),
            ("PrepaidAmount", paid),
            ("PayableRoundingAmount", rounding),
        ):
            if value is not None:
                self._amount(totals, element, value)
        due = money("amount_due")
        if due is None:
            due = total - (paid or Decimal(0)) + (rounding or Decimal(0))
        self._amount(totals, "PayableAmount", due)

    def _lines(self) -> None:
        counted = "InvoicedQuantity" if self.kind == "Invoice" else "CreditedQuantity"
        for number, line in enumerate(self._kept(), 1):
            amount = number_of(line.amount) or Decimal(0)
            quantity = number_of(line.quantity) or Decimal(1)
            off = number_of(line.discount) or Decimal(0)
            price = number_of(line.unit_price)
            if price is None:
                price = (amount + off) / quantity
            if price < 0:  # a price is never negative (BR-27): the quantity is
                price, quantity = -price, -quantity
            entry = group(self.root, f"{self.kind}Line")
            put(entry, "ID", str(number))
            put(entry, counted, plain(quantity)).set("unitCode", unit_code(line))
            self._amount(entry, "LineExtensionAmount", amount)
            if day := text_of(line.service_date):
                period = group(entry, "InvoicePeriod")
                put(period, "StartDate", day)
                put(period, "EndDate", day)
            if order := text_of(line.purchase_order_line):
                put(group(entry, "OrderLineReference"), "LineID", order)
            if off:
                less = group(entry, "AllowanceCharge")
                put(less, "ChargeIndicator", "false" if off > 0 else "true")
                put(less, "AllowanceChargeReason", "Discount" if off > 0 else "Charge")
                self._amount(less, "Amount", abs(off))
            item = group(entry, "Item")
            name, _, more = (text_of(line.description) or "-").partition("\n")
            put(item, "Description", more)
            put(item, "Name", name)
            if code := text_of(line.product_code):
                put(group(item, "SellersItemIdentification"), "ID", code)
            category, rate = self._line_tax(line)
            self._category(group(item, "ClassifiedTaxCategory"), category, rate)
            put(group(entry, "Price"), "PriceAmount", plain(round_to(price, 6))).set(
                "currencyID", self.currency
            )

    def _kept(self) -> tuple[LineItem, ...]:
        """The lines; an invoice without any has one over its net amount (BR-16)."""
        lines = tuple(line for line in self.invoice.lines if line.amount or line.unit_price)
        if lines:
            return lines
        said = self.invoice.fields["invoice_number"]
        net = ExtractedField(self._net(), "", said.confidence, "computed")
        name = ExtractedField(f"Invoice {said.value}", "", said.confidence, "computed")
        return (LineItem(description=name, amount=net),)

    def _lines_total(self) -> Decimal:
        said = self._money("lines_total")
        if said is not None:
            return said
        return sum((number_of(line.amount) or Decimal(0) for line in self._kept()), Decimal(0))

    def _net(self) -> Decimal:
        said = self._money("subtotal")
        return said if said is not None else (self._money("total") or Decimal(0)) - self._tax()

    def _tax(self) -> Decimal:
        said = self._money("tax_total")
        if said is not None:
            return said
        parts = [number_of(tax.amount) for tax in self.invoice.taxes]
        if parts and None not in parts:
            return sum((part for part in parts if part is not None), Decimal(0))
        total, net = self._money("total"), self._money("subtotal")
        return total - net if total is not None and net is not None else Decimal(0)

    def _breakdown(self) -> Iterator[tuple[Decimal, Decimal, str, Decimal]]:
        """Taxable amount, tax, category and rate for each rate; one when none is printed."""
        for tax in self.invoice.taxes:
            rate = number_of(tax.rate)
            amount, base = number_of(tax.amount), number_of(tax.base)
            if amount is None and base is not None and rate is not None:
                amount = round_to(base * rate / 100, 2)
            if base is None and amount is not None and rate:
                base = round_to(amount * 100 / rate, 2)
            if base is None or amount is None:
                continue
            rate = _rate_of(base, amount) if rate is None else rate
            yield base, amount, _category_of(text_of(tax.category), rate), rate
        if not self.invoice.taxes:
            rate = _rate_of(self._net(), self._tax())
            yield self._net(), self._tax(), _category_of("", rate), rate

    def _usual_tax(self) -> tuple[str, Decimal]:
        """Category and rate of most of the invoice."""
        parts = list(self._breakdown())
        if not parts:
            return "Z", Decimal(0)
        _, _, category, rate = max(parts, key=lambda part: abs(part[0]))
        return category, rate

    def _line_tax(self, line: LineItem) -> tuple[str, Decimal]:
        rate = number_of(line.tax_rate)
        if rate is None:
            return self._usual_tax()
        same = [category for _, _, category, r in self._breakdown() if r == rate]
        return (same[0] if same else _category_of("", rate)), rate

    def _category(
        self, element: _Element, category: str, rate: Decimal, *, exempt: bool = False
    ) -> None:
        put(element, "ID", category)
        if category != "O":
            put(element, "Percent", plain(rate))
        if exempt and category in EXEMPTIONS:
            code, reason = EXEMPTIONS[category]
            put(element, "TaxExemptionReasonCode", code)
            put(element, "TaxExemptionReason", reason)
        put(group(element, "TaxScheme"), "ID", "VAT")

    def _amount(self, parent: _Element, name: str, value: Decimal) -> None:
        exact = value if value == round_to(value, 2) else value.normalize()
        written = f"{exact:.2f}" if exact == round_to(exact, 2) else plain(exact)
        put(parent, name, written).set("currencyID", self.currency)

    def _money(self, name: str) -> Decimal | None:
        return self.invoice.money(name)

    def _text(self, name: str) -> str:
        return text_of(self.invoice.fields.get(name))


def group(parent: _Element, *path: str) -> _Element:
    """A new aggregate beneath `parent`, and those inside it."""
    for name in path:
        parent = etree.SubElement(parent, f"{{{_CAC}}}{name}")
    return parent


def put(parent: _Element, name: str, text: str) -> _Element:
    """A basic element; an empty text makes none, and then a loose element takes attributes."""
    cleaned = _UNPRINTABLE.sub("", text).strip()
    element = etree.Element(f"{{{_CBC}}}{name}", nsmap={"cbc": _CBC})
    if cleaned:
        element.text = cleaned
        parent.append(element)
    return element


def number_of(found: ExtractedField | None) -> Decimal | None:
    """The number of a cell, when it is one."""
    return found.value if found and isinstance(found.value, Decimal) else None


def text_of(found: ExtractedField | None) -> str:
    """The text of a value; days are ISO, numbers plain."""
    if found is None:
        return ""
    if isinstance(found.value, Decimal):
        return plain(found.value)
    return found.value if isinstance(found.value, str) else found.value.isoformat()


def unit_code(line: LineItem) -> str:
    """The line's unit after UN/ECE Recommendation 20; "C62" (one) when it is not known."""
    printed = text_of(line.unit).strip().rstrip(".")
    if re.fullmatch(r"[A-Z0-9]{2,3}", printed):
        return printed
    return UNITS.get(printed.lower(), "C62")


def plain(value: Decimal) -> str:
    """Without exponent and without idle zeros."""
    short = value.normalize()
    return f"{short:f}" if abs(short.adjusted()) < 30 else "0"


def round_to(value: Decimal, places: int) -> Decimal:
    """Rounded half up; a number too large for that stays as it is."""
    if value.adjusted() > 20:
        return value
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _rate_of(base: Decimal, amount: Decimal) -> Decimal:
    """The tax rate in percent that follows from both."""
    return round_to(amount * 100 / base, 2) if base and amount else Decimal(0)


def _category_of(said: str, rate: Decimal) -> str:
    if said in _CATEGORIES:
        return said
    return "S" if rate else "Z"


def _country_of(tax_id: str) -> str:
    """The country in front of a VAT number; Greece writes EL."""
    found = re.match(r"[A-Z]{2}(?=[0-9A-Z])", tax_id)
    return {"EL": "GR", "XI": "GB"}.get(found[0], found[0]) if found else ""


def _address(element: _Element, address: str, country: str) -> None:
    """Street, addition, town; of a longer address what lies between is one line (BT-162)."""
    lines = [line.strip() for line in re.split(r"\n|,\s+", address) if line.strip()]
    town = lines.pop() if len(lines) > 1 else ""
    put(element, "StreetName", lines[0] if lines else "")
    put(element, "AdditionalStreetName", lines[1] if len(lines) > 1 else "")
    zone = re.fullmatch(r"([A-Z-]{0,3}\d[\w-]{2,7}) (.+)", town)
    put(element, "CityName", zone[2] if zone else town)
    put(element, "PostalZone", zone[1] if zone else "")
    if len(lines) > 2:
        put(group(element, "AddressLine"), "Line", ", ".join(lines[2:]))
    if country:
        put(group(element, "Country"), "IdentificationCode", country[:2].upper())
