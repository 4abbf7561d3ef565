"""Every interior maximum and minimum of many functions of time at once, each in its own windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import derivative_matrix, lobatto_transform
from sim.core.time import EDGE_S
from sim.search.intervals import cut_up, nodes
from sim.search.roots import DEGREE, isolate, tail

Array = NDArray[np.float64]
Index = NDArray[np.intp]

PIECES_AT_ONCE = 4096
"""Pieces that are sampled together: some megabytes for each number per time."""


class Turns(NamedTuple):
    """Extremes of functions: times (m,) TDB s, the windows (m,) that contain them, and whether each is a maximum."""

    times: Array
    windows: Index
    maximum: NDArray[np.bool_]


def turns(
    ask: Callable[[Array, Index], Array], bounds: Array, breaks: Array, pace_s: float, resolution: float
) -> Turns:
    """Find the extremes of functions, one per window, inside the windows; ends of windows are not extremes.

    ask        : times (k,) TDB s and windows (k,) → values (k,) of the windows' functions
    bounds     : (n, 2) windows, in any order; some may overlap
    breaks     : times at which the functions may have kinks; pace_s: pieces start no longer
    resolution : the smallest excursion to find

    As in a search for edges, pieces are halved until polynomials represent the functions, and the polynomials are
    divided without sampling. A kink is located to EDGE_S.
    """
    starts, ends, owners = _cut(bounds, breaks, pace_s)
    slope, transform = derivative_matrix(DEGREE + 1).T, lobatto_transform(DEGREE).T
    times, windows, highs = [np.empty(0)], [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=bool)]
    while len(starts):
        rest: list[NDArray[np.bool_]] = []
        for low in range(0, len(starts), PIECES_AT_ONCE):
            some = slice(low, low + PIECES_AT_ONCE)
            begin, end, owner = starts[some], ends[some], owners[some]
            values = ask(nodes(begin, end).ravel(), owner.repeat(DEGREE + 1)).reshape(-1, DEGREE + 1)
            coefficients = values @ transform
            settled = (tail(coefficients[:, -3:], 1) <= resolution) | (end - begin <= EDGE_S)
            rates = coefficients[settled] @ slope
            parts = isolate(rates, begin[settled], end[settled], np.zeros(len(rates)), EDGE_S)
            crossing = parts.only(parts.crossing)
            times.append(crossing.crossings().times)
            windows.append(owner[settled][crossing.source])
            highs.append(crossing.left > 0)
            rest.append(~settled)
        left = np.concatenate(rest)
        middle = 0.5 * (starts[left] + ends[left])
        starts, ends = np.concatenate((starts[left], middle)), np.concatenate((middle, ends[left]))
        owners = np.tile(owners[left], 2)
    t, window, high = np.concatenate(times), np.concatenate(windows), np.concatenate(highs)
    inside = (t >= bounds[window, 0]) & (t < bounds[window, 1])
    order = np.flatnonzero(inside)[np.lexsort((t[inside], window[inside]))]
    return Turns(t[order], window[order], high[order])


def _cut(bounds: Array, breaks: Array, pace_s: float) -> tuple[Array, Array, Index]:
    """Windows as pieces no longer than the pace, cut at the breaks: starts, ends and the windows (k,)."""
    first, last = np.searchsorted(breaks, bounds[:, 0], "right"), np.searchsorted(breaks, bounds[:, 1], "left")
    whole = np.flatnonzero(first >= last)
    counts = np.maximum(1, np.ceil((bounds[whole, 1] - bounds[whole, 0]) / pace_s)).astype(int)
    plain = counts == 1
    found = [(bounds[whole[plain], 0], bounds[whole[plain], 1], whole[plain])]
    for row in np.concatenate((whole[~plain], np.flatnonzero(first < last))).tolist():
        starts, ends = cut_up(bounds[row : row + 1], breaks, pace_s)
        found.append((starts, ends, np.full(len(starts), row)))
    starts, ends, owners = (np.concatenate(column) for column in zip(*found, strict=True))
    return starts, ends, owners
