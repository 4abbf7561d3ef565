"""Hops and routes: who can talk to whom, and through whom.

A line of sight is physical truth and therefore not opt-in: above the horizon of every end that stands on a body, past
every other body, within both ends' limits. So a route is only a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise, product

import numpy as np
from numpy.typing import NDArray

from sim.conditions import AllOf, Condition, Positive
from sim.sight import Sight, occulters
from sim.sites import Site
from sim.trajectory import Trajectory, arrival
from sim.windows import Windows, overlap

Array = NDArray[np.float64]
Path = Sequence[str | Sequence[str]]
Hop = tuple[str, str]


def hop(start: Trajectory, end: Trajectory, light: bool = True) -> Condition:
    """A clear line of sight from one end to another that both ends' limits allow.

    Times are those of the receiving end. The terms stand in the order in which they are searched: horizons first,
    which leave little, then occulting bodies, then limits.
    """
    if start.name == end.name:
        raise ValueError(f"a hop needs two different ends, got {start.name} twice")
    sight = Sight(start, end, light)
    limits = [limit.condition(sight, own) for own in (end, start) for limit in own.limits]
    return AllOf((*horizons(sight), *clearances(sight), *limits), f"{start.name} – {end.name}")


def horizons(sight: Sight) -> tuple[Positive, ...]:
    """Each end above the other's horizon, where that stands on a body; the receiving end's first."""
    return tuple(sight.above_horizon(own) for own in (sight.end, sight.start) if isinstance(own, Site))


def clearances(sight: Sight) -> tuple[Positive, ...]:
    """The line of sight past every body that might stand in it."""
    ends = f"{sight.start.name} – {sight.end.name}"
    return tuple(
        Positive(sight.clearance_km(body), 0.0, 1.0, f"{ends} clear of {body.called}") for body in occulters(sight)
    )


def paths(route: Path) -> Iterator[tuple[str, ...]]:
    """Every plain path of a route with alternatives: a list inside means any of them."""
    return product(*([step] if isinstance(step, str) else step for step in route))


def hops(route: Path) -> tuple[Hop, ...]:
    """The distinct hops of a route, in order."""
    return tuple(dict.fromkeys(pair for path in paths(route) for pair in pairwise(path)))


def along(
    route: Path, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool = True
) -> Windows:
    """When a route is open, at its last end's time, from its hops' windows: no new search.

    Each hop's windows speak of its receiving end's time; every earlier hop is moved by the light time of the later
    ones, so that what leaves the first end in time finds every door open on its way.
    """
    return overlap([_along(path, ends, windows, light) for path in paths(route)], 1)


def _along(
    path: tuple[str, ...], ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool
) -> Windows:
    first, *rest = pairwise(path)
    found = windows[first]
    for sender, receiver in rest:
        moved = found.shifted(_arrival(ends[sender], ends[receiver])) if light else found
        found = moved & windows[sender, receiver]
    return found


def _arrival(start: Trajectory, end: Trajectory) -> Callable[[Array], Array]:
    return lambda sent: arrival(start, end, sent)
