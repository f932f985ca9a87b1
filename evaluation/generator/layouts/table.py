"""The table of what is billed, over as many pages as it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from evaluation.generator import printing
from evaluation.generator.bills import Row, cents
from evaluation.generator.layouts.footer import draw_footer
from evaluation.generator.layouts.scene import Scene
from evaluation.generator.sheet import Piece

_LEFT = frozenset({"position", "product_code", "description", "unit", "date"})
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
    form, section = scene.design.form, Decimal(0)
    rows = scene.bill.rows
    for number, row in enumerate(rows):
        wide = scene.right - scene.left if form.numbers == "below" else 0
        lines = sheet.wrap(row.description, max(wide, _width(columns, "description")) - 6)
        notes = _notes(scene, number, row)
        count = len(lines) + len(notes) + (form.numbers == "below")
        tall = count * sheet.size * 1.25 + (2 if form.tight else 7)
        if form.sections and number % 3 == 0:
            if number and len(rows) - number > 1:
                y = _section_sum(scene, columns, section, y)
                section = Decimal(0)
            if number == 0 or len(rows) - number > 1:
                y = _section_head(scene, number // 3, y)
        section += row.amount
        if y + tall > scene.bottom - 46:
            y = _turn_page(scene, columns, top, y, running)
            top = y
            y = _heads(scene, columns, y)
            y = _sum_row(scene, columns, "brought", running, y)
        _row(scene, columns, number, row, lines, notes, y, tall)
        running += row.amount
        y += tall
    _close(scene, columns, top, y)
    return y + 8


def _columns(scene: Scene) -> list[_Column]:
    """The columns with their places: numbers as wide as they need, the description the rest."""
    names = list(scene.design.columns)
    if scene.design.form.dates:
        names.insert(0, "date")
    if scene.design.form.taxed:
        names = [name for name in names if name not in ("product_code", "discount", "position")]
        names += ["tax_amount", "gross"]
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
    heads = _head_lines(scene, _head(scene, name))
    return max(wide, *(scene.sheet.measure(head, bold=True) for head in heads)) + _GAP


def _width(columns: list[_Column], name: str) -> float:
    return next(c.x1 - c.x0 for c in columns if c.name == name)


def _head_lines(scene: Scene, head: str) -> list[str]:
    """The column's words, in two lines where the form has two."""
    words = head.split(" ")
    if scene.design.form.heads != "two" or len(words) < 2:
        return [head]
    half = (len(words) + 1) // 2
    return [" ".join(words[:half]), " ".join(words[half:])]


def _head(scene: Scene, name: str) -> str:
    if name == "gross":
        name = "amount_gross"
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
        flag = f" {'ABC'[_rates(scene).index(row.rate)]}" if scene.design.form.flags else ""
        return [(scene.cell_money(row.amount), f"{tag}.amount"), flag]
    if name == "date":
        return [scene.day(scene.bill.issued - timedelta(days=40 - number % 30))]
    if name in ("tax_amount", "gross"):
        tax = cents(row.amount * row.rate / 100)
        return [scene.cell_money(tax if name == "tax_amount" else row.amount + tax)]
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


def _rates(scene: Scene) -> list[Decimal]:
    return sorted({row.rate for row in scene.bill.rows})


def _notes(scene: Scene, number: int, row: Row) -> list[str]:
    """Lines under the description; those of the form carry numbers that are none of the row's."""
    notes = [row.note] if row.note else []
    if scene.design.form.details and number % 3 != 1:
        start = scene.bill.issued - timedelta(days=60)
        code = scene.bill.customer_id or "8471"
        notes.append(
            (
                f"{scene.day(start)} - {scene.day(start + timedelta(days=30))}",
                f"EAN 40{number:02}38133{len(scene.bill.rows):04}1 / HS 8471.30.00",
                f"1.200 x 600 x 18 mm, {code}-{number}",
                f"2 x {scene.cell_money(cents(row.amount / 2 + 3))}",
            )[(number + len(scene.bill.number)) % 4]
        )
    return notes


def _section_head(scene: Scene, number: int, y: float) -> float:
    trades = scene.bill.language.trades
    scene.sheet.text(
        scene.left + 3, y + scene.sheet.size + 2, trades[number % len(trades)], bold=True
    )
    return y + scene.sheet.size + 8


def _section_sum(scene: Scene, columns: list[_Column], value: Decimal, y: float) -> float:
    return _sum_row(scene, columns, "subtotal", value, y)


def _heads(scene: Scene, columns: list[_Column], y: float) -> float:
    form = scene.design.form
    if form.heads == "none":
        return y + 4
    sheet = scene.sheet
    lines = max(len(_head_lines(scene, column.head)) for column in columns)
    tall = sheet.size * (1 + 1.15 * (lines - 1)) + 9
    filled = scene.design.table == "headline"
    if filled:
        sheet.fill(scene.left, y, scene.right, y + tall, scene.design.colour)
    elif scene.design.table in ("grid", "zebra"):
        sheet.fill(scene.left, y, scene.right, y + tall, (0.9, 0.9, 0.9))
    for column in columns:
        for place, head in enumerate(_head_lines(scene, column.head)):
            base = y + sheet.size * (1 + 1.15 * place) + 2.5
            sheet.text(
                column.anchor, base, head, bold=True, align=column.align,
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
    notes: list[str],
    y: float,
    tall: float,
) -> None:
    sheet = scene.sheet
    if scene.design.table == "zebra" and number % 2:
        sheet.fill(scene.left, y, scene.right, y + tall, (0.95, 0.95, 0.96))
    base = y + sheet.size + 1.5
    form = scene.design.form
    step = sheet.size * 1.25
    below = form.numbers == "below"
    beside = base
    if form.numbers == "bottom":
        beside += step * (len(lines) - 1)
    elif form.numbers == "middle":
        beside += step * (len(lines) - 1) / 2
    elif below:
        beside += step * (len(lines) + len(notes))
    for column in columns:
        if column.name == "description":
            anchor = scene.left + 3 if below else column.anchor
            end = sheet.block(anchor, base, lines, field=f"line.{number}.description")
            for place, note in enumerate(notes):
                sheet.text(anchor, end + place * step, note, size=sheet.size - 1)
            continue
        pieces = _pieces(scene, column.name, number, row)
        sheet.text(column.anchor, beside, *pieces, align=column.align)
    if scene.design.table in ("rules", "grid"):
        sheet.rule(scene.left, y + tall, scene.right, y + tall, thickness=0.3, gray=0.6)


def _sum_row(scene: Scene, columns: list[_Column], word: str, value: Decimal, y: float) -> float:
    """Carried forward at the foot of a page, brought forward at the head of the next."""
    sheet = scene.sheet
    base = y + sheet.size + 2
    column = next(c for c in columns if c.name == "amount")
    sheet.text(column.x0 - 12, base, scene.word(word), align="right")
    sheet.text(column.x1 - 3, base, scene.cell_money(value), align="right")
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
