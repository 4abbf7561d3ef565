"""Scalars, conditions and `& | ~`.

    Scalar      a number as a function of time, with a name and a unit
    Condition   a scalar against a limit, and what is made of conditions with & | ~

`windows` is a homomorphism: windows(a & b) == windows(a) & windows(b), and so for | and ~. Each limit is searched
alone, inside what the earlier ones left; margins of different units never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.search import Extremes, Margin, extremes, find
from sim.time import DAY_S, Span, tdb, utc
from sim.windows import Windows

Array = NDArray[np.float64]
Breaks = Callable[[Span], Array]


def no_breaks(span: Span) -> Array:
    """Of a scalar that is smooth throughout."""
    return np.empty(0)


@dataclass(frozen=True)
class Scalar:
    """A number as a function of time.

    function   : times (...) TDB s → (...), in `unit`
    name       : as it reads in a sentence: `elevation of lro from kourou`
    resolution : the least difference that matters, in `unit` (a search passes over no larger excursion)
    pace_s     : time in which the geometry turns by about a quarter; a search starts from pieces no longer
    breaks     : times within a span at which the function may have a kink or a jump
    format     : how a value reads

    Compare it with a number, a quantity or another scalar of its unit to get a condition.
    """

    function: Callable[[Array], Array]
    name: str
    unit: str
    resolution: float
    pace_s: float = DAY_S / 4
    breaks: Breaks = no_breaks
    format: str = ".6g"

    def __call__(self, t: Any) -> Array:
        return self.function(np.asarray(t, dtype=float))

    def __gt__(self, limit: Any) -> Condition:
        return self._against(limit, 1.0, ">")

    def __lt__(self, limit: Any) -> Condition:
        return self._against(limit, -1.0, "<")

    __ge__ = __gt__  # an edge is one instant: windows are the same
    __le__ = __lt__

    def __bool__(self) -> bool:
        raise TypeError("a scalar is neither true nor false: compare it with a limit first")

    def extremes(self, within: Windows | Span) -> Extremes:
        """Every interior maximum and minimum: culminations, closest approaches."""
        inside = Windows.whole(within) if isinstance(within, Span) else within
        return extremes(self._margin(self.function, inside.span, self.name), inside)

    def _against(self, limit: Any, sign: float, relation: str) -> Condition:
        if isinstance(limit, Scalar):
            if limit.unit != self.unit:
                raise TypeError(f"cannot compare {self.unit or 'a number'} with {limit.unit or 'a number'}")
            other = limit
            function, text = (lambda t: sign * (self.function(t) - other.function(t))), other.name
            pace, breaks = min(self.pace_s, other.pace_s), _both(self.breaks, other.breaks)
        else:
            value = _number(limit, self.unit)
            function, text = (lambda t: sign * (self.function(t) - value)), f"{value:g} {self.unit}".strip()
            pace, breaks = self.pace_s, self.breaks
        return Positive(replace(self, function=function, pace_s=pace, breaks=breaks), f"{self.name} {relation} {text}")

    def _margin(self, function: Callable[[Array], Array], span: Span, name: str) -> Margin:
        return Margin(function, self.resolution, self.pace_s, self.breaks(span), name, self.unit)

    def __repr__(self) -> str:
        return f"<{self.name} [{self.unit}]>" if self.unit else f"<{self.name}>"


class Condition:
    """Something that holds or does not, at every time; made of others with `& | ~`."""

    def __and__(self, other: Condition) -> Condition:
        return AllOf((*_terms(self, AllOf), *_terms(other, AllOf)))

    def __or__(self, other: Condition) -> Condition:
        return AnyOf((*_terms(self, AnyOf), *_terms(other, AnyOf)))

    def __invert__(self) -> Condition:
        raise NotImplementedError

    def __bool__(self) -> bool:
        raise TypeError("a condition is not true or false by itself: combine with & | ~ instead of and, or, not")

    def windows(self, span: Span) -> Windows:
        """When it holds in a span: certified, each edge on the margin itself."""
        return self.within(Windows.whole(span))

    def within(self, windows: Windows) -> Windows:
        """When it holds inside the given windows; only they are searched."""
        raise NotImplementedError

    def holds(self, t: Any) -> NDArray[np.bool_]:
        """Whether it holds at each time: (...) → (...)."""
        raise NotImplementedError

    def leaves(self) -> tuple[Positive, ...]:
        """The single limits it is made of."""
        raise NotImplementedError

    def blockers(self, t: float) -> tuple[Positive, ...]:
        """The limits that keep it from holding at one time; none where it holds."""
        return () if bool(self.holds(t)) else tuple(leaf for leaf in self.leaves() if not bool(leaf.holds(t)))

    def why(self, t: Any, span: Span) -> Why:
        """Every limit at one instant, how far it is from its edge, and when in the span this changes."""
        at = float(tdb(t))
        terms = tuple((leaf, float(leaf.margin(at))) for leaf in self.leaves())
        holds, later = bool(self.holds(at)), None
        if at < span.end:
            rest = self.windows(Span(max(at, span.start), span.end))
            changes = rest.bounds[0, 1 if holds and rest.open_start else 0] if len(rest) else None
            later = None if changes is None or changes >= span.end else float(changes)
        return Why(str(self), at, holds, terms, later, span)

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True, repr=False)
class Positive(Condition):
    """One limit: holds where its margin is positive.

    margin : the distance to the limit, in the scalar's own unit
    """

    margin: Scalar
    name: str

    def __invert__(self) -> Condition:
        function = self.margin.function
        return Positive(replace(self.margin, function=lambda t: -function(t)), _negated(self.name))

    def within(self, windows: Windows) -> Windows:
        if not len(windows):
            return windows
        return find(self.margin._margin(self.margin.function, windows.span, self.name), windows)

    def holds(self, t: Any) -> NDArray[np.bool_]:
        above: NDArray[np.bool_] = self.margin(t) > 0
        return above

    def leaves(self) -> tuple[Positive, ...]:
        return (self,)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, repr=False)
class AllOf(Condition):
    """Holds where every term does. Each is searched inside what the earlier ones left: put the cheap ones first."""

    terms: tuple[Condition, ...]
    name: str = ""

    def __invert__(self) -> Condition:
        return AnyOf(tuple(~term for term in self.terms))

    def within(self, windows: Windows) -> Windows:
        for term in self.terms:
            windows = term.within(windows)
        return windows

    def holds(self, t: Any) -> NDArray[np.bool_]:
        every_one: NDArray[np.bool_] = np.logical_and.reduce([term.holds(t) for term in self.terms])
        return every_one

    def leaves(self) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves())

    def blockers(self, t: float) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.blockers(t))

    def __str__(self) -> str:
        return self.name or " and ".join(f"({t})" if isinstance(t, AnyOf) else str(t) for t in self.terms)


@dataclass(frozen=True, repr=False)
class AnyOf(Condition):
    """Holds where at least one term does."""

    terms: tuple[Condition, ...]

    def __invert__(self) -> Condition:
        return AllOf(tuple(~term for term in self.terms))

    def within(self, windows: Windows) -> Windows:
        found = self.terms[0].within(windows)
        for term in self.terms[1:]:
            found = found | term.within(windows)
        return found

    def holds(self, t: Any) -> NDArray[np.bool_]:
        any_one: NDArray[np.bool_] = np.logical_or.reduce([term.holds(t) for term in self.terms])
        return any_one

    def leaves(self) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves())

    def __str__(self) -> str:
        return " or ".join(f"({term})" if isinstance(term, AllOf) else str(term) for term in self.terms)


@dataclass(frozen=True)
class Why:
    """What a condition is waiting for at an instant.

    terms   : (limit, its margin in its own unit); positive is to spare
    changes : TDB s at which it next opens (or closes, if it holds); None if it does not within the span
    """

    name: str
    t: float
    holds: bool
    terms: tuple[tuple[Positive, float], ...]
    changes: float | None
    span: Span

    def __str__(self) -> str:
        verb, change = ("open", "closes") if self.holds else ("closed", "next open")
        day, clock = utc(self.t, 0).rstrip("Z").split("T")
        unchanged = f"stays so until the span ends, {utc(self.span.end, 0)}"
        later = unchanged if self.changes is None else f"{change} {_clock(self.changes, day)}"
        lines = [f"{self.name} is {verb} at {day} {clock} UTC; {later}"]
        wide = max((len(leaf.name) for leaf, _ in self.terms), default=0)
        for leaf, margin in self.terms:
            mark, word = ("✓", "to spare") if margin > 0 else ("✗", "short")
            lines.append(f"  {mark} {leaf.name:<{wide}}  {_amount(abs(margin))} {leaf.margin.unit} {word}".rstrip())
        return "\n".join(lines)

    __repr__ = __str__


def every(terms: Sequence[Condition]) -> Condition:
    """`&` over a sequence; of one term, the term."""
    return terms[0] if len(terms) == 1 else AllOf(tuple(terms))


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"


def _clock(t: float, day: str) -> str:
    """A time of day, with its date if it is not that day."""
    date, clock = utc(t, 0).rstrip("Z").split("T")
    return f"{clock}" if date == day else f"{date} {clock}"


def _terms(condition: Condition, kind: type[AllOf] | type[AnyOf]) -> tuple[Condition, ...]:
    return condition.terms if isinstance(condition, kind) else (condition,)


def _both(first: Breaks, second: Breaks) -> Breaks:
    return lambda span: np.union1d(first(span), second(span))


def _negated(name: str) -> str:
    for relation, opposite in ((" > ", " < "), (" < ", " > ")):
        if name.count(relation) == 1:
            return name.replace(relation, opposite)
    return name.removeprefix("not ") if name.startswith("not ") else f"not {name}"


def _number(limit: Any, unit: str) -> float:
    """A limit as a plain number in the scalar's unit: floats are in it already, astropy quantities are converted."""
    if hasattr(limit, "to_value"):
        return float(limit.to_value(unit))
    if isinstance(limit, bool) or not np.isscalar(limit) or not np.isfinite(float(limit)):  # type: ignore[arg-type]
        raise TypeError(f"expected a number to compare with, got {limit!r}")
    return float(limit)  # type: ignore[arg-type]
