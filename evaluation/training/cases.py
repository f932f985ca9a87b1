"""Documents with truth become rows of features: one row for every value a field may have."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from invoice_ai.domain.pages import Reading
from invoice_ai.errors import BadDocument
from invoice_ai.evaluate.scoring import is_right
from invoice_ai.extraction.finders import FoundFields, look_over
from invoice_ai.extraction.finders.sheet import Sheet, read_sheet
from invoice_ai.extraction.ranker.model import as_rows
from invoice_ai.extraction.ranker.options import JUDGED, RANKED, options_of
from invoice_ai.intake import sniff
from invoice_ai.reading import read_document

UNLABELLED = frozenset({"robust", "not_invoice", "hybrid_mismatch", "xml", "hybrid"})


@dataclass(frozen=True, slots=True)
class Source:
    """One document on disk.

    Attributes:
        group: Documents of one issuer or layout, which must never be on both sides of a split.
        real: Not of our own making.
        forget: Seed for forgetting a part of the labels, so that the ranker sees what an unknown
            label looks like; None to read them all.
    """

    id: str
    set: str
    file: Path
    truth: Path
    group: str
    real: bool
    forget: int | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """What the ranker sees of one document, and what would be right.

    Attributes:
        rows: By field, one row of features per option.
        right: By field, which of the options are right; only fields that the truth knows.
        chosen: By field, the finders' choice among the options, -1 for none.
        values: By field, the options' values as text.
    """

    source: Source
    ocr: bool
    rows: dict[str, NDArray[np.float32]]
    right: dict[str, NDArray[np.bool_]]
    chosen: dict[str, int]
    values: dict[str, list[str]]


def sources_of(
    manifest: Path, *, real: bool, forget: Sequence[int | None] = (None,)
) -> list[Source]:
    """The documents of a manifest that have a truth and are read from a page."""
    entries = [
        json.loads(line) for line in manifest.read_text("utf-8").splitlines() if line.strip()
    ]
    entries = [e for e in entries if e.get("truth") and e.get("set") not in UNLABELLED]
    groups = _groups(entries) if real else {e["id"]: e["id"] for e in entries}
    return [
        Source(
            e["id"],
            str(e.get("set", "documents")),
            manifest.parent / e["file"],
            manifest.parent / e["truth"],
            groups[e["id"]],
            real,
            seed,
        )
        for e in entries
        for seed in forget
    ]


def _groups(entries: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Documents that share an issuer, a layout or a base document are one group."""
    parent: dict[str, str] = {}

    def top(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            key = parent[key]
        return key

    for entry in entries:
        own = f"id:{entry['id']}"
        for name in ("issuer", "layout", "variant_of"):
            if value := entry.get(name):
                key = f"id:{value}" if name == "variant_of" else f"{name}:{str(value).casefold()}"
                parent[top(own)] = top(key)
    return {e["id"]: top(f"id:{e['id']}") for e in entries}


def read_cases(sources: Sequence[Source], cache: Path, *, jobs: int) -> Iterator[Case]:
    """Read every document (once; readings are kept in `cache`) and make its options."""
    cache.mkdir(parents=True, exist_ok=True)
    with Pool(jobs) as pool:
        tasks = [(source, cache) for source in sources]
        for case in pool.imap(_case, tasks, chunksize=8):
            if case is not None:
                yield case


def _case(task: tuple[Source, Path]) -> Case | None:
    source, cache = task
    reading = read_document_once(source, cache)
    if reading is None:
        return None
    sheet = read_sheet(reading.pages)
    if source.forget is not None:
        forget_labels(sheet, Random(f"{source.forget}/{source.id}"))
    return case_of(source, look_over(sheet), json.loads(source.truth.read_text("utf-8")))


def read_document_once(source: Source, cache: Path) -> Reading | None:
    """The reading of a document, kept in `cache`; None when it has no pages or is refused."""
    kept = cache / f"{source.id}.pkl"
    if kept.exists():
        # Our own file, written below.
        _, reading = pickle.loads(kept.read_bytes())
        return reading  # type: ignore[no-any-return]
    content = source.file.read_bytes()
    try:
        kind = sniff(content[:8192])
        if kind == "xml":
            return None
        reading = read_document(content, kind)
    except BadDocument:
        return None
    kept.write_bytes(pickle.dumps((kind, reading)))
    return reading


def forget_labels(sheet: Sheet, rng: Random) -> None:
    """Make up to a third of the document's labels unknown: what is left is how it looks."""
    share = rng.random() * 0.35
    phrases = sorted({h.phrase for s in sheet for h in s.hits})
    gone = {p for p in phrases if rng.random() < share}
    for segment in sheet:
        segment.hits = tuple(h for h in segment.hits if h.phrase not in gone)


def case_of(source: Source, found: FoundFields, truth: dict[str, Any]) -> Case:
    """The options of one document against its truth."""
    values = truth.get("truth") or {}
    accepted = truth.get("accept") or {}
    ocr = bool(found.seen) and any(p.source == "ocr" for p in found.seen.sheet.pages)  # type: ignore[union-attr]
    case = Case(source, ocr, {}, {}, {}, {})
    for name, options in options_of(found).items():
        if name not in (*RANKED, *JUDGED):
            continue
        case.rows[name] = as_rows([o.features for o in options])
        case.values[name] = [str(o.value) for o in options]
        own = found.fields.get(name)
        case.chosen[name] = next(
            (i for i, o in enumerate(options) if own is not None and o.value == own.value), -1
        )
        if values.get(name) is not None:
            answers = [str(values[name]), *map(str, accepted.get(name, ()))]
            case.right[name] = np.array(
                [is_right(name, str(o.value), answers) for o in options], bool
            )
    return case
