"""Several bills of each vendor in one design: python -m evaluation.generator.series OUT --vendors 40 --each 4

Then: invoice-ai evaluate OUT/manifest.jsonl --learn OUT/sequences.json --output RESULTS

With --odd every vendor's table has what no rule can know: columns called by invented words, a line
with an amount that is no item, an item whose name opens like a sum, rows in an unusual form.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from random import Random

from evaluation.generator.bills import Bill, Row, cents, invent_bill
from evaluation.generator.design import choose_design, choose_form
from evaluation.generator.documents import Made
from evaluation.generator.languages import LANGUAGES
from evaluation.generator.layouts.page import draw_bill
from evaluation.generator.truth import truth_of

_HEADS = ("description", "quantity", "unit", "unit_price", "amount", "amount_gross", "product_code")


@dataclass(frozen=True, slots=True)
class Oddity:
    """What one vendor's tables have that others have not.

    Attributes:
        heads: Names of its columns by the word they stand for; empty: the usual ones.
        stray: Words of a line among the rows that is none; "": there is no such line.
        last: The stray line stands behind all rows, not before them.
        opens: A word before the first item's name that usually opens a sum; "": none.
    """

    heads: dict[str, str]
    stray: str
    last: bool
    opens: str


def choose_oddity(rng: Random, bill: Bill) -> Oddity:
    """One or several of them."""
    language = bill.language
    heads = {name: _invented(rng) for name in _HEADS} if rng.random() < 0.6 else {}
    strays = (language.previous_balance, language.paid, language.lines_total)
    stray = rng.choice((rng.choice(rng.choice(strays)), f"{_invented(rng)} {_invented(rng)}", ""))
    opens = rng.choice(language.total) if rng.random() < 0.3 else ""
    return Oddity(heads, stray.format(percent="5"), rng.random() < 0.5, opens)


def _invented(rng: Random) -> str:
    """A word of no language: three syllables."""
    return "".join(
        rng.choice("bdfgklmnprstvz") + rng.choice("aeiou") for _ in range(3)
    ).capitalize()


def make_series(
    seed: int, vendor: int, count: int, *, languages: Sequence[str], odd: bool = False
) -> list[Made]:
    """Digital bills of one invented vendor, oldest first: other goods, numbers, dates and buyers."""
    language = LANGUAGES[languages[vendor % len(languages)]]
    country = language.countries[vendor // len(languages) % len(language.countries)]
    rng = Random(f"{seed}/{vendor}")
    first = invent_bill(rng, language, country, "invoice")
    design = choose_design(rng, first, vendor)
    bills = [first]
    while len(bills) < count:
        other = invent_bill(rng, language, country, "invoice")
        if len(other.taxes) == len(first.taxes) and other.gross_priced == first.gross_priced:
            bills.append(_of_the_same(other, first, rng))
    bills.sort(key=lambda bill: bill.issued)
    oddity = None
    if odd:
        oddity = choose_oddity(rng, first)
        design = replace(design, words=design.words | oddity.heads, form=choose_form(rng, first))
    made = []
    for position, bill in enumerate(bills):
        printed = _with(oddity, bill, rng) if oddity else bill
        pdf, places = draw_bill(printed, design)
        name = f"series-{language.code}-{vendor:04}-{position}"
        entry = {
            "id": name,
            "set": "series",
            "file": f"{name}.pdf",
            "truth": f"{name}.json",
            "layout": design.layout,
        }
        truth = truth_of(printed, places)
        if oddity and oddity.stray:
            del truth["truth"]["line_items"][-1 if oddity.last else 0]
        made.append(Made(entry, pdf, truth))
    return made


def _with(oddity: Oddity, bill: Bill, rng: Random) -> Bill:
    """The bill as this vendor prints it; its sums are those of the true rows."""
    rows = list(bill.rows)
    if oddity.opens:
        rows[0] = replace(rows[0], description=f"{oddity.opens} {rows[0].description}")
    if oddity.stray:
        amount = cents(Decimal(rng.randint(500, 90000)) / 100)
        rows.insert(len(rows) if oddity.last else 0, Row(oddity.stray, amount, rows[0].rate))
    return replace(bill, rows=tuple(rows))


def _of_the_same(bill: Bill, first: Bill, rng: Random) -> Bill:
    """The bill as the first one's vendor would write it: its name, accounts and kind of number."""
    number = "".join(str(rng.randrange(10)) if c.isdigit() else c for c in first.number)
    return replace(
        bill, vendor=first.vendor, iban=first.iban, bic=first.bic, bank=first.bank, number=number
    )


def write_series(
    folder: Path,
    *,
    vendors: int,
    each: int,
    seed: int,
    languages: Sequence[str],
    odd: bool = False,
) -> Path:
    """Write documents, truths, manifest and sequences; returns the sequences' file."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, sequences = [], []
    for vendor in range(vendors):
        series = make_series(seed, vendor, each, languages=languages, odd=odd)
        for made in series:
            (folder / made.entry["file"]).write_bytes(made.content)
            truth = json.dumps(made.truth, ensure_ascii=False, indent=1)
            (folder / made.entry["truth"]).write_text(truth + "\n", "utf-8")
            lines.append(json.dumps(made.entry, ensure_ascii=False) + "\n")
        ids = [made.entry["id"] for made in series]
        sequences.append({"set": "series", "layout": f"vendor-{vendor:04}", "ids": ids})
    (folder / "manifest.jsonl").write_text("".join(lines), "utf-8")
    file = folder / "sequences.json"
    file.write_text(json.dumps(sequences, indent=1) + "\n", "utf-8")
    return file


def main() -> None:
    ask = argparse.ArgumentParser(prog="python -m evaluation.generator.series", description=__doc__)
    ask.add_argument("out", type=Path, help="folder for the documents; made if missing")
    ask.add_argument("--vendors", type=int, default=40)
    ask.add_argument("--each", type=int, default=4, help="bills of each vendor")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--languages", default=",".join(LANGUAGES), help=", ".join(LANGUAGES))
    ask.add_argument("--odd", action="store_true", help="tables that no rule can know")
    wanted = ask.parse_args()
    file = write_series(
        wanted.out,
        vendors=wanted.vendors,
        each=wanted.each,
        seed=wanted.seed,
        languages=wanted.languages.split(","),
        odd=wanted.odd,
    )
    print(f"{wanted.vendors} vendors, {wanted.vendors * wanted.each} documents: {file}")


if __name__ == "__main__":
    main()
