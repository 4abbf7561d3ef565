"""Orbits about the Earth, or in the Earth–Moon rotating frame, for the 3D view of the report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import length
from sim.core.time import Span
from sim.trajectories.bodies.body import EARTH, MOON, Body, body
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.rotating_frame import from_moon, libration_points, mean_distance_km
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Basis, Trajectory
from sim.visibility.result import Result

Array = NDArray[np.float64]

FARTHEST_KM = 2_000_000.0
"""Orbits that go farther from the Moon are not drawn."""

HALF_TURNS = 40
"""Maximum number of half revolutions drawn, from the start of the span."""

MOST_POINTS = 2400


class OrbitTrack(TypedDict):
    """One orbit or phase: name, basis, duration (days), and positions (km) evenly spaced in time (s of the span)."""

    name: str
    basis: Basis
    days: float
    from_s: float
    to_s: float
    xyz: list[list[int]]


class OrbitTracks(TypedDict):
    """Orbits, bodies (name, x, radius; km), named points (name, x, y, z; km) and the frame: `earth` or `turning`."""

    orbits: list[OrbitTrack]
    balls: list[tuple[str, int, float]]
    points: list[tuple[str, int, int, int]]
    frame: str


def orbit_tracks(result: Result, names: Sequence[str]) -> OrbitTracks:
    """Orbits and bodies for the 3D view, in whole km.

    If all spacecraft are on average closer than half the Moon's distance to the Earth: ICRF axes about the Earth.
    Otherwise the Earth–Moon rotating frame with the Moon at the origin: x from the Earth to the Moon, z along the
    Moon's orbital angular momentum, lengths scaled to its mean distance. Phases are separate orbits.
    """
    ends = [result.ends[name] for name in names if not isinstance(result.ends[name], Site | Body)]
    ways = [(end.name, way, when) for end in ends for way, when in phases_in(end, result.span)]
    earthly = bool(ways) and all(_by_the_earth(way, when) for _, way, when in ways)
    drawn = [_orbit(name, way, when, earthly, result.span.start) for name, way, when in ways]
    orbits = [orbit for orbit in drawn if orbit is not None]
    frame = "earth" if earthly else "turning"
    if not orbits or earthly:
        earth = [("Earth", 0, EARTH.equatorial_radius_km)] if orbits else []
        return {"orbits": orbits, "balls": earth, "points": [], "frame": frame}
    balls = [("Moon", 0, MOON.equatorial_radius_km), ("Earth", -round(mean_distance_km()), EARTH.equatorial_radius_km)]
    points = [(name, round(x), round(y), round(z)) for name, (x, y, z) in libration_points().items()]
    return {"orbits": orbits, "balls": balls, "points": points, "frame": frame}


def _by_the_earth(craft: Trajectory, span: Span) -> bool:
    """Whether a spacecraft is on average closer to the Earth than half the distance of the Moon."""
    t = _times(craft, span)
    distance = length(craft.position_from(body("earth", craft.ephemeris), t))
    return bool(np.mean(distance) < 0.5 * mean_distance_km())


def _times(craft: Trajectory, span: Span) -> Array:
    lasting = min(span.duration_s, HALF_TURNS * craft.stride_s)
    count = int(np.clip(lasting / (craft.pace_s / 16.0), 24, MOST_POINTS)) + 1
    return np.linspace(span.start, span.start + lasting, count)


def _orbit(name: str, craft: Trajectory, span: Span, earthly: bool, origin: float) -> OrbitTrack | None:
    t = _times(craft, span)
    place = craft.position_from(body("earth", craft.ephemeris), t) if earthly else from_moon(craft, t)
    if np.abs(place).max() > FARTHEST_KM:
        return None
    first, last = (round(float(each - origin), 3) for each in (t[0], t[-1]))
    days, xyz = round((last - first) / 86400.0, 2), np.rint(place).astype(int).tolist()
    return {"name": name, "basis": craft.basis, "days": days, "from_s": first, "to_s": last, "xyz": xyz}
