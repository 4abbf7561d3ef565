"""Checks a schedule against every rule of its network, in words. It shares no code with the solvers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, pairwise

from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Request, Track

EDGE_S = 2e-3
"""Solvers compute in whole milliseconds: times that differ by less than two are the same."""

Use = tuple[float, float, int, Track]
"""From when to when a track needs how much of something."""


def check(network: Network, tracks: Sequence[Track]) -> list[str]:
    """Lists every rule that a schedule breaks.

    Parameters
    ----------
    network
        What was asked.
    tracks
        The tracks of the schedule.

    Returns
    -------
    list of str
        One sentence for each rule that is broken; empty if all are kept.

    Examples
    --------
    >>> from sim.planning.schedule.request import Opportunity
    >>> asked = Request("a", "lro", (Opportunity(("ws1",), 0.0, 7200.0),), max_s=3600.0, min_s=1800.0)
    >>> check(Network((Antenna("ws1"),), (asked,)), [Track("a", "lro", ("ws1",), 0.0, 900.0, 0.0, 900.0)])
    ['request a: tracked for 900 s in all, less than 1800 s', 'request a: a track lasts 900 s, less than 1800 s']
    """
    requests = {each.name: each for each in network.requests}
    own: dict[str, list[Track]] = defaultdict(list)
    found = []
    for track in sorted(tracks, key=lambda each: each.start):
        if track.request not in requests:
            found.append(f"request {track.request}: not in the network")
        elif track.mission != requests[track.request].mission:
            found.append(f"request {track.request}: a track is of {track.mission}, not of its mission")
        else:
            own[track.request].append(track)
    known = [track for each in own.values() for track in each]
    for name, request in requests.items():
        found += [f"request {name}: {fault}" for fault in _of_request(request, own[name])]
        found += [f"request {name}: {fault}" for track in own[name] for fault in _of_place(network, request, track)]
    for antenna in network.antennas:
        found += [f"antenna {antenna.name}: {fault}" for fault in _of_antenna(antenna, known, requests)]
    found += [f"site {site}: {fault}" for site in network.crews for fault in _of_crew(network, site, known)]
    return [*found, *_of_missions(network, known, requests)]


def _of_request(request: Request, tracks: Sequence[Track]) -> Iterator[str]:
    """What its tracks break of a request's own rules."""
    for pinned in request.pinned:
        if pinned not in tracks:
            yield f"the pinned track at {pinned.start:.0f} s is missing"
    free = [track for track in tracks if track not in request.pinned]
    if not free:
        return
    total, last = 0.0, float("-inf")
    for track in tracks:
        total += max(0.0, track.end - max(track.start, last))
        last = max(last, track.end)
    if total < request.min_s - EDGE_S:
        yield f"tracked for {total:.0f} s in all, less than {request.min_s:.0f} s"
    if total > request.max_s + EDGE_S:
        yield f"tracked for {total:.0f} s in all, more than {request.max_s:.0f} s"
    if not request.min_tracks <= len(tracks) <= request.max_tracks:
        yield f"{len(tracks)} tracks: expected {request.min_tracks} to {request.max_tracks}"
    for track in free:
        if track.end - track.start < request.least_track_s - EDGE_S:
            yield f"a track lasts {track.end - track.start:.0f} s, less than {request.least_track_s:.0f} s"
    gaps = [b.start - a.end for a, b in pairwise(tracks)]
    if request.min_gap_s is not None:
        yield from (f"a gap of {gap:.0f} s is too short" for gap in gaps if gap < request.min_gap_s - EDGE_S)
    if request.max_gap_s is not None and request.window is not None:
        around = (tracks[0].start - request.window[0], request.window[1] - tracks[-1].end)
        most = max(request.max_gap_s, 0.0)
        yield from (f"a gap of {gap:.0f} s is too long" for gap in around if gap > most + EDGE_S)
        yield from (f"a gap of {gap:.0f} s is too long" for gap in gaps if gap > request.max_gap_s + EDGE_S)


def _of_place(network: Network, request: Request, track: Track) -> Iterator[str]:
    """Whether a track lies in its window, and in an opportunity of each of the sites that it needs."""
    if track in request.pinned:
        return
    where = f"the track at {track.start:.0f} s on {', '.join(track.antennas)}"
    if request.window is not None and not _inside(track, *request.window):
        yield f"{where} is outside the request's window"
    fitting = [each for each in request.opportunities if _inside(track, each.start, each.end)]
    for group in combinations(fitting, request.sites_at_once):
        sites = [site for each in group for site in {network.by_name[name].at for name in each.antennas}]
        names = sorted(name for each in group for name in each.antennas)
        enough_before = track.start - track.occupied_from >= max(each.setup_s for each in group) - EDGE_S
        enough_after = track.occupied_to - track.end >= max(each.teardown_s for each in group) - EDGE_S
        apart = request.sites_at_once == 1 or len(sites) == len(set(sites))
        if names == sorted(track.antennas) and apart and enough_before and enough_after:
            return
    yield f"{where} is in no opportunity with its set-up and tear-down"


def _inside(track: Track, start: float, end: float) -> bool:
    return start - EDGE_S <= track.start and track.end <= end + EDGE_S


def _of_antenna(antenna: Antenna, tracks: Sequence[Track], requests: dict[str, Request]) -> Iterator[str]:
    """What breaks an antenna's rules: maintenance, and one spacecraft at a time, or those of one beam."""
    here = [track for track in tracks if antenna.name in track.antennas]
    for track in here:
        for start, end in antenna.maintenance:
            if min(end, track.occupied_to) - max(start, track.occupied_from) > EDGE_S:
                yield f"{_called(track)} falls into maintenance"
    for a, b in combinations(here, 2):
        if _together(a, b):
            beams = {requests[a.request].beam, requests[b.request].beam}
            if antenna.spacecraft_per_beam == 1:
                yield f"{_called(a)} and {_called(b)} want it at once"
            elif "" in beams or len(beams) > 1 or a.mission == b.mission:
                yield f"{_called(a)} and {_called(b)} do not share a beam"
    if antenna.spacecraft_per_beam > 1:
        most = _most_at_once((each.occupied_from, each.occupied_to, 1, each) for each in here)
        if most > antenna.spacecraft_per_beam:
            yield f"{most} spacecraft at once, more than {antenna.spacecraft_per_beam}"


def _of_crew(network: Network, site: str, tracks: Sequence[Track]) -> Iterator[str]:
    """Whether a site ever needs more crew than it has."""
    uses = []
    for track in tracks:
        needed = sum(network.by_name[name].crew for name in track.antennas if network.by_name[name].at == site)
        uses.append((track.occupied_from, track.occupied_to, needed, track))
    most = _most_at_once(uses)
    if most > network.crews[site]:
        yield f"a crew of {most} is needed at once, more than {network.crews[site]}"


def _of_missions(network: Network, tracks: Sequence[Track], requests: dict[str, Request]) -> Iterator[str]:
    """Whether tracks of one mission overlap, by more than a hand-over."""
    missions: dict[str, list[Track]] = defaultdict(list)
    for track in tracks:
        missions[track.mission].append(track)
    for mission, own in missions.items():
        for a, b in combinations(own, 2):
            overlap = requests[a.request].overlap_s
            last = a.end - overlap if overlap or not network.setup_apart else a.occupied_to
            first, begin = (each.occupied_from if network.setup_apart else each.start for each in (a, b))
            if min(last, b.end) - max(first, begin) > EDGE_S:
                yield f"mission {mission}: {_called(a)} and {_called(b)} overlap"


def _together(a: Track, b: Track) -> bool:
    return min(a.occupied_to, b.occupied_to) - max(a.occupied_from, b.occupied_from) > EDGE_S


def _most_at_once(uses: Iterable[Use]) -> int:
    """Greatest sum of what is used at once."""
    edges = []
    for start, end, amount, _ in uses:
        if end - start > EDGE_S:
            edges += [(start + EDGE_S / 2, amount), (end - EDGE_S / 2, -amount)]
    most = load = 0
    for _, change in sorted(edges):
        load += change
        most = max(most, load)
    return most


def _called(track: Track) -> str:
    return f"{track.request} ({track.mission}) at {track.start:.0f} s"
