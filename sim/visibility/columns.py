"""What scalars of a line of sight have in common at some times: each part is computed once, when one asks for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core import geometry
from sim.trajectories.light_time import Ray, ray
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

MOST_KEPT = 1 << 15
"""Times whose columns a line of sight keeps: a search asks for some thousands at once."""

_BATCHES = 2
"""Batches of times that a line of sight keeps: those of a search, and the few of an edge that is refined."""


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
        self._known: dict[tuple[str, int], tuple[Trajectory, Any]] = {}

    @cached_property
    def ray(self) -> Ray:
        """Both ends of the light."""
        return ray(self.transmitter, self.receiver, self.t, self.light)

    def when(self, own: Trajectory) -> Array:
        """Time at one end (…): of reception, or of transmission."""
        return self.ray.received if receives(own, self.transmitter, self.receiver) else self.ray.sent

    def seen(self, own: Trajectory) -> Array:
        """Direction and distance of the other end as one end sees it: (…, 3) km, ICRF axes."""
        found: Array = self.once("seen", own, lambda: self._seen(own))
        return found

    def axes(self, own: Site) -> Array:
        """East, north and up of a site, at its own time: (…, 3, 3), ICRF axes."""
        found: Array = self.once("axes", own, lambda: own.horizontal(self.when(own)))
        return found

    def once(self, what: str, own: Trajectory, make: Callable[[], Any]) -> Any:
        """Return what is called by a name of one end; it is made when it is first asked for."""
        known = self._known.get((what, id(own)))
        if known is None:
            known = self._known[what, id(own)] = own, make()  # the end is kept: no other gets its id
        return known[1]

    def _seen(self, own: Trajectory) -> Array:
        """At the transmitter, where it must point so that the light arrives: aberration with the sign reversed."""
        arrives = receives(own, self.transmitter, self.receiver)
        line = self.ray.line if arrives else -self.ray.line
        return geometry.aberrated(line, self.ray.arriving if arrives else -self.ray.leaving) if self.light else line


class Recent:
    """The columns of a line of sight at the times for which they were last asked."""

    def __init__(self, known: Columns | None = None) -> None:
        self.first = known
        self.kept: tuple[Columns, ...] = ()

    def at(self, t: Array, make: Callable[[Array], Columns]) -> Columns:
        """The columns at times (…): those that are kept, or new ones."""
        for columns in self.kept if self.first is None else (self.first, *self.kept):
            if columns.t is t or np.array_equal(columns.t, t):
                return columns
        if t.size > MOST_KEPT:
            return make(t)
        found = make(t.copy())  # a caller may change its own
        self.kept = (found, *self.kept[: _BATCHES - 1])
        return found


def receives(own: Trajectory, transmitter: Trajectory, receiver: Trajectory) -> bool:
    """Whether an end is the receiver: itself, or the whole of which the receiver is a phase."""
    return own is receiver or (own is not transmitter and own.name == receiver.name)
