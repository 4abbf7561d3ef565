"""A schedule: its tracks, how good it is, what no schedule exceeds, and how to compute it again."""

from __future__ import annotations

from dataclasses import dataclass

from sim.planning.schedule.measures import Measures
from sim.planning.schedule.request import Track


@dataclass(frozen=True)
class Bound:
    """What no schedule exceeds; None where nothing was proved.

    Attributes
    ----------
    tracked_s : float or None
        Greatest tracked time.
    satisfied : float or None
        Greatest number of satisfied requests.
    u_rms, u_max : float or None
        Least root mean square, and least maximum, of the shares that missions lack.
    objective : float or None
        Greatest objective.
    method : str
        How it was proved.

    Each number is a bound for itself: no single schedule need reach all of them.
    """

    tracked_s: float | None = None
    satisfied: float | None = None
    u_rms: float | None = None
    u_max: float | None = None
    objective: float | None = None
    method: str = ""


@dataclass(frozen=True)
class Schedule:
    """Tracks of all missions.

    Attributes
    ----------
    tracks : tuple of Track
        In order of time.
    measures : Measures
        How good it is.
    bound : Bound
        What no schedule exceeds.
    optimal : bool
        Whether it is proven to have the greatest objective, over the times of choice of the solver.
    seed, iterations, horizon : int or None
        What gives the same schedule again: `search(network, seed=…, iterations=…, horizon=…)`; None if no search was
        made. `iterations` were made of the `horizon` over which the search was planned to cool down.
    """

    tracks: tuple[Track, ...]
    measures: Measures
    bound: Bound = Bound()
    optimal: bool = False
    seed: int | None = None
    iterations: int | None = None
    horizon: int | None = None

    @property
    def gap(self) -> float | None:
        """How much tracked time is missing from the bound, as a share of the bound; None without a bound.

        Examples
        --------
        >>> from sim.planning.schedule.network import Network
        >>> from sim.planning.schedule.measures import measure
        >>> Schedule((), measure(Network((), ()), [])).gap is None
        True
        """
        most = self.bound.tracked_s
        return None if most is None else max(most - self.measures.tracked_s, 0.0) / most if most else 0.0

    def of_mission(self, mission: str) -> tuple[Track, ...]:
        """The tracks of one mission, in order of time."""
        return tuple(each for each in self.tracks if each.mission == mission)

    def of_antenna(self, antenna: str) -> tuple[Track, ...]:
        """The tracks that use an antenna, in order of time."""
        return tuple(each for each in self.tracks if antenna in each.antennas)
