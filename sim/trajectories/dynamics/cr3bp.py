"""Halo and distant retrograde orbits of the circular restricted three-body problem: Earth and Moon on circles.

Units: the Earth–Moon distance, and the time in which the two revolve by one radian. Frame: rotating with them, origin
at their barycenter, x toward the Moon, z along their angular momentum; the Earth at -mu, the Moon at 1 - mu.

The motion is integrated as that of a spacecraft about the Moon, with the Earth on a circular orbit, by the same
integrator as everything else.
Source: Szebehely (1967), Theory of Orbits; Howell (1984), Celest. Mech. 32, 53, doi:10.1007/BF01358403 (halo orbits).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np

from sim.core.chebyshev import Array
from sim.core.errors import PropagationError
from sim.data.resources import package_folder
from sim.trajectories.dynamics import dop853, integrate
from sim.trajectories.dynamics.forces import Forces, PointMass, Tables


@dataclass(frozen=True)
class Seed:
    """A symmetric periodic orbit at a crossing of the x-z plane, where y = vx = vz = 0.

    For halos it is the crossing far from the Moon, where |z| is greatest; for retrograde orbits that behind the Moon.
    """

    x0: float
    z0: float
    vy0: float
    period: float


def halo(mu: float, amplitude: float, point: str = "L2", family: str = "southern") -> Seed:
    """The halo orbit with a given amplitude: its greatest |z|, in Earth–Moon distances.

    Two orbits of the family have the same amplitude; this is the flatter one, near the orbits in the plane. For the
    near-rectilinear ones see `halo_with_period`.
    """
    rows = _family_table(point)
    heights = -rows[:, 1]
    rows = rows[: int(np.argmax(heights)) + 1]
    if not 0.0 < amplitude < -rows[-1, 1]:
        raise PropagationError(
            f"the halo orbits of {point} have amplitudes above 0 and below {-rows[-1, 1]:.4f} of the Earth–Moon "
            f"distance; got {amplitude:.4f}"
        )
    guess = _between(rows, -rows[:, 1], amplitude)
    return _seed(_correct(mu, guess, np.array([0.0, 1.0, 0.0, 0.0]), -amplitude), family)


def halo_with_period(mu: float, period: float, point: str = "L2", family: str = "southern") -> Seed:
    """The halo orbit with a given period, in radians of the Moon's motion; short ones are near-rectilinear."""
    rows = _family_table(point)
    rows = rows[int(np.argmax(rows[:, 3])) :]  # about L1 periods grow a little at first
    if not rows[-1, 3] < period < rows[0, 3]:
        raise PropagationError(
            f"the halo orbits of {point} have periods between {rows[-1, 3]:.4f} and {rows[0, 3]:.4f} "
            f"radians of the Moon's motion; got {period:.4f}"
        )
    guess = _between(rows[::-1], rows[::-1, 3], period)
    return _seed(_correct(mu, guess, np.array([0.0, 0.0, 0.0, 1.0]), 0.5 * period), family)


def retrograde(mu: float, amplitude: float) -> Seed:
    """The distant retrograde orbit that crosses the line from the Earth behind the Moon at an amplitude.

    amplitude : distance from the Moon there, in Earth–Moon distances, 0.02 to 0.3

    Found by continuation from small, nearly circular orbits. Source: Henon (1969), Astron. Astrophys. 1, 223.
    """
    if not 0.02 <= amplitude <= 0.3:
        raise PropagationError(
            f"distant retrograde orbits are known for amplitudes of 0.02 to 0.3 of the Earth–Moon distance; "
            f"got {amplitude:.4f}"
        )
    sizes = np.geomspace(0.01, amplitude, 2 + int(np.log(amplitude / 0.01) / 0.08))
    pace = np.sqrt(mu / sizes[0] ** 3) + 1.0  # of a circular orbit, in rotating axes
    now, growth = np.array([0.0, 0.0, -pace * sizes[0], np.pi / pace]), np.ones(4)
    for size in sizes:
        before, guess = now, now * growth
        guess[0] = 1.0 - mu + size
        now = _correct(mu, guess, np.array([1.0, 0.0, 0.0, 0.0]), float(guess[0]))
        growth[2:] = now[2:] / before[2:] if size > sizes[0] else (sizes[1] / size) ** np.array([-0.5, 1.5])
    return Seed(float(now[0]), 0.0, float(now[2]), 2.0 * float(now[3]))


def path(mu: float, seed: Seed) -> Callable[[Array], Array]:
    """The orbit as a function of the time from its seed's crossing: (...) → (..., 3), relative to the Moon.

    In the units and axes of the problem; the time may be any number of revolutions.
    """
    start = _inertial(_whole(seed.x0, seed.z0, seed.vy0), mu)
    _, _, _, times, steps = dop853.run(_circle(mu), 0.0, start, seed.period, _RTOL, 0.0)
    pieces = integrate.pieces(0.0, seed.period, times, steps)

    def position(t: Array) -> Array:
        angle = np.mod(t, seed.period)
        x, y, z = np.moveaxis(pieces(angle), -1, 0)
        c, s = np.cos(angle), np.sin(angle)
        turned: Array = np.stack([c * x + s * y, c * y - s * x, z], axis=-1)
        return turned

    return position


def derivative(state: Array, mu: float) -> Array:
    """Derivative of a state (6,) about the barycenter in the rotating frame."""
    x, y, z, vx, vy, vz = state
    earth = (1.0 - mu) / np.hypot(np.hypot(x + mu, y), z) ** 3
    moon = mu / np.hypot(np.hypot(x - 1.0 + mu, y), z) ** 3
    ax = x + 2.0 * vy - earth * (x + mu) - moon * (x - 1.0 + mu)
    ay = y - 2.0 * vx - (earth + moon) * y
    return np.array([vx, vy, vz, ax, ay, -(earth + moon) * z])


def continuation(mu: float, seed: Seed, step: float) -> Iterator[Seed]:
    """The family from a southern orbit toward shorter periods, by pseudo-arclength continuation.

    Source: Doedel et al. (2003), Int. J. Bifurcation Chaos 13, 1353, doi:10.1142/S0218127403007291.
    """
    first = np.array([seed.x0, seed.z0, seed.vy0, 0.5 * seed.period])
    now = _correct(mu, first, np.array([0.0, 1.0, 0.0, 0.0]), seed.z0)
    ahead = np.array([0.0, -1.0, 0.0, -1.0])  # away from the plane, and toward the Moon
    while True:
        yield _seed(now, "southern")
        tangent = np.linalg.svd(_symmetry(mu, now)[1])[2][-1]
        ahead = tangent if tangent @ ahead > 0 else -tangent
        now = _correct(mu, now + step * ahead, ahead, float(ahead @ now) + step)


_RTOL = 1e-13
# Tolerance of the symmetry at the half-period crossing: the accuracy of the integrator
_TOLERANCE = 1e-10


def _correct(mu: float, guess: Array, row: Array, value: float) -> Array:
    """The symmetric orbit next to a guess (x0, z0, vy0, half period), with row @ orbit == value."""
    now = guess.copy()
    for _ in range(20):
        miss, matrix = _symmetry(mu, now)
        change = np.linalg.solve(np.vstack([matrix, row]), -np.append(miss, row @ now - value))
        now = now + change
        if np.max(np.abs(change)) < _TOLERANCE:
            return now
    raise PropagationError(f"no periodic orbit was found near x0 = {guess[0]:.4f}, z0 = {guess[1]:.4f}; try another")


def _symmetry(mu: float, orbit: Array) -> tuple[Array, Array]:
    """Deviation from a perpendicular crossing after half the period: (3,), and its derivative (3, 4)."""
    x0, z0, vy0, half = orbit
    start = _whole(x0, z0, vy0)
    begun = _inertial(start, mu)[None]
    final, matrix, _ = integrate.flow(_circle(mu), np.zeros(1), begun, np.array([half]), rtol=_RTOL)
    there = np.linalg.inv(_turning(half)).astype(np.float64)
    state = there @ final[0] + np.array([1.0 - mu, 0.0, 0.0, 0.0, 0.0, 0.0])
    turned = there @ matrix[0] @ _turning(0.0)
    rows = [1, 3, 5]
    return state[rows], np.column_stack([turned[np.ix_(rows, [0, 2, 4])], derivative(state, mu)[rows]])


def _inertial(state: Array, mu: float) -> Array:
    """A state at time 0 about the Moon, in inertial axes."""
    about_moon: Array = _turning(0.0) @ (state - np.array([1.0 - mu, 0.0, 0.0, 0.0, 0.0, 0.0]))
    return about_moon


def _turning(time: float) -> Array:
    """Matrix (6, 6) from rotating axes to the inertial axes that coincide with them at time 0."""
    c, s = np.cos(time), np.sin(time)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    spin = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    return np.block([[turn, np.zeros((3, 3))], [turn @ spin, turn]])


@cache
def _circle(mu: float) -> Tables:
    """The forces of the problem over the longest period: about the Moon, with the Earth on a circle."""

    def earth(t: Array) -> Array:
        return np.stack([-np.cos(t), -np.sin(t), np.zeros_like(t)], axis=-1)

    forces = Forces("moon", mu, 0.0, point_masses=(PointMass("earth", 1.0 - mu, earth),))
    return forces.tables(0.0, 6.5, granule=0.25)


def _whole(x0: float, z0: float, vy0: float) -> Array:
    return np.array([x0, 0.0, z0, 0.0, vy0, 0.0])


def _seed(orbit: Array, family: str) -> Seed:
    """The southern orbit (x0, z0, vy0, half period) as a member of a family."""
    if family not in ("southern", "northern"):
        raise ValueError(f"a halo family is southern or northern, got {family!r}")
    x0, z0, vy0, half = (float(number) for number in orbit)
    return Seed(x0, z0 if family == "southern" else -z0, vy0, 2.0 * half)


def _between(rows: Array, keys: Array, key: float) -> Array:
    """A guess (x0, z0, vy0, half period) between the rows of the table."""
    x0, z0, vy0, period = (float(np.interp(key, keys, column)) for column in rows.T)
    return np.array([x0, z0, vy0, 0.5 * period])


@cache
def _family_table(point: str) -> Array:
    """(n, 4): x0, z0, vy0, period of southern orbits, from the plane to the Moon."""
    if point not in ("L1", "L2"):
        raise ValueError(f"halo orbits are known about L1 and L2 only, got {point!r}")
    file = package_folder() / "data" / f"halo_{point.lower()}.csv"
    return np.loadtxt(file, delimiter=",", skiprows=1, dtype=np.float64)
