"""A function of time as monotonic polynomials.

A monotonic piece crosses a limit at most once, so that a web page can find every edge by bisection, without the orbits
and without this library.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from sim.core.chebyshev import lobatto_points, lobatto_transform

Array = NDArray[np.float64]
Piece = list[float | int]
"""Start and end (s after an origin), then Chebyshev coefficients in multiples of a unit, lowest degree first."""

DEGREE = 16
SHORT_S = 0.01
"""Shorter pieces are accepted as they are: geometry does not change in this time."""


def pieces(
    function: Callable[[Array], Array], bounds: Array, breaks: Array, unit: float, origin: float, monotonic: bool = True
) -> list[Piece]:
    """Fit polynomials to a function inside intervals, accurate to a few units.

    Parameters
    ----------
    function : callable
        Times (n,), TDB s, to values (n,). Smooth between the breaks.
    bounds : array of shape (n, 2)
        Intervals, TDB s, in order.
    breaks : array
        TDB s.
    unit : float
        Unit to whose multiples the coefficients are rounded.
    origin : float
        TDB s; zero of the times of the pieces.
    monotonic : bool
        Whether to split the polynomials at their extremes.

    Returns
    -------
    list of Piece
        The pieces, in order.

    Examples
    --------
    >>> pieces(lambda t: t * t, np.array([[-1.0, 1.0]]), np.empty(0), 0.125, 0.0)
    [[-1.0, 0.0, 3, -4, 1], [0.0, 1.0, 3, 4, 1]]
    """
    found: list[tuple[float, float, Array]] = []
    starts, ends = _cut(bounds, breaks)
    x, transform = lobatto_points(DEGREE), lobatto_transform(DEGREE)
    while len(starts):
        middle, half = 0.5 * (starts + ends), 0.5 * (ends - starts)
        values = function((middle[:, None] + half[:, None] * x).ravel()).reshape(-1, DEGREE + 1)
        coefficients = values @ transform.T
        done = (np.abs(coefficients[:, -3:]).sum(axis=1) < unit) | (half < SHORT_S)
        found += zip(starts[done], ends[done], coefficients[done], strict=True)
        left, right, between = starts[~done], ends[~done], middle[~done]
        starts, ends = np.concatenate((left, between)), np.concatenate((between, right))
    found.sort(key=lambda piece: piece[0])
    if not monotonic:
        return [part for piece in found for part in _rounded(*piece, unit, origin)]
    return [part for piece in found for part in _monotonic(*piece, x, transform, unit, origin)]


def _cut(bounds: Array, breaks: Array) -> tuple[Array, Array]:
    """Split intervals at the breaks inside them: starts, ends."""
    edges = [np.concatenate(([a], breaks[(breaks > a) & (breaks < b)], [b])) for a, b in bounds]
    none = np.empty(0)
    return np.concatenate([none, *(e[:-1] for e in edges)]), np.concatenate([none, *(e[1:] for e in edges)])


def _monotonic(
    start: float, end: float, coefficients: Array, x: Array, transform: Array, unit: float, origin: float
) -> list[Piece]:
    """Split one polynomial at its extremes, with rounded coefficients."""
    slope = chebyshev.chebtrim(chebyshev.chebder(coefficients), 1e-3 * unit)
    turns = chebyshev.chebroots(slope) if len(slope) > 1 else np.empty(0)
    real = np.sort(turns.real[np.abs(turns.imag) < 1e-5])
    edges = np.concatenate(([-1.0], real[(real > -1.0) & (real < 1.0)], [1.0]))
    parts: list[Piece] = []
    for a, b in pairwise(edges):
        inside = chebyshev.chebval(0.5 * (a + b) + 0.5 * (b - a) * x, coefficients) @ transform.T
        times = start + 0.5 * (np.array([a, b]) + 1.0) * (end - start)
        parts += _rounded(float(times[0]), float(times[1]), inside, unit, origin)
    return parts


def _rounded(start: float, end: float, coefficients: Array, unit: float, origin: float) -> list[Piece]:
    """One polynomial with rounded coefficients; empty if its duration is zero."""
    whole = np.rint(coefficients / unit).astype(int).tolist()
    while len(whole) > 1 and whole[-1] == 0:
        whole.pop()
    first, last = round(start - origin, 3) + 0.0, round(end - origin, 3) + 0.0  # never -0.0
    return [[first, last, *whole]] if last > first else []
