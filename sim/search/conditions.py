"""Scalars, conditions and `& | ~`.

    Scalar      a number as a function of time, with a name and a unit
    Condition   a scalar against a limit, and what is made of conditions with & | ~

`windows` is a homomorphism: windows(a & b) == windows(a) & windows(b), and so for | and ~. Each limit is searched
alone, inside what the earlier ones left; margins of different units never meet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import and_, or_
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import Joinable, given, typed
from sim.core.pickling import Pickled, joined, picklable, pickled_by
from sim.core.quantities import number
from sim.core.time import DAY_S, Span, instant, tdb
from sim.core.values import TimeLike
from sim.search.explanation import Why
from sim.search.find import SAME_S, extremes, find_all
from sim.search.margins import Breaks, Extremes, Function, Margin, no_breaks
from sim.search.margins import Through as Through
from sim.search.windows import Windows

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scalar(Pickled):
    """A number as a function of time.

    function   : times (...) TDB s → (...), in `unit`
    name       : as it reads in a sentence: `elevation of lro from kourou`
    resolution : the least difference that matters, in `unit` (a search passes over no larger excursion)
    pace_s     : time in which the geometry turns by about half; a search starts from pieces no longer
    breaks     : times within a span at which the function may have a kink or a jump
    through    : a smoother function to search in its place
    split      : a limit → the same condition, scalar > limit, made of smoother ones, to search in its place

    Compare it with a number, a quantity or another scalar of its unit to get a condition.
    """

    function: Callable[[Array], Array]
    name: str
    unit: str
    resolution: float
    pace_s: float = DAY_S
    breaks: Breaks = no_breaks
    through: Through | None = None
    split: Callable[[float], Condition] | None = None

    def __post_init__(self) -> None:
        for name, kind in _KINDS.items():
            given(getattr(self, name), kind, f"a scalar, {name}")
        if not (self.resolution > 0.0 and self.pace_s > 0.0):
            raise ValueError(f"a scalar: expected numbers above 0, got {self.resolution} and pace_s {self.pace_s}")

    __array_ufunc__ = None  # `array < scalar` asks the scalar, and is refused, not each of its numbers

    def __call__(self, t: TimeLike) -> Array:
        """The number at some times, anything that `tdb` takes: (...) → (...)."""
        return self.function(np.asarray(tdb(t), dtype=float))

    @picklable
    def __gt__(self, limit: Any) -> Condition:
        return self._against(limit, 1.0, ">")

    @picklable
    def __lt__(self, limit: Any) -> Condition:
        return self._against(limit, -1.0, "<")

    __ge__ = __gt__  # an edge is one instant: windows are the same
    __le__ = __lt__

    def __bool__(self) -> bool:
        raise TypeError("a scalar is neither true nor false: compare it with a limit first")

    @typed
    def extremes(self, given: Windows | Span) -> Extremes:
        """Every interior maximum and minimum: culminations, closest approaches."""
        inside = Windows.whole(given) if isinstance(given, Span) else given
        found = extremes(self._margin(0.0, 1.0, inside.span, self.name), inside)
        return replace(found, values=self(found.times))

    def _against(self, limit: Any, sign: float, relation: str) -> Condition:
        if not isinstance(limit, Scalar):
            value = number(limit, self.unit, "a number to compare with")
            return Positive(self, value, sign, f"{self.name} {relation} {value:g} {self.unit}".strip())
        if limit.unit != self.unit:
            raise TypeError(f"cannot compare {self.unit or 'a number'} with {limit.unit or 'a number'}")
        difference = replace(
            self,
            function=lambda t: self.function(t) - limit.function(t),
            pace_s=min(self.pace_s, limit.pace_s),
            breaks=lambda span: np.union1d(self.breaks(span), limit.breaks(span)),
            through=None,
            split=None,
        )
        return Positive(difference, 0.0, sign, f"{self.name} {relation} {limit.name}")

    def _margin(self, limit: float, sign: float, span: Span, name: str) -> Margin:
        """What a search looks at to compare the scalar with a limit."""
        made: dict[str, Any] = {
            "pace_s": self.pace_s,
            "breaks": self.breaks(span),
            "name": name,
            "unit": self.unit,
            "shown_resolution": self.resolution,
            "sign": sign,
        }
        if (smooth := self.through) is None:
            from sim.search.finite_values import finite  # reading a scenario searches nothing
            return Margin(finite(self.function, self.name), self.resolution, level=limit, **made)
        level = smooth.bend(limit)
        resolution = max(smooth.resolution, abs(smooth.bend(limit + self.resolution) - level))
        made |= {"family": smooth.family, "member": smooth.member, "stride_s": smooth.stride_s}
        return Margin(smooth.function, resolution, level=level, **made)

    def __repr__(self) -> str:
        return f"<{self.name} [{self.unit}]>" if self.unit else f"<{self.name}>"


_KINDS = {"function": Function, "name": str, "unit": str, "resolution": float, "pace_s": float, "breaks": Breaks}


class Condition(Pickled, Joinable):
    """Something that holds or does not, at every time; made of others with `& | ~`."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        if cls is Condition:
            raise TypeError("a condition is made by comparing a scalar with a number, or by hop, sunlit and the like")
        return super().__new__(cls)

    @property
    def parts(self) -> tuple[tuple[Span, Condition], ...] | None:
        """Of one that is another one in each of some stretches of time, and unknown elsewhere: these; else None."""
        return None

    @typed
    def __and__(self, other: Condition) -> Condition:
        found = AllOf((*_terms(self, AllOf), *_terms(other, AllOf)))
        return joined(found, and_, self, other)

    @typed
    def __or__(self, other: Condition) -> Condition:
        found = AnyOf((*_terms(self, AnyOf), *_terms(other, AnyOf)))
        return joined(found, or_, self, other)

    def __invert__(self) -> Condition:
        raise NotImplementedError

    def __bool__(self) -> bool:
        raise TypeError("a condition is not true or false by itself: combine with & | ~ instead of and, or, not")

    @typed
    def windows(self, span: Span) -> Windows:
        """When it holds in a span: certified, each edge on the margin itself."""
        return self.windows_in(Windows.whole(span))

    @typed
    def windows_in(self, windows: Windows) -> Windows:
        """When it holds inside the given windows; only they are searched."""
        return search([self], [windows])[0]

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        """Whether it holds at each time, anything that `tdb` takes: (...) → (...)."""
        raise NotImplementedError

    def leaves(self) -> tuple[Positive, ...]:
        """The single limits it is made of."""
        raise NotImplementedError

    def leaves_at(self, t: TimeLike) -> tuple[Positive, ...]:
        """The limits that count at one time: of a spacecraft's phases, those of the one that it is in."""
        return self.leaves()

    def blockers(self, t: TimeLike) -> tuple[Positive, ...]:
        """The limits that keep it from holding at one instant; none where it holds."""
        t = instant(t)
        return () if bool(self.holds(t)) else tuple(leaf for leaf in self.leaves() if not bool(leaf.holds(t)))

    @typed
    def why(self, t: TimeLike, span: Span) -> Why:
        """Every limit at one instant, how far it is from its edge, and when in the span this changes."""
        at = instant(t)
        limits = self.leaves_at(at)
        terms = tuple((leaf, float(leaf.margin(at))) for leaf in limits if not leaf.is_known)
        holds, later, unknown, next_unknown = bool(self.holds(at)), None, "", False
        if at < span.end:
            rest = self.windows(Span(max(at, span.start), span.end))
            changes = rest.bounds[0, 1 if holds and rest.open_start else 0] if len(rest) else None
            later = None if changes is None or changes >= span.end else float(changes)
            missing = rest.unknown
            next_unknown = bool(later in missing.bounds[:, 0]) if holds else later is None and len(missing) > 0
            if not holds and missing.open_start:
                told = [leaf.reads(at) for leaf in limits if leaf.is_known and not bool(leaf.holds(at))]
                unknown = " and ".join(dict.fromkeys(told)) or "no orbit known"
        return Why(str(self), at, holds, terms, later, span, unknown, next_unknown)

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True, repr=False)
class Positive(Condition):
    """One limit: holds where its margin, sign · (scalar − limit), is positive.

    is_known : whether it is none of the geometry's, but says that the answer is known at all
    """

    is_known: ClassVar[bool] = False
    scalar: Scalar
    limit: float
    sign: float
    name: str
    whole: ClassVar[bool] = False
    """Whether all of a span is searched, whatever part is asked about, so that edges are the same instants always."""

    @property
    def margin(self) -> Scalar:
        """The distance to the limit, in the scalar's own unit."""
        function, limit, sign = self.scalar.function, self.limit, self.sign
        found = replace(self.scalar, function=lambda t: sign * (function(t) - limit), through=None, split=None)
        return pickled_by(found, getattr, self, "margin")

    @picklable
    def __invert__(self) -> Positive:
        return replace(self, sign=-self.sign, name=negated(self.name))

    def searched(self, span: Span) -> Margin:
        """What a search looks at, where nothing smoother is known."""
        return self.scalar._margin(self.limit, self.sign, span, self.name)

    def split(self) -> Condition:
        """The same condition made of smoother ones, where the scalar knows some."""
        if self.scalar.split is None:
            return self
        above = self.scalar.split(self.limit)
        return above if self.sign > 0 else ~above

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        above: NDArray[np.bool_] = self.sign * (self.scalar(t) - self.limit) > 0
        return above

    def leaves(self) -> tuple[Positive, ...]:
        return (self,)

    def reads(self, t: float) -> str:
        """How it reads where it ends a window, at a time (TDB s)."""
        return self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, repr=False)
class AllOf(Condition):
    """Holds where every term does. Each is searched inside what the earlier ones left: put the cheap ones first."""

    terms: tuple[Condition, ...]
    name: str = ""

    @picklable
    def __invert__(self) -> Condition:
        return AnyOf(tuple(~term for term in self.terms))

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        t = np.asarray(tdb(t), dtype=float)
        every_one: NDArray[np.bool_] = np.logical_and.reduce([term.holds(t) for term in self.terms])
        return every_one

    def leaves(self) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves())

    def leaves_at(self, t: TimeLike) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves_at(t))

    def blockers(self, t: TimeLike) -> tuple[Positive, ...]:
        t = instant(t)
        return tuple(leaf for term in self.terms for leaf in term.blockers(t))

    def __str__(self) -> str:
        return self.name or " and ".join(f"({t})" if isinstance(t, AnyOf) else str(t) for t in self.terms)


@dataclass(frozen=True, repr=False)
class AnyOf(Condition):
    """Holds where at least one term does."""

    terms: tuple[Condition, ...]

    @picklable
    def __invert__(self) -> Condition:
        return AllOf(tuple(~term for term in self.terms))

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        t = np.asarray(tdb(t), dtype=float)
        nowhere = np.zeros(t.shape, dtype=bool)  # of no terms, none holds
        any_one: NDArray[np.bool_] = np.logical_or.reduce([nowhere, *(term.holds(t) for term in self.terms)])
        return any_one

    def leaves(self) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves())

    def leaves_at(self, t: TimeLike) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves_at(t))

    def __str__(self) -> str:
        return " or ".join(f"({term})" if isinstance(term, AllOf) else str(term) for term in self.terms)


def search(conditions: Sequence[Condition], given: Sequence[Windows]) -> list[Windows]:
    """When each condition holds inside its own windows, all searched together: what they share is computed once.

    Every term of a conjunction is searched inside what the earlier ones left, every term of an alternative outside what
    the earlier ones found: put the cheap ones first. Where the windows given are unknown the answer is closed, or
    unknown too.
    """
    conditions = [c.split() if isinstance(c, Positive) else c for c in conditions]
    found, asked = list(given), [w if w.known is None else w.possible for w in given]  # asked where it may matter
    leaves = {i: c for i, c in enumerate(conditions) if isinstance(c, Positive) and len(asked[i])}
    margins = [_asked(leaf).searched(given[i].span) for i, leaf in leaves.items()]
    inside = [Windows.whole(given[i].span) if leaf.whole else asked[i] for i, leaf in leaves.items()]
    for (i, leaf), windows in zip(leaves.items(), find_all(margins, inside), strict=True):
        found[i] = (windows if leaf.sign > 0 else ~windows) & given[i] if leaf.whole else _both(given[i], windows)
    piecewise = [i for i, c in enumerate(conditions) if c.parts is not None]
    for i, windows in zip(piecewise, _in_parts([(conditions[i], asked[i]) for i in piecewise]), strict=True):
        found[i] = _both(given[i], windows)
    compound = [(i, c) for i, c in enumerate(conditions) if isinstance(c, (AllOf, AnyOf))]
    for i in (i for i, c in compound if isinstance(c, AnyOf) and not c.terms):
        found[i] = replace(found[i], bounds=np.empty((0, 2)), known=None)
    for stage in range(max((len(c.terms) for _, c in compound), default=0)):
        ready = [(i, c) for i, c in compound if stage < len(c.terms)]
        inside = [found[i] if isinstance(c, AllOf) or stage == 0 else _left(asked[i], found[i]) for i, c in ready]
        for (i, c), windows in zip(ready, search([c.terms[stage] for _, c in ready], inside), strict=True):
            more = isinstance(c, AnyOf) and stage > 0
            found[i] = _both(given[i], _welded(found[i] | windows)) if more else windows
    return found


def _in_parts(asked: Sequence[tuple[Condition, Windows]]) -> Iterator[Windows]:
    """When piecewise conditions hold inside windows: each part in its own time, all parts of all searched together."""
    jobs: list[tuple[int, Condition, Windows]] = []
    for index, (condition, windows) in enumerate(asked):
        for when, part in condition.parts or ():
            start, end = max(when.start, windows.span.start), min(when.end, windows.span.end)
            if start < end:
                span = Span(start, end)
                jobs.append((index, part, Windows.of(windows.bounds, span)))
    done = search([part for _, part, _ in jobs], [inside for *_, inside in jobs]) if jobs else []
    for index, (_, windows) in enumerate(asked):
        own = [each for (n, *_), each in zip(jobs, done, strict=True) if n == index]
        bounds = np.concatenate([np.empty((0, 2)), *(each.bounds for each in own)])
        known = np.concatenate([np.empty((0, 2)), *(each.known_bounds for each in own)])
        certificate = sum((each.certificate for each in own), windows.certificate)
        yield _welded(Windows.of(bounds, windows.span, certificate, known))


def _left(windows: Windows, found: Windows) -> Windows:
    """What is left of windows to look at where something is not known to be found."""
    return windows - Windows(found.bounds, found.span)


def _both(windows: Windows, found: Windows) -> Windows:
    """`&`, of what was found inside windows with them: nothing was spent on the latter again."""
    if windows.known is None and found.known is None:
        return found
    return replace(windows & found, certificate=found.certificate)


def _asked(condition: Positive) -> Positive:
    """What is searched for a condition: of one that is asked over whole spans the same as for its negation."""
    return ~condition if condition.whole and condition.sign < 0 else condition


def _welded(windows: Windows) -> Windows:
    """Without the gaps that the edges of neighbours leave: each is good to a microsecond."""
    return ~((~windows).at_least(2.0 * SAME_S))


def every(terms: Sequence[Condition]) -> Condition:
    """`&` over a sequence; of one term, the term."""
    return terms[0] if len(terms) == 1 else AllOf(tuple(terms))


def _terms(condition: Condition, kind: type[AllOf] | type[AnyOf]) -> tuple[Condition, ...]:
    return condition.terms if type(condition) is kind else (condition,)


def negated(name: str) -> str:
    """How the opposite of a condition reads."""
    for relation, opposite in ((" > ", " < "), (" < ", " > ")):
        if name.count(relation) == 1:
            return name.replace(relation, opposite)
    return name.removeprefix("not ") if name.startswith("not ") else f"not {name}"
