"""The points of the Earth below spacecraft, stations and what they see: a plain map of the world."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.globe import Place, Track, circle, names_of, sunlight
from sim.products.plot.style import (
    DRESSES,
    Theme,
    broken,
    clock,
    day_and_time,
    dressed,
    entries,
    figure,
    hue,
    labelled,
    legend,
    line_of,
    night_patch,
    said,
    titled,
)  # fmt: skip

Array = NDArray[np.float64]


def ground_track(tracks: Sequence[Track], stations: Sequence[Place] = (), sun: tuple[float, float] | None = None,
                 when: Any = None, circles: str = "", title: str = "", theme: Theme = "light",
                 note: str = "", ax: Any = None) -> Any:  # fmt: skip
    """Draw tracks and stations on a map of the Earth; returns the axes.

    tracks   : points below spacecraft, geodetic; broken at the date line
    stations : with `radius_deg`, how far from them a point below may be to be in view
    sun      : latitude and longitude (deg) over which the Sun stands; the night is shaded
    when     : the instant of that, anything that `tdb` takes, to be printed
    note     : what else there is to say
    circles  : what the stations' circles are good for, in words: which target, which height, which elevation

    Longitude −180 to 180 from left to right, latitude as far up (plate carrée). Land: Natural Earth, 1:110 million.

    >>> ax = ground_track([Track("ISS", t, latitude, longitude)], [Place("Kourou", 5.25, -52.80, 19.0)])
    """
    own = ax is None
    names = names_of(tracks)
    tall = 7.2 + 0.1 * min(len(names), 8)  # the legend grows by rows of two
    ax = figure(11.5, tall, theme).add_subplot() if own else ax
    dress = dressed(ax, theme)
    _world(ax, dress)
    if sun is not None:
        _night(ax, sun, dress)
    points: list[tuple[float, float, str]] = []
    for station in stations:
        points.append(_station(ax, station, dress))
    few = len(tracks) <= 6
    for track in tracks:
        points += _track(ax, track, hue(names.index(track.label), theme), few, len(names) > 1)
    about = " · ".join(filter(None, (
        "geodetic, plate carrée", f"circles: {said(circles, 90)}" if circles else "",
        f"night at {day_and_time(when)} UTC" if when is not None and sun is not None else "",
        "ring: begin, times UTC" if tracks and few else "",
    )))  # fmt: skip
    titled(ax, title, theme, "\n".join(filter(None, (about, note))))
    _legend(ax, tracks, bool(stations), sun is not None, theme, own)
    labelled(ax, points, theme, 8.0)
    return ax


@lru_cache(maxsize=1)
def coastline() -> tuple[Array, ...]:
    """Rings of land: (n, 2) longitude and latitude, deg; beyond ±180° where one crosses the date line.

    Source: Natural Earth; see sim/data/README.md.
    """
    with files("sim.data").joinpath("coastline.npz").open("rb") as file, np.load(file) as table:
        return tuple(ring / 100.0 for ring in np.split(table["points"], table["starts"][1:]))


def _world(ax: Any, dress: dict[str, str]) -> None:
    from matplotlib.collections import PolyCollection

    rings = [ring + np.array([turn, 0.0]) for ring in coastline() for turn in (-360.0, 0.0, 360.0)
             if ring[:, 0].min() + turn < 180.0 and ring[:, 0].max() + turn > -180.0]  # fmt: skip
    land = PolyCollection(rings, facecolor=dress["land"], edgecolor=dress["edge"], linewidth=0.5, zorder=0.4)
    ax.add_collection(land, autolim=False)
    ax.set_aspect("equal")
    ax.set_xlim(-180, 180)
    ax.set_ylim(-90, 90)
    east = range(-180, 181, 30 if ax.figure.figure.get_figwidth() > 9.0 else 60)
    ax.set_xticks(east, ["180°" if abs(x) == 180 else f"{abs(x)}°{'E' if x > 0 else 'W' if x else ''}" for x in east])
    ax.set_yticks(range(-90, 91, 30), [f"{abs(y)}°{'N' if y > 0 else 'S' if y else ''}" for y in range(-90, 91, 30)])
    ax.set_xlabel("longitude (deg, east positive)")
    ax.set_ylabel("latitude (deg)")


def _night(ax: Any, sun: tuple[float, float], dress: dict[str, str]) -> None:
    x, y = np.meshgrid(np.linspace(-180, 180, 361), np.linspace(-90, 90, 181))
    ax.contourf(x, y, sunlight(y, x, sun), levels=[-2.0, 0.0], colors=[dress["night"]], alpha=0.28, zorder=0.9)


def _station(ax: Any, station: Place, dress: dict[str, str]) -> tuple[float, float, str]:
    east = (station.longitude_deg + 180.0) % 360.0 - 180.0
    if station.radius_deg is not None:
        latitude, longitude = circle((station.latitude_deg, east), station.radius_deg, 721)
        longitude, latitude = broken((longitude + 180.0) % 360.0 - 180.0, latitude, 180.0)
        ax.plot(longitude, latitude, color=dress["mark"], linewidth=1.0, linestyle=(0, (5, 2)), zorder=2)
    ax.plot(
        east, station.latitude_deg, "^", color=dress["mark"], markersize=7, markeredgecolor=dress["paper"], zorder=4
    )
    return (east, station.latitude_deg, said(station.label, 20))


def _track(ax: Any, track: Track, color: str, few: bool, named: bool) -> list[tuple[float, float, str]]:
    longitude = (track.longitude_deg + 180.0) % 360.0 - 180.0
    x, y = broken(longitude, track.latitude_deg, 180.0)
    ax.plot(x, y, color=color, linestyle=line_of(track.basis), linewidth=1.5 if few else 0.8, zorder=3)
    seen = np.flatnonzero(np.isfinite(longitude))
    if not few or not len(seen):
        return []
    first, last = seen[0], seen[-1]
    start, end = (float(longitude[first]), float(track.latitude_deg[first])), (
        float(longitude[last]), float(track.latitude_deg[last]))  # fmt: skip
    ax.plot(*start, "o", markersize=7, markerfacecolor="none", markeredgecolor=color, zorder=4)
    ax.plot(*end, "s", markersize=5, color=color, zorder=4)
    days = track.t[-1] - track.t[0] > 80_000.0
    who = f"{said(track.label, 14)} " if named else ""
    return [(*start, who + clock(float(track.t[first]), days)), (*end, who + clock(float(track.t[last]), days))]


def _legend(ax: Any, tracks: Sequence[Track], stations: bool, night: bool, theme: Theme, own: bool) -> None:
    from matplotlib.lines import Line2D

    dress = DRESSES[theme]
    shown = entries([(track.label, track.basis) for track in tracks], theme, "below ")
    if stations:
        shown.append(
            Line2D([], [], color=dress["mark"], marker="^", linestyle=(0, (5, 2)), label="station and its view")
        )
    if night:
        shown.append(night_patch(dress, 0.28))
    legend(ax, shown, theme, own)
