"""Regions of a surface: boxes of latitude and longitude, caps and polygons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.sphere_polygon import SpherePolygon, direction

Array = NDArray[np.float64]


class Bounds(NamedTuple):
    """Latitudes from low to high, and longitudes from west on over so many degrees."""

    low_deg: float
    high_deg: float
    west_deg: float
    width_deg: float


class Region(Protocol):
    """A part of a surface. Shapes are those of a sphere on which latitude and longitude are plotted."""

    @property
    def bounds(self) -> Bounds:
        """A box around it."""

    def contains(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.bool_]:
        """Whether places (…) lie in it."""


@dataclass(frozen=True)
class Box:
    """From south to north, and from west eastward to east, also across the date line.

    Examples
    --------
    >>> south = Box(-90.0, -70.0)
    >>> south.contains(np.array([-80.0, -60.0]), np.array([10.0, 10.0])).tolist()
    [True, False]
    """

    low_deg: float = -90.0
    high_deg: float = 90.0
    west_deg: float = -180.0
    east_deg: float = 180.0

    @property
    def bounds(self) -> Bounds:
        whole = self.east_deg - self.west_deg >= 360.0
        return Bounds(self.low_deg, self.high_deg, self.west_deg, 360.0 if whole else self._width)

    @property
    def _width(self) -> float:
        return (self.east_deg - self.west_deg) % 360.0 or 360.0

    def contains(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = (latitude_deg >= self.low_deg) & (latitude_deg <= self.high_deg)
        return inside & ((np.asarray(longitude_deg) - self.west_deg) % 360.0 <= self.bounds.width_deg)


@dataclass(frozen=True)
class Cap:
    """All places within an angle (deg, up to 180) of a point.

    Examples
    --------
    >>> Cap(0.0, 180.0, 10.0).contains(np.array([0.0, 9.0]), np.array([-171.0, 175.0])).tolist()
    [True, False]
    """

    latitude_deg: float
    longitude_deg: float
    radius_deg: float

    @property
    def bounds(self) -> Bounds:
        low, high = self.latitude_deg - self.radius_deg, self.latitude_deg + self.radius_deg
        if low <= -90.0 or high >= 90.0:
            return Bounds(max(low, -90.0), min(high, 90.0), -180.0, 360.0)
        sine = np.sin(np.deg2rad(self.radius_deg)) / np.cos(np.deg2rad(self.latitude_deg))
        half = float(np.rad2deg(np.arcsin(min(sine, 1.0))))
        return Bounds(low, high, self.longitude_deg - half, 2.0 * half)

    def contains(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.bool_]:
        apart = direction(latitude_deg, longitude_deg) - direction(self.latitude_deg, self.longitude_deg)
        inside: NDArray[np.bool_] = np.linalg.norm(apart, axis=-1) <= 2.0 * np.sin(np.deg2rad(0.5 * self.radius_deg))
        return inside


@dataclass(frozen=True)
class Polygon:
    """The area that great circles between corners enclose.

    Raises `ValueError` as `SpherePolygon` does: too few corners, too wide, or edges that cross.

    Examples
    --------
    >>> triangle = Polygon([(0.0, 170.0), (0.0, -170.0), (20.0, 180.0)])
    >>> triangle.contains(np.array([5.0, -5.0]), np.array([179.0, 179.0])).tolist()
    [True, False]
    """

    corners: Sequence[tuple[float, float]]

    def __post_init__(self) -> None:
        assert self._area  # raises for corners that enclose nothing

    @cached_property
    def _area(self) -> SpherePolygon:
        return SpherePolygon(np.array(self.corners, dtype=float))

    @property
    def bounds(self) -> Bounds:
        x, y, z = self._area.middle
        latitude, longitude = np.rad2deg([np.arctan2(z, np.hypot(x, y)), np.arctan2(y, x)])
        return Cap(float(latitude), float(longitude), self._area.reach_deg).bounds

    def contains(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.bool_]:
        return self._area.contains(direction(latitude_deg, longitude_deg))
