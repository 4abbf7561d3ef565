"""What a scenario will cost, told before any of it is done: points in time, memory, seconds.

Rough on purpose, within a factor of about three: counted from the turns that everything makes in the span, with figures
measured on one processor of 2.8 GHz. It needs neither numpy nor pydantic, so that a refusal is there before they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, pi, prod, sqrt
from typing import Any

from sim.core.utc_calendar import seconds as utc_seconds
from sim.scenario.messages import Complaint
from sim.trajectories.bodies.constants import GM_KM3_S2

MOST_DAYS = 36_600
"""A century."""
MOST_SECONDS, MOST_MEGABYTES = 86_400.0, 16_384.0
"""A scenario that would take more than a day, or more memory than this, is refused before it begins."""

_POINTS_A_TURN, _POINTS_A_SECOND = 7_000.0, 7e6
"""Points at which a hop is looked at. Source: `evaluations` of run.json, low Earth and lunar orbits, halos, planets."""
_BYTES_A_TURN, _BYTES_A_HOP, _LEAST_MEGABYTES = 14_000.0, 20_000.0, 100.0
_SECONDS_A_GRID_TURN, _BYTES_A_GRID_TURN = 5e-6, 40.0
"""Of one point of a coverage map."""
_SECONDS_A_WAY = 1e-3
_SECONDS_A_DAY_MOVED = {"anchored": 1.0, "numerical": 0.1, "nrho": 0.05, "halo": 0.05, "dro": 0.05}
_DAY_S, _YEAR_S, _LOW_ORBIT_S, _HALO_S = 86_400.0, 31_557_600.0, 6_000.0, 43_200.0
_SPHERE_DEG2 = 41_253.0
LEAST = 1e-60
"""Numbers below this, and above its inverse, are none of a scenario: their powers would not be floats any more."""


@dataclass(frozen=True)
class Cost:
    """About how much work a scenario is."""

    points: float = 0.0
    megabytes: float = 0.0
    seconds: float = 0.0

    @property
    def too_much(self) -> bool:
        """Whether it is more than a scenario may take."""
        return not (self.seconds <= MOST_SECONDS and self.megabytes <= MOST_MEGABYTES)

    def __str__(self) -> str:
        return f"about {rounded(self.points)} points, {rounded(self.megabytes)} MB and {rounded(self.seconds)} s"


def estimate(scenario: Any, seconds: float) -> Cost:
    """The cost of a scenario, finished or still plain tables, over a span of so many seconds."""
    turns = _turns(scenario)
    rate, hops, ways = 0.0, 0, 0.0
    for route in _values(scenario, "routes"):
        steps = [_names(step) for step in _listed(route)]
        ways += prod(map(float, map(len, steps)))
        for some, others in pairwise(steps):
            hops += len(some) * len(others)
            # Of two that both turn, the quicker one counts; of their sum, that is the most.
            rate += len(others) * sum(1.0 / turns.get(name, _DAY_S) for name in some)
            rate += len(some) * sum(1.0 / turns.get(name, _DAY_S) for name in others)
    looked = seconds * rate
    maps = sum(seconds * size for size in _maps(scenario, turns))
    moved = sum(
        _SECONDS_A_DAY_MOVED.get(str(_get(_get(craft, "orbit"), "kind")), 0.0)
        for craft in _values(scenario, "spacecraft")
    )
    own = sum(seconds / turn for turn in turns.values())
    points = _POINTS_A_TURN * looked + maps
    return Cost(
        points,
        _LEAST_MEGABYTES
        + (_BYTES_A_TURN * (looked + own) + _BYTES_A_HOP * (hops + ways) + _BYTES_A_GRID_TURN * maps) / 1e6,
        1.0
        + _POINTS_A_TURN * looked / _POINTS_A_SECOND
        + _SECONDS_A_WAY * ways
        + _SECONDS_A_GRID_TURN * maps
        + moved * seconds / _DAY_S,
    )


def expensive(scenario: Any) -> Iterator[Complaint]:
    """What a scenario, finished or still plain tables, asks for that would take too much, told with the estimate."""
    seconds, last = _seconds(scenario)
    if not seconds > 0.0:
        return
    cost = estimate(scenario, seconds)
    if seconds > MOST_DAYS * _DAY_S:
        many = f"{rounded(seconds / _DAY_S)} days, {rounded(seconds / _YEAR_S)} years"
        yield (last,), f"expected at most {MOST_DAYS} days after the start, got {many}: {cost}. Choose a shorter span"
    elif cost.too_much:
        yield (last,), (
            f"this scenario needs {cost}; at most {MOST_MEGABYTES:,.0f} MB and {MOST_SECONDS:,.0f} s are taken on. "
            "Choose a shorter span, fewer hops or a coarser grid"
        )


def _seconds(scenario: Any) -> tuple[float, str]:
    """How long the span is, leap seconds not counted, and the key that says so; 0 where it does not."""
    start, end = _get(scenario, "start"), _get(scenario, "end")
    if end is None:
        days = _get(scenario, "days")
        known = isinstance(days, (int, float)) and not isinstance(days, bool) and days < inf
        return (min(float(days), 1.0 / LEAST) * _DAY_S if known else 0.0), "days"
    if isinstance(start, float) and isinstance(end, float):  # TDB seconds, as a finished scenario has them
        return end - start, "end"
    first, last = utc_seconds(start), utc_seconds(end)
    return (last - first if first is not None and last is not None else 0.0), "end"


def _turns(scenario: Any) -> dict[str, float]:
    """In how many seconds each spacecraft turns once."""
    table = _get(scenario, "spacecraft")
    crafts = table if isinstance(table, Mapping) else {}
    return {str(name): _turn_s(_get(craft, "orbit")) for name, craft in crafts.items()}


def _turn_s(orbit: Any) -> float:
    """How long an orbit's quickest turn takes; an orbit from a file is taken for a low one."""
    kind = _get(orbit, "kind")
    if kind == "phases":
        return min((_turn_s(_get(phase, "orbit")) for phase in _listed(_get(orbit, "phases"))), default=_DAY_S)
    if kind in ("halo", "nrho", "dro", "transfer", "landed"):
        return _HALO_S
    if kind == "tle":
        pairs = _listed(_get(orbit, "sets"))
        line = _listed(pairs[0])[-1:] if pairs else [_get(orbit, "line2")]
        return _DAY_S / (_number(str(line[0])[52:63].strip()) or 16.0) if line else _LOW_ORBIT_S
    elements = _get(orbit, "elements") or orbit
    axis, shape = _number(_get(elements, "semi_major_axis_km")), _number(_get(elements, "eccentricity"))
    gm = GM_KM3_S2.get(str(_get(orbit, "center") or "moon"))
    if not axis:  # a state is taken for one of a circle
        axis = sqrt(sum(_number(x) ** 2 for x in _listed(_get(orbit, "position_km"))))
    if not 0.0 < axis < 1e11 or gm is None or not 0.0 <= shape < 1.0:
        return _LOW_ORBIT_S
    whole = 2.0 * pi * sqrt(axis**3 / gm)
    return float(whole * (1.0 - shape) ** 1.5)


def _maps(scenario: Any, turns: Mapping[str, float]) -> Iterator[float]:
    """Turns a second, over all points, of each coverage map."""
    for product in _listed(_get(scenario, "products")):
        if _get(product, "kind") != "coverage":
            continue
        step = _number(_get(product, "step_deg")) or 4.0
        first = [_names(_listed(asset)[0] if _listed(asset) else asset) for asset in _listed(_get(product, "assets"))]
        rate = sum(1.0 / turns.get(name, _DAY_S) for names in first for name in names)
        yield rate * _SPHERE_DEG2 / max(step, 0.25) ** 2


def rounded(value: float) -> str:
    """A number that is known to two digits, as text."""
    if value == inf:
        return "more than any"
    return f"{value:,.0f}" if value < 1e3 else f"{float(f'{value:.1e}'):,.0f}" if value < 1e6 else f"{value:.1e}"


def _number(value: Any) -> float:
    """A number, if it is one that anything may have; 0 of others, which are complained of elsewhere."""
    try:
        number = float(value) if not isinstance(value, bool) else 0.0
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return number if LEAST < abs(number) < 1.0 / LEAST else 0.0


def _names(step: Any) -> Sequence[Any]:
    return [name for name in (step if isinstance(step, (list, tuple)) else (step,)) if isinstance(name, str)]


def _get(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _values(scenario: Any, key: str) -> Sequence[Any]:
    table = _get(scenario, key)
    return list(table.values()) if isinstance(table, Mapping) else ()
