"""When links are open: those of one bundle are searched without a condition for each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.core.time import Span
from sim.search.certificate import Certificate
from sim.search.conditions import AllOf, Condition, Positive, search
from sim.search.find import find_all
from sim.search.margins import Margin
from sim.search.windows import Windows
from sim.trajectories.site_table import NAME, SiteTable
from sim.trajectories.sites import Site
from sim.visibility import hops
from sim.visibility.links import Bundle, Links

Terms = tuple[Margin, ...]
"""What a search looks at for one link, in order."""


def search_links(links: Links, span: Span) -> list[Windows]:
    """When each of some links is open in a span: what `search` finds of their conditions, to the last bit."""
    found: list[Windows | None] = [None] * len(links.hops)
    others: list[tuple[int, Condition]] = []
    for number, bundle in enumerate(links.bundles):
        own = np.flatnonzero(links.bundle == number).tolist()
        patterns = _patterns(bundle, span)
        if patterns is None:
            others += [(link, links.conditions[links.hops[link]]) for link in own]
            continue
        for link, windows in zip(own, _searched(bundle, patterns, span), strict=True):
            found[link] = windows
    windows_of = search([condition for _, condition in others], [Windows.whole(span)] * len(others))
    for (link, _), windows in zip(others, windows_of, strict=True):
        found[link] = windows
    return [windows for windows in found if windows is not None]


def _patterns(bundle: Bundle, span: Span) -> dict[object, tuple[Terms, tuple[str, ...]]] | None:
    """For every elevation of the horizons of a bundle's sites, the margins of one site, and what they leave out, why.

    Those of the other sites differ in the member of the margins' families alone. None where some margins have no
    family, or where the motion has steps, which sites see at different times.
    """
    transmitter, receiver = bundle.ends
    if not isinstance(receiver, SiteTable) or len(transmitter.breaks(span)):
        return None
    found: dict[object, tuple[Terms, tuple[str, ...]]] = {}
    for site in bundle.sites:
        level = site.horizon_deg
        if level not in found:
            condition = hops.hop(transmitter, _nameless(site), bundle.light)
            assert isinstance(condition, AllOf)
            leaves = [term.split() if isinstance(term, Positive) else term for term in condition.terms]
            margins = tuple(leaf.searched(span) for leaf in leaves if isinstance(leaf, Positive) and not leaf.whole)
            if len(margins) < len(leaves) or any(margin.family is None for margin in margins):
                return None
            found[level] = margins, condition.bounds
    return found


def _nameless(site: Site) -> Site:
    """A site that is called as tables call their sites."""
    given = {name: getattr(site, name) for name in type(site).model_fields}
    return Site.model_construct(**{**given, "name": NAME})


def _searched(
    bundle: Bundle, patterns: dict[object, tuple[Terms, tuple[str, ...]]], span: Span
) -> list[Windows]:
    """When the links of one table are open, in its order: each term is searched inside what the earlier ones left."""
    levels = [site.horizon_deg for site in bundle.sites]
    whole = Windows.whole(span)
    begun = {level: replace(whole, certificate=Certificate(bounds=why)) for level, (_, why) in patterns.items()}
    found = [begun[level] for level in levels]
    for number in range(len(next(iter(patterns.values()))[0])):
        rows = [row for row, windows in enumerate(found) if len(windows)]
        margins = [_of_site(patterns[levels[row]][0][number], bundle, row) for row in rows]
        for row, windows in zip(rows, find_all(margins, [found[row] for row in rows]) if rows else (), strict=True):
            found[row] = windows
    return found


def _of_site(pattern: Margin, bundle: Bundle, row: int) -> Margin:
    """The margin of one site of a bundle, after that of another with the same horizon."""
    site: Site = bundle.sites[row]
    member = (site, *pattern.member[1:]) if isinstance(pattern.member, tuple) else site
    return replace(pattern, member=member, name=bundle.called(row, pattern.name))
