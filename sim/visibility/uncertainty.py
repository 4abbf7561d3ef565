"""How sure an edge is: independent errors of ends and of the Earth's turning, carried to the edges of windows.

A source of error is a perturbation of one standard deviation: of an orbit (`Sampled.deviations`), of a site's place and
horizon (`Site.errors`), of the Earth's rotation, which all its sites share, of the Moon's limb. The margin that is zero
at an edge changes by so much under it; over the margin's rate that is how far the edge moves. The root of the sum of
squares is the edge's standard deviation. `off` is the perturbed end itself, `drawn` a whole set of ends perturbed at
random.

Edges of limits of time are those of a clock: no source moves them, but by the light time to where they are seen.

The errors of some orbits nobody has counted: of a designed one, whose place in it is a choice. An edge that feels such
an orbit has no standard deviation, and its window no probability: both are None, which is not the same as none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import erf, isfinite, isnan, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.time import Span, utc
from sim.search.conditions import Condition, Positive, every
from sim.search.windows import Windows
from sim.trajectories.bodies.frames import EARTH_SPIN_RAD_S, earth_orientation, ut1_sigma_s
from sim.trajectories.orbits import perturbed
from sim.trajectories.orbits.orbit_errors import NOT_COUNTED
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory
from sim.visibility.sight import Clearance

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Ends = Mapping[str, Trajectory]
Build = Callable[[Ends, bool], Condition]
"""A condition of some ends, with or without the time that light takes."""

NOTED_S = 0.1
"""A source that moves edges by less is not noted."""

def _sigma_shown(size: float) -> float | None:
    """To three digits; of one without bound nothing."""
    return float(f"{size:.3g}") if isfinite(size) else None


SHOWN: Mapping[str, Callable[[float], float | None]] = {
    "start_sigma_s": _sigma_shown, "end_sigma_s": _sigma_shown, "probability": lambda share: round(share, 4),
}  # fmt: skip
"""How tables show what is known of a window."""

COLUMNS = tuple(SHOWN)
"""How tables name it."""

UT1, LIGHT, RELIEF = "UT1", "light time", "lunar relief"
"""The sources that belong to no end."""

LINEAR = 3.0
"""So many standard deviations from its limit, at its best, a margin must be for linear theory to hold at its edges."""

FELT_S = 1e-3
"""An edge that moves by less, where an orbit whose errors are not counted is off by 10 km, does not feel it."""

_STEP = 0.02  # of a standard deviation: small against all geometry, large against rounding
_RATE_S = 0.1  # over which a margin's rate is taken
_BRIEF = 24.0  # standard deviations of its edges: a longer window's margin reaches six of its own
_PROBES = 257  # times at which a span is asked how unsure its margins are
_LOOKS, _ROUNDS = np.linspace(0.0, 1.0, 9), 8  # a quarter each time: an hour's highest point to 60 ms


@dataclass(frozen=True)
class Uncertainty:
    """The uncertainty of one window.

    start_sigma_s, end_sigma_s     : standard deviations of its edges; None where the span or missing data made the
                                     edge, and where they are not known
    probability                    : that it exists at all; of a long window 1; None where it is not known
    start_linear, end_linear       : whether linear theory holds, and so the standard deviations: not where the window,
                                     or the gap beside it, might as well not exist
    start_effects_s, end_effects_s : what every source is worth at one standard deviation, with its sign; NaN of those
                                     that nobody has counted
    unknown                        : the ends whose errors nobody has counted, where they come into this
    """

    start_sigma_s: float | None
    end_sigma_s: float | None
    probability: float | None = 1.0
    start_linear: bool = True
    end_linear: bool = True
    start_effects_s: Mapping[str, float] | None = None
    end_effects_s: Mapping[str, float] | None = None
    unknown: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, float | None]:
        """What tables say of it: standard deviations to three digits, the probability to four; None is not known."""
        return {name: None if (x := getattr(self, name)) is None else shown(x) for name, shown in SHOWN.items()}


@dataclass(frozen=True)
class NearMiss:
    """A window that is not there, and might well be.

    time        : TDB s at which it comes nearest to being
    probability : that it exists; 0.5 and less
    limit       : what it fails at, as it reads
    """

    time: float
    probability: float
    limit: str

    def __str__(self) -> str:
        return f"{utc(self.time, 0)}: {100.0 * self.probability:.1f} % for {self.limit}"


def error_name(end: str, error: str) -> str:
    """How an error of an end is called among those of all."""
    return f"{end}: {error}"


def errors(trajectory: Trajectory) -> tuple[str, ...]:
    """The names of the independent errors of an end, as far as they are counted; of a body none."""
    if trajectory.in_parts:
        return tuple(dict.fromkeys(name for part in trajectory.parts for name in errors(part.trajectory)))
    if isinstance(trajectory, Site):
        return tuple(trajectory.errors)
    return tuple(each.name for each in trajectory.deviations if each.counted) if isinstance(trajectory, Sampled) else ()


def uncounted(trajectory: Trajectory) -> str:
    """Why nobody knows how large the errors of an end are, in words; empty where they are counted throughout."""
    parts = [part.trajectory for part in trajectory.parts]
    return "; ".join(dict.fromkeys(part.uncounted for part in parts if isinstance(part, Sampled) and part.uncounted))


def error_sizes(trajectory: Trajectory) -> dict[str, str]:
    """The independent errors of an end and their sizes, in words; "unknown" and why, where nobody has counted them."""
    told = _counted_sizes(trajectory)
    return {**told, "unknown": why} if (why := uncounted(trajectory)) else told


def _counted_sizes(trajectory: Trajectory) -> dict[str, str]:
    if trajectory.in_parts:
        return {k: v for part in reversed(trajectory.parts) for k, v in _counted_sizes(part.trajectory).items()}
    if isinstance(trajectory, Site):
        return {name: f"{size:g} {'deg' if name == 'horizon' else 'm'}" for name, size in trajectory.errors.items()}
    deviations = trajectory.deviations if isinstance(trajectory, Sampled) else ()
    return {each.name: str(each) for each in deviations if each.counted}


def off(trajectory: Trajectory, amounts: Mapping[str, float], ut1_s: float = 0.0) -> Trajectory:
    """An end as it would be if its errors, by name, were so many standard deviations each.

    ut1_s : the Earth has turned for so much longer
    """
    if trajectory.in_parts:
        return trajectory.each(lambda part: off(part, amounts, ut1_s))
    if isinstance(trajectory, Site):
        turned_deg = float(np.rad2deg(EARTH_SPIN_RAD_S * ut1_s)) if trajectory.body == "earth" else 0.0
        return trajectory.off(amounts, turned_deg)
    return perturbed.off(trajectory, amounts) if isinstance(trajectory, Sampled) else trajectory


def drawn(ends: Ends, random: np.random.Generator, span: Span) -> dict[str, Trajectory]:
    """The ends of a scenario, moved over a span, with all their errors drawn at random: one unit normal each."""
    names = [UT1, *(error_name(name, error) for name, end in ends.items() for error in errors(end))]
    return drawn_as(ends, {name: float(random.standard_normal()) for name in names}, span)


def drawn_as(ends: Ends, amounts: Mapping[str, float], span: Span) -> dict[str, Trajectory]:
    """The ends of a scenario, moved over a span, with so many standard deviations of every error that is named.

    amounts : of errors "end: error", and of UT1: the Earth's rotation is off alike for all its sites, by what is not
              known of it in the middle of the span
    """
    ut1_s = amounts.get(UT1, 0.0) * float(ut1_sigma_s(np.asarray(0.5 * (span.start + span.end))))
    own = {
        name: {error: amounts.get(error_name(name, error), 0.0) for error in errors(end)} for name, end in ends.items()
    }
    moved = {name: any(own[name].values()) or (ut1_s and _on_earth(end)) for name, end in ends.items()}
    return {name: off(end, own[name], ut1_s) if moved[name] else end for name, end in ends.items()}


def effects(
    build: Build, ends: Ends, light: bool, leaf: Index, t: Array, central: bool = True
) -> tuple[tuple[str, ...], Array, Array]:
    """What one standard deviation of every source changes a margin by.

    build   : makes the condition from ends, the same leaves in the same order
    leaf, t : (n,) which of the condition's leaves, and TDB s
    central : by central differences, as a margin at its highest needs; at an edge, half of them will do
    returns : names of the sources (k,); changes (n, k) and the margin's own rate per second (n,), in its unit

    Of an end whose errors are not counted, the change is NaN where the margin feels it, and 0 where it does not.
    """
    names: list[str] = []
    changes: list[Array] = []
    leaves = build(ends, light).leaves()
    plain = margins(leaves, leaf, t)
    rate = (margins(leaves, leaf, t + _RATE_S) - plain) / _RATE_S

    def margin(moved: Ends, light: bool = light) -> Array:
        return margins(build(moved, light).leaves(), leaf, t)

    def change(moved: Callable[[float], Ends]) -> Array:
        ahead = margin({**ends, **moved(1.0)})
        return 0.5 * (ahead - margin({**ends, **moved(-1.0)})) if central else ahead - plain

    for own, end in ends.items():
        for error in errors(end):
            names.append(error_name(own, error))
            changes.append(change(partial(_off, own, end, error)) / _STEP)
        if uncounted(end):
            names.append(error_name(own, NOT_COUNTED))
            felt = np.abs(change(partial(_off, own, end, NOT_COUNTED))) / _STEP > FELT_S * np.abs(rate)
            changes.append(np.where(felt, np.nan, 0.0))
    if any(_on_earth(end) for end in ends.values()) and np.any(unsure := ut1_sigma_s(t)):
        names.append(UT1)
        changes.append(change(lambda ut1_s: {name: off(end, {}, ut1_s) for name, end in ends.items()}) * unsure)
    if not light:
        names.append(LIGHT)
        changes.append(margin(ends, True) - plain)
    if np.any(relief := np.array([_relief_km(each) for each in leaves])[leaf]):
        names.append(RELIEF)
        changes.append(relief)
    return tuple(names), np.stack(changes, axis=-1) if changes else np.zeros((len(t), 0)), rate


def _relief_km(leaf: Positive) -> float:
    """What a limb higher by one standard deviation takes from a margin; 0 where a limit is no clearance of the Moon."""
    return -leaf.sign * leaf.scalar.relief_km if isinstance(leaf.scalar, Clearance) else 0.0


def _off(own: str, trajectory: Trajectory, error: str, sign: float) -> Ends:
    return {own: off(trajectory, {error: sign * _STEP})}


def margins(leaves: Sequence[Positive], leaf: Index, t: Array) -> Array:
    """The margin of one leaf each (n,) at times (n, …), in the leaf's own unit."""
    result = np.empty(np.shape(t))
    for i in np.unique(leaf):
        here, chosen = leaf == i, leaves[i]
        result[here] = chosen.sign * (chosen.scalar(t[here]) - chosen.limit)
    return result


def shifts_s(changes: Array, rate: Array) -> Array:
    """How far edges move under every source, of `effects`' changes (n, k) and rates (n,): (n, k) s."""
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds: Array = np.where(changes == 0.0, 0.0, -changes / rate[:, None])
    return seconds


def heights(build: Build, ends: Ends, light: bool, leaf: Index, bounds: Array) -> tuple[Array, Array]:
    """How many standard deviations margins are above zero where they are highest, and when.

    bounds  : (n, 2) TDB s; leaf : (n,)
    returns : (n,) margin over its standard deviation; (n,) TDB s
    """
    leaves = build(ends, light).leaves()
    start, end = bounds[:, 0], bounds[:, 1]
    for _ in range(_ROUNDS):
        t = start[:, None] + (end - start)[:, None] * _LOOKS
        best = np.argmax(margins(leaves, leaf, t), axis=1)
        middle = np.clip(best, 1, len(_LOOKS) - 2)
        rows = np.arange(len(t))
        start, end = t[rows, middle - 1], t[rows, middle + 1]
    top = t[rows, best]
    _, changes, _ = effects(build, ends, light, leaf, top)
    rise, unsure = margins(leaves, leaf, top), size(changes)
    return np.divide(rise, unsure, out=np.full_like(rise, np.inf), where=unsure > 0.0), top


def near_misses(build: Build, ends: Ends, light: bool, windows: Windows) -> tuple[NearMiss, ...]:
    """The windows that a condition has not, but has with a probability of 0.1 % or more.

    windows : those that it has, in the span they were searched in

    Every leaf is relaxed by three of its standard deviations, and the condition searched once more. Raises `SimError`
    where nobody has counted the errors of an end: then no window has a probability.
    """
    for name, end in ends.items():
        if why := uncounted(end):
            unknown = f"how far {name} may be off is unknown: {why}"
            raise SimError(f"near misses: {unknown}. Declare [spacecraft.{name}.sigma]")
    span, condition = windows.span, build(ends, light)
    leaves, eased = condition.leaves(), []
    t = np.linspace(span.start, span.end, _PROBES)
    for number, leaf in enumerate(leaves):
        _, changes, _ = effects(build, ends, light, np.full(len(t), number), t)
        eased.append(replace(leaf, limit=leaf.limit - leaf.sign * LINEAR * float(np.max(size(changes)))))
    wide = every(eased).windows(span)
    found = []
    for bounds in wide.bounds:
        if np.any((windows.bounds[:, 0] < bounds[1]) & (windows.bounds[:, 1] > bounds[0])):
            continue
        many = np.arange(len(leaves))
        at = _LOOKS * (bounds[1] - bounds[0]) + bounds[0]
        times = np.tile(at, (len(many), 1))
        _, changes, _ = effects(build, ends, light, many.repeat(len(at)), times.ravel())
        with np.errstate(divide="ignore", invalid="ignore"):
            high = margins(leaves, many, times) / size(changes).reshape(times.shape)
        best = int(np.argmax(high.min(axis=0)))
        worst = int(np.argmin(high[:, best]))
        near = bounds if not 0 < best < len(at) - 1 else at[[best - 1, best + 1]]
        rise, time = heights(build, ends, light, np.array([worst]), near[None])
        if abs(rise[0]) < LINEAR:
            found.append(NearMiss(float(time[0]), min(0.5, normal(float(rise[0]))), leaves[worst].name))
    return tuple(found)


def error_notes(ends: Ends, span: Span, seconds: Mapping[str, float]) -> Iterator[str]:
    """What the age of orbits, and the Earth's rotation beyond what is measured, are worth, in words.

    seconds : the most that each source moves an edge by, at one standard deviation; NaN where that is not known
    """
    for own, end in ends.items():
        if isnan(seconds.get(error_name(own, NOT_COUNTED), 0.0)):
            yield f"{own}: ± unknown for edges that feel its orbit: {uncounted(end)}"
        parts = [part.trajectory for part in end.parts]
        for deviation in chain(*(part.deviations for part in parts if isinstance(part, Sampled))):
            moved = seconds.get(error_name(own, deviation.name), 0.0)
            if deviation.growth_km_s and moved >= NOTED_S:
                days = max(abs(deviation.growth_days(np.array([span.start, span.end]))))
                told = f"{own}: {deviation.name}, up to {days:.1f} days"
                yield f"{told}, is worth up to {_seconds(moved)} of an edge (1 sigma)"
    if (moved := seconds.get(UT1, 0.0)) >= NOTED_S:
        known = utc(earth_orientation().measured_until, 0)[:10]
        unsure = float(ut1_sigma_s(np.asarray(span.end)))
        yield (
            f"the Earth's rotation is measured until {known}: at the end UT1 is unsure by {_seconds(unsure)}, "
            f"worth up to {_seconds(moved)} of an edge (1 sigma)"
        )


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 100.0 else f"{value / 60.0:.0f} min"


def size(changes: Array) -> Array:
    """Root of the sum of squares over the sources: (n, k) → (n,)."""
    root: Array = np.sqrt(np.sum(changes * changes, axis=-1))
    return root


def unknown(moves: Mapping[str, float] | None) -> bool:
    """Whether an edge feels an orbit whose errors nobody has counted."""
    return moves is not None and any(isnan(x) for x in moves.values())


def briefly(seconds: Array, sigma_s: Array) -> NDArray[np.bool_]:
    """Which windows or gaps (n,) are so short against what is not known of their edges (n, 2) that they may not exist.

    An edge whose standard deviation is not known (NaN) does not count.
    """
    most = np.max(np.where(np.isnan(sigma_s), 0.0, sigma_s), axis=1, initial=0.0)
    brief: NDArray[np.bool_] = ~(seconds > _BRIEF * most)
    return brief


def normal(x: float) -> float:
    """The normal distribution's share below x."""
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def _on_earth(trajectory: Trajectory) -> bool:
    if trajectory.in_parts:
        return any(_on_earth(part.trajectory) for part in trajectory.parts)
    return isinstance(trajectory, Site) and trajectory.body == "earth"
