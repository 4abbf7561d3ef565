"""The passes of every mission over every station, by the stations' rules, from a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.planning.passes import find_passes
from sim.planning.plan import StationPass
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.visibility.hops import phase_by_phase
from sim.visibility.result import Result
from sim.visibility.routes import along, names, paths, steps
from sim.visibility.sight import Sight
from sim.visibility.uncertainty import Uncertainty

Array = NDArray[np.float64]


def station_windows(result: Result, routes: Sequence[str]) -> dict[tuple[str, str], tuple[Windows, Array]]:
    """When each station has each mission in sight, directly or through relays.

    Parameters
    ----------
    result
        The windows that were found.
    routes
        The names of the routes to use.

    Returns
    -------
    dict
        By mission and station: the windows, and the standard deviations of their edges, (n, 2) s, NaN where unknown.
        A mission is the far end of a route: the end that is not at the station.
    """
    found: dict[tuple[str, str], tuple[Windows, Array]] = {}
    for way in ways(result, routes):
        mission, station = (way[0], way[-1]) if isinstance(result.ends[way[-1]], Site) else (way[-1], way[0])
        windows, sigmas = _windows(result, way)
        if (mission, station) in found:
            windows |= found[mission, station][0]
            sigmas = np.full((len(windows), 2), np.nan)
        found[mission, station] = windows, sigmas
    return found


def ways(result: Result, routes: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """The plain paths of routes that begin or end at a site, each once; the last end first."""
    chosen = dict.fromkeys(way for name in routes for way in paths(result.paths[name]))
    return (way for way in chosen if any(isinstance(result.ends[end], Site) for end in (way[0], way[-1])))


def station_passes(
    result: Result, routes: Sequence[str], priorities: Mapping[str, int]
) -> dict[str, list[StationPass]]:
    """The passes of every mission, missions in order of priority.

    Parameters
    ----------
    result
        The windows that were found.
    routes
        The names of the routes to use.
    priorities
        Of missions and stations; 0 where not given. Missions of one priority keep the order of the routes.

    Returns
    -------
    dict
        By mission, its passes over all stations, station by station in order of time.
    """
    pointed = _pointed(result, routes)
    found: dict[str, list[StationPass]] = {}
    for (mission, station), (windows, sigmas) in station_windows(result, routes).items():
        site = result.ends[station]
        assert isinstance(site, Site)
        passes = find_passes(windows, site.passes, sigmas)
        tops = _culminations(result, pointed[mission, station], [(each.start, each.end) for each in passes], windows)
        found.setdefault(mission, []).extend(
            StationPass(station, each, site.passes, round(top, 4), priorities.get(station, 0))
            for each, top in zip(passes, tops, strict=True)
        )
    return dict(sorted(found.items(), key=lambda item: -priorities.get(item[0], 0)))


def _pointed(result: Result, routes: Sequence[str]) -> dict[tuple[str, str], tuple[str, str]]:
    """The hop at the station, by mission and station."""
    found = {}
    for way in ways(result, routes):
        at_end = isinstance(result.ends[way[-1]], Site)
        key = (way[0], way[-1]) if at_end else (way[-1], way[0])
        found[key] = (way[-2], way[-1]) if at_end else (way[0], way[1])
    return found


def _windows(result: Result, way: tuple[str, ...]) -> tuple[Windows, Array]:
    """The windows of a plain path, with the standard deviations of their edges where a table has them."""
    if len(way) == 2:
        return result.hops[way[0], way[1]], _sigmas(result.uncertainty((way[0], way[1])))
    same = [name for name, path in result.paths.items() if steps(path) == [(end,) for end in way]]
    if same:
        return result.routes[same[0]], _sigmas(result.uncertainty(same[0]))
    windows = along(way, {name: result.ends[name] for name in names(way)}, result.hops, result.light)
    return windows, np.full((len(windows), 2), np.nan)


def _sigmas(uncertainties: Sequence[Uncertainty]) -> Array:
    found = [(each.start_sigma_s, each.end_sigma_s) for each in uncertainties]
    return np.array([[np.nan if s is None else s for s in pair] for pair in found]).reshape(-1, 2)


def _culminations(
    result: Result, leg: tuple[str, str], bounds: Sequence[tuple[float, float]], windows: Windows
) -> list[float]:
    """Greatest elevation in each pass, of what the station's antenna points to: deg."""
    if not bounds:
        return []
    sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
    own = sight.receiver if isinstance(sight.receiver, Site) else sight.transmitter
    assert isinstance(own, Site)

    def of(one: Sight) -> Scalar:
        return one.elevation_deg(own)

    elevation = phase_by_phase(
        sight.transmitter, sight.receiver, lambda a, b: of(Sight(a, b, sight.light)), sight.light
    )
    found = elevation.extremes(Windows.of(np.array(bounds), windows.span))
    edges = elevation(np.array(bounds))
    tops = []
    for (start, end), at in zip(bounds, edges, strict=True):
        inside = (found.times >= start) & (found.times <= end) & found.maximum
        tops.append(float(np.nanmax(np.concatenate((at, found.values[inside], [-90.0])))))
    return tops
