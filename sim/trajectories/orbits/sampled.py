"""What every orbit becomes once a span is known: a table of polynomials about its center."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import typed
from sim.core.chebyshev import Pieces
from sim.core.geometry import length
from sim.core.time import DAY_S, Span, instant, instants, utc
from sim.trajectories.bodies.body import Body, body
from sim.trajectories.bodies.ephemeris import not_covered
from sim.trajectories.trajectory import Basis, OnePart, State

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Sampled(OnePart):
    """A spacecraft whose motion is known as Chebyshev pieces about a center.

    pieces : position (…, 3) km relative to the center, ICRF axes
    joins  : (k,) TDB s at which one arc ends and another begins, with a step in position or in velocity
    notes  : what its orbit has to say of how it was found, for run.json
    epochs : (n,) TDB s of its element sets, in order; empty where it does not come from such
    deviations : its independent errors, as `sim.trajectories.orbits.perturbed` takes them
    uncounted : why nobody knows how large its errors are, in words; empty where they are counted
    center  : the body that the pieces are about, which altitude, nadir and pictures mean: what the scenario says of the
              orbit, not what its file is relative to; what may hide it is asked of all bodies
    kernels : SPK files that it was read from, which may have moons that hide it
    beyond_s : how long before and after its pieces it may be asked while light is under way, to wherever the other end
               is: it goes on straight there. Nothing of it comes into an answer
    """

    name: str
    basis: Basis
    center: str
    pieces: Pieces
    limits: tuple[Any, ...] = ()
    ephemeris: str = "de421"
    joins: Array = field(default_factory=lambda: np.empty(0))
    source: str = ""
    notes: tuple[str, ...] = ()
    epochs: Array = field(default_factory=lambda: np.empty(0))
    deviations: tuple[Any, ...] = ()
    uncounted: str = ""
    kernels: tuple[str, ...] = ()
    beyond_s: float = 0.0

    def position(self, t: Any) -> Array:
        t = instants(t)
        self._check(t)
        return self.carrier.position(t) + self._place(t)

    def state(self, t: Any) -> State:
        t = instants(t)
        self._check(t)
        under = self.carrier.state(t)
        own = self._moves(t)
        return State(under.position + own.position, under.velocity + own.velocity)

    def position_from(self, center: Body, t: Any) -> Array:
        t = instants(t)
        self._check(t)
        away = self._place(t)
        return away if self._about(center) else away + self.carrier.position_from(center, t)

    def state_from(self, center: Body, t: Any) -> State:
        t = instants(t)
        own = self.relative(t)
        if self._about(center):
            return own
        under = self.carrier.state_from(center, t)
        return State(own.position + under.position, own.velocity + under.velocity)

    def relative(self, t: Any) -> State:
        """Position and velocity relative to the center."""
        t = instants(t)
        self._check(t)
        return self._moves(t)

    def element_age_s(self, start: Any, end: Any) -> float | None:
        """How far its element sets get from their epochs between two instants; None where it has none."""
        start, end = instant(start), instant(end)
        if not len(self.epochs):
            return None
        middles = 0.5 * (self.epochs[:-1] + self.epochs[1:])  # the oldest a set becomes
        asked = np.array([start, end, *middles[(middles > start) & (middles < end)]])
        return float(np.max(np.min(np.abs(asked[:, None] - self.epochs), axis=1)))

    @cached_property
    def carrier(self) -> Body:
        """The body it moves about."""
        return body(self.center, self.ephemeris)

    @cached_property
    def pace_s(self) -> float:
        """Half a turn at the quickest moment, a day at the most."""
        return float(min(DAY_S, np.pi / np.max(self._turns)))

    @cached_property
    def stride_s(self) -> float:
        """Half a turn on average, a day at the most."""
        return float(min(DAY_S, np.pi / np.average(self._turns, weights=np.diff(self.pieces.edges))))

    @cached_property
    def _turns(self) -> Array:
        """How quickly it turns about its center in the middle of every piece: (n,) rad/s."""
        edges = self.pieces.edges
        position, velocity = self.pieces.both(0.5 * (edges[:-1] + edges[1:]))
        return np.maximum(length(velocity) / length(position), 1e-12)

    def breaks(self, span: Span) -> Array:
        return self.joins[(self.joins > span.start) & (self.joins < span.end)]

    @typed
    def over(self, span: Span) -> Sampled:
        for t in (span.start, span.end):
            self._check(np.asarray(t))
        return self

    def _about(self, center: Body) -> bool:
        """Whether the pieces are about that: a kernel may have a planet beside the barycenter that we have it at."""
        return center.name == self.center and center.naif_id == self.carrier.naif_id

    def __repr__(self) -> str:
        known = f"{utc(self.pieces.start, 0)} to {utc(self.pieces.end, 0)}"
        return f"<{self.name}, {self.basis}, about {self.carrier.called}: {known}>"

    def _place(self, t: Array) -> Array:
        """Where it is from its center, at times that were checked."""
        return self._moves(t).position if self._outside(t) else self.pieces(t)

    def _moves(self, t: Array) -> State:
        """Position and velocity from its center at times that were checked: straight on beyond its pieces."""
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
