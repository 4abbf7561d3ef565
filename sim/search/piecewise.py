"""Conditions that are known in some intervals of time only: an orbit in phases, data that end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.core.pickling import picklable
from sim.core.time import Span, instant, instants
from sim.search.combination import negated
from sim.search.conditions import Condition, Positive, Scalar

Array = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class HasData(Positive):
    """Holds while an orbit is known. It is no limit of geometry: where it does not hold, the answer is unknown.

    says : time (TDB s) at which nothing is known → why, and from when to when
    """

    is_known: ClassVar[bool] = True
    says: Callable[[float], str]

    def reads(self, t: float) -> str:
        return self.says(t)


@dataclass(frozen=True, repr=False)
class Piecewise(Condition):
    """A different condition in each of some intervals of time; between them it is unknown whether it holds.

    pieces : intervals, half-open, in order and disjoint, each with the condition that applies in it only
    known  : holds in the intervals; it gives the reason why the rest is unknown
    """

    pieces: tuple[tuple[Span, Condition], ...]
    known: HasData
    name: str

    @property
    def parts(self) -> tuple[tuple[Span, Condition], ...]:
        return self.pieces

    @picklable
    def __invert__(self) -> Condition:
        return replace(self, pieces=tuple((when, ~part) for when, part in self.pieces), name=negated(self.name))

    def holds(self, t: Any) -> NDArray[np.bool_]:
        t = instants(t)
        found = np.zeros(t.shape, dtype=bool)
        for when, part in self.pieces:
            if np.any(inside := (t >= when.start) & (t < when.end)):
                found[inside] = part.holds(t[inside])
        return found

    def leaves(self) -> tuple[Positive, ...]:
        found = [leaf for _, part in self.pieces for leaf in part.leaves()]
        return (self.known, *{id(leaf): leaf for leaf in found}.values())  # a piece may share some with its neighbors

    def leaves_at(self, t: Any) -> tuple[Positive, ...]:
        t = instant(t)
        now = [part for when, part in self.pieces if when.start <= t < when.end]
        return now[0].leaves_at(t) if now else (self.known,)

    def blockers(self, t: Any) -> tuple[Positive, ...]:
        t = instant(t)
        now = [part for when, part in self.pieces if when.start <= t < when.end]
        return now[0].blockers(t) if now else (self.known,)

    def __str__(self) -> str:
        return self.name


def piecewise(
    parts: Sequence[tuple[Span, Condition]], name: str, reads: str, says: Callable[[float], str]
) -> Piecewise:
    """Join conditions, each in its own interval of time.

    name  : its text; reads : text of the limit that holds while it is known
    says  : time (TDB s) at which it is unknown → a sentence with the reason
    """
    inside = _between([(when.start, when.end) for when, _ in parts], reads)
    return Piecewise(tuple(parts), HasData(inside, 0.0, 1.0, reads, says), name)


def _between(stretches: Sequence[tuple[float, float]], name: str) -> Scalar:
    """Holds in some intervals of time: the margin is the time to the nearest edge; adjacent ones are joined."""
    bounds: list[tuple[float, float]] = []
    for opens, closes in sorted(stretches):
        if bounds and opens <= bounds[-1][1]:
            opens, closes = bounds[-1][0], max(bounds.pop()[1], closes)
        bounds.append((opens, closes))
    starts, ends = np.array(bounds or [(0.0, 0.0)]).T
    corners = np.unique(np.concatenate((starts, ends, 0.5 * (starts + ends), 0.5 * (starts[1:] + ends[:-1]))))

    def function(t: Array) -> Array:
        inside: Array = np.max(np.minimum(t[..., None] - starts, ends - t[..., None]), axis=-1)
        return inside

    def breaks(span: Span) -> Array:
        return corners[(corners > span.start) & (corners < span.end)]

    return Scalar(function, name, "s", 1e-6, breaks=breaks)
