"""Forces on a spacecraft about a body other than the Moon: that body with its J2, all others as point masses."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.bodies.body import EARTH, MOON, OUTER, PLANETS, SUN, Body, body
from sim.trajectories.bodies.ephemeris import lunar_angles
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S

if TYPE_CHECKING:
    from sim.trajectories.dynamics.forces import Forces, PointMass

Array = NDArray[np.float64]

SOLAR_SYSTEM_KM = 3e10
"""Largest distance of an orbit from the Sun: 200 astronomical units, beyond all spacecraft."""
_LEAST_PAD_S = {"saturn": 7200.0, "uranus": 14_400.0, "neptune": 21_600.0, "sun": 43_200.0}


def light_pad_s(center: str, light_s: float) -> float:
    """Time before and after a span in which an orbit must be known for light that arrives in the span (s).

    light_s : maximum light time; the result is at least an hour
    """
    return max(_LEAST_PAD_S.get(center, LIGHT_TIME_PAD_S), light_s)


def farthest_in_km(center: Body, position_km: Array, velocity_km_s: Array, seconds: float) -> float:
    """Largest distance of an orbit from its center within a time before or after a state: two-body motion."""
    away, speed = float(np.linalg.norm(position_km)), float(np.linalg.norm(velocity_km_s))
    straight = away + speed * seconds  # farther out it is slower, and farther in it is not out
    energy = 0.5 * speed**2 - center.gm_km3_s2 / away
    return min(straight, -center.gm_km3_s2 / energy if energy < 0.0 else np.inf, SOLAR_SYSTEM_KM)


def forces_about(
    center: str,
    ephemeris: str,
    *,
    area_m2: float | None = None,
    mass_kg: float | None = None,
    reflectivity: float = 1.0,
    only: tuple[str, ...] = (),
) -> Forces:
    """The forces about the Sun, the Earth or a planet, as `sim.trajectories.dynamics` takes them.

    area_m2, mass_kg : if both are given, radiation pressure acts outside the shadows of the center, Earth and Moon
    only             : names of the other bodies to include; all, if empty

    The center has its J2 (the Sun is a point), all other bodies are points, with the GM of DE421; moons of the center
    are neglected, except the Earth's. No drag, no tides, no relativity (which turns the perihelion of an orbit like the
    Earth's by 28 km a year).
    """
    from sim.trajectories.dynamics import gravity
    from sim.trajectories.dynamics.forces import ESCAPE_KM, Forces, Occulter, RadiationPressure

    own = body(center, ephemeris)
    points = {name: point for name, point in points_about(center, ephemeris).items() if not only or name in only}
    radiation = None
    if area_m2 is not None and mass_kg is not None:
        shadows = [] if center == "sun" else [Occulter(own.equatorial_radius_km)]
        if center == "earth":
            shadows.append(Occulter(MOON.equatorial_radius_km, points["moon"].position))
        sun = points.get("sun") or _point(own, own)
        radiation = RadiationPressure(area_m2, mass_kg, reflectivity, sun, tuple(shadows))
    harmonics = None
    if own.j2:
        harmonics = gravity.oblate(own.gm_km3_s2, own.j2_radius_km, own.j2, partial(_pole, own))
    return Forces(
        center=center,
        gm_km3_s2=own.gm_km3_s2,
        radius_km=own.polar_radius_km,
        harmonics=harmonics,
        point_masses=tuple(points.values()),
        radiation=radiation,
        limit_km={"sun": SOLAR_SYSTEM_KM, "earth": ESCAPE_KM}.get(center) or _hill_km(own),
    )


def gravity_about(center: str, ephemeris: str, degree: int) -> Forces:
    """Gravity alone, for small differences between orbits; degree : of the Moon's field, about the Moon."""
    from sim.trajectories.dynamics import gravity
    from sim.trajectories.dynamics.forces import Forces

    if center != "moon":
        return forces_about(center, ephemeris)
    moon = body("moon", ephemeris)
    return Forces(
        center="moon",
        gm_km3_s2=moon.gm_km3_s2,
        radius_km=moon.equatorial_radius_km,
        harmonics=gravity.load(degree, lunar_angles()),
        point_masses=tuple(points_about(center, ephemeris).values()),
    )


def points_about(center: str, ephemeris: str) -> dict[str, PointMass]:
    """The perturbing bodies about a center, by name; about the Earth those beyond Saturn are negligible."""
    own = body(center, ephemeris)
    far = () if center == "earth" else OUTER
    others = [other for other in (EARTH, MOON, SUN, *PLANETS, *far) if other.name != center]
    return {other.name: _point(body(other.name, ephemeris), own) for other in others}


def _point(other: Body, center: Body) -> PointMass:
    from sim.trajectories.dynamics.forces import PointMass

    return PointMass(other.name, other.gm_km3_s2, partial(_relative, other, center))


def _relative(other: Body, center: Body, t: Array) -> Array:
    return other.position_from(center, t)


def _pole(own: Body, t: Array) -> Array:
    assert own.rotation is not None
    pole: Array = own.rotation(t)[..., 2, :]
    return pole


def _hill_km(own: Body) -> float:
    """Radius of a planet's Hill sphere: its distance times the cube root of a third of its mass ratio."""
    distance = float(np.linalg.norm(own.position_from(SUN, np.asarray(0.0))))
    return distance * float(np.cbrt(own.gm_km3_s2 / (3.0 * SUN.gm_km3_s2)))


def most_km_s(center: Body, distance_km: float) -> float:
    """A speed above which a state must have wrong units: 1.5 times the escape speed plus 20 km/s."""
    return 20.0 + 1.5 * float(np.sqrt(2.0 * center.gm_km3_s2 / distance_km))


def farthest_km(center: str) -> float:
    """The distance from a center beyond which an orbit has left it."""
    return {"sun": SOLAR_SYSTEM_KM, "earth": 1.5e6, "moon": 1.4e6}.get(center) or _hill_km(body(center))


