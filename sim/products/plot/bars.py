"""Windows as bars whose drawn area stays true to the open share, also where windows are too short to draw."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DOT_SHARE = 1.0 / 28.0
"""Smallest height of a partly open bar, and smallest distance from full height: about one dot, as a share."""
APART = 10.0
"""A gap shorter than a dot is drawn separately, one dot wide, only between windows this many dots long. Between shorter
windows it would take too large a part of the open area."""


def bars(bounds: Array, dot: float) -> Array:
    """Bars of windows: start, end and open share of each, (m, 3).

    bounds : (n, 2), in order and disjoint
    dot    : the shortest time that can be drawn, in the unit of bounds

    Windows and gaps of at least a dot keep their bounds. A single shorter window, or a shorter gap between long
    windows, is widened to a dot. Other sequences of short windows and short gaps become one bar with its open share.
    """
    if not len(bounds):
        return np.empty((0, 3))
    edges = bounds.ravel()
    long = np.diff(edges) >= dot  # windows at even places, gaps at odd ones
    short_gap = np.concatenate(([False], ~long, [False]))  # whether the neighbor is a short gap
    long[::2] &= (np.diff(edges)[::2] >= APART * dot) | ~(short_gap[:-2:2] | short_gap[2::2])
    made: list[list[float]] = []
    for is_long, group in groupby(range(len(long)), key=lambda i: bool(long[i])):
        run = list(group)
        if is_long:
            made += [[edges[i], edges[i + 1], 1.0] for i in run if i % 2 == 0]
            continue
        start, end = edges[run[0]], edges[run[-1] + 1]
        lasting = np.diff(edges[run[0] : run[-1] + 2])
        open_s = lasting[[i % 2 == 0 for i in run]].sum()
        wide = max(0.0, dot - (end - start)) / 2.0
        made.append([start - wide, end + wide, open_s / (end - start)])
    found = np.array(made).reshape(-1, 3)
    for k in np.flatnonzero(found[:, 2] < 1.0):  # a partly open bar is not covered by its neighbors
        if k > 0:
            found[k - 1, 1] = min(found[k - 1, 1], found[k, 0])
        if k + 1 < len(found):
            found[k + 1, 0] = max(found[k + 1, 0], found[k, 1])
    return found[found[:, 1] > found[:, 0]]


def heights(share: Array) -> Array:
    """Height of bars (0 to 1) with an open share: the share itself, but full only without any gap."""
    drawn = np.clip(share, DOT_SHARE, 1.0 - DOT_SHARE)
    return np.where((share >= 1.0) | (share <= 0.0), share, drawn)
