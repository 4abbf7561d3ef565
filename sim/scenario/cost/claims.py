"""Estimates what testing claims costs: every test, and every variation of it, searches its hops again."""

from __future__ import annotations

from collections.abc import Iterable

from sim.scenario.cost import orbits
from sim.scenario.cost.amount import Cost
from sim.scenario.cost.hops import of_paths
from sim.scenario.cost.tables import span_of, table_of

_SECONDS_A_TEST, _SECONDS_A_PAIR = 0.02, 4e-3
"""Processor time of a test, and of each pair of phases whose hop it searches (s)."""


def tested(scenario: object, seconds: float, asked: Iterable[tuple[object, float]]) -> Cost:
    """Estimate the cost of tests in one scenario over a span (s).

    asked : for each test, the path it is about, if any, and how often it is made (once per variation)
    """
    when = span_of(scenario, seconds)
    crafts = {name: orbits.moved(craft, when) for name, craft in table_of(scenario, "spacecraft").items()}
    cost, most = orbits.together(crafts), 0.0
    for path, settings in asked:
        found = of_paths([path] if path else [], scenario, crafts, when)
        most = max(most, found.cost.megabytes)
        each = Cost(found.cost.points, 0.0, found.cost.seconds + _SECONDS_A_PAIR * found.count + _SECONDS_A_TEST)
        cost += each.times(settings)
    return cost + Cost(0.0, most, 0.0)
