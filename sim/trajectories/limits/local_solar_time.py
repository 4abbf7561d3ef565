"""Local solar time at a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.geometry import dot
from sim.core.model import Hours
from sim.trajectories.limits.limit import Limit, OnSurface, SightLine, check_apart

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class LocalSolarTime(Limit):
    """Apparent solar time at a site, by the Sun's hour angle: 12 h when the Sun is in the meridian.

    Examples
    --------
    >>> LocalSolarTime(from_h=20.0, to_h=4.0).from_h
    20.0
    """

    kind: Literal["local_solar_time"] = "local_solar_time"
    from_h: Annotated[Hours, Field(ge=0, le=24)]
    """time from which the link may be used, in hours of 1/24 of a solar day"""
    to_h: Annotated[Hours, Field(ge=0, le=24)]
    """time until which it may be used; below from_h for a night"""

    on_spacecraft = False

    @model_validator(mode="after")
    def _apart(self) -> LocalSolarTime:
        check_apart(self.from_h, self.to_h, 24.0, ("from_h", "to_h"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the time of day."""
        site, sun = cast("Site", own), sight.direction_of(own, "sun")
        assert isinstance(own, OnSurface)

        def arm(t: Array) -> Array:
            """Direction of the Sun about the body's axis: from below the meridian, westward to come."""
            axes, line, fixed = site.horizontal(t), sun(t), site.axes_at(t)
            sine, cosine = fixed[..., 1, 2], fixed[..., 2, 2]  # the body's axis along north and up
            east, north, up = (dot(axes[..., k, :], line) for k in range(3))
            return np.stack((north * cosine - up * sine, east), axis=-1)

        time = sight.turn_at_end(own, arm, f"local solar time at {own.name}", "h", 24.0, 0.0)
        return time.between(self.from_h, self.to_h)
