"""Finds windows by brute force: a margin on a uniform grid, with every change of sign bisected.

Nothing is shared with `sim.search.find`. Near an extreme close to zero, the grid is refined, so that windows shorter
than the step are found.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span

Array = NDArray[np.float64]
Margin = Callable[[Array], Array]
"""TDB seconds (n,) → (n,), positive where open; of any unit."""

EDGE_S = 1e-4
"""Accuracy of edges (s)."""
AT_ONCE = 50_000
"""Number of times at which a margin is evaluated in one call."""
FINER = 32
"""Factor by which the grid is refined near an extreme close to zero, twice."""


def scan(margin: Margin, span: Span, step_s: float) -> Array:
    """The windows in which a margin is positive, (n, 2) TDB s."""
    count = max(int(np.ceil(span.duration_s / step_s)), 2)
    t = np.linspace(span.start, span.end, count + 1)
    values = values_at(margin, t)
    low, high = _changes(t, values)
    first, last = _turns(t, values)
    for _ in range(2):
        if not len(first):
            break
        fine = np.linspace(first, last, FINER + 1, axis=1)
        inner = values_at(margin, fine.ravel()).reshape(fine.shape)
        rows, columns = np.nonzero((inner[:, 1:] > 0) != (inner[:, :-1] > 0))
        low = np.concatenate((low, fine[rows, columns]))
        high = np.concatenate((high, fine[rows, columns + 1]))
        left = np.setdiff1d(np.arange(len(fine)), rows)
        nearest = np.clip(np.argmin(np.abs(inner[left]), axis=1), 1, FINER - 1)
        first, last = fine[left, nearest - 1], fine[left, nearest + 1]
    edges = np.sort(halved(margin, low, high))
    marks = np.concatenate(([span.start] if values[0] > 0 else [], edges))
    marks = np.append(marks, span.end) if len(marks) % 2 else marks
    found: Array = marks.reshape(-1, 2)
    return found


def halved(margin: Margin, low: Array, high: Array) -> Array:
    """The times at which a margin changes its sign, by bisection of intervals with a change of sign."""
    low, high = low.copy(), high.copy()
    if not len(low):
        return low
    rises = values_at(margin, low) <= 0
    while np.max(high - low) > EDGE_S:
        middle = 0.5 * (low + high)
        beyond = (values_at(margin, middle) > 0) == rises
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return 0.5 * (low + high)


def values_at(margin: Margin, t: Array) -> Array:
    """A margin at many times, evaluated in batches."""
    parts = [np.asarray(margin(part), dtype=float) for part in np.array_split(t, -(-len(t) // AT_ONCE) or 1)]
    return np.concatenate(parts)


def _changes(t: Array, values: Array) -> tuple[Array, Array]:
    rows = np.flatnonzero((values[1:] > 0) != (values[:-1] > 0))
    return t[rows], t[rows + 1]


def _turns(t: Array, values: Array) -> tuple[Array, Array]:
    """Intervals around extremes close to zero: those that a parabola through three samples may cross."""
    a, b, c = values[:-2], values[1:-1], values[2:]
    curve, slope = a - 2 * b + c, 0.5 * (c - a)
    top = b - 0.5 * slope * slope / np.where(curve == 0, np.inf, curve)
    below = (a <= 0) & (b <= 0) & (c <= 0) & (b >= a) & (b >= c) & (top - 0.5 * curve > 0)
    above = (a > 0) & (b > 0) & (c > 0) & (b <= a) & (b <= c) & (top - 0.5 * curve < 0)
    rows = np.flatnonzero(below | above)
    return t[rows], t[rows + 2]
