"""How a schedule stands uncertain views: tracks trimmed by sigmas, and the probability that each is visible whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from math import erf, isfinite, sqrt

from sim.core.errors import SimError
from sim.planning.schedule.admit import is_met
from sim.planning.schedule.compare import Sigmas
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Opportunity, Track

SAME_S = 2e-3
"""Solvers compute in whole milliseconds: times that differ by less than two are the same."""
ViewSigmas = Mapping[Opportunity, Sigmas]
"""Standard deviations of the start and the end of opportunities (s); those that are not listed are unknown."""


@dataclass(frozen=True)
class TrackRisk:
    """How one track stands uncertain views.

    Attributes
    ----------
    track : Track
        The track.
    probability : float or None
        That the spacecraft is in view for the whole track; None if a standard deviation that matters is unknown.
    trimmed : Track or None
        The track between the trimmed edges of its view; None if less is left than its request allows, or if it is
        unknown.
    """

    track: Track
    probability: float | None
    trimmed: Track | None


@dataclass(frozen=True)
class Robustness:
    """How a schedule stands uncertain views.

    Attributes
    ----------
    tracks : tuple of TrackRisk
        Every track.
    n_sigma : float
        By how many standard deviations views were trimmed.
    expected_s : float
        Expected length of what is tracked, of tracks of known probability; each counts as a whole or not at all.
    unknown_s : float
        Length of the tracks of unknown probability.
    unmet : tuple of str
        Requests that are met, and would not be with trimmed tracks. Those with an unknown track are not among them.
    undecided : tuple of str
        Requests that are met, with tracks whose trimmed length is unknown.
    """

    tracks: tuple[TrackRisk, ...]
    n_sigma: float
    expected_s: float
    unknown_s: float
    unmet: tuple[str, ...]
    undecided: tuple[str, ...]


def assess(network: Network, tracks: Sequence[Track], sigmas: ViewSigmas, n_sigma: float = 3.0) -> Robustness:
    """Assesses how a schedule stands uncertain views.

    Parameters
    ----------
    network
        What is asked.
    tracks
        The schedule.
    sigmas
        Standard deviations of the edges of its views.
    n_sigma
        By how many of them tracks are trimmed.

    Returns
    -------
    Robustness
        Probabilities take the edges of views as normal and independent of each other.

    Raises
    ------
    SimError
        If `n_sigma` or a standard deviation is negative or not finite.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Request
    >>> view = Opportunity(("ws1",), 0.0, 7200.0)
    >>> network = Network((Antenna("ws1"),), (Request("a", "lro", (view,), 3600.0, 1800.0),))
    >>> track = Track("a", "lro", ("ws1",), 60.0, 3660.0, 60.0, 3660.0)
    >>> found = assess(network, [track], {view: (60.0, 60.0)})
    >>> round(found.tracks[0].probability, 4), found.tracks[0].trimmed.start
    (0.8413, 180.0)
    """
    wrong = [s for pair in sigmas.values() for s in pair if s is not None and not (isfinite(s) and s >= 0.0)]
    if wrong or not (isfinite(n_sigma) and n_sigma >= 0.0):
        raise SimError(f"n_sigma is {n_sigma}, and {len(wrong)} sigmas are invalid: expected finite numbers from 0")
    risks = tuple(_risk(network, each, sigmas, n_sigma) for each in tracks)
    expected = sum(each.track.duration_s * each.probability for each in risks if each.probability is not None)
    unknown = [each.track for each in risks if each.probability is None]
    lost = {each.track.request for each in risks if each.trimmed != each.track}
    trimmed = [each.trimmed for each in risks if each.trimmed is not None]
    unsure = {each.request for each in unknown}
    met = [each for each in network.requests if each.name in lost and is_met(each, tracks)]
    unmet = [each.name for each in met if each.name not in unsure and not is_met(each, trimmed)]
    undecided = [each.name for each in met if each.name in unsure]
    return Robustness(
        risks, n_sigma, expected, sum(each.duration_s for each in unknown), tuple(unmet), tuple(undecided)
    )  # fmt: skip


def trim(network: Network, sigmas: ViewSigmas, n_sigma: float = 3.0) -> Network:
    """The network with trimmed views, in which a schedule can be made that stands so many standard deviations.

    Parameters
    ----------
    network
        What is asked.
    sigmas
        Standard deviations of the edges of its opportunities. Opportunities of unknown ones are left out.
    n_sigma
        By how many of them each opportunity begins later and ends earlier.

    Returns
    -------
    Network
        The same requests with fewer and shorter opportunities.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Request
    >>> view = Opportunity(("ws1",), 0.0, 7200.0)
    >>> network = Network((Antenna("ws1"),), (Request("a", "lro", (view,), 3600.0, 1800.0),))
    >>> [(each.start, each.end) for each in trim(network, {view: (10.0, 20.0)}).requests[0].opportunities]
    [(30.0, 7140.0)]
    """
    requests = []
    for request in network.requests:
        views = []
        for view in request.opportunities:
            first, last = sigmas.get(view, (None, None))
            if first is not None and last is not None:
                start, end = view.start + n_sigma * first, view.end - n_sigma * last
                views += [replace(view, start=start, end=end)] if start < end else []
        requests.append(replace(request, opportunities=tuple(views)))
    return replace(network, requests=tuple(requests))


def edge_sigmas(network: Network, track: Track, sigmas: ViewSigmas) -> Sigmas:
    """The standard deviations of the edges of a track, for `compare`.

    Parameters
    ----------
    network
        What is asked.
    track
        A track of its schedule.
    sigmas
        Standard deviations of the edges of its views.

    Returns
    -------
    tuple of (float or None, float or None)
        Those of its view where the track begins and ends with it; 0 at a time that was chosen; None where unknown.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Request
    >>> view = Opportunity(("ws1",), 0.0, 7200.0)
    >>> network = Network((Antenna("ws1"),), (Request("a", "lro", (view,), 3600.0, 1800.0),))
    >>> edge_sigmas(network, Track("a", "lro", ("ws1",), 0.0, 3600.0, 0.0, 3600.0), {view: (10.0, 20.0)})
    (10.0, 0.0)
    """
    views = views_of(network, track)
    if not views:
        return None, None
    first = [sigmas.get(each, (None, None))[0] for each in views if track.start - each.start <= SAME_S]
    last = [sigmas.get(each, (None, None))[1] for each in views if each.end - track.end <= SAME_S]
    return _greatest(first), _greatest(last)


def views_of(network: Network, track: Track) -> tuple[Opportunity, ...]:
    """The opportunities that a track uses: one for each of the sites that its request needs at once.

    Parameters
    ----------
    network
        What is asked.
    track
        A track of its schedule.

    Returns
    -------
    tuple of Opportunity
        Where several would do, those that leave the most room around the track. Empty if there are none, as for some
        pinned tracks.
    """
    request = next((each for each in network.requests if each.name == track.request), None)
    if request is None:
        return ()
    inside = [
        each for each in request.opportunities
        if each.start - SAME_S <= track.start and track.end <= each.end + SAME_S
        and set(each.antennas) <= set(track.antennas)
    ]  # fmt: skip
    groups = [
        group for group in combinations(inside, request.sites_at_once)
        if sorted(name for each in group for name in each.antennas) == sorted(track.antennas)
    ]  # fmt: skip
    return max(groups, key=lambda group: min(_room(each, track) for each in group), default=())


def _room(view: Opportunity, track: Track) -> float:
    return min(track.start - view.start, view.end - track.end)


def _risk(network: Network, track: Track, sigmas: ViewSigmas, n_sigma: float) -> TrackRisk:
    request = next((each for each in network.requests if each.name == track.request), None)
    views = views_of(network, track)
    known = [sigmas.get(each, (None, None)) for each in views]
    probability, start, end = 1.0, track.start, track.end
    for view, (first, last) in zip(views, known, strict=True):
        if first is None or last is None:
            return TrackRisk(track, None, None)
        probability *= _below(track.start - view.start, first) * _below(view.end - track.end, last)
        start, end = max(start, view.start + n_sigma * first), min(end, view.end - n_sigma * last)
    if not views or request is None:
        return TrackRisk(track, None, None)
    if end - start < max(request.least_track_s, SAME_S) - SAME_S:
        return TrackRisk(track, probability, None)
    moved = replace(
        track, start=start, end=end, occupied_from=track.occupied_from + start - track.start,
        occupied_to=track.occupied_to + end - track.end,
    )  # fmt: skip
    return TrackRisk(track, probability, moved)


def _below(room_s: float, sigma_s: float) -> float:
    """Probability that a normal error is less than the room that there is for it."""
    if sigma_s == 0.0:
        return 1.0 if room_s >= -SAME_S else 0.0
    return 0.5 * (1.0 + erf(room_s / sigma_s / sqrt(2.0)))


def _greatest(sigmas: Sequence[float | None]) -> float | None:
    if None in sigmas:
        return None
    return max((each for each in sigmas if each is not None), default=0.0)
