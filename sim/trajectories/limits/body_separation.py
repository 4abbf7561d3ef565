"""Least angle between the other end and a body in the sky."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class BodySeparation(Limit):
    """Minimum angle between the other end and a body's center, such as the Moon, which is bright in radio and light.

    Examples
    --------
    >>> BodySeparation(body="moon", min_deg=1.0).min_deg
    1.0
    """

    kind: Literal["body_separation"] = "body_separation"
    body: Literal["sun", "mercury", "venus", "earth", "moon", "mars", "jupiter", "saturn", "uranus", "neptune"]
    """body to keep away from"""
    min_deg: Annotated[Degrees, Field(gt=0, lt=180)]
    """minimum angle between the other end and the body's center, seen from this end"""

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the body's angle from the line of sight."""
        return sight.body_separation_deg(own, self.body) > self.min_deg
