"""Hops and routes: who can talk to whom, and through whom.

A clear line of sight is always required: above the horizon of every end that stands on a body, not occulted by other
bodies, and within the limits of both ends. So a route is only a path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from math import prod
from typing import TypeGuard

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.time import EDGE_S, Span
from sim.search.windows import Windows, overlap
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]
Path = Sequence[str | Sequence[str]]
Hop = tuple[str, str]

EARLY_S = 16.0
"""Hops are searched from a whole number of these before the span, so that the windows of a hop depend only on its own
ends, and not on the last digit of another hop's light time."""


ARROW = "->"
"""Between the ends of a hop wherever a program may read it; no name contains it."""


def hop_text(hop: Hop) -> str:
    """How tables and records write a hop, from the transmitter to the receiver.

    Examples
    --------
    >>> hop_text(("lro", "kourou"))
    'lro->kourou'
    """
    return ARROW.join(hop)


def route_text(path: Path) -> str:
    """How tables write the path of a hop or route.

    Examples
    --------
    >>> route_text(["lander", "relay", ["kourou", "goldstone"]])
    'lander->relay->kourou|goldstone'
    """
    return ARROW.join(path) if _plain(path) else ARROW.join("|".join(step) for step in steps(path))


def hop_read(text: str) -> str:
    """The text of a hop or route as it is written today, from tables and records of today and of earlier versions.

    Examples
    --------
    >>> hop_read("lro–kourou"), hop_read("lro->kourou"), hop_read("up-link")
    ('lro->kourou', 'lro->kourou', 'up-link')
    """
    return ARROW.join(part.strip() for part in text.split(_EARLIER)) if _EARLIER in text else text


_EARLIER = "–"
"""What earlier versions wrote between the ends; no name contains it either."""


def paths(route: Path) -> Iterator[tuple[str, ...]]:
    """Every plain path of a route with alternatives: a list inside means any of them."""
    return product(*([step] if isinstance(step, str) else step for step in route))


def steps(route: Path) -> list[tuple[str, ...]]:
    """The ends of each step of a route, alternatives side by side."""
    return [(step,) if isinstance(step, str) else tuple(step) for step in route]


def names(route: Path) -> tuple[str, ...]:
    """The distinct ends of a route, in the order in which its plain paths come to them; these are not listed."""
    if _plain(route):
        return tuple(dict.fromkeys(route))
    asked = steps(route)
    first = ((i * w, place, name) for place, (step, w) in enumerate(_turning(asked)) for i, name in enumerate(step))
    return tuple(dict.fromkeys(name for *_, name in sorted(first)))


def hops(route: Path) -> tuple[Hop, ...]:
    """The distinct hops of a route, in the order in which its plain paths come to them; these are not listed."""
    if _plain(route):
        return tuple(dict.fromkeys(pairwise(route)))
    found = [
        (i * before + j * after, place, (transmitter, receiver))
        for place, ((transmitters, before), (receivers, after)) in enumerate(pairwise(_turning(steps(route))))
        for i, transmitter in enumerate(transmitters)
        for j, receiver in enumerate(receivers)
    ]
    return tuple(dict.fromkeys(hop for *_, hop in sorted(found)))


def _plain(route: Path) -> TypeGuard[Sequence[str]]:
    """Whether a route has no alternatives, like most."""
    return {*map(type, route)} == {str}


def later_hops(chosen: Iterable[Path]) -> set[Hop]:
    """The hops of some routes that are not the first of a route."""
    return {leg for route in chosen for pair in list(pairwise(steps(route)))[1:] for leg in product(*pair)}


def _turning(asked: Sequence[tuple[str, ...]]) -> list[tuple[tuple[str, ...], int]]:
    """Steps, each with how many plain paths go by until its next alternative comes: the last step turns quickest."""
    return [(step, prod(map(len, asked[place + 1 :]))) for place, step in enumerate(asked)]


@typed
def along(
    route: Path, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool = True
) -> Windows:
    """When a route is open, in the time of its last end, from the windows of its hops, without a new search.

    Windows of a hop are in the time of its receiver. Every earlier hop is shifted by the light times of the later ones,
    so that a signal finds every hop open when it arrives there.
    """
    if len(steps(route)) < 2:
        raise ValueError(f"a route needs two ends or more, got {' '.join(map(str, route)) or 'none'}")
    for hop in hops(route):
        if missing := [name for name in hop if name not in ends] if light else []:
            raise ValueError(f"no end is called {missing[0]!r}. There are {', '.join(ends) or 'none'}")
        if hop not in windows:
            raise ValueError(f"there are no windows of the hop from {hop[0]} to {hop[1]}: give those of every hop")
    return joined(route, ends, windows, light)


def joined(route: Path, ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool) -> Windows:
    """`along` for checked arguments."""
    if len(route) == 2 and _plain(route):  # a single hop: nothing to join
        return windows[route[0], route[1]]
    first, *rest = steps(route)
    if len(rest) == len(rest[0]) == len(first) == 1:
        return windows[first[0], rest[0][0]]
    reached: dict[str, Windows | None] = dict.fromkeys(first)  # when light gets to each end of a step; None: starts
    for step in rest:
        reached = {
            receiver: overlap([_further(before, transmitter, receiver, ends, windows, light)
                               for transmitter, before in reached.items()], 1)
            for receiver in dict.fromkeys(step)
        }  # fmt: skip
    return overlap([found for found in reached.values() if found is not None], 1)


def light_time_s(chosen: Iterable[Path], ends: Mapping[str, Trajectory], span: Span, light: bool = True) -> float:
    """An upper bound on how long light takes from the end of a route's first hop to the end of its last one.

    Hops are searched so far before the span: what reaches a route's last end as the span begins passed the others
    earlier.
    """
    return max((_way_s(route, ends, span) for route in chosen if light), default=0.0)


def _way_s(route: Path, ends: Mapping[str, Trajectory], span: Span) -> float:
    """An upper bound on how long light takes from the end of a route's first hop to the end of its last one."""
    if len(route) <= 2 or not (later := later_hops([route])):
        return 0.0
    from sim.trajectories.light_time import ray
    from sim.visibility.known_times import known_times

    longest = 0.0
    for transmitter, receiver in later:
        known = known_times(ends[transmitter], ends[receiver], span=span)
        looks = [np.linspace(a, b, max(2, round(64 * (b - a) / span.duration_s))) for a, b in known]
        for t in looks:
            longest = max(longest, float(ray(ends[transmitter], ends[receiver], t).light_time.max()))
    return 1.1 * longest * (len(route) - 2) + 1.0


def _further(
    before: Windows | None,
    transmitter: str,
    receiver: str,
    ends: Mapping[str, Trajectory],
    windows: Mapping[Hop, Windows],
    light: bool,
) -> Windows:
    """Windows at a hop's receiver, of light that was at its transmitter in some windows, or starts there (None)."""
    if before is None:
        return windows[transmitter, receiver]
    from sim.visibility.known_times import arrivals, twice_lit  # the names of routes are asked without the search
    from sim.visibility.shadows import together

    one, other = together(ends[transmitter], ends[receiver])
    moved = before.shifted(arrivals(one, other), arrivals(one, other, last=True)) if light else before
    return _of_one_phase(moved & windows[transmitter, receiver], twice_lit(one, other, light))


def _of_one_phase(found: Windows, twice: Sequence[Span]) -> Windows:
    """Windows without those that exist only while light of two phases of one end arrives.

    What reaches that end in one phase does not leave it in another.
    """
    if not twice or not len(found):
        return found
    starts, ends = np.array([(each.start - EDGE_S, each.end + EDGE_S) for each in twice]).T
    brief = np.any((found.bounds[:, :1] >= starts) & (found.bounds[:, 1:] <= ends), axis=1)
    return replace(found, bounds=found.bounds[~brief])
