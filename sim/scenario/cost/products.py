"""Estimates what writing products costs, by kind.

A kind from another package may have a method `cost(found, when)` that returns a `Cost`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from math import cos, pi, radians, sin
from typing import Protocol, runtime_checkable

from sim.scenario.cost.amount import NOTHING, Cost
from sim.scenario.cost.hops import Hops, of_paths
from sim.scenario.cost.orbits import Moved
from sim.scenario.cost.tables import DAY_S, When, get, listed, names, number, table_of

_SPHERE_DEG2 = 41_253.0
_FINEST_DEG = 0.25

_DRAWING = Cost(0.0, 35.0, 0.5)
"""Loading the plotting library, once per process."""
_SECONDS_A_HOP, _SECONDS_A_HOP_ALONE, _SECONDS_A_ROUTE, _SECONDS_A_WAY, _SECONDS_A_ROW = 1e-3, 5e-2, 1e-3, 1e-3, 1e-4
_MB_A_ROW, _MB_A_HOP = 4e-3, 0.02
"""Uncertainty of window edges: per hop in a table and alone, route, path of a route, and window; computed once for all
products."""

_MAP_MB, _MB_A_GRID_POINT = 200.0, 5.5e-4
_SECONDS_A_GRID_TURN, _SECONDS_A_GRID_POINT = 2.2e-6, 2e-6
"""Memory and time per point of a map, and time per revolution over a point."""


_TRACK_STEP_S, _STATES_STEP_S, _OPEN, _MOST_ROWS = 10.0, 60.0, 0.15, 2e7
_SECONDS_A_TABLE_ROW, _MB_A_TABLE_ROW = 4e-5, 2e-3
"""Default steps of tracking and state tables; the share of time in which a hop is open; time and memory per row."""

_SECONDS_A_PASS, _SECONDS_A_SLOW_PASS, _SECONDS_A_PASS_MARGIN = 2e-3, 1e-2, 4e-3
"""Processor time that a pass adds to a plan (s); what it adds besides where antennas need time between two tracks, and
by its link margin."""
_SECONDS_A_PARCEL = 4e-3
"""Following data through the network, per window and name of data."""

_KEPT = 50
"""Memory grows with this number of products; later ones reuse what earlier ones left."""


@runtime_checkable
class Priced(Protocol):
    """A product of a kind that estimates its own cost."""

    def cost(self, found: Hops, when: When) -> Cost:
        """Estimate the cost of writing it."""


def written(products: object, found: Hops, scenario: object, crafts: Mapping[str, Moved], when: When) -> Iterator[Cost]:
    """Estimate the cost of each product; if none are named, of a contact plan, passes and a timeline.

    What several have in common is counted with the first that needs it.
    """
    asked = listed(products) or ({"kind": "contact_plan"}, {"kind": "passes"}, {"kind": "timeline"})
    shared = {_EDGES: _uncertainty(found), _PLOTS: _DRAWING}
    plans = set[str]()
    for place, each in enumerate(asked):
        kind, own = str(get(each, "kind")), _of(each, found, scenario, crafts, when)
        if kind == "plan":
            ask = repr([get(each, key) for key in _PLANNED])
            own = _picture(each, found) if ask in plans else own
            plans.add(ask)
        kept = own.megabytes if place < _KEPT or kind == "coverage" else 0.0
        cost = Cost(own.points, kept, own.seconds)
        for need in (_EDGES if kind in _WITH_EDGES else "", _PLOTS if kind not in _TABLES else ""):
            cost += shared.pop(need, NOTHING)
        yield cost


_PLANNED = ("routes", "policy", "priorities", "overlap_s", "break_s", "step_s")
"""What a plan depends on; other fields are about its picture."""
_EDGES, _PLOTS = "edges", "plots"
_WITH_EDGES = frozenset(("contact_plan", "passes", "timeline", "report"))
_TABLES = frozenset(("contact_plan", "passes", "track", "states", "statistics"))
"""Kinds that need the uncertainty of window edges; and kinds that draw nothing."""


def _of(each: object, found: Hops, scenario: object, crafts: Mapping[str, Moved], when: When) -> Cost:
    if isinstance(each, Priced):  # a kind from another package
        answer: object = each.cost(found, when)
        return answer if isinstance(answer, Cost) else NOTHING
    kind = get(each, "kind")
    if kind == "coverage":
        return _coverage(each, scenario, crafts, when)
    if kind == "plan":
        return planned(each, found, scenario) + _picture(each, found)
    if kind == "delivery":
        return _delivery(each, found, scenario, when)
    if kind in ("track", "states"):
        return _rows(each, found.met if kind == "track" else float(max(len(crafts), 1)), when)
    answerer = _KINDS.get(kind if isinstance(kind, str) else "", _picture)
    return answerer(each, found)


def planned(product: object, found: Hops, scenario: object) -> Cost:
    """Estimate the cost of a plan without its picture: of its passes, their link margins, and the search."""
    own = [get(scenario, "passes"), *(get(site, "passes") for site in table_of(scenario, "sites").values())]
    slow = any(number(get(rules, key)) for rules in own for key in ("setup_s", "teardown_s"))
    each = _SECONDS_A_PASS + _SECONDS_A_SLOW_PASS * slow
    each += _SECONDS_A_PASS_MARGIN * (get(product, "policy") == "best_margin")
    return Cost(0.0, 0.01 * found.windows, each * found.windows)


def _uncertainty(found: Hops) -> Cost:
    seconds = _SECONDS_A_HOP * (found.met - found.alone) + _SECONDS_A_HOP_ALONE * found.alone
    seconds += _SECONDS_A_ROUTE * found.routes + _SECONDS_A_WAY * found.ways
    return Cost(0.0, _MB_A_ROW * found.rows + _MB_A_HOP * found.count, seconds + _SECONDS_A_ROW * found.rows)


def _contact_plan(each: object, found: Hops) -> Cost:
    return Cost(0.0, 1e-3 * found.rows, 5e-5 * found.rows + 1e-3 * found.routes)


def _passes(each: object, found: Hops) -> Cost:
    seconds = 2e-4 * found.windows + 1e-3 * found.met + 2.5e-2 * found.alone
    return Cost(0.0, 1e-3 * found.windows + 0.03 * found.count, seconds)


def _timeline(each: object, found: Hops) -> Cost:
    marks = float(len(listed(get(each, "marks"))))
    rows = 8e-3 * found.count + 2.3e-3 * found.routes
    return Cost(0.0, 0.05 * marks + 0.3 * min(found.count + found.routes, 250.0), 0.25 + rows + 3e-3 * marks
                + 6e-5 * found.rows)  # fmt: skip


def _report(each: object, found: Hops) -> Cost:
    return Cost(0.0, 10.0 + 8e-3 * found.rows, 0.8 + 6e-2 * found.count + 4e-4 * found.rows + 1e-4 * found.ways)


def _picture(each: object, found: Hops) -> Cost:
    """Any other picture: its cost is limited by the number of windows that a picture can show."""
    return Cost(0.0, 8.0, 0.25 + 1e-4 * min(found.rows, 10_000.0))


_KINDS: dict[str, Callable[[object, Hops], Cost]] = {
    "contact_plan": _contact_plan,
    "passes": _passes,
    "timeline": _timeline,
    "report": _report,
}


def _rows(each: object, count: float, when: When) -> Cost:
    """A row for each step of so many hops or spacecraft; a hop is open for a part of the time only."""
    step, usual = number(get(each, "step_s")) or 0.0, _STATES_STEP_S
    if get(each, "kind") == "track":
        usual, count = _TRACK_STEP_S, count * _OPEN
    rows = min(count * when.seconds / (max(step, 1e-3) if step > 0.0 else usual), _MOST_ROWS)
    return Cost(0.0, _MB_A_TABLE_ROW * rows, 0.1 + _SECONDS_A_TABLE_ROW * rows)


def _delivery(each: object, found: Hops, scenario: object, when: When) -> Cost:
    """A row for each step and name of data, and a few parcels of each for every window of a hop."""
    count = float(max(len(listed(get(each, "data"))) or len(table_of(scenario, "data")), 1))
    rows = min(count * when.seconds / max(number(get(each, "step_s")) or 600.0, 1.0), _MOST_ROWS)
    parcels = count * min(found.rows + when.seconds / DAY_S, _MOST_ROWS)
    seconds = 0.8 + _SECONDS_A_TABLE_ROW * rows + _SECONDS_A_PARCEL * parcels
    return Cost(0.0, 8.0 + _MB_A_TABLE_ROW * rows + _MB_A_TABLE_ROW * parcels, seconds)


def _coverage(each: object, scenario: object, crafts: Mapping[str, Moved], when: When) -> Cost:
    """Every point of a map times every revolution of its assets, and once the further hops of relay paths."""
    points = _grid_points(each)
    days = number(get(each, "days"))
    if days > 0.0:
        when = replace(when, seconds=min(when.seconds, days * DAY_S))
    turned, onward = 0.0, list[object]()
    for asset in listed(get(each, "assets")):
        path = [names(part) for part in (listed(asset) or [asset])]
        for name in path[0]:
            turned += points * when.seconds / max(crafts[name].turn_s if name in crafts else DAY_S, 1e-300)
        onward += [pair for pair in pairwise(path)] if len(path) > 1 else []
    rest = of_paths(onward, scenario, crafts, when).cost if onward else NOTHING
    seconds = 0.5 + _SECONDS_A_GRID_TURN * turned + _SECONDS_A_GRID_POINT * points
    return rest + Cost(turned, min(_MAP_MB, 20.0 + 4e-4 * turned) + _MB_A_GRID_POINT * points, seconds)


def _grid_points(each: object) -> float:
    """The points of a coverage product: of a whole body, of what is within a region's bounds, or single ones."""
    single, region = get(each, "points"), get(each, "region")
    if single is not None:
        return float(len(single)) if isinstance(single, Mapping) else 1.0
    step = number(get(each, "step_deg")) or 4.0
    if region is None:
        return _SPHERE_DEG2 / max(step, _FINEST_DEG) ** 2
    share = 1.0
    if radius_km := number(get(region, "radius_km")):
        share = 0.5 - 0.5 * cos(min(radius_km / 1700.0, pi))
    elif get(region, "polygon") is None:
        edges = {key: get(region, key) for key in ("min_latitude_deg", "max_latitude_deg", "west_deg", "east_deg")}
        south, north = (
            pole if value is None else number(value)
            for pole, value in zip((-90.0, 90.0), [edges["min_latitude_deg"], edges["max_latitude_deg"]], strict=True)
        )
        west, east = edges["west_deg"], edges["east_deg"]
        wide = 360.0 if west is None or east is None else (number(east) - number(west)) % 360.0 or 360.0
        share = 0.5 * abs(sin(radians(north)) - sin(radians(south))) * wide / 360.0
    return max(1.0, share * _SPHERE_DEG2 / max(step, 0.01) ** 2)
