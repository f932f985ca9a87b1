"""How well line items are read, how sure we may be of them, and silent wrong rows.

    python -m evaluation.lines MANIFEST... [--readings FOLDER] [--sure 0.9]

Reads every document of the manifests (or takes its pickled `(kind, Reading)` from FOLDER/<id>.pkl)
with what is shipped and prints Markdown: line F1 by set, and by cell, band of confidence and kind of
input what was said and what was right. A silent wrong row is one that is none of the invoice's, or
of which a cell is wrong, although all its cells are said with at least `--sure`. The rules of what is
right are those of `invoice-ai evaluate`; `python -m evaluation.training lines` says the same of
issuers that the calibration has not seen.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Reading
from invoice_ai.evaluate import line_of
from invoice_ai.evaluate.report import Said, count_rows, row_calibration
from invoice_ai.evaluate.scoring import judge_lines, match_lines
from invoice_ai.extraction import extract_invoice
from invoice_ai.intake import HEAD_BYTES, sniff
from invoice_ai.reading import read_document

Row = dict[str, Any]


def documents(manifest: Path, readings: Path | None) -> Iterator[tuple[str, Reading, list[Row]]]:
    """Set, pages and true rows of every document with pages and known rows."""
    for entry in map(json.loads, manifest.read_text("utf-8").splitlines()):
        if not entry.get("truth") or entry.get("set") in ("xml", "robust", "not_invoice"):
            continue
        truth = json.loads((manifest.parent / entry["truth"]).read_text("utf-8"))["truth"]
        if not truth or not truth.get("line_items"):
            continue
        kept = (readings or manifest.parent) / f"{entry['id']}.pkl"
        if kept.exists():  # only ever our own
            reading = pickle.loads(kept.read_bytes())[1]
        else:
            content = (manifest.parent / entry["file"]).read_bytes()
            kind = sniff(content[:HEAD_BYTES])
            reading = read_document(content, kind, limits=Limits(max_bytes=2**28))
        yield str(entry.get("set", "documents")), reading, truth["line_items"]


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(prog="python -m evaluation.lines", description=__doc__)
    ask.add_argument("manifests", type=Path, nargs="+")
    ask.add_argument("--readings", type=Path)
    ask.add_argument("--sure", type=float, default=0.9)
    chosen = ask.parse_args()
    sets: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    said: Said = defaultdict(list)
    for manifest in chosen.manifests:
        for name, reading, truth in documents(manifest, chosen.readings):
            rows = [line_of(line) for line in extract_invoice(reading).lines]
            pairs, whole = match_lines(rows, truth)
            sure = [
                all(ok is not False for ok in right.values())
                for row, right in zip(rows, judge_lines(rows, truth), strict=True)
                if min(row["confidence"].values(), default=0.0) >= chosen.sure
            ]
            one = (pairs, whole, len(rows), len(truth), sure.count(False), len(sure))
            for key in (name, "all"):
                sets[key] = [a + b for a, b in zip(sets[key], one, strict=True)]
            ocr = any(page.source == "ocr" for page in reading.pages)
            count_rows(said, rows, truth, "ocr" if ocr else "text")
    print("| set | rows | line F1 | whole rows | rows said sure | of these wrong (silent) |")
    print("|---|---|---|---|---|---|")
    for name, (pairs, whole, found, true, silent, certain) in sorted(sets.items()):
        f1, quiet = 2 * pairs / max(1, found + true), silent / max(1, certain)
        print(
            f"| {name} | {true} | {f1:.1%} | {whole / max(1, true):.1%} "
            f"| {certain / max(1, found):.1%} | {silent} ({quiet:.2%}) |"
        )
    print("\n".join(row_calibration(said, chosen.sure)))


if __name__ == "__main__":
    main()
