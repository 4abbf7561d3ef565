"""What is wrong with what a scenario says of antennas, crews, missions and requests for tracking."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sim.core.text import nearest, shown
from sim.core.toml_file import Keys
from sim.scenario.draft import Draft, get, listed, names
from sim.scenario.messages import Complaint


def untrackable(scenario: object) -> Iterator[Complaint]:
    """Report antennas, missions and requests that name what the scenario does not have, or that nobody asks for."""
    draft = Draft(scenario)
    for name, antenna in draft.antennas.items():
        site = get(antenna, "site")
        if isinstance(site, str) and site not in draft.sites:
            yield ("antennas", name, "site"), f"no site is called {shown(site)}.{nearest(site, draft.sites)}"
        if name in draft.sites and site != name:
            cure = "Choose another name"
            yield ("antennas", name), f"{shown(name)} is a site, and the antenna stands elsewhere. {cure}"
    crews = get(scenario, "crews", {})
    for site in crews if isinstance(crews, Mapping) else ():
        if site not in draft.sites:
            yield ("crews", site), f"no site is called {shown(site)}.{nearest(str(site), draft.sites)}"
    for name, mission in draft.missions.items():
        yield from _of_mission(draft, name, mission)
    yield from _of_requests(draft)


def _of_mission(draft: Draft, name: str, mission: object) -> Iterator[Complaint]:
    keys: Keys = ("missions", name)
    asked = names(get(mission, "routes"))
    for route in asked:
        if route not in draft.routes:
            yield (*keys, "routes"), f"no route is called {shown(route)}.{nearest(route, draft.routes)}"
    if not asked and name not in far_ends(draft):
        cure = "Name its routes: routes = [...]"
        close = nearest(name, far_ends(draft))
        yield keys, f"no route leads from a site to {shown(name)}.{close if 'mean' in close else ''} {cure}"
    known = [route for route in asked if route in draft.routes]
    if known and not any(_tips(draft, draft.routes[route]) for route in known):
        yield (*keys, "routes"), "none of these routes begins or ends at a site: there is no antenna to track it"
    yield from _misnamed(draft, keys, mission)


def _of_requests(draft: Draft) -> Iterator[Complaint]:
    told: set[str] = set()
    asking: set[str] = set()
    for index, request in enumerate(draft.requests):
        keys: Keys = ("requests", index)
        mission, name = get(request, "mission"), get(request, "name")
        if isinstance(mission, str):
            asking.add(mission)
            if mission not in draft.missions:
                close = nearest(mission, draft.missions) or " Add [missions.NAME]"
                yield (*keys, "mission"), f"no mission is called {shown(mission)}.{close}"
        if isinstance(name, str):
            if name in told:
                yield (*keys, "name"), f"another request is also called {shown(name)}. Choose another name"
            told.add(name)
        yield from _misnamed(draft, keys, request)
        for place, pinned in enumerate(listed(get(request, "pinned"))):
            yield from _misnamed(draft, (*keys, "pinned", place), pinned, whole=False)
    for name in draft.missions:
        if name not in asking:
            cure = f"Add [[requests]] with mission = {name!r}"
            yield ("missions", name), f"mission {shown(name)} asks for nothing. {cure}"


def _misnamed(draft: Draft, keys: Keys, holder: object, whole: bool = True) -> Iterator[Complaint]:
    """Report antennas that do not exist. whole : whether a site may stand for all its antennas"""
    divided = {str(get(antenna, "site")) for antenna in draft.antennas.values()}
    known = {*draft.antennas, *(draft.sites if whole else draft.sites.keys() - divided)}
    for key in ("antennas", "preferred"):
        for name in names(get(holder, key)):
            if name not in known:
                yield (*keys, key), f"no antenna or site is called {shown(name)}.{nearest(name, sorted(known))}"


def far_ends(draft: Draft) -> list[str]:
    """The far ends of routes that begin or end at a site."""
    found: dict[str, None] = {}
    for path in draft.routes.values():
        found |= dict.fromkeys(_tips(draft, path))
    return list(found)


def _tips(draft: Draft, path: object) -> Sequence[str]:
    """The far ends of a path that begins or ends at a site; of two sites the last is the station."""
    steps = [names(step) for step in listed(path)]
    if len(steps) < 2:
        return ()
    if any(name in draft.sites for name in steps[-1]):
        return steps[0]
    return steps[-1] if any(name in draft.sites for name in steps[0]) else ()
