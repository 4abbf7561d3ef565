"""Windows as bars that tell the truth however thin they get: what is too short to draw is drawn as its share."""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

DOT_SHARE = 1.0 / 28.0
"""About a dot of a bar's height: what is hardly open is no lower, and what is hardly closed lower than full by that."""
APART = 10.0
"""A gap is drawn alone, at least a dot wide, where the windows beside it last so many dots: nearer ones would make the
picture paler than the share that is open."""


def bars(bounds: Array, dot: float) -> Array:
    """Bars of windows (m, 3): start, end, share of that time that is open.

    bounds : (n, 2), in order and disjoint
    dot    : the shortest time that can be drawn

    Windows and gaps of a dot and more stand as they are. A shorter window alone is widened to a dot, and so is a
    shorter gap between long windows, which becomes a dot with a share of 0. Where short gaps follow short windows, or
    windows that are not long, they are one bar, with its share.
    """
    if not len(bounds):
        return np.empty((0, 3))
    edges = bounds.ravel()
    long = np.diff(edges) >= dot  # windows at even places, gaps at odd ones
    short_gap = np.concatenate(([False], ~long, [False]))  # whether what is before, or behind, is one
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
    for k in np.flatnonzero(found[:, 2] < 1.0):  # a bar with gaps is not covered by its neighbours
        if k > 0:
            found[k - 1, 1] = min(found[k - 1, 1], found[k, 0])
        if k + 1 < len(found):
            found[k + 1, 0] = max(found[k + 1, 0], found[k, 1])
    return found[found[:, 1] > found[:, 0]]


def heights(share: Array) -> Array:
    """Part of the full height of bars with that share open: the share, to a dot; full only without any gap."""
    drawn = np.clip(share, DOT_SHARE, 1.0 - DOT_SHARE)
    return np.where((share >= 1.0) | (share <= 0.0), share, drawn)
