"""Least and greatest altitude of a spacecraft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.geometry import length
from sim.core.model import Kilometers
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class Altitude(Limit):
    """Altitude of a spacecraft above the mean equatorial sphere of the body that it orbits.

    Examples
    --------
    >>> Altitude(min_km=200.0, max_km=800.0).max_km
    800.0
    """

    kind: Literal["altitude"] = "altitude"
    min_km: Annotated[Kilometers, Field(ge=0)] | None = None
    """minimum altitude"""
    max_km: Annotated[Kilometers, Field(gt=0)] | None = None
    """maximum altitude"""

    @model_validator(mode="after")
    def _some(self) -> Altitude:
        check_bounds(self.min_km, self.max_km, ("min_km", "max_km"))
        return self

    on_sites = False
    of_end_alone = True

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the altitude."""
        center = body(own.center, own.ephemeris)

        def height(t: Array) -> Array:
            return length(own.position_from(center, t)) - center.equatorial_radius_km

        return bounded(sight.value_at_end(own, height, f"altitude of {own.name}", "km"), self.min_km, self.max_km)
