"""Times at which light that arrives at the last end of a route passes the earlier ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.trajectories.light_time import ray
from sim.trajectories.trajectory import Trajectory
from sim.visibility import hops
from sim.visibility.known_times import lit_at_once, sent_times
from sim.visibility.routes import Hop

Array = NDArray[np.float64]
Held = NDArray[np.bool_]


@dataclass(frozen=True)
class Passing:
    """Light times along plain paths.

    ends : by name; light : whether light time is included
    holds : whether a hop is open at some times (…) TDB s of its receiving end
    """

    ends: Mapping[str, Trajectory]
    holds: Callable[[Hop, Array], Held]
    light: bool

    def times(self, path: Sequence[str], t: Array) -> Iterator[tuple[str, Array]]:
        """Each end of a path, the last first, and the time at which light that arrives at the last one at t passes it.

        Times are NaN if no orbit is known. If light of two phases of an end arrives at once, the light that passes the
        whole path is used; if there is none, that of the earlier phase.
        """
        yield path[-1], t
        for last in range(len(path) - 1, 0, -1):
            t = self.sent(path[: last + 1], t)
            yield path[last - 1], t

    def hop_times(self, path: Sequence[str], t: Array) -> Iterator[tuple[Hop, Array]]:
        """Each hop of a path, the last first, and its own times: those at its receiving end."""
        legs = reversed(list(pairwise(path)))
        return ((hop, own) for hop, (_, own) in zip(legs, self.times(path, t), strict=False))

    def is_open(self, path: Sequence[str], t: Array) -> Held:
        """Whether light that arrives at the last end of a path at t passes all of it."""
        found = ~np.isnan(t)
        for hop, own in self.hop_times(path, t):
            known = ~np.isnan(own)
            found &= known
            found[known] &= self.holds(hop, own[known])
        return found

    def sent(self, path: Sequence[str], t: Array) -> Array:
        """Time of transmission from the last but one end of a path, of light that arrives at the last one at t."""
        transmitter, receiver = (self.ends[name] for name in path[-2:])
        sent, known = np.full(np.shape(t), np.nan), ~np.isnan(t)
        sent[known] = sent_times(transmitter, receiver, t[known], self.light)
        for senders, own, when in lit_at_once(transmitter, receiver, self.light):
            inside = (t >= when.start) & (t <= when.end)
            if np.any(inside):
                sent[inside] = self._followed(path, senders, own, t[inside])
        return sent

    def _followed(self, path: Sequence[str], senders: Sequence[Trajectory], receiver: Trajectory, t: Array) -> Array:
        """Time of transmission of the light that is used, out of the light of several phases that arrives at t."""
        sent = ray(senders[0], receiver, t).sent
        left = np.ones(len(t), dtype=bool)
        for sender in senders:
            own = ray(sender, receiver, t).sent
            passes = left & hops.hop(sender, receiver).holds(t) & self.is_open(path[:-1], own)
            sent[passes], left[passes] = own[passes], False
        return sent
