"""The relaxation behind a bound: every request takes what is best for it alone, at prices of what all of them share."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from sim.core.errors import SimError
from sim.planning.schedule.instance import (
    AFTER,
    BEFORE,
    CAPACITY,
    LEAST,
    MISSION,
    MOST,
    OFF,
    ON,
    PINNED,
    PREFERRED,
    PRIORITY,
    Instance,
    Integers,
)
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.pricing import END, OF_REQUEST, PICKED, START, TIMES, Reals, best_alone, usage_of
from sim.planning.schedule.table import make_table

ROUNDING = 1e-9
"""Relative allowance for the rounding of sums."""
MOST_PRICES = 50_000_000


@dataclass(frozen=True)
class Point:
    """What a bound is computed from. It is one whatever these are, as long as none is negative.

    Attributes
    ----------
    prices : ndarray, (resources, slots)
        Of a millisecond of each resource in each slot.
    rms, worst : ndarray, (missions,)
        Weights of missions' lacking shares: of a length of at most 1 over the root of their number, and of a sum of at
        most 1. Such a weighted sum is never more than the root mean square, and the maximum (Cauchy and Schwarz).
    longer, shorter : ndarray, (requests,)
        Of requests with several tracks, prices of a millisecond of all of them beyond the most that is asked for, and
        below the least.
    """

    prices: Reals
    rms: Reals
    worst: Reals
    longer: Reals
    shorter: Reals


@dataclass(frozen=True)
class Taken:
    """What requests take at some prices.

    Attributes
    ----------
    bound : float
        What no schedule exceeds.
    picks : ndarray
        Rows of a request, an alternative, and when and how often it is taken.
    uses : ndarray
        Rows of a pick, a slot of a resource, and how much time of it is used.
    """

    bound: float
    picks: Reals
    uses: Reals


class Relaxation:
    """The relaxation of an instance in slots of time.

    Parameters
    ----------
    instance
        The network.
    slot_ms
        Length of slots.
    """

    def __init__(self, instance: Instance, slot_ms: float) -> None:
        arrays = self.arrays = instance.arrays
        self.table = make_table(instance, 1)
        around = arrays.uses[:, [BEFORE, AFTER]].max(initial=0)
        times = arrays.alternatives[:, [ON, OFF]]
        first, last = (int(times[:, 0].min()), int(times[:, 1].max())) if len(times) else (0, 1)
        origin = float((first - around) // slot_ms * slot_ms)
        self.clock = np.array([origin, slot_ms])
        self.slots = ceil((last + around - origin) / slot_ms) + 1
        if self.slots * len(arrays.resources) > MOST_PRICES:
            raise SimError(f"slot_s is {slot_ms / 1000:g}: expected fewer than {MOST_PRICES} slots of all resources")
        self.capacity = np.repeat(arrays.resources[:, CAPACITY, None] * slot_ms, self.slots, axis=1)
        edges = origin + slot_ms * np.arange(self.slots + 1)
        for resource, start, end in arrays.closed.tolist():
            inside = np.clip(np.minimum(end, edges[1:]) - np.maximum(start, edges[:-1]), 0.0, None)
            self.capacity[resource] -= arrays.resources[resource, CAPACITY] * inside
        self.capacity = np.maximum(self.capacity, 0.0)
        requests = arrays.requests
        self.mission, self.asked = requests[:, MISSION], arrays.asked.astype(float)
        self.least, self.most = requests[:, LEAST].astype(float), requests[:, MOST].astype(float)
        overlaps = [ceil(each.overlap_s * 1000.0) for each in instance.network.requests]
        self.overlap = np.array(overlaps, float)
        self.is_pinned = requests[:, PINNED] > 0
        self.pinned = np.bincount(self.mission, np.where(self.is_pinned, self.most, 0.0), len(self.asked))
        self.room = np.zeros((3, 4 * self.slots + 8))
        self.picked = np.zeros((2, len(arrays.alternatives) + 1, 5))
        self.first_resource = len(self.table) - sum(
            map(len, (arrays.resources, arrays.asked, arrays.earlier))
        ) - sum(instance.rows.rooms)  # fmt: skip

    def nowhere(self) -> Point:
        """The point at which everything is free."""
        missions, requests = np.zeros(len(self.asked)), np.zeros(len(self.most))
        return Point(np.zeros_like(self.capacity), missions, missions, requests, requests)

    def bonus(self, weights: Weights, alike: bool) -> Reals:
        """What it is worth to give a request tracks. alike : whatever its priority."""
        priorities = np.ones(len(self.most)) if alike else self.arrays.requests[:, PRIORITY].astype(float)
        return weights.satisfied * priorities / max(float(priorities.sum()), 1.0)

    def take(self, point: Point, weights: Weights, bonus: Reals) -> Taken:
        """Gives every request what is best for it alone."""
        asked, prices, slot = self.asked, point.prices, self.clock[1]
        by_mission = weights.hours / asked.sum() + (weights.u_rms * point.rms + weights.u_max * point.worst) / asked
        value = by_mission[self.mission]
        more = value - point.longer + point.shorter, bonus + point.longer * self.most - point.shorter * self.least
        worths = np.stack([value, bonus, *more, point.longer * self.overlap], axis=1)
        sums = np.zeros_like(prices)
        sums[:, 1:] = np.cumsum(prices[:, :-1] * slot, axis=1)
        table, first, preferred = self.table, self.first_resource, weights.preferred / float(asked.sum())
        worth, count = best_alone(
            table, first, worths, preferred, prices, sums, self.clock, self.picked, self.room
        )  # fmt: skip
        paid = float((prices * self.capacity).sum())
        shares = weights.u_rms * float(point.rms.sum()) + weights.u_max * float(point.worst.sum())
        picks = self.picked[0, :count].copy()
        uses = usage_of(table, first, picks, count, self.clock, self.slots)
        return Taken(worth + paid - shares + ROUNDING * (abs(worth) + paid + 1.0), picks, uses)

    def used(self, taken: Taken) -> Reals:
        """Time that is used of each resource in each slot."""
        slots = taken.uses[:, 1].astype(np.int64)
        used = np.bincount(slots, taken.uses[:, 2], self.capacity.size).astype(float)
        return used.reshape(self.capacity.shape)

    def lacking(self, taken: Taken) -> Reals:
        """The share that each mission lacks."""
        picks = taken.picks
        times = np.bincount(picks[:, OF_REQUEST].astype(np.int64), time_of(picks), len(self.most))
        got = np.bincount(self.mission, np.minimum(times, self.most), len(self.asked)) + self.pinned
        return np.maximum(1.0 - got / self.asked, 0.0)

    def on_preferred(self, picks: Reals) -> Reals:
        """Of each pick, whether it is of preferred antennas."""
        return self.arrays.alternatives[picks[:, PICKED].astype(np.int64), PREFERRED].astype(float)


def time_of(picks: Reals) -> Reals:
    """Time of each pick, ms."""
    return picks[:, TIMES] * (picks[:, END] - picks[:, START])


def directions(lacking: Reals) -> tuple[Reals, Reals]:
    """Weights of missions' lacking shares that are good near these: for the root mean square, and the maximum."""
    norm, count = float(np.linalg.norm(lacking)), len(lacking)
    rms = lacking / (norm * sqrt(count)) if norm else np.zeros(count)
    near = np.maximum(lacking - (lacking.max() - 0.1), 0.0) + 1e-12
    return rms, near / near.sum()


def only(term: str) -> Weights:
    """An objective of one term."""
    return Weights(**{**dict.fromkeys(vars(Weights()), 0.0), term: 1.0})


@dataclass(frozen=True)
class Column:
    """What one request may take, as a variable of a linear program.

    Attributes
    ----------
    request : int
        Whose it is.
    tracks : int
        How many tracks; 0 for what is pinned, which uses nothing here.
    time, preferred : float
        Time of all tracks, and of those on preferred antennas, ms.
    slots, shares : ndarray
        Slots of resources that it uses, and how much of each slot.
    """

    request: int
    tracks: int
    time: float
    preferred: float
    slots: Integers
    shares: Reals


def columns_of(relaxation: Relaxation, taken: Taken) -> list[Column]:
    """What each request takes, as a column."""
    found, picks, uses = [], taken.picks, taken.uses
    times, preferred = time_of(picks), relaxation.on_preferred(picks)
    edges = [0, *(np.flatnonzero(np.diff(picks[:, OF_REQUEST])) + 1).tolist(), len(picks)]
    ends = np.searchsorted(uses[:, 0], edges)
    for first, last, begin, end in zip(edges[:-1], edges[1:], ends[:-1], ends[1:], strict=True):
        if last > first:
            own = slice(first, last)
            slots, where = np.unique(uses[begin:end, 1].astype(np.int64), return_inverse=True)
            shares = np.bincount(where, uses[begin:end, 2], len(slots)) / relaxation.clock[1]
            found.append(Column(
                int(picks[first, OF_REQUEST]), int(picks[own, TIMES].sum()), float(times[own].sum()),
                float((times * preferred)[own].sum()), slots, shares,
            ))  # fmt: skip
    return found
