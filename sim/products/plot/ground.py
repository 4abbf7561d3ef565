"""World map of ground tracks, stations and their visibility circles."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import instant
from sim.core.values import OneTime
from sim.products.plot.globe import Place, Track, circle, names_of, sunlight
from sim.products.plot.style import (
    PALETTES,
    Palette,
    Theme,
    add_labels,
    add_title,
    apply_theme,
    clock,
    day_and_time,
    figure,
    figure_of,
    hue,
    legend,
    legend_entries,
    line_style,
    night_patch,
    short_label,
    split_line,
)  # fmt: skip

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def ground_track(tracks: Sequence[Track], stations: Sequence[Place] = (), sun: tuple[float, float] | None = None,
                 when: OneTime | None = None, circles: str = "", title: str = "", theme: Theme = "light",
                 note: str = "", ax: Axes | None = None) -> Axes:  # fmt: skip
    """Draw ground tracks and stations on a map of the Earth.

    Parameters
    ----------
    tracks : sequence of Track
        Geodetic subpoints, split at the date line.
    stations : sequence of Place
        Stations. `radius_deg` is the radius of the visibility circle.
    sun : (float, float), optional
        Latitude and longitude (deg) of the subsolar point. The night is shaded.
    when : time, optional
        Time of the subsolar point, as any type that `tdb` accepts. It is printed.
    circles : str
        Meaning of the circles: target, height and elevation.
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
    Equirectangular projection (plate carrée), longitude −180° to 180°. Coastlines: Natural Earth, 1:110 million.

    Examples
    --------
    >>> track = Track("ISS", np.arange(3) * 60.0, np.array([0.0, 2.0, 4.0]), np.array([10.0, 12.0, 14.0]))
    >>> ax = ground_track([track], [Place("Kourou", 5.25, -52.80, 19.0)])
    >>> ax.get_ylabel()
    'latitude (deg)'
    """
    own = ax is None
    names = names_of(tracks)
    tall = 7.2 + 0.1 * min(len(names), 8)  # two legend entries per row
    ax = figure(11.5, tall, theme).add_subplot() if ax is None else ax
    palette = apply_theme(ax, theme)
    _world(ax, palette)
    if sun is not None:
        _night(ax, sun, palette)
    points: list[tuple[float, float, str]] = []
    for station in stations:
        points.append(_station(ax, station, palette))
    few = len(tracks) <= 6
    for track in tracks:
        points += _track(ax, track, hue(names.index(track.label), theme), few, len(names) > 1)
    about = " · ".join(filter(None, (
        "plate carrée, geodetic latitude", f"circles: {short_label(circles, 90)}" if circles else "",
        f"night at {day_and_time(instant(when))} UTC" if when is not None and sun is not None else "",
        "ring: start of track, square: end, times in UTC" if tracks and few else "",
    )))  # fmt: skip
    add_title(ax, title, theme, "\n".join(filter(None, (about, note))))
    _legend(ax, tracks, bool(stations), sun is not None, theme, own)
    add_labels(ax, points, theme, 8.0)
    return ax


@lru_cache(maxsize=1)
def coastline() -> tuple[Array, ...]:
    """Polygons of land: (n, 2) longitude and latitude (deg), beyond ±180° where one crosses the date line.

    Source: Natural Earth; see sim/data/README.md.
    """
    with files("sim.data").joinpath("coastline.npz").open("rb") as file, np.load(file) as table:
        return tuple(ring / 100.0 for ring in np.split(table["points"], table["starts"][1:]))


def _world(ax: Axes, palette: Palette) -> None:
    from matplotlib.collections import PolyCollection

    rings = [ring + np.array([turn, 0.0]) for ring in coastline() for turn in (-360.0, 0.0, 360.0)
             if ring[:, 0].min() + turn < 180.0 and ring[:, 0].max() + turn > -180.0]  # fmt: skip
    land = PolyCollection(rings, facecolor=palette["land"], edgecolor=palette["edge"], linewidth=0.5, zorder=0.4)
    ax.add_collection(land, autolim=False)
    ax.set_aspect("equal")
    ax.set_xlim(-180, 180)
    ax.set_ylim(-90, 90)
    east = range(-180, 181, 30 if figure_of(ax).get_figwidth() > 9.0 else 60)
    ax.set_xticks(east, ["180°" if abs(x) == 180 else f"{abs(x)}°{'E' if x > 0 else 'W' if x else ''}" for x in east])
    ax.set_yticks(range(-90, 91, 30), [f"{abs(y)}°{'N' if y > 0 else 'S' if y else ''}" for y in range(-90, 91, 30)])
    ax.set_xlabel("longitude (deg, east positive)")
    ax.set_ylabel("latitude (deg)")


def _night(ax: Axes, sun: tuple[float, float], palette: Palette) -> None:
    x, y = np.meshgrid(np.linspace(-180, 180, 361), np.linspace(-90, 90, 181))
    ax.contourf(x, y, sunlight(y, x, sun), levels=[-2.0, 0.0], colors=[palette["night"]], alpha=0.28, zorder=0.9)


def _station(ax: Axes, station: Place, palette: Palette) -> tuple[float, float, str]:
    east = (station.longitude_deg + 180.0) % 360.0 - 180.0
    if station.radius_deg is not None:
        latitude, longitude = circle((station.latitude_deg, east), station.radius_deg, 721)
        longitude, latitude = split_line((longitude + 180.0) % 360.0 - 180.0, latitude, 180.0)
        ax.plot(longitude, latitude, color=palette["mark"], linewidth=1.0, linestyle=(0, (5, 2)), zorder=2)
    ax.plot(
        east, station.latitude_deg, "^", color=palette["mark"], markersize=7, markeredgecolor=palette["paper"], zorder=4
    )
    return (east, station.latitude_deg, short_label(station.label, 20))


def _track(ax: Axes, track: Track, color: str, few: bool, named: bool) -> list[tuple[float, float, str]]:
    longitude = (track.longitude_deg + 180.0) % 360.0 - 180.0
    x, y = split_line(longitude, track.latitude_deg, 180.0)
    ax.plot(x, y, color=color, linestyle=line_style(track.basis), linewidth=1.5 if few else 0.8, zorder=3)
    seen = np.flatnonzero(np.isfinite(longitude))
    if not few or not len(seen):
        return []
    first, last = seen[0], seen[-1]
    start, end = (float(longitude[first]), float(track.latitude_deg[first])), (
        float(longitude[last]), float(track.latitude_deg[last]))  # fmt: skip
    ax.plot(*start, "o", markersize=7, markerfacecolor="none", markeredgecolor=color, zorder=4)
    ax.plot(*end, "s", markersize=5, color=color, zorder=4)
    days = track.t[-1] - track.t[0] > 80_000.0
    who = f"{short_label(track.label, 14)} " if named else ""
    return [(*start, who + clock(float(track.t[first]), days)), (*end, who + clock(float(track.t[last]), days))]


def _legend(ax: Axes, tracks: Sequence[Track], stations: bool, night: bool, theme: Theme, own: bool) -> None:
    from matplotlib.lines import Line2D

    palette = PALETTES[theme]
    shown = legend_entries([(track.label, track.basis) for track in tracks], theme, "ground track")
    if stations:
        shown.append(
            Line2D([], [], color=palette["mark"], marker="^", linestyle=(0, (5, 2)), label="station, visibility circle")
        )
    if night:
        shown.append(night_patch(palette, 0.28))
    legend(ax, shown, theme, own)
