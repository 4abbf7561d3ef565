"""Greatest rates of an azimuth–elevation mount."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from sim.core.model import DegreesPerSecond
from sim.trajectories.limits.limit import Limit, SightLine, check_given

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
        check_given(self.max_azimuth_deg_s, self.max_elevation_deg_s, ("max_azimuth_deg_s", "max_elevation_deg_s"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the rates of the mount."""
        most = (self.max_azimuth_deg_s, self.max_elevation_deg_s)
        return sight.mount_slower(cast("Site", own), 2, ("azimuth", "elevation"), most)
