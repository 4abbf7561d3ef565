"""Data on their way through a network of memories: when what is made arrives, by which way, and what waits where.

Each end forwards at the first opportunity what has come to it, first in first out, over every open contact that a
stream may use. Data are a fluid in parcels: what is made, and what passes an end, between two times at a constant rate.
Ends are followed in the order in which data pass them, each exactly (`sim.planning.memory`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from math import inf

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.time import Span
from sim.planning.arrival_profile import ArrivalProfile
from sim.planning.buffers import BufferLevels, levels_of, outlets_of
from sim.planning.contacts import Contact, ContactTable
from sim.planning.memory import Inflow, Memory
from sim.trajectories.recorder import Recorder

Array = NDArray[np.float64]

UNLIMITED = Recorder(acknowledged=False)
"""A memory without a limit."""
SAME_S = 1e-6
"""Times that differ by less are the same."""
WHOLE = 1.0 - 1e-6
"""All has arrived if this share has."""


@dataclass(frozen=True)
class Stream:
    """Data that an end makes at a constant rate in some times, and the links that they may take.

    Attributes
    ----------
    name : str
        Its name.
    source : str
        Where they are made.
    destinations : frozenset of str
        Ends of which any will do.
    rate_bit_s : float
        Made every second.
    made : tuple of (float, float)
        When they are made (TDB s), in order.
    links : tuple of tuple of str
        The links that they may take, each with the bent pipes on it: from an end that stores to the next. Where
        several lead on, the first in this list is used first.
    """

    name: str
    source: str
    destinations: frozenset[str]
    rate_bit_s: float
    made: tuple[tuple[float, float], ...]
    links: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Parcel:
    """Data that were made between two times and are somewhere between two times, at constant rates.

    made, at : (start, end) TDB s; bits : how much; way : the ends passed so far
    """

    made: tuple[float, float]
    at: tuple[float, float]
    bits: float
    way: tuple[str, ...]


@dataclass(frozen=True)
class StreamFlow:
    """What becomes of a stream.

    Attributes
    ----------
    stream : Stream
        The stream.
    arrived : tuple of Parcel
        What arrives within the span, with its whole way.
    lost_bits : dict of str to float
        By end what was lost while its memory was full.
    waiting_bits : dict of str to float
        By end what has not been sent at the end of the span.
    """

    stream: Stream
    arrived: tuple[Parcel, ...]
    lost_bits: dict[str, float]
    waiting_bits: dict[str, float]

    @property
    def made_bits(self) -> float:
        """How much is made."""
        return self.stream.rate_bit_s * sum(end - start for start, end in self.stream.made)

    @property
    def arrived_bits(self) -> float:
        """How much arrives."""
        return sum(each.bits for each in self.arrived)

    def volumes(self, spans: Sequence[Span]) -> list[dict[tuple[str, ...], float]]:
        """What arrives in each of some spans (bits), by the way that it takes."""
        found: list[dict[tuple[str, ...], float]] = [{} for _ in spans]
        for each in self.arrived:
            start, end = each.at
            for span, volumes in zip(spans, found, strict=True):
                inside = min(end, span.end) - max(start, span.start)
                if inside > 0.0 or (start == end and span.start < end <= span.end):
                    share = inside / (end - start) if end > start else 1.0
                    volumes[each.way] = volumes.get(each.way, 0.0) + share * each.bits
        return found

    def profile(self, span: Span) -> ArrivalProfile:
        """When all that is made at a time has arrived; nothing where some of it is lost or still waits."""
        edges = np.unique([t for each in self.arrived for t in each.made])
        if len(edges) < 2:
            return ArrivalProfile.nothing(span)
        share, first, last = np.zeros(len(edges) - 1), *np.full((2, len(edges) - 1), -inf)
        for each in self.arrived:
            (m0, m1), (a0, a1) = each.made, each.at
            if m1 - m0 < SAME_S:
                continue
            rows = slice(int(np.searchsorted(edges, m0)), int(np.searchsorted(edges, m1)))
            slope = (a1 - a0) / (m1 - m0)
            share[rows] += each.bits / ((m1 - m0) * self.stream.rate_bit_s)
            first[rows] = np.maximum(first[rows], a0 + slope * (edges[:-1][rows] - m0))
            last[rows] = np.maximum(last[rows], a0 + slope * (edges[1:][rows] - m0))
        whole = (share > WHOLE) & (np.diff(edges) > SAME_S)
        return ArrivalProfile(span, edges[:-1][whole], edges[1:][whole], first[whole], last[whole])


@dataclass(frozen=True)
class Flow:
    """What becomes of the data of a network: streams in their order, and levels of memories by end."""

    streams: tuple[StreamFlow, ...]
    levels: dict[str, BufferLevels]


def flow(table: ContactTable, streams: Sequence[Stream], recorders: Mapping[str, Recorder]) -> Flow:
    """Follow streams of data through a network over the span of its table.

    Parameters
    ----------
    table : ContactTable
        The contacts.
    streams : sequence of Stream
        The data, the most urgent first: of those that wait for a contact, the first has it.
    recorders : mapping of str to Recorder
        The memories of ends. An end without one has a memory without a limit.

    Returns
    -------
    Flow
        Rates, times and volumes are exact for these rules: a contact is used by whoever may use it, and no end holds
        data back because a later contact would be better.

    Raises
    ------
    SimError
        For a source that no contact has, and for links that lead in a circle.

    Examples
    --------
    >>> table = ContactTable.of(
    ...     [Contact("lander", "relay", 0.0, 100.0, 50.0), Contact("relay", "dss", 90.0, 300.0, 100.0)])
    >>> links = ("lander", "relay"), ("relay", "dss")
    >>> stream = Stream("science", "lander", frozenset({"dss"}), 20.0, ((0.0, 100.0),), links)
    >>> found = flow(table, [stream], {"relay": Recorder(size_bits=1500.0, acknowledged=False)})
    >>> (science,) = found.streams
    >>> science.made_bits, round(science.arrived_bits), round(science.lost_bits["relay"])
    (2000.0, 1700, 300)
    >>> round(found.levels["relay"].peak_bits)
    1500
    """
    coming: dict[str, list[list[Parcel]]] = {}
    arrived: list[list[Parcel]] = [[] for _ in streams]
    lost: list[dict[str, float]] = [{} for _ in streams]
    waiting: list[dict[str, float]] = [{} for _ in streams]
    for k, stream in enumerate(streams):
        whole = [(max(a, table.span.start), min(b, table.span.end)) for a, b in stream.made]
        parcels = [Parcel(t, t, stream.rate_bit_s * (t[1] - t[0]), (stream.source,)) for t in whole if t[1] > t[0]]
        coming.setdefault(stream.source, [[] for _ in streams])[k] += parcels
    levels: dict[str, BufferLevels] = {}
    for name in in_order(streams):
        if name not in coming:
            continue
        contacts = [table.contacts[i] for i in table.sending.get(name, [])]
        node = _Node(name, streams, coming[name], contacts, table.span, recorders.get(name, UNLIMITED))
        levels[name] = levels_of(node.memory, table.span.start)
        for k, stream in enumerate(streams):
            if any(coming[name][k]):
                lost[k][name] = sum(each.lost[k] * (each.end - each.start) for each in node.memory.steps)
                waiting[k][name] = node.memory.unsent[k]
            for receiver, parcel in node.sent(k):
                if receiver in stream.destinations:
                    arrived[k].append(parcel)
                else:
                    coming.setdefault(receiver, [[] for _ in streams])[k].append(parcel)
    found = zip(streams, arrived, lost, waiting, strict=True)
    return Flow(tuple(StreamFlow(s, tuple(a), gone, rest) for s, a, gone, rest in found), levels)


def chain(contact: Contact) -> tuple[str, ...]:
    """The ends of a contact and the bent pipes between them."""
    return contact.transmitter, *contact.through, contact.receiver


def in_order(streams: Iterable[Stream]) -> list[str]:
    """The ends that send streams, each after those that send to it. Raises `SimError` if links lead in a circle."""
    before: dict[str, set[str]] = {}
    for stream in streams:
        before.setdefault(stream.source, set())
        for one, *_, other in stream.links:
            before.setdefault(one, set())
            if other not in stream.destinations:
                before.setdefault(other, set()).add(one)
    try:
        return list(TopologicalSorter(before).static_order())
    except CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise SimError(f"a loop: data could go in a circle, {circle}. Name routes that lead one way only") from error


class _Node:
    """One end: what comes, its memory, and what it sends on."""

    def __init__(
        self, name: str, streams: Sequence[Stream], coming: Sequence[Sequence[Parcel]], contacts: Sequence[Contact],
        span: Span, recorder: Recorder,
    ) -> None:  # fmt: skip
        self.name, self.origin, self.coming = name, span.start, coming
        users = [[k for k, s in enumerate(streams) if chain(c) in s.links] for c in contacts]
        self.contacts = [each for each, own in zip(contacts, users, strict=True) if own]
        users = [own for own in users if own]
        ranks = [
            min(streams[k].links.index(chain(c)) for k in own)
            for c, own in zip(self.contacts, users, strict=True)
        ]
        outlets = outlets_of(zip(self.contacts, users, ranks, strict=True), self.origin, recorder.acknowledged)
        knots = [t - self.origin for each in self.contacts for t, _ in each.knots if each.start < t < each.end]
        self.inflows = [self._inflow(parcels, span.duration_s) for parcels in coming]
        size = inf if recorder.size_bits is None else recorder.size_bits
        self.memory = Memory(self.inflows, outlets, size, span.duration_s, knots).run()

    def _inflow(self, parcels: Sequence[Parcel], end: float) -> Inflow:
        """What comes of a stream, as rates between edges."""
        edges = np.unique([t - self.origin for each in parcels for t in each.at])
        rates = np.zeros(max(len(edges) - 1, 0))
        for each in parcels:
            first, last = np.searchsorted(edges, [each.at[0] - self.origin, each.at[1] - self.origin])
            if last > first:
                rates[first:last] += each.bits / (edges[last] - edges[first])
        return Inflow(edges.tolist(), rates.tolist())

    def sent(self, k: int) -> Iterable[tuple[str, Parcel]]:
        """The parcels of a stream that it sends, as they arrive, each with its receiver: first in, first out."""
        steps = [each for each in self.memory.steps if each.end > each.start]
        start, end = np.array([each.start for each in steps]), np.array([each.end for each in steps])
        taken = np.array([each.taken[k] for each in steps])
        going = np.array([sum(rate for (own, _), rate in each.sent.items() if own == k) for each in steps])
        came = np.append(0.0, np.cumsum(taken * (end - start)))
        went = np.append(0.0, np.cumsum(going * (end - start)))
        volume = np.unique(np.concatenate((came, went)))
        volume = volume[volume <= min(came[-1], went[-1])]
        tiny = 1e-12 * max(came[-1], 1.0)
        middle = 0.5 * (volume[:-1] + volume[1:])
        into, out = (np.searchsorted(each, middle, "right") - 1 for each in (came, went))
        for row in np.flatnonzero(np.diff(volume) > tiny).tolist():
            i, j, bounds = int(into[row]), int(out[row]), (volume[row], volume[row + 1])
            if taken[i] <= 0.0 or going[j] <= 0.0:
                continue
            entry = [float(start[i] + (v - came[i]) / taken[i]) for v in bounds]
            leave = [float(start[j] + (v - went[j]) / going[j]) for v in bounds]
            yield from self._parcels(k, entry, leave, float(bounds[1] - bounds[0]), steps[j].sent, float(going[j]))

    def _parcels(
        self, k: int, entry: list[float], leave: list[float], bits: float, sent: dict[tuple[int, int], float],
        going: float,
    ) -> Iterable[tuple[str, Parcel]]:  # fmt: skip
        """What came between two times and leaves between two, divided by what it was and where it goes."""
        middle = self.origin + 0.5 * (entry[0] + entry[1])
        here = [each for each in self.coming[k] if each.at[0] <= middle <= each.at[1] and each.at[1] > each.at[0]]
        total = sum(each.bits / (each.at[1] - each.at[0]) for each in here)
        for each in here:
            length = each.at[1] - each.at[0]
            share = each.bits / length / total
            places = [min(max((self.origin + t - each.at[0]) / length, 0.0), 1.0) for t in entry]
            made = [each.made[0] + (each.made[1] - each.made[0]) * place for place in places]
            for (own, i), rate in sent.items():
                if own == k:
                    contact = self.contacts[i]
                    at = tuple(contact.arrives(self.origin + t) for t in leave)
                    way = (*each.way, *contact.through, contact.receiver)
                    yield contact.receiver, Parcel((made[0], made[1]), (at[0], at[1]), bits * share * rate / going, way)
