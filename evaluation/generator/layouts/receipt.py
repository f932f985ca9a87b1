"""Till rolls: 80 mm wide, one fixed pitch, as long as they must be."""

from __future__ import annotations

from random import Random

from evaluation.generator import printing
from evaluation.generator.accents import BOLD, PLAIN
from evaluation.generator.bills import Bill, Row
from evaluation.generator.design import Design
from evaluation.generator.layouts.scene import Scene
from evaluation.generator.sheet import Piece, Printed, Sheet
from reportlab.lib.units import mm

_WIDTH = 80 * mm
_MARGIN = 4 * mm


def draw_receipt(rng: Random, bill: Bill, design: Design) -> tuple[bytes, dict[str, list[Printed]]]:
    """The PDF of one long page, and every printed value with its box."""
    courier = design.fonts[0] not in (PLAIN, "Times-Roman")
    fonts = ("Courier", "Courier-Bold") if courier else (PLAIN, BOLD)
    seed, height = rng.random(), 2000.0
    for _ in range(2):  # the second time the roll is cut where the printing ends
        sheet = Sheet((_WIDTH, height), fonts, 8, 0.95 if courier else 0.85, bill.number)
        height = _Till(Scene(bill, design, sheet, 1), Random(seed)).print()
    return sheet.pdf(), sheet.places


class _Till:
    """Prints line after line and knows how far the paper has come."""

    def __init__(self, scene: Scene, rng: Random) -> None:
        self.scene, self.rng = scene, rng
        self.sheet, self.bill = scene.sheet, scene.bill
        self.y = 22.0
        self.centred = rng.random() < 0.7

    def print(self) -> float:
        """Print all; returns the height that the paper needs."""
        self._head()
        self._facts()
        self._rule()
        for number, row in enumerate(self.bill.rows):
            self._row(number, row)
        self._rule()
        self._sums()
        for line in self.sheet.wrap(self.scene.design.words["thanks"], _WIDTH - 2 * _MARGIN):
            self._middle(line)
        return self.y + 14

    def _head(self) -> None:
        vendor = self.bill.vendor
        self._middle((vendor.name, "vendor_name"), size=10.5, bold=True)
        align, x = ("centre", _WIDTH / 2) if self.centred else ("left", _MARGIN)
        self.y = self.sheet.block(
            x, self.y, [vendor.street, *vendor.place], field="vendor_address", align=align
        )
        self._middle(f"{self.scene.word('phone')} ", (vendor.phone, "vendor_phone"))
        self._middle(f"{self.scene.word_of_tax_id()} ", (vendor.tax_id, "vendor_tax_id"))
        if self.rng.random() < 0.7:
            self.y += 4
            self._middle(self.scene.title(), bold=True)
        self.y += 4

    def _facts(self) -> None:
        bill, scene = self.bill, self.scene
        clock = f"{self.rng.randint(8, 20):02d}:{self.rng.randint(0, 59):02d}"
        short = next((f for f in bill.country.dates if "Month" not in f), scene.design.date_form)
        shown = printing.day(bill.issued, short, bill.language.months)
        dated: tuple[Piece, ...] = ((shown, "invoice_date"), f" {clock}")
        number = scene.design.words["number"]
        if self.rng.random() < 0.5:
            self._left(f"{number}: ", (bill.number, "invoice_number"))
            self._left(f"{scene.design.words['date']}: ", *dated)
        else:
            self._left(*dated)
            self._left(f"{number} ", (bill.number, "invoice_number"))
        self._left(f"{scene.word('cashier')} {self.rng.randint(1, 9)}")

    def _row(self, number: int, row: Row) -> None:
        assert row.quantity is not None and row.price is not None, "tills sell pieces"
        tag = f"line.{number}"
        letter = f" {'ABCDE'[[t.rate for t in self.bill.taxes].index(row.rate)]}"
        shown: Piece = (self.scene.cell_money(row.amount), f"{tag}.amount")
        marks = self.bill.country.marks
        count: Piece = (printing.quantity(row.quantity, marks), f"{tag}.quantity")
        price: Piece = (self.scene.cell_money(row.price), f"{tag}.unit_price")
        name: Piece = (row.description, f"{tag}.description")
        if row.quantity == 1:
            self._both((name,), (shown, letter))
        elif self.bill.number[-1] in "02468":
            self._left(name)
            self._both(("  ", count, " x ", price), (shown, letter))
        else:
            self._left(count, " x ", price)
            self._both((name,), (shown, letter))

    def _sums(self) -> None:
        bill, scene = self.bill, self.scene
        total: Piece = (scene.money(bill.total), "total")
        label = scene.word("total")
        if scene.design.money == "{}":
            label += f" {bill.country.currency}"
        self._both((label,), (total,), size=10, bold=True)
        if bill.cash is not None:
            self._both((scene.word("cash"),), (scene.money(bill.cash),))
            self._both((scene.word("change"),), (scene.money(bill.cash - bill.total),))
        else:
            self._both((scene.word("card"),), (scene.money(bill.total),))
        self.y += 4
        for place, tax in enumerate(bill.taxes):
            if not tax.rate:
                continue
            rate = f"{'ABCDE'[place]} {scene.design.words['tax']} {scene.percent(tax.rate)}%"
            base: Piece = (scene.cell_money(tax.base), f"tax.{place}.base")
            amount: Piece = (scene.cell_money(tax.amount), f"tax.{place}.amount")
            self._both((rate,), (base, "  ", amount))
        self.y += 8

    def _rule(self) -> None:
        mark = "-" if self.centred else "="
        count = int((_WIDTH - 2 * _MARGIN) / self.sheet.measure(mark))
        self._left(mark * count)

    def _left(self, *pieces: Piece) -> None:
        self.sheet.text(_MARGIN, self.y, *pieces)
        self.y += 11

    def _middle(self, *pieces: Piece, size: float = 8, bold: bool = False) -> None:
        wide = self.sheet.measure(
            "".join(p if isinstance(p, str) else p[0] for p in pieces), size, bold=bold
        )
        size *= min(1.0, (_WIDTH - 2 * _MARGIN) / wide)
        align, x = ("centre", _WIDTH / 2) if self.centred else ("left", _MARGIN)
        self.sheet.text(x, self.y, *pieces, size=size, bold=bold, align=align)
        self.y += 12

    def _both(
        self,
        left: tuple[Piece, ...],
        right: tuple[Piece, ...],
        *,
        size: float = 8,
        bold: bool = False,
    ) -> None:
        self.sheet.text(_MARGIN, self.y, *left, size=size, bold=bold)
        self.sheet.text(_WIDTH - _MARGIN, self.y, *right, size=size, bold=bold, align="right")
        self.y += 11 if size < 9 else 13
