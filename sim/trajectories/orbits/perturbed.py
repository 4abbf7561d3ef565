"""An orbit displaced by given amounts of its errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces
from sim.core.geometry import dot, length
from sim.core.time import DAY_S, instants, utc
from sim.core.values import TimeLike
from sim.trajectories.bodies.body import Body
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.trajectory import State

if TYPE_CHECKING:
    from sim.trajectories.orbits.drag import Drag

Array = NDArray[np.float64]

NODES_A_HALF_TURN = 6
"""Nodes of the cubic interpolation of propagated errors: accurate to 2e-4 of their size."""


@dataclass(frozen=True, eq=False)
class Carried:
    """The six errors of a state at an epoch, propagated along an orbit, one column each.

    pieces : the orbit about its center, also between the epoch and the requested times
    root   : position and velocity (3,) at the epoch → the errors there (6, 6), as columns
    degree : of the Moon's field in their propagation. For a low lunar orbit after three days, degree 20 leaves an
             error of 4 %, degree 8 of 10 %
    """

    center: str
    ephemeris: str
    pieces: Pieces
    epoch: float
    root: Callable[[Array, Array], Array]
    degree: int = 20

    def at(self, t: Array, weights: Array) -> State:
        """The sum of the errors, with a factor for each (6,), at TDB seconds (…)."""
        times, table = self._table
        row = np.clip(np.searchsorted(times, t, "right") - 1, 0, len(times) - 2)
        step = times[row + 1] - times[row]
        x = ((t - times[row]) / step)[..., None]
        summed = table @ weights
        before, after, h = summed[row], summed[row + 1], step[..., None]
        p, v, q, w = before[..., :3], before[..., 3:], after[..., :3], after[..., 3:]
        position = p + x * x * (3.0 - 2.0 * x) * (q - p) + h * x * (1.0 - x) * ((1.0 - x) * v - x * w)
        velocity = 6.0 * x * (1.0 - x) * (q - p) / h + (1.0 - x) * (1.0 - 3.0 * x) * v + x * (3.0 * x - 2.0) * w
        return State(position, velocity)

    @cached_property
    def _table(self) -> tuple[Array, Array]:
        """Times (n,), and the six errors there (n, 6, 6)."""
        from sim.trajectories.dynamics.integrate import flow
        from sim.trajectories.orbits.force_model import gravity_about

        edges = self.pieces.edges
        position, velocity = self.pieces.both(0.5 * (edges[:-1] + edges[1:]))
        quickest = float(np.max(length(velocity) / length(position)))
        count = max(2, int(np.ceil((edges[-1] - edges[0]) * quickest * NODES_A_HALF_TURN / np.pi)))
        times = np.linspace(edges[0], edges[-1], count + 1)
        states = np.concatenate(self.pieces.both(times), axis=-1)
        tables = gravity_about(self.center, self.ephemeris, self.degree).tables(float(times[0]), float(times[-1]))
        # Each interval starts on the orbit itself, so that errors of the force model do not add up.
        steps = flow(tables, times[:-1], states[:-1], times[1:], rtol=1e-9)[1]
        begun = int(np.clip(np.searchsorted(times, self.epoch, "right") - 1, 0, count - 1))
        here = np.concatenate(self.pieces.both(np.asarray(self.epoch)))
        table = np.empty((count + 1, 6, 6))
        table[begun] = self.root(here[:3], here[3:])
        if self.epoch > times[begun]:
            one = slice(begun, begun + 1)
            arc = flow(tables, times[one], states[one], np.array([self.epoch]), rtol=1e-9)[1]
            table[begun] = np.linalg.solve(arc[0], table[begun])
        for i in range(begun, count):
            table[i + 1] = steps[i] @ table[i]
        for i in range(begun, 0, -1):
            table[i - 1] = np.linalg.solve(steps[i - 1], table[i])
        return times, table


@dataclass(frozen=True, eq=False)
class Deviation:
    """One independent error of an orbit, at one standard deviation.

    own         : radial, along, across (3,) km, always
    growth_km_s : along, for every second after the nearest of `epochs` (k,) TDB s, and less before it
    late_s      : a delay of so much
    drag        : for element sets: the effect of a fraction of their drag
    carried     : errors of a state, of which this is one `column`
    counted     : whether its size is known; if not, it only shows which edges depend on it
    """

    name: str
    own: Array = field(default_factory=lambda: np.zeros(3))
    growth_km_s: float = 0.0
    epochs: Array = field(default_factory=lambda: np.empty(0))
    late_s: float = 0.0
    drag: Drag | None = None
    carried: Carried | None = None
    column: int = 0
    counted: bool = True

    def __str__(self) -> str:
        if self.carried is not None:
            return f"of the state at {utc(self.carried.epoch, 0)}, carried by gravity"
        if self.late_s:
            return f"{self.late_s:g} s"
        if self.drag is not None:
            return f"{100.0 * self.drag.part:g} % of its drag"
        return f"{self.growth_km_s * DAY_S:g} km/day along track" if self.growth_km_s else f"{np.max(self.own):g} km"

    def axes_km(self, t: Array) -> Array:
        """Radial, along and across (…, 3) km at TDB seconds (…)."""
        moved = np.broadcast_to(self.own, (*np.shape(t), 3)).copy()
        if self.drag is not None:
            moved += self.drag.axes_km(t)
        if self.growth_km_s:
            moved[..., 1] += self.growth_km_s * DAY_S * self.growth_days(t)
        return moved

    def growth_days(self, t: Array) -> Array:
        """Days (…) since the nearest epoch, negative before it."""
        middles = 0.5 * (self.epochs[:-1] + self.epochs[1:])
        days: Array = (t - self.epochs[np.searchsorted(middles, t)]) / DAY_S
        return days


@dataclass(frozen=True, eq=False, repr=False)
class Shifted(Sampled):
    """An orbit displaced by some of its deviations, with a factor for each. Made by `off`.

    Along and across are arcs about the center, so that a large displacement along the track stays on the track.
    """

    amounts: Mapping[str, float] = field(default_factory=dict)
    plain: Sampled | None = None

    @property
    def without_errors(self) -> Sampled:
        assert self.plain is not None
        return self.plain

    @property
    def pace_s(self) -> float:
        return self.without_errors.pace_s

    @property
    def stride_s(self) -> float:
        return self.without_errors.stride_s

    def position(self, t: TimeLike) -> Array:
        t = instants(t)
        return self.carrier.position(t) + self.relative(t).position

    def state(self, t: TimeLike) -> State:
        t = instants(t)
        under, own = self.carrier.state(t), self.relative(t)
        return State(under.position + own.position, under.velocity + own.velocity)

    def position_from(self, center: Body, t: TimeLike) -> Array:
        t = instants(t)
        away = self.relative(t).position
        return away if self._about(center) else away + self.carrier.position_from(center, t)

    def relative(self, t: TimeLike) -> State:
        """Position and velocity relative to the center."""
        t = instants(t)
        self._check(t)
        return self._displaced(t, self._moves(t))

    def state_beside(self, center: Body, t: TimeLike, plain: State) -> State:
        """Position and velocity relative to its center, from those of the orbit without errors where these count."""
        other, t = self.without_errors, instants(t)
        same = other.pieces is self.pieces and not isinstance(other, Shifted) and self._about(center)
        return self._displaced(t, plain) if same else self.state_from(center, t)

    def _displaced(self, t: Array, own: State) -> State:
        used = [(d, self.amounts[d.name]) for d in self.deviations if self.amounts.get(d.name)]
        if plain := [(d, x) for d, x in used if d.carried is None and not d.late_s]:
            own = _bent(own, sum((x * d.axes_km(t) for d, x in plain), np.zeros(3)))
        weights: dict[Carried, Array] = {}
        for deviation, amount in used:
            if deviation.carried is not None:
                weights.setdefault(deviation.carried, np.zeros(6))[deviation.column] += amount
        for carried, many in weights.items():
            more = carried.at(t, many)
            own = State(own.position + more.position, own.velocity + more.velocity)
        return own


def off(orbit: Sampled, amounts: Mapping[str, float]) -> Sampled:
    """An orbit displaced by deviations, given by name in standard deviations."""
    late = sum(amounts.get(d.name, 0.0) * d.late_s for d in orbit.deviations)
    pieces = Pieces(orbit.pieces.edges + late, orbit.pieces.coefficients) if late else orbit.pieces
    given = {f.name: getattr(orbit, f.name) for f in fields(Sampled)}
    return Shifted(**{**given, "pieces": pieces, "joins": orbit.joins + late}, amounts=dict(amounts), plain=orbit)


def _bent(own: State, axes_km: Array) -> State:
    """A state displaced radially, along and across its orbit (…, 3) km, the latter two as arcs about the center."""
    r = length(own.position)[..., None]
    up = own.position / r
    normal = np.cross(own.position, own.velocity)
    normal = normal / length(normal)[..., None]
    ahead = np.cross(normal, up)
    rising, along = dot(own.velocity, up)[..., None], dot(own.velocity, ahead)[..., None]
    higher, far, wide = axes_km[..., 0:1], axes_km[..., 1:2] / r, axes_km[..., 2:3] / r
    forward = ahead * np.cos(far) - up * np.sin(far)
    upward = (up * np.cos(far) + ahead * np.sin(far)) * np.cos(wide) + normal * np.sin(wide)
    return State((r + higher) * upward, rising * upward + along * (1.0 + higher / r) * np.cos(wide) * forward)
