"""What sites see in passes: directions, ranges and rates at the edges, culminations, closest approaches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.products.pictures import just_inside, observables
from sim.search.windows import Windows
from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.search.conditions import Scalar
    from sim.visibility.links import Bundle
    from sim.visibility.sight import Sight
    from sim.visibility.sky_table import SkyTable

Array = NDArray[np.float64]
Index = NDArray[np.intp]

GEOMETRY = (
    "aos_utc", "los_utc", "tca_utc", "culmination_utc", "aos_azimuth_deg", "los_azimuth_deg", "aos_elevation_deg",
    "los_elevation_deg", "culmination_elevation_deg", "culmination_azimuth_deg", "aos_range_km", "tca_range_km",
    "los_range_km", "aos_range_rate_km_s", "los_range_rate_km_s", "tca_light_time_s",
)  # fmt: skip
"""The columns that `seen_in` finds: times in TDB s, angles in deg."""


def seen_in(
    bundle: Bundle, places: Index, bounds: Array, span: Span, sky: SkyTable | None = None
) -> dict[str, Array]:
    """What the sites of a bundle see in windows of its links: (n,) places, (n, 2) TDB s → (n,) a column.

    sky : what they see over the span, if known
    """
    from sim.visibility.sight import Sight

    if any(end.in_parts for end in bundle.ends):
        sight = Sight(*bundle.ends, bundle.light)
        edges, found_turns = just_inside(sight, Windows(bounds, span)), _turns_of_one(sight, Windows(bounds, span))
    else:
        edges, found_turns = bounds, _turns_of_many(bundle, places, bounds, span, sky)
    (high, of_high), (near, of_near) = found_turns
    every = np.arange(len(bounds))
    times = np.concatenate((edges[:, 0], edges[:, 1], high, near))
    owner = np.concatenate((every, every, of_high, of_near))
    sight, own = _moment(bundle, places[owner], times)
    seen = observables(sight, own)
    elevation, azimuth, distance, rate = (
        scalar.function(times) for scalar in (seen.elevation, seen.azimuth, seen.distance, seen.rate)
    )
    ends, first = np.arange(2 * len(bounds)), 2 * len(bounds)
    top = _best(elevation, owner, np.append(ends, np.arange(first, first + len(high))))
    nearest = _best(-distance, owner, np.append(ends, np.arange(first + len(high), len(times))))
    found = {
        "aos_utc": bounds[:, 0], "los_utc": bounds[:, 1], "tca_utc": times[nearest], "culmination_utc": times[top],
        "culmination_elevation_deg": elevation[top], "culmination_azimuth_deg": azimuth[top],
        "tca_range_km": distance[nearest], "tca_light_time_s": seen.light_time.function(times)[nearest],
    }  # fmt: skip
    for name, some in (("aos", slice(0, len(bounds))), ("los", slice(len(bounds), first))):
        found[f"{name}_elevation_deg"], found[f"{name}_azimuth_deg"] = elevation[some], azimuth[some]
        found[f"{name}_range_km"], found[f"{name}_range_rate_km_s"] = distance[some], rate[some]
    return found


def highest(scalar: Scalar, windows: Windows, edges: Array | None = None) -> Array:
    """Time of the greatest value in each window, its edges included: (n,) TDB s.

    edges : (n, 2) TDB s, at which the windows' edges are looked at; themselves if None
    """
    edges = windows.bounds if edges is None else edges
    times, owner = _of_one(scalar, windows, True)
    times = np.concatenate((edges[:, 0], edges[:, 1], times))
    owner = np.concatenate((*2 * [np.arange(len(edges))], owner))
    values: Array = times[_best(scalar(times), owner, np.arange(len(times)))]
    return values


def _moment(bundle: Bundle, places: Index, t: Array) -> tuple[Sight, Site]:
    """The sight of links of a bundle at a time each, whose light is followed once, and the site or sites in it."""
    from sim.visibility.sight import Sight

    sight = Sight(*bundle.at(places), bundle.light)
    sight = replace(sight, known=(t, sight.ray(t)))
    return sight, next(end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site))


def _turns_of_one(sight: Sight, windows: Windows) -> tuple[_Turned, _Turned]:
    """Where elevation is greatest and range is least inside the windows of one link, phase by phase."""
    own = next(end for end in (sight.receiver, sight.transmitter) if isinstance(end, Site))
    seen = observables(sight, own)
    return _of_one(seen.elevation, windows, True), _of_one(seen.distance, windows, False)


def _of_one(scalar: Scalar, windows: Windows, maximum: bool) -> _Turned:
    found = scalar.extremes(windows)
    times = found.times[found.maximum == maximum]
    return times, np.searchsorted(windows.bounds[:, 0], times, "right") - 1


def _turns_of_many(
    bundle: Bundle, places: Index, bounds: Array, span: Span, sky: SkyTable | None
) -> tuple[_Turned, _Turned]:
    """The same for links without phases, a window each: heights above the horizontal plane and ranges tell both."""
    from sim.search.extremes import turns

    def ask(t: Array, rows: Index) -> tuple[Array, Array]:
        if sky is not None:
            return sky.heights(places[rows], t)
        sight, own = _moment(bundle, places[rows], t)
        return sight.height(own, t)

    one, own = _moment(bundle, places[:1], bounds[:1, 0])
    elevation, distance = one.elevation_deg(own), one.range_km()
    smallest = float(np.deg2rad(elevation.resolution)), distance.resolution
    above, away = turns(ask, bounds, elevation.breaks(span), elevation.pace_s, *smallest)
    high, near = above.maximum, ~away.maximum
    return (above.times[high], above.windows[high]), (away.times[near], away.windows[near])


_Turned = tuple[Array, Index]
"""Times (m,) TDB s, and the windows (m,) that they are in."""


def _best(values: Array, owner: Index, among: Index) -> Index:
    """Which of some values (m,), by numbers among all, is the greatest of each owner's; the last of equal ones."""
    values = np.where(np.isnan(values), -np.inf, values)[among]
    order = np.lexsort((values, owner[among]))
    best = np.flatnonzero(np.append(np.diff(owner[among][order]) != 0, True))
    found: Index = among[order][best]
    return found
