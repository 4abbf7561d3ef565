"""Least angle between the other end and the belt of geostationary satellites."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from sim.core.geometry import dot, unit
from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, OnSurface, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

BELT_RADIUS_KM = 42_164.2
"""Radius of the geostationary orbit. Source: Rec. ITU-R S.1503-3, which has the angle from the belt as α."""

_COARSE = 180
_STEPS = 4


class BeltSeparation(Limit):
    """Minimum angle between the other end and the geostationary belt, seen from a site on the Earth.

    The belt is the circle of geostationary satellites in the plane of the equator; the angle is that to its nearest
    point, also where it is below the horizon. A station of low satellites keeps so far off it, not to disturb others.

    Examples
    --------
    >>> BeltSeparation(min_deg=10.0).min_deg
    10.0
    """

    kind: Literal["belt_separation"] = "belt_separation"
    min_deg: Annotated[Degrees, Field(gt=0, le=90)]
    """minimum angle between the other end and the nearest point of the belt, seen from the site"""

    on_spacecraft = False

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        """Return whether the end is a site on the Earth."""
        return isinstance(own, OnSurface) and own.center == "earth"

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the angle from the belt."""
        site = cast("Site", own)
        place, axes = site.fixed_position, site.fixed_axes

        def cosine(seen: Array) -> Array:
            return nearest_cosine(place, seen @ axes)

        angle = sight.sky_angle_deg(site, cosine, f"the geostationary belt seen from {own.name}")
        return angle > self.min_deg


def nearest_cosine(place: Array, seen: Array) -> Array:
    """Return the cosine of the angle between directions and the nearest point of the belt.

    Parameters
    ----------
    place : ndarray
        (3,) km, from the Earth's center in its own axes.
    seen : ndarray
        Unit vectors (…, 3) in the same axes.

    Notes
    -----
    The nearest of 180 points of the belt is where Newton's method begins, which doubles the digits in each step.
    """
    spread, coarse = _belt(tuple(place.tolist()))
    at = spread[np.argmax(seen @ coarse.T, axis=-1)]
    for _ in range(_STEPS):
        line, along, bend = _point(at), _point(at + 0.5 * np.pi), -_point(at)
        line = line - place
        away = np.sqrt(dot(line, line))
        # of f = u · g / |g| by the angle of the point on the belt
        rise, pull, push = dot(seen, line), dot(seen, along), dot(seen, bend)
        slow, turn = dot(line, along) / away**2, (dot(along, along) + dot(line, bend)) / away**2
        slope = pull - rise * slow
        curve = push - pull * slow - rise * (turn - 2.0 * slow**2) - slope * slow
        step = np.where(curve < 0.0, -slope / np.where(curve < 0.0, curve, -1.0), 0.0)
        at = at + np.clip(step, -2.0 * np.pi / _COARSE, 2.0 * np.pi / _COARSE)
    return dot(seen, unit(_point(at) - place))


def _point(at: Array) -> Array:
    """The point of the belt at a longitude (rad): (…, 3) km."""
    return BELT_RADIUS_KM * np.stack((np.cos(at), np.sin(at), np.zeros_like(at)), axis=-1)


@lru_cache(maxsize=256)
def _belt(place: tuple[float, float, float]) -> tuple[Array, Array]:
    """Longitudes (k,) rad, and the directions of the belt there from a place (k, 3)."""
    spread = np.linspace(0.0, 2.0 * np.pi, _COARSE, endpoint=False)
    return spread, unit(_point(spread) - np.array(place))
