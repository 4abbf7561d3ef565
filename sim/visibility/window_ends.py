"""What ends are while windows are open: their basis, the age of their elements, whether their errors are counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.trajectory import BASES, Basis, Trajectory
from sim.visibility.edges import JUST_S, EdgeTable

Array = NDArray[np.float64]
Index = NDArray[np.intp]


class Used(NamedTuple):
    """What one end is in windows (n,), by a way (n,) each: from when to when (n,) at the end itself, TDB s."""

    end: Trajectory
    window: Index
    way: Index
    start: Array
    last: Array


class WindowEnds:
    """What ends are in the windows of a table.

    An end that is always known and comes from no element sets is the same in all of them. Of every other, what it is
    while the window's light is there counts; where several ways need the same, the last of them says when.
    """

    def __init__(self, edges: EdgeTable, ends: Mapping[str, Trajectory]) -> None:
        self.edges, self.ends = edges, ends

    @cached_property
    def basis(self) -> list[Basis]:
        """For every window, the weakest basis of what its ends are in it."""
        of = {n: 0 if self.ends[n].in_parts else BASES.index(self.ends[n].basis) for n in self._all}
        each = [max((of[n] for n in names), default=0) for names in self._names]
        worst = np.array(each, dtype=np.intp)[self.edges.of]
        for window, parts in self.phases.items():
            worst[window] = max([worst[window], *(BASES.index(part.basis) for part, _, _ in parts)])
        return [BASES[number] for number in worst.tolist()]

    @cached_property
    def age_days(self) -> Array:
        """For every window, how far the element sets used get from their epochs, days; NaN where none are."""
        ages = np.full(len(self.edges.bounds), np.nan)
        for used in self._used:
            if isinstance(used.end, Sampled):
                order = np.lexsort((used.way, used.window))
                last = order[np.append(np.diff(used.window[order]) != 0, True)]
                found = used.end.element_ages_s(used.start[last], used.last[last]) / DAY_S
                ages[used.window[last]] = np.fmax(ages[used.window[last]], found)
        for window, parts in self.phases.items():
            for part, start, last_s in parts:
                if isinstance(part, Sampled) and (age := part.element_age_s(start, last_s)) is not None:
                    ages[window] = np.fmax(ages[window], age / DAY_S)
        return ages

    @cached_property
    def uncounted(self) -> list[tuple[str, ...]]:
        """For every window the ends that it needs and whose errors nobody has counted."""
        some = {n for n in self._all if _uncounted(self.ends[n])}
        always = [tuple(n for n in names if n in some) if some else () for names in self._names]
        found = [always[of] for of in self.edges.of.tolist()]
        for window, parts in self.phases.items():
            names = {part.name for part, _, _ in parts if _uncounted(part)} | {*found[window]}
            found[window] = tuple(name for name in self._names[int(self.edges.of[window])] if name in names)
        return found

    @cached_property
    def _names(self) -> list[list[str]]:
        """The ends of every hop and route, in the order in which light comes to them from the last one."""
        ways = self.edges
        return [
            list(dict.fromkeys(name for way in ways.all_ways[a:b] for name in (way[-1], *reversed(way[:-1]))))
            for a, b in zip(ways.first_way[:-1].tolist(), ways.first_way[1:].tolist(), strict=True)
        ]

    @cached_property
    def _all(self) -> dict[str, None]:
        """The ends of all hops and routes, each once."""
        return dict.fromkeys(name for names in self._names for name in names)

    @cached_property
    def _used(self) -> list[Used]:
        """When the ends that are not always the same are used."""
        ends = self.ends.items()
        changing = {name for name, end in ends if end.in_parts or (isinstance(end, Sampled) and len(end.epochs))}
        found: dict[str, list[Used]] = {}
        for name, window, way, start, last in self._times(changing):
            found.setdefault(name, []).append(Used(self.ends[name], window, way, start, last))
        return [
            Used(parts[0].end, *(np.concatenate(column) for column in list(zip(*parts, strict=True))[1:]))
            for parts in found.values()
        ]

    def _times(self, chosen: set[str]) -> Iterator[tuple[str, Index, Index, Array, Array]]:
        """When windows' light is at some ends: the end, windows, ways, and from when to when."""
        edges = self.edges
        wanted = np.array([not chosen.isdisjoint(names) for names in self._names], dtype=bool)
        windows = np.flatnonzero(wanted[edges.of])
        if not len(windows):
            return
        inside = edges.bounds + np.minimum(JUST_S, 0.25 * edges.durations_s)[:, None] * [1.0, -1.0]
        place, way = edges.taken(windows)
        own = inside[windows[place]]
        numbers = {name: i for i, name in enumerate(self.ends)}
        ends = np.full((len(edges.all_ways), edges.chain.shape[1] + 1), -1)
        for row, names in enumerate(edges.all_ways):
            ends[row, : len(names)] = [numbers[name] for name in reversed(names)]
        both = zip(edges.followed(way, own[:, 0], True), edges.followed(way, own[:, 1], True), strict=True)
        for (depth, some, begin), (_, _, close) in both:
            here = ends[way[some], depth]
            for name in chosen:
                at = np.flatnonzero(here == numbers[name])
                if len(at):
                    rows = some[at]
                    start, last = (
                        np.where(np.isnan(t[at]), own[rows, side], t[at]) for side, t in enumerate((begin, close))
                    )
                    yield name, windows[place[rows]], way[rows], start, last

    @cached_property
    def phases(self) -> dict[int, list[tuple[Trajectory, float, float]]]:
        """For windows with ends in phases, what these are in it, and from when to when."""
        found: dict[int, dict[tuple[str, int], tuple[Trajectory, float, float]]] = {}
        for used in self._used:
            if used.end.in_parts:
                order = np.argsort(used.way, kind="stable")
                for row in order.tolist():
                    start, last = float(used.start[row]), float(used.last[row])
                    parts = found.setdefault(int(used.window[row]), {})
                    for part in used.end.parts_between(start, last):
                        parts[used.end.name, id(part)] = (part, start, last)
        return {window: list(parts.values()) for window, parts in found.items()}


def _uncounted(end: Trajectory) -> bool:
    return isinstance(end, Sampled) and bool(end.uncounted)
