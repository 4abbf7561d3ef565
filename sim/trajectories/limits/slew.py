"""Greatest rates of an azimuth–elevation mount."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from sim.core.model import DegreesPerSecond
from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory


class Slew(Limit):
    """Maximum rates of an azimuth–elevation mount that follows the other end.

    Near the zenith the azimuth turns quickly: a pass that comes nearer to it than the mount can follow is interrupted.

    Examples
    --------
    >>> Slew(max_azimuth_deg_s=3.0).max_azimuth_deg_s
    3.0
    """

    kind: Literal["slew"] = "slew"
    max_azimuth_deg_s: Annotated[DegreesPerSecond, Field(gt=0)] | None = None
    """maximum rate of the azimuth"""
    max_elevation_deg_s: Annotated[DegreesPerSecond, Field(gt=0)] | None = None
    """maximum rate of the elevation"""

    on_spacecraft = False

    @model_validator(mode="after")
    def _some(self) -> Slew:
        if self.max_azimuth_deg_s is None and self.max_elevation_deg_s is None:
            raise ValueError("give max_azimuth_deg_s, max_elevation_deg_s or both")
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the rates of the mount."""
        rates = sight.mount_rates_deg_s(cast("Site", own), 2, ("azimuth", "elevation"))
        limits = (self.max_azimuth_deg_s, self.max_elevation_deg_s)
        return reduce(and_, [rate < most for rate, most in zip(rates, limits, strict=True) if most is not None])
