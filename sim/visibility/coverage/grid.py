"""Points of a body's surface, and the share of the surface that each represents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.quantities import converted, number
from sim.core.sphere_polygon import direction
from sim.trajectories.bodies.body import Body, body
from sim.visibility.coverage.region import Bounds, Region

Array = NDArray[np.float64]
Index = NDArray[np.intp]

LOWEST_M, HIGHEST_M = -12_000.0, 100_000.0
"""No ground is lower, and nothing that stands on it higher."""


@dataclass(frozen=True, eq=False)
class Grid:
    """Points of the Earth's or the Moon's surface, all at one height; coordinates as a `Site` has them.

    latitude_deg, longitude_deg (n,); east-positive, -180 to 180
    weight (n,) share of the surface that a point represents; the sum is 1 for a whole grid
    shape  : (rows, columns) of a latitude–longitude grid, north first; None for others
    step_deg : the distance between neighbours, as asked for
    region : what the grid covers; None for the whole surface
    columns : how many cells each ring of latitude has, of a region's grid, north first
    cells  : numbers of the cells (n,) of a region's grid, in order: ring · 10⁷ + column
    names  : of single points; empty for grids
    """

    carrier: Body
    latitude_deg: Array
    longitude_deg: Array
    weight: Array
    step_deg: float
    height_m: float = 0.0
    shape: tuple[int, int] | None = None
    region: Region | None = None
    columns: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    cells: Index = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    names: tuple[str, ...] = ()

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
        latitude, longitude = np.deg2rad(upright_deg(self.carrier, self.latitude_deg)), np.deg2rad(self.longitude_deg)
        across = np.cos(latitude)
        return np.column_stack((across * np.cos(longitude), across * np.sin(longitude), np.sin(latitude)))

    @cached_property
    def place(self) -> Array:
        """(n, 3) km, body-fixed. Source: ERFA `gd2gc` with WGS 84 for the Earth, `gd2gce` for Mars; the Moon is round.
        """
        if not self.round:
            latitude = np.deg2rad(upright_deg(self.carrier, self.latitude_deg))
            where = np.deg2rad(self.longitude_deg), latitude, np.full(len(self), self.height_m)
            wide, high = self.carrier.equatorial_radius_km, self.carrier.polar_radius_km
            on_earth = self.carrier.name == "earth"
            meters = erfa.gd2gc(1, *where) if on_earth else erfa.gd2gce(1000.0 * wide, 1.0 - high / wide, *where)
            place: Array = meters / 1000.0
            return place
        return self.radius_km * self.up

    @property
    def round(self) -> bool:
        """Whether sites of the body stand on a sphere."""
        return self.carrier.equatorial_radius_km == self.carrier.polar_radius_km

    @property
    def radius_km(self) -> float:
        """Distance of the points from the body's center, if it is a sphere."""
        return self.carrier.equatorial_radius_km + self.height_m / 1000.0

    def part(self, low: int, high: int) -> Grid:
        """A slice of the points."""
        some = slice(low, high)
        return Grid(
            self.carrier, self.latitude_deg[some], self.longitude_deg[some], self.weight[some], self.step_deg,
            self.height_m,
        )  # fmt: skip

    def cell(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.intp]:
        """The point whose cell contains each place: (…), (…) → (…); -1 where a grid of single points has none.

        Points of one latitude are a ring of equal cells, and rings meet halfway.
        """
        if not self.step_deg:
            return np.full(np.shape(latitude_deg), -1)
        if self.region is not None:
            return self._cell_of_region(np.asarray(latitude_deg), np.asarray(longitude_deg))
        south, first, along = np.unique(-self.latitude_deg, return_index=True, return_counts=True)
        ring = np.searchsorted(0.5 * (south[1:] + south[:-1]), -np.asarray(latitude_deg))
        turn = (np.asarray(longitude_deg) + 180.0) % 360.0 / 360.0
        place: NDArray[np.intp] = first[ring] + np.minimum((turn * along[ring]).astype(np.intp), along[ring] - 1)
        return place

    def _cell_of_region(self, latitude_deg: Array, longitude_deg: Array) -> NDArray[np.intp]:
        rings = len(self.columns)
        ring = np.clip(((90.0 - latitude_deg) / 180.0 * rings).astype(np.intp), 0, rings - 1)
        along = self.columns[ring]
        column = np.minimum(((longitude_deg + 180.0) % 360.0 / 360.0 * along).astype(np.intp), along - 1)
        number = ring * _RING + column
        at = np.minimum(np.searchsorted(self.cells, number), len(self.cells) - 1)
        assert self.region is not None
        there = (self.cells[at] == number) & self.region.contains(latitude_deg, longitude_deg)
        found: NDArray[np.intp] = np.where(there, at, -1)
        return found

    @property
    def share(self) -> float:
        """Share of the body's surface that its points represent: 1 for a whole grid, the region's for a region's."""
        return float(self.weight.sum()) if self.step_deg else 0.0

    def mean(self, values: Array) -> float:
        """Mean of values (n,) over the surface; points without a number are excluded."""
        known = np.isfinite(values)
        return float(np.average(values[known], weights=self.weight[known])) if known.any() else float("nan")


def equal_area(
    on: str, step_deg: float, height_m: float = 0.0, ephemeris: str = "de421", region: Region | None = None
) -> Grid:
    """Points that stand for equal areas to within their rings' rounding, in rings of latitude; weights are exact.

    step_deg : between rings, and along each ring about as much
    region   : what the points are limited to; each then stands for the part of its cell that is in it
    """
    rings = _steps(180.0, step_deg)
    latitude = _middles(rings)
    along = _along(latitude, step_deg)
    if region is not None:
        return _in_region(body(on, ephemeris), region, along, step_deg, height_m)
    share = _bands(body(on, ephemeris), np.linspace(90.0, -90.0, rings + 1)) / along
    longitude = np.concatenate([(np.arange(n) + 0.5) * 360.0 / n - 180.0 for n in along])
    return Grid(
        body(on, ephemeris), np.repeat(latitude, along), longitude, np.repeat(share, along), step_deg, height_m
    )


def latitude_longitude(
    on: str, step_deg: float, height_m: float = 0.0, ephemeris: str = "de421", region: Region | None = None
) -> Grid:
    """The centers of the cells of a latitude–longitude grid, from the north-west on; weights are exact.

    region : as of `equal_area`
    """
    rows, columns = _steps(180.0, step_deg), _steps(360.0, step_deg)
    if region is not None:
        return _in_region(body(on, ephemeris), region, np.full(rows, columns, dtype=np.intp), step_deg, height_m)
    longitude = (np.arange(columns) + 0.5) * 360.0 / columns - 180.0
    share = _bands(body(on, ephemeris), np.linspace(90.0, -90.0, rows + 1)) / columns
    return Grid(
        body(on, ephemeris), np.repeat(_middles(rows), columns), np.tile(longitude, rows), np.repeat(share, columns),
        step_deg, height_m, (rows, columns),
    )  # fmt: skip


def cell_count(region: Region, step_deg: float, kind: str) -> int:
    """How many cells of a grid, `equal_area` or `latitude_longitude`, touch a region's bounds.

    Raises `ValueError` for too many.
    """
    rings = _steps(180.0, step_deg)
    along = np.full(rings, _steps(360.0, step_deg), dtype=np.intp)
    return len(_bounded(region, _along(_middles(rings), step_deg) if kind == "equal_area" else along)[0])


def _along(latitude_deg: Array, step_deg: float) -> Index:
    """Number of cells, about a step wide, in the rings of latitudes (n,): (n,)."""
    return np.maximum(3, np.round(360.0 / step_deg * np.cos(np.deg2rad(latitude_deg)))).astype(np.intp)


def upright_deg(carrier: Body, latitude_deg: Array) -> Array:
    """Planetographic latitudes: the latitudes of a body, except for Mars, whose latitudes are planetocentric."""
    if carrier.name != "mars":
        return latitude_deg
    latitude, squared = np.deg2rad(latitude_deg), (carrier.equatorial_radius_km / carrier.polar_radius_km) ** 2
    found: Array = np.rad2deg(np.arctan2(squared * np.sin(latitude), np.cos(latitude)))
    return found


def below(carrier: Body, latitude_deg: Array) -> Array:
    """Share of a body's surface that lies south of latitudes (…), on its spheroid.

    Source: Snyder (1987), USGS Professional Paper 1395, eq. 3-12.
    """
    sine = np.sin(np.deg2rad(upright_deg(carrier, latitude_deg)))
    squared = 1.0 - (carrier.polar_radius_km / carrier.equatorial_radius_km) ** 2
    if squared <= 0.0:
        return 0.5 + 0.5 * sine
    e = np.sqrt(squared)

    def area(x: Array | float) -> Array:
        found: Array = x / (1.0 - squared * x * x) + np.arctanh(e * x) / e
        return found

    return 0.5 + 0.5 * area(sine) / area(1.0)


def _bands(carrier: Body, edges_deg: Array) -> Array:
    """Shares of the surface between latitudes, from north to south: (n + 1,) → (n,)."""
    shares: Array = -np.diff(below(carrier, edges_deg))
    return shares


def _middles(rings: int) -> Array:
    edges = np.linspace(90.0, -90.0, rings + 1)
    middles: Array = 0.5 * (edges[1:] + edges[:-1])
    return middles


_RING = 10_000_000
"""No ring has so many cells."""
_SAMPLES = 12
"""Samples across a cell that a region's border may cross, each way."""
_AT_ONCE = 4096


def _in_region(carrier: Body, region: Region, along: Index, step_deg: float, height_m: float) -> Grid:
    """The cells of rings that lie in a region, each cut to the region's bounds and then sampled.

    A point is the middle of the part of its cell in the region, and represents its area. Raises `ValueError` where
    there is no area, or there are too many cells.
    """
    ring, column = _bounded(region, along)
    low, high, west, width = _box(region)
    tall = 180.0 / len(along)
    north = np.minimum(90.0 - ring * tall, high)
    south = np.maximum(90.0 - (ring + 1) * tall, low)
    wide = 360.0 / along[ring]
    left = (column * wide - 180.0 - west) % 360.0  # from the western border on
    left = np.where(left > 360.0 - wide + 1e-9, left - 360.0, left)
    right = np.minimum(left + wide, width)
    left = np.maximum(left, 0.0)
    share = (below(carrier, north) - below(carrier, south)) * np.maximum(right - left, 0.0) / 360.0
    parts = []
    for first in range(0, len(ring), _AT_ONCE):
        some = slice(first, first + _AT_ONCE)
        parts.append(_sampled(region, (south[some], north[some]), (west + left[some], west + right[some])))
    fraction, place = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    weight = share * fraction
    kept = weight > 0.0
    if not kept.any():
        raise ValueError("expected a region with some area. Take a smaller step_deg, or a larger region")
    x, y, z = place[kept].T
    latitude, longitude = np.rad2deg(np.arctan2(z, np.hypot(x, y))), np.rad2deg(np.arctan2(y, x))
    cells = (ring * _RING + column)[kept]
    order = np.argsort(cells)
    return Grid(carrier, latitude[order], longitude[order], weight[kept][order], step_deg, height_m, region=region,
                columns=along, cells=cells[order])  # fmt: skip


def _box(region: Region) -> Bounds:
    """A region's bounds; if they cover all longitudes, they begin at a border of cells."""
    found = region.bounds
    return found if found.width_deg < 360.0 else found._replace(west_deg=-180.0, width_deg=360.0)


def _bounded(region: Region, along: Index) -> tuple[Index, Index]:
    """The rings and columns of the cells that touch a region's bounds."""
    low, high, west, width = _box(region)
    tall = 180.0 / len(along)
    first = int(np.clip(np.floor((90.0 - high) / tall), 0, len(along) - 1))
    last = int(np.clip(np.ceil((90.0 - low) / tall), first + 1, len(along)))
    counts = [min(int(n), int(np.ceil(width / 360.0 * n)) + 1) for n in along[first:last]]
    if sum(counts) > MOST_CELLS:
        got = f"got {sum(counts):,}. Take a larger step_deg"
        raise ValueError(f"expected a region of at most {MOST_CELLS:,} cells, {got}")
    ring = np.repeat(np.arange(first, last), counts)
    start = np.floor((west + 180.0) % 360.0 / 360.0 * along[first:last] + 1e-9).astype(np.intp)
    column = np.concatenate([np.arange(at, at + n) for at, n in zip(start, counts, strict=True)]) % along[ring]
    return ring, column


MOST_CELLS = 250_000
"""No more cells of a region's grid are looked at."""


def _sampled(region: Region, latitudes: tuple[Array, Array], longitudes: tuple[Array, Array]) -> tuple[Array, Array]:
    """The part of each cell (n,) that lies in a region, and the direction (n, 3) of the middle of that part."""
    step = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    (south, north), (west, east) = latitudes, longitudes
    latitude = (south[:, None] + (north - south)[:, None] * step)[:, :, None]
    longitude = (west[:, None] + (east - west)[:, None] * step)[:, None, :]
    latitude, longitude = np.broadcast_arrays(latitude, longitude)
    inside = region.contains(latitude, longitude) & (east > west)[:, None, None] & (north > south)[:, None, None]
    weight = np.cos(np.deg2rad(latitude)) * inside
    whole = np.cos(np.deg2rad(latitude)).sum(axis=(1, 2))
    way = direction(latitude, longitude)
    middle = np.einsum("nij,nijk->nk", weight, way)
    size = np.linalg.norm(middle, axis=1, keepdims=True)
    middle = np.divide(middle, size, out=np.zeros_like(middle), where=size > 0.0)
    near = np.einsum("nijk,nk->nij", way, middle) - 4.0 * ~inside  # of a crescent, its sample nearest to the middle
    best = near.reshape(len(near), -1).argmax(axis=1)
    x, y, z = middle.T
    out = ~region.contains(np.rad2deg(np.arctan2(z, np.hypot(x, y))), np.rad2deg(np.arctan2(y, x)))
    middle[out] = way.reshape(len(way), -1, 3)[np.arange(len(way)), best][out]
    return weight.sum(axis=(1, 2)) / np.maximum(whole, 1e-300), middle


def points(
    on: str, latitude_deg: Sequence[float], longitude_deg: Sequence[float], height_m: float = 0.0,
    ephemeris: str = "de421", names: Sequence[str] = (),
) -> Grid:  # fmt: skip
    """A grid of listed points, all with the same weight, with or without names.

    Raises `ValueError` for values missing, masked or out of range: latitudes -90 to 90, longitudes -180 to 360.
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
    return Grid(body(on, ephemeris), latitude, longitude, weight, 0.0, height_m, names=tuple(names))


def _numbers(values: Any) -> Array:
    """An array of floats, with NaN for masked values. Raises `TypeError` for texts and complex numbers."""
    array = np.ma.asarray(values)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"expected degrees as numbers, got {array.dtype}")
    return np.ma.filled(array.astype(float), np.nan)


def _steps(whole_deg: float, step_deg: float) -> int:
    step_deg = number(step_deg, "deg", "a step in degrees")
    if not 0.0 < step_deg <= 45.0:
        raise ValueError(f"expected a step above 0 and up to 45 deg, got {step_deg:g}")
    return max(1, round(whole_deg / step_deg))
