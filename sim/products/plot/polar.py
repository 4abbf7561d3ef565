"""Stereographic maps of the area around a pole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.style import PALETTES, Theme, clip
from sim.visibility.coverage.grid import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.image import AxesImage

Array = NDArray[np.float64]
Mark = tuple[float, float, str]
"""Latitude and longitude (deg), and a name."""
Placed = tuple[float, float, str]
"""Coordinates of a map, and a name."""
Pole = Literal["north", "south"]

_REACH_DEG = 40.0
"""Distance from the pole to the edge of a map of a whole body."""
_PIXELS = 1000


def polar(
    ax: Axes,
    grid: Grid,
    raster: Callable[[Grid, Array, Array, Array], Array],
    values: Array,
    pole: Pole,
    scale: tuple[Colormap, Normalize],
    theme: Theme,
) -> AxesImage:
    """Draw values of a grid around a pole; 0 deg of longitude is up in the south and down in the north.

    Angles are true, areas grow toward the edge: at 20 deg from the pole by 6 %.
    Source: Snyder (1987), USGS Professional Paper 1395, section 21.
    """
    from matplotlib.patches import Circle

    reach = _reach_deg(grid, pole)
    edge = float(_radius(np.asarray(reach)))
    x, y = np.meshgrid(np.linspace(-edge, edge, _PIXELS), np.linspace(edge, -edge, _PIXELS))
    latitude, longitude = _place(x, y, pole)
    cells = np.where(np.hypot(x, y) <= edge, raster(grid, values, latitude, longitude), np.nan)
    image = ax.imshow(cells, extent=(-edge, edge, -edge, edge), interpolation="nearest", cmap=scale[0], norm=scale[1])
    palette = PALETTES[theme]
    rim = Circle((0, 0), edge, transform=ax.transData, facecolor="none", edgecolor=palette["faint"], linewidth=0.8)
    ax.add_patch(rim)
    clip(image, rim)
    ax.set_xlim(-1.14 * edge, 1.14 * edge)
    ax.set_ylim(-1.1 * edge, 1.1 * edge)
    ax.set_aspect("equal")
    ax.set_axis_off()
    _graticule(ax, pole, reach, palette["faint"])
    return image


def polar_places(marks: Sequence[Mark], pole: Pole, ax: Axes) -> list[Placed]:
    """Marks in the coordinates of a polar map, those that it shows."""
    edge = ax.get_ylim()[1] / 1.1
    found = list[Placed]()
    for north, east, name in marks:
        x, y = (float(each) for each in _project(np.asarray(north), np.asarray(east), pole))
        if np.hypot(x, y) <= edge:
            found.append((x, y, name))
    return found


def _reach_deg(grid: Grid, pole: Pole) -> float:
    """Distance from the pole to the edge of the map: a little beyond the region."""
    if not grid.step_deg:
        away = 90.0 - grid.latitude_deg if pole == "north" else 90.0 + grid.latitude_deg
        near = away[away <= 90.0]
        return float(np.clip(1.15 * near.max(initial=5.0), 2.0, 90.0))
    if grid.region is None:
        return _REACH_DEG
    low, high, *_ = grid.region.bounds
    return float(np.clip(1.04 * (90.0 - low if pole == "north" else 90.0 + high), 0.2, 120.0))


def _radius(away_deg: Array) -> Array:
    radius: Array = 2.0 * np.tan(np.deg2rad(away_deg) / 2.0)
    return radius


def _project(latitude_deg: Array, longitude_deg: Array, pole: Pole) -> tuple[Array, Array]:
    sign = 1.0 if pole == "north" else -1.0
    radius, turn = _radius(90.0 - sign * latitude_deg), np.deg2rad(longitude_deg)
    return radius * np.sin(turn), -sign * radius * np.cos(turn)


def _place(x: Array, y: Array, pole: Pole) -> tuple[Array, Array]:
    sign = 1.0 if pole == "north" else -1.0
    away = np.rad2deg(2.0 * np.arctan(np.hypot(x, y) / 2.0))
    return sign * (90.0 - away), np.rad2deg(np.arctan2(x, -sign * y))


def _graticule(ax: Axes, pole: Pole, reach_deg: float, color: str) -> None:
    """Circles of latitude and meridians, with their degrees."""
    step = next(size for size in (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0) if reach_deg / size <= 5.0)
    turn, sign = np.linspace(-180.0, 180.0, 361), 1.0 if pole == "north" else -1.0
    for away in np.arange(step, reach_deg - 0.2 * step, step):
        latitude = sign * (90.0 - away)
        x, y = _project(np.full(361, latitude), turn, pole)
        ax.plot(x, y, color=color, alpha=0.5, linewidth=0.6)
        at = _project(np.asarray(latitude), np.asarray(-165.0), pole)
        words = f"{abs(round(latitude, 2)):g}° {'N' if pole == 'north' else 'S'}"
        ax.annotate(words, (float(at[0]), float(at[1])), color=color, fontsize=8, ha="center",
                    va="center", zorder=3, bbox={"facecolor": "white", "alpha": 0.6, "linewidth": 0, "pad": 0.8})
    ends = sign * (90.0 - np.array([min(step, reach_deg), reach_deg]))
    for east in range(-180, 180, 30):
        x, y = _project(ends, np.full(2, float(east)), pole)
        ax.plot(x, y, color=color, alpha=0.5, linewidth=0.6)
        x, y = _project(np.asarray(sign * (90.0 - reach_deg)), np.asarray(float(east)), pole)
        words = "180°" if east == -180 else f"{abs(east)}°{' E' if east > 0 else ' W' if east < 0 else ''}"
        ax.annotate(words, (1.07 * float(x), 1.05 * float(y)), color=color, fontsize=9, ha="center", va="center")
