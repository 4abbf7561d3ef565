"""Estimates what a scenario will cost before it is computed: margin evaluations, memory and processor time.

The estimate is good to a factor of about three. It is counted from the revolutions that spacecraft and bodies make in
the span, with times measured on a processor of 2.8 GHz. Neither numpy nor pydantic is needed: a scenario that costs too
much is refused before they are imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import inf
from typing import NamedTuple

from sim.scenario.cost import hops as searching
from sim.scenario.cost import orbits, products
from sim.scenario.cost.amount import MOST_MEGABYTES, MOST_SECONDS, NOTHING, Cost, memory_text, rounded, time_text
from sim.scenario.cost.tables import DAY_S, LEAST, get, instant, listed, span_of, table_of
from sim.scenario.messages import Complaint

__all__ = [
    "LIMITS", "MOST_DAYS", "MOST_MEGABYTES", "MOST_SECONDS", "Cost", "Parts", "estimate", "expensive", "memory_text",
    "parts", "plan_seconds", "rounded", "time_text",
]  # fmt: skip

MOST_DAYS = 36_600
"""Longest span: a century."""

LIMITS = f"The limits are {memory_text(MOST_MEGABYTES)} and {time_text(MOST_SECONDS)}"
"""The limits as messages state them."""

_YEAR_S = 31_557_600.0
_START = Cost(0.0, 75.0, 0.7)
"""A process with its imports."""
_ENTRY, _CORNER = Cost(0.0, 3e-3, 6e-5), Cost(0.0, 2e-4, 2e-6)
"""Reading a site or spacecraft, and one corner of a horizon profile."""
_RECORD = Cost(0.0, 2e-4, 4e-5)
"""One window in run.json."""


def estimate(scenario: object, seconds: float, written: bool = True) -> Cost:
    """Estimate the cost of a scenario.

    Parameters
    ----------
    scenario
        A `Scenario`, or the tables of a scenario file.
    seconds
        Length of the span (s).
    written
        Whether products and run.json are written. A case of a sweep writes neither.

    Returns
    -------
    Cost
        Evaluations, memory and processor time, good to a factor of about three.
    """
    return parts(scenario, seconds, written).total


class Parts(NamedTuple):
    """The estimated cost of a scenario in the order in which it arises.

    Attributes
    ----------
    begun
        A process with what it loads, and reading the scenario.
    moved
        Moving each spacecraft, by name.
    searched
        Searching all hops and joining them to routes.
    recorded
        The record of all windows.
    written
        Each product; what several have in common is counted with the first that needs it.
    """

    begun: Cost
    moved: Mapping[str, Cost]
    searched: Cost
    recorded: Cost
    written: tuple[Cost, ...]

    @property
    def total(self) -> Cost:
        """All of it."""
        return sum((*self.moved.values(), self.searched, self.recorded, *self.written), self.begun)


def parts(scenario: object, seconds: float, written: bool = True) -> Parts:
    """Estimate the cost of a scenario, part by part. Arguments as of `estimate`."""
    when = span_of(scenario, seconds)
    crafts = {name: orbits.moved(craft, when) for name, craft in table_of(scenario, "spacecraft").items()}
    found = searching.hops(scenario, crafts, when)
    begun = _START + _read(scenario) + orbits.compiled(crafts, written)
    moved = {name: each.cost + each.notes if written else each.cost for name, each in crafts.items()}
    recorded = _RECORD.times(found.rows) if written else NOTHING
    made = tuple[Cost, ...]()
    if written and (crafts or table_of(scenario, "sites")):
        made = tuple(products.written(get(scenario, "products"), found, scenario, crafts, when))
    return Parts(begun, moved, found.cost, recorded, made)


def plan_seconds(scenario: object, seconds: float) -> float:
    """Estimate the processor time (s) of the first plan that a scenario asks for, or of one by default."""
    when = span_of(scenario, seconds)
    crafts = {name: orbits.moved(craft, when) for name, craft in table_of(scenario, "spacecraft").items()}
    first = next((each for each in listed(get(scenario, "products")) if get(each, "kind") == "plan"), {})
    return products.planned(first, searching.hops(scenario, crafts, when), scenario).seconds


def expensive(scenario: object) -> Iterator[Complaint]:
    """Report a span that is too long, or a scenario that costs too much, with the estimate.

    The scenario may be a `Scenario` or the tables of a scenario file.
    """
    seconds, last = _seconds(scenario)
    if not seconds > 0.0:
        return
    cost = estimate(scenario, seconds)
    if seconds > MOST_DAYS * DAY_S:
        got = f"{rounded(seconds / DAY_S)} days ({rounded(seconds / _YEAR_S)} years)"
        yield (last,), (
            f"expected at most {MOST_DAYS:,} days after the start, got {got}, which would take {cost}. "
            "Choose a shorter span"
        )
    elif cost.too_much:
        yield (last,), (
            f"this scenario would take {cost}. {LIMITS}. "
            "Choose a shorter span, fewer hops, alternatives or phases, or a coarser grid"
        )


def _read(scenario: object) -> Cost:
    sites, crafts = table_of(scenario, "sites"), table_of(scenario, "spacecraft")
    corners = sum(len(listed(get(site, "horizon_deg"))) for site in sites.values())
    phases = sum(len(listed(get(get(craft, "orbit"), "phases"))) for craft in crafts.values())
    return _ENTRY.times(len(sites) + len(crafts) + phases) + _CORNER.times(corners)


def _seconds(scenario: object) -> tuple[float, str]:
    """Length of the span without leap seconds, and the key that sets it; 0 if it is not known."""
    start, end = get(scenario, "start"), get(scenario, "end")
    if end is None:
        days = get(scenario, "days")
        known = isinstance(days, (int, float)) and not isinstance(days, bool) and days < inf
        return (min(float(days), 1.0 / LEAST) * DAY_S if known else 0.0), "days"  # type: ignore[arg-type]
    first, last = instant(start), instant(end)
    same = isinstance(start, float) == isinstance(end, float)  # a Scenario has TDB seconds, a file has UTC text
    return (last - first if first is not None and last is not None and same else 0.0), "end"
