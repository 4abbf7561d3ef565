"""A network that is scheduled: its antennas and crews, and the requests of all missions; checked as a whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import isfinite

from sim.core.errors import SimError
from sim.core.text import nearest, some
from sim.planning.schedule.request import Antenna, Interval, Request

MOST_REQUESTS = 20_000
MOST_OPPORTUNITIES = 1_000_000
MOST_TRACKS = 1000
"""Greatest number of tracks of one request."""
LONGEST_S = 3.2e9
"""Longest time from the first to the last time of a network: a century."""


@dataclass(frozen=True)
class Network:
    """Antennas, crews and requests: the whole problem of a scheduler.

    Attributes
    ----------
    antennas : tuple of Antenna
        All antennas.
    requests : tuple of Request
        All requests; the order decides between equals.
    crews : mapping of str to int
        How much crew a site has at once. A site that is not named has enough.
    setup_apart : bool
        Whether tracks of one mission keep apart with set-up and tear-down included; otherwise only the tracks do.

    Raises
    ------
    SimError
        With all that is wrong with it.

    Examples
    --------
    >>> from sim.planning.schedule.request import Opportunity
    >>> hour = 3600.0
    >>> asked = Request("a", "lro", (Opportunity(("ws1",), 0.0, 5 * hour),), max_s=2 * hour, min_s=hour)
    >>> Network((Antenna("ws1"),), (asked,)).asked_s
    7200.0
    >>> Network((Antenna("ws2"),), (asked,))
    Traceback (most recent call last):
    sim.core.errors.SimError: request a: no antenna is called 'ws1'. Did you mean 'ws2'?
    """

    antennas: tuple[Antenna, ...]
    requests: tuple[Request, ...]
    crews: Mapping[str, int] = field(default_factory=dict)
    setup_apart: bool = False

    def __post_init__(self) -> None:
        if found := [*self._problems()]:
            raise SimError("\n".join(found[:100]) + (f"\n… and {len(found) - 100} more" if len(found) > 100 else ""))

    @cached_property
    def by_name(self) -> dict[str, Antenna]:
        """The antennas by their names."""
        return {each.name: each for each in self.antennas}

    @property
    def asked_s(self) -> float:
        """Tracked time that is asked for at most."""
        return sum(each.max_s for each in self.requests)

    def _problems(self) -> Iterator[str]:
        if len(self.requests) > MOST_REQUESTS:
            yield f"{len(self.requests)} requests: expected at most {MOST_REQUESTS}"
        count = sum(len(each.opportunities) for each in self.requests)
        if count > MOST_OPPORTUNITIES:
            yield f"{count} opportunities: expected at most {MOST_OPPORTUNITIES}"
            return
        for noun, names in (("antenna", [a.name for a in self.antennas]), ("request", [r.name for r in self.requests])):
            if twice := sorted(name for name, count in Counter(names).items() if count > 1):
                yield f"{noun}: {some(twice)} more than once: expected names that differ"
        for antenna in self.antennas:
            for fault in _of_antenna(antenna):
                yield f"antenna {antenna.name}: {fault}"
        sites = {each.at for each in self.antennas}
        for site, most in self.crews.items():
            if site not in sites:
                yield f"crews: no antenna is at {site!r}.{nearest(site, sites)}"
            if not _whole(most, 0):
                yield f"crews: {site} is {most!r}: expected a whole number from 0"
        for request in self.requests:
            for fault in (*_of_request(request), *self._of_opportunities(request)):
                yield f"request {request.name}: {fault}"
        times = [t for r in self.requests for each in r.opportunities for t in (each.start, each.end) if isfinite(t)]
        if times and max(times) - min(times) > LONGEST_S:
            yield "opportunities lie more than a century apart: expected less"

    def _of_opportunities(self, request: Request) -> Iterator[str]:
        groups = [each.antennas for each in request.opportunities] + [each.antennas for each in request.pinned]
        for name in dict.fromkeys([*(name for group in groups for name in group), *request.preferred]):
            if name not in self.by_name:
                yield f"no antenna is called {name!r}.{nearest(name, self.by_name)}"
        for each in request.opportunities:
            if not each.antennas or len(set(each.antennas)) < len(each.antennas):
                yield f"an opportunity has the antennas {list(each.antennas)}: expected one or more, each once"
            if fault := _interval((each.start, each.end)):
                yield f"an opportunity of {some(each.antennas)} {fault}"
            for key in ("setup_s", "teardown_s"):
                if not (isfinite(getattr(each, key)) and 0 <= getattr(each, key) <= LONGEST_S):
                    yield f"{key} is {getattr(each, key)}: expected 0 or more"


def _of_antenna(antenna: Antenna) -> Iterator[str]:
    for each in antenna.maintenance:
        if fault := _interval(each):
            yield f"maintenance {fault}"
    if not _whole(antenna.spacecraft_per_beam, 1):
        yield f"spacecraft_per_beam is {antenna.spacecraft_per_beam!r}: expected a whole number from 1"
    if not _whole(antenna.crew, 0):
        yield f"crew is {antenna.crew!r}: expected a whole number from 0"


def _of_request(request: Request) -> Iterator[str]:
    least, most = request.min_s, request.max_s
    if not (isfinite(least) and isfinite(most) and 0 <= least <= most <= LONGEST_S and most > 0):
        yield f"min_s is {least} and max_s is {most}: expected 0 <= min_s <= max_s, and more than 0"
        return
    if not (_whole(request.min_tracks, 1) and _whole(request.max_tracks, request.min_tracks, MOST_TRACKS)):
        found = f"min_tracks is {request.min_tracks!r} and max_tracks is {request.max_tracks!r}"
        yield f"{found}: expected whole numbers, 1 <= min_tracks <= max_tracks <= {MOST_TRACKS}"
        return
    if not (isfinite(request.least_track_s) and 0 <= request.least_track_s * request.min_tracks <= most):
        found = f"min_track_s is {request.min_track_s}"
        yield f"{found}: expected at most max_s, {most} s, by {request.min_tracks} tracks"
    if request.window is not None and (fault := _interval(request.window)):
        yield f"window {fault}"
    if not _whole(request.priority, 0, 10**6):
        yield f"priority is {request.priority!r}: expected a whole number from 0 to 1000000"
    if not _whole(request.sites_at_once, 1, 4):
        yield f"sites_at_once is {request.sites_at_once!r}: expected a whole number from 1 to 4"
    yield from _of_gaps(request)
    pinned = sorted(request.pinned, key=lambda each: each.start)
    if len(pinned) > request.max_tracks:
        yield f"{len(pinned)} pinned tracks: expected at most max_tracks, {request.max_tracks}"
    for each in pinned:
        if not each.occupied_from <= each.start < each.end <= each.occupied_to:
            yield "a pinned track's times are not in order: expected occupied_from, start, end, occupied_to"
    if any(a.end - request.overlap_s > b.start for a, b in pairwise(pinned)):
        yield "pinned tracks overlap: expected one after the other"


def _of_gaps(request: Request) -> Iterator[str]:
    least, most, overlap = request.min_gap_s, request.max_gap_s, request.overlap_s
    if not (isfinite(overlap) and 0 <= overlap <= LONGEST_S):
        yield f"overlap_s is {overlap}: expected 0 or more"
    elif overlap and not 2 * overlap < request.least_track_s:
        yield f"overlap_s is {overlap}: expected less than half of the least track, {request.least_track_s} s"
    if least is not None and not (isfinite(least) and 0 <= least <= LONGEST_S):
        yield f"min_gap_s is {least}: expected 0 or more"
    if least is not None and overlap:
        yield "min_gap_s and overlap_s are both given: expected one of them"
    if most is not None:
        if not (isfinite(most) and most >= (least or 0.0) - overlap):
            yield f"max_gap_s is {most}: expected at least min_gap_s, or -overlap_s"
        if request.window is None:
            yield "max_gap_s is given without a window: expected the time in which gaps are counted"


def _interval(bounds: Interval) -> str:
    start, end = bounds
    if not (isfinite(start) and isfinite(end) and start < end):
        return f"is from {start} to {end}: expected an end after the start"
    return ""


def _whole(number: object, least: int, most: int = 10**9) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and least <= number <= most

