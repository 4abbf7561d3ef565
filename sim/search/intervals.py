"""Intervals of time on which margins are searched, and the values that the margins share there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces, lobatto_points, lobatto_transform, polynomials
from sim.core.errors import SimError
from sim.core.time import Span
from sim.search.margins import Margin, Together
from sim.search.roots import DEGREE, tail
from sim.search.windows import Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]

ROWS_AT_ONCE = 512
"""Values that are computed together: as many as fit in a processor's cache."""

VALUES_AT_ONCE = 1 << 17
"""The same of all margins together."""

MOST_PIECES = 50_000_000
"""Largest number of pieces at the beginning of a search: 7 GB for the first number alone."""


_NO_INDEX: Index = np.empty(0, dtype=np.intp)


@dataclass(frozen=True)
class Intervals:
    """Intervals of time, and the margins to search on them.

    starts, ends (m,) TDB s; shared (m, DEGREE+1, k) the columns that all margins depend on, at the Lobatto points
    wrong        (m,) if these come from polynomials over longer intervals: their possible error, in tolerances
    rows, owners (n,) pairs of an interval and a margin to search on it; `dense`: all pairs, margin by margin
    """

    starts: Array
    ends: Array
    shared: Array
    wrong: Array
    rows: Index
    owners: Index
    dense: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def halved(
        self, which: NDArray[np.bool_], together: Together, anew: NDArray[np.bool_] | None = None
    ) -> tuple[Intervals, int]:
        """The halves of the intervals on which some margins are still open, and the number of new evaluations.

        Where polynomials through the shared columns are accurate enough, they give the columns of the halves, except
        for margins marked in `anew`, for which they are not.
        """
        used, place = np.unique(self.rows[which], return_inverse=True)
        starts, ends, shared = self.starts[used], self.ends[used], self.shared[used]
        middle = 0.5 * (starts + ends)
        wrong = np.where(self.wrong[used] > 0.0, self.wrong[used], roughness(shared, together))
        smooth = wrong <= 1.0
        if anew is not None and np.any(anew := anew & which):
            smooth &= ~np.isin(used, self.rows[anew])
        low, high = np.concatenate((starts, middle)), np.concatenate((middle, ends))
        columns = np.empty((len(low), *shared.shape[1:]))
        left, right = _HALVES
        columns[: len(used)][smooth] = left @ shared[smooth]
        columns[len(used) :][smooth] = right @ shared[smooth]
        columns[: len(used), 0], columns[len(used) :, -1] = shared[:, 0], shared[:, -1]
        columns[len(used) :, 0] = columns[: len(used), -1]  # exactly: neighbors must agree on the sign
        wrong = np.where(smooth, wrong, 0.0)
        wrong = np.concatenate((wrong, wrong))
        rough = np.flatnonzero(np.concatenate((~smooth, ~smooth)))
        rows, owners = np.concatenate((place, place + len(used))), np.tile(self.owners[which], 2)
        if len(rough):
            asked = together.shared_by(np.unique(owners), nodes(low[rough], high[rough]).ravel())
            columns[rough] = asked.reshape(len(rough), DEGREE + 1, -1)
        return Intervals(low, high, columns, wrong, rows, owners), len(rough) * (DEGREE + 1)

    def narrowed(self, within: Sequence[Windows], together: Together) -> Intervals:
        """The same, restricted to the windows of the margins.

        If a window ends in an interval, the part inside becomes a separate interval, whose columns come from the
        polynomials over the whole. If these are not accurate enough, the interval stays whole.
        """
        owners, first = np.unique(self.owners, return_index=True)
        each = np.split(self.rows, first[1:])
        roughly = roughness(self.shared, together)
        parts = [
            _parts(within[owner].bounds, self.starts, self.ends, rows, roughly[rows] <= 1.0)
            for owner, rows in zip(owners, each, strict=True)
        ]
        rows, low, high = (np.concatenate(column) for column in zip(*parts, strict=True))
        own = np.flatnonzero((low > self.starts[rows]) | (high < self.ends[rows]))
        whole, low, high = rows[own], low[own], high[own]
        rows[own] = len(self.starts) + np.arange(len(own))
        return Intervals(
            np.concatenate((self.starts, low)),
            np.concatenate((self.ends, high)),
            np.concatenate((self.shared, self._interpolated(whole, low, high))),
            np.concatenate((self.wrong, roughly[whole])),
            rows,
            np.repeat(owners, [len(part[0]) for part in parts]),
        )

    def _interpolated(self, rows: Index, low: Array, high: Array) -> Array:
        """Columns at the Lobatto points of parts of some intervals, (n,) each: (n, DEGREE+1, k)."""
        starts, half = self.starts[rows], 0.5 * (self.ends - self.starts)[rows]
        place, share = (low - starts) / half - 1.0, 0.5 * (high - low) / half
        x = place[:, None] + share[:, None] * (1.0 + lobatto_points(DEGREE))
        tables = polynomials(np.clip(x, -1.0, 1.0), DEGREE + 1)
        columns: Array = tables @ (lobatto_transform(DEGREE) @ self.shared)[rows]
        first, last = low == starts, high == self.ends[rows]  # exactly the values of their neighbors
        columns[first, 0], columns[last, -1] = self.shared[rows[first], 0], self.shared[rows[last], -1]
        return columns


def first(
    margins: Sequence[Margin], within: Sequence[Windows], together: Together
) -> Iterator[tuple[Intervals, int, Index]]:
    """The first intervals of a search, in batches: those that overlap its windows, with the margins of each.

    For the margins of a family these come from intervals of the whole span, cut at the breaks and no longer than the
    pace: the same for all margins, and for later searches. For margins side by side they come from their windows.

    yields : intervals that cover the windows and may extend beyond them; the number of evaluations of shared values;
             and of every margin (n,) the number of intervals on which it is known to be negative, which are left out
    """
    span = within[0].span
    bounds = within[0].bounds if together.in_windows else np.array([[span.start, span.end]])
    starts, ends = cut_up(bounds, margins[0].breaks, margins[0].stride_s or margins[0].pace_s)
    asked_above = np.array([margin.sign > 0.0 and margin.level >= 0.0 for margin in margins])
    each = {id(windows): windows.bounds for windows in within}  # most margins are searched in the same windows
    number = {key: place for place, key in enumerate(each)}
    of_margin = np.array([number[id(windows)] for windows in within], dtype=np.intp)
    wanted = np.any([_touched(own, starts, ends) for own in each.values()], axis=0)
    alike = all(np.array_equal(own, bounds) for own in each.values())
    whole = together.in_windows or together.few_left > 1 or alike
    for low in range(0, len(starts), ROWS_AT_ONCE):
        some = slice(low, low + ROWS_AT_ONCE)
        if not np.any(wanted[some]):
            continue
        low_ends, high_ends, shared = _followed(starts[some], ends[some], together, margins[0].pace_s)
        touched = np.array([_touched(own, low_ends, high_ends) for own in each.values()])
        grid = Intervals(low_ends, high_ends, shared, np.zeros(len(low_ends)), _NO_INDEX, _NO_INDEX)
        asked = low_ends.size * (DEGREE + 1)
        members = max(1, together.few_left * VALUES_AT_ONCE // shared[..., 0].size)
        for lowest in range(0, len(margins), members):
            table, negative = touched[of_margin[lowest : lowest + members]], np.zeros(len(margins), dtype=np.intp)
            if together.finds_negative:
                none = table & together.certainly_negative(shared, slice(lowest, lowest + len(table)))
                none &= asked_above[lowest : lowest + len(table), None]
                negative[lowest : lowest + len(table)] = np.count_nonzero(none, axis=1)
                table &= ~none
            owners, rows = np.nonzero(table)
            dense = not together.finds_negative and bool(np.all(table))
            pieces = replace(grid, rows=rows, owners=owners + lowest, dense=dense)
            yield (pieces if whole or not len(rows) else pieces.narrowed(within, together)), asked, negative


def _followed(starts: Array, ends: Array, together: Together, least_s: float) -> tuple[Array, Array, Array]:
    """Intervals halved, down to the pace, until polynomials represent the shared columns; and the columns."""
    done: list[tuple[Array, Array, Array]] = []
    while len(starts):
        shared = together.shared(nodes(starts, ends).ravel(), keep=True).reshape(len(starts), DEGREE + 1, -1)
        rough = ends - starts > 1.01 * least_s
        if np.any(rough):
            rough &= roughness(shared, together) > 1.0
        if not done and not np.any(rough):
            return starts, ends, shared
        done.append((starts[~rough], ends[~rough], shared[~rough]))
        middle = 0.5 * (starts + ends)[rough]
        starts, ends = np.concatenate((starts[rough], middle)), np.concatenate((middle, ends[rough]))
    low, high, columns = (np.concatenate(parts) for parts in zip(*done, strict=True))
    order = np.argsort(low)
    return low[order], high[order], columns[order]


def followed(
    span: Span, breaks: Array, stride_s: float, least_s: float, together: Together
) -> Pieces | None:
    """The shared columns of functions over a span as polynomials, on the intervals with which a search of it begins.

    Where they are rough these are halved, as a search would, but for `least_s`; None if they then still are.
    """
    starts, ends = cut_up(np.array([[span.start, span.end]]), breaks, stride_s)
    edges, coefficients = [starts[:1]], []
    for low in range(0, len(starts), ROWS_AT_ONCE):
        some = slice(low, low + ROWS_AT_ONCE)
        _, high, shared = _followed(starts[some], ends[some], together, least_s)
        if np.any(roughness(shared, together) > 1.0):
            return None
        edges.append(high)
        coefficients.append(lobatto_transform(DEGREE) @ shared)
    return Pieces(np.concatenate(edges), np.concatenate(coefficients))


def nodes(starts: Array, ends: Array) -> Array:
    """The Lobatto points of some intervals: (m,), (m,) → (m, DEGREE+1) TDB s."""
    t: Array = starts[:, None] + 0.5 * (ends - starts)[:, None] * (1.0 + lobatto_points(DEGREE))
    t[:, -1] = ends  # exactly
    return t


def cut_up(bounds: Array, breaks: Array, pace_s: float) -> tuple[Array, Array]:
    """Cut windows at the breaks, and into pieces no longer than the pace. Raises `SimError` for too many."""
    breaks = np.unique(breaks)
    if len(breaks) and len(bounds):
        holder = np.clip(np.searchsorted(bounds[:, 0], breaks, "right") - 1, 0, None)
        breaks = breaks[(breaks > bounds[holder, 0]) & (breaks < bounds[holder, 1])]
        bounds = np.column_stack([np.sort(np.concatenate((edge, breaks))) for edge in bounds.T])
    counts = np.maximum(1, np.ceil((bounds[:, 1] - bounds[:, 0]) / pace_s))
    if (count := float(np.sum(counts))) > MOST_PIECES:
        need = f"{count:.1e} pieces of {pace_s:,.0f} s, {count * 8e-6 * (DEGREE + 1):,.0f} MB for each number"
        raise SimError(f"a search of so long a span would begin with {need}: at most {MOST_PIECES:.0e}. Shorten it")
    counts = counts.astype(int)
    which = np.repeat(np.arange(len(bounds)), counts)
    place = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    low, high = bounds[which].T
    share = (high - low) / counts[which]
    ends = np.where(place + 1 == counts[which], high, low + share * (place + 1))
    return low + share * place, ends


def _touched(bounds: Array, starts: Array, ends: Array) -> NDArray[np.bool_]:
    """Which intervals overlap a window."""
    begun, over = np.searchsorted(bounds[:, 0], ends, "left"), np.searchsorted(bounds[:, 1], starts, "right")
    touched: NDArray[np.bool_] = begun > over
    return touched


def _parts(
    bounds: Array, starts: Array, ends: Array, rows: Index, cut: NDArray[np.bool_]
) -> tuple[Index, Array, Array]:
    """One margin's windows (k, 2) on some intervals: rows, starts and ends (n,). Others stay whole."""
    begun = np.searchsorted(bounds[:, 1], starts[rows], "right")
    count = np.where(cut, np.searchsorted(bounds[:, 0], ends[rows], "left") - begun, 0)
    which = rows.repeat(count)
    window = np.arange(len(which)) - np.repeat(np.cumsum(count) - count - begun, count)
    low, high = np.maximum(bounds[window, 0], starts[which]), np.minimum(bounds[window, 1], ends[which])
    whole = rows[~cut]
    return tuple(map(np.concatenate, ((which, whole), (low, starts[whole]), (high, ends[whole]))))  # type: ignore[return-value]


def roughness(shared: Array, together: Together) -> Array:
    """Estimated errors of polynomials through the shared columns, in tolerances: (m, DEGREE+1, k) → (m,).

    Above 1 the polynomials may not replace the columns.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        wrong = np.max(tail(lobatto_transform(DEGREE)[-3:] @ shared, 1) / together.tolerance, axis=1)
    roughness: Array = np.where(np.isnan(wrong), np.inf, np.maximum(wrong, 1e-9))
    return roughness


def _halves() -> tuple[Array, Array]:
    """Matrices from values at the Lobatto points of an interval to those at the points of its halves."""
    x, back = lobatto_points(DEGREE), lobatto_transform(DEGREE)
    left = polynomials(0.5 * (x - 1.0), DEGREE + 1) @ back
    right = polynomials(0.5 * (x + 1.0), DEGREE + 1) @ back
    return left, right


_HALVES = _halves()
