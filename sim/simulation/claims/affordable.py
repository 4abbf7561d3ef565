"""Estimates the cost of testing claims, and refuses what would take too long."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sim.core.errors import SimError
from sim.scenario.cost import LIMITS, Cost
from sim.scenario.cost.claims import tested
from sim.scenario.scenario import Scenario
from sim.simulation.claims.claim_file import Claim, ClaimFile
from sim.simulation.claims.free_phases import SHARES, designed
from sim.simulation.claims.setting import Unsure

_PLACES = 4
"""Number of varied positions, in place or along the orbit, per declared uncertainty of an end."""


def must_be_affordable(file: ClaimFile, there: Mapping[int, Scenario | None]) -> None:
    """Raise `SimError` if testing the claims of a file, each in its scenario, would cost too much."""
    cost = cost_of(file, there)
    if cost.too_much:
        raise SimError(
            f"testing the claims of {file.title!r} would take {cost}. {LIMITS}. "
            "Test fewer claims, or use a scenario with fewer phases"
        )


def cost_of(file: ClaimFile, there: Mapping[int, Scenario | None]) -> Cost:
    """Estimate the cost of testing the claims of a file, each in its scenario."""
    by_scenario: dict[int, tuple[Scenario, list[tuple[object, float]]]] = {}
    for index, scenario in there.items():
        if scenario is not None:
            claim = file.claims[index]
            by_scenario.setdefault(id(scenario), (scenario, []))[1].extend(_asked(file, claim, scenario))
    found = (tested(scenario, scenario.span.duration_s, asked) for scenario, asked in by_scenario.values())
    return sum(found, Cost())


def _asked(file: ClaimFile, claim: Claim, scenario: Scenario) -> Iterator[tuple[object, float]]:
    """The path of each test, and how often it is made."""
    unsure = {**file.unsure.get(claim.scenario or "", {}), **claim.unsure}
    for test in claim.tests:
        path = test.path
        if len(path) == 1 and isinstance(path[0], str) and path[0] in scenario.routes:
            path = scenario.routes[path[0]]
        names = {name for step in path for name in ([step] if isinstance(step, str) else step)}
        yield path, 1.0 + sum(_tried(scenario, name, unsure.get(name)) for name in names)


def _tried(scenario: Scenario, name: str, unsure: Unsure | None) -> float:
    """Number of variations of an end."""
    if unsure is None:
        return float(len(SHARES)) if designed(scenario.spacecraft.get(name)) else 0.0
    bounds = _PLACES * ((unsure.within_s is not None) + (unsure.within_km is not None))
    return float(bounds + len(unsure.horizons_deg) + len(unsure.phases) + (unsure.members or 0))
