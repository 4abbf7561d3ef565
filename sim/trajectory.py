"""What everything that has a position offers, and how light goes from one to another.

A station, a lander, a planet and a spacecraft are all trajectories: there is one kind of link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.geometry import SPEED_OF_LIGHT_KM_S, dot, length
from sim.time import Span, instants

Array = NDArray[np.float64]

Basis = Literal["definitive", "reconstructed", "predicted", "unsourced", "designed"]
"""Where a trajectory comes from, best first; a hop or route is as good as the worst of its ends."""

BASES: tuple[Basis, ...] = ("definitive", "reconstructed", "predicted", "unsourced", "designed")

LIGHT_TIME_PAD_S = 3600.0
"""How far outside a span a trajectory must be known, so that light that arrives in the span has left somewhere."""


CLOSED_FORM_S = 1e-3
"""Over so short a time motion is straight: a low lunar orbit leaves its tangent by 1 nm, and by 1 µm/s."""

BRIEF_S = 2.0
"""While light takes no longer, a planet's velocity is taken as constant: the Earth's way then bends by 12 mm."""

_STRIDE = 4


@dataclass(frozen=True)
class State:
    """Position (…, 3) km and velocity (…, 3) km/s: ICRF axes, origin at the solar-system barycenter."""

    position: Array
    velocity: Array


class Limit(Protocol):
    """What an end asks of a line of sight."""

    @property
    def kind(self) -> str: ...

    def condition(self, sight: Any, own: Trajectory) -> Any:
        """The condition that a sight of `own` must fulfil."""


class Trajectory(Protocol):
    """Where something is, at any time.

    Times are anything that `sim.tdb` takes: (…) of them, in TDB seconds where they are plain numbers.
    """

    @property
    def name(self) -> str: ...
    @property
    def basis(self) -> Basis: ...
    @property
    def limits(self) -> tuple[Any, ...]:
        """What it asks of a line of sight."""
    @property
    def center(self) -> str:
        """The body it stands on or moves about; a body's own name for a body."""
    @property
    def ephemeris(self) -> str:
        """Which ephemeris it moves in."""
    @property
    def pace_s(self) -> float:
        """Time in which its direction turns by about half, at its quickest."""
    @property
    def stride_s(self) -> float:
        """The same on average: longer on an eccentric orbit."""

    def state(self, t: Any) -> State:
        """Where it is and how it moves at TDB seconds (…)."""
    def position(self, t: Any) -> Array:
        """(…, 3) km, ICRF axes, SSB, at TDB seconds (…)."""
    def position_from(self, center: Any, t: Any) -> Array:
        """(…, 3) km from a body's center at the same time, without the detour over the barycenter."""
    def state_from(self, center: Any, t: Any) -> State:
        """The same with the velocity."""
    def breaks(self, span: Span) -> Array:
        """Times in the span at which its motion is not smooth."""
    def over(self, span: Span) -> Trajectory:
        """Ready to be asked anywhere in the span and an hour around it; an orbit to be integrated is, once, here."""


@dataclass(frozen=True)
class Ray:
    """Light that arrives at an end at given times: both ends, each at its own time.

    received, sent   : (…) TDB s; with geometric geometry both are the same
    end, start       : State of the receiving end then, and of the sending end when it sent
    light_time       : (…) s
    """

    received: Array
    sent: Array
    start: State
    end: State
    light_time: Array

    @property
    def distance(self) -> Array:
        return length(self.start.position - self.end.position)


def ray(start: Trajectory, end: Trajectory, t: Any, light: bool = True) -> Ray:
    """The light from `start` that arrives at `end` at TDB seconds t (…).

    light : whether light takes time; without, both ends are taken at t

    Light time is solved by Newton's steps, the last of them in closed form: good to a nanosecond. The relativistic
    delay (0.02 km at most in the Earth–Moon system) is left out. Source: IERS Conventions (2010), §11.
    """
    t = instants(t)
    here = end.state(t)
    if not light:
        return Ray(t, t, start.state(t), here, np.zeros_like(t))
    delay = length(start.position(t) - here.position) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # what is left of it in the digits of a time
        there = start.state(sent)
        line = there.position - here.position
        distance = length(line)
        receding = dot(line, there.velocity) / (distance * SPEED_OF_LIGHT_KM_S)
        step = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + receding)
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    there = State(there.position - there.velocity * step[..., None], there.velocity)
    return Ray(t, t - delay, there, here, delay)


def arrival(start: Trajectory, end: Trajectory, sent: Any) -> Array:
    """When light that leaves `start` at TDB seconds (…) arrives at `end`."""
    left = instants(sent)
    from_here = start.position(left)
    delay = length(end.position(left) - from_here) / SPEED_OF_LIGHT_KM_S
    for _ in range(10):
        new = length(end.position(left + delay) - from_here) / SPEED_OF_LIGHT_KM_S
        settled = np.max(np.abs(new - delay), initial=0.0) < 1e-9
        delay = new
        if settled:
            break
    return left + delay


@dataclass(frozen=True)
class _OnAndOn:
    """An orbit that goes straight on where its data end.

    Where light is looked for that left, or arrives, after data end, the first guesses ask for a place there. Nothing of
    it comes into an answer.
    """

    orbit: Trajectory
    start: float
    end: float

    def position(self, t: Any) -> Array:
        t = instants(t)
        inside = np.clip(t, self.start, self.end)
        if np.array_equal(inside, t):
            return self.orbit.position(t)
        state = self.orbit.state(inside)
        beyond: Array = state.position + (t - inside)[..., None] * state.velocity
        return beyond


def on_and_on(end: Any) -> Any:
    """An end that `arrival` may ask for its place at any time."""
    start, last = asked_for(end)
    return end if start == -np.inf else _OnAndOn(end, start, last)


def asked_for(end: Any) -> tuple[float, float]:
    """From when to when an end without phases may be asked: for ever, but for an orbit."""
    pieces = getattr(end, "pieces", None)
    return (-np.inf, np.inf) if pieces is None else (pieces.start, pieces.end)


def sourced(basis: Basis, source: str) -> Basis:
    """A basis, if anybody answers for it: without a source nothing is definitive."""
    return "unsourced" if basis == "definitive" and not source.strip() else basis


def worst_basis(trajectories: Any) -> Basis:
    """The weakest basis among trajectories: a chain is as sure as its least sure link."""
    return BASES[max((BASES.index(x.basis) for x in trajectories), default=0)]


class Carrier(Trajectory, Protocol):
    """A body that carries sites."""

    def velocity(self, t: Any) -> Array: ...


def retarded(target: Trajectory, center: Carrier, t: Array) -> tuple[Array, Array, Array, Array]:
    """Light that arrives at a body's center, as `ray` has it, but free of the barycenter's large numbers.

    t       : (n,) TDB s
    returns : line from the center to where the target was (n, 3) km; the target's velocity then and the center's now,
              relative to the SSB (n, 3) km/s; light time (n,) s

    The center's own way while the light is on it is its mean velocity times that time: good to a millimeter for 20
    minutes of light.
    """
    own = center.velocity(t)
    delay = _first_guess(target, center, t)
    for _ in range(10):
        sent = t - delay
        delay = t - sent  # what is left of it in the digits of a time: without this, positions jump by a millimeter
        before = own if np.max(delay, initial=0.0) < BRIEF_S else center.velocity(sent)
        there = target.state_from(center, sent)
        line = there.position - 0.5 * delay[:, None] * (own + before)
        velocity = there.velocity + before
        distance = length(line)
        step = (distance / SPEED_OF_LIGHT_KM_S - delay) / (1.0 + dot(line, velocity) / (distance * SPEED_OF_LIGHT_KM_S))
        delay = delay + step
        if np.max(np.abs(step), initial=0.0) < CLOSED_FORM_S:
            break
    return line - step[:, None] * velocity, velocity, own, delay


def _first_guess(target: Trajectory, center: Trajectory, t: Array) -> Array:
    """Light times (n,) s without the motion meanwhile; of many times in order, every fourth, and lines between them."""
    if len(t) > 64 and np.all(t[_STRIDE::_STRIDE] > t[:-_STRIDE:_STRIDE][: len(t[_STRIDE::_STRIDE])]):
        some = np.append(t[::_STRIDE], t[-1])
        return np.interp(t, some, length(target.position_from(center, some)) / SPEED_OF_LIGHT_KM_S)
    return length(target.position_from(center, t)) / SPEED_OF_LIGHT_KM_S
