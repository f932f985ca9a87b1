"""Fit the ranker, and measure it on documents it was not fitted on.

python -m evaluation.training recall --real dev.jsonl --made OUT/manifest.jsonl --work WORK
    how often the right value is among the options, by field and kind of input
python -m evaluation.training fit --real dev.jsonl --made OUT/manifest.jsonl --work WORK
    five folds split by issuer, calibrations on what the folds had not seen, and the model of all
    documents: WORK/ranker.npz, WORK/fold-*.npz and WORK/figures.md
python -m evaluation.training curve --real dev.jsonl --made OUT/manifest.jsonl --work WORK
    what more documents would bring: the folds fitted on a quarter, a half, … of the issuers
python -m evaluation.training lines --real dev.jsonl --made OUT/manifest.jsonl --work WORK
    how sure a row of line items may be: WORK/certainty.json, and WORK/lines.md, what was said and
    what was right out of five folds split by issuer; uses the models that `fit` left in WORK
python -m evaluation.training check --real dev.jsonl --work WORK --output OUT
    the report of `invoice-ai evaluate` in which every document is read with the fold's model that
    has seen neither its issuer nor its layout; published.md is the same without values. How sure
    rows are is the shipped calibration's word there: `lines` says it of issuers apart

`--real` and `--made` may be given several times; `--made` takes manifests of
`python -m evaluation.generator`, whose documents are never kept apart.
Readings are kept in WORK/readings, so that OCR runs once.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# One thread: the rows are few, and several threads wait for one another longer than they work.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from evaluation.training.cases import Case, read_cases, read_document_once, sources_of
from evaluation.training.fit import (
    FOLDS,
    Judged,
    fit_calibrations,
    fit_trees,
    fold_of,
    fold_order,
    judge,
)
from evaluation.training.rows import Rows, calibrations_of, fit_in_folds, read_all

from invoice_ai.checks import check_invoice, choose_route
from invoice_ai.evaluate import SCORED_FIELDS, arrival, line_of, prediction_of
from invoice_ai.evaluate.report import (
    UNLABELLED,
    Said,
    count_rows,
    row_calibration,
    write_report,
)
from invoice_ai.extraction import extract_invoice
from invoice_ai.extraction.lines import finished
from invoice_ai.extraction.lines.certainty import to_json
from invoice_ai.extraction.ranker.model import Ranker, load_ranker, save_ranker
from invoice_ai.extraction.ranker.options import RANKED


def main() -> None:
    ask = argparse.ArgumentParser(
        prog="python -m evaluation.training",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    ask.add_argument("what", choices=("recall", "fit", "curve", "lines", "check"))
    ask.add_argument(
        "--real", type=Path, action="append", required=True, help="documents that are kept apart"
    )
    ask.add_argument("--made", type=Path, action="append", default=[], help="generated documents")
    ask.add_argument("--work", type=Path, required=True, help="folder for readings and models")
    ask.add_argument("--output", type=Path, help="folder of the report (check)")
    ask.add_argument("--threshold", type=float, default=0.9)
    ask.add_argument("-j", "--jobs", type=int, default=1)
    wanted = ask.parse_args()
    wanted.work.mkdir(parents=True, exist_ok=True)
    if wanted.what == "check":
        check(wanted.real, wanted.work, wanted.output or wanted.work, threshold=wanted.threshold)
        return
    readings = wanted.work / "readings"
    if wanted.what == "lines":
        sources = [
            (source, readings)
            for manifest in wanted.real
            for source in sources_of(manifest, real=True, forget=(None, 1))
        ]
        sources += [
            (source, readings / manifest.parent.name)
            for manifest in wanted.made
            for source in sources_of(manifest, real=False)
        ]
        rows = read_all(sources, wanted.work, jobs=wanted.jobs)
        fit_lines(rows, wanted.work, threshold=wanted.threshold)
        return
    real = [
        case
        for manifest in wanted.real
        for case in read_cases(
            sources_of(manifest, real=True, forget=(None, 1)), readings, jobs=wanted.jobs
        )
    ]
    made = [
        case
        for manifest in wanted.made
        for case in read_cases(
            sources_of(manifest, real=False, forget=(5,)),
            readings / manifest.parent.name,
            jobs=wanted.jobs,
        )
    ]
    if wanted.what == "recall":
        print("\n".join(recall([c for c in [*real, *made] if c.source.forget is None])))
    elif wanted.what == "curve":
        print("\n".join(curve(real, made)))
    else:
        fit(real, made, wanted.work)


def recall(cases: Sequence[Case]) -> list[str]:
    """A table: of how many labelled values the right one is among the options."""
    text = ["| field | text | right among | OCR | right among |", "|---|---|---|---|---|"]
    for name in RANKED:
        cells = [name]
        for ocr in (False, True):
            known = [c.right[name].any() for c in cases if name in c.right and c.ocr == ocr]
            share = f"{sum(known) / len(known):.1%}" if known else "–"
            cells += [str(len(known)), share]
        text.append(f"| {' | '.join(cells)} |")
    return text


def fit(real: Sequence[Case], made: Sequence[Case], work: Path) -> None:
    """Folds, calibrations, the model of everything, and the figures of the folds."""
    judged: dict[int, list[Judged]] = {}
    trees = {}
    for fold in range(FOLDS):
        apart = [c for c in real if fold_of(c.source.group) == fold]
        trees[fold] = fit_trees([c for c in real if fold_of(c.source.group) != fold] + list(made))
        judged[fold] = judge(trees[fold], apart)
        print(f"fold {fold}: {len(apart)} documents apart", flush=True)
    for fold in range(FOLDS):
        # Calibrated on the other folds' documents, so that the curve is honest too.
        others = [j for f, js in judged.items() if f != fold for j in js]
        save_ranker(Ranker(trees[fold], fit_calibrations(others)), work / f"fold-{fold}.npz")
    every = [j for js in judged.values() for j in js]
    save_ranker(Ranker(fit_trees([*real, *made]), fit_calibrations(every)), work / "ranker.npz")
    (work / "figures.md").write_text("\n".join(figures(every)) + "\n", "utf-8")


def fit_lines(rows: Sequence[Rows], work: Path, *, threshold: float) -> None:
    """The calibrations of rows, and what the folds said of documents they had not seen."""
    said: Said = defaultdict(list)
    for one, calibrations in fit_in_folds(rows):
        lines = [line_of(line) for line in finished(one.choice, calibrations)]
        count_rows(said, lines, one.truth, "ocr" if one.ocr else "text")
    (work / "lines.md").write_text("\n".join(row_calibration(said, threshold)) + "\n", "utf-8")
    (work / "certainty.json").write_text(to_json(calibrations_of(rows)), "utf-8")


def curve(real: Sequence[Case], made: Sequence[Case]) -> list[str]:
    """F1 of the ranker out of fold by the share of issuers (and of generated documents) fitted on."""
    groups = sorted({c.source.group for c in real}, key=fold_order)
    text = [f"| issuers | {' | '.join(RANKED)} | all |", "|---" * (len(RANKED) + 2) + "|"]
    for quarter in range(1, 5):
        known = set(groups[: len(groups) * quarter // 4])
        some = made[: len(made) * quarter // 4]
        judged: list[Judged] = []
        for fold in range(FOLDS):
            apart = [c for c in real if fold_of(c.source.group) == fold]
            fitted = [c for c in real if fold_of(c.source.group) != fold]
            trees = fit_trees([*(c for c in fitted if c.source.group in known), *some])
            judged += judge(trees, [c for c in apart if c.source.forget is None])
        of = [[j for j in judged if j.name == name] for name in RANKED]
        of.append([j for js in of for j in js])
        cells = [
            _f1(sum(j.right for j in js), sum(j.chosen is not None for j in js), len(js))
            for js in of
        ]
        text.append(f"| {len(known)} | {' | '.join(cells)} |")
    return text


def figures(judged: Sequence[Judged]) -> list[str]:
    """F1 of the finders and of the ranker, out of fold; with all labels and with some forgotten."""
    text = [
        "| field | labelled | finders F1 | ranker F1 | labels forgotten: finders F1 | ranker F1 |",
        "|---|---|---|---|---|---|",
    ]
    for name in RANKED:
        cells = [name]
        for forgotten in (False, True):
            here = [
                j
                for j in judged
                if j.name == name and (j.case.source.forget is not None) == forgotten
            ]
            own = [(j.case.chosen[name], j.case.right[name]) for j in here]
            finders = _f1(
                sum(bool(at >= 0 and right[at]) for at, right in own),
                sum(at >= 0 for at, _ in own),
                len(here),
            )
            ranker = _f1(
                sum(j.right for j in here), sum(j.chosen is not None for j in here), len(here)
            )
            cells += ([] if forgotten else [str(len(here))]) + [finders, ranker]
        text.append(f"| {' | '.join(cells)} |")
    return text


def _f1(right: int, predicted: int, labelled: int) -> str:
    return f"{2 * right / (predicted + labelled):.1%}" if predicted + labelled else "–"


def check(manifests: Sequence[Path], work: Path, output: Path, *, threshold: float) -> None:
    """The whole way of every document with the model that has not seen its issuer."""
    rankers: list[Ranker] = []
    for fold in range(FOLDS):
        with (work / f"fold-{fold}.npz").open("rb") as file:
            rankers.append(load_ranker(file))
    lines = [line for m in manifests for line in m.read_text("utf-8").splitlines()]
    entries = {e["id"]: e for e in map(json.loads, lines)}
    started = time.perf_counter()
    cases: list[tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]] = []
    for source in (s for m in manifests for s in sources_of(m, real=True)):
        reading = read_document_once(source, work / "readings")
        if reading is None or source.set in UNLABELLED:
            continue
        begun = time.perf_counter()
        truth = json.loads(source.truth.read_text("utf-8"))
        invoice = extract_invoice(reading, ranker=rankers[fold_of(source.group)])
        today = arrival(truth)
        findings = check_invoice(invoice, today=today) if today else ()
        route = choose_route(invoice, findings, threshold=threshold)
        ocr = any(page.source == "ocr" for page in reading.pages)
        prediction = prediction_of(source.id, invoice, findings, route) | {
            "pages": max(1, len(reading.pages)),
            "input": "ocr" if ocr else "text",
            "seconds": time.perf_counter() - begun,
        }
        cases.append((entries[source.id], truth, prediction))
    output.mkdir(parents=True, exist_ok=True)
    written = (json.dumps(p, ensure_ascii=False, sort_keys=True) for _, _, p in cases)
    (output / "predictions.jsonl").write_text("".join(f"{line}\n" for line in written), "utf-8")
    for name, values in (("report.md", True), ("published.md", False)):
        path = write_report(
            output / name,
            cases,
            fields=SCORED_FIELDS,
            threshold=threshold,
            wall_seconds=time.perf_counter() - started,
            jobs=1,
            values=values,
        )
    print(path)


if __name__ == "__main__":
    main()
