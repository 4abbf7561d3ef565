"""Maps of the Moon: near side, far side and poles, with named features, landing sites, ground tracks and night."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.time import instant
from sim.core.values import OneTime
from sim.products.plot.globe import Place, Track, circle, disc, inverse_disc, names_of, sunlight
from sim.products.plot.style import (
    PALETTES,
    Palette,
    Theme,
    add_labels,
    add_title,
    apply_theme,
    clip,
    day_and_time,
    figure,
    hue,
    lay_out,
    legend,
    legend_entries,
    line_style,
    night_patch,
    short_label,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.patches import Circle, Patch

Array = NDArray[np.float64]
View = Literal["near", "far", "north", "south"]
Points = list[tuple[float, float, str]]

VIEWS: dict[View, tuple[str, tuple[float, float], float]] = {
    "near": ("near side, centered on 0° E", (0.0, 0.0), 90.0),
    "far": ("far side, centered on 180° E", (0.0, 180.0), 90.0),
    "north": ("north pole, 0° E at the bottom", (90.0, 0.0), 30.0),
    "south": ("south pole, 0° E at the top", (-90.0, 0.0), 30.0),
}
"""Title of each view, its center (latitude, longitude; deg) and its angular radius (deg)."""

RADIUS_KM = 1737.4
"""Radius of the reference sphere of lunar maps. Source: IAU WGCCRE 2015."""

WIDEST_KM = 1200.0
"""Larger features get a name but no circle, because they are not round."""


def moon_map(view: View = "near", sites: Sequence[Place] = (), tracks: Sequence[Track] = (),
             sun: tuple[float, float] | None = None, when: OneTime | None = None, features: bool = True,
             title: str = "", theme: Theme = "light", note: str = "", ax: Axes | None = None) -> Axes:  # fmt: skip
    """Draw one view of the Moon.

    Parameters
    ----------
    view : {"near", "far", "north", "south"}
        Side or pole to show.
    sites : sequence of Place
        Landing sites, in the mean-Earth frame. Earlier ones are labeled first where space is short.
    tracks : sequence of Track
        Ground tracks of spacecraft, in the mean-Earth frame.
    sun : (float, float), optional
        Latitude and longitude (deg) of the subsolar point. The night is shaded.
    when : time, optional
        Time of the subsolar point, as any type that `tdb` accepts. It is printed.
    features : bool
        Whether to draw named craters and maria, as circles of their IAU diameters.
    title : str
        Title above the map.
    theme : {"light", "dark"}
        Colors.
    note : str
        Further lines below the title.
    ax : Axes, optional
        Axes to draw on. A new figure by default.

    Returns
    -------
    Axes
        The axes of the map.

    Notes
    -----
    Lambert azimuthal equal-area projection with north up and east right. In the polar views 0° E faces the Earth.

    Examples
    --------
    >>> ax = moon_map("far", [Place("Chang'e 4", -45.4562, 177.5886)], sun=(1.5, 30.0), features=False)
    >>> ax.get_aspect()
    1.0
    """
    if ax is None:
        ax = figure(8.0, 8.4, theme).add_subplot()
        moon_legend(ax, sites, tracks, sun is not None, theme)
    spots, points = _view(ax, view, sites, tracks, sun, when, features, title, theme, note)
    _names(ax, spots, points, theme, False)
    return ax


def _view(ax: Axes, view: View, sites: Sequence[Place], tracks: Sequence[Track], sun: tuple[float, float] | None,
          when: OneTime | None, features: bool, title: str, theme: Theme,
          note: str) -> tuple[Points, Points]:  # fmt: skip
    """Draw a view without labels; returns the labels of sites and of features with their positions."""
    palette = apply_theme(ax, theme)
    words, center, reach = VIEWS[view]
    edge = 2.0 * np.sin(np.deg2rad(reach) / 2.0)
    rim = _frame(ax, edge, palette)
    points: Points = []
    if features:
        points = _features(ax, center, reach, rim, palette)
    _grid(ax, view, center, reach, rim, palette)
    if sun is not None:
        _night(ax, center, edge, sun, rim, palette)
    names = names_of(tracks)
    for track in tracks:
        _track(ax, track, center, reach, hue(names.index(track.label), theme))
    spots = _sites(ax, sites, center, reach, palette)
    label = f"{words} · mean-Earth frame"
    if when is not None and sun is not None:
        label += f" · night at {day_and_time(instant(when))} UTC"
    if features and title != " ":
        label += "\ncircles show IAU diameters, not outlines"
    place = ax.get_subplotspec()
    across = place.get_gridspec().ncols if place is not None else 1
    add_title(ax, title, theme, "\n".join(filter(None, (label, note))), across)
    return spots, points


def _names(ax: Axes, spots: Points, points: Points, theme: Theme, laid_out: bool) -> None:
    add_labels(ax, spots, theme, 8.5, laid_out=laid_out, weight="bold")
    add_labels(ax, points, theme, 7.0, PALETTES[theme]["faint"], laid_out=laid_out or bool(spots), centered=True)


def moon_maps(views: Sequence[View] = ("near", "far"), sites: Sequence[Place] = (), tracks: Sequence[Track] = (),
              sun: tuple[float, float] | None = None, when: OneTime | None = None, features: bool = True,
              title: str = "", theme: Theme = "light", note: str = "") -> list[Axes]:  # fmt: skip
    """Draw several views of the Moon in one figure.

    Parameters
    ----------
    views : sequence of {"near", "far", "north", "south"}
        Sides or poles to show, two per row.
    sites, tracks, sun, when, features, title, theme, note
        As for `moon_map`.

    Returns
    -------
    list of Axes
        The axes of the maps, in the order of the views.

    Examples
    --------
    >>> near, far = moon_maps(("near", "far"), features=False)
    """
    columns = 1 if len(views) == 1 else 2
    rows = -(-len(views) // columns)
    made = figure(6.6 * columns, 6.9 * rows + 0.5, theme)
    grid = made.subplots(rows, columns, squeeze=False).ravel()
    for spare in grid[len(views) :]:
        spare.set_axis_off()
    moon_legend(grid[0], sites, tracks, sun is not None, theme)
    axes = list(grid[: len(views)])
    named = [_view(ax, view, sites, tracks, sun, when, features, title if ax is grid[0] else " ", theme,
                   note if ax is grid[0] else "")
             for view, ax in zip(views, axes, strict=True)]  # fmt: skip
    lay_out(made)
    for ax, (spots, points) in zip(axes, named, strict=True):
        _names(ax, spots, points, theme, True)
    return axes


def moon_legend(ax: Axes, sites: Sequence[Place], tracks: Sequence[Track], night: bool, theme: Theme) -> None:
    """Add the legend below the figure."""
    from matplotlib.lines import Line2D

    palette = PALETTES[theme]
    shown: list[Artist] = []
    if sites:
        shown.append(Line2D([], [], color=palette["mark"], marker="^", linestyle="", label="site"))
    shown += legend_entries([(track.label, track.basis) for track in tracks], theme, "ground track")
    if night:
        shown.append(night_patch(palette, 0.45))
    legend(ax, shown, theme)


@lru_cache(maxsize=1)
def moon_features() -> tuple[tuple[str, str, float, float, float], ...]:
    """Name, kind, latitude and longitude (deg), and diameter (km), largest first.

    Source: Gazetteer of Planetary Nomenclature (IAU, USGS); see sim/data/README.md.
    """
    lines = files("sim.data").joinpath("moon_features.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if line and not line.startswith("#")][1:]
    return tuple((name, kind, float(a), float(o), float(d)) for name, kind, a, o, d in rows)


def _frame(ax: Axes, edge: float, palette: Palette) -> Circle:
    from matplotlib.patches import Circle

    ax.set_aspect("equal")
    ax.set_xlim(-1.05 * edge, 1.05 * edge)
    ax.set_ylim(-1.05 * edge, 1.05 * edge)
    ax.set_axis_off()
    rim = Circle((0, 0), edge, facecolor=palette["land"], edgecolor=palette["edge"], linewidth=1.2, zorder=0.1)
    ax.add_patch(rim)
    return rim


def _features(ax: Axes, center: tuple[float, float], reach: float, rim: Patch,
              palette: Palette) -> list[tuple[float, float, str]]:  # fmt: skip
    from matplotlib.patches import Polygon

    points = []
    for name, kind, latitude, longitude, diameter in moon_features():
        x, y, away = disc(latitude, longitude, center)
        radius = np.rad2deg(diameter / 2.0 / RADIUS_KM)
        if away - radius > reach:
            continue
        if diameter < WIDEST_KM:
            ring = disc(*circle((latitude, longitude), radius), center)
            look: dict[str, Any] = {"facecolor": palette["sea"], "alpha": 0.75, "linewidth": 0} if kind == "mare" else {
                "facecolor": "none", "edgecolor": palette["edge"], "linewidth": 0.7}  # fmt: skip
            patch = Polygon(np.column_stack(ring[:2]), closed=True, zorder=0.3 if kind == "mare" else 0.5, **look)
            clip(ax.add_artist(patch), rim)  # `add_patch` would look for its limits too, which the axes have
        if away < 0.95 * reach:
            points.append((float(x), float(y), name))
    return points


def _grid(ax: Axes, view: View, center: tuple[float, float], reach: float, rim: Patch, palette: Palette) -> None:
    polar = view in ("north", "south")
    step = 10 if polar else 30
    look: dict[str, Any] = {"color": palette["edge"], "linewidth": 0.45, "alpha": 0.7, "zorder": 0.7}
    line = np.linspace(-90.0, 90.0, 181)
    for turn in range(-180, 180, 30):
        x, y, away = disc(line, np.full_like(line, turn), center)
        clip(ax.plot(np.where(away <= reach + 0.6, x, np.nan), y, **look)[0], rim)
    around = np.linspace(-180.0, 180.0, 361)
    for level in range(-90 + step, 90, step):
        x, y, away = disc(np.full_like(around, level), around, center)
        clip(ax.plot(np.where(away <= reach + 0.6, x, np.nan), y, **look)[0], rim)
    sign = 1 if view == "north" else -1
    marks: list[tuple[float, float, str]]
    if polar:
        marks = [(sign * lat, 45.0, f"{lat}° {'N' if sign > 0 else 'S'}") for lat in (70, 80)]
    else:
        marks = [(lat, center[1], f"{abs(lat)}° {'N' if lat > 0 else 'S'}") for lat in (-60, -30, 30, 60)]
        marks += [(0.0, center[1] + d, _east(center[1] + d)) for d in (-60, -30, 0, 30, 60)]
    for latitude, longitude, words in marks:
        x, y, _ = disc(latitude, longitude, center)
        ax.text(float(x), float(y), words, fontsize=6.5, color=palette["faint"], ha="center", va="center", zorder=0.8)
    if polar:
        for turn in range(0, 360, 45):
            x, y, _ = disc(sign * (90.0 - reach), turn, center)
            ax.text(1.045 * float(x), 1.045 * float(y), _east(turn), fontsize=6.5, color=palette["faint"],
                    ha="center", va="center")  # fmt: skip


def _east(longitude: float) -> str:
    east = (longitude + 180.0) % 360.0 - 180.0
    return "0°" if east == 0 else "180°" if east == -180 else f"{abs(east):g}° {'E' if east > 0 else 'W'}"


def _night(ax: Axes, center: tuple[float, float], edge: float, sun: tuple[float, float], rim: Patch,
           palette: Palette) -> None:  # fmt: skip
    x, y = np.meshgrid(np.linspace(-edge, edge, 241), np.linspace(-edge, edge, 241))
    light = sunlight(*inverse_disc(x, y, center), sun)
    dark = ax.contourf(x, y, light, levels=[-2.0, 0.0], colors=[palette["night"]], alpha=0.45, zorder=1.0)
    clip(dark, rim)
    if light.min() < 0.0 < light.max():
        clip(ax.contour(x, y, light, levels=[0.0], colors=[palette["ink"]], linewidths=0.7, zorder=1.1), rim)


def _track(ax: Axes, track: Track, center: tuple[float, float], reach: float, color: str) -> None:
    x, y, away = disc(track.latitude_deg, track.longitude_deg, center)
    x = np.where(away <= reach, x, np.nan)
    width = 1.5 if len(x) < 20_000 else 0.7
    ax.plot(x, y, color=color, linestyle=line_style(track.basis), linewidth=width, zorder=2)
    if len(x) and np.isfinite(x[0]):
        ax.plot(x[:1], y[:1], "o", markersize=6, markerfacecolor="none", markeredgecolor=color, zorder=3)


def _sites(ax: Axes, sites: Sequence[Place], center: tuple[float, float], reach: float,
           palette: Palette) -> list[tuple[float, float, str]]:  # fmt: skip
    spots = []
    for site in sites:
        x, y, away = disc(site.latitude_deg, site.longitude_deg, center)
        if away <= reach:
            ax.plot(float(x), float(y), "^", color=palette["mark"], markersize=6.5, markeredgecolor=palette["paper"],
                    markeredgewidth=0.7, zorder=4)  # fmt: skip
            spots.append((float(x), float(y), short_label(site.label, 20)))
    return spots
