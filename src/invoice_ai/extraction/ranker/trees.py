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
        child: Two nodes below each: at 2 i to the left of node i, at 2 i + 1 to the right.
        value: What a leaf adds.
        roots: The first node of each tree.
        depth: Most steps from a root to a leaf.
        base: Log-odds before any tree.
    """

    feature: NDArray[np.int16]
    threshold: NDArray[np.float32]
    child: NDArray[np.int32]
    value: NDArray[np.float32]
    roots: NDArray[np.int32]
    depth: int
    base: float

    def log_odds(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        """One number for each row of features."""
        cells = rows.ravel()
        first = (np.arange(len(rows), dtype=np.int32) * rows.shape[1])[:, None]
        at = np.broadcast_to(self.roots, (len(rows), len(self.roots)))
        for _ in range(self.depth):
            high = cells.take(first + self.feature.take(at)) > self.threshold.take(at)
            at = self.child.take(2 * at + high)
        total: NDArray[np.float32] = self.value.take(at).sum(axis=1) + np.float32(self.base)
        return total

    def arrays(self, name: str) -> dict[str, NDArray[np.generic]]:
        """For a file; `trees_from` reads it back."""
        return {
            f"{name}/feature": self.feature,
            f"{name}/threshold": self.threshold,
            f"{name}/child": self.child,
            f"{name}/value": self.value,
            f"{name}/roots": self.roots,
            f"{name}/base": np.array([self.depth, self.base], dtype=np.float64),
        }


class Forest:
    """The trees of several fields, evaluated in one pass: a document has few rows of each."""

    def __init__(self, fields: Mapping[str, Trees]) -> None:
        self._feature = np.concatenate([t.feature for t in fields.values()]).astype(np.intp)
        self._threshold = np.concatenate([t.threshold for t in fields.values()])
        self._value = np.concatenate([t.value for t in fields.values()])
        self._depth = max(t.depth for t in fields.values())
        self._roots: dict[str, tuple[NDArray[np.intp], np.float32]] = {}
        children, before = [], 0
        for name, trees in fields.items():
            children.append(trees.child.astype(np.intp) + before)
            self._roots[name] = trees.roots.astype(np.intp) + before, np.float32(trees.base)
            before += len(trees.feature)
        self._child = np.concatenate(children)

    def log_odds(self, rows: Mapping[str, NDArray[np.float32]]) -> dict[str, NDArray[np.float32]]:
        """By field one number for each of its rows of features, the same as `Trees.log_odds`."""
        if not rows:
            return {}
        cells = np.concatenate(list(rows.values()))
        width = cells.shape[1]
        counts = [len(self._roots[name][0]) for name, of in rows.items() for _ in of]
        first = np.repeat(np.arange(len(cells)) * width, counts)
        at = np.concatenate([np.tile(self._roots[name][0], len(of)) for name, of in rows.items()])
        cells = cells.ravel()
        for _ in range(self._depth):
            high = cells.take(first + self._feature.take(at)) > self._threshold.take(at)
            at = self._child.take(2 * at + high)
        values = self._value.take(at)
        found: dict[str, NDArray[np.float32]] = {}
        start = 0
        for name, of in rows.items():
            roots, base = self._roots[name]
            end = start + len(of) * len(roots)
            found[name] = values[start:end].reshape(len(of), len(roots)).sum(axis=1) + base
            start = end
        return found


def trees_from(arrays: Mapping[str, NDArray[np.generic]], name: str) -> Trees:
    """What `Trees.arrays` wrote."""
    depth, base = arrays[f"{name}/base"].tolist()
    return Trees(
        arrays[f"{name}/feature"].astype(np.int16),
        arrays[f"{name}/threshold"].astype(np.float32),
        arrays[f"{name}/child"].astype(np.int32),
        arrays[f"{name}/value"].astype(np.float32),
        arrays[f"{name}/roots"].astype(np.int32),
        int(depth),
        float(base),
    )
