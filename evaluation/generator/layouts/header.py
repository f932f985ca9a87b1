"""The head of the first page: who writes to whom, and where the facts may stand."""

from __future__ import annotations

from dataclasses import dataclass

from evaluation.generator.layouts.scene import Scene
from evaluation.generator.parties import Party


@dataclass(frozen=True, slots=True)
class Room:
    """Free space for the facts, from `y` down; the body starts at `body` or lower."""

    x0: float
    x1: float
    y: float
    body: float


def draw_header(scene: Scene) -> Room:
    families = {
        "left": _left,
        "right": _right,
        "centre": _centre,
        "window": _window,
        "band": _band,
        "parties": _parties,
    }
    return families[scene.design.header](scene)


def _left(scene: Scene) -> Room:
    y = _vendor(scene, scene.left, 52, "left")
    scene.sheet.text(scene.right, 56, scene.title(), size=18, bold=True, align="right")
    y += 22
    end = _customer(scene, scene.left, y)
    return Room(scene.middle + 20, scene.right, y, end + 16)


def _right(scene: Scene) -> Room:
    y = _vendor(scene, scene.right, 52, "right")
    y = max(y, 110)
    end = _customer(scene, scene.left, y)
    y = end + 30
    scene.sheet.text(scene.left, y, scene.title(), size=16, bold=True)
    return Room(scene.left, scene.left + 240, y + 20, y + 18)


def _centre(scene: Scene) -> Room:
    y = _vendor(scene, scene.middle, 50, "centre")
    scene.sheet.rule(scene.left, y, scene.right, y)
    scene.sheet.text(scene.middle, y + 26, scene.title(), size=15, bold=True, align="centre")
    y += 52
    end = _customer(scene, scene.left, y)
    return Room(scene.middle + 30, scene.right, y, end + 14)


def _window(scene: Scene) -> Room:
    """As a German window envelope wants it: a small sender line above the address."""
    sheet, vendor = scene.sheet, scene.bill.vendor
    if scene.design.logo:
        _mark(scene, scene.right - 26, 40)
        sheet.text(
            scene.right - 34, 62, (vendor.brand, "brand"), size=18, bold=True, align="right",
            colour=scene.design.colour,
        )  # fmt: skip
    else:
        sheet.text(scene.right, 60, (vendor.name, "vendor_name"), size=14, bold=True, align="right")
    address = " · ".join((vendor.street, *vendor.place))
    end = sheet.text(scene.left, 132, (vendor.name, "vendor_name"), size=6.5)
    sheet.text(end, 132, " · ", (address, "vendor_address"), size=6.5)
    sheet.rule(scene.left, 135, scene.left + 220, 135, thickness=0.3, gray=0.5)
    end = _address(scene, scene.bill.customer, "customer", scene.left, 152)
    facts = 120.0
    if scene.design.vendor_details == "header":
        facts = _contacts(scene, scene.right, 84, "right") + 14
    y = max(end, 235) + 26
    sheet.text(scene.left, y, scene.title(), size=15, bold=True)
    return Room(scene.right - 200, scene.right, max(facts, 140), y + 14)


def _band(scene: Scene) -> Room:
    sheet = scene.sheet
    sheet.fill(0, 0, sheet.width, 74, scene.design.colour)
    white = (1.0, 1.0, 1.0)
    sheet.text(
        scene.left, 46, (scene.bill.vendor.name, "vendor_name"), size=15, bold=True, colour=white
    )
    if sheet.measure(scene.bill.vendor.name, 15, bold=True) < scene.middle - 20:
        sheet.text(scene.right, 46, scene.title(), size=20, align="right", colour=white)
        y = 100.0
    else:
        sheet.text(scene.right, 100, scene.title(), size=18, align="right")
        y = 124.0
    first = _address(scene, scene.bill.vendor, "vendor", scene.left, y, name=False)
    first = _contacts(scene, scene.left, first, "left")
    end = _customer(scene, scene.middle - 40, y)
    y = max(first, end) + 12
    return Room(scene.left, scene.left + 250, y, y)


def _parties(scene: Scene) -> Room:
    sheet = scene.sheet
    sheet.text(scene.middle, 54, scene.title(), size=20, bold=True, align="centre")
    y = 92.0
    sheet.text(scene.left, y, scene.word("sender", colon=True), bold=True)
    first = _address(scene, scene.bill.vendor, "vendor", scene.left, y + scene.step)
    first = _contacts(scene, scene.left, first, "left")
    sheet.text(scene.middle + 20, y, scene.word("bill_to", colon=True), bold=True)
    second = _address(scene, scene.bill.customer, "customer", scene.middle + 20, y + scene.step)
    y = max(first, second) + 14
    return Room(scene.left, scene.left + 240, y, y)


def _mark(scene: Scene, x: float, y: float) -> None:
    """A simple figure beside the name, as logos are."""
    canvas = scene.sheet.canvas
    canvas.setFillColorRGB(*scene.design.colour)
    canvas.circle(x + 10, scene.sheet.height - y - 14, 12, stroke=0, fill=1)
    canvas.setFillGray(1)
    canvas.rect(x + 4, scene.sheet.height - y - 16, 12, 4, stroke=0, fill=1)
    canvas.setFillGray(0)


def _vendor(scene: Scene, x: float, y: float, align: str) -> float:
    """The vendor's block; returns the y below it."""
    sheet, vendor = scene.sheet, scene.bill.vendor
    if scene.design.logo:
        if align == "left":
            _mark(scene, x, y - 18)
            x += 30
        sheet.text(
            x, y, (vendor.brand, "brand"), size=17, bold=True, align=align,
            colour=scene.design.colour,
        )  # fmt: skip
        y += 16
        sheet.text(x, y, (vendor.name, "vendor_name"), align=align)
    else:
        sheet.text(x, y, (vendor.name, "vendor_name"), size=13, bold=True, align=align)
    y = sheet.block(x, y + 13, [vendor.street, *vendor.place], field="vendor_address", align=align)
    if scene.design.vendor_details == "header":
        y = _contacts(scene, x, y, align)
    return y


def _contacts(scene: Scene, x: float, y: float, align: str) -> float:
    vendor, sheet = scene.bill.vendor, scene.sheet
    for label, value, field in (
        (scene.word("phone", colon=True), vendor.phone, "vendor_phone"),
        (scene.word("email", colon=True), vendor.email, "vendor_email"),
        (scene.word_of_tax_id(), vendor.tax_id, "vendor_tax_id"),
    ):
        sheet.text(x, y, f"{label} ", (value, field), align=align)
        y += scene.step
    return y


def _customer(scene: Scene, x: float, y: float) -> float:
    if scene.design.labels_parties:
        scene.sheet.text(x, y, scene.word("bill_to", colon=True), bold=True)
        y += scene.step
    return _address(scene, scene.bill.customer, "customer", x, y)


def _address(
    scene: Scene, party: Party | None, side: str, x: float, y: float, *, name: bool = True
) -> float:
    assert party, "only receipts have no customer, and they have a page of their own"
    if name:
        scene.sheet.text(x, y, (party.name, f"{side}_name"), bold=side == "vendor")
        y += scene.step
    lines = [party.street, *party.place]
    y = scene.sheet.block(x, y, lines, field=f"{side}_address")
    if side == "customer" and party.tax_id and scene.design.ship_to:
        label = scene.word("customer_tax_id", colon=True)
        scene.sheet.text(x, y, f"{label} ", (party.tax_id, "customer_tax_id"))
        y += scene.step
    return y
