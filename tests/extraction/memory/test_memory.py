"""What was corrected once is right on the next document of that layout, and only there."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.extraction.finders.paper import letter, sheet_of

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, Value
from invoice_ai.domain.pages import Page, Reading
from invoice_ai.extraction.memory import Memory, fitting, learn, memory_from_json, recall

FIRST = "DE02120300000000202051"
SECOND = "DE02500105170137075030"


def paper(
    number: str = "7731/22",
    day: str = "04.05.2026",
    total: str = "119,00",
    iban: str = FIRST,
    items: tuple[tuple[str, str], ...] = (("Bohrer 8 mm", "100,00"),),
    sender: tuple[str, ...] = ("Nordlicht Werkzeuge GmbH", "Hafenweg 1", "24103 Kiel"),
) -> Reading:
    """An invoice whose number stands behind a word that no lexicon knows."""
    page = letter(
        sender=sender,
        receiver=("Muster AG", "Am Markt 3", "20095 Hamburg"),
        facts=(f"Vorgang: {number}", f"Ausgefertigt: {day}", "Kunde: 4711"),
        items=items,
        sums=(("Netto", "100,00"), ("zzgl. 19 %", "19,00"), ("Endsumme EUR", total)),
        foot=(f"Bankverbindung {iban}", "Vielen Dank und auf bald"),
    )
    return Reading((page,))


def says(source: str = "text", confidence: float = 0.8, **values: Value) -> ExtractedInvoice:
    return ExtractedInvoice(
        {n: ExtractedField(v, "", confidence, source) for n, v in values.items()}  # type: ignore[arg-type]
    )


def corrects(**values: Value) -> ExtractedInvoice:
    return says("person", 1.0, **values)


def taught(*, machine: ExtractedInvoice | None = None, **values: Value) -> Memory:
    return learn(None, paper(), machine or ExtractedInvoice(), corrects(**values))


@pytest.mark.parametrize(
    ("name", "was", "then", "printed"),
    [
        ("invoice_number", "7731/22", "8102/22", {"number": "8102/22"}),
        ("invoice_date", date(2026, 5, 4), date(2026, 6, 9), {"day": "09.06.2026"}),
        ("total", Decimal("119.00"), Decimal("1250.40"), {"total": "1.250,40"}),
    ],
)
def test_a_corrected_value_is_found_at_its_place_on_the_next_document(
    name: str, was: Value, then: Value, printed: dict[str, str]
) -> None:
    memory = taught(machine=says(**{name: _wrong(was)}), **{name: was})
    found = recall(memory, paper(**printed), says(**{name: _other(was)})).fields[name]  # type: ignore[arg-type]
    assert (found.value, found.source) == (then, "vendor_memory")
    assert found.box is not None and found.page == 1
    assert [c.value for c in found.candidates] == [_other(was)]  # what the finders said, on offer


def _wrong(value: Value) -> Value:
    return {str: "4711", date: date(2020, 1, 1), Decimal: Decimal("100.00")}[type(value)]


def _other(value: Value) -> Value:
    return {str: "4712", date: date(2020, 2, 2), Decimal: Decimal("19.00")}[type(value)]


def test_a_value_that_the_finders_missed_is_filled_in() -> None:
    memory = taught(invoice_number="7731/22")
    found = recall(memory, paper(number="8102/22"), ExtractedInvoice())
    assert found.text("invoice_number") == "8102/22"


def test_more_rows_do_not_move_what_is_remembered() -> None:
    memory = taught(total=Decimal("119.00"))
    rows = tuple((f"Artikel {n}", "12,50") for n in range(7))
    found = recall(memory, paper(total="87,50", items=rows), ExtractedInvoice())
    assert found.money("total") == Decimal("87.50")


def test_a_layout_that_was_not_seen_gets_nothing() -> None:
    memory = taught(invoice_number="7731/22", total=Decimal("119.00"))
    other = sheet_of(
        [
            (0.1, 0.1, "Facture no 99/12"),
            (0.1, 0.2, "Date de facturation 3 mars 2026"),
            (0.1, 0.3, "Montant total toutes taxes comprises 12,00"),
            (0.1, 0.4, "Conditions de paiement comptant"),
        ]
    )
    assert fitting([memory], Reading((other,))) is None
    assert recall(memory, Reading((other,)), ExtractedInvoice()) == ExtractedInvoice()


def test_a_changed_layout_is_learned_anew_and_the_old_one_forgotten() -> None:
    memory = taught(invoice_number="7731/22")
    changed = Reading(
        (
            sheet_of(
                [
                    (0.6, 0.05, "Beleg"),
                    (0.6, 0.08, "ZX-55"),
                    (0.1, 0.5, "Alles neu gestaltet seit diesem Sommer"),
                ]
            ),
        )
    )
    after = learn(memory, changed, ExtractedInvoice(), corrects(invoice_number="ZX-55"))
    assert after.lessons == 1 and "vorgang" not in after.marks
    assert recall(after, changed, ExtractedInvoice()).text("invoice_number") == "ZX-55"


def test_finders_that_were_right_here_are_not_overruled() -> None:
    right = says(invoice_number="7731/22", confidence=0.9)
    memory = learn(None, paper(), right, right)
    later = says(invoice_number="4713", confidence=0.9)
    found = recall(memory, paper(number="8102/22"), later).fields["invoice_number"]
    assert found.value == "4713"
    assert "8102/22" in [c.value for c in found.candidates]


def test_what_both_say_is_surer_than_either() -> None:
    memory = taught(machine=says(invoice_number="7731/22"), invoice_number="7731/22")
    found = recall(memory, paper(number="8102/22"), says(invoice_number="8102/22"))
    assert found.fields["invoice_number"].confidence > 0.95
    assert found.fields["invoice_number"].source == "text"


def test_confidence_is_earned() -> None:
    memory = taught(invoice_number="7731/22")
    first = recall(memory, paper(number="8001/22"), ExtractedInvoice())
    for lesson in range(5):
        memory = learn(
            memory,
            paper(number=f"800{lesson}/22"),
            ExtractedInvoice(),
            corrects(invoice_number=f"800{lesson}/22"),
        )
    last = recall(memory, paper(number="8009/22"), ExtractedInvoice())
    assert last.confidence("invoice_number") > first.confidence("invoice_number") > 0.5


def test_one_right_correction_heals_a_wrong_one() -> None:
    memory = taught(total=Decimal("119.00"))
    for lesson in range(4):
        memory = _lesson(memory, f"2{lesson}0,00", Decimal(f"2{lesson}0.00"))
    memory = _lesson(memory, "300,00", Decimal("19.00"))  # somebody clicked on the tax
    memory = _lesson(memory, "400,00", Decimal("400.00"))
    found = recall(memory, paper(total="500,00"), ExtractedInvoice())
    assert found.money("total") == Decimal("500.00")


def _lesson(memory: Memory, printed: str, told: Decimal) -> Memory:
    reading = paper(total=printed)
    return learn(memory, reading, recall(memory, reading, ExtractedInvoice()), corrects(total=told))


def test_the_order_of_day_and_month_is_remembered() -> None:
    def american(day: str) -> Reading:
        pieces = [(0.1, 0.1, "Acme Tools Inc"), (0.1, 0.2, f"Issued on {day}")]
        return Reading((sheet_of([*pieces, (0.1, 0.3, "Thank you for shopping with us")]),))

    wrong = says(invoice_date=date(2026, 4, 3))
    memory = learn(
        None,
        american("03/04/2026"),
        wrong,
        ExtractedInvoice(
            {"invoice_date": ExtractedField(date(2026, 3, 4), "03/04/2026", 1.0, "person")}
        ),
    )
    found = recall(memory, american("05/06/2026"), says(invoice_date=date(2026, 6, 5)))
    assert found.day("invoice_date") == date(2026, 5, 6)


def test_the_name_is_spelled_as_the_person_spells_it() -> None:
    memory = taught(
        machine=says(vendor_name="Nordlicht Werkzeuge"), vendor_name="Nordlicht Werkzeuge GmbH"
    )
    found = recall(memory, paper(), says(vendor_name="Hafenweg 1"))
    assert found.text("vendor_name") == "Nordlicht Werkzeuge GmbH"


def test_a_name_that_the_page_does_not_print_hides_none_that_it_does() -> None:
    memory = taught(vendor_name="Nordlicht Werkzeuge GmbH")
    sender = ("Suedwind Maschinen KG", "Hafenweg 1", "24103 Kiel")
    found = recall(memory, paper(sender=sender), says(vendor_name="Suedwind Maschinen KG"))
    assert found.text("vendor_name") == "Suedwind Maschinen KG"


def test_a_field_that_a_person_emptied_stays_empty() -> None:
    memory = learn(None, paper(), says(purchase_order="4711"), ExtractedInvoice())
    found = recall(memory, paper(), says(purchase_order="4711"))
    assert "purchase_order" not in found.fields


def test_another_account_is_never_replaced_by_the_remembered_one() -> None:
    memory = taught(machine=says(iban=FIRST), iban=FIRST)
    for _ in range(5):
        memory = learn(memory, paper(), says(iban=FIRST), says(iban=FIRST))
    found = recall(memory, paper(iban=SECOND), says(iban=SECOND))
    assert found.text("iban") == SECOND


def test_an_account_that_the_page_does_not_print_is_not_made_up() -> None:
    memory = taught(iban=FIRST)
    found = recall(memory, paper(iban="auf Anfrage"), ExtractedInvoice())
    assert "iban" not in found.fields


def test_a_digit_misread_in_a_known_tax_id_is_put_right_for_scans_only() -> None:
    memory = taught(vendor_tax_id="DE136695976")
    page = paper().pages[0]
    for source, expected in (("ocr", "DE136695976"), ("text", "DE136695978")):
        scan = replace(page, source=source)
        scan = _with_line(scan, "USt-IdNr. DE136695976")
        found = recall(memory, Reading((scan,)), says(source, vendor_tax_id="DE136695978"))
        if source == "ocr":
            assert found.text("vendor_tax_id") == expected
        else:
            assert "DE136695978" in [
                found.text("vendor_tax_id"),
                *(c.value for c in found.fields["vendor_tax_id"].candidates),
            ]


def _with_line(page: Page, text: str) -> Page:
    more = sheet_of([(0.08, 0.98, text)], source=page.source)
    return replace(page, words=(*page.words, *more.words))


def test_data_of_an_e_invoice_are_never_touched() -> None:
    memory = taught(total=Decimal("119.00"))
    written = says("xml", 1.0, total=Decimal("77.00"))
    assert recall(memory, paper(), written).fields == written.fields


def test_several_corrections_of_one_document_are_one_lesson() -> None:
    memory = learn(
        None, paper(), ExtractedInvoice(), corrects(total=Decimal("119.00")), document="1"
    )
    memory = learn(
        memory, paper(), ExtractedInvoice(), corrects(invoice_number="7731/22"), document="1"
    )
    assert memory.lessons == 1
    found = recall(memory, paper(number="8/22", total="20,00"), ExtractedInvoice())
    assert found.money("total") == Decimal("20.00")


def test_a_memory_is_the_same_after_it_was_kept_as_json() -> None:
    memory = taught(
        machine=says(vendor_name="Muster AG", iban=FIRST),
        vendor_name="Nordlicht Werkzeuge GmbH",
        total=Decimal("119.00"),
        invoice_date=date(2026, 5, 4),
    )
    assert memory_from_json(json.loads(json.dumps(memory.to_json()))) == memory


def test_a_memory_of_another_version_is_learned_anew() -> None:
    assert memory_from_json({**taught(total=Decimal("119.00")).to_json(), "version": 0}) is None


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.text(max_size=30), max_size=12),
    told=st.one_of(st.text(min_size=1, max_size=20), st.decimals(-1000, 1000, places=2)),
)
def test_no_page_and_no_correction_breaks_a_lesson(texts: list[str], told: Value) -> None:
    pieces = [(0.1, 0.05 + 0.07 * i, text) for i, text in enumerate(texts)]
    reading = Reading((sheet_of(pieces),))
    name = "total" if isinstance(told, Decimal) else "vendor_name"
    machine = says(**{name: told})
    memory = learn(None, reading, machine, corrects(**{name: told}))
    memory = learn(memory, reading, machine, ExtractedInvoice())
    json.dumps(memory.to_json())
    recall(memory, reading, machine)


def _two_columns(buyer: str, number: str, day: str) -> Reading:
    """A buyer's address on the left; on the right a table whose words stand above its values."""
    pieces = [
        (0.08, 0.10, "Nordlicht Werkzeuge GmbH Hafenweg 1 Kiel"),
        (0.55, 0.20, "Vorgang"),
        (0.75, 0.20, "Ausgefertigt"),
        (0.08, 0.22, buyer),
        (0.55, 0.22, number),
        (0.75, 0.22, day),
        (0.08, 0.60, "Vielen Dank und auf bald, Ihr Nordlicht"),
    ]
    return Reading((sheet_of(pieces),))


def test_another_buyers_name_on_the_same_line_is_no_part_of_the_label() -> None:
    memory = learn(
        None,
        _two_columns("Muster AG", "7731/22", "04.05.2026"),
        ExtractedInvoice(),
        corrects(invoice_number="7731/22", invoice_date=date(2026, 5, 4)),
    )
    pages = _two_columns("Obsthof Sonnleitner", "8102/22", "11.06.2026")
    found = recall(memory, pages, ExtractedInvoice())
    assert found.text("invoice_number") == "8102/22"
    assert found.day("invoice_date") == date(2026, 6, 11)


def test_sums_are_found_again_when_more_lines_move_them_to_another_page() -> None:
    memory = taught(total=Decimal("119.00"))
    first, last = paper(total="9.999,99").pages[0], paper(total="731,40").pages[0]
    lines_only = replace(first, words=tuple(w for w in first.words if w.box.y0 < 0.4))
    reading = Reading((lines_only, replace(last, number=2)))
    assert recall(memory, reading, ExtractedInvoice()).money("total") == Decimal("731.40")


def test_a_place_under_another_fields_name_does_not_win() -> None:
    """The day of arrival was that of the invoice once; what says "invoice date" is it always."""

    def stay(arrival: str, issued: str) -> Reading:
        pieces = [
            (0.08, 0.10, "Hotel Hafenblick GmbH Kaiweg 3 Kiel"),
            (0.08, 0.20, f"Lieferdatum {arrival}"),
            (0.60, 0.26, f"Rechnungsdatum {issued}"),
            (0.08, 0.60, "Vielen Dank und auf bald, Ihr Hafenblick"),
        ]
        return Reading((sheet_of(pieces),))

    told = corrects(invoice_date=date(2026, 5, 4))
    memory = learn(None, stay("04.05.2026", "04.05.2026"), ExtractedInvoice(), told)
    found = recall(memory, stay("12.06.2026", "15.06.2026"), ExtractedInvoice())
    assert found.day("invoice_date") == date(2026, 6, 15)


def test_the_label_that_names_the_field_decides_between_places_of_the_same_value() -> None:
    # One row: what it costs is the net as well, and the total is rounded only by chance.
    def bill(number: str, net: str, total: str) -> Reading:
        page = letter(
            sender=("Nordlicht Werkzeuge GmbH", "Hafenweg 1", "24103 Kiel"),
            receiver=("Muster AG", "Am Markt 3", "20095 Hamburg"),
            facts=(f"Vorgang: {number}",),
            items=(("Bohrer", net),),
            sums=(("Total", total),),
            foot=("Vielen Dank und auf bald",),
        )
        return Reading((page,))

    nothing = ExtractedInvoice()
    memory = learn(None, bill("1/22", "80,00", "80,00"), nothing, corrects(total=Decimal("80.00")))
    found = recall(memory, bill("2/22", "50,00", "55,00"), nothing)
    assert found.money("total") == Decimal("55.00")


def test_a_customer_of_earlier_bills_does_not_displace_the_one_that_was_found() -> None:
    sure = says(confidence=0.96, customer_name="Muster AG")
    memory = learn(None, paper(), sure, sure)
    memory = learn(memory, paper(number="7740/22"), sure, sure)
    found = recall(memory, paper(number="7750/22"), says(confidence=0.96, customer_name="Am Markt"))
    assert found.text("customer_name") == "Am Markt"
    assert found.fields["customer_name"].candidates[0].value == "Muster AG"
