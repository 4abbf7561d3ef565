"""Maps of the Moon: near side, far side and the poles, with craters, maria, landing sites, ground tracks and night."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.globe import Place, Track, circle, disc, names_of, sunlight, undisc
from sim.products.plot.style import (
    DRESSES,
    Theme,
    day_and_time,
    dressed,
    entries,
    figure,
    hue,
    labelled,
    lay_out,
    legend,
    line_of,
    night_patch,
    said,
    titled,
)

Array = NDArray[np.float64]
View = Literal["near", "far", "north", "south"]
Points = list[tuple[float, float, str]]

VIEWS: dict[View, tuple[str, tuple[float, float], float]] = {
    "near": ("near side, center 0° E", (0.0, 0.0), 90.0),
    "far": ("far side, center 180° E", (0.0, 180.0), 90.0),
    "north": ("north pole, 0° E below", (90.0, 0.0), 30.0),
    "south": ("south pole, 0° E above", (-90.0, 0.0), 30.0),
}
"""What each view is called, its center (latitude, longitude; deg) and how far it reaches from there (deg)."""

RADIUS_KM = 1737.4
"""Of the sphere that lunar maps are drawn on. Source: IAU WGCCRE 2015."""

WIDEST_KM = 1200.0
"""What is wider has no circle drawn around it, only a name: it is no circle."""


def moon_map(view: View = "near", sites: Sequence[Place] = (), tracks: Sequence[Track] = (),
             sun: tuple[float, float] | None = None, when: Any = None, features: bool = True,
             title: str = "", theme: Theme = "light", note: str = "", ax: Any = None) -> Any:  # fmt: skip
    """Draw one view of the Moon; returns the axes.

    sites  : landing sites, in the mean-Earth frame; the first are named first where there is little room
    tracks : points below spacecraft; where the view ends, so do they
    sun    : latitude and longitude (deg) over which the Sun stands; the night beyond the terminator is shaded
    when   : the instant of that, anything that `tdb` takes, to be printed
    features : whether named craters and maria are drawn: circles of the IAU's diameters, not outlines
    note   : what else there is to say

    An equal-area map, north up and east right as seen from above; at the poles 0° E points to the Earth.

    >>> ax = moon_map("far", [Place("Chang'e 4", -45.4562, 177.5886)], sun=(1.5, 30.0))
    """
    own = ax is None
    ax = figure(8.0, 8.4, theme).add_subplot() if own else ax
    if own:
        moon_legend(ax, sites, tracks, sun is not None, theme)
    spots, points = _view(ax, view, sites, tracks, sun, when, features, title, theme, note)
    _names(ax, spots, points, theme, False)
    return ax


def _view(ax: Any, view: View, sites: Sequence[Place], tracks: Sequence[Track], sun: tuple[float, float] | None,
          when: Any, features: bool, title: str, theme: Theme,
          note: str) -> tuple[Points, Points]:  # fmt: skip
    """Everything but the names; returns those of sites and of features, with their places."""
    dress = dressed(ax, theme)
    words, center, reach = VIEWS[view]
    edge = 2.0 * np.sin(np.deg2rad(reach) / 2.0)
    rim = _frame(ax, edge, dress)
    points: Points = []
    if features:
        points = _features(ax, center, reach, rim, dress)
    _grid(ax, view, center, reach, rim, dress)
    if sun is not None:
        _night(ax, center, edge, sun, rim, dress)
    names = names_of(tracks)
    for track in tracks:
        _track(ax, track, center, reach, hue(names.index(track.label), theme))
    spots = _sites(ax, sites, center, reach, dress)
    label = f"{words} · mean-Earth frame"
    if when is not None and sun is not None:
        label += f" · night at {day_and_time(when)} UTC"
    if features and title != " ":
        label += "\ncircles have the IAU's diameters: they are no outlines"
    place = ax.get_subplotspec()
    across = place.get_gridspec().ncols if place is not None else 1
    titled(ax, title, theme, "\n".join(filter(None, (label, note))), across)
    return spots, points


def _names(ax: Any, spots: Points, points: Points, theme: Theme, laid_out: bool) -> None:
    labelled(ax, spots, theme, 8.5, laid_out=laid_out, weight="bold")
    labelled(ax, points, theme, 7.0, DRESSES[theme]["faint"], laid_out=laid_out or bool(spots), centered=True)


def moon_maps(views: Sequence[View] = ("near", "far"), sites: Sequence[Place] = (), tracks: Sequence[Track] = (),
              sun: tuple[float, float] | None = None, when: Any = None, features: bool = True,
              title: str = "", theme: Theme = "light", note: str = "") -> list[Any]:  # fmt: skip
    """Draw several views beside and below each other; returns their axes. The arguments are those of `moon_map`.

    >>> near, far = moon_maps(("near", "far"), sites)
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


def moon_legend(ax: Any, sites: Sequence[Place], tracks: Sequence[Track], night: bool, theme: Theme) -> None:
    """What is what, below the figure."""
    from matplotlib.lines import Line2D

    dress = DRESSES[theme]
    shown: list[Any] = []
    if sites:
        shown.append(Line2D([], [], color=dress["mark"], marker="^", linestyle="", label="site"))
    shown += entries([(track.label, track.basis) for track in tracks], theme, "below ")
    if night:
        shown.append(night_patch(dress, 0.45))
    legend(ax, shown, theme)


@lru_cache(maxsize=1)
def moon_features() -> tuple[tuple[str, str, float, float, float], ...]:
    """Name, kind, latitude and longitude (deg), diameter (km), the largest first.

    Source: Gazetteer of Planetary Nomenclature (IAU, USGS); see sim/data/README.md.
    """
    lines = files("sim.data").joinpath("moon_features.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines if line and not line.startswith("#")][1:]
    return tuple((name, kind, float(a), float(o), float(d)) for name, kind, a, o, d in rows)


def _frame(ax: Any, edge: float, dress: dict[str, str]) -> Any:
    from matplotlib.patches import Circle

    ax.set_aspect("equal")
    ax.set_xlim(-1.05 * edge, 1.05 * edge)
    ax.set_ylim(-1.05 * edge, 1.05 * edge)
    ax.set_axis_off()
    rim = Circle((0, 0), edge, facecolor=dress["land"], edgecolor=dress["edge"], linewidth=1.2, zorder=0.1)
    ax.add_patch(rim)
    return rim


def _features(ax: Any, center: tuple[float, float], reach: float, rim: Any,
              dress: dict[str, str]) -> list[tuple[float, float, str]]:  # fmt: skip
    points = []
    for name, kind, latitude, longitude, diameter in moon_features():
        x, y, away = disc(latitude, longitude, center)
        radius = np.rad2deg(diameter / 2.0 / RADIUS_KM)
        if away - radius > reach:
            continue
        if diameter < WIDEST_KM:
            ring = disc(*circle((latitude, longitude), radius), center)
            look = {"facecolor": dress["sea"], "alpha": 0.75, "linewidth": 0} if kind == "mare" else {
                "facecolor": "none", "edgecolor": dress["edge"], "linewidth": 0.7}  # fmt: skip
            (patch,) = ax.fill(ring[0], ring[1], zorder=0.3 if kind == "mare" else 0.5, **look)
            patch.set_clip_path(rim)
        if away < 0.95 * reach:
            points.append((float(x), float(y), name))
    return points


def _grid(ax: Any, view: View, center: tuple[float, float], reach: float, rim: Any, dress: dict[str, str]) -> None:
    polar = view in ("north", "south")
    step = 10 if polar else 30
    look = {"color": dress["edge"], "linewidth": 0.45, "alpha": 0.7, "zorder": 0.7}
    line = np.linspace(-90.0, 90.0, 181)
    for turn in range(-180, 180, 30):
        x, y, away = disc(line, np.full_like(line, turn), center)
        ax.plot(np.where(away <= reach + 0.6, x, np.nan), y, **look)[0].set_clip_path(rim)
    around = np.linspace(-180.0, 180.0, 361)
    for level in range(-90 + step, 90, step):
        x, y, away = disc(np.full_like(around, level), around, center)
        ax.plot(np.where(away <= reach + 0.6, x, np.nan), y, **look)[0].set_clip_path(rim)
    sign = 1 if view == "north" else -1
    marks: list[tuple[float, float, str]]
    if polar:
        marks = [(sign * lat, 45.0, f"{lat}° {'N' if sign > 0 else 'S'}") for lat in (70, 80)]
    else:
        marks = [(lat, center[1], f"{abs(lat)}° {'N' if lat > 0 else 'S'}") for lat in (-60, -30, 30, 60)]
        marks += [(0.0, center[1] + d, _east(center[1] + d)) for d in (-60, -30, 0, 30, 60)]
    for latitude, longitude, words in marks:
        x, y, _ = disc(latitude, longitude, center)
        ax.text(float(x), float(y), words, fontsize=6.5, color=dress["faint"], ha="center", va="center", zorder=0.8)
    if polar:
        for turn in range(0, 360, 45):
            x, y, _ = disc(sign * (90.0 - reach), turn, center)
            ax.text(1.045 * float(x), 1.045 * float(y), _east(turn), fontsize=6.5, color=dress["faint"],
                    ha="center", va="center")  # fmt: skip


def _east(longitude: float) -> str:
    east = (longitude + 180.0) % 360.0 - 180.0
    return "0°" if east == 0 else "180°" if east == -180 else f"{abs(east):g}° {'E' if east > 0 else 'W'}"


def _night(ax: Any, center: tuple[float, float], edge: float, sun: tuple[float, float], rim: Any,
           dress: dict[str, str]) -> None:  # fmt: skip
    x, y = np.meshgrid(np.linspace(-edge, edge, 241), np.linspace(-edge, edge, 241))
    light = sunlight(*undisc(x, y, center), sun)
    dark = ax.contourf(x, y, light, levels=[-2.0, 0.0], colors=[dress["night"]], alpha=0.45, zorder=1.0)
    dark.set_clip_path(rim)
    if light.min() < 0.0 < light.max():
        ax.contour(x, y, light, levels=[0.0], colors=[dress["ink"]], linewidths=0.7, zorder=1.1).set_clip_path(rim)


def _track(ax: Any, track: Track, center: tuple[float, float], reach: float, color: str) -> None:
    x, y, away = disc(track.latitude_deg, track.longitude_deg, center)
    x = np.where(away <= reach, x, np.nan)
    width = 1.5 if len(x) < 20_000 else 0.7
    ax.plot(x, y, color=color, linestyle=line_of(track.basis), linewidth=width, zorder=2)
    if len(x) and np.isfinite(x[0]):
        ax.plot(x[:1], y[:1], "o", markersize=6, markerfacecolor="none", markeredgecolor=color, zorder=3)


def _sites(ax: Any, sites: Sequence[Place], center: tuple[float, float], reach: float,
           dress: dict[str, str]) -> list[tuple[float, float, str]]:  # fmt: skip
    spots = []
    for site in sites:
        x, y, away = disc(site.latitude_deg, site.longitude_deg, center)
        if away <= reach:
            ax.plot(float(x), float(y), "^", color=dress["mark"], markersize=6.5, markeredgecolor=dress["paper"],
                    markeredgewidth=0.7, zorder=4)  # fmt: skip
            spots.append((float(x), float(y), said(site.label, 20)))
    return spots
