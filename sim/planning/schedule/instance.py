"""A network in whole milliseconds, as arrays: what solvers compute with. Times are rounded so that rules hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from math import ceil, floor
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Opportunity, Request, Track

Integers = NDArray[np.int64]

FIRST, LAST, MISSION, LEAST, MOST, LEAST_TRACK, LEAST_TRACKS, MOST_TRACKS = range(8)
PRIORITY, BEAM, MOST_GAP, OPENS, CLOSES, PINNED, ROW = range(8, 15)
"""Columns of requests. FIRST … LAST : its alternatives; ROW : of its first track in the table of tracks."""
OF, ON, OFF, FIRST_USE, LAST_USE, PREFERRED, SCARCITY = range(7)
"""Columns of alternatives: the request; when tracks may lie; FIRST_USE … LAST_USE : what a track uses;
SCARCITY : how much is asked of its antennas (thousandths)."""
RESOURCE, BEFORE, AFTER, AMOUNT = range(4)
"""Columns of uses: how much of a resource, and how long before and after a track."""
ALTERNATIVE, START, END = range(3)
"""Columns of tracks."""
SHARED, CAPACITY, FIRST_BOOKING = range(3)
"""Columns of resources. SHARED : 0 one booking at a time, 1 by amount (a crew), 2 by beam."""
NEVER = 2**60
SLOT = 3_600_000
"""Slots in which the load of antennas is added up, ms."""
MOST_ROWS = 20_000_000
MOST_ALTERNATIVES = 2_000_000


class Arrays(NamedTuple):
    """The tables of an instance, ms."""

    requests: Integers
    alternatives: Integers
    uses: Integers
    resources: Integers
    closed: Integers
    """Maintenance: resource, start, end."""
    earlier: Integers
    """Tracks of an earlier schedule: alternative, start, end, in order of the alternatives."""
    asked: Integers
    """Time that each mission asks for."""


@dataclass(frozen=True)
class Instance:
    """A network as arrays, and what its rows stand for."""

    network: Network
    earlier: tuple[Track, ...] = ()
    rows: _Rows = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", _Rows(self.network, self.epoch))

    @cached_property
    def epoch(self) -> float:
        """The time from which milliseconds count, TDB s."""
        own = [r.opportunities[0].start for r in self.network.requests if r.opportunities]
        return floor(min(own)) if own else 0.0

    @cached_property
    def arrays(self) -> Arrays:
        """The tables."""
        return self.rows.arrays(self.earlier)

    def track(self, alternative: int, start: int, end: int) -> Track:
        """A track of an alternative in TDB s."""
        rows = self.rows
        if alternative in rows.pinned:
            return rows.pinned[alternative]
        request = self.network.requests[rows.alternatives[alternative][OF]]
        of = rows.opportunities[alternative]
        first, last = max(self.epoch + start / 1000.0, of.start), min(self.epoch + end / 1000.0, of.end)
        return Track(
            request.name, request.mission, of.antennas, first, last, first - of.setup_s, last + of.teardown_s
        )  # fmt: skip


class _Rows:
    """The rows of the tables while they are collected."""

    def __init__(self, network: Network, epoch: float) -> None:
        self.network, self.epoch = network, epoch
        self.requests: list[list[int]] = []
        self.alternatives: list[list[int]] = []
        self.uses: list[tuple[int, int, int, int]] = []
        self.resources: list[list[int]] = []
        self.opportunities: dict[int, Opportunity] = {}
        self.pinned: dict[int, Track] = {}
        self.closed: list[tuple[int, int, int]] = []
        self.bookings: dict[int, int] = defaultdict(int)
        self.numbers: dict[tuple[str, str], int] = {}
        self.missions = {name: i for i, name in enumerate(dict.fromkeys(r.mission for r in network.requests))}
        beams = {name: i for i, name in enumerate(dict.fromkeys(["", *(r.beam for r in network.requests)]))}
        for antenna in network.antennas:
            many = antenna.spacecraft_per_beam
            number = self._resource("antenna", antenna.name, 2 if many > 1 else 0, many)
            for start, end in _joined(antenna.maintenance):
                self.closed.append((number, self._down(start), self._up(end)))
                self.bookings[number] += 1
        for request in network.requests:
            self._add(request, beams[request.beam])
        self.rooms = self._rooms()

    def arrays(self, earlier: Sequence[Track]) -> Arrays:
        """The tables, with an earlier schedule."""
        asked = np.zeros(len(self.missions), np.int64)
        for row in self.requests:
            asked[row[MISSION]] += row[MOST]
        return Arrays(
            _table(self.requests, 15), self._with_scarcity(), _table(self.uses, 4), _table(self.resources, 3),
            _table(self.closed, 3), _table(sorted(self._earlier(earlier)), 3), asked,
        )  # fmt: skip

    def _down(self, t: float) -> int:
        return floor((t - self.epoch) * 1000.0 + 1e-4)

    def _up(self, t: float) -> int:
        return ceil((t - self.epoch) * 1000.0 - 1e-4)

    def _resource(self, noun: str, name: str, shared: int = 0, capacity: int = 1) -> int:
        if (noun, name) not in self.numbers:
            self.numbers[noun, name] = len(self.resources)
            self.resources.append([shared, capacity, 0])
        return self.numbers[noun, name]

    def _add(self, request: Request, beam: int) -> None:
        number, first = len(self.requests), len(self.alternatives)
        window = request.window
        opens, closes = (self._up(window[0]), self._down(window[1])) if window else (-NEVER, NEVER)
        least_track = max(_ceil(request.least_track_s), 1)
        for each in _alternatives(request, self.network):
            on, off = max(self._up(each.start), opens), min(self._down(each.end), closes)
            if off - on >= least_track:
                self._alternative(number, request, each, on, off)
        last = len(self.alternatives)
        for track in sorted(request.pinned, key=lambda t: t.start):
            around = track.start - track.occupied_from, track.occupied_to - track.end
            self.pinned[len(self.alternatives)] = track
            of = Opportunity(track.antennas, track.start, track.end, *around)
            self._alternative(number, request, of, self._up(track.start), self._down(track.end))
        most = floor(request.max_s * 1000.0 + 1e-4)
        tracks = max(min(request.max_tracks, most // least_track), len(request.pinned), 1)
        own = self.alternatives[first:]
        for used in {use[RESOURCE] for row in own for use in self.uses[row[FIRST_USE] : row[LAST_USE]]}:
            self.bookings[used] += tracks
        gap = NEVER if request.max_gap_s is None else floor(request.max_gap_s * 1000.0 + 1e-4)
        self.requests.append([
            first, last, self.missions[request.mission], _ceil(request.min_s), most, least_track, request.min_tracks,
            tracks, request.priority, beam, gap, opens, closes, len(request.pinned), 0,
        ])  # fmt: skip

    def _alternative(self, number: int, request: Request, of: Opportunity, on: int, off: int) -> None:
        first, (setup, teardown) = len(self.uses), (_ceil(of.setup_s), _ceil(of.teardown_s))
        crew: dict[str, int] = defaultdict(int)
        for name in of.antennas:
            self.uses.append((self.numbers["antenna", name], setup, teardown, 1))
            crew[self.network.by_name[name].at] += self.network.by_name[name].crew
        for site, amount in crew.items():
            if site in self.network.crews and amount:
                crews = self._resource("crew", site, 1, self.network.crews[site])
                self.uses.append((crews, setup, teardown, amount))
        apart = self.network.setup_apart
        after = -_ceil(request.overlap_s) if request.overlap_s else teardown * apart
        self.uses.append((self._resource("mission", request.mission), setup * apart, after, 1))
        if request.min_gap_s:
            self.uses.append((self._resource("spacing", request.name), 0, _ceil(request.min_gap_s), 1))
        if len(self.alternatives) >= MOST_ALTERNATIVES:
            raise SimError(f"request {request.name}: too many combinations of antennas: expected {MOST_ALTERNATIVES}")
        preferred = int(bool(request.preferred) and set(request.preferred).issuperset(of.antennas))
        self.opportunities[len(self.alternatives)] = of
        self.alternatives.append([number, on, off, first, len(self.uses), preferred, 0])

    def _with_scarcity(self) -> Integers:
        """The alternatives, with how much all requests ask of their antennas while they last."""
        table, requests = _table(self.alternatives, 7), _table(self.requests, 15)
        if not len(table):
            return table
        first, last = int(table[:, ON].min()) // SLOT, int(table[:, OFF].max()) // SLOT
        load = np.zeros((len(self.network.antennas), last - first + 1))
        own = [
            (row, [u[RESOURCE] for u in self.uses[row[FIRST_USE] : row[LAST_USE]] if u[RESOURCE] < len(load)],
             slice(row[ON] // SLOT - first, row[OFF] // SLOT - first + 1))
            for row in table
        ]  # fmt: skip
        for row, antennas, slots in own:
            of = requests[row[OF]]
            load[antennas, slots] += of[MOST] / max(of[LAST] - of[FIRST], 1) / max(row[OFF] - row[ON], 1)
        for row, antennas, slots in own:
            row[SCARCITY] = round(1000.0 * float(load[antennas, slots].mean(axis=-1).sum()))
        return table

    def _rooms(self) -> tuple[int, int]:
        """Gives every request its rows of the table of tracks, and every resource those of bookings."""
        rows = 0
        for request in self.requests:
            request[ROW], rows = rows, rows + request[MOST_TRACKS]
        bookings = 0
        for number, resource in enumerate(self.resources):
            resource[FIRST_BOOKING], bookings = bookings, bookings + self.bookings[number]
        if rows + bookings > MOST_ROWS:
            raise SimError(f"the requests allow {rows} tracks: expected fewer than some {MOST_ROWS // 5}")
        return rows, bookings

    def _earlier(self, tracks: Sequence[Track]) -> Iterator[tuple[int, int, int]]:
        """The earlier tracks, once for each alternative with the same request and antennas."""
        found: dict[tuple[str, tuple[str, ...]], list[Track]] = defaultdict(list)
        for each in tracks:
            found[each.request, tuple(sorted(each.antennas))].append(each)
        for number, row in enumerate(self.alternatives):
            of = self.opportunities[number]
            for each in found.get((self.network.requests[row[OF]].name, tuple(sorted(of.antennas))), ()):
                yield number, self._up(each.start), self._down(each.end)


def _alternatives(request: Request, network: Network) -> Iterator[Opportunity]:
    """The opportunities of a request; combined, where it is tracked from several sites at once."""
    if request.sites_at_once == 1:
        yield from request.opportunities
        return
    for group in combinations(request.opportunities, request.sites_at_once):
        names = [name for each in group for name in each.antennas]
        sites = [{network.by_name[name].at for name in each.antennas} for each in group]
        if sum(map(len, sites)) == len(set[str]().union(*sites)):
            start, end = max(each.start for each in group), min(each.end for each in group)
            if start < end:
                setup, teardown = max(each.setup_s for each in group), max(each.teardown_s for each in group)
                yield Opportunity(tuple(names), start, end, setup, teardown)


def _joined(intervals: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """A union of intervals, in order."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found


def _ceil(seconds: float) -> int:
    return ceil(seconds * 1000.0 - 1e-4)


def _table(rows: Sequence[Sequence[int]], columns: int) -> Integers:
    return np.array(rows, np.int64).reshape(-1, columns)
