"""How often we are right: runs a manifest of documents and reports by field and set.

A manifest has one JSON object a line: `id`, `file` (relative to the manifest), optionally `set`,
`truth` (a JSON file with `truth` and `accept`), `layout`, `format`. Documents run in processes of
their own, so that none can end the run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from invoice_ai.domain.findings import Finding, Route
from invoice_ai.domain.invoice import ExtractedInvoice, LineItem
from invoice_ai.domain.limits import Limits
from invoice_ai.domain.pages import Reading
from invoice_ai.errors import InvoiceAIError, Misconfigured
from invoice_ai.evaluate import learning
from invoice_ai.evaluate.report import write_report
from invoice_ai.evaluate.scoring import SCORED_CELLS
from invoice_ai.lanes import Lost, run_in_lanes

# Header fields in the form of the scorer; amounts and dates are written as text.
SCORED_FIELDS = (
    "vendor_name",
    "vendor_address",
    "vendor_tax_id",
    "customer_name",
    "invoice_number",
    "invoice_date",
    "due_date",
    "purchase_order",
    "currency",
    "subtotal",
    "tax_total",
    "total",
    "amount_due",
    "payment_terms",
    "iban",
)

Entry = dict[str, Any]
Prediction = dict[str, Any]


def evaluate(
    manifest: Path,
    output: Path,
    *,
    sets: Sequence[str] = (),
    limit: int | None = None,
    jobs: int = 1,
    threshold: float = 0.9,
    on_progress: Callable[[int, int, Prediction], None] = lambda _done, _all, _last: None,
) -> Path:
    """Run the manifest and write `predictions.jsonl` and `report.md` into `output`.

    Returns: The path of the report.
    Raises: Misconfigured: the manifest cannot be read.
    """
    entries = entries_of(manifest, sets, limit)
    output.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    by_id: dict[str, Prediction] = {}
    truths = [truth_of(manifest.parent, e) for e in entries]
    tasks = [
        (str(manifest.parent / e["file"]), e["id"], threshold, arrival(t))
        for e, t in zip(entries, truths, strict=True)
    ]
    for (_, name, _, _), answer in run_in_lanes(tasks, _predict, jobs=jobs):
        prediction = _empty(name, answer.why) if isinstance(answer, Lost) else answer
        by_id[name] = prediction
        on_progress(len(by_id), len(entries), prediction)
    predictions = [by_id[e["id"]] for e in entries]
    lines = (json.dumps(p, ensure_ascii=False, sort_keys=True) for p in predictions)
    (output / "predictions.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return write_report(
        output / "report.md",
        list(zip(entries, truths, predictions, strict=True)),
        fields=SCORED_FIELDS,
        threshold=threshold,
        wall_seconds=time.perf_counter() - started,
        jobs=jobs,
    )


def evaluate_learning(
    manifest: Path,
    sequences: Path,
    output: Path,
    *,
    sets: Sequence[str] = (),
    jobs: int = 1,
    on_progress: Callable[[int, int, Entry], None] = lambda _done, _all, _last: None,
) -> Path:
    """Follow the documents of each vendor in the order of their dates and learn from each.

    Returns: The path of the report. Raises: Misconfigured: manifest or sequences cannot be read.
    """
    entries = entries_of(manifest, sets, None)
    truths = {e["id"]: t for e in entries if (t := truth_of(manifest.parent, e)) is not None}
    return learning.evaluate_learning(
        manifest, entries, truths, sequences, output, jobs=jobs, on_progress=on_progress
    )


def entries_of(manifest: Path, sets: Sequence[str], limit: int | None) -> list[Entry]:
    """The manifest's documents. Raises: Misconfigured: it cannot be read."""
    try:
        text = manifest.read_text("utf-8")
    except OSError as missing:
        raise Misconfigured(f"The manifest {manifest} cannot be read: {missing.strerror}") from None
    entries: list[Entry] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            entry["id"], entry["file"] = str(entry["id"]), str(entry["file"])
        except (ValueError, KeyError, TypeError) as wrong:
            raise Misconfigured(f"{manifest} line {number} has no id and file: {wrong}") from None
        if not sets or entry.get("set") in sets:
            entries.append(entry)
    return entries[:limit] if limit is not None else entries


def truth_of(folder: Path, entry: Entry) -> dict[str, Any] | None:
    """The truth file of a document, None when it has none."""
    if not entry.get("truth"):
        return None
    try:
        found = json.loads((folder / entry["truth"]).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def arrival(truth: dict[str, Any] | None) -> date | None:
    """The day a document is examined on: a week after it was issued, as when it came by mail.

    The checks compare its dates with that day; on today's, every invoice of a collection is old.
    """
    try:
        issued = date.fromisoformat(str(((truth or {}).get("truth") or {}).get("invoice_date")))
    except ValueError:
        return None
    return issued + timedelta(days=7)


def _predict(task: tuple[str, str, float, date | None]) -> Prediction:
    """Runs in a process of its own; a refusal and a defect of ours are answers too."""
    file, name, threshold, today = task
    try:
        return predict(Path(file), name, threshold=threshold, today=today)
    except InvoiceAIError as refused:
        return _empty(name, str(refused), code=refused.code)
    except Exception as broken:
        return _empty(name, f"{type(broken).__name__}: {broken}", code="defect")


def predict(
    file: Path, name: str, *, threshold: float = 0.9, today: date | None = None
) -> Prediction:
    """One document in the scorer's form.

    Raises: BadDocument: the file cannot be read.
    """
    from invoice_ai.examination import examine  # in the worker process only: it loads the OCR

    started = time.perf_counter()
    examined = examine(
        file.read_bytes(),
        file.name,
        threshold=threshold,
        limits=Limits(max_bytes=2**28),
        today=today,
    )
    prediction = prediction_of(name, examined.invoice, examined.findings, examined.route)
    return prediction | {
        "pages": max(1, len(examined.reading.pages)),
        "input": examined.kind if examined.kind == "xml" else _input(examined.reading),
        "seconds": round(time.perf_counter() - started, 4),
    }


def prediction_of(
    name: str, invoice: ExtractedInvoice, findings: Sequence[Finding], route: Route
) -> Prediction:
    """An examined document in the scorer's form; `flagged` are fields that a check speaks against."""
    failed = [f for f in findings if f.outcome == "failed" and f.severity != "info"]
    return {
        "id": name,
        "fields": {
            field: {"value": str(found.value), "confidence": round(found.confidence, 4)}
            for field in SCORED_FIELDS
            if (found := invoice.fields.get(field)) is not None
        },
        "line_items": [line_of(line) for line in invoice.lines],
        "document_type": invoice.text("document_type"),
        "confidence": round(route.confidence, 4),
        "auto_approve": route.status == "approved",
        "reasons": [reason.code for reason in route.reasons],
        "flagged": sorted({field for finding in failed for field in finding.fields}),
        "flags": list(invoice.flags),
    }


def line_of(line: LineItem) -> dict[str, Any]:
    """A row in the scorer's form: its scored cells as text, and the confidence of each."""
    cells = {cell: f for cell in SCORED_CELLS if (f := getattr(line, cell)) is not None}
    return {cell: str(found.value) for cell, found in cells.items()} | {
        "confidence": {cell: round(found.confidence, 4) for cell, found in cells.items()}
    }


def _input(reading: Reading) -> str:
    return "ocr" if any(page.source == "ocr" for page in reading.pages) else "text"


def _empty(name: str, error: str, *, code: str = "lost") -> Prediction:
    return {
        "id": name,
        "fields": {},
        "line_items": [],
        "confidence": 0.0,
        "auto_approve": False,
        "error": error,
        "error_code": code,
    }
