"""A table that was corrected once is read right on the next document, and good ones stay as they are."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from tests.extraction.finders.paper import Piece, sheet_of

from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice, LineItem
from invoice_ai.domain.pages import Reading
from invoice_ai.extraction import extract_invoice
from invoice_ai.extraction.memory import Memory, learn, learn_lines, memory_from_json, recall

Told = tuple[str, str, str]  # name, quantity, amount
BOUGHT: list[Told] = [("Eichenbohle", "2", "80.00"), ("Messingknauf", "4", "20.00")]
NEXT: list[Told] = [
    ("Kiefernlatte", "3", "30.00"),
    ("Scharnier", "6", "12.00"),
    ("Lasur", "1", "8.00"),
]


def paper(
    rows: list[Told],
    *,
    strays: tuple[tuple[str, str], ...] = (),
    heads: bool = False,
    shift: float = 0.0,
    second_page: bool = False,
    foot: str = "Endsumme EUR",
) -> Reading:
    """An invoice whose columns are called by words that nobody knows: names right, amounts in the
    middle, a loan price behind them that is no amount. `strays` stand among the rows."""
    pieces: list[Piece] = [
        (0.08, 0.05, "Holzwurm Werkstatt KG"),
        (0.08, 0.07, "Lange Gasse 4, 24103 Kiel"),
        (0.08, 0.16, "Rechnung 7731/22"),
        (0.08, 0.18, "Datum 04.05.2026"),
        (0.08, 0.3 + shift, "Zahl"),
        (0.2, 0.3 + shift, "Fadu"),
        (0.55, 0.3 + shift, "Kelo"),
        (0.75, 0.3 + shift, "Leihwert"),
    ]
    y = 0.33 + shift
    for name, amount in strays:
        pieces += [(0.2, y, name), (0.55, y, amount.replace(".", ","))]
        y += 0.025
    for name, quantity, amount in rows:
        lent = str(Decimal(amount) * 3 + 1).replace(".", ",")
        pieces += [(0.08, y, quantity), (0.2, y, name), (0.55, y, amount.replace(".", ","))]
        pieces.append((0.75, y, lent))
        y += 0.025
    total = str(sum(Decimal(amount) for _, _, amount in rows)).replace(".", ",")
    sums: list[Piece] = [(0.3, y + 0.03, foot), (0.55, y + 0.03, total)]
    sums.append((0.08, 0.9, "Vielen Dank und auf bald"))
    if not second_page:
        return Reading((sheet_of([*pieces, *sums]),))
    return Reading((sheet_of(pieces), sheet_of(sums, number=2)))


def person(rows: list[Told]) -> tuple[LineItem, ...]:
    def cell(value: str | Decimal) -> ExtractedField:
        return ExtractedField(value, str(value), 1.0, "person")

    return tuple(
        LineItem(
            description=cell(name), quantity=cell(Decimal(count)), amount=cell(Decimal(amount))
        )
        for name, count, amount in rows
    )


def taught(reading: Reading, rows: list[Told], memory: Memory | None = None) -> Memory:
    machine = extract_invoice(reading)
    if memory:
        machine = recall(memory, reading, machine)
    confirmed = replace(machine, lines=person(rows))
    nothing = ExtractedInvoice()
    return learn_lines(learn(memory, reading, nothing, nothing), reading, machine, confirmed)


def rows_of(invoice: ExtractedInvoice) -> list[Told]:
    return [
        (
            str(line.description.value if line.description else ""),
            str(line.quantity.value if line.quantity else ""),
            str(line.amount.value if line.amount else ""),
        )
        for line in invoice.lines
    ]


def recalled(memory: Memory, reading: Reading) -> ExtractedInvoice:
    return recall(memory, reading, extract_invoice(reading))


def test_values_in_the_wrong_columns_are_right_on_the_next_document() -> None:
    assert rows_of(extract_invoice(paper(BOUGHT))) != BOUGHT  # else there is nothing to learn
    memory = taught(paper(BOUGHT), BOUGHT)
    found = recalled(memory, paper(NEXT))
    assert rows_of(found) == NEXT
    amount = found.lines[0].amount
    assert amount is not None and amount.source == "vendor_memory"
    assert amount.page == 1 and amount.box is not None and amount.raw == "30,00"


def test_a_line_that_was_deleted_is_no_item_again() -> None:
    first = paper(BOUGHT, strays=(("Guthaben Vorjahr", "55.00"),))
    memory = taught(first, BOUGHT)
    following = paper(NEXT, strays=(("Guthaben Vorjahr", "71.30"),))
    assert rows_of(recalled(memory, following)) == NEXT


def test_an_item_that_is_called_like_a_sum_is_one_where_a_person_added_it() -> None:
    rows = [("Total Pflege Paket", "1", "9.00"), *BOUGHT]
    memory = taught(paper(rows), rows)
    following = [NEXT[0], ("Total Pflege Paket", "2", "18.00"), NEXT[1]]
    assert rows_of(recalled(memory, paper(following))) == following


def test_where_the_table_stands_on_the_page_and_where_its_sum_is_do_not_matter() -> None:
    memory = taught(paper(BOUGHT), BOUGHT)
    assert rows_of(recalled(memory, paper(NEXT, shift=0.1))) == NEXT
    assert rows_of(recalled(memory, paper(NEXT, second_page=True))) == NEXT


def test_rows_that_add_up_are_kept_against_a_memory_whose_rows_do_not() -> None:
    memory = taught(paper(BOUGHT), BOUGHT)
    reading = paper(NEXT)
    machine = extract_invoice(reading)
    # Rows as another reading has them, which are the total, and memory's would not be.
    total = replace(machine.fields["total"], value=Decimal("41.00"))
    other = person([("Kiefernlatte", "3", "30.00"), ("Scharnier", "6", "11.00")])
    good = ExtractedInvoice({**machine.fields, "total": total}, other)
    good.fields.pop("subtotal", None)
    found = recall(memory, reading, good)
    assert [line.amount.value for line in found.lines if line.amount] == [
        Decimal("30.00"),
        Decimal("11.00"),
    ]


def test_a_table_that_changed_is_learned_anew() -> None:
    memory = taught(paper(BOUGHT), BOUGHT)
    assert memory.lines is not None and memory.lines.record.right == 1
    swapped = Reading((_mirrored(paper(NEXT)),))
    memory = taught(swapped, NEXT, memory)
    following = [NEXT[2], NEXT[0], ("Beize", "5", "40.00")]
    assert rows_of(recalled(memory, Reading((_mirrored(paper(following)),)))) == following


def _mirrored(reading: Reading) -> object:
    """The same page with amounts and loan prices in each other's column."""
    page = reading.pages[0]

    def moved(x: float) -> float:
        return x + 0.2 if 0.54 < x < 0.7 else x - 0.2 if x > 0.74 else x

    words = [
        w._replace(box=w.box._replace(x0=moved(w.box.x0), x1=moved(w.box.x0) + w.box.width))
        for w in page.words
    ]
    return replace(page, words=tuple(sorted(words, key=lambda w: (w.box.y0, w.box.x0))))


def test_rows_of_an_e_invoice_are_never_touched() -> None:
    memory = taught(paper(BOUGHT), BOUGHT)
    reading = paper(NEXT)
    xml = ExtractedInvoice(
        lines=(LineItem(amount=ExtractedField(Decimal("5.00"), "5.00", 1.0, "xml")),)
    )
    assert recall(memory, reading, xml).lines == xml.lines


def test_confirmed_rows_that_no_page_prints_teach_nothing_that_is_used() -> None:
    memory = taught(paper(BOUGHT), [("Beratung", "1", "777.77")])
    assert memory.lines is not None and memory.lines.shape is None
    machine = extract_invoice(paper(NEXT))
    assert rows_of(recall(memory, paper(NEXT), machine)) == rows_of(machine)


def test_what_finders_got_wrong_here_is_said_with_less_confidence() -> None:
    memory = taught(paper(BOUGHT), [("Beratung", "1", "777.77")])
    machine = extract_invoice(paper(NEXT))
    found = recall(memory, paper(NEXT), machine)
    for line, before in zip(found.lines, machine.lines, strict=True):
        assert line.amount is None or line.amount.confidence < before.amount.confidence  # type: ignore[union-attr]


def test_a_memory_is_kept_as_json_and_an_older_one_without_tables_is_read() -> None:
    memory = taught(paper(BOUGHT), BOUGHT)
    kept = json.loads(json.dumps(memory.to_json()))
    assert memory_from_json(kept) == memory
    del kept["lines"]
    assert memory_from_json(kept) == replace(memory, lines=None)


@pytest.mark.parametrize("rows", [1, 400])
def test_a_long_table_is_learned_in_reasonable_time(rows: int) -> None:
    many = [
        (f"Brett Nr {chr(65 + n % 26)}{'x' * (n % 7)}", "1", f"{n + 1}.00") for n in range(rows)
    ]
    pages = tuple(
        replace(page, number=n + 1)
        for n, part in enumerate(many[i : i + 20] for i in range(0, rows, 20))
        for page in paper(part).pages
    )
    memory = taught(Reading(pages), many)
    assert memory.lines is not None
