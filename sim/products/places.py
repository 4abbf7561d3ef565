"""Where things are on and about bodies, for pictures: points below, the Sun overhead, axes that turn with the Moon."""

from __future__ import annotations

from collections.abc import Sequence

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.bodies import SUN, Body, body
from sim.geometry import length, unit
from sim.products.pictures import cannot
from sim.result import Result
from sim.sites import Site
from sim.time import DAY_S, Span
from sim.trajectory import Trajectory

Array = NDArray[np.float64]


def spacecraft(result: Result, names: Sequence[str] | None, kind: str) -> list[Trajectory]:
    """The spacecraft of those names, or all of them."""
    there = {name: end for name, end in result.ends.items() if not isinstance(end, Site | Body)}
    for name in names or ():
        if name not in there:
            raise cannot(kind, f"no route has a spacecraft called {name!r}; there are {', '.join(there) or 'none'}")
    return [there[name] for name in (names if names is not None else there)]


def shown_span(whole: Span, start: float | None, days: float | None) -> Span:
    """What part of a span a picture shows."""
    first = whole.start if start is None else min(max(start, whole.start), whole.end - 1.0)
    return Span(first, min(whole.end, first + days * DAY_S) if days is not None else whole.end)


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
