"""Effects of errors on all windows of a result: standard deviations of edges, and probabilities of windows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial
from math import isnan
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.trajectory import Trajectory
from sim.visibility import uncertainty
from sim.visibility.edges import EdgeTable
from sim.visibility.hops import Between
from sim.visibility.links import Bundle
from sim.visibility.uncertainty import LINEAR, Build, Rising, Uncertainty, briefly, effects, heights, normal, shifts_s

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Bools = NDArray[np.bool_]


class Moved(NamedTuple):
    """Edges of one bundle, and their shifts (n, k) s due to each of k sources, by name."""

    bundle: Bundle
    names: tuple[str, ...]
    seconds: Array


class EdgeErrors:
    """Uncertainty of the windows of a table; docs/uncertainty.md describes the errors included.

    uncounted : for every window its ends with unknown errors

    An edge of a route is an edge of one of its hops, at that hop's own, earlier time. Edges of one limit of one link at
    one instant are computed once.
    """

    def __init__(self, edges: EdgeTable, uncounted: Sequence[tuple[str, ...]]) -> None:
        self.edges, self.links = edges, edges.links
        self.uncounted = uncounted
        some = np.flatnonzero(edges.moving >= 0)
        causes = edges.causes.only(edges.moving[some])
        order = np.lexsort((causes.time, causes.leaf, causes.link))
        _, link, leaf, time = causes.only(order)
        new = np.ones(len(order), dtype=bool)
        new[1:] = (link[1:] != link[:-1]) | (leaf[1:] != leaf[:-1]) | (time[1:] != time[:-1])
        self.link, self.leaf, self.time = link[new], leaf[new], time[new]
        self.of_edge = np.full(edges.bounds.size, -1)
        self.of_edge[some[order]] = np.cumsum(new) - 1

    @cached_property
    def _moved(self) -> tuple[list[Moved], Index, Index]:
        """Shifts of every distinct edge due to errors: tables; for each edge its table, and its row in that."""
        tables: list[Moved] = []
        table, place = np.empty((2, len(self.link)), dtype=np.intp)
        for bundle, rows in self._grouped(np.arange(len(self.link))):
            build, ends = self._built(bundle, rows)
            found = effects(build, ends, self.links.light, self.leaf[rows], self.time[rows], central=False)
            table[rows], place[rows] = len(tables), np.arange(len(rows))
            tables.append(Moved(bundle, found[0], shifts_s(*found[1:])))
        return tables, table, place

    @cached_property
    def _sigma(self) -> Array:
        """Standard deviation of every distinct edge, s; NaN if it depends on an orbit with unknown errors."""
        tables, table, _ = self._moved
        sigma = np.empty(len(self.link))
        for number, moved in enumerate(tables):
            sigma[table == number] = uncertainty.size(moved.seconds)
        return sigma

    @cached_property
    def sigma_s(self) -> Array:
        """Standard deviations of the edges, (n, 2) s; NaN if errors do not move them, or are unknown."""
        sigma = np.append(self._sigma, np.nan)
        found: Array = sigma[self.of_edge].reshape(-1, 2)
        return found

    @cached_property
    def feels_unknown(self) -> Bools:
        """Which edges depend on an orbit with unknown errors: (n, 2)."""
        found: Bools = np.isnan(self.sigma_s) & (self.of_edge >= 0).reshape(-1, 2)
        return found

    @cached_property
    def _ends_at(self) -> tuple[Index, Index]:
        opens, closes = self.of_edge.reshape(-1, 2).T
        return opens, closes

    def _one(self, a: Index, b: Index) -> Bools:
        """Which pairs of distinct edges (or -1) belong to one limit of one link."""
        if not len(self.link):
            return np.zeros(len(a), dtype=bool)
        same: Bools = (a >= 0) & (b >= 0) & (self.link[a] == self.link[b]) & (self.leaf[a] == self.leaf[b])
        return same

    @cached_property
    def _height(self) -> Array:
        """Margin of existence of each window in standard deviations: (n,); NaN if unknown.

        For a brief window that one margin opens and closes, the maximum of that margin; with two margins, the duration,
        because one edge may overtake the other.
        """
        opens, closes = self._ends_at
        height, duration = np.full(len(opens), np.inf), self.edges.durations_s
        one = self._one(opens, closes)
        known = one & ~self.feels_unknown.any(axis=1)
        rows = np.flatnonzero(known)
        rows = rows[briefly(self.time[closes[rows]] - self.time[opens[rows]], self.sigma_s[rows])]
        (first, last), same = np.unique((opens[rows], closes[rows]), axis=1, return_inverse=True)  # also of routes
        highest = np.empty(len(first))
        for bundle, chosen in self._grouped(first):
            build, ends = self._built(bundle, first[chosen])
            bounds = np.column_stack((self.time[first[chosen]], self.time[last[chosen]]))
            leaf, rising = self.leaf[first[chosen]], self._rising(bundle, first[chosen], bounds)
            highest[chosen], _ = heights(build, ends, self.links.light, leaf, bounds, rising)
        height[rows] = highest[same.ravel()]
        apart = np.sqrt(np.sum(np.where(self.of_edge.reshape(-1, 2) >= 0, self.sigma_s, 0.0) ** 2, axis=1))
        for row in np.flatnonzero((opens >= 0) & (closes >= 0) & ~one).tolist():
            a, b = self.effects_s(2 * row) or {}, self.effects_s(2 * row + 1) or {}
            apart[row] = np.sqrt(sum((b.get(name, 0.0) - a.get(name, 0.0)) ** 2 for name in {*a, *b}))
        with np.errstate(divide="ignore", invalid="ignore"):
            between = np.where(np.isfinite(apart), duration / apart, 0.0)
        height = np.where(one, height, between)
        return height

    def _rising(self, bundle: Bundle, numbers: Index, bounds: Array) -> Rising | None:
        """What rises and falls with the elevation at distinct edges of sites that receive; None of other limits."""
        sky = self.edges.sky(bundle)
        if sky is None or np.any(self.leaf[numbers] != 0) or not sky.knows(bounds):  # the receiver's horizon is first
            return None
        return partial(sky.sines, self.links.place[self.link[numbers]])

    @cached_property
    def probability(self) -> Array:
        """Probability that each window exists, (n,); NaN if it depends on an orbit with unknown errors."""
        found = np.ones(len(self.edges.bounds))
        brief = np.flatnonzero(self._height < _CERTAIN)
        found[brief] = [normal(height) for height in self._height[brief].tolist()]
        found[self.lacks] = np.nan
        return found

    @cached_property
    def lacks(self) -> Bools:
        """Which windows depend on an orbit with unknown errors: (n,)."""
        return np.fromiter(map(bool, self.uncounted), dtype=bool, count=len(self.uncounted))

    @cached_property
    def linear(self) -> Bools:
        """For which edges linear theory is valid: (n, 2)."""
        opens, closes = self._ends_at
        found = np.where(self.lacks[:, None], ~self.feels_unknown, (self._height > LINEAR)[:, None])
        gap = self.edges.bounds[1:, 0] - self.edges.bounds[:-1, 1]
        beside = (self.edges.of[1:] == self.edges.of[:-1]) & self._one(closes[:-1], opens[1:]) & ~self.lacks[:-1]
        sides = np.column_stack((self.sigma_s[:-1, 1], self.sigma_s[1:, 0]))
        doubtful = np.flatnonzero(beside & briefly(2.0 * gap, sides))
        found[doubtful, 1] = False
        found[doubtful + 1, 0] = False
        return found

    def effects_s(self, edge: int) -> dict[str, float] | None:
        """Shift of an edge due to every source, s; None for an edge that errors do not move."""
        number = int(self.of_edge[edge])
        if number < 0:
            return None
        tables, table, place = self._moved
        bundle, names, seconds = tables[table[number]]
        at = int(self.links.place[self.link[number]])
        return dict(zip((bundle.called(at, name) for name in names), seconds[place[number]].tolist(), strict=True))

    def uncertainty(self, window: int) -> Uncertainty:
        """The uncertainty of one window."""
        start, end = map(_known, self.sigma_s[window].tolist())
        starts, ends = self.effects_s(2 * window), self.effects_s(2 * window + 1)
        probability, (first, last) = _known(float(self.probability[window])), self.linear[window].tolist()
        return Uncertainty(start, end, probability, first, last, starts, ends, tuple(self.uncounted[window]))

    def worst_s(self) -> dict[str, float]:
        """Largest shift of an edge due to every source, s; NaN if unknown."""
        worst: dict[str, float] = {}
        tables, table, _ = self._moved
        for number, (bundle, names, seconds) in enumerate(tables):
            places = self.links.place[self.link[table == number]]
            for name, column in zip(names, np.abs(seconds).T, strict=True):
                own = bundle.called(0, name) != name and len(bundle.sites) > 0
                for place in np.unique(places) if own else [0]:
                    some = column[places == place] if own else column
                    told = bundle.called(int(place), name)
                    most = np.nan if np.isnan(some).any() else np.max(some[np.isfinite(some)], initial=0.0)
                    worst[told] = float(np.maximum(worst.get(told, 0.0), most))
        return worst

    def _grouped(self, numbers: Index) -> list[tuple[Bundle, Index]]:
        """Distinct edges (n,) by bundle, and those of a table also by limit: rows of the numbers given."""
        found: list[tuple[Bundle, Index]] = []
        for bundle, rows in self.links.grouped(self.link[numbers]):
            leaf = self.leaf[numbers[rows]]
            found += [(bundle, rows[leaf == one]) for one in np.unique(leaf)] if bundle.sites else [(bundle, rows)]
        return found

    def _built(self, bundle: Bundle, numbers: Index) -> tuple[Build, dict[str, Trajectory]]:
        """How the condition of distinct edges of one bundle is built from its ends, a row each, and the ends."""
        one, other = bundle.at(self.links.place[self.link[numbers]])
        return Between(one.name, other.name), {one.name: one, other.name: other}


def _known(size: float) -> float | None:
    return None if isnan(size) else size


_CERTAIN = 9.0
"""Standard deviations beyond which the normal distribution function is 1 in double precision."""
