"""Least altitude of the line of sight above a body."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from sim.core.model import Kilometers
from sim.trajectories.limits.limit import Limit, SightLine

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory


class GrazingAltitude(Limit):
    """Minimum altitude of the whole line of sight above a body's figure, to stay clear of air, ionosphere or ridges.

    It does not apply to a line of sight with an end that stands on the body: an elevation limits that one.

    Examples
    --------
    >>> GrazingAltitude(body="earth", min_km=100.0).min_km
    100.0
    """

    needs_end = False
    kind: Literal["grazing_altitude"] = "grazing_altitude"
    body: Literal["sun", "mercury", "venus", "earth", "moon", "mars", "jupiter", "saturn", "uranus", "neptune"]
    """body that the line of sight passes"""
    min_km: Annotated[Kilometers, Field(gt=0)]
    """minimum altitude of the line of sight above the body's figure"""

    def applies(self, sight: SightLine, own: Trajectory) -> bool:
        """Return whether no end stands on the body."""
        return not sight.stands_on(self.body)

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the altitude of the line of sight."""
        return sight.clearance_from_km(self.body) > self.min_km
