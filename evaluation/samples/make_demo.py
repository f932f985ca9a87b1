"""Makes the invoices of `invoice-ai demo`: python evaluation/samples/make_demo.py

They are addressed to the demo's company and each shows one thing; see src/invoice_ai/demo.
Two runs give the same bytes.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import make
from make import UBL, WORDS, Sample, draw, scanned

FOLDER = Path(__file__).parents[2] / "src" / "invoice_ai" / "demo" / "samples"
TO = ("Harbour Lane Trading Ltd", "4 Harbour Lane", "Whitby YO21 1AA")

CLEAN = Sample(
    "clean", "en", ("Fenwick Paper Mills Ltd", "Mill Road 9", "Hexham NE46 1AA, United Kingdom"),
    "GB340712826", "GB33BUKB20201555555555", TO,
    "FPM-20418", "2026-10-14", "2026-11-13", 30, "PO-1107", "GBP", "£", Decimal(20),
    (("Copier paper A4, box of 5 reams", "40", "14.20"), ("Kraft envelopes C4, 250", "12", "21.75"), ("Delivery", "1", "18.00")),
)  # fmt: skip
UNSURE = Sample(
    "unsure", "en-slashed", ("Blue Heron Couriers", "Airfreight Centre, Gate 3", "Unit 12"),
    "", "", TO,
    "BHC/0881", "2026-07-06", "2026-07-06", 0, "PO-1112", "USD", "$", Decimal(0),
    (("Express parcel to Rotterdam", "4", "96.00"), ("Customs handling", "1", "140.00")),
)  # fmt: skip
WRONG_SUM = Sample(
    "wrong-sum", "en", ("Quayside Catering Co. Ltd", "1 Quay Side", "Scarborough YO11 1PH, United Kingdom"),
    "GB340712826", "GB82WEST12345698765432", TO,
    "QC-3310", "2026-10-28", "2026-11-11", 14, "PO-1115", "GBP", "£", Decimal(20),
    (("Lunch for the stocktaking team", "14", "11.50"), ("Coffee and tea", "2", "32.00")),
)  # fmt: skip
SCAN = Sample(
    "scan", "de", ("Tischlerei Eichblatt GmbH", "Hobelgasse 7", "04109 Leipzig"),
    "DE811569869", "DE89370400440532013000", TO,
    "RE-10597", "2026-10-05", "2026-10-19", 14, "PO-1098", "EUR", "€", Decimal(19),
    (("Ladentheke Eiche, geölt, 220 cm", "1", "1840.00"), ("Einbau vor Ort, Stunden", "7.5", "58.00")),
)  # fmt: skip


def main() -> None:
    WORDS["en-slashed"] = replace(WORDS["en"], show_date=make._slashed)
    FOLDER.mkdir(parents=True, exist_ok=True)

    def keep(name: str, content: bytes) -> None:
        (FOLDER / name).write_bytes(content)

    keep("1-clean.pdf", draw(CLEAN))
    keep("2-unsure.pdf", draw(UNSURE))
    right = Sample.amounts
    Sample.amounts = lambda sample: (*right(sample)[:3], right(sample)[3] + 10)  # type: ignore[method-assign]
    keep("3-wrong-sum.pdf", draw(WRONG_SUM))
    Sample.amounts = right  # type: ignore[method-assign]
    keep("4-scan.jpg", scanned(draw(SCAN), "jpg"))
    keep("5-sent-twice.jpg", scanned(draw(CLEAN), "jpg"))
    xml = UBL.format(number="WN-2026-402", date="2026-10-30", due="2026-11-13")
    keep("6-e-invoice.xml", xml.replace("Stadtwerke Musterau GmbH", TO[0]).encode())


if __name__ == "__main__":
    main()
