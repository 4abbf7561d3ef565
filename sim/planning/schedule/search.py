"""Any-time search for a good schedule: two workers that ruin and recreate, the same on any number of processors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from itertools import pairwise

import numpy as np

from sim.core.errors import SimError
from sim.planning.schedule.anneal import BEST_VALUE, WAYS, Reals, anneal, begin_walk, take_over
from sim.planning.schedule.bookings import book
from sim.planning.schedule.instance import ROW, Instance
from sim.planning.schedule.measures import Weights, measure
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Track
from sim.planning.schedule.schedule import Schedule
from sim.planning.schedule.table import (
    BEST,
    BEST_ALTERNATIVE,
    END_REQUESTS,
    FIRST_REQUEST,
    HEAD,
    make_table,
    pinned_rows,
)

WORKERS = 2
ROUNDS = 96
"""In how many parts a search is made; between them, it may stop."""
MEETINGS = 12
"""After how many parts of a search, of equal length, the workers compare what they have."""
TRIAL = 2000
"""Iterations that are made first, and thrown away, to measure how many fit into a time."""
MOST_SECONDS = 1e6
HEAT = np.array([3e-3, 1e-5])
"""Temperature at the start and the end, in units of the objective."""
MOST_ITERATIONS = 10**9


def search(
    network: Network,
    weights: Weights | None = None,
    *,
    iterations: int | None = None,
    seconds: float | None = None,
    seed: int = 0,
    horizon: int | None = None,
    earlier: Sequence[Track] = (),
    cores: int = WORKERS,
) -> Schedule:
    """Searches for a good schedule.

    Parameters
    ----------
    network
        What is asked.
    weights
        The objective.
    iterations
        How many iterations each of the two workers makes. The schedule then depends on the seed alone.
    seconds
        Instead: about how long the search may take, by the clock. The schedule says how many iterations that were.
    seed
        Of all random choices.
    horizon
        Over how many iterations the search cools down; as many as it makes, if not given.
    earlier
        Tracks of an earlier schedule: where the search begins, and what change is counted against.
    cores
        On how many processors; the schedule does not depend on it.

    Returns
    -------
    Schedule
        The best that was found. It keeps every rule; it is not proven optimal.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity, Request
    >>> view = Opportunity(("ws1",), 0.0, 7200.0)
    >>> network = Network((Antenna("ws1"),), (Request("a", "lro", (view,), max_s=3600.0, min_s=1800.0),))
    >>> search(network, iterations=100).measures.tracked_s  # doctest: +SKIP
    3600.0
    """
    weights = weights or Weights()
    if (iterations is None) == (seconds is None):
        raise ValueError("give either iterations or seconds")
    instance = Instance(network, tuple(earlier))
    if not network.requests:
        return Schedule((), measure(network, [], weights, earlier), seed=seed, iterations=0, horizon=0)
    numbers = np.array([*astuple(weights), sum(t.duration_s for t in earlier) * 1000.0])
    workers = [_Worker(instance, numbers, seed, number) for number in range(WORKERS)]
    if iterations is not None:
        done, over = _by_count(workers, iterations, horizon or iterations, cores)
    else:
        assert seconds is not None
        done, over = _by_clock(workers, seconds, cores)
    best = max(workers, key=lambda worker: worker.values[BEST_VALUE])
    tracks = best.tracks()
    return Schedule(tracks, measure(network, tracks, weights, earlier), seed=seed, iterations=done, horizon=over)


class _Worker:
    """One of the two walks."""

    def __init__(self, instance: Instance, weights: Reals, seed: int, number: int) -> None:
        self.instance, self.weights = instance, weights
        random = int(np.random.SeedSequence([seed, number]).generate_state(1, np.uint64)[0] >> np.uint64(2)) | 1
        self.table = make_table(instance, random)
        for pinned in pinned_rows(instance, self.table):
            book(self.table, *pinned)
        self.values, self.chances = np.array([0.0, 0.0, *HEAT]), np.zeros((3, WAYS))
        self.chances[0] = 1.0
        begin_walk(self.table, self.values, weights)

    def run(self, begin: int, end: int, horizon: int) -> None:
        """Makes some iterations."""
        anneal(self.table, self.values, self.chances, self.weights, begin, end, horizon)

    def meet(self, other: _Worker) -> None:
        """Goes on from the best of another, if that is better than the own."""
        if other.values[BEST_VALUE] > self.values[BEST_VALUE]:
            take_over(self.table, other.table, self.values, self.weights)

    def tracks(self) -> tuple[Track, ...]:
        """The best tracks, in order of time."""
        table, found = self.table, []
        first, end = table[HEAD, FIRST_REQUEST], table[HEAD, END_REQUESTS]
        for row in table[first:end]:
            for best in table[row[ROW] : row[ROW] + row[BEST], BEST_ALTERNATIVE : BEST_ALTERNATIVE + 3].tolist():
                found.append(self.instance.track(best[0] - int(end), best[1], best[2]))
        return tuple(sorted(found, key=lambda track: (track.start, track.request, track.antennas)))


def _by_count(workers: Sequence[_Worker], iterations: int, horizon: int, cores: int) -> tuple[int, int]:
    if not 1 <= iterations <= horizon <= MOST_ITERATIONS:
        raise SimError(f"iterations is {iterations}, horizon is {horizon}: expected 1 <= iterations <= horizon")
    with ThreadPoolExecutor(cores) as threads:
        for begin, end in pairwise(_rounds(horizon)):
            if begin < iterations:
                _round(workers, begin, min(end, iterations), horizon, threads)
    return iterations, horizon


def _by_clock(workers: Sequence[_Worker], seconds: float, cores: int) -> tuple[int, int]:
    if not 0.0 < seconds <= MOST_SECONDS:
        raise SimError(f"seconds is {seconds}: expected more than 0 and at most {MOST_SECONDS:.0f}")
    trial = [_Worker(worker.instance, worker.weights, 0, number) for number, worker in enumerate(workers)]
    with ThreadPoolExecutor(cores) as threads:
        _round(trial, 0, 1, TRIAL, threads)  # compiles, the first time
        begun = time.monotonic()
        _round(trial, 1, TRIAL, TRIAL, threads)
        taken = max(time.monotonic() - begun, 1e-6)
        horizon = int(min(max(TRIAL * max(seconds - taken, 0.0) / taken, ROUNDS), MOST_ITERATIONS))
        done = 0
        for begin, end in pairwise(_rounds(horizon)):
            _round(workers, begin, end, horizon, threads)
            done = end
            if time.monotonic() - begun > seconds:
                break
    return done, horizon


def _rounds(horizon: int) -> list[int]:
    """The iterations at which rounds begin and end."""
    return sorted({horizon * number // ROUNDS for number in range(ROUNDS + 1)})


def _round(workers: Sequence[_Worker], begin: int, end: int, horizon: int, threads: ThreadPoolExecutor) -> None:
    """Makes some iterations of all workers; at the end of some rounds the worse goes on from the better."""
    for future in [threads.submit(worker.run, begin, end, horizon) for worker in workers]:
        future.result()
    if any(horizon * number // MEETINGS == end for number in range(1, MEETINGS)):
        best = max(workers, key=lambda worker: worker.values[BEST_VALUE])
        for worker in workers:
            worker.meet(best)
