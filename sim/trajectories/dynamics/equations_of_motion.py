"""Acceleration of a spacecraft and the conditions that interrupt its flight, compiled.

Functions of the arrays of `forces.Tables`. Times are seconds from the start of the tables, so that epochs long after
J2000 lose no digits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Array
from sim.trajectories.dynamics import gravity
from sim.trajectories.dynamics.forces import Tables
from sim.trajectories.dynamics.jit import compiled

# Step of differences, relative to the distance: accurate to 1e-5 of the contribution of the harmonics
_GRADIENT_STEP = 1e-6


@compiled()
def locate(tables: Tables, time: float, values: Array) -> None:
    """Fill values (3 places + 3,) with the position of every body, km, and the Euler angles, rad."""
    count, order, columns = tables.coefficients.shape
    row = min(max(int(time / tables.step), 0), count - 1)
    x = 2.0 * (time / tables.step - row) - 1.0
    before, now = x, 1.0
    values[:] = 0.0
    for j in range(order):
        for k in range(columns):
            values[k] += now * tables.coefficients[row, j, k]
        before, now = now, (x if j == 0 else 2.0 * x * now - before)


@compiled()
def derivative(tables: Tables, time: float, state: Array, lit: bool, slope: Array, values: Array, work: Array) -> None:
    """Derivative of a state, and of its transition matrix if it has one.

    state  : (6,) km and km/s, or (42,) with the transition matrix row by row behind
    lit    : whether it is in sunlight
    slope  : filled, like the state
    values : workspace of `locate`
    work   : workspace of `gravity.acceleration`

    The variations include the center, its harmonics and the point masses. They neglect radiation pressure, which hardly
    changes with position, and thrust.
    """
    locate(tables, time, values)
    varied = state.size > 6
    x, y, z = state[0], state[1], state[2]
    r = np.sqrt(x * x + y * y + z * z)
    pull = -tables.gm / (r * r * r)
    ax, ay, az = pull * x, pull * y, pull * z
    bx, by, bz = 0.0, 0.0, 0.0
    if tables.field.degree > 0:
        bx, by, bz = _turned(tables, x, y, z, values, work)
        ax, ay, az = ax + bx, ay + by, az + bz
    xx, xy, xz, yy, yz, zz = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if varied:
        push = -3.0 * pull / (r * r)
        xx, xy, xz = push * x * x + pull, push * x * y, push * x * z
        yy, yz, zz = push * y * y + pull, push * y * z, push * z * z + pull
        if tables.field.degree > 0:
            h = _GRADIENT_STEP * r
            cx, cy, cz = _turned(tables, x + h, y, z, values, work)
            xx, xy, xz = xx + (cx - bx) / h, xy + (cy - by) / h, xz + (cz - bz) / h
            cx, cy, cz = _turned(tables, x, y + h, z, values, work)
            yy, yz = yy + (cy - by) / h, yz + (cz - bz) / h
            cx, cy, cz = _turned(tables, x, y, z + h, values, work)
            zz += (cz - bz) / h
    for i in range(tables.gms.size):
        gm = tables.gms[i]
        if gm == 0.0:
            continue
        px, py, pz = values[3 * i], values[3 * i + 1], values[3 * i + 2]
        p = np.sqrt(px * px + py * py + pz * pz)
        dx, dy, dz = px - x, py - y, pz - z
        d = np.sqrt(dx * dx + dy * dy + dz * dz)
        # Cancellation against the Sun's full attraction, 6e-6 km/s², loses 1e-21 km/s²: negligible
        toward, center = gm / (d * d * d), gm / (p * p * p)
        ax += toward * dx - center * px
        ay += toward * dy - center * py
        az += toward * dz - center * pz
        if varied:
            push = 3.0 * toward / (d * d)
            xx, xy, xz = xx + push * dx * dx - toward, xy + push * dx * dy, xz + push * dx * dz
            yy, yz, zz = yy + push * dy * dy - toward, yz + push * dy * dz, zz + push * dz * dz - toward
    if lit and tables.sun >= 0:
        i = 3 * tables.sun
        dx, dy, dz = x - values[i], y - values[i + 1], z - values[i + 2]
        d = np.sqrt(dx * dx + dy * dy + dz * dz)
        push = tables.pressure / (d * d * d)
        ax, ay, az = ax + push * dx, ay + push * dy, az + push * dz
    if tables.push.size:
        bx, by, bz = _pushed(tables, time, state)
        ax, ay, az = ax + bx, ay + by, az + bz
    slope[0], slope[1], slope[2] = state[3], state[4], state[5]
    slope[3], slope[4], slope[5] = ax, ay, az
    if varied:
        for j in range(6):
            a, b, c = state[6 + j], state[12 + j], state[18 + j]
            slope[6 + j], slope[12 + j], slope[18 + j] = state[24 + j], state[30 + j], state[36 + j]
            slope[24 + j] = xx * a + xy * b + xz * c
            slope[30 + j] = xy * a + yy * b + yz * c
            slope[36 + j] = xz * a + yz * b + zz * c


@compiled()
def margins(tables: Tables, time: float, x: float, y: float, z: float, values: Array, found: Array) -> None:
    """Fill found (k+2,) km: distance of the Sun's center from each limb, the height, the distance to the limit.

    For an occulting body on the side away from the Sun, its own distance: continuous, without a false zero.
    """
    locate(tables, time, values)
    count = tables.occulters.size
    r = np.sqrt(x * x + y * y + z * z)
    found[count] = r - tables.radius
    found[count + 1] = tables.limit - r
    if count == 0:
        return
    i = 3 * tables.sun
    sx, sy, sz = values[i] - x, values[i + 1] - y, values[i + 2] - z
    s = np.sqrt(sx * sx + sy * sy + sz * sz)
    for k in range(count):
        dx, dy, dz = -x, -y, -z
        if tables.occulters[k] >= 0:
            j = 3 * tables.occulters[k]
            dx, dy, dz = dx + values[j], dy + values[j + 1], dz + values[j + 2]
        ahead = max((dx * sx + dy * sy + dz * sz) / s, 0.0)
        squared = dx * dx + dy * dy + dz * dz - ahead * ahead
        found[k] = np.sqrt(max(squared, 0.0)) - tables.occulter_radii[k]


@compiled()
def shone_on(signs: NDArray[np.float64]) -> bool:
    """Whether it is in none of the shadows: by the signs of the margins, in the order of `margins`."""
    lit = True
    for k in range(signs.size - 2):
        lit = lit and signs[k] > 0.0
    return lit


@compiled()
def _pushed(tables: Tables, time: float, state: Array) -> tuple[float, float, float]:
    """Acceleration due to thrust, ICRF axes."""
    push = tables.push
    a = push[0] / (push[1] - push[2] * time)
    x, y, z, u, v, w = state[0], state[1], state[2], state[3], state[4], state[5]
    if push[3] > 0.5:
        a *= push[4] / np.sqrt(u * u + v * v + w * w)
        return a * u, a * v, a * w
    r = np.sqrt(x * x + y * y + z * z)
    x, y, z = x / r, y / r, z / r
    hx, hy, hz = y * w - z * v, z * u - x * w, x * v - y * u
    h = np.sqrt(hx * hx + hy * hy + hz * hz)
    hx, hy, hz = hx / h, hy / h, hz / h
    along, across = a * push[5], a * push[6]
    a *= push[4]
    return (
        a * x + along * (hy * z - hz * y) + across * hx,
        a * y + along * (hz * x - hx * z) + across * hy,
        a * z + along * (hx * y - hy * x) + across * hz,
    )


@compiled()
def _turned(tables: Tables, x: float, y: float, z: float, values: Array, work: Array) -> tuple[float, float, float]:
    """Acceleration due to the harmonics, ICRF axes: transformed to body-fixed axes and back."""
    i = 3 * tables.gms.size
    c1, s1 = np.cos(values[i]), np.sin(values[i])
    c2, s2 = np.cos(values[i + 1]), np.sin(values[i + 1])
    c3, s3 = np.cos(values[i + 2]), np.sin(values[i + 2])
    xx, xy, xz = c3 * c1 - s3 * c2 * s1, c3 * s1 + s3 * c2 * c1, s3 * s2
    yx, yy, yz = -s3 * c1 - c3 * c2 * s1, -s3 * s1 + c3 * c2 * c1, c3 * s2
    zx, zy, zz = s2 * s1, -s2 * c1, c2
    a, b, c = gravity.acceleration(
        tables.field, xx * x + xy * y + xz * z, yx * x + yy * y + yz * z, zx * x + zy * y + zz * z, work
    )
    return xx * a + yx * b + zx * c, xy * a + yy * b + zy * c, xz * a + yz * b + zz * c
