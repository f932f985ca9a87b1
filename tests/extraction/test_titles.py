"""A reminder or a pro-forma invoice is not booked; an invoice that speaks of one is."""

from __future__ import annotations

from datetime import date

import pytest
from tests.extraction.finders.paper import letter, sheet_of

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.known import Known
from invoice_ai.domain.pages import Page, Reading, Word
from invoice_ai.extraction import extract_invoice


def paper(title: str, *, foot: str = "Vielen Dank") -> Reading:
    page = letter(
        sender=("Nordlicht Werkzeuge GmbH", "Hafenweg 1", "24103 Kiel", "USt-IdNr. DE136695976"),
        receiver=("Muster AG", "Am Markt 3", "20095 Hamburg"),
        facts=("Rechnungsnummer: 7731", "Rechnungsdatum: 04.05.2026", "Faellig: 03.06.2026"),
        items=(("Bohrer 8 mm", "100,00"),),
        sums=(("Netto", "100,00"), ("MwSt 19 %", "19,00"), ("Gesamtbetrag EUR", "119,00")),
        foot=(foot, "IBAN DE02120300000000202051"),
    )
    words: tuple[Word, ...] = sheet_of([(0.08, 0.36, title)]).words
    return Reading((Page(1, page.width, page.height, (*page.words, *words), "text"),))


def read(title: str, foot: str = "Vielen Dank") -> ExtractedInvoice:
    return extract_invoice(paper(title, foot=foot))


@pytest.mark.parametrize(
    "title",
    [
        "Proforma Invoice", "PRO FORMA INVOICE No. 17", "Pro-forma-Rechnung Nr. 2026-7",
        "Facture proforma", "Factura proforma", "Fattura pro forma", "Pro forma factuur",
        "Fatura pró-forma", "Faktura pro forma", "Predračun 12/2026",
    ],
)  # fmt: skip
def test_a_pro_forma_invoice_is_an_offer(title: str) -> None:
    assert read(title).text("document_type") == "quote"


@pytest.mark.parametrize(
    "title",
    [
        "Payment Reminder", "FINAL NOTICE", "1. Mahnung", "Zahlungserinnerung vom 12.06.2026",
        "Lettre de rappel", "Mise en demeure", "Recordatorio de pago", "Sollecito di pagamento",
        "Betalingsherinnering", "Aanmaning", "Lembrete de pagamento", "Wezwanie do zapłaty nr 3",
        "Opomena", "Upomínka", "Betalningspåminnelse", "Rykkerskrivelse",
    ],
)  # fmt: skip
def test_a_reminder_is_not_the_invoice_it_reminds_of(title: str) -> None:
    assert read(title).text("document_type") == "statement"


@pytest.mark.parametrize(
    "title",
    [
        "Rechnung",
        "Rechnung nach Mahnung vom 12.06.2026",
        "Invoice",
        "Mahnung der Muster AG erledigt",
    ],
)
def test_an_invoice_that_speaks_of_a_reminder_stays_one(title: str) -> None:
    assert read(title).text("document_type") == "invoice"


def test_a_pro_forma_invoice_goes_to_a_person_and_says_why() -> None:
    found = read("Proforma Invoice")
    findings = check_invoice(found, today=date(2026, 5, 10), known=Known())
    route = choose_route(found, findings, threshold=0.0)
    assert route.status == "needs_review"
    assert "not_an_invoice" in {reason.code for reason in route.reasons}


def test_small_print_about_reminders_changes_nothing() -> None:
    foot = "Mahnung: 5 EUR"
    assert read("Rechnung", foot).text("document_type") == "invoice"
