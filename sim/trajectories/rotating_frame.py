"""Axes that turn with the Moon, in which it stands still, and L1 and L2 with it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import length, unit
from sim.trajectories.bodies.body import EARTH, MOON, body
from sim.trajectories.bodies.constants import MEAN_DISTANCE_KM
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


def mean_distance_km() -> float:
    """How far the Moon is on average, the unit of the restricted problem."""
    return MEAN_DISTANCE_KM


def turning(t: Array, ephemeris: str = "de421") -> tuple[Array, Array]:
    """Axes that turn with the Moon of an ephemeris, as rows (n, 3, 3) from ICRF, and its distance (n,) km.

    x from the Earth to the Moon, z along the Moon's orbital momentum about the Earth.
    """
    state = body("moon", ephemeris).state_from(EARTH, t)
    x, z = unit(state.position), unit(np.cross(state.position, state.velocity))
    return np.stack((x, np.cross(z, x), z), axis=-2), length(state.position)


def from_moon(target: Trajectory, t: Array, scaled: bool = True) -> Array:
    """Position from the Moon in those axes (n, 3) km; scaled so that the Moon stays at its mean distance, or not."""
    axes, distance = turning(t, target.ephemeris)
    place: Array = np.einsum("nij,nj->ni", axes, target.position_from(body("moon", target.ephemeris), t))
    return place * (mean_distance_km() / distance)[:, None] if scaled else place


def libration_points() -> dict[str, tuple[float, float, float]]:
    """L1 and L2 of the Earth and the Moon, from the Moon (km), at its mean distance.

    Roots of the quintic of the circular restricted problem. Source: Szebehely (1967), Theory of Orbits, §4.4.
    """
    mu = MOON.gm_km3_s2 / (EARTH.gm_km3_s2 + MOON.gm_km3_s2)
    found = {}
    for name, side in (("L1", -1.0), ("L2", 1.0)):
        quintic = [1.0, side * (3.0 - mu), 3.0 - 2.0 * mu, -mu, -side * 2.0 * mu, -mu]
        roots = np.roots(quintic)
        gamma = next(float(root.real) for root in roots if abs(root.imag) < 1e-9 and 0.0 < root.real < 1.0)
        found[name] = (side * gamma * mean_distance_km(), 0.0, 0.0)
    return found
