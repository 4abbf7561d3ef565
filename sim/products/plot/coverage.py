"""A number for every point of a surface, as a map: flat, or two faces of the globe."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.fonts import fonts
from sim.products.plot.style import DRESSES, Theme, figure, labelled, said
from sim.visibility.coverage.grid import Grid

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Mark = tuple[float, float, str]
"""Latitude and longitude in degrees, and a name."""

SERVED = "cividis"
"""Evenly brighter to every eye and in grey. Source: Nuñez et al. (2018), doi:10.1371/journal.pone.0199239."""

NEVER: dict[Theme, str] = {"light": "#d9d4cf", "dark": "#565c66"}
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
    theme: Theme = "light",
) -> Any:
    """Draw values (n,) of a grid's points, each over its own cell; returns the figure.

    label, unit : of the color bar; seconds are shown in the unit that suits them
    projection  : flat (equirectangular, north up) or faces (both sides of the globe as seen from afar)
    reverse     : whether small values are bright
    marks       : places to point out
    note        : small print below

    Cells without a number are grey.
    """
    shown, unit = _suited(values, unit)
    made, dress = figure(11.0, 6.1 if projection == "flat" else 6.3, theme), DRESSES[theme]
    ink, words = dress["ink"], {"fontfamily": fonts()}
    style: dict[str, Any] = {"cmap": _colors(reverse, theme), "norm": _norm(shown)}
    if projection == "flat":
        axes = [made.add_subplot()]
        image = _flat(axes[0], grid, shown, style, theme)
    else:
        axes = list(made.subplots(1, 2))
        for ax, center, name in zip(axes, (0.0, 180.0), FACES.get(grid.carrier.name, ("", "")), strict=True):
            image = _face(ax, grid, shown, center, style, theme)
            ax.set_title(name, fontsize=11, color=ink)
    bar = made.colorbar(image, ax=axes, location="bottom", shrink=0.62, aspect=42, pad=0.03)
    bar.set_label(f"{label} ({unit})" if unit else label, color=ink, fontsize=10.5)
    bar.ax.tick_params(colors=ink)
    bar.outline.set_visible(False)
    if np.isnan(shown).any():
        bar.ax.text(1.03, 0.5, "■", transform=bar.ax.transAxes, color=NEVER[theme], va="center", fontsize=14)
        bar.ax.text(1.06, 0.5, "no value", transform=bar.ax.transAxes, color=ink, va="center", fontsize=9)
    if title:
        made.suptitle(said(title, 100), x=0.01, ha="left", fontsize=13, fontweight="bold", color=ink, **words)
    if note:
        made.supxlabel(_lines(note), x=0.01, ha="left", fontsize=8, color=dress["faint"], **words)
    centers: tuple[float | None, ...] = (None,) if projection == "flat" else (0.0, 180.0)
    for ax, about in zip(axes, centers, strict=True):
        _mark_all(ax, _placed(marks, about), theme)
    return made


def _lines(note: str, wide: int = 165, most: int = 3) -> str:
    """Small print on so many lines at the most."""
    lines = textwrap.wrap(" ".join(note.split()), wide)
    return "\n".join(said(line, wide) for line in (*lines[: most - 1], " ".join(lines[most - 1 :])) if line)


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


def _colors(reverse: bool, theme: Theme) -> Any:
    from matplotlib import colormaps

    return colormaps[f"{SERVED}_r" if reverse else SERVED].with_extremes(bad=NEVER[theme])


def _flat(ax: Any, grid: Grid, values: Array, style: dict[str, Any], theme: Theme) -> Any:
    north, east = 90.0 - (np.arange(720) + 0.5) / 4, (np.arange(1440) + 0.5) / 4 - 180.0
    latitude, longitude = np.meshgrid(north, east, indexing="ij")
    image = ax.imshow(
        _raster(grid, values, latitude, longitude), extent=(-180, 180, -90, 90), interpolation="nearest", **style
    )
    ax.set_xticks(range(-180, 181, 60))
    ax.set_yticks(range(-90, 91, 30))
    ax.xaxis.set_major_formatter(lambda x, _: _degrees(x, "W", "E"))
    ax.yaxis.set_major_formatter(lambda y, _: _degrees(y, "S", "N"))
    ax.tick_params(colors=DRESSES[theme]["faint"], labelsize=9)
    ax.grid(color="white", alpha=0.28, linewidth=0.6)
    for side in ax.spines.values():
        side.set_visible(False)
    return image


def _face(ax: Any, grid: Grid, values: Array, center_deg: float, style: dict[str, Any], theme: Theme) -> Any:
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

    faint = DRESSES[theme]["faint"]
    rim = Circle((0, 0), 0.998, transform=ax.transData, facecolor="none", edgecolor=faint, linewidth=0.8)
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
    return image


def _raster(grid: Grid, values: Array, latitude: Array, longitude: Array) -> Array:
    """The value of the cell that holds each place; not a number where there is none."""
    cells = grid.cell(latitude, longitude)
    raster: Array = np.where(cells >= 0, values[cells], np.nan)
    return raster


def _placed(marks: Sequence[Mark], center_deg: float | None) -> list[tuple[float, float, str]]:
    """Marks on the flat map, or those on the face about a longitude."""
    if center_deg is None:
        return [((east + 180.0) % 360.0 - 180.0, north, name) for north, east, name in marks]
    turned = [(np.deg2rad(north), np.deg2rad(east - center_deg), name) for north, east, name in marks]
    return [(np.cos(n) * np.sin(e), np.sin(n), name) for n, e, name in turned if np.cos(n) * np.cos(e) > 0.0]


def _mark_all(ax: Any, places: list[tuple[float, float, str]], theme: Theme) -> None:
    dress = DRESSES[theme]
    for x, y, _ in places:
        ax.plot([x], [y], marker="o", markersize=5, color=dress["mark"], markeredgecolor=dress["paper"],
                markeredgewidth=0.9, zorder=5)  # fmt: skip
    labelled(ax, [(x, y, said(name)) for x, y, name in places], theme, 9.0)


def _degrees(value: float, negative: str, positive: str) -> str:
    return f"{abs(value):g}°{positive if value > 0 else negative if value < 0 else ''}"
