"""Least and greatest angle between the other end and the axis of an antenna or instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.geometry import unit
from sim.core.model import Degrees
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Limit, OnSurface, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class Cone(Limit):
    """Maximum or minimum angle of the other end from the axis of an antenna or instrument.

    The axis of a spacecraft points to nadir (the center of its central body) or along its velocity about that body,
    that of a site to the zenith. With a right ascension and a declination, it is fixed in ICRF. With an azimuth and an
    elevation it is fixed to the end: an antenna bolted to the ground, or to a spacecraft that keeps facing its central
    body, whose azimuth is counted from where it flies through its right.

    Examples
    --------
    >>> Cone(axis="velocity", max_deg=60.0).axis
    'velocity'
    """

    kind: Literal["cone"] = "cone"
    max_deg: Annotated[Degrees, Field(gt=0, le=180)] | None = None
    """maximum angle between the axis and the other end, seen from this end: half the opening angle"""
    min_deg: Annotated[Degrees, Field(ge=0, lt=180)] | None = None
    """minimum angle between the axis and the other end, seen from this end"""
    axis: Literal["nadir", "zenith", "velocity", "inertial", "fixed"] | None = None
    """direction of the axis; by default inertial with a right ascension, fixed with an azimuth, else zenith for a site
    and nadir for others"""
    right_ascension_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    """of an inertial axis, ICRF"""
    declination_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """of an inertial axis, ICRF"""
    azimuth_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    """of a fixed axis, from north through east; of a spacecraft from its direction of flight through its right"""
    elevation_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """of a fixed axis, above the horizontal plane"""

    @model_validator(mode="after")
    def _bounds(self) -> Cone:
        check_bounds(self.min_deg, self.max_deg, ("min_deg", "max_deg"))
        return self

    @model_validator(mode="after")
    def _both(self) -> Cone:
        if (self.right_ascension_deg is None) != (self.declination_deg is None):
            raise ValueError("give both right_ascension_deg and declination_deg, or neither for nadir or zenith")
        fixed = self.right_ascension_deg is not None
        if self.axis is not None and fixed != (self.axis == "inertial"):
            raise ValueError('right_ascension_deg and declination_deg are for axis = "inertial", which needs both')
        if (self.azimuth_deg is None) != (self.elevation_deg is None):
            raise ValueError("give both azimuth_deg and elevation_deg, or neither for nadir or zenith")
        bolted = self.azimuth_deg is not None
        if bolted and fixed:
            raise ValueError("give right_ascension_deg and declination_deg, or azimuth_deg and elevation_deg, not both")
        if self.axis is not None and bolted != (self.axis == "fixed"):
            raise ValueError('azimuth_deg and elevation_deg are for axis = "fixed", which needs both')
        return self

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        """Return whether the end has such an axis: of a site that is in flight before it lands, in flight alone."""
        return self.axis != "velocity" or not isinstance(own, OnSurface)

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that the other end is inside the cone, or outside an inner one."""
        named = self._pointed(own)
        name = f"the axis of {own.name}" if named in ("inertial", "fixed") else f"the {named} of {own.name}"
        return bounded(sight.off_axis_deg(own, lambda t: self.direction(own, t), name), self.min_deg, self.max_deg)

    def direction(self, own: Trajectory, t: Array) -> Array:
        """Return the axis at times (…) in TDB s: (…, 3) of any length, ICRF."""
        if self.right_ascension_deg is not None and self.declination_deg is not None:
            a, d = np.deg2rad(self.right_ascension_deg), np.deg2rad(self.declination_deg)
            fixed = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
            return np.broadcast_to(fixed, (*np.shape(t), 3))
        if self.azimuth_deg is not None and self.elevation_deg is not None:
            return self._bolted(own, t, np.deg2rad(self.azimuth_deg), np.deg2rad(self.elevation_deg))
        pointed, sign = self._pointed(own), -1.0 if self._pointed(own) == "nadir" else 1.0
        if isinstance(own, OnSurface):
            return sign * own.horizontal(t)[..., 2, :]
        state = own.state_from(body(own.center, own.ephemeris), t)
        return state.velocity if pointed == "velocity" else sign * state.position

    def _bolted(self, own: Trajectory, t: Array, azimuth: float, elevation: float) -> Array:
        """An axis by angles (rad) along right, ahead and up of an end."""
        if isinstance(own, OnSurface):
            axes = own.horizontal(t)
        else:
            state = own.state_from(body(own.center, own.ephemeris), t)
            up, right = unit(state.position), unit(np.cross(state.velocity, state.position))
            axes = np.stack((right, np.cross(up, right), up), axis=-2)
        flat = np.cos(elevation)
        parts = np.array([flat * np.sin(azimuth), flat * np.cos(azimuth), np.sin(elevation)])
        found: Array = np.einsum("i,...ij->...j", parts, axes)
        return found

    def _pointed(self, own: Trajectory) -> str:
        """Where the axis points."""
        usual = "zenith" if isinstance(own, OnSurface) else "nadir"
        given = "inertial" if self.declination_deg is not None else "fixed" if self.elevation_deg is not None else usual
        return self.axis or given
