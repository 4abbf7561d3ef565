"""Least and greatest distance of the other end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sim.core.model import Kilometers
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class Range(Limit):
    """Maximum or minimum distance of the other end."""

    needs_end = False
    kind: Literal["range"] = "range"
    min_km: Annotated[Kilometers, Field(ge=0)] | None = None
    """minimum distance of the other end"""
    max_km: Annotated[Kilometers, Field(gt=0)] | None = None
    """maximum distance of the other end"""

    @model_validator(mode="after")
    def _some(self) -> Range:
        check_bounds(self.min_km, self.max_km, ("min_km", "max_km"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the distance."""
        return bounded(sight.range_km(), self.min_km, self.max_km)
