"""Which links data may take: along the routes of a scenario, from the end that makes them to their desks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from sim.trajectories.made_data import MadeData
from sim.visibility.network import Network
from sim.visibility.routes import Path

Way = tuple[str, ...]


def data_links(paths: Mapping[str, Path], network: Network, what: MadeData) -> tuple[Way, ...]:
    """The links that data may take, in the order of the routes: each from an end that stores to the next.

    A relay without a recorder is a bent pipe, and part of a link.

    Examples
    --------
    >>> from sim.trajectories.recorder import Recorder
    >>> paths = {"home": ("lander", "relay", ("kourou", "cebreros"))}
    >>> data_links(paths, Network(), MadeData(at="lander", to=("kourou",)))
    (('lander', 'relay', 'kourou'),)
    >>> data_links(paths, Network(recorders={"relay": Recorder()}), MadeData(at="lander", to=("kourou",)))
    (('lander', 'relay'), ('relay', 'kourou'))
    """
    routes = list(paths) if what.routes is None else [name for name in what.routes if name in paths]
    found: dict[Way, None] = {}
    for name in routes:
        for steps in sections(paths[name], what.at, what.to):
            found.update(dict.fromkeys(_links(steps, network.recorders.keys(), frozenset(what.to))))
    return tuple(found)


def sections(path: Path, at: str, to: Collection[str]) -> Iterator[list[tuple[str, ...]]]:
    """The parts of a route from an end to the last step with one of some desks, as steps of alternatives."""
    steps = [(each,) if isinstance(each, str) else tuple(each) for each in path]
    for first, step in enumerate(steps):
        if at in step:
            last = max((k for k in range(first + 1, len(steps)) if set(to) & set(steps[k])), default=first)
            if last > first:
                yield [(at,), *steps[first + 1 : last], tuple(name for name in steps[last] if name in to)]


def _links(steps: Sequence[tuple[str, ...]], storing: Collection[str], desks: frozenset[str]) -> Iterator[Way]:
    """The links along one section; from the second step on they begin at ends that store."""
    for first, step in enumerate(steps[:-1]):
        for name in step:
            if first == 0 or (name in storing and name not in desks):
                yield from _onward((name,), steps[first + 1 :], storing, desks)


def _onward(
    way: Way, steps: Sequence[tuple[str, ...]], storing: Collection[str], desks: frozenset[str]
) -> Iterator[Way]:
    """The links that begin with a way, up to the next end that stores or waits."""
    for name in steps[0]:
        if name in desks or (name in storing and len(steps) > 1):
            yield (*way, name)
        elif len(steps) > 1 and name not in way:
            yield from _onward((*way, name), steps[1:], storing, desks)


def piped(links: Iterable[Iterable[Way]]) -> tuple[str, ...]:
    """The relays that store nothing, of all links."""
    return tuple(dict.fromkeys(name for each in links for way in each for name in way[1:-1]))


def most_hops(links: Collection[Way]) -> int:
    """Most hops from the source to a desk."""
    length: dict[str, int] = {}
    for _ in links:  # as often as a way can be long
        for way in links:
            length[way[-1]] = max(length.get(way[-1], 0), min(length.get(way[0], 0), len(links)) + len(way) - 1)
    return max(length.values(), default=1)
