"""What it costs to move a spacecraft over a span: every kind of orbit answers for itself, here and nowhere else.

A kind that comes from elsewhere has its answer on its own class, as a method `cost(when)` that gives a `Moved`; before
it is loaded, and without one, it is taken for a low orbit from a file. All figures are of one processor of 2.8 GHz.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf, pi, sqrt
from typing import Any

from sim.scenario.cost.amount import NOTHING, Cost
from sim.scenario.cost.tables import DAY_S, When, get, listed, number
from sim.trajectories.bodies.constants import GM_KM3_S2

LOW_ORBIT_S = 6_000.0
_NEAR_RECTILINEAR_S = 14_400.0  # what passes of the Moon are like, and the end of a transfer

_COMPILED = Cost(0.0, 150.0, 0.5)
"""The compiled integrator, once a process."""
_MB_A_TURN, _SECONDS_A_TURN = 7e-3, 2e-5
"""MB and s of one quick turn as polynomials."""
_SECONDS_BESIDE = 0.022
"""To follow a real orbit for 40 turns beside a Kepler orbit, for what is said of its model."""

_STEPS_HIGH, _STEPS_LOW, _STEP_MB = 60.0, 140.0, 6.5e-4
"""Steps of the integrator a turn; more where the Moon's field is rough below, as the tenth power of how near that is.
Kept with what is computed meanwhile."""
_STEP_S, _HARMONIC_S = 5e-6, 9.2e-9
"""Of a step: the bodies' pull and the rest, and of each coefficient of the field."""
_BODIES_S, _BODIES_MB = 4e-4, 2e-2
"""A day of the other bodies' motions as polynomials."""
_CARRIED_S, _CARRIED_MB = 5e-3, 5e-3
"""A turn of the errors of a state, carried by gravity."""
_MOON_KM = 1737.4


@dataclass(frozen=True)
class Moved:
    """A spacecraft that is moved.

    turn_s   : how long its quickest turn takes
    cost     : of moving it; told: of what is said of its model
    parts    : in how many phases it is
    compiled : whether the compiled integrator is needed, which is there once for all
    """

    turn_s: float = LOW_ORBIT_S
    cost: Cost = NOTHING
    parts: float = 1.0
    compiled: bool = False
    told: Cost = NOTHING


def moved(craft: Any, when: When) -> Moved:
    """What it costs to move a spacecraft over a span."""
    orbit = get(craft, "orbit")
    found = _of(orbit, when)
    sigma = get(craft, "sigma")
    if any(get(sigma, key) for key in ("radial_km_s", "along_km_s", "across_km_s", "covariance")):
        epoch = when.instant(get(sigma, "epoch"))
        whole = when.away_s(when.instant(get(orbit, "epoch")) if epoch is None else epoch)
        way = _of(orbit, replace(when, seconds=whole)).cost  # once more, kept from the epoch on
        turns = whole / max(found.turn_s, 1.0)
        found = replace(found, cost=found.cost + way + Cost(0.0, _CARRIED_MB, _CARRIED_S).times(turns), compiled=True)
    return found


def together(all_of_them: Mapping[str, Moved], told: bool = True) -> Cost:
    """Of all spacecraft of a scenario, with what they need once.

    told : whether it is also said what their models leave out, as a run does and a case of a sweep does not
    """
    cost = sum((each.cost + each.told if told else each.cost for each in all_of_them.values()), NOTHING)
    compiled = any(each.compiled or (told and each.told.seconds > 0.0) for each in all_of_them.values())
    return cost + _COMPILED if compiled else cost


def _of(orbit: Any, when: When) -> Moved:
    own = getattr(orbit, "cost", None)  # of a kind that comes from elsewhere
    if callable(own):
        found = own(when)
        return found if isinstance(found, Moved) else Moved()
    kind = get(orbit, "kind")
    return _KINDS.get(kind if isinstance(kind, str) else "", _from_a_file)(orbit, when)


def _tabled(turn_s: float, when: When, more: Cost = NOTHING, compiled: bool = False) -> Moved:
    turns = when.seconds / turn_s if turn_s > 0.0 else inf
    return Moved(turn_s, more + Cost(0.0, _MB_A_TURN, _SECONDS_A_TURN).times(turns), compiled=compiled)


def _kepler(orbit: Any, when: When) -> Moved:
    _, quick, _ = _turns(orbit, orbit)
    return replace(_tabled(quick, when), told=Cost(0.0, 0.0, _SECONDS_BESIDE))


def _from_a_file(orbit: Any, when: When) -> Moved:
    """Taken for a low orbit."""
    return _tabled(LOW_ORBIT_S, when)


def _tle(orbit: Any, when: When) -> Moved:
    pairs = listed(get(orbit, "sets"))
    line = listed(pairs[0])[-1:] if pairs else [get(orbit, "line2")]
    return _tabled(DAY_S / (number(str(line[0])[52:63].strip()) or 16.0) if line else LOW_ORBIT_S, when)


def _numerical(orbit: Any, when: When) -> Moved:
    anchors = listed(get(orbit, "anchors"))
    first = anchors[0] if anchors else orbit
    whole, quick, lowest = _turns(first, orbit)
    epochs = [epoch for each in (anchors or [orbit]) if (epoch := when.instant(get(each, "epoch"))) is not None]
    beside = min((max(when.start - epoch, epoch - when.end, 0.0) for epoch in epochs), default=0.0)
    way = when.seconds + beside  # followed; kept is only what lies in the span
    degree, steps = 0.0, _STEPS_HIGH
    if str(get(orbit, "center") or "moon") == "moon":
        degree = number(get(orbit, "gravity_degree")) or 70.0
        steps += _STEPS_LOW * min(1.0, _MOON_KM / lowest) ** 10 if lowest > 0.0 else _STEPS_LOW
    step = _STEP_S + _HARMONIC_S * (degree + 1.0) ** 2
    followed = Cost(0.0, _BODIES_MB * way / DAY_S, steps * step * way / whole + _BODIES_S * way / DAY_S)
    kept = Cost(0.0, _STEP_MB * steps * when.seconds / whole)
    return Moved(quick, followed + kept, compiled=True)


def _anchored(orbit: Any, when: When) -> Moved:
    """A state that is carried to its facts and kept all the way, and then fitted over and over near them."""
    epoch = when.instant(get(orbit, "epoch"))
    plain = _numerical({**_plain(orbit), "epoch": None}, replace(when, seconds=when.away_s(epoch)))
    times = [at for fact in listed(get(orbit, "facts")) if (at := when.instant(get(fact, "at"))) is not None]
    spread = When(0.0, max(times, default=0.0) - min(times, default=0.0) + 4.0 * plain.turn_s)
    rounds = 4.0 * (1.0 + len(listed(get(orbit, "fit")) or (0, 0)))
    fitted = _numerical({**_plain(orbit), "epoch": None}, spread).cost.seconds * rounds
    return replace(plain, cost=plain.cost + Cost(0.0, 0.0, fitted))


def _designed(fixed_s: float, daily_s: float, turn_s: float) -> Callable[[Any, When], Moved]:
    """Orbits that are shot for, from their epoch on to the end of the span."""

    def answer(orbit: Any, when: When) -> Moved:
        days = when.away_s(when.instant(get(orbit, "epoch"))) / DAY_S
        return _tabled(turn_s, when, Cost(0.0, 0.05 * days, fixed_s + daily_s * days), compiled=True)

    return answer


def _transfer(orbit: Any, when: When) -> Moved:
    return _tabled(_NEAR_RECTILINEAR_S, when, Cost(0.0, 20.0, 3.0), compiled=True)


def _landed(orbit: Any, when: When) -> Moved:
    return Moved(DAY_S)


def _phases(orbit: Any, when: When) -> Moved:
    """All phases that the span touches, one after another."""
    found = []
    for phase in listed(get(orbit, "phases")):
        share = when.shared(when.instant(get(phase, "start")), when.instant(get(phase, "end")))
        if share is not None:
            found.append((_of(get(phase, "orbit"), share), share.seconds))
    turns = sum(seconds / max(each.turn_s, 1.0) for each, seconds in found)
    cost = sum((each.cost for each, _ in found), NOTHING)
    told = sum((each.told for each, _ in found), NOTHING)
    turn_s = when.seconds / turns if turns > 0.0 else DAY_S
    return Moved(turn_s, cost, max(1.0, len(found)), any(each.compiled for each, _ in found), told)


_KINDS: dict[str, Callable[[Any, When], Moved]] = {
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


def _plain(orbit: Any) -> dict[str, Any]:
    keys = ("center", "position_km", "velocity_km_s", "gravity_degree")
    return {key: get(orbit, key) for key in keys}


def _turns(state: Any, orbit: Any) -> tuple[float, float, float]:
    """Of elements or a state: s of a turn, and of one as quick as its quickest part; periapsis, km."""
    elements = get(state, "elements") or state
    axis, shape = number(get(elements, "semi_major_axis_km")), number(get(elements, "eccentricity"))
    gm = GM_KM3_S2.get(str(get(orbit, "center") or "moon"))
    if not axis and gm is not None:
        axis, shape = _of_state(get(state, "position_km"), get(state, "velocity_km_s"), gm)
    if not 0.0 < axis < 1e11 or gm is None or not 0.0 <= shape < 1.0:
        return LOW_ORBIT_S, LOW_ORBIT_S, 0.0
    whole = 2.0 * pi * sqrt(axis**3 / gm)
    return whole, max(whole * (1.0 - shape) ** 1.5, 1e-300), axis * (1.0 - shape)


def _of_state(position: Any, velocity: Any, gm: float) -> tuple[float, float]:
    """Semi-major axis (km) and eccentricity of a state; of one that leaves, a circle's where it is."""
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
