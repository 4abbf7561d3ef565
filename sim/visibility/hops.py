"""Hops: when light goes straight from a transmitter to a receiver, phase by phase."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.pickling import pickled_by, with_leaves
from sim.core.time import Span
from sim.search.conditions import AllOf, AnyOf, Condition, Positive, Scalar, every
from sim.search.piecewise import piecewise
from sim.search.scalars_in_parts import in_parts
from sim.search.windows import Windows
from sim.trajectories.light_time import Nearby, ray
from sim.trajectories.multi_phase import KNOWN, unknown_text
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility import obstacles
from sim.visibility.known_times import lit, stretches
from sim.visibility.limb import above_ground, relief_past
from sim.visibility.limit_sight import limit_conditions
from sim.visibility.shadows import together
from sim.visibility.sight import Sight, occulters

Array = NDArray[np.float64]


@typed
def hop(transmitter: Trajectory, receiver: Trajectory, light: bool = True) -> Condition:
    """A clear line of sight from a transmitter to a receiver that the limits of both allow.

    Times are those of the receiver. EARTH, MOON and SUN move in the other end's ephemeris; two ends that keep to
    different ones are refused with a `ValueError`. The terms stand in the order in which they are searched: horizons
    first, which leave little, then occulting bodies, then limits.
    """
    return with_leaves(pickled_by(_hop(transmitter, receiver, light), hop, transmitter, receiver, light))


def _hop(transmitter: Trajectory, receiver: Trajectory, light: bool) -> Condition:
    if transmitter.name == receiver.name:
        raise ValueError(f"a hop needs two different ends, got {transmitter.name} twice")
    transmitter, receiver = together(transmitter, receiver)
    if transmitter.in_parts or receiver.in_parts:
        return _by_phases(transmitter, receiver, light)
    return _clear(Sight(transmitter, receiver, light))


def _clear(sight: Sight) -> Condition:
    """A clear line of sight between two ends without phases that the limits of both allow."""
    terms = (*horizons(sight), *clearances(sight), *limit_conditions(sight))
    never = obstacles.out_of_reach(sight.transmitter, sight.receiver)
    return AllOf(terms, f"{sight.transmitter.name} – {sight.receiver.name}", tuple(never.values()))


@dataclass(frozen=True)
class Between:
    """How a hop's condition is made of ends, by the names of its transmitter and its receiver."""

    transmitter: str
    receiver: str

    def __call__(self, ends: Mapping[str, Trajectory], light: bool) -> Condition:
        """The condition of some ends."""
        return hop(ends[self.transmitter], ends[self.receiver], light)

    def near(
        self, ends: Mapping[str, Trajectory], light: bool, t: Array
    ) -> Callable[[Mapping[str, Trajectory]], Condition]:
        """The condition of ends that are slightly off some ends, for times (n,): light is solved once."""
        if any(ends[name].in_parts for name in (self.transmitter, self.receiver)):
            return lambda moved: self(moved, light)
        names = (self.transmitter, self.receiver)
        plain = Sight(ends[self.transmitter], ends[self.receiver], light)
        pair = (plain.transmitter, plain.receiver)
        light_between = Nearby(plain.ray(t), pair, light)

        def made(moved: Mapping[str, Trajectory]) -> Condition:
            one, other = (moved[n] if moved[n] is not ends[n] else end for n, end in zip(names, pair, strict=True))
            path = light_between.between(one, other) or ray(one, other, t, light)
            return _clear(Sight(one, other, light, (t, path)))

        return made


def horizons(sight: Sight) -> tuple[Positive, ...]:
    """Each end above the other's horizon, where that stands on a body; the receiver's first."""
    return tuple(sight.above_horizon(own) for own in (sight.receiver, sight.transmitter) if isinstance(own, Site))


def clearances(sight: Sight) -> tuple[Positive, ...]:
    """The line of sight past every body that might stand in it."""
    ends = f"{sight.transmitter.name} – {sight.receiver.name}"
    never = obstacles.out_of_reach(sight.transmitter, sight.receiver)
    relief = relief_past(sight)
    return tuple(
        above_ground(sight, body, relief, f"{ends} clear of {body.called}")
        if body.name == "moon" and relief is not None
        else Positive(sight.clearance_km(body), 0.0, 1.0, f"{ends} clear of {body.called}")
        for body in occulters(sight)
        if body.name not in never
    )


def hidden(sight: Sight, span: Span) -> Windows:
    """When a body stands between two ends that are in no phases, though both are above each other's horizons."""
    level, clear = horizons(sight), clearances(sight)
    up = every(level).windows(span) if level else Windows.whole(span)
    return up - every(clear).windows_in(up) if clear else Windows.none(span)


def phase_by_phase(
    transmitter: Trajectory,
    receiver: Trajectory,
    make: Callable[[Any, Any], Scalar],
    light: bool = True,
    on: type | None = None,
) -> Scalar:
    """A scalar of two ends; where one or both have phases, of each pair of phases while both hold, and NaN in gaps.

    make : what the scalar is of a transmitter and a receiver without phases; of others only its name is used
    on   : what the receiver must be, such as a site: in other phases the scalar is NaN
    """
    whole = make(transmitter, receiver)
    if not (transmitter.in_parts or receiver.in_parts):
        return whole
    pairs = [pair for pair in stretches(transmitter, receiver, light) if on is None or isinstance(pair[1], on)]
    made = [(make(*ends), when) for *ends, when in pairs]
    return in_parts(whole, made, _unknown(transmitter, receiver, light, pairs))


def _by_phases(transmitter: Trajectory, receiver: Trajectory, light: bool) -> Condition:
    """A hop between ends of which one or both have phases: each pair of phases while both hold; else unknown."""
    found = list(lit(transmitter, receiver, light))
    pairs: dict[tuple[int, int], list[Any]] = {}  # each pair of phases, and from when to when it counts
    for sent, own, when, _ in found:
        for each in sent:
            pairs.setdefault((id(each), id(own)), [each, own, when.start, when.end])[3] = when.end
    made = {key: _guarded(_hop(a, b, light), opens, closes) for key, (a, b, opens, closes) in pairs.items()}
    parts: list[tuple[Span, Condition]] = []
    for sent, own, when, one in found:
        seen = tuple(made[id(each), id(own)] for each in sent)
        parts.append((when, seen[0] if len(seen) == 1 else AnyOf(seen) if one else AllOf(seen)))
    names = " and ".join(dict.fromkeys(each.name for each in (transmitter, receiver) if each.in_parts))
    says = _unknown(transmitter, receiver, light, list(stretches(transmitter, receiver, light)))
    return piecewise(parts, f"{transmitter.name} – {receiver.name}", f"{KNOWN} {names}", says)


def _unknown(
    transmitter: Trajectory, receiver: Trajectory, light: bool, pairs: Sequence[tuple[Trajectory, Trajectory, Span]]
) -> Callable[[float], str]:
    """Why nothing is known of two ends at the receiver's time, TDB s: in words, and from when to when."""
    late: list[tuple[float, float]] = []
    for one, other, when in pairs if light and transmitter.in_parts else ():
        edges = np.array([when.start, when.end])
        late += zip(edges.tolist(), ray(one, other, edges).light_time.tolist(), strict=True)
    times, delays = np.array(sorted(late) or [(0.0, 0.0)]).T

    def says(t: float) -> str:
        for near in (t, t - _CLOSE_S, t + _CLOSE_S):  # times are often edges of gaps
            sent = near - float(np.interp(near, times, delays))
            if reasons := list(filter(None, (unknown_text(transmitter, sent), unknown_text(receiver, near)))):
                return " and ".join(dict.fromkeys(reasons))
        return "no orbit known"

    return says


# s: limits may be evaluated so far outside a phase; its trajectories are known much farther
_CLOSE_S = 1e-2


def _guarded(condition: Condition, opens: float, closes: float) -> Condition:
    """A condition that is not evaluated, and holds, outside its phase."""
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
