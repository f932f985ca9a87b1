"""Files with several invoices, pages beside the invoice, and papers that are no invoice.

    python -m evaluation.parts [--count 120] [--seed 1]

Puts generated invoices together, with cover letters, terms, payment slips and blank pages between
them, and prints how the splits and the roles of the pages came out; then prints the same bills
under other titles (quote, order, delivery note, statement, reminder) and counts what would have
been booked. Nothing is read from pictures here, so it takes a minute.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from evaluation.generator.bills import Bill, invent_bill
from evaluation.generator.design import Design, choose_design
from evaluation.generator.languages import LANGUAGES
from evaluation.generator.layouts.page import draw_bill
from evaluation.generator.sheet import Sheet

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.invoice import BOOKABLE, PageRole
from invoice_ai.domain.pages import Page, Reading
from invoice_ai.extraction import extract_invoice
from invoice_ai.extraction.parts import find_parts
from invoice_ai.reading import read_document

SURE = 0.9
NUMBER = "No."
# Quote, order, delivery note, statement of account, reminder; and the word for a payment slip.
TITLES = {
    "en": ("Quotation", "Purchase order", "Delivery note", "Statement of account", "Payment reminder", "Remittance advice"),
    "de": ("Angebot", "Bestellung", "Lieferschein", "Kontoauszug", "Mahnung", "Einzahlungsschein"),
    "fr": ("Devis", "Bon de commande", "Bon de livraison", "Relevé de compte", "Relance", "Bulletin de versement"),
    "es": ("Presupuesto", "Pedido", "Albarán", "Extracto de cuenta", "Recordatorio de pago", "Cupón de pago"),
    "it": ("Preventivo", "Ordine d'acquisto", "Documento di trasporto", "Estratto conto", "Sollecito di pagamento", "Bollettino di pagamento"),
    "nl": ("Offerte", "Bestelbon", "Pakbon", "Rekeningoverzicht", "Betalingsherinnering", "Acceptgiro"),
    "pt": ("Orçamento", "Nota de encomenda", "Guia de remessa", "Extrato de conta", "Aviso de pagamento", "Talão de pagamento"),
    "pl": ("Oferta", "Zamówienie", "Dokument WZ", "Wyciąg z konta", "Wezwanie do zapłaty", "Polecenie przelewu"),
    "hr": ("Ponuda", "Narudžbenica", "Otpremnica", "Izvod otvorenih stavki", "Opomena", "Uplatnica"),
    "cs": ("Nabídka", "Objednávka", "Dodací list", "Výpis z účtu", "Upomínka", "Složenka"),
    "sv": ("Offert", "Inköpsorder", "Följesedel", "Kontoutdrag", "Betalningspåminnelse", "Inbetalningskort"),
    "da": ("Tilbud", "Indkøbsordre", "Følgeseddel", "Kontoudtog", "Rykker", "Indbetalingskort"),
}  # fmt: skip
PAPERS = ("quote", "purchase_order", "delivery_note", "statement", "reminder")


def pages_of(pdf: bytes) -> tuple[Page, ...]:
    return read_document(pdf, "pdf").pages


def bill_of(rng: Random, index: int) -> tuple[Bill, Design]:
    code = list(LANGUAGES)[index % len(LANGUAGES)]
    language = LANGUAGES[code]
    bill = invent_bill(rng, language, rng.choice(language.countries), "invoice")
    return bill, choose_design(rng, bill, index)


def text_page(bill: Bill, design: Design, title: str, lines: int) -> tuple[Page, ...]:
    """A page of running text under a title: terms, a cover letter, or nothing at all."""
    sheet = Sheet(design.page, design.fonts, design.size, design.squeeze)
    if lines:
        words = [*bill.language.introductions, *bill.language.thanks, *bill.language.terms[:1]]
        sheet.text(60, 80, title, bold=True)
        for row in range(lines):
            sheet.text(60, 110 + 13 * row, words[row % len(words)].replace("{days}", "30"))
    return pages_of(sheet.pdf())


def slip_page(bill: Bill, design: Design) -> tuple[Page, ...]:
    """A payment slip: its name, the account, the number, the amount."""
    sheet = Sheet(design.page, design.fonts, design.size, design.squeeze)
    sheet.text(60, 500, TITLES[bill.language.code][5], bold=True, size=13)
    for row, text in enumerate((bill.vendor.name, bill.iban, bill.number, str(bill.amount_due))):
        sheet.text(60, 540 + 20 * row, text)
    return pages_of(sheet.pdf())


def put_together(rng: Random, index: int) -> tuple[list[Page], list[int], list[PageRole | None]]:
    """Pages, the last page of each invoice, and the roles that are beyond doubt."""
    pages: list[Page] = []
    ends: list[int] = []
    roles: list[PageRole | None] = []
    for part in range(rng.choice((1, 1, 2, 3, 4))):
        bill, design = bill_of(rng, index + part * 12 * rng.choice((0, 1)))
        if rng.random() < 0.15:
            pages += text_page(bill, design, bill.vendor.name, 8)
            roles.append(None if part == 0 else "other")
        drawn = pages_of(draw_bill(bill, design)[0])
        pages += drawn
        roles += ["invoice" if not part and len(roles) == 0 else None, *[None] * (len(drawn) - 1)]
        for chance, role in ((0.15, "terms"), (0.15, "remittance_slip"), (0.1, "blank")):
            if rng.random() < chance:
                made = {
                    "terms": lambda b=bill, d=design: text_page(b, d, "§", 46),
                    "remittance_slip": lambda b=bill, d=design: slip_page(b, d),
                    "blank": lambda b=bill, d=design: text_page(b, d, "", 0),
                }[role]()
                pages += made
                roles.append(role)  # type: ignore[arg-type]
        ends.append(len(pages))
    return [replace(p, number=n) for n, p in enumerate(pages, 1)], ends, roles


def splits(count: int, seed: int) -> None:
    outcomes: Counter[tuple[bool, str]] = Counter()
    asked: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for index in range(count):
        pages, ends, roles = put_together(Random(f"parts/{seed}/{index}"), index)
        found = find_parts(pages)
        got = [part.last for part in found.parts] if found else [len(pages)]
        how = "one" if found is None else "sure" if found.confidence >= SURE else "proposed"
        outcomes[got == ends, how] += 1
        given = extract_invoice(Reading(tuple(pages)), one_invoice=True).page_roles
        for wanted, role in zip(roles, given, strict=True):
            if wanted:
                asked[wanted] += 1
                right[wanted] += wanted == role
    print("| split | right | wrong |\n|---|---|---|")
    for how in ("one", "sure", "proposed"):
        print(f"| {how} | {outcomes[True, how]} | {outcomes[False, how]} |")
    print("\n| role of a page | pages | right |\n|---|---|---|")
    for role, number in sorted(asked.items()):
        print(f"| {role} | {number} | {right[role] / number:.1%} |")


def papers(count: int, seed: int) -> None:
    print(
        "\n| paper | made | said so | bookable type | approved by itself |\n|---|---|---|---|---|"
    )
    for place, paper in enumerate(PAPERS):
        tally: Counter[str] = Counter()
        for index in range(count):
            bill, design = bill_of(Random(f"papers/{seed}/{paper}/{index}"), index)
            title = TITLES[bill.language.code][place]
            words = {**design.words, "invoice": title, "number": f"{title} {NUMBER}"}
            drawn, _ = draw_bill(bill, replace(design, words=words, facts="block"))
            tally.update(outcome(read_document(drawn, "pdf"), paper))
        told = (tally["said"], tally["bookable"], tally["approved"])
        print(f"| {paper} | {count} | " + " | ".join(map(str, told)) + " |")


def outcome(reading: Reading, paper: str) -> Sequence[str]:
    invoice = extract_invoice(reading)
    kind = invoice.text("document_type")
    day = invoice.day("invoice_date")
    route = None
    if day is not None:
        route = choose_route(invoice, check_invoice(invoice, today=day), threshold=0.9)
    said = kind == paper or (paper == "reminder" and kind in ("statement", "other"))
    told = (
        (said, "said"),
        (kind in BOOKABLE, "bookable"),
        (bool(route and route.status == "approved"), "approved"),
    )
    return [word for true, word in told if true]


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(prog="python -m evaluation.parts", description=__doc__)
    ask.add_argument("--count", type=int, default=120)
    ask.add_argument("--seed", type=int, default=1)
    chosen = ask.parse_args()
    splits(chosen.count, chosen.seed)
    papers(max(12, chosen.count // 5), chosen.seed)


if __name__ == "__main__":
    main()
