"""Fits how sure a row of line items may be: the logistics of `extraction/lines/certainty.json`.

Rows of real documents are read as they are and once more with a part of the words above the table
unknown, which is what a stranger's table looks like; generated rows count less.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from evaluation.training.cases import Source, read_document_once
from evaluation.training.fit import FOLDS, fold_of
from numpy.typing import NDArray
from scipy.optimize import minimize

from invoice_ai.domain.amounts import guess_decimal_mark
from invoice_ai.domain.pages import Page
from invoice_ai.evaluate import line_of
from invoice_ai.evaluate.scoring import judge_lines
from invoice_ai.extraction.finders import find_fields
from invoice_ai.extraction.lines import choose_rows, finished
from invoice_ai.extraction.lines.cells import read_rows
from invoice_ai.extraction.lines.certainty import (
    CELLS,
    IN_FAVOUR,
    INPUTS,
    Calibration,
    Calibrations,
    Cell,
    Input,
    Signs,
    signs_of,
)
from invoice_ai.extraction.lines.choose import Choice
from invoice_ai.extraction.lines.header import find_header
from invoice_ai.extraction.ranker import decide
from invoice_ai.extraction.ranker.model import Ranker, load_ranker

_LESS = 0.35  # what a generated row, or one below unknown heads, counts
_OTHER_INPUT = 0.5  # what a row of the other kind of input counts
_ALIKE = 12  # of more rows of one document, each says less: they are right or wrong together
_PRIOR = 1.0  # strength of "a sign says nothing", in rows
_FORGOTTEN = (0.3, 0.6, 1.0)  # shares of the heads' words that become unknown
_VOWELS = str.maketrans("aeiouAEIOU", "ouaeiEAUIO")


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows that were chosen on one document, its true rows, and by cell what is right."""

    source: Source
    ocr: bool
    choice: Choice
    truth: list[dict[str, Any]]
    right: list[dict[str, bool | None]]

    @property
    def forgot(self) -> bool:
        return self.source.forget is not None


def read_all(sources: Sequence[tuple[Source, Path]], models: Path, *, jobs: int) -> list[Rows]:
    """The rows of every document whose truth knows them; its reading is kept in a folder.

    Args:
        models: Where `fit` left fold-*.npz: the header of a real document is decided by the model
            that has not seen its issuer. Without them by the one that is shipped.
    """
    for folder in {folder for _, folder in sources}:
        folder.mkdir(parents=True, exist_ok=True)
    tasks = [(source, folder, models) for source, folder in sources]
    with Pool(jobs) as pool:
        return [rows for rows in pool.imap(_read, tasks, chunksize=8) if rows is not None]


@cache
def _ranker(path: Path) -> Ranker | None:
    if not path.exists():
        return None
    with path.open("rb") as file:
        return load_ranker(file)


def _read(task: tuple[Source, Path, Path]) -> Rows | None:
    source, kept, models = task
    truth = (json.loads(source.truth.read_text("utf-8")).get("truth") or {}).get("line_items")
    reading = read_document_once(source, kept) if truth else None
    if reading is None:
        return None
    pages = reading.pages
    if source.forget is not None:
        pages = tuple(forget_heads(pages, Random(f"{source.forget}/{source.id}")))
    ranker = _ranker(models / f"fold-{fold_of(source.group)}.npz") if source.real else None
    choice = choose_rows(pages, decide(find_fields(pages), ranker).fields)
    if choice is None:
        return None
    ocr = any(page.source == "ocr" for page in pages)
    said = [line_of(line) for line in finished(choice)]
    return Rows(source, ocr, choice, truth, judge_lines(said, truth))


def forget_heads(pages: Sequence[Page], rng: Random) -> Iterator[Page]:
    """The pages with a part of the words that head their tables spelt so that nobody knows them."""
    share = rng.choice(_FORGOTTEN)
    mark = guess_decimal_mark(w.text for page in pages for w in page.words)
    for page in pages:
        rows = read_rows(page, mark)
        headers = [h for i in range(len(rows)) if (h := find_header(rows, i)) and h.items]
        heads = {w for h in headers for row in rows[h.first : h.last + 1] for w in row.words}
        gone = {w for w in sorted(heads, key=lambda w: (w.box, w.text)) if rng.random() < share}
        words = (w._replace(text=w.text.translate(_VOWELS)) if w in gone else w for w in page.words)
        yield replace(page, words=tuple(words))


def calibrations_of(rows: Sequence[Rows]) -> dict[tuple[Cell, Input], Calibration]:
    """One for each cell and kind of input."""
    weights = np.concatenate([np.full(len(r.right), _weight(r)) for r in rows])
    ocr = np.concatenate([np.full(len(r.right), r.ocr) for r in rows])
    found: dict[tuple[Cell, Input], Calibration] = {}
    for cell in CELLS:
        right = np.array([_right(row, cell) for r in rows for row in r.right])
        signs = np.array([[*s] for r in rows for s in signs_with_reading(r, cell)])
        known = ~np.isnan(right)
        for source in INPUTS:
            here = ocr == (source == "ocr")
            whole = weights * np.where(here, 1.0, _OTHER_INPUT)
            numbers = _logistic(signs[known], right[known], whole[known])
            mine = [r.source for r in rows if r.ocr == (source == "ocr")]
            documents = len({s.id for s in mine if s.real} or mine)  # our own support little
            found[cell, source] = Calibration(
                Signs(*map(float, numbers[:-1])), float(numbers[-1]), 1 - 1 / (documents + 2)
            )
    return found


def signs_with_reading(rows: Rows, cell: Cell) -> list[Signs]:
    """The signs of each row, with how surely this cell of it was read."""
    role = {"unit_price": "price"}.get(cell, cell)
    found = []
    for item, signs in zip(rows.choice.items, signs_of(rows.choice), strict=True):
        words = item.texts.get("description", ())
        if cell == "description":
            read = sum(w.confidence for w in words) / len(words) if words else 1.0
        else:
            read = number.confidence if (number := item.cells.get(role)) else 1.0
        found.append(signs._replace(misread=1 - read))
    return found


def _weight(rows: Rows) -> float:
    kind = 1.0 if rows.source.real and not rows.forgot else _LESS
    return kind * min(1.0, float(np.sqrt(_ALIKE / max(1, len(rows.right)))))


def _right(row: dict[str, bool | None], cell: Cell) -> float:
    """NaN where there is no such cell, or nobody knows."""
    if cell == "amount":  # the row is one of the invoice's, whether or not the amount is known
        return float(any(ok is not False for ok in row.values()))
    ok = row.get(cell)
    return float("nan") if ok is None else float(ok)


def _logistic(
    signs: NDArray[np.float64], right: NDArray[np.float64], weights: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights of the signs and a bias; no sign may speak in the direction it cannot mean."""
    rows = np.column_stack([signs, np.ones(len(signs))])
    strength = np.append(np.full(signs.shape[1], _PRIOR), 0.01)

    def loss(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        odds = rows @ numbers
        p = 1 / (1 + np.exp(-odds))
        value = np.sum(weights * (np.logaddexp(0, odds) - right * odds))
        slope = rows.T @ (weights * (p - right))
        penalty = strength * numbers
        return float(value + penalty @ numbers / 2), slope + penalty

    bounds = [(0, None) if name in IN_FAVOUR else (None, 0) for name in Signs._fields]
    fitted = minimize(
        loss, np.zeros(rows.shape[1]), jac=True, bounds=[*bounds, (None, None)], method="L-BFGS-B"
    )
    return np.asarray(fitted.x, dtype=np.float64)


def fit_in_folds(rows: Sequence[Rows]) -> Iterator[tuple[Rows, Calibrations]]:
    """Every real document with calibrations that have seen neither its issuer nor its layout."""
    for fold in range(FOLDS):
        others = [r for r in rows if not r.source.real or fold_of(r.source.group) != fold]
        calibrations = calibrations_of(others)
        for r in rows:
            if r.source.real and not r.forgot and fold_of(r.source.group) == fold:
                yield r, calibrations
