"""One bill in one design becomes a PDF and the places of its values."""

from __future__ import annotations

from evaluation.generator.bills import Bill
from evaluation.generator.design import Design
from evaluation.generator.layouts.facts import draw_facts
from evaluation.generator.layouts.footer import bank_lines, draw_footer
from evaluation.generator.layouts.header import draw_header
from evaluation.generator.layouts.scene import Scene
from evaluation.generator.layouts.sums import draw_sums, sums_height
from evaluation.generator.layouts.table import draw_table
from evaluation.generator.sheet import Printed, Sheet


def draw_bill(bill: Bill, design: Design) -> tuple[bytes, dict[str, list[Printed]]]:
    """The PDF, and every printed value with its page and box."""
    sheet = _draw(bill, design, pages=1)
    if sheet.number > 1:  # drawn again, now that "page 1 of 3" is known
        sheet = _draw(bill, design, pages=sheet.number)
    return sheet.pdf(), sheet.places


def _draw(bill: Bill, design: Design, *, pages: int) -> Sheet:
    sheet = Sheet(design.page, design.fonts, design.size, design.squeeze, bill.number)
    scene = Scene(bill, design, sheet, pages)
    y = draw_facts(scene, draw_header(scene))
    if bill.preceding:
        refers = design.words["refers_to"]
        before, _, behind = refers.partition("{number}")
        sheet.text(scene.left, y, before, (bill.preceding, "preceding_invoice"), behind)
        y += scene.step * 1.4
    if design.ship_to:
        label = scene.word("ship_to", colon=True)
        assert bill.customer
        sheet.text(scene.left, y, f"{label} {bill.customer.name}, {bill.customer.address}")
        y += scene.step * 1.4
    if design.labels_parties is False:
        y = sheet.paragraph(
            scene.left, y, design.words["introductions"], scene.right - scene.left
        ) + 4  # fmt: skip
    y = draw_table(scene, y)
    if y + sums_height(scene) + _closing_height(scene) > scene.bottom:
        draw_footer(scene)
        sheet.next_page()
        y = 60
    y = draw_sums(scene, y)
    _close(scene, y + 10)
    draw_footer(scene)
    return sheet


def _closing_height(scene: Scene) -> float:
    return scene.step * (7 if scene.design.bank_place == "below" else 4)


def _close(scene: Scene, y: float) -> None:
    """Terms, account and thanks below the sums."""
    sheet, width = scene.sheet, scene.right - scene.left
    terms, field = _terms(scene)
    if terms:
        y = sheet.paragraph(scene.left, y, terms, width, field=field) + 4
    if scene.design.bank_place == "below" or not scene.design.footer_columns:
        for line in bank_lines(scene):
            sheet.text(scene.left, y, *line)
            y += scene.step
    if not scene.design.footer_columns and scene.design.vendor_details == "footer":
        vendor = scene.bill.vendor
        sheet.text(scene.left, y, f"{scene.word_of_tax_id()} ", (vendor.tax_id, "vendor_tax_id"))
        y += scene.step
    sheet.paragraph(scene.left, y + 4, scene.design.words["thanks"], width)


def _terms(scene: Scene) -> tuple[str, str]:
    bill, words = scene.bill, scene.design.words
    if bill.kind == "credit_note":
        return "", ""
    if bill.terms.paid:
        return words["paid_note"], "paid_note"
    if not bill.terms.days:
        return words["on_receipt"], "payment_terms"
    if bill.terms.percent:
        text = words["terms_discount"].format(
            days=bill.terms.days,
            percent=scene.percent(bill.terms.percent),
            discount_days=bill.terms.discount_days,
        )
        return text, "payment_terms"
    return words["terms"].format(days=bill.terms.days), "payment_terms"
