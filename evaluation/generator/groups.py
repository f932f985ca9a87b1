"""Header and line F1 by any word of the manifest: by language, country, part of the layout.

    python -m evaluation.generator.groups OUT/manifest.jsonl RESULTS/predictions.jsonl

Prints Markdown. The rules of what is right are those of `invoice-ai evaluate`.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from invoice_ai.evaluate import SCORED_FIELDS
from invoice_ai.evaluate.scoring import CORE, is_right, match_lines

Case = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]  # entry, truth, prediction


def read_cases(manifest: Path, predictions: Path) -> Iterator[Case]:
    """Every document of the manifest that has a truth and a prediction."""
    answers = {p["id"]: p for p in map(json.loads, predictions.read_text("utf-8").splitlines())}
    for entry in map(json.loads, manifest.read_text("utf-8").splitlines()):
        truth = json.loads((manifest.parent / entry["truth"]).read_text("utf-8"))
        if entry["id"] in answers:
            yield entry, truth, answers[entry["id"]]


def field_outcomes(truth: dict[str, Any], prediction: dict[str, Any]) -> dict[str, bool | None]:
    """Every labelled field: right, wrong, or None where nothing was found."""
    outcomes: dict[str, bool | None] = {}
    for name in SCORED_FIELDS:
        if (value := truth["truth"].get(name)) is None:
            continue
        found = prediction["fields"].get(name)
        answers = [str(value), *truth["accept"].get(name, ())]
        outcomes[name] = is_right(name, found["value"], answers) if found else None
    return outcomes


def groups_of(entry: dict[str, Any]) -> list[str]:
    """The groups one document counts in."""
    names = ("header", "facts", "table", "sums")
    parts = dict(zip(names, entry["layout"].rsplit("-", 3), strict=False))
    return [
        f"set {entry['set']}",
        f"country {entry['country']}",
        f"language {entry['lang']}",
        *(f"{name} {part}" for name, part in parts.items() if entry["set"] != "receipt"),
        f"pages {min(entry['pages'], 2)}{'+' if entry['pages'] > 1 else ''}",
        f"type {entry['doc_type']}",
        *(f"form {part}" for part in entry.get("form", "").split("+") if part),
    ]


def summary(cases: list[Case]) -> list[str]:
    """The table, as Markdown lines."""
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * 8)
    for entry, truth, prediction in cases:
        outcomes = field_outcomes(truth, prediction)
        lines = truth["truth"]["line_items"]
        right, whole = match_lines(prediction["line_items"], lines)
        found = [outcome for outcome in outcomes.values() if outcome is not None]
        row = (
            1,
            found.count(True),
            len(found),
            len(outcomes),
            int(all(outcomes[name] for name in CORE if name in outcomes)),
            whole,
            right,
            len(lines) + len(prediction["line_items"]),
        )
        for group in groups_of(entry):
            counts[group] = [a + b for a, b in zip(counts[group], row, strict=True)]
    text = [
        "| group | documents | header F1 | core right | line F1 | rows found whole |",
        "|---|---|---|---|---|---|",
    ]
    for group, (n, ok, said, labelled, core, entire, paired, rows) in sorted(counts.items()):
        header, line = 2 * ok / max(1, said + labelled), 2 * paired / max(1, rows)
        text.append(
            f"| {group} | {n} | {header:.1%} | {core / n:.1%} | {line:.1%} "
            f"| {entire / max(1, paired):.1%} |"
        )
    return text


if __name__ == "__main__":
    print("\n".join(summary(list(read_cases(Path(sys.argv[1]), Path(sys.argv[2]))))))
