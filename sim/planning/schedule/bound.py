"""What no schedule exceeds: a Lagrangian relaxation, in which the time of antennas, crews and missions has a price.

At given prices, what is shared no longer couples the requests: each takes what is best for it alone, which is found
exactly or a little too well. What all of them are worth, and the price of all capacity, together bound every schedule:
whatever the prices are, as long as none is negative. Prices are improved by the subgradient method; they decide how
much is proved, never whether it holds, up to the rounding of sums (a billionth).

References
----------
Fisher, M. L. (1981), The Lagrangian relaxation method for solving integer programming problems, Management Science 27,
1-18.
"""

from __future__ import annotations

from math import ceil, sqrt

import numpy as np

from sim.core.errors import SimError
from sim.planning.schedule.instance import AFTER, BEFORE, CAPACITY, MISSION, MOST, OFF, ON, PRIORITY, Instance
from sim.planning.schedule.measures import Measures, Weights
from sim.planning.schedule.network import Network
from sim.planning.schedule.pricing import Reals, best_alone
from sim.planning.schedule.schedule import Bound
from sim.planning.schedule.table import make_table

ROUNDING = 1e-9
"""Relative allowance for the rounding of sums."""
MOST_PRICES = 50_000_000
PATIENCE = 8
"""Steps without a better bound after which steps are halved."""


def find_bound(
    network: Network,
    weights: Weights | None = None,
    *,
    reached: Measures | None = None,
    slot_s: float = 1800.0,
    steps: int = 200,
) -> Bound:
    """Proves what no schedule exceeds.

    Parameters
    ----------
    network
        What is asked.
    weights
        The objective, for the bound on it. Terms for hand-overs and change count as if there were none.
    reached
        Measures of a schedule that was found. They decide how far steps go, not whether the bound holds.
    slot_s
        Length of the slots in which time has one price. Shorter slots prove more and take longer.
    steps
        How often prices are improved, for each of the five bounds.

    Returns
    -------
    Bound
        On tracked time, satisfied requests, both measures of fairness, and the objective; each for itself.

    Examples
    --------
    >>> from sim.planning.schedule.request import Antenna, Opportunity, Request
    >>> view = Opportunity(("ws1",), 0.0, 5400.0)
    >>> a, b = (Request(name, name, (view,), max_s=3600.0, min_s=1800.0) for name in ("a", "b"))
    >>> found = find_bound(Network((Antenna("ws1"),), (a, b)))  # doctest: +SKIP
    >>> 5400.0 <= found.tracked_s < 5500.0  # doctest: +SKIP
    True
    """
    if not (slot_s >= 1.0 and steps >= 1):
        raise SimError(f"slot_s is {slot_s}, steps is {steps}: expected at least 1 s and 1")
    if not network.requests:
        return Bound(0.0, 0.0, 0.0, 0.0, 0.0, "nothing is asked")
    prices = _Prices(Instance(network), slot_s * 1000.0, steps)
    asked, count = network.asked_s, len(network.requests)
    now = reached
    return Bound(
        tracked_s=min(prices.bound(_only("hours"), now.tracked_s / asked if now else None) * asked, asked),
        satisfied=min(prices.bound(_only("satisfied"), now.satisfied / count if now else None, True) * count, count),
        u_rms=max(-prices.bound(_only("u_rms"), -now.u_rms if now else None), 0.0),
        u_max=max(-prices.bound(_only("u_max"), -now.u_max if now else None), 0.0),
        objective=prices.bound(weights or Weights(), now.objective if now else None),
        method=f"Lagrangian relaxation, slots of {slot_s:g} s, {steps} steps",
    )


def _only(term: str) -> Weights:
    """An objective of one term."""
    return Weights(**{**dict.fromkeys(vars(Weights()), 0.0), term: 1.0})


class _Prices:
    """The relaxation of an instance."""

    def __init__(self, instance: Instance, slot_ms: float, steps: int) -> None:
        arrays = self.arrays = instance.arrays
        self.table, self.steps = make_table(instance, 1), steps
        around = arrays.uses[:, [BEFORE, AFTER]].max(initial=0)
        times = arrays.alternatives[:, [ON, OFF]]
        first, last = (int(times[:, 0].min()), int(times[:, 1].max())) if len(times) else (0, 1)
        origin = float((first - around) // slot_ms * slot_ms)
        self.clock = np.array([origin, slot_ms])
        slots = ceil((last + around - origin) / slot_ms) + 1
        if slots * len(arrays.resources) > MOST_PRICES:
            raise SimError(f"slot_s is {slot_ms / 1000:g}: expected fewer than {MOST_PRICES} slots of all resources")
        self.capacity = np.repeat(arrays.resources[:, CAPACITY, None] * slot_ms, slots, axis=1)
        edges = origin + slot_ms * np.arange(slots + 1)
        for resource, start, end in arrays.closed.tolist():
            inside = np.clip(np.minimum(end, edges[1:]) - np.maximum(start, edges[:-1]), 0.0, None)
            self.capacity[resource] -= arrays.resources[resource, CAPACITY] * inside
        self.capacity = np.maximum(self.capacity, 0.0)
        self.mission, self.most = arrays.requests[:, MISSION], arrays.requests[:, MOST].astype(float)
        self.room = np.zeros((3, 4 * slots + 8))
        self.first_resource = len(self.table) - sum(
            map(len, (arrays.resources, arrays.asked, arrays.earlier))
        ) - sum(instance.rows.rooms)  # fmt: skip

    def bound(self, weights: Weights, reached: float | None, alike: bool = False) -> float:
        """A bound on an objective. alike : whether all requests count alike, whatever their priority."""
        prices, asked = np.zeros_like(self.capacity), self.arrays.asked.astype(float)
        used, got = np.zeros_like(self.capacity), np.zeros(len(self.most))
        priorities = np.ones(len(self.most)) if alike else self.arrays.requests[:, PRIORITY].astype(float)
        bonus = weights.satisfied * priorities / max(priorities.sum(), 1.0)
        lacking, best, pace, waited = np.ones(len(asked)), np.inf, 1.0, 0
        extra = weights.preferred  # at most: all time on preferred antennas
        for _ in range(self.steps):
            rms, worst = _directions(lacking)
            by_mission = weights.hours / asked.sum() + (weights.u_rms * rms + weights.u_max * worst) / asked
            sums = np.zeros_like(prices)
            sums[:, 1:] = np.cumsum(prices[:, :-1] * self.clock[1], axis=1)
            value = by_mission[self.mission] + extra / asked.sum()
            worth = best_alone(
                self.table, self.first_resource, value, bonus, prices, sums, self.clock, used, got, self.room
            )  # fmt: skip
            paid = float((prices * self.capacity).sum())
            total = worth + paid - weights.u_rms * float(rms.sum()) - weights.u_max * float(worst.sum())
            total += ROUNDING * (abs(worth) + paid + 1.0)
            waited = 0 if total < best - 1e-6 else waited + 1
            best = min(best, total)
            if waited >= PATIENCE:
                pace, waited = pace / 2.0, 0
            slope = np.where((prices > 0.0) | (used > self.capacity), used - self.capacity, 0.0)
            steep = float((slope * slope).sum())
            goal = reached if reached is not None else best - 0.05 * (1.0 + abs(best))
            lacking = 0.9 * lacking + 0.1 * np.maximum(1.0 - np.bincount(self.mission, got, len(asked)) / asked, 0.0)
            if steep > 0.0:
                prices = np.maximum(prices + pace * max(total - goal, 1e-9) / steep * slope, 0.0)
            elif not weights.u_rms and not weights.u_max:
                break
        return float(best)


def _directions(lacking: Reals) -> tuple[Reals, Reals]:
    """Linear functions below the root mean square and the maximum: weights of the missions' lacking shares.

    The first has a length of 1 over the root of their number (the inequality of Cauchy and Schwarz), the second a sum
    of 1. Both hold for any lacking shares; these are good near the shares given.
    """
    norm, count = float(np.linalg.norm(lacking)), len(lacking)
    rms = lacking / (norm * sqrt(count)) if norm else np.zeros(count)
    near = np.maximum(lacking - (lacking.max() - 0.1), 0.0) + 1e-12
    return rms, near / near.sum()

