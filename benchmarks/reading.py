"""How fast documents are read, and in how much memory.

    python benchmarks/reading.py [--documents 300] [--scans 20] [--output FILE]

Makes its own invoices. Reports CPU milliseconds per digital page with and without isolation,
CPU seconds per scanned page beside what the two networks alone took in the same run, and the
memory of this process and its helper over many documents. One process, one thread.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import platform
import random
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
from PIL import Image, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from invoice_ai.domain.limits import Limits
from invoice_ai.intake import HEAD_BYTES, sniff
from invoice_ai.reading import isolation, ocr, read_document, render_page
from invoice_ai.reading.perform import perform
from invoice_ai.reading.tasks import ReadTask


def invoice(seed: int) -> bytes:
    """One A4 page: 20 items, about 190 words."""
    chance = random.Random(seed)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica-Bold", 16)
    canvas.drawString(60, 780, f"Muster Handel {seed} GmbH")
    canvas.setFont("Helvetica", 10)
    for row, text in enumerate(("Hauptstraße 5, 10115 Berlin", f"Rechnung Nr. {seed:06d}")):
        canvas.drawString(60, 750 - 16 * row, text)
    for row in range(20):
        y, amount = 680 - 22 * row, chance.randint(100, 99999) / 100
        words = chance.choices(
            ["Papier", "Stift", "Lampe", "Kabel", "Tisch", "Stuhl", "Regal", "Ordner"], k=4
        )
        canvas.drawString(60, y, f"{row + 1} {' '.join(words)}")
        canvas.drawRightString(430, y, f"{chance.randint(1, 20)} Stück")
        canvas.drawRightString(540, y, f"{amount:.2f} EUR".replace(".", ","))
    canvas.drawString(60, 160, "Zahlbar innerhalb von 14 Tagen ohne Abzug auf das Konto unten.")
    canvas.drawString(60, 100, "IBAN DE02 1203 0000 0000 2020 51 · USt-IdNr. DE123456789")
    canvas.save()
    return out.getvalue()


def scan(pdf: bytes) -> bytes:
    """The invoice printed and scanned: 200 dpi, half a degree askew, a little blurred, JPEG."""
    page = pypdfium2.PdfDocument(pdf)[0].render(scale=200 / 72, grayscale=True).to_numpy()
    image = Image.fromarray(np.ascontiguousarray(page)).rotate(0.5, fillcolor=255)
    out = io.BytesIO()
    image.filter(ImageFilter.GaussianBlur(0.6)).save(out, "JPEG", quality=60)
    return out.getvalue()


def read(content: bytes) -> None:
    """As the product does it."""
    read_document(content, sniff(content[:HEAD_BYTES]))


def read_here(content: bytes) -> None:
    """The same without isolation."""
    kind = sniff(content[:HEAD_BYTES])
    list(perform(content, ReadTask(kind, Limits())))


def helper() -> int:
    """Process id of the helper."""
    assert isolation._zygote is not None
    return isolation._zygote.process.pid


def cpu_seconds() -> float:
    """CPU time of this process, its helper and the helper's ended children."""
    ticks = Path(f"/proc/{helper()}/stat").read_text().rsplit(")", 1)[1].split()[11:15]
    return time.process_time() + sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK")


def megabytes(process_id: int) -> float:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{process_id}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def per_document(action: Callable[[bytes], object], contents: list[bytes]) -> tuple[float, float]:
    """CPU and wall-clock milliseconds, after one document to warm up."""
    action(contents[0])
    time.sleep(0.2)  # the last child has to be counted
    cpu, wall = cpu_seconds(), time.perf_counter()
    for content in contents:
        action(content)
    time.sleep(0.2)
    wall = time.perf_counter() - wall - 0.2
    return (
        round((cpu_seconds() - cpu) / len(contents) * 1000, 2),
        round(wall / len(contents) * 1000, 2),
    )


def scanned(contents: list[bytes]) -> dict[str, float]:
    """Seconds per scanned page, all in and in the networks alone."""
    read(contents[0])
    engine = ocr._engines[os.getpid()]
    spent = [0.0]

    def timed(network: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def run(image: Any) -> Any:
            before = time.process_time()
            try:
                return network(image)
            finally:
                spent[0] += time.process_time() - before

        return run

    engine._detect, engine._recognise = timed(engine._detect), timed(engine._recognise)
    for content in contents:  # shapes seen for the first time cost 10–80 ms each, once
        read(content)
    spent[0] = 0.0
    cpu, _ = per_document(read, contents)
    networks = spent[0] / (len(contents) + 1)
    return {
        "seconds": round(cpu / 1000, 3),
        "networks_alone": round(networks, 3),
        "ratio": round(cpu / 1000 / networks, 3),
    }


def main() -> None:
    """Run all and write the figures."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--documents", type=int, default=300)
    arguments.add_argument("--scans", type=int, default=20)
    arguments.add_argument("--output", type=Path)
    chosen = arguments.parse_args()
    invoices = [invoice(seed) for seed in range(chosen.documents)]
    read(invoices[0])
    memory = [megabytes(os.getpid())]
    isolated = per_document(read, invoices)
    memory.append(megabytes(os.getpid()))
    here = per_document(read_here, invoices[:100])
    shown = per_document(lambda content: render_page(content, "pdf", 1), invoices[:20])
    scans = [scan(content) for content in invoices[: chosen.scans]]
    figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": time.strftime("%Y-%m-%d"),
        "load_average": round(os.getloadavg()[0], 1),
        "digital_page_ms": {
            "isolated_cpu": isolated[0],
            "isolated_wall": isolated[1],
            "not_isolated_cpu": here[0],
            "not_isolated_wall": here[1],
            "documents": chosen.documents,
        },
        "page_picture_ms": {"cpu": shown[0], "wall": shown[1]},
        "scanned_page": scanned(scans),
        "memory_mb": {
            "after_first_document": round(memory[0], 1),
            "after_all_digital_documents": round(memory[1], 1),
            "after_scans": round(megabytes(os.getpid()), 1),
            "helper": round(megabytes(helper()), 1),
        },
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")


if __name__ == "__main__":
    main()
