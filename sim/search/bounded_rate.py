"""Windows of a function of time that is continuous but not smooth, whose rate of change is bounded."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.search.bounds import sweep

Array = NDArray[np.float64]

SHORTEST_S = 1e-6
"""Intervals are not halved any further: what happens within a microsecond is no window."""


class Found(NamedTuple):
    """Where a function is positive: intervals (n, 2) in order, TDB s; how many intervals and values were examined."""

    bounds: Array
    pieces: int
    evaluations: int


def positive(
    function: Callable[[Array], Array], starts: Array, ends: Array, rates: Array, resolution: float
) -> Found:
    """Find where a function is positive in some intervals.

    Parameters
    ----------
    function : callable
        Times (n,) in TDB s → values (n,).
    starts, ends : ndarray
        The intervals (m,), TDB s.
    rates : ndarray
        (m,) an upper bound of the function's rate of change in each, per second.
    resolution : float
        Every excursion beyond zero that is larger than this is found.

    Notes
    -----
    From a value f a function that changes by at most L per second has no zero for f / L seconds. So an interval is
    decided whose values at both ends have one sign and add up to more than L times its length; others are halved, until
    the function can change by no more than the resolution in them. An edge is where the line between the last two
    values is zero.

    Examples
    --------
    >>> found = positive(lambda t: np.abs(t - 5.0) - 2.0, np.array([0.0]), np.array([10.0]), np.array([1.0]), 1e-6)
    >>> found.bounds.round(6).tolist()
    [[0.0, 3.0], [7.0, 10.0]]
    """
    kept: list[Array] = [np.empty((0, 2))]
    low, high = function(starts), function(ends)
    pieces, evaluations = 0, 2 * len(starts)
    while len(starts):
        pieces += len(starts)
        most = rates * (ends - starts)
        same = (low > 0.0) == (high > 0.0)
        done = (same & (np.abs(low) + np.abs(high) > most)) | (most <= resolution) | (ends - starts <= SHORTEST_S)
        kept.append(_positive_parts(*(x[done] for x in (starts, ends, low, high))))
        starts, ends, low, high, rates = (x[~done] for x in (starts, ends, low, high, rates))
        middle = 0.5 * (starts + ends)
        between = function(middle) if len(middle) else middle
        evaluations += len(middle)
        starts, ends = np.concatenate((starts, middle)), np.concatenate((middle, ends))
        low, high, rates = np.concatenate((low, between)), np.concatenate((between, high)), np.tile(rates, 2)
    return Found(sweep([np.concatenate(kept)], 1), pieces, evaluations)


def _positive_parts(starts: Array, ends: Array, low: Array, high: Array) -> Array:
    """The parts of intervals in which a function is positive that is straight between given values at their ends."""
    opens, closes = low > 0.0, high > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        zero = np.clip(starts + (ends - starts) * low / (low - high), starts, ends)
    bounds = np.column_stack((np.where(opens, starts, zero), np.where(closes, ends, zero)))[opens | closes]
    found: Array = bounds[bounds[:, 0] < bounds[:, 1]]
    return found
