"""States in named frames about any body, and the points below spacecraft on a body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.geometry import length
from sim.core.text import nearest, shown, some
from sim.core.time import instants
from sim.core.values import TimeLike
from sim.trajectories.bodies import frames
from sim.trajectories.bodies.body import BODIES, Body, body
from sim.trajectories.rotating_frame import turning
from sim.trajectories.trajectory import State, Trajectory

Array = NDArray[np.float64]

Frame = Literal["icrf", "itrf", "moon_me", "moon_pa", "earth_moon_rotating"]

FRAMES: dict[str, str] = {
    "icrf": "ICRF axes",
    "itrf": "fixed in the Earth: ITRF (IAU 2006/2000A, UT1 and polar motion from the IERS)",
    "moon_me": "fixed in the Moon: mean Earth and polar axis of DE421",
    "moon_pa": "fixed in the Moon: principal axes of DE421",
    "earth_moon_rotating": "x from the Earth to the Moon, z along the Moon's orbital angular momentum; not scaled",
}
"""What each frame is."""

_STEP_S = 300.0
"""Step of the differences that give the turning of the Earth–Moon axes: these turn once in a month."""


@dataclass(frozen=True)
class GroundPoints:
    """Points below a spacecraft.

    Attributes
    ----------
    latitude_deg, longitude_deg : ndarray
        (…); longitude east-positive, -180 to 180. Latitude is that of the point of the surface straight below, as sites
        have it: geodetic (WGS 84) on the Earth, planetocentric on other bodies, on the Moon in the mean-Earth frame.
    altitude_km : ndarray
        (…) height above the body's figure: WGS 84, the sphere of 1737.4 km of the Moon, the spheroids of the planets.
    """

    latitude_deg: Array
    longitude_deg: Array
    altitude_km: Array


@typed
def states(target: Trajectory, when: TimeLike, frame: str = "icrf", center: str = "earth") -> State:
    """Position and velocity of anything in a named frame about a body's center.

    Parameters
    ----------
    target : Trajectory
        A spacecraft (`scenario["lro"]`), a site or a body.
    when : TimeLike
        Times (…); anything that `sim.tdb` converts.
    frame : {"icrf", "itrf", "moon_me", "moon_pa", "earth_moon_rotating"}
        Axes. `itrf` turns with the Earth, `moon_me` (mean Earth and polar axis) and `moon_pa` (principal axes) with the
        Moon. Of `earth_moon_rotating`, x points from the Earth to the Moon and z along the Moon's orbital angular
        momentum; lengths are not scaled.
    center : str
        Body from whose center positions are counted: `earth`, `moon`, `sun`, `mars` and so on.

    Returns
    -------
    State
        Position (…, 3) km and velocity (…, 3) km/s. In axes that turn, velocity is that against the turning axes.
        Geometric: both ends at the same instant, without light time.

    Raises
    ------
    ValueError
        For an unknown frame or center.

    Notes
    -----
    The rates of precession and nutation and the excess length of day are left out of velocities in `itrf`: less than
    0.1 mm/s in a low orbit.

    Examples
    --------
    >>> import sim
    >>> state = sim.states(sim.MOON, "2026-03-01T00:00:00Z", frame="earth_moon_rotating")
    >>> state.position.round(3) + 0.0
    array([374634.077,      0.   ,      0.   ])
    """
    if frame not in FRAMES:
        raise ValueError(f"expected a frame, one of {', '.join(FRAMES)}; got {shown(frame)}")
    about, t = _center(center, target.ephemeris), instants(when)
    found = target.state_from(about, t)
    if frame == "icrf":
        return found
    if frame == "earth_moon_rotating":
        axes, rate = _turning(t, target.ephemeris)
        place, speed = _turned(axes, found.position), _turned(axes, found.velocity)
        return State(place, speed + _turned(rate, found.position))
    axes = {"itrf": frames.itrs, "moon_me": frames.moon_me, "moon_pa": frames.moon_pa}[frame](t)
    spin = (frames.earth_spin if frame == "itrf" else frames.moon_spin)(t)
    return State(_turned(axes, found.position), _turned(axes, found.velocity - np.cross(spin, found.position)))


@typed
def ground_track(target: Trajectory, when: TimeLike, under: str = "") -> GroundPoints:
    """The points of a body below a spacecraft, and its altitude.

    Parameters
    ----------
    target : Trajectory
        A spacecraft, a site, or another body.
    when : TimeLike
        Times (…); anything that `sim.tdb` converts.
    under : str
        The body; by default the center of the orbit.

    Returns
    -------
    GroundPoints
        Geometric: at the same instant, without light time.

    Raises
    ------
    ValueError
        For an unknown body, or one whose rotation is not known.

    References
    ----------
    ERFA `gc2gd` for the Earth, `gc2gde` for other spheroids.

    Examples
    --------
    >>> import sim
    >>> point = sim.ground_track(sim.MOON, "2026-03-01T00:00:00Z", under="earth")
    >>> print(f"{point.latitude_deg:.2f} {point.longitude_deg:.2f} {point.altitude_km:.0f}")
    20.52 -26.52 368259
    """
    below = _center(under or target.center, target.ephemeris)
    if below.rotation is None:
        known = [name for name, each in BODIES.items() if each.rotation is not None]
        raise ValueError(f"the rotation of {below.called} is not known. Bodies with a ground track: {some(known)}")
    t = instants(when)
    place = _turned(below.rotation(t), target.position_from(below, t))
    if below.name == "earth":
        longitude, latitude, height = erfa.gc2gd(1, 1000.0 * place)
        return GroundPoints(np.rad2deg(latitude), np.rad2deg(longitude), height / 1000.0)
    wide, flat = below.equatorial_radius_km, 1.0 - below.polar_radius_km / below.equatorial_radius_km
    if flat == 0.0:
        distance = length(place)
        latitude, longitude = np.arcsin(place[..., 2] / distance), np.arctan2(place[..., 1], place[..., 0])
        return GroundPoints(np.rad2deg(latitude), np.rad2deg(longitude), distance - wide)
    longitude, upright, height = erfa.gc2gde(wide, flat, place)
    latitude = np.arctan2((1.0 - flat) ** 2 * np.sin(upright), np.cos(upright))
    return GroundPoints(np.rad2deg(latitude), np.rad2deg(longitude), height)


def _center(name: str, ephemeris: str) -> Body:
    if name not in BODIES:
        raise ValueError(f"no body is called {shown(name)}.{nearest(name, BODIES)}")
    return body(name, ephemeris)


def _turned(axes: Array, vector: Array) -> Array:
    found: Array = np.einsum("...ij,...j->...i", axes, vector)
    return found


def _turning(t: Array, ephemeris: str) -> tuple[Array, Array]:
    """Axes that turn with the Moon, as rows (…, 3, 3) from ICRF, and their rate (1/s)."""
    flat = t.ravel()
    around = [turning(flat + k * _STEP_S, ephemeris)[0] for k in (-2.0, -1.0, 1.0, 2.0)]
    rate = (8.0 * (around[2] - around[1]) - (around[3] - around[0])) / (12.0 * _STEP_S)
    shape = (*t.shape, 3, 3)
    return turning(flat, ephemeris)[0].reshape(shape), rate.reshape(shape)


assert tuple(FRAMES) == get_args(Frame)
