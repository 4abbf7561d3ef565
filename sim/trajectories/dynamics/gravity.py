"""Gravity of a non-spherical body: spherical harmonics by Pines' recursion, without singularities at the poles.

Source: Pines (1973), AIAA Journal 11, 1508, doi:10.2514/3.50619; with fully normalized coefficients as in
Lundberg and Schutz (1988), J. Guidance 11, 31, doi:10.2514/3.20266.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from sim.core.chebyshev import Array
from sim.data.resources import package_folder
from sim.trajectories.dynamics.jit import compiled

MAXIMUM_DEGREE = 150


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

    The square tables have rows n and columns m; `forward` and `backward` are the recursion's factors, `slope` is
    the factor from the function of order m+1 to the derivative of that of order m.
    """

    gm: float
    radius: float
    diagonal: Array
    forward: Array
    backward: Array
    slope: Array
    cosine: Array
    sine: Array


def prepare(harmonics: Harmonics | None) -> Field:
    """The tables of the harmonics; of degree 0 if there are none."""
    if harmonics is None:
        none = np.zeros((1, 1))
        return Field(0.0, 1.0, np.zeros(1), none, none, none, none, none)
    n = np.arange(harmonics.degree + 1.0)[:, None]
    m = np.arange(harmonics.degree + 1.0)[None, :]
    below = np.where(m < n, 1.0, 0.0)
    gap = np.where(m < n, (n - m) * (n + m), 1.0)
    diagonal = np.sqrt((2 * n[:, 0] + 1) / np.maximum(2 * n[:, 0], 1))
    diagonal[1] = np.sqrt(3.0)  # order 0 is normalized without the factor 2 of all others
    return Field(
        float(harmonics.gm_km3_s2),
        float(harmonics.radius_km),
        diagonal,
        below * np.sqrt(np.abs(4 * n * n - 1) / gap),
        below * np.sqrt(np.abs((2 * n + 1) * (n + m - 1) * (n - m - 1) / ((2 * n - 3) * gap))),
        below * np.sqrt(np.abs((n - m) * (n + m + 1)) * np.where(m == 0, 0.5, 1.0)),
        np.ascontiguousarray(harmonics.cosine),
        np.ascontiguousarray(harmonics.sine),
    )


@compiled()
def workspace(degree: int) -> Array:
    """Rows of workspace: three of the recursion, four of powers of the equatorial direction."""
    return np.zeros((7, degree + 3))


# Sums may be reordered so that the inner loop runs on several orders at once (2.5 times faster, the same to 1e-16);
# NaN and infinity keep their meaning.
@compiled(fastmath={"reassoc", "contract", "nsz"})
def acceleration(field: Field, x: float, y: float, z: float, work: Array) -> tuple[float, float, float]:
    """Acceleration due to the harmonics of degree 1 and up, without the central term.

    x, y, z : km, body-fixed
    work    : workspace(degree)
    returns : km/s², body-fixed

    The loop over order is the inner one, over adjacent numbers: the other way round is seven times slower.
    """
    degree = field.cosine.shape[0] - 1
    r = np.sqrt(x * x + y * y + z * z)
    s, t, u = x / r, y / r, z / r
    ratio = field.radius / r
    advance, square = u * ratio, ratio * ratio
    last, this, new = 0, 1, 2  # rows of work: degree n-2, n-1 and n, each with the factor ratio^n
    work[:3] = 0.0
    work[this, 0] = 1.0
    work[3, 0], work[4, 0], work[5, 0], work[6, 0] = 1.0, 0.0, 0.0, 0.0
    for m in range(1, degree + 1):  # real and imaginary part of (s + it)^m, and m times those of the power before
        work[3, m] = s * work[3, m - 1] - t * work[4, m - 1]
        work[4, m] = s * work[4, m - 1] + t * work[3, m - 1]
        work[5, m] = m * work[3, m - 1]
        work[6, m] = m * work[4, m - 1]
    along, across, upward, inward = 0.0, 0.0, 0.0, 0.0
    for n in range(1, degree + 1):
        for m in range(n):
            work[new, m] = field.forward[n, m] * advance * work[this, m] - field.backward[n, m] * square * work[last, m]
        work[new, n] = field.diagonal[n] * ratio * work[this, n - 1]
        work[new, n + 1] = 0.0
        potential = 0.0
        for m in range(n + 1):
            legendre, c, d = work[new, m], field.cosine[n, m], field.sine[n, m]
            wave = c * work[3, m] + d * work[4, m]
            along += legendre * (c * work[5, m] + d * work[6, m])
            across += legendre * (d * work[5, m] - c * work[6, m])
            upward += work[new, m + 1] * field.slope[n, m] * wave
            potential += legendre * wave
        inward += (n + 1) * potential
        last, this, new = this, new, last
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
