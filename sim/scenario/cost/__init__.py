"""What a scenario will cost, told before any of it is done: points in time, memory, seconds.

Within a factor of about three: counted from the turns that everything makes in the span, with figures of one processor
of 2.8 GHz. It needs neither numpy nor pydantic, so that a refusal is there before they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any

from sim.scenario.cost import hops as searching
from sim.scenario.cost import orbits, products
from sim.scenario.cost.amount import MOST_MEGABYTES, MOST_SECONDS, Cost, rounded
from sim.scenario.cost.tables import DAY_S, LEAST, get, instant, listed, span_of, table
from sim.scenario.messages import Complaint

__all__ = ["MOST_DAYS", "MOST_MEGABYTES", "MOST_SECONDS", "Cost", "estimate", "expensive", "rounded"]

MOST_DAYS = 36_600
"""A century."""

_YEAR_S = 31_557_600.0
_START = Cost(0.0, 75.0, 1.0)
"""A process that has loaded what it needs."""
_ENTRY, _CORNER = Cost(0.0, 3e-3, 6e-5), Cost(0.0, 2e-4, 2e-6)
"""A site or spacecraft to read, and a corner of a horizon."""
_RECORD = Cost(0.0, 2e-4, 4e-5)
"""A window in the record."""


def estimate(scenario: Any, seconds: float, written: bool = True) -> Cost:
    """The cost of a scenario, finished or still plain tables, over a span of so many seconds.

    written : with its products and its record; without them, it is that of a case of a sweep
    """
    when = span_of(scenario, seconds)
    crafts = {name: orbits.moved(craft, when) for name, craft in table(scenario, "spacecraft").items()}
    found = searching.hops(scenario, crafts, when)
    cost = _START + _read(scenario) + orbits.together(crafts, written) + found.cost
    if not written:
        return cost
    cost += _RECORD.times(found.rows)
    if not table(scenario, "spacecraft") and not table(scenario, "sites"):
        return cost
    return cost + products.written(get(scenario, "products"), found, scenario, crafts, when)


def expensive(scenario: Any) -> Iterator[Complaint]:
    """What a scenario, finished or still plain tables, asks for that would take too much, told with the estimate."""
    seconds, last = _seconds(scenario)
    if not seconds > 0.0:
        return
    cost = estimate(scenario, seconds)
    if seconds > MOST_DAYS * DAY_S:
        many = f"{rounded(seconds / DAY_S)} days, {rounded(seconds / _YEAR_S)} years"
        yield (last,), f"expected at most {MOST_DAYS} days after the start, got {many}: {cost}. Choose a shorter span"
    elif cost.too_much:
        yield (last,), (
            f"this scenario needs {cost}; at most {MOST_MEGABYTES:,.0f} MB and {MOST_SECONDS:,.0f} s are taken on. "
            "Choose a shorter span, fewer hops, alternatives or phases, or a coarser grid"
        )


def _read(scenario: Any) -> Cost:
    sites, crafts = table(scenario, "sites"), table(scenario, "spacecraft")
    corners = sum(len(listed(get(site, "horizon_deg"))) for site in sites.values())
    phases = sum(len(listed(get(get(craft, "orbit"), "phases"))) for craft in crafts.values())
    return _ENTRY.times(len(sites) + len(crafts) + phases) + _CORNER.times(corners)


def _seconds(scenario: Any) -> tuple[float, str]:
    """How long the span is, leap seconds not counted, and the key that says so; 0 where it does not."""
    start, end = get(scenario, "start"), get(scenario, "end")
    if end is None:
        days = get(scenario, "days")
        known = isinstance(days, (int, float)) and not isinstance(days, bool) and days < inf
        return (min(float(days), 1.0 / LEAST) * DAY_S if known else 0.0), "days"
    first, last = instant(start), instant(end)
    same = isinstance(start, float) == isinstance(end, float)  # TDB seconds, as a finished scenario has them
    return (last - first if first is not None and last is not None and same else 0.0), "end"
