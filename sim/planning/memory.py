"""A memory that several streams of data fill and contacts empty: exact, from one change of a rate to the next.

Data are a fluid: rates are constant between events, so that levels are piecewise linear. Times are seconds from the
start of a span.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import isfinite

from sim.core.errors import SimError

ROUNDING = 1e-9
"""A level is full or empty within this share of the size."""
SHORTEST_S = 1e-7
"""Rates are constant for so long at least: rounding must not stop the clock."""
MOST_STEPS = 1_000_000
"""Most changes of a rate that one memory is followed over."""
HALVINGS = 60
"""Halvings of the share that a full memory takes."""


@dataclass(frozen=True)
class Inflow:
    """A stream into a memory: rates (bit/s) between edges (one more than rates), and nothing before and after."""

    edges: Sequence[float]
    rates: Sequence[float]

    def rate(self, t: float) -> float:
        """The rate from a time on."""
        place = bisect_right(self.edges, t) - 1
        return self.rates[place] if 0 <= place < len(self.rates) else 0.0


@dataclass(frozen=True)
class Outlet:
    """A contact out of a memory.

    round_trip_s : from sending to the acknowledgment; 0 if data are deleted when they are sent
    streams      : the numbers of the streams that may use it, the most urgent first
    rank         : outlets of lower rank are used first
    """

    start: float
    end: float
    rate: float
    round_trip_s: float
    streams: Sequence[int]
    rank: int = 0


@dataclass(frozen=True)
class Step:
    """A time in which all rates are constant: what is taken by stream, and sent by stream and outlet (bit/s)."""

    start: float
    end: float
    taken: tuple[float, ...]
    sent: dict[tuple[int, int], float]
    lost: tuple[float, ...]


@dataclass
class Memory:
    """Follows a memory over a span, from empty.

    Attributes
    ----------
    inflows : sequence of Inflow
        By stream what comes.
    outlets : sequence of Outlet
        What goes. Of streams that wait for an outlet the first in its list has it.
    size_bits : float
        What the memory holds; of what comes while it is full an equal share of each stream is lost.
    end : float
        The end of the span.
    edges : sequence of float
        Further times at which a step ends.
    """

    inflows: Sequence[Inflow]
    outlets: Sequence[Outlet]
    size_bits: float
    end: float
    edges: Sequence[float] = ()
    steps: list[Step] = field(default_factory=list)
    levels: list[tuple[float, float]] = field(default_factory=lambda: [(0.0, 0.0)])

    def __post_init__(self) -> None:
        self.unsent = [0.0] * len(self.inflows)
        self.waiting = 0.0
        self._order = sorted(range(len(self.outlets)), key=lambda i: self._use(self.outlets[i]))
        self._sending: dict[int, float] = {}
        self._freeing: dict[int, float] = {}
        self._changes: list[tuple[float, int, float]] = []

    @staticmethod
    def _use(outlet: Outlet) -> tuple[int, bool, float, float]:
        return outlet.rank, outlet.round_trip_s > 0.0, outlet.start, outlet.end

    def run(self) -> Memory:
        """Follow it to the end of the span. Raises `SimError` if rates change too often."""
        every = {*self.edges, *(t for each in self.inflows for t in each.edges)}
        every |= {t for each in self.outlets for t in (each.start, each.end)}
        edges = [*sorted(t for t in every if 0.0 < t < self.end), self.end]
        starting = sorted(self._order, key=lambda i: self.outlets[i].start)
        t, edge, begun, opened = 0.0, 0, 0, set[int]()
        while t < self.end:
            while edges[edge] <= t:
                edge += 1
            while begun < len(starting) and self.outlets[starting[begun]].start <= t:
                opened.add(starting[begun])
                begun += 1
            opened = {i for i in opened if self.outlets[i].end > t}
            t = self._on(t, edges[edge], sorted(opened, key=lambda i: self._use(self.outlets[i])))
            self.levels.append((t, sum(self.unsent) + self.waiting))
            if len(self.steps) > MOST_STEPS:
                raise SimError(f"buffer: rates change more than {MOST_STEPS:,} times. Choose a shorter span")
        return self

    def _on(self, t: float, edge: float, opened: list[int]) -> float:
        """Go on from a time to the next at which a rate changes."""
        while self._changes and self._changes[0][0] <= t:
            _, outlet, rate = heappop(self._changes)
            self._freeing[outlet] = rate
        level = sum(self.unsent) + self.waiting
        most = self.size_bits
        tiny = ROUNDING * (most if isfinite(most) else max(1.0, level))
        made = [each.rate(t) for each in self.inflows]
        freed = sum(self._freeing.values())
        full = level >= most - tiny
        taken = self._accepted(made, opened, tiny, freed) if full else made
        sent = self._sends(taken, opened, tiny)
        gone = self._gone(sent)
        until = [edge] + ([self._changes[0][0]] if self._changes else [])
        until += self._acknowledge(t, sent)
        going = [sum(rate for (k, _), rate in sent.items() if k == own) for own in range(len(made))]
        until += [
            t + unsent / (out - come)
            for unsent, out, come in zip(self.unsent, going, taken, strict=True)
            if unsent > tiny and out > come
        ]
        growth = sum(taken) - freed - gone
        if not full and growth > 0.0:
            until.append(t + (most - level) / growth)
        later = min(max(min(until), t + SHORTEST_S), self.end)
        duration = later - t
        for k, (come, out) in enumerate(zip(taken, going, strict=True)):
            self.unsent[k] = max(0.0, self.unsent[k] + (come - out) * duration)
        self.waiting = max(0.0, self.waiting + (sum(going) - gone - freed) * duration)
        lost = tuple(each - come for each, come in zip(made, taken, strict=True))
        self.steps.append(Step(t, later, tuple(taken), {key: rate for key, rate in sent.items() if rate > 0.0}, lost))
        return later

    def _sends(self, taken: Sequence[float], opened: list[int], tiny: float) -> dict[tuple[int, int], float]:
        """What goes by stream and outlet: a stream with data waiting takes all that is left, another what comes."""
        waits = [unsent / SHORTEST_S if unsent > tiny else 0.0 for unsent in self.unsent]  # no more than there is
        left = [wait + come for wait, come in zip(waits, taken, strict=True)]
        found: dict[tuple[int, int], float] = {}
        for i in opened:
            room = self.outlets[i].rate
            for k in self.outlets[i].streams:
                if (rate := min(room, left[k])) > 0.0:
                    found[k, i] = rate
                    left[k] -= rate
                    room -= rate
        return found

    def _gone(self, sent: dict[tuple[int, int], float]) -> float:
        """What leaves the memory as it is sent (bit/s)."""
        return sum(rate for (_, i), rate in sent.items() if self.outlets[i].round_trip_s == 0.0)

    def _accepted(self, made: list[float], opened: list[int], tiny: float, freed: float) -> list[float]:
        """What a full memory takes: the greatest share of what comes at which its level does not rise."""

        def rises(share: float) -> bool:
            part = [share * each for each in made]
            return sum(part) - freed - self._gone(self._sends(part, opened, tiny)) > 0.0

        if not rises(1.0):
            return made
        low, high = 0.0, 1.0
        for _ in range(HALVINGS):
            middle = 0.5 * (low + high)
            low, high = (low, middle) if rises(middle) else (middle, high)
        return [low * each for each in made]

    def _acknowledge(self, t: float, sent: dict[tuple[int, int], float]) -> list[float]:
        """Note when what is sent now will be acknowledged; return the first time of it, if it is soon."""
        now = dict.fromkeys(self._sending, 0.0)
        for (_, i), rate in sent.items():
            now[i] = now.get(i, 0.0) + rate
        soon = []
        for i, rate in now.items():
            delay = self.outlets[i].round_trip_s
            if delay > 0.0 and rate != self._sending.get(i, 0.0):
                heappush(self._changes, (t + delay, i, rate))
                soon.append(t + delay)
        self._sending = {i: rate for i, rate in now.items() if rate > 0.0}
        return soon
