"""What a case of a sweep answers: windows of routes, hops, stations, spacecraft, and of the plan, each by a name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.scenario.channels import channels_of_links
from sim.scenario.draft import get, listed
from sim.search.windows import Windows, overlap
from sim.simulation.run import scenario_hops
from sim.trajectories.sites import Site
from sim.visibility.links import Conditions
from sim.visibility.result import Result

if TYPE_CHECKING:
    from sim.products.plan import Plan as PlanProduct
    from sim.scenario.scenario import Scenario
    from sim.scenario.sweep_table import Answer
    from sim.trajectories.trajectory import Trajectory
    from sim.visibility.routes import Hop

OF = {"hops": "link", "stations": "station", "spacecraft": "spacecraft"}
"""What the statistics of a scenario call an answer."""


def answered(
    answers: Sequence[Answer],
    data: Mapping[str, object],
    scenario: Scenario,
    ends: Mapping[str, Trajectory],
    found: tuple[Mapping[Hop, Windows], dict[str, Windows]],
) -> dict[str, Windows]:
    """The windows that the answers of one case list.

    Parameters
    ----------
    answers
        Which.
    data
        The tables of the sweep's scenario. Their first product `plan` says how a plan is made.
    scenario, ends
        The case, and its trajectories.
    found
        The windows of its hops, from before its span on, and of its routes.

    Returns
    -------
    dict
        By name: those of routes as they are called, the others with what they are, like `station: kourou`.
    """
    hops, opened = found
    if tuple(answers) == ("routes",):
        return opened
    within = {hop: windows.within(scenario.span) for hop, windows in hops.items()}
    conditions = Conditions(ends, scenario_hops(scenario), scenario.light_time)
    ends = {name: _with_rules(end, scenario) for name, end in ends.items()}
    result = Result(
        title=scenario.title, span=scenario.span, ends=ends, conditions=conditions, hops=within,
        paths=dict(scenario.routes), routes=opened, light=scenario.light_time, channels=channels_of_links(scenario),
    )  # fmt: skip
    return dict(_rows(answers, data, result))


def _with_rules(end: Trajectory, scenario: Scenario) -> Trajectory:
    """An end with the rules for passes of its own case: ends of other cases are used again, which rules do not move."""
    if isinstance(end, Site) and end.name in scenario.sites:
        own = scenario[end.name]
        assert isinstance(own, Site)
        return end.model_copy(update={"passes": own.passes})
    return end


def _rows(answers: Sequence[Answer], data: Mapping[str, object], result: Result) -> Iterator[tuple[str, Windows]]:
    from sim.products.statistics import counted

    names = list(result.routes)
    for answer in answers:
        if answer == "routes":
            yield from result.routes.items()
        elif answer == "plan":
            yield from _tracked(_product(data), result)
        else:
            for of, name, windows in counted(result, names):
                if of == OF[answer]:
                    yield f"{'hop' if of == 'link' else of}: {name}", windows


def _product(data: Mapping[str, object]) -> PlanProduct:
    """The first product `plan` of a scenario, without its pictures; one with defaults if there is none."""
    from sim.products.plan import Plan

    first = next((each for each in listed(get(data, "products")) if get(each, "kind") == "plan"), {})
    return Plan.model_validate({key: get(first, key) for key in Plan.asking if get(first, key) is not None})


def _tracked(product: PlanProduct, result: Result) -> Iterator[tuple[str, Windows]]:
    """When the plan tracks each mission, without interruption: a hand-over ends no window."""
    from sim.planning.stations import station_windows

    names = list(result.routes) if product.routes is None else list(product.routes)
    seen = station_windows(result, names)
    for each in product.made(result)[1].missions:
        bounds = np.array([(track.start, track.end) for track in each.tracks]).reshape(-1, 2)
        sights = overlap([windows for (mission, _), (windows, _) in seen.items() if mission == each.mission], 1)
        yield f"plan: {each.mission}", Windows.of(bounds, result.span, None, sights.known)
