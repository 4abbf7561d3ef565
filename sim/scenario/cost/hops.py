"""Estimates what searching the hops of routes costs, from the revolutions of their ends.

The number of evaluations follows the end that revolves faster. Corners of horizon profiles and phases of orbits add
to it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise, product
from math import prod
from typing import NamedTuple

from sim.scenario.cost.amount import NOTHING, Cost
from sim.scenario.cost.orbits import Moved
from sim.scenario.cost.tables import DAY_S, When, get, listed, names, table_of

_LISTED = 50_000
"""Up to this number of hops, a hop that several routes share is counted once."""

_SITE_RATE = 0.5 / DAY_S
"""Revolutions per second that count for a site: it needs half the evaluations of a low orbit per revolution."""
_MONTH_S = 27.3 * DAY_S

_POINTS, _POINTS_A_TURN, _POINTS_A_TOOTH = 30.0, 100.0, 0.7
"""Evaluations per hop, per revolution, and per horizon corner passed.

Source: `evaluations` of run.json, over low, high and lunar orbits, halo orbits and planets."""
_SECONDS_A_POINT, _SECONDS_A_TOOTH = 4e-7, 4.5e-6
_SECONDS_A_HOP, _SECONDS_A_STATION = 5e-3, 7e-4
"""Processor time of a hop searched alone, and of one of many hops to sites that are searched together (s)."""
_SECONDS_A_LEG, _LEGS_OF_A_FILE = 4.5e-4, 1000.0
"""Processor time of a leg of a site that moves (s), and how many a track file has that was not read yet."""
_SECONDS_A_MARGIN = 2.5e-3
"""Processor time of a link margin that limits a hop, a window (s)."""
_MB_A_TURN, _MB_A_TOOTH, _MB_A_HOP = 2e-3, 6e-5, 0.02
_MET = 0.3
_WINDOWS_A_TURN, _WINDOWS_A_TOOTH = 0.35, 3e-3
_SECONDS_A_ROUTE, _MB_A_ROUTE = 1e-4, 2e-3


@dataclass(frozen=True)
class Hops:
    """Estimated numbers of hops, paths and windows of a scenario's routes.

    count   : hops, each counted once per pair of phases
    met     : hops that are open at some time
    alone   : those of them that are not in a table with others: between two spacecraft, or with phases
    ways    : paths of all routes, with one end per step
    routes  : routes
    windows : windows of hops
    opened  : windows of routes
    cost    : of the search
    """

    count: float = 0.0
    met: float = 0.0
    alone: float = 0.0
    ways: float = 0.0
    routes: float = 0.0
    windows: float = 0.0
    opened: float = 0.0
    cost: Cost = NOTHING

    @property
    def rows(self) -> float:
        """Windows of hops and routes together."""
        return self.windows + self.opened


class _End(NamedTuple):
    """What one end adds to the cost of a hop.

    rate  : revolutions per second
    spin  : rotations of its body per second
    teeth : corners of its horizon profile
    parts : phases of its orbit
    flies : whether it is a spacecraft
    legs  : of a site that moves, between its waypoints
    """

    rate: float = _SITE_RATE
    spin: float = 1.0 / DAY_S
    teeth: float = 0.0
    parts: float = 1.0
    flies: bool = False
    legs: float = 0.0


def hops(scenario: object, crafts: Mapping[str, Moved], when: When) -> Hops:
    """Estimate all hops and routes of a scenario over a span."""
    found = of_paths(table_of(scenario, "routes").values(), scenario, crafts, when)
    limited = sum(
        float(prod(len(names(side)) for side in listed(get(link, "between"))))
        for link in table_of(scenario, "links").values()
        if any(get(limit, "kind") == "link_margin" for limit in listed(get(link, "limits")))
    )
    margins = _SECONDS_A_MARGIN * found.windows * min(limited / max(found.count, 1.0), 1.0)
    return replace(found, cost=found.cost + Cost(0.0, 0.0, margins)) if limited else found


def of_paths(paths: Iterable[object], scenario: object, crafts: Mapping[str, Moved], when: When) -> Hops:
    """Estimate the hops of some paths over a span."""
    asked = [[tuple(names(step)) for step in listed(path)] for path in paths]
    ends, known = _Ends(scenario, crafts), dict[tuple[tuple[_End, ...], tuple[_End, ...]], _Looked]()
    steps: dict[tuple[tuple[str, ...], tuple[str, ...]], _Looked] = {}
    for path in asked:
        for pair in pairwise(path):
            alike = tuple(ends[name] for name in pair[0]), tuple(ends[name] for name in pair[1])
            if alike not in known:  # most sites cost the same
                known[alike] = _between(*alike)
            steps[pair] = known[alike]
    opens = {looked: looked.windows(when) for looked in known.values()}
    looked = _distinct(steps, ends)
    flying = {name for path in asked for step in path for name in step if ends[name].flies}
    cost = looked.cost(when) + Cost(0.0, _MB_A_HOP, _SECONDS_A_HOP).times(len(flying))
    opened = [min((opens[steps[pair]] for pair in pairwise(path)), default=0.0) for path in asked]
    ways = sum(float(prod(map(len, path))) for path in asked)
    joined = Cost(0.0, _MB_A_ROUTE, _SECONDS_A_ROUTE).times(len(asked))
    alone, windows = min(looked.alone, looked.met), looked.windows(when)
    return Hops(looked.pairs, looked.met, alone, ways, len(asked), windows, sum(opened), cost + joined)


class _Ends(dict[str, _End]):
    """The ends by name. A name that is neither a site nor a spacecraft counts as a body."""

    def __init__(self, scenario: object, crafts: Mapping[str, Moved]) -> None:
        sites = table_of(scenario, "sites")
        super().__init__({name: _site(site) for name, site in sites.items()})
        rates = {name: 1.0 / max(craft.turn_s, 1e-300) for name, craft in crafts.items()}
        self.update({n: _End(rates[n], rates[n], 0.0, craft.parts, True) for n, craft in crafts.items()})

    def __missing__(self, name: str) -> _End:
        return _End()


def _site(site: object) -> _End:
    corners = float(len(listed(get(site, "horizon_deg"))))
    spin = 1.0 / (_MONTH_S if get(site, "body") == "moon" else DAY_S)
    points = listed(get(site, "waypoints"))
    legs = float(max(len(points) - 1, 0)) if points or not get(site, "track_file") else _LEGS_OF_A_FILE
    return _End(_SITE_RATE, spin, corners if corners or not get(site, "horizon_file") else 720.0, legs=legs)


class _Looked(NamedTuple):
    """Some hops together: phase pairs, those searched alone, those ever open, turns and corners per second, legs."""

    pairs: float = 0.0
    alone: float = 0.0
    met: float = 0.0
    turns: float = 0.0
    teeth: float = 0.0
    legs: float = 0.0

    def plus(self, other: _Looked) -> _Looked:
        return _Looked(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, many: float) -> _Looked:
        return _Looked(*(each * many for each in self))

    def cost(self, when: When) -> Cost:
        turns, teeth = self.turns * when.seconds, self.teeth * when.seconds
        points = _POINTS * (self.pairs + self.legs) + _POINTS_A_TURN * turns + _POINTS_A_TOOTH * teeth
        seconds = _SECONDS_A_HOP * self.alone + _SECONDS_A_STATION * self.pairs
        seconds += _SECONDS_A_POINT * points + _SECONDS_A_TOOTH * teeth + _SECONDS_A_LEG * self.legs
        return Cost(points, _MB_A_TURN * turns + _MB_A_TOOTH * teeth + _MB_A_HOP * self.pairs, seconds)

    def windows(self, when: When) -> float:
        return (_WINDOWS_A_TURN * self.turns + _WINDOWS_A_TOOTH * self.teeth) * when.seconds


def _hop(transmitter: _End, receiver: _End) -> _Looked:
    pairs, rate = transmitter.parts + receiver.parts - 1.0, max(transmitter.rate, receiver.rate)
    ways = ((transmitter, receiver), (receiver, transmitter))
    teeth = sum(own.teeth * (other.rate if other.flies else own.spin) for own, other in ways)
    legs = transmitter.legs + receiver.legs
    together = pairs == 1.0 and transmitter.flies != receiver.flies and not legs
    both_fly = transmitter.flies and receiver.flies
    met = _MET if both_fly else 1.0  # most pairs in low orbits never see each other
    return _Looked(pairs, 0.0 if together else pairs, met * pairs, rate, teeth, legs)


def _between(some: Sequence[_End], others: Sequence[_End]) -> _Looked:
    """All hops from some ends to others, from the mean of each group: the time grows with the ends, not the hops."""
    return _hop(_mean(some), _mean(others)).times(float(len(some) * len(others)))


def _mean(ends: Sequence[_End]) -> _End:
    n = max(len(ends), 1)
    rate, spin, teeth, parts, legs = (sum(each[place] for each in ends) / n for place in (0, 1, 2, 3, 5))
    return _End(rate, spin, teeth, parts, any(each.flies for each in ends), legs)


def _distinct(steps: Mapping[tuple[tuple[str, ...], tuple[str, ...]], _Looked], ends: _Ends) -> _Looked:
    """All hops; a hop that several routes share is counted once, unless there are more than `_LISTED`."""
    if sum(len(a) * len(b) for a, b in steps) > _LISTED:
        many_of = Counter(steps.values())
        return reduce(_Looked.plus, (looked.times(float(many)) for looked, many in many_of.items()), _Looked())
    pairs: Iterator[tuple[str, str]] = (pair for a, b in steps for pair in product(a, b))
    alike = Counter((ends[a], ends[b]) for a, b in dict.fromkeys(pairs))
    return reduce(_Looked.plus, (_hop(*pair).times(float(many)) for pair, many in alike.items()), _Looked())
