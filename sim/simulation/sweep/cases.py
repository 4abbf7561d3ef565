"""Computes the cases of a chunk in one process, which caches what they have in common.

Cached are orbits moved over the same span, and windows of hops between the same ends. A cached value is the same bit
for bit as a new one, so neither the order of cases nor the number of processes changes any result.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ScenarioError, SimError
from sim.core.time import Span
from sim.data.orbit_store import fresh
from sim.scenario.scenario import Scenario
from sim.search.window_table import ManyWindows
from sim.search.windows import Certificate, Windows
from sim.simulation.run import find_windows
from sim.simulation.sweep import draws
from sim.simulation.sweep.answers import answered
from sim.simulation.sweep.plan import Chunk, Plan
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.trajectory import Trajectory
from sim.visibility import routes
from sim.visibility.link_search import search_links
from sim.visibility.links import Conditions, Links
from sim.visibility.uncertainty import drawn_as

Array = NDArray[np.float64]
T = TypeVar("T")

Columns: TypeAlias = dict[str, NDArray[Any]]
"""Columns of a table by name: arrays (n,) of integers, floats or truth values."""

ORBITS_KEPT = 64
"""Number of moved spacecraft that a process caches, a few MB each for a month of a low orbit."""
WINDOWS_KEPT = 1_000_000
"""Number of windows of hops that a process caches, about 32 bytes each."""

SITES_KEPT = 100_000
"""Number of sites of which a process keeps the text that tells them apart, about a kilobyte each."""

_WINDOWS: dict[str, type[np.generic]] = {
    "case": np.int64, "route": np.int32, "start": np.float64, "end": np.float64, "cut": np.bool_,
    "cut_by_data": np.bool_, "unknown_after_s": np.float64,
}  # fmt: skip
_CASES: dict[str, type[np.generic]] = {
    "case": np.int64, "route": np.int32, "windows": np.int64, "total_s": np.float64, "longest_gap_s": np.float64,
    "known_s": np.float64,
}  # fmt: skip


def _empty(kinds: Mapping[str, type[np.generic]]) -> Columns:
    return {name: np.empty(0, dtype=kind) for name, kind in kinds.items()}


@dataclass
class Done:
    """The results of the cases of a chunk.

    Attributes
    ----------
    chunk
        The chunk.
    routes
        Names of the routes.
    windows
        One row per window. Columns: case; route, as an index into `routes`; start and end (TDB s); whether the span
        or missing data cut it; how much of the time until the next window is unknown (s).
    cases
        One row per route of each case that succeeded.
    failed
        Error messages of the cases that failed, by number.
    """

    chunk: Chunk
    routes: tuple[str, ...] = ()
    windows: Columns = field(default_factory=lambda: _empty(_WINDOWS))
    cases: Columns = field(default_factory=lambda: _empty(_CASES))
    failed: dict[int, str] = field(default_factory=dict)

    @classmethod
    def joined(cls, chunk: Chunk, parts: Sequence[Done]) -> Done:
        """Join the results of parts of a chunk, in order."""
        whole = cls(chunk, next((part.routes for part in parts if part.routes), ()))
        whole.windows = _joined(_WINDOWS, [part.windows for part in parts])
        whole.cases = _joined(_CASES, [part.cases for part in parts])
        for part in parts:
            whole.failed.update(part.failed)
        return whole


def _joined(kinds: Mapping[str, type[np.generic]], tables: Sequence[Columns]) -> Columns:
    every = [_empty(kinds), *tables]
    return {key: np.concatenate([table[key] for table in every]) for key in kinds}


class Memory:
    """The cache of one process: orbits and windows that several cases have in common."""

    def __init__(self) -> None:
        self.orbits: OrderedDict[Hashable, Trajectory] = OrderedDict()
        self.found: OrderedDict[Hashable, list[Windows]] = OrderedDict()
        self.kept_windows = 0
        self.texts: dict[int, tuple[object, str]] = {}

    def ends(self, scenario: Scenario) -> dict[str, Trajectory]:
        """The trajectories of the ends of a scenario's routes over its span."""
        used = dict.fromkeys(n for route in scenario.routes.values() for n in routes.names(route))
        return {name: self._moved(scenario, name) for name in used}

    def searched(
        self,
        scenario: Scenario,
        ends: Mapping[str, Trajectory],
        wanted: Sequence[routes.Hop],
        wide: Span,
        moved: Mapping[str, Hashable],
    ) -> list[Windows]:
        """The windows of hops. Hops of one transmitter are searched together, and their windows are cached.

        moved : drawn errors of the ends that have any, by name
        """
        identity: dict[str, Hashable] = {name: (self._identity(scenario, name), moved.get(name)) for name in ends}
        groups: dict[str, list[routes.Hop]] = {}
        for hop in wanted:
            groups.setdefault(hop[0], []).append(hop)
        asked = scenario.light_time, scenario.ephemeris, _links(scenario)
        key_of: dict[str, Hashable] = {
            transmitter: (identity[transmitter], tuple(identity[receiver] for _, receiver in group), wide, *asked)
            for transmitter, group in groups.items()
        }
        new = [hop for transmitter, group in groups.items() if key_of[transmitter] not in self.found for hop in group]
        links = Links(ends, Conditions(ends, tuple(new), scenario.light_time), scenario.light_time)
        fresh = dict(zip(new, search_links(links, wide), strict=True))
        result = dict(fresh)
        for transmitter, group in groups.items():
            if group[0] in fresh:
                self._keep(key_of[transmitter], [replace(fresh[hop], certificate=Certificate()) for hop in group])
            else:
                known = _recalled(self.found, key_of[transmitter])
                result.update(zip(group, known, strict=True))
        return [result[hop] for hop in wanted]

    def _moved(self, scenario: Scenario, name: str) -> Trajectory:
        if name not in scenario.spacecraft:  # nothing to compute: many sites would drive the orbits out
            return scenario[name]
        key = (self._identity(scenario, name), scenario.span, _links(scenario))
        if key not in self.orbits:
            self.orbits[key] = scenario[name]
            while len(self.orbits) > ORBITS_KEPT:
                self.orbits.popitem(last=False)
        return _recalled(self.orbits, key)

    def _keep(self, key: Hashable, windows: list[Windows]) -> None:
        self.found[key] = windows
        self.kept_windows += sum(16 + len(each) for each in windows)
        while self.kept_windows > WINDOWS_KEPT and len(self.found) > 1:
            _, old = self.found.popitem(last=False)
            self.kept_windows -= sum(16 + len(each) for each in old)

    def _identity(self, scenario: Scenario, name: str) -> str:
        """Everything that defines an end, as text; of sites that cases have in common it is made once."""
        if name in BODIES:
            return name
        end = scenario.ends[name]
        known, text = self.texts.get(id(end), (None, ""))
        if known is not end:
            text = end.model_dump_json()
            if name in scenario.sites:
                while len(self.texts) >= SITES_KEPT:
                    del self.texts[next(iter(self.texts))]
                self.texts[id(end)] = end, text
        return text


def _recalled(kept: OrderedDict[Hashable, T], key: Hashable) -> T:
    kept.move_to_end(key)
    return kept[key]


def chunk_done(plan: Plan, chunk: Chunk, memory: Memory, tell: Callable[[int], None] = lambda case: None) -> Done:
    """Compute the cases of a chunk. A case that fails is recorded with its error, and the others continue.

    tell : called with the number of each case that is done
    """
    from sim.trajectories.dynamics.integrate import on_cores

    parts = []
    for case in range(chunk.first, chunk.last):
        one = Done(Chunk(chunk.number, case, case + 1))
        try:
            with _ONE_AT_A_TIME, on_cores(1), fresh(plan.fresh):
                scenario = plan.scenario(case)
                ends, moved = _drawn(plan, case, scenario, memory.ends(scenario))
                windows = find_windows(scenario, ends, _bound(memory, scenario, ends, moved))
                found = answered(plan.answers, plan.data, scenario, ends, windows)
        except ScenarioError as error:
            one.failed[case] = "; ".join(f"{each.place} {each.message}".strip() for each in error.problems)
        except (SimError, ValueError, ArithmeticError, np.linalg.LinAlgError, MemoryError) as error:
            one.failed[case] = str(error) or type(error).__name__
        else:
            one.routes = tuple(found)
            one.windows, one.cases = _columns(case, list(found.values()))
        parts.append(one)
        tell(case)
    return Done.joined(chunk, parts)


_ONE_AT_A_TIME = Lock()
"""The caches are not safe for threads; several processes each have their own."""


def _columns(case: int, found: list[Windows]) -> tuple[Columns, Columns]:
    """The rows of one case: its windows, and its routes."""
    table = ManyWindows.stacked(found)
    counts, edges = table.counts, table.bounds
    cut, first = np.zeros(len(edges), dtype=bool), np.cumsum(counts) - counts
    beside, after = np.zeros(len(edges), dtype=bool), np.zeros(len(edges))
    total_s, longest_gap_s = _totals(table), _longest(table.gaps)
    known_s = np.full(len(found), table.span.duration_s)
    for number in np.flatnonzero(counts).tolist():
        begin, end = first[number], first[number] + counts[number]
        cut[begin] |= found[number].open_start
        cut[end - 1] |= found[number].open_end
    for number in (i for i, each in enumerate(found) if each.known is not None):
        each, own = found[number], slice(first[number], first[number] + counts[number])
        beside[own], after[own] = each.beside_unknown, each.unknown_beside_s[:, 1]
        longest_gap_s[number], known_s[number] = each.longest_gap_s, each.known_s
    rows: dict[str, NDArray[Any]] = {
        "case": np.full(len(edges), case), "route": table.owners, "start": edges[:, 0], "end": edges[:, 1], "cut": cut,
        "cut_by_data": beside, "unknown_after_s": after,
    }  # fmt: skip
    routes_: dict[str, NDArray[Any]] = {
        "case": np.full(len(found), case), "route": np.arange(len(found)), "windows": counts, "total_s": total_s,
        "longest_gap_s": longest_gap_s, "known_s": known_s,
    }  # fmt: skip
    return (
        {name: np.asarray(rows[name], dtype=kind) for name, kind in _WINDOWS.items()},
        {name: np.asarray(routes_[name], dtype=kind) for name, kind in _CASES.items()},
    )


def _totals(table: ManyWindows) -> Array:
    """How long each place's windows are together, as `Windows.total_s` adds them up."""
    totals = np.zeros(table.count)
    first = np.cumsum(table.counts) - table.counts
    for count in np.unique(table.counts).tolist():  # rows of one length are added up like each of them
        places = np.flatnonzero(table.counts == count)
        totals[places] = table.durations_s[first[places][:, None] + np.arange(count)].sum(axis=1)
    return totals


def _longest(gaps: ManyWindows) -> Array:
    """The longest gap of each place; 0 where there is none."""
    longest = np.zeros(gaps.count)
    np.maximum.at(longest, gaps.owners, gaps.durations_s)
    return longest


def _drawn(
    plan: Plan, case: int, scenario: Scenario, ends: dict[str, Trajectory]
) -> tuple[dict[str, Trajectory], dict[str, Hashable]]:
    """The ends with the errors of a case, and for each end that has any, its errors. Raises `SimError`."""
    if not plan.unsure:
        return ends, {}
    amounts = plan.errors(case)
    if new := [name for name in draws.wanted(plan.draw, draws.unknowns(scenario)) if name not in amounts]:
        raise SimError(
            f"{new[0]} is an error in this case, but not in the cases that the plan checked. A sweep over several "
            "kinds of orbits must name the errors to draw"
        )
    made = drawn_as(ends, amounts, scenario.span)
    return made, {name: tuple(amounts.items()) for name in ends if made[name] is not ends[name]}


def _bound(
    memory: Memory, scenario: Scenario, ends: Mapping[str, Trajectory], moved: Mapping[str, Hashable]
) -> Callable[[Sequence[routes.Hop], Span], list[Windows]]:
    return lambda wanted, wide: memory.searched(scenario, ends, wanted, wide, moved)


def _links(scenario: Scenario) -> str:
    """What links add to the limits of ends, as text."""
    return scenario.model_dump_json(include={"links", "radios"}) if scenario.links else ""
