"""Data of the web report: routes and hops, with elevations from which the page recomputes windows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, Span, utc, utc_datetime64
from sim.products.web_report.monotonic_pieces import Piece, pieces
from sim.products.web_report.orbit_tracks import OrbitTracks, orbit_tracks
from sim.search.conditions import search
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Basis, Trajectory
from sim.visibility import hops, routes
from sim.visibility.result import Result
from sim.visibility.routes import Hop
from sim.visibility.sight import Sight

Array = NDArray[np.float64]

LOWEST_DEG = -1.0
"""Lowest mask that the page offers, unless the site has a lower one."""

SINE_UNIT = 1e-8
"""Unit of the sines of elevations: 0.002″, which takes 4 ms at the slow horizon of a lunar site."""

COMPASS_UNIT = 5e-4
"""Unit of the east and north components of directions in the sky plot: 0.03° at the horizon."""

LIGHT_UNIT_S = 1e-3
"""Unit of light times."""

DELAY_SAMPLES = 65
"""Times of a window, an odd number, at which a parabola of its light time is compared: orbits shorter than it show."""


class _Components(TypedDict):
    east: list[Piece]
    north: list[Piece]


class ElevationData(_Components):
    """Elevation of the other end at a site, and its direction, as polynomials."""

    site: str
    pieces: list[Piece]


class HopData(TypedDict):
    """A hop: windows with the lowest masks (`low`), unknown time, elevations, and the scenario's own edges (`sure`)."""

    ends: list[str]
    basis: Basis
    low: list[list[float]]
    unknown: list[list[float]]
    elevations: list[ElevationData]
    sure: list[list[float | None]]
    causes: NotRequired[list[list[int]]]
    light: NotRequired[list[Piece]]
    delays: NotRequired[list[list[int]]]


class RouteData(TypedDict):
    """A route: its paths as lists of hops, the names along it, and its basis."""

    name: str
    ways: list[list[int]]
    path: list[list[str]]
    basis: Basis


class SiteData(TypedDict):
    """A site: body, masks (deg), horizon profile and nights."""

    name: str
    body: str
    lowest_deg: float
    mask_deg: float
    profile: bool
    skyline: list[list[float]]
    night: list[list[float]]


class PageData(OrbitTracks):
    """Everything that the page reads from its JSON."""

    title: str
    start_utc: str
    end_utc: str
    duration_s: float
    leaps: list[float]
    light: bool
    sites: list[SiteData]
    hops: list[HopData]
    routes: list[RouteData]
    causes: list[str]
    sine_unit: float
    compass_unit: float
    light_unit_s: float
    provenance: dict[str, Any]


def tables(result: Result, title: str = "", chosen: tuple[str, ...] | None = None) -> PageData:
    """All data of the page as JSON values. Times are seconds after the start of the span.

    title  : title of the page; that of the result if empty
    chosen : routes; all if None

    Every hop is searched again with the lowest masks of its sites. Within these windows, all other limits hold, and the
    hop is open where the elevations at its sites, stored as polynomials, exceed the masks that the reader chooses. Time
    without a known orbit is listed separately.
    """
    names = list(result.routes) if chosen is None else list(chosen)
    legs = list(dict.fromkeys(leg for name in names for leg in routes.hops(result.paths[name])))
    origin, span = result.span.start, result.span
    low = _lowest(result, legs, names)
    edges = {leg: low.edges(leg) for leg in legs}
    causes = list(dict.fromkeys(cause for leg in legs for edge in edges[leg] for cause in edge))
    later = routes.later_hops(result.paths[name] for name in names)
    used = dict.fromkeys(name for leg in legs for name in leg)
    return {
        "title": title or result.title,
        "start_utc": utc(span.start),
        "end_utc": utc(span.end),
        "duration_s": round(span.duration_s, 3),
        "leaps": _leaps(span),
        "light": result.light,
        "sites": [_site(result, name) for name in used if isinstance(result.ends[name], Site)],
        "hops": [
            {
                **_hop(result, leg, low.hops[leg], leg in later, origin),
                "causes": [[causes.index(cause) for cause in edge] for edge in edges[leg]],
            }
            for leg in legs
        ],
        "routes": [
            {
                "name": name,
                "ways": [[legs.index(hop) for hop in pairwise(way)] for way in routes.paths(result.paths[name])],
                "path": [[step] if isinstance(step, str) else list(step) for step in result.paths[name]],
                "basis": result.basis(name),
            }
            for name in names
        ],
        "causes": causes,
        "sine_unit": SINE_UNIT,
        "compass_unit": COMPASS_UNIT,
        **orbit_tracks(result, list(used)),
        "light_unit_s": LIGHT_UNIT_S,
        "provenance": dict(result.provenance),
    }


def lowest_deg(site: Site) -> float:
    """Lowest mask of a site: the lowest point of its horizon profile, if it has one."""
    if isinstance(site.horizon_deg, float | int):
        return min(float(site.horizon_deg), LOWEST_DEG)
    return min(height for _, height in site.horizon_deg)


def _lowest(result: Result, legs: list[Hop], names: list[str]) -> Result:
    """Search the hops with the lowest masks of their sites, beginning one light time before the span."""
    ends = {name: _lowered(result.ends[name]) for leg in legs for name in leg}
    conditions = {(a, b): hops.hop(ends[a], ends[b], result.light) for a, b in legs}
    early = routes.light_time_s([result.paths[name] for name in names], result.ends, result.span, result.light)
    wide = Span(result.span.start - early, result.span.end)
    found = search(list(conditions.values()), [Windows.whole(wide)] * len(legs))
    return replace(result, ends=ends, conditions=conditions, hops=dict(zip(legs, found, strict=True)))


def _lowered(trajectory: Trajectory) -> Trajectory:
    if isinstance(trajectory, Site) and isinstance(trajectory.horizon_deg, float | int):
        return trajectory.unchecked(horizon_deg=lowest_deg(trajectory))
    return trajectory


def _hop(result: Result, leg: Hop, low: Windows, later: bool, origin: float) -> HopData:
    sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
    breaks = sight.breaks(low.span) if len(low) else np.empty(0)
    heights: list[ElevationData] = [
        {
            "site": own.name,
            "pieces": _sines(sight, own, low, breaks, origin),
            **_components(sight, own, low, breaks, origin),
        }
        for own in (sight.receiver, sight.transmitter)
        if isinstance(own, Site)
    ]
    entry: HopData = {
        "ends": list(leg),
        "basis": result.basis(leg),
        "low": _bounds(low, origin),
        "unknown": _bounds(low.unknown, origin),
        "elevations": heights,
        "sure": _sure(result, leg, origin),
    }
    if result.light:
        delays = None if later else _delays(sight.light_time_s(), low.bounds)
        if delays is None:
            entry["light"] = pieces(sight.light_time_s(), low.bounds, breaks, LIGHT_UNIT_S, origin)
        else:
            entry["delays"] = delays
    return entry


def _delays(light_time_s: Callable[[Array], Array], bounds: Array) -> list[list[int]] | None:
    """Light times of windows as parabolas: at the start, and how much more in the middle and at the end.

    None where a parabola is off by more than two units: polynomials in pieces are needed.
    """
    if not len(bounds):
        return []
    x = np.linspace(0.0, 1.0, DELAY_SAMPLES)
    t = bounds[:, :1] + x * np.diff(bounds, axis=1)
    delays = light_time_s(t.ravel()).reshape(t.shape) / LIGHT_UNIT_S
    first = delays[:, :1]
    middle, last = delays[:, DELAY_SAMPLES // 2, None] - first, delays[:, -1:] - first
    if np.abs(delays - (first + 4.0 * middle * x * (1.0 - x) + last * x * (2.0 * x - 1.0))).max() > 2.0:
        return None
    found: list[list[int]] = np.rint(np.hstack((first, middle, last))).astype(int).tolist()
    return found


def _sure(result: Result, leg: Hop, origin: float) -> list[list[float | None]]:
    """Windows of a hop: start, end, their standard deviations (s), and the probability that the window exists."""
    known = [[_short(value) for value in each.columns.values()] for each in result.uncertainty(leg)]
    return [[*bounds, *values] for bounds, values in zip(_bounds(result.hops[leg], origin), known, strict=True)]


def _short(value: float | None) -> float | None:
    """A deviation or probability with the digits that a page shows and exports."""
    return None if value is None else float(f"{value:.6g}")


def _sines(sight: Sight, own: Site, low: Windows, breaks: Array, origin: float) -> list[Piece]:
    elevation = sight.elevation_deg(own)
    return pieces(lambda t: np.sin(np.deg2rad(elevation(t))), low.bounds, breaks, SINE_UNIT, origin)


def _components(sight: Sight, own: Site, low: Windows, breaks: Array, origin: float) -> _Components:
    """East and north components of the unit vector of a direction."""
    elevation, azimuth = sight.elevation_deg(own), sight.azimuth_deg(own)

    def part(turn: Callable[[Array], Array]) -> list[Piece]:
        return pieces(lambda t: np.cos(np.deg2rad(elevation(t))) * turn(np.deg2rad(azimuth(t))),
                      low.bounds, breaks, COMPASS_UNIT, origin, monotonic=False)  # fmt: skip

    return {"east": part(np.sin), "north": part(np.cos)}


def _site(result: Result, name: str) -> SiteData:
    site = result.ends[name]
    assert isinstance(site, Site)
    night, mask = result.night(name), site.horizon_deg
    profile = not isinstance(mask, float | int)
    return {
        "name": name,
        "body": site.body,
        "lowest_deg": lowest_deg(site),
        "mask_deg": mask if isinstance(mask, float | int) else lowest_deg(site),
        "profile": profile,
        "skyline": _skyline(site) if profile else [],
        "night": [] if night is None else _bounds(night, result.span.start),
    }


def _skyline(site: Site) -> list[list[float]]:
    """Azimuth and elevation (deg) of a horizon profile, at every degree."""
    around = np.arange(0.0, 361.0)
    level = np.rad2deg(site.horizon(np.deg2rad(around)))
    return [[float(a), round(float(e), 2)] for a, e in zip(around, level, strict=True)]


def _bounds(windows: Windows, origin: float) -> list[list[float]]:
    rounded: list[list[float]] = np.round(windows.bounds - origin, 3).tolist()
    return rounded


def _leaps(span: Span) -> list[float]:
    """End of each leap second in a span, s after its start; from then on UTC is one more second behind."""
    days = np.append(np.arange(span.start, span.end, DAY_S), span.end)
    clock = utc_datetime64(days)
    passed = (clock - clock[0]) / np.timedelta64(1, "ms") / 1000.0
    behind = np.rint(days - span.start - passed).astype(int)
    found = np.flatnonzero(np.diff(behind)) + 1
    midnights = (clock[found].astype("datetime64[D]") - clock[0]) / np.timedelta64(1, "ms") / 1000.0
    return [round(float(t), 3) for t in midnights + behind[found]]
