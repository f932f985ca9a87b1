"""The fitted model: trees per field, and what their log-odds mean as a probability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import IO, Literal

import numpy as np
from numpy.typing import NDArray

from invoice_ai.extraction.ranker.choice import Chosen, Scores
from invoice_ai.extraction.ranker.trees import Forest, Trees, trees_from

Input = Literal["text", "ocr"]
_FILE = "ranker.npz"
_FEATURES = 80  # more than any field has
_UNKNOWN = (-1.0,) * _FEATURES
_WIDEST = 8.0  # log-odds beyond which nothing is learned


@dataclass(frozen=True, slots=True)
class Calibration:
    """A logistic of score, gap and agreement, fitted on documents the trees were not fitted on.

    `highest` is the most that so few examples can support.
    """

    score: float
    gap: float
    adds_up: float
    bias: float
    highest: float

    def probability(self, chosen: Chosen) -> float:
        """How often a choice like this one is right.

        >>> Calibration(1.0, 0.0, 0.0, 0.0, 0.99).probability(Chosen(0, 0.0, 0.0))
        0.5
        """
        score, gap, adds_up = signs(chosen)
        odds = self.score * score + self.gap * gap + self.adds_up * adds_up + self.bias
        return min(self.highest, 1 / (1 + math.exp(-max(-30.0, min(30.0, odds)))))


def signs(chosen: Chosen) -> tuple[float, float, float]:
    """What a calibration looks at, within bounds."""
    clip = max(-_WIDEST, min(_WIDEST, chosen.score)), max(-_WIDEST, min(_WIDEST, chosen.gap))
    return (*clip, float(chosen.adds_up))


@dataclass(frozen=True)
class Ranker:
    """Trees by field, calibrations by field and kind of input."""

    trees: dict[str, Trees]
    calibrations: dict[tuple[str, Input], Calibration]

    @cached_property
    def _forest(self) -> Forest:
        return Forest(self.trees)

    def log_odds(self, options: Mapping[str, Sequence[Sequence[float]]]) -> dict[str, Scores]:
        """By field: that each of its options is right, from their features."""
        return self._forest.log_odds({name: as_rows(of) for name, of in options.items()})


def as_rows(options: Sequence[Sequence[float]]) -> NDArray[np.float32]:
    """Features as a matrix; what is not known at the end of a row is -1."""
    rows = [(*features, *_UNKNOWN[len(features) :]) for features in options]
    return np.array(rows, np.float32).reshape(-1, _FEATURES)


def save_ranker(ranker: Ranker, path: Path) -> None:
    """Write the model file."""
    arrays: dict[str, NDArray[np.generic]] = {}
    for name, trees in ranker.trees.items():
        arrays |= trees.arrays(name)
    for (name, source), c in ranker.calibrations.items():
        numbers = [c.score, c.gap, c.adds_up, c.bias, c.highest]
        arrays[f"{name}/{source}"] = np.array(numbers, dtype=np.float64)
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_ranker(file: IO[bytes]) -> Ranker:
    """Read what `save_ranker` wrote."""
    with np.load(file, allow_pickle=False) as kept:
        arrays = {name: kept[name] for name in kept.files}
    names = {name.split("/")[0] for name in arrays if name.endswith("/feature")}
    inputs: tuple[Input, Input] = ("text", "ocr")
    return Ranker(
        {name: trees_from(arrays, name) for name in sorted(names)},
        {
            (name, source): Calibration(*arrays[f"{name}/{source}"].tolist())
            for name in sorted(names)
            for source in inputs
        },
    )


@cache
def shipped_ranker() -> Ranker:
    """The model that comes with the package; its card is `ranker.md` beside it."""
    with resources.files(__package__).joinpath(_FILE).open("rb") as file:
        return load_ranker(file)
