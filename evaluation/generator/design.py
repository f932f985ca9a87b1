"""How a bill is laid out: one choice for everything a designer decides."""

from __future__ import annotations

from dataclasses import dataclass, fields
from random import Random

from evaluation.generator.accents import BOLD, PLAIN
from evaluation.generator.bills import Bill
from evaluation.generator.words import Country, Language
from reportlab.lib.pagesizes import A4, LETTER

HEADERS = ("left", "right", "centre", "window", "band", "parties")
FACTS = ("block", "box", "heads", "running", "stacked")
TABLES = ("rules", "grid", "zebra", "plain", "headline")
SUMS = ("right", "box", "wide", "across")

_FONTS = (
    ("Helvetica", "Helvetica-Bold"),
    ("Helvetica", "Helvetica-Bold"),
    ("Times-Roman", "Times-Bold"),
    (PLAIN, BOLD),
    ("Courier", "Courier-Bold"),
)
_COLOURS = (
    (0.1, 0.2, 0.45),
    (0.55, 0.1, 0.1),
    (0.1, 0.4, 0.25),
    (0.15, 0.15, 0.15),
    (0.8, 0.35, 0),
)
# Orders of columns; what a bill does not need, or a narrow page has no room for, is left out.
_COLUMNS = (
    ("position", "product_code", "description", "quantity", "unit", "unit_price", "amount"),
    ("description", "quantity", "unit_price", "amount"),
    ("position", "description", "quantity", "unit", "unit_price", "amount"),
    ("quantity", "unit", "description", "unit_price", "amount"),
    ("product_code", "description", "quantity", "unit_price", "amount"),
    ("description", "unit_price", "quantity", "amount"),
    ("quantity", "product_code", "description", "unit_price", "amount"),
    ("description", "amount"),
    ("position", "quantity", "unit", "product_code", "description", "unit_price", "amount"),
)


@dataclass(frozen=True, slots=True)
class Form:
    """How rows are printed, beyond columns and rules. The default is the plain table.

    Attributes:
        numbers: Beside which line of a description they stand: top, middle or bottom; "below" it.
        heads: One line of column words, two lines, or none.
        sections: Headings between the rows, each section with its own sum.
        details: Lines with numbers of their own under a description (periods, sizes, codes).
        dates: A column of days before all others.
        flags: A letter behind each amount that stands for its rate.
        taxed: Tax and gross of each row behind its net amount.
        tight: Rows hardly further apart than the lines of one row.
    """

    numbers: str = "top"
    heads: str = "one"
    sections: bool = False
    details: bool = False
    dates: bool = False
    flags: bool = False
    taxed: bool = False
    tight: bool = False

    @property
    def name(self) -> str:
        chosen = [
            part for part in ("sections", "details", "dates", "flags", "taxed", "tight")
            if getattr(self, part)
        ]  # fmt: skip
        return "+".join([f"numbers:{self.numbers}", f"heads:{self.heads}", *chosen])


def choose_form(rng: Random, bill: Bill) -> Form:
    """A form of rows as real bills have them, several peculiarities at once."""
    return Form(
        numbers=rng.choice(("top", "top", "middle", "bottom", "below")),
        heads=rng.choice(("one", "one", "two", "two", "none")),
        sections=len(bill.rows) > 3 and rng.random() < 0.25,
        details=rng.random() < 0.4,
        dates=rng.random() < 0.25,
        flags=rng.random() < 0.2,
        taxed=not bill.gross_priced and rng.random() < 0.2,
        tight=rng.random() < 0.3,
    )


@dataclass(frozen=True, slots=True)
class Design:
    """What one designer chose. `words` holds one synonym for every label."""

    header: str
    facts: str
    table: str
    sums: str
    columns: tuple[str, ...]
    page: tuple[float, float]
    fonts: tuple[str, str]
    size: float
    squeeze: float  # horizontal scale of the letters
    margin: float
    colour: tuple[float, float, float]
    words: dict[str, str]
    date_form: str
    money: str  # in the sums
    table_money: str
    colon: bool
    capitals: bool
    logo: bool
    unit_in_quantity: bool
    breakdown: bool
    footer_columns: int
    vendor_details: str  # header or footer
    labels_parties: bool
    ship_to: bool
    bank_place: str  # below or footer
    running_title: bool
    numbers_left: bool  # numbers at the left edge of their column, as web shops print them
    form: Form = Form()

    @property
    def layout(self) -> str:
        return f"{self.header}-{self.facts}-{self.table}-{self.sums}"


def choose_words(rng: Random, language: Language, country: Country) -> dict[str, str]:
    """One synonym for every label, with the tax of the country in all of them."""
    chosen = {}
    for field in fields(language):
        words = getattr(language, field.name)
        if isinstance(words, tuple) and isinstance(words[0], str):
            chosen[field.name] = rng.choice(words)
    if country.taxes:
        chosen["tax"] = rng.choice(country.taxes)
        chosen = {name: word.replace("VAT", chosen["tax"]) for name, word in chosen.items()}
    return chosen


def choose_design(rng: Random, bill: Bill, index: int) -> Design:
    """A design; the families take turns with `index`, so that none is left out."""
    turn = index + index // 30
    rates = len(bill.taxes)
    fonts = rng.choice(_FONTS) if _in_latin_1(bill.language) else (PLAIN, BOLD)
    size = rng.choice((8, 8.5, 9, 9.5, 10))
    wide = fonts[0] in (PLAIN, "Courier")
    if wide:
        size = min(size, 8.5)
    country = bill.country
    money = rng.choice(country.money)
    return Design(
        header=HEADERS[turn % len(HEADERS)],
        facts=FACTS[(index + index // 6) % len(FACTS)],
        table=TABLES[(index * 2 + index // 10) % len(TABLES)],
        sums=SUMS[(index + index // 4) % len(SUMS)],
        columns=_columns(rng, bill, rates),
        page=LETTER if country.letter else A4,
        fonts=fonts,
        size=size,
        squeeze=rng.choice((1.0, 1.0, 0.94, 0.9)) if not wide else rng.choice((0.85, 0.9)),
        margin=rng.choice((40.0, 48.0, 56.0, 64.0)),
        colour=rng.choice(_COLOURS),
        words=choose_words(rng, bill.language, country),
        date_form=rng.choice(country.dates),
        money=money,
        table_money=rng.choice(("{}", "{}", money)),
        colon=rng.random() < 0.5,
        capitals=rng.random() < 0.12,
        logo=rng.random() < 0.5,
        unit_in_quantity=rng.random() < 0.15,
        breakdown=rates > 1 or rng.random() < 0.15,
        footer_columns=rng.choice((0, 1, 2, 3, 4)),
        vendor_details=rng.choice(("header", "footer")),
        labels_parties=rng.random() < 0.6,
        ship_to=rng.random() < 0.15,
        bank_place=rng.choice(("below", "footer")),
        running_title=rng.random() < 0.5,
        numbers_left=rng.random() < 0.12,
    )


def _columns(rng: Random, bill: Bill, rates: int) -> tuple[str, ...]:
    """An order of columns that shows what the bill needs."""
    columns = list(rng.choice(_COLUMNS))
    if any(row.discount for row in bill.rows):
        if "unit_price" not in columns:
            columns = list(_COLUMNS[1])
        columns.insert(columns.index("amount"), "discount")
    if rates > 1 or rng.random() < 0.15:
        place = "amount" if rng.random() < 0.7 else "unit_price"
        columns.insert(columns.index(place if place in columns else "amount"), "tax_rate")
    return tuple(columns)


def _in_latin_1(language: Language) -> bool:
    """Whether the fonts that every PDF reader has can print the language."""
    words = [*language.months, *language.surnames, *language.total, *language.thanks]
    try:
        "".join([*words, *language.notes, *language.trades]).encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True
