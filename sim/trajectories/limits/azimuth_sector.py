"""Azimuths at which a site can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine, check_apart

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory


class AzimuthSector(Limit):
    """Azimuths at which a site can be used, from one through north, east, south and west to another.

    Examples
    --------
    >>> AzimuthSector(from_deg=300.0, to_deg=60.0).to_deg
    60.0
    """

    kind: Literal["azimuth_sector"] = "azimuth_sector"
    from_deg: Annotated[Degrees, Field(ge=0, le=360)]
    """azimuth at which the sector begins, from north through east"""
    to_deg: Annotated[Degrees, Field(ge=0, le=360)]
    """azimuth at which it ends; below from_deg for a sector through north"""

    on_spacecraft = False

    @model_validator(mode="after")
    def _apart(self) -> AzimuthSector:
        check_apart(self.from_deg, self.to_deg, 360.0, ("from_deg", "to_deg"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the azimuth of the other end."""
        return sight.azimuth_deg(cast("Site", own)).between(self.from_deg, self.to_deg)
