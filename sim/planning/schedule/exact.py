"""The best schedule of a small network: branch and bound over requests, whose tracks lie at whole steps of time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import ceil, inf, sqrt

from sim.core.errors import SimError
from sim.planning.schedule.instance import (
    AFTER,
    AMOUNT,
    BEAM,
    BEFORE,
    CAPACITY,
    CLOSES,
    FIRST,
    FIRST_USE,
    LAST,
    LAST_USE,
    LEAST,
    LEAST_TRACK,
    LEAST_TRACKS,
    MISSION,
    MOST,
    MOST_GAP,
    MOST_TRACKS,
    NEVER,
    OF,
    OFF,
    ON,
    OPENS,
    PREFERRED,
    PRIORITY,
    RESOURCE,
    Instance,
)
from sim.planning.schedule.measures import Weights, measure
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Track
from sim.planning.schedule.schedule import Bound, Schedule

MOST_NODES = 2_000_000
"""Sets of tracks that are tried before the search gives up the proof."""

Placed = tuple[int, int, int]
"""Alternative, start, end (ms)."""
Tracks = tuple[Placed, ...]
Terms = tuple[int, int, int, int, int]
"""Time, whether it is satisfied, further tracks, time on preferred antennas, time changed: of one request, ms."""


def best_schedule(
    network: Network,
    weights: Weights | None = None,
    *,
    step_s: float = 60.0,
    earlier: Sequence[Track] = (),
    most_nodes: int = MOST_NODES,
) -> Schedule:
    """Finds the best of all schedules whose tracks begin and end at whole steps.

    Parameters
    ----------
    network
        What is asked: a handful of requests. The time that this takes grows with every request many times over.
    weights
        The objective.
    step_s
        Steps count from the first opportunity of the first request that has any. Edges of opportunities are times of
        choice too.
    earlier
        Tracks of an earlier schedule, against which change is counted.
    most_nodes
        After so many trials, the best so far is returned; it is then not proven optimal.

    Returns
    -------
    Schedule
        With `optimal` true, no schedule at these times has a greater objective.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity, Request
    >>> view = Opportunity(("ws1",), 0.0, 5400.0)
    >>> a, b = (Request(name, name, (view,), max_s=3600.0, min_s=1800.0) for name in ("a", "b"))
    >>> found = best_schedule(Network((Antenna("ws1"),), (a, b)), step_s=900.0)
    >>> found.measures.satisfied, found.measures.tracked_s, found.optimal
    (2, 5400.0, True)
    """
    if not (step_s >= 0.001 and most_nodes >= 1):
        raise SimError(f"step_s is {step_s}, most_nodes is {most_nodes}: expected at least 0.001 s, and at least 1")
    weights = weights or Weights()
    search = _Search(Instance(network, tuple(earlier)), weights, ceil(step_s * 1000.0), most_nodes)
    search.run()
    placed = [search.instance.track(*each) for own in search.best for each in own]
    tracks = tuple(sorted(placed, key=lambda each: (each.start, each.request, each.antennas)))
    measures = measure(network, tracks, weights, earlier)
    whole = search.nodes < most_nodes
    bound = Bound(objective=measures.objective, method="branch and bound") if whole else Bound()
    return Schedule(tracks, measures, bound, optimal=whole)


class _Search:
    """Depth first: one request after the other, each with all its sets of tracks, those of most time first."""

    def __init__(self, instance: Instance, weights: Weights, step: int, most_nodes: int) -> None:
        self.instance, self.weights, self.step, self.most_nodes = instance, weights, step, most_nodes
        arrays = instance.arrays
        self.requests, self.alternatives = arrays.requests.tolist(), arrays.alternatives.tolist()
        self.uses, self.resources = arrays.uses.tolist(), arrays.resources.tolist()
        self.asked, self.count = arrays.asked.tolist(), len(self.requests)
        self.old = defaultdict[int, list[tuple[int, int]]](list)
        for alternative, start, end in arrays.earlier.tolist():
            self.old[alternative].append((start, end))
        self.old_ms = 1000.0 * sum(each.duration_s for each in instance.earlier)
        self.booked = defaultdict[int, list[tuple[int, int, int, int, int]]](list)
        for resource, start, end in arrays.closed.tolist():
            self.booked[resource].append((start, end, self.resources[resource][CAPACITY], 0, -1))
        self.pinned: list[Tracks] = [()] * self.count
        for number in instance.rows.pinned:
            of = self.alternatives[number]
            self.pinned[of[OF]] += ((number, of[ON], of[OFF]),)
            self._book(of[OF], (number, of[ON], of[OFF]))
        self.choices = [self._choices(request) for request in range(self.count)]
        self.most = [self._most(request) for request in range(self.count)]
        self.order = sorted(range(self.count), key=lambda request: len(self.choices[request]))
        self.best: list[Tracks] = list(self.pinned)
        self.value = -inf
        self.nodes = 0

    def run(self) -> None:
        """Tries all."""
        self._next(0, list(self.pinned), [self._terms(request, self.pinned[request]) for request in range(self.count)])

    def _next(self, depth: int, chosen: list[Tracks], terms: list[Terms]) -> None:
        self.nodes += 1
        if depth == self.count:
            value = self._objective(terms)
            if value > self.value + 1e-12:
                self.value, self.best = value, list(chosen)
            return
        hoped = list(terms)
        for request in self.order[depth:]:
            hoped[request] = self.most[request]
        if self.nodes >= self.most_nodes or self._objective(hoped) <= self.value + 1e-12:
            return
        request = self.order[depth]
        for tracks, own in self.choices[request]:
            new = tracks[len(self.pinned[request]) :]
            booked = 0
            while booked < len(new) and self._fits(request, new[booked]):
                self._book(request, new[booked])
                booked += 1
            if booked == len(new):
                before = chosen[request], terms[request]
                chosen[request], terms[request] = tracks, own
                self._next(depth + 1, chosen, terms)
                chosen[request], terms[request] = before
            for track in new[:booked]:
                self._unbook(track)

    def _objective(self, terms: Sequence[Terms]) -> float:
        weights, got = self.weights, [0] * len(self.asked)
        for row, own in zip(self.requests, terms, strict=True):
            got[row[MISSION]] += own[0]
        lacking = [max(1.0 - time / most, 0.0) for time, most in zip(got, self.asked, strict=True)] or [0.0]
        asked, priorities = sum(self.asked) or 1, sum(row[PRIORITY] for row in self.requests) or 1
        satisfied = sum(row[PRIORITY] * own[1] for row, own in zip(self.requests, terms, strict=True))
        return float(
            weights.hours * sum(got) / asked + weights.satisfied * satisfied / priorities
            - weights.u_rms * sqrt(sum(u * u for u in lacking) / len(lacking)) - weights.u_max * max(lacking)
            - weights.handovers * sum(own[2] for own in terms) / max(self.count, 1)
            + weights.preferred * sum(own[3] for own in terms) / asked
            - weights.change * (self.old_ms + sum(own[4] for own in terms)) / asked
        )  # fmt: skip

    def _choices(self, request: int) -> list[tuple[Tracks, Terms]]:
        """All sets of tracks that a request may get if it is alone: none first or last, the longest early."""
        pinned = self.pinned[request]
        found = {tuple(sorted(each, key=lambda track: track[1])): None for each in self._sets(request, pinned, -NEVER)}
        ordered = [(*pinned, *(track for track in each if track not in pinned)) for each in found]
        choices = [(each, self._terms(request, each)) for each in [*ordered, pinned]]
        return sorted(choices, key=lambda choice: -choice[1][0])

    def _sets(self, request: int, tracks: Tracks, after: int) -> Iterator[Tracks]:
        """The sets of tracks that keep the request's rules: tracks so far, and more that begin later."""
        row = self.requests[request]
        if len(tracks) > len(self.pinned[request]) and self._keeps_rules(row, tracks):
            yield tracks
        if len(tracks) >= row[MOST_TRACKS]:
            return
        left = row[MOST] - _united(tracks)
        for alternative in range(row[FIRST], row[LAST]):
            times = self._times(alternative)
            for i, start in enumerate(times):
                if start <= after:
                    continue
                for end in times[i + 1 :]:
                    track = (alternative, start, end)
                    if end - start < row[LEAST_TRACK]:
                        continue
                    if _united((*tracks, track)) > row[MOST] or left <= 0 or not self._fits(request, track):
                        break
                    self._book(request, track)
                    yield from self._sets(request, (*tracks, track), start)
                    self._unbook(track)

    def _times(self, alternative: int) -> list[int]:
        on, off = self.alternatives[alternative][ON], self.alternatives[alternative][OFF]
        return sorted({on, off, *range(-(-on // self.step) * self.step, off + 1, self.step)})

    def _keeps_rules(self, row: Sequence[int], tracks: Tracks) -> bool:
        bounds = sorted((start, end) for _, start, end in tracks)
        if not row[LEAST_TRACKS] <= len(bounds) <= row[MOST_TRACKS] or not row[LEAST] <= _united(tracks) <= row[MOST]:
            return False
        if row[MOST_GAP] == NEVER:
            return True
        edge = max(row[MOST_GAP], 0)
        inner = all(b[0] - a[1] <= row[MOST_GAP] for a, b in pairwise(bounds))
        return inner and bounds[0][0] - row[OPENS] <= edge and row[CLOSES] - bounds[-1][1] <= edge

    def _terms(self, request: int, tracks: Tracks) -> Terms:
        time = min(_united(tracks), self.requests[request][MOST])
        satisfied = int(bool(tracks) and time >= self.requests[request][LEAST])
        preferred = sum(end - start for number, start, end in tracks if self.alternatives[number][PREFERRED])
        kept = sum(
            max(min(end, b) - max(start, a), 0) for number, start, end in tracks for a, b in self.old[number]
        )  # fmt: skip
        all_time = sum(end - start for _, start, end in tracks)
        changed = all_time - 2 * kept if self.instance.earlier else 0
        return time, satisfied, max(len(tracks) - 1, 0), preferred, changed

    def _most(self, request: int) -> Terms:
        """The best of each term alone."""
        terms = [own for _, own in self.choices[request]]
        best = [max(each) for each in zip(*terms, strict=True)]
        least = [min(each) for each in zip(*terms, strict=True)]
        return best[0], best[1], least[2], best[3], least[4]

    def _book(self, request: int, track: Placed) -> None:
        row, of = self.requests[request], self.alternatives[track[0]]
        for use in self.uses[of[FIRST_USE] : of[LAST_USE]]:
            entry = (track[1] - use[BEFORE], track[2] + use[AFTER], use[AMOUNT], row[BEAM], row[MISSION])
            self.booked[use[RESOURCE]].append(entry)

    def _unbook(self, track: Placed) -> None:
        of = self.alternatives[track[0]]
        for use in self.uses[of[FIRST_USE] : of[LAST_USE]]:
            self.booked[use[RESOURCE]].pop()

    def _fits(self, request: int, track: Placed) -> bool:
        of = self.alternatives[track[0]]
        for use in self.uses[of[FIRST_USE] : of[LAST_USE]]:
            start, end = track[1] - use[BEFORE], track[2] + use[AFTER]
            others = [each for each in self.booked[use[RESOURCE]] if each[0] < end and start < each[1]]
            shared, capacity, _ = self.resources[use[RESOURCE]]
            if others and (not shared or not self._shares(request, start, others, shared, capacity - use[AMOUNT])):
                return False
            if shared and use[AMOUNT] > capacity:
                return False
        return True

    def _shares(
        self, request: int, start: int, others: Sequence[tuple[int, int, int, int, int]], shared: int, left: int
    ) -> bool:
        """Whether a shared resource has enough left beside others, at each time at which one of them begins."""
        row = self.requests[request]
        if shared == 2 and any(not row[BEAM] or row[BEAM] != each[3] or row[MISSION] == each[4] for each in others):
            return False
        for time in (start, *(each[0] for each in others if each[0] > start)):
            if sum(each[2] for each in others if each[0] <= time < each[1]) > left:
                return False
        return True


def _united(tracks: Tracks) -> int:
    total, last = 0, -NEVER
    for start, end in sorted((start, end) for _, start, end in tracks):
        total += max(end - max(start, last), 0)
        last = max(last, end)
    return total
