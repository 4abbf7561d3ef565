"""What a scenario says of data: its network for the results, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from typing import TYPE_CHECKING

from sim.core.text import nearest, shown, some
from sim.core.toml_file import Keys
from sim.scenario.draft import Draft, get, listed, names
from sim.scenario.messages import Complaint
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.limits.limit import LIMITS, Limit

if TYPE_CHECKING:  # a scenario without data loads none of these
    from sim.scenario.scenario import Scenario
    from sim.trajectories.radios.channel import Channel
    from sim.visibility.network import Network

Hop = tuple[str, str]


def network_of(scenario: Scenario, channels: Mapping[str, Mapping[Hop, Channel]]) -> Network:
    """The rates, recorders and data of a scenario with the channels of its links; nothing if no data are made."""
    from sim.visibility.network import LinkRate, Network

    if not scenario.data:
        return Network()
    rates: dict[Hop, LinkRate] = {}
    for name, link in scenario.links.items():
        antenna = link.antenna or ""
        if link.rate_bit_s is not None:
            basis = link.rate_source or "assumed"
            rates |= {pair: LinkRate(name, link.rate_bit_s, None, basis, antenna) for pair in link.pairs()}
        elif link.signal is not None:
            of_link = channels[name].items()
            rates |= {pair: LinkRate(name, None, each, "link budget", antenna) for pair, each in of_link}
    ends = [*scenario.sites.items(), *scenario.spacecraft.items()]
    recorders = {name: end.recorder for name, end in ends if end.recorder is not None}
    return Network(rates, recorders, dict(scenario.data))


def undeliverable(scenario: object) -> Iterator[Complaint]:
    """Report data that are made nowhere, that no route leads to a desk, or whose links have no rate."""
    draft = Draft(scenario)
    rated = yield from _rated(draft)
    edges: list[tuple[str, Hop]] = []
    for name, data in draft.data.items():
        yield from _misnamed(draft, name, data)
        yield from _misplaced_limits(draft, name, data)
        at, to = get(data, "at"), names(get(data, "to"))
        if not isinstance(at, str) or at not in draft.ends:
            continue
        keys: Keys = ("data", name)
        if get(draft.ends[at], "recorder") is None:
            table = "sites" if at in draft.sites else "spacecraft"
            yield (*keys, "at"), (
                f"{at} has no recorder, so that it cannot keep data until a link is open. Add [{table}.{at}.recorder], "
                "with size_bits if its size is known"
            )
        hops = yield from _without_way(draft, keys, data, at, to)
        for hop in hops:
            if hop not in rated:
                yield keys, (
                    f"no rate is known from {hop[0]} to {hop[1]}. Add [links.NAME] with between = "
                    f'["{hop[0]}", "{hop[1]}"] and rate_bit_s, or a signal'
                )
        edges += [(name, hop) for hop in hops if hop[1] not in to]
    yield from _circles(edges)


def _rated(draft: Draft) -> Generator[Complaint, None, dict[Hop, str]]:
    """Report links that give a second rate, and antennas of links without a common end; return the hops with a rate."""
    rated: dict[Hop, str] = {}
    antennas: dict[str, list[Hop]] = {}
    for name, link in draft.links.items():
        if get(link, "rate_bit_s") is None and get(link, "signal") is None:
            continue
        sides = [names(side) for side in listed(get(link, "between"))]
        pairs = [(a, b) for a in sides[0] for b in sides[1]] if len(sides) == 2 else []
        both = draft.data and [pair for pair in pairs if pair in rated]
        if both:
            (one, other), first = both[0], rated[both[0]]
            yield ("links", name), (
                f"link {first!r} gives a rate from {one} to {other} already. Leave {other} out of one of them, or give "
                "one rate for both"
            )
        for pair in pairs:
            rated.setdefault(pair, name)
        if isinstance(antenna := get(link, "antenna"), str):
            antennas.setdefault(antenna, []).extend(pairs)
            from sim.planning.contact_parts import common_end

            if len(antennas[antenna]) > 1 and common_end(antennas[antenna]) is None:
                yield ("links", name, "antenna"), (
                    f"the links of antenna {shown(antenna)} have no end in common, whose antenna it could be. Give "
                    "another name to one of them"
                )
    return rated


def _misnamed(draft: Draft, name: str, data: object) -> Iterator[Complaint]:
    """Names in data that the scenario does not have."""
    at, to = get(data, "at"), names(get(data, "to"))
    for key, ends in (("at", [at] if isinstance(at, str) else []), ("to", to)):
        for end in ends:
            if end in BODIES:
                yield ("data", name, key), f"{end} is a body. Expected a site or spacecraft"
            elif end not in draft.ends:
                yield ("data", name, key), f"no site or spacecraft is called {shown(end)}.{nearest(end, draft.ends)}"
    if at in to:
        yield ("data", name, "to"), f"{at} makes these data and need not wait for them. Leave it out"
    for place, route in enumerate(listed(get(data, "routes"))):
        if isinstance(route, str) and route not in draft.routes:
            told = f"no route is called {shown(route)}.{nearest(route, draft.routes)}"
            yield ("data", name, "routes", place), told


def _misplaced_limits(draft: Draft, name: str, data: object) -> Iterator[Complaint]:
    at = get(data, "at")
    for index, limit in enumerate(listed(get(data, "limits"))):
        cls = type(limit) if isinstance(limit, Limit) else LIMITS.find(get(limit, "kind"))
        own = (draft.sites, "on_sites", "spacecraft"), (draft.spacecraft, "on_spacecraft", "sites")
        for there, fits, sort in own:
            if cls is not None and at in there and not getattr(cls, fits):
                told = f"limit kind {get(limit, 'kind')!r} is for {sort} only, and {at!r} is none"
                yield ("data", name, "limits", index), f"{told}. Leave it out, or choose another"


def _without_way(
    draft: Draft, keys: Keys, data: object, at: str, to: Sequence[str]
) -> Generator[Complaint, None, dict[Hop, None]]:
    """Report desks that no route leads to; return the hops that lead to the others."""
    from sim.planning.data_links import sections

    chosen = [route for route in listed(get(data, "routes")) if isinstance(route, str)] or list(draft.routes)
    hops: dict[Hop, None] = {}
    reached: set[str] = set()
    for path in (_plain(draft.routes.get(route)) for route in chosen):
        for steps in sections(path, at, to):
            reached.update(name for step in steps for name in step)
            pairs = [(a, b) for one, other in pairwise(steps) for a in one for b in other if a not in to and a != b]
            hops.update(dict.fromkeys(pairs))
    for place, desk in enumerate(to):
        if desk in draft.ends and desk != at and desk not in reached:
            back = any(True for route in chosen for _ in sections(_plain(draft.routes.get(route)), desk, (at,)))
            told = "routes lead only the other way" if back else "no route leads"
            where = (*keys, "to", place) if isinstance(get(data, "to"), (list, tuple)) else (*keys, "to")
            yield where, f'{told} from {at} to {desk}. Add one, for example [routes] down = ["{at}", "{desk}"]'
    return hops


def _circles(edges: Sequence[tuple[str, Hop]]) -> Iterator[Complaint]:
    """Report data that could come to an end twice."""
    before: dict[str, set[str]] = {}
    for _, (one, other) in edges:
        before.setdefault(other, set()).add(one)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        name = next(name for name, hop in edges if hop in set(pairwise(circle)))
        told = f"a loop: these data could go in a circle, {some(circle, ' to ')}"
        yield ("data", name), f"{told}. Name routes that lead one way only, by routes = […]"


def _plain(path: object) -> tuple[str | tuple[str, ...], ...]:
    """A path without what is no name."""
    return tuple(
        step if isinstance(step, str) else tuple(each for each in listed(step) if isinstance(each, str))
        for step in listed(path)
    )
