"""Estimates the processor time, memory and disk space of a sweep before its first case.

The estimate is good to a factor of about three. It is made from the cost of one case with all inputs at the middle of
their ranges.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sim.core.errors import SimError
from sim.scenario.cost import MOST_MEGABYTES, Cost, estimate, memory_text, plan_seconds, time_text
from sim.scenario.scenario import Scenario
from sim.scenario.sweep_table import Draw, Values, keys_of
from sim.simulation.run import scenario_hops
from sim.simulation.sweep.plan import Plan
from sim.simulation.sweep.summary import MOST_ROWS
from sim.visibility.uncertainty import UT1

MOST_DAYS = 366.0
"""Longest time of a sweep (days): one that would take longer on its processes is refused."""
WORKERS = 1_000
"""Number of workers that a scheduler is assumed to have at most."""

EMPTY: Cost = estimate({}, 0.0)
"""The cost of an empty scenario."""

_SECONDS_AROUND = 3.0
"""Processor time of start-up, summaries and pictures (s)."""
_SECONDS_A_CASE = 5e-3
"""Processor time of validating a case and storing its results (s). Measured: 4 to 9 ms."""
_PROCESS_MB, _WORKER_MB = 280.0, 170.0
"""Memory of the main process, with Arrow and matplotlib, and of a worker (MB)."""
_ROW_MB, _INPUT_MB = 100e-6, 16e-6
"""Memory per row of cases while they are summarized, and per input of a row. Measured: 102 to 130 bytes."""
_ROW_BYTES, _INPUT_BYTES = 20.0, 6.0
"""Disk space per row of a table, and per input of a row. Values that repeat from case to case compress to almost
nothing. Rows are on the disk twice while parts are joined."""
FULL = 10.0
"""A sweep is refused if the free disk space is less than the estimate divided by this."""
_POINTS_A_WINDOW = 130.0
"""Evaluations per revolution, as `sim.scenario.cost` counts them; most hops have one window per revolution."""
_CACHED = 64
"""Number of permutations of Latin hypercubes that a process keeps, 8 bytes per sample each."""
_DAY_S = 86_400.0


@dataclass(frozen=True)
class Budget:
    """The estimated cost of a sweep.

    Attributes
    ----------
    seconds
        Processor time of all processes (s).
    megabytes
        Memory of all processes (MB).
    disk_megabytes
        Disk space of the tables (MB).
    processes
        Number of processes; None for the workers of a scheduler, whose number is not known yet.
    """

    seconds: float
    megabytes: float
    disk_megabytes: float
    processes: int | None

    def __str__(self) -> str:
        size = f"{memory_text(self.megabytes)} of memory and {memory_text(self.disk_megabytes)} of disk space"
        if self.processes is None:
            return f"about {time_text(self.seconds)} of processor time, {size}"
        many = f" on {self.processes} processes" if self.processes > 1 else ""
        return f"about {time_text(self.seconds / self.processes)}{many}, {size}"


def budget(plan: Plan, processes: int | None) -> Budget:
    """Estimate a sweep on a number of processes of this machine, or on the workers of a scheduler (None)."""
    scenario = plan.middle()
    one, (once_s, points) = estimate(scenario, scenario.span.duration_s, False), _remembered(plan, scenario)
    case_s = max(one.seconds - EMPTY.seconds - once_s, 0.0) + _SECONDS_A_CASE
    case_s += plan_seconds(scenario, scenario.span.duration_s) if "plan" in plan.answers else 0.0
    routes, inputs = len(scenario.routes) + len(scenario_hops(scenario)) * (len(plan.answers) - 1), len(plan.varied)
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
    """What a process computes once for all cases: processor time (s) and evaluations.

    These are orbits that do not vary, and hops of which no hop with the same transmitter has an end that varies: hops
    of one transmitter are searched together.
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

    def cost(spacecraft: Mapping[str, object], routes: Mapping[str, object]) -> Cost:
        tables = {"start": scenario.start, "sites": scenario.sites, "spacecraft": spacecraft, "routes": routes}
        return estimate(tables, scenario.span.duration_s, False)

    constant = {name: craft for name, craft in crafts.items() if name not in fields}
    with_orbits, without_orbits = cost(constant, {}), cost({}, {})
    with_hops, without_hops = cost(crafts, still), cost(crafts, {})
    seconds = with_orbits.seconds - without_orbits.seconds + with_hops.seconds - without_hops.seconds
    return seconds, with_hops.points - without_hops.points


def _varying(plan: Plan) -> Iterator[tuple[str, str, bool]]:
    """What has several values: key of the table, name of the end, and whether it is a drawn error.

    Drawn errors do not require an orbit to be moved again.
    """
    for variable in plan.vary:
        if not isinstance(variable.says, Values) or len(variable.says.values) > 1:
            for keys in map(keys_of, variable.moves or (variable.key,)):
                yield str(keys[0]), str(keys[1]) if len(keys) > 1 else "", False
    for variable in plan.unsure:
        name = variable.key.partition(": ")[0]
        yield ("earth" if name == UT1 else "sites"), name, True


def affordable(plan: Plan, processes: int | None, folder: Path) -> Budget:
    """The estimate of a sweep. Raises `SimError` if it exceeds a limit, or the free disk space."""
    estimated = budget(plan, processes)
    needs, cure = f"{plan.count:,} cases would take {estimated}", "Choose fewer samples or values"
    days = estimated.seconds / (processes or WORKERS) / _DAY_S
    if days > MOST_DAYS:
        more = f" on each of {WORKERS:,} workers" if processes is None else ""
        raise SimError(f"{needs}. The limit is {MOST_DAYS:.0f} days{more}. {cure}")
    if estimated.megabytes > MOST_MEGABYTES:
        latin = ", method random, which needs less memory," if _orders_mb(plan) > 0.5 * MOST_MEGABYTES else ""
        few = " or fewer processes" if (processes or 1) > 1 else ""
        raise SimError(f"{needs}. The limit is {memory_text(MOST_MEGABYTES)} of memory. {cure}{latin}{few}")
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.exists())
    if estimated.disk_megabytes / FULL > (free := shutil.disk_usage(there).free / 1e6):
        raise SimError(f"{needs}, but {there} has only {memory_text(free)} free. {cure}, or another folder")
    return estimated


def _orders_mb(plan: Plan) -> float:
    """Memory of the permutations of a Latin hypercube that a process keeps, and of the one that it makes (MB)."""
    drawn = sum(isinstance(variable.says, Draw) for variable in plan.varied)
    return 8e-6 * plan.samples * (min(drawn, _CACHED) + 1) if plan.method == "latin" and drawn else 0.0
