"""An invented bill: who bills whom for what, and sums that add up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Literal

from evaluation.generator.identifiers import bic, from_pattern, iban
from evaluation.generator.parties import Party, company, person
from evaluation.generator.words import Country, Good, Language

CENT = Decimal("0.01")
Kind = Literal["invoice", "credit_note", "receipt"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table. A freight or discount row has neither quantity nor price."""

    description: str
    amount: Decimal
    rate: Decimal
    note: str = ""
    code: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    price: Decimal | None = None
    discount: Decimal | None = None  # percent


@dataclass(frozen=True, slots=True)
class Tax:
    rate: Decimal
    base: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Terms:
    """When to pay. `days` 0 is at once; `paid` says that nothing is open any more."""

    days: int
    percent: Decimal | None = None
    discount_days: int | None = None
    paid: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    kind: Kind
    language: Language
    country: Country
    vendor: Party
    customer: Party | None
    number: str
    issued: date
    due: date | None
    terms: Terms
    order: str
    customer_id: str
    reference: str
    delivered: date | None
    gross_priced: bool
    rows: tuple[Row, ...]
    lines_total: Decimal
    discount: tuple[Decimal, Decimal] | None  # percent, amount taken off below the lines
    freight: Decimal | None  # added below the lines
    taxes: tuple[Tax, ...]
    subtotal: Decimal
    tax_total: Decimal
    total: Decimal
    paid: Decimal | None
    previous_balance: Decimal | None
    amount_due: Decimal
    iban: str
    bic: str
    bank: str
    preceding: str = ""
    cash: Decimal | None = None


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def invent_bill(rng: Random, language: Language, country: Country, kind: Kind) -> Bill:
    """A bill in the habits of the country."""
    vendor = company(rng, language, country)
    customer = None if kind == "receipt" else _customer(rng, language, country, vendor)
    gross_priced = kind == "receipt" or rng.random() < 0.15
    main = Decimal(rng.choice(country.rates[:2]))
    several = len(country.rates) > 1 and country.code != "US" and rng.random() < 0.35
    rates = [Decimal(r) for r in country.rates[:2]] if several else [main]
    sign = -1 if kind == "credit_note" and rng.random() < 0.5 else 1
    if kind == "receipt":
        rows = _groceries(rng, language, rates, _dear(country))
    else:
        rows = _rows(rng, language, country, rates, sign)
    rows += _extra_rows(rng, language, rows, main) if kind == "invoice" else []
    lines_total = sum((row.amount for row in rows), Decimal(0))
    discount = freight = None
    if kind == "invoice" and len(rates) == 1 and not gross_priced:
        if rng.random() < 0.15:
            percent = Decimal(rng.choice((2, 3, 5, 10)))
            discount = (percent, cents(lines_total * percent / 100))
        if all(row.quantity is not None for row in rows) and rng.random() < 0.2:
            freight = cents(Decimal(rng.randint(400, 6000)) / 100)
    taxes = _taxes(rows, (freight or Decimal(0)) - (discount[1] if discount else 0), gross_priced)
    subtotal = sum((tax.base for tax in taxes), Decimal(0))
    tax_total = sum((tax.amount for tax in taxes), Decimal(0))
    total = subtotal + tax_total
    issued = date(2022, 1, 1) + timedelta(days=rng.randrange(1780))
    terms = _terms(rng, kind)
    paid = total if terms.paid else None
    if kind == "invoice" and not terms.paid and rng.random() < 0.12:
        paid = cents(total * rng.choice((20, 30, 50)) / 100)
    previous = None
    if kind == "invoice" and paid is None and rng.random() < 0.08:
        previous = cents(Decimal(rng.randint(1000, 40000)) / 100)
    due = issued + timedelta(days=terms.days) if terms.days and kind == "invoice" else None
    account = iban(rng, country.code, country.bban) if country.bban else ""
    prefix = rng.choice(("", "", "INV-", "R", "F", "RE-", "2026/", "A-", f"{issued.year}-"))
    return Bill(
        kind=kind,
        language=language,
        country=country,
        vendor=vendor,
        customer=customer,
        number=prefix + from_pattern(rng, rng.choice(("####", "#####", "######", "##-####"))),
        issued=issued,
        due=due,
        terms=terms,
        order=from_pattern(rng, rng.choice(("PO-#####", "45########", "B#####", "@@-####")))
        if rng.random() < 0.5
        else "",
        customer_id=from_pattern(rng, rng.choice(("#####", "K-####", "1#####")))
        if rng.random() < 0.6
        else "",
        reference=from_pattern(rng, rng.choice(("######", "@#-###", "##/####")))
        if rng.random() < 0.4
        else "",
        delivered=issued - timedelta(days=rng.randint(1, 9)) if rng.random() < 0.4 else None,
        gross_priced=gross_priced,
        rows=tuple(rows),
        lines_total=lines_total,
        discount=discount,
        freight=freight,
        taxes=tuple(taxes),
        subtotal=subtotal,
        tax_total=tax_total,
        total=total,
        paid=paid,
        previous_balance=previous,
        amount_due=total - (paid or 0) + (previous or 0),
        iban=account,
        bic=bic(rng, country.code) if account else "",
        bank=rng.choice(country.banks),
        preceding=from_pattern(rng, "R#####") if kind == "credit_note" else "",
        cash=_tendered(rng, total) if kind == "receipt" else None,
    )


def _customer(rng: Random, language: Language, country: Country, vendor: Party) -> Party:
    """Somebody else, mostly a company."""
    while True:
        make = company if rng.random() < 0.8 else person
        customer = make(rng, language, country)
        if customer.brand != vendor.brand and customer.street != vendor.street:
            return customer


def _dear(country: Country) -> int:
    """How many units of the currency what costs one euro costs: Swedish lists are in kronor."""
    return {"INR": 60, "SEK": 10, "DKK": 7, "CZK": 20, "PLN": 4}.get(country.currency, 1)


def _rows(
    rng: Random, language: Language, country: Country, rates: list[Decimal], sign: int
) -> list[Row]:
    count = rng.choice((1, 2, 3, 3, 4, 5, 6, 8, 11, 24, 38) if sign > 0 else (1, 2, 3))
    factor = _dear(country) if country.code == "IN" else 1
    with_discount = rng.random() < 0.2
    prefix = from_pattern(rng, rng.choice(("@@-", "@", "##.", "")))
    rows = []
    for _ in range(count):
        good = rng.choice(language.goods)
        quantity = _quantity(rng, good) * sign
        price = cents(Decimal(rng.randint(good.low * 100, good.high * 100)) / 100) * factor
        percent = Decimal(rng.choice((5, 10, 15))) if with_discount and rng.random() < 0.5 else None
        amount = cents(quantity * price * (100 - (percent or 0)) / 100)
        notes = [
            text.format(code=from_pattern(rng, "#####")) for text in rng.sample(language.notes, 3)
        ]
        # A long description wraps in most tables.
        long = f"{good.name}, {notes[1]}, {notes[2]}" if rng.random() < 0.15 else good.name
        rows.append(
            Row(
                long,
                amount,
                rng.choice(rates),
                notes[0] if rng.random() < 0.25 else "",
                prefix + from_pattern(rng, "####"),
                quantity,
                good.unit,
                price,
                percent,
            )
        )
    return rows


def _quantity(rng: Random, good: Good) -> Decimal:
    if good.low > 150:
        return Decimal(rng.choice((1, 1, 2, 3)))
    if rng.random() < 0.25:
        return Decimal(rng.choice(("0.5", "1.5", "2.25", "7.75", "12.5")))
    return Decimal(rng.choice((1, 1, 2, 3, 4, 5, 8, 10, 12, 24, 60, 120)))


def _groceries(rng: Random, language: Language, rates: list[Decimal], factor: int) -> list[Row]:
    rows = []
    for name in rng.sample(language.groceries, rng.randint(2, len(language.groceries))):
        quantity = Decimal(rng.choice((1, 1, 1, 2, 3)))
        price = cents(Decimal(rng.randint(60, 1200)) / 100) * factor
        rows.append(Row(name, quantity * price, rng.choice(rates), quantity=quantity, price=price))
    return rows


def _extra_rows(rng: Random, language: Language, rows: list[Row], rate: Decimal) -> list[Row]:
    """Freight and a discount printed as rows of the table."""
    extra = []
    if rng.random() < 0.12:
        amount = cents(Decimal(rng.randint(390, 4900)) / 100)
        extra.append(Row(rng.choice(language.freight), amount, rate))
    net = sum((row.amount for row in rows if row.rate == rate), Decimal(0))
    if net > 50 and rng.random() < 0.1:
        percent = Decimal(rng.choice((3, 5, 10)))
        text = rng.choice(language.discount_row).format(percent=percent)
        extra.append(Row(text, -cents(net * percent / 100), rate))
    return extra


def _taxes(rows: list[Row], added: Decimal, gross_priced: bool) -> list[Tax]:
    """The breakdown, highest rate first; `added` is freight less discount, at the only rate."""
    taxes = []
    for rate in sorted({row.rate for row in rows}, reverse=True):
        amount = sum((row.amount for row in rows if row.rate == rate), Decimal(0)) + added
        if gross_priced:
            base = cents(amount * 100 / (100 + rate))
            taxes.append(Tax(rate, base, amount - base))
        else:
            taxes.append(Tax(rate, amount, cents(amount * rate / 100)))
    return taxes


def _terms(rng: Random, kind: Kind) -> Terms:
    if kind == "credit_note":
        return Terms(0)
    if kind == "receipt" or rng.random() < 0.1:
        return Terms(0, paid=True)
    if rng.random() < 0.1:
        return Terms(0)
    days = rng.choice((7, 10, 14, 14, 30, 30, 30, 45, 60))
    if days >= 14 and rng.random() < 0.25:
        return Terms(days, Decimal(rng.choice((2, 3))), rng.choice((7, 8, 10)))
    return Terms(days)


def _tendered(rng: Random, total: Decimal) -> Decimal | None:
    """Paid in cash with round money, or by card (None)."""
    if rng.random() < 0.5:
        return None
    note = Decimal(rng.choice((5, 10, 50)))
    return cents((total / note).to_integral_value("ROUND_CEILING") * note)
