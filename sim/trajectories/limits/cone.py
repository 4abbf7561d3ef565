"""Least and greatest angle between the other end and the axis of an antenna or instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

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
    that of a site to the zenith. With a right ascension and a declination, it is fixed in ICRF.

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
    axis: Literal["nadir", "zenith", "velocity", "inertial"] | None = None
    """direction of the axis; by default inertial with a right ascension, else zenith for a site and nadir for others"""
    right_ascension_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    """of a fixed axis, ICRF"""
    declination_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    """of a fixed axis, ICRF"""

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
        return self

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        """Return whether the end has such an axis: of a site that is in flight before it lands, in flight alone."""
        return self.axis != "velocity" or not isinstance(own, OnSurface)

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that the other end is inside the cone, or outside an inner one."""
        named = self._pointed(own)
        name = f"the axis of {own.name}" if named == "inertial" else f"the {named} of {own.name}"
        return bounded(sight.off_axis_deg(own, lambda t: self.direction(own, t), name), self.min_deg, self.max_deg)

    def direction(self, own: Trajectory, t: Array) -> Array:
        """Return the axis at times (…) in TDB s: (…, 3) of any length, ICRF."""
        if self.right_ascension_deg is not None and self.declination_deg is not None:
            a, d = np.deg2rad(self.right_ascension_deg), np.deg2rad(self.declination_deg)
            fixed = np.array([np.cos(d) * np.cos(a), np.cos(d) * np.sin(a), np.sin(d)])
            return np.broadcast_to(fixed, (*np.shape(t), 3))
        pointed, sign = self._pointed(own), -1.0 if self._pointed(own) == "nadir" else 1.0
        if isinstance(own, OnSurface):
            return sign * own.horizontal(t)[..., 2, :]
        state = own.state_from(body(own.center, own.ephemeris), t)
        return state.velocity if pointed == "velocity" else sign * state.position

    def _pointed(self, own: Trajectory) -> str:
        """Where the axis points."""
        usual = "zenith" if isinstance(own, OnSurface) else "nadir"
        return self.axis or ("inertial" if self.declination_deg is not None else usual)
