"""What vendor memory gives: the documents of one vendor in the order of their dates.

After each document a person corrects every labelled field to its truth; nothing else is taught. The
next document is read with what was learned. Every sequence begins with an empty memory.

Two figures: the product as it is (finders and memory), and memory alone, as if the finders had found
nothing on any document, which asks for every field and not only for the few that they miss.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from invoice_ai.domain.invoice import FIELDS, ExtractedField, ExtractedInvoice, LineItem
from invoice_ai.domain.pages import Reading
from invoice_ai.domain.vendors import Mark, marks_of, marks_on, may_be_one, with_parts
from invoice_ai.errors import Misconfigured
from invoice_ai.evaluate.scoring import SCORED_CELLS, is_right, match_lines, pair_lines
from invoice_ai.extraction.memory import Memory, fitting, is_printed, learn, learn_lines, recall
from invoice_ai.lanes import Lost, run_in_lanes

Entry = dict[str, Any]
Truth = dict[str, Any]
_POSITIONS = ("1", "2", "3", "4", "5", "6–10", "11+")


@dataclass
class _Count:
    labelled: int = 0
    before: int = 0  # right without memory
    after: int = 0  # right with it
    better: int = 0
    worse: int = 0
    corrected: int = 0  # was corrected on the last document of this layout
    learned: int = 0  # and is right on this one
    readable: int = 0  # the same, where the reader has read what the page prints
    learned_readable: int = 0


@dataclass
class _Rows:
    """Rows of documents whose rows are known; a row is right when every cell that is known is."""

    documents: int = 0
    labelled: int = 0
    before: int = 0  # right without memory
    after: int = 0
    surplus_before: int = 0  # rows that are none
    surplus_after: int = 0
    better: int = 0  # documents
    worse: int = 0
    corrected: int = 0  # documents after one of the layout whose table was corrected
    learned: int = 0  # of them those whose table is right
    corrected_rows: int = 0
    learned_rows: int = 0


@dataclass
class _Run:
    fields: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    sets: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    places: dict[str, _Count] = field(default_factory=lambda: defaultdict(_Count))
    rows: dict[str, _Rows] = field(default_factory=lambda: defaultdict(_Rows))
    said: list[tuple[float, bool]] = field(default_factory=list)  # by memory, and was right
    said_rows: list[tuple[float, bool]] = field(default_factory=list)
    documents: int = 0
    recalled: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass
class _Shelf:
    """What is remembered in one sequence: by layout its memory, the marks of whom it belongs to, and
    the fields that had to be corrected on its last document."""

    layouts: list[tuple[Memory, set[Mark], set[str]]] = field(default_factory=list)

    def find(self, marks: Sequence[Mark], reading: Reading) -> tuple[Memory | None, set[str]]:
        theirs = (memory for memory, own, _ in self.layouts if may_be_one(own, marks))
        found = fitting(theirs, reading)
        corrected = next((c for memory, _, c in self.layouts if memory is found), set())
        return found, corrected

    def put(
        self, old: Memory | None, new: Memory, marks: Iterable[Mark], corrected: set[str]
    ) -> None:
        kept = next((own for memory, own, _ in self.layouts if memory is old), set())
        self.layouts = [layout for layout in self.layouts if layout[0] is not old]
        self.layouts.append((new, kept | set(marks), corrected))


def evaluate_learning(
    manifest: Path,
    entries: Sequence[Entry],
    truths: dict[str, Truth],
    sequences: Path,
    output: Path,
    *,
    jobs: int = 1,
    on_progress: Callable[[int, int, Entry], None] = lambda _done, _all, _last: None,
) -> Path:
    """Read every document of the sequences once, learn along them, write `learning.md`.

    Args:
        sequences: JSON list of {"set", "layout", "ids": [...]}, each in the order of its dates.
    Returns: The report's path; beside it `learning.jsonl` holds the predictions with memory.
    Raises: Misconfigured: the sequences cannot be read.
    """
    wanted = _sequences(sequences)
    by_id = {e["id"]: e for e in entries}
    tasks = [
        (str(manifest.parent / by_id[i]["file"]), i) for s in wanted for i in s["ids"] if i in by_id
    ]
    output.mkdir(parents=True, exist_ok=True)
    read: dict[str, tuple[Reading, ExtractedInvoice]] = {}
    for done, ((_, name), answer) in enumerate(run_in_lanes(tasks, _read, jobs=jobs), 1):
        if answer is not None and not isinstance(answer, Lost):
            read[name] = answer
        on_progress(done, len(tasks), {"id": name})
    runs = {"with the finders": _Run(), "memory alone": _Run()}
    predictions: list[dict[str, Any]] = []
    for sequence in wanted:
        ids = [i for i in sequence["ids"] if i in read and truths.get(i)]
        documents = [(i, *read[i], truths[i]) for i in ids]
        predictions += _follow(sequence, documents, runs["with the finders"])
        _follow(sequence, documents, runs["memory alone"], blind=True)
    lines = (json.dumps(p, ensure_ascii=False, sort_keys=True) + "\n" for p in predictions)
    (output / "learning.jsonl").write_text("".join(lines), "utf-8")
    report = output / "learning.md"
    report.write_text("\n".join(_report(runs, len(wanted))) + "\n", "utf-8")
    return report


def _sequences(path: Path) -> list[Entry]:
    try:
        found = json.loads(path.read_text("utf-8"))
        return [{**s, "ids": [str(i) for i in s["ids"]]} for s in found]
    except (OSError, ValueError, KeyError, TypeError) as wrong:
        raise Misconfigured(
            f"{path} is no list of sequences ({wrong}). Each needs ids in the order of their dates."
        ) from None


def _read(task: tuple[str, str]) -> tuple[Reading, ExtractedInvoice] | None:
    """Runs in a process of its own; None when the document cannot be read."""
    from invoice_ai.examination import examine  # in the worker process only: it loads the OCR

    file = Path(task[0])
    try:
        examined = examine(file.read_bytes(), file.name)
    except Exception:  # a refusal or a defect: `evaluate` without --learn reports them
        return None
    return examined.reading, examined.invoice


def _follow(
    sequence: Entry,
    documents: Sequence[tuple[str, Reading, ExtractedInvoice, Truth]],
    run: _Run,
    *,
    blind: bool = False,
) -> list[dict[str, Any]]:
    """One vendor's documents, each read with what the earlier ones taught.

    Args:
        blind: As if the finders had found nothing; only who the vendor is, is known from them.
    """
    shelf = _Shelf()
    predictions = []
    for position, (name, reading, seen, truth) in enumerate(documents):
        found = replace(seen, fields={}, lines=()) if blind else seen
        printed = [m for p in reading.pages[:1] for m in marks_on(p)]
        memory, corrected = shelf.find(with_parts([*marks_of(seen), *printed]), reading)
        recalled = recall(memory, reading, found) if memory else found
        run.documents += 1
        run.recalled += memory is not None
        place = _POSITIONS[min(position, 4) if position < 5 else 5 if position < 10 else 6]
        told: dict[str, ExtractedField] = {}
        wrong_now: set[str] = set()
        for field_name, answers in _labelled(truth):
            now = recalled.fields.get(field_name)
            was_right = _is_right(field_name, found.fields.get(field_name), answers)
            right = _is_right(field_name, now, answers)
            true = now if right else _person(field_name, answers[0])
            if true is not None:
                told[field_name] = true
            if not right:
                wrong_now.add(field_name)
            if now is not None and now.source == "vendor_memory":
                run.said.append((now.confidence, right))
            counts = [run.fields[field_name], run.sets[str(sequence.get("set", ""))]]
            counts += [run.fields["all"], run.places[place]]
            again = field_name in corrected
            readable = again and _can_be_read(field_name, answers, reading)
            for count in counts:
                _add(count, was_right, right, again, readable)
            if (again and not right) or (was_right and not right):
                cause = _cause(readable=readable, was_right=was_right)
                run.wrong.append(f"| {position + 1} | {field_name} | {cause} | {name} |")
        said = {n: f for n, f in recalled.fields.items() if n in told}
        lines = _follow_rows(sequence, found, recalled, truth, run, wrong_now, _ROWS in corrected)
        lesson = replace(recalled, fields=told, lines=lines)
        learned = learn(memory, reading, replace(recalled, fields=said), lesson)
        if lines:
            learned = learn_lines(learned, reading, recalled, lesson)
        marks = with_parts([*marks_of(seen), *marks_of(lesson)])
        shelf.put(memory, learned, marks, wrong_now)
        predictions.append(_prediction(name, recalled))
    return predictions


_ROWS = "line items"


def _follow_rows(
    sequence: Entry,
    found: ExtractedInvoice,
    recalled: ExtractedInvoice,
    truth: Truth,
    run: _Run,
    wrong_now: set[str],
    again: bool,
) -> tuple[LineItem, ...]:
    """Count one document's rows, note in `wrong_now` that they are wrong; returns them corrected."""
    rows: list[dict[str, Any]] = (truth.get("truth") or {}).get("line_items") or []
    if not rows:
        return ()
    before, after = _cells(found.lines), _cells(recalled.lines)
    (_, right_before), (_, right) = match_lines(before, rows), match_lines(after, rows)
    lost, all_right = len(rows) - right, right == len(rows) == len(after)
    lost_before = len(rows) - right_before
    wrong_before, wrong = lost_before + len(before) - right_before, lost + len(after) - right
    for count in (run.rows[str(sequence.get("set", ""))], run.rows["all"]):
        count.documents += 1
        count.labelled += len(rows)
        count.before += right_before
        count.after += right
        count.surplus_before += max(0, len(before) - len(rows))
        count.surplus_after += max(0, len(after) - len(rows))
        count.better += wrong < wrong_before
        count.worse += wrong > wrong_before
        count.corrected += again
        count.learned += again and all_right
        count.corrected_rows += len(rows) * again
        count.learned_rows += right * again
    if not all_right:
        wrong_now.add(_ROWS)
    corrected: list[LineItem] = []
    pairs = pair_lines(after, rows)
    for number, row in enumerate(rows):
        line = recalled.lines[pairs[number][0]] if number in pairs else LineItem()
        if number not in pairs or not pairs[number][1]:
            cells = {n: _person_cell(n, row[n]) for n in SCORED_CELLS if row.get(n) is not None}
            line = replace(line, **{n: c for n, c in cells.items() if c is not None})
        corrected.append(line)
    for number, line in enumerate(recalled.lines):
        told = line.amount or line.description
        if told is not None and told.source == "vendor_memory":
            ok = any(place == number and whole for place, whole in pairs.values())
            run.said_rows.append((told.confidence, ok))
    return tuple(corrected)


def _cells(lines: Sequence[LineItem]) -> list[dict[str, Any]]:
    return [
        {n: str(cell.value) for n in SCORED_CELLS if (cell := getattr(line, n)) is not None}
        for line in lines
    ]


def _person_cell(name: str, text: object) -> ExtractedField | None:
    """What a person would type into a row."""
    value: str | Decimal = str(text)
    if name != "description":
        try:
            value = Decimal(str(text))
        except InvalidOperation:
            return None
    return ExtractedField(value, str(text), 1.0, "person")


def _add(count: _Count, was_right: bool, right: bool, again: bool, readable: bool) -> None:
    count.labelled += 1
    count.before += was_right
    count.after += right
    count.better += right and not was_right
    count.worse += was_right and not right
    count.corrected += again
    count.learned += again and right
    count.readable += readable
    count.learned_readable += readable and right


def _labelled(truth: Truth) -> list[tuple[str, list[str]]]:
    values, accepted = truth.get("truth") or {}, truth.get("accept") or {}
    return [
        (name, [str(values[name]), *map(str, accepted.get(name, ()))])
        for name in FIELDS
        if name in _scored() and values.get(name) is not None
    ]


def _scored() -> Sequence[str]:
    from invoice_ai.evaluate import SCORED_FIELDS  # the package imports this module

    return SCORED_FIELDS


def _is_right(name: str, found: ExtractedField | None, answers: Sequence[str]) -> bool:
    return found is not None and is_right(name, str(found.value), answers)


def _person(name: str, text: str) -> ExtractedField | None:
    """What a person would type; None for a truth that is no value of this kind."""
    kind = FIELDS[name].kind
    try:
        value = (
            Decimal(text)
            if kind in ("money", "number")
            else date.fromisoformat(text[:10])
            if kind == "date"
            else text
        )
    except (InvalidOperation, ValueError):
        return None
    return ExtractedField(value, text, 1.0, "person")


def _can_be_read(name: str, answers: Sequence[str], reading: Reading) -> bool:
    """Whether the words that the reader gave us hold the right value at all."""
    people = (_person(name, answer) for answer in answers)
    return any(is_printed(name, p.value, reading) for p in people if p is not None)


def _cause(*, readable: bool, was_right: bool) -> str:
    if was_right:
        return "memory misled"
    return "place not found again" if readable else "not among the words that were read"


def _prediction(name: str, invoice: ExtractedInvoice) -> dict[str, Any]:
    return {
        "id": name,
        "fields": {
            n: {"value": str(f.value), "confidence": round(f.confidence, 4)}
            for n in _scored()
            if (f := invoice.fields.get(n)) is not None
        },
        "line_items": [],
    }


def _report(runs: dict[str, _Run], sequences: int) -> list[str]:
    text = ["# Learning from corrections\n", f"{sequences} vendors, documents in order of dates."]
    for title, run in runs.items():
        text += [
            f"\n## {title.capitalize()}\n",
            f"{run.documents} documents, {run.recalled} of them of a layout that was remembered.\n",
            *_table("field", run.fields, last="all"),
            "",
            *_table("set", run.sets),
            "",
            *_by_position(run),
            "",
            *_calibration("values", run.said),
            "\n### Line items\n",
            *_rows_table(run.rows),
            "",
            *_calibration("rows", run.said_rows),
        ]
    misses = runs["with the finders"].wrong
    if misses:
        text += [
            "\n## Corrected and wrong again, or made worse, with the finders\n",
            "| position | field | cause | document |",
            "|---|---|---|---|",
            *misses,
        ]
    return text


def _table(title: str, counts: dict[str, _Count], last: str = "") -> list[str]:
    text = [
        f"| {title} | labelled | right without memory | right with it | better | worse "
        "| corrected on the layout's last document | right now | of those readable | right now |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    names = [n for n in counts if n != last] + [n for n in (last,) if n in counts]
    for name in names:
        c = counts[name]
        text.append(
            f"| {name} | {c.labelled} | {_share(c.before, c.labelled)} "
            f"| {_share(c.after, c.labelled)} | {c.better} | {c.worse} | {c.corrected} "
            f"| {_share(c.learned, c.corrected)} | {c.readable} "
            f"| {_share(c.learned_readable, c.readable)} |"
        )
    return text


def _by_position(run: _Run) -> list[str]:
    found = [p for p in _POSITIONS if p in run.places]
    cells = [_share(run.places[p].after, run.places[p].labelled) for p in found]
    return [
        f"| document of the vendor | {' | '.join(found)} |",
        f"|---|{'---|' * len(found)}",
        f"| fields right | {' | '.join(cells)} |",
    ]


def _rows_table(counts: dict[str, _Rows]) -> list[str]:
    text = [
        "| set | documents | rows | right without memory | right with it | too many without "
        "| too many with | documents better | worse | documents after a corrected table "
        "| all right now | their rows | right now |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for name in [n for n in counts if n != "all"] + [n for n in ("all",) if n in counts]:
        c = counts[name]
        text.append(
            f"| {name} | {c.documents} | {c.labelled} | {_share(c.before, c.labelled)} "
            f"| {_share(c.after, c.labelled)} | {c.surplus_before} | {c.surplus_after} "
            f"| {c.better} | {c.worse} | {c.corrected} | {_share(c.learned, c.corrected)} "
            f"| {c.corrected_rows} | {_share(c.learned_rows, c.corrected_rows)} |"
        )
    return text


def _calibration(what: str, said: Sequence[tuple[float, bool]]) -> list[str]:
    text = [f"| memory said | {what} | mean said | were right |", "|---|---|---|---|"]
    for low in range(5, 10):
        inside = [(c, ok) for c, ok in said if min(9, int(c * 10)) == low]
        if inside:
            mean = sum(c for c, _ in inside) / len(inside)
            right = sum(ok for _, ok in inside)
            text.append(
                f"| {low / 10:.1f}–{low / 10 + 0.1:.1f} | {len(inside)} | {mean:.1%} "
                f"| {_share(right, len(inside))} |"
            )
    return text


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
