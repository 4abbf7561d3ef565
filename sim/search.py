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
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.chebyshev import derivative_matrix, lobatto_points, lobatto_transform
from sim.margins import Extremes, Margin
from sim.roots import DEGREE, Parts, isolate
from sim.time import EDGE_S
from sim.windows import Certificate, Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]

SAME_S = 2e-6
"""Edges closer than this are one: a few units in the last place of a time in 2050 (0.24 µs)."""

SURE_S = 1e-6
"""A root that the polynomial gives to this, by its last two coefficients, is not polished on the margin."""

DOUBT = 8.0
"""An unconverged piece counts as one-signed only if it clears zero by this many times its own tail."""

_VALUES_AT_ONCE = 1 << 21


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
            coefficients = search.sample(pieces)
            tail = _tail(coefficients)
            settled = (tail <= margin.resolution) | (pieces.lengths <= EDGE_S)
            chosen = pieces.only(settled)
            rates = coefficients[settled] @ slope.T
            parts = isolate(rates, chosen.starts, chosen.ends, np.zeros(len(chosen)), EDGE_S)
            crossing = parts.only(parts.crossing)
            times.append(crossing.roots())
            highs.append(crossing.left > 0)
            pieces = pieces.only(~settled).halved()
    t, high = np.concatenate(times), np.concatenate(highs)
    order = np.argsort(t)
    t, high = t[order], high[order]
    return Extremes(t, search.values(t, np.zeros(len(t), dtype=np.intp)) if len(t) else t, high)


@dataclass(frozen=True)
class _Pieces:
    """Intervals, each with the margin it belongs to: starts, ends, owners (n,)."""

    starts: Array
    ends: Array
    owners: Index

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lengths(self) -> Array:
        return self.ends - self.starts

    def only(self, which: NDArray[np.bool_]) -> _Pieces:
        return _Pieces(self.starts[which], self.ends[which], self.owners[which])

    def halved(self) -> _Pieces:
        middle = 0.5 * (self.starts + self.ends)
        return _Pieces(
            np.concatenate((self.starts, middle)),
            np.concatenate((middle, self.ends)),
            np.concatenate((self.owners, self.owners)),
        )


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

    def first(self) -> list[_Pieces]:
        """The windows cut at the breaks and into pieces no longer than the pace; several batches if they are many."""
        cut: dict[tuple[bytes, bytes, float], tuple[Array, Array]] = {}
        tables = []
        for owner, (margin, inside) in enumerate(zip(self.margins, self.within, strict=True)):
            key = (inside.bounds.tobytes(), margin.breaks.tobytes(), margin.pace_s)
            if key not in cut:
                cut[key] = _cut(inside.bounds, margin)
            tables.append((*cut[key], owner))
        if len(cut) == 1:  # one set of times for all: margins keep the order that `sample` tells it by
            starts, ends = next(iter(cut.values()))
            batches = -(-len(starts) * len(tables) * (DEGREE + 1) // _VALUES_AT_ONCE) or 1
            splits = zip(np.array_split(starts, batches), np.array_split(ends, batches), strict=True)
            return [_repeated(a, b, len(tables)) for a, b in splits if len(a)]
        starts = np.concatenate([table[0] for table in tables])
        ends = np.concatenate([table[1] for table in tables])
        owners = np.concatenate([np.full(len(table[0]), table[2], dtype=np.intp) for table in tables])
        batches = -(-len(starts) * (DEGREE + 1) // _VALUES_AT_ONCE) or 1
        chunks = (np.array_split(x, batches) for x in (starts, ends, owners))
        return [_Pieces(*columns) for columns in zip(*chunks, strict=True) if len(columns[0])]

    def sample(self, pieces: _Pieces) -> Array:
        """Chebyshev coefficients of the margins on their pieces: (n, DEGREE+1)."""
        count = len(self.margins)
        shared = isinstance(pieces, _Repeated)
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
        coefficients: Array = values @ lobatto_transform(DEGREE).T
        return coefficients

    def values(self, t: Array, owners: Index) -> Array:
        """The margins at times of their own: (n,), (n,) → (n,)."""
        self.evaluations += np.bincount(owners, minlength=len(self.margins))
        batches = -(-len(t) // (_VALUES_AT_ONCE >> 4)) or 1
        parts = zip(np.array_split(t, batches), np.array_split(owners, batches), strict=True)
        values = np.concatenate([self.together.pairs(a, b) for a, b in parts])
        margins: Array = self.sign[owners] * (values - self.level[owners])
        return margins

    def _settle(
        self, pieces: _Pieces, positive: list[tuple[Array, Index]], unresolved: list[tuple[Array, Index]]
    ) -> _Pieces:
        """Take what can be decided on some pieces; give back the halves of the others."""
        coefficients = self.sample(pieces)
        weight = np.abs(coefficients)
        tail, resolution = _tail(coefficients), self.resolution[pieces.owners]
        settled = tail <= resolution
        signed = 2.0 * weight[:, 0] - weight.sum(axis=1) > np.where(settled, resolution, DOUBT * tail)
        short = pieces.lengths <= EDGE_S
        decided = signed | (short & ~settled)
        _note(positive, pieces.only(decided & (coefficients[:, 0] > 0)))
        _note(unresolved, pieces.only(short & ~settled & ~signed))
        look = settled & ~signed
        if look.any():
            near = pieces.only(look)
            parts = isolate(coefficients[look], near.starts, near.ends, resolution[look], EDGE_S)
            owners = near.owners[parts.source]
            last = np.abs(coefficients[look][:, -2:]).sum(axis=1)
            roots = self._polished(parts, owners, last[parts.source])
            bounds, some = parts.positive(roots)
            positive.append((bounds, owners[some]))
            unresolved.append((parts.doubtful, near.owners[parts.doubtful_source]))
        return pieces.only(~settled & ~decided).halved()

    def _polished(self, parts: Parts, owners: Index, tail: Array) -> Array:
        """Roots of the margins, for the parts that cross zero: Newton's steps with the polynomials' slopes."""
        crossing = parts.crossing
        chosen = parts.only(crossing)
        t = chosen.roots()
        slope = chosen.slopes(t)
        unsure = np.flatnonzero(tail[crossing] > SURE_S * np.abs(slope))
        for _ in range(2 if len(unsure) else 0):
            step = self.values(t[unsure], owners[crossing][unsure]) / np.where(slope == 0, np.inf, slope)[unsure]
            t[unsure] = np.clip(t[unsure] - step, chosen.starts[unsure], chosen.ends[unsure])
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


class _Repeated(_Pieces):
    """The same pieces for every margin, one margin after the other."""


def _repeated(starts: Array, ends: Array, count: int) -> _Repeated:
    owners = np.repeat(np.arange(count, dtype=np.intp), len(starts))
    return _Repeated(np.tile(starts, count), np.tile(ends, count), owners)


def _tail(coefficients: Array) -> Array:
    """What the polynomials may be wrong by: twice the sum of their last three coefficients. An estimate, no bound."""
    tail: Array = 2.0 * np.abs(coefficients[:, -3:]).sum(axis=1)
    return tail


def _note(table: list[tuple[Array, Index]], pieces: _Pieces) -> None:
    if len(pieces):
        table.append((np.column_stack((pieces.starts, pieces.ends)), pieces.owners))


def _by_owner(table: list[tuple[Array, Index]], count: int) -> list[Array]:
    """Intervals sorted out by the margin they belong to."""
    bounds = np.concatenate([np.empty((0, 2)), *(b for b, _ in table)])
    owners = np.concatenate([np.empty(0, dtype=np.intp), *(o for _, o in table)])
    order = np.argsort(owners, kind="stable")
    splits = np.searchsorted(owners[order], np.arange(1, count))
    return np.split(bounds[order], splits)


def _cut(bounds: Array, margin: Margin) -> tuple[Array, Array]:
    """Windows cut at the breaks, and into pieces no longer than the pace."""
    breaks = np.unique(margin.breaks)
    if len(breaks):
        marks = [np.concatenate(([a], breaks[(breaks > a) & (breaks < b)], [b])) for a, b in bounds]
        bounds = np.concatenate([np.array(list(pairwise(mark))).reshape(-1, 2) for mark in marks])
    counts = np.maximum(1, np.ceil((bounds[:, 1] - bounds[:, 0]) / margin.pace_s)).astype(int)
    which = np.repeat(np.arange(len(bounds)), counts)
    place = np.arange(len(which)) - np.repeat(np.cumsum(counts) - counts, counts)
    low, high = bounds[which].T
    share = (high - low) / counts[which]
    ends = np.where(place + 1 == counts[which], high, low + share * (place + 1))
    return low + share * place, ends


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


