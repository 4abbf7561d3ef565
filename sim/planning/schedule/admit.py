"""Admits a request to a schedule at the least change of the other tracks: solved, and accepted only if checked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

from sim.core.errors import SimError
from sim.planning.schedule.checker import check
from sim.planning.schedule.compare import TrackChange, compare
from sim.planning.schedule.exact import best_schedule
from sim.planning.schedule.measures import Weights, united_s
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Interval, Request, Track
from sim.planning.schedule.search import search

MOST_FREE = 40
"""With more tracked requests than this, only those near the admitted one may change."""
STEPS_S = (60.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
"""Steps of time that are tried for a proof."""
MOST_SETS, MOST_SCHEDULES, MOST_NODES = 150, 1e6, 400
"""How many sets of tracks of a request, how many schedules, and how many trials a proof may take."""
SLACK_S = 0.002
"""A request that is forced gets at most so much more than it must have, so that others keep the rest."""


@dataclass(frozen=True)
class Effort:
    """How long solvers search, and from which seed.

    Attributes
    ----------
    iterations : int
        Of each search.
    seed : int
        Of all random choices.
    proof : bool
        Whether the exact solver is tried too, where few enough tracks may change.
    """

    iterations: int = 1500
    seed: int = 0
    proof: bool = True


@dataclass(frozen=True)
class Admission:
    """A schedule in which a request is met that was not, and what that costs others.

    Attributes
    ----------
    tracks : tuple of Track
        All tracks of the schedule.
    changes : tuple of TrackChange
        What became of tracks of other requests.
    lost_s : float
        Tracked time that other requests lose in all.
    moved_s : float
        Time by which the edges of others' tracks moved; for a track on other antennas, its length.
    dropped : tuple of str
        Requests that were met before, and no longer are.
    dropped_priority : int
        The sum of their priorities, each at least 1.
    step_s : float or None
        If not None: the exact solver proved that no schedule whose tracks begin and end at whole steps of this
        length, or at edges of opportunities, changes less.
    """

    tracks: tuple[Track, ...]
    changes: tuple[TrackChange, ...]
    lost_s: float
    moved_s: float
    dropped: tuple[str, ...]
    dropped_priority: int
    step_s: float | None = None


def is_met(request: Request, tracks: Sequence[Track]) -> bool:
    """Whether the tracks of a schedule satisfy a request: it has some, and at least its least time.

    Examples
    --------
    >>> is_met(Request("a", "lro", (), max_s=7200.0, min_s=3600.0), [])
    False
    """
    return bool(own := [t for t in tracks if t.request == request.name]) and got_s(own) >= request.min_s - 1e-6


def got_s(tracks: Sequence[Track]) -> float:
    """Tracked time; what two antennas track at once counts once (s)."""
    return united_s((each.start, each.end) for each in tracks)


def least_s(request: Request) -> float:
    """The least time with which a request keeps its rules (s)."""
    return max(request.min_s, request.min_tracks * request.least_track_s)


def admit(
    network: Network, name: str, tracks: Sequence[Track], free: Collection[str] = (), effort: Effort | None = None
) -> Admission | None:
    """Finds a schedule in which a request is met, with the least change of others.

    Others are not to be dropped, then not to lose time, then not to move, in this order; none of them gains.

    Parameters
    ----------
    network
        What is asked.
    name
        The request that is to be met.
    tracks
        The schedule so far.
    free
        Other requests whose tracks may change; those of all others stay as they are.
    effort
        How long to search.

    Returns
    -------
    Admission or None
        A schedule that `check` accepts; None if none was found.
    """
    effort, own = effort or Effort(), by_request(tracks)
    others = [track for track in tracks if track.request != name]
    movable = [each for each in network.requests if each.name in free and each.name != name and own[each.name]]
    found: list[Admission] = []
    asked, weights = _forced(network, name, own, {each.name for each in movable}, SLACK_S)
    if asked is None:
        return None
    reached = search(asked, weights, iterations=effort.iterations, seed=effort.seed, earlier=others)
    found += _accepted(network, name, others, reached.tracks)
    step = proof_step([each for each in asked.requests if each.opportunities])
    proven = None
    if step is not None and effort.proof and (movable or not found):
        asked, weights = _forced(network, name, own, {each.name for each in movable}, 2.0 * step)
        assert asked is not None
        best = best_schedule(asked, weights, step_s=step, earlier=others, most_nodes=MOST_NODES)
        proven = step if best.optimal else None
        found += _accepted(network, name, others, best.tracks)
    return replace(min(found, key=_loss), step_s=proven) if found else None


def neighbors(network: Network, name: str, tracks: Sequence[Track]) -> list[str]:
    """The requests whose tracks are in the way of a request, or, in a small network, all that have tracks.

    Those that hold its antennas, its sites' crews or its spacecraft longest come first.
    """
    request = next(each for each in network.requests if each.name == name)
    held: dict[str, float] = defaultdict(float)
    sites = {network.by_name[a].at for each in request.opportunities for a in each.antennas}
    for track in tracks:
        if track.request != name:
            same = track.mission == request.mission or any(network.by_name[a].at in sites for a in track.antennas)
            held[track.request] += same * sum(_overlap_s(track, each) for each in places(request))
    ordered = sorted(held, key=lambda each: -held[each])
    return ordered if len(ordered) <= MOST_FREE else [each for each in ordered if held[each] > 0.0][:MOST_FREE]


def places(request: Request) -> Iterator[Interval]:
    """When a request could occupy antennas: its opportunities inside its window, with set-up and tear-down."""
    opens, closes = request.window or (-1e18, 1e18)
    for each in request.opportunities:
        start, end = max(each.start, opens), min(each.end, closes)
        if start < end:
            yield start - each.setup_s, end + each.teardown_s


def by_request(tracks: Sequence[Track]) -> Mapping[str, list[Track]]:
    """The tracks of each request."""
    own: dict[str, list[Track]] = defaultdict(list)
    for each in tracks:
        own[each.request].append(each)
    return own


def _overlap_s(track: Track, place: Interval) -> float:
    return max(min(track.occupied_to, place[1]) - max(track.occupied_from, place[0]), 0.0)


def _loss(found: Admission) -> tuple[int, float, float]:
    return found.dropped_priority, round(found.lost_s), found.moved_s


def _forced(
    network: Network, name: str, own: Mapping[str, list[Track]], movable: Collection[str], slack_s: float
) -> tuple[Network | None, Weights]:
    """The network in which all but some tracks are pinned, and weights for which one request comes before all."""
    weight = {each.name: min(max(each.priority, 1), 1000) for each in network.requests}
    first = min(sum(weight.values()), 10**6)
    requests = []
    for each in network.requests:
        if each.name == name:
            most = min(each.max_s, max(least_s(each) + slack_s, 1.0))
            requests.append(replace(each, max_s=most, priority=first))
        elif each.name in movable:
            most = max(min(each.max_s, got_s(own[each.name]) + 0.002), least_s(each))
            requests.append(replace(each, max_s=most, priority=weight[each.name]))
        else:
            kept = tuple(own.get(each.name, ()))
            requests.append(
                replace(each, opportunities=(), pinned=kept, max_tracks=max(len(kept), each.min_tracks), priority=1)
            )
    weights = Weights(hours=1.0, satisfied=min(8.0 * first, 1e6), u_rms=0.0, u_max=0.0, change=0.01)
    try:
        return replace(network, requests=tuple(requests)), weights
    except SimError:  # its own rules leave no room for the time that it must have
        return None, weights


def _accepted(network: Network, name: str, before: Sequence[Track], tracks: Sequence[Track]) -> Iterator[Admission]:
    """The admission, if the request is met and every rule is kept."""
    requests = {each.name: each for each in network.requests}
    if not is_met(requests[name], tracks) or check(network, tracks):
        return
    old, new = by_request(before), by_request(tracks)
    lost = sum(max(got_s(old[each]) - got_s(new.get(each, [])), 0.0) for each in old)
    dropped = [each for each in old if is_met(requests[each], before) and not is_met(requests[each], tracks)]
    changes = compare(before, [each for each in tracks if each.request != name]).changed
    yield Admission(
        tuple(tracks), changes, lost if lost > 0.1 else 0.0, sum(map(_moved_s, changes)), tuple(dropped),
        sum(max(requests[each].priority, 1) for each in dropped),
    )  # fmt: skip


def _moved_s(change: TrackChange) -> float:
    if change.other_antennas or change.kind in ("new", "gone"):
        return change.track.duration_s
    return sum(map(abs, change.shifts_s))


def proof_step(requests: Sequence[Request]) -> float | None:
    """The shortest step of time for which all schedules can be tried; None if there are too many (s).

    Examples
    --------
    >>> from sim.planning.schedule.request import Opportunity
    >>> proof_step([Request("a", "lro", (Opportunity(("ws1",), 0.0, 7200.0),), max_s=3600.0, min_s=3600.0)])
    60.0
    """
    for step in STEPS_S:
        counts = [sets_of(each, step) for each in requests]
        if max(counts, default=0.0) <= MOST_SETS and prod(counts) <= MOST_SCHEDULES:
            return step
    return None


def sets_of(request: Request, step_s: float) -> float:
    """About how many sets of tracks a request could get at steps of time."""
    one = 0.0
    for start, end in places(request):
        lengths = 2.0 + max(min(request.max_s, end - start) - request.least_track_s, 0.0) / step_s
        one += max(1.0 + (end - start - request.least_track_s) / step_s, 0.0) * lengths
    most = min(request.max_tracks, int(request.max_s // max(request.least_track_s, 1.0)), 5)
    return sum(one**many for many in range(1, most + 1)) + 1.0
