"""How sure we may be of a row: line items by the confidence that was said, and silent wrong rows.

    python -m evaluation.lines MANIFEST... [--readings FOLDER] [--sure 0.9]

Reads every document of the manifests (or takes its pickled `(kind, Reading)` from FOLDER/<id>.pkl)
and prints Markdown: line F1 by set, and for every band of confidence how many amounts were right. A
silent wrong row is one whose amount or pairing is wrong although it is said with at least `--sure`.
The rules of what is right are those of `invoice-ai evaluate`.
"""

from __future__ import annotations

import argparse
import json
import pickle
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invoice_ai.domain.invoice import LineItem
from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Reading
from invoice_ai.evaluate.scoring import SCORED_CELLS, match_lines
from invoice_ai.extraction import extract_invoice
from invoice_ai.intake import HEAD_BYTES, sniff
from invoice_ai.reading import read_document

BANDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
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


def said(line: LineItem) -> float:
    """The confidence of a row: that of its amount, else of its name."""
    told = line.amount or line.description
    return told.confidence if told else 0.0


def cells_of(line: LineItem) -> Row:
    found = ((cell, getattr(line, cell)) for cell in SCORED_CELLS)
    return {cell: str(field.value) for cell, field in found if field is not None}


def right_rows(rows: list[Row], truth: list[Row]) -> list[bool]:
    """For each row whether the best pairing counts it: dropping a right one loses a pair."""
    all_right, _ = match_lines(rows, truth)
    return [match_lines(rows[:i] + rows[i + 1 :], truth)[0] < all_right for i in range(len(rows))]


def main() -> None:
    """Print the tables."""
    ask = argparse.ArgumentParser(prog="python -m evaluation.lines", description=__doc__)
    ask.add_argument("manifests", type=Path, nargs="+")
    ask.add_argument("--readings", type=Path)
    ask.add_argument("--sure", type=float, default=0.9)
    chosen = ask.parse_args()
    sets: dict[str, list[int]] = defaultdict(lambda: [0] * 6)
    bands: dict[float, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
    for manifest in chosen.manifests:
        for name, reading, truth in documents(manifest, chosen.readings):
            lines = extract_invoice(reading).lines
            rows = [cells_of(line) for line in lines]
            right = right_rows(rows, truth)
            pairs, whole = match_lines(rows, truth)
            silent = sum(
                said(li) >= chosen.sure and not ok for li, ok in zip(lines, right, strict=True)
            )
            sure = sum(said(li) >= chosen.sure for li in lines)
            one = (pairs, whole, len(rows), len(truth), silent, sure)
            for key in (name, "all"):
                sets[key] = [a + b for a, b in zip(sets[key], one, strict=True)]
            for line, ok in zip(lines, right, strict=True):
                band = bands[max(b for b in BANDS if b <= said(line))]
                band[0] += 1
                band[1] += said(line)
                band[2] += ok
    print("| set | rows | line F1 | whole rows | rows said sure | of these wrong (silent) |")
    print("|---|---|---|---|---|---|")
    for name, (pairs, whole, found, true, silent, sure) in sorted(sets.items()):
        f1, quiet = 2 * pairs / max(1, found + true), silent / max(1, sure)
        print(
            f"| {name} | {true} | {f1:.1%} | {whole / max(1, true):.1%} "
            f"| {sure / max(1, found):.1%} | {silent} ({quiet:.2%}) |"
        )
    print("\n| said at least | rows | mean said | were right |\n|---|---|---|---|")
    error = total = 0.0
    for low, (count, told, ok) in sorted(bands.items()):
        print(f"| {low:.2f} | {count:.0f} | {told / count:.1%} | {ok / count:.1%} |")
        error, total = error + abs(told - ok), total + count
    print(f"\nExpected calibration error {error / max(1.0, total):.3f}.")


if __name__ == "__main__":
    main()
