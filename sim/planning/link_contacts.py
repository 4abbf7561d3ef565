"""Contact tables from results: windows at the receiver become contacts at the transmitter, with their light times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.text import nearest
from sim.planning.contacts import EDGE_S, Contact, ContactTable
from sim.visibility.known_times import sent_times
from sim.visibility.result import Result
from sim.visibility.routes import Hop

if TYPE_CHECKING:  # a scenario without radios loads none of these
    from sim.trajectories.radios.channel import Channel

Array = NDArray[np.float64]

LIGHT_TOLERANCE_S = 1e-4
"""Light times between the times that a contact lists them for are good to this."""
MOST_KNOTS = 4097
"""Most times that a contact lists light times for."""
INSIDE_S = 1e-3
"""Where no orbit is known at an edge itself, its light time is that of so far inside."""


def contact_table(result: Result, rates_bit_s: Mapping[Hop, float]) -> ContactTable:
    """Make the contacts of some links of a result.

    Parameters
    ----------
    result : Result
        The windows that were found.
    rates_bit_s : mapping of (str, str) to float
        By transmitter and receiver the rate of a link while it is open; links that it does not list carry nothing.

    Returns
    -------
    ContactTable
        Contacts start no earlier than the span, and what they carry has arrived by its end. The probability of a
        contact is that of its window; None where it depends on an orbit with unknown errors. In unknown time the light
        time is taken as 0: data arrive no earlier.

    Raises
    ------
    SimError
        For a link that the result does not have, or a rate that cannot be.

    Notes
    -----
    Light times are lines between points as dense as keeps them within 0.1 ms.
    """
    contacts: list[Contact] = []
    unknown: list[Contact] = []
    for hop, rate in rates_bit_s.items():
        if hop not in result.hops:
            links = [f"{a} – {b}" for a, b in result.hops]
            back = " The result has the other direction: add a route from the transmitter to the receiver."
            told = back if hop[::-1] in result.hops else nearest(f"{hop[0]} – {hop[1]}", links)
            raise SimError(f"rates: no route of the result has the link {hop[0]} – {hop[1]}.{told}")
        contacts += _contacts(result, hop, rate)
        unknown += [Contact(*hop, start, end, rate) for start, end in result.hops[hop].unknown]
    return ContactTable(ContactTable.of(contacts, result.span).contacts, result.span, tuple(unknown))


def network_table(result: Result) -> ContactTable:
    """Make the contacts of all links of a result whose rate the scenario says, by number or by a link budget.

    A link budget gives the rate of the fastest mode that closes with the required margin; a contact is cut where that
    changes, and such edges have no known standard deviation. Unknown time has the rate of the fastest mode of all.
    """
    contacts: list[Contact] = []
    unknown: list[Contact] = []
    for hop in result.hops:
        if (link := result.network.rates.get(hop)) is None:
            continue
        most = link.rate_bit_s
        if most is not None:
            contacts += _contacts(result, hop, most)
        else:
            assert link.channel is not None
            most = link.channel.signal.modes[-1].rate_bps
            contacts += _by_modes(result, hop, link.channel)
        unknown += [Contact(*hop, start, end, most) for start, end in result.hops[hop].unknown]
    return ContactTable(ContactTable.of(contacts, result.span).contacts, result.span, tuple(unknown))


def _contacts(result: Result, hop: Hop, rate: float) -> Iterator[Contact]:
    """One contact for each window of a link."""
    windows = result.hops[hop]
    if not len(windows):
        return
    errors, rows = result.edge_errors, result.rows(hop)
    known = zip(errors.probability[rows].tolist(), errors.sigma_s[rows], errors.feels_unknown[rows], strict=True)
    for bounds, (probability, sigma, lacks) in zip(windows, known, strict=True):
        knots = _light_times(result, hop, *bounds)
        start, end = max(knots[0][0], result.span.start), knots[-1][0]
        if end - start > EDGE_S:
            sizes = zip(sigma.tolist(), lacks.tolist(), strict=True)
            first, last = (None if lack else 0.0 if isnan(size) else size for size, lack in sizes)
            likely = None if isnan(probability) else probability
            yield Contact(*hop, start, end, rate, knots, likely, sigma_s=(first, last))


def _by_modes(result: Result, hop: Hop, channel: Channel) -> Iterator[Contact]:
    """Contacts at the rate of the fastest mode that closes."""
    from sim.visibility.link_budget import closing_times

    ends = result.ends[hop[0]], result.ends[hop[1]]
    closing = closing_times(channel, *ends, result.light, result.hops[hop])
    for whole in _contacts(result, hop, 1.0):
        opens, closes = whole.arrives(whole.start), whole.arrives(whole.end)
        edges = {opens, closes, *(t for each in closing.values() for t in each.bounds.ravel() if opens < t < closes)}
        for t0, t1 in pairwise(sorted(edges)):
            modes = [mode for mode, times in closing.items() if times.holds([0.5 * (t0 + t1)])[0]]
            start, end = max(whole.sent(t0), whole.start), min(whole.sent(t1), whole.end)
            if modes and end - start > EDGE_S:
                sigma = (whole.sigma_s[0] if t0 == opens else None, whole.sigma_s[1] if t1 == closes else None)
                yield replace(whole.part(start, end, modes[-1].rate_bps), sigma_s=sigma)


def _light_times(result: Result, hop: Hop, opens: float, closes: float) -> tuple[tuple[float, float], ...]:
    """Times of transmission in a window at the receiver, and light times; lines between them are good enough."""
    transmitter, receiver = (result.ends[name] for name in hop)
    if not result.light:
        return ((opens, 0.0), (closes, 0.0))

    def light(t: Array) -> Array:
        found: Array = t - sent_times(transmitter, receiver, t, True)
        if np.isnan(found[[0, -1]]).any():
            inner = np.clip(t, opens + INSIDE_S, closes - INSIDE_S)
            found = inner - sent_times(transmitter, receiver, inner, True)
        return found

    count = 3
    while True:
        t = np.linspace(opens, closes, count)
        found = light(t)
        between = np.abs(found[1:-1:2] - 0.5 * (found[:-2:2] + found[2::2]))
        if count >= MOST_KNOTS or not np.any(between > LIGHT_TOLERANCE_S):
            break
        count = 2 * count - 1
    known = ~np.isnan(found)
    sent, found = (t - found)[known], found[known]
    later = np.append(True, sent[1:] > np.maximum.accumulate(sent)[:-1] + EDGE_S)  # where an orbit steps, light of two
    return tuple(zip(sent[later].tolist(), found[later].tolist(), strict=True))  # phases arrives at once: the first
