"""Several bills of each vendor in one design: python -m evaluation.generator.series OUT --vendors 40 --each 4

Then: invoice-ai evaluate OUT/manifest.jsonl --learn OUT/sequences.json --output RESULTS
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

from evaluation.generator.bills import Bill, invent_bill
from evaluation.generator.design import choose_design
from evaluation.generator.documents import Made
from evaluation.generator.languages import LANGUAGES
from evaluation.generator.layouts.page import draw_bill
from evaluation.generator.truth import truth_of


def make_series(seed: int, vendor: int, count: int, *, languages: Sequence[str]) -> list[Made]:
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
    made = []
    for position, bill in enumerate(bills):
        pdf, places = draw_bill(bill, design)
        name = f"series-{language.code}-{vendor:04}-{position}"
        entry = {
            "id": name,
            "set": "series",
            "file": f"{name}.pdf",
            "truth": f"{name}.json",
            "layout": design.layout,
        }
        made.append(Made(entry, pdf, truth_of(bill, places)))
    return made


def _of_the_same(bill: Bill, first: Bill, rng: Random) -> Bill:
    """The bill as the first one's vendor would write it: its name, accounts and kind of number."""
    number = "".join(str(rng.randrange(10)) if c.isdigit() else c for c in first.number)
    return replace(
        bill, vendor=first.vendor, iban=first.iban, bic=first.bic, bank=first.bank, number=number
    )


def write_series(
    folder: Path, *, vendors: int, each: int, seed: int, languages: Sequence[str]
) -> Path:
    """Write documents, truths, manifest and sequences; returns the sequences' file."""
    folder.mkdir(parents=True, exist_ok=True)
    lines, sequences = [], []
    for vendor in range(vendors):
        series = make_series(seed, vendor, each, languages=languages)
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
    wanted = ask.parse_args()
    file = write_series(
        wanted.out,
        vendors=wanted.vendors,
        each=wanted.each,
        seed=wanted.seed,
        languages=wanted.languages.split(","),
    )
    print(f"{wanted.vendors} vendors, {wanted.vendors * wanted.each} documents: {file}")


if __name__ == "__main__":
    main()
