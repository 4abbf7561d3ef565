"""Scalars that wrap, such as an azimuth, which jumps from 360° to 0°.

A search must not see the jump. A comparison with a limit is replaced by conditions on half turns: each is the sine of a
difference of angles, and smooth. Where the value wraps, conditions on both sides of the wrap change at one instant, to
the last bit, so that `(az > 350) | (az < 10)` is one window and its negation has no extra short window.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import given, typed
from sim.core.time import Span
from sim.search.conditions import AllOf, AnyOf, Condition, Positive, Scalar, Through
from sim.search.find import extremes
from sim.search.margins import Extremes
from sim.search.windows import Windows

Array = NDArray[np.float64]
Function = Callable[[Array], Array]

_SAME_S = 1.0
"""Extremes of one kind that are nearer than this are one."""

SINE_RESOLUTION = 1e-9
"""Resolution of the sine of an angle in a search: 0.0002″, well above its rounding noise."""


@dataclass(frozen=True, repr=False)
class Wrapping(Scalar):
    """A number that wraps as a function of time: an azimuth, a longitude, an hour angle.

    period : period of the values, in the scalar's unit
    lowest : values are from here up to `lowest` + `period`
    after  : a value → a smooth function of TDB s (n,) → (n,), positive in the half turn that begins there; by default
             the sine of the difference
    """

    period: float = 360.0
    lowest: float = 0.0
    after: Callable[[float], Function] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("period", "lowest"):
            given(getattr(self, name), float, f"a scalar that wraps, {name}")
        given(self.after, Callable[[float], Function] | None, "a scalar that wraps, after")
        if not (self.period > 0.0 and np.isfinite(self.period) and np.isfinite(self.lowest)):
            raise ValueError(f"expected a period above 0 and a lowest value, got {self.period:g} and {self.lowest:g}")

    @typed
    def extremes(self, given: Windows | Span) -> Extremes:
        """Every interior maximum and minimum; the wrap is not an extreme."""
        inside = Windows.whole(given) if isinstance(given, Span) else given
        near = self._half(self.lowest - 0.25 * self.period).windows_in(inside)  # a quarter turn around the wrap
        narrow = 0.2 * self.period  # the two overlap: an extreme on the border of one is inside the other
        wrap = AllOf((self._beyond(self.lowest - narrow), ~self._beyond(self.lowest + narrow))).windows_in(inside)
        parts = [
            extremes(self.plain(function).margin_to(0.0, inside.span, name=self.name), windows)
            for function, windows in ((self._turned, near), (self.function, inside - wrap))
        ]
        times = np.concatenate([part.times for part in parts])
        order = np.argsort(times)
        times, maximum = times[order], np.concatenate([part.maximum for part in parts])[order]
        # In the overlap each is found twice; between two of a kind there is one of the other kind.
        twice = np.zeros(len(times), dtype=bool)
        twice[1:] = (maximum[1:] == maximum[:-1]) & (np.diff(times) < _SAME_S)
        return Extremes(times[~twice], self(times[~twice]), maximum[~twice])

    def plain(self, function: Function | None = None, **changes: Any) -> Scalar:
        """The same scalar, or another function of its kind, for a search that allows its jump."""
        own = {each.name: getattr(self, each.name) for each in fields(Scalar)}
        return Scalar(**{**own, "function": function or self.function, **changes})

    def _against(self, limit: Any, sign: float, relation: str) -> Condition:
        if isinstance(limit, Scalar) and not isinstance(limit, Wrapping) and type(limit) is not Scalar:
            return limit._against(self, -sign, ">" if relation == "<" else "<")  # it knows better
        found = super()._against(limit, sign, relation)
        assert isinstance(found, Positive)
        if not isinstance(limit, Scalar):
            return Positive(self.plain(split=self._above), found.limit, sign, found.name)
        scalar = replace(self.plain(found.scalar.function), breaks=found.scalar.breaks, pace_s=found.scalar.pace_s)
        return Positive(replace(scalar, split=lambda _: self._over(limit)), 0.0, sign, found.name)

    def between(self, first: float, last: float) -> Positive:
        """Return the condition that it lies in the sector that begins at one value and goes on to another.

        It is one limit, whose margin is the distance to the nearer end. Its search looks at two half turns, and so at
        no more than what it is asked of: quicker than a comparison with each of the two.

        Parameters
        ----------
        first, last : float
            In the scalar's unit; the sector goes across the wrap if the first is the greater.

        Examples
        --------
        >>> azimuth = Wrapping(lambda t: t % 360.0, "azimuth", "deg", 1e-6, 100.0)
        >>> [(round(a), round(b)) for a, b in azimuth.between(350.0, 10.0).windows(Span(5.0, 800.0))]
        [(5, 10), (350, 370), (710, 730)]
        """
        half = 0.5 * ((last - first) % self.period)
        if half == 0.0:
            raise ValueError(f"{self.name}: expected a sector between two values, got {first:g} and {last:g}")
        opposite = first + half + 0.5 * self.period

        def inward(t: Array) -> Array:
            away: Array = half - np.abs((self.function(t) - opposite) % self.period - 0.5 * self.period)
            return away

        def split(limit: float) -> Condition:
            """Half turns: both after the first value and before the last, or either in a sector of more than half."""
            if not 0.0 < half - limit < 0.5 * self.period:
                return _constant(half > limit, name)
            ends = self._beyond(first + limit), ~self._beyond(last - limit)
            return AllOf(ends) if half - limit <= 0.25 * self.period else AnyOf(ends)

        name = f"{self.name} from {first:g} to {last:g} {self.unit}"
        return Positive(self.plain(inward, split=split), 0.0, 1.0, name)

    def _above(self, limit: float) -> Condition:
        """Above a limit, by half turns: the upper half of the values, and the half turn after the limit."""
        share = (limit - self.lowest) / self.period
        if share <= 0.0 or share >= 1.0:
            return _constant(share <= 0.0, f"{self.name} > {limit:g} {self.unit}")
        upper = self._half(self.lowest + 0.5 * self.period)
        if share == 0.5:
            return upper
        own = self._beyond(limit)
        return AnyOf((upper, own)) if share < 0.5 else AllOf((upper, own))

    def _over(self, other: Scalar) -> Condition:
        """Above another scalar: in the upper half while that is not, or less than half a turn after it."""
        middle = self.lowest + 0.5 * self.period
        upper, name = self._half(middle), f"{self.name} > {other.name}"
        wraps = isinstance(other, Wrapping)
        others = other._half(middle) if isinstance(other, Wrapping) else other > middle
        apart = self._sine(lambda t: self.function(t) - other.function(t), name)
        in_half = AnyOf((AllOf((upper, others)), AllOf((~upper, ~others))))
        above = AnyOf((AllOf((upper, ~others)), AllOf((in_half, apart))))
        if wraps:
            return above
        return AnyOf((other < self.lowest, AllOf((other < self.lowest + self.period, above))))

    def _half(self, start: float) -> Half:
        """In the half turn after a value, searched over a whole span."""
        own = self._beyond(start)
        return Half(own.scalar, own.limit, own.sign, own.name)

    def _beyond(self, start: float) -> Positive:
        """In the half turn after a value."""
        if self.after is None:
            return self._sine(lambda t: self.function(t) - start, f"{self.name} > {start:g} {self.unit}")
        return self._smooth(self.after(start), f"{self.name} > {start:g} {self.unit}")

    def _sine(self, difference: Function, name: str) -> Positive:
        turn = 2.0 * np.pi / self.period
        return self._smooth(lambda t: np.sin(turn * difference(t)), name)

    def _smooth(self, function: Function, name: str) -> Positive:
        scalar = self.plain(function, through=Through(function, _itself, SINE_RESOLUTION), split=None)
        return Positive(scalar, 0.0, 1.0, name)

    def _turned(self, t: Array) -> Array:
        """The value half a turn on: smooth where the value itself wraps."""
        return self.lowest + (self.function(t) - self.lowest + 0.5 * self.period) % self.period


@dataclass(frozen=True, repr=False)
class Half(Positive):
    """A half turn, always searched over a whole span, so that its edges do not depend on the part searched."""

    whole: ClassVar[bool] = True


def _itself(limit: float) -> float:
    return limit


def _constant(holds: bool, name: str) -> Positive:
    """A condition that always holds, or never."""
    value = 1.0 if holds else -1.0
    return Positive(Scalar(lambda t: np.full(np.shape(t), value), name, "", 1e-9), 0.0, 1.0, name)

