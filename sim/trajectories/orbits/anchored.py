"""A lunar orbit known at another date, propagated to the time of interest and fitted to dated facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import erfa
import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from sim.core.chebyshev import Pieces, joined
from sim.core.errors import PropagationError
from sim.core.geometry import SPEED_OF_LIGHT_KM_S, length, squared_distance_to_segment
from sim.core.model import Degrees, Epoch, Kilograms, Listed, Meters, Model, PositionKm, SquareMeters, Text, VelocityKmS
from sim.core.time import Span, utc
from sim.data import orbit_store
from sim.data.orbit_store import Arrays
from sim.trajectories.bodies import frames
from sim.trajectories.bodies.body import EARTH, MOON, body
from sim.trajectories.orbits import flown
from sim.trajectories.orbits.numerical import Numerical
from sim.trajectories.orbits.orbit import Orbit
from sim.trajectories.trajectory import LIGHT_TIME_PAD_S, Basis

if TYPE_CHECKING:  # it loads numba
    from sim.trajectories.dynamics.forces import Forces

Array = NDArray[np.float64]

Freedom = Literal["phase", "period", "node", "inclination"]

CONTRADICTION = 3.0
"""Facts with residuals above this many `within_s` contradict each other."""

_STEPS = {"phase": 1.0, "period": 1e-6, "node": 1e-5, "inclination": 1e-5}  # s, km/s, rad, rad
_UNITS = {"phase": ("s", 1.0), "period": ("mm/s along the track", 1e6), "node": ("deg", 180.0 / np.pi),
          "inclination": ("deg", 180.0 / np.pi)}  # fmt: skip
_ROUNDS = 12
_SETTLED_S = 1e-4
_SERVING = 0.1


class Fact(Model):
    """An event at a known time: the passage of a place, perilune, or acquisition or loss of signal.

    abeam    : it passed a place on the Moon, perpendicular to its track
    perilune : it was nearest to the Moon
    acquired : it came into view of a place (above its horizon, from behind the Moon)
    lost     : it went out of view
    """

    event: Literal["abeam", "perilune", "acquired", "lost"]
    at: Epoch
    """time of the event; for acquired and lost the time of reception"""
    within_s: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """standard deviation of the time"""
    body: Literal["earth", "moon"] = "moon"
    """body of the place"""
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[Degrees, Field(ge=-180, le=360)] | None = None
    height_m: Annotated[Meters, Field(ge=-12_000, le=100_000)] = 0.0
    horizon_deg: Annotated[Degrees, Field(ge=-90, le=90)] = 0.0
    """of the place"""
    source: Text = ""

    @model_validator(mode="after")
    def _placed(self) -> Fact:
        placed = self.latitude_deg is not None and self.longitude_deg is not None
        if self.event == "perilune" and (self.latitude_deg is not None or self.longitude_deg is not None):
            raise ValueError("a perilune has no place. Leave out latitude_deg and longitude_deg")
        if self.event != "perilune" and not placed:
            raise ValueError(f"{self.event!r} needs a place: latitude_deg and longitude_deg")
        if self.event == "abeam" and self.body != "moon":
            raise ValueError("'abeam' needs a place on the moon")
        return self

    def __str__(self) -> str:
        return f"{self.event!r} at {utc(self.at, 0)}"

    def margin(self, path: Pieces, ephemeris: str, t: Array) -> Array:
        """(n,) a number that rises through zero at the event, for an orbit about the Moon at TDB seconds (n,)."""
        position, velocity = path.both(t)
        if self.event == "perilune":
            rising: Array = np.einsum("ni,ni->n", position, velocity)
            return rising
        place, up = self._place(ephemeris, t)
        if self.event == "abeam":
            passed = np.einsum("ni,ni->n", position - place, velocity) / length(velocity)
            over = np.einsum("ni,ni->n", position, up) > 0.0  # not on the other side of the Moon
            abeam: Array = np.where(over, passed, np.nan)
            return abeam
        delay = length(position - place) / SPEED_OF_LIGHT_KM_S if self.body == "earth" else np.zeros_like(t)
        sent = np.clip(t - delay, path.start, path.end)
        line = path(sent) - place
        above = np.arcsin(np.einsum("ni,ni->n", line, up) / length(line)) - np.deg2rad(self.horizon_deg)
        if self.body == "earth":
            clear = np.sqrt(squared_distance_to_segment(place, place + line, np.zeros(3))) - MOON.equatorial_radius_km
            above = np.minimum(above, clear / MOON.equatorial_radius_km)
        seen: Array = above if self.event == "acquired" else -above
        return seen

    def _place(self, ephemeris: str, t: Array) -> tuple[Array, Array]:
        """Position of the place about the Moon, and its zenith: (n, 3) km and unit vectors, ICRF axes."""
        assert self.latitude_deg is not None and self.longitude_deg is not None
        longitude, latitude = np.deg2rad(self.longitude_deg), np.deg2rad(self.latitude_deg)
        up = np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])
        if self.body == "moon":
            upward = np.einsum("nji,j->ni", frames.moon_me(t), up)
            return (MOON.equatorial_radius_km + self.height_m / 1000.0) * upward, upward
        turn = frames.itrs(t)
        fixed = erfa.gd2gc(1, longitude, latitude, self.height_m) / 1000.0
        earth = body(EARTH.name, ephemeris).position_from(body("moon", ephemeris), t)
        return earth + np.einsum("nji,j->ni", turn, fixed), np.einsum("nji,j->ni", turn, up)

    def late_s(self, path: Pieces, ephemeris: str, period_s: float) -> float:
        """Delay of the event on an orbit, s: the nearest within half a revolution; NaN if there is none."""
        t = self.at + np.linspace(-0.55, 0.55, 1201) * period_s
        t = t[(t > path.start + 5.0) & (t < path.end - 5.0)]
        margin = self.margin(path, ephemeris, t)
        crossed = np.flatnonzero((margin[:-1] < 0.0) & (margin[1:] >= 0.0))
        if not len(crossed):
            return float("nan")
        best = crossed[np.argmin(np.abs(t[crossed] - self.at))]
        low, high = float(t[best]), float(t[best + 1])
        for _ in range(40):
            middle = 0.5 * (low + high)
            below = self.margin(path, ephemeris, np.array([middle]))[0] < 0.0
            low, high = (middle, high) if below else (low, middle)
        return 0.5 * (low + high) - self.at


@dataclass(frozen=True, eq=False)
class Fit:
    """The result of a fit.

    epoch, state : TDB s; (6,) km, km/s about the Moon, ICRF axes
    found        : fitted changes by name, with their standard deviations: s, km/s, rad
    late_s       : residual of each fact
    """

    epoch: float
    state: Array
    found: dict[str, tuple[float, float]]
    late_s: tuple[float, ...]
    before_s: tuple[float, ...]


class Anchored(Orbit):
    """A state of another date, propagated to dated facts under all forces, and fitted to them by least squares.

    Each fact determines one number: two facts give phase and period, and leave the plane and the shape as in the given
    state. Maneuvers in between (momentum unloads, burns) are not modeled: the fit absorbs them near the facts, and far
    from them the orbit is off by minutes. run.json lists the residuals and the elements that were not fitted.
    """

    kind: Literal["anchored"] = "anchored"
    center: Literal["moon"] = "moon"
    epoch: Epoch
    """of the state"""
    position_km: PositionKm
    velocity_km_s: VelocityKmS
    facts: Annotated[tuple[Fact, ...], Listed, Field(min_length=1)]
    fit: Annotated[tuple[Freedom, ...], Listed, Field(min_length=1)] = ("phase", "period")
    """what is fitted: phase (along-track time), period (along-track speed), node, inclination"""
    gravity_degree: Annotated[int, Field(ge=2, le=150)] = 70
    """degree and order of the field GRGM1200A"""
    mass_kg: Annotated[Kilograms, Field(gt=0)] | None = None
    area_m2: Annotated[SquareMeters, Field(gt=0)] | None = None
    """cross-section toward the Sun; with mass_kg, enables radiation pressure"""
    reflectivity: Annotated[float, Field(ge=0, le=3)] = 1.0
    """radiation pressure coefficient: 1 absorbs, 2 reflects"""
    basis: Basis = "reconstructed"
    source: Text = ""

    is_integrated: ClassVar[bool] = True
    starts_in_the_ephemeris: ClassVar[bool] = True

    @model_validator(mode="after")
    def _determined(self) -> Anchored:
        if len(set(self.fit)) < len(self.fit):
            raise ValueError("fit contains a name twice")
        if len(self.facts) < len(self.fit):
            count = f"{len(self.facts)} fact{'s' if len(self.facts) > 1 else ''}"
            raise ValueError(
                f"{count} cannot fix {len(self.fit)} numbers ({', '.join(self.fit)}). "
                "Give more facts, or fit less"
            )
        self.numerical()  # checks the state
        return self

    def numerical(self) -> Numerical:
        """The same state without the fit."""
        names = ("epoch", "position_km", "velocity_km_s", "gravity_degree", "mass_kg", "area_m2", "reflectivity")
        return Numerical(**{name: getattr(self, name) for name in names})

    def fitted(self, ephemeris: str = "de421") -> Fit:
        """The fit. Raises `PropagationError` if the facts contradict each other."""
        return _fitted(self, ephemeris, orbit_store.is_fresh())

    def pieces(self, span: Span, ephemeris: str) -> tuple[Pieces, Array]:
        """Position about the Moon over the span, and no joins."""
        fit, wide = self.fitted(ephemeris), span.padded(LIGHT_TIME_PAD_S)
        path = _path(self.numerical().forces(ephemeris), fit.epoch, fit.state, wide.start, wide.end)
        return path.between(wide.start, wide.end), np.empty(0)

    @classmethod
    def needs_moon_rotation(cls, center: str) -> bool:
        return True

    def reference_epochs(self) -> Array:
        return np.array([self.epoch])

    def field_degree(self) -> int:
        return self.gravity_degree

    def notes(self, span: Span, ephemeris: str) -> tuple[str, ...]:
        """What was fitted, how well, and what was not: for run.json."""
        fit = self.fitted(ephemeris)
        told = []
        for name, (value, sigma) in fit.found.items():
            unit, factor = _UNITS[name]
            told.append(f"{name}: {factor * value:+.4g} {unit}, good to {factor * sigma:.2g} {unit}")
        for fact, late, before in zip(self.facts, fit.late_s, fit.before_s, strict=True):
            told.append(f"{fact}: {late:+.2f} s late, before the fit {before:+.1f} s")
        left = len(self.facts) - len(self.fit)
        spare = f"{left} facts more than numbers" if left else "as many facts as numbers, so the residuals are no check"
        kept = [name for name in _STEPS if name not in self.fit]
        told.append(f"{spare}; as at {utc(self.epoch, 0)}: {', '.join([*kept, 'shape'])}")
        return tuple(told)


@lru_cache(maxsize=64)
def _fitted(orbit: Anchored, ephemeris: str, fresh: bool) -> Fit:
    """The fit, from the store if it is there."""

    def compute() -> Arrays:
        fit = _fit(orbit, ephemeris)
        found = np.array([fit.found[name] for name in orbit.fit])
        late, before = np.array(fit.late_s), np.array(fit.before_s)
        return {"epoch": np.array(fit.epoch), "state": fit.state, "found": found, "late": late, "before": before}

    def fits(arrays: Arrays) -> bool:
        facts, shapes = (len(orbit.facts),), {name: array.shape for name, array in arrays.items()}
        return shapes == {"epoch": (), "state": (6,), "found": (len(orbit.fit), 2), "late": facts, "before": facts}

    kept = flown.once(orbit, ephemeris, ("fit",), compute, fits)
    found: dict[str, tuple[float, float]] = dict(zip(orbit.fit, map(tuple, kept["found"].tolist()), strict=True))
    late, before = tuple(kept["late"].tolist()), tuple(kept["before"].tolist())
    return Fit(float(kept["epoch"]), kept["state"], found, late, before)


def _fit(orbit: Anchored, ephemeris: str) -> Fit:
    """Gauss–Newton iteration with Broyden's updates, weighted by the standard deviations of the facts.

    Source: Broyden (1965), Mathematics of Computation 19, 577, doi:10.1090/S0025-5718-1965-0198670-6.
    """
    from sim.trajectories.dynamics.integrate import propagate

    forces = orbit.numerical().forces(ephemeris)
    first, last = min(fact.at for fact in orbit.facts), max(fact.at for fact in orbit.facts)
    reference = first if orbit.epoch < first else last if orbit.epoch > last else orbit.epoch
    state = np.array([*orbit.position_km, *orbit.velocity_km_s])
    axis = 1.0 / (2.0 / np.linalg.norm(state[:3]) - state[3:] @ state[3:] / MOON.gm_km3_s2)
    if axis <= 0.0:
        raise PropagationError("the orbit is not bound to the Moon: expected the state of a lunar orbiter")
    period = float(2.0 * np.pi * np.sqrt(axis**3 / MOON.gm_km3_s2))
    room = 1.2 * period
    around = [orbit.epoch, reference - room, reference + room]
    legs = [propagate(forces, orbit.epoch, state, t) for t in (min(around), max(around)) if t != orbit.epoch]
    carried = joined(sorted(legs, key=lambda leg: leg.start)).both
    weights = np.array([1.0 / fact.within_s for fact in orbit.facts])

    def late(numbers: Array) -> Array:
        changed = _changed(carried, reference, orbit.fit, numbers)
        path = _path(forces, reference, changed, first - room, last + room)
        return np.array([fact.late_s(path, ephemeris, period) for fact in orbit.facts])

    numbers = np.zeros(len(orbit.fit))
    before = found = late(numbers)
    scale = np.array([_STEPS[name] for name in orbit.fit])
    slopes, worst_before = np.zeros((len(found), len(numbers))), np.inf
    for _ in range(_ROUNDS):
        _must_happen(orbit, found)
        worst = float(np.max(np.abs(found)))
        if worst > _SERVING * worst_before or not slopes.any():  # else they still serve
            for k, step in enumerate(scale):
                nudge = np.zeros(len(numbers))
                nudge[k] = step
                slopes[:, k] = late(numbers + nudge) - found  # by steps of `scale`
            _must_happen(orbit, slopes.sum(axis=1))
        change = -np.linalg.lstsq(weights[:, None] * slopes, weights * found, rcond=1e-12)[0]
        if np.max(np.abs(slopes @ change)) < _SETTLED_S:
            break
        worst_before, predicted = worst, found + slopes @ change
        numbers = numbers + scale * change
        found = late(numbers)
        slopes += np.outer(found - predicted, change) / (change @ change)  # Broyden's update
    slopes = slopes / scale
    _must_happen(orbit, found)
    worst = int(np.argmax(np.abs(found) * weights))
    if abs(found[worst]) > CONTRADICTION * orbit.facts[worst].within_s:
        raise PropagationError(
            f"the facts contradict each other: {orbit.facts[worst]} comes {found[worst]:+.0f} s late at best, "
            f"expected within {CONTRADICTION:g} × {orbit.facts[worst].within_s:g} s. Check its time and place, "
            "or fit more"
        )
    spread = np.sqrt(np.diag(np.linalg.pinv((weights[:, None] * slopes).T @ (weights[:, None] * slopes))))
    values = dict(zip(orbit.fit, zip(numbers.tolist(), spread.tolist(), strict=True), strict=True))
    changed = _changed(carried, reference, orbit.fit, numbers)
    return Fit(reference, changed, values, tuple(found.tolist()), tuple(before.tolist()))


def _must_happen(orbit: Anchored, late: Array) -> None:
    missing = np.flatnonzero(~np.isfinite(late))
    if len(missing):
        raise PropagationError(
            f"{orbit.facts[missing[0]]} does not happen on this orbit within half a revolution. "
            "Check its time and place, or at the orbit's plane"
        )


def _changed(
    carried: Callable[[Array], tuple[Array, Array]], reference: float, fit: tuple[Freedom, ...], numbers: Array
) -> Array:
    """The propagated state with its changes, (6,) km, km/s at the reference."""
    change = dict(zip(fit, numbers, strict=True))
    position, velocity = carried(np.asarray(reference - change.get("phase", 0.0)))
    velocity = velocity * (1.0 + change.get("period", 0.0) / np.linalg.norm(velocity))
    turn = np.eye(3)
    axes = frames.moon_me(np.asarray(reference))
    if "inclination" in change:
        momentum = np.cross(position, velocity)
        node = np.cross(axes[2], momentum)
        turn = _about(node / np.linalg.norm(node), change["inclination"])
    if "node" in change:
        turn = _about(axes[2], change["node"]) @ turn
    return np.concatenate((turn @ position, turn @ velocity))


def _about(axis: Array, angle: float) -> Array:
    """Rotation of vectors about an axis. Source: Rodrigues' formula."""
    cross = np.array([[0.0, -axis[2], axis[1]], [axis[2], 0.0, -axis[0]], [-axis[1], axis[0], 0.0]])
    turn: Array = np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * cross @ cross
    return turn


def _path(forces: Forces, epoch: float, state: Array, start: float, end: float) -> Pieces:
    """Propagate a state backward and forward in time; two legs at a time."""
    from concurrent.futures import ThreadPoolExecutor

    from sim.trajectories.dynamics.integrate import propagate

    ends = (min(start, epoch - 60.0), max(end, epoch + 60.0))
    with ThreadPoolExecutor(max_workers=2) as pool:
        return joined(list(pool.map(partial(propagate, forces, epoch, state), ends)))
