"""What scalars of a line of sight have in common at some times: each part is computed once, when one asks for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.core.chebyshev import lobatto_points, lobatto_transform, polynomials
from sim.search.intervals import nodes
from sim.search.roots import DEGREE, tail
from sim.trajectories.light_time import Ray, delay_step, ray
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Found = TypeVar("Found")

MOST_KEPT = 1 << 15
"""Times whose columns a line of sight keeps: a search asks for some thousands at once."""

_BATCHES = 2
"""Batches of times that a line of sight keeps: those of a search, and the few of an edge that is refined."""

MOST_INTERVALS = 1 << 12
"""Intervals over which a line of sight is kept as polynomials: of more, these would take too much memory."""

_ALONG_KM, _ALONG = 2e-6, 4e-9
"""How truly polynomials must give the line between the ends: in km, and as a part of its length, which is an angle."""

_SPEED_KM_S, _DIRECTION = 5e-8, 1e-10
"""The same of velocities, and of other directions as parts of their lengths."""

_SHORT = 0.0625
"""Intervals up to this part of an end's pace need few nodes for what moves as smoothly as the end.

Of half a turn in the pace, the sixth Chebyshev coefficient is then at most 4e-11, and the seventh 3e-13.
"""

_FIFTH = 5
"""Degree of polynomials through these few: every fourth node."""

_ROUGHLY = 3
"""Number of coefficients of the rough light time."""


_FEW: Index = np.sort(np.append(np.arange(0, DEGREE + 1, DEGREE // _FIFTH), DEGREE // 2))
"""These nodes, and the middle one."""

_NO_ROWS: Index = np.empty(0, dtype=np.intp)


class Columns:
    """Light that arrives at a receiver at some times, and what both ends see of each other.

    transmitter, receiver : the ends
    light : whether light takes time, with stellar aberration
    t     : (…) TDB s of arrival
    path  : the light, if it is known already
    """

    def __init__(
        self, transmitter: Trajectory, receiver: Trajectory, light: bool, t: Array, path: Ray | None = None
    ) -> None:
        self.transmitter, self.receiver, self.light, self.t = transmitter, receiver, light, t
        if path is not None:
            self.__dict__["ray"] = path
        self._known: dict[tuple[str, int], tuple[Trajectory, object]] = {}

    @cached_property
    def ray(self) -> Ray:
        """Both ends of the light."""
        return ray(self.transmitter, self.receiver, self.t, self.light)

    def when(self, own: Trajectory) -> Array:
        """Time at one end (…): of reception, or of transmission."""
        return self.t if receives(own, self.transmitter, self.receiver) else self.ray.sent

    def seen(self, own: Trajectory) -> Array:
        """Direction and distance of the other end as one end sees it: (…, 3) km, ICRF axes."""
        return self.once("seen", own, lambda at: at._seen(own))

    def axes(self, own: Site) -> Array:
        """East, north and up of a site, at its own time: (…, 3, 3), ICRF axes."""
        return self.smooth("axes", own, lambda at: own.horizontal(at.when(own)))

    def once(self, what: str, own: Trajectory, make: Callable[[Columns], Found]) -> Found:
        """Return what goes by a name at one end; it is made when it is first asked for."""
        known = self._known.get((what, id(own)))
        if known is None:
            known = self._known[what, id(own)] = own, make(self)  # the end is kept: no other gets its id
        return cast(Found, known[1])

    def smooth(self, what: str, own: Trajectory, make: Callable[[Columns], Array]) -> Array:
        """The same of directions (…, 3) or axes that turn as smoothly as the ends move."""
        return self.once(what, own, make)

    def _seen(self, own: Trajectory) -> Array:
        """At the transmitter, where it must point so that the light arrives: aberration with the sign reversed."""
        arrives = receives(own, self.transmitter, self.receiver)
        line = self.ray.line if arrives else -self.ray.line
        return geometry.aberrated(line, self.ray.arriving if arrives else -self.ray.leaving) if self.light else line


class Recent:
    """The columns of a line of sight at the times for which they were last asked.

    known : those that are kept for good; make : times (…) → columns
    """

    def __init__(self, make: Callable[[Array], Columns], known: Columns | None = None) -> None:
        self.make, self.first = make, known
        self.kept: tuple[Columns, ...] = ()
        self.over: Polynomials | None = None

    def at(self, t: Array) -> Columns:
        """The columns at times (…): those that are kept, or new ones."""
        for columns in self.kept if self.first is None else (self.first, *self.kept):
            if columns.t is t or np.array_equal(columns.t, t):
                return columns
        if t.size > MOST_KEPT:
            return self.make(t)
        found = (self.over and self.over.at(t)) or self.make(t.copy())  # a caller may change its own
        self.kept = (found, *self.kept[: _BATCHES - 1])
        return found

    def follow(self, starts: Array, ends: Array) -> None:
        """Keep the columns as polynomials over intervals (n,), in order and disjoint, until `forget`."""
        if 0 < len(starts) <= MOST_INTERVALS:
            self.over = Polynomials(self.make, starts, ends)

    def forget(self) -> None:
        """Keep no polynomials and no columns any longer."""
        self.over, self.kept = None, ()


@dataclass(frozen=True)
class _Table:
    """Coefficients of a quantity over intervals (m, DEGREE+1, k), and over which of these it is true enough (m,)."""

    coefficients: Array
    true: NDArray[np.bool_]


@dataclass(frozen=True)
class _Light(_Table):
    """The same of light: of the line between the ends (km) and both velocities (km/s), by a rough light time.

    The light time has a sharp bend where a low orbiter is nearest, and so has the place that light left. The place at a
    time that changes smoothly has none, and it is so near that the motion in between is straight.

    roughly : (m, 3) coefficients of the rough light time over the intervals (s)
    """

    roughly: Array


class Polynomials:
    """The columns of a line of sight over intervals of time, as polynomials through their true values at the nodes."""

    def __init__(self, make: Callable[[Array], Columns], starts: Array, ends: Array) -> None:
        self.make, self.starts, self.ends = make, starts, ends
        self.nodes = Nodes(make(nodes(starts, ends).ravel()), float(np.max(ends - starts)))
        self.tables: dict[tuple[str, int], _Table] = {}

    def at(self, t: Array) -> Columns | None:
        """The columns at times (n,); None of times outside of the intervals."""
        if t.ndim != 1 or not len(t):
            return None
        first = int(np.searchsorted(self.nodes.t, t[0]))
        same = slice(first, first + len(t))
        if np.array_equal(self.nodes.t[same], t):
            return self.nodes if len(t) == len(self.nodes.t) else Between(self, t.copy(), _NO_ROWS, same)
        rows = np.maximum(np.searchsorted(self.starts, t, "right") - 1, 0)
        inside = np.all((t >= self.starts[rows]) & (t <= self.ends[rows]))
        return Between(self, t.copy(), rows) if inside else None

    def table(self, what: str, own: Trajectory, make: Callable[[Columns], Array]) -> _Table:
        """The polynomials of one quantity (…, k)."""
        known = self.tables.get((what, id(own)))
        if known is None:
            values = self.nodes.smooth(what, own, make).reshape(len(self.starts), DEGREE + 1, -1)
            least = _DIRECTION * np.max(np.abs(values), axis=(1, 2))[:, None]
            known = self.tables[what, id(own)] = _Table(*_fitted(values, least))
        return known

    @cached_property
    def light(self) -> _Light:
        """The polynomials of the light."""
        path, count = self.nodes.ray, len(self.starts)
        delay = path.light_time.reshape(count, -1)
        roughly = delay @ lobatto_transform(DEGREE)[:_ROUGHLY].T
        late = (delay - roughly @ polynomials(lobatto_points(DEGREE), _ROUGHLY).T).ravel()
        line = path.line + late[:, None] * path.leaving
        values = np.concatenate((line, path.leaving, path.arriving), axis=1).reshape(count, DEGREE + 1, -1)
        along = np.minimum(_ALONG_KM, _ALONG * np.min(path.distance.reshape(count, -1), axis=1))
        least = np.column_stack((np.tile(along[:, None], 3), np.full((count, 6), _SPEED_KM_S)))
        return _Light(*_fitted(values, least), roughly)


def _fitted(values: Array, least: Array) -> tuple[Array, NDArray[np.bool_]]:
    """Coefficients from values at the nodes (m, DEGREE+1, k), and which are true to what is needed at least (m, k)."""
    coefficients = lobatto_transform(DEGREE) @ values
    return coefficients, np.all(tail(coefficients[:, -3:], 1) <= least, axis=1)


class Nodes(Columns):
    """Columns at the nodes of intervals; what is smooth is computed at a few of them only, where that is enough.

    longest_s : length of the longest interval
    """

    def __init__(self, at: Columns, longest_s: float) -> None:
        super().__init__(at.transmitter, at.receiver, at.light, at.t)
        self.longest_s = longest_s

    def smooth(self, what: str, own: Trajectory, make: Callable[[Columns], Array]) -> Array:
        return self.once(what, own, lambda _: self._smooth(own, make))

    def _smooth(self, own: Trajectory, make: Callable[[Columns], Array]) -> Array:
        """The middle node shows how true polynomials through the few are: there the first term left out is largest."""
        if self.longest_s > _SHORT * own.pace_s:
            return make(self)
        some = make(self._few)
        values = some.reshape(len(self.t) // (DEGREE + 1), len(_FEW), -1)
        through = polynomials(lobatto_points(DEGREE), _FIFTH + 1) @ lobatto_transform(_FIFTH)
        every: Array = through @ values[:, _FEW != DEGREE // 2]
        off = np.max(np.abs(every[:, DEGREE // 2] - values[:, len(_FEW) // 2]), axis=1)
        if np.any(off > _DIRECTION * np.max(np.abs(values), axis=(1, 2))):
            return make(self)
        return every.reshape(len(self.t), *some.shape[1:])

    @cached_property
    def _few(self) -> Columns:
        """The columns at a few nodes of every interval."""
        rows = np.arange(len(self.t)).reshape(-1, DEGREE + 1)[:, _FEW].ravel()
        path = self.ray
        part = Ray(
            path.received[rows], path.sent[rows], path.light_time[rows], path.line[rows], path.leaving[rows],
            path.arriving[rows], lambda: self.receiver.position(path.received[rows]),
        )  # fmt: skip
        return Columns(self.transmitter, self.receiver, self.light, self.t[rows], part)


class Between(Columns):
    """Columns from polynomials over intervals; where these are not true enough, computed like any others.

    rows : the interval of each time (n,)
    same : the nodes, instead, that the times are
    """

    def __init__(self, over: Polynomials, t: Array, rows: Index, same: slice | None = None) -> None:
        plain = over.nodes
        super().__init__(plain.transmitter, plain.receiver, plain.light, t)
        self.over, self.rows, self.same = over, rows, same

    @cached_property
    def ray(self) -> Ray:
        light = self.over.light
        if self.same is not None:
            path = self.over.nodes.ray
            columns = (path.light_time, path.line, path.leaving, path.arriving)
            return self._ray(*(column[self.same] for column in columns))
        delay = np.einsum("nk,nk->n", self._basis[:, :_ROUGHLY], light.roughly[self.rows])
        line, leaving, arriving = np.split(self._summed(light), 3, axis=1)
        if self.light:
            step = delay_step(line, leaving, delay)
            delay, line = delay + step, line - step[:, None] * leaving
        if np.any(rough := ~light.true[self.rows]):
            path = self.over.make(self.t[rough]).ray
            delay[rough], line[rough] = path.light_time, path.line
            leaving[rough], arriving[rough] = path.leaving, path.arriving
        return self._ray(delay, line, leaving, arriving)

    def _ray(self, delay: Array, line: Array, leaving: Array, arriving: Array) -> Ray:
        return Ray(self.t, self.t - delay, delay, line, leaving, arriving, lambda: self.receiver.position(self.t))

    def smooth(self, what: str, own: Trajectory, make: Callable[[Columns], Array]) -> Array:
        return self.once(what, own, lambda _: self._smooth(what, own, make))

    def _smooth(self, what: str, own: Trajectory, make: Callable[[Columns], Array]) -> Array:
        truly = self.over.nodes.smooth(what, own, make)
        if self.same is not None:
            return truly[self.same]
        table = self.over.table(what, own, make)
        found = self._summed(table).reshape(len(self.t), *truly.shape[1:])
        if np.any(rough := ~table.true[self.rows]):
            found[rough] = make(self.over.make(self.t[rough]))
        return found

    def _summed(self, table: _Table) -> Array:
        """Sums (n, k) of the polynomials of a quantity."""
        basis, rows = self._basis, self.rows
        blocks = rows.reshape(-1, DEGREE + 1) if len(rows) % (DEGREE + 1) == 0 else rows[:, None]
        if not np.all(blocks == blocks[:, :1]):
            blocks = rows[:, None]
        summed: Array = np.matmul(basis.reshape(*blocks.shape, -1), table.coefficients[blocks[:, 0]])
        return summed.reshape(len(rows), -1)

    @cached_property
    def _basis(self) -> Array:
        """Chebyshev polynomials at the times (n, DEGREE+1)."""
        starts, ends = self.over.starts[self.rows], self.over.ends[self.rows]
        x = np.clip(2.0 * (self.t - starts) / (ends - starts) - 1.0, -1.0, 1.0)
        return np.ascontiguousarray(polynomials(x, DEGREE + 1))


def receives(own: Trajectory, transmitter: Trajectory, receiver: Trajectory) -> bool:
    """Whether an end is the receiver: itself, or the whole of which the receiver is a phase."""
    return own is receiver or (own is not transmitter and own.name == receiver.name)
