"""The protocol of trajectories: stations, landers, planets and spacecraft, anything with a position at every time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span, instant, instants
from sim.core.values import OneTime, TimeLike
from sim.trajectories.limbs import SPHERE

if TYPE_CHECKING:
    from sim.trajectories.bodies.body import Body
    from sim.trajectories.limits.limit import Limit

Array = NDArray[np.float64]

Basis = Literal["definitive", "reconstructed", "predicted", "unsourced", "designed"]
"""The basis of a trajectory, best first; a hop or route has the worst basis of its ends."""

BASES: tuple[Basis, ...] = ("definitive", "reconstructed", "predicted", "unsourced", "designed")

LIGHT_TIME_PAD_S = 3600.0
"""Time around a span in which a trajectory must be known, to cover light in transit at its ends (s)."""

AROUND_S = 0.5 * LIGHT_TIME_PAD_S
"""Time around a span in which phases are included: light received in the span may have left before it (s)."""


@dataclass(frozen=True)
class State:
    """Position and velocity.

    Attributes
    ----------
    position : ndarray
        (…, 3) km; ICRF axes, origin at the solar-system barycenter unless stated otherwise.
    velocity : ndarray
        (…, 3) km/s.
    """

    position: Array
    velocity: Array


class Trajectory(Protocol):
    """The position of a site, body or spacecraft as a function of time.

    Times are anything that `sim.tdb` converts, of any shape (…); plain numbers are TDB seconds past J2000. Vectors are
    on the last axis, in ICRF axes.
    """

    @property
    def name(self) -> str: ...
    @property
    def basis(self) -> Basis: ...
    @property
    def limits(self) -> tuple[Limit, ...]:
        """Limits on its lines of sight."""
    @property
    def center(self) -> str:
        """Name of the body that it stands on or orbits; a body's own name for a body."""
    @property
    def ephemeris(self) -> str:
        """Name of the planetary ephemeris."""
    @property
    def pace_s(self) -> float:
        """Shortest time in which its direction turns by about half a turn (s)."""
    @property
    def stride_s(self) -> float:
        """Mean time in which its direction turns by about half a turn (s)."""
    @property
    def source(self) -> str:
        """Source of its position; empty if none is given."""
    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on how it was computed, for run.json."""
    @property
    def joins(self) -> Array:
        """Times at which one arc or phase follows another, with a step between them (TDB s)."""
    @property
    def kernels(self) -> tuple[str, ...]:
        """SPK files that it was read from; their moons may occult it."""
    @property
    def moon_limb(self) -> str:
        """The Moon's limb on its lines of sight: `sphere`, `relief`, or the path of an elevation model."""
    @property
    def known_between(self) -> tuple[float, float]:
        """First and last time of an orbit's data (TDB s); no limits for others, whose `parts` may have some."""
    @property
    def without_errors(self) -> Trajectory:
        """The trajectory itself, of a copy that is shifted by errors."""

    def state(self, t: TimeLike) -> State:
        """Return position and velocity relative to the solar-system barycenter."""
    def position(self, t: TimeLike) -> Array:
        """Return the position (…, 3) km relative to the solar-system barycenter."""
    def position_from(self, center: Body, t: TimeLike) -> Array:
        """Return the position (…, 3) km relative to a body at the same time, without rounding at the barycenter."""
    def state_from(self, center: Body, t: TimeLike) -> State:
        """Return position and velocity relative to a body at the same time."""
    def breaks(self, span: Span) -> Array:
        """Return the times in a span at which the motion is not smooth (TDB s)."""
    def over(self, span: Span) -> Trajectory:
        """Return the trajectory computed for a span and an hour around it. An orbit is integrated here, once."""

    @property
    def in_parts(self) -> bool:
        """Whether it consists of phases, with possible gaps between them."""
    @property
    def parts(self) -> tuple[Part, ...]:
        """Its phases in order of time; one, itself without end, if it is known at all times."""
    def covers(self, t: TimeLike) -> NDArray[np.bool_]:
        """Return whether it is known at each time: (…) bool."""
    def parts_between(self, start: OneTime, end: OneTime) -> tuple[Trajectory, ...]:
        """Return its phases between two times: one, several, or none in a gap."""
    def each(self, change: Callable[[Trajectory], Trajectory]) -> Trajectory:
        """Return a copy with every phase changed."""


class HasBasis(Protocol):
    """A trajectory, or an orbit of one."""

    @property
    def basis(self) -> Basis: ...


class Located(Protocol):
    """Anything with a position at every time."""

    def position(self, t: TimeLike) -> Array:
        """Return the position (…, 3) km relative to the solar-system barycenter."""


@dataclass(frozen=True)
class Part:
    """One phase of a spacecraft.

    Attributes
    ----------
    start, end : float
        TDB seconds past J2000.
    trajectory : Trajectory
        Motion during the phase.
    cut : bool
        Whether the phase ends because its data end; the trajectory beyond serves light in transit only.
    reach_s : float
        Time before and after the phase for which the trajectory may be evaluated, for light in transit (s).
    """

    start: float
    end: float
    trajectory: Trajectory
    cut: bool = False
    reach_s: float = LIGHT_TIME_PAD_S


class OnePart:
    """Defaults of a trajectory that is known at all times, has one phase and is not shifted by errors."""

    @property
    def notes(self) -> tuple[str, ...]:
        return ()

    @property
    def kernels(self) -> tuple[str, ...]:
        return ()

    @property
    def moon_limb(self) -> str:
        return SPHERE

    @property
    def known_between(self) -> tuple[float, float]:
        return -np.inf, np.inf

    @property
    def without_errors(self: Trajectory) -> Trajectory:
        return self

    def state_beside(self: Trajectory, center: Body, t: TimeLike, plain: State) -> State:
        """The state relative to a body at the same time, of an end that is slightly off another with a known state."""
        return self.state_from(center, t)

    @property
    def in_parts(self) -> bool:
        return False

    @property
    def parts(self: Trajectory) -> tuple[Part, ...]:
        return (Part(-np.inf, np.inf, self),)

    def covers(self, t: TimeLike) -> NDArray[np.bool_]:
        return np.ones(instants(t).shape, dtype=bool)

    def parts_between(self: Trajectory, start: OneTime, end: OneTime) -> tuple[Trajectory, ...]:
        for when in (start, end):
            instant(when)  # refuses what is not a time
        return (self,)

    def each(self: Trajectory, change: Callable[[Trajectory], Trajectory]) -> Trajectory:
        return change(self)


@dataclass(frozen=True)
class _Extrapolated:
    """An orbit that continues in a straight line beyond its data.

    The iteration of light time may evaluate it there; no result depends on it.
    """

    orbit: Trajectory
    start: float
    end: float

    def position(self, t: TimeLike) -> Array:
        t = instants(t)
        inside = np.clip(t, self.start, self.end)
        if np.array_equal(inside, t):
            return self.orbit.position(t)
        state = self.orbit.state(inside)
        beyond: Array = state.position + (t - inside)[..., None] * state.velocity
        return beyond


def extrapolated(trajectory: Trajectory) -> Located:
    """Return an end whose position `arrival` may ask for at any time."""
    start, last = trajectory.known_between
    return trajectory if start == -np.inf else _Extrapolated(trajectory, start, last)


def sourced(basis: Basis, source: str) -> Basis:
    """Return a basis; `definitive` needs a source, and is `unsourced` without one."""
    return "unsourced" if basis == "definitive" and not source.strip() else basis


def worst_basis(trajectories: Iterable[HasBasis]) -> Basis:
    """Return the worst basis of several trajectories."""
    return BASES[max((BASES.index(x.basis) for x in trajectories), default=0)]
