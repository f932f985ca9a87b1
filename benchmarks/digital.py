"""How long a digital page takes, all in: read, extract, check.

    python benchmarks/digital.py [--manifest FILE]... [--sets a,b] [--rounds 3] [--output FILE]

Takes the PDFs of the manifests that have one page of text, else makes invoices of one page in many
layouts and languages (`evaluation/generator`). Each round is a new process on one core, warmed by
other made invoices, that meets every document once, as a worker does. Reports milliseconds of the
processor by stage, and of the clock for all of it: for each document the median of the rounds, of
the documents the median. What reading costs in a process of its own the kernel tells in hundredths
of a second, so it is the mean; `read_here` is the same without that process, in the same run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.reading import per_document, read, read_here
from evaluation.generator.documents import make_document
from evaluation.generator.languages import LANGUAGES

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.domain.invoice import ExtractedInvoice
from invoice_ai.errors import BadDocument
from invoice_ai.evaluate import entries_of
from invoice_ai.examination import examine
from invoice_ai.extraction import extract_invoice
from invoice_ai.reading import read_document


def main() -> None:
    """Run all and write the figures."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("--manifest", type=Path, action="append", default=[])
    ask.add_argument("--sets", default="", help="of the manifests; comma separated")
    ask.add_argument("--documents", type=int, default=100, help="to make without a manifest")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--output", type=Path)
    chosen = ask.parse_args()
    sets = [name for name in chosen.sets.split(",") if name]
    pages = [page for path in chosen.manifest for page in one_page_files(path, sets)]
    pages = pages or one_page_invoices(chosen.documents)
    figures = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "date": time.strftime("%Y-%m-%d"),
        "load_average": round(os.getloadavg()[0], 1),
        "documents": len(pages),
        "made": not chosen.manifest,
        **measured(pages, chosen.rounds),
    }
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n", "utf-8")


def measured(pages: list[bytes], rounds: int) -> dict[str, object]:
    """Milliseconds of the processor by stage, and of the clock."""
    with get_context("spawn").Pool(1, maxtasksperchild=1) as fresh:
        taken = fresh.map(one_round, [pages] * rounds, chunksize=1)
    medians = {
        stage: round(median(map(median, zip(*(t[stage] for t in taken), strict=True))), 2)
        for stage in taken[0]
    }
    clock = medians.pop("all")
    whole = medians["read"] + medians["extract"] + medians["check"]
    return {"cpu_ms": {**medians, "all": round(whole, 2)}, "clock_ms": clock}


def one_round(pages: list[bytes]) -> dict[str, list[float]]:
    """Milliseconds by stage, one number for each document."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for content in one_page_invoices(20):
        examine(content, "page.pdf")
    times: dict[str, list[float]] = {}

    def timed(stage: str, clock: Callable[[], float], action: Callable[[], Any]) -> Any:
        began = clock()
        done = action()
        times.setdefault(stage, []).append(1000 * (clock() - began))
        return done

    cpu = time.process_time
    for content in pages:
        timed("all", time.perf_counter, partial(examine, content, "page.pdf"))
    for clear in caches():
        clear()
    for content in one_page_invoices(20):
        examine(content, "page.pdf")
    for content in pages:
        timed("read_here", cpu, partial(read_here, content))
        reading = read_document(content, "pdf")
        invoice = timed("extract", cpu, partial(extract_invoice, reading))
        timed("check", cpu, partial(check, invoice))
    times["read"] = [per_document(read, pages)[0]] * len(pages)
    return times


def caches() -> Iterator[Callable[[], None]]:
    """What forgets all that was remembered of single texts and pages."""
    for name, module in list(sys.modules.items()):
        if name.startswith("invoice_ai."):
            for one in vars(module).values():
                if hasattr(one, "cache_clear") and one.cache_info().maxsize:
                    yield one.cache_clear


def check(invoice: ExtractedInvoice) -> None:
    """All checks and the route."""
    choose_route(invoice, check_invoice(invoice, today=date(2026, 1, 1)), threshold=0.9)


def one_page_files(manifest: Path, sets: list[str]) -> list[bytes]:
    """The manifest's PDFs of one page that is read without OCR."""
    found = []
    for entry in entries_of(manifest, sets, None):
        if not entry["file"].endswith(".pdf"):
            continue
        content = (manifest.parent / entry["file"]).read_bytes()
        try:
            pages = read_document(content, "pdf").pages
        except BadDocument:
            continue
        if len(pages) == 1 and pages[0].source == "text":
            found.append(content)
    return found


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
