"""Contact tables from results: windows at the receiver become contacts at the transmitter, with their light times."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.text import nearest
from sim.planning.contacts import EDGE_S, Contact, ContactTable
from sim.visibility.known_times import sent_times
from sim.visibility.result import Result
from sim.visibility.routes import Hop

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
        if len(windows := result.hops[hop]):
            likely = result.edge_errors.probability[result.rows(hop)].tolist()
            for bounds, probability in zip(windows, likely, strict=True):
                knots = _light_times(result, hop, *bounds)
                start, end = max(knots[0][0], result.span.start), knots[-1][0]
                if end - start > EDGE_S:
                    known = None if isnan(probability) else probability
                    contacts.append(Contact(*hop, start, end, rate, knots, known))
        for start, end in windows.unknown:
            unknown.append(Contact(*hop, start, end, rate))
    return ContactTable(ContactTable.of(contacts, result.span).contacts, result.span, tuple(unknown))


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
