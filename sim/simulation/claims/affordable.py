"""Whether claims can be tested in a day, counted before the first is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.core.errors import SimError
from sim.scenario.cost import MOST_MEGABYTES, MOST_SECONDS, Cost
from sim.scenario.cost.claims import tested
from sim.scenario.scenario import Scenario
from sim.simulation.claims.claim_file import Claim, ClaimFile
from sim.simulation.claims.free_phases import SHARES, designed
from sim.simulation.claims.setting import Unsure

_PLACES = 4
"""So many other places, or times along the way, are tried of an end of which one bound is declared."""


def must_be_affordable(file: ClaimFile, there: Mapping[int, Scenario | None]) -> None:
    """Raises `SimError` where the claims of a file, each in its scenario, would take too much."""
    cost = cost_of(file, there)
    if cost.too_much:
        raise SimError(
            f"testing the claims of {file.title!r} needs {cost}; at most {MOST_MEGABYTES:,.0f} MB and "
            f"{MOST_SECONDS:,.0f} s are taken on. Ask fewer of them, or of a scenario with fewer phases"
        )


def cost_of(file: ClaimFile, there: Mapping[int, Scenario | None]) -> Cost:
    """About what it takes to test the claims of a file, each in its scenario."""
    by_scenario: dict[int, tuple[Scenario, list[tuple[Any, float]]]] = {}
    for index, scenario in there.items():
        if scenario is not None:
            claim = file.claims[index]
            by_scenario.setdefault(id(scenario), (scenario, []))[1].extend(_asked(file, claim, scenario))
    found = (tested(scenario, scenario.span.duration_s, asked) for scenario, asked in by_scenario.values())
    return sum(found, Cost())


def _asked(file: ClaimFile, claim: Claim, scenario: Scenario) -> Iterator[tuple[Any, float]]:
    unsure = {**file.unsure.get(claim.scenario or "", {}), **claim.unsure}
    for test in claim.tests:
        path: Any = getattr(test, "of", None) or ()
        if len(path) == 1 and path[0] in scenario.routes:
            path = scenario.routes[path[0]]
        names = {name for step in path for name in ([step] if isinstance(step, str) else step)}
        yield path, 1.0 + sum(_tried(scenario, name, unsure.get(name)) for name in names)


def _tried(scenario: Scenario, name: str, unsure: Unsure | None) -> float:
    """In how many other settings a test is made for what is not known of an end."""
    if unsure is None:
        return float(len(SHARES)) if designed(scenario.spacecraft.get(name)) else 0.0
    bounds = _PLACES * ((unsure.within_s is not None) + (unsure.within_km is not None))
    return float(bounds + len(unsure.horizons_deg) + len(unsure.phases) + (unsure.members or 0))
