"""An orbit computed for a span: Chebyshev polynomials about its center."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.chebyshev import Pieces
from sim.core.geometry import length
from sim.core.time import DAY_S, Span, instant, instants, utc
from sim.core.values import OneTime, TimeLike
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.bodies.ephemeris import not_covered
from sim.trajectories.limbs import SPHERE
from sim.trajectories.trajectory import Basis, OnePart, State

if TYPE_CHECKING:
    from sim.trajectories.limits.limit import Limit
    from sim.trajectories.orbits.perturbed import Deviation

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Sampled(OnePart):
    """A spacecraft whose motion is stored as Chebyshev pieces about a center.

    Attributes
    ----------
    center : str
        Body that the pieces are relative to; altitude and nadir refer to it. It is the scenario's center, which may
        differ from the center of an orbit file. All bodies are checked for occultation.
    pieces : Pieces
        Position (…, 3) km relative to the center, ICRF axes.
    joins : ndarray
        Times (k,) between two arcs, with a step in position or velocity (TDB s).
    notes : tuple of str
        Notes on how the orbit was computed, for run.json.
    epochs : ndarray
        Epochs (n,) of its element sets, in order (TDB s); empty for other orbits.
    deviations : tuple of Deviation
        Independent sources of error (1σ).
    uncounted : str
        Why the errors are unknown; empty if they are known.
    kernels : tuple of str
        SPK files that it was read from; their moons may occult it.
    beyond_s : float
        Time before and after the pieces for which it may be evaluated, for light in transit (s). It is extrapolated in
        a straight line there; no result depends on it.
    moon_limb : str
        The Moon's limb on its lines of sight: `sphere`, `relief`, or the path of an elevation model.
    """

    name: str
    basis: Basis
    center: str
    pieces: Pieces
    limits: tuple[Limit, ...] = ()
    ephemeris: str = "de421"
    joins: Array = field(default_factory=lambda: np.empty(0))
    source: str = ""
    notes: tuple[str, ...] = ()
    epochs: Array = field(default_factory=lambda: np.empty(0))
    deviations: tuple[Deviation, ...] = ()
    uncounted: str = ""
    kernels: tuple[str, ...] = ()
    beyond_s: float = 0.0
    moon_limb: str = SPHERE

    def position(self, t: TimeLike) -> Array:
        t = instants(t)
        self._check(t)
        return self.carrier.position(t) + self._place(t)

    def state(self, t: TimeLike) -> State:
        t = instants(t)
        self._check(t)
        under = self.carrier.state(t)
        own = self._moves(t)
        return State(under.position + own.position, under.velocity + own.velocity)

    def position_from(self, center: Body, t: TimeLike) -> Array:
        t = instants(t)
        self._check(t)
        away = self._place(t)
        return away if self._about(center) else away + self.carrier.position_from(center, t)

    def state_from(self, center: Body, t: TimeLike) -> State:
        t = instants(t)
        own = self.relative(t)
        if self._about(center):
            return own
        under = self.carrier.state_from(center, t)
        return State(own.position + under.position, own.velocity + under.velocity)

    def relative(self, t: TimeLike) -> State:
        """Return position and velocity relative to the center."""
        t = instants(t)
        self._check(t)
        return self._moves(t)

    def element_age_s(self, start: OneTime, end: OneTime) -> float | None:
        """Return the maximum age of its element sets between two times (s); None for other orbits."""
        start, end = instant(start), instant(end)
        if not len(self.epochs):
            return None
        middles = 0.5 * (self.epochs[:-1] + self.epochs[1:])  # greatest age of a set
        asked = np.array([start, end, *middles[(middles > start) & (middles < end)]])
        return float(np.max(np.min(np.abs(asked[:, None] - self.epochs), axis=1)))

    def element_ages_s(self, starts: Array, ends: Array) -> Array:
        """Maximum age of its element sets (s) between pairs of times (n,), TDB s: (n,)."""
        middles = 0.5 * (self.epochs[:-1] + self.epochs[1:])
        ages: Array = np.maximum(*(np.min(np.abs(t[:, None] - self.epochs), axis=1) for t in (starts, ends)))
        across = np.searchsorted(middles, starts, "right") < np.searchsorted(middles, ends, "left")
        for row in np.flatnonzero(across).tolist():
            ages[row] = self.element_age_s(float(starts[row]), float(ends[row]))
        return ages

    @property
    def known_between(self) -> tuple[float, float]:
        """Start and end of the pieces."""
        return self.pieces.start, self.pieces.end

    @cached_property
    def carrier(self) -> Body:
        """The body that it orbits."""
        return body(self.center, self.ephemeris)

    @cached_property
    def pace_s(self) -> float:
        """Half a turn at the highest rate, at most a day (s)."""
        return float(min(DAY_S, np.pi / np.max(self._turns)))

    @cached_property
    def stride_s(self) -> float:
        """Half a turn on average, at most a day (s)."""
        return float(min(DAY_S, np.pi / np.average(self._turns, weights=np.diff(self.pieces.edges))))

    @cached_property
    def _turns(self) -> Array:
        """Angular rate about its center in the middle of every piece: (n,) rad/s."""
        position, velocity = self.pieces.middles()
        return np.maximum(length(velocity) / length(position), 1e-12)

    def breaks(self, span: Span) -> Array:
        return self.joins[(self.joins > span.start) & (self.joins < span.end)]

    @typed
    def over(self, span: Span) -> Sampled:
        for t in (span.start, span.end):
            self._check(np.asarray(t))
        return self

    def _about(self, center: Body) -> bool:
        """Whether the pieces are relative to that body: a kernel may have a planet as well as its barycenter."""
        return center.name == self.center and center.naif_id == self.carrier.naif_id

    def __repr__(self) -> str:
        known = f"{utc(self.pieces.start, 0)} to {utc(self.pieces.end, 0)}"
        return f"<{self.name}, {self.basis}, about {self.carrier.called}: {known}>"

    def _place(self, t: Array) -> Array:
        """Position from its center, at checked times."""
        return self._moves(t).position if self._outside(t) else self.pieces(t)

    def _moves(self, t: Array) -> State:
        """Position and velocity from its center at checked times; in a straight line beyond its pieces."""
        if not self._outside(t):
            return State(*self.pieces.both(t))
        inside = np.clip(t, self.pieces.start, self.pieces.end)
        position, velocity = self.pieces.both(inside)
        return State(position + (t - inside)[..., None] * velocity, velocity)

    def _outside(self, t: Array) -> bool:
        return self.beyond_s > 0.0 and not self.pieces.covers(t)

    def _check(self, t: Array) -> None:
        if self.beyond_s > 0.0:
            if np.all((t >= self.pieces.start - self.beyond_s) & (t <= self.pieces.end + self.beyond_s)):
                return
        elif self.pieces.covers(t):
            return
        raise not_covered(f"the orbit of {self.name}", self.pieces.start, self.pieces.end, t)
