"""What the page is given: hops and routes, with margins that it can hold against other limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, Span, utc, utc_datetime64
from sim.products.web_report.monotonic_pieces import Piece, pieces
from sim.products.web_report.orbit_tracks import turned
from sim.search.conditions import search
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility import hops, routes
from sim.visibility.result import Result
from sim.visibility.routes import Hop
from sim.visibility.sight import Sight

Array = NDArray[np.float64]

LOWEST_DEG = -1.0
"""The least mask that the page offers, where a site's own horizon is not lower still."""

SINE_UNIT = 1e-8
"""Elevations are kept as sines, in steps of 0.002″: a lunar site's slow horizon moves that far in 4 ms."""

COMPASS_UNIT = 5e-4
"""Parts of a direction to the east and north are kept in steps of 0.03° at the horizon: for pictures of a sky."""

LIGHT_UNIT_S = 1e-3
"""Light times are kept in milliseconds."""


def tables(result: Result, title: str = "", chosen: tuple[str, ...] | None = None) -> dict[str, Any]:
    """All that the page shows, as JSON knows it. Times are seconds after the span's start.

    title  : the result's own if empty
    chosen : which routes; all if None

    Every hop is searched once more with its sites' masks at their lowest. Inside those windows a hop is open where the
    elevations at its sites, kept as polynomials, are above the masks that are then asked for: everything else that
    limits it is in the windows already. Where no orbit of its ends is known it is neither open nor closed.
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
        **turned(result, list(used)),
        "light_unit_s": LIGHT_UNIT_S,
        "provenance": dict(result.provenance),
    }


def lowest_deg(site: Site) -> float:
    """The least mask that a site is searched with: its profile's lowest point where it has one."""
    if isinstance(site.horizon_deg, float | int):
        return min(float(site.horizon_deg), LOWEST_DEG)
    return min(height for _, height in site.horizon_deg)


def _lowest(result: Result, legs: list[Hop], names: list[str]) -> Result:
    """The hops with their sites' masks at their lowest, from a light time before the span on."""
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


def _hop(result: Result, leg: Hop, low: Windows, later: bool, origin: float) -> dict[str, Any]:
    sight = Sight(result.ends[leg[0]], result.ends[leg[1]], result.light)
    breaks = sight.breaks(low.span) if len(low) else np.empty(0)
    heights = [
        {
            "site": own.name,
            "pieces": _sines(sight, own, low, breaks, origin),
            **_compass(sight, own, low, breaks, origin),
        }
        for own in (sight.receiver, sight.transmitter)
        if isinstance(own, Site)
    ]
    told: dict[str, Any] = {
        "ends": list(leg),
        "basis": result.basis(leg),
        "low": _bounds(low, origin),
        "unknown": _bounds(low.unknown, origin),
        "elevations": heights,
        "sure": _sure(result, leg, origin),
    }
    if later and result.light:
        told["light"] = pieces(sight.light_time_s(), low.bounds, breaks, LIGHT_UNIT_S, origin)
    return told


def _sure(result: Result, leg: Hop, origin: float) -> list[list[float | None]]:
    """Every window of a hop with what is known of it: start, end, their standard deviations (s) and its probability."""
    known = [list(each.columns.values()) for each in result.uncertainty(leg)]
    return [[*bounds, *told] for bounds, told in zip(_bounds(result.hops[leg], origin), known, strict=True)]


def _sines(sight: Sight, own: Site, low: Windows, breaks: Array, origin: float) -> list[Piece]:
    elevation = sight.elevation_deg(own)
    return pieces(lambda t: np.sin(np.deg2rad(elevation(t))), low.bounds, breaks, SINE_UNIT, origin)


def _compass(sight: Sight, own: Site, low: Windows, breaks: Array, origin: float) -> dict[str, list[Piece]]:
    """How far to the east and to the north a direction points, of 1."""
    elevation, azimuth = sight.elevation_deg(own), sight.azimuth_deg(own)

    def part(turn: Callable[[Array], Array]) -> list[Piece]:
        return pieces(lambda t: np.cos(np.deg2rad(elevation(t))) * turn(np.deg2rad(azimuth(t))),
                      low.bounds, breaks, COMPASS_UNIT, origin, monotonic=False)  # fmt: skip

    return {"east": part(np.sin), "north": part(np.cos)}


def _site(result: Result, name: str) -> dict[str, Any]:
    site = result.ends[name]
    assert isinstance(site, Site)
    profile, night = not isinstance(site.horizon_deg, float | int), result.night(name)
    return {
        "name": name,
        "body": site.body,
        "lowest_deg": lowest_deg(site),
        "mask_deg": lowest_deg(site) if profile else site.horizon_deg,
        "profile": profile,
        "skyline": _skyline(site) if profile else [],
        "night": [] if night is None else _bounds(night, result.span.start),
    }


def _skyline(site: Site) -> list[list[float]]:
    """Azimuth and elevation (deg) of a horizon profile, every degree."""
    around = np.arange(0.0, 361.0)
    level = np.rad2deg(site.horizon(np.deg2rad(around)))
    return [[float(a), round(float(e), 2)] for a, e in zip(around, level, strict=True)]


def _bounds(windows: Windows, origin: float) -> list[list[float]]:
    rounded: list[list[float]] = np.round(windows.bounds - origin, 3).tolist()
    return rounded


def _leaps(span: Span) -> list[float]:
    """When leap seconds end inside a span, s after its start: from there on UTC is a second behind."""
    days = np.append(np.arange(span.start, span.end, DAY_S), span.end)
    clock = utc_datetime64(days)
    passed = (clock - clock[0]) / np.timedelta64(1, "ms") / 1000.0
    behind = np.rint(days - span.start - passed).astype(int)
    found = np.flatnonzero(np.diff(behind)) + 1
    midnights = (clock[found].astype("datetime64[D]") - clock[0]) / np.timedelta64(1, "ms") / 1000.0
    return [round(float(t), 3) for t in midnights + behind[found]]
