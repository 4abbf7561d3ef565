"""A number for every point of a surface, as a map: flat, or two faces of the globe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.grid import Grid
from sim.plot.style import LIGHT

INK, FAINT, MARK = LIGHT["ink"], LIGHT["faint"], LIGHT["mark"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mark = tuple[float, float, str]
"""Latitude and longitude in degrees, and a name."""

SERVED = "cividis"
"""Evenly brighter to every eye and in grey. Source: Nuñez et al. (2018), doi:10.1371/journal.pone.0199239."""

NEVER = "#d9d4cf"
"""For points without a number: neither in the scale nor in its grey."""

FACES: dict[str, tuple[str, str]] = {"moon": ("near side", "far side"), "earth": ("around 0°", "around 180°")}

_UNITS = ((172_800.0, 86400.0, "days"), (7200.0, 3600.0, "h"), (120.0, 60.0, "min"))


def coverage_map(
    grid: Grid,
    values: Array,
    label: str = "",
    unit: str = "",
    title: str = "",
    *,
    projection: Literal["flat", "faces"] = "flat",
    reverse: bool = False,
    marks: Sequence[Mark] = (),
    note: str = "",
) -> Any:
    """Draw values (n,) of a grid's points, each over its own cell; returns the figure.

    label, unit : of the color bar; seconds are shown in the unit that suits them
    projection  : flat (equirectangular, north up) or faces (both sides of the globe as seen from afar)
    reverse     : whether small values are bright
    marks       : places to point out
    note        : small print below

    Cells without a number are grey.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown, unit = _suited(values, unit)
    size = (11.0, 6.1) if projection == "flat" else (11.0, 6.3)
    figure = Figure(figsize=size, dpi=130, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    style: dict[str, Any] = {"cmap": _colors(reverse), "norm": _norm(shown)}
    if projection == "flat":
        axes = [figure.add_subplot()]
        image = _flat(axes[0], grid, shown, style, marks)
    else:
        axes = list(figure.subplots(1, 2))
        for ax, center, name in zip(axes, (0.0, 180.0), FACES.get(grid.carrier.name, ("", "")), strict=True):
            image = _face(ax, grid, shown, center, style, marks)
            ax.set_title(name, fontsize=11, color=INK)
    bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.62, aspect=42, pad=0.03)
    bar.set_label(f"{label} ({unit})" if unit else label, color=INK, fontsize=10.5)
    bar.outline.set_visible(False)
    if np.isnan(shown).any():
        bar.ax.text(1.03, 0.5, "■", transform=bar.ax.transAxes, color=NEVER, va="center", fontsize=14)
        bar.ax.text(1.06, 0.5, "no value", transform=bar.ax.transAxes, color=INK, va="center", fontsize=9)
    if title:
        figure.suptitle(title, x=0.01, ha="left", fontsize=13, fontweight="bold", color=INK)
    if note:
        figure.supxlabel(note, x=0.01, ha="left", fontsize=8, color=FAINT)
    return figure


def _suited(values: Array, unit: str) -> tuple[Array, str]:
    """Seconds in days, hours or minutes, by the largest."""
    if unit == "s":
        largest = np.nanmax(values) if np.isfinite(values).any() else 0.0
        for least, seconds, name in _UNITS:
            if largest >= least:
                return values / seconds, name
    return values, unit


def _norm(values: Array) -> Any:
    from matplotlib.colors import Normalize

    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if low < 0.25 * high:
        low = 0.0
    return Normalize(low, high if high > low else low + 1.0)


def _colors(reverse: bool) -> Any:
    from matplotlib import colormaps

    return colormaps[f"{SERVED}_r" if reverse else SERVED].with_extremes(bad=NEVER)


def _flat(ax: Any, grid: Grid, values: Array, style: dict[str, Any], marks: Sequence[Mark]) -> Any:
    north, east = 90.0 - (np.arange(720) + 0.5) / 4, (np.arange(1440) + 0.5) / 4 - 180.0
    latitude, longitude = np.meshgrid(north, east, indexing="ij")
    image = ax.imshow(
        _raster(grid, values, latitude, longitude), extent=(-180, 180, -90, 90), interpolation="nearest", **style
    )
    ax.set_xticks(range(-180, 181, 60))
    ax.set_yticks(range(-90, 91, 30))
    ax.xaxis.set_major_formatter(lambda x, _: _degrees(x, "W", "E"))
    ax.yaxis.set_major_formatter(lambda y, _: _degrees(y, "S", "N"))
    ax.tick_params(colors=FAINT, labelsize=9)
    ax.grid(color="white", alpha=0.28, linewidth=0.6)
    for side in ax.spines.values():
        side.set_visible(False)
    _mark_all(ax, [((e + 180.0) % 360.0 - 180.0, n, name) for n, e, name in marks], 130.0, (30.0, 6.0))
    return image


def _face(ax: Any, grid: Grid, values: Array, center_deg: float, style: dict[str, Any], marks: Sequence[Mark]) -> Any:
    x, y = np.meshgrid(np.linspace(-1, 1, 900), np.linspace(1, -1, 900))
    with np.errstate(invalid="ignore"):
        depth = np.sqrt(1.0 - x * x - y * y)
    inside = np.isfinite(depth)
    latitude = np.rad2deg(np.arcsin(np.where(inside, y, 0.0)))
    longitude = center_deg + np.rad2deg(np.arctan2(x, np.where(inside, depth, 1.0)))
    cells = _raster(grid, values, latitude, (longitude + 180.0) % 360.0 - 180.0)
    image = ax.imshow(
        np.ma.masked_array(cells, False), extent=(-1, 1, -1, 1), interpolation="nearest", **style
    )
    from matplotlib.patches import Circle

    rim = Circle((0, 0), 0.998, transform=ax.transData, facecolor="none", edgecolor=FAINT, linewidth=0.8)
    ax.add_patch(rim)
    image.set_clip_path(rim)
    turn = np.deg2rad(np.linspace(-90, 90, 91))
    for north in np.deg2rad(np.arange(-60, 61, 30)):
        ax.plot(np.cos(north) * np.sin(turn), np.full(91, np.sin(north)), color="white", alpha=0.28, linewidth=0.6)
    for east in np.deg2rad(np.arange(-60, 61, 30)):
        ax.plot(np.cos(turn) * np.sin(east), np.sin(turn), color="white", alpha=0.28, linewidth=0.6)
    ax.set_xlim(-1.02, 1.02)
    ax.set_ylim(-1.02, 1.02)
    ax.set_aspect("equal")
    ax.set_axis_off()
    places = [(np.deg2rad(n), np.deg2rad(e - center_deg), name) for n, e, name in marks]
    seen = [(np.cos(n) * np.sin(e), np.sin(n), name) for n, e, name in places if np.cos(n) * np.cos(e) > 0.0]
    _mark_all(ax, seen, 0.55, (0.35, 0.07))
    return image


def _raster(grid: Grid, values: Array, latitude: Array, longitude: Array) -> Array:
    """The value of the cell that holds each place; not a number where there is none."""
    cells = grid.cell(latitude, longitude)
    raster: Array = np.where(cells >= 0, values[cells], np.nan)
    return raster


def _mark_all(ax: Any, places: list[tuple[float, float, str]], far_right: float, near: tuple[float, float]) -> None:
    """Marks with their names to the right; to the left near the edge, and where a name would cover another mark."""
    for x, y, name in places:
        covered = any(0.0 < other - x < near[0] and abs(up - y) < near[1] for other, up, _ in places)
        _mark(ax, x, y, name, x > far_right or covered)


def _mark(ax: Any, x: float, y: float, name: str, left: bool) -> None:
    from matplotlib.patheffects import withStroke

    side, away = ("right", -6) if left else ("left", 6)
    edge = [withStroke(linewidth=1.8, foreground="white")]
    ax.plot([x], [y], marker="o", markersize=5, color=MARK, markeredgecolor="white", markeredgewidth=0.9, zorder=5)
    ax.annotate(name, (x, y), xytext=(away, 0), textcoords="offset points", ha=side, va="center", fontsize=9,
                color=INK, path_effects=edge, zorder=6)  # fmt: skip


def _degrees(value: float, negative: str, positive: str) -> str:
    return f"{abs(value):g}°{positive if value > 0 else negative if value < 0 else ''}"
