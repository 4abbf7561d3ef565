"""Scalars and conditions that are known in parts of time only: those of a spacecraft in phases, or with data gaps.

Outside its parts a scalar is NaN and a condition is unknown; neither is evaluated there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.time import Span
from sim.search.conditions import Condition, Scalar
from sim.search.margins import Extremes
from sim.search.piecewise import piecewise
from sim.search.windows import Windows

Array = NDArray[np.float64]
Part = tuple[Scalar, Span]


@dataclass(frozen=True, repr=False)
class InParts(Scalar):
    """A scalar composed of others, each for its own part of time, in order. NaN outside of all of them."""

    parts: tuple[Part, ...] = ()
    says: Callable[[float], str] = field(default=lambda t: "no orbit known", compare=False)

    @typed
    def extremes(self, given: Windows | Span) -> Extremes:
        """Every interior maximum and minimum in each part; where one part follows another there may be more."""
        inside = Windows.whole(given) if isinstance(given, Span) else given
        found = [scalar.extremes(inside.within(share)) for scalar, share in self._shares(inside.span)]
        times, values = (np.concatenate([np.empty(0), *(getattr(x, name) for x in found)]) for name in _NUMBERS)
        maximum = np.concatenate([np.empty(0, dtype=bool), *(each.maximum for each in found)])
        return Extremes(times, values, maximum)

    def known(self, span: Span) -> Windows:
        """When in a span the scalar is known."""
        return Windows.of([(each.start, each.end) for _, each in self.parts], span)

    def _shares(self, span: Span) -> list[Part]:
        """The parts that lie in a span, cut to it."""
        cut = [(scalar, max(each.start, span.start), min(each.end, span.end)) for scalar, each in self.parts]
        return [(scalar, Span(start, end)) for scalar, start, end in cut if start < end]

    def _against(self, limit: Any, sign: float, relation: str) -> Condition:
        if isinstance(limit, Scalar):
            if limit.unit != self.unit:
                raise TypeError(f"cannot compare {self.unit or 'a number'} with {limit.unit or 'a number'}")
            pairs = [(when, one._against(other, sign, relation)) for one, other, when in _common(self, limit)]
            return self._piecewise(pairs, f"{self.name} {relation} {limit.name}")
        name = super()._against(limit, sign, relation)
        return self._piecewise([(when, each._against(limit, sign, relation)) for each, when in self.parts], str(name))

    def _piecewise(self, parts: Sequence[tuple[Span, Condition]], name: str) -> Condition:
        return piecewise(parts, name, f"orbit known of what {self.name} is of", self.says)


_NUMBERS = ("times", "values")


def in_parts(like: Scalar, parts: Sequence[Part], says: Callable[[float], str] = lambda t: "no orbit known") -> InParts:
    """One scalar from others, in order of time, with the name and unit of `like`, which is not evaluated.

    says : time (TDB s) at which it is unknown → a sentence with the reason
    """
    own = {each.name: getattr(like, each.name) for each in fields(Scalar)}
    pace = min((scalar.pace_s for scalar, _ in parts), default=like.pace_s)
    made = {"function": _function(parts), "breaks": _breaks(parts), "pace_s": pace, "through": None, "split": None}
    return InParts(**{**own, **made}, parts=tuple(parts), says=says)


def _function(parts: Sequence[Part]) -> Callable[[Array], Array]:
    def function(t: Array) -> Array:
        values = np.full(np.shape(t), np.nan)
        for scalar, when in parts:
            inside = (t >= when.start) & (t <= when.end)
            if np.any(inside):
                values[inside] = scalar.function(t[inside])
        return values

    return function


def _breaks(parts: Sequence[Part]) -> Callable[[Span], Array]:
    def breaks(span: Span) -> Array:
        found = [np.array([when.start, when.end]) for _, when in parts]
        for scalar, when in parts:
            start, end = max(when.start, span.start), min(when.end, span.end)
            if start < end:
                found.append(scalar.breaks(Span(start, end)))
        times = np.unique(np.concatenate([np.empty(0), *found]))
        return times[(times > span.start) & (times < span.end)]

    return breaks


def _common(one: InParts, other: Scalar) -> list[tuple[Scalar, Scalar, Span]]:
    """Pairs of scalars that are known at the same time, and when."""
    if not isinstance(other, InParts):
        return [(scalar, other, when) for scalar, when in one.parts]
    pairs = [(a, b, max(s.start, e.start), min(s.end, e.end)) for a, s in one.parts for b, e in other.parts]
    return [(a, b, Span(start, end)) for a, b, start, end in pairs if start < end]
