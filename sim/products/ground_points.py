"""Where things are on and about bodies, for pictures: points below, the Sun overhead, axes that turn with the Moon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.errors import CoverageError
from sim.core.geometry import length, unit
from sim.core.text import some
from sim.core.time import DAY_S, Span, utc
from sim.products.pictures import cannot
from sim.search.windows import Windows
from sim.trajectories.bodies.body import SUN, Body, body
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import known_times
from sim.visibility.result import Result

Array = NDArray[np.float64]


def spacecraft(result: Result, names: Sequence[str] | None, kind: str) -> list[Trajectory]:
    """The spacecraft of those names, or all of them."""
    there = {name: end for name, end in result.ends.items() if not isinstance(end, Site | Body)}
    for name in names or ():
        if name not in there:
            raise cannot(kind, f"no route has a spacecraft called {name!r}; there are {some(there)}")
    return [there[name] for name in (names if names is not None else there)]


def shown_span(whole: Span, start: float | None, days: float | None, kind: str) -> Span:
    """What part of a span a picture shows; what lies beyond its end is not asked for. Raises `CoverageError`."""
    first = whole.start if start is None else start
    if not whole.start <= first < whole.end:
        raise CoverageError(
            f"product {kind!r}: start: expected an instant in the span, {utc(whole.start, 0)} to {utc(whole.end, 0)}, "
            f"got {utc(first, 0)}. Give another, or leave it out to begin with the span"
        )
    return Span(first, min(whole.end, first + days * DAY_S) if days is not None else whole.end)


def phases(crafts: Iterable[Trajectory], span: Span) -> list[tuple[str, Trajectory, Span]]:
    """Spacecraft within a span: name, how it moves and when; one that has phases once for each, without its gaps."""
    return [(craft.name, way, when) for craft in crafts for way, when in phases_in(craft, span)]


def gaps(crafts: Iterable[Trajectory], span: Span) -> str:
    """When no orbits of spacecraft are known within a span, in words; empty where they always are."""
    from sim.products.plot.style import day_and_time, said

    told = []
    for craft in crafts:
        if not craft.in_parts:
            continue
        parts = Windows.of(known_times(craft, span=span), span)
        if left := [f"{day_and_time(a)} to {day_and_time(b)}" for a, b in (~parts).bounds]:
            more = f" and in {len(left) - 1} more gaps" if len(left) > 1 else ""
            told.append(f"no orbit of {said(craft.name, 20)} known {left[0]} UTC{more}")
    return ";\n".join(told[:2]) + ("; others too" if len(told) > 2 else "")  # one line could be wider than a picture


def below(target: Trajectory, under: Body, t: Array) -> tuple[Array, Array, Array]:
    """Latitude and longitude (deg) of the point below a target, and its height (km); geometric.

    Geodetic on the Earth (WGS 84), planetocentric in the mean-Earth frame on the Moon. Source: ERFA `gc2gd`.
    """
    assert under.rotation is not None
    place = np.einsum("nij,nj->ni", under.rotation(t), target.position_from(body(under.name, target.ephemeris), t))
    if under.name == "earth":
        longitude, latitude, height = erfa.gc2gd(1, 1000.0 * place)
        return np.rad2deg(latitude), np.rad2deg(longitude), height / 1000.0
    distance = length(place)
    latitude, longitude = np.arcsin(place[:, 2] / distance), np.arctan2(place[:, 1], place[:, 0])
    return np.rad2deg(latitude), np.rad2deg(longitude), distance - under.equatorial_radius_km


def sun_over(under: Body, t: float) -> tuple[float, float]:
    """Latitude and longitude (deg) over which the Sun stands; geometric."""
    assert under.rotation is not None
    at = np.array([t])
    place = unit(np.einsum("nij,nj->ni", under.rotation(at), SUN.position_from(under, at)))[0]
    return float(np.rad2deg(np.arcsin(place[2]))), float(np.rad2deg(np.arctan2(place[1], place[0])))


def evenly(span: Span, step_s: float, most: int) -> Array:
    """Times over a span, no closer than a step, no more than so many."""
    return np.linspace(span.start, span.end, int(np.clip(span.duration_s / step_s, 2, most)) + 1)
