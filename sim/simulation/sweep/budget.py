"""What a sweep will take, counted before its first case: processor time, memory, room on the disk.

Rough on purpose, within a factor of about three, from the cost of one case in the middle of what varies.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from sim.core.errors import SimError
from sim.scenario.cost import MOST_MEGABYTES, Cost, estimate, rounded
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_table import Draw, Values
from sim.simulation.sweep.plan import Plan
from sim.simulation.sweep.summary import MOST_ROWS
from sim.visibility.uncertainty import UT1

MOST_DAYS = 366.0
"""A sweep that would take its processes longer is refused before it begins."""
WORKERS = 1_000
"""So many workers a scheduler is taken to have, at the most."""

EMPTY: Cost = estimate({}, 0.0)
"""What `sim.scenario.cost` counts for a scenario of nothing."""

_SECONDS_AROUND = 3.0
"""To start, to sum up and to draw."""
_SECONDS_A_CASE = 5e-3
"""To read the tables of a case as a scenario, and to keep what was found. Measured: 4 to 9 ms."""
_PROCESS_MB, _WORKER_MB = 280.0, 170.0
"""A process with numpy, Arrow and the pictures; one that only computes."""
_ROW_MB, _INPUT_MB = 100e-6, 16e-6
"""A row of cases while it is summed up, and each of its inputs. Measured: 102 to 130 bytes."""
_ROW_BYTES, _INPUT_BYTES = 20.0, 6.0
"""A row of a table in a file, and each of its inputs; it is there twice while parts are joined. What repeats from
case to case takes next to nothing."""
FULL = 10.0
"""A sweep is refused where a disk has no room for this part of what was counted."""
_POINTS_A_WINDOW = 130.0
"""As `sim.scenario.cost` counts: points at which a hop is looked at, a turn; most hops have one window a turn."""
_CACHED = 64
"""Orders of Latin hypercubes that a process remembers: 8 bytes a sample each."""
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Budget:
    """About what a sweep takes.

    seconds   : of processor time, all processes together
    megabytes : of memory, all processes together; disk_megabytes: of tables
    processes : that compute at once; None for those of a scheduler, which nobody knows yet
    """

    seconds: float
    megabytes: float
    disk_megabytes: float
    processes: int | None

    def __str__(self) -> str:
        size = f"{amount(self.megabytes)} of memory, {amount(self.disk_megabytes)} on the disk"
        if self.processes is None:
            return f"about {duration(self.seconds)} of processor time, {size}"
        many = f" on {self.processes} processes" if self.processes > 1 else ""
        return f"about {duration(self.seconds / self.processes)}{many}, {size}"


def budget(plan: Plan, processes: int | None) -> Budget:
    """What a sweep takes on so many processes of this machine, or on a scheduler's (None)."""
    scenario = plan.middle()
    one, (once_s, points) = estimate(scenario, scenario.span.duration_s, False), _remembered(plan, scenario)
    case_s = max(one.seconds - EMPTY.seconds - once_s, 0.0) + _SECONDS_A_CASE
    routes, inputs = len(scenario.routes), len(plan.varied)
    rows = float(plan.count) * routes
    windows = plan.count * max(routes, (one.points - points) / _POINTS_A_WINDOW)
    summed = rows * (_ROW_MB + inputs * _INPUT_MB) if rows <= MOST_ROWS else 0.0
    each = max(0.0, one.megabytes - EMPTY.megabytes) + _orders_mb(plan)
    workers = _WORKER_MB * (processes or 0) if processes != 1 else 0.0
    return Budget(
        _SECONDS_AROUND + once_s * (processes or 1) + plan.count * case_s,
        _PROCESS_MB + workers + each * (processes or 1) + summed,
        2.0 * (rows + windows) * (_ROW_BYTES + inputs * _INPUT_BYTES) / 1e6,
        processes,
    )


def _remembered(plan: Plan, scenario: Scenario) -> tuple[float, float]:
    """What a process computes once for all cases: orbits that do not vary, and hops whose ends and neighbors do not.

    Hops of one transmitter are searched together. returns : seconds, and points at which hops are looked at
    """
    whole = {key for key, *_ in _varying(plan) if key not in ("sites", "spacecraft")}
    if whole:
        return 0.0, 0.0
    fields = {name for _, name, drawn in _varying(plan) if not drawn}
    ends = fields | {name for _, name, _ in _varying(plan)}
    hops = {
        (a, b) for route in scenario.routes.values()
        for some, others in pairwise([[step] if isinstance(step, str) else step for step in route])
        for a in some for b in others
    }  # fmt: skip
    busy = {a for a, b in hops if a in ends or b in ends}
    still = {f"{a}-{b}": (a, b) for a, b in hops if a not in busy}
    crafts = scenario.spacecraft

    def cost(spacecraft: Mapping[str, Any], routes: Mapping[str, Any]) -> Cost:
        tables = {"start": scenario.start, "sites": scenario.sites, "spacecraft": spacecraft, "routes": routes}
        return estimate(tables, scenario.span.duration_s, False)

    moved, nobody = cost({name: craft for name, craft in crafts.items() if name not in fields}, {}), cost({}, {})
    hopped, none = cost(crafts, still), cost(crafts, {})
    return (moved.seconds - nobody.seconds) + (hopped.seconds - none.seconds), hopped.points - none.points


def _varying(plan: Plan) -> Iterator[tuple[str, str, bool]]:
    """What has more than one value: the table, the end, and whether it is a drawn error, which moves no orbit anew."""
    for variable in plan.vary:
        if not isinstance(variable.says, Values) or len(variable.says.values) > 1:
            yield str(variable.keys[0]), str(variable.keys[1]) if len(variable.keys) > 1 else "", False
    for variable in plan.unsure:
        name = variable.key.partition(": ")[0]
        yield ("earth" if name == UT1 else "sites"), name, True


def affordable(plan: Plan, processes: int | None, folder: Path) -> Budget:
    """What a sweep takes. Raises `SimError` where that is more than is taken on, before anything is begun."""
    told = budget(plan, processes)
    cure = "Choose fewer samples or values"
    days = told.seconds / (processes or WORKERS) / _DAY_S
    if days > MOST_DAYS:
        more = " for each of 1,000 workers" if processes is None else ""
        raise SimError(f"{plan.count:,} cases need {told}; at most {MOST_DAYS:.0f} days{more} are taken on. {cure}")
    if told.megabytes > MOST_MEGABYTES:
        latin = ", or method random, which keeps no order of them," if _orders_mb(plan) > 0.5 * MOST_MEGABYTES else ""
        few = " or fewer processes" if (processes or 1) > 1 else ""
        raise SimError(
            f"{plan.count:,} cases need {told}; at most {amount(MOST_MEGABYTES)} of memory are taken on. "
            f"{cure}{latin}{few}"
        )
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if told.disk_megabytes / FULL > (free := shutil.disk_usage(there).free / 1e6):
        raise SimError(
            f"{plan.count:,} cases need {told}, and {there} has {amount(free)} left. {cure}, or another folder"
        )
    return told


def duration(seconds: float) -> str:
    """A time as a person says it."""
    for unit, size in (("days", _DAY_S), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2.0 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(max(seconds, 1.0))} s"


def amount(megabytes: float) -> str:
    """An amount of memory as a person says it."""
    for unit, size in (("TB", 1e6), ("GB", 1e3)):
        if megabytes >= 2.0 * size:
            return f"{float(f'{megabytes / size:.2g}'):,.0f} {unit}"
    return f"{rounded(max(megabytes, 1.0))} MB"


def _orders_mb(plan: Plan) -> float:
    """The orders of a Latin hypercube that a process keeps, and the one that it makes."""
    drawn = sum(isinstance(variable.says, Draw) for variable in plan.varied)
    return 8e-6 * plan.samples * (min(drawn, _CACHED) + 1) if plan.method == "latin" and drawn else 0.0
