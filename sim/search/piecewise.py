"""Conditions that are known in some stretches of time only: an orbit in phases, data that end."""

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
    """Whether an answer is known at all: no limit of the geometry's. Where it does not hold nothing is open or closed.

    says : time (TDB s) at which nothing is known → why, and from when to when
    """

    is_known: ClassVar[bool] = True
    says: Callable[[float], str]

    def reads(self, t: float) -> str:
        return self.says(t)


@dataclass(frozen=True, repr=False)
class Piecewise(Condition):
    """Another condition in each of some stretches of time; between them nobody knows whether it holds.

    pieces : when, half-open, in order and disjoint, and the condition that is asked then, and at no other time
    known  : holds in the stretches; it says why nothing is known elsewhere
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
    """Conditions, each in its own stretch of time, as one.

    name  : how it reads; reads : how the limit does that holds while it is known
    says  : time (TDB s) at which nothing is known → why, in words
    """
    inside = _between([(when.start, when.end) for when, _ in parts], reads)
    return Piecewise(tuple(parts), HasData(inside, 0.0, 1.0, reads, says), name)


def _between(stretches: Sequence[tuple[float, float]], name: str) -> Scalar:
    """Inside one of some stretches of time: the margin is the time to the nearest edge; those that touch are one."""
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
