"""The answer by brute force: elevation on a fine grid, every change of sign bisected, near misses looked at closely.

It shares with `sim` where things are (ephemeris, Earth orientation), and neither its formulas for elevation and
clearance nor its search.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import sim
from sim.core.time import Span
from sim.trajectories.bodies import frames

from . import teme
from .inputs import pieces
from .workloads import Workload

CHUNK = 100_000
EDGE_S = 1e-7
MOON_RADIUS_KM = 1737.4


def windows(workload: Workload, cache: Path) -> list[np.ndarray]:
    """For every station the bounds (n, 2), TDB seconds, of its windows."""
    if cache.exists():
        stored = np.load(cache)
        return [stored[station.name] for station in workload.stations]
    scene = Scene(workload)
    found = scan(scene.elevation, workload.span, workload.scan_s, len(workload.stations))
    if workload.hidden:
        clear = scan(scene.clearance, workload.span, workload.scan_s, len(workload.stations))
        found = [both(a, b) for a, b in zip(found, clear, strict=True)]
    np.savez(cache, **{station.name: bounds for station, bounds in zip(workload.stations, found, strict=True)})
    return found


class Scene:
    """Where target and stations are, in Earth-fixed axes."""

    def __init__(self, workload: Workload) -> None:
        self.target = workload.target
        sites = [sim.Site(**station._asdict()) for station in workload.stations]
        self.positions = np.array([site.fixed_position for site in sites])
        self.ups = np.array([site.fixed_axes[2] for site in sites])
        self.sine = np.sin(np.deg2rad(workload.mask_deg))
        self.pieces = pieces(self.target, workload.span) if self.target.kind in ("kepler", "spk") else None

    def seen(self, t):
        """Target and Moon (or None), (n, 3) km from the Earth's center, Earth-fixed axes."""
        if self.target.kind == "tle":
            return teme.earth_fixed_position(self.target.lines, t), None
        turn = frames.itrs(t)
        moon = sim.MOON.position_from(sim.EARTH, t) if self.target.center == "moon" or not self.pieces else None
        position = self.pieces(t) if self.pieces else 0.0
        position = position if moon is None else position + moon
        fixed = np.einsum("nij,nj->ni", turn, position)
        return fixed, None if moon is None else np.einsum("nij,nj->ni", turn, moon)

    def elevation(self, t, station=None):
        """Sine of the elevation less the mask's: (n, stations), or of one station each (n,)."""
        target, _ = self.seen(t)
        if station is None:
            line = target[:, None, :] - self.positions
            ups = self.ups
        else:
            line, ups = target - self.positions[station], self.ups[station]
        return np.einsum("...i,...i->...", line, ups) / np.sqrt(np.einsum("...i,...i->...", line, line)) - self.sine

    def clearance(self, t, station=None):
        """Least distance of the segment station–target from the Moon's sphere, km."""
        target, moon = self.seen(t)
        if station is None:
            target, moon, station = target[:, None, :], moon[:, None, :], slice(None)
        line, to_moon = target - self.positions[station], moon - self.positions[station]
        along = np.einsum("...i,...i->...", to_moon, line) / np.einsum("...i,...i->...", line, line)
        nearest = to_moon - np.clip(along, 0.0, 1.0)[..., None] * line
        return np.sqrt(np.einsum("...i,...i->...", nearest, nearest)) - MOON_RADIUS_KM


def scan(function, span: Span, step_s: float, count: int) -> list[np.ndarray]:
    """Windows in which a function is positive, for each of its columns."""
    grid = span.grid(step_s)
    brackets, starts, last = [], np.zeros(count, dtype=bool), None
    for first in range(0, len(grid) - 1, CHUNK):
        t = grid[max(0, first - 1) : first + CHUNK + 1]  # one point on both sides, so that turns are seen everywhere
        values = function(t)
        if last is None:
            starts = values[0] > 0
        inside = slice(0 if last is None else 1, None)
        brackets.append(_changes(t[inside], values[inside]))
        for low, high, column in zip(*_turns(t, values), strict=True):
            brackets.append(_close_look(function, low, high, int(column), 3))
        last = values[-1]
    low, high, column = (np.concatenate(part) for part in zip(*brackets, strict=True))
    edges = _bisected(function, low, high, column)
    found = []
    for each in range(count):
        own = np.unique(edges[column == each])
        marks = np.concatenate(([span.start] if starts[each] else [], own))
        if len(marks) % 2:
            marks = np.append(marks, span.end)
        found.append(marks.reshape(-1, 2))
    return found


def both(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Where two sets of windows hold at once."""
    found = []
    for a, b in first:
        for c, d in second[(second[:, 1] > a) & (second[:, 0] < b)]:
            found.append((max(a, c), min(b, d)))
    return np.array(found).reshape(-1, 2)


def _changes(t, values):
    rows, columns = np.nonzero((values[1:] > 0) != (values[:-1] > 0))
    return t[rows], t[rows + 1], columns


def _turns(t, values):
    """Brackets in which the function turns towards zero and a parabola through three points nearly gets there."""
    a, b, c = values[:-2], values[1:-1], values[2:]
    curve, slope = a - 2 * b + c, 0.5 * (c - a)
    top = b - 0.5 * slope * slope / np.where(curve == 0, np.inf, curve)
    below = (a <= 0) & (b <= 0) & (c <= 0) & (b >= a) & (b >= c) & (top - 0.5 * curve > 0)
    above = (a > 0) & (b > 0) & (c > 0) & (b <= a) & (b <= c) & (top - 0.5 * curve < 0)
    rows, columns = np.nonzero(below | above)
    return t[rows], t[rows + 2], columns


def _close_look(function, low, high, column, depth):
    """Changes of sign between two times, on a grid that grows finer at the turn."""
    t = np.linspace(low, high, 65)
    values = function(t, np.full(len(t), column))
    rows = np.nonzero((values[1:] > 0) != (values[:-1] > 0))[0]
    if len(rows) or not depth:
        return t[rows], t[rows + 1], np.full(len(rows), column)
    best = int(np.clip(np.argmin(np.abs(values)), 1, 63))
    return _close_look(function, t[best - 1], t[best + 1], column, depth - 1)


def _bisected(function, low, high, column):
    edges = np.empty(len(low))
    for first in range(0, len(low), CHUNK):
        part = slice(first, first + CHUNK)
        a, b, each = low[part].copy(), high[part].copy(), column[part]
        rises = function(a, each) <= 0
        while len(a) and np.max(b - a) > EDGE_S:
            middle = 0.5 * (a + b)
            if np.all((middle == a) | (middle == b)):
                break
            beyond = (function(middle, each) > 0) == rises
            a, b = np.where(beyond, a, middle), np.where(beyond, middle, b)
        edges[part] = 0.5 * (a + b)
    return edges
