"""Functions of time as Chebyshev polynomials, one per interval.

Ephemerides, integrated orbits and the margins of a search are represented in this form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Index = NDArray[np.intp]

_FEW, _RUN, _LONG_RUN, _AT_ONCE = 32, 12, 128, 4096
"""Numbers of times. Up to the first, each time is looked up by itself. From the second number of consecutive times on
one piece, a matrix product is quicker than lookups; from the third, single products are quicker than a batch. More than
the last are evaluated in blocks, which fit the processor's cache."""
_SCATTERED = 400
"""From so many times on, few of which are on one piece, rates are summed term by term."""
_SMALL = 65536
"""The numbers of fewer pieces are sorted digit by digit, in time proportional to their count."""


@dataclass(frozen=True, eq=False, repr=False)
class Pieces:
    """A vector function of time, piecewise polynomial.

    edges        : (n+1,) increasing; piece i covers [edges[i], edges[i+1]]
    coefficients : (n, d+1, k) Chebyshev coefficients over each piece, lowest degree first

    Times outside the edges are an error of the caller, and are not extrapolated silently; see `covers`.
    """

    edges: Array
    coefficients: Array

    def __post_init__(self) -> None:
        object.__setattr__(self, "_step", _uniform_step(self.edges))

    def __repr__(self) -> str:
        return f"<{len(self.coefficients)} pieces of degree {self._order - 1}, {self.start:.0f} to {self.end:.0f} s>"

    @property
    def start(self) -> float:
        return float(self.edges[0])

    @property
    def end(self) -> float:
        return float(self.edges[-1])

    def covers(self, t: Array) -> bool:
        """Whether every time lies inside the edges."""
        return bool(np.all((t >= self.edges[0]) & (t <= self.edges[-1])))

    def __call__(self, t: Array) -> Array:
        """Value: times (...) → (..., k)."""
        return self._summed(t, value=True, rate=False)

    def rate(self, t: Array) -> Array:
        """Derivative by time: (...) → (..., k), per second."""
        return self._summed(t, value=False, rate=True)

    def both(self, t: Array) -> tuple[Array, Array]:
        """Value and derivative from one lookup."""
        both, k = self._summed(t, value=True, rate=True), self.coefficients.shape[2]
        return both[..., :k], both[..., k:]

    def middles(self) -> tuple[Array, Array]:
        """Value and derivative in the middle of every piece: (n, k), (n, k)."""
        at = polynomials(np.zeros(()), self._order)
        half = 0.5 * np.diff(self.edges)[:, None]
        values = np.einsum("j,njk->nk", at, self.coefficients)
        return values, np.einsum("j,njk->nk", at @ derivative_matrix(self._order), self.coefficients) / half

    def between(self, start: float, end: float) -> Pieces:
        """The complete pieces that overlap [start, end]: a small table from a large one."""
        first = max(0, int(np.searchsorted(self.edges, start, "right")) - 1)
        last = min(len(self.edges) - 1, int(np.searchsorted(self.edges, end, "left")))
        last = max(last, first + 1)
        return Pieces(self.edges[first : last + 1].copy(), self.coefficients[first:last].copy())

    def cut(self, start: float, end: float) -> Pieces:
        """The same function on [start, end] only, which must lie inside the edges: the outer pieces are shortened."""
        part = self.between(start, end)
        for row, edge in ((0, start), (-1, end)):
            one = slice(0, 1) if row == 0 else slice(-1, None)
            begin, close = part.edges[:2] if row == 0 else part.edges[-2:]
            new = (edge, close) if row == 0 else (begin, edge)
            if (begin, close) != new:
                degree = max(self._order - 1, 1)
                since = (new[0] - begin) + (new[1] - new[0]) * 0.5 * (1.0 + lobatto_points(degree))
                values = polynomials(2.0 * since / (close - begin) - 1.0, self._order) @ part.coefficients[one][0]
                part.coefficients[one] = (lobatto_transform(degree) @ values)[: self._order]
                part.edges[row] = edge
        return Pieces(part.edges, part.coefficients)

    @property
    def _order(self) -> int:
        return int(self.coefficients.shape[1])

    def _locate(self, t: Array) -> Index:
        """The piece of each time: (n,)."""
        step: float = self._step  # type: ignore[attr-defined]
        even = ((t - self.edges[0]) / step).astype(np.intp) if step > 0 else np.searchsorted(self.edges, t, "right") - 1
        rows: Index = np.minimum(np.maximum(even, 0), len(self.edges) - 2)
        return rows

    def _summed(self, t: Array, value: bool, rate: bool) -> Array:
        """Values, or rates, or both, concatenated: (...) → (..., k or 2k). All times on one piece go together."""
        shape, t = np.shape(t), np.asarray(t, dtype=float).ravel()
        rows, order = self._locate(t), None
        begins = np.arange(len(t)) if len(t) <= _FEW else _beginnings(rows)
        if len(t) > _FEW and len(begins) > 2 * (np.max(rows) - np.min(rows) + 1):  # the same pieces again and again
            order = np.argsort(rows.astype(np.uint16) if len(self.edges) <= _SMALL else rows, kind="stable")
            t, rows = t[order], rows[order]
            begins = _beginnings(rows)
        if rate and order is None and _SCATTERED < len(t) <= _RUN * len(begins):
            return self._scattered(t, rows, value).reshape(*shape, -1)
        used = rows[begins]
        start, half = self.edges[used], 0.5 * (self.edges[used + 1] - self.edges[used])
        chosen = self.coefficients[used]
        if rate:
            rates = derivative_matrix(self._order) @ chosen / half[:, None, None]
            chosen = np.concatenate((chosen, rates), axis=2) if value else rates
        summed: Array
        if len(begins) == len(t):
            summed = np.matmul(polynomials((t - start) / half - 1.0, self._order)[:, None], chosen)[:, 0]
        else:
            summed = self._in_runs(t, begins, start, half, chosen)
        if order is not None:
            found = np.empty_like(summed)
            found[order] = summed
            summed = found
        return summed.reshape(*shape, chosen.shape[2])

    def _in_runs(self, t: Array, begins: Index, start: Array, half: Array, chosen: Array) -> Array:
        """Sums (n, k) at times; those from one start index to the next have the same coefficients (m, d+1, k)."""
        lengths = np.diff(np.append(begins, len(t)))
        longest = int(np.max(lengths))
        summed: Array
        if longest < _LONG_RUN and longest * len(begins) < 3 * len(t):  # about as many times on each piece
            place = np.arange(longest)
            padded = begins[:, None] + np.minimum(place, lengths[:, None] - 1)
            x = (t[padded] - start[:, None]) / half[:, None] - 1.0
            summed = np.matmul(polynomials(x, self._order), chosen)[place < lengths[:, None]]
            return summed
        run = np.repeat(np.arange(len(begins)), lengths)
        x = (t - start[run]) / half[run] - 1.0
        if len(t) <= _RUN * len(begins):
            summed = np.matmul(polynomials(x, self._order)[:, None], chosen[run])[:, 0]
            return summed
        sums, ends = np.empty((chosen.shape[2], len(t))), np.append(begins[1:], len(t))
        for low in range(0, len(t), _AT_ONCE):  # many consecutive times: no lookups
            high = min(low + _AT_ONCE, len(t))
            table = _table(x[low:high], self._order)
            some = slice(int(run[low]), int(run[high - 1]) + 1)
            cuts = zip(chosen[some], begins[some].tolist(), ends[some].tolist(), strict=True)
            for one, begin, end in cuts:
                first, last = max(begin, low), min(end, high)
                sums[:, first:last] = one.T @ table[:, first - low : last - low]
        return sums.T

    def _scattered(self, t: Array, rows: Index, value: bool) -> Array:
        """Rates (n, k), or values and rates (n, 2k), at times (n,) of which few are on one piece: term by term."""
        _, order, width = self.coefficients.shape
        sums, flat = np.empty(((1 + value) * width, len(t))), self.coefficients.reshape(len(self.coefficients), -1)
        for first in range(0, len(t), _AT_ONCE // 2):
            block = slice(first, first + _AT_ONCE // 2)
            start, half = self.edges[rows[block]], 0.5 * (self.edges[rows[block] + 1] - self.edges[rows[block]])
            x = (t[block] - start) / half - 1.0
            terms = np.ascontiguousarray(flat[rows[block]].T).reshape(order, width, -1)
            before, now, slope_before, slope = np.ones_like(x), x, np.zeros_like(x), np.ones_like(x)
            values, rates = terms[0].copy(), np.zeros_like(terms[0])
            for j in range(1, order):
                if j > 1:
                    slope_before, slope = slope, 2.0 * (x * slope + now) - slope_before
                    before, now = now, 2.0 * x * now - before
                if value:
                    values += now * terms[j]
                rates += slope * terms[j]
            if value:
                sums[:width, block] = values
            sums[-width:, block] = rates / half
        return sums.T


def fit(function: Callable[[Array], Array], edges: Array, degree: int) -> Pieces:
    """Pieces through a function's values at the Chebyshev–Lobatto points of each interval.

    function : times (n*(degree+1),) → (n*(degree+1), k)
    edges    : (n+1,) increasing
    """
    starts, ends = edges[:-1, None], edges[1:, None]
    t = starts + (ends - starts) * 0.5 * (1.0 + lobatto_points(degree))
    values = function(t.ravel()).reshape(len(starts), degree + 1, -1)
    return Pieces(edges, np.einsum("ij,njk->nik", lobatto_transform(degree), values))


def fit_motion(motion: Callable[[Array], tuple[Array, Array]], edges: Array, degree: int) -> Pieces:
    """Pieces through a motion with known rates: times (m,) → values (m, k) and rates (m, k).

    A time in seconds past J2000 is rounded by up to 0.06 µs, in which a satellite moves half a millimeter: the rates
    correct the values to the exact nodes.
    """
    starts, lengths = edges[:-1, None], np.diff(edges)[:, None]
    since = lengths * 0.5 * (1.0 + lobatto_points(degree))
    t = starts + since
    values, rates = motion(t.ravel())
    values = values + rates * (since - (t - starts)).ravel()[:, None]
    return Pieces(edges, np.einsum("ij,njk->nik", lobatto_transform(degree), values.reshape(*t.shape, -1)))


def fit_within(
    motion: Callable[[Array], tuple[Array, Array]], edges: Array, degree: int, enough: float, least_s: float
) -> Pieces:
    """Pieces as of `fit_motion`, halved until their last two coefficients are below `enough`.

    Near a step of the motion this never happens: pieces shorter than `least_s` are not halved.
    """
    kept: list[tuple[Array, Array]] = []
    begins, ends = edges[:-1], edges[1:]
    while len(begins):
        tables = np.concatenate(
            [fit_motion(motion, np.array(pair), degree).coefficients for pair in zip(begins, ends, strict=True)]
        )
        good = (np.max(np.abs(tables[:, -2:]), axis=(1, 2)) < enough) | (ends - begins < least_s)
        kept.append((begins[good], tables[good]))
        begins, ends = begins[~good], ends[~good]
        middles = 0.5 * (begins + ends)
        begins, ends = np.concatenate((begins, middles)), np.concatenate((middles, ends))
    starts = np.concatenate([part for part, _ in kept])
    order = np.argsort(starts)
    return Pieces(np.append(starts[order], edges[-1]), np.concatenate([table for _, table in kept])[order])


def joined(parts: Sequence[Pieces]) -> Pieces:
    """Consecutive pieces as one table; each part must begin where the one before it ends."""
    if len(parts) == 1:
        return parts[0]
    for before, after in pairwise(parts):
        if before.end != after.start:
            raise ValueError(f"pieces must meet: one ends at {before.end} s, the next begins at {after.start} s")
    order = max(part.coefficients.shape[1] for part in parts)
    tables = [np.pad(p.coefficients, ((0, 0), (0, order - p.coefficients.shape[1]), (0, 0))) for p in parts]
    edges = np.concatenate([parts[0].edges[:1], *(part.edges[1:] for part in parts)])
    return Pieces(edges, np.concatenate(tables))


def polynomials(x: Array, count: int) -> Array:
    """T_0 … T_{count-1} at x: (...) → (..., count)."""
    table = _table(x, count)
    return table.transpose(*range(1, table.ndim), 0)


def _table(x: Array, count: int) -> Array:
    """T_0 … T_{count-1} at x: (...) → (count, ...)."""
    table = np.empty((count, *np.shape(x)))
    table[0] = 1.0
    if count > 1:
        table[1] = x
    twice = 2.0 * np.asarray(x)
    for j in range(2, count):
        np.multiply(twice, table[j - 1], out=table[j, ...])
        table[j] -= table[j - 2]
    return table


@lru_cache(maxsize=64)
def lobatto_points(degree: int) -> Array:
    """The degree+1 extrema of T_degree, from -1 to 1."""
    points = -np.cos(np.pi * np.arange(degree + 1) / degree)
    points.flags.writeable = False
    return points


@lru_cache(maxsize=64)
def lobatto_transform(degree: int) -> Array:
    """Matrix from values at the Lobatto points to Chebyshev coefficients: (degree+1, degree+1)."""
    matrix = np.asarray(np.linalg.inv(polynomials(lobatto_points(degree), degree + 1)), dtype=np.float64)
    matrix.flags.writeable = False
    return matrix


@lru_cache(maxsize=64)
def derivative_matrix(order: int) -> Array:
    """Matrix from coefficients to those of the derivative by x, both of length `order`."""
    matrix = np.zeros((order, order))
    for j in range(1, order):
        for i in range(j - 1, -1, -2):
            matrix[i, j] = j if i == 0 else 2 * j
    matrix.flags.writeable = False
    return matrix


@lru_cache(maxsize=64)
def halving_matrices(order: int) -> tuple[Array, Array]:
    """Matrices from coefficients over [-1, 1] to those over its left and its right half."""
    points = lobatto_points(max(order - 1, 1))
    back = lobatto_transform(max(order - 1, 1))
    left = back @ polynomials(0.5 * (points - 1.0), order)
    right = back @ polynomials(0.5 * (points + 1.0), order)
    return left, right


def _beginnings(rows: Index) -> Index:
    """Where numbers (n,) differ from the one before, the first included."""
    return np.append(0, np.flatnonzero(rows[1:] != rows[:-1]) + 1)


def _uniform_step(edges: Array) -> float:
    """The common length of all pieces, or 0 if they differ."""
    steps = np.diff(edges)
    step = float(edges[-1] - edges[0]) / max(len(steps), 1)
    even = bool(np.all(np.abs(edges[:-1] - (edges[0] + step * np.arange(len(steps)))) <= 1e-9 * step))
    return step if even else 0.0
