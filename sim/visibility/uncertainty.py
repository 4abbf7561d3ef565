"""Uncertainty of edges: independent errors of ends and of the Earth's rotation, propagated to window edges.

A source of error is a perturbation of one standard deviation: of an orbit (`Sampled.deviations`), of a site's place and
horizon (`Site.errors`), of the Earth's rotation, which all its sites share, of the Moon's limb. It changes the margin
that is zero at an edge; the change divided by the rate of the margin is the shift of the edge. The root sum of squares
is the standard deviation of the edge. `off` is a perturbed end, `drawn` a whole set of ends perturbed at random.

Edges of limits of time are those of a clock: no source moves them, except by the light time to the receiver.

Errors of some orbits are unknown, such as a designed one, whose phase is a choice. An edge that depends on such an
orbit has no standard deviation, and its window no probability: both are None, which is not 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from math import erf, isnan, sqrt

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
from sim.visibility.edge_columns import SHOWN
from sim.visibility.hops import Between
from sim.visibility.sight import Clearance

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Ends = Mapping[str, Trajectory]
Build = Callable[[Ends, bool], Condition]
"""A condition of some ends, with or without the time that light takes."""
Rising = Callable[[Array], Array]

NOTED_S = 0.1
"""Smallest shift of an edge (s) for which a source gets a note."""

UT1, LIGHT, RELIEF = "UT1", "light time", "lunar relief"
"""The sources that belong to no end."""

LINEAR = 3.0
"""Smallest maximum of a margin, in standard deviations, for linear theory to be valid at its edges."""

FELT_S = 1e-3
"""An edge does not depend on an orbit with unknown errors if a shift of 10 km moves it by less than this (s)."""

_STEP = 0.02  # of a standard deviation: small against all geometry, large against rounding
_RATE_S = 0.1  # over which a margin's rate is taken
_BRIEF = 24.0  # standard deviations of its edges: a longer window's margin reaches six of its own
_PROBES = 257  # times at which the standard deviations of margins are computed
_LOOKS, _ROUNDS = np.linspace(0.0, 1.0, 9), 8  # a quarter each time: an hour's highest point to 60 ms


@dataclass(frozen=True)
class Uncertainty:
    """The uncertainty of one window.

    start_sigma_s, end_sigma_s     : standard deviations of its edges; None where the span or missing data made the
                                     edge, and where they are not known
    probability                    : that it exists at all; of a long window 1; None where it is not known
    start_linear, end_linear       : whether linear theory holds, and so the standard deviations: not where the window,
                                     or the gap beside it, might as well not exist
    start_effects_s, end_effects_s : shift due to one standard deviation of every source, with its sign; NaN for unknown
                                     errors
    unknown                        : the ends with unknown errors on which this depends
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
        """Values for tables: standard deviations to three digits, the probability to four; None if unknown."""
        return {name: None if (x := getattr(self, name)) is None else shown(x) for name, shown in SHOWN.items()}


@dataclass(frozen=True)
class NearMiss:
    """A window that the nominal search does not have, but that may exist.

    time        : TDB s at which it is closest to existing
    probability : that it exists; at most 0.5
    limit       : the text of the limit that prevents it
    """

    time: float
    probability: float
    limit: str

    def __str__(self) -> str:
        return f"{utc(self.time, 0)}: {100.0 * self.probability:.1f} % for {self.limit}"


def error_name(end: str, error: str) -> str:
    """The name of an error of an end among those of all ends."""
    return f"{end}: {error}"


def errors(trajectory: Trajectory) -> tuple[str, ...]:
    """The names of the known independent errors of an end; a body has none."""
    if trajectory.in_parts:
        return tuple(dict.fromkeys(name for part in trajectory.parts for name in errors(part.trajectory)))
    if isinstance(trajectory, Site):
        return tuple(trajectory.errors)
    return tuple(each.name for each in trajectory.deviations if each.counted) if isinstance(trajectory, Sampled) else ()


def uncounted(trajectory: Trajectory) -> str:
    """A sentence on why the errors of an end are unknown; empty if they are known."""
    parts = [part.trajectory for part in trajectory.parts]
    return "; ".join(dict.fromkeys(part.uncounted for part in parts if isinstance(part, Sampled) and part.uncounted))


def error_sizes(trajectory: Trajectory) -> dict[str, str]:
    """The independent errors of an end with their sizes, as text; "unknown" and the reason if they are not known."""
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
    """An end displaced by its errors, given by name in standard deviations.

    ut1_s : error of UT1, as extra time of rotation of the Earth
    """
    if trajectory.in_parts and not isinstance(trajectory, Site):
        return trajectory.each(lambda part: off(part, amounts, ut1_s))
    if isinstance(trajectory, Site):
        turned_deg = float(np.rad2deg(EARTH_SPIN_RAD_S * ut1_s)) if trajectory.body == "earth" else 0.0
        return trajectory.off(amounts, turned_deg)
    return perturbed.off(trajectory, amounts) if isinstance(trajectory, Sampled) else trajectory


def drawn(ends: Ends, random: np.random.Generator, span: Span) -> dict[str, Trajectory]:
    """The ends of a scenario, over a span, with all their errors drawn at random: one unit normal each."""
    names = [UT1, *(error_name(name, error) for name, end in ends.items() for error in errors(end))]
    return drawn_as(ends, {name: float(random.standard_normal()) for name in names}, span)


def drawn_as(ends: Ends, amounts: Mapping[str, float], span: Span) -> dict[str, Trajectory]:
    """The ends of a scenario, over a span, with given errors in standard deviations.

    amounts : of errors "end: error", and of UT1: the error of the Earth's rotation is the same for all its sites, with
              the standard deviation of the middle of the span
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
    """Changes of margins due to one standard deviation of every source.

    build   : makes the condition from ends, the same leaves in the same order; quickest of a hop (`hops.Between`)
    leaf, t : (n,) which of the condition's leaves, and TDB s
    central : use central differences, needed at the maximum of a margin; one-sided ones are enough at an edge
    returns : names of the sources (k,); changes (n, k) and the margin's own rate per second (n,), in its unit

    For an end with unknown errors the change is NaN if the margin depends on it, and 0 if not.
    """
    names: list[str] = []
    changes: list[Array] = []
    near = build.near(ends, light, t) if isinstance(build, Between) else lambda moved: build(moved, light)
    leaves = near(ends).leaves()
    plain = margins(leaves, leaf, t)
    rate = (margins(leaves, leaf, t + _RATE_S) - plain) / _RATE_S

    def margin(moved: Ends) -> Array:
        return margins(near(moved).leaves(), leaf, t)

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
        changes.append(margins(build(ends, True).leaves(), leaf, t) - plain)
    if np.any(relief := np.array([_relief_km(each) for each in leaves])[leaf]):
        names.append(RELIEF)
        changes.append(relief)
    return tuple(names), np.stack(changes, axis=-1) if changes else np.zeros((len(t), 0)), rate


def _relief_km(leaf: Positive) -> float:
    """Change of a margin if the limb is one standard deviation higher; 0 unless it is a clearance of the Moon."""
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
    """Shifts of edges due to every source, from the changes (n, k) and rates (n,) of `effects`: (n, k) s."""
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds: Array = np.where(changes == 0.0, 0.0, -changes / rate[:, None])
    return seconds


def heights(
    build: Build, ends: Ends, light: bool, leaf: Index, bounds: Array, rising: Rising | None = None
) -> tuple[Array, Array]:
    """Maxima of margins in standard deviations, and their times.

    bounds  : (n, 2) TDB s; leaf : (n,)
    rising  : what rises and falls with the margins and costs less, by times (n, k)
    returns : (n,) margin over its standard deviation; (n,) TDB s
    """
    leaves = build(ends, light).leaves()
    rising = rising or (lambda t: margins(leaves, leaf, t))
    start, end = bounds[:, 0], bounds[:, 1]
    for _ in range(_ROUNDS):
        t = start[:, None] + (end - start)[:, None] * _LOOKS
        best = np.argmax(rising(t), axis=1)
        middle = np.clip(best, 1, len(_LOOKS) - 2)
        rows = np.arange(len(t))
        start, end = t[rows, middle - 1], t[rows, middle + 1]
    top = t[rows, best]
    _, changes, _ = effects(build, ends, light, leaf, top)
    rise, unsure = margins(leaves, leaf, top), size(changes)
    return np.divide(rise, unsure, out=np.full_like(rise, np.inf), where=unsure > 0.0), top


def near_misses(build: Build, ends: Ends, light: bool, windows: Windows) -> tuple[NearMiss, ...]:
    """Windows that a condition does not have, but that exist with a probability of 0.1 % or more.

    windows : those that it has, with the span of their search

    Every leaf is relaxed by three of its standard deviations, and the condition is searched once more. Raises
    `SimError` if the errors of an end are unknown: then no window has a probability.
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
    """Sentences on the effects of the age of orbits and of the predicted rotation of the Earth.

    seconds : the largest shift of an edge due to each source, at one standard deviation; NaN if unknown
    """
    for own, end in ends.items():
        if isnan(seconds.get(error_name(own, NOT_COUNTED), 0.0)):
            yield f"{own}: ± unknown for edges that depend on its orbit: {uncounted(end)}"
        parts = [part.trajectory for part in end.parts]
        for deviation in chain(*(part.deviations for part in parts if isinstance(part, Sampled))):
            moved = seconds.get(error_name(own, deviation.name), 0.0)
            if deviation.growth_km_s and moved >= NOTED_S:
                days = max(abs(deviation.growth_days(np.array([span.start, span.end]))))
                source = f"{own}: {deviation.name}, up to {days:.1f} days"
                yield f"{source}: window edges shift by up to {_seconds(moved)} (1σ)"
    if (moved := seconds.get(UT1, 0.0)) >= NOTED_S:
        known = utc(earth_orientation().measured_until, 0)[:10]
        sigma_s = float(ut1_sigma_s(np.asarray(span.end)))
        yield (
            f"the Earth's rotation is measured until {known}; at the end of the span UT1 is uncertain by "
            f"{_seconds(sigma_s)}: window edges shift by up to {_seconds(moved)} (1σ)"
        )


def _seconds(value: float) -> str:
    return f"{value:.2g} s" if value < 100.0 else f"{value / 60.0:.0f} min"


def size(changes: Array) -> Array:
    """Root of the sum of squares over the sources: (n, k) → (n,)."""
    root: Array = np.sqrt(np.sum(changes * changes, axis=-1))
    return root


def unknown(moves: Mapping[str, float] | None) -> bool:
    """Whether an edge depends on an orbit with unknown errors."""
    return moves is not None and any(isnan(x) for x in moves.values())


def briefly(seconds: Array, sigma_s: Array) -> NDArray[np.bool_]:
    """Which windows or gaps (n,) may not exist, given the standard deviations of their edges (n, 2).

    Edges with unknown standard deviations (NaN) are ignored.
    """
    most = np.max(np.where(np.isnan(sigma_s), 0.0, sigma_s), axis=1, initial=0.0)
    brief: NDArray[np.bool_] = ~(seconds > _BRIEF * most)
    return brief


def normal(x: float) -> float:
    """The normal distribution function."""
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def _on_earth(trajectory: Trajectory) -> bool:
    if trajectory.in_parts:
        return any(_on_earth(part.trajectory) for part in trajectory.parts)
    return isinstance(trajectory, Site) and trajectory.body == "earth"
