"""Least and greatest elevation of the other end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from sim.core.model import Degrees
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.sites import Site
    from sim.trajectories.trajectory import Trajectory


class Elevation(Limit):
    """Elevation of the other end at a site, beside its horizon.

    A maximum is the keyhole of an azimuth–elevation mount, which cannot follow near the zenith; a minimum is a floor
    under a horizon profile.

    Examples
    --------
    >>> Elevation(max_deg=87.0).max_deg
    87.0
    """

    kind: Literal["elevation"] = "elevation"
    min_deg: Annotated[Degrees, Field(ge=-90, lt=90)] | None = None
    """minimum elevation"""
    max_deg: Annotated[Degrees, Field(gt=-90, le=90)] | None = None
    """maximum elevation: where the keyhole begins"""

    on_spacecraft = False

    @model_validator(mode="after")
    def _some(self) -> Elevation:
        check_bounds(self.min_deg, self.max_deg, ("min_deg", "max_deg"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the elevation of the other end."""
        return bounded(sight.elevation_deg(cast("Site", own)), self.min_deg, self.max_deg)
