"""What a language and a country bring to an invoice: words, forms and habits."""

from __future__ import annotations

from dataclasses import dataclass

Several = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Good:
    """Something that is sold: its name, the unit it is counted in, and its price range."""

    name: str
    unit: str
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Country:
    """The habits of one country.

    In patterns `#` is a digit and `@` a capital letter. `streets` hold `{no}` for the house
    number; `places` are postcode patterns with a town, `post` puts both on one line (or two,
    parted by "|").
    """

    code: str
    name: str
    currency: str
    money: Several  # "{}" is the number
    marks: tuple[str, str]  # thousands, decimals
    rates: Several
    dates: Several
    streets: Several
    places: tuple[tuple[str, str], ...]
    phones: Several
    legal_forms: Several
    tax_labels: Several
    bban: str = ""  # IBAN without country and check digits; "" where there are no IBANs
    banks: Several = ()
    post: str = "{code} {town}"
    top_level: str = "com"
    letter: bool = False
    registrations: Several = ()
    taxes: Several = ()  # where one language serves countries with other taxes


@dataclass(frozen=True, slots=True)
class Language:
    """Every printed word of one language, in several synonyms each."""

    code: str
    countries: tuple[Country, ...]
    months: Several
    first_names: Several
    surnames: Several
    company_roots: Several
    trades: Several
    invoice: Several
    credit_note: Several
    receipt: Several
    number: Several
    credit_number: Several
    date: Several
    due: Several
    order: Several
    customer_id: Several
    delivery_date: Several
    our_reference: Several
    position: Several
    product_code: Several
    description: Several
    quantity: Several
    unit: Several
    unit_price: Several
    discount: Several
    tax_rate: Several
    amount: Several
    amount_gross: Several
    lines_total: Several
    subtotal: Several
    tax: Several
    tax_row: Several  # {tax}, {rate}, {base}
    total: Several
    amount_due: Several
    paid: Several
    previous_balance: Several
    freight: Several
    discount_row: Several  # {percent}
    carried: Several
    brought: Several
    tax_base: Several
    tax_amount: Several
    bill_to: Several
    ship_to: Several
    sender: Several
    terms: Several  # {days}
    terms_discount: Several  # {days}, {percent}, {discount_days}
    on_receipt: Several
    paid_note: Several
    running: Several  # {number}, {date}
    refers_to: Several  # {number}
    bank: Several
    phone: Several
    email: Several
    page: Several  # {n}, {of}
    thanks: Several
    introductions: Several
    notes: Several  # lines under a description; {code} is an order or batch code
    customer_tax_id: Several
    cash: Several
    change: Several
    card: Several
    cashier: Several
    goods: tuple[Good, ...]
    groceries: Several


def goods(*rows: tuple[str, str, int, int]) -> tuple[Good, ...]:
    """Short form for the data modules."""
    return tuple(Good(*row) for row in rows)
