"""How far lines of sight pass above a relief: they are followed from pixel to pixel."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.dynamics.jit import compiled

Array = NDArray[np.float64]

_STEP_KM = 8.0  # a part of a line in which its height above ground is followed by a parabola
_LOOKS = 7  # points of a line whose surroundings cover it
_OVER_KM = 1e-6  # so far beyond a border between pixels, a line is in the next one


@compiled()
def _place(x: float, y: float, z: float, east: float, turn: float, columns: int) -> tuple[float, float, float]:
    """Distance from the center, latitude, and column, of a point."""
    r = math.sqrt(x * x + y * y + z * z)
    column = (math.atan2(y, x) - east) / turn
    column -= columns * math.floor(column / columns)
    return r, math.asin(min(1.0, max(-1.0, z / r))), column


@compiled()
def _row(latitude: float, rings: Array) -> int:
    """The ring above a latitude: rings are even but for the poles."""
    last = len(rings) - 2
    step = rings[1] - rings[2]
    guess = int((rings[1] - latitude) / step) + 1 if latitude < rings[1] else 0
    guess = min(max(guess, 0), last)
    while guess < last and latitude < rings[guess + 1]:
        guess += 1
    while guess > 0 and latitude > rings[guess]:
        guess -= 1
    return guess


@compiled()
def _above(
    s: float, a: Array, u: Array, height: Array, rings: Array, east: float, turn: float, radius: float
) -> float:
    """Height above ground (km) of the point of a line that is s km from its first end."""
    columns = height.shape[1] - 1
    r, latitude, column = _place(a[0] + s * u[0], a[1] + s * u[1], a[2] + s * u[2], east, turn, columns)
    i = _row(latitude, rings)
    j = min(int(column), columns - 1)
    down, right = (rings[i] - latitude) / (rings[i] - rings[i + 1]), column - j
    upper = (1.0 - right) * height[i, j] + right * height[i, j + 1]
    lower = (1.0 - right) * height[i + 1, j] + right * height[i + 1, j + 1]
    return float(r - radius - (1.0 - down) * upper - down * lower)


@compiled()
def _to_cone(s: float, a: Array, u: Array, along: float, square: float, sine: float) -> float:
    """Where a line next crosses a latitude, after s; infinite if it does not. along = a·u, square = a·a."""
    k = sine * sine
    qa = u[2] * u[2] - k
    qb = a[2] * u[2] - k * along
    qc = a[2] * a[2] - k * square
    best = math.inf
    root = qb * qb - qa * qc
    if root >= 0.0 and abs(qa) > 1e-15:
        root = math.sqrt(root)
        for sign in (-1.0, 1.0):
            x = (-qb + sign * root) / qa
            if x > s and (a[2] + x * u[2]) * sine >= 0.0:
                best = min(best, x)
    elif abs(qa) <= 1e-15 and qb != 0.0:
        x = -0.5 * qc / qb
        if x > s and (a[2] + x * u[2]) * sine >= 0.0:
            best = x
    return best


@compiled()
def _to_plane(s: float, a: Array, u: Array, x: float, y: float) -> float:
    """Where a line next crosses the plane through the axis at right angles to (x, y), after s; infinite if never."""
    rate = x * u[0] + y * u[1]
    if rate == 0.0:
        return math.inf
    found = -(x * a[0] + y * a[1]) / rate
    return found if found > s else math.inf


@compiled()
def _lowest_between(
    first: float, last: float, at_first: float, at_last: float, a: Array, u: Array, height: Array, rings: Array,
    east: float, turn: float, radius: float,
) -> float:  # fmt: skip
    """The least height above ground of a line within a pixel, where it is smooth."""
    middle = 0.5 * (first + last)
    at_middle = _above(middle, a, u, height, rings, east, turn, radius)
    least = min(at_first, at_middle, at_last)
    bend, tilt = at_first + at_last - 2.0 * at_middle, at_last - at_first
    if bend > 0.0 and abs(tilt) < 2.0 * bend:
        bottom = middle - 0.25 * tilt / bend * (last - first)
        least = min(least, _above(bottom, a, u, height, rings, east, turn, radius))
    return float(least)


@compiled()
def _top(
    a: Array, u: Array, first: float, last: float, tops: Array, rings: Array, east: float, turn: float
) -> float:
    """The highest mountain near a part of a line, from what is known around cells."""
    columns = tops.shape[1]
    highest = -math.inf
    for k in range(_LOOKS):
        s = first + (last - first) * k / (_LOOKS - 1)
        _, latitude, column = _place(a[0] + s * u[0], a[1] + s * u[1], a[2] + s * u[2], east, turn, columns)
        highest = max(highest, tops[_row(latitude, rings), min(int(column), columns - 1)])
    return highest


@compiled()
def least(
    one: Array, other: Array, height: Array, tops: Array, rings: Array, east: float, radius: float, reach: float,
    far: float, found: Array,
) -> None:  # fmt: skip
    """The least height above ground of lines (n, 3), (n, 3) km, body-fixed, into found (n,) km.

    height (rows, columns + 1) km over rings (rows,) rad and columns from east rad on; tops (rows - 1, columns) the
    greatest height around each cell; reach: half of the longest part of a line that may be lower above the lowest
    ground than its nearest point above the highest
    """
    columns = height.shape[1] - 1
    turn = 2.0 * math.pi / columns
    sines = np.sin(rings)
    meridians = east + turn * np.arange(columns + 1)
    across, up = -np.sin(meridians), np.cos(meridians)
    for n in range(len(one)):
        a = one[n]
        line = other[n] - a
        whole = math.sqrt(line[0] * line[0] + line[1] * line[1] + line[2] * line[2])
        u = line / whole
        along, square = a[0] * u[0] + a[1] * u[1] + a[2] * u[2], a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
        nearest = min(max(-along, 0.0), whole)
        best = _above(nearest, a, u, height, rings, east, turn, radius)
        closest = math.sqrt(max(square + 2.0 * nearest * along + nearest * nearest, 0.0))
        if abs(closest - radius) > far:
            found[n] = best
            continue
        s, end = max(0.0, nearest - reach), min(whole, nearest + reach)
        roof = radius + _top(a, u, s, end, tops, rings, east, turn) + best  # what is higher is not the lowest
        near = math.sqrt(max(roof * roof - square + along * along, 0.0))
        s, end = max(s, -along - near), min(end, -along + near)
        value = math.inf
        while s < end:
            inside = s + _OVER_KM
            _, latitude, column = _place(
                a[0] + inside * u[0], a[1] + inside * u[1], a[2] + inside * u[2], east, turn, columns
            )
            i, j = _row(latitude, rings), min(int(column), columns - 1)
            after = min(end, s + _STEP_KM)
            for ring in (i, i + 1):
                if 0 < ring < len(rings) - 1:
                    after = min(after, _to_cone(inside, a, u, along, square, sines[ring]))
            for side in (j, j + 1):
                after = min(after, _to_plane(inside, a, u, across[side], up[side]))
            top = max(max(height[i, j], height[i, j + 1]), max(height[i + 1, j], height[i + 1, j + 1]))
            low = min(max(-along, s), after)
            if math.sqrt(max(square + 2.0 * low * along + low * low, 0.0)) - radius - top < best:
                if value == math.inf:
                    value = _above(s, a, u, height, rings, east, turn, radius)
                at_after = _above(after, a, u, height, rings, east, turn, radius)
                best = min(best, _lowest_between(s, after, value, at_after, a, u, height, rings, east, turn, radius))
                value = at_after
            else:
                value = math.inf  # not needed
            s = after
        found[n] = best
