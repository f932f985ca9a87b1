"""What stands at the foot of every page: the vendor's particulars in columns, the page number."""

from __future__ import annotations

from evaluation.generator.layouts.scene import Scene
from evaluation.generator.printing import grouped
from evaluation.generator.sheet import Piece

_SMALL = 7.0
Line = list[Piece]


def draw_footer(scene: Scene) -> None:
    sheet = scene.sheet
    y = sheet.height - 22
    page = scene.design.words["page"].format(n=sheet.number, of=scene.pages)
    if scene.pages > 1 or len(scene.bill.number) % 2:
        sheet.text(scene.right, y, page, size=_SMALL, align="right")
    if scene.design.footer_columns:
        printed = len(sheet.places.get("vendor_address", []))
        _particulars(scene, scene.design.footer_columns)
        sheet.join("vendor_address", printed)


def _particulars(scene: Scene, count: int) -> None:
    """The vendor's particulars in columns, or all in centred lines."""
    sheet = scene.sheet
    top = sheet.height - 70
    sheet.rule(scene.left, top - 9, scene.right, top - 9, thickness=0.3, gray=0.4)
    blocks = _blocks(scene)
    if count == 1:
        line: Line = []
        for block in blocks:
            for part in block:
                line += [*part, "  |  "]
        _one_column(scene, line[:-1], top)
        return
    columns: list[list[Line]] = [[] for _ in range(count)]
    for place, block in enumerate(blocks):
        columns[place % count] += block
    wide = (scene.right - scene.left) / count
    size = _SMALL
    for column in columns:
        for part in column:
            text = "".join(p if isinstance(p, str) else p[0] for p in part)
            size = min(size, _SMALL * (wide - 8) / max(1, sheet.measure(text, _SMALL)))
    for place, column in enumerate(columns):
        for row, part in enumerate(column):
            sheet.text(scene.left + place * wide, top + row * 8.2, *part, size=max(4.5, size))


def _one_column(scene: Scene, pieces: Line, y: float) -> None:
    """All in centred lines."""
    sheet = scene.sheet
    line: Line = []
    for piece in pieces:
        text = "".join(p if isinstance(p, str) else p[0] for p in [*line, piece])
        if line and sheet.measure(text, _SMALL) > scene.right - scene.left:
            sheet.text(scene.middle, y, *line, size=_SMALL, align="centre")
            y += 9
            line = []
        line.append(piece)
    sheet.text(scene.middle, y, *line, size=_SMALL, align="centre")


def bank_lines(scene: Scene) -> list[Line]:
    """Bank, IBAN and BIC; a plain account number where there are no IBANs."""
    bill = scene.bill
    lines: list[Line] = [[f"{scene.word('bank', colon=True)} {bill.bank}"]]
    if bill.iban:
        shown = grouped(bill.iban) if len(bill.number) % 3 else bill.iban
        lines.append(["IBAN: ", (shown, "iban")])
        lines.append(["BIC: ", (bill.bic, "bic")])
    return lines


def _blocks(scene: Scene) -> list[list[Line]]:
    vendor = scene.bill.vendor
    place = ", ".join(vendor.place)
    blocks: list[list[Line]] = [
        [
            [(vendor.name, "vendor_name")],
            [(vendor.street, "vendor_address")],
            [(place, "vendor_address")],
        ],
        [
            [f"{scene.word('phone')} ", (vendor.phone, "vendor_phone")],
            [(vendor.email, "vendor_email")],
            [(vendor.website, "vendor_website")],
        ],
    ]
    taxes: list[Line] = [[f"{scene.word_of_tax_id()} ", (vendor.tax_id, "vendor_tax_id")]]
    if vendor.registration:
        taxes.append([(vendor.registration, "vendor_registration")])
    blocks.append(taxes)
    if scene.design.bank_place == "footer":
        blocks.append(bank_lines(scene))
    return blocks
