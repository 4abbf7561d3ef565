"""Data by when: from the windows of a result, and what its scenario says of data, to arrivals, volumes and losses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from operator import and_

from sim.core.arguments import typed
from sim.core.errors import SimError
from sim.core.text import nearest, shown
from sim.core.time import DAY_S, Span, instant
from sim.core.values import TimeLike
from sim.planning.arrival import Delivery, earliest_arrival
from sim.planning.arrival_profile import ArrivalProfile, DelayFigures, arrival_profile
from sim.planning.buffers import BufferLevels
from sim.planning.contact_parts import moved_edges, shared_links, shared_time, sure_part
from sim.planning.contacts import ContactTable
from sim.planning.data_links import data_links, most_hops, piped
from sim.planning.flow import Flow, Stream, StreamFlow, chain, flow
from sim.planning.link_contacts import network_table
from sim.search.conditions import Condition
from sim.search.windows import Windows
from sim.trajectories.bodies.body import body
from sim.trajectories.made_data import MadeData
from sim.trajectories.multi_phase import phases_in
from sim.trajectories.trajectory import Trajectory
from sim.visibility.known_times import pieced
from sim.visibility.limit_sight import condition_of
from sim.visibility.network import Network
from sim.visibility.result import Result
from sim.visibility.sight import Sight

ONE_SIGMA = 0.8413447460685429
"""Probability that a contact must have to count in the lower bound of a volume: one standard deviation, one-sided."""
BURST_S = 1e-3
"""What a network carries in a day is found with data that are all made in so long at its start."""

Way = tuple[str, ...]


@dataclass(frozen=True)
class DayVolume:
    """What arrives in a period by one way: bits, and bounds by one standard deviation of edges; None where unknown."""

    day: Span
    way: Way
    bits: float
    low_bits: float | None
    high_bits: float | None


@dataclass(frozen=True)
class DayCapacity:
    """What a network could carry in a period, if all were made at its start and nothing else were sent."""

    day: Span
    bits: float


@dataclass(frozen=True, eq=False)
class DataDelivery:
    """When the data of one name arrive, and what becomes of them.

    Attributes
    ----------
    name : str
        Their name.
    what : MadeData
        What the scenario says of them.
    made : Windows
        When they are made.
    earliest : ArrivalProfile
        Arrival at the first of the desks for every time of creation, of data that are alone in the network.
    sure : ArrivalProfile or None
        The same, by when they arrive with the confidence asked for; None where errors of all ways are unknown.
    flow : StreamFlow or None
        What becomes of them beside all other data; None for data without a rate.
    volumes : tuple of DayVolume
        What arrives a day and way; empty for data without a rate.
    capacities : tuple of DayCapacity
        What could arrive a day.
    notes : tuple of str
        What a user should know.
    table : ContactTable
        The contacts that they may take.
    """

    name: str
    what: MadeData
    made: Windows
    earliest: ArrivalProfile
    sure: ArrivalProfile | None
    flow: StreamFlow | None
    volumes: tuple[DayVolume, ...]
    capacities: tuple[DayCapacity, ...]
    notes: tuple[str, ...]
    table: ContactTable

    @property
    def figures(self) -> DelayFigures:
        """Delays of data that are alone in the network, over the times in which they are made."""
        return self.earliest.figures(list(self.made))

    @property
    def queued(self) -> ArrivalProfile | None:
        """When all that is made at a time has arrived, beside all other data; None for data without a rate."""
        return None if self.flow is None else self.flow.profile(self.earliest.span)

    def way(self, creation: TimeLike) -> Delivery:
        """The way by which a bundle that is made at a time arrives first, if it is alone in the network."""
        goals = [name for name in self.what.to if name in self.table.ends]
        if self.what.at not in self.table.ends or not goals:
            return Delivery(self.what.at, instant(creation), self.what.bundle_bits, (), None)
        return earliest_arrival(self.table, self.what.at, goals, creation, self.what.bundle_bits)


@dataclass(frozen=True, eq=False)
class Deliveries:
    """When the data of a scenario arrive, what waits where, and what is lost.

    Attributes
    ----------
    span : Span
        The span of the result.
    confidence : float
        Least probability of the arrivals that are called sure.
    data : dict of str to DataDelivery
        By name of the data.
    levels : dict of str to BufferLevels
        By end how full its recorder is, with all data that have a rate.
    limits_bits : dict of str to float or None
        By end the size of its recorder; None without a limit.
    """

    span: Span
    confidence: float
    data: dict[str, DataDelivery]
    levels: dict[str, BufferLevels]
    limits_bits: dict[str, float | None]


@typed
def delivery(result: Result, data: Sequence[str] | None = None, confidence: float = 0.95) -> Deliveries:
    """Find when the data of a scenario arrive, what waits where, and what is lost.

    Parameters
    ----------
    result
        The result of a scenario with tables `[data.NAME]`.
    data
        Names of data, the most urgent first; all in the order of the scenario if not given. Others are not sent.
    confidence
        Least probability of the arrivals that are called sure, above 0.5.

    Returns
    -------
    Deliveries
        By name of the data their arrivals, volumes and losses; by end how full its recorder is.

    Raises
    ------
    SimError
        If the scenario has no such data.

    Examples
    --------
    >>> import sim
    >>> base = {"body": "moon", "latitude_deg": 0.0, "longitude_deg": 0.0, "recorder": {}}
    >>> kourou = {"latitude_deg": 5.25, "longitude_deg": -52.8}
    >>> scenario = sim.Scenario(
    ...     start="2019-01-03T00:00:00Z", days=1, sites={"base": base, "kourou": kourou},
    ...     routes={"down": ["base", "kourou"]}, links={"down": {"between": ("base", "kourou"), "rate_bit_s": 1e5}},
    ...     data={"science": {"at": "base", "to": "kourou", "rate_bit_s": 2e4}},
    ... )
    >>> science = sim.delivery(sim.run(scenario)).data["science"]
    >>> round(science.figures.worst_delivered_s / 3600, 1)  # hours, for what is made as the Moon sets
    7.6
    """
    network = result.network
    names = list(network.data) if data is None else list(data)
    if not names:
        raise SimError("no data: the scenario makes none. Add [data.NAME]")
    for name in names:
        if name not in network.data:
            raise SimError(f"no data are called {shown(name)}.{nearest(name, network.data)}")
    links = {name: data_links(result.paths, network, network.data[name]) for name in names}
    made = {name: _made(result, network.data[name]) for name in names}
    antennas: dict[str, list[tuple[str, str]]] = {}
    for hop, rate in network.rates.items():
        if rate.antenna and hop in result.hops:
            antennas.setdefault(rate.antenna, []).append(hop)
    table = shared_time(network_table(result), antennas)
    pipes = piped(links.values())
    streams = [
        Stream(name, each.at, frozenset(each.to), each.rate_bit_s, tuple(made[name]), links[name])
        for name, each in ((name, network.data[name]) for name in names)
        if each.rate_bit_s is not None
    ]
    expected = _through(table, pipes)
    flows = [flow(expected, streams, network.recorders) if streams else Flow((), {})]
    if streams:
        flows += [
            flow(_through(moved_edges(table, inward, least), pipes), streams, network.recorders)
            for inward, least in ((1.0, ONE_SIGMA), (-1.0, 0.0))
        ]
    asked = _Asked(result.span, network, table, expected, pipes, confidence)
    found = {}
    for name in names:
        own = [next((s for s in each.streams if s.stream.name == name), None) for each in flows]
        found[name] = asked.about(name, made[name], links[name], own)
    limits = {name: each.size_bits for name, each in network.recorders.items() if name in flows[0].levels}
    return Deliveries(result.span, confidence, found, flows[0].levels, limits)


@dataclass(frozen=True)
class _Asked:
    """What the answers for all data have in common."""

    span: Span
    network: Network
    table: ContactTable
    expected: ContactTable
    pipes: tuple[str, ...]
    confidence: float

    def about(
        self, name: str, made: Windows, links: tuple[Way, ...], flows: Sequence[StreamFlow | None]
    ) -> DataDelivery:
        """The answer for the data of one name: its flow as expected, and with contacts shorter and longer."""
        what = self.network.data[name]
        only = _only(self.expected, links)
        hops = {hop for each in links for hop in pairwise(each)}
        plain = [each for each in self.table.contacts if (each.transmitter, each.receiver) in hops]
        known = all(None not in (*each.sigma_s, each.probability) for each in plain)
        sure = sure_part(replace(self.table, contacts=tuple(plain)), self.confidence, most_hops(links))
        reliable = _profile(_only(_through(sure, self.pipes), links), what) if known or sure.contacts else None
        return DataDelivery(
            name, what, made, _profile(only, what), reliable, flows[0],
            tuple(self._volumes(flows, known)), tuple(self._capacities(only, what, links)),
            tuple(self._notes(name, what, made, hops, known)), only,
        )  # fmt: skip

    @property
    def days(self) -> list[Span]:
        """Periods of 24 h from the start; the last may be shorter."""
        count = max(1, int(-(-(self.span.duration_s - 1e-3) // DAY_S)))
        starts = [self.span.start + DAY_S * day for day in range(count)]
        return [Span(start, min(start + DAY_S, self.span.end)) for start in starts]

    def _volumes(self, flows: Sequence[StreamFlow | None], known: bool) -> Iterator[DayVolume]:
        volumes = [each.volumes(self.days) if each is not None else [] for each in flows]
        for day, *each in zip(self.days, *volumes, strict=False):
            for way in sorted({way for one in each for way in one}):
                bits = [one.get(way, 0.0) for one in each]
                low, high = (min(bits), max(bits)) if known else (None, None)
                yield DayVolume(day, way, bits[0], low, high)

    def _capacities(self, only: ContactTable, what: MadeData, links: tuple[Way, ...]) -> Iterator[DayCapacity]:
        for day in self.days:
            cut = [
                each.part(max(each.start, day.start), min(each.end, day.end))
                for each in only.contacts
                if min(each.end, day.end) - max(each.start, day.start) > 1e-6
            ]
            most = sum(each.volume_bits for each in cut if each.transmitter == what.at)
            if most <= 0.0:
                yield DayCapacity(day, 0.0)
                continue
            burst = ((day.start, day.start + BURST_S),)
            stream = Stream("all", what.at, frozenset(what.to), most / BURST_S, burst, links)
            (found,) = flow(ContactTable(tuple(cut), day), [stream], {}).streams
            yield DayCapacity(day, sum(found.volumes([day])[0].values()))

    def _notes(
        self, name: str, what: MadeData, made: Windows, hops: set[tuple[str, str]], known: bool
    ) -> Iterator[str]:
        rates = [rate for hop, rate in self.network.rates.items() if hop in hops]
        for link, basis in {rate.link: rate.basis for rate in rates}.items():
            yield f"rate of link {link}: {basis}"
        if what.rate_bit_s is not None or what.bundle_bits:
            yield f"data {name}: {what.source or 'assumed'}"
        for relay in self.pipes:
            if any(relay == hop[0] for hop in hops):
                yield f"{relay} has no recorder: it repeats at once what it receives"
        unknown = sum(end.end - end.start for end in self.table.unknown if (end.transmitter, end.receiver) in hops)
        if unknown > 0.0:
            yield (
                f"for {unknown / 3600.0:,.1f} h in all it is not known whether links are open, which counts as closed: "
                "data may arrive earlier"
            )
        if made.unknown:
            yield f"for {made.unknown.total_s / 3600.0:,.1f} h it is not known whether data are made: none are counted"
        if not known:
            yield "errors of some contacts are unknown, and so are bounds of volumes and arrivals that need them"


def _through(table: ContactTable, pipes: Sequence[str]) -> ContactTable:
    """The table in which some relays store nothing."""
    for relay in pipes:
        if relay in table.ends:
            table = table.bent_pipe(relay)
    return shared_links(table) if pipes else table


def _only(table: ContactTable, links: Sequence[Way]) -> ContactTable:
    """The contacts that some data may take."""
    allowed = set(links)
    contacts, unknown = (tuple(c for c in each if chain(c) in allowed) for each in (table.contacts, table.unknown))
    return replace(table, contacts=contacts, unknown=unknown)


def _profile(table: ContactTable, what: MadeData) -> ArrivalProfile:
    """The arrivals by a table; none where no contact begins at the source or ends at a desk."""
    goals = [name for name in what.to if name in table.receiving]
    if what.at not in table.sending or not goals:
        return ArrivalProfile.nothing(table.span)
    return arrival_profile(table, what.at, goals, what.bundle_bits)


def _made(result: Result, what: MadeData) -> Windows:
    """When data are made: while all limits of their end hold, by the end's own time."""
    if not what.limits:
        return Windows.whole(result.span)

    def holds(way: Trajectory, when: Span) -> Windows:
        sight = Sight(body("sun", way.ephemeris), way, result.light)
        found = [each for limit in what.limits for each in condition_of(limit, sight, way)]
        condition: Condition = reduce(and_, found)
        return condition.windows(when)

    return pieced([(when, holds(way, when)) for way, when in phases_in(result.ends[what.at], result.span)], result.span)
