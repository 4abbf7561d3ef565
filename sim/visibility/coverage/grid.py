"""Points of a body's surface, and the share of it that each stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.quantities import converted, number
from sim.trajectories.bodies.body import Body, body

Array = NDArray[np.float64]

LOWEST_M, HIGHEST_M = -12_000.0, 100_000.0
"""No ground is lower, and nothing that stands on it higher."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Points of the Earth's or the Moon's surface, all at one height; coordinates as a `Site` has them.

    latitude_deg, longitude_deg (n,); east-positive, -180 to 180
    weight (n,) the share of the surface that a point stands for; they add up to one where the grid is whole
    shape  : (rows, columns) of a latitude–longitude grid, north first; None for others
    step_deg : the distance between neighbours, as asked for
    """

    carrier: Body
    latitude_deg: Array
    longitude_deg: Array
    weight: Array
    step_deg: float
    height_m: float = 0.0
    shape: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        height_m = number(self.height_m, "m", "a height in meters")
        if not LOWEST_M <= height_m <= HIGHEST_M:
            raise ValueError(f"expected a height from {LOWEST_M:g} to {HIGHEST_M:g} m, got {height_m:g}")
        object.__setattr__(self, "height_m", height_m)

    def __len__(self) -> int:
        return len(self.latitude_deg)

    @cached_property
    def up(self) -> Array:
        """(n, 3): the zeniths, body-fixed."""
        latitude, longitude = np.deg2rad(self.latitude_deg), np.deg2rad(self.longitude_deg)
        across = np.cos(latitude)
        return np.column_stack((across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)))

    @cached_property
    def place(self) -> Array:
        """(n, 3) km, body-fixed. Source: ERFA `gd2gc` with WGS 84 for the Earth; a sphere for the Moon."""
        if not self.round:
            longitude, latitude = np.deg2rad(self.longitude_deg), np.deg2rad(self.latitude_deg)
            place: Array = erfa.gd2gc(1, longitude, latitude, np.full(len(self), self.height_m)) / 1000.0
            return place
        return self.radius_km * self.up

    @property
    def round(self) -> bool:
        """Whether the body is a sphere to its sites."""
        return self.carrier.equatorial_radius_km == self.carrier.polar_radius_km

    @property
    def radius_km(self) -> float:
        """The points' distance from the body's center, where that is a sphere."""
        return self.carrier.equatorial_radius_km + self.height_m / 1000.0

    def part(self, low: int, high: int) -> Grid:
        """Some points in a row."""
        some = slice(low, high)
        return Grid(
            self.carrier, self.latitude_deg[some], self.longitude_deg[some], self.weight[some], self.step_deg,
            self.height_m,
        )  # fmt: skip

    def cell(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.intp]:
        """The point in whose cell each place lies: (…), (…) → (…); -1 where a grid of single points has none.

        Points of one latitude are a ring of equal cells, and rings meet halfway.
        """
        if not self.step_deg:
            return np.full(np.shape(latitude_deg), -1)
        south, first, along = np.unique(-self.latitude_deg, return_index=True, return_counts=True)
        ring = np.searchsorted(0.5 * (south[1:] + south[:-1]), -np.asarray(latitude_deg))
        turn = (np.asarray(longitude_deg) + 180.0) % 360.0 / 360.0
        place: NDArray[np.intp] = first[ring] + np.minimum((turn * along[ring]).astype(np.intp), along[ring] - 1)
        return place

    def mean(self, values: Array) -> float:
        """The mean of values (n,) over the surface; points without a number are left out."""
        known = np.isfinite(values)
        return float(np.average(values[known], weights=self.weight[known])) if known.any() else float("nan")


def equal_area(on: str, step_deg: float, height_m: float = 0.0, ephemeris: str = "de421") -> Grid:
    """Points that stand for equal areas to within their rings' rounding, in rings of latitude; weights are exact.

    step_deg : between rings, and along each ring about as much
    """
    rings = _steps(180.0, step_deg)
    edges = np.linspace(90.0, -90.0, rings + 1)
    latitude = 0.5 * (edges[1:] + edges[:-1])
    along = np.maximum(3, np.round(360.0 / step_deg * np.cos(np.deg2rad(latitude)))).astype(int)
    share = 0.5 * -np.diff(np.sin(np.deg2rad(edges))) / along
    longitude = np.concatenate([(np.arange(n) + 0.5) * 360.0 / n - 180.0 for n in along])
    return Grid(
        body(on, ephemeris), np.repeat(latitude, along), longitude, np.repeat(share, along), step_deg, height_m
    )


def latitude_longitude(on: str, step_deg: float, height_m: float = 0.0, ephemeris: str = "de421") -> Grid:
    """The centers of the cells of a latitude–longitude grid, from the north-west on; weights are exact."""
    rows, columns = _steps(180.0, step_deg), _steps(360.0, step_deg)
    edges = np.linspace(90.0, -90.0, rows + 1)
    latitude = 0.5 * (edges[1:] + edges[:-1])
    longitude = (np.arange(columns) + 0.5) * 360.0 / columns - 180.0
    share = 0.5 * -np.diff(np.sin(np.deg2rad(edges))) / columns
    return Grid(
        body(on, ephemeris), np.repeat(latitude, columns), np.tile(longitude, rows), np.repeat(share, columns),
        step_deg, height_m, (rows, columns),
    )  # fmt: skip


def points(
    on: str, latitude_deg: Sequence[float], longitude_deg: Sequence[float], height_m: float = 0.0,
    ephemeris: str = "de421",
) -> Grid:  # fmt: skip
    """Any points, each with the same weight.

    Raises `ValueError` for places that are missing, masked or none: latitudes are -90 to 90, longitudes -180 to 360.
    """
    latitude, longitude = (_numbers(converted(each, "deg")) for each in (latitude_deg, longitude_deg))
    if latitude.shape != longitude.shape or latitude.ndim != 1 or not len(latitude):
        raise ValueError("expected as many latitudes as longitudes, and at least one")
    wrong = ~((np.abs(latitude) <= 90.0) & (longitude >= -180.0) & (longitude <= 360.0))
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ValueError(
            f"expected latitudes from -90 to 90 deg and longitudes from -180 to 360 deg, got {latitude[first]:g} and "
            f"{longitude[first]:g} (point {first + 1})"
        )
    weight = np.full(len(latitude), 1.0 / len(latitude))
    return Grid(body(on, ephemeris), latitude, longitude, weight, 0.0, height_m)


def _numbers(values: Any) -> Array:
    """An array of floats, what is masked as NaN. Raises `TypeError` for texts and complex numbers."""
    array = np.ma.asarray(values)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"expected degrees as numbers, got {array.dtype}")
    return np.ma.filled(array.astype(float), np.nan)


def _steps(whole_deg: float, step_deg: float) -> int:
    step_deg = number(step_deg, "deg", "a step in degrees")
    if not 0.0 < step_deg <= 45.0:
        raise ValueError(f"expected a step above 0 and up to 45 deg, got {step_deg:g}")
    return max(1, round(whole_deg / step_deg))
