"""Where on a body a spacecraft passes over."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Literal

import erfa
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.geometry import length
from sim.core.model import Degrees
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds, in_turn

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]


class SubPoint(Limit):
    """Latitudes and longitudes of the body that a spacecraft orbits, between which its point below must lie.

    Latitude is geodetic on the Earth and planetocentric elsewhere.

    Examples
    --------
    >>> SubPoint(min_latitude_deg=-10.0, max_latitude_deg=30.0).max_latitude_deg
    30.0
    """

    kind: Literal["sub_point"] = "sub_point"
    min_latitude_deg: Annotated[Degrees, Field(ge=-90, lt=90)] | None = None
    """southern edge"""
    max_latitude_deg: Annotated[Degrees, Field(gt=-90, le=90)] | None = None
    """northern edge"""
    west_deg: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    """longitude of the western edge, east-positive"""
    east_deg: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    """longitude of the eastern edge; below west_deg for a box across 180 deg"""

    on_sites = False

    @model_validator(mode="after")
    def _some(self) -> SubPoint:
        if (self.west_deg is None) != (self.east_deg is None):
            raise ValueError("give both west_deg and east_deg, or neither")
        if self.west_deg is not None and self.east_deg is not None:
            if (self.west_deg - self.east_deg) % 360.0 == 0.0:
                raise ValueError(f"west_deg and east_deg must differ, got {self.west_deg:g} and {self.east_deg:g}")
            if self.min_latitude_deg is None and self.max_latitude_deg is None:
                return self
        check_bounds(self.min_latitude_deg, self.max_latitude_deg, ("min_latitude_deg", "max_latitude_deg"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the point below the spacecraft."""
        under = body(own.center, own.ephemeris)
        turned = under.rotation
        if turned is None:
            raise ValueError(f"{own.name} orbits {under.called}, whose rotation is not known: sub_point cannot be used")

        def place(t: Array) -> Array:
            found: Array = np.einsum("...ij,...j->...i", turned(t), own.position_from(under, t))
            return found

        def sine(t: Array) -> Array:
            fixed = place(t)
            if under.name != "earth":
                return fixed[..., 2] / length(fixed)
            latitude: Array = erfa.gc2gd(1, 1000.0 * fixed)[1]
            return np.sin(latitude)

        terms: list[Condition] = []
        if self.min_latitude_deg is not None or self.max_latitude_deg is not None:
            name = f"latitude below {own.name}"
            latitude = sight.inclination_at_end_deg(own, sine, name)
            terms.append(bounded(latitude, self.min_latitude_deg, self.max_latitude_deg))
        if self.west_deg is not None and self.east_deg is not None:
            longitude = sight.turn_at_end(
                own, lambda t: place(t)[..., :2], f"longitude below {own.name}", "deg", 360.0, -180.0
            )
            terms.append(in_turn(longitude, self.west_deg, self.east_deg))
        return reduce(and_, terms)
