"""What no schedule exceeds: a Lagrangian relaxation, in which the time of antennas, crews and missions has a price.

At given prices, what is shared no longer couples the requests: each takes what is best for it alone, which is found
exactly or a little too well. What all of them are worth, and the price of all capacity, together bound every schedule:
whatever the prices are, as long as none is negative. Prices are improved by the subgradient method, and if HiGHS is
installed and time is given, by linear programs; they decide how much is proved, never whether it holds, up to the
rounding of sums (a billionth).

References
----------
Fisher, M. L. (1981), The Lagrangian relaxation method for solving integer programming problems, Management Science 27,
1-18.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from math import floor

import numpy as np

from sim.core.errors import SimError
from sim.planning.schedule.highs import require_highs
from sim.planning.schedule.instance import Instance
from sim.planning.schedule.measures import Measures, Weights
from sim.planning.schedule.network import Network
from sim.planning.schedule.priced import ROUNDING, Column, Point, Relaxation, directions, only
from sim.planning.schedule.pricing import Reals
from sim.planning.schedule.schedule import Bound

MOST_SECONDS = 1e6
PATIENCE = 8
"""Steps without a better bound after which steps are halved."""


def find_bound(
    network: Network,
    weights: Weights | None = None,
    *,
    reached: Measures | None = None,
    slot_s: float = 1800.0,
    steps: int = 200,
    seconds: float = 0.0,
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
    seconds
        How long, about, they are then improved by linear programs, for all five bounds, by the clock. Needs HiGHS:
        `pip install "farside-sim[schedule]"`. What is proved then depends on the speed of the computer, not whether it
        holds.

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
    if not (slot_s >= 1.0 and steps >= 1 and 0.0 <= seconds <= MOST_SECONDS):
        found = f"slot_s is {slot_s}, steps is {steps}, seconds is {seconds}"
        raise SimError(f"{found}: expected at least 1 s, at least 1, and from 0 to {MOST_SECONDS:.0f} s")
    if seconds:
        require_highs("seconds")
    if not network.requests:
        return Bound(0.0, 0.0, 0.0, 0.0, 0.0, "nothing is asked")
    begun = time.monotonic()
    solver = _Solver(Relaxation(Instance(network), slot_s * 1000.0), steps, begun, seconds, [])
    asked, count, now = network.asked_s, len(network.requests), reached
    method = f"Lagrangian relaxation, slots of {slot_s:g} s, {steps} steps"
    hours = solver.bound(0.3, only("hours"), now.tracked_s / asked if now else None)
    given = solver.bound(0.45, only("satisfied"), now.satisfied / count if now else None, alike=True)
    return Bound(
        tracked_s=min(hours * asked, asked),
        satisfied=float(floor(min(given * count, count) + ROUNDING * count)),
        objective=solver.bound(0.7, weights or Weights(), now.objective if now else None),
        u_rms=max(-solver.bound(0.9, only("u_rms"), -now.u_rms if now else None), 0.0),
        u_max=max(-solver.bound(1.0, only("u_max"), -now.u_max if now else None), 0.0),
        method=f"{method}, then linear programs (HiGHS)" if seconds else method,
    )


@dataclass(frozen=True)
class _Solver:
    """How prices are improved: by so many steps, then by linear programs until some time."""

    relaxation: Relaxation
    steps: int
    begun: float
    seconds: float
    columns: list[Column]

    def bound(self, share: float, weights: Weights, reached: float | None, alike: bool = False) -> float:
        """A bound on an objective.

        Parameters
        ----------
        share
            Of all time, until which share linear programs may take.
        weights, reached
            The objective, and its value of a schedule that was found.
        alike
            Whether all requests count alike, whatever their priority.
        """
        bonus = self.relaxation.bonus(weights, alike)
        point, best = _descend(self.relaxation, weights, bonus, reached, self.steps)
        if self.seconds:
            from sim.planning.schedule.columns import generate

            until = self.begun + share * self.seconds
            best = generate(self.relaxation, weights, bonus, point, best, self.columns, until)
        return best


def _descend(
    relaxation: Relaxation, weights: Weights, bonus: Reals, reached: float | None, steps: int
) -> tuple[Point, float]:
    """The subgradient method: the point of the best bound that it finds, and the bound."""
    point, capacity = relaxation.nowhere(), relaxation.capacity
    lacking, best, pace, waited = np.ones(len(relaxation.asked)), np.inf, 1.0, 0
    at = point
    for _ in range(steps):
        rms, worst = directions(lacking)
        point = replace(point, rms=rms, worst=worst)
        taken = relaxation.take(point, weights, bonus)
        total, used = taken.bound, relaxation.used(taken)
        waited = 0 if total < best - 1e-6 else waited + 1
        if total < best:
            best, at = total, point
        if waited >= PATIENCE:
            pace, waited = pace / 2.0, 0
        slope = np.where((point.prices > 0.0) | (used > capacity), used - capacity, 0.0)
        steep = float((slope * slope).sum())
        goal = reached if reached is not None else best - 0.05 * (1.0 + abs(best))
        lacking = 0.9 * lacking + 0.1 * relaxation.lacking(taken)
        if steep > 0.0:
            prices = np.maximum(point.prices + pace * max(total - goal, 1e-9) / steep * slope, 0.0)
            point = replace(point, prices=prices)
        elif not weights.u_rms and not weights.u_max:
            break
    return at, float(best)
