"""Any-time search for a good schedule: two workers that ruin and recreate, the same on any number of processors."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from itertools import pairwise

import numpy as np

from sim.core.errors import SimError
from sim.planning.schedule.bookings import Booked, nothing_booked
from sim.planning.schedule.instance import Instance
from sim.planning.schedule.measures import Weights, measure
from sim.planning.schedule.network import Network
from sim.planning.schedule.placing import count_all
from sim.planning.schedule.request import Track
from sim.planning.schedule.ruin import ORDERS, RUINS, RULES, Reals, Walk, anneal, keep_best, objective, take_over
from sim.planning.schedule.schedule import Schedule

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
    >>> search(network, iterations=100).measures.tracked_s
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
    best = max(workers, key=lambda worker: worker.walk.values[1])
    tracks = best.tracks()
    return Schedule(tracks, measure(network, tracks, weights, earlier), seed=seed, iterations=done, horizon=over)


class _Worker:
    """One of the two walks."""

    def __init__(self, instance: Instance, weights: Reals, seed: int, number: int) -> None:
        self.instance, self.weights = instance, weights
        self.booked = nothing_booked(instance)
        self.walk = _walk(self.booked, seed, number)
        count_all(instance.arrays, self.booked)
        self.walk.values[:] = objective(instance.arrays, self.booked, weights)
        keep_best(self.booked, self.walk, self.walk.values[0])

    def run(self, begin: int, end: int, horizon: int) -> None:
        """Makes some iterations."""
        anneal(self.instance.arrays, self.booked, self.walk, self.weights, HEAT, begin, end, horizon)

    def meet(self, other: _Worker) -> None:
        """Goes on from the best of another, if that is better than the own."""
        if other.walk.values[1] > self.walk.values[1]:
            take_over(self.instance.arrays, self.booked, other.walk.best_tracks, other.walk.best_made)
            self.walk.values[0] = objective(self.instance.arrays, self.booked, self.weights)
            keep_best(self.booked, self.walk, self.walk.values[0])

    def tracks(self) -> tuple[Track, ...]:
        """The best tracks, in order of time."""
        walk, found = self.walk, []
        for row, many in zip(self.instance.arrays.requests, walk.best_made, strict=True):
            found += [self.instance.track(*map(int, each)) for each in walk.best_tracks[row[14] : row[14] + many]]
        return tuple(sorted(found, key=lambda track: (track.start, track.request, track.antennas)))


def _walk(booked: Booked, seed: int, number: int) -> Walk:
    count, ways = len(booked.made), RUINS + ORDERS + RULES
    random = np.random.SeedSequence([seed, number]).generate_state(1, np.uint64) | np.uint64(1)
    chances = np.zeros((3, ways))
    chances[0] = 1.0
    integers = [np.zeros(size, np.int64) for size in (count, count, booked.tracks.shape, count + 1, 80)]
    return Walk(random, chances, *integers, booked.tracks.copy(), booked.made.copy(), np.zeros(2))


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
    begun = time.monotonic()
    trial = [_Worker(worker.instance, worker.weights, 0, number) for number, worker in enumerate(workers)]
    with ThreadPoolExecutor(cores) as threads:
        _round(trial, 0, 1, TRIAL, threads)  # compiles
        before = time.monotonic()
        _round(trial, 1, TRIAL, TRIAL, threads)
        now = time.monotonic()
        left = max(seconds - (now - begun), 0.0)
        horizon = int(min(max(TRIAL * left / (now - before), len(workers) * ROUNDS), MOST_ITERATIONS))
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
        best = max(workers, key=lambda worker: worker.walk.values[1])
        for worker in workers:
            worker.meet(best)
