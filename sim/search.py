"""From margins to their windows and extremes: no step to choose, nothing passed over.

A margin is sampled on pieces of time and replaced, piece by piece, with a Chebyshev polynomial:

1. A piece on which the polynomial's constant term outweighs all others has one sign: settled.
2. A piece whose last coefficients are not yet small is halved and sampled anew.
3. On the others the polynomial is taken apart, without sampling, into parts that have one sign or one slope
   (`sim.roots`). A part with one slope holds at most one root; where the polynomial is not sure enough of it, it is
   polished on the margin itself.

Margins of one family (the elevations of one target at many stations, say) go through this together: one pass over all
pieces of all of them, with what they share computed once. docs/certificate.md says what this guarantees, and what not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.chebyshev import derivative_matrix, lobatto_points, lobatto_transform
from sim.intervals import Intervals, Repeated, cut_up, repeated
from sim.margins import Extremes, Margin
from sim.roots import DEGREE, Crossings, clean, isolate, newton
from sim.time import EDGE_S
from sim.windows import Certificate, Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]

SAME_S = 2e-6
"""Edges closer than this are one: a few units in the last place of a time in 2050 (0.24 µs)."""

SURE_S = 2e-6
"""A root that the polynomial gives to this, by its last five coefficients, is not polished on the margin."""

DOUBT = 8.0
"""An unconverged piece counts as one-signed only if it clears zero by this many times its own tail."""

_VALUES_AT_ONCE = 1 << 17


def find(margin: Margin, within: Windows) -> Windows:
    """When the margin is positive, inside the given windows; the result carries its certificate.

    Edges are roots of the margin, to about a microsecond where it crosses zero; a margin that jumps is followed to
    EDGE_S.
    """
    return find_all([margin], [within])[0]


def find_all(margins: Sequence[Margin], within: Sequence[Windows]) -> list[Windows]:
    """`find` for many margins at once, each inside its own windows: those of one family share their evaluations."""
    groups: dict[Any, list[int]] = {}
    for index, margin in enumerate(margins):
        key = (margin.family, margin.pace_s) if margin.family is not None else index
        groups.setdefault(key, []).append(index)
    found: list[Windows | None] = [None] * len(margins)
    for chosen in groups.values():
        together = _Search([margins[i] for i in chosen], [within[i] for i in chosen])
        for i, windows in zip(chosen, together.windows(), strict=True):
            found[i] = windows
    return [windows for windows in found if windows is not None]


def extremes(margin: Margin, within: Windows) -> Extremes:
    """Every interior maximum and minimum of the margin inside the given windows: all of them, not one a pass.

    Ends of windows are not extremes. A margin's kinks are found to EDGE_S.
    """
    search = _Search([margin], [within])
    times, highs = [np.empty(0)], [np.empty(0, dtype=bool)]
    slope = derivative_matrix(DEGREE + 1)
    for pieces in search.first():
        while len(pieces):
            _, coefficients = search.sampled(pieces)
            tail = _tail(coefficients)
            settled = (tail <= margin.resolution) | (pieces.lengths <= EDGE_S)
            chosen = pieces.only(settled)
            rates = coefficients[settled] @ slope.T
            parts = isolate(rates, chosen.starts, chosen.ends, np.zeros(len(chosen)), EDGE_S)
            crossing = parts.only(parts.crossing)
            times.append(crossing.crossings().times)
            highs.append(crossing.left > 0)
            pieces = pieces.only(~settled).halved()
    t, high = np.concatenate(times), np.concatenate(highs)
    order = np.argsort(t)
    t, high = t[order], high[order]
    return Extremes(t, search.values(t, np.zeros(len(t), dtype=np.intp)) if len(t) else t, high)


class _Search:
    """Some margins of one family, the windows they are wanted in, and what looking at them has cost so far."""

    def __init__(self, margins: Sequence[Margin], within: Sequence[Windows]) -> None:
        self.margins, self.within = margins, within
        first = margins[0]
        self.together = _Alone(first) if first.family is None else first.family.together([m.member for m in margins])
        self.sign = np.array([m.sign for m in margins])
        self.level = np.array([m.level for m in margins])
        self.resolution = np.array([m.resolution for m in margins])
        self.examined = np.zeros(len(margins), dtype=int)
        self.evaluations = np.zeros(len(margins), dtype=int)

    def windows(self) -> list[Windows]:
        """When each margin is positive."""
        positive: list[tuple[Array, Index]] = []
        unresolved: list[tuple[Array, Index]] = []
        for pieces in self.first():
            while len(pieces):
                pieces = self._settle(pieces, positive, unresolved)
        found = _by_owner(positive, len(self.margins))
        doubts = _by_owner(unresolved, len(self.margins))
        return [self._windows(index, *pair) for index, pair in enumerate(zip(found, doubts, strict=True))]

    def first(self) -> list[Intervals]:
        """The windows cut at the breaks and into pieces no longer than the pace; several batches if they are many."""
        cut: dict[tuple[bytes, bytes, float], tuple[Array, Array]] = {}
        tables = []
        for owner, (margin, inside) in enumerate(zip(self.margins, self.within, strict=True)):
            key = (inside.bounds.tobytes(), margin.breaks.tobytes(), margin.pace_s)
            if key not in cut:
                cut[key] = cut_up(inside.bounds, margin)
            tables.append((*cut[key], owner))
        if len(cut) == 1:  # one set of times for all: margins keep the order that `sampled` tells it by
            starts, ends = next(iter(cut.values()))
            batches = -(-len(starts) * len(tables) * (DEGREE + 1) // _VALUES_AT_ONCE) or 1
            splits = zip(np.array_split(starts, batches), np.array_split(ends, batches), strict=True)
            return [repeated(a, b, len(tables)) for a, b in splits if len(a)]
        starts = np.concatenate([table[0] for table in tables])
        ends = np.concatenate([table[1] for table in tables])
        owners = np.concatenate([np.full(len(table[0]), table[2], dtype=np.intp) for table in tables])
        batches = -(-len(starts) * (DEGREE + 1) // _VALUES_AT_ONCE) or 1
        chunks = (np.array_split(x, batches) for x in (starts, ends, owners))
        return [Intervals(*columns) for columns in zip(*chunks, strict=True) if len(columns[0])]

    def sampled(self, pieces: Intervals) -> tuple[Array, Array]:
        """The margins at the Lobatto points of their pieces, and their Chebyshev coefficients: (n, DEGREE+1) each."""
        count = len(self.margins)
        shared = isinstance(pieces, Repeated)
        rows = len(pieces) // count if shared else len(pieces)
        starts, ends = pieces.starts[:rows], pieces.ends[:rows]
        t = starts[:, None] + 0.5 * (ends - starts)[:, None] * (1.0 + lobatto_points(DEGREE))
        t[:, -1] = ends  # exactly, so that neighbours agree on the sign where they meet
        if shared:
            values = self.together.grid(t.ravel())
            self.evaluations += t.size
            values = (self.sign[:, None] * (values - self.level[:, None])).reshape(len(pieces), DEGREE + 1)
        else:
            values = self.values(t.ravel(), np.repeat(pieces.owners, DEGREE + 1)).reshape(t.shape)
        self.examined += np.bincount(pieces.owners, minlength=count)
        return values, values @ lobatto_transform(DEGREE).T

    def values(self, t: Array, owners: Index) -> Array:
        """The margins at times of their own: (n,), (n,) → (n,)."""
        self.evaluations += np.bincount(owners, minlength=len(self.margins))
        batches = -(-len(t) // (_VALUES_AT_ONCE >> 4)) or 1
        parts = zip(np.array_split(t, batches), np.array_split(owners, batches), strict=True)
        values = np.concatenate([self.together.pairs(a, b) for a, b in parts])
        margins: Array = self.sign[owners] * (values - self.level[owners])
        return margins

    def _settle(
        self, pieces: Intervals, positive: list[tuple[Array, Index]], unresolved: list[tuple[Array, Index]]
    ) -> Intervals:
        """Take what can be decided on some pieces; give back the halves of the others."""
        values, coefficients = self.sampled(pieces)
        weight = np.abs(coefficients)
        tail, resolution = _tail(coefficients), self.resolution[pieces.owners]
        settled = tail <= resolution
        signed = 2.0 * weight[:, 0] - weight.sum(axis=1) > np.where(settled, resolution, DOUBT * tail)
        short = pieces.lengths <= EDGE_S
        decided = signed | (short & ~settled)
        _note(positive, pieces.only(decided & (coefficients[:, 0] > 0)))
        _note(unresolved, pieces.only(short & ~settled & ~signed))
        look = np.flatnonzero(settled & ~signed)
        if len(look):
            simple, change = clean(values[look], coefficients[look], resolution[look])
            positive.append(self._between_samples(pieces, look[simple], change[simple], values, coefficients))
            hard = look[~simple]
            near, last = pieces.at(hard), _last(coefficients[hard])
            parts = isolate(coefficients[hard], near.starts, near.ends, resolution[hard], EDGE_S)
            owners, crossing = near.owners[parts.source], parts.crossing
            crossings = parts.only(crossing).crossings()
            roots = self._polished(crossings, owners[crossing], last[parts.source][crossing])
            bounds, some = parts.positive(roots)
            positive.append((bounds, owners[some]))
            unresolved.append((parts.doubtful, near.owners[parts.doubtful_source]))
        return pieces.only(~settled & ~decided).halved()

    def _between_samples(
        self, pieces: Intervals, which: Index, change: NDArray[np.bool_], values: Array, coefficients: Array
    ) -> tuple[Array, Index]:
        """Where some pieces are positive whose signs change once between two samples, and no more than that."""
        row, column = np.nonzero(change)
        index, chosen = which[row], pieces.at(which)
        x = lobatto_points(DEGREE)
        low, high, left, right = x[column], x[column + 1], values[index, column], values[index, column + 1]
        mine = pieces.at(index)
        crossings = newton(coefficients[index], mine.starts, mine.ends, low, high, left, right)
        roots = self._polished(crossings, mine.owners, _last(coefficients[index]))
        begins, ends = values[which, 0] > 0, values[which, -1] > 0
        times = np.concatenate((chosen.starts[begins], roots, chosen.ends[ends]))
        rows = np.concatenate((np.flatnonzero(begins), row, np.flatnonzero(ends)))
        order = np.lexsort((times, rows))
        return times[order].reshape(-1, 2), chosen.owners[rows[order][::2]]

    def _polished(self, crossings: Crossings, owners: Index, last: Array) -> Array:
        """Roots of the margins from those of the polynomials: where these are unsure, Newton's steps on the margins."""
        t = crossings.times.copy()
        unsure = np.flatnonzero(last > SURE_S * np.abs(crossings.slopes))
        slope = crossings.slopes[unsure]
        for _ in range(2 if len(unsure) else 0):
            step = self.values(t[unsure], owners[unsure]) / np.where(slope == 0, np.inf, slope)
            t[unsure] = np.clip(t[unsure] - step, crossings.low[unsure], crossings.high[unsure])
        return t

    def _windows(self, index: int, bounds: Array, doubts: Array) -> Windows:
        margin, inside = self.margins[index], self.within[index]
        resolution = margin.resolution if margin.shown_resolution is None else margin.shown_resolution
        certificate = Certificate(
            ((margin.name, resolution, margin.unit),),
            int(self.examined[index]),
            int(self.evaluations[index]),
            tuple((float(a), float(b)) for a, b in _joined(Windows.of(doubts, inside.span).bounds)),
        )
        found = _joined(Windows.of(bounds, inside.span).bounds)
        return Windows(found, inside.span, inside.certificate + certificate)


class _Alone:
    """A function that is nobody's relative."""

    def __init__(self, margin: Margin) -> None:
        self.function = margin.function

    def grid(self, t: Array) -> Array:
        chunks = np.array_split(t, -(-len(t) // (1 << 16)) or 1)
        return np.concatenate([self.function(chunk) for chunk in chunks])[None]

    def pairs(self, t: Array, which: Index) -> Array:
        return self.function(t)


def _tail(coefficients: Array) -> Array:
    """What the polynomials may be wrong by: twice the sum of their last three coefficients. An estimate, no bound."""
    tail: Array = 2.0 * np.abs(coefficients[:, -3:]).sum(axis=1)
    return tail


def _last(coefficients: Array) -> Array:
    """What a root's polynomial may be wrong by, with more caution: one small coefficient at the end proves little."""
    last: Array = np.abs(coefficients[:, -5:]).sum(axis=1)
    return last


def _note(table: list[tuple[Array, Index]], pieces: Intervals) -> None:
    if len(pieces):
        table.append((np.column_stack((pieces.starts, pieces.ends)), pieces.owners))


def _by_owner(table: list[tuple[Array, Index]], count: int) -> list[Array]:
    """Intervals sorted out by the margin they belong to."""
    bounds = np.concatenate([np.empty((0, 2)), *(b for b, _ in table)])
    owners = np.concatenate([np.empty(0, dtype=np.intp), *(o for _, o in table)])
    order = np.argsort(owners, kind="stable")
    splits = np.searchsorted(owners[order], np.arange(1, count))
    return np.split(bounds[order], splits)


def _joined(bounds: Array) -> Array:
    """Windows closer than SAME_S joined, and those shorter dropped: rounding makes no windows."""
    if not len(bounds):
        return bounds
    apart = bounds[1:, 0] - bounds[:-1, 1] > SAME_S
    starts = bounds[np.concatenate(([True], apart)), 0]
    ends = bounds[np.concatenate((apart, [True])), 1]
    joined = np.column_stack((starts, ends))
    long_enough: Array = joined[ends - starts > SAME_S]
    return long_enough


