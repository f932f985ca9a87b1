"""From the sum of the lines to what is to be paid."""

from __future__ import annotations

from evaluation.generator.layouts.scene import Scene

Sum = tuple[str, str, str, bool]  # label, value, field, bold


def draw_sums(scene: Scene, y: float) -> float:
    """Draw the sums; returns the y below them."""
    rows = _rows(scene)
    family = scene.design.sums
    plain = len(rows) <= 4
    y = _across(scene, rows, y) if family == "across" and plain else _under(scene, rows, y)
    return _breakdown(scene, y) if scene.design.breakdown else y


def sums_height(scene: Scene) -> float:
    """Points that the sums need at most."""
    rows = len(_rows(scene)) + (len(scene.bill.taxes) + 2 if scene.design.breakdown else 0)
    return rows * scene.step * 1.2 + 24


def _rows(scene: Scene) -> list[Sum]:
    bill, money = scene.bill, scene.money
    rows: list[Sum] = []
    if bill.discount or bill.freight:
        rows.append((scene.word("lines_total"), money(bill.lines_total), "lines_total", False))
    if bill.discount:
        percent, amount = bill.discount
        label = scene.design.words["discount_row"].format(percent=scene.percent(percent))
        rows.append((label, money(-amount), "discount_total", False))
    if bill.freight:
        rows.append((scene.word("freight"), money(bill.freight), "freight", False))
    taxed = any(tax.rate for tax in bill.taxes)
    if taxed:
        rows.append((scene.word("subtotal"), money(bill.subtotal), "subtotal", False))
        single = len(bill.taxes) == 1
        for number, tax in enumerate(bill.taxes):
            label = scene.design.words["tax_row"].format(
                tax=scene.design.words["tax"],
                rate=scene.percent(tax.rate),
                base=money(tax.base),
            )
            field = "tax_total" if single else f"tax.{number}.amount"
            rows.append((label, money(tax.amount), field, False))
    total = scene.word("total")
    if scene.design.money == "{}":
        total += f" ({bill.country.currency})"
    rows.append((total, money(bill.total), "total", True))
    if bill.previous_balance:
        label = scene.word("previous_balance")
        rows.append((label, money(bill.previous_balance), "previous_balance", False))
    if bill.paid:
        rows.append((scene.word("paid"), money(-bill.paid), "paid", False))
    if bill.paid or bill.previous_balance:
        rows.append((scene.word("amount_due"), money(bill.amount_due), "amount_due", True))
    return rows


def _under(scene: Scene, rows: list[Sum], y: float) -> float:
    """One below the other: at the right, in a box, or label and value at the two margins."""
    sheet, step = scene.sheet, scene.step * 1.2
    wide = scene.design.sums == "wide"
    widest = max(sheet.measure(label, bold=True) for label, *_ in rows)
    value = max(sheet.measure(shown, bold=True) for _, shown, *_ in rows)
    x0 = scene.left if wide else min(scene.right - 190, scene.right - widest - value - 24)
    top = y
    y += sheet.size + 4
    for label, shown, field, bold in rows:
        colon = ":" if scene.design.colon else ""
        if bold:
            sheet.rule(x0, y - sheet.size - 1, scene.right, y - sheet.size - 1, thickness=0.5)
        sheet.text(x0 + 2, y, label + colon, bold=bold)
        sheet.text(scene.right - 3, y, (shown, field), bold=bold, align="right")
        y += step
    if scene.design.sums == "box":
        sheet.frame(x0 - 4, top, scene.right + 2, y - step + 6)
    return y + 4


def _across(scene: Scene, rows: list[Sum], y: float) -> float:
    """A row of heads and a row of values below them."""
    sheet = scene.sheet
    part = (scene.right - scene.left) / len(rows)
    if any(sheet.measure(label, bold=True) > part - 6 for label, *_ in rows):
        return _under(scene, rows, y)
    sheet.rule(scene.left, y + 4, scene.right, y + 4)
    y += sheet.size + 8
    for place, (label, shown, field, bold) in enumerate(rows):
        x = scene.left + (place + 1) * part - 3
        sheet.text(x, y, label, bold=True, align="right")
        sheet.text(x, y + scene.step * 1.1, (shown, field), bold=bold, align="right")
    y += scene.step * 1.1 + 6
    sheet.rule(scene.left, y, scene.right, y)
    return y + 14


def _breakdown(scene: Scene, y: float) -> float:
    """The table of rates: rate, net, tax."""
    if not any(tax.rate for tax in scene.bill.taxes):
        return y
    sheet = scene.sheet
    x = scene.left
    heads = (scene.word("tax_rate"), scene.word("tax_base"), scene.word("tax_amount"))
    wide = max(80.0, *(sheet.measure(head, bold=True) + 14 for head in heads))
    for place, head in enumerate(heads):
        sheet.text(x + (place + 1) * wide - 8, y + 10, head, bold=True, align="right")
    y += 10 + scene.step
    for number, tax in enumerate(scene.bill.taxes):
        cells = (
            (f"{scene.percent(tax.rate)}%", f"tax.{number}.rate"),
            (scene.cell_money(tax.base), f"tax.{number}.base"),
            (scene.cell_money(tax.amount), f"tax.{number}.amount"),
        )
        for place, cell in enumerate(cells):
            sheet.text(x + (place + 1) * wide - 8, y, cell, align="right")
        y += scene.step
    return y + 4
