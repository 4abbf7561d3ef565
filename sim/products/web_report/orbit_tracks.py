"""Where spacecraft are about the Earth, or in axes that turn with the Moon, for a picture that a reader can turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import length
from sim.core.time import Span
from sim.trajectories.bodies.body import EARTH, MOON, Body, body
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.rotating_frame import from_moon, libration_points, mean_distance_km
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.result import Result

Array = NDArray[np.float64]

FARTHEST_KM = 2_000_000.0
"""What goes farther from the Moon is not drawn: these axes say nothing of it."""

HALF_TURNS = 40
"""So many are drawn at the most, from the span's start."""

MOST_POINTS = 2400


def turned(result: Result, names: Sequence[str]) -> dict[str, Any]:
    """Orbits and bodies as the page draws them, in whole km.

    Where all spacecraft are nearer to the Earth than to the Moon: ICRF axes about the Earth, lengths as they are. Else
    axes that turn with the Moon: x from the Earth to the Moon, z along the Moon's orbital momentum, from the Moon,
    lengths scaled to its mean distance. One that has phases is drawn phase by phase, without its gaps.
    """
    ends = [result.ends[name] for name in names if not isinstance(result.ends[name], Site | Body)]
    ways = [(end.name, way, when) for end in ends for way, when in phases_in(end, result.span)]
    earthly = bool(ways) and all(_by_the_earth(way, when) for _, way, when in ways)
    drawn = [_orbit(name, way, when, earthly) for name, way, when in ways]
    orbits = [orbit for orbit in drawn if orbit is not None]
    frame = "earth" if earthly else "turning"
    if not orbits or earthly:
        balls = [["Earth", 0, EARTH.equatorial_radius_km]] if orbits else []
        return {"orbits": orbits, "balls": balls, "points": [], "frame": frame}
    balls = [["Moon", 0, MOON.equatorial_radius_km], ["Earth", -round(mean_distance_km()), EARTH.equatorial_radius_km]]
    points = [[name, *map(round, place)] for name, place in libration_points().items()]
    return {"orbits": orbits, "balls": balls, "points": points, "frame": frame}


def _by_the_earth(craft: Trajectory, span: Span) -> bool:
    """Whether a spacecraft is nearer to the Earth than halfway to the Moon, on average."""
    t = _times(craft, span)
    distance = length(craft.position_from(body("earth", craft.ephemeris), t))
    return bool(np.mean(distance) < 0.5 * mean_distance_km())


def _times(craft: Trajectory, span: Span) -> Array:
    lasting = min(span.duration_s, HALF_TURNS * craft.stride_s)
    count = int(np.clip(lasting / (craft.pace_s / 16.0), 24, MOST_POINTS)) + 1
    return np.linspace(span.start, span.start + lasting, count)


def _orbit(name: str, craft: Trajectory, span: Span, earthly: bool) -> dict[str, Any] | None:
    t = _times(craft, span)
    place = craft.position_from(body("earth", craft.ephemeris), t) if earthly else from_moon(craft, t)
    if np.abs(place).max() > FARTHEST_KM:
        return None
    days = round(float(t[-1] - t[0]) / 86400.0, 2)
    return {"name": name, "basis": craft.basis, "days": days, "xyz": np.rint(place).astype(int).tolist()}
