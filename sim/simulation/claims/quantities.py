"""The quantities that claim tests compare with bounds, as scalars: only a test that is made needs the search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.errors import SimError
from sim.search.conditions import Scalar
from sim.simulation.claims.setting import Setting
from sim.trajectories.light_time import ray
from sim.trajectories.trajectory import Trajectory
from sim.visibility import scalars
from sim.visibility.shadows import ANGLE_RESOLUTION_DEG

Array = NDArray[np.float64]


def off_nadir(craft: Any, target: Trajectory, light: bool) -> Scalar:
    """Angle between a spacecraft's nadir and a target, as seen from the spacecraft (deg)."""

    def function(t: Array) -> Array:
        path = ray(target, craft, t, light)
        down = craft.carrier.position(t) - path.receiver.position
        return np.rad2deg(geometry.separation(path.line, down))

    name = f"angle from {craft.name}'s nadir to {target.name}"
    return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, craft.pace_s, craft.breaks)


def speed(craft: Any) -> Scalar:
    """Speed of a spacecraft about its center, in inertial axes (km/s)."""

    def function(t: Array) -> Array:
        return geometry.length(craft.relative(t).velocity)

    return Scalar(function, f"speed of {craft.name} about the {craft.center}", "km/s", 1e-7, craft.pace_s, craft.breaks)


def latitude(craft: Any) -> Scalar:
    """Planetocentric latitude of the point below a spacecraft (deg)."""
    if craft.carrier.rotation is None:
        raise SimError(f"the {craft.center} has no rotation model here, so no latitudes. Use the earth or the moon")

    def function(t: Array) -> Array:
        away = craft.position_from(craft.carrier, t)
        pole = craft.carrier.rotation(t)[..., 2, :]
        return np.rad2deg(np.arcsin(geometry.dot(pole, away) / geometry.length(away)))

    name = f"latitude below {craft.name}"
    return Scalar(function, name, "deg", ANGLE_RESOLUTION_DEG, craft.pace_s, craft.breaks)


Asked = tuple[float, float]

_OF_TWO: dict[str, Callable[[Setting, str, str, Asked], Scalar]] = {
    "range_km": lambda s, a, b, when: scalars.range_km(s[a], s[b], s.light),
    "range_rate_km_s": lambda s, a, b, when: scalars.range_rate_km_s(s[a], s[b], s.light),
    "elevation_deg": lambda s, a, b, when: scalars.elevation_deg(s.site(a), s[b], s.light),
    "sun_separation_deg": lambda s, a, b, when: scalars.sun_separation_deg(s[a], s[b], s.light),
    "off_nadir_deg": lambda s, a, b, when: off_nadir(s.craft(a, *when), s[b], s.light),
}
_OF_ONE: dict[str, Callable[[Setting, str, Asked], Scalar]] = {
    "altitude_km": lambda s, a, when: scalars.altitude_km(s.craft(a, *when)),
    "speed_km_s": lambda s, a, when: speed(s.craft(a, *when)),
    "latitude_deg": lambda s, a, when: latitude(s.craft(a, *when)),
    "sun_elevation_deg": lambda s, a, when: scalars.sun_elevation_deg(s.site(a), s.light),
}


def quantity_of(quantity: str, setting: Setting, of: tuple[str, ...], when: Asked) -> Scalar:
    """The scalar of a quantity of one or two ends of a setting, in an interval (TDB s)."""
    if quantity in _OF_ONE:
        return _OF_ONE[quantity](setting, of[0], when)
    return _OF_TWO[quantity](setting, of[0], of[1], when)
