"""Fitting: trees on some documents, calibrations on others, split by issuer."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from evaluation.training.cases import Case
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from invoice_ai.extraction.ranker.choice import Chosen, choose_all
from invoice_ai.extraction.ranker.model import Calibration, Input, signs
from invoice_ai.extraction.ranker.options import AMOUNTS, JUDGED, RANKED
from invoice_ai.extraction.ranker.trees import Trees

FOLDS = 5
_TREES = 80
_LEAVES = 12
# A generated document counts a third of a real one, and so does a real one with labels forgotten.
_LESS = 0.35
_SAMPLE = 0.34
_PRIOR = 2.0  # strength of "the log-odds are probabilities already", in examples


def fold_order(group: str) -> int:
    """A number of a group of documents that says nothing about it, the same for ever."""
    return int(hashlib.sha256(group.encode()).hexdigest(), 16)


def fold_of(group: str) -> int:
    """The fold that a group of documents is kept apart in."""
    return fold_order(group) % FOLDS


def fit_trees(cases: Sequence[Case]) -> dict[str, Trees]:
    """Trees of every field from documents of which the truth is known."""
    many = Counter(c.source.group for c in cases if c.source.real)
    return {name: _trees(cases, name, many) for name in (*RANKED, *JUDGED)}


def _trees(cases: Sequence[Case], name: str, many: Counter[str]) -> Trees:
    used = [c for c in cases if name in c.right and len(c.right[name])]
    rows = np.vstack([c.rows[name] for c in used])
    right = np.concatenate([c.right[name] for c in used])
    weights = np.concatenate([np.full(len(c.right[name]), _weight(c, many)) for c in used])
    own = np.concatenate([np.arange(len(c.right[name])) == c.chosen[name] for c in used])
    # Of the many values that nobody would choose, a third stands for all.
    kept = right | own | (np.random.default_rng(1).random(len(right)) < _SAMPLE)
    weights = np.where(right | own, weights, weights / _SAMPLE)[kept]
    rows, right = rows[kept], right[kept]
    if right.all():  # nothing to tell apart: currency read from one symbol
        return _constant(float(len(right)))
    fitted = HistGradientBoostingClassifier(
        max_iter=_TREES if name in RANKED else _TREES // 2,
        max_leaf_nodes=_LEAVES if name in RANKED else _LEAVES // 2,
        learning_rate=0.1,
        l2_regularization=2.0,
        min_samples_leaf=12,
        max_bins=64,
        early_stopping=False,
        random_state=1,
    ).fit(rows, right, sample_weight=weights)
    return exported(fitted)


def _weight(case: Case, many: Counter[str]) -> float:
    """Many documents of one issuer say little more than one of them."""
    if not case.source.real:
        return _LESS
    whole = 1.0 if case.source.forget is None else _LESS
    return whole * 3 / float(np.sqrt(max(3, many[case.source.group]) / 3))


def _constant(examples: float) -> Trees:
    one = np.zeros(1)
    return Trees(
        one.astype(np.int16),
        one.astype(np.float32),
        np.zeros(2, np.int32),
        one.astype(np.float32),
        one.astype(np.int32),
        0,
        float(np.log(examples + 1)),
    )


def exported(fitted: HistGradientBoostingClassifier) -> Trees:
    """scikit-learn's trees as plain arrays."""
    parts: dict[str, list[NDArray[np.generic]]] = {}
    roots, size, depth = [], 0, 0
    for (predictor,) in fitted._predictors:
        nodes = predictor.nodes
        leaf = nodes["is_leaf"].astype(bool)
        here = np.arange(len(nodes)) + size
        columns = {
            "feature": np.where(leaf, 0, nodes["feature_idx"]),
            # A leaf goes to itself, so that all rows take the same number of steps.
            "child": np.column_stack(
                [
                    np.where(leaf, here, nodes["left"] + size),
                    np.where(leaf, here, nodes["right"] + size),
                ]
            ).ravel(),
            "threshold": np.where(leaf, 0, nodes["num_threshold"]),
            "value": nodes["value"],
        }
        for key, column in columns.items():
            parts.setdefault(key, []).append(column)
        roots.append(size)
        size += len(nodes)
        depth = max(depth, int(nodes["depth"].max()))
    joined = {key: np.concatenate(columns) for key, columns in parts.items()}
    return Trees(
        joined["feature"].astype(np.int16),
        # float32 rows are compared: rounding up keeps "at most" true for the value itself.
        np.nextafter(joined["threshold"].astype(np.float32), np.float32(np.inf)),
        joined["child"].astype(np.int32),
        joined["value"].astype(np.float32),
        np.array(roots, np.int32),
        depth,
        float(np.ravel(fitted._baseline_prediction)[0]),
    )


@dataclass(frozen=True, slots=True)
class Judged:
    """One choice on a document that the trees were not fitted on; `right` None: not in the truth."""

    case: Case
    name: str
    chosen: Chosen | None
    right: bool


def judge(trees: dict[str, Trees], cases: Iterable[Case]) -> list[Judged]:
    """Choose on these documents, and say what was right."""
    judged = []
    for case in cases:
        scores = {n: trees[n].log_odds(rows) for n, rows in case.rows.items() if len(rows)}
        values: dict[str, list[object]] = {
            n: [Decimal(v) if n in AMOUNTS else v for v in case.values[n]] for n in scores
        }
        choice = choose_all(values, scores, case.chosen)
        for name, right in case.right.items():
            chosen = choice.get(name)
            judged.append(Judged(case, name, chosen, bool(chosen and right[chosen.at])))
    return judged


def fit_calibrations(judged: Sequence[Judged]) -> dict[tuple[str, Input], Calibration]:
    """One per field and kind of input; a kind with few examples leans on both kinds together."""
    found: dict[tuple[str, Input], Calibration] = {}
    sources: tuple[Input, Input] = ("text", "ocr")
    for name in (*RANKED, *JUDGED):
        of_field = [j for j in judged if j.name == name and j.chosen is not None]
        prior = np.array([1.0, 0.0, 0.0, 0.0])
        both = _logistic(of_field, prior, _PRIOR)
        for source in sources:
            here = [j for j in of_field if j.case.ocr == (source == "ocr")]
            numbers = _logistic(here, both, 4 * _PRIOR)
            examples = sum(j.case.source.forget is None for j in here)
            highest = 1 - 0.5 / (examples + 2)
            found[name, source] = Calibration(*(float(x) for x in numbers), highest=highest)
    return found


def _logistic(
    judged: Sequence[Judged], prior: NDArray[np.float64], strength: float
) -> NDArray[np.float64]:
    """Logistic regression that stays near `prior` (score, gap, agreement, bias); Newton's method."""
    if not judged:
        return prior
    rows = np.array([[*signs(j.chosen), 1.0] for j in judged if j.chosen is not None])
    right = np.array([float(j.right) for j in judged])
    weights = np.array([1.0 if j.case.source.forget is None else _LESS for j in judged])
    penalty = strength * np.array([1.0, 1.0, 1.0, 0.1])
    numbers = prior.copy()
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(rows @ numbers, -30, 30)))
        slope = rows.T @ (weights * (right - p)) - penalty * (numbers - prior)
        curve = (rows * (weights * p * (1 - p))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        numbers = numbers + step
        if np.abs(step).max() < 1e-8:
            break
    return np.asarray(numbers)
