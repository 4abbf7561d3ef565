"""From a margin to its windows and its extremes: no step to choose, nothing passed over.

A margin is sampled on pieces of time and replaced, piece by piece, with a Chebyshev polynomial:

1. A piece on which the polynomial's constant term outweighs all others has one sign: settled.
2. A piece whose last coefficients are not yet small is halved and sampled anew.
3. On the others the polynomial is taken apart, without sampling, into parts that have one sign or one slope. A part
   with one slope holds at most one root; it is polished on the margin itself.

Steps 1 and 3 are bounds: they are proofs about the polynomial. That the polynomial stands for the margin rests on the
size of its last coefficients (step 2), which is the usual estimate and no proof. The certificate says so in numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.chebyshev import derivative_matrix, halving_matrices, lobatto_points, lobatto_transform, polynomials
from sim.time import EDGE_S
from sim.windows import Certificate, Windows

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

DEGREE = 16
"""Of the polynomials: high enough that a quarter of an orbit is one piece, low enough that a kink stays local."""

SAME_S = 2e-6
"""Edges closer than this are one: a few units in the last place of a time in 2050 (0.24 µs)."""

DOUBT = 8.0
"""An unconverged piece counts as one-signed only if it clears zero by this many times its own tail."""

_POINTS_AT_ONCE = 1 << 16


@dataclass(frozen=True)
class Margin:
    """A continuous number, positive where something holds, with all that a search wants to know of it.

    function   : times (n,) TDB s → (n,), in `unit`
    resolution : the least excursion that matters, in `unit`; must lie above the function's rounding noise
    pace_s     : pieces start no longer than this: the time in which what moves here turns by about a quarter
    breaks     : (k,) times at which the function may have a kink or a jump
    """

    function: Function
    resolution: float
    pace_s: float
    breaks: Array
    name: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Extremes:
    """Where a margin turns: interior maxima and minima, in order of time.

    times (n,) TDB s; values (n,); maximum (n,) True for a maximum
    """

    times: Array
    values: Array
    maximum: NDArray[np.bool_]


def find(margin: Margin, within: Windows) -> Windows:
    """When the margin is positive, inside the given windows; the result carries its certificate.

    Edges are roots of the margin itself, to about a microsecond where the margin crosses zero; a margin that jumps
    is followed to EDGE_S.
    """
    search = _Search(margin)
    positive = [np.empty((0, 2))]
    unresolved: list[Array] = []
    starts, ends = _pieces(within, margin)
    while len(starts):
        coefficients = search.sample(starts, ends)
        weight = np.abs(coefficients)
        tail = 2.0 * weight[:, -3:].sum(axis=1)
        settled = tail <= margin.resolution
        signed = weight[:, 0] - weight[:, 1:].sum(axis=1) > np.where(settled, margin.resolution, DOUBT * tail)
        short = ends - starts <= EDGE_S
        decided = signed | (short & ~settled)
        above = decided & (coefficients[:, 0] > 0)
        positive.append(np.column_stack((starts[above], ends[above])))
        lost = short & ~settled & ~signed
        unresolved.append(np.column_stack((starts[lost], ends[lost])))
        examine = settled & ~signed
        parts = isolate(coefficients[examine], starts[examine], ends[examine], margin.resolution)
        unresolved.append(parts.doubtful)
        roots = search.polish(parts)
        positive.append(_positive_parts(parts, roots))
        starts, ends = _halved(starts, ends, ~settled & ~decided)
    bounds = _joined(Windows.of(np.concatenate(positive), within.span).bounds)
    doubts = _joined(Windows.of(np.concatenate(unresolved), within.span).bounds) if unresolved else np.empty((0, 2))
    certificate = Certificate(
        ((margin.name, margin.resolution, margin.unit),),
        search.pieces,
        search.evaluations,
        tuple((float(a), float(b)) for a, b in doubts),
    )
    return Windows(bounds, within.span, within.certificate + certificate)


def extremes(margin: Margin, within: Windows) -> Extremes:
    """Every interior maximum and minimum of the margin inside the given windows: all of them, not one a pass.

    Ends of windows are not extremes. A margin's kinks are found to EDGE_S.
    """
    search = _Search(margin)
    starts, ends = _pieces(within, margin)
    times, highs = [np.empty(0)], [np.empty(0, dtype=bool)]
    slope = derivative_matrix(DEGREE + 1)
    while len(starts):
        coefficients = search.sample(starts, ends)
        tail = 2.0 * np.abs(coefficients[:, -3:]).sum(axis=1)
        settled = (tail <= margin.resolution) | (ends - starts <= EDGE_S)
        parts = isolate(coefficients[settled] @ slope.T, starts[settled], ends[settled], 0.0)
        crossing = parts.crossing
        times.append(parts.roots()[crossing])
        highs.append(parts.left[crossing] > 0)
        starts, ends = _halved(starts, ends, ~settled)
    t, high = np.concatenate(times), np.concatenate(highs)
    order = np.argsort(t)
    t, high = t[order], high[order]
    return Extremes(t, margin.function(t) if len(t) else t, high)


@dataclass(frozen=True)
class Parts:
    """Intervals on which a polynomial has one sign or one slope.

    starts, ends (n,); coefficients (n, DEGREE+1) over each; left, right (n,) values at both ends;
    doubtful (m, 2): intervals too short to divide on which it had neither.
    """

    starts: Array
    ends: Array
    coefficients: Array
    left: Array
    right: Array
    doubtful: Array

    @property
    def crossing(self) -> NDArray[np.bool_]:
        changes: NDArray[np.bool_] = (self.left > 0) != (self.right > 0)
        return changes

    def roots(self) -> Array:
        """The one root of each part that has one, of the polynomial; the middle of the others. (n,)"""
        low, high = np.full(len(self.left), -1.0), np.ones(len(self.left))
        rising = self.right > self.left
        x = np.where(self.right != self.left, -(self.right + self.left) / (self.right - self.left + 1e-300), 0.0)
        x = np.clip(x, -1.0, 1.0)
        slopes = self.coefficients @ derivative_matrix(DEGREE + 1).T
        for _ in range(60):
            table = polynomials(x, DEGREE + 1)
            value = np.einsum("ij,ij->i", table, self.coefficients)
            slope = np.einsum("ij,ij->i", table, slopes)
            beyond = (value > 0) == rising
            high, low = np.where(beyond, x, high), np.where(beyond, low, x)
            step = x - value / np.where(slope == 0, np.inf, slope)
            new = np.where((step > low) & (step < high), step, 0.5 * (low + high))
            if np.all(np.abs(new - x) * (self.ends - self.starts) < 0.1 * SAME_S):
                return self._time(new)
            x = new
        return self._time(x)

    def slopes(self, t: Array) -> Array:
        """The polynomials' derivatives by time, each at one time. (n,)"""
        half = 0.5 * (self.ends - self.starts)
        table = polynomials((t - self.starts) / half - 1.0, DEGREE + 1)
        slopes: Array = np.einsum("ij,ij->i", table, self.coefficients @ derivative_matrix(DEGREE + 1).T) / half
        return slopes

    def _time(self, x: Array) -> Array:
        return self.starts + 0.5 * (self.ends - self.starts) * (1.0 + x)


def isolate(coefficients: Array, starts: Array, ends: Array, slack: float) -> Parts:
    """Take polynomials apart into parts with one sign (by more than `slack`) or one slope.

    coefficients : (n, DEGREE+1) over [starts, ends] (n,)

    Both tests are bounds: |c0| > sum of the other |c|, on the polynomial and on its derivative.
    """
    slope = derivative_matrix(DEGREE + 1)
    left, right = halving_matrices(DEGREE + 1)
    done: list[tuple[Array, Array, Array]] = []
    doubtful = [np.empty((0, 2))]
    while len(starts):
        weight = np.abs(coefficients)
        rate = np.abs(coefficients @ slope.T)
        signed = weight[:, 0] > weight[:, 1:].sum(axis=1) + slack
        monotone = rate[:, 0] > rate[:, 1:].sum(axis=1)
        short = ends - starts <= EDGE_S
        doubt = short & ~signed & ~monotone & (weight[:, 0] <= weight[:, 1:].sum(axis=1) + slack)
        doubtful.append(np.column_stack((starts[doubt], ends[doubt])))
        ready = signed | monotone | short
        done.append((coefficients[ready], starts[ready], ends[ready]))
        rest = coefficients[~ready]
        coefficients = np.concatenate((rest @ left.T, rest @ right.T))
        starts, ends = _halved(starts, ends, ~ready)
    if not done:
        empty = np.empty(0)
        return Parts(empty, empty, np.empty((0, DEGREE + 1)), empty, empty, doubtful[0])
    c, a, b = (np.concatenate(column) for column in zip(*done, strict=True))
    alternate = np.where(np.arange(DEGREE + 1) % 2, -1.0, 1.0)
    return Parts(a, b, c, c @ alternate, c.sum(axis=1), np.concatenate(doubtful))


class _Search:
    """One margin, and what looking at it has cost so far."""

    def __init__(self, margin: Margin) -> None:
        self.margin = margin
        self.pieces = 0
        self.evaluations = 0

    def sample(self, starts: Array, ends: Array) -> Array:
        """Chebyshev coefficients on every piece: (n, DEGREE+1)."""
        t = starts[:, None] + 0.5 * (ends - starts)[:, None] * (1.0 + lobatto_points(DEGREE))
        t[:, -1] = ends  # exactly, so that neighbours agree on the sign where they meet
        self.pieces += len(starts)
        return self.evaluate(t.ravel()).reshape(t.shape) @ lobatto_transform(DEGREE).T

    def evaluate(self, t: Array) -> Array:
        self.evaluations += len(t)
        if len(t) <= _POINTS_AT_ONCE:
            return self.margin.function(t)
        chunks = np.array_split(t, -(-len(t) // _POINTS_AT_ONCE))
        return np.concatenate([self.margin.function(chunk) for chunk in chunks])

    def polish(self, parts: Parts) -> Array:
        """Roots of the margin itself, for the parts that cross zero: two Newton steps with the polynomial's slope."""
        crossing = parts.crossing
        chosen = Parts(
            parts.starts[crossing],
            parts.ends[crossing],
            parts.coefficients[crossing],
            parts.left[crossing],
            parts.right[crossing],
            parts.doubtful,
        )
        if not crossing.any():
            return np.empty(0)
        t = chosen.roots()
        slope = chosen.slopes(t)
        for _ in range(2):
            step = self.evaluate(t) / np.where(slope == 0, np.inf, slope)
            t = np.clip(t - step, chosen.starts, chosen.ends)
        return t


def _positive_parts(parts: Parts, roots: Array) -> Array:
    """(k, 2) intervals on which the parts are positive, cut at their roots."""
    edge = np.zeros(len(parts.starts))
    edge[parts.crossing] = roots
    begins = np.where(parts.left > 0, parts.starts, edge)
    ends = np.where(parts.right > 0, parts.ends, edge)
    some = (parts.left > 0) | (parts.right > 0)
    return np.column_stack((begins[some], ends[some]))


def _pieces(within: Windows, margin: Margin) -> tuple[Array, Array]:
    """The windows cut at the breaks, and into pieces no longer than the pace."""
    breaks = np.unique(np.asarray(margin.breaks, dtype=float))
    starts, ends = [np.empty(0)], [np.empty(0)]
    for start, end in within.bounds:
        inside = breaks[(breaks > start) & (breaks < end)]
        marks = np.concatenate(([start], inside, [end]))
        for low, high in pairwise(marks):
            count = max(1, int(np.ceil((high - low) / margin.pace_s)))
            edges = low + (high - low) * (np.arange(count + 1) / count)
            edges[-1] = high
            starts.append(edges[:-1])
            ends.append(edges[1:])
    return np.concatenate(starts), np.concatenate(ends)


def _halved(starts: Array, ends: Array, which: NDArray[np.bool_]) -> tuple[Array, Array]:
    low, high = starts[which], ends[which]
    middle = 0.5 * (low + high)
    return np.concatenate((low, middle)), np.concatenate((middle, high))


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
