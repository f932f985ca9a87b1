"""What a model is worth: the same documents before and after it was asked.

Run with the configured model. A stand-in that has to know which document it is shown is told by the
address: `{document}` in a base URL becomes the document's id.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from invoice_ai import ai
from invoice_ai.domain.invoice import ExtractedField, ExtractedInvoice
from invoice_ai.domain.limits import Limits
from invoice_ai.errors import InvoiceAIError, Misconfigured
from invoice_ai.evaluate import arrival, entries_of, truth_of
from invoice_ai.evaluate.report import UNLABELLED
from invoice_ai.evaluate.scoring import CORE, is_right
from invoice_ai.examination import Adviser, examine, model_of, take_advice
from invoice_ai.extraction.ranker.model import Ranker, load_ranker
from invoice_ai.lanes import Lost, run_in_lanes
from invoice_ai.settings import Settings

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Task:
    file: str
    name: str
    truth: dict[str, Any]
    model: ai.Model
    threshold: float
    ranker: Path | None


def evaluate_ai(
    manifest: Path,
    output: Path,
    settings: Settings,
    *,
    sets: Sequence[str] = (),
    limit: int | None = None,
    jobs: int = 1,
    ranker_for: Callable[[str], Path | None] = lambda _id: None,
    on_progress: Callable[[int, int, Row], None] = lambda _done, _all, _last: None,
) -> Path:
    """Ask the configured model about every document; write `ai.jsonl` and `ai-report.md`.

    Each document is looked at a week after its date, because an old invoice is always shown to a
    person and nothing could be said about what is approved by itself.

    Args:
        ranker_for: The file of a ranker that has not seen this document; None: the shipped one.
    Returns: The path of the report.
    Raises: Misconfigured: no model is configured, or the manifest cannot be read.
    """
    model = model_of(settings)
    if model is None:
        raise Misconfigured("No model is configured: set AI_PROVIDER.")
    chosen = [e for e in entries_of(manifest, sets, limit) if e.get("set") not in UNLABELLED]
    tasks = [
        _Task(
            str(manifest.parent / e["file"]),
            e["id"],
            truth_of(manifest.parent, e) or {},
            replace(model, base_url=model.base_url.replace("{document}", quote(e["id"], safe=""))),
            settings.review_confidence_threshold,
            ranker_for(e["id"]),
        )
        for e in chosen
    ]
    output.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    rows: list[Row] = []
    for task, answer in run_in_lanes(tasks, _measure, jobs=jobs):
        row = {"id": task.name, "error": answer.why} if isinstance(answer, Lost) else answer
        rows.append(row)
        on_progress(len(rows), len(tasks), row)
    rows.sort(key=lambda row: str(row["id"]))
    lines = (json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)
    (output / "ai.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    report = output / "ai-report.md"
    seconds = time.perf_counter() - started
    report.write_text(write_ai_report(rows, model, seconds=seconds), "utf-8")
    return report


def _measure(task: _Task) -> Row:
    """Runs in a process of its own; a refusal and a defect of ours are answers too."""
    try:
        return _compare(task)
    except InvoiceAIError as refused:
        return {"id": task.name, "error": refused.code}
    except Exception as broken:
        return {"id": task.name, "error": f"defect: {type(broken).__name__}"}


def _compare(task: _Task) -> Row:
    content = Path(task.file).read_bytes()
    limits = Limits(max_bytes=2**28)
    today = arrival(task.truth) or datetime.now(UTC).date()
    before = examine(
        content, task.name, limits=limits, threshold=task.threshold, today=today,
        ranker=_ranker_of(task.ranker),
    )  # fmt: skip
    row: Row = {"id": task.name, "approved_before": before.route.status == "approved"}
    after = before
    if before.reading.pages and before.invoice.split is None:
        after = take_advice(
            before, Adviser(task.model), content, threshold=task.threshold, today=today,
            limits=limits,
        )  # fmt: skip
    row["approved_after"] = after.route.status == "approved"
    values = task.truth.get("truth") or {}
    for name in CORE:
        if values.get(name) is not None:
            row.setdefault("core_before", {})[name] = _right(task.truth, name, before.invoice)
            row.setdefault("core_after", {})[name] = _right(task.truth, name, after.invoice)
    if after.consultation is None:
        return row
    told = ai.as_json(after.consultation)
    row["consultation"] = {
        n: told[n]
        for n in ("outcome", "asked", "pages", "questions", "tokens_in", "tokens_out", "cost")
    } | {"seconds": told["seconds"], "fault": told["fault"]}
    row["lines_changed"] = after.invoice.lines != before.invoice.lines
    row["fields"] = {
        name: _field(task, name, before.invoice, after.invoice, after.consultation)
        for name in after.consultation.asked
        if values.get(name) is not None and name != "lines"
    }
    return row


@cache
def _ranker_of(file: Path | None) -> Ranker | None:
    if file is None:
        return None
    with file.open("rb") as opened:
        return load_ranker(opened)


def _field(
    task: _Task,
    name: str,
    before: ExtractedInvoice,
    after: ExtractedInvoice,
    told: ai.Consultation,
) -> Row:
    found = after.fields.get(name)
    right = _right(task.truth, name, after)
    return {
        "before": _right(task.truth, name, before),
        "after": right,
        "why": "" if right else _why_not(task, name, found, told),
        "grounded": found is not None and found.box is not None,
        "source": found.source if found else None,
        "confidence": found.confidence if found else 0.0,
        "sure": found is not None and found.confidence >= task.threshold,
        "was_sure": before.confidence(name) >= task.threshold,
    }


def _why_not(task: _Task, name: str, found: ExtractedField | None, told: ai.Consultation) -> str:
    """Why a value is still not right, as far as the answer tells."""
    if name in told.suggestions:
        return "the answer is not among the words that were read"
    if told.fault is not None:
        return "no answer"
    answers = _answers(task.truth, name)
    if found is not None and any(is_right(name, str(c.value), answers) for c in found.candidates):
        return "the right value is offered beside the finders'"
    number = found.value if found is not None else None
    if isinstance(number, Decimal) and is_right(name, str(-number), answers):
        return "page and truth differ in the sign"
    return "the model gave no or another value"


def _right(truth: dict[str, Any], name: str, invoice: ExtractedInvoice) -> bool:
    found = invoice.fields.get(name)
    return found is not None and is_right(name, str(found.value), _answers(truth, name))


def _answers(truth: dict[str, Any], name: str) -> list[str]:
    return [str(truth["truth"][name]), *map(str, (truth.get("accept") or {}).get(name, ()))]


def write_ai_report(rows: Sequence[Row], model: ai.Model, *, seconds: float) -> str:
    """The report as Markdown; figures only, nothing of a document's contents."""
    read = [r for r in rows if "error" not in r]
    asked = [r for r in read if "consultation" in r]
    fields = [f for r in asked for f in r["fields"].values()]
    wrong = [f for f in fields if not f["before"]]
    silent = {
        when: sum(
            r[f"approved_{when}"] and not all(r.get(f"core_{when}", {}).values()) for r in read
        )
        for when in ("before", "after")
    }
    new_silent = sum(
        r["approved_after"]
        and not r["approved_before"]
        and not all(r.get("core_after", {}).values())
        for r in read
    )
    used = [r["consultation"] for r in asked]
    costs = [float(u["cost"]) for u in used if u["cost"] is not None]
    text = [
        "# What the model adds\n",
        f"{model.provider}: {model.name}. {len(rows)} documents in {seconds:.0f} s, "
        f"{len(rows) - len(read)} of them refused. Each document is looked at a week after its "
        "date.\n",
        "| | |",
        "|---|---|",
        f"| documents asked about | {_share(len(asked), len(read))} |",
        f"| no answer | {sum(u['fault'] is not None for u in used)} |",
        f"| values asked for, known and printed | {len(fields)} |",
        f"| … right before | {_of(fields, 'before')} |",
        f"| … right after | {_of(fields, 'after')} |",
        f"| … right after, with their place on the page | "
        f"{_share(sum(f['after'] and f['grounded'] for f in fields), len(fields))} |",
        f"| wrong or missing before, right after | {_of(wrong, 'after')} |",
        f"| right before, wrong after | {sum(f['before'] and not f['after'] for f in fields)} |",
        f"| sure and wrong after, of the values asked for | "
        f"{sum(f['sure'] and not f['after'] for f in fields)} |",
        f"| **sure and wrong after, and not before** | "
        f"**{sum(f['sure'] and not f['after'] and not f['was_sure'] for f in fields)}** |",
        f"| approved by itself before / after | {sum(r['approved_before'] for r in read)} / "
        f"{sum(r['approved_after'] for r in read)} |",
        f"| of these with a wrong core value before / after | {silent['before']} / "
        f"{silent['after']} |",
        f"| **approved because of the model, with a wrong core value** | **{new_silent}** |",
        f"| questions | {sum(u['questions'] for u in used)} |",
        f"| tokens in / out | {sum(u['tokens_in'] for u in used)} / "
        f"{sum(u['tokens_out'] for u in used)} |",
        f"| cost | {f'{sum(costs):.4f}' if costs else 'no price set'} |",
    ]
    return "\n".join([*text, *_by_field(asked), *_not_right(fields), *_calibration(fields)]) + "\n"


def _not_right(fields: Sequence[Row]) -> list[str]:
    """Why values that were asked for are wrong or missing still."""
    causes = Counter(f["why"] for f in fields if not f["after"])
    if not causes:
        return []
    rows = [f"| {why} | {count} |" for why, count in causes.most_common()]
    return ["\n## Not right after all\n", "| why | values |", "|---|---|", *rows]


def _by_field(asked: Iterable[Row]) -> list[str]:
    by_name: dict[str, list[Row]] = defaultdict(list)
    for row in asked:
        for name, found in row["fields"].items():
            by_name[name].append(found)
    text = [
        "\n## By field\n",
        "| field | asked | right before | right after |",
        "|---|---|---|---|",
    ]
    return text + [
        f"| {name} | {len(rows)} | {_of(rows, 'before')} | {_of(rows, 'after')} |"
        for name, rows in sorted(by_name.items())
    ]


def _calibration(fields: Sequence[Row]) -> list[str]:
    text = [
        "\n## Calibration of the values asked for\n",
        "| said | whose | values | were right |",
        "|---|---|---|---|",
    ]
    for whose in ("the model's", "confirmed or kept"):
        for low in range(10):
            inside = [
                f
                for f in fields
                if (f["source"] == "ai") == (whose == "the model's")
                and f["source"] is not None
                and min(9, int(f["confidence"] * 10)) == low
            ]
            if inside:
                text.append(
                    f"| {low / 10:.1f}–{low / 10 + 0.1:.1f} | {whose} | {len(inside)} "
                    f"| {_of(inside, 'after')} |"
                )
    return text


def _of(rows: Sequence[Row], name: str) -> str:
    return _share(sum(bool(r[name]) for r in rows), len(rows))


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%} ({part}/{whole})" if whole else "–"
