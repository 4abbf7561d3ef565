"""Least angle between the other end and the Sun."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class SunSeparation(Limit):
    """Minimum angle between the other end and the Sun's center, to keep the antenna off the Sun."""

    kind: Literal["sun_separation"] = "sun_separation"
    min_deg: Annotated[Degrees, Field(gt=0, lt=180)]
    """minimum angle between the other end and the Sun's center, seen from this end"""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the Sun's angle from the line of sight."""
        return sight.sun_separation_deg(own) > self.min_deg
