"""Contact tables: when an end can send to another, at which rate, how long light takes, and how likely it is."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from math import isfinite

from sim.core.errors import SimError
from sim.core.text import nearest
from sim.core.time import Span, utc

EDGE_S = 1e-6
"""Edges of windows are good to this: data that need longer than a contact by less still fit."""


@dataclass(frozen=True)
class Contact:
    """A time in which one end can send to another at a constant rate.

    All times are those of the transmitter, TDB seconds past J2000.

    Attributes
    ----------
    transmitter, receiver : str
        Names of the ends.
    start, end : float
        The first bit may leave at `start`; the last bit has left by `end`.
    rate_bit_s : float
        Bits a second, of data without the overhead of framing and coding.
    light_time_s : float, or tuple of (float, float)
        One-way light time (s): one number, or (time of transmission, light time) pairs with straight lines between
        them and constants before the first and after the last.
    probability : float or None
        Probability that the contact exists; None where unknown.
    through : tuple of str
        Bent-pipe relays on the way.
    sigma_s : tuple of (float or None, float or None)
        Standard deviations of start and end (s): 0 for an edge that errors do not move, None where unknown.

    Raises
    ------
    SimError
        For a rate, time, light time or probability that cannot be.

    Examples
    --------
    >>> contact = Contact("lander", "relay", 0.0, 100.0, 1000.0, light_time_s=0.1)
    >>> contact.volume_bits, contact.arrives(50.0)
    (100000.0, 50.1)
    """

    transmitter: str
    receiver: str
    start: float
    end: float
    rate_bit_s: float
    light_time_s: float | tuple[tuple[float, float], ...] = 0.0
    probability: float | None = None
    through: tuple[str, ...] = ()
    sigma_s: tuple[float | None, float | None] = (None, None)

    def __post_init__(self) -> None:
        if (fault := _fault(self)) is not None:
            raise SimError(f"contact {self.transmitter} – {self.receiver}: {fault}")

    @property
    def volume_bits(self) -> float:
        """What can be sent in all of it."""
        return self.rate_bit_s * (self.end - self.start)

    @property
    def knots(self) -> tuple[tuple[float, float], ...]:
        """Times of transmission and light times."""
        light = self.light_time_s
        return light if isinstance(light, tuple) else ((self.start, light),)

    def light(self, sent: float) -> float:
        """One-way light time (s) of what is sent at a time (TDB s)."""
        light = self.light_time_s
        if not isinstance(light, tuple):
            return light
        place = bisect_left(light, (sent,))
        if place == 0 or place == len(light):
            return light[min(place, len(light) - 1)][1]
        (t0, l0), (t1, l1) = light[place - 1], light[place]
        return l0 + (l1 - l0) * (sent - t0) / (t1 - t0)

    def arrives(self, sent: float) -> float:
        """When a bit that is sent at a time (TDB s) arrives."""
        return sent + self.light(sent)

    def sent(self, received: float) -> float:
        """When a bit was sent that arrives at a time (TDB s)."""
        times = [t for t, _ in self.knots]
        arrivals = [t + light for t, light in self.knots]
        place = bisect_left(arrivals, received)
        if place == 0 or place == len(arrivals):
            return received - self.knots[min(place, len(arrivals) - 1)][1]
        share = (received - arrivals[place - 1]) / (arrivals[place] - arrivals[place - 1])
        return times[place - 1] + share * (times[place] - times[place - 1])

    def part(self, start: float, end: float, rate_bit_s: float | None = None) -> Contact:
        """A part of it, or all of it and more, at its own rate or another."""
        light = self.light_time_s
        if isinstance(light, tuple):
            inner = [(t, each) for t, each in light if start < t < end]
            light = ((start, self.light(start)), *inner, (end, self.light(end)))
        return replace(
            self, start=start, end=end, light_time_s=light,
            rate_bit_s=self.rate_bit_s if rate_bit_s is None else rate_bit_s,
        )  # fmt: skip

    def latest(self, size_bits: float) -> float | None:
        """Latest time at which the first of so many bits may leave; None if the contact is too short for them."""
        last = self.end - size_bits / self.rate_bit_s
        if last >= self.start:
            return last
        return self.start if self.start - last <= EDGE_S else None


def _fault(contact: Contact) -> str | None:
    """What is wrong with a contact, what was expected, and what to do."""
    knots = contact.knots
    if any(sigma is not None and not (isfinite(sigma) and sigma >= 0.0) for sigma in contact.sigma_s):
        return "expected standard deviations of at least 0 s, or none where unknown"
    if contact.transmitter == contact.receiver:
        return "expected two different ends: an end needs no contact with itself. Remove it"
    if contact.transmitter in contact.through or contact.receiver in contact.through:
        return f"a loop: it passes one of its ends again, through {', '.join(contact.through)}. Remove that relay"
    if not (isfinite(contact.start) and isfinite(contact.end) and contact.start < contact.end):
        return f"expected a start before its end, got {contact.start:g} s to {contact.end:g} s"
    if not (isfinite(contact.rate_bit_s) and contact.rate_bit_s > 0.0):
        return f"expected a rate above 0 bit/s, got {contact.rate_bit_s:g}. Leave out a link that carries no data"
    if contact.probability is not None and not 0.0 <= contact.probability <= 1.0:
        return f"expected a probability from 0 to 1, or none where unknown, got {contact.probability:g}"
    if not knots or not all(isfinite(t) and isfinite(light) and light >= 0.0 for t, light in knots):
        return "expected light times of at least 0 s"
    for (t0, l0), (t1, l1) in pairwise(knots):
        if t1 <= t0:
            return f"expected light times in order of time, got {t1:g} s after {t0:g} s"
        if t1 + l1 <= t0 + l0:
            return f"light that is sent at {t1:g} s would arrive before what is sent at {t0:g} s. Check the light times"
    return None


@dataclass(frozen=True)
class ContactTable:
    """Contacts of a network in a span.

    Attributes
    ----------
    contacts : tuple of Contact
        What is known to be open, in any order; contacts of two ends may overlap.
    span : Span
        The time that the table is for: what is not listed in it is closed.
    unknown : tuple of Contact
        Times at which nobody knows whether the ends can talk: with the rate that they would have.

    Examples
    --------
    >>> up, down = Contact("lander", "relay", 0.0, 100.0, 1e3), Contact("relay", "dss", 90.0, 300.0, 1e6)
    >>> table = ContactTable.of([up, down])
    >>> sorted(table.ends), table.span.duration_s
    (['dss', 'lander', 'relay'], 300.0)
    """

    contacts: tuple[Contact, ...]
    span: Span
    unknown: tuple[Contact, ...] = ()

    @classmethod
    def of(cls, contacts: Iterable[Contact], span: Span | None = None) -> ContactTable:
        """A table of some contacts; its span is theirs where none is given.

        Raises
        ------
        SimError
            Without contacts or span, or for a contact that reaches beyond the span.
        """
        given = tuple(contacts)
        if span is None:
            if not given:
                raise SimError("expected at least one contact, or a span for a table without any")
            span = Span(min(each.start for each in given), max(each.end for each in given))
        for each in given:
            if each.start < span.start - EDGE_S or each.end > span.end + EDGE_S:
                told = f"{utc(each.start)} to {utc(each.end)} is not inside the span of the table"
                raise SimError(
                    f"contact {each.transmitter} – {each.receiver}: {told}. Cut the contact, or widen the span"
                )
        return cls(given, span)

    @cached_property
    def ends(self) -> frozenset[str]:
        """The names of all ends of contacts, known and unknown."""
        return frozenset(name for each in (*self.contacts, *self.unknown) for name in (each.transmitter, each.receiver))

    @cached_property
    def possible(self) -> ContactTable:
        """The table in which every unknown time is a contact: data arrive no earlier than by this."""
        return replace(self, contacts=self.contacts + self.unknown, unknown=())

    @cached_property
    def sending(self) -> dict[str, list[int]]:
        """By transmitter the numbers of its contacts, in order of their ends."""
        return self._by([each.transmitter for each in self.contacts])

    @cached_property
    def receiving(self) -> dict[str, list[int]]:
        """By receiver the numbers of its contacts, in order of their ends."""
        return self._by([each.receiver for each in self.contacts])

    def _by(self, names: Sequence[str]) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for number in sorted(range(len(names)), key=lambda i: self.contacts[i].end):
            found.setdefault(names[number], []).append(number)
        return found

    def known_end(self, name: str, role: str) -> str:
        """The name of an end. Raises `SimError` where no contact has it."""
        if name not in self.ends:
            told = nearest(name, sorted(self.ends)) or " The table has no contacts"
            raise SimError(f"{role}: no contact of the table has an end called {name!r}.{told}")
        return name

    def bent_pipe(self, relay: str) -> ContactTable:
        """The table in which a relay stores nothing: it repeats what arrives at once.

        Its contacts are replaced by those of the ends that it connects, open while both of its links are, light time
        included, at the lower of their rates. The probability is known where one link is certain: two that may fail
        together have no product.

        Notes
        -----
        Every replaced contact has a volume of its own: the table does not know which of them share a link.
        """
        self.known_end(relay, "bent-pipe relay")
        return ContactTable(
            tuple(_through(self.contacts, self.contacts, relay)) + tuple(_beside(self.contacts, relay)),
            self.span,
            (
                *_through(self.unknown, self.contacts + self.unknown, relay),
                *_through(self.contacts, self.unknown, relay),
                *_beside(self.unknown, relay),
            ),
        )


def _beside(contacts: Iterable[Contact], relay: str) -> Iterator[Contact]:
    return (each for each in contacts if relay not in (each.transmitter, each.receiver))


def _through(ups: Iterable[Contact], downs: Iterable[Contact], relay: str) -> Iterator[Contact]:
    """The contacts of a bent pipe, by pairs of contacts that overlap at the relay."""
    down = sorted((each for each in downs if each.transmitter == relay), key=lambda each: each.start)
    starts = [each.start for each in down]
    longest = max((each.end - each.start for each in down), default=0.0)
    for up in (each for each in ups if each.receiver == relay):
        opens, closes = up.arrives(up.start), up.arrives(up.end)
        for after in down[bisect_left(starts, opens - longest) : bisect_left(starts, closes)]:
            start, end = up.sent(max(opens, after.start)), up.sent(min(closes, after.end))
            passed = (*up.through, relay, *after.through)
            ends = (up.transmitter, *passed, after.receiver)
            if end - start > EDGE_S and len(set(ends)) == len(ends):
                yield Contact(
                    up.transmitter, after.receiver, start, end, min(up.rate_bit_s, after.rate_bit_s),
                    _joined(up, after, start, end), _both(up.probability, after.probability), passed,
                )  # fmt: skip


def _joined(up: Contact, down: Contact, start: float, end: float) -> tuple[tuple[float, float], ...]:
    """The light time through a relay, at every time at which the slope of either part changes."""
    inside = sorted({*(t for t, _ in up.knots), *(up.sent(t) for t, _ in down.knots)})
    times = [start, *(t for t in inside if start < t < end - EDGE_S)]
    apart = [t for before, t in pairwise(times) if t - before > EDGE_S]
    return tuple((t, down.arrives(up.arrives(t)) - t) for t in (start, *apart, end))


def _both(one: float | None, other: float | None) -> float | None:
    """The probability of both, where one is certain or impossible; None where it is not known."""
    if one == 0.0 or other == 0.0:
        return 0.0
    return other if one == 1.0 else one if other == 1.0 else None


@dataclass
class Bookings:
    """Times of contacts that other data use: what is left of each is its residual volume.

    Examples
    --------
    >>> contact, booked = Contact("lander", "relay", 0.0, 100.0, 1000.0), Bookings()
    >>> booked.add(0, 20.0, 30.0)
    >>> booked.first_free(0, 15.0, 6.0), booked.residual_bits(0, contact)
    (30.0, 90000.0)
    """

    used: dict[int, list[tuple[float, float]]] = field(default_factory=dict)

    def add(self, number: int, start: float, end: float) -> None:
        """Use a time of a contact, by its number in the table."""
        times = self.used.setdefault(number, [])
        place = bisect_left(times, (start, end))
        before = place > 0 and start - times[place - 1][1] <= EDGE_S
        after = place < len(times) and times[place][0] - end <= EDGE_S
        first = times[place - 1][0] if before else start
        last = times[place][1] if after else end
        times[place - before : place + after] = [(first, max(last, end))]

    def first_free(self, number: int, start: float, duration: float) -> float:
        """The first time from a start on at which nothing else is sent for so long."""
        times = self.used.get(number)
        if not times:
            return start
        for place in range(max(bisect_left(times, (start,)) - 1, 0), len(times)):
            begins, ends = times[place]
            if start + duration <= begins + EDGE_S:
                break
            start = max(start, ends)
        return start

    def residual_bits(self, number: int, contact: Contact) -> float:
        """What can still be sent in a contact."""
        return max(0.0, contact.volume_bits - contact.rate_bit_s * sum(b - a for a, b in self.used.get(number, ())))


def checked_through(table: ContactTable, through: Collection[str] | None) -> frozenset[str] | None:
    """The ends that may forward: their names are checked; None means any."""
    if through is None:
        return None
    if isinstance(through, str):
        through = (through,)
    listed = list(through)
    if twice := {name for name in listed if listed.count(name) > 1}:
        raise SimError(f"through: a loop: {', '.join(sorted(twice))} is listed twice. List every relay once")
    return frozenset(table.known_end(name, "through") for name in listed)
