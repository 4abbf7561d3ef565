"""Buffers: how full the memory of an end becomes that makes data and sends them in contacts, and what is lost.

Data are a fluid: rates are constant between events, so that levels are piecewise linear and exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush
from math import isfinite

from sim.core.errors import SimError
from sim.planning.contacts import ContactTable

ROUNDING = 1e-9
"""A level is full or empty within this share of the size."""
SHORTEST_S = 1e-7
"""Rates are constant for so long at least: rounding must not stop the clock."""


@dataclass(frozen=True)
class Buffer:
    """The memory of an end.

    Attributes
    ----------
    size_bits : float
        What it holds. Data that are made while it is full are lost; infinite where there is no limit.
    fill_bit_s : float
        Data made every second.
    acknowledged : bool
        Whether data are kept until the receiver's acknowledgment has come back, one light time after they arrive;
        otherwise they are deleted when they are sent.
    """

    size_bits: float
    fill_bit_s: float
    acknowledged: bool = True

    def __post_init__(self) -> None:
        if not self.size_bits > 0.0:
            told = f"buffer: expected a size above 0 bits, got {self.size_bits:g}"
            raise SimError(f"{told}. Leave it out for an end that stores nothing")
        if not (isfinite(self.fill_bit_s) and self.fill_bit_s >= 0.0):
            raise SimError(f"buffer: expected a fill rate of 0 bit/s or more, got {self.fill_bit_s:g}")


@dataclass(frozen=True)
class BufferLevels:
    """What becomes of the data of an end in a span.

    Attributes
    ----------
    times, bits : tuple of float
        Level at every time at which its slope changes (TDB s), straight in between.
    made_bits, sent_bits, lost_bits : float
        Totals. What is neither sent nor lost is still there at the end.
    unsent_bits : float
        What has not been sent at the end.
    lost_times : tuple of (float, float)
        When data are lost (TDB s).
    """

    times: tuple[float, ...]
    bits: tuple[float, ...]
    made_bits: float
    sent_bits: float
    lost_bits: float
    unsent_bits: float
    lost_times: tuple[tuple[float, float], ...]

    @property
    def peak_bits(self) -> float:
        """The highest level."""
        return max(self.bits)


def buffer_levels(table: ContactTable, name: str, buffer: Buffer) -> BufferLevels:
    """Follow the buffer of an end over the span of a table. It is empty at the start.

    Parameters
    ----------
    table : ContactTable
        The contacts. Those that the end sends in at the same time add up; what was open first is used first.
    name : str
        The end.
    buffer : Buffer
        Its memory.

    Returns
    -------
    BufferLevels

    Raises
    ------
    SimError
        For an end that the table does not have.

    Notes
    -----
    The acknowledgment takes the contact's greatest light time in each direction, and finds the way back open.

    Examples
    --------
    >>> from sim.core.time import Span
    >>> from sim.planning.contacts import Contact
    >>> table = ContactTable.of([Contact("lander", "relay", 60.0, 100.0, 1000.0)], Span(0.0, 200.0))
    >>> found = buffer_levels(table, "lander", Buffer(size_bits=10_000, fill_bit_s=200, acknowledged=False))
    >>> found.lost_times, found.lost_bits, found.sent_bits
    (((50.0, 60.0), (150.0, 200.0)), 12000.0, 18000.0)
    """
    table.known_end(name, "buffer")
    return _Filling(table, name, buffer).run()


class _Filling:
    """One pass over a span, in seconds from its start: the unsent data, and those sent and not yet acknowledged."""

    def __init__(self, table: ContactTable, name: str, buffer: Buffer) -> None:
        self.buffer, self.origin, self.end = buffer, table.span.start, table.span.duration_s
        contacts = [table.contacts[i] for i in table.sending.get(name, [])]
        contacts.sort(key=lambda each: (each.start, each.end))
        self.starts = [each.start - self.origin for each in contacts]
        self.ends = [each.end - self.origin for each in contacts]
        self.rates = [each.rate_bit_s for each in contacts]
        light = [max(light for _, light in each.knots) for each in contacts]
        self.round_trip_s = [2.0 * each if buffer.acknowledged else 0.0 for each in light]
        edges = {t for t in (*self.starts, *self.ends) if 0.0 < t < self.end}
        self.edges = sorted({*edges, self.end})
        self.begun = 0
        self.open: list[int] = []
        self.sending: dict[int, float] = {}
        self.freeing: dict[int, float] = {}
        self.changes: list[tuple[float, int, float]] = []
        self.unsent = self.waiting = self.sent = self.lost = 0.0
        self.lost_times: list[tuple[float, float]] = []

    def run(self) -> BufferLevels:
        """Follow the levels from the start to the end."""
        t, edge = 0.0, 0
        times, bits = [t], [0.0]
        while t < self.end:
            while self.edges[edge] <= t:
                edge += 1
            t = self._on(t, self.edges[edge])
            times.append(t)
            bits.append(self.unsent + self.waiting)
        made = self.buffer.fill_bit_s * self.end
        lost = tuple((self.origin + a, self.origin + b) for a, b in self.lost_times)
        absolute = tuple(self.origin + each for each in times)
        return BufferLevels(absolute, tuple(bits), made, self.sent, self.lost, self.unsent, lost)

    def _on(self, t: float, edge: float) -> float:
        """Go on from a time to the next at which a rate changes."""
        while self.begun < len(self.starts) and self.starts[self.begun] <= t:
            self.open.append(self.begun)
            self.begun += 1
        self.open = [i for i in self.open if self.ends[i] > t]
        while self.changes and self.changes[0][0] <= t:
            _, contact, rate = heappop(self.changes)
            self.freeing[contact] = rate
        most, fill = self.buffer.size_bits, self.buffer.fill_bit_s
        level = self.unsent + self.waiting
        tiny = ROUNDING * (most if isfinite(most) else max(1.0, level))
        capacity = sum(self.rates[i] for i in self.open)
        at_once = sum(self.rates[i] for i in self.open if self.round_trip_s[i] == 0.0)
        freed = sum(self.freeing.values())
        taken = min(fill, freed + at_once) if level >= most - tiny else fill
        sending = min(capacity, taken) if self.unsent <= tiny else capacity
        gone = min(sending, at_once)
        self._send(t, sending)
        until = [edge] + ([self.changes[0][0]] if self.changes else [])
        if self.unsent > tiny and sending > taken:
            until.append(t + self.unsent / (sending - taken))
        if level < most - tiny and taken > freed + gone:
            until.append(t + (most - level) / (taken - freed - gone))
        later = min(max(min(until), t + SHORTEST_S), self.end)
        duration = later - t
        self.unsent = max(0.0, self.unsent + (taken - sending) * duration)
        self.waiting = max(0.0, self.waiting + (sending - gone - freed) * duration)
        self.sent += sending * duration
        self._lose(t, later, fill - taken)
        return later

    def _send(self, t: float, sending: float) -> None:
        """Divide what is sent among the open contacts, those without delay first; note when it will be acknowledged."""
        now = dict.fromkeys(self.sending, 0.0)
        for i in sorted(self.open, key=lambda i: self.round_trip_s[i] > 0.0):
            now[i] = min(sending, self.rates[i])
            sending -= now[i]
        for i, rate in now.items():
            if self.round_trip_s[i] > 0.0 and rate != self.sending.get(i, 0.0):
                heappush(self.changes, (t + self.round_trip_s[i], i, rate))
        self.sending = {i: rate for i, rate in now.items() if rate > 0.0}

    def _lose(self, t: float, later: float, rate: float) -> None:
        if rate <= 0.0:
            return
        self.lost += rate * (later - t)
        if self.lost_times and self.lost_times[-1][1] == t:
            self.lost_times[-1] = self.lost_times[-1][0], later
        else:
            self.lost_times.append((t, later))
