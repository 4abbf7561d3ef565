"""All links of a result as one table: those that are alike are computed together, whatever their number.

A *link* is a hop with its number. Links of one transmitter to many sites of a body, or from many sites to one receiver,
have the same limits but for the sites' numbers: they are one bundle, in which the sites are one `SiteTable`. Every
other link is a bundle by itself.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.search.conditions import Condition, Positive
from sim.trajectories import site_table
from sim.trajectories.multi_phase import limited_by_data
from sim.trajectories.site_table import HORIZON, NAME, SiteTable
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility import hops
from sim.visibility.known_times import sent_times
from sim.visibility.routes import Hop

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Bundle:
    """Links that are computed together.

    ends  : the transmitter and the receiver; one of them a table of sites, or neither: then it is one link
    light : whether light takes time
    alone : the condition of the one link
    sites : of a table, its sites
    """

    ends: tuple[Trajectory, Trajectory]
    light: bool
    alone: Condition | None = None
    sites: Sequence[Site] = ()

    @cached_property
    def leaves(self) -> tuple[Positive, ...]:
        """The limits of its links; those of a table name its sites by `site_table.NAME`."""
        return self._condition(self.ends).leaves()

    @property
    def ground(self) -> int:
        """Which of the ends is a site, or the sites: 1 the receiver, which comes first, 0 the transmitter; -1 none."""
        return next((side for side in (1, 0) if isinstance(self.ends[side], Site)), -1)

    def at(self, places: Index) -> tuple[Trajectory, Trajectory]:
        """The ends of some of its links, by their places in it, a row each."""
        one, other = (end.at(places) if isinstance(end, SiteTable) else end for end in self.ends)
        return one, other

    def condition(self, places: Index) -> Condition:
        """The condition of some of its links, a row each: for times (n, …)."""
        return self._condition(self.at(places))

    def _condition(self, ends: tuple[Trajectory, Trajectory]) -> Condition:
        return hops.hop(*ends, self.light) if self.alone is None else self.alone

    def texts(self, places: Index, leaves: Index, t: Array) -> list[str]:
        """How limits (n,) of its links, by their places (n,), read where they end windows, at times (n,) TDB s."""
        names = [leaf.name if type(leaf).reads is Positive.reads else None for leaf in self.leaves]  # the same always
        once, of_row = np.unique(places * len(names) + leaves, return_inverse=True)
        pairs = [divmod(number, len(names)) for number in once.tolist()]
        told = np.array([self.called(place, names[leaf] or "") for place, leaf in pairs], dtype=object)
        found: list[str] = told[of_row].tolist()
        changing = np.array([name is None for name in names], dtype=bool)
        for row in np.flatnonzero(changing[leaves]).tolist():
            found[row] = self.called(int(places[row]), self.leaves[leaves[row]].reads(float(t[row])))
        return found

    def called(self, place: int, text: str) -> str:
        """A text of the table as that of one of its sites."""
        if not self.sites:
            return text
        known = self._called.get((place, text))
        if known is None:
            site = self.sites[place]
            known = self._called[place, text] = text.replace(NAME, site.name).replace(HORIZON, site.horizon_text)
        return known

    @cached_property
    def _called(self) -> dict[tuple[int, str], str]:
        """What `called` has said: every pass has the same limits."""
        return {}


@dataclass(frozen=True, eq=False)
class Conditions(Mapping[Hop, Condition]):
    """The conditions of some hops, each made when it is first used.

    ends : of all hops, by name; light : whether light takes time
    """

    ends: Mapping[str, Trajectory]
    hops: tuple[Hop, ...]
    light: bool

    def __getitem__(self, hop: Hop) -> Condition:
        if hop not in self._known:
            raise KeyError(hop)
        return hops.hop(self.ends[hop[0]], self.ends[hop[1]], self.light)

    def __reduce__(self) -> tuple[type[Conditions], tuple[object, ...]]:
        """Pickle without cached values."""
        return Conditions, (self.ends, self.hops, self.light)

    def __iter__(self) -> Iterator[Hop]:
        return iter(self.hops)

    def __len__(self) -> int:
        return len(self.hops)

    @cached_property
    def links(self) -> Links:
        """The hops as links."""
        return Links(self.ends, self, self.light)

    def are_of(self, ends: Mapping[str, Trajectory], light: bool) -> bool:
        """Whether they are those of some ends, and of light that takes time, or none."""
        same = len(ends) == len(self.ends) and all(self.ends.get(name) is end for name, end in ends.items())
        return same and light == self.light

    @cached_property
    def _known(self) -> frozenset[Hop]:
        return frozenset(self.hops)


class Links:
    """Some hops as links: their numbers are those in which they are given."""

    def __init__(
        self, ends: Mapping[str, Trajectory], conditions: Mapping[Hop, Condition], light: bool
    ) -> None:
        self.hops = tuple(conditions)
        self.number = {hop: i for i, hop in enumerate(self.hops)}
        self.ends, self.conditions, self.light = ends, conditions, light
        self.bundle: Index = np.empty(len(self.hops), dtype=np.intp)
        self.place: Index = np.zeros(len(self.hops), dtype=np.intp)
        self.bundles: list[Bundle] = []
        for alike in _alike(self.hops, ends):
            self.bundle[alike], self.place[alike] = len(self.bundles), np.arange(len(alike))
            self.bundles.append(_bundle([self.hops[i] for i in alike], ends, conditions, light))

    def grouped(self, links: Index) -> Iterator[tuple[Bundle, Index]]:
        """For rows of links (n,), each bundle with the numbers of its rows."""
        owners = self.bundle[links]
        order = np.argsort(owners, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(owners[order])) + 1):
            if len(rows):
                yield self.bundles[owners[rows[0]]], rows

    def sent(self, links: Index, t: Array) -> Array:
        """When light left that arrives by links (n,) at times (n,) TDB s; NaN where not known, or the time is not."""
        sent, some = np.full(len(t), np.nan), np.flatnonzero(~np.isnan(t))
        for bundle, rows in self.grouped(links[some]):
            chosen = some[rows]
            sent[chosen] = sent_times(*bundle.at(self.place[links[chosen]]), t[chosen], self.light)
        return sent

    def holds(self, links: Index, t: Array) -> NDArray[np.bool_]:
        """Whether links (n,) are open at times (n,), TDB s of their own."""
        found = np.zeros(len(t), dtype=bool)
        for bundle, rows in self.grouped(links):
            found[rows] = bundle.condition(self.place[links[rows]]).holds(t[rows])
        return found

    def broken(self, links: Index, t: Array) -> tuple[Index, Index]:
        """The limits of links (n,) that do not hold at times (n,): the row and the number of each limit, in order."""
        rows, leaves = [np.empty(0, dtype=np.intp)], [np.empty(0, dtype=np.intp)]
        for bundle, chosen in self.grouped(links):
            for number, leaf in enumerate(bundle.condition(self.place[links[chosen]]).leaves()):
                shut = chosen[~leaf.holds(t[chosen])]
                rows.append(shut)
                leaves.append(np.full(len(shut), number))
        row, leaf_number = np.concatenate(rows), np.concatenate(leaves)
        order = np.lexsort((leaf_number, row))
        return row[order], leaf_number[order]

    def texts(self, links: Index, leaves: Index, t: Array) -> list[str]:
        """How limits (n,) of links (n,) read where they end windows, at times (n,) TDB s."""
        found = [""] * len(links)
        for bundle, rows in self.grouped(links):
            told = bundle.texts(self.place[links[rows]], leaves[rows], t[rows])
            for row, text in zip(rows.tolist(), told, strict=True):
                found[row] = text
        return found

    def limited_by_data(self, links: Index, leaves: Index) -> NDArray[np.bool_]:
        """Which limits (n,) of links (n,) are none of the geometry's: no orbit of an end is known."""
        found = np.zeros(len(links), dtype=bool)
        for bundle, rows in self.grouped(links):
            found[rows] = np.array([limited_by_data(leaf.name) for leaf in bundle.leaves])[leaves[rows]]
        return found


def _alike(pairs: Sequence[Hop], ends: Mapping[str, Trajectory]) -> list[Index]:
    """The numbers of hops that go into one bundle, for each bundle."""
    found: dict[Hashable, list[int]] = {}
    for number, (transmitter, receiver) in enumerate(pairs):
        key: Hashable = number
        for side, (one, other) in enumerate(((receiver, transmitter), (transmitter, receiver))):
            shared = site_table.alike(ends[one])
            if shared is not None and not ends[other].in_parts and not ends[other].limits:
                key = (side, other, shared)
                break
        found.setdefault(key, []).append(number)
    return [np.array(numbers) for numbers in found.values()]


def _bundle(
    legs: Sequence[Hop], ends: Mapping[str, Trajectory], conditions: Mapping[Hop, Condition], light: bool
) -> Bundle:
    pairs = [(ends[a], ends[b]) for a, b in legs]
    if len(pairs) == 1:
        return Bundle(pairs[0], light, conditions[legs[0]])
    transmitters, receivers = zip(*pairs, strict=True)
    same = legs[0][0] == legs[1][0]
    sites = [end for end in (receivers if same else transmitters) if isinstance(end, Site)]
    table = site_table.table(sites)
    return Bundle((transmitters[0], table) if same else (table, receivers[0]), light, sites=sites)
