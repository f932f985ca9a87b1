"""Gradient-boosted trees as arrays: a probability from features with numpy alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Trees:
    """A sum of regression trees, the log-odds of being right.

    Attributes:
        feature: Of each node; -1 at a leaf.
        threshold: Go left when the feature is at most that.
        left, right: The nodes below.
        value: What a leaf adds.
        roots: The first node of each tree.
        depth: Most steps from a root to a leaf.
        base: Log-odds before any tree.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    left: NDArray[np.int32]
    right: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    depth: int
    base: float

    def log_odds(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """One number for each row of features."""
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        line = np.arange(len(rows))[:, None]
        for _ in range(self.depth):
            low = rows[line, self.feature[at]] <= self.threshold[at]
            at = np.where(low, self.left[at], self.right[at])
        total: NDArray[np.float32] = self.value[at].sum(axis=1) + np.float32(self.base)
        return total

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """For a file; `trees_from` reads it back."""
        return {
            f"{name}/feature": self.feature,
            f"{name}/threshold": self.threshold,
            f"{name}/left": self.left,
            f"{name}/right": self.right,
            f"{name}/value": self.value,
            f"{name}/roots": self.roots,
            f"{name}/base": np.array([self.depth, self.base], dtype=np.float64),
        }


def trees_from(arrays: Mapping[str, NDArray[np.generic]], name: str) -> Trees:
    """What `Trees.arrays` wrote."""
    depth, base = arrays[f"{name}/base"].tolist()
    return Trees(
        arrays[f"{name}/feature"].astype(np.int16),
        arrays[f"{name}/threshold"].astype(np.float32),
        arrays[f"{name}/left"].astype(np.int32),
        arrays[f"{name}/right"].astype(np.int32),
        arrays[f"{name}/value"].astype(np.float32),
        arrays[f"{name}/roots"].astype(np.int32),
        int(depth),
        float(base),
    )
