"""When an end is open, as exact intervals of time: what limits of time are made of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span

Array = NDArray[np.float64]


class OpenTimes(Protocol):
    """Intervals of time in which an end is open, with the words for them. Times are the end's own, TDB s."""

    @property
    def name(self) -> str:
        """Name of the limit, as in `operating hours of kourou`."""

    def intervals(self, span: Span) -> Array:
        """Return the intervals (n, 2) that meet a span, in order and disjoint; they may reach beyond it."""

    def cause(self, t: float) -> str:
        """Return the name of the limit as what opens or closes a window near a time."""

    def sentence(self, t: float) -> str:
        """Return a sentence on whether the end is open at a time, why, and until when."""


def merged(bounds: Array | Sequence[tuple[float, float]]) -> Array:
    """Return intervals in order, those that overlap or touch as one, and empty ones left out: (n, 2)."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(map(tuple, np.asarray(bounds, dtype=float).reshape(-1, 2).tolist())):
        if start >= end:
            continue
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(found.pop()[1], end)
        found.append((start, end))
    return np.array(found, dtype=float).reshape(-1, 2)


def between(bounds: Array) -> Array:
    """Return all time outside of intervals (n, 2) that are in order and disjoint: (n + 1, 2), infinite at both ends."""
    return np.concatenate(([-np.inf], bounds.ravel(), [np.inf])).reshape(-1, 2)


def meeting(bounds: Array, span: Span) -> Array:
    """Return the intervals, in order and disjoint, that meet a span."""
    first = int(np.searchsorted(bounds[:, 1], span.start, "right"))
    last = int(np.searchsorted(bounds[:, 0], span.end, "left"))
    return bounds[first:last]


def next_edge(bounds: Array, t: float) -> tuple[bool, float | None]:
    """Return whether a time is inside of intervals, and the next edge after it; None if there is none."""
    edges = bounds.ravel()
    after = int(np.searchsorted(edges, t, "right"))
    ends = after >= len(edges) or not np.isfinite(edges[after])
    return after % 2 == 1, None if ends else float(edges[after])
