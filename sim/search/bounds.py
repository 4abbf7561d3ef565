"""Algebra of bounds: intervals (n, 2) in order, [start, end), as plain arrays."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def sweep(sets: Sequence[Array], at_least: int) -> Array:
    """Intervals on which at least so many of the intervals given are open: one pass over the sorted edges."""
    bounds = np.concatenate([np.asarray(s, dtype=float).reshape(-1, 2) for s in sets])
    times = bounds.T.ravel()
    steps = np.repeat([1, -1], len(bounds))
    order = np.lexsort((-steps, times))  # starts before ends at the same instant, so that touching windows are joined
    open_now = np.cumsum(steps[order]) >= at_least
    before = np.concatenate(([False], open_now[:-1]))
    edges: Array = times[order][open_now != before].reshape(-1, 2)
    return edges[edges[:, 0] < edges[:, 1]]


def minus(bounds: Array, other: Array) -> Array:
    """The parts of some intervals that are in none of others; both in order and disjoint."""
    edges = np.concatenate(([-np.inf], other.ravel(), [np.inf])).reshape(-1, 2)
    return sweep([bounds, edges], 2)


def touching(bounds: Array, other: Array) -> NDArray[np.bool_]:
    """Which of some intervals begin or end where one of others does: (n,)."""
    return np.asarray(np.isin(bounds, other.ravel()).any(axis=1))
