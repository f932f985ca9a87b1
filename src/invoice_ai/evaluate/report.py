"""The report of one evaluation run, as Markdown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from invoice_ai.evaluate.scoring import CORE, MONEY, is_exact, is_right, judge_lines, match_lines

Case = tuple[dict[str, Any], dict[str, Any] | None, dict[str, Any]]  # entry, truth, prediction
# By field or cell and kind of input: what was said, and whether it was right.
Said = dict[tuple[str, str], list[tuple[float, bool]]]
# Sets without labelled fields: they measure behaviour, not values.
UNLABELLED = frozenset({"robust", "not_invoice", "hybrid_mismatch"})


@dataclass
class _Count:
    labelled: int = 0
    predicted: int = 0
    right: int = 0
    exact: int = 0

    def row(self) -> str:
        precision = self.right / self.predicted if self.predicted else 0.0
        recall = self.right / self.labelled if self.labelled else 0.0
        return (
            f"{self.labelled} | {self.predicted} | {precision:.1%} | {recall:.1%} "
            f"| {_f1(self.right, self.predicted, self.labelled):.1%} "
            f"| {self.exact / self.labelled if self.labelled else 0:.1%}"
        )


@dataclass
class _Tally:
    documents: int = 0
    fields: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    all_right: int = 0
    core_right: int = 0
    rows_right: int = 0
    rows_predicted: int = 0
    rows_true: int = 0
    rows_whole: int = 0
    said: Said = field(default_factory=lambda: defaultdict(list))
    # The same of line items, by cell and "row": as sure as its least sure cell, and right when none
    # of its cells is wrong.
    rows_said: Said = field(default_factory=lambda: defaultdict(list))
    money: int = 0
    silent: int = 0  # money that is wrong, sure and contradicted by no check
    routed: list[tuple[float, int, int]] = field(default_factory=list)  # confidence, wrong, of
    seconds_per_page: list[float] = field(default_factory=list)
    approved: int = 0
    approved_wrong: int = 0


def write_report(
    path: Path,
    cases: Sequence[Case],
    *,
    fields: Sequence[str],
    threshold: float,
    wall_seconds: float,
    jobs: int,
    values: bool = True,
) -> Path:
    """Write the report and return its path.

    Args:
        values: Show what is wrong; without, only in which fields, for a report that may be published.
    """
    tallies: dict[str, _Tally] = {}
    everything = _Tally()
    wrong: list[str] = []
    for entry, truth, prediction in cases:
        name = str(entry.get("set", "documents"))
        if truth is None or name in UNLABELLED:
            continue
        for tally in (tallies.setdefault(name, _Tally()), everything):
            missed = _count(tally, truth, prediction, fields, threshold)
        if missed and not values:
            missed = [", ".join(m.partition(":")[0] for m in missed)]
        wrong += [f"| {_cell(entry['id'])} | {m} |" for m in missed]
    pages = sum(p.get("pages", 1) for _, _, p in cases)
    text = [
        "# Evaluation\n",
        f"{len(cases)} documents, {pages} pages, {wall_seconds:.0f} s with {jobs} process(es).\n",
    ]
    if tallies:
        text += _overview({**tallies, "all": everything})
        text += _silent(tallies, everything, threshold)
        text += _by_field(tallies | {"all": everything}, fields)
        text += _calibration(everything)
        text += row_calibration(everything.rows_said, threshold)
    text += _failures(cases)
    if wrong:
        text += [
            "\n## Wrong or missing\n",
            f"| document | {'field: truth → predicted' if values else 'fields'} |",
            "|---|---|",
        ]
        text += wrong
    path.write_text("\n".join(text) + "\n", "utf-8")
    return path


def _count(
    tally: _Tally,
    truth: dict[str, Any],
    prediction: dict[str, Any],
    fields: Sequence[str],
    threshold: float,
) -> list[str]:
    values = truth.get("truth") or {}
    accepted = truth.get("accept") or {}
    tally.documents += 1
    outcomes: dict[str, bool] = {}
    missed: list[str] = []
    for name in fields:
        if values.get(name) is None:
            continue
        answers = [str(values[name]), *map(str, accepted.get(name, ()))]
        found = prediction["fields"].get(name)
        count = tally.fields[name]
        count.labelled += 1
        right = found is not None and is_right(name, found["value"], answers)
        outcomes[name] = right
        if found is not None:
            count.predicted += 1
            count.exact += right and is_exact(found["value"], answers)
            source = prediction.get("input", "text")
            tally.said[name, source].append((found["confidence"], right))
            if name in MONEY:
                tally.money += 1
                sure = found["confidence"] >= threshold
                tally.silent += sure and not right and name not in prediction.get("flagged", ())
        count.right += right
        if not right:
            got = f"{found['value']} ({found['confidence']:.2f})" if found else "–"
            missed.append(f"{name}: {_cell(answers[0])} → {_cell(got)}")
    if outcomes:
        tally.all_right += all(outcomes.values())
        core = [outcomes[c] for c in CORE if c in outcomes]
        tally.core_right += all(core)
        tally.routed.append((prediction["confidence"], core.count(False), len(core)))
        if prediction["auto_approve"]:
            tally.approved += 1
            tally.approved_wrong += not all(core)
    if values.get("line_items"):
        right_rows, whole = match_lines(prediction["line_items"], values["line_items"])
        tally.rows_right += right_rows
        tally.rows_whole += whole
        tally.rows_predicted += len(prediction["line_items"])
        tally.rows_true += len(values["line_items"])
        count_rows(
            tally.rows_said,
            prediction["line_items"],
            values["line_items"],
            prediction.get("input", "text"),
        )
    if "seconds" in prediction:
        tally.seconds_per_page.append(prediction["seconds"] / prediction.get("pages", 1))
    return missed


def count_rows(
    said: Said, predicted: Sequence[dict[str, Any]], truth: Sequence[dict[str, Any]], source: str
) -> None:
    """Add what was said of these rows and their cells, and whether it was right.

    A row that is none of the invoice's has no right cell. What the truth does not know is not counted.
    """
    for row, judged in zip(predicted, judge_lines(predicted, truth), strict=True):
        sure = row.get("confidence", {})
        for cell, right in judged.items():
            if right is not None and cell in sure:
                said[cell, source].append((sure[cell], right))
        if sure:
            right = all(ok is not False for ok in judged.values())
            said["row", source].append((min(sure.values()), right))


def _overview(tallies: dict[str, _Tally]) -> list[str]:
    text = [
        "\n## By set\n",
        "| set | documents | header F1 | all header fields right | core right | line items F1 "
        "| whole row right | approved by itself | of these wrong | seconds a page (median) |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name, t in tallies.items():
        total = _total(t.fields.values())
        rows = (
            f"{_f1(t.rows_right, t.rows_predicted, t.rows_true):.1%} "
            f"| {t.rows_whole / t.rows_true:.1%}"
            if t.rows_true
            else "– | –"
        )
        text.append(
            f"| {name} | {t.documents} "
            f"| {_f1(total.right, total.predicted, total.labelled):.1%} "
            f"| {t.all_right / t.documents:.1%} | {t.core_right / t.documents:.1%} | {rows} "
            f"| {t.approved} | {t.approved_wrong} "
            f"| {median(t.seconds_per_page) if t.seconds_per_page else 0:.3f} |"
        )
    for share in (0.01, 0.05):
        text.append(
            f"\nStraight through at ≤ {share:.0%} wrong core fields: "
            f"{_straight_through(tallies['all'].routed, share):.1%} of all documents."
        )
    return text


def _by_field(tallies: dict[str, _Tally], fields: Sequence[str]) -> list[str]:
    text = ["\n## By set and field\n"]
    for name, t in tallies.items():
        text += [
            f"\n### {name}\n",
            "| field | labelled | predicted | precision | recall | F1 | exact |",
            "|---|---|---|---|---|---|---|",
        ]
        text += [f"| {f} | {t.fields[f].row()} |" for f in fields if f in t.fields]
        text.append(f"| all | {_total(t.fields.values()).row()} |")
    return text


def _silent(tallies: dict[str, _Tally], everything: _Tally, threshold: float) -> list[str]:
    """Wrong is worse than missing: money that is wrong and that nobody would look at."""
    text = [
        "\n## Silent errors\n",
        f"Amounts that are wrong, at least {threshold:.0%} sure, and contradicted by no check.\n",
        "| set | amounts | silently wrong | share |",
        "|---|---|---|---|",
    ]
    for name, t in {**tallies, "all": everything}.items():
        if t.money:
            text.append(f"| {name} | {t.money} | {t.silent} | {t.silent / t.money:.2%} |")
    return text


def _calibration(tally: _Tally) -> list[str]:
    """How often what was said came true: the whole curve, and the error of each field and input.

    E-invoices are left out: what is written is not read.
    """
    read = {key: said for key, said in tally.said.items() if key[1] != "xml"}
    everything = [one for said in read.values() for one in said]
    text = [
        "\n## Calibration\n",
        "| said | values | mean said | were right |",
        "|---|---|---|---|",
    ]
    for low, inside in _bins(everything).items():
        mean, right = _means(inside)
        text.append(f"| {low:.2f}–{_above(low):.2f} | {len(inside)} | {mean:.1%} | {right:.1%} |")
    text.append(f"\nExpected calibration error {calibration_error(everything):.3f}.\n")
    return text + _said_and_right(read)


def row_calibration(said: Said, threshold: float) -> list[str]:
    """The same of line items: by cell, the curve of whole rows, and what those said sure are worth."""
    read = {key: ones for key, ones in said.items() if key[1] != "xml"}
    if not any(read.values()):
        return []
    text = ["\n## Calibration of line items\n", *_said_and_right(read)]
    text += [
        "\n| row said | text: rows | mean said | were right | OCR: rows | mean said | were right |",
        "|---|---|---|---|---|---|---|",
    ]
    bins = {source: _bins(read.get(("row", source), [])) for source in ("text", "ocr")}
    for low in _EDGES:
        inside = [bins[source].get(low, []) for source in ("text", "ocr")]
        if any(inside):
            shown = " | ".join(f"{len(ones)} | {_shares(ones)}" for ones in inside)
            text.append(f"| {low:.2f}–{_above(low):.2f} | {shown} |")
    for source, name in (("text", "Text"), ("ocr", "OCR")):
        rows = read.get(("row", source), [])
        sure = [ok for c, ok in rows if c >= threshold]
        if rows and sure:
            text.append(
                f"\n{name}: {len(sure) / len(rows):.1%} of {len(rows)} rows are said with at least "
                f"{threshold:.0%}; {sum(sure) / len(sure):.1%} of these are right, "
                f"{sure.count(False)} silently wrong."
            )
    return text


def _shares(said: Sequence[tuple[float, bool]]) -> str:
    return " | ".join(f"{share:.1%}" for share in _means(said)) if said else "– | –"


def _said_and_right(said: Said) -> list[str]:
    """How many, what was said, what came true, and the error, by field or cell and input."""
    text = [
        "| field | text: values | said | right | error | OCR: values | said | right | error |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name in dict.fromkeys(key[0] for key in said):
        cells = [name]
        for source in ("text", "ocr"):
            ones = said.get((name, source), [])
            error = f"{calibration_error(ones):.3f}" if ones else "–"
            cells += [str(len(ones)), _shares(ones), error]
        text.append(f"| {' | '.join(cells)} |")
    return text


_EDGES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99)


def _above(low: float) -> float:
    return min([edge for edge in _EDGES if edge > low], default=1.0)


def _bins(said: Sequence[tuple[float, bool]]) -> dict[float, list[tuple[float, bool]]]:
    bins: dict[float, list[tuple[float, bool]]] = {edge: [] for edge in _EDGES}
    for one in said:
        bins[max(edge for edge in _EDGES if edge <= one[0])].append(one)
    return {edge: inside for edge, inside in bins.items() if inside}


def _means(said: Sequence[tuple[float, bool]]) -> tuple[float, float]:
    return sum(c for c, _ in said) / len(said), sum(ok for _, ok in said) / len(said)


def calibration_error(said: Sequence[tuple[float, bool]]) -> float:
    """The mean distance between what was said and what came true, over bins of confidence.

    >>> calibration_error([(0.75, True), (0.75, True), (0.75, True), (0.75, False)])
    0.0
    """
    error = 0.0
    for inside in _bins(said).values():
        mean, right = _means(inside)
        error += abs(mean - right) * len(inside)
    return error / max(1, len(said))


def _failures(cases: Sequence[Case]) -> list[str]:
    failed = [(e, p) for e, _, p in cases if "error" in p]
    unlabelled = [(e, p) for e, _, p in cases if e.get("set") in UNLABELLED]
    text: list[str] = []
    if failed:
        text += ["\n## Without a result\n", "| document | code | error |", "|---|---|---|"]
        text += [
            f"| {_cell(e['id'])} | {p.get('error_code', '')} | {_cell(p['error'])} |"
            for e, p in failed
        ]
    if unlabelled:
        text += [
            "\n## Documents that measure behaviour\n",
            "| document | expected | answer |",
            "|---|---|---|",
        ]
        for entry, p in unlabelled:
            answer = p.get("error_code") or (
                ("approved by itself" if p["auto_approve"] else "to a person: ")
                + ", ".join([*p.get("reasons", []), *p.get("flags", [])])
            )
            expected = entry.get("expect") or entry.get("set")
            text.append(f"| {_cell(entry['id'])} | {expected} | {_cell(answer)} |")
    return text


def _straight_through(rows: Iterable[tuple[float, int, int]], share: float) -> float:
    ordered = sorted(rows, reverse=True)
    best = wrong = of = 0
    for position, (confidence, w, n) in enumerate(ordered, 1):
        wrong += w
        of += n
        tied = position < len(ordered) and ordered[position][0] == confidence
        if not tied and of and wrong / of <= share:
            best = position
    return best / len(ordered) if ordered else 0.0


def _total(counts: Iterable[_Count]) -> _Count:
    total = _Count()
    for count in counts:
        total.labelled += count.labelled
        total.predicted += count.predicted
        total.right += count.right
        total.exact += count.exact
    return total


def _f1(right: int, predicted: int, labelled: int) -> float:
    return 2 * right / (predicted + labelled) if predicted + labelled else 0.0


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")[:160]
