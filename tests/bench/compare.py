"""Found windows against the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Difference:
    """What is wrong with a set of windows.

    missed   : true windows that no window found touches, and those swallowed by a window that holds several: all but
               the first
    spurious : windows found that touch no true one, and those that share a true one: all but the first
    edge_s   : the largest error of an edge of the windows that pair one to one
    wrong_s  : time reported wrongly, open or closed
    """

    found: int
    true: int
    missed: int
    spurious: int
    edge_s: float
    wrong_s: float

    def __add__(self, other: Difference) -> Difference:
        return Difference(
            self.found + other.found,
            self.true + other.true,
            self.missed + other.missed,
            self.spurious + other.spurious,
            max(self.edge_s, other.edge_s),
            self.wrong_s + other.wrong_s,
        )


def compare(truth: np.ndarray, found: np.ndarray) -> Difference:
    """One station's windows, (n, 2) and (m, 2), each ordered and disjoint."""
    found = np.asarray(found, dtype=float).reshape(-1, 2)
    first, last = _touching(truth, found)
    per_found, partners = last - first, np.zeros(len(truth), dtype=int)
    for low, high in zip(first, last, strict=True):
        partners[low:high] += 1
    missed = int(np.sum(partners == 0) + np.sum(np.maximum(per_found - 1, 0)))
    spurious = int(np.sum(per_found == 0) + np.sum(np.maximum(partners - 1, 0)))
    single = np.nonzero(per_found == 1)[0]
    single = single[partners[first[single]] == 1]
    error = np.abs(found[single] - truth[first[single]]) if len(single) else np.zeros((1, 2))
    both = sum(min(b, d) - max(a, c) for (a, b), i, j in zip(found, first, last, strict=True) for c, d in truth[i:j])
    wrong = np.sum(np.diff(truth)) + np.sum(np.diff(found)) - 2 * both
    return Difference(len(found), len(truth), missed, spurious, float(error.max()), float(wrong))


def _touching(truth: np.ndarray, found: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each found window the range of true ones that it overlaps."""
    if not len(truth):
        zeros = np.zeros(len(found), dtype=int)
        return zeros, zeros
    first = np.searchsorted(truth[:, 1], found[:, 0], "right")
    last = np.searchsorted(truth[:, 0], found[:, 1], "left")
    return first, np.maximum(first, last)
