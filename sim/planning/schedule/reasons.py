"""Why a request is not met: which rules prevent it, each found by leaving it out, and who holds its antennas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.core.text import some
from sim.planning.schedule.admit import Effort, admit, least_s
from sim.planning.schedule.compare import clock
from sim.planning.schedule.network import Network
from sim.planning.schedule.relaxations import antennas_of, maintenance_of, with_request, with_setup
from sim.planning.schedule.request import Interval, Request, Track


@dataclass(frozen=True)
class Reason:
    """A rule that prevents a request from being met: without it, the request would fit.

    Attributes
    ----------
    kind : str
        `view`, `setup`, `maintenance`, `gap`, `sites`, `crew`, `beam`, `pin`, `mission`, `held`, `several` or `none`.
    text : str
        A clause in words.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Hold:
    """A time in which another request holds what a request could have used.

    Attributes
    ----------
    what : str
        The antenna; or the crew of a site, or the spacecraft itself.
    request, mission : str
        Who holds it.
    start, end : float
        From when to when, set-up and tear-down included, as far as the request could have used it (TDB s).
    """

    what: str
    request: str
    mission: str
    start: float
    end: float

    @property
    def seconds(self) -> float:
        """For how long."""
        return self.end - self.start

    def __str__(self) -> str:
        """Who holds what, in words."""
        return f"{self.what} is held by {self.request} from {clock(self.start)} to {clock(self.end)}"


def find_holds(network: Network, request: Request, tracks: Sequence[Track]) -> tuple[Hold, ...]:
    """Lists who holds what a request could use, and for how long; the longest time first.

    Parameters
    ----------
    network
        What is asked.
    request
        The request that is not met.
    tracks
        The schedule.

    Returns
    -------
    tuple of Hold
        Every track of others that takes an antenna of its opportunities in their time; the crew of a site, if that is
        limited; or, for other requests of its mission, the spacecraft.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity
    >>> asked = Request("a", "lro", (Opportunity(("ws1",), 0.0, 7200.0),), max_s=3600.0)
    >>> juno = Request("b", "juno", (Opportunity(("ws1",), 0.0, 7200.0),), max_s=3600.0)
    >>> held = Track("b", "juno", ("ws1",), 600.0, 4200.0, 600.0, 4200.0)
    >>> [(each.what, each.seconds) for each in find_holds(Network((Antenna("ws1"),), (asked, juno)), asked, [held])]
    [('ws1', 3600.0)]
    """
    opens, closes = request.window or (-1e18, 1e18)
    found: dict[tuple[str, str, float, float], Hold] = {}
    for track in tracks:
        if track.request == request.name:
            continue
        for view in request.opportunities:
            start, end = max(view.start, opens), min(view.end, closes)
            if start >= end:
                continue
            clipped = _both(track, (start - view.setup_s, end + view.teardown_s))
            if clipped is not None:
                for what in _shared(network, request, view.antennas, track):
                    found[what, track.request, *clipped] = Hold(what, track.request, track.mission, *clipped)
    return tuple(sorted(found.values(), key=lambda each: (-each.seconds, each.start, each.what)))


def find_reasons(network: Network, name: str, tracks: Sequence[Track], effort: Effort) -> tuple[Reason, ...]:
    """Lists the rules that prevent a request: first its own and the network's, then those of other tracks.

    Parameters
    ----------
    network
        What is asked.
    name
        The request that is not met.
    tracks
        The schedule.
    effort
        How long to search for each.

    Returns
    -------
    tuple of Reason
        Each is enough to leave out. One of kind `several` if no single one is; of kind `none` if nothing prevents it.
    """
    request = next(each for each in network.requests if each.name == name)
    if not (reason := _of_view(request)):
        alone = replace(network, requests=(request,))
        if admit(alone, name, (), effort=effort) is None:
            found = tuple(_enough(alone, request, (), effort))
            return found or (Reason("several", f"several rules of {name} together leave no room for it, even alone"),)
        if admit(network, name, tracks, effort=effort) is not None:
            return (Reason("none", f"{name} fits beside all other tracks"),)
        found = tuple(_of_others(network, request, tracks, effort))
        return found or (Reason("several", f"its rules and the tracks of others together leave no room for {name}"),)
    return (reason,)


def _of_view(request: Request) -> Reason | None:
    """Whether its views are too short, whatever else is asked."""
    opens, closes = request.window or (-1e18, 1e18)
    lengths = [min(each.end, closes) - max(each.start, opens) for each in request.opportunities]
    longest = max((each for each in lengths if each > 0.0), default=0.0)
    if not longest:
        return Reason("view", f"{request.name} has no view" + (" in its window" if lengths else ""))
    if longest < request.least_track_s - 1e-3:
        needed = duration(request.least_track_s)
        return Reason("view", f"no view of {request.name} lasts {needed}: the longest lasts {duration(longest)}")
    total, most = sum(sorted(lengths)[-request.max_tracks :]), least_s(request)
    if total < most - 1e-3:
        return Reason("view", f"views of {request.name} last {duration(total)} in all, less than {duration(most)}")
    return None


def _enough(network: Network, request: Request, tracks: Sequence[Track], effort: Effort) -> Iterator[Reason]:
    """The rules that are enough to leave out, one at a time."""
    name, fits = request.name, partial(_fits, request.name, tracks, effort)
    if any(o.setup_s or o.teardown_s for o in request.opportunities) and fits(with_setup(network, request, 0.0)):
        yield Reason("setup", f"set-up and tear-down of {name} do not fit in")
    closed = {antenna.name: when for antenna, when in maintenance_of(network, request)}
    for antenna, when in closed.items():
        own = (replace(each, maintenance=()) if each.name == antenna else each for each in network.antennas)
        if fits(replace(network, antennas=tuple(own))):
            yield Reason("maintenance", f"{antenna} is in maintenance from {clock(when[0])} to {clock(when[1])}")
    if request.min_gap_s and fits(with_request(network, name, min_gap_s=None)):
        yield Reason("gap", f"tracks of {name} must be {duration(request.min_gap_s)} apart")
    if request.max_gap_s is not None and fits(with_request(network, name, max_gap_s=None)):
        yield Reason("gap", f"gaps of {name} may last at most {duration(max(request.max_gap_s, 0.0))}")
    if request.sites_at_once > 1 and fits(with_request(network, name, sites_at_once=1)):
        yield Reason("sites", f"{name} must be tracked from {request.sites_at_once} sites at once")
    if request.pinned and fits(with_request(network, name, pinned=())):
        yield Reason("pin", f"the pinned tracks of {name} itself leave no room")
    for site in network.crews:
        rest = {each: most for each, most in network.crews.items() if each != site}
        if fits(replace(network, crews=rest)):
            yield Reason("crew", f"the crew of {site}, {network.crews[site]} at once, is busy")


def _of_others(network: Network, request: Request, tracks: Sequence[Track], effort: Effort) -> Iterator[Reason]:
    """What prevents a request beside the tracks of others."""
    name, fits = request.name, partial(_fits, request.name, tracks, effort)
    others = [each for each in network.requests if each.name != name]
    pinned = [track for each in others for track in each.pinned]
    if pinned and admit(network, name, pinned, effort=effort) is None:
        near = {each.request for each in find_holds(network, request, pinned)}
        yield Reason("pin", f"pinned tracks of {some(sorted(near))} leave no room")
    yield from _enough(network, request, tracks, effort)
    if request.beam:
        wide = (
            replace(each, spacecraft_per_beam=1000) if each.spacecraft_per_beam > 1 else each
            for each in network.antennas
        )
        full = [a for a in antennas_of(request) if network.by_name[a].spacecraft_per_beam > 1]
        if full and fits(replace(network, antennas=tuple(wide))):
            yield Reason("beam", f"the beam of {some(full)} is full")
    holds = find_holds(network, request, tracks)
    same = list(dict.fromkeys(each.request for each in holds if each.what == request.mission))
    if same and _fits(name, [track for track in tracks if track.mission != request.mission], effort, network):
        yield Reason("mission", f"{request.mission} is tracked for {some(same)} then")
    if any(each.what in antennas_of(request) for each in holds):
        yield Reason("held", "its antennas are held by other requests")


def _fits(name: str, tracks: Sequence[Track], effort: Effort, network: Network) -> bool:
    try:
        return admit(network, name, tracks, effort=effort) is not None
    except SimError:
        return False


def _shared(network: Network, request: Request, antennas: Sequence[str], track: Track) -> Iterator[str]:
    yield from (name for name in antennas if name in track.antennas)
    sites = {network.by_name[name].at for name in antennas if network.by_name[name].crew}
    for site in sorted(sites & {network.by_name[name].at for name in track.antennas if network.by_name[name].crew}):
        if site in network.crews:
            yield f"the crew of {site}"
    if track.mission == request.mission:
        yield request.mission


def _both(track: Track, place: Interval) -> Interval | None:
    start, end = max(track.occupied_from, place[0]), min(track.occupied_to, place[1])
    return (start, end) if end > start else None
