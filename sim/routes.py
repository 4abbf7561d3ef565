"""Hops and routes: who can talk to whom, and through whom.

A line of sight is physical truth and therefore not opt-in: above the horizon of every end that stands on a body, past
every other body, within both ends' limits. So a route is only a path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.arguments import typed
from sim.conditions import AllOf, AnyOf, Condition, Positive, Scalar
from sim.parts import in_parts
from sim.phased import KNOWN, Phased, arrivals, known_times, stretches, unknown_text
from sim.piecewise import piecewise
from sim.remade import made_by, with_leaves
from sim.shadows import together
from sim.sight import Sight, occulters
from sim.sites import Site
from sim.time import Span
from sim.trajectory import Trajectory, ray
from sim.windows import Windows, overlap

Array = NDArray[np.float64]
Path = Sequence[str | Sequence[str]]
Hop = tuple[str, str]


@typed
def hop(start: Trajectory, end: Trajectory, light: bool = True) -> Condition:
    """A clear line of sight from one end to another that both ends' limits allow.

    Times are those of the receiving end. EARTH, MOON and SUN move in the other end's ephemeris; two ends that keep to
    different ones are refused with a `ValueError`. The terms stand in the order in which they are searched: horizons
    first, which leave little, then occulting bodies, then limits.
    """
    return with_leaves(made_by(_hop(start, end, light), hop, start, end, light))


def _hop(start: Trajectory, end: Trajectory, light: bool) -> Condition:
    if start.name == end.name:
        raise ValueError(f"a hop needs two different ends, got {start.name} twice")
    start, end = together(start, end)
    if isinstance(start, Phased) or isinstance(end, Phased):
        return _by_phases(start, end, light)
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


def phase_by_phase(
    start: Trajectory, end: Trajectory, make: Callable[[Any, Any], Scalar], light: bool = True, on: type | None = None
) -> Scalar:
    """A scalar of two ends; where one or both have phases, of each pair of phases while both hold, and NaN in gaps.

    make : what the scalar is of a sender and a receiver without phases; of others it is asked for its name alone
    on   : what the receiver must be, such as a site: in other phases the scalar is NaN
    """
    whole = make(start, end)
    if not (isinstance(start, Phased) or isinstance(end, Phased)):
        return whole
    pairs = [pair for pair in stretches(start, end, light) if on is None or isinstance(pair[1], on)]
    return in_parts(whole, [(make(*ends), when) for *ends, when in pairs], _unknown(start, end, light, pairs))


def _by_phases(start: Trajectory, end: Trajectory, light: bool) -> Condition:
    """A hop between ends of which one or both have phases: each pair of phases while both hold; else unknown."""
    parts: list[tuple[Span, Condition]] = []
    for sender, receiver, when in stretches(start, end, light):
        parts.append((when, _guarded(_hop(sender, receiver, light), when.start, when.end)))
    names = " and ".join(dict.fromkeys(each.name for each in (start, end) if isinstance(each, Phased)))
    says = _unknown(start, end, light, list(stretches(start, end, light)))
    return piecewise(parts, f"{start.name} – {end.name}", f"{KNOWN} {names}", says)


def _unknown(
    start: Trajectory, end: Trajectory, light: bool, pairs: Sequence[tuple[Trajectory, Trajectory, Span]]
) -> Callable[[float], str]:
    """Why nothing is known of two ends at the receiving one's time, TDB s: in words, and from when to when."""
    late: list[tuple[float, float]] = []
    for sender, receiver, when in pairs if light and isinstance(start, Phased) else ():
        edges = np.array([when.start, when.end])
        late += zip(edges.tolist(), ray(sender, receiver, edges).light_time.tolist(), strict=True)
    times, delays = np.array(sorted(late) or [(0.0, 0.0)]).T

    def says(t: float) -> str:
        for near in (t, t - _CLOSE_S, t + _CLOSE_S):  # it is asked at the edges of gaps
            sent = near - float(np.interp(near, times, delays))
            if told := list(filter(None, (unknown_text(start, sent), unknown_text(end, near)))):
                return " and ".join(dict.fromkeys(told))
        return "no orbit known"

    return says


# s: so far outside a phase its limits may be asked; its trajectories are known much farther
_CLOSE_S = 1e-2


def _guarded(condition: Condition, opens: float, closes: float) -> Condition:
    """A condition that is not asked, and holds, outside its phase."""
    if isinstance(condition, AllOf | AnyOf):
        return replace(condition, terms=tuple(_guarded(term, opens, closes) for term in condition.terms))
    assert isinstance(condition, Positive)
    ask, free = condition.scalar.function, condition.limit + condition.sign

    def function(t: Array) -> Array:
        t = np.asarray(t, dtype=float)
        inside, answer = (t >= opens - _CLOSE_S) & (t <= closes + _CLOSE_S), np.full(t.shape, free)
        answer[inside] = ask(t[inside]) if np.any(inside) else free
        return answer

    return replace(condition, scalar=replace(condition.scalar, function=function))


def _along(
    path: tuple[str, ...], ends: Mapping[str, Trajectory], windows: Mapping[Hop, Windows], light: bool
) -> Windows:
    first, *rest = pairwise(path)
    found = windows[first]
    for sender, receiver in rest:
        moved = found.shifted(arrivals(*together(ends[sender], ends[receiver]))) if light else found
        found = moved & windows[sender, receiver]
    return found
