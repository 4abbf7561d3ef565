"""Conditions whose windows are given, such as calendars: exact, without a search."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, Span
from sim.search.certificate import Certificate
from sim.search.conditions import Positive, Scalar
from sim.search.windows import Windows

Array = NDArray[np.float64]
Intervals = Callable[[Span], Array]

REACH_S = 8.0 * DAY_S
"""Largest margin: it is the time to the nearest edge, up to this."""


@dataclass(frozen=True, repr=False)
class Scheduled(Positive):
    """Holds in given intervals of time. Its margin is the time to the nearest edge (s): negative outside.

    intervals : span → intervals (n, 2) in TDB s, in order and disjoint, which may reach beyond the span
    cause     : time (TDB s) near an edge → its text as the limit that opens or closes a window there
    sentence  : time (TDB s) → a sentence on whether it holds then, why, and until when
    """

    intervals: Intervals
    cause: Callable[[float], str]
    sentence: Callable[[float], str]

    def found_in(self, windows: Windows) -> Windows | None:
        if self.limit != 0.0:  # relaxed, for near misses: searched like any other
            return None
        span = windows.span
        found = Windows.of(self.intervals(span), span, Certificate(((self.name, 0.0, "s"),)))
        return windows & (found if self.sign > 0 else ~found)

    def reads(self, t: float) -> str:
        return self.cause(t)

    def explained(self, t: float) -> str:
        return self.sentence(t)


def scheduled(
    intervals: Intervals,
    name: str,
    cause: Callable[[float], str],
    sentence: Callable[[float], str],
    margin: Callable[[Array], Array] | None = None,
) -> Scheduled:
    """Return the condition that holds in given intervals of time.

    Parameters
    ----------
    intervals, cause, sentence : callable
        As of `Scheduled`.
    name : str
        Its name, as in `operating hours of kourou`.
    margin : callable, optional
        Times (…) in TDB s → time to the nearest edge (…) in s, where the intervals are those of another clock.

    Examples
    --------
    >>> noon = np.array([[0.0, 60.0]])
    >>> open_ = scheduled(lambda span: noon, "hours", lambda t: "hours", lambda t: "")
    >>> [window for window in open_.windows(Span(30.0, 90.0))]
    [(30.0, 60.0)]
    """
    function = margin if margin is not None else (lambda t: time_to_edge(intervals, t))

    def breaks(span: Span) -> Array:
        edges = _near(intervals, span.start, span.end).ravel()
        corners = np.union1d(edges, 0.5 * (edges[1:] + edges[:-1]))
        return corners[(corners > span.start) & (corners < span.end)]

    scalar = Scalar(function, name, "s", 1e-6, breaks=breaks)
    return Scheduled(scalar, 0.0, 1.0, name, intervals, cause, sentence)


def time_to_edge(intervals: Intervals, t: Array) -> Array:
    """Return the time (s) from times (…) to the nearest edge of intervals: positive inside, negative outside."""
    t = np.asarray(t, dtype=float)
    if not t.size:
        return np.empty(t.shape)
    edges = _near(intervals, float(t.min()), float(t.max())).ravel()
    edges = np.concatenate(([-np.inf], edges, [np.inf]))
    after = np.searchsorted(edges, t, "right")
    away = np.minimum(np.minimum(t - edges[after - 1], edges[np.minimum(after, len(edges) - 1)] - t), REACH_S)
    return np.where(after % 2 == 0, away, -away)


def _near(intervals: Intervals, start: float, end: float) -> Array:
    """The intervals in a span and around it."""
    return intervals(Span(start - REACH_S, end + REACH_S))
