"""Changes of a network that may admit a request: of its own rules, of antennas, crews and beams, of pins and sites."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import inf, isfinite

from sim.core.durations import duration
from sim.core.errors import SimError
from sim.planning.schedule.admit import least_s, places
from sim.planning.schedule.compare import clock
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Interval, Opportunity, Request, Track

HOUR_S = 3600.0
UNIT_S = 60.0
"""Changes of times are looked for in whole minutes."""
FEW = 6
"""Most antennas, sites and pins of each kind that are tried."""


@dataclass(frozen=True)
class Prices:
    """What changes cost, in hours that another request loses: by these, the cheapest change is chosen.

    Attributes
    ----------
    lost, moved : float
        An hour that other requests lose, and an hour by which edges of their tracks move.
    dropped : float
        A request that is no longer met, times its priority.
    own, setup, gap, window : float
        An hour less of its own least time, or of set-up and tear-down; an hour of a gap; an hour more of its window.
    split : float
        An hour that is tracked in more parts than the request allows.
    maintenance, pin : float
        An hour of maintenance that is waived, or of pinned tracks that are released.
    crew, beam, sites, site, antenna : float
        An hour of tracking that needs more crew, more spacecraft in a beam, fewer sites at once, a site that the
        request does not name, or one more antenna.
    """

    lost: float = 1.0
    moved: float = 0.02
    dropped: float = 24.0
    own: float = 1.0
    setup: float = 2.0
    gap: float = 0.5
    window: float = 0.5
    split: float = 0.2
    maintenance: float = 1.5
    pin: float = 0.5
    crew: float = 2.0
    beam: float = 1.0
    sites: float = 2.0
    site: float = 0.5
    antenna: float = 6.0

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not (isfinite(value) and 0.0 <= value <= 1e6):
                raise SimError(f"price {each.name} is {value}: expected a number from 0 to 1000000")


@dataclass(frozen=True)
class Option:
    """A change that may be made, in part or as a whole.

    Attributes
    ----------
    kind : str
        A field of `Prices`.
    apply : callable
        Gives the network with so much of the change (s). May raise `SimError`.
    words : callable
        What is changed, in words that follow *if*.
    most_s : float
        Greatest amount (s).
    divisible : bool
        Whether a part of it is a change too; the least amount is then looked for.
    by_use : bool
        Whether the time that the request is tracked is what it costs, not the amount.
    frees : tuple of str
        Requests whose tracks may change with it.
    """

    kind: str
    apply: Callable[[float], Network]
    words: Callable[[float], str]
    most_s: float
    divisible: bool = True
    by_use: bool = False
    frees: tuple[str, ...] = ()


def options(network: Network, name: str, tracks: Sequence[Track]) -> Iterator[Option]:
    """All changes that are tried for a request, besides those of other tracks.

    Parameters
    ----------
    network
        What is asked.
    name
        The request that is to be met.
    tracks
        The schedule so far.

    Yields
    ------
    Option
        Only changes that the request could feel: of rules that it has, of antennas that it names.
    """
    request = next(each for each in network.requests if each.name == name)
    yield from _of_its_time(network, request)
    yield from _of_its_gaps(network, request)
    yield from _of_its_window(network, request)
    yield from _of_antennas(network, request)
    yield from _of_pins(network, request, tracks)
    yield from _of_other_sites(network, request)


def with_request(network: Network, name: str, **changed: object) -> Network:
    """The network with some fields of one request changed."""
    own = (replace(each, **changed) if each.name == name else each for each in network.requests)  # type: ignore[arg-type]
    return replace(network, requests=tuple(own))


def with_antenna(network: Network, name: str, **changed: object) -> Network:
    """The network with some fields of one antenna changed."""
    own = (replace(each, **changed) if each.name == name else each for each in network.antennas)  # type: ignore[arg-type]
    return replace(network, antennas=tuple(own))


def with_setup(network: Network, request: Request, share: float) -> Network:
    """The network in which a request needs only a share of its set-up and tear-down."""
    views = (replace(o, setup_s=o.setup_s * share, teardown_s=o.teardown_s * share) for o in request.opportunities)
    return with_request(network, request.name, opportunities=tuple(views))


def antennas_of(request: Request) -> list[str]:
    """The antennas of all opportunities of a request."""
    return list(dict.fromkeys(name for each in request.opportunities for name in each.antennas))


def maintenance_of(network: Network, request: Request) -> Iterator[tuple[Antenna, Interval]]:
    """The maintenance of its antennas that falls into its opportunities."""
    for name in antennas_of(request):
        own = replace(request, opportunities=tuple(o for o in request.opportunities if name in o.antennas))
        for closed in network.by_name[name].maintenance:
            if any(start < closed[1] and closed[0] < end for start, end in places(own)):
                yield network.by_name[name], closed


def _of_its_time(network: Network, request: Request) -> Iterator[Option]:
    name, least = request.name, least_s(request)

    def shorter(x: float) -> Network:
        share, track = 1.0 - x / least, request.min_track_s
        return with_request(
            network, name, min_s=request.min_s * share, min_track_s=None if track is None else track * share
        )

    if least > UNIT_S:
        yield Option("own", shorter, lambda x: f"{name} asked for at least {duration(x)} less", least - UNIT_S)
    many, part = request.max_tracks + 1, request.least_track_s / 2.0
    if part >= UNIT_S and not request.overlap_s:
        words = f"{name} could be tracked in up to {many} parts of {duration(part)} or more"
        split = with_request(network, name, max_tracks=many, min_track_s=part)
        yield Option("split", lambda x: split, lambda x: words, part, False, True)
    setup = max((o.setup_s + o.teardown_s for o in request.opportunities), default=0.0)
    if setup > 0.0:
        yield Option(
            "setup", lambda x: with_setup(network, request, 1.0 - x / setup),
            lambda x: f"set-up and tear-down of {name} took {duration(x)} less", setup,
        )  # fmt: skip
    if (sites := request.sites_at_once) > 1:
        fewer = with_request(network, name, sites_at_once=sites - 1)
        words_of_sites = f"{name} were tracked from {sites - 1} instead of {sites} sites at once"
        yield Option("sites", lambda x: fewer, lambda x: words_of_sites, least, False, True)


def _of_its_gaps(network: Network, request: Request) -> Iterator[Option]:
    name, least, most = request.name, request.min_gap_s or 0.0, request.max_gap_s
    if least:
        yield Option(
            "gap", lambda x: with_request(network, name, min_gap_s=max(least - x, 0.0) or None),
            lambda x: f"gaps between tracks of {name} could be {duration(x)} shorter", least,
        )  # fmt: skip
    if most is not None and request.window is not None:
        yield Option(
            "gap", lambda x: with_request(network, name, max_gap_s=most + x),
            lambda x: f"gaps of {name} could be {duration(x)} longer", request.window[1] - request.window[0],
        )  # fmt: skip


def _of_its_window(network: Network, request: Request) -> Iterator[Option]:
    if request.window is None:
        return
    opens, closes = request.window
    groups = {tuple(sorted(each.antennas)) for each in request.opportunities}
    views = dict.fromkeys(request.opportunities)
    views.update(dict.fromkeys(o for o in _of_mission(network, request) if tuple(sorted(o.antennas)) in groups))
    for early in (True, False):
        edge = opens if early else closes
        if not any(o.start < edge + HOUR_S * (not early) and o.end > edge - HOUR_S * early for o in views):
            continue

        def wider(x: float, early: bool = early) -> Network:
            window = (opens - x, closes) if early else (opens, closes + x)
            return with_request(network, request.name, opportunities=tuple(views), window=window)

        word = "began" if early else "ended"
        late = "earlier" if early else "later"
        yield Option(
            "window", wider,
            lambda x, word=word, late=late: f"the window of {request.name} {word} {duration(x)} {late}",  # type: ignore[misc]
            HOUR_S,
        )  # fmt: skip


def _of_antennas(network: Network, request: Request) -> Iterator[Option]:
    use = least_s(request)
    for antenna, closed in list(maintenance_of(network, request))[:FEW]:
        rest = tuple(each for each in antenna.maintenance if each != closed)
        open_ = with_antenna(network, antenna.name, maintenance=rest)
        words = f"the maintenance of {antenna.name} from {clock(closed[0])} to {clock(closed[1])} were waived"
        length = closed[1] - closed[0]
        yield Option("maintenance", lambda x, net=open_: net, lambda x, text=words: text, length, False)  # type: ignore[misc]
    names = antennas_of(request)
    sites = {network.by_name[name].at: network.by_name[name].crew for name in names}
    for site, amount in [each for each in sites.items() if each[0] in network.crews and each[1]][:FEW]:
        more = _with_crew(network, site, amount)
        words = f"the crew of {site} had {amount} more"
        yield Option("crew", lambda x, net=more: net, lambda x, text=words: text, use, False, True)  # type: ignore[misc]
    for name in [each for each in names if request.beam and network.by_name[each].spacecraft_per_beam > 1][:FEW]:
        many = network.by_name[name].spacecraft_per_beam + 1
        more = with_antenna(network, name, spacecraft_per_beam=many)
        words = f"{name} could track {many} spacecraft in one beam"
        yield Option("beam", lambda x, net=more: net, lambda x, text=words: text, use, False, True)  # type: ignore[misc]
    for name in names[:FEW]:
        more = _with_second(network, request, name)
        words = f"there were one more antenna like {name} at {network.by_name[name].at}"
        yield Option("antenna", lambda x, net=more: net, lambda x, text=words: text, use, False, True)  # type: ignore[misc]


def _of_pins(network: Network, request: Request, tracks: Sequence[Track]) -> Iterator[Option]:
    around = list(places(request))
    start, end = min((a for a, _ in around), default=inf), max((b for _, b in around), default=-inf)
    own = [each for each in network.requests if each.pinned and each.name == request.name]
    near = [
        each for each in network.requests if each.name != request.name
        and any(track.occupied_from < end and start < track.occupied_to for track in each.pinned)
    ]  # fmt: skip
    for each in (*own, *near[:FEW]):
        freed = with_request(network, each.name, pinned=())
        words = f"the pinned tracks of {each.name} were released"
        length = sum(track.duration_s for track in each.pinned)
        yield Option(
            "pin", lambda x, net=freed: net, lambda x, text=words: text, length, False, frees=(each.name,)  # type: ignore[misc]
        )  # fmt: skip


def _of_other_sites(network: Network, request: Request) -> Iterator[Option]:
    """Sites from which other requests of the same mission may be tracked, so that their views are known."""
    named, opens = set(antennas_of(request)), request.window or (-inf, inf)
    views: dict[str, dict[Opportunity, None]] = {}
    for each in _of_mission(network, request):
        if named.isdisjoint(each.antennas) and each.start < opens[1] and opens[0] < each.end:
            views.setdefault(network.by_name[each.antennas[0]].at, {})[each] = None
    for site, known in list(views.items())[:FEW]:
        more = with_request(network, request.name, opportunities=(*request.opportunities, *known))
        words = f"{request.name} could also be tracked from {site}"
        yield Option("site", lambda x, net=more: net, lambda x, text=words: text, least_s(request), False, True)  # type: ignore[misc]


def _of_mission(network: Network, request: Request) -> Iterator[Opportunity]:
    for each in network.requests:
        if each.mission == request.mission and each.name != request.name:
            yield from each.opportunities


def _with_crew(network: Network, site: str, amount: int) -> Network:
    crews: Mapping[str, int] = {**network.crews, site: network.crews[site] + amount}
    return replace(network, crews=crews)


def _with_second(network: Network, request: Request, name: str) -> Network:
    """The network with a second antenna of a kind, which the request may use as the first, without maintenance."""
    known = {each.name for each in network.antennas}
    second = next(new for i in range(2, len(known) + 3) if (new := f"{name} ({i})") not in known)
    like = replace(network.by_name[name], name=second, site=network.by_name[name].at, maintenance=())
    views = [
        replace(each, antennas=tuple(second if one == name else one for one in each.antennas))
        for each in request.opportunities if name in each.antennas
    ]  # fmt: skip
    added = replace(network, antennas=(*network.antennas, like))
    return with_request(added, request.name, opportunities=(*request.opportunities, *views))
