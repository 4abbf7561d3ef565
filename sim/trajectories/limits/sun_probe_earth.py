"""Least and greatest Sun–probe–Earth angle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class SunProbeEarth(Limit):
    """Angle at a spacecraft between the Sun and the Earth.

    Both directions are apparent: light time and aberration are in them.

    Examples
    --------
    >>> SunProbeEarth(min_deg=3.0).min_deg
    3.0
    """

    kind: Literal["sun_probe_earth"] = "sun_probe_earth"
    min_deg: Annotated[Degrees, Field(ge=0, lt=180)] | None = None
    """minimum angle"""
    max_deg: Annotated[Degrees, Field(gt=0, le=180)] | None = None
    """maximum angle"""

    @model_validator(mode="after")
    def _some(self) -> SunProbeEarth:
        check_bounds(self.min_deg, self.max_deg, ("min_deg", "max_deg"))
        return self

    on_sites = False
    of_end_alone = True

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the angle."""
        sun, earth = sight.direction_of(own, "sun"), sight.direction_of(own, "earth")

        def sides(t: Array) -> tuple[Array, Array]:
            return sun(t), earth(t)

        angle = sight.angle_at_end_deg(own, sides, f"Sun–probe–Earth angle of {own.name}")
        return bounded(angle, self.min_deg, self.max_deg)
