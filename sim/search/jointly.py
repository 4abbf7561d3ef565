"""Conditions whose limits are searched together: evaluated at the same times, where they share what is costly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from sim.search.bounds import sweep
from sim.search.combination import both
from sim.search.conditions import AllOf, AnyOf, Condition, Positive, search
from sim.search.find import Source, find_side_by_side, without_slivers
from sim.search.scheduled import Scheduled
from sim.search.windows import Windows

Array = NDArray[np.float64]

_MOST_NEEDS = 16
"""Needs of one condition that are looked at: those of a limit are a few."""

FEW = 3
"""So many limits are searched one after the other: together they would gain less than the later ones leave out."""


@dataclass(frozen=True, repr=False)
class Jointly(AllOf):
    """Holds while every term does. Its limits are searched in the same windows, not each in what earlier ones left.

    For terms that share values: those of the first limit serve all others. Polynomials of all limits are examined at
    once, and what is open of each is combined in the end.

    source : what the values are computed from
    """

    source: Source | None = field(default=None, compare=False)

    def found_in(self, windows: Windows) -> Windows | None:
        """Return when it holds inside some windows."""
        smooth = [_split(term) for term in self.terms]
        together = [term for term in smooth if _is_plain(term)]
        leaves = {id(leaf): leaf for term in together for leaf in _leaves(term)}
        span, plain = windows.span, Windows(windows.bounds, windows.span)
        number = {leaf: place for place, leaf in enumerate(leaves)}
        needed = [np.array([number[leaf] for leaf in need]) for term in together for need in _needs(term)]
        margins = [leaf.searched(span) for leaf in leaves.values()]
        searched = find_side_by_side(margins, plain, needed, self.source) if leaves else []
        known = dict(zip(leaves, searched, strict=True))
        bounds = sweep([plain.bounds, *(_combined(term, known) for term in together)], len(together) + 1)
        owner = np.zeros(len(bounds), dtype=np.intp)
        certificate = sum((each.certificate for each in searched), windows.certificate)
        found = both(windows, Windows(without_slivers(bounds, owner)[0], span, certificate))
        for term in smooth:
            if not _is_plain(term):
                found = search([term], [found])[0]
        return found


def jointly(terms: Sequence[Condition], source: Source | None = None) -> tuple[Condition, ...]:
    """Return terms of `&` that mean the same: those with given windows first, then the others, together if many."""
    given = [term for term in terms if isinstance(term, Scheduled)]
    others = [term for term in terms if not isinstance(term, Scheduled)]
    if sum(len(term.leaves()) for term in others) <= FEW:
        return tuple(terms)
    return (*given, Jointly(tuple(others), source=source))


def _split(condition: Condition) -> Condition:
    """The same condition made of the smooth ones that are searched."""
    if isinstance(condition, Positive):
        smoother = condition.split()
        return condition if smoother is condition else _split(smoother)
    if isinstance(condition, AllOf | AnyOf):
        return replace(condition, terms=tuple(_split(term) for term in condition.terms))
    return condition


def _leaves(condition: Condition) -> Iterator[Positive]:
    if isinstance(condition, AllOf | AnyOf):
        for term in condition.terms:
            yield from _leaves(term)
    else:
        assert isinstance(condition, Positive)
        yield condition


def _needs(condition: Condition) -> list[tuple[int, ...]]:
    """Limits (ids) of which one must hold, for every such need of a condition."""
    if isinstance(condition, AllOf):
        return [need for term in condition.terms for need in _needs(term)]
    if isinstance(condition, AnyOf):
        choices = [_needs(term) for term in condition.terms]
        if np.prod([len(each) for each in choices]) > _MOST_NEEDS:
            return []
        return [sum(some, ()) for some in product(*choices)]
    return [(id(condition),)]


def _is_plain(condition: Condition) -> bool:
    """Whether it consists of limits that are searched inside windows."""
    if isinstance(condition, AllOf | AnyOf):
        return bool(condition.terms) and all(_is_plain(term) for term in condition.terms)
    return isinstance(condition, Positive) and not condition.whole and not isinstance(condition, Scheduled)


def _combined(condition: Condition, found: dict[int, Windows]) -> Array:
    """When a condition holds, (n, 2) TDB s, from the windows of its limits."""
    if isinstance(condition, AllOf | AnyOf):
        parts = [_combined(term, found) for term in condition.terms]
        return sweep(parts, len(parts) if isinstance(condition, AllOf) else 1)
    return found[id(condition)].bounds
