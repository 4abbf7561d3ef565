"""The network of a scenario: passes of its stations as opportunities, and what its missions ask for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.core.errors import SimError
from sim.core.text import nearest
from sim.core.time import DAY_S, Span
from sim.planning.plan import StationPass
from sim.planning.schedule.from_passes import open_parts
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Antenna, Opportunity, Request, Track, every
from sim.planning.stations import station_passes, station_paths

if TYPE_CHECKING:
    from sim.trajectories.tracking_requests import Mission, TrackingRequest
    from sim.visibility.network import Tracking
    from sim.visibility.result import Result

_PERIODS = {"day": DAY_S, "week": 7.0 * DAY_S}


def network_of_result(result: Result) -> Network:
    """The network that a scenario's schedule is made for.

    Parameters
    ----------
    result
        A result whose scenario has requests.

    Returns
    -------
    Network
        The antennas of all stations that see a mission, and a request for each request of the scenario, or for each of
        its periods.

    Raises
    ------
    SimError
        If the scenario has no requests, or with all that does not fit together in it.
    """
    asked = result.tracking
    if not asked.requests:
        raise SimError("the scenario has no requests for tracking. Add [missions.NAME] and [[requests]]")
    views = {name: _views(result, name, asked.missions[name]) for name in _missions(asked)}
    antennas = _antennas(asked, dict.fromkeys(each.station for own in views.values() for each in own))
    by_site: dict[str, list[str]] = {}
    for antenna in antennas:
        by_site.setdefault(antenna.at, []).append(antenna.name)
    requests: list[Request] = []
    names = _names(asked.requests)
    for name, each in zip(names, asked.requests, strict=True):
        requests += _requests(name, each, asked.missions[each.mission], views[each.mission], by_site, result.span)
    crews = {site: most for site, most in asked.crews.items() if site in by_site}
    return Network(tuple(antennas), tuple(requests), crews)


def _missions(asked: Tracking) -> list[str]:
    return list(dict.fromkeys(each.mission for each in asked.requests))


def _names(requests: Sequence[TrackingRequest]) -> list[str]:
    """A name for each request: its own, or that of its mission, with letters if there are several."""
    plain = [each.mission for each in requests if each.name is None]
    taken = {each.name for each in requests if each.name is not None}
    found, count = [], dict.fromkeys(plain, 0)
    for each in requests:
        name = each.name
        if name is None:
            count[each.mission] += 1
            several = plain.count(each.mission) > 1 or each.mission in taken
            name = f"{each.mission} {_letters(count[each.mission])}" if several else each.mission
        found.append(name)
    return found


def _letters(number: int) -> str:
    """1 as a, 26 as z, 27 as aa."""
    rest, last = divmod(number - 1, 26)
    return (_letters(rest) if rest else "") + chr(ord("a") + last)


def _views(result: Result, name: str, mission: Mission) -> list[StationPass]:
    """All passes of a mission."""
    routes = list(result.routes) if mission.routes is None else list(mission.routes)
    passes = station_passes(result, routes, {})
    if mission.routes is not None:
        return [each for own in passes.values() for each in own]
    if name not in passes:
        far = {path.mission for path in station_paths(result, routes)}
        raise SimError(f"mission {name}: no route leads from a site to {name}.{nearest(name, sorted(far))}")
    return passes[name]


def _antennas(asked: Tracking, stations: Mapping[str, None]) -> list[Antenna]:
    divided = {each.site for each in asked.antennas.values()}
    found = [Antenna(name) for name in stations if name not in divided]
    for name, each in asked.antennas.items():
        if each.site in stations:
            closed = tuple((one.start, one.end) for one in each.maintenance)
            found.append(Antenna(name, each.site, closed, each.spacecraft_per_beam, each.crew))
    return found


def _requests(
    name: str, asked: TrackingRequest, mission: Mission, views: Sequence[StationPass],
    by_site: Mapping[str, Sequence[str]], span: Span,
) -> Iterator[Request]:  # fmt: skip
    start = span.start if asked.start is None else max(asked.start, span.start)
    end = span.end if asked.end is None else min(asked.end, span.end)
    if start >= end:
        raise SimError(f"request {name}: its window is outside the span of the scenario. Change its start or end")
    allowed = _allowed(asked.antennas or mission.antennas, by_site)
    opportunities = tuple(_opportunities(mission, views, by_site, allowed))
    priority = mission.priority if asked.priority is None else asked.priority
    whole = Request(
        name, asked.mission, opportunities, 3600.0 * asked.hours, 3600.0 * asked.min_hours, asked.min_track_s,
        asked.max_tracks, asked.min_tracks, (start, end), priority,
        tuple(_allowed(asked.preferred or mission.preferred, by_site) or ()), mission.beam, asked.min_gap_s,
        asked.max_gap_s, asked.overlap_s, asked.sites_at_once, _pinned(name, asked),
    )  # fmt: skip
    period = _PERIODS.get(asked.per)
    if period is None:
        inside = tuple(each for each in opportunities if each.start < end and start < each.end)
        yield replace(whole, opportunities=inside)
        return
    for each in every(whole, Span(start, end), period):
        of_each = {one.request: replace(one, request=each.name) for one in each.pinned}
        share = each.max_s / whole.max_s  # the last period may be shorter: so are the tracks in it
        least = None if whole.min_track_s is None else min(whole.min_track_s, each.max_s / each.min_tracks)
        pinned = tuple(of_each[one.request] for one in each.pinned)
        if share * whole.max_s > 1.0:
            yield replace(each, pinned=pinned, min_track_s=least)


def _allowed(asked: Sequence[str] | None, by_site: Mapping[str, Sequence[str]]) -> list[str] | None:
    """The antennas that are named, by themselves or by their sites; None if all may be used."""
    if asked is None:
        return None
    known = {name for own in by_site.values() for name in own}
    return [one for name in asked for one in ([name] if name in known else by_site.get(name, ()))]


def _opportunities(
    mission: Mission, views: Sequence[StationPass], by_site: Mapping[str, Sequence[str]], allowed: Sequence[str] | None
) -> Iterator[Opportunity]:
    for view in views:
        before = view.rules.setup_s if mission.setup_s is None else mission.setup_s
        after = view.rules.teardown_s if mission.teardown_s is None else mission.teardown_s
        for antenna in by_site[view.station]:
            if allowed is None or antenna in allowed:
                for start, end in open_parts(view):
                    yield Opportunity((antenna,), start, end, before, after)


def _pinned(name: str, asked: TrackingRequest) -> tuple[Track, ...]:
    return tuple(
        Track(name, asked.mission, each.antennas, each.start, each.end, each.start - each.setup_s,
              each.end + each.teardown_s)
        for each in asked.pinned
    )  # fmt: skip
