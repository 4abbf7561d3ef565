"""Contacts cut and shared: antennas that serve one link at a time, and the part of a contact that is sure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from statistics import NormalDist

from sim.core.errors import SimError
from sim.planning.contacts import EDGE_S, Contact, ContactTable
from sim.visibility.routes import Hop


def shared_time(table: ContactTable, antennas: Mapping[str, Collection[Hop]]) -> ContactTable:
    """The table in which links of one antenna share its time: equally, while several of them are open.

    Parameters
    ----------
    table : ContactTable
        The contacts, each as if it were alone.
    antennas : mapping of str to collection of (str, str)
        By the name of an antenna the links that it serves one at a time: from one end to others, from others to one
        end, or, as for a half-duplex radio, both.

    Returns
    -------
    ContactTable
        Contacts are cut where the number of open links changes; with n of them open each has an n-th of its rate.

    Raises
    ------
    SimError
        If a link has two antennas, or the links of one antenna have no end in common.

    Examples
    --------
    >>> table = ContactTable.of([Contact("a", "relay", 0.0, 100.0, 1e3), Contact("b", "relay", 40.0, 60.0, 1e3)])
    >>> shared = shared_time(table, {"dish": [("a", "relay"), ("b", "relay")]})
    >>> [(each.start, each.end, each.rate_bit_s) for each in shared.contacts if each.transmitter == "a"]
    [(0.0, 40.0, 1000.0), (40.0, 60.0, 500.0), (60.0, 100.0, 1000.0)]
    """
    owner: dict[Hop, str] = {}
    ends: dict[Hashable, str | None] = {}
    for name, links in antennas.items():
        ends[name] = common_end(links)
        if len(links) > 1 and ends[name] is None:
            raise SimError(f"antenna {name}: its links have no end in common, whose antenna it could be")
        for link in links:
            if owner.setdefault(link, name) != name:
                raise SimError(f"antenna {name}: {link[0]} – {link[1]} has the antenna {owner[link]} already")
    return _divided(table, lambda each: owner.get(_hop(each)), ends)


def common_end(links: Collection[Hop]) -> str | None:
    """The end that all links have in common, which has their antenna: a receiver first; None if there is none."""
    common = set.intersection(*(set(link) for link in links)) if links else set()
    receivers = [link[1] for link in links if link[1] in common]
    return receivers[0] if receivers else next(iter(sorted(common)), None)


def shared_links(table: ContactTable) -> ContactTable:
    """The table in which contacts through bent pipes share the first link that they have in common, equally."""
    return _divided(table, lambda each: (each.transmitter, each.through[0]) if each.through else None, {})


def _hop(contact: Contact) -> Hop:
    return contact.transmitter, contact.receiver


def _divided(
    table: ContactTable, key: Callable[[Contact], Hashable | None], ends: Mapping[Hashable, str | None]
) -> ContactTable:
    """The table in which contacts with the same key share their time.

    key  : of a contact; None if it shares with none
    ends : by key the end whose clock counts; without one, that of each contact's transmitter
    """
    groups: dict[Hashable, list[Contact]] = {}
    parts: list[Contact] = []
    for each in table.contacts:
        own = key(each)
        if own is None:
            parts.append(each)
        else:
            groups.setdefault(own, []).append(each)
    for own, group in groups.items():
        parts += _cut(group, ends.get(own)) if len({(*_hop(each), each.through) for each in group}) > 1 else group
    return replace(table, contacts=tuple(parts))


def _cut(group: list[Contact], end: str | None) -> Iterator[Contact]:
    """Contacts that share their time, each cut where the number of those that are open changes."""
    own = [
        (each.arrives(each.start), each.arrives(each.end)) if each.receiver == end else (each.start, each.end)
        for each in group
    ]
    edges = sorted({t for times in own for t in times})
    sigma: dict[float, float | None] = {}
    for each, times in zip(group, own, strict=True):
        for t, size in zip(times, each.sigma_s, strict=True):
            known = sigma.get(t, 0.0)
            sigma[t] = None if known is None or size is None else max(known, size)
    count = [
        len({(*_hop(each), each.through) for each, (a, b) in zip(group, own, strict=True) if a < t1 and t0 < b})
        for t0, t1 in pairwise(edges)
    ]
    for each, (opens, closes) in zip(group, own, strict=True):
        begun, last = bisect_left(edges, opens), bisect_left(edges, closes)
        for place in range(begun, last):
            if place + 1 < last and count[place + 1] == count[begun]:
                continue
            cuts = edges[begun], edges[place + 1]
            start, stop = (each.sent(t) for t in cuts) if each.receiver == end else cuts
            start, stop = max(start, each.start), min(stop, each.end)
            if stop - start > EDGE_S:
                piece = each.part(start, stop, each.rate_bit_s / count[begun])
                yield replace(piece, sigma_s=(sigma[cuts[0]], sigma[cuts[1]]))
            begun = place + 1


def sure_part(table: ContactTable, confidence: float, most_contacts: int) -> ContactTable:
    """The table of what can be relied on: a way of so many contacts is there with that probability, or a greater one.

    Parameters
    ----------
    table : ContactTable
        The contacts, with standard deviations of their edges and probabilities.
    confidence : float
        Least probability that all contacts of a way are open when a bundle needs them, above 0.5.
    most_contacts : int
        Most contacts of a way.

    Returns
    -------
    ContactTable
        Contacts begin later and end earlier than expected by as many standard deviations as that takes. Contacts that
        are not likely enough, or whose deviations are unknown, are left out.

    Notes
    -----
    Contacts may fail together, or one for the other: nothing is known of that. Each edge, and the existence of each
    contact, may therefore fail with the share 1/(3n) of 1 - confidence only (Boole's inequality).

    Examples
    --------
    >>> contact = Contact("lander", "relay", 0.0, 100.0, 1e3, probability=1.0, sigma_s=(1.0, 0.0))
    >>> sure = sure_part(ContactTable.of([contact]), 0.95, 1).contacts[0]
    >>> round(sure.start, 2), sure.end  # 2.13 standard deviations
    (2.13, 100.0)
    """
    if not 0.5 < confidence < 1.0 or most_contacts < 1:
        raise SimError(f"confidence: expected a probability above 0.5 and below 1, got {confidence:g}")
    share = (1.0 - confidence) / (3.0 * most_contacts)
    return moved_edges(table, NormalDist().inv_cdf(1.0 - share), 1.0 - share)


def moved_edges(table: ContactTable, inward: float, least_probability: float = 0.0) -> ContactTable:
    """The table with all contacts shorter on both sides, by standard deviations; longer if they are negative.

    Contacts are left out if their deviations are unknown, or their probability is unknown or too low.
    """
    found = []
    for each in table.contacts:
        first, last = each.sigma_s
        if first is None or last is None or each.probability is None or each.probability < least_probability:
            continue
        start = max(each.start + inward * first, table.span.start)
        end = min(each.end - inward * last, table.span.end)
        if end - start > EDGE_S:
            found.append(each.part(start, end))
    return replace(table, contacts=tuple(found))
