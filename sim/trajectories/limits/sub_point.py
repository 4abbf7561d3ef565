"""Where on a body a spacecraft passes over."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import TYPE_CHECKING, Annotated, Literal

import erfa
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from sim.core.geometry import length, unit
from sim.core.model import Degrees, Listed
from sim.core.sphere_polygon import SpherePolygon, direction
from sim.trajectories.bodies.body import body
from sim.trajectories.limits.limit import Limit, SightLine, bounded, check_apart, check_bounds

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

Corner = Annotated[tuple[float, float], Listed]
Corners = Annotated[tuple[Corner, ...], Field(min_length=1, max_length=2000), Listed]


class SubPoint(Limit):
    """Where on the body that a spacecraft orbits its point below must lie: in a box of latitudes and longitudes, in a
    polygon, or in both.

    Latitude is geodetic on the Earth and planetocentric elsewhere. The edges of a polygon are great circles of the
    sphere of latitude and longitude: the shortest way, but for the body's flattening; not lines of one latitude.

    Examples
    --------
    >>> SubPoint(min_latitude_deg=-10.0, max_latitude_deg=30.0).max_latitude_deg
    30.0
    """

    kind: Literal["sub_point"] = "sub_point"
    min_latitude_deg: Annotated[Degrees, Field(ge=-90, lt=90)] | None = None
    """southern edge"""
    max_latitude_deg: Annotated[Degrees, Field(gt=-90, le=90)] | None = None
    """northern edge"""
    west_deg: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    """longitude of the western edge, east-positive"""
    east_deg: Annotated[Degrees, Field(ge=-180, le=180)] | None = None
    """longitude of the eastern edge; below west_deg for a box across 180 deg"""
    polygon: Corners | None = None
    """corners [latitude, longitude] in degrees, in order around it; the last is joined to the first"""
    side: Literal["inside", "outside"] = "inside"
    """of the polygon, on which the link may be used"""

    on_sites = False
    of_end_alone = True

    @field_validator("polygon")
    @classmethod
    def _closed(cls, value: Corners | None) -> Corners | None:
        """A polygon whose inside is what anybody would take for it."""
        for latitude, longitude in value or ():
            if not (abs(latitude) <= 90.0 and -180.0 <= longitude <= 360.0):
                told = f"got [{latitude:g}, {longitude:g}]"
                raise ValueError(f"expected corners [latitude −90 to 90, longitude −180 to 360], {told}")
        if value is not None:
            SpherePolygon(np.array(value))
        return value

    @model_validator(mode="after")
    def _some(self) -> SubPoint:
        if self.side == "outside" and self.polygon is None:
            raise ValueError('side = "outside" is of a polygon. Add polygon = [[latitude, longitude], …]')
        if (self.west_deg is None) != (self.east_deg is None):
            raise ValueError("give both west_deg and east_deg, or neither")
        if self.west_deg is not None and self.east_deg is not None:
            check_apart(self.west_deg, self.east_deg, 360.0, ("west_deg", "east_deg"))
        if self.min_latitude_deg is None and self.max_latitude_deg is None:
            if self.west_deg is None and self.polygon is None:
                raise ValueError("give min_latitude_deg, max_latitude_deg or both, west_deg and east_deg, or a polygon")
            return self
        check_bounds(self.min_latitude_deg, self.max_latitude_deg, ("min_latitude_deg", "max_latitude_deg"))
        return self

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition on the point below the spacecraft."""
        under = body(own.center, own.ephemeris)
        turned = under.rotation
        if turned is None:
            raise ValueError(f"{own.name} orbits {under.called}, whose rotation is not known: sub_point cannot be used")

        def place(t: Array) -> Array:
            found: Array = np.einsum("...ij,...j->...i", turned(t), own.position_from(under, t))
            return found

        def sine(t: Array) -> Array:
            fixed = place(t)
            if under.name != "earth":
                return fixed[..., 2] / length(fixed)
            latitude: Array = erfa.gc2gd(1, 1000.0 * fixed)[1]
            return np.sin(latitude)

        def below(t: Array) -> Array:
            fixed = place(t)
            if under.name != "earth":
                return unit(fixed)
            longitude, latitude, _ = erfa.gc2gd(1, 1000.0 * fixed)
            return direction(np.rad2deg(latitude), np.rad2deg(longitude))

        terms: list[Condition] = []
        if self.min_latitude_deg is not None or self.max_latitude_deg is not None:
            name = f"latitude below {own.name}"
            latitude = sight.inclination_at_end_deg(own, sine, name)
            terms.append(bounded(latitude, self.min_latitude_deg, self.max_latitude_deg))
        if self.west_deg is not None and self.east_deg is not None:
            longitude = sight.turn_at_end(
                own, lambda t: place(t)[..., :2], f"longitude below {own.name}", "deg", 360.0, -180.0
            )
            terms.append(longitude.between(self.west_deg, self.east_deg))
        if self.polygon is not None:
            area, sign = SpherePolygon(np.array(self.polygon)), 1.0 if self.side == "inside" else -1.0
            name = f"point below {own.name} {self.side} a polygon of {len(area.corners)} corners: depth"
            terms.append(sight.value_at_end(own, lambda t: sign * area.depth_deg(below(t)), name, "deg") > 0.0)
        return reduce(and_, terms)
