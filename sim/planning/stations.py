"""The passes of every mission over every station, by the stations' rules, from a result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.text import some
from sim.planning.cable import followed, station_of
from sim.planning.passes import Pass, find_passes
from sim.planning.plan import StationPass
from sim.search.conditions import Scalar
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.hops import phase_by_phase
from sim.visibility.result import Result
from sim.visibility.routes import along, names, paths, steps
from sim.visibility.sight import Sight
from sim.visibility.uncertainty import Uncertainty

if TYPE_CHECKING:  # a plan without margins loads no radios
    from sim.planning.pass_margins import MarginOf

Array = NDArray[np.float64]


class StationPath(NamedTuple):
    """A plain path between a mission and a station, and the hop that the station's antenna points along."""

    mission: str
    station: str
    ends: tuple[str, ...]
    hop: tuple[str, str]


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
    for path in station_paths(result, routes):
        windows, sigmas = _windows(result, path.ends)
        if (path.mission, path.station) in found:
            windows |= found[path.mission, path.station][0]
            sigmas = np.full((len(windows), 2), np.nan)
        found[path.mission, path.station] = windows, sigmas
    return found


def station_paths(result: Result, routes: Sequence[str]) -> Iterator[StationPath]:
    """The plain paths of routes that begin or end at a site, each once; of two sites the last is the station."""
    for ends in dict.fromkeys(ends for name in routes for ends in paths(result.paths[name])):
        if isinstance(result.ends[ends[-1]], Site):
            yield StationPath(ends[0], ends[-1], ends, (ends[-2], ends[-1]))
        elif isinstance(result.ends[ends[0]], Site):
            yield StationPath(ends[-1], ends[0], ends, (ends[0], ends[1]))


def station_passes(
    result: Result, routes: Sequence[str], priorities: Mapping[str, int], margin: MarginOf | None = None
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
    margin
        Which link margin of its passes to find, if any.

    Returns
    -------
    dict
        By mission, its passes over all stations, station by station in order of time.

    Raises
    ------
    SimError
        If margins are asked and no signal is sent along a hop.
    """
    pointed = {(path.mission, path.station): path.hop for path in station_paths(result, routes)}
    signals = {hop for channels in result.channels.values() for hop in channels}
    without = [hop for hop in dict.fromkeys(pointed.values()) if hop not in signals]
    if margin is not None and without:
        raise SimError(no_margin(without))
    found: dict[str, list[StationPass]] = {}
    for (mission, station), (windows, sigmas) in station_windows(result, routes).items():
        site = result.ends[station]
        assert isinstance(site, Site)
        hop = pointed[mission, station]
        passes = find_passes(windows, site.passes, sigmas, partial(followed, result, hop, windows))
        tops = _culminations(result, hop, [(each.start, each.end) for each in passes], windows)
        margins = _margins(result, hop, passes, margin, windows)
        found.setdefault(mission, []).extend(
            StationPass(station, each, site.passes, round(top, 4), priorities.get(station, 0), margin_db)
            for each, top, margin_db in zip(passes, tops, margins, strict=True)
        )
    return dict(sorted(found.items(), key=lambda item: -priorities.get(item[0], 0)))


def no_margin(hops: Sequence[tuple[str, str]]) -> str:
    """Why a plan cannot compare link margins: no signal goes along some hops."""
    (first, last), told = hops[0], some(f"{a} to {b}" for a, b in hops)
    cure = f'Add a link with between = ["{first}", "{last}"] and a signal, or choose another policy'
    return f"policy best_margin needs link margins, and no signal goes from {told}. {cure}"


def _margins(
    result: Result, hop: tuple[str, str], passes: Sequence[Pass], margin: MarginOf | None, windows: Windows
) -> Sequence[float | None]:
    """The link margins of passes to a thousandth of a decibel; None where they are not asked."""
    if margin is None:
        return [None] * len(passes)
    from sim.planning.pass_margins import pass_margins

    return [round(value, 3) for value in pass_margins(result, hop, passes, margin, windows)]


def _windows(result: Result, ends: tuple[str, ...]) -> tuple[Windows, Array]:
    """The windows of a plain path, with the standard deviations of their edges where a table has them."""
    if len(ends) == 2:
        return result.hops[ends[0], ends[1]], _sigmas(result.uncertainty((ends[0], ends[1])))
    same = [name for name, path in result.paths.items() if steps(path) == [(end,) for end in ends]]
    if same:
        return result.routes[same[0]], _sigmas(result.uncertainty(same[0]))
    windows = along(ends, {name: result.ends[name] for name in names(ends)}, result.hops, result.light)
    return windows, np.full((len(windows), 2), np.nan)


def _sigmas(uncertainties: Sequence[Uncertainty]) -> Array:
    found = [(each.start_sigma_s, each.end_sigma_s) for each in uncertainties]
    return np.array([[np.nan if s is None else s for s in pair] for pair in found]).reshape(-1, 2)


def _culminations(
    result: Result, hop: tuple[str, str], bounds: Sequence[tuple[float, float]], windows: Windows
) -> list[float]:
    """Greatest elevation in each pass, of what the station's antenna points to: deg."""
    if not bounds:
        return []
    transmitter, receiver = (result.ends[name] for name in hop)
    own = station_of(result, hop)

    def elevation_deg(a: Trajectory, b: Trajectory) -> Scalar:
        return Sight(a, b, result.light).elevation_deg(own)

    elevation = phase_by_phase(transmitter, receiver, elevation_deg, result.light)
    found = elevation.extremes(Windows.of(np.array(bounds), windows.span))
    edges = elevation(np.array(bounds))
    tops = []
    for (start, end), at in zip(bounds, edges, strict=True):
        inside = (found.times >= start) & (found.times <= end) & found.maximum
        tops.append(float(np.nanmax(np.concatenate((at, found.values[inside], [-90.0])))))
    return tops
