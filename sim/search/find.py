"""Finds the windows and extremes of margins, without a step size and without missing any.

A margin is sampled on pieces of time and replaced, piece by piece, with a Chebyshev polynomial:

1. A piece on which the polynomial's constant term exceeds the sum of all others has one sign: decided.
2. A piece whose last coefficients are not yet small is halved and sampled again.
3. On the others the polynomial is divided, without sampling, into parts with one sign or one slope
   (`sim.search.roots`). A part with one slope has at most one root. If the polynomial does not give it accurately
   enough, the root is polished on the margin itself.

Margins of one family (such as the elevations of one target at many stations) are searched together: one pass over all
pieces of all margins, with shared values computed once. docs/certificate.md explains what this guarantees.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import derivative_matrix, lobatto_transform
from sim.core.time import EDGE_S, Span
from sim.search.candidates import Later, Near
from sim.search.extremes import tidied
from sim.search.intervals import Intervals, cut_up, first
from sim.search.margins import SAME_S, Extremes, Margin, Side
from sim.search.roots import DEGREE, Crossings, clean, isolate, newton_between, tail
from sim.search.windows import Certificate, Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Found = list[tuple[Array, Index]]
"""Intervals (n, 2), each with the margin (n,) that it belongs to."""

DOUBT = 8.0
"""Before convergence a piece has one sign only if its distance from zero exceeds this many error estimates."""

LAST_STEP_S = 1e-4
"""After a step this short on the margin the next one would be below a tenth of a microsecond."""

MOST_STEPS = 8

FEW_HALVINGS = 2
"""Halvings of polynomials before root isolation, if their samples do not decide."""

_VALUES_AT_ONCE = 1 << 13

_NEAR_AT_ONCE = 1 << 11
"""Number of pieces whose roots are found together."""


def find(margin: Margin, within: Windows) -> Windows:
    """Find when the margin is positive, inside the given windows; the result has a certificate.

    Edges are roots of the margin, to about a microsecond where it crosses zero; a jump of a margin is located to
    EDGE_S.
    """
    return find_all([margin], [within])[0]


def find_all(margins: Sequence[Margin], within: Sequence[Windows]) -> list[Windows]:
    """`find` for many margins at once, each inside its own windows; those of one family share evaluations."""
    groups: dict[Any, list[int]] = {}
    for index, margin in enumerate(margins):
        span, breaks = within[index].span, margin.breaks.tobytes()
        key = (margin.family, margin.pace_s, margin.stride_s, span, breaks) if margin.family is not None else index
        groups.setdefault(key, []).append(index)
    found: list[Windows | None] = [None] * len(margins)
    for chosen in groups.values():
        together = _Search([margins[i] for i in chosen], [within[i] for i in chosen])
        for i, windows in zip(chosen, together.windows(), strict=True):
            found[i] = windows
    return [windows for windows in found if windows is not None]


class Source(Protocol):
    """What several margins are computed from, such as a line of sight."""

    def follow(self, starts: Array, ends: Array) -> None:
        """Be ready to be asked at the nodes of intervals (n,), and then at times inside them."""

    def forget(self) -> None:
        """Keep nothing of the intervals."""


def find_side_by_side(
    margins: Sequence[Margin], within: Windows, needed: Sequence[Index], source: Source | None = None
) -> list[Windows]:
    """`find` for margins of any sort in the same windows: all are evaluated at the same times.

    needed : numbers of margins of which one must be positive, for every such need. Where a need is not met nothing
             matters: there the other margins are not searched, and count as negative
    """
    pace_s, breaks = min(each.pace_s for each in margins), np.unique(np.concatenate([m.breaks for m in margins]))
    alike = [replace(each, family=None, member=None, stride_s=None, pace_s=pace_s, breaks=breaks) for each in margins]
    search = _Search(alike, [within] * len(margins), needed)
    if source is None:
        return search.windows()
    source.follow(*cut_up(within.bounds, breaks, pace_s))
    try:
        return search.windows()
    finally:
        source.forget()


def find_parts(margins: Sequence[Margin], within: Sequence[Windows]) -> tuple[Found, Found]:
    """`find_all` without a `Windows` for each margin, for very many margins of one family.

    returns : intervals on which margins are positive, and undecided intervals; not sorted, joined or cut to the
              windows
    """
    return _Search(margins, within).looked()


def extremes(margin: Margin, within: Windows) -> Extremes:
    """Find every interior maximum and minimum of the margin inside the given windows.

    Ends of windows are not extremes. Kinks of the margin are located to EDGE_S.
    """
    if not len(within):
        return Extremes(np.empty(0), np.empty(0), np.empty(0, dtype=bool))
    search = _Search([margin], [within])
    times, highs = [np.empty(0)], [np.empty(0, dtype=bool)]
    borders = [np.empty((0, 5))]
    slope = derivative_matrix(DEGREE + 1)
    signs = (-1.0) ** np.arange(DEGREE + 1)
    for pieces, _, _ in first([margin], [within], search.together):
        while len(pieces):
            _, coefficients = search.sampled(pieces)
            starts, ends = pieces.starts[pieces.rows], pieces.ends[pieces.rows]
            settled = (tail(coefficients[:, -3:], 1) <= margin.resolution) | (ends - starts <= EDGE_S)
            rates = coefficients[settled] @ slope.T
            parts = isolate(rates, starts[settled], ends[settled], np.zeros(len(rates)), EDGE_S)
            crossing = parts.only(parts.crossing)
            times.append(crossing.crossings().times)
            highs.append(crossing.left > 0)
            sides = rates @ signs, rates.sum(axis=1), np.zeros(len(rates))
            borders.append(np.column_stack((starts[settled], ends[settled], *sides)))
            pieces = search.halved(pieces, ~settled)
    t = np.concatenate(times)
    t, _, high = tidied((t, np.zeros(len(t), dtype=np.intp), np.concatenate(highs)), np.concatenate(borders))
    inside = within.holds(t)
    t, high = t[inside], high[inside]
    return Extremes(t, search.values(t, np.zeros(len(t), dtype=np.intp)) if len(t) else t, high)


class _Search:
    """Some margins of one family, the windows to search, and the cost of the search so far."""

    def __init__(self, margins: Sequence[Margin], within: Sequence[Windows], needed: Sequence[Index] = ()) -> None:
        self.margins, self.within, self.needed = margins, within, needed
        first = margins[0]
        self.together = Side(margins) if first.family is None else first.family.together([m.member for m in margins])
        self.sign = np.array([m.sign for m in margins])
        self.level = np.array([m.level for m in margins])
        self.resolution = np.array([m.resolution for m in margins])
        self.edge_tolerance_s = min(m.edge_tolerance_s for m in margins)
        self.examined = np.zeros(len(margins), dtype=int)
        self.evaluations = np.zeros(len(margins), dtype=int)
        self.positive: Found = []
        self.unresolved: Found = []
        self.simple, self.tangled = Later(), Later()

    def windows(self) -> list[Windows]:
        """When each margin is positive."""
        positive, unresolved = self.looked()
        found, doubts = (_sorted_out(table, self.within[0].span, len(self.margins)) for table in (positive, unresolved))
        return [self._windows(index, *pair) for index, pair in enumerate(zip(found, doubts, strict=True))]

    def looked(self) -> tuple[Found, Found]:
        """Parts on which margins are positive, and undecided parts; unsorted, also outside of the windows."""
        for pieces, asked, negative in first(self.margins, self.within, self.together):
            self.examined += negative
            self.evaluations[(np.bincount(pieces.owners, minlength=len(negative)) > 0) | (negative > 0)] += asked
            while len(pieces):
                pieces = self._settle(pieces)
                self._catch_up(_NEAR_AT_ONCE)
        self._catch_up(1)
        return self.positive, self.unresolved

    def _catch_up(self, enough: int) -> None:
        """Process the waiting pieces once there are enough of them."""
        if self.tangled.count >= enough:
            self._take_apart(self.tangled.taken())
        if self.simple.count >= enough:
            self.positive.append(self._between_samples(self.simple.taken()))

    def sampled(self, pieces: Intervals) -> tuple[Array, Array]:
        """Margins at the Lobatto points of their pieces, and their Chebyshev coefficients: (n, DEGREE+1)."""
        if pieces.dense:
            some = slice(int(pieces.owners[0]), int(pieces.owners[-1]) + 1)
            values = self.together.every(pieces.shared, some)
            values = self.sign[some, None, None] * (values - self.level[some, None, None])
            values = values.reshape(len(pieces), DEGREE + 1)
        else:
            owners = pieces.owners
            values = self.together.margins(pieces.shared[pieces.rows], owners)
            values = self.sign[owners, None] * (values - self.level[owners, None])
        self.examined += np.bincount(pieces.owners, minlength=len(self.margins))
        return values, values @ lobatto_transform(DEGREE).T

    def halved(
        self, pieces: Intervals, which: NDArray[np.bool_], anew: NDArray[np.bool_] | None = None
    ) -> Intervals:
        """The halves of some pieces; shared values are computed again on some of them."""
        halves, evaluations = pieces.halved(which, self.together, anew)
        self.evaluations[np.unique(halves.owners)] += evaluations
        return halves

    def values(self, t: Array, owners: Index) -> Array:
        """The margins at times of their own: (n,), (n,) → (n,)."""
        self.evaluations += np.bincount(owners, minlength=len(self.margins))
        batches = -(-len(t) // _VALUES_AT_ONCE) or 1
        parts = zip(np.array_split(t, batches), np.array_split(owners, batches), strict=True)
        values = np.concatenate(
            [self.together.margins(self.together.shared_by(np.unique(b), a)[:, None], b)[:, 0] for a, b in parts]
        )
        margins: Array = self.sign[owners] * (values - self.level[owners])
        return margins

    def _settle(self, pieces: Intervals) -> Intervals:
        """Decide some pieces as far as possible, keep those that may have roots, and halve the others."""
        values, coefficients = self.sampled(pieces)
        starts, ends, owners = pieces.starts[pieces.rows], pieces.ends[pieces.rows], pieces.owners
        inherited, resolution = self._inherited(pieces), self.resolution[owners]
        wrong = tail(coefficients[:, -3:], 1) + inherited
        settled = wrong <= resolution
        slack = np.where(settled, resolution, DOUBT * wrong)
        weight = np.abs(coefficients)
        signed = 2.0 * weight[:, 0] - weight.sum(axis=1) > slack
        short = ends - starts <= EDGE_S
        decided = signed | (short & ~settled)
        open_, lost = decided & (coefficients[:, 0] > 0), short & ~settled & ~signed
        self.positive.append((np.column_stack((starts[open_], ends[open_])), owners[open_]))
        self.unresolved.append((np.column_stack((starts[lost], ends[lost])), owners[lost]))
        decided |= self._idle(pieces, signed & (coefficients[:, 0] < 0))
        look = np.flatnonzero(~decided)
        if len(look):
            doubt = np.where(settled, 1.0, DOUBT)[look] * wrong[look]
            near = Near(starts[look], ends[look], owners[look], values[look], coefficients[look], doubt, slack[look])
            understood = self._understood(near)
            self.tangled.add(near.only(settled[look] & ~understood))
            if len(self.needed):
                rest = np.flatnonzero(~settled[look] & ~understood)
                understood[rest[self._clear_in_parts(near.only(~settled[look] & ~understood))]] = True
            decided[look[understood]] = True
        # a piece never converges, however often halved, if its shared columns are too inaccurate for its margin
        return self.halved(pieces, ~settled & ~decided, inherited >= resolution)

    def _understood(self, near: Near) -> NDArray[np.bool_]:
        """Return which pieces their samples decide: those without roots are finished, the others are kept."""
        understood, change = clean(near.values, near.coefficients, near.slack)
        crossing = change.any(axis=1)
        open_ = understood & ~crossing & (near.values[:, 0] > 0)
        self.positive.append((np.column_stack((near.starts[open_], near.ends[open_])), near.owners[open_]))
        self.simple.add(near.only(understood & crossing))
        return understood

    def _idle(self, pieces: Intervals, negative: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which pieces do not matter, because a need is not met throughout their interval."""
        closed = np.zeros(len(pieces.starts), dtype=bool)
        if len(self.needed) and np.any(negative):
            never = np.zeros((len(self.margins), len(closed)), dtype=bool)
            never[pieces.owners[negative], pieces.rows[negative]] = True
            closed = np.any([np.all(never[some], axis=0) for some in self.needed], axis=0)
        return closed[pieces.rows]

    def _clear_in_parts(self, near: Near) -> NDArray[np.bool_]:
        """Return which pieces have no roots, as the samples of their halves and quarters show; they are finished."""
        parts, source = near, np.arange(len(near.starts))
        left = np.zeros(len(source), dtype=bool)
        for halving in range(FEW_HALVINGS):
            parts, source = parts.halves(), np.tile(source, 2)
            understood, change = clean(parts.values, parts.coefficients, parts.slack)
            crossing = change.any(axis=1)
            left[source[crossing]] = True
            rest = ~understood & ~left[source]
            if halving + 1 == FEW_HALVINGS:
                left[source[rest]] = True
            parts, source = parts.only(rest), source[rest]
            if not len(source):
                break
        open_ = ~left & (near.values[:, 0] > 0)
        self.positive.append((np.column_stack((near.starts[open_], near.ends[open_])), near.owners[open_]))
        return ~left

    def _inherited(self, pieces: Intervals) -> Array:
        """Possible errors of margins whose shared values came from polynomials over longer pieces: (n,)."""
        inherited = pieces.wrong[pieces.rows] * np.max(self.together.tolerance)
        some = np.flatnonzero(inherited)
        if len(some):
            inherited[some] *= self.together.gain(pieces.shared[pieces.rows[some]], pieces.owners[some])
        return inherited

    def _between_samples(self, pieces: Near) -> tuple[Array, Index]:
        """Positive intervals of pieces whose sign changes at most once between two samples."""
        above = pieces.values > 0
        row, column = np.nonzero(above[:, 1:] != above[:, :-1])
        crossings = newton_between(pieces.coefficients, pieces.values, pieces.starts, pieces.ends, row, column)
        roots = self._polished(crossings, pieces.owners[row], pieces.doubt[row])
        begins, ends = above[:, 0], above[:, -1]
        times = np.concatenate((pieces.starts[begins], roots, pieces.ends[ends]))
        rows = np.concatenate((np.flatnonzero(begins), row, np.flatnonzero(ends)))
        order = np.argsort(rows, kind="stable")  # times within a piece are already in order
        return times[order].reshape(-1, 2), pieces.owners[rows[order][::2]]

    def _take_apart(self, pieces: Near) -> None:
        """Find the positive intervals of pieces that their samples do not decide."""
        for _ in range(FEW_HALVINGS):  # for most pieces, samples of their halves are enough
            pieces = pieces.halves()
            pieces = pieces.only(~self._understood(pieces))
            if not len(pieces.starts):
                return
        parts = isolate(pieces.coefficients, pieces.starts, pieces.ends, pieces.slack, EDGE_S)
        owners, crossing = pieces.owners[parts.source], parts.crossing
        crossings = parts.only(crossing).crossings()
        roots = self._polished(crossings, owners[crossing], pieces.doubt[parts.source][crossing])
        bounds, some = parts.positive(roots)
        self.positive.append((bounds, owners[some]))
        self.unresolved.append((parts.doubtful, pieces.owners[parts.doubtful_source]))

    def _polished(self, crossings: Crossings, owners: Index, doubt: Array) -> Array:
        """Roots of the margins from those of the polynomials, polished on the margins where they are too inaccurate.

        The first step uses the polynomial's slope, later steps the slope between the last two times.
        """
        t = crossings.times.copy()
        left = np.flatnonzero(doubt > self.edge_tolerance_s * np.abs(crossings.slopes))
        slope, before, value_before = crossings.slopes[left], t[left], np.zeros(len(left))
        for step_number in range(MOST_STEPS if len(left) else 0):
            value = self.values(t[left], owners[left])
            moved = t[left] - before
            if step_number:
                far = np.abs(moved) > LAST_STEP_S
                slope = np.where(far, (value - value_before) / np.where(far, moved, 1.0), slope)
            before, value_before = t[left], value
            aim = before - value / np.where(slope == 0, np.inf, slope)
            t[left] = np.clip(aim, crossings.low[left], crossings.high[left])
            more = np.abs(t[left] - before) > LAST_STEP_S
            left, slope, before, value_before = left[more], slope[more], before[more], value_before[more]
            if not len(left):
                break
        return t

    def _windows(self, index: int, bounds: Array, doubts: Array) -> Windows:
        margin, inside = self.margins[index], self.within[index]
        resolution = margin.resolution if margin.shown_resolution is None else margin.shown_resolution
        certificate = inside.certificate + Certificate(
            ((margin.name, resolution, margin.unit),),
            int(self.examined[index]),
            int(self.evaluations[index]),
            tuple((float(a), float(b)) for a, b in doubts),
        )
        found = Windows.unchecked(bounds, inside.span, certificate)
        whole = len(inside) == 1 and inside.bounds[0, 0] == inside.span.start and inside.bounds[0, 1] == inside.span.end
        if self.together.in_windows or whole:
            return found
        cut = (found & inside).bounds  # margins of a family may be searched outside of their own windows
        return Windows(without_slivers(cut, np.zeros(len(cut), dtype=np.intp))[0], inside.span, certificate)


def _sorted_out(table: Found, span: Span, count: int) -> list[Array]:
    """Sort disjoint intervals by margin: in order, cut to the span, adjacent ones joined."""
    bounds = np.clip(np.concatenate([np.empty((0, 2)), *(b for b, _ in table)]), span.start, span.end)
    owners = np.concatenate([np.empty(0, dtype=np.intp), *(o for _, o in table)])
    order = np.argsort(bounds.sum(axis=1), kind="stable")  # middles: empty intervals may begin where others do
    order = order[np.argsort(owners[order].astype(np.uint16 if count < 1 << 16 else np.intp), kind="stable")]
    joined, kept = without_slivers(bounds[order], owners[order])
    if np.any((joined[1:, 0] <= joined[:-1, 1]) & (kept[1:] == kept[:-1])):
        raise ValueError("a search found windows that overlap")
    return np.split(joined, np.searchsorted(kept, np.arange(1, count)))


def without_slivers(bounds: Array, owners: Index) -> tuple[Array, Index]:
    """Join intervals of one owner closer than SAME_S and drop shorter ones, so that rounding makes no windows."""
    if not len(bounds):
        return bounds, owners
    apart = (bounds[1:, 0] - bounds[:-1, 1] > SAME_S) | (owners[1:] != owners[:-1])
    begins, ends = np.concatenate(([True], apart)), np.concatenate((apart, [True]))
    joined, owners = np.column_stack((bounds[begins, 0], bounds[ends, 1])), owners[begins]
    long_enough = joined[:, 1] - joined[:, 0] > SAME_S
    return joined[long_enough], owners[long_enough]
