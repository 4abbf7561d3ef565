"""Intervals of time on which a search looks at margins, and what the margins share there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.chebyshev import lobatto_points, lobatto_transform, polynomials
from sim.margins import Margin, Together
from sim.roots import DEGREE, tail
from sim.windows import Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ROWS_AT_ONCE = 512
"""Intervals that are looked at together: as many as a processor's cache likes."""

VALUES_AT_ONCE = 1 << 17

FEW_LEFT = 6
"""Where most margins are told apart beforehand, so many times as many are looked at together."""


@dataclass(frozen=True)
class Intervals:
    """Intervals of time, and the margins wanted on them.

    starts, ends (m,) TDB s; shared (m, DEGREE+1, k) what all margins depend on, at their Lobatto points
    derived      (m,) whether these come from polynomials over longer intervals
    rows, owners (n,) an interval and a margin wanted on it; `dense`: all, for margins in a row, one after the other
    """

    starts: Array
    ends: Array
    shared: Array
    derived: NDArray[np.bool_]
    rows: Index
    owners: Index
    dense: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def halved(self, which: NDArray[np.bool_], together: Together) -> tuple[Intervals, int]:
        """The halves of the intervals on which some margins are still wanted, and how often these were asked anew.

        Where polynomials through the shared columns are true enough, the halves' columns come from them.
        """
        used, place = np.unique(self.rows[which], return_inverse=True)
        starts, ends, shared = self.starts[used], self.ends[used], self.shared[used]
        middle = 0.5 * (starts + ends)
        smooth = self.derived[used] | _smooth(shared, together)
        low, high = np.concatenate((starts, middle)), np.concatenate((middle, ends))
        derived = np.concatenate((smooth, smooth))
        columns = np.empty((len(low), *shared.shape[1:]))
        left, right = _HALVES
        columns[: len(used)][smooth] = left @ shared[smooth]
        columns[len(used) :][smooth] = right @ shared[smooth]
        columns[: len(used), 0], columns[len(used) :, -1] = shared[:, 0], shared[:, -1]
        columns[len(used) :, 0] = columns[: len(used), -1]  # exactly: neighbours agree on the sign where they meet
        rough = np.flatnonzero(~derived)
        if len(rough):
            columns[rough] = together.shared(nodes(low[rough], high[rough]).ravel()).reshape(len(rough), DEGREE + 1, -1)
        rows, owners = np.concatenate((place, place + len(used))), np.tile(self.owners[which], 2)
        return Intervals(low, high, columns, derived, rows, owners), len(rough) * (DEGREE + 1)


def first(margins: Sequence[Margin], within: Sequence[Windows], together: Together) -> Iterator[Intervals]:
    """What a search begins with: in batches, the intervals that its windows touch, with the margins wanted on each.

    Relatives are looked at on intervals of the whole span, cut at the breaks and no longer than the pace: the same for
    all, and for others later. What stands alone is looked at inside its windows only.
    """
    alone = margins[0].family is None
    span = within[0].span
    bounds = within[0].bounds if alone else np.array([[span.start, span.end]])
    starts, ends = cut_up(bounds, margins[0].breaks, margins[0].stride_s or margins[0].pace_s)
    wanted = np.any([_touched(windows.bounds, starts, ends) for windows in within], axis=0)
    for low in range(0, len(starts), ROWS_AT_ONCE):
        some = slice(low, low + ROWS_AT_ONCE)
        if not np.any(wanted[some]):
            continue
        low_ends, high_ends, shared = _followed(starts[some], ends[some], together, margins[0].pace_s)
        touched = [_touched(windows.bounds, low_ends, high_ends) for windows in within]
        derived = np.zeros(len(low_ends), dtype=bool)
        nowhere = getattr(together, "nowhere", None)  # of families that can tell cheaply where a margin is negative
        members = max(1, (FEW_LEFT if nowhere else 1) * VALUES_AT_ONCE // shared[..., 0].size)
        for lowest in range(0, len(margins), members):
            table = np.array(touched[lowest : lowest + members])
            if nowhere is not None:
                table &= ~nowhere(shared, slice(lowest, lowest + len(table)))
            owners, rows = np.nonzero(table)
            yield Intervals(low_ends, high_ends, shared, derived, rows, owners + lowest, bool(np.all(table)))


def _followed(starts: Array, ends: Array, together: Together, least_s: float) -> tuple[Array, Array, Array]:
    """Intervals cut until polynomials follow the shared columns there, but not below the pace; and these."""
    done: list[tuple[Array, Array, Array]] = []
    while len(starts):
        t = nodes(starts, ends)
        shared = together.shared(t.ravel(), keep=True).reshape(*t.shape, -1)
        rough = (ends - starts > 1.01 * least_s) & ~_smooth(shared, together)
        done.append((starts[~rough], ends[~rough], shared[~rough]))
        middle = 0.5 * (starts + ends)[rough]
        starts, ends = np.concatenate((starts[rough], middle)), np.concatenate((middle, ends[rough]))
    low, high, columns = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.argsort(low)
    return low[order], high[order], columns[order]


def nodes(starts: Array, ends: Array) -> Array:
    """The Lobatto points of some intervals: (m,), (m,) → (m, DEGREE+1) TDB s."""
    t: Array = starts[:, None] + 0.5 * (ends - starts)[:, None] * (1.0 + lobatto_points(DEGREE))
    t[:, -1] = ends  # exactly
    return t


def cut_up(bounds: Array, breaks: Array, pace_s: float) -> tuple[Array, Array]:
    """Windows cut at the breaks, and into pieces no longer than the pace."""
    breaks = np.unique(breaks)
    if len(breaks):
        holder = np.clip(np.searchsorted(bounds[:, 0], breaks, "right") - 1, 0, None)
        breaks = breaks[(breaks > bounds[holder, 0]) & (breaks < bounds[holder, 1])]
        bounds = np.column_stack([np.sort(np.concatenate((edge, breaks))) for edge in bounds.T])
    counts = np.maximum(1, np.ceil((bounds[:, 1] - bounds[:, 0]) / pace_s)).astype(int)
    which = np.repeat(np.arange(len(bounds)), counts)
    place = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    low, high = bounds[which].T
    share = (high - low) / counts[which]
    ends = np.where(place + 1 == counts[which], high, low + share * (place + 1))
    return low + share * place, ends


def _touched(bounds: Array, starts: Array, ends: Array) -> NDArray[np.bool_]:
    """Which intervals some window touches."""
    begun, over = np.searchsorted(bounds[:, 0], ends, "left"), np.searchsorted(bounds[:, 1], starts, "right")
    touched: NDArray[np.bool_] = begun > over
    return touched


def _smooth(shared: Array, together: Together) -> NDArray[np.bool_]:
    """Whether polynomials through all columns are true enough: (m, DEGREE+1, k) → (m,)."""
    smooth: NDArray[np.bool_] = np.all(tail(lobatto_transform(DEGREE)[-3:] @ shared, 1) <= together.tolerance, axis=1)
    return smooth


def _halves() -> tuple[Array, Array]:
    """Matrices from values at an interval's Lobatto points to those at its halves' points."""
    x, back = lobatto_points(DEGREE), lobatto_transform(DEGREE)
    left = polynomials(0.5 * (x - 1.0), DEGREE + 1) @ back
    right = polynomials(0.5 * (x + 1.0), DEGREE + 1) @ back
    return left, right


_HALVES = _halves()
