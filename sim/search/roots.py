"""Divides polynomials into parts with one sign or one slope, and finds the roots of those parts.

Both tests are bounds: |c0| > sum of the other |c|, on the polynomial and on its derivative. Nothing else is evaluated.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import derivative_matrix, halving_matrices, lobatto_points, polynomials

Array = NDArray[np.float64]
Index = NDArray[np.intp]

DEGREE = 20
"""Degree of the polynomials: high enough that an extreme fits in one piece, low enough that a kink stays local."""


def tail(last: Array, axis: int) -> Array:
    """Estimated errors of polynomials, from their last three coefficients along an axis. Not a bound."""
    wrong: Array = 2.0 * np.abs(last).sum(axis=axis)
    return wrong


def _bends() -> Array:
    """Bound on the curvature of Chebyshev polynomials between two Lobatto points: |T_n''| h², (DEGREE+1, DEGREE).

    |T_n''(x)| ≤ (n² + n |x| / √(1 − x²)) / (1 − x²), from its differential equation, and ≤ n² (n² − 1) / 3 everywhere.
    """
    x = lobatto_points(DEGREE)
    outer = np.maximum(np.abs(x[1:]), np.abs(x[:-1]))
    n = np.arange(DEGREE + 1)[:, None]
    inside = np.maximum(1.0 - outer**2, 1e-12)
    return np.minimum((n**2 + n * outer / np.sqrt(inside)) / inside, n**2 * (n**2 - 1) / 3.0) * np.diff(x) ** 2


_BEND = _bends()


def beyond_samples(coefficients: Array) -> Array:
    """How far polynomials may rise at most above the larger of two adjacent samples: (n, DEGREE+1) → (n,)."""
    most: Array = 0.125 * np.max(np.abs(coefficients) @ _BEND, axis=1)
    return most


SHORTEST_S = 1e-7
"""A root closer than this to an end of its bracket is at that end."""

LAST_STEP_S = 1e-3
"""After a Newton step this short the next one is below a tenth of a microsecond (quadratic convergence)."""


@dataclass(frozen=True)
class Crossings:
    """Roots of polynomials: times (n,), the polynomials' slopes there per second, and the brackets they lie in."""

    times: Array
    slopes: Array
    low: Array
    high: Array


def newton(
    coefficients: Array, starts: Array, ends: Array, low: Array, high: Array, left: Array, right: Array
) -> Crossings:
    """The one root of each polynomial between two points with values of opposite sign.

    coefficients : (n, DEGREE+1) over [starts, ends] (n,)
    low, high    : (n,) the points, in [-1, 1]; left, right (n,) the values there
    """
    rates = coefficients @ derivative_matrix(DEGREE + 1).T
    half = 0.5 * (ends - starts)
    first, last, rising = low, high, right > left
    x = np.clip(low - left * (high - low) / (right - left), low, high)
    slope = np.ones(len(x))
    for _ in range(60 if len(x) else 0):
        table = polynomials(x, DEGREE + 1)
        value, slope = np.einsum("ij,ij->i", table, coefficients), np.einsum("ij,ij->i", table, rates)
        beyond = (value > 0) == rising
        high, low = np.where(beyond, x, high), np.where(beyond, low, x)
        step = x - value / np.where(slope == 0, np.inf, slope)
        x, away = _safe(x, step, low, high, half)
        if np.max(away) < LAST_STEP_S:
            break
    low, high = starts + half * (1.0 + first), starts + half * (1.0 + last)
    return Crossings(starts + half * (1.0 + x), slope / half, low, high)


def newton_between(
    coefficients: Array, values: Array, starts: Array, ends: Array, row: Index, column: Index
) -> Crossings:
    """The one root of polynomials between two adjacent samples of opposite sign.

    coefficients, values : (m, DEGREE+1) over [starts, ends] (m,), values at the Lobatto points
    row, column          : (n,) the polynomial, and the sample before the root
    """
    points, half = lobatto_points(DEGREE), 0.5 * (ends - starts)[row]
    reach = half * 0.5 * np.diff(points)[column]
    middle = starts[row] + half * (1.0 + 0.5 * (points[1:] + points[:-1])[column])
    left, right = values[row, column], values[row, column + 1]
    order = np.argsort(column.astype(np.int8), kind="stable")
    splits = np.searchsorted(column[order], np.arange(DEGREE + 1)).tolist()
    largest = np.max(np.abs(coefficients), axis=0, initial=0.0)
    size = np.max(_POWER_SIZES @ largest, axis=0)
    enough = int(np.max(np.flatnonzero(size > 1e-17 * size[0]), initial=0)) + 1  # they fall off between neighbours
    powers = np.empty((enough, len(row)))
    sorted_coefficients = coefficients[row[order]].T
    for j, (low, high) in enumerate(pairwise(splits)):
        if high > low:
            powers[:, low:high] = _POWERS[j, :enough] @ sorted_coefficients[:, low:high]
    s, slope = np.empty(len(row)), np.ones(len(row))
    s[order], slope[order] = _newton_of_powers(powers, (right > left)[order], reach[order])
    return Crossings(middle + reach * s, slope / reach, middle - reach, middle + reach)


def _newton_of_powers(powers: Array, rising: NDArray[np.bool_], reach: Array) -> tuple[Array, Array]:
    """The roots s of sums of powers of s that change sign once from -1 to 1, and the slopes there: (n,), (n,).

    powers : (k, n) lowest first; reach (n,) seconds from s = 0 to s = 1
    """
    s = _reverted(powers)
    low, high = np.full_like(s, -1.0), np.ones_like(s)
    roots, slopes, left = s.copy(), np.ones_like(s), np.arange(len(s))
    for _ in range(60 if len(reach) else 0):
        value, slope = powers[-1].copy(), np.zeros(len(s))
        for row in powers[-2::-1]:
            slope *= s
            slope += value
            value *= s
            value += row
        beyond = (value > 0) == rising
        high, low = np.where(beyond, s, high), np.where(beyond, low, s)
        step = s - value / np.where(slope == 0, np.inf, slope)
        s, away = _safe(s, step, low, high, reach)
        roots[left], slopes[left] = s, slope
        more = np.flatnonzero(away >= LAST_STEP_S)
        if not len(more):
            break
        if len(more) < 0.5 * len(s):  # most need two steps, few need more
            left, s, low, high = left[more], s[more], low[more], high[more]
            powers, rising, reach = powers[:, more], rising[more], reach[more]
    return roots, slopes


def _reverted(powers: Array) -> Array:
    """A first guess of the roots of sums of powers of s: the series of powers reverted to third order, (n,)."""
    value, slope, bend, twist = (powers[i] if i < len(powers) else 0.0 for i in range(4))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        first = value / slope
        bend, twist = bend / slope, twist / slope
        s = -first * (1.0 + first * (bend + first * (2.0 * bend * bend - twist)))
    return np.where(np.abs(s) < 1.0, s, 0.0)  # also if it is NaN


def _safe(x: Array, step: Array, low: Array, high: Array, half: Array) -> tuple[Array, Array]:
    """The next points of Newton's method, kept inside the brackets, and bounds on the next step (s): (n,), (n,).

    If a step leaves its bracket, the root is most likely at that end, which may be an edge found before. The next point
    is then a 20th of the bracket from that end.
    """
    away = np.abs(step - x) * half
    out = np.flatnonzero((step < low) | (step > high))
    if len(out):
        end = np.where(step[out] < low[out], low[out], high[out])
        step[out] = end + 0.05 * (x[out] - end)
        away[out] = np.where(np.abs(step[out] - end) * half[out] > SHORTEST_S, np.inf, 0.0)
    return step, away


def _powers() -> Array:
    """Matrices from Chebyshev coefficients to powers of s, -1 to 1 between samples: (DEGREE, DEGREE+1, DEGREE+1)."""
    points = lobatto_points(DEGREE)
    tables = np.zeros((DEGREE, DEGREE + 1, DEGREE + 1))  # interval, power, polynomial
    for table, a, b in zip(tables, points[:-1], points[1:], strict=True):
        middle, half = 0.5 * (a + b), 0.5 * (b - a)
        table[0, 0] = 1.0
        table[:2, 1] = middle, half
        for n in range(2, DEGREE + 1):  # T_n = 2 x T_{n-1} − T_{n-2}, with x = middle + half s
            table[:, n] = 2.0 * middle * table[:, n - 1] - table[:, n - 2]
            table[1:, n] += 2.0 * half * table[:-1, n - 1]
    return tables


_POWERS = _powers()
_POWER_SIZES = np.abs(_POWERS)


def clean(values: Array, coefficients: Array, slack: Array) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which polynomials their samples alone decide, and between which samples they change sign.

    values  : (n, DEGREE+1) at the Lobatto points; coefficients (n, DEGREE+1); slack (n,)
    returns : (n,), and (n, DEGREE)

    With M a bound on the second derivative there, a polynomial has one slope between two samples h apart if they differ
    by more than M h²/2, and no root between two of the same sign if both are farther from zero than M h²/8. Both must
    hold with the slack added.
    """
    above = values > 0.0
    change = above[:, 1:] != above[:, :-1]
    bend = np.abs(coefficients) @ _BEND + 2.0 * slack[:, None]
    row, column = np.nonzero(np.abs(values[:, 1:] - values[:, :-1]) <= 0.5 * bend)  # a few may have an extreme there
    nearest = np.minimum(np.abs(values[row, column]), np.abs(values[row, column + 1]))
    apart = ~change[row, column] & (nearest > 0.125 * bend[row, column] + 0.75 * slack[row])
    understood = np.ones(len(values), dtype=bool)
    understood[row[~apart]] = False
    return understood, change


@dataclass(frozen=True)
class Parts:
    """Intervals on which a polynomial has one sign or one slope.

    starts, ends (n,); coefficients (n, DEGREE+1) over each; left, right (n,) values at both ends;
    source (n,) the polynomial that each came from;
    doubtful (m, 2), doubtful_source (m,): intervals too short to divide that have neither
    """

    starts: Array
    ends: Array
    coefficients: Array
    left: Array
    right: Array
    source: Index
    doubtful: Array
    doubtful_source: Index

    @property
    def crossing(self) -> NDArray[np.bool_]:
        changes: NDArray[np.bool_] = (self.left > 0) != (self.right > 0)
        return changes

    def only(self, which: NDArray[np.bool_]) -> Parts:
        """Some of the parts."""
        return Parts(
            self.starts[which],
            self.ends[which],
            self.coefficients[which],
            self.left[which],
            self.right[which],
            self.source[which],
            self.doubtful,
            self.doubtful_source,
        )

    def crossings(self) -> Crossings:
        """The one root of each part; all parts must cross zero."""
        low, high = np.full(len(self.left), -1.0), np.ones(len(self.left))
        return newton(self.coefficients, self.starts, self.ends, low, high, self.left, self.right)

    def positive(self, roots: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Positive intervals (k, 2) of the parts, cut at their roots, and the index of the part of each."""
        edge = np.zeros(len(self.starts))
        edge[self.crossing] = roots
        begins = np.where(self.left > 0, self.starts, edge)
        ends = np.where(self.right > 0, self.ends, edge)
        some = (self.left > 0) | (self.right > 0)
        return np.column_stack((begins[some], ends[some])), some


def isolate(coefficients: Array, starts: Array, ends: Array, slack: Array, shortest_s: float) -> Parts:
    """Divide polynomials into parts with one sign (by more than `slack`) or one slope.

    coefficients : (n, DEGREE+1) over [starts, ends] (n,); slack (n,)

    A polynomial that is within its slack of zero throughout, such as that of a constant, is doubtful as a whole:
    dividing it would only follow rounding noise.
    """
    slope = derivative_matrix(DEGREE + 1)
    nothing = np.abs(coefficients).sum(axis=1) <= slack
    left, right = halving_matrices(DEGREE + 1)
    source = np.arange(len(starts), dtype=np.intp)
    done: list[tuple[Array, Array, Array, Index]] = []
    doubtful: list[tuple[Array, Array, Index]] = [(np.empty(0), np.empty(0), np.empty(0, dtype=np.intp))]
    while True:
        weight = np.abs(coefficients)
        rate = np.abs(coefficients @ slope.T)
        signed = 2.0 * weight[:, 0] > weight.sum(axis=1) + slack[source]
        monotone = 2.0 * rate[:, 0] > rate.sum(axis=1)
        short = ends - starts <= shortest_s
        lost = (short | nothing) & ~signed & ~monotone
        doubtful.append((starts[lost], ends[lost], source[lost]))
        ready = signed | monotone | short | nothing
        done.append((coefficients[ready], starts[ready], ends[ready], source[ready]))
        if ready.all():
            break
        rest, low, high = coefficients[~ready], starts[~ready], ends[~ready]
        middle = 0.5 * (low + high)
        coefficients = np.concatenate((rest @ left.T, rest @ right.T))
        starts, ends = np.concatenate((low, middle)), np.concatenate((middle, high))
        source = np.concatenate((source[~ready], source[~ready]))
        nothing = np.zeros(len(source), dtype=bool)
    c, a, b, who = (np.concatenate(column) for column in zip(*done, strict=True))
    da, db, doubtful_source = (np.concatenate(column) for column in zip(*doubtful, strict=True))
    alternate = np.where(np.arange(DEGREE + 1) % 2, -1.0, 1.0)
    return Parts(a, b, c, c @ alternate, c.sum(axis=1), who, np.column_stack((da, db)), doubtful_source)
