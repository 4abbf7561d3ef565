"""Hops and routes: who can talk to whom, and through whom.

A line of sight is physical truth and therefore not opt-in: above the horizon of every end that stands on a body, past
every other body, within both ends' limits. So a route is only a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.time import Span
from sim.search.windows import Windows, overlap
from sim.trajectories.light_time import ray
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import arrivals, known_times
from sim.visibility.shadows import together

Array = NDArray[np.float64]
Path = Sequence[str | Sequence[str]]
Hop = tuple[str, str]


def paths(route: Path) -> Iterator[tuple[str, ...]]:
    """Every plain path of a route with alternatives: a list inside means any of them."""
    return product(*([step] if isinstance(step, str) else step for step in route))


def hops(route: Path) -> tuple[Hop, ...]:
    """The distinct hops of a route, in order."""
    return tuple(dict.fromkeys(pair for path in paths(route) for pair in pairwise(path)))


@typed
def along(
    route: Path, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool = True
) -> Windows:
    """When a route is open, at its last end's time, from its hops' windows: no new search.

    Each hop's windows speak of its receiving end's time; every earlier hop is moved by the light time of the later
    ones, so that what leaves the first end in time finds every door open on its way.
    """
    for each in [tuple(path) for path in paths(route) if len(path) < 2]:
        raise ValueError(f"a route needs two ends or more, got {' '.join(each) or 'none'}")
    for hop in hops(route):
        if missing := [name for name in hop if name not in ends] if light else []:
            raise ValueError(f"no end is called {missing[0]!r}. There are {', '.join(ends) or 'none'}")
        if hop not in windows:
            raise ValueError(f"there are no windows of the hop from {hop[0]} to {hop[1]}: give those of every hop")
    return overlap([_along(path, ends, windows, light) for path in paths(route)], 1)


def light_time_s(chosen: Iterable[Path], ends: Mapping[str, Trajectory], span: Span, light: bool = True) -> float:
    """An upper bound on how long light takes from the end of a route's first hop to the end of its last one.

    Hops are searched so far before the span: what reaches a route's last end as the span begins passed the others
    earlier.
    """
    ways = [way for route in chosen for way in paths(route)]
    later = {leg for way in ways for leg in list(pairwise(way))[1:]}
    if not later or not light:
        return 0.0
    longest = 0.0
    for start, end in later:
        known = known_times(ends[start], ends[end], span=span)
        looks = [np.linspace(a, b, max(2, round(64 * (b - a) / span.duration_s))) for a, b in known]
        for t in looks:
            longest = max(longest, float(ray(ends[start], ends[end], t).light_time.max()))
    between = max(map(len, ways)) - 2
    return 1.1 * longest * between + 1.0












def _along(
    path: tuple[str, ...], ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool
) -> Windows:
    first, *rest = pairwise(path)
    found = windows[first]
    for sender, receiver in rest:
        moved = found.shifted(arrivals(*together(ends[sender], ends[receiver]))) if light else found
        found = moved & windows[sender, receiver]
    return found
