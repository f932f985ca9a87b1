"""Which of several numbers, dates and names belongs to this invoice, in many languages."""

from __future__ import annotations

from datetime import date

import pytest
from tests.extraction.finders.paper import letter

from invoice_ai.domain.invoice import Value
from invoice_ai.extraction.finders import find_fields


def read(
    *facts: str, receiver: tuple[str, ...] = ("Halde Möbel GmbH", "Am Wehr 4", "28195 Bremen")
) -> dict[str, Value]:
    page = letter(
        sender=["Tannhof Werkzeug GmbH", "Lindenstraße 12", "50667 Köln"],
        receiver=receiver,
        facts=facts,
        sums=[("Total", "119,00 EUR")],
        foot=["USt-IdNr. DE811907980"],
    )
    return {n: f.value for n, f in find_fields([page]).fields.items() if f.confidence >= 0.5}


@pytest.mark.parametrize(
    ("title", "own", "earlier"),
    [
        ("CREDITNOTA", "Creditnr.: C-40112", "Correctie op factuur R54174"),
        ("Nota de crédito", "Nota de crédito n.º 578648", "Anula a fatura n.º R53657"),
        ("KREDITNOTA", "Kreditnotanr.: 2026/50053", "Vedr. faktura R55121"),
        ("Odobrenje", "Odobrenje br.: A-64696", "Na račun br. R90874"),
        ("CREDIT NOTE", "Credit note no.: CN-2291", "Concerning your invoice no. R1177"),
    ],
)
def test_a_credit_note_is_not_numbered_like_the_invoice_it_corrects(
    title: str, own: str, earlier: str
) -> None:
    got = read(title, own, earlier)
    assert got["invoice_number"] == own.split()[-1]
    assert got["preceding_invoice"] == earlier.split()[-1]


@pytest.mark.parametrize(
    ("facts", "issued"),
    [
        (("Datum kontroly: 12.03.2026", "Faktura č. F-2291, 19.03.2026"), date(2026, 3, 19)),
        (("Best before date: 12.03.2026", "Invoice F-2291 of 19.03.2026"), date(2026, 3, 19)),
        (("Zapłata do dnia: 30.04.2026", "Data: 19.03.2026"), date(2026, 3, 19)),
        (("A pagar antes del: 30.04.2026", "Factura F-2291, 19.03.2026"), date(2026, 3, 19)),
    ],
)
def test_a_longer_label_with_the_word_date_in_it_is_another_date(
    facts: tuple[str, ...], issued: date
) -> None:
    assert read(*facts)["invoice_date"] == issued


@pytest.mark.parametrize(
    "printed",
    ["N.º da fatura: A-30412", "Numero: A-30412", "Factuur: A-30412", "Numer dokumentu: A-30412"],
)
def test_the_number_is_found_under_its_name_in_other_languages(printed: str) -> None:
    assert read("FACTUUR", printed)["invoice_number"] == "A-30412"


@pytest.mark.parametrize(
    "printed",
    ["Er order: PO-31117", "Vaša narudžba: PO-31117", "Réf. commande: PO-31117"],
)
def test_the_buyers_order_is_found(printed: str) -> None:
    assert read("Rechnung Nr. 4711", printed)["purchase_order"] == "PO-31117"


def test_an_order_that_is_nobodys_by_name_is_a_companys_but_not_a_private_persons() -> None:
    facts = ("Rechnung Nr. 4711", "Bestellnummer: 9004512")
    assert read(*facts)["purchase_order"] == "9004512"
    private = read(*facts, receiver=("Ida Brandner", "Am Wehr 4", "28195 Bremen"))
    assert "purchase_order" not in private


def test_what_stands_below_behind_a_label_of_its_own_is_not_an_order_number() -> None:
    assert "purchase_order" not in read(
        "Fattura n. 12/2026", "Banca del Po", "IBAN: IT67Z3453614034797362925750"
    )


@pytest.mark.parametrize(
    "printed",
    [
        "Uhraďte do: 30.04.2026",
        "Oss tillhanda senast: 30.04.2026",
        "Splatné dne: 30.04.2026",
        "A pagar antes del: 30.04.2026",
        "Sidste rettidige betaling: 30.04.2026",
    ],
)
def test_the_day_to_pay_is_found(printed: str) -> None:
    assert read("Fakturadatum: 19.03.2026", printed)["due_date"] == date(2026, 4, 30)


@pytest.mark.parametrize(
    "street",
    ["Polígono El Alamillo, nave 92", "Zona Industrial, lote 91", "ZA du Grand Pré, lot 4"],
)
def test_a_trading_estate_is_no_customer(street: str) -> None:
    got = read("Factura n. 4711", receiver=("Muebles Peñaranda", street, "46064 Valencia"))
    assert (got["customer_name"], got["customer_address"]) == (
        "Muebles Peñaranda",
        f"{street}, 46064 Valencia",
    )


@pytest.mark.parametrize("label", ["Fakturováno pro", "Primatelj računa:", "Exmo.(s) Sr.(s)"])
def test_the_label_over_a_customer_is_not_its_name(label: str) -> None:
    got = read("Faktura 4711", receiver=(label, "Zelený Háj", "Hrnčířská 105/7", "110 33 Praha"))
    assert got["customer_name"] == "Zelený Háj"


@pytest.mark.parametrize(
    "printed",
    [
        "Splatnost 7 dnů",
        "Płatność przelewem w ciągu 14 dni",
        "Plaćanje u roku od 30 dana",
        "Betalas inom 30 dagar",
        "Netto 45 dage",
        "Pronto pagamento até 14 dias da data da fatura",
        "Pagamento a 30 giorni",
        "Plaćanje odmah po primitku",
    ],
)
def test_the_terms_are_the_sentence_that_says_when_to_pay(printed: str) -> None:
    got = read("Faktura 4711", printed, "Queries within 8 days, please.")
    assert got["payment_terms"] == printed


@pytest.mark.parametrize("label", ["Kundens CVR-nr.", "NIP nabywcy", "DIČ odběratele"])
def test_the_buyers_tax_number_is_not_the_vendors(label: str) -> None:
    got = read("Faktura 4711", f"{label} 60859728")
    assert (got["vendor_tax_id"], got["customer_tax_id"]) == ("DE811907980", "60859728")
