"""The table `region` of a product: a box, a cap or a polygon of a body's surface."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from pydantic import Field, model_validator

from sim.core.model import Degrees, Kilometers, Listed, Model
from sim.trajectories.bodies.body import BODIES
from sim.visibility.coverage.region import Box, Cap, Polygon

if TYPE_CHECKING:
    from sim.visibility.coverage.region import Region

Latitude = Annotated[Degrees, Field(ge=-90, le=90)]
Longitude = Annotated[Degrees, Field(ge=-180, le=360)]
Corner = Annotated[tuple[Latitude, Longitude], Listed]
"""Latitude and longitude (deg)."""

_BOX = ("min_latitude_deg", "max_latitude_deg", "west_deg", "east_deg")


class RegionTable(Model):
    """A box (latitudes, longitudes or both), a cap (center and radius), or a polygon.

    Examples
    --------
    >>> RegionTable(max_latitude_deg=-70.0).words
    'south of 70° S'
    >>> RegionTable(center_deg=(-89.5, 222.0), radius_km=300.0).words
    'within 300 km of 89.5° S 138° W'
    """

    min_latitude_deg: Latitude | None = None
    """southern edge of a box; default: the south pole"""
    max_latitude_deg: Latitude | None = None
    """northern edge of a box; default: the north pole"""
    west_deg: Longitude | None = None
    """western edge of a box; default: all longitudes"""
    east_deg: Longitude | None = None
    """eastern edge of a box; below west_deg for a box across 180 deg"""
    center_deg: Corner | None = None
    """latitude and longitude of the center of a cap"""
    radius_km: Annotated[Kilometers, Field(gt=0)] | None = None
    """radius of a cap, along the surface"""
    polygon: Annotated[tuple[Corner, ...], Listed, Field(min_length=3, max_length=200)] | None = None
    """corners, latitude and longitude each, joined by great circles; it must fit into a hemisphere"""

    @model_validator(mode="after")
    def _one(self) -> RegionTable:
        boxed = [name for name in _BOX if getattr(self, name) is not None]
        capped = [name for name in ("center_deg", "radius_km") if getattr(self, name) is not None]
        shapes = [shape for shape, given in (("box", boxed), ("cap", capped), ("polygon", self.polygon)) if given]
        if len(shapes) != 1:
            got = " and a ".join(shapes) if shapes else "nothing"
            raise ValueError(
                "expected one of a box (min_latitude_deg, max_latitude_deg, west_deg, east_deg), a cap (center_deg, "
                f"radius_km) and a polygon, got {f'a {got}' if shapes else got}"
            )
        if len(capped) == 1:
            raise ValueError("give both center_deg and radius_km")
        if (self.west_deg is None) != (self.east_deg is None):
            raise ValueError("give both west_deg and east_deg, or neither")
        if boxed and not self._low < self._high:
            raise ValueError(f"min_latitude_deg must be below max_latitude_deg, got {self._low:g} and {self._high:g}")
        if self.west_deg is not None and self.west_deg == self.east_deg:
            raise ValueError(f"west_deg and east_deg must differ, got {self.west_deg:g}")
        if self.polygon is not None:
            Polygon(self.polygon)
        return self

    @property
    def _low(self) -> float:
        return -90.0 if self.min_latitude_deg is None else self.min_latitude_deg

    @property
    def _high(self) -> float:
        return 90.0 if self.max_latitude_deg is None else self.max_latitude_deg

    def on(self, body: str) -> Region:
        """The region on a body. A cap's radius is an arc of its equatorial radius; at most the whole body."""
        if self.polygon is not None:
            return Polygon(self.polygon)
        if self.center_deg is not None and self.radius_km is not None:
            angle = float(np.rad2deg(self.radius_km / BODIES[body].equatorial_radius_km))
            return Cap(*self.center_deg, min(angle, 180.0))
        sides = () if self.west_deg is None or self.east_deg is None else (self.west_deg, self.east_deg)
        return Box(self._low, self._high, *sides)

    @property
    def words(self) -> str:
        """The region in words."""
        if self.polygon is not None:
            return f"a polygon of {len(self.polygon)} corners"
        if self.center_deg is not None and self.radius_km is not None:
            latitude, longitude = self.center_deg
            return f"within {self.radius_km:,.6g} km of {north(latitude)} {east(longitude)}"
        sided = self.west_deg is not None and self.east_deg is not None
        across = f"{east(self.west_deg or 0.0)} to {east(self.east_deg or 0.0)}" if sided else ""
        if self.min_latitude_deg is None and self.max_latitude_deg is None:
            return across
        if self.min_latitude_deg is None:
            tall = f"south of {north(self._high)}"
        elif self.max_latitude_deg is None:
            tall = f"north of {north(self._low)}"
        else:
            tall = f"{north(self._low)} to {north(self._high)}"
        return f"{tall}, {across}" if across else tall


def north(latitude_deg: float) -> str:
    """A latitude as maps write it."""
    return f"{abs(latitude_deg):g}°{' N' if latitude_deg > 0 else ' S' if latitude_deg < 0 else ''}"


def east(longitude_deg: float) -> str:
    """A longitude as maps write it."""
    turned = (longitude_deg + 180.0) % 360.0 - 180.0
    return f"{abs(turned):g}°{' E' if 0 < turned < 180 else ' W' if -180 < turned < 0 else ''}"
