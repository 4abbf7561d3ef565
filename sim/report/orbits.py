"""Where spacecraft are in axes that turn with the Moon, for a picture that a reader can turn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from sim.bodies import EARTH, MOON, Body
from sim.phased import within
from sim.result import Result
from sim.sites import Site
from sim.time import Span
from sim.trajectory import Trajectory
from sim.turning import from_moon, libration_points, mean_distance_km

FARTHEST_KM = 2_000_000.0
"""What goes farther from the Moon is not drawn: these axes say nothing of it."""

HALF_TURNS = 40
"""So many are drawn at the most, from the span's start."""

MOST_POINTS = 2400


def turned(result: Result, names: Sequence[str]) -> dict[str, Any]:
    """Orbits and bodies as the page draws them: whole km from the Moon, lengths scaled to its mean distance.

    x from the Earth to the Moon, z along the Moon's orbital momentum. The picture's center is the Moon, or the Earth
    where all spacecraft are nearer to it. One that has phases is drawn phase by phase, without its gaps.
    """
    ends = [result.ends[name] for name in names if not isinstance(result.ends[name], Site | Body)]
    drawn = [_orbit(end.name, way, when) for end in ends for way, when in within(end, result.span)]
    orbits = [orbit for orbit in drawn if orbit is not None]
    points = [[name, *map(round, place)] for name, place in libration_points().items()]
    earth = -round(mean_distance_km())
    balls = [["Moon", 0, MOON.equatorial_radius_km], ["Earth", earth, EARTH.equatorial_radius_km]]
    near = all(np.mean([place[0] for place in orbit["xyz"]]) < 0.5 * earth for orbit in orbits)
    if not orbits:
        return {"orbits": [], "balls": [], "points": [], "center_km": 0}
    return {"orbits": orbits, "balls": balls, "points": points, "center_km": earth if near else 0}


def _orbit(name: str, craft: Trajectory, span: Span) -> dict[str, Any] | None:
    lasting = min(span.duration_s, HALF_TURNS * craft.stride_s)
    count = int(np.clip(lasting / (craft.pace_s / 16.0), 24, MOST_POINTS)) + 1
    place = from_moon(craft, np.linspace(span.start, span.start + lasting, count))
    if np.abs(place).max() > FARTHEST_KM:
        return None
    whole = np.rint(place).astype(int)
    return {"name": name, "basis": craft.basis, "days": round(lasting / 86400.0, 2), "xyz": whole.tolist()}
