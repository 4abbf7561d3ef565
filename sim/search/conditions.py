"""Scalars (numbers as functions of time), and conditions on them combined with `& | ~`.

`windows` is a homomorphism: windows(a & b) == windows(a) & windows(b), and likewise for | and ~. Each limit is searched
separately, inside the windows of the earlier ones; margins of different units are never compared.
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
from sim.search.combination import both, left, negated, of_parts, welded
from sim.search.explanation import Why
from sim.search.find import extremes, find_all
from sim.search.margins import Breaks, Extremes, Function, Margin, no_breaks
from sim.search.margins import Through as Through
from sim.search.windows import Certificate, Windows

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scalar(Pickled):
    """A number as a function of time.

    Compare it with a number, a quantity or another scalar of the same unit to get a condition.

    Parameters
    ----------
    function : callable
        Times (…) in TDB seconds past J2000 → values (…) in `unit`.
    name : str
        Name in a sentence, as in `elevation of lro from kourou`.
    unit : str
        Unit of the values; empty for a plain number.
    resolution : float
        Smallest excursion that a search must find, in `unit`.
    pace_s : float
        Time in which the geometry turns by about half a turn (s); a search starts from pieces no longer than this.
    breaks : callable
        Span → times at which the function may have a kink or a jump (TDB s).
    through : Through, optional
        A smoother function to search instead.
    split : callable, optional
        Limit → the condition `scalar > limit` made of smoother conditions, to search instead.

    Examples
    --------
    >>> from sim.core.time import Span
    >>> hours = Scalar(lambda t: t / 3600.0, "time", "h", resolution=1e-6)
    >>> round((hours > 1.0).windows(Span(0.0, 7200.0)).total_s, 6)
    3600.0
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

    __array_ufunc__ = None  # so that `array < scalar` is refused as a whole

    def __call__(self, t: TimeLike) -> Array:
        """Return the values (…) at times that `tdb` converts."""
        return self.function(np.asarray(tdb(t), dtype=float))

    @picklable
    def __gt__(self, limit: object) -> Condition:
        return self._against(limit, 1.0, ">")

    @picklable
    def __lt__(self, limit: object) -> Condition:
        return self._against(limit, -1.0, "<")

    __ge__ = __gt__  # the windows are the same: an edge is one instant
    __le__ = __lt__

    def __bool__(self) -> bool:
        raise TypeError("a scalar is neither true nor false: compare it with a limit first")

    @typed
    def extremes(self, given: Windows | Span) -> Extremes:
        """Return every interior maximum and minimum, such as culminations and closest approaches."""
        inside = Windows.whole(given) if isinstance(given, Span) else given
        found = extremes(self.margin_to(0.0, inside.span, name=self.name), inside)
        return replace(found, values=self(found.times))

    def _against(self, limit: object, sign: float, relation: str) -> Condition:
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

    def margin_to(self, limit: float, span: Span, sign: float = 1.0, name: str = "") -> Margin:
        """The margin that is searched to compare the scalar with a limit."""
        made: dict[str, Any] = {
            "pace_s": self.pace_s,
            "breaks": self.breaks(span),
            "name": name or self.name,
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
    """A condition that holds or does not hold at every time. Combine conditions with `& | ~`.

    Examples
    --------
    >>> from sim.core.time import Span
    >>> seconds = Scalar(lambda t: 1.0 * t, "time", "s", resolution=1e-6)
    >>> early, late = seconds > 10.0, seconds < 30.0
    >>> round((early & late).windows(Span(0.0, 100.0)).total_s, 6)
    20.0
    """

    def __new__(cls, *args: object, **kwargs: object) -> Self:
        if cls is Condition:
            raise TypeError("make a condition by comparing a scalar with a number, or with hop or sunlit")
        return super().__new__(cls)

    @property
    def parts(self) -> tuple[tuple[Span, Condition], ...] | None:
        """The conditions of separate intervals of time, if it has such and is unknown outside them; else None."""
        return None

    @typed
    def __and__(self, other: Condition) -> Condition:
        bounds = dict.fromkeys(text for each in (self, other) if isinstance(each, AllOf) for text in each.bounds)
        found = AllOf((*_terms(self, AllOf), *_terms(other, AllOf)), bounds=tuple(bounds))
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
        """Find the certified windows in which it holds in a span; each edge is a root of the margin."""
        return self.windows_in(Windows.whole(span))

    @typed
    def windows_in(self, windows: Windows) -> Windows:
        """Find the windows in which it holds inside given windows; only these are searched."""
        return search([self], [windows])[0]

    def found_in(self, windows: Windows) -> Windows | None:
        """Return when it holds inside windows, if it finds that in a way of its own; else None."""
        return None

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        """Return whether it holds at each time (…) that `tdb` converts."""
        raise NotImplementedError

    def leaves(self) -> tuple[Positive, ...]:
        """Return the single limits that it consists of."""
        raise NotImplementedError

    def leaves_at(self, t: TimeLike) -> tuple[Positive, ...]:
        """Return the limits that apply at a time: of a spacecraft with phases, those of the current phase."""
        return self.leaves()

    def blockers(self, t: TimeLike) -> tuple[Positive, ...]:
        """Return the limits that do not hold at one time; empty if the condition holds."""
        t = instant(t)
        return () if bool(self.holds(t)) else tuple(leaf for leaf in self.leaves() if not bool(leaf.holds(t)))

    @typed
    def why(self, t: TimeLike, span: Span) -> Why:
        """Explain why it holds or not at one time: every limit with its margin, and the next change in a span."""
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
    """One limit: it holds while its margin, sign · (scalar − limit), is positive."""

    is_known: ClassVar[bool] = False
    """Whether it states that an orbit is known, and is no limit of geometry."""
    scalar: Scalar
    limit: float
    sign: float
    name: str
    whole: ClassVar[bool] = False
    """Whether the whole span is always searched, so that edges do not depend on the windows of other limits."""

    @property
    def margin(self) -> Scalar:
        """The signed distance to the limit, in the unit of the scalar."""
        function, limit, sign = self.scalar.function, self.limit, self.sign
        found = replace(self.scalar, function=lambda t: sign * (function(t) - limit), through=None, split=None)
        return pickled_by(found, getattr, self, "margin")

    @picklable
    def __invert__(self) -> Positive:
        return replace(self, sign=-self.sign, name=negated(self.name))

    def searched(self, span: Span) -> Margin:
        """The margin that is searched if there is no smoother one."""
        return self.scalar.margin_to(self.limit, span, self.sign, self.name)

    def split(self) -> Condition:
        """Return the same condition made of smoother ones, if the scalar has any."""
        if self.scalar.split is None:
            return self
        above = self.scalar.split(self.limit)
        return above if self.sign > 0 else ~above

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        return np.asarray(self.sign * (self.scalar(t) - self.limit) > 0)

    def leaves(self) -> tuple[Positive, ...]:
        return (self,)

    def reads(self, t: float) -> str:
        """Return its text as the limit that closes a window at a time (TDB s)."""
        return self.name

    def explained(self, t: float) -> str:
        """Return a sentence on whether it holds at a time (TDB s), if that says more than its margin; else ''."""
        return ""

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, repr=False)
class _Compound(Condition):
    """Several conditions combined."""

    terms: tuple[Condition, ...]

    def leaves(self) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves())

    def leaves_at(self, t: TimeLike) -> tuple[Positive, ...]:
        return tuple(leaf for term in self.terms for leaf in term.leaves_at(t))


@dataclass(frozen=True, repr=False)
class AllOf(_Compound):
    """Holds while every term does. Each is searched inside the windows of the earlier ones: put quick ones first."""

    name: str = ""
    bounds: tuple[str, ...] = ()  # sentences on why omitted terms always hold

    @picklable
    def __invert__(self) -> Condition:
        return AnyOf(tuple(~term for term in self.terms))

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        t = np.asarray(tdb(t), dtype=float)
        holds = [np.full(t.shape, 1), *(term.holds(t) for term in self.terms)]
        return np.asarray(np.logical_and.reduce(holds))

    def blockers(self, t: TimeLike) -> tuple[Positive, ...]:
        t = instant(t)
        return tuple(leaf for term in self.terms for leaf in term.blockers(t))

    def __str__(self) -> str:
        return self.name or " and ".join(f"({t})" if isinstance(t, AnyOf) else str(t) for t in self.terms)


@dataclass(frozen=True, repr=False)
class AnyOf(_Compound):
    """Holds while at least one term does."""

    @picklable
    def __invert__(self) -> Condition:
        return AllOf(tuple(~term for term in self.terms))

    def holds(self, t: TimeLike) -> NDArray[np.bool_]:
        t = np.asarray(tdb(t), dtype=float)
        never = np.zeros(t.shape, dtype=bool)  # without terms it is False
        return np.asarray(np.logical_or.reduce([never, *(term.holds(t) for term in self.terms)]))

    def __str__(self) -> str:
        return " or ".join(f"({term})" if isinstance(term, AllOf) else str(term) for term in self.terms)


def search(conditions: Sequence[Condition], given: Sequence[Windows]) -> list[Windows]:
    """Find the windows of each condition inside its own windows, all together: shared values are computed once.

    A term of `&` is searched inside the windows of earlier terms, a term of `|` outside them: put quick terms first.
    Where the given windows are unknown, the result is closed or unknown.
    """
    conditions = [c.split() if isinstance(c, Positive) else c for c in conditions]
    found, relevant = list(given), [w if w.known is None else w.possible for w in given]  # where it matters
    own = {i: w for i, c in enumerate(conditions) if len(relevant[i]) and (w := c.found_in(relevant[i])) is not None}
    for i, windows in own.items():
        found[i] = both(given[i], windows)
    leaves = {i: c for i, c in enumerate(conditions) if isinstance(c, Positive) and len(relevant[i]) and i not in own}
    turned = [~leaf if leaf.whole and leaf.sign < 0 else leaf for leaf in leaves.values()]  # whole spans: above zero
    margins = [leaf.searched(given[i].span) for i, leaf in zip(leaves, turned, strict=True)]
    inside = [Windows.whole(given[i].span) if leaf.whole else relevant[i] for i, leaf in leaves.items()]
    for (i, leaf), windows in zip(leaves.items(), find_all(margins, inside), strict=True):
        found[i] = (windows if leaf.sign > 0 else ~windows) & given[i] if leaf.whole else both(given[i], windows)
    piecewise = [i for i, c in enumerate(conditions) if c.parts is not None]
    for i, windows in zip(piecewise, _in_parts([(conditions[i], relevant[i]) for i in piecewise]), strict=True):
        found[i] = both(given[i], windows)
    compound = [(i, c) for i, c in enumerate(conditions) if isinstance(c, (AllOf, AnyOf)) and i not in own]
    for i in (i for i, c in compound if isinstance(c, AnyOf) and not c.terms):
        found[i] = replace(found[i], bounds=np.empty((0, 2)), known=None)
    for i, bounds in ((i, c.bounds) for i, c in compound if isinstance(c, AllOf) and c.bounds):
        found[i] = replace(found[i], certificate=found[i].certificate + Certificate(bounds=bounds))
    for stage in range(max((len(c.terms) for _, c in compound), default=0)):
        ready = [(i, c) for i, c in compound if stage < len(c.terms)]
        inside = [found[i] if isinstance(c, AllOf) or stage == 0 else left(relevant[i], found[i]) for i, c in ready]
        for (i, c), windows in zip(ready, search([c.terms[stage] for _, c in ready], inside), strict=True):
            more = isinstance(c, AnyOf) and stage > 0
            found[i] = both(given[i], welded(found[i] | windows)) if more else windows
    return found


def _in_parts(pairs: Sequence[tuple[Condition, Windows]]) -> Iterator[Windows]:
    """Find the windows of conditions with parts: each part in its interval, all parts together."""
    jobs: list[tuple[int, Condition, Windows]] = []
    for index, (condition, windows) in enumerate(pairs):
        for when, part in condition.parts or ():
            start, end = max(when.start, windows.span.start), min(when.end, windows.span.end)
            if start < end:
                jobs.append((index, part, Windows.of(windows.bounds, Span(start, end))))
    done = search([part for _, part, _ in jobs], [inside for *_, inside in jobs]) if jobs else []
    for index, (_, windows) in enumerate(pairs):
        yield of_parts(windows, [each for (n, *_), each in zip(jobs, done, strict=True) if n == index])


def every(terms: Sequence[Condition]) -> Condition:
    """Combine conditions with `&`; a single one is returned."""
    return terms[0] if len(terms) == 1 else AllOf(tuple(terms))


def _terms(condition: Condition, kind: type[AllOf] | type[AnyOf]) -> tuple[Condition, ...]:
    return condition.terms if type(condition) is kind else (condition,)
