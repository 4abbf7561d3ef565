"""The passes of hops by the rules of their sites, as one table, and which of them want one antenna at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.planning.passes import find_passes
from sim.trajectories.pass_rules import PassRules
from sim.trajectories.sites import Site

if TYPE_CHECKING:
    from sim.visibility.result import Result
    from sim.visibility.routes import Hop

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Bools = NDArray[np.bool_]

_NO_RULES = PassRules()


class HopPasses(NamedTuple):
    """Passes of hops, a row each, hop by hop in order of time.

    Attributes
    ----------
    bounds
        (n, 2) TDB s at the receiver.
    link
        (n,) numbers of the hops in the result's table of edges.
    first, last
        (n,) rows of that table: the windows that a pass begins and ends in.
    part, parts
        (n,) 0 for a whole pass; parts of a divided pass are numbered from 0. How many there are of the pass.
    gaps_s
        (n,) how long the line of sight is closed in the pass.
    whole
        (n, 2) whether an edge is that of a window, not one that a divided pass has inside.
    cable_deg
        (n, 2) how far the antenna's cables are turned at both edges; NaN where there is no rule for them.
    """

    bounds: Array
    link: Index
    first: Index
    last: Index
    part: Index
    parts: Index
    gaps_s: Array
    whole: Bools
    cable_deg: Array


def hop_passes(result: Result, legs: Sequence[Hop]) -> HopPasses:
    """The passes of some hops.

    Parameters
    ----------
    result
        The windows that were found.
    legs
        The hops. A hop with sites at both ends has the passes of its receiver; one with no site has no rules: its
        passes are its windows.

    Returns
    -------
    HopPasses
        By the rules of each hop's site.
    """
    found: list[HopPasses] = []
    for plain, run in groupby(legs, lambda leg: _without_rules(rules_of(result, leg))):
        some = list(run)
        found += [_windows_of(result, some)] if plain else [_of_hop(result, leg) for leg in some]
    none, pairs = np.empty(0, dtype=np.intp), np.empty((0, 2))
    empty = HopPasses(pairs, none, none, none, none, none, np.empty(0), pairs > 0.0, pairs)
    return HopPasses(*(np.concatenate(column) for column in zip(empty, *found, strict=True)))


def rules_of(result: Result, leg: Hop) -> PassRules:
    """The rules of a hop's site, the receiver first; those that change nothing where it has no site."""
    sites = [end for end in (result.ends[leg[1]], result.ends[leg[0]]) if isinstance(end, Site)]
    return sites[0].passes if sites else _NO_RULES


def _without_rules(rules: PassRules) -> bool:
    """Whether rules change nothing."""
    return not rules.model_fields_set or rules == _NO_RULES


def _windows_of(result: Result, legs: Sequence[Hop]) -> HopPasses:
    """The passes of hops without rules: their windows."""
    edges, rows = result.edge_table, [result.rows(leg) for leg in legs]
    starts, stops = (np.array([getattr(each, end) for each in rows], dtype=np.intp) for end in ("start", "stop"))
    counts = stops - starts
    every = np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)
    links = np.repeat(np.array([edges.links.number[leg] for leg in legs], dtype=np.intp), counts)
    none, bounds = np.zeros(len(every), dtype=np.intp), edges.bounds[every]
    pairs = np.full(bounds.shape, np.nan)
    return HopPasses(bounds, links, every, every, none, none + 1, np.zeros(len(every)), np.isnan(pairs), pairs)


def _of_hop(result: Result, leg: Hop) -> HopPasses:
    rows, rules, windows = result.rows(leg), rules_of(result, leg), result.hops[leg]
    link = result.edge_table.links.number[leg]
    sigmas = result.edge_errors.sigma_s[rows] if rules.trim_sigma else None
    follow = None
    if rules.has_cable:
        from sim.planning.cable import followed

        follow = partial(followed, result, leg, windows)
    made = find_passes(windows, rules, sigmas, follow)
    bounds = np.array([(each.start, each.end) for each in made]).reshape(-1, 2)
    gaps = np.array([sum(b - a for a, b in each.gaps) for each in made], dtype=np.float64)
    first = np.searchsorted(windows.bounds[:, 1], bounds[:, 0], "right")
    last = np.searchsorted(windows.bounds[:, 0], bounds[:, 1], "left") - 1
    links = np.full(len(made), link)
    part, parts = (np.array([getattr(each, name) for each in made], dtype=np.intp) for name in ("part", "parts"))
    whole = np.array([each.whole for each in made], dtype=bool).reshape(-1, 2)
    cable = np.array([each.cable_deg or (np.nan, np.nan) for each in made]).reshape(-1, 2)
    return HopPasses(bounds, links, rows.start + first, rows.start + last, part, parts, gaps, whole, cable)


def conflicts(
    stations: Sequence[str], targets: Sequence[str], bounds: Array, rules: Mapping[str, PassRules]
) -> list[str]:
    """For each pass, the other targets that want the same station's antenna while it is occupied.

    Parameters
    ----------
    stations, targets
        Of the passes.
    bounds
        (n, 2) start and end of the passes, TDB s at the station.
    rules
        Of the stations: their set-up and tear-down times occupy the antenna too.

    Returns
    -------
    list of str
        Names in alphabetical order with spaces between them; an empty text where there is no conflict.

    Examples
    --------
    >>> bounds = np.array([[0.0, 10.0], [8.0, 20.0], [20.0, 30.0]])
    >>> conflicts(["kiruna"] * 3, ["a", "b", "a"], bounds, {"kiruna": PassRules()})
    ['b', 'a', '']
    """
    if len({*zip(stations, targets, strict=True)}) == len({*stations}):  # one target a station
        return [""] * len(targets)
    around = {name: (-each.setup_s, each.teardown_s) for name, each in rules.items()}
    occupied = bounds + np.array([around[name] for name in stations])
    found: list[set[str]] = [set() for _ in targets]
    running: dict[str, list[int]] = {}
    for row in np.argsort(occupied[:, 0], kind="stable").tolist():
        open_now = [other for other in running.get(stations[row], []) if occupied[other, 1] > occupied[row, 0]]
        for other in open_now:
            if targets[other] != targets[row]:
                found[row].add(targets[other])
                found[other].add(targets[row])
        running[stations[row]] = [*open_now, row]
    return [" ".join(sorted(each)) for each in found]


def unparted(passes: HopPasses) -> list[Index]:
    """The rows of passes in groups of which no two touch: what is asked of windows needs them apart."""
    return [rows for odd in (0, 1) if len(rows := np.flatnonzero(passes.part % 2 == odd))]
