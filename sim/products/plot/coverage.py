"""Map of one value per grid point: a flat map, both hemispheres, or the area around a pole."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.fonts import fonts
from sim.products.plot.polar import Mark, Placed, polar, polar_places
from sim.products.plot.style import PALETTES, Theme, add_labels, clip, figure, short_label
from sim.visibility.coverage.grid import Grid

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

Array = NDArray[np.float64]
Projection = Literal["flat", "faces", "north", "south"]
_TALL = {"flat": 6.1, "faces": 6.3, "north": 8.6, "south": 8.6}
"""Heights of figures in inches."""

COLORMAP = "cividis"
"""Perceptually uniform, also for color-blind readers and in grayscale.

Source: Nuñez et al. (2018), doi:10.1371/journal.pone.0199239."""

NO_VALUE: dict[Theme, str] = {"light": "#d9d4cf", "dark": "#565c66"}
"""Color of points without a value; not part of the scale."""

FACES: dict[str, tuple[str, str]] = {"moon": ("near side", "far side"), "earth": ("around 0°", "around 180°")}

_UNITS = ((172_800.0, 86400.0, "days"), (7200.0, 3600.0, "h"), (120.0, 60.0, "min"))


def coverage_map(
    grid: Grid,
    values: Array,
    label: str = "",
    unit: str = "",
    title: str = "",
    *,
    projection: Projection = "flat",
    reverse: bool = False,
    marks: Sequence[Mark] = (),
    note: str = "",
    theme: Theme = "light",
) -> Figure:
    """Draw one value per grid point, each over its cell.

    Parameters
    ----------
    grid : Grid
        The points and their cells.
    values : array of shape (n,)
        One value per point. NaN is drawn in gray.
    label, unit : str
        Label and unit of the color bar. Seconds are converted to minutes, hours or days.
    title : str
        Title above the map.
    projection : {"flat", "faces", "north", "south"}
        Equirectangular with north up; both hemispheres in orthographic projection; or the area around a pole in
        stereographic projection. A flat or polar map of a region shows no more than is around it.
    reverse : bool
        Whether small values are bright.
    marks : sequence of (latitude, longitude, name)
        Places to mark, in degrees.
    note : str
        Small print below the map.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    Figure
        The whole figure: axes and color bar.

    Examples
    --------
    >>> from sim.visibility.coverage.grid import equal_area
    >>> moon = equal_area("moon", 30.0)
    >>> figure = coverage_map(moon, moon.latitude_deg, "latitude", "deg")
    >>> len(figure.axes)
    2
    """
    shown, unit = _suited(values, unit)
    made, palette = figure(11.0, _TALL.get(projection, 6.1), theme), PALETTES[theme]
    ink, words = palette["ink"], {"fontfamily": fonts()}
    scale = (_colors(reverse, theme), _norm(shown))
    axes = list(made.subplots(1, 2)) if projection == "faces" else [made.add_subplot()]
    if projection == "flat":
        image: ScalarMappable = _flat(axes[0], grid, shown, scale, theme)
    elif projection == "faces":
        for ax, center, name in zip(axes, (0.0, 180.0), FACES.get(grid.carrier.name, FACES["earth"]), strict=True):
            image = _face(ax, grid, shown, center, scale, theme)
            ax.set_title(name, fontsize=11, color=ink)
    else:
        image = polar(axes[0], grid, _raster, shown, projection, scale, theme)
    if not grid.step_deg:
        marks = [*marks, *zip(grid.latitude_deg.tolist(), grid.longitude_deg.tolist(), _point_names(grid), strict=True)]
    bar = made.colorbar(image, ax=axes, location="bottom", shrink=0.62, aspect=42, pad=0.03)
    bar.set_label(f"{label} ({unit})" if unit else label, color=ink, fontsize=10.5)
    bar.ax.tick_params(colors=ink)
    bar.outline.set_visible(False)
    if np.isnan(shown).any():
        bar.ax.text(1.03, 0.5, "■", transform=bar.ax.transAxes, color=NO_VALUE[theme], va="center", fontsize=14)
        bar.ax.text(1.06, 0.5, "no value", transform=bar.ax.transAxes, color=ink, va="center", fontsize=9)
    if title:
        made.suptitle(short_label(title, 100), x=0.01, ha="left", fontsize=13, fontweight="bold", color=ink, **words)
    if note:
        made.supxlabel(_lines(note), x=0.01, ha="left", fontsize=8, color=palette["faint"], **words)
    for ax, about in zip(axes, (0.0, 180.0) if projection == "faces" else (0.0,), strict=True):
        places = _placed(marks, projection, about, ax)
        if not grid.step_deg:
            _dots(ax, grid, shown, places, scale, theme)
        _mark_all(ax, places, theme, 5 if grid.step_deg else 0)
    return made


def _lines(note: str, wide: int = 165, most: int = 3) -> str:
    """Wrap small print to at most a number of lines."""
    lines = textwrap.wrap(" ".join(note.split()), wide)
    return "\n".join(short_label(line, wide) for line in (*lines[: most - 1], " ".join(lines[most - 1 :])) if line)


def _suited(values: Array, unit: str) -> tuple[Array, str]:
    """Convert seconds to days, hours or minutes, depending on the largest value."""
    if unit == "s":
        largest = np.nanmax(values) if np.isfinite(values).any() else 0.0
        for least, seconds, name in _UNITS:
            if largest >= least:
                return values / seconds, name
    return values, unit


def _norm(values: Array) -> Normalize:
    from matplotlib.colors import Normalize

    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if low < 0.25 * high:
        low = 0.0
    return Normalize(low, high if high > low else low + 1.0)


def _colors(reverse: bool, theme: Theme) -> Colormap:
    from matplotlib import colormaps

    return colormaps[f"{COLORMAP}_r" if reverse else COLORMAP].with_extremes(bad=NO_VALUE[theme])


def _flat(ax: Axes, grid: Grid, values: Array, scale: tuple[Colormap, Normalize], theme: Theme) -> AxesImage:
    west, wide, low, high = _window(grid)
    across = max(1440, round(1440 * 360.0 / wide / 4))
    north = high - (np.arange(across // 2) + 0.5) * (high - low) / (across // 2)
    east = west + (np.arange(across) + 0.5) * wide / across
    latitude, longitude = np.meshgrid(north, east, indexing="ij")
    image = ax.imshow(
        _raster(grid, values, latitude, (longitude + 180.0) % 360.0 - 180.0), extent=(west, west + wide, low, high),
        interpolation="nearest", cmap=scale[0], norm=scale[1],
    )  # fmt: skip
    if grid.region is None:
        ax.set_xticks(range(-180, 181, 60))
        ax.set_yticks(range(-90, 91, 30))
    else:
        middle = np.deg2rad(np.clip(0.5 * (low + high), -80.0, 80.0))
        ax.set_aspect(float(1.0 / np.cos(middle)) if wide < 180.0 else "auto")
    ax.xaxis.set_major_formatter(lambda x, _: _degrees(x if abs(x) <= 180.0 else (x + 180.0) % 360.0 - 180.0, "W", "E"))
    ax.yaxis.set_major_formatter(lambda y, _: _degrees(y, "S", "N"))
    ax.tick_params(colors=PALETTES[theme]["faint"], labelsize=9)
    ax.grid(color="white", alpha=0.28, linewidth=0.6)
    for side in ax.spines.values():
        side.set_visible(False)
    return image


def _window(grid: Grid) -> tuple[float, float, float, float]:
    """What a flat map shows: its western edge, its width, and its latitudes, in degrees."""
    if grid.region is None:
        return -180.0, 360.0, -90.0, 90.0
    low, high, west, wide = grid.region.bounds
    extra = 0.04 * max(wide if wide < 360.0 else 0.0, high - low)
    if wide + 2.0 * extra >= 360.0:
        return -180.0, 360.0, max(low - extra, -90.0), min(high + extra, 90.0)
    return west - extra, wide + 2.0 * extra, max(low - extra, -90.0), min(high + extra, 90.0)


def _face(
    ax: Axes, grid: Grid, values: Array, center_deg: float, scale: tuple[Colormap, Normalize], theme: Theme
) -> AxesImage:
    x, y = np.meshgrid(np.linspace(-1, 1, 900), np.linspace(1, -1, 900))
    with np.errstate(invalid="ignore"):
        depth = np.sqrt(1.0 - x * x - y * y)
    inside = np.isfinite(depth)
    latitude = np.rad2deg(np.arcsin(np.where(inside, y, 0.0)))
    longitude = center_deg + np.rad2deg(np.arctan2(x, np.where(inside, depth, 1.0)))
    cells = _raster(grid, values, latitude, (longitude + 180.0) % 360.0 - 180.0)
    image = ax.imshow(
        np.ma.masked_array(cells, False), extent=(-1, 1, -1, 1), interpolation="nearest", cmap=scale[0], norm=scale[1]
    )
    from matplotlib.patches import Circle

    faint = PALETTES[theme]["faint"]
    rim = Circle((0, 0), 0.998, transform=ax.transData, facecolor="none", edgecolor=faint, linewidth=0.8)
    ax.add_patch(rim)
    clip(image, rim)
    turn = np.deg2rad(np.linspace(-90, 90, 91))
    for north in np.deg2rad(np.arange(-60, 61, 30)):
        ax.plot(np.cos(north) * np.sin(turn), np.full(91, np.sin(north)), color="white", alpha=0.28, linewidth=0.6)
    for east in np.deg2rad(np.arange(-60, 61, 30)):
        ax.plot(np.cos(turn) * np.sin(east), np.sin(turn), color="white", alpha=0.28, linewidth=0.6)
    ax.set_xlim(-1.02, 1.02)
    ax.set_ylim(-1.02, 1.02)
    ax.set_aspect("equal")
    ax.set_axis_off()
    return image


def _raster(grid: Grid, values: Array, latitude: Array, longitude: Array) -> Array:
    """The value of the cell around each place; NaN where there is no cell."""
    cells = grid.cell(latitude, longitude)
    raster: Array = np.where(cells >= 0, values[cells], np.nan)
    return raster


def _placed(marks: Sequence[Mark], projection: Projection, center_deg: float, ax: Axes) -> list[Placed]:
    """Marks in the coordinates of a map, those that it shows."""
    if projection == "flat":
        (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()
        flat = [((east - left) % 360.0 + left, north, name) for north, east, name in marks]
        return [(x, y, name) for x, y, name in flat if x <= right and low <= y <= high]
    if projection == "faces":
        turned = [(np.deg2rad(north), np.deg2rad(east - center_deg), name) for north, east, name in marks]
        return [(np.cos(n) * np.sin(e), np.sin(n), name) for n, e, name in turned if np.cos(n) * np.cos(e) > 0.0]
    return polar_places(marks, projection, ax)


def _point_names(grid: Grid) -> tuple[str, ...]:
    return grid.names or tuple(str(number) for number in range(1, len(grid) + 1))


def _dots(
    ax: Axes, grid: Grid, values: Array, places: list[Placed], scale: tuple[Colormap, Normalize], theme: Theme
) -> None:
    """Single points as discs in the color of their value."""
    value = dict(zip(_point_names(grid), values.tolist(), strict=True))
    for x, y, name in places:
        if name in value:
            known = np.isfinite(value[name])
            color = scale[0](scale[1](value[name])) if known else NO_VALUE[theme]
            ax.plot([x], [y], "o", markersize=11, color=color, markeredgecolor=PALETTES[theme]["ink"], zorder=5,
                    clip_on=False)  # fmt: skip


def _mark_all(ax: Axes, places: list[Placed], theme: Theme, size: float) -> None:
    palette = PALETTES[theme]
    for x, y, _ in places:
        ax.plot([x], [y], marker="o", markersize=size, color=palette["mark"], markeredgecolor=palette["paper"],
                markeredgewidth=0.9 if size else 0.0, zorder=4)  # fmt: skip
    add_labels(ax, [(x, y, short_label(name)) for x, y, name in places], theme, 9.0)


def _degrees(value: float, negative: str, positive: str) -> str:
    return f"{abs(value):g}°{positive if value > 0 else negative if value < 0 else ''}"
