"""Buffers: how full the memory of an end becomes that makes data and sends them in contacts, and what is lost.

Data are a fluid: levels are piecewise linear and exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite

from sim.core.errors import SimError
from sim.planning.contacts import Contact, ContactTable
from sim.planning.memory import Inflow, Memory, Outlet


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
    origin, end = table.span.start, table.span.duration_s
    outlets = outlets_of([(each, (0,), 0) for each in _sent_by(table, name)], origin, buffer.acknowledged)
    return levels_of(Memory([Inflow((0.0, end), (buffer.fill_bit_s,))], outlets, buffer.size_bits, end).run(), origin)


def outlets_of(
    contacts: Iterable[tuple[Contact, Sequence[int], int]], origin: float, acknowledged: bool
) -> list[Outlet]:
    """Contacts as outlets of a memory: each with the streams that may use it, and its rank."""
    return [
        Outlet(
            each.start - origin, each.end - origin, each.rate_bit_s,
            2.0 * max(light for _, light in each.knots) if acknowledged else 0.0, streams, rank,
        )
        for each, streams, rank in contacts
    ]  # fmt: skip


def levels_of(memory: Memory, origin: float) -> BufferLevels:
    """What a memory has become, in times of TDB."""
    made = sent = lost = 0.0
    lost_times: list[tuple[float, float]] = []
    for each in memory.steps:
        duration, gone = each.end - each.start, sum(each.lost)
        made += (sum(each.taken) + gone) * duration
        sent += sum(each.sent.values()) * duration
        lost += gone * duration
        if gone > 0.0 and lost_times and lost_times[-1][1] == each.start:
            lost_times[-1] = lost_times[-1][0], each.end
        elif gone > 0.0:
            lost_times.append((each.start, each.end))
    times, bits = zip(*memory.levels, strict=True)
    return BufferLevels(
        tuple(origin + t for t in times), bits, made, sent, lost, sum(memory.unsent),
        tuple((origin + a, origin + b) for a, b in lost_times),
    )  # fmt: skip


def _sent_by(table: ContactTable, name: str) -> list[Contact]:
    return [table.contacts[i] for i in table.sending.get(name, [])]
