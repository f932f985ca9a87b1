"""Where one invoice of a file ends and the next begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.extraction.finders.paper import letter

from invoice_ai.domain.pages import Page
from invoice_ai.extraction.parts import find_parts


def bill(number: str, *facts: str, sender: str = "Northgate Tools Ltd", total: bool = True) -> Page:
    sums = (("Net", "100.00"), ("VAT 20%", "20.00"), ("Total", "120.00")) if total else ()
    return letter(
        sender=(sender, "1 Harbour Road"),
        receiver=("Muster AG", "Bahnhofstrasse 1"),
        facts=("Invoice", f"Invoice number: {number}", "Date: 2 November 2026", *facts),
        items=(("Drill bit", "60.00"), ("Saw blade", "40.00")),
        sums=sums,
    )


def file_of(*pages: Page) -> list[Page]:
    return [replace(page, number=number) for number, page in enumerate(pages, 1)]


def parts_of(pages: Sequence[Page]) -> list[str]:
    found = find_parts(pages)
    return [str(part) for part in found.parts] if found else []


def test_another_number_and_total_is_another_invoice() -> None:
    found = find_parts(file_of(bill("A-1001"), bill("A-1002"), bill("A-1003")))
    assert found is not None and [str(p) for p in found.parts] == ["1", "2", "3"]
    assert found.confidence >= 0.9


def test_pages_that_count_on_belong_together() -> None:
    pages = file_of(
        bill("A-1001", "Page 1 of 2", total=False),
        bill("A-1001", "Page 2 of 2"),
        bill("A-1002", "Page 1 of 1"),
    )
    assert parts_of(pages) == ["1-2", "3"]


def test_one_page_and_one_number_are_one_invoice() -> None:
    assert find_parts(file_of(bill("A-1001"))) is None
    assert find_parts(file_of(bill("A-1001"), bill("A-1001"))) is None


def test_a_further_number_without_a_total_is_not_split_unasked() -> None:
    found = find_parts(file_of(bill("A-1001"), bill("P-777", total=False)))
    assert found is None or found.confidence < 0.9


def test_a_cover_letter_belongs_to_the_invoice_behind_it() -> None:
    cover = letter(
        sender=("Northgate Tools Ltd",),
        receiver=("Muster AG",),
        facts=("Dear customer, please find our invoice enclosed.", "Kind regards"),
    )
    assert find_parts(file_of(cover, bill("A-1001"))) is None
