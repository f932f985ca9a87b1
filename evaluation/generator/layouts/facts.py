"""Number, dates and references: in a block, a box, under heads, in a sentence, or stacked."""

from __future__ import annotations

from evaluation.generator.layouts.header import Room
from evaluation.generator.layouts.scene import Scene

Fact = tuple[str, str, str]  # label, value, field


def draw_facts(scene: Scene, room: Room) -> float:
    """Draw the facts; returns the y where the body may start."""
    facts = _facts(scene)
    family = scene.design.facts
    if family == "heads":
        return _heads(scene, facts, room.body + 10)
    if family == "running":
        return _running(scene, facts, room)
    if family == "stacked":
        return max(room.body, _stacked(scene, facts, room)) + 10
    framed = family == "box"
    return max(room.body, _block(scene, facts, room, framed=framed)) + 10


def _facts(scene: Scene) -> list[Fact]:
    bill = scene.bill
    credit = bill.kind == "credit_note"
    facts: list[Fact] = [
        (
            scene.word("credit_number" if credit else "number", colon=True),
            bill.number,
            "invoice_number",
        ),
        (scene.word("date", colon=True), scene.day(bill.issued), "invoice_date"),
    ]
    if bill.due and len(bill.number) % 4:  # some bills give terms only
        facts.append((scene.word("due", colon=True), scene.day(bill.due), "due_date"))
    if bill.customer_id:
        facts.append((scene.word("customer_id", colon=True), bill.customer_id, "customer_id"))
    if bill.order:
        facts.append((scene.word("order", colon=True), bill.order, "purchase_order"))
    if bill.reference:
        facts.append((scene.word("our_reference", colon=True), bill.reference, "reference"))
    if bill.delivered:
        day = scene.day(bill.delivered)
        facts.append((scene.word("delivery_date", colon=True), day, "delivery_date"))
    if len(bill.customer_id) > 4 and scene.design.facts != "heads":
        facts = facts[2:] + facts[:2]  # number and date last
    return facts


def _block(scene: Scene, facts: list[Fact], room: Room, *, framed: bool) -> float:
    """Label left, value right of it, in two columns."""
    sheet, y = scene.sheet, room.y
    width = max(sheet.measure(label, bold=framed) for label, _, _ in facts) + 10
    needed = width + max(sheet.measure(value) for _, value, _ in facts)
    x0 = min(room.x0, room.x1 - needed)
    for label, value, field in facts:
        sheet.text(x0, y, label, bold=framed)
        if framed or room.x0 == scene.left:
            sheet.text(x0 + width, y, (value, field))
        else:
            sheet.text(room.x1, y, (value, field), align="right")
        y += scene.step
    if framed:
        x1 = max(x0 + needed, room.x1)
        sheet.frame(x0 - 5, room.y - sheet.size - 3, x1 + 5, y - scene.step + 6)
    return y + 4


def _stacked(scene: Scene, facts: list[Fact], room: Room) -> float:
    """Every label above its value, in two columns."""
    sheet, y = scene.sheet, room.y
    half = (room.x1 - room.x0) / 2
    for place, (label, value, field) in enumerate(facts):
        x = room.x0 + (place % 2) * half
        sheet.text(x, y, label, size=sheet.size - 1.5, colour=(0.35, 0.35, 0.35))
        sheet.text(x, y + scene.step * 0.95, (value, field))
        if place % 2 or place == len(facts) - 1:
            y += scene.step * 2.3
    return y


def _heads(scene: Scene, facts: list[Fact], y: float) -> float:
    """A table of one row across the page, heads above the values."""
    sheet = scene.sheet
    facts = facts[:5]
    step = (scene.right - scene.left) / len(facts)
    small = sheet.size - 1
    widest = max(sheet.measure(label, small, bold=True) for label, *_ in facts)
    small *= min(1.0, (step - 10) / widest)
    for place, (label, value, field) in enumerate(facts):
        x = scene.left + place * step
        sheet.text(x + 3, y + 4, label, size=small, bold=True)
        sheet.text(x + 3, y + 6 + scene.step, (value, field))
        if scene.design.table == "grid":
            sheet.frame(x, y - 8, x + step, y + 12 + scene.step)
    if scene.design.table != "grid":
        sheet.rule(scene.left, y + 8, scene.right, y + 8, thickness=0.4)
    return y + scene.step + 26


def _running(scene: Scene, facts: list[Fact], room: Room) -> float:
    """ "Invoice 17 of 3 May", the rest beside or below in a block."""
    bill, sheet = scene.bill, scene.sheet
    rest = [fact for fact in facts if fact[2] not in ("invoice_number", "invoice_date")]
    y = _block(scene, rest, room, framed=False) if rest else room.y
    y = max(y, room.body) + 8
    form = scene.design.words["running"]
    if bill.kind == "credit_note":
        form = f"{scene.design.words['credit_number']} {{number}} / {{date}}"
    before, _, behind = form.partition("{number}")
    between, _, end = behind.partition("{date}")
    sheet.text(
        scene.left, y, before, (bill.number, "invoice_number"), between,
        (scene.day(bill.issued), "invoice_date"), end, bold=True, size=sheet.size + 1,
    )  # fmt: skip
    return y + scene.step + 4
