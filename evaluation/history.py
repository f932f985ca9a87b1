"""Do the checks that need history notice what is wrong, and nothing else?

    python -m evaluation.history [--vendors 24] [--seed 1]

Runs the service in a temporary folder: vendors of all languages send bills, a person puts right what
was misread and approves them. Then each vendor's next bills come, one as it should be and others with
one thing wrong: sent again in another form, its number spelled otherwise; sent again under another
number; another bank account; ten times the price; a name that only looks like the vendor's. Prints
Markdown: of each kind how many raised the alarm that is meant for it, and how often each alarm was
raised by bills with nothing wrong.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from random import Random

from evaluation.generator.bills import Bill, cents, invent_bill
from evaluation.generator.design import Design, choose_design
from evaluation.generator.identifiers import from_pattern, iban, tax_id
from evaluation.generator.languages import LANGUAGES
from evaluation.generator.layouts.page import draw_bill

from invoice_ai import workflow
from invoice_ai.logs import start_logging
from invoice_ai.review import Change
from invoice_ai.settings import load_settings
from invoice_ai.store import invoices
from invoice_ai.store.database import migrate
from invoice_ai.store.records import InvoiceRecord
from invoice_ai.worker.running import Pace, run_claimed
from invoice_ai.workflow import Workplace

CLEAN = "nothing"
# What is wrong with a bill, and the alarm that is meant for it.
FAULTS: dict[str, str] = {
    "sent again, number spelled otherwise": "duplicate",
    "sent again under another number": "duplicate",
    "another bank account": "bank_changed",
    "ten times the price": "outlier",
    "a name that looks like the vendor's": "vendor_look_alike",
}
ALARMS = tuple(dict.fromkeys(FAULTS.values()))
_BEFORE = 5  # approved bills of each vendor
_PACE = Pace(lease=60, beat=20, back_off=0.0)
# How a forger writes letters: what replaces them looks the same in print.
_FORGED = (("m", "rn"), ("w", "vv"), ("l", "1"), ("o", "0"), ("i", "l"), ("e", "é"))


def bills_of(rng: Random, number: int, count: int) -> list[Bill]:
    """Bills of one vendor, a month apart, from half to twice as much as the first."""
    languages = list(LANGUAGES.values())
    language = languages[number % len(languages)]
    countries = [country for country in language.countries if country.bban]  # with accounts
    country = countries[number // len(languages) % len(countries)]
    first = invent_bill(rng, language, country, "invoice")
    while first.total < 100:  # trifles
        first = invent_bill(rng, language, country, "invoice")
    found = [first]
    while len(found) < count:
        bill = invent_bill(rng, language, country, "invoice")
        if first.total / 2 <= bill.total <= first.total * 2:
            found.append(replace(bill, vendor=first.vendor, iban=first.iban, bic=first.bic))
    day = date(2026, 1, 5) + timedelta(days=rng.randrange(28))
    prefix = rng.choice(("RE-2026-", "INV/26/", "F26.", "2026-", ""))
    start = rng.randrange(1000, 8000)
    return [
        replace(
            bill,
            number=f"{prefix}{start + 7 * place:05}",
            issued=day + timedelta(days=30 * place),
            due=bill.due and day + timedelta(days=30 * place + bill.terms.days),
        )
        for place, bill in enumerate(found)
    ]


def faulty(kind: str, bill: Bill, last: Bill, rng: Random) -> Bill:
    """The vendor's next bill with one thing wrong; `last` is one that was approved."""
    if kind == "sent again, number spelled otherwise":
        return replace(last, number=_respelled(last.number, rng))
    if kind == "sent again under another number":
        number = from_pattern(rng, "9#-#####")
        return replace(last, number=number, issued=last.issued + timedelta(days=rng.randrange(3)))
    if kind == "another bank account":
        return replace(bill, iban=iban(rng, bill.country.code, bill.country.bban))
    if kind == "ten times the price":
        return _ten_times(bill)
    if kind == "a name that looks like the vendor's":
        forged = replace(
            bill.vendor,
            name=_forged(bill.vendor.name, rng),
            tax_id=tax_id(rng, bill.country.code),
            website="",
            email="",
        )
        account = iban(rng, bill.country.code, bill.country.bban)
        return replace(bill, vendor=forged, iban=account)
    return bill


def _respelled(number: str, rng: Random) -> str:
    """The number as another clerk, or another program, prints it."""
    ways = [number.replace("-", "/"), number.replace("-", " "), number.replace("/", "-").lower()]
    ways += [f"{number[:-5]}0{number[-5:]}" if number[-5:] == number else number.replace(".", "-")]
    other = [way for way in ways if way != number]
    return rng.choice(other) if other else f"00{number}"


def _forged(name: str, rng: Random) -> str:
    brand, _, form = name.rpartition(" ")
    places = [(a, b) for a, b in _FORGED if a in brand[1:]]
    if not places:
        return f"{brand}s {form}"
    old, new = rng.choice(places)
    return f"{brand[0]}{brand[1:].replace(old, new, 1)} {form}"


def _ten_times(bill: Bill) -> Bill:
    ten = Decimal(10)

    def more(value: Decimal | None) -> Decimal | None:
        return value and cents(value * ten)

    def of(value: Decimal) -> Decimal:
        return cents(value * ten)

    return replace(
        bill,
        rows=tuple(replace(r, amount=of(r.amount), price=more(r.price)) for r in bill.rows),
        taxes=tuple(replace(t, base=of(t.base), amount=of(t.amount)) for t in bill.taxes),
        lines_total=of(bill.lines_total),
        discount=bill.discount and (bill.discount[0], of(bill.discount[1])),
        freight=more(bill.freight),
        subtotal=of(bill.subtotal),
        tax_total=of(bill.tax_total),
        total=of(bill.total),
        paid=more(bill.paid),
        amount_due=of(bill.total) - (more(bill.paid) or 0) + (bill.previous_balance or 0),
    )


def read(place: Workplace, content: bytes, name: str) -> InvoiceRecord:
    """Take a file in and read it, as the watcher and a worker do."""
    received = workflow.receive(place, BytesIO(content), name, origin="upload")
    while True:
        with place.database.reading() as session:
            record = invoices.load(session, received.invoice_id)
        if record.status not in ("received", "processing"):
            return record
        job = workflow.take_job(place, worker="history", lease_seconds=60)
        assert job is not None, record.status
        run_claimed(place, job, _PACE)


def approve(place: Workplace, record: InvoiceRecord, bill: Bill) -> None:
    """What a person does: types what is wrong, lets checks pass, approves."""
    if record.status != "needs_review":
        return
    right = {
        "vendor_name": bill.vendor.name,
        "invoice_number": bill.number,
        "invoice_date": bill.issued,
        "currency": bill.country.currency,
        "total": bill.total,
        "iban": bill.iban,
    }
    said = record.extracted.fields if record.extracted else {}
    changes = [
        Change("set", name, value, str(value))
        for name, value in right.items()
        if name not in said or said[name].value != value
    ]
    record = workflow.correct(place, record.id, changes, actor="Ana")
    reasons = record.route.reasons if record.route else ()
    fields = record.extracted.fields if record.extracted else {}
    doubts = [Change("confirm", r.field) for r in reasons if r.field in fields]
    failed = {
        f.key: "seen" for f in record.findings if f.outcome == "failed" and f.severity != "info"
    }
    workflow.correct(place, record.id, doubts, actor="Ana", let_pass=failed)
    workflow.approve(place, record.id, actor="Ben")


def alarms_of(record: InvoiceRecord) -> set[str]:
    return {f.check for f in record.findings if f.outcome == "failed"} & set(ALARMS)


def observed(place: Workplace, vendors: int, seed: int) -> Iterator[tuple[str, set[str]]]:
    """What was wrong with a bill, and the alarms that it raised, bill by bill."""
    families: list[tuple[Random, list[Bill], Design]] = []
    for number in range(vendors):
        rng = Random(f"history/{seed}/{number}")
        bills = bills_of(rng, number, _BEFORE + 1 + len(FAULTS))
        families.append((rng, bills, choose_design(rng, bills[0], number)))
    # All vendors are on file before anything wrong comes, as in a year's archive.
    for number, (_, bills, design) in enumerate(families):
        for place_in, bill in enumerate(bills[:_BEFORE]):
            record = read(place, draw_bill(bill, design)[0], f"{number}-{place_in}.pdf")
            if place_in:
                yield CLEAN, alarms_of(record)
            approve(place, record, bill)
    for number, (rng, bills, design) in enumerate(families):
        for bill, kind in zip(bills[_BEFORE:], (CLEAN, *FAULTS), strict=True):
            sent = faulty(kind, bill, bills[rng.randrange(_BEFORE)], rng)
            other = choose_design(rng, sent, number + 1) if "again" in kind else design
            record = read(place, draw_bill(sent, other)[0], f"{number}-{kind[:9]}.pdf")
            yield kind, alarms_of(record)
            if record.status == "needs_review":
                workflow.reject(place, record.id, actor="Ana", reason="a test")


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(prog="python -m evaluation.history", description=__doc__)
    ask.add_argument("--vendors", type=int, default=24)
    ask.add_argument("--seed", type=int, default=1)
    wanted = ask.parse_args()
    bills: Counter[str] = Counter()
    raised: Counter[tuple[str, str]] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        names = ("incoming", "generated", "log", "upload", "data")
        folders = {f"{name}_folder": Path(folder) / name for name in names}
        url = f"sqlite:///{Path(folder) / 'history.db'}"
        migrate(url)
        settings = load_settings(_env_file=None, database_url=url, **folders)
        start_logging(settings, console=False)
        place = workflow.open_workplace(settings)
        try:
            for kind, alarms in observed(place, wanted.vendors, wanted.seed):
                bills[kind] += 1
                for alarm in alarms:
                    raised[kind, alarm] += 1
        finally:
            workflow.close_workplace(place)
    print(f"{wanted.vendors} vendors, {bills.total()} bills.\n")
    print("| what is wrong | bills | the alarm for it | noticed | other alarms of these |")
    print("|---|---|---|---|---|")
    for kind, alarm in FAULTS.items():
        others = sum(raised[kind, other] for other in ALARMS if other != alarm)
        share = raised[kind, alarm] / bills[kind]
        print(f"| {kind} | {bills[kind]} | {alarm} | {share:.1%} | {others} |")
    print(f"\n| alarm | false, of {bills[CLEAN]} bills with nothing wrong |\n|---|---|")
    for alarm in ALARMS:
        print(f"| {alarm} | {raised[CLEAN, alarm]} |")


if __name__ == "__main__":
    main()
