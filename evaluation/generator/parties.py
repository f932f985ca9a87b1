"""Invented companies and people, with addresses, telephones and tax ids of their country."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from random import Random

from evaluation.generator.identifiers import from_pattern, tax_id
from evaluation.generator.words import Country, Language


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a bill. `place` is postcode and town, in one line or two."""

    name: str
    brand: str
    street: str
    place: tuple[str, ...]
    tax_id: str
    phone: str
    email: str
    website: str
    registration: str

    @property
    def address(self) -> str:
        return ", ".join((self.street, *self.place))


def company(rng: Random, language: Language, country: Country) -> Party:
    """A company with a legal form of the country."""
    root, trade = rng.choice(language.company_roots), rng.choice(language.trades)
    surname = rng.choice(language.surnames)
    brand = rng.choice((f"{root} {trade}", f"{trade} {surname}", f"{root} {trade}", root))
    domain = f"{_ascii(brand)}.{country.top_level}"
    mailbox = rng.choice(("info", "billing", "office", _ascii(surname)))
    number = tax_id(rng, country.code)
    registration = rng.choice(country.registrations) if country.registrations else ""
    return Party(
        name=f"{brand} {rng.choice(country.legal_forms)}",
        brand=brand,
        street=_street(rng, country),
        place=_place(rng, country),
        tax_id=number,
        phone=from_pattern(rng, rng.choice(country.phones)).removeprefix("tel. "),
        email=f"{mailbox}@{domain}",
        website=f"www.{domain}",
        registration=from_pattern(rng, registration) if registration else "",
    )


def person(rng: Random, language: Language, country: Country) -> Party:
    """A private customer: no tax id, no website."""
    name = f"{rng.choice(language.first_names)} {rng.choice(language.surnames)}"
    return Party(name, name, _street(rng, country), _place(rng, country), "", "", "", "", "")


def _street(rng: Random, country: Country) -> str:
    return rng.choice(country.streets).format(no=rng.randint(1, 189))


def _place(rng: Random, country: Country) -> tuple[str, ...]:
    code, town = rng.choice(country.places)
    shown = country.post.format(code=from_pattern(rng, code), town=town)
    return tuple(shown.split("|"))


def _ascii(text: str) -> str:
    plain = unicodedata.normalize(
        "NFKD", text.replace("ł", "l").replace("ø", "o").replace("ß", "ss")
    )
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())[:22]
