"""Shadows, and the position of a body when light passed it.

A shadow is a hop of sunlight: light leaves the Sun, passes a body at its position of that time, and arrives. The
clearance of a hop and the edge of a shadow use the same two ends (`past`), so they are always consistent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.geometry import SPEED_OF_LIGHT_KM_S
from sim.search.conditions import Scalar
from sim.trajectories.bodies.body import BODIES, SUN, Body, body
from sim.trajectories.bodies.ephemeris import MORE, PLAIN
from sim.trajectories.light_time import Ray, ray
from sim.trajectories.limits.limit import Figure
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

ANGLE_RESOLUTION_DEG = 1e-6
"""Resolution of an angle in a search: 0.0036″, a thousandth of the uncertainty of refraction."""

SHORT_S = 0.1
"""Over this time the path of a body is straight to 0.03 mm: accelerations of Moon and Earth are 6 mm/s²."""


@dataclass(frozen=True)
class Past:
    """A ray of light past a body, seen from the body's center when the light passed.

    transmitter, receiver : (…, 3) km from the center, ICRF axes
    axis, factor          : a stretch by the factor along the axis (…, 3) turns the figure into a sphere; 1 for spheres
    """

    transmitter: Array
    receiver: Array
    axis: Array
    factor: float

    @property
    def stretched(self) -> tuple[Array, Array]:
        """Both ends in the space in which the body's figure is a sphere of its equatorial radius."""
        ends = (self.transmitter, self.receiver)
        transmitter, receiver = (geometry.stretched(x, self.axis, self.factor) for x in ends)
        return transmitter, receiver


def oblate(of: Body) -> bool:
    """Whether a body's figure is known as a spheroid with an axis."""
    return of.rotation is not None and of.polar_radius_km != of.equatorial_radius_km


def past(occulter: Body, path: Ray, light: bool = True) -> Past:
    """Both ends of light from the center of a body that it passes."""
    center = _passed(occulter, path, light)
    transmitter, receiver = path.transmitter.position - center, path.receiver.position - center
    if occulter.rotation is None or not oblate(occulter):
        return Past(transmitter, receiver, np.zeros(3), 1.0)
    factor = occulter.equatorial_radius_km / occulter.polar_radius_km
    return Past(transmitter, receiver, occulter.rotation(path.received)[..., 2, :], factor)


def _passed(occulter: Body, path: Ray, light: bool) -> Array:
    """(…, 3) km: position of a body when the light passed it, which is not its apparent position.

    The difference is the motion of a body near the receiving end in that time: 0.1 km for the Moon under a low orbiter,
    0.4 m for the Moon seen from the Earth. Light that has not come so far, or has left beyond it, is nearest to the
    body at its end: there the positions of body and end are of the same instant.
    """
    if not light:
        return occulter.position(path.received)
    towards = geometry.unit(path.line) / SPEED_OF_LIGHT_KM_S
    when = path.received
    for _ in range(5):  # each leaves a ten-thousandth of the step before: from the Sun 500 s, then 50 ms
        there = occulter.state(when)
        early = np.clip(geometry.dot(there.position - path.receiver.position, towards), 0.0, path.light_time)
        left = path.received - when - early
        if np.max(np.abs(left), initial=0.0) < SHORT_S:
            break
        when = path.received - early
    passed: Array = there.position + left[..., None] * there.velocity
    return passed


def with_figure(occulter: Body, figure: Figure) -> Body:
    """A body as it casts its shadow."""
    return occulter if figure == "spheroid" else replace(occulter, polar_radius_km=occulter.equatorial_radius_km)


def umbra_deg(target: Trajectory, occulter: Body) -> Scalar:
    """Angle by which a body's disk covers all of the Sun's, seen from a target (deg); negative outside the umbra."""
    return _shadow(target, occulter, "umbra", lambda ends, to_sun: _to_limb(ends, to_sun, False))


def penumbra_deg(target: Trajectory, occulter: Body) -> Scalar:
    """Overlap of a body's disk and the Sun's, seen from a target (deg); negative in full sunlight."""
    return _shadow(target, occulter, "penumbra", lambda ends, to_sun: _to_limb(ends, to_sun, True))


def sun_center_deg(target: Trajectory, occulter: Body) -> Scalar:
    """How far the Sun's center lies behind a body's limb seen from a target (deg); negative beside the body."""

    def away(ends: Past, to_sun: Array) -> Array:
        transmitter, receiver = ends.stretched
        return geometry.separation(transmitter - receiver, -receiver)

    return _shadow(target, occulter, "shadow", away)


def _to_limb(ends: Past, to_sun: Array, near: bool) -> Array:
    """Angle from a body's center to the limb of the Sun that is nearest to it, or the farthest (rad)."""
    return geometry.limb(to_sun, SUN.equatorial_radius_km, -ends.receiver, ends.axis, ends.factor, near)


def _shadow(target: Trajectory, occulter: Body, called: str, away: Callable[[Past, Array], Array]) -> Scalar:
    """How far a point of the Sun lies behind a body's limb.

    called : the part of the shadow
    away   : sunlight past the body, and the line to the Sun (…, 3) → angle of the point from the body's center, rad, in
             the space in which the body is a sphere
    """
    if occulter.name in (target.name, "sun"):
        raise ValueError(f"expected another body that shades {target.name} from the Sun, got {occulter.called}")
    occulter, sun = moved(occulter, target.ephemeris), body("sun", target.ephemeris)

    def function(t: Array) -> Array:
        sunlight = ray(sun, target, t)
        ends = past(occulter, sunlight)
        to_sun = sunlight.line
        distance = geometry.length(ends.stretched[1])
        depth = geometry.disc_radius(occulter.equatorial_radius_km, distance) - away(ends, to_sun)
        # A body beyond the Sun covers none of it: the more negative, the farther beyond.
        beyond = np.maximum(0.0, geometry.length(ends.receiver) / geometry.length(to_sun) - 1.0)
        return np.rad2deg(depth - np.pi * beyond)

    name = f"depth of {target.name} in the {called} of {occulter.called}"
    return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, target.pace_s, target.breaks)


def moved(own: Body, ephemeris: str) -> Body:
    """A body in an ephemeris, if it may move there: constants like EARTH may, bodies of another ephemeris not."""
    if own.ephemeris.partition(MORE)[0] == ephemeris.partition(MORE)[0]:  # files may have added it
        return own
    if own.ephemeris != PLAIN:
        raise ValueError(
            f"{own.name} moves in the ephemeris {own.ephemeris}, the other end in {ephemeris}: positions of the two do "
            f"not go together. Use one ephemeris for both, as in body({own.name!r}, {ephemeris!r})"
        )
    if BODIES.get(own.name) == own:
        return body(own.name, ephemeris)
    there = body(own.name, ephemeris) if own.name in BODIES else own
    return replace(own, ephemeris=ephemeris, naif_id=there.naif_id)


def together(transmitter: Trajectory, receiver: Trajectory) -> tuple[Trajectory, Trajectory]:
    """Two ends in one ephemeris. Raises `ValueError` if they have different ones."""
    if transmitter.ephemeris == receiver.ephemeris:
        return transmitter, receiver
    if isinstance(transmitter, Body) and transmitter.ephemeris == PLAIN:
        return moved(transmitter, receiver.ephemeris), receiver
    if isinstance(receiver, Body) and receiver.ephemeris == PLAIN:
        return transmitter, moved(receiver, transmitter.ephemeris)
    raise ValueError(
        f"{transmitter.name} moves in the ephemeris {transmitter.ephemeris}, {receiver.name} in {receiver.ephemeris}: "
        "positions of the two do not go together. Use one ephemeris for both"
    )
