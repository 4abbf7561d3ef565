"""The relief of a body over its sphere, and how far lines of sight pass above it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.data.resources import package_folder
from sim.trajectories.bodies.body import MOON
from sim.trajectories.limbs import SHIPPED, SPHERE

if TYPE_CHECKING:
    from sim.trajectories.elevation_model import ElevationModel

Array = NDArray[np.float64]

SHIPPED_FILE = package_folder() / "data" / "moon_relief.npz"

LIMB_SIGMA_KM, LIMB_PIXEL_KM = 0.6, 12.8
"""How far the true limb is from that of a model with pixels of 12.8 km; of others, by the root of their size.

Extrapolated: if the model is made coarser, its limb changes by 0.37 km (root mean square) from 12.8 to 25.6 km, 0.41 km
to 51.2 km and 0.44 km to 102 km, two thirds of it because mountains vanish in the mean of a pixel: the true limb is a
few hundred meters higher. The sum of what finer pixels would still change is about 0.6 km.
"""

AROUND_KM = 100.0
"""So far around each cell its neighbors are looked at for the steepest slope and the highest mountain."""

FAR_KM = 100.0
"""Nothing on a body stands so high, nor lies so low: farther from the sphere only the height below is subtracted."""


@dataclass(frozen=True, eq=False)
class Relief:
    """Heights of a whole body, linear between pixels; between the last pixels and a pole, towards the mean of the ring.

    Attributes
    ----------
    height_km : ndarray
        (rows, columns) above the sphere; the first and the last row are the poles, the last column is the first.
    ring_deg : ndarray
        Latitudes (rows,) of the rows, falling.
    east_deg : float
        Longitude of the first column.
    radius_km : float
        Of the sphere.
    pixel_km : float
        Size of a pixel.
    source : str
        Name of the model.
    sha256 : str
        Of its file.
    """

    height_km: Array
    ring_deg: Array
    east_deg: float
    radius_km: float
    pixel_km: float
    source: str
    sha256: str

    @cached_property
    def lowest_km(self) -> float:
        """The least height."""
        return float(self.height_km.min())

    @cached_property
    def highest_km(self) -> float:
        """The greatest height."""
        return float(self.height_km.max())

    @cached_property
    def reach_km(self) -> float:
        """Half of the longest part of a line between the greatest and the least height."""
        return float(np.sqrt((self.radius_km + self.highest_km) ** 2 - (self.radius_km + self.lowest_km) ** 2))

    @property
    def sigma_km(self) -> float:
        """Standard deviation of the true limb about this one, from what the model leaves out (km)."""
        return LIMB_SIGMA_KM * float(np.sqrt(self.pixel_km / LIMB_PIXEL_KM))

    @cached_property
    def slope(self) -> float:
        """The steepest slope, a height over a distance on the sphere."""
        return float(self._slopes.max())

    @cached_property
    def _slopes(self) -> Array:
        """Upper bounds of the slopes of all cells, (rows - 1, columns - 1)."""
        rings, turn = np.deg2rad(self.ring_deg), 2.0 * np.pi / (self.height_km.shape[1] - 1)
        down = np.abs(np.diff(self.height_km, axis=0)) / (self.radius_km * -np.diff(rings))[:, None]
        east = np.abs(np.diff(self.height_km, axis=1))
        east[1:-1] /= self.radius_km * turn * np.cos(rings[1:-1, None])
        side = np.maximum(east[:-1], east[1:])  # of a cell: between two rings it is no steeper than on the steeper one
        nearer = np.cos(rings[1:-2]) / np.cos(rings[2:-1])  # the ring nearer to the pole is shorter
        side[1:-1] *= np.maximum(nearer, 1.0 / nearer)[:, None]
        found: Array = np.hypot(side, np.maximum(down[:, :-1], down[:, 1:]))
        return found

    @cached_property
    def around(self) -> tuple[Array, Array]:
        """The steepest slope and the greatest height (km) within `AROUND_KM` of every cell: (rows - 1, columns - 1)."""
        h = self.height_km
        tops = np.maximum(np.maximum(h[:-1, :-1], h[:-1, 1:]), np.maximum(h[1:, :-1], h[1:, 1:]))
        slopes, tops = (self._spread(each) for each in (self._slopes, tops))
        return slopes, tops

    def _spread(self, cells: Array) -> Array:
        """The greatest value of cells (rows, columns) within `AROUND_KM` of each."""
        columns = cells.shape[1]
        rings = np.abs(np.deg2rad(self.ring_deg))
        poleward = np.minimum(np.maximum(rings[:-1], rings[1:]) + AROUND_KM / self.radius_km, 0.5 * np.pi)
        cell_km = np.maximum(self.radius_km * 2.0 * np.pi / columns * np.cos(poleward), 1e-3)
        wide = np.empty_like(cells)
        for row, half in enumerate((np.ceil(AROUND_KM / cell_km) + 1.0).tolist()):
            wide[row] = _widest(cells[row], int(min(half, columns // 2)))
        row_km = self.radius_km * float(-np.diff(np.deg2rad(self.ring_deg))[1])
        half = int(np.ceil(AROUND_KM / row_km)) + 1
        over = wide[:half].max(), wide[-half:].max()  # beyond a pole it goes on at other longitudes
        padded = [np.full((half, columns), top) for top in over]
        found = _widest(np.concatenate((padded[0], wide, padded[1])).T, half).T[half:-half]
        return np.ascontiguousarray(found)

    def slopes_near(self, points: Array) -> Array:
        """The steepest slope within `AROUND_KM` of the ground below points (..., 3) km, body-fixed: (...)."""
        columns = self.height_km.shape[1] - 1
        latitude = np.arcsin(points[..., 2] / np.sqrt(np.sum(points**2, axis=-1)))
        row = np.clip(np.searchsorted(-np.deg2rad(self.ring_deg), -latitude, "right") - 1, 0, len(self.ring_deg) - 2)
        turn = np.arctan2(points[..., 1], points[..., 0]) - np.deg2rad(self.east_deg)
        column = np.floor(turn / (2.0 * np.pi) * columns).astype(int) % columns
        found: Array = self.around[0][row, column]
        return found

    def clearance_km(self, one: Array, other: Array) -> Array:
        """Return how far straight lines pass above the ground at least, negative where the ground is in the way.

        Parameters
        ----------
        one, other : ndarray
            (n, 3) ends of the lines from the body's center, km, body-fixed.

        Returns
        -------
        ndarray
            (n,) km: the least height above ground of any point of a line. Of a line that passes the sphere by more than
            100 km, or deeper in it, the height of its nearest point.
        """
        from sim.trajectories.relief_march import least  # compiled: only where relief is asked for

        rings = np.deg2rad(self.ring_deg)
        found = np.empty(len(one))
        ends = np.ascontiguousarray(one, dtype=float), np.ascontiguousarray(other, dtype=float)
        grid = self.height_km, self.around[1], rings, float(np.deg2rad(self.east_deg))
        least(*ends, *grid, self.radius_km, self.reach_km, FAR_KM, found)
        return found


def _widest(values: Array, half: int) -> Array:
    """The greatest of values (..., n) and their neighbors on both sides, going around: (..., n)."""
    found, width = values, 1
    while 2 * width <= 2 * half + 1:
        found, width = np.maximum(found, np.roll(found, -width, axis=-1)), 2 * width
    found = np.maximum(found, np.roll(found, width - 2 * half - 1, axis=-1))
    turned: Array = np.roll(found, half, axis=-1)
    return turned


def relief_of(model: ElevationModel) -> Relief:
    """Return the relief of an elevation model of the whole Moon. Raises `DataError` for other models."""
    rows, columns = model.height_m.shape
    whole = model.projection == "plate" and abs(columns * model.step[1] - 360.0) < 0.51 * model.step[1]
    north = model.center[0] + model.origin[0] * model.step[0]
    south = north - (rows - 1) * model.step[0]
    if not whole or north < 90.0 - 1.01 * model.step[0] or south > -90.0 + 1.01 * model.step[0]:
        raise DataError(
            f"{model.source}: expected an elevation model of the whole body in latitude and longitude, found one of "
            f"latitudes {south:.4g} to {north:.4g} deg, {columns * model.step[1]:.4g} deg of longitude"
        )
    height = np.asarray(model.height_m, dtype=float) / 1000.0
    if missing := int(np.isnan(height).sum()):
        raise DataError(f"{model.source}: expected heights everywhere, found {missing:,} pixels without data")
    ring = north - np.arange(rows) * model.step[0]
    inside = np.abs(ring) < 90.0 - 1e-9  # rows at the poles themselves are replaced by their own mean
    height, ring = height[inside], ring[inside]
    poles = [np.full((1, columns), height[row].mean()) for row in (0, -1)]
    height = np.concatenate((poles[0], height, poles[1]))
    east = model.center[1] - model.origin[1] * model.step[1]
    return Relief(
        np.column_stack((height, height[:, :1])), np.concatenate(([90.0], ring, [-90.0])), east,
        MOON.equatorial_radius_km, model.pixel_m / 1000.0, model.source, model.sha256,
    )  # fmt: skip


@lru_cache(maxsize=4)
def _read(path: Path, stamp: tuple[int, int]) -> Relief:
    from sim.trajectories.elevation_model import read  # reading a scenario needs none

    return relief_of(read(path))


def moon_relief(limb: str) -> Relief | None:
    """Return the Moon's relief by the name of its limb: `relief`, or the path of a model; None of `sphere`.

    Raises `DataError`.
    """
    if limb == SPHERE:
        return None
    path = SHIPPED_FILE if limb == SHIPPED else Path(limb)
    if not path.is_file():
        raise DataError(f"there is no elevation model {path}")
    about = path.stat()
    return _read(path, (about.st_mtime_ns, about.st_size))
