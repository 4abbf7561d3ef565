"""What sites see in passes: directions, ranges and rates at the edges, culminations, closest approaches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.products.pictures import Observables, just_inside, observables
from sim.search.conditions import Scalar
from sim.search.extremes import turns
from sim.search.windows import Windows
from sim.trajectories.sites import Site
from sim.visibility.links import Bundle
from sim.visibility.sight import Moment, Sight

Array = NDArray[np.float64]
Index = NDArray[np.intp]

GEOMETRY = (
    "aos_utc", "los_utc", "tca_utc", "culmination_utc", "aos_azimuth_deg", "los_azimuth_deg", "aos_elevation_deg",
    "los_elevation_deg", "culmination_elevation_deg", "culmination_azimuth_deg", "aos_range_km", "tca_range_km",
    "los_range_km", "aos_range_rate_km_s", "los_range_rate_km_s", "tca_light_time_s",
)  # fmt: skip
"""The columns that `seen_in` finds: times in TDB s, angles in deg."""


def seen_in(bundle: Bundle, places: Index, bounds: Array, span: Span) -> dict[str, Array]:
    """What the sites of a bundle see in windows of its links: (n,) places, (n, 2) TDB s → (n,) a column."""
    sights, edges, extreme = _Sights(bundle, places), bounds, _extreme_of_many
    if bundle.alone is not None:
        edges, extreme = just_inside(Sight(*bundle.ends, bundle.light), Windows(bounds, span)), _extreme_of_one
    top = extreme(sights, bounds, edges, span, lambda seen: seen.elevation, 1.0)
    nearest = extreme(sights, bounds, edges, span, lambda seen: seen.distance, -1.0)
    found = {"aos_utc": bounds[:, 0], "los_utc": bounds[:, 1], "tca_utc": nearest, "culmination_utc": top}
    every = np.arange(len(bounds))
    for name, times in (("aos", edges[:, 0]), ("los", edges[:, 1])):
        seen, t = sights.at(times, every)
        found[f"{name}_elevation_deg"] = seen.elevation.function(t)
        found[f"{name}_azimuth_deg"] = seen.azimuth.function(t)
        found[f"{name}_range_km"] = seen.distance.function(t)
        found[f"{name}_range_rate_km_s"] = seen.rate.function(t)
    seen, t = sights.at(top, every)
    found["culmination_elevation_deg"] = seen.elevation.function(t)
    found["culmination_azimuth_deg"] = seen.azimuth.function(t)
    seen, t = sights.at(nearest, every)
    found["tca_range_km"] = seen.distance.function(t)
    found["tca_light_time_s"] = seen.light_time.function(t)
    return found


def highest(scalar: Scalar, windows: Windows, edges: Array | None = None) -> Array:
    """Time of the greatest value in each window, its edges included: (n,) TDB s.

    edges : (n, 2) TDB s, at which the windows' edges are looked at; themselves if None
    """
    return _of_one(scalar, windows, windows.bounds if edges is None else edges, 1.0)


class _Sights:
    """What the sites of a bundle see in windows, a row each; light is followed once for times that are asked again."""

    def __init__(self, bundle: Bundle, places: Index) -> None:
        self.bundle, self.places = bundle, places
        self.kept: dict[tuple[bytes, bytes], tuple[Observables, Array]] = {}

    def at(self, t: Array, rows: Index) -> tuple[Observables, Array]:
        """What is seen at times (m,) in the windows of some rows (m,), and the times by which to ask that."""
        key = (t.tobytes(), rows.tobytes())
        if key not in self.kept:
            if len(self.kept) >= _KEPT:
                self.kept.clear()
            one, other = self.bundle.at(self.places[rows])
            sight = Moment(one, other, self.bundle.light, t)
            own = next(end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site))
            self.kept[key] = observables(sight, own), t
        return self.kept[key]


_KEPT = 8
"""Sets of times at which rays are kept: some megabytes each."""

_Which = Callable[[Observables], Scalar]


def _both_edges(edges: Array) -> tuple[Array, Index]:
    """Edges (n, 2) one after the other, and the windows (2n,) that they are of."""
    return edges.ravel(), np.arange(len(edges)).repeat(2)


def _extreme_of_one(
    sights: _Sights, bounds: Array, edges: Array, span: Span, which: _Which, sign: float
) -> Array:
    seen, _ = sights.at(*_both_edges(edges))
    return _of_one(which(seen), Windows(bounds, span), edges, sign)


def _of_one(scalar: Scalar, windows: Windows, edges: Array, sign: float) -> Array:
    """Where a scalar is greatest, or least, in each window."""
    found = scalar.extremes(windows)
    owner = np.searchsorted(windows.bounds[:, 0], found.times, "right") - 1
    turn = found.maximum == (sign > 0)
    return _best(edges, scalar(edges), found.times[turn], found.values[turn], owner[turn], sign)


def _extreme_of_many(
    sights: _Sights, bounds: Array, edges: Array, span: Span, which: _Which, sign: float
) -> Array:
    """Where a scalar of each of many links is greatest, or least, in a window each."""

    def smooth(t: Array, rows: Index) -> Array:
        seen, at = sights.at(t, rows)
        scalar = which(seen)
        return scalar.function(at) if scalar.through is None else scalar.through.function(at)

    def plain(t: Array, rows: Index) -> Array:
        seen, at = sights.at(t, rows)
        return which(seen).function(at)

    first, _ = sights.at(bounds[:1, 0], np.zeros(1, dtype=np.intp))
    margin = which(first).margin_to(0.0, span)
    t, rows, maximum = turns(smooth, bounds, margin.breaks, margin.pace_s, margin.resolution)
    turn = maximum == (sign > 0)
    t, rows = t[turn], rows[turn]
    ends = plain(*_both_edges(edges)).reshape(-1, 2)
    return _best(edges, ends, t, plain(t, rows), rows, sign)


def _best(edges: Array, at_edges: Array, times: Array, values: Array, owner: Index, sign: float) -> Array:
    """The time of the greatest value, or with the sign changed the least, of each window's edges and turns: (n,)."""
    times = np.concatenate((edges.ravel(), times))
    values = sign * np.concatenate((at_edges.ravel(), values))
    values = np.where(np.isnan(values), -np.inf, values)
    owner = np.concatenate((np.arange(len(edges)).repeat(2), owner))
    order = np.lexsort((values, owner))
    best = np.flatnonzero(np.append(np.diff(owner[order]) != 0, True))
    result: Array = times[order][best]
    return result
