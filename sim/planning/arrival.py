"""Earliest arrival of data over contacts: store and forward, by Dijkstra's algorithm on the contact graph.

A bundle leaves an end when all of it is there, in one contact. What is sent later arrives later, so that the end that
is reached next is reached by the earliest way: each contact is looked at once.

References
----------
CCSDS 734.3-B-1 (2019), Schedule-Aware Bundle Routing. Fraire, J. A., De Jonckère, O. and Burleigh, S. C. (2021),
Routing in the space internet: a contact graph routing tutorial, Journal of Network and Computer Applications 174,
102884.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from heapq import heappop, heappush
from math import inf, isfinite

from sim.core.errors import SimError
from sim.core.time import DAY_S, Span, instant
from sim.core.values import TimeLike
from sim.planning.contacts import Bookings, Contact, ContactTable, checked_through

MOST_BUNDLES = 100_000
"""Most bundles that are sent one after the other to find what a network carries."""


@dataclass(frozen=True)
class Step:
    """A bundle in one contact: the contact and its number in the table, first bit sent, last bit sent and received."""

    contact: Contact
    number: int
    starts: float
    ends: float
    arrival: float


@dataclass(frozen=True)
class Delivery:
    """How a bundle travels.

    Attributes
    ----------
    source : str
        Where it is made.
    creation : float
        When it is made (TDB s).
    size_bits : float
        Its size.
    steps : tuple of Step
        The contacts that it takes, in order.
    arrival : float or None
        When its last bit arrives (TDB s); None if it never does within the span of the table.
    """

    source: str
    creation: float
    size_bits: float
    steps: tuple[Step, ...]
    arrival: float | None

    @property
    def delay_s(self) -> float | None:
        """From creation to arrival; None if it never arrives."""
        return None if self.arrival is None else self.arrival - self.creation

    @property
    def route(self) -> tuple[str, ...]:
        """The ends on the way, source and destination included; only the source where it never arrives."""
        return (self.source, *(name for step in self.steps for name in (*step.contact.through, step.contact.receiver)))

    @property
    def probability_bounds(self) -> tuple[float, float] | None:
        """Between these is the probability that all contacts of the way exist; None where one of them is unknown.

        Contacts may fail together: without knowing how, only Fréchet's bounds are sure.
        """
        if self.arrival is None:
            return None
        known = [step.contact.probability for step in self.steps if step.contact.probability is not None]
        if len(known) < len(self.steps):
            return None
        return max(0.0, 1.0 - sum(1.0 - each for each in known)), min(known, default=1.0)


def earliest_arrival(
    table: ContactTable,
    source: str,
    destinations: str | Collection[str],
    creation: TimeLike,
    size_bits: float = 0.0,
    *,
    through: Collection[str] | None = None,
    booked: Bookings | None = None,
) -> Delivery:
    """Find the way by which a bundle arrives first.

    Parameters
    ----------
    table : ContactTable
        The contacts.
    source : str
        The end where the bundle is made.
    destinations : str or collection of str
        The end, or the ends of which any will do.
    creation : TimeLike
        When it is made.
    size_bits : float
        Its size; 0 for the first bit of anything.
    through : collection of str, optional
        The ends that may forward it; any if left out.
    booked : Bookings, optional
        Times of contacts that other data use. It is read only: `book` adds what a delivery uses.

    Returns
    -------
    Delivery
        Of ways that arrive at the same time, one with the fewest contacts.

    Raises
    ------
    SimError
        For an end that the table does not have, a relay listed twice, or a size that cannot be.

    Examples
    --------
    >>> table = ContactTable.of([
    ...     Contact("lander", "relay", 0.0, 100.0, 1000.0, light_time_s=0.1),
    ...     Contact("relay", "dss", 90.0, 300.0, 1e6, light_time_s=1.3),
    ... ])
    >>> found = earliest_arrival(table, "lander", "dss", creation=20.0, size_bits=50_000)
    >>> found.route, round(found.arrival, 3)  # waits in the relay until 90 s
    (('lander', 'relay', 'dss'), 91.35)
    """
    goals, relays = checked_request(table, source, destinations, size_bits, through)
    begun = instant(creation)
    if source in goals:
        return Delivery(source, begun, size_bits, (), begun)
    reached = {source: (begun, 0)}
    last: dict[str, Step] = {}
    queue, done = [(begun, 0, source)], set[str]()
    contacts, sending = table.contacts, table.sending
    while queue:
        t, hops, name = heappop(queue)
        if name in done:
            continue
        done.add(name)
        if name in goals:
            return Delivery(source, begun, size_bits, _way(last, source, name), t)
        if name != source and relays is not None and name not in relays:
            continue
        for number in _later(contacts, sending.get(name, []), t):
            contact = contacts[number]
            if contact.receiver in done:
                continue
            step = _sent(contact, number, t, size_bits, booked)
            if step is not None and (step.arrival, hops + 1) < reached.get(contact.receiver, (inf, 0)):
                reached[contact.receiver] = step.arrival, hops + 1
                last[contact.receiver] = step
                heappush(queue, (step.arrival, hops + 1, contact.receiver))
    return Delivery(source, begun, size_bits, (), None)


def book(delivery: Delivery, booked: Bookings) -> None:
    """Use the contacts of a delivery for as long as it sends in them."""
    for step in delivery.steps:
        booked.add(step.number, step.starts, step.ends)


def _later(contacts: tuple[Contact, ...], numbers: list[int], t: float) -> list[int]:
    """Those of one end's contacts, in order of their ends, that are not over."""
    low, high = 0, len(numbers)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if contacts[numbers[middle]].end < t else (low, middle)
    return numbers[low:]


def _sent(contact: Contact, number: int, t: float, size: float, booked: Bookings | None) -> Step | None:
    """The first time at which a bundle can be sent whole in a contact; None if it cannot."""
    latest = contact.latest(size)
    starts, duration = max(t, contact.start), size / contact.rate_bit_s
    if booked is not None:
        starts = booked.first_free(number, starts, duration)
    if latest is None or starts > latest:
        return None
    ends = starts + duration
    return Step(contact, number, starts, ends, contact.arrives(ends))


def _way(last: dict[str, Step], source: str, name: str) -> tuple[Step, ...]:
    steps = list[Step]()
    while name != source:
        steps.append(last[name])
        name = last[name].contact.transmitter
    return tuple(reversed(steps))


def checked_request(
    table: ContactTable,
    source: str,
    destinations: str | Collection[str],
    size_bits: float,
    through: Collection[str] | None,
) -> tuple[frozenset[str], frozenset[str] | None]:
    """The destinations and the ends that may forward, checked: `SimError` says what is wrong with a request."""
    table.known_end(source, "from")
    listed = [destinations] if isinstance(destinations, str) else list(destinations)
    if not listed:
        raise SimError("to: expected at least one end, got none")
    if not (isfinite(size_bits) and size_bits >= 0.0):
        raise SimError(f"size: expected 0 bits or more, got {size_bits:g}")
    return frozenset(table.known_end(name, "to") for name in listed), checked_through(table, through)


@dataclass(frozen=True)
class Carried:
    """What a network carries from one end to others in a time.

    Attributes
    ----------
    span : Span
        The time: all is made at its start, and counts if it has arrived by its end.
    delivered_bits : float
        What arrives if bundles are sent one after the other, each by the way that is then the earliest.
    bound_bits : float
        No plan delivers more: the volume of the contacts from the source, or of those to the destinations.
    """

    span: Span
    delivered_bits: float
    bound_bits: float


def carried(
    table: ContactTable,
    source: str,
    destinations: str | Collection[str],
    span: Span,
    size_bits: float,
    *,
    through: Collection[str] | None = None,
) -> Carried:
    """Find what a network carries in a time, such as a day: at least, and at most.

    Parameters
    ----------
    table, source, destinations, through
        As for `earliest_arrival`.
    span : Span
        The time.
    size_bits : float
        The size of a bundle, above 0. The smaller, the less is left unused at the ends of contacts.

    Raises
    ------
    SimError
        As `earliest_arrival`, and if there would be more than 100,000 bundles.

    Examples
    --------
    >>> table = ContactTable.of([
    ...     Contact("lander", "relay", 0.0, 100.0, 1000.0),
    ...     Contact("relay", "dss", 90.0, 300.0, 500.0),
    ... ])
    >>> found = carried(table, "lander", "dss", table.span, size_bits=1000)
    >>> found.delivered_bits, found.bound_bits
    (100000.0, 100000.0)
    """
    goals, _ = checked_request(table, source, destinations, size_bits, through)
    if size_bits == 0.0:
        raise SimError("size: expected more than 0 bits: what a network carries is counted in bundles of some size")
    if source in goals:
        raise SimError(f"to: expected ends other than {source!r}, where the data are made")
    bound = min(
        _volume((table.contacts[i] for i in table.sending.get(source, [])), span, arriving=False),
        _volume((table.contacts[i] for name in goals for i in table.receiving.get(name, [])), span, arriving=True),
    )
    if bound / size_bits > MOST_BUNDLES:
        told = f"{bound / size_bits:,.0f} bundles of {size_bits:,.0f} bits are more than {MOST_BUNDLES:,}"
        raise SimError(f"size: {told}. Give a larger size, or a shorter time")
    booked, count = Bookings(), 0
    while True:
        found = earliest_arrival(table, source, goals, span.start, size_bits, through=through, booked=booked)
        if found.arrival is None or found.arrival > span.end:
            return Carried(span, float(count * size_bits), bound)
        book(found, booked)
        count += 1


def carried_daily(
    table: ContactTable,
    source: str,
    destinations: str | Collection[str],
    size_bits: float,
    *,
    through: Collection[str] | None = None,
) -> list[Carried]:
    """What a network carries in each whole period of 24 h from the start of the table's span: see `carried`.

    Each is for itself: nothing is left from the one before.
    """
    count = int((table.span.duration_s + 1e-3) // DAY_S)
    starts = [table.span.start + day * DAY_S for day in range(count)]
    return [
        carried(table, source, destinations, Span(start, start + DAY_S), size_bits, through=through) for start in starts
    ]


def _volume(contacts: Iterable[Contact], span: Span, arriving: bool) -> float:
    """What contacts can send in a span; or, if it has to arrive, what they can deliver in it."""
    found = 0.0
    for each in contacts:
        start = max(each.start, span.start)
        end = min(each.end, each.sent(span.end) if arriving else span.end)
        found += each.rate_bit_s * max(0.0, end - start)
    return found
