"""Spread of window edges over a family of orbits that fit the same published facts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.time import Span, utc
from sim.search.conditions import Condition
from sim.search.windows import Windows
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.spacecraft import Spacecraft
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

LOW, HIGH = 5.0, 95.0
"""The percentiles of the spread."""


@dataclass(frozen=True)
class EdgeSpread:
    """One window of the nominal orbit, and the spread of its edges over a family.

    start, end           : nominal, TDB s
    start_s, end_s       : (5 %, 95 %) of the members' edges, s after the nominal one; None if the span cuts it
    share                : fraction of the members that have this window
    """

    start: float
    end: float
    start_s: tuple[float, float] | None
    end_s: tuple[float, float] | None
    share: float

    def __str__(self) -> str:
        edges = [f"{utc(t, 0)} {_told(s)}" for t, s in ((self.start, self.start_s), (self.end, self.end_s))]
        return f"{' – '.join(edges)}, in {100.0 * self.share:.0f} % of the family"


@typed
def edge_spread(
    craft: Spacecraft, condition: Callable[[Trajectory], Condition], span: Span, samples: int = 100, seed: int = 0
) -> tuple[EdgeSpread, ...]:
    """The 5th to 95th percentiles of window edges over the family of a spacecraft's orbit.

    craft     : its orbit is of a kind with a family: `transfer`
    condition : of the moved spacecraft, such as lambda craft: sim.hop(craft, station)
    span      : time outside of a member's own flight is ignored
    samples   : members; seed : of the draws, the same every time

    Raises `SimError` for an orbit without a family, and what moving raises.
    """
    orbit = craft.orbit
    if not orbit.has_family:
        raise SimError(f"spacecraft {craft.name}: an orbit of kind {orbit.kind!r} has no family. Kind 'transfer' has")

    def windows(member: Orbit) -> Windows:
        first, last = member.ends(craft.ephemeris)
        own = Span(max(span.start, first), min(span.end, last))
        moved = Spacecraft(**{**{name: getattr(craft, name) for name in type(craft).model_fields}, "orbit": member})
        return condition(moved.over(own)).windows(own)

    return spread(windows(orbit), (windows(member) for member in orbit.members(samples, seed, craft.ephemeris)))


def spread(nominal: Windows, members: Iterable[Windows]) -> tuple[EdgeSpread, ...]:
    """The 5th to 95th percentiles of window edges; in each member the window with the largest overlap counts."""
    found: list[list[tuple[float, float]]] = [[] for _ in nominal.bounds]
    count = 0
    for member in members:
        count += 1
        bounds = member.bounds.copy()
        if len(bounds) and member.open_start:
            bounds[0, 0] = np.nan
        if len(bounds) and member.open_end:
            bounds[-1, 1] = np.nan
        for index, (start, end) in enumerate(nominal.bounds):
            if not len(bounds):
                continue
            common = np.minimum(end, member.bounds[:, 1]) - np.maximum(start, member.bounds[:, 0])
            best = int(np.argmax(common))
            if common[best] > 0.0:
                found[index].append((bounds[best, 0], bounds[best, 1]))
    last = len(nominal.bounds) - 1
    return tuple(
        EdgeSpread(
            float(start),
            float(end),
            None if nominal.open_start and index == 0 else _percentiles([a for a, _ in edges], start),
            None if nominal.open_end and index == last else _percentiles([b for _, b in edges], end),
            len(edges) / count if count else 0.0,
        )
        for index, ((start, end), edges) in enumerate(zip(nominal.bounds, found, strict=True))
    )


def _percentiles(times: Sequence[float], nominal: float) -> tuple[float, float] | None:
    """The low and the high percentile of edges, after the nominal one, without those that a span cuts."""
    known = [t - nominal for t in times if np.isfinite(t)]
    if not known:
        return None
    low, high = np.percentile(known, [LOW, HIGH])
    return float(low), float(high)


def _told(seconds: tuple[float, float] | None) -> str:
    return "(cut)" if seconds is None else f"({seconds[0] / 60.0:+.1f} to {seconds[1] / 60.0:+.1f} min)"
