"""Windows of many places at once, in one table: the algebra of `windows` without an object for each place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.search.windows import Windows

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class ManyWindows:
    """Sets of windows, one per place; places are numbered from 0, and may have no windows.

    bounds (k, 2) TDB s, half-open [start, end), owners (k,) the places, in order of place and time, disjoint
    count   : how many places there are
    unknown : the unknown intervals of each place; None if there are none. The algebra ignores them: `with_possible`
    """

    bounds: Array
    owners: Index
    count: int
    span: Span
    unknown: ManyWindows | None = None

    @classmethod
    def of(cls, bounds: Array, owners: Index, count: int, span: Span, apart_s: float = 0.0) -> ManyWindows:
        """Sort intervals, join those closer than a limit, cut them to the span and drop shorter ones."""
        bounds = np.clip(bounds, span.start, span.end)
        some = bounds[:, 0] < bounds[:, 1]
        found = cls(bounds[some], owners[some], count, span)
        return found.overlapped(1)._joined(apart_s)

    @classmethod
    def stacked(cls, sets: Sequence[Windows]) -> ManyWindows:
        """Sets of windows, one per place, which may have different spans; unknown intervals are ignored."""
        span = Span(min(each.span.start for each in sets), max(each.span.end for each in sets))
        owners = np.repeat(np.arange(len(sets)), [len(each) for each in sets])
        return cls(np.concatenate([each.bounds for each in sets]), owners, len(sets), span)

    @classmethod
    def same(cls, bounds: Array, count: int, span: Span) -> ManyWindows:
        """The same windows (m, 2) for every place."""
        return cls(np.tile(bounds, (count, 1)), np.repeat(np.arange(count), len(bounds)), count, span)

    def with_possible(self, possible: ManyWindows) -> ManyWindows:
        """The same windows, with unknown time where only `possible`, computed with unknown time as open, has windows.

        `&`, `|` and `overlap` are monotonic in their sets, so that certain and possible windows can be computed
        separately.
        """
        if possible is self:
            return self
        return replace(self, unknown=overlap((possible, replace(self, unknown=None).gaps), 2))

    def __and__(self, other: ManyWindows) -> ManyWindows:
        return overlap((self, other), 2)

    def __or__(self, other: ManyWindows) -> ManyWindows:
        return overlap((self, other), 1)

    def __len__(self) -> int:
        return len(self.bounds)

    def holds(self, places: Index, t: Array) -> NDArray[np.bool_]:
        """Whether each time (n,) is in a window of its place (n,), including starts and excluding ends."""
        edges, last = self.bounds.ravel(), 2 * np.cumsum(self.counts)
        low, high = (last - 2 * self.counts)[places], last[places]
        first = low.copy()
        while np.any(more := low < high):  # bisection for all times at once
            middle = (low + high) // 2
            earlier = more.copy()
            earlier[more] = edges[middle[more]] <= t[more]
            low, high = np.where(earlier, middle + 1, low), np.where(more & ~earlier, middle, high)
        inside: NDArray[np.bool_] = (low - first) % 2 == 1
        return inside

    @property
    def durations_s(self) -> Array:
        return self.bounds[:, 1] - self.bounds[:, 0]

    @property
    def counts(self) -> Index:
        """How many windows each place has: (count,)."""
        counts: Index = np.bincount(self.owners, minlength=self.count)
        return counts

    @property
    def totals_s(self) -> Array:
        """Total duration of the windows of each place (s): (count,)."""
        return np.bincount(self.owners, self.durations_s, minlength=self.count).astype(float)

    @property
    def known_s(self) -> Array:
        """Duration of the known time of each place (s): (count,)."""
        unknown = 0.0 if self.unknown is None else self.unknown.totals_s
        known: Array = np.full(self.count, self.span.duration_s) - unknown
        return known

    @property
    def gaps(self) -> ManyWindows:
        """The known time between windows, and before the first and after the last."""
        if self.unknown is not None:
            return overlap((replace(self, unknown=None), self.unknown), 1).gaps
        places = np.arange(self.count)
        starts = np.concatenate((np.full(self.count, self.span.start), self.bounds[:, 1]))
        ends = np.concatenate((self.bounds[:, 0], np.full(self.count, self.span.end)))
        starts = starts[np.argsort(np.concatenate((places, self.owners)), kind="stable")]
        ends = ends[np.argsort(np.concatenate((self.owners, places)), kind="stable")]
        some = starts < ends
        owners = np.repeat(places, self.counts + 1)[some]
        return ManyWindows(np.column_stack((starts, ends))[some], owners, self.count, self.span)

    def of_each(self) -> list[Array]:
        """The windows of each place: (m, 2) arrays."""
        return np.split(self.bounds, np.cumsum(self.counts)[:-1])

    def overlapped(self, at_least: int) -> ManyWindows:
        """When at least so many of a place's own intervals, which may overlap here, are open at once."""
        times, steps, owners = _edges(self)
        open_now = np.cumsum(steps) >= at_least
        before = np.concatenate(([False], open_now[:-1]))
        change = open_now != before
        bounds, owners = times[change].reshape(-1, 2), owners[change][::2]
        some = bounds[:, 0] < bounds[:, 1]
        return ManyWindows(bounds[some], owners[some], self.count, self.span)

    def seconds_by_number(self, most: int) -> Array:
        """Duration (s) with exactly 0, 1, … `most` of a place's intervals open at once: (count, most + 1)."""
        times, steps, owners = _edges(self)
        lasting = np.diff(times, append=0.0)
        number = np.cumsum(steps)
        busy = number > 0  # if none is open, the next edge may belong to another place
        place = owners[busy] * (most + 1) + number[busy]
        seconds = np.bincount(place, lasting[busy], minlength=self.count * (most + 1)).astype(float)
        seconds = seconds.reshape(self.count, most + 1)
        seconds[:, 0] = self.span.duration_s - seconds[:, 1:].sum(axis=1)
        return seconds

    def _joined(self, apart_s: float) -> ManyWindows:
        if not len(self) or not apart_s:
            return self
        same = self.owners[1:] == self.owners[:-1]
        apart = ~same | (self.bounds[1:, 0] - self.bounds[:-1, 1] > apart_s)
        first, last = np.concatenate(([True], apart)), np.concatenate((apart, [True]))
        bounds = np.column_stack((self.bounds[first, 0], self.bounds[last, 1]))
        some = bounds[:, 1] - bounds[:, 0] > apart_s
        return ManyWindows(bounds[some], self.owners[first][some], self.count, self.span)


def piled(sets: Sequence[ManyWindows]) -> ManyWindows:
    """All intervals of some sets; those of a place may overlap."""
    bounds = np.concatenate([s.bounds for s in sets])
    owners = np.concatenate([s.owners for s in sets])
    order = np.argsort(owners, kind="stable")
    return ManyWindows(bounds[order], owners[order], sets[0].count, sets[0].span)


def overlap(sets: Sequence[ManyWindows], at_least: int) -> ManyWindows:
    """When at least so many of the sets are open at once, place by place: 1 is `|`, all is `&`."""
    return piled(sets).overlapped(at_least)


def _edges(windows: ManyWindows) -> tuple[Array, Index, Index]:
    """All edges in order of place and time: times, +1 or −1, places; at one instant starts come before ends."""
    times = windows.bounds.T.ravel()
    steps = np.repeat(np.array([1, -1]), len(windows))
    owners = np.tile(windows.owners, 2)
    order = np.lexsort((-steps, times, owners))
    return times[order], steps[order], owners[order]
