"""Positions for plots: spacecraft of a result, subpoints on a body, the subsolar point, and sample times."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import CoverageError
from sim.core.geometry import unit
from sim.core.text import some
from sim.core.time import DAY_S, Span, utc
from sim.products.pictures import product_error
from sim.search.windows import Windows
from sim.trajectories.bodies.body import SUN, Body
from sim.trajectories.moving_site import MovingSite
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.sites import Site
from sim.trajectories.states import ground_track
from sim.trajectories.trajectory import Trajectory

if TYPE_CHECKING:
    from sim.products.plot.globe import Track
    from sim.visibility.result import Result

Array = NDArray[np.float64]


def spacecraft(result: Result, names: Sequence[str] | None, kind: str) -> list[Trajectory]:
    """The spacecraft of a result with the given names, or all. Raises `SimError` for an unknown name."""
    there = {name: end for name, end in result.ends.items() if not isinstance(end, Site | Body)}
    for name in names or ():
        if name not in there:
            raise product_error(kind, f"no route has a spacecraft called {name!r}. Spacecraft: {some(there)}")
    return [there[name] for name in (names if names is not None else there)]


def standing(result: Result, on: str) -> list[Site]:
    """The sites of a result on a body that do not move."""
    return [end for end in _sites(result, on) if not isinstance(end, MovingSite)]


def moving(result: Result, on: str) -> list[MovingSite]:
    """The sites of a result that move over a body."""
    return [end for end in _sites(result, on) if isinstance(end, MovingSite)]


def _sites(result: Result, on: str) -> list[Site]:
    return [end for end in result.ends.values() if isinstance(end, Site) and end.body == on]


def way_lines(sites: Sequence[MovingSite], span: Span) -> list[Track]:
    """The ways of moving sites over a span as tracks of a map: a line for each stretch that is known."""
    from sim.products.plot.globe import Track

    found = []
    for site in sites:
        for _, when in phases_in(site, span):
            t = np.union1d(even_times(when, 60.0, 5_000), [x for x in site.breaks(when)])
            latitude, longitude, _ = site.place(t)
            found.append(Track(site.name, t, latitude, longitude, site.basis))
    return found


def shown_span(whole: Span, start: float | None, days: float | None, kind: str) -> Span:
    """The part of a span that a picture shows, cut at the end of the span. Raises `CoverageError`."""
    first = whole.start if start is None else start
    if not whole.start <= first < whole.end:
        raise CoverageError(
            f"product {kind!r}: start: expected a time in the span, {utc(whole.start, 0)} to {utc(whole.end, 0)}, "
            f"got {utc(first, 0)}. Change it, or omit it to begin at the start of the span"
        )
    return Span(first, min(whole.end, first + days * DAY_S) if days is not None else whole.end)


def phases(crafts: Iterable[Trajectory], span: Span) -> list[tuple[str, Trajectory, Span]]:
    """Name, trajectory and time of each spacecraft in a span; one entry per phase, without gaps between them."""
    return [(craft.name, way, when) for craft in crafts for way, when in phases_in(craft, span)]


def unknown_note(crafts: Iterable[Trajectory], span: Span) -> str:
    """Text about the times without a known orbit; empty if all orbits are known."""
    from sim.products.plot.style import day_and_time, short_label
    from sim.visibility.known_times import known_times

    notes = []
    for craft in crafts:
        if not craft.in_parts:
            continue
        parts = Windows.of(known_times(craft, span=span), span)
        if left := [f"{day_and_time(a)} to {day_and_time(b)}" for a, b in (~parts).bounds]:
            others = len(left) - 1
            more = f" and in {others} more gap{'s' if others > 1 else ''}" if others else ""
            what = "track" if isinstance(craft, MovingSite) else "orbit"
            notes.append(f"no {what} of {short_label(craft.name, 20)} known {left[0]} UTC{more}")
    left_out = f"; and {len(notes) - 2} more ends with gaps" if len(notes) > 2 else ""
    return ";\n".join(notes[:2]) + left_out  # one line could be wider than the plot


def subpoint(target: Trajectory, under: Body, t: Array) -> tuple[Array, Array, Array]:
    """Latitude and longitude (deg) of the subpoint of a target, and its height (km); geometric.

    Geodetic on the Earth (WGS 84), planetocentric in the mean-Earth frame on the Moon.
    """
    found = ground_track(target, t, under.name)
    return found.latitude_deg, found.longitude_deg, found.altitude_km


def subsolar_point(under: Body, t: float) -> tuple[float, float]:
    """Latitude and longitude (deg) of the subsolar point; geometric."""
    assert under.rotation is not None
    at = np.array([t])
    place = unit(np.einsum("nij,nj->ni", under.rotation(at), SUN.position_from(under, at)))[0]
    return float(np.rad2deg(np.arcsin(place[2]))), float(np.rad2deg(np.arctan2(place[1], place[0])))


def even_times(span: Span, step_s: float, most: int) -> Array:
    """Evenly spaced times over a span: steps of at least `step_s`, at most `most` of them."""
    return np.linspace(span.start, span.end, int(np.clip(span.duration_s / step_s, 2, most)) + 1)
