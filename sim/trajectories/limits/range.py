"""Least and greatest distance of the other end."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, model_validator

from sim.core.model import Kilometers
from sim.trajectories.limits.limit import Limit, SightLine

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
        if self.min_km is None and self.max_km is None:
            raise ValueError("give min_km, max_km or both")
        if self.min_km is not None and self.max_km is not None and self.min_km >= self.max_km:
            raise ValueError(f"min_km must be below max_km, got {self.min_km:g} and {self.max_km:g}")
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the distance."""
        terms: list[Condition] = []
        if self.max_km is not None:
            terms.append(sight.range_km() < self.max_km)
        if self.min_km is not None:
            terms.append(sight.range_km() > self.min_km)
        return reduce(and_, terms)
