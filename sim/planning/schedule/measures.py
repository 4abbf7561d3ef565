"""How good a schedule is: hours, satisfied requests, fairness, hand-overs and change, each with a weight."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, sqrt

from sim.core.errors import SimError
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Interval, Track


@dataclass(frozen=True)
class Weights:
    """The objective: what a schedule is to be good at, and how much of each. Every term lies between 0 and 1.

    Attributes
    ----------
    hours : float
        Weight of the tracked share of all time that was asked for.
    satisfied : float
        Weight of the share of satisfied requests, each counted by its priority.
    u_rms, u_max : float
        Weights of fairness: root mean square, and maximum, over missions of the share of its time that it lacks.
    handovers : float
        Weight against tracks beyond the first of each request, per request.
    change : float
        Weight against time that differs from an earlier schedule: added, removed, or moved to another antenna, as a
        share of all time that was asked for.
    preferred : float
        Weight of the tracked share that uses preferred antennas.
    """

    hours: float = 0.2
    satisfied: float = 0.1
    u_rms: float = 1.0
    u_max: float = 0.3
    handovers: float = 0.0
    change: float = 0.0
    preferred: float = 0.0

    def __post_init__(self) -> None:
        for key, value in vars(self).items():
            if not (isfinite(value) and 0.0 <= value <= 1e6):
                raise SimError(f"weight {key} is {value}: expected a number from 0 to 1000000")


@dataclass(frozen=True)
class Measures:
    """The measures of a schedule.

    Attributes
    ----------
    tracked_s, asked_s : float
        Tracked time, and the most that was asked for. Time that two antennas track one mission at once counts once.
    satisfied, requests : int
        How many requests have at least their least time; how many there are.
    satisfied_share : float
        The same by priority, as a share.
    lacking : mapping of str to float
        Of each mission, the share of its time that it lacks.
    u_rms, u_max : float
        Root mean square, and maximum, of these.
    handovers : int
        Tracks beyond the first of each request.
    preferred_s : float
        Tracked time that uses preferred antennas only.
    change_s : float
        Time added to and removed from an earlier schedule; 0 without one.
    objective : float
        The weighted sum; greater is better.
    """

    tracked_s: float
    asked_s: float
    satisfied: int
    requests: int
    satisfied_share: float
    lacking: Mapping[str, float]
    u_rms: float
    u_max: float
    handovers: int
    preferred_s: float
    change_s: float
    objective: float

    @property
    def tracked_h(self) -> float:
        """Tracked time in hours."""
        return self.tracked_s / 3600.0


def measure(
    network: Network, tracks: Sequence[Track], weights: Weights | None = None, earlier: Sequence[Track] = ()
) -> Measures:
    """Measures a schedule.

    Parameters
    ----------
    network
        What was asked.
    tracks
        The tracks of the schedule.
    weights
        The objective.
    earlier
        The tracks of an earlier schedule, against which change is counted.

    Returns
    -------
    Measures
        All measures, whatever their weights.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity, Request
    >>> asked = Request("a", "lro", (Opportunity(("ws1",), 0.0, 9000.0),), max_s=7200.0, min_s=3600.0)
    >>> network = Network((Antenna("ws1"),), (asked,))
    >>> found = measure(network, [Track("a", "lro", ("ws1",), 0.0, 5400.0, 0.0, 5400.0)])
    >>> found.satisfied, found.u_rms
    (1, 0.25)
    """
    weights = weights or Weights()
    by_request: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        by_request[track.request].append(track)
    asked, got = defaultdict[str, float](float), defaultdict[str, float](float)
    satisfied, priorities, handovers, preferred = 0, 0, 0, 0.0
    for request in network.requests:
        own = by_request[request.name]
        time = min(united_s((each.start, each.end) for each in own), request.max_s)
        asked[request.mission] += request.max_s
        got[request.mission] += time
        if own and time >= request.min_s - 1e-6:
            satisfied += 1
            priorities += request.priority
        handovers += max(len(own) - 1, 0)
        wanted = set(request.preferred)
        preferred += sum(each.duration_s for each in own if wanted and wanted.issuperset(each.antennas))
    lacking = {name: max(1.0 - got[name] / most, 0.0) for name, most in asked.items()}
    shares = list(lacking.values()) or [0.0]
    u_rms, u_max = sqrt(sum(u * u for u in shares) / len(shares)), max(shares)
    total, all_asked = sum(got.values()), sum(asked.values()) or 1.0
    all_priorities = sum(each.priority for each in network.requests) or 1
    change = changed_s(tracks, earlier) if earlier else 0.0
    objective = (
        weights.hours * total / all_asked + weights.satisfied * priorities / all_priorities
        - weights.u_rms * u_rms - weights.u_max * u_max - weights.handovers * handovers / max(len(network.requests), 1)
        - weights.change * change / all_asked + weights.preferred * preferred / all_asked
    )  # fmt: skip
    return Measures(
        total, network.asked_s, satisfied, len(network.requests), priorities / all_priorities, lacking, u_rms, u_max,
        handovers, preferred, change, objective,
    )  # fmt: skip


def united_s(intervals: Iterable[Interval]) -> float:
    """Length of a union of intervals (s)."""
    total, last = 0.0, -inf
    for start, end in sorted(intervals):
        total += max(end - max(start, last), 0.0)
        last = max(last, end)
    return total


def changed_s(tracks: Sequence[Track], earlier: Sequence[Track]) -> float:
    """Time that a schedule adds to an earlier one and removes from it, request by request and antennas by antennas."""
    before: dict[tuple[str, tuple[str, ...]], list[Track]] = defaultdict(list)
    for each in earlier:
        before[each.request, tuple(sorted(each.antennas))].append(each)
    kept = sum(
        max(min(own.end, old.end) - max(own.start, old.start), 0.0)
        for own in tracks for old in before[own.request, tuple(sorted(own.antennas))]
    )  # fmt: skip
    return sum(each.duration_s for each in (*tracks, *earlier)) - 2.0 * kept
