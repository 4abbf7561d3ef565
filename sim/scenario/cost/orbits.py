"""Estimates what moving a spacecraft over a span costs, by kind of orbit.

A kind from another package may have a method `cost(when)` that returns a `Moved`; without one, or before its class is
loaded, it counts as a low orbit from a file. Times are those of a processor of 2.8 GHz.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf, pi, sqrt
from typing import Protocol, runtime_checkable

from sim.scenario.cost.amount import NOTHING, Cost
from sim.scenario.cost.tables import DAY_S, When, get, listed, number
from sim.trajectories.bodies.constants import GM_KM3_S2

LOW_ORBIT_S = 6_000.0
_NEAR_RECTILINEAR_S = 14_400.0  # time scale of a close pass of the Moon, and of the end of a transfer

_COMPILED = Cost(0.0, 150.0, 0.7)
"""Loading the compiled integrator, once per process."""
_MB_A_TURN, _SECONDS_A_TURN = 7e-3, 2e-5
"""One revolution as polynomials, at the pace of its fastest part."""
_SECONDS_BESIDE = 0.022
"""Propagating a real orbit for 40 revolutions beside a Kepler orbit, to estimate the error of that model."""

_STEPS_HIGH, _STEPS_LOW, _STEP_MB = 60.0, 140.0, 6.5e-4
"""Integrator steps per revolution, and memory per step. The additional steps of a low lunar orbit grow with the tenth
power of (radius of the Moon / periapsis distance)."""
_STEP_S, _HARMONIC_S = 1.5e-5, 6e-9
"""Processor time of a step, and of each coefficient of the gravity field in it."""
_BODIES_S, _BODIES_MB = 4e-4, 2e-2
"""A day of the other bodies' motions as polynomials."""
_CARRIED_S, _CARRIED_MB = 5e-3, 5e-3
"""Propagating the errors of a state over one revolution."""
_MOON_KM = 1737.4


@dataclass(frozen=True)
class Moved:
    """The estimated cost of moving one spacecraft.

    Attributes
    ----------
    turn_s
        Time of one revolution at the pace of its fastest part (s).
    cost
        Cost of moving it over the span.
    parts
        Number of phases in the span.
    compiled
        Whether it needs the compiled integrator, which is loaded once for all.
    notes
        Cost of estimating the errors of its model for the notes of a run.
    """

    turn_s: float = LOW_ORBIT_S
    cost: Cost = NOTHING
    parts: float = 1.0
    compiled: bool = False
    notes: Cost = NOTHING


@runtime_checkable
class Priced(Protocol):
    """An orbit of a kind that estimates its own cost."""

    def cost(self, when: When) -> Moved:
        """Estimate the cost of moving a spacecraft over a span."""


def moved(craft: object, when: When) -> Moved:
    """Estimate the cost of moving a spacecraft over a span."""
    orbit = get(craft, "orbit")
    found = _of(orbit, when)
    sigma = get(craft, "sigma")
    if any(get(sigma, key) for key in ("radial_km_s", "along_km_s", "across_km_s", "covariance")):
        epoch = when.instant(get(sigma, "epoch"))
        whole = when.away_s(when.instant(get(orbit, "epoch")) if epoch is None else epoch)
        way = _of(orbit, replace(when, seconds=whole)).cost  # once more, from the epoch of the errors
        turns = whole / max(found.turn_s, 1.0)
        found = replace(found, cost=found.cost + way + Cost(0.0, _CARRIED_MB, _CARRIED_S).times(turns), compiled=True)
    return found


def together(crafts: Mapping[str, Moved], notes: bool = True) -> Cost:
    """The cost of moving all spacecraft of a scenario, the compiled integrator counted once.

    notes : whether the errors of their models are estimated, as in a run but not in a case of a sweep
    """
    cost = sum((each.cost + each.notes if notes else each.cost for each in crafts.values()), NOTHING)
    return cost + compiled(crafts, notes)


def compiled(crafts: Mapping[str, Moved], notes: bool = True) -> Cost:
    """The cost of loading the compiled integrator, if any spacecraft needs it. Arguments as of `together`."""
    needed = any(each.compiled or (notes and each.notes.seconds > 0.0) for each in crafts.values())
    return _COMPILED if needed else NOTHING


def _of(orbit: object, when: When) -> Moved:
    if isinstance(orbit, Priced):  # a kind from another package
        found: object = orbit.cost(when)
        return found if isinstance(found, Moved) else Moved()
    kind = get(orbit, "kind")
    return _KINDS.get(kind if isinstance(kind, str) else "", _from_a_file)(orbit, when)


def _tabled(turn_s: float, when: When, more: Cost = NOTHING, compiled: bool = False) -> Moved:
    turns = when.seconds / turn_s if turn_s > 0.0 else inf
    return Moved(turn_s, more + Cost(0.0, _MB_A_TURN, _SECONDS_A_TURN).times(turns), compiled=compiled)


def _kepler(orbit: object, when: When) -> Moved:
    _, quick, _ = _turns(orbit, orbit)
    return replace(_tabled(quick, when), notes=Cost(0.0, 0.0, _SECONDS_BESIDE))


def _from_a_file(orbit: object, when: When) -> Moved:
    """An orbit from a file counts as a low orbit: the file is not read for an estimate."""
    return _tabled(LOW_ORBIT_S, when)


def _tle(orbit: object, when: When) -> Moved:
    pairs = listed(get(orbit, "sets"))
    line = listed(pairs[0])[-1:] if pairs else [get(orbit, "line2")]
    return _tabled(DAY_S / (number(str(line[0])[52:63].strip()) or 16.0) if line else LOW_ORBIT_S, when)


def _numerical(orbit: object, when: When) -> Moved:
    anchors = listed(get(orbit, "anchors"))
    first = anchors[0] if anchors else orbit
    whole, quick, lowest = _turns(first, orbit)
    epochs = [epoch for each in (anchors or [orbit]) if (epoch := when.instant(get(each, "epoch"))) is not None]
    beside = min((max(when.start - epoch, epoch - when.end, 0.0) for epoch in epochs), default=0.0)
    way = when.seconds + beside  # propagated from the epoch; only the span is kept
    degree, steps = 0.0, _STEPS_HIGH
    if str(get(orbit, "center") or "moon") == "moon":
        degree = number(get(orbit, "gravity_degree")) or 70.0
        steps += _STEPS_LOW * min(1.0, _MOON_KM / lowest) ** 10 if lowest > 0.0 else _STEPS_LOW
    step = _STEP_S + _HARMONIC_S * (degree + 1.0) ** 2
    followed = Cost(0.0, _BODIES_MB * way / DAY_S, steps * step * way / whole + _BODIES_S * way / DAY_S)
    kept = Cost(0.0, _STEP_MB * steps * when.seconds / whole)
    return Moved(quick, followed + kept, compiled=True)


def _anchored(orbit: object, when: When) -> Moved:
    """A state that is propagated to its dated facts, and then fitted to them by repeated propagation near them."""
    epoch = when.instant(get(orbit, "epoch"))
    plain = _numerical({**_plain(orbit), "epoch": None}, replace(when, seconds=when.away_s(epoch)))
    times = [at for fact in listed(get(orbit, "facts")) if (at := when.instant(get(fact, "at"))) is not None]
    spread = When(0.0, max(times, default=0.0) - min(times, default=0.0) + 4.0 * plain.turn_s)
    rounds = 2.0 * (1.0 + len(listed(get(orbit, "fit")) or (0, 0)))
    fitted = _numerical({**_plain(orbit), "epoch": None}, spread).cost.seconds * rounds
    return replace(plain, cost=plain.cost + Cost(0.0, 0.0, fitted))


def _designed(fixed_s: float, daily_s: float, turn_s: float) -> Callable[[object, When], Moved]:
    """Orbits found by multiple shooting from their epoch to the end of the span."""

    def answer(orbit: object, when: When) -> Moved:
        days = when.away_s(when.instant(get(orbit, "epoch"))) / DAY_S
        return _tabled(turn_s, when, Cost(0.0, 0.05 * days, fixed_s + daily_s * days), compiled=True)

    return answer


def _transfer(orbit: object, when: When) -> Moved:
    return _tabled(_NEAR_RECTILINEAR_S, when, Cost(0.0, 20.0, 3.0), compiled=True)


def _landed(orbit: object, when: When) -> Moved:
    return Moved(DAY_S)


def _phases(orbit: object, when: When) -> Moved:
    """The sum of all phases that overlap the span."""
    found = []
    for phase in listed(get(orbit, "phases")):
        share = when.shared(when.instant(get(phase, "start")), when.instant(get(phase, "end")))
        if share is not None:
            found.append((_of(get(phase, "orbit"), share), share.seconds))
    turns = sum(seconds / max(each.turn_s, 1.0) for each, seconds in found)
    cost = sum((each.cost for each, _ in found), NOTHING)
    notes = sum((each.notes for each, _ in found), NOTHING)
    turn_s = when.seconds / turns if turns > 0.0 else DAY_S
    return Moved(turn_s, cost, max(1.0, len(found)), any(each.compiled for each, _ in found), notes)


_KINDS: dict[str, Callable[[object, When], Moved]] = {
    "kepler": _kepler,
    "numerical": _numerical,
    "anchored": _anchored,
    "halo": _designed(0.3, 2.6e-3, DAY_S),
    "nrho": _designed(0.8, 7.5e-3, _NEAR_RECTILINEAR_S),
    "dro": _designed(0.2, 1e-3, DAY_S),
    "transfer": _transfer,
    "tle": _tle,
    "landed": _landed,
    "phases": _phases,
}


def _plain(orbit: object) -> dict[str, object]:
    keys = ("center", "position_km", "velocity_km_s", "gravity_degree")
    return {key: get(orbit, key) for key in keys}


def _turns(state: object, orbit: object) -> tuple[float, float, float]:
    """Of elements or a state: the period (s), the period at the pace of periapsis (s), and periapsis distance (km)."""
    elements = get(state, "elements") or state
    axis, shape = number(get(elements, "semi_major_axis_km")), number(get(elements, "eccentricity"))
    gm = GM_KM3_S2.get(str(get(orbit, "center") or "moon"))
    if not axis and gm is not None:
        axis, shape = _of_state(get(state, "position_km"), get(state, "velocity_km_s"), gm)
    if not 0.0 < axis < 1e11 or gm is None or not 0.0 <= shape < 1.0:
        return LOW_ORBIT_S, LOW_ORBIT_S, 0.0
    whole = 2.0 * pi * sqrt(axis**3 / gm)
    return whole, max(whole * (1.0 - shape) ** 1.5, 1e-300), axis * (1.0 - shape)


def _of_state(position: object, velocity: object, gm: float) -> tuple[float, float]:
    """Semi-major axis (km) and eccentricity of a state; of an escape orbit, those of a circle at its radius."""
    place, speed = [[number(x) for x in listed(each)] for each in (position, velocity)]
    r, v = sqrt(sum(x * x for x in place)), sqrt(sum(x * x for x in speed))
    if len(place) != 3 or len(speed) != 3 or not 0.0 < r < 1e11 or not v < 1e6:
        return 0.0, 0.0
    energy = 0.5 * v * v - gm / r
    if energy >= 0.0:
        return r, 0.0
    axis, along = -0.5 * gm / energy, sum(x * y for x, y in zip(place, speed, strict=True))
    shape = sqrt((1.0 - r / axis) ** 2 + along * along / (gm * axis))
    return axis, min(shape, 0.999)
