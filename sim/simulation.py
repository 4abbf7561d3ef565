"""From a scenario to its result: what `sim run` does, in the order in which it does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from sim import routes
from sim.conditions import Condition, search
from sim.errors import CoverageError, SimError
from sim.products import ContactPlan, CoverageMap, Passes, Timeline
from sim.products.files import json_text, whole_folder
from sim.provenance import provenance
from sim.result import Result
from sim.scenario import Scenario
from sim.time import Span, tdb, utc
from sim.trajectory import Trajectory, ray
from sim.why import Why
from sim.windows import Windows

EARLY_S = 16.0
"""Hops are searched a whole number of these before the span: a hop's windows then depend on its own ends alone, and not
on the last digit of another hop's light time."""


def run(scenario: Scenario, progress: Callable[[str], None] = lambda text: None) -> Result:
    """Move everything, search every hop, join hops to routes.

    progress : told in a few words what is being done, before it is

    Raises `CoverageError` and `PropagationError`.
    """
    span = scenario.span
    ends: dict[str, Trajectory] = {}
    for name in scenario.used_ends():
        progress(f"moving {name}")
        ends[name] = scenario[name]
    conditions: dict[routes.Hop, Condition] = {}

    def searched(wanted: Sequence[routes.Hop], wide: Span) -> Sequence[Windows]:
        conditions.update({hop: routes.hop(ends[hop[0]], ends[hop[1]], scenario.light_time) for hop in wanted})
        progress(f"searching {len(conditions)} hops")
        return search(list(conditions.values()), [Windows.whole(wide)] * len(conditions))

    windows, opened = contacts(scenario, ends, searched)
    return Result(
        title=scenario.title,
        span=span,
        ends=ends,
        conditions=conditions,
        hops={hop: each.within(span) for hop, each in windows.items()},
        paths=dict(scenario.routes),
        routes=opened,
        light=scenario.light_time,
        provenance=provenance(scenario, ends, windows),
    )


def contacts(
    scenario: Scenario,
    ends: Mapping[str, Trajectory],
    searched: Callable[[Sequence[routes.Hop], Span], Sequence[Windows]],
) -> tuple[dict[routes.Hop, Windows], dict[str, Windows]]:
    """The windows of a scenario's hops, over a little more than its span, and those of its routes.

    ends     : moved over the span
    searched : finds the windows of hops over a span
    """
    early = routes.light_time_s(scenario.routes.values(), ends, scenario.span, scenario.light_time)
    early = EARLY_S * float(np.ceil(early / EARLY_S))
    wide = Span(scenario.span.start - early, scenario.span.end)
    wanted = list(dict.fromkeys(hop for route in scenario.routes.values() for hop in routes.hops(route)))
    found = dict(zip(wanted, searched(wanted, wide), strict=True))
    opened = {name: routes.along(route, ends, found, scenario.light_time) for name, route in scenario.routes.items()}
    return found, {name: each.within(scenario.span) for name, each in opened.items()}


def write(
    scenario: Scenario, result: Result, folder: Path, progress: Callable[[str], None] = lambda text: None
) -> list[Path]:
    """Write a scenario's products and run.json into a folder: all of them, or none.

    progress : told in a few words what is being done

    A scenario that names no products gets the contact plan, the passes and the timeline.
    """
    products = scenario.products or (ContactPlan(), Passes(), Timeline())
    with whole_folder(folder) as temporary:
        written: list[Path] = []
        for product in products:
            if isinstance(product, CoverageMap):  # the only one that takes its time
                written += product.write(result, temporary, progress)
            else:
                written += product.write(result, temporary)
        about = temporary / "run.json"
        about.write_text(json_text({**result.provenance, "worth": result.worth}), encoding="utf-8")
        return [folder / path.name for path in (*written, about)]


def why(
    scenario: Scenario, of: Sequence[str], when: Any, progress: Callable[[str], None] = lambda text: None
) -> list[Why]:
    """What a hop (two ends) or a route (its name) is waiting for at an instant at its last end.

    A route answers for each hop of each of its ways, every earlier hop at its own, earlier time.
    """
    try:
        at, light = float(tdb(when)), scenario.light_time
    except ValueError as error:
        raise SimError(str(error)) from error
    path = scenario.path(of)
    ends = {}
    for name in dict.fromkeys(name for way in routes.paths(path) for name in way):
        progress(f"moving {name}")
        ends[name] = scenario[name]
    if not scenario.span.start <= at <= scenario.span.end:
        first, last = utc([scenario.span.start, scenario.span.end], 0)
        raise CoverageError(f"{utc(at, 0)} is outside the scenario's span, {first} to {last}")
    reasons: dict[routes.Hop, Why] = {}
    for way in routes.paths(path):
        t = np.asarray(at)
        for hop in reversed(list(pairwise(way))):
            condition = routes.hop(ends[hop[0]], ends[hop[1]], light)
            if hop not in reasons:
                progress(f"searching {hop[0]} – {hop[1]}")
                reasons[hop] = condition.why(float(t), scenario.span)
            t = ray(ends[hop[0]], ends[hop[1]], t, light).sent
    return list(reasons.values())
