"""Greatest rates of an X–Y mount."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from sim.core.model import DegreesPerSecond
from sim.trajectories.limits.limit import Limit, SightLine, check_given

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory


class SlewXY(Limit):
    """Maximum rates of an X–Y mount that follows the other end.

    The X axis lies in the horizontal plane and does not move; its keyholes are at both ends of it, on the horizon.

    Examples
    --------
    >>> SlewXY(max_x_deg_s=3.0).max_x_deg_s
    3.0
    """

    kind: Literal["slew_x_y"] = "slew_x_y"
    max_x_deg_s: Annotated[DegreesPerSecond, Field(gt=0)] | None = None
    """maximum rate of the angle about the X axis"""
    max_y_deg_s: Annotated[DegreesPerSecond, Field(gt=0)] | None = None
    """maximum rate of the angle about the Y axis"""
    x_axis: Literal["north", "east"] = "north"
    """horizontal direction of the fixed axis"""

    on_spacecraft = False

    @model_validator(mode="after")
    def _some(self) -> SlewXY:
        check_given(self.max_x_deg_s, self.max_y_deg_s, ("max_x_deg_s", "max_y_deg_s"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the rates of the mount."""
        most = (self.max_x_deg_s, self.max_y_deg_s)
        return sight.mount_slower(cast("Site", own), 1 if self.x_axis == "north" else 0, ("X", "Y"), most)
