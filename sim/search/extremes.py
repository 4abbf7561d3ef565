"""Every interior maximum and minimum of many functions of time at once, each in its own windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import derivative_matrix, lobatto_points, lobatto_transform, polynomials
from sim.core.time import EDGE_S
from sim.search.intervals import cut_up
from sim.search.margins import SAME_S
from sim.search.roots import DEGREE, isolate, tail

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Bools = NDArray[np.bool_]
Found = tuple[Array, Index, Bools]
"""Times of extremes, whose function each is of, and whether it is a maximum."""

PIECES_AT_ONCE = 4096
"""Pieces that are sampled together: some megabytes for each number per time."""
_FEW = 14
"""Degree of the polynomials of a ratio's parts. A higher degree needs fewer halvings where light time bends an overhead
pass by some meters, and more samples elsewhere."""
_TRANSFORM, _SLOPE = lobatto_transform(_FEW).T, derivative_matrix(_FEW + 1).T
_FIRST = (-1.0) ** np.arange(DEGREE + 1)
_VALUES = polynomials(lobatto_points(DEGREE), _FEW + 1).T
_NONE: Index = np.empty(0, dtype=np.intp)


def tidied(found: Found, pieces: Array) -> Found:
    """Extremes of functions, by function and in order of time, with those on the borders of pieces.

    found   : times (n,), functions (n,) and whether they are maxima (n,), as the pieces have them inside
    pieces  : (m, 5) start, end, the slopes there, and the function

    Rounding may let an extreme on a border appear in neither piece, or in both: so do extremes closer than SAME_S, of
    which, as maxima and minima alternate, one remains of an odd number and none of an even one.
    """
    pieces = pieces[np.lexsort((pieces[:, 0], pieces[:, 4]))]
    left, right = pieces[:-1], pieces[1:]
    between = (left[:, 1] == right[:, 0]) & (left[:, 4] == right[:, 4])
    between &= np.sign(left[:, 3]) * np.sign(right[:, 2]) < 0.0
    more = left[between, 1], left[between, 4].astype(np.intp), left[between, 3] > 0
    times, owners, highs = (np.concatenate(pair) for pair in zip(found, more, strict=True))
    order = np.lexsort((times, owners))
    times, owners, highs = times[order], owners[order], highs[order]
    apart = (np.diff(times) > SAME_S) | (owners[1:] != owners[:-1])
    first = np.flatnonzero(np.append(True, apart)[: len(times)])
    kept = first[np.diff(np.append(first, len(times))) % 2 == 1]
    return times[kept], owners[kept], highs[kept]


class Turns(NamedTuple):
    """Extremes of functions: times (m,) TDB s, the windows (m,) that contain them, and whether each is a maximum."""

    times: Array
    windows: Index
    maximum: Bools


def turns(
    ask: Callable[[Array, Index], tuple[Array, Array]],
    bounds: Array,
    breaks: Array,
    pace_s: float,
    resolution: float,
    root_resolution: float,
) -> tuple[Turns, Turns]:
    """Find the extremes of a / √b and of √b, one pair of functions per window, inside the windows; not at their ends.

    ask        : times (m, k) TDB s and windows (m,), a row each → the windows' a and b > 0 (m, k)
    bounds     : (n, 2) windows, in any order; some may overlap
    breaks     : times at which the functions may have kinks; pace_s: pieces start no longer
    resolution : the smallest excursion of a / √b to find; root_resolution: of √b

    A ratio may bend sharply where its parts hardly bend, as in a pass near the zenith. So polynomials represent the
    parts, which need few samples, and the slope of the ratio is computed from theirs: its sign is that of
    a′ b − a b′ / 2. As in a search for edges, pieces are halved until the polynomials are good, and the polynomials are
    divided without sampling. A kink is located to EDGE_S; one at a break is found there.
    """
    starts, ends, owners = _cut(bounds, breaks, pace_s)
    found: tuple[list[Found], list[Found]] = [(np.empty(0), _NONE, _NONE > 0)], [(np.empty(0), _NONE, _NONE > 0)]
    borders: tuple[list[Array], list[Array]] = [np.empty((0, 5))], [np.empty((0, 5))]
    while len(starts):
        rest: list[Bools] = []
        for low in range(0, len(starts), PIECES_AT_ONCE):
            some = slice(low, low + PIECES_AT_ONCE)
            begin, end, owner = starts[some], ends[some], owners[some]
            t = begin[:, None] + 0.5 * (end - begin)[:, None] * (1.0 + lobatto_points(_FEW))
            t[:, -1] = end  # exactly
            good, slopes = _slopes(*ask(t, owner), resolution, root_resolution)
            settled = good | (end - begin <= EDGE_S)
            begin, end, owner = begin[settled], end[settled], owner[settled]
            for rates, each, border in zip(slopes, found, borders, strict=True):
                rates = rates[settled]
                parts = isolate(rates, begin, end, np.zeros(len(rates)), EDGE_S)
                crossing = parts.only(parts.crossing)
                each.append((crossing.crossings().times, owner[crossing.source], crossing.left > 0))
                border.append(np.column_stack((begin, end, rates @ _FIRST, rates.sum(axis=1), owner)))
            rest.append(~settled)
        left = np.concatenate(rest)
        middle = 0.5 * (starts[left] + ends[left])
        starts, ends = np.concatenate((starts[left], middle)), np.concatenate((middle, ends[left]))
        owners = np.tile(owners[left], 2)
    above, below = (_inside(each, np.concatenate(border), bounds) for each, border in zip(found, borders, strict=True))
    return above, below


def _slopes(a: Array, b: Array, resolution: float, root_resolution: float) -> tuple[Bools, tuple[Array, Array]]:
    """Whether polynomials through samples (n, _FEW+1) are good, and what has the slopes' signs: (n, DEGREE+1) each."""
    root = np.sqrt(np.min(b, axis=1))
    a, b = a @ _TRANSFORM, b @ _TRANSFORM
    a_rate, b_rate = a @ _SLOPE, b @ _SLOPE
    rising = (a_rate @ _VALUES) * (b @ _VALUES) - 0.5 * (a @ _VALUES) * (b_rate @ _VALUES)
    rising = rising @ lobatto_transform(DEGREE).T  # degrees beyond are products of two tails
    rest = tail(b[:, -3:], 1) / root
    good = (np.maximum(tail(a[:, -3:], 1), rest) <= resolution * root) & (rest <= 2.0 * root_resolution)
    return good, (rising, np.pad(b_rate, ((0, 0), (0, DEGREE - _FEW))))


def _inside(found: list[Found], pieces: Array, bounds: Array) -> Turns:
    """Those of some turns that are inside their windows, in order."""
    times, windows, highs = zip(*found, strict=True)
    t, window, high = tidied((np.concatenate(times), np.concatenate(windows), np.concatenate(highs)), pieces)
    inside = (t >= bounds[window, 0]) & (t < bounds[window, 1])
    return Turns(t[inside], window[inside], high[inside])


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
