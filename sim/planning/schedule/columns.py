"""Better prices by column generation: linear programs that choose among all that requests have taken at prices so far.

The prices of a program decide what requests take next, which becomes new columns of the next program. The bound is that
of the relaxation at these prices, never the value of a program, so it holds whatever a program says.

References
----------
Dantzig, G. B., and Wolfe, P. (1960), Decomposition principle for linear programs, Operations Research 8, 101-111.
"""

from __future__ import annotations

import time
from math import sqrt

import numpy as np

from sim.planning.schedule.highs import Program
from sim.planning.schedule.measures import Weights
from sim.planning.schedule.priced import Column, Point, Relaxation, columns_of
from sim.planning.schedule.pricing import Reals

DONE = 2e-5
"""Programs end when the bound lies within this share of their value, or within this."""
SCALE = 1000.0
"""Objectives are multiplied by this in programs, for which 1 is a large number."""
HOUR_MS = 3.6e6


def generate(
    relaxation: Relaxation, weights: Weights, bonus: Reals, point: Point, bound: float, columns: list[Column],
    until: float,
) -> float:  # fmt: skip
    """Improves a bound until a time of the monotonic clock.

    Parameters
    ----------
    relaxation
        The relaxation.
    weights, bonus
        The objective, and what it is worth to give each request tracks.
    point, bound
        A point, and the bound there.
    columns
        Columns that are known: they are used, and new ones are added.
    until
        When to end.
    """
    program = _Master(relaxation, weights, bonus)
    for column in columns:
        program.add(column)
    fresh = columns_of(relaxation, relaxation.take(point, weights, bonus))
    while added := [column for column in fresh if program.add(column)]:
        columns += added
        if not program.solve(until - time.monotonic()):
            break
        taken = relaxation.take(program.point(), weights, bonus)
        bound, fresh = min(bound, taken.bound), columns_of(relaxation, taken)
        if time.monotonic() > until or bound - program.value <= DONE * (1.0 + abs(bound)):
            break
    return bound


class _Master:
    """The program of all columns: what is shared is not used more than there is, each request takes one at most."""

    def __init__(self, relaxation: Relaxation, weights: Weights, bonus: Reals) -> None:
        self.of, self.weights, self.bonus = relaxation, weights, bonus
        self.program, self.seen = Program(), set[tuple[int, int, float, bytes, bytes]]()
        missions, requests = len(relaxation.asked), len(relaxation.most)
        self.capacity = np.full(relaxation.capacity.size, -1)
        """The row of each slot, or -1 as long as no column uses it."""
        self.requests = self.program.rows(np.ones(requests))
        self.longer, self.shorter = (self.program.rows(np.zeros(requests)) for _ in range(2))
        self.lacking = self.program.rows(np.full(missions, -1.0))
        self.worst = self.program.rows(np.zeros(missions))
        self.shares = [
            self.program.column(0.0, np.array([self.lacking + m, self.worst + m]), np.array([-1.0, 1.0]))
            for m in range(missions)
        ]  # fmt: skip
        rows = self.worst + np.arange(missions)
        self.most_lacking = self.program.column(-SCALE * weights.u_max, rows, np.full(missions, -1.0))
        self.rms = self.program.column(-SCALE * weights.u_rms, np.zeros(0, np.int64), np.zeros(0))
        self.cuts: list[int] = []
        self.slopes: list[Reals] = []
        self._cut(np.ones(missions))
        for number, tracks in enumerate(relaxation.is_pinned):
            if tracks:
                most = float(relaxation.most[number])
                self.add(Column(number, 0, most, most, np.zeros(0, np.int64), np.zeros(0)))

    def add(self, column: Column) -> bool:
        """Adds a column; returns whether it is new."""
        of, request = self.of, column.request
        key = request, column.tracks, column.time, column.slots.tobytes(), column.shares.tobytes()
        if key in self.seen:
            return False
        self.seen.add(key)
        new = column.slots[self.capacity[column.slots] < 0]
        if len(new):
            first = self.program.rows(of.capacity.ravel()[new] / of.clock[1])
            self.capacity[new] = first + np.arange(len(new))
        asked, mission = of.asked, of.mission[request]
        worth = self.weights.hours * column.time / asked.sum() + self.bonus[request]
        worth += self.weights.preferred * column.preferred / asked.sum()
        rows = [request + self.requests, mission + self.lacking]
        numbers = [1.0, -column.time / asked[mission]]
        if column.tracks > 1:
            most = of.most[request] + (column.tracks - 1) * of.overlap[request]
            rows += [request + self.longer, request + self.shorter]
            numbers += [(column.time - most) / HOUR_MS, (of.least[request] - column.time) / HOUR_MS]
        self.program.column(
            SCALE * worth, np.concatenate([self.capacity[column.slots], rows]), np.concatenate([column.shares, numbers])
        )  # fmt: skip
        return True

    def solve(self, seconds: float) -> bool:
        """Solves it, and cuts off what is less than the root mean square; returns whether that was done in time."""
        if not self.program.solve(seconds):
            return False
        if self.weights.u_rms:
            self.values = self.program.values()[self.shares]
        return True

    @property
    def value(self) -> float:
        """The greatest value of the objective."""
        return self.program.value / SCALE

    def point(self) -> Point:
        """The prices of the program, made such that they prove a bound."""
        of, weights, prices = self.of, self.weights, self.program.prices() / SCALE
        all_prices = np.where(self.capacity >= 0, prices[self.capacity], 0.0) / of.clock[1]
        missions, requests = len(of.asked), len(of.most)
        rms, worst = np.zeros(missions), prices[self.worst : self.worst + missions]
        for cut, slope in zip(self.cuts, self.slopes, strict=True):
            rms += prices[cut] * slope
        rms /= max(weights.u_rms, float(np.linalg.norm(rms)) * sqrt(missions), 1e-300)
        worst = worst / max(weights.u_max, float(worst.sum()), 1e-300)
        longer, shorter = (prices[row : row + requests] / HOUR_MS for row in (self.longer, self.shorter))
        if weights.u_rms:
            self._cut(self.values)
        return Point(all_prices.reshape(of.capacity.shape), rms, worst, longer, shorter)

    def _cut(self, lacking: Reals) -> None:
        """Adds a linear function below the root mean square that is equal to it near these shares."""
        norm = float(np.linalg.norm(lacking))
        if norm and self.weights.u_rms:
            slope = lacking / (norm * sqrt(len(lacking)))
            columns = np.array([*self.shares, self.rms])
            self.slopes.append(slope)
            self.cuts.append(self.program.row(0.0, columns, np.array([*slope, -1.0])))
