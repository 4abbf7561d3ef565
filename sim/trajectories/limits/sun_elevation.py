"""Least and greatest elevation of the Sun at a site."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory


class SunElevation(Limit):
    """Elevation of the Sun at a site: a lander that works by day, an optical station that works by night.

    With `min_deg`, no other body may cover a part of the Sun either, as the Earth may at the Moon.
    """

    kind: Literal["sun_elevation"] = "sun_elevation"
    min_deg: Annotated[Degrees, Field(ge=-90, lt=90)] | None = None
    """minimum elevation of the Sun's center; no other body may cover a part of the Sun"""
    max_deg: Annotated[Degrees, Field(gt=-90, le=90)] | None = None
    """maximum elevation of the Sun's center"""

    on_spacecraft = False

    @model_validator(mode="after")
    def _some(self) -> SunElevation:
        check_bounds(self.min_deg, self.max_deg, ("min_deg", "max_deg"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the Sun's elevation."""
        site = cast("Site", own)  # a scenario with this limit on a spacecraft is refused
        terms: list[Condition] = []
        if self.min_deg is not None:
            terms += [sight.sun_elevation_deg(site) > self.min_deg, *sight.sunlight(site)]
        if self.max_deg is not None:
            terms.append(sight.sun_elevation_deg(site) < self.max_deg)
        return reduce(and_, terms)
