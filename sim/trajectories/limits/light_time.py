"""Greatest light time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import Seconds
from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class LightTime(Limit):
    """Maximum light time between the ends, for a link with a handshake or for remote control.

    Examples
    --------
    >>> LightTime(max_s=1.3).max_s
    1.3
    """

    needs_end = False
    kind: Literal["light_time"] = "light_time"
    max_s: Annotated[Seconds, Field(gt=0)]
    """maximum one-way light time"""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the light time."""
        return sight.light_time_s() < self.max_s
