"""Least and greatest Sun–Earth–probe angle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.model import Degrees
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class SunEarthProbe(Limit):
    """Angle at the Earth between the Sun and a spacecraft: near 0 and 180 deg they are in conjunction or opposition.

    It is geometric: all three are taken at the time at the spacecraft.

    Examples
    --------
    >>> SunEarthProbe(min_deg=3.0).min_deg
    3.0
    """

    kind: Literal["sun_earth_probe"] = "sun_earth_probe"
    min_deg: Annotated[Degrees, Field(ge=0, lt=180)] | None = None
    """minimum angle"""
    max_deg: Annotated[Degrees, Field(gt=0, le=180)] | None = None
    """maximum angle"""

    @model_validator(mode="after")
    def _some(self) -> SunEarthProbe:
        check_bounds(self.min_deg, self.max_deg, ("min_deg", "max_deg"))
        return self

    on_sites = False
    of_end_alone = True

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the angle."""
        earth, sun = body("earth", own.ephemeris), body("sun", own.ephemeris)

        def sides(t: Array) -> tuple[Array, Array]:
            return sun.position_from(earth, t), own.position_from(earth, t)

        angle = sight.angle_at_end_deg(own, sides, f"Sun–Earth–probe angle of {own.name}")
        return bounded(angle, self.min_deg, self.max_deg)
