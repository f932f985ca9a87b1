"""Is the next invoice's vendor known again, and is nobody taken for another?

    python -m evaluation.vendors [--vendors 400] [--seed 1]

Puts invented companies of all languages on file, each with its tax id, domain, name and address, some
of them two by two in one house, and looks for invoices of them as they may be read: whole, without tax
id, the name or the address with letters misread, and for invoices of companies that are not on file,
some of them in a house with one that is. Prints Markdown: found, nobody, and taken for another (which
must be 0), and how often a stranger's name raises the look-alike alarm.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from random import Random

from evaluation.generator.languages import LANGUAGES
from evaluation.generator.parties import Party, company

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.likeness import comparable_name, looks_like, same_name
from invoice_ai.domain.vendors import marks_of
from invoice_ai.store import vendors
from invoice_ai.store.database import migrate, open_database

_MISREAD = str.maketrans({"e": "c", "o": "0", "l": "1", "m": "n", "a": "o", "i": "l"})


def invoice_of(
    party: Party, *, name: str | None = None, marks: bool = True, address: str = ""
) -> ExtractedInvoice:
    """What an invoice of this company says about who sent it."""
    values = {"vendor_name": party.name if name is None else name, "vendor_address": address}
    if marks:
        values |= {"vendor_tax_id": party.tax_id, "vendor_website": party.website}
    return ExtractedInvoice({n: ExtractedField(v, v, 1.0, "text") for n, v in values.items() if v})


def misread(name: str, rng: Random) -> str:
    """The text with one letter as OCR may see it."""
    places = [i for i, letter in enumerate(name) if letter.translate(_MISREAD) != letter]
    at = rng.choice(places) if places else 0
    return name[:at] + name[at].translate(_MISREAD) + name[at + 1 :]


def companies(rng: Random, count: int) -> list[Party]:
    """Companies with names that differ; alike ones ("Nord Bau Meyer", "Nord Bau") are wanted."""
    found: dict[str, Party] = {}
    languages = list(LANGUAGES.values())
    while len(found) < count:
        language = rng.choice(languages)
        party = company(rng, language, rng.choice(language.countries))
        found.setdefault(comparable_name(party.name), party)
    return list(found.values())


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m evaluation.vendors", description=__doc__)
    ask.add_argument("--vendors", type=int, default=400)
    ask.add_argument("--seed", type=int, default=1)
    wanted = ask.parse_args()
    rng = Random(wanted.seed)
    parties = companies(rng, 2 * wanted.vendors)
    known, strangers = parties[: wanted.vendors], parties[wanted.vendors :]
    asked: list[tuple[str, ExtractedInvoice, int | None]] = []
    outcome: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'vendors.db'}"
        migrate(url)
        database = open_database(url)
        with database.writing() as session:
            for number, party in enumerate(known):
                vendor = vendors.add(session, party.name)
                # Every fourth is in one house with the one before.
                home = known[number - (number % 4 == 1)].address
                vendors.note_marks(session, vendor, marks_of(invoice_of(party, address=home)))
                wrong = misread(party.name, rng)
                other_id = replace(party, tax_id=rng.choice(strangers).tax_id, website="")
                asked += [
                    ("whole", invoice_of(party), vendor),
                    ("name only", invoice_of(party, marks=False), vendor),
                    ("name misread, with marks", invoice_of(party, name=wrong), vendor),
                    ("name misread, alone", invoice_of(party, name=wrong, marks=False), vendor),
                    ("same name, another tax id", invoice_of(other_id), None),
                    (
                        "name misread, with address",
                        invoice_of(party, name=wrong, marks=False, address=home),
                        vendor,
                    ),
                    (
                        "two letters of the name and one of the address misread",
                        invoice_of(
                            party, name=misread(wrong, rng), marks=False, address=misread(home, rng)
                        ),
                        vendor,
                    ),
                    (
                        "address only",
                        invoice_of(party, name="", marks=False, address=home),
                        None if number % 4 < 2 else vendor,
                    ),
                    (
                        "not on file, in one house with one that is",
                        invoice_of(rng.choice(strangers), marks=False, address=home),
                        None,
                    ),
                ]
        asked += [("not on file", invoice_of(party), None) for party in strangers]
        asked += [
            ("not on file, name only", invoice_of(party, marks=False), None) for party in strangers
        ]
        with database.reading() as session:
            for case, invoice, vendor_id in asked:
                match = vendors.match(session, marks_of(invoice))
                found = match[0].id if match else None
                told = "nobody" if found is None else "found" if found == vendor_id else "another"
                outcome[case, told] += 1
    print("| invoice | found | nobody | taken for another |\n|---|---|---|---|")
    for case in dict.fromkeys(case for case, _, _ in asked):
        print(f"| {case} | " + " | ".join(str(outcome[case, t]) for t in _TOLD) + " |")
    alarms = sum(
        not any(same_name(s.name, k.name) for k in known)
        and any(looks_like(s.name, k.name) for k in known)
        for s in strangers
    )
    print(f"\nLook-alike alarm for {alarms} of {len(strangers)} companies that are not on file.")


_TOLD = ("found", "nobody", "another")

if __name__ == "__main__":
    main()
