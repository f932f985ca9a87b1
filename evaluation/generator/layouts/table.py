"""The table of what is billed, over as many pages as it needs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from evaluation.generator import printing
from evaluation.generator.bills import Row
from evaluation.generator.layouts.footer import draw_footer
from evaluation.generator.layouts.scene import Scene
from evaluation.generator.sheet import Piece

_LEFT = frozenset({"position", "product_code", "description", "unit"})
_NARROWEST = 120.0  # points a description needs
_SPARED = ("position", "unit", "product_code")  # what goes first when there is no room
_GAP = 9.0


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    head: str
    x0: float
    x1: float
    align: str

    @property
    def anchor(self) -> float:
        return self.x0 + 3 if self.align == "left" else self.x1 - 3


def draw_table(scene: Scene, y: float) -> float:
    """Draw all rows; returns the y below the last one."""
    columns = _columns(scene)
    sheet = scene.sheet
    top = y
    y = _heads(scene, columns, y)
    running = Decimal(0)
    for number, row in enumerate(scene.bill.rows):
        lines = sheet.wrap(row.description, _width(columns, "description") - 6)
        tall = (len(lines) + bool(row.note)) * sheet.size * 1.25 + 7
        if y + tall > scene.bottom - 46:
            y = _turn_page(scene, columns, top, y, running)
            top = y
            y = _heads(scene, columns, y)
            y = _sum_row(scene, columns, "brought", running, y)
        _row(scene, columns, number, row, lines, y, tall)
        running += row.amount
        y += tall
    _close(scene, columns, top, y)
    return y + 8


def _columns(scene: Scene) -> list[_Column]:
    """The columns with their places: numbers as wide as they need, the description the rest."""
    names = list(scene.design.columns)
    if scene.design.unit_in_quantity and "unit" in names:
        names.remove("unit")
    widths = {name: _needed(scene, name) for name in names if name != "description"}
    room = scene.right - scene.left
    for spared in _SPARED:
        if room - sum(widths.values()) < _NARROWEST:
            widths.pop(spared, None)
    columns, x = [], scene.left
    for name in names:
        if name != "description" and name not in widths:
            continue
        align = "left" if name in _LEFT or scene.design.numbers_left else "right"
        wide = widths.get(name, room - sum(widths.values()))
        columns.append(_Column(name, _head(scene, name), x, x + wide, align))
        x += wide
    return columns


def _needed(scene: Scene, name: str) -> float:
    texts = [_text(scene, name, number, row) for number, row in enumerate(scene.bill.rows)]
    wide = max((scene.sheet.measure(text) for text in texts), default=0)
    return max(wide, scene.sheet.measure(_head(scene, name), bold=True)) + _GAP


def _width(columns: list[_Column], name: str) -> float:
    return next(c.x1 - c.x0 for c in columns if c.name == name)


def _head(scene: Scene, name: str) -> str:
    if scene.bill.gross_priced:
        if name == "amount":
            name = "amount_gross"
        elif name == "unit_price":  # the shortest word is the one that does not say net
            return min(scene.bill.language.unit_price, key=len)
    return scene.word(name)


def _text(scene: Scene, name: str, number: int, row: Row) -> str:
    return "".join(p if isinstance(p, str) else p[0] for p in _pieces(scene, name, number, row))


def _pieces(scene: Scene, name: str, number: int, row: Row) -> list[Piece]:
    """One cell, its values tagged with their field."""
    marks = scene.bill.country.marks
    tag = f"line.{number}"
    if name == "position":
        return [str(number + 1)]
    if name == "amount":
        return [(scene.cell_money(row.amount), f"{tag}.amount")]
    if name == "tax_rate":
        return [(f"{scene.percent(row.rate)}%", f"{tag}.tax_rate")]
    if row.quantity is None or row.price is None:
        return []
    if name == "product_code":
        return [(row.code, f"{tag}.product_code")]
    if name == "quantity":
        shown: Piece = (printing.quantity(row.quantity, marks), f"{tag}.quantity")
        unit: list[Piece] = [" ", (row.unit, f"{tag}.unit")]
        return [shown, *unit] if scene.design.unit_in_quantity else [shown]
    if name == "unit":
        return [(row.unit, f"{tag}.unit")]
    if name == "unit_price":
        return [(scene.cell_money(row.price), f"{tag}.unit_price")]
    if name == "discount" and row.discount:
        return [(f"{scene.percent(row.discount)}%", f"{tag}.discount_percent")]
    return []


def _heads(scene: Scene, columns: list[_Column], y: float) -> float:
    sheet, tall = scene.sheet, scene.sheet.size + 9
    filled = scene.design.table == "headline"
    if filled:
        sheet.fill(scene.left, y, scene.right, y + tall, scene.design.colour)
    elif scene.design.table in ("grid", "zebra"):
        sheet.fill(scene.left, y, scene.right, y + tall, (0.9, 0.9, 0.9))
    for column in columns:
        sheet.text(
            column.anchor, y + sheet.size + 2.5, column.head, bold=True, align=column.align,
            colour=(1, 1, 1) if filled else (0, 0, 0),
        )  # fmt: skip
    if scene.design.table == "rules":
        sheet.rule(scene.left, y + tall, scene.right, y + tall)
    return y + tall + 2


def _row(
    scene: Scene,
    columns: list[_Column],
    number: int,
    row: Row,
    lines: list[str],
    y: float,
    tall: float,
) -> None:
    sheet = scene.sheet
    if scene.design.table == "zebra" and number % 2:
        sheet.fill(scene.left, y, scene.right, y + tall, (0.95, 0.95, 0.96))
    base = y + sheet.size + 1.5
    for column in columns:
        if column.name == "description":
            end = sheet.block(column.anchor, base, lines, field=f"line.{number}.description")
            if row.note:
                sheet.text(column.anchor, end, row.note, size=sheet.size - 1)
            continue
        pieces = _pieces(scene, column.name, number, row)
        sheet.text(column.anchor, base, *pieces, align=column.align)
    if scene.design.table in ("rules", "grid"):
        sheet.rule(scene.left, y + tall, scene.right, y + tall, thickness=0.3, gray=0.6)


def _sum_row(scene: Scene, columns: list[_Column], word: str, value: Decimal, y: float) -> float:
    """Carried forward at the foot of a page, brought forward at the head of the next."""
    sheet = scene.sheet
    base = y + sheet.size + 2
    sheet.text(columns[-1].x0 - 12, base, scene.word(word), align="right")
    sheet.text(columns[-1].x1 - 3, base, scene.cell_money(value), align="right")
    return y + sheet.size + 8


def _turn_page(
    scene: Scene, columns: list[_Column], top: float, y: float, running: Decimal
) -> float:
    _close(scene, columns, top, y)
    _sum_row(scene, columns, "carried", running, y)
    draw_footer(scene)
    sheet = scene.sheet
    sheet.next_page()
    if scene.design.running_title:
        sheet.text(scene.left, 44, scene.bill.vendor.name)
        sheet.text(
            scene.right,
            44,
            f"{scene.title()} ",
            (scene.bill.number, "invoice_number"),
            align="right",
        )
        sheet.rule(scene.left, 50, scene.right, 50, thickness=0.3)
    return 70


def _close(scene: Scene, columns: list[_Column], top: float, y: float) -> None:
    """The lines that a table has only when it is done."""
    sheet = scene.sheet
    if scene.design.table == "grid":
        sheet.frame(scene.left, top, scene.right, y)
        for column in columns[1:]:
            sheet.rule(column.x0, top, column.x0, y, thickness=0.4, gray=0.4)
    elif scene.design.table in ("headline", "zebra"):
        sheet.rule(scene.left, y, scene.right, y, thickness=0.8)
