"""What everything that has a position offers, and how light goes from one to another.

A station, a lander, a planet and a spacecraft are all trajectories: there is one kind of link.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span, instant, instants

Array = NDArray[np.float64]

Basis = Literal["definitive", "reconstructed", "predicted", "unsourced", "designed"]
"""Where a trajectory comes from, best first; a hop or route is as good as the worst of its ends."""

BASES: tuple[Basis, ...] = ("definitive", "reconstructed", "predicted", "unsourced", "designed")

LIGHT_TIME_PAD_S = 3600.0
"""How far outside a span a trajectory must be known, so that light that arrives in the span has left somewhere."""

AROUND_S = 0.5 * LIGHT_TIME_PAD_S
"""How far around the span phases are looked for: light that arrives in it may have left before."""


@dataclass(frozen=True)
class State:
    """Position (…, 3) km and velocity (…, 3) km/s: ICRF axes, origin at the solar-system barycenter."""

    position: Array
    velocity: Array


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

    @property
    def in_parts(self) -> bool:
        """Whether it is made of others, one after another, and unknown in gaps between them."""
    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts that it is made of, in order of time; itself, for ever, if it is known at all times."""
    def covers(self, t: Any) -> NDArray[np.bool_]:
        """Whether it is known at TDB seconds (…)."""
    def parts_between(self, start: Any, end: Any) -> tuple[Trajectory, ...]:
        """What it is between two instants: one of its parts, several, or in a gap none."""
    def each(self, change: Callable[[Trajectory], Trajectory]) -> Trajectory:
        """The same with every part changed."""


@dataclass(frozen=True)
class Part:
    """One phase: from start to end (TDB s) the spacecraft moves like this trajectory.

    cut : whether it ends where data do: what the trajectory says beyond is only there for light under way
    reach_s : how long outside it the trajectory may be asked, since light is under way
    """

    start: float
    end: float
    trajectory: Trajectory
    cut: bool = False
    reach_s: float = LIGHT_TIME_PAD_S


class OnePart:
    """What is known at all times and of one part: the defaults of a trajectory."""

    @property
    def in_parts(self) -> bool:
        return False

    @property
    def parts(self: Trajectory) -> tuple[Part, ...]:
        return (Part(-np.inf, np.inf, self),)

    def covers(self, t: Any) -> NDArray[np.bool_]:
        return np.ones(instants(t).shape, dtype=bool)

    def parts_between(self: Trajectory, start: Any, end: Any) -> tuple[Trajectory, ...]:
        for when in (start, end):
            instant(when)  # what is no instant is refused
        return (self,)

    def each(self: Trajectory, change: Callable[[Trajectory], Trajectory]) -> Trajectory:
        return change(self)


@dataclass(frozen=True)
class _Extrapolated:
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


def extrapolated(trajectory: Any) -> Any:
    """An end that `arrival` may ask for its place at any time."""
    start, last = known_between(trajectory)
    return trajectory if start == -np.inf else _Extrapolated(trajectory, start, last)


def known_between(trajectory: Any) -> tuple[float, float]:
    """From when to when an end without phases may be asked: for ever, but for an orbit."""
    pieces = getattr(trajectory, "pieces", None)
    return (-np.inf, np.inf) if pieces is None else (pieces.start, pieces.end)


def sourced(basis: Basis, source: str) -> Basis:
    """A basis, if anybody answers for it: without a source nothing is definitive."""
    return "unsourced" if basis == "definitive" and not source.strip() else basis


def worst_basis(trajectories: Any) -> Basis:
    """The weakest basis among trajectories: a chain is as sure as its least sure link."""
    return BASES[max((BASES.index(x.basis) for x in trajectories), default=0)]
