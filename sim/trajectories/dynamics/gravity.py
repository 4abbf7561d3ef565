"""Gravity of a non-spherical body: spherical harmonics by Pines' recursion, without singularities at the poles.

Source: Pines (1973), AIAA Journal 11, 1508, doi:10.2514/3.50619; with fully normalized coefficients as in
Lundberg and Schutz (1988), J. Guidance 11, 31, doi:10.2514/3.20266.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from sim.core.chebyshev import Array
from sim.data.resources import package_folder
from sim.trajectories.dynamics.jit import compiled

Workspace = tuple[Array, Array, Array]

MAXIMUM_DEGREE = 150

_DEGREES, _ORDERS = 4, 8
"""So many are taken at once."""
_WIDTH = 160
"""Of a row: all orders of the highest degree, and whole `_ORDERS`."""
_NEXT = 5 * _WIDTH
"""From one degree's rows to those of the next."""


@dataclass(frozen=True, eq=False)
class Harmonics:
    """A gravity field in the rotating axes of its body.

    degree      : highest degree and order kept, 2 or more
    gm_km3_s2   : the model's own GM; an orbit about this body must use it as the center's
    radius_km   : the model's own reference radius
    cosine      : (degree+1, degree+1) C_nm, fully normalized; row n, column m ≤ n
    sine        : (degree+1, degree+1) S_nm
    angles      : times (n,) s TDB past J2000 → (n, 3) rad: φ, θ, ψ of R3(ψ) R1(θ) R3(φ), ICRF → body-fixed;
                  ψ grows without wrapping
    """

    degree: int
    gm_km3_s2: float
    radius_km: float
    cosine: Array
    sine: Array
    angles: Callable[[Array], Array]


def load(degree: int, angles: Callable[[Array], Array]) -> Harmonics:
    """The Moon's field GRGM1200A, cut at a degree from 2 to 150, in the principal axes (MOON_PA of DE421).

    angles : see Harmonics

    Source: Lemoine et al. (2014), doi:10.1002/2014GL060027; see sim/data/README.md.
    """
    if not 2 <= degree <= MAXIMUM_DEGREE:
        raise ValueError(f"the degree of the lunar gravity field must be 2 to {MAXIMUM_DEGREE}, got {degree}")
    cosine, sine, gm, radius = _table()
    keep = slice(0, degree + 1)
    return Harmonics(degree, gm, radius, cosine[keep, keep].copy(), sine[keep, keep].copy(), angles)


def oblate(gm_km3_s2: float, radius_km: float, j2: float, pole: Callable[[Array], Array]) -> Harmonics:
    """The field of an oblate body with rotational symmetry about its pole.

    j2   : unnormalized
    pole : times (n,) s TDB past J2000 → (n, 3) unit vectors, ICRF axes; not along the x-axis

    Uses axes whose x, not z, is along the pole: the Earth's pole passed so close to the ICRF pole in 2000 that angles
    about z would jump. There P2(x/r) is −P20/2 + P22 cos 2λ/4.
    """

    def angles(t: Array) -> Array:
        x, y, z = np.moveaxis(pole(t), -1, 0)
        return np.stack((np.zeros_like(x), np.arctan2(z, y), np.arccos(x)), axis=-1)

    cosine = np.zeros((3, 3))
    cosine[2, 0], cosine[2, 2] = 0.5 * j2 / np.sqrt(5.0), -0.25 * j2 * np.sqrt(12.0 / 5.0)
    return Harmonics(2, gm_km3_s2, radius_km, cosine, np.zeros((3, 3)), angles)


class Field(NamedTuple):
    """Precomputed tables of the harmonics: everything that does not depend on position.

    degree : 0 without harmonics
    tables : five rows for each degree n, one number for each order m: the recursion's factor, C, S, and C and S of the
             order below with the factor of the derivative by u; all in units that make the recursion short
    begun  : for even and for odd n, what the recursion starts each order from
    """

    gm: float
    radius: float
    degree: int
    tables: Array
    begun: Array


def prepare(harmonics: Harmonics | None) -> Field:
    """The tables of the harmonics; of degree 0 if there are none."""
    if harmonics is None:
        return Field(0.0, 1.0, 0, np.zeros(0), np.zeros(0))
    degree = harmonics.degree
    n = np.arange(degree + 1.0)[:, None]
    m = np.arange(degree + 1.0)[None, :]
    below = np.where(m < n, 1.0, 0.0)
    gap = np.where(m < n, (n - m) * (n + m), 1.0)
    diagonal = np.sqrt((2 * n[:, 0] + 1) / np.maximum(2 * n[:, 0], 1))
    diagonal[1] = np.sqrt(3.0)  # order 0 is normalized without the factor 2 that all others have
    forward = below * np.sqrt(np.abs(4 * n * n - 1) / gap)
    backward = below * np.sqrt(np.abs((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((2 * n - 3) * gap)))
    slope = below * np.sqrt(np.abs((n - m) * (n + m + 1)) * np.where(m == 0, 0.5, 1.0))
    unit = np.ones_like(below)  # measured in it, A_n = factor u A_n-1 - A_n-2
    factor = np.zeros_like(below)
    for k in range(1, degree + 1):
        unit[k, : k - 1] = backward[k, : k - 1] * unit[k - 2, : k - 1]
        factor[k, :k] = forward[k, :k] * unit[k - 1, :k] / unit[k, :k]
    tables = np.zeros((-(-degree // _DEGREES) * _DEGREES + 1, 5, _WIDTH))
    tables[: degree + 1, 0, : degree + 1] = factor
    for row, coefficients in ((1, harmonics.cosine), (2, harmonics.sine)):
        tables[: degree + 1, row, : degree + 1] = unit * coefficients
        tables[: degree + 1, row + 2, 1 : degree + 1] = unit[:, 1:] * (slope * coefficients)[:, :-1]
    begun = np.zeros((2, _WIDTH))
    for k, sectorial in enumerate(np.cumprod([1.0, *diagonal[1:]])):  # every second degree up to k changes its sign
        begun[k % 2, k] = sectorial if (k + 1) // 2 % 2 == 0 else -sectorial
    return Field(float(harmonics.gm_km3_s2), float(harmonics.radius_km), degree, tables.ravel(), begun.ravel())


@compiled()
def workspace() -> tuple[Array, Array, Array]:
    """What the kernel writes in: functions of even and of odd degree, and powers of the equatorial direction."""
    return np.zeros(_WIDTH), np.zeros(_WIDTH), np.zeros(4 * _WIDTH)


# Sums may be reordered so that the inner loop runs on several orders at once (2.5 times faster, the same to 1e-16);
# NaN and infinity keep their meaning.
_SUMS: dict[str, Any] = {"fastmath": {"reassoc", "contract", "nsz"}, "error_model": "numpy"}


@compiled(**_SUMS)
def _sum(table: Array, at: int, a: float, b: float, c: float, d: float) -> float:
    """Of one number of each of four degrees."""
    return float(a * table[at] + b * table[at + _NEXT] + c * table[at + 2 * _NEXT] + d * table[at + 3 * _NEXT])


@compiled(**_SUMS)
def acceleration(field: Field, x: float, y: float, z: float, work: Workspace) -> tuple[float, float, float]:
    """Acceleration by the harmonics of degree 1 and up, without the central term.

    x, y, z : km, body-fixed
    work    : workspace()
    returns : km/s², body-fixed

    Degree runs outside and order inside, over neighboring numbers: the other way round is seven times slower. Four
    degrees are taken at once, so that the recursion and the sums stay in registers, and one width of rows for all
    fields shows the compiler that rows do not overlap: together another 1.8 times faster.
    """
    degree, table = field.degree, field.tables
    even, odd, powers = work
    r = np.sqrt(x * x + y * y + z * z)
    s, t, u = x / r, y / r, z / r
    ratio = field.radius / r
    for m in range(degree + _ORDERS):
        even[m], odd[m] = field.begun[m], field.begun[_WIDTH + m]
    real, imaginary, real_below, imaginary_below = 1.0, 0.0, 0.0, 0.0
    for m in range(degree + 1):  # parts of (s + it)^m, and of the power before
        powers[m], powers[_WIDTH + m] = real, imaginary
        powers[2 * _WIDTH + m], powers[3 * _WIDTH + m] = real_below, imaginary_below
        real_below, imaginary_below = real, imaginary
        real, imaginary = s * real_below - t * imaginary_below, s * imaginary_below + t * real_below
    along, across, upward, inward = 0.0, 0.0, 0.0, 0.0
    power = ratio
    n = 1
    while n <= degree:  # of a range, the compiler does not see that indices are positive: 2.5 times slower
        power2 = power * ratio
        power3 = power2 * ratio
        power4 = power3 * ratio
        for m in range((min(n + _DEGREES - 1, degree) // _ORDERS + 1) * _ORDERS):
            at = n * _NEXT + m
            before, last = even[m], odd[m]
            a = table[at] * (u * before) - last
            b = table[at + _NEXT] * (u * a) - before
            c = table[at + 2 * _NEXT] * (u * b) - a
            d = table[at + 3 * _NEXT] * (u * c) - b
            even[m], odd[m] = d, c
            a, b, c, d = power * a, power2 * b, power3 * c, power4 * d
            cosine, sine = _sum(table, at + _WIDTH, a, b, c, d), _sum(table, at + 2 * _WIDTH, a, b, c, d)
            real, imaginary = powers[2 * _WIDTH + m], powers[3 * _WIDTH + m]
            along += m * (cosine * real + sine * imaginary)
            across += m * (sine * real - cosine * imaginary)
            upward += _sum(table, at + 3 * _WIDTH, a, b, c, d) * real
            upward += _sum(table, at + 4 * _WIDTH, a, b, c, d) * imaginary
            a, b, c, d = (n + 1.0) * a, (n + 2.0) * b, (n + 3.0) * c, (n + 4.0) * d
            real, imaginary = powers[m], powers[_WIDTH + m]
            inward += _sum(table, at + _WIDTH, a, b, c, d) * real
            inward += _sum(table, at + 2 * _WIDTH, a, b, c, d) * imaginary
        power = power4 * ratio
        n += _DEGREES
    # Pines' fourth sum has (n+m+1) A_nm + u A_n,m+1 = A_n+1,m+1; the parts with m and u are the first three sums
    inward = -(inward + s * along + t * across + u * upward)
    size = field.gm / (r * r)
    return size * (along + inward * s), size * (across + inward * t), size * (upward + inward * u)


@cache
def _table() -> tuple[Array, Array, float, float]:
    """Square coefficient tables, GM and radius from sim/data/grgm1200a.npz."""
    with np.load(package_folder() / "data" / "grgm1200a.npz") as table:
        degree = int(table["degree"])
        lower = np.tril_indices(degree + 1)
        cosine = np.zeros((degree + 1, degree + 1))
        sine = np.zeros_like(cosine)
        cosine[lower] = table["cosine"]
        sine[lower] = table["sine"]
        return cosine, sine, float(table["gm_km3_s2"]), float(table["radius_km"])
