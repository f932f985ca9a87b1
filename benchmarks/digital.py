"""How long a digital page takes, all in: read, extract, check.

    python benchmarks/digital.py [--documents 100] [--output FILE]

Makes one-page invoices of many layouts and languages (`evaluation/generator`). Reports CPU
milliseconds: the median by stage, for reading the mean, which includes the process that parses in
isolation. One process.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.reading import per_document, read
from evaluation.generator.documents import make_document
from evaluation.generator.languages import LANGUAGES

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.domain.limits import Limits
from invoice_ai.extraction import extract_invoice
from invoice_ai.extraction.finders import find_fields
from invoice_ai.extraction.ranker import decide
from invoice_ai.reading import read_document


def main() -> None:
    """Run all and write the figures."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--documents", type=int, default=100)
    ask.add_argument("--output", type=Path)
    chosen = ask.parse_args()
    pages = one_page_invoices(chosen.documents)
    reading_ms, _ = per_document(read, pages)
    stages: dict[str, list[float]] = {}

    def timed(stage: str, action: Callable[[], object]) -> None:
        began = time.process_time()
        action()
        stages.setdefault(stage, []).append(1000 * (time.process_time() - began))

    for content in [pages[0], *pages]:  # the first one loads the lexicon and the model
        reading = read_document(content, "pdf", limits=Limits())
        timed("extract", partial(extract_invoice, reading))
        timed("of which ranker", partial(decide, find_fields(reading.pages)))
        timed("check", partial(check, extract_invoice(reading)))
    medians = {stage: round(median(values[1:]), 2) for stage, values in stages.items()}
    whole = reading_ms + medians["extract"] + medians["check"]
    figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": time.strftime("%Y-%m-%d"),
        "load_average": round(os.getloadavg()[0], 1),
        "documents": len(pages),
        "cpu_ms": {"read": reading_ms, **medians, "all": round(whole, 2)},
    }
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n", "utf-8")


def check(invoice: ExtractedInvoice) -> None:
    """All checks and the route."""
    choose_route(invoice, check_invoice(invoice, today=date(2026, 1, 1)), threshold=0.9)


def one_page_invoices(count: int) -> list[bytes]:
    """The first generated digital invoices that have one page."""
    pages: list[bytes] = []
    index = 0
    while len(pages) < count:
        made = make_document(31, index, languages=list(LANGUAGES), kinds=["digital"])
        index += 1
        if made.entry["pages"] == 1:
            pages.append(made.content)
    return pages


if __name__ == "__main__":
    main()
