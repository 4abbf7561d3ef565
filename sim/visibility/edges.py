"""What opened and what closed every window, and how well both are known: all windows of a result at once.

Windows of hops and routes stand in one table, a row a window; an edge has the number 2·window, or 2·window + 1. A route
is open by one of its ways at least. What is broken just outside an edge on the ways that are clear just inside it made
the edge: a *cause* is a link, one of its limits and the link's own time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.search.window_table import ManyWindows
from sim.search.windows import Windows
from sim.visibility.known_times import lit_at_once
from sim.visibility.links import Bundle, Links
from sim.visibility.passing_times import Passing
from sim.visibility.routes import Hop
from sim.visibility.sky_table import SkyTable, sky_table

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Bools = NDArray[np.bool_]
Way = tuple[str, ...]

JUST_S = 1e-3
"""So far inside a window what makes it holds: edges are good to a microsecond."""
OUTSIDE_S = (JUST_S, 1e-2, 0.1, 1.0)
"""So far outside a window the limit that ends it is broken; nearby, rounding may hide a margin that barely rises."""


class Causes(NamedTuple):
    """What made edges: the edge, the link, the number of its limit and the link's own time (TDB s), (m,) each.

    In order of the edges; of one edge in order of ways, of hops from the last to the first, and of limits.
    """

    edge: Index
    link: Index
    leaf: Index
    time: Array

    def only(self, rows: Index) -> Causes:
        """Some of them, in the order given."""
        return Causes(self.edge[rows], self.link[rows], self.leaf[rows], self.time[rows])


class EdgeTable:
    """The windows of some hops and routes, a row each, and what made their edges.

    ways    : of every hop and route, the plain paths it may take
    windows : of every hop and route
    """

    def __init__(
        self, links: Links, ways: Sequence[Sequence[Way]], windows: Sequence[Windows], hops: Mapping[Hop, Windows]
    ) -> None:
        self.links, self._hops, self.span = links, hops, windows[0].span if windows else None
        self._skies: dict[int, SkyTable | None] = {}
        self.first = np.concatenate(([0], np.cumsum([len(each) for each in windows], dtype=np.intp)))
        self.bounds: Array = np.concatenate([np.empty((0, 2)), *(each.bounds for each in windows)])
        self.of = np.repeat(np.arange(len(windows)), np.diff(self.first))
        self.cut = _cut(windows, self.first)
        counts = np.array([len(each) for each in ways], dtype=np.intp)
        self.first_way = np.concatenate(([0], np.cumsum(counts)))
        self.all_ways = [way for each in ways for way in each]
        self.chain = _chains(self.all_ways, links)

    @cached_property
    def found(self) -> ManyWindows:
        """The windows of the links, a place each. Raises `ValueError` where there are no links."""
        return ManyWindows.stacked([self._hops[hop] for hop in self.links.hops])

    @property
    def durations_s(self) -> Array:
        return self.bounds[:, 1] - self.bounds[:, 0]

    def rows(self, of: int) -> slice:
        """The windows of one hop or route."""
        return slice(int(self.first[of]), int(self.first[of + 1]))

    def taken(self, windows: Index) -> tuple[Index, Index]:
        """All ways of what some windows (n,) are of: places among these, and the ways' numbers."""
        of = self.of[windows]
        count = self.first_way[of + 1] - self.first_way[of]
        place = np.repeat(np.arange(len(windows)), count)
        number = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        return place, self.first_way[of][place] + number

    def followed(self, ways: Index, t: Array, about: bool = False) -> Iterator[tuple[int, Index, Array]]:
        """When light passes the ends of ways (n,) that arrives at the last of them at times (n,).

        about : whether a nanosecond is good enough
        yields : how many ends come after; rows (m,), those of ways that are so long; and times (m,) TDB s at that end,
                 NaN where not known
        """
        t = t.copy()
        for depth in range(self.chain.shape[1] + 1):
            rows = np.arange(len(ways)) if depth == 0 else np.flatnonzero(self.chain[ways, depth - 1] >= 0)
            if depth:
                t[rows] = self._sent(ways[rows], depth, t[rows], about)
            yield depth, rows, t[rows]

    def sky(self, bundle: Bundle) -> SkyTable | None:
        """What the sites of a bundle see of its other end, over the span; None where they do not receive at all."""
        key = id(bundle)
        if key not in self._skies:
            self._skies[key] = sky_table(*bundle.ends, bundle.light, self.span) if self.span and bundle.sites else None
        return self._skies[key]

    def sent_about(self, links: Index, t: Array) -> Array:
        """What `Links.sent` gives, to a nanosecond: where many sites look at one end, for less."""
        sent, some = np.full(len(t), np.nan), np.flatnonzero(~np.isnan(t))
        for bundle, rows in self.links.grouped(links[some]):
            chosen, sky = some[rows], self.sky(bundle)
            if sky is not None and sky.knows(t[chosen]):
                sent[chosen] = sky.sent(self.links.place[links[chosen]], t[chosen])
            else:
                sent[chosen] = self.links.sent(links[chosen], t[chosen])
        return sent

    def _sent(self, ways: Index, depth: int, t: Array, about: bool) -> Array:
        """When light left that arrives at times (n,), by links of ways (n,) after which so many ends come."""
        links = self.chain[ways, depth - 1]
        sent = self.sent_about(links, t) if about else self.links.sent(links, t)
        for way in np.unique(ways[self._twice_lit[links]]).tolist():
            rows, path = np.flatnonzero(ways == way), self.all_ways[way]
            sent[rows] = self._passing.sent(path[: len(path) + 1 - depth], t[rows])
        return sent

    @cached_property
    def _twice_lit(self) -> Bools:
        """By which links the light of two phases of the transmitter may arrive at once: (links,)."""
        ends, light = self.links.ends, self.links.light
        twice = [ends[a].in_parts and bool(lit_at_once(ends[a], ends[b], light)) for a, b in self.links.hops]
        return np.array(twice, dtype=bool)

    @cached_property
    def _passing(self) -> Passing:
        """How light passes the ends of paths; a window that rounding hides in its condition is open too."""
        return Passing(self.links.ends, lambda hop, t: self._open(self.links.number[hop], t), self.links.light)

    def _open(self, link: int, t: Array) -> Bools:
        links = np.full(len(t), link)
        open_: Bools = self.found.holds(links, t) | self.links.holds(links, t)
        return open_

    def passed(self, ways: Index, t: Array) -> Iterator[tuple[int, Index, Index, Array]]:
        """What light meets that arrives at the ends of ways (n,) at times (n,), from the last link to the first.

        yields : how many links come after; rows (m,), those of ways that are so long; their links (m,), and the links'
                 own times (m,), NaN where not known
        """
        for depth, rows, own in self.followed(ways, t):
            if depth == self.chain.shape[1]:
                return
            links = self.chain[ways[rows], depth]
            some = np.flatnonzero(links >= 0)
            yield depth, rows[some], links[some], own[some]
            if depth + 1 == self.chain.shape[1]:  # where the first link's light comes from does not matter
                return

    @cached_property
    def causes(self) -> Causes:
        """What made the edges."""
        edges, out = self.bounds.ravel(), np.tile([-1.0, 1.0], len(self.bounds))
        inside, shut = np.repeat(0.5 * self.durations_s, 2), self._shut.ravel()
        left = np.flatnonzero(shut > 0.0)
        plain = self._single[self.of[left // 2]]
        found, left = [self._of_one_limit(left[plain], out, shut)], left[~plain]
        for far in OUTSIDE_S if len(left) else ():
            place, way = self.taken(left // 2)
            edge = left[place]
            used = self._clear(way, (edges - out * np.minimum(JUST_S, inside))[edge])
            edge, way = edge[used], way[used]
            beyond = (out * np.minimum(far, shut))[edge]
            more = self._broken(edge, way, (edges[edge] + beyond), beyond)
            found.append(more)
            left = left[~np.isin(left, more.edge)]
            if not len(left):
                break
        causes = Causes(*map(np.concatenate, zip(*found, strict=True)))
        return causes.only(np.argsort(causes.edge, kind="stable"))

    @cached_property
    def _single(self) -> Bools:
        """Which hops and routes have one way, of one link, of one limit, which alone can end their windows."""
        one: Bools = np.diff(self.first_way) == 1
        way = self.first_way[:-1][one]
        links = self.chain[way, 0] if self.chain.shape[1] else way
        limits = np.array([len(bundle.leaves) for bundle in self.links.bundles], dtype=np.intp)
        plain = limits[self.links.bundle[links]] == 1
        one[one] = plain & (self.chain[way, 1:] < 0).all(axis=1)
        return one

    def _of_one_limit(self, edges: Index, out: Array, shut: Array) -> Causes:
        """What made edges (n,) of hops and routes of one limit: that, at the time at which it would be asked."""
        at = self.bounds.ravel()[edges]
        beyond = (out * np.minimum(JUST_S, shut))[edges]
        way = self.first_way[self.of[edges // 2]]
        link = self.chain[way, 0] if self.chain.shape[1] else way  # without hops there is no edge either
        return Causes(edges, link, np.zeros(len(edges), dtype=np.intp), (at + beyond) - beyond)

    @property
    def _shut(self) -> Array:
        """How far outside of its edges one may look: half way to the next window, (n, 2) s."""
        between = 0.5 * (self.bounds[1:, 0] - self.bounds[:-1, 1])
        between = np.where(self.of[1:] == self.of[:-1], between, np.inf)
        shut = np.full(self.bounds.shape, np.inf)
        shut[1:, 0], shut[:-1, 1] = between, between
        return np.where(self.cut, 0.0, shut)

    def _clear(self, ways: Index, t: Array) -> Bools:
        """Which ways (n,) are clear for light that arrives at times (n,)."""
        clear = np.ones(len(ways), dtype=bool)
        for _, rows, links, own in self.passed(ways, t):
            known = ~np.isnan(own)
            open_ = np.zeros(len(rows), dtype=bool)
            open_[known] = self.found.holds(links[known], own[known])
            doubtful = np.flatnonzero(known & ~open_)
            open_[doubtful] = self.links.holds(links[doubtful], own[doubtful])
            clear[rows] &= open_
        return clear

    def _broken(self, edges: Index, ways: Index, t: Array, beyond: Array) -> Causes:
        """What is broken on ways (n,), by each of which an edge (n,) is looked at, for light that arrives at t (n,)."""
        found, keys = [_NOTHING], [(_NO, _NO)]
        for depth, rows, links, own in self.passed(ways, t):
            known = np.flatnonzero(~np.isnan(own))
            row, leaf = self.links.broken(links[known], own[known])
            row = known[row]
            found.append(Causes(edges[rows[row]], links[row], leaf, (own - beyond[rows])[row]))
            keys.append((ways[rows[row]], np.full(len(row), depth)))
        causes = Causes(*map(np.concatenate, zip(*found, strict=True)))
        way, after = map(np.concatenate, zip(*keys, strict=True))
        return causes.only(np.lexsort((causes.leaf, after, way, causes.edge)))

    @cached_property
    def texts(self) -> list[str]:
        """What made every edge, as it reads."""
        causes, found = self.causes, np.full(self.bounds.size, "", dtype=object)
        read = self.links.texts(causes.link, causes.leaf, causes.time)
        found[causes.edge] = np.array(read, dtype=object)
        texts: list[str] = found.tolist()
        every: dict[int, dict[str, None]] = {}  # of edges with several causes
        for row in np.flatnonzero(np.isin(causes.edge, causes.edge[1:][np.diff(causes.edge) == 0])).tolist():
            every.setdefault(int(causes.edge[row]), {})[read[row]] = None
        for edge, told in every.items():
            texts[edge] = " and ".join(told)
        for row, side in np.argwhere(self.cut).tolist():
            texts[2 * row + side] = ("span start", "span end")[side]
        return texts

    @cached_property
    def moving(self) -> Index:
        """For every edge the cause that errors can move; -1 where the span, or what is known of an end, made it.

        What an orbit does beyond its end does not matter: errors move no edge that a limit has there.
        """
        causes = self.causes
        moving = np.full(self.bounds.size, -1)
        first = np.flatnonzero(np.diff(causes.edge, prepend=-1))
        moving[causes.edge[first]] = first
        data = self.links.limited_by_data(causes.link, causes.leaf)
        moving[causes.edge[data]] = -1
        moving[self.cut.ravel()] = -1
        return moving


_NO: Index = np.empty(0, dtype=np.intp)
_NOTHING = Causes(_NO, _NO, _NO, np.empty(0))


def _cut(windows: Sequence[Windows], first: Index) -> Bools:
    """Which edges the span made: (n, 2)."""
    cut = np.zeros((int(first[-1]), 2), dtype=bool)
    for each, begin, end in zip(windows, first[:-1], first[1:], strict=True):
        if end > begin:
            cut[begin, 0], cut[end - 1, 1] = each.open_start, each.open_end
    return cut


def _chains(ways: Sequence[Way], links: Links) -> Index:
    """The links of every way from its last to its first, as long as the longest; -1 where there are no more."""
    longest = max((len(way) - 1 for way in ways), default=0)
    if longest == 1:
        return np.array([[links.number[way[0], way[-1]]] if len(way) > 1 else [-1] for way in ways], dtype=np.intp)
    chains = np.full((len(ways), longest), -1)
    for row, way in enumerate(ways):
        numbers = [links.number[hop] for hop in pairwise(way)]
        chains[row, : len(numbers)] = numbers[::-1]
    return chains
