"""What every part of a page needs to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from evaluation.generator import printing
from evaluation.generator.bills import Bill
from evaluation.generator.design import Design
from evaluation.generator.sheet import Sheet


@dataclass(frozen=True, slots=True)
class Scene:
    bill: Bill
    design: Design
    sheet: Sheet
    pages: int  # of the whole document, for "page 1 of 3"

    @property
    def left(self) -> float:
        return self.design.margin

    @property
    def right(self) -> float:
        return self.sheet.width - self.design.margin

    @property
    def middle(self) -> float:
        return self.sheet.width / 2

    @property
    def step(self) -> float:
        """From one line of text to the next."""
        return self.sheet.size * 1.35

    @property
    def bottom(self) -> float:
        """Where the footer begins."""
        return self.sheet.height - (84 if self.design.footer_columns else 48)

    def word(self, name: str, *, colon: bool = False) -> str:
        text = self.design.words[name]
        text = text.upper() if self.design.capitals else text
        return f"{text.rstrip(':')}:" if colon and self.design.colon else text

    def money(self, value: Decimal) -> str:
        return self._money(value, self.design.money)

    def cell_money(self, value: Decimal) -> str:
        return self._money(value, self.design.table_money)

    def _money(self, value: Decimal, form: str) -> str:
        shown = printing.number(abs(value), self.bill.country.marks)
        return ("-" if value < 0 else "") + form.format(shown)

    def percent(self, rate: Decimal) -> str:
        return printing.quantity(rate, ("", self.bill.country.marks[1]))

    def day(self, value: date) -> str:
        return printing.day(value, self.design.date_form, self.bill.language.months)

    def title(self) -> str:
        return self.design.words[self.bill.kind]

    def word_of_tax_id(self) -> str:
        """The country's name for it; the same everywhere on one bill."""
        labels = self.bill.country.tax_labels
        label = labels[len(self.bill.vendor.name) % len(labels)]
        return f"{label.rstrip(':')}:" if self.design.colon else label
