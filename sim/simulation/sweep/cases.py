"""The cases of a chunk, computed one after the other in one process, which remembers what they have in common.

What is remembered is what would be found again, bit for bit: orbits moved over the same span, and the windows of hops
between the same ends. So neither the order of cases nor who computes them changes any result.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ScenarioError, SimError
from sim.core.time import Span
from sim.scenario.scenario import Scenario
from sim.search.window_table import ManyWindows
from sim.search.windows import Certificate, Windows
from sim.simulation.run import find_windows
from sim.simulation.sweep import draws
from sim.simulation.sweep.plan import Chunk, Plan
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.trajectory import Trajectory
from sim.visibility import routes
from sim.visibility.link_search import search_links
from sim.visibility.links import Conditions, Links
from sim.visibility.uncertainty import drawn_as

Array = NDArray[np.float64]

ORBITS_KEPT = 64
"""Moved spacecraft that a process remembers: some megabytes each, for a month of a low orbit."""
WINDOWS_KEPT = 1_000_000
"""Windows of hops that a process remembers: 16 bytes each, and about as much around them."""


_WINDOWS = {"case": np.int64, "route": np.int32, "start": np.float64, "end": np.float64, "cut": np.bool_,
            "cut_by_data": np.bool_, "unknown_after_s": np.float64}  # fmt: skip
_CASES = {
    "case": np.int64, "route": np.int32, "windows": np.int64, "total_s": np.float64, "longest_gap_s": np.float64,
    "known_s": np.float64,
}  # fmt: skip


def _nothing(kinds: dict[str, Any]) -> dict[str, Any]:
    return {name: np.empty(0, dtype=kind) for name, kind in kinds.items()}


@dataclass
class Done:
    """What was found for the cases of a chunk.

    routes  : the names of the routes
    windows : columns: case; route, its place among the routes; start and end, TDB s; whether the span cuts it, and
              whether missing data do; how much of the time to the next one is unknown
    cases   : columns: one row a route of each case that worked
    failed  : the others, each with what went wrong
    """

    chunk: Chunk
    routes: tuple[str, ...] = ()
    windows: dict[str, Any] = field(default_factory=lambda: _nothing(_WINDOWS))
    cases: dict[str, Any] = field(default_factory=lambda: _nothing(_CASES))
    failed: dict[int, str] = field(default_factory=dict)

    @classmethod
    def joined(cls, chunk: Chunk, parts: Sequence[Done]) -> Done:
        """What was found for a chunk, from that for some of its cases each, in their order."""
        whole = cls(chunk, next((part.routes for part in parts if part.routes), ()))
        for name, kinds in (("windows", _WINDOWS), ("cases", _CASES)):
            tables = [_nothing(kinds), *(getattr(part, name) for part in parts)]
            setattr(whole, name, {key: np.concatenate([table[key] for table in tables]) for key in kinds})
        for part in parts:
            whole.failed.update(part.failed)
        return whole


class Memory:
    """What one process remembers from case to case."""

    def __init__(self) -> None:
        self.orbits: OrderedDict[Hashable, Any] = OrderedDict()
        self.found: OrderedDict[Hashable, list[Windows]] = OrderedDict()
        self.kept_windows = 0

    def ends(self, scenario: Scenario) -> dict[str, Trajectory]:
        """The ends of a scenario's routes, moved over its span."""
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
        """The windows of hops. Those of one transmitter are searched together, and remembered.

        moved : of ends that are off by errors, by which
        """
        told: dict[str, Hashable] = {name: (_told(scenario, name), moved.get(name)) for name in ends}
        flocks: dict[str, list[routes.Hop]] = {}
        for hop in wanted:
            flocks.setdefault(hop[0], []).append(hop)
        asked = scenario.light_time, scenario.ephemeris
        key_of: dict[str, Hashable] = {
            transmitter: (told[transmitter], tuple(told[receiver] for _, receiver in flock), wide, *asked)
            for transmitter, flock in flocks.items()
        }
        new = [hop for transmitter, flock in flocks.items() if key_of[transmitter] not in self.found for hop in flock]
        links = Links(ends, Conditions(ends, tuple(new), scenario.light_time), scenario.light_time)
        fresh = dict(zip(new, search_links(links, wide), strict=True))
        result = dict(fresh)
        for transmitter, flock in flocks.items():
            if flock[0] in fresh:
                self._keep(key_of[transmitter], [replace(fresh[hop], certificate=Certificate()) for hop in flock])
            else:
                result.update(zip(flock, self._recalled(self.found, key_of[transmitter]), strict=True))
        return [result[hop] for hop in wanted]

    def _moved(self, scenario: Scenario, name: str) -> Trajectory:
        if name not in scenario.spacecraft and name not in scenario.sites:
            return scenario[name]
        key = (_told(scenario, name), scenario.span)
        if key not in self.orbits:
            self.orbits[key] = scenario[name]
            while len(self.orbits) > ORBITS_KEPT:
                self.orbits.popitem(last=False)
        end: Trajectory = self._recalled(self.orbits, key)
        return end

    def _keep(self, key: Hashable, windows: list[Windows]) -> None:
        self.found[key] = windows
        self.kept_windows += sum(16 + len(each) for each in windows)
        while self.kept_windows > WINDOWS_KEPT and len(self.found) > 1:
            _, old = self.found.popitem(last=False)
            self.kept_windows -= sum(16 + len(each) for each in old)

    @staticmethod
    def _recalled(kept: OrderedDict[Hashable, Any], key: Hashable) -> Any:
        kept.move_to_end(key)
        return kept[key]


def chunk_done(plan: Plan, chunk: Chunk, memory: Memory, tell: Callable[[int], None] = lambda case: None) -> Done:
    """The cases of a chunk; one that fails is recorded with its error, and the others go on.

    tell : told of each case when it is done
    """
    from sim.trajectories.dynamics.integrate import on_cores

    parts = []
    for case in range(chunk.first, chunk.last):
        one = Done(Chunk(chunk.number, case, case + 1))
        try:
            with _ONE_AT_A_TIME, on_cores(1):
                scenario = plan.scenario(case)
                ends, moved = _drawn(plan, case, scenario, memory.ends(scenario))
                _, found = find_windows(scenario, ends, _bound(memory, scenario, ends, moved))
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
"""What is remembered is not made for several threads; of processes there can be as many as there are cores."""


def _columns(case: int, found: list[Windows]) -> tuple[dict[str, Any], dict[str, Any]]:
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
    rows: dict[str, Any] = {
        "case": np.full(len(edges), case), "route": table.owners, "start": edges[:, 0], "end": edges[:, 1], "cut": cut,
        "cut_by_data": beside, "unknown_after_s": after,
    }  # fmt: skip
    routes_: dict[str, Any] = {
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
    """The ends with the errors of a case, and which of them these move, and by what. Raises `SimError`."""
    if not plan.unsure:
        return ends, {}
    amounts = plan.errors(case)
    if new := [name for name in draws.wanted(plan.draw, draws.unknowns(scenario)) if name not in amounts]:
        raise SimError(
            f"{new[0]} is unsure here, and was not where the plan looked: what sweeps over other kinds of orbits says "
            "which errors to draw by name"
        )
    made = drawn_as(ends, amounts, scenario.span)
    return made, {name: tuple(amounts.items()) for name in ends if made[name] is not ends[name]}


def _bound(
    memory: Memory, scenario: Scenario, ends: Mapping[str, Trajectory], moved: Mapping[str, Hashable]
) -> Callable[[Sequence[routes.Hop], Span], list[Windows]]:
    return lambda wanted, wide: memory.searched(scenario, ends, wanted, wide, moved)


def _told(scenario: Scenario, name: str) -> str:
    """All that makes an end, as text."""
    return name if name in BODIES else scenario.ends[name].model_dump_json()
