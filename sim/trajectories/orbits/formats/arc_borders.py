"""Discontinuities in tables of states: borders between orbit solutions, wrong rows, and tables that no motion fits.

Agencies join orbit solutions within one segment of a file: the position steps by up to hundreds of kilometers between
two rows, and both sides are smooth. Each step between rows is compared with the integral of the velocities around it
(without velocities, each row with its neighbors), in units of the accuracy of that integral.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.time import utc
from sim.trajectories.orbits.formats.state_table import States, disordered, gross, refused, through, unlikely

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

LEAST_KM = 0.1
"""Smaller steps are left alone: a polynomial takes them up within some rows, and is off by no more than that."""
_TRUST = 4.0
"""So many times the difference of two orders of interpolation is explained: ellipses sampled up to 1.1 rad a step, with
eccentricities to 0.95, need 3."""
_NOISE = 20.0
"""So many times the file's median residual is its own noise, of rounding above all."""
_FARTHEST = 0.1
"""Parts of the distance from the center that a border may step by: more is another object, or no motion."""
_SIDE_ROWS = 2
"""Rows that must be smooth on both sides of a border."""
_REACH = 3
"""A residual shows what is wrong so many rows away."""
_WRONG_KM, _ALIKE, _BETTER = 3.0 * LEAST_KM, 0.3, 0.25
"""A row is wrong if the steps on both its sides are off by so much, to about the same amount (a burn lies in one), and
its neighbors fit each other so much better without it."""
_BEYOND = 4
"""States that a solution is followed through half a step beyond its last row."""
_CHUNK = 100_000

_NODES, _SHARES = np.polynomial.legendre.leggauss(4)
_GAUSS, _WEIGHTS = 0.5 * (1.0 + _NODES), 0.5 * _SHARES


@dataclass(frozen=True)
class _Judged:
    """Each step between two rows: what its neighbors leave unexplained, (n, 3) km, and whether that is too much."""

    residual: Array
    odd: Flags


def parted(file: str, arc: States, places: Sequence[str]) -> tuple[States, ...]:
    """Split the states of a file into arcs without steps. places: where each state is, such as `line 7`.

    Where two rows have the same epoch, or the position steps between smooth stretches by more than the velocity
    explains, one arc ends and another begins. Both are extrapolated to half-way between the two rows. Raises
    `DataError` with the first mistakes: values that are not numbers, rows out of order, a wrong unit, a row that fits
    neither neighbor, states that do not belong together.
    """
    unlikely(file, arc, places)
    same = np.flatnonzero(np.diff(arc.t) == 0.0)
    disordered(file, arc, places, [i for i in same.tolist() if not _follows(arc, i)])
    cuts = [0, *(same + 1).tolist(), len(arc.t)]
    found: list[States] = []
    for first, last in pairwise(cuts):
        rows = slice(first, last)
        if last - first < 2:
            raise DataError(f"{file}: {places[first]}: expected at least 2 states between two borders, got 1")
        part = _only(arc, rows)
        if first:
            part = replace(part, step=_step(arc, first - 1))
        found += _arcs(file, part, places[rows])
    return tuple(each for each in found if each.start < each.end) or (arc,)


def _follows(arc: States, i: int) -> bool:
    """Whether a row of the same epoch is a different state: after a burn, or of another orbit solution."""
    away = float(np.linalg.norm(arc.position[i + 1] - arc.position[i]))
    turned = 0.0 if arc.velocity is None else float(np.linalg.norm(arc.velocity[i + 1] - arc.velocity[i]))
    return (away > 0.0 or turned > 0.0) and away <= _FARTHEST * float(np.linalg.norm(arc.position[i]))


def _step(arc: States, i: int) -> tuple[float, float]:
    speed = 0.0 if arc.velocity is None else float(np.linalg.norm(arc.velocity[i + 1] - arc.velocity[i]))
    return float(np.linalg.norm(arc.position[i + 1] - arc.position[i])), speed


def _only(arc: States, rows: slice) -> States:
    """Some rows of an arc."""
    t, v = arc.t[rows], arc.velocity
    start, end = max(arc.start, float(t[0])), min(arc.end, float(t[-1]))
    return replace(arc, t=t, position=arc.position[rows], velocity=None if v is None else v[rows], start=start, end=end)


def _arcs(file: str, arc: States, places: Sequence[str]) -> Iterator[States]:
    """Split rows in order of time into arcs."""
    bad = dict(gross(arc))
    if 4 * len(bad) > len(arc.t):
        raise refused(file, places, bad)
    noise = float(np.median(np.linalg.norm(_judged(arc, 0.0).residual, axis=1)))
    odd = np.flatnonzero(_judged(arc, noise).odd)
    odd = odd if 4 * len(odd) < len(arc.t) else odd[:0]
    borders: list[int] = []
    explained: set[int] = set()
    wrong: dict[int, str] = {}
    groups = np.split(odd, np.flatnonzero(np.diff(odd) > _REACH) + 1) if len(odd) else []
    for k, group in enumerate(groups):
        low = max(groups[k - 1][-1] + 1 if k else 0, group[0] - 4 * _REACH)
        high = min(groups[k + 1][0] if k + 1 < len(groups) else len(arc.t) - 1, group[-1] + 1 + 4 * _REACH)
        near = _only(arc, slice(int(low), int(high) + 1))
        here = [int(i - low) for i in group]
        if (row := _wrong_row(near, here, noise)) is not None:
            size = float(np.max(np.linalg.norm(_judged(near, noise).residual[here], axis=1)))
            wrong[int(low) + row] = f"{size:,.3f} km off the neighboring states. Check for a wrong digit, sign or unit"
        elif (found := _borders(near, noise)) is not None:
            borders += [int(low) + i for i in found]
            explained |= set(range(int(group[0]) - 1, int(group[-1]) + 2))
    if left := {i: text for i, text in bad.items() if i - 1 not in explained and not {i, i - 1} & set(wrong)} | wrong:
        raise refused(file, places, left)
    yield from _cut(arc, borders)


def _borders(arc: States, noise: float) -> list[int] | None:
    """Return the steps that separate smooth stretches of rows; None if there are none."""
    found: list[int] = []
    begin = 0
    while True:
        rest = _only(arc, slice(begin, None))
        judged = _judged(rest, noise)
        left = np.flatnonzero(judged.odd)
        if not len(left):
            return found
        options = range(int(left[0]), min(int(left[0]) + _REACH, int(left[-1])) + 1)
        unexplained = [_unexplained(rest, i, judged, noise) for i in options]
        if not np.isfinite(min(unexplained)):
            return None
        border = options[int(np.argmin(unexplained))]
        found.append(begin + border)
        begin += border + 1


def _unexplained(arc: States, i: int, judged: _Judged, noise: float) -> float:
    """Residual (km) of the rows around a step if it is a border; infinite if it cannot be one."""
    rows = len(arc.t)
    if i + 1 < _SIDE_ROWS or rows - i - 1 < _SIDE_ROWS:
        return np.inf
    size = float(np.linalg.norm(judged.residual[i]))
    for near, beside in ((i - 1, i + 1), (i + 1, rows - i - 1)):
        there_and_back = np.linalg.norm(judged.residual[i] + judged.residual[near]) < 0.5 * size
        if arc.velocity is not None and (there_and_back or (beside == _SIDE_ROWS and judged.odd[near])):
            return np.inf  # one row is wrong
    early, late = _only(arc, slice(None, i + 1)), _only(arc, slice(i + 1, None))
    before, after = _judged(early, noise), _judged(late, noise)
    close = slice(None, _REACH - 1)
    if np.any(before.odd) or np.any(after.odd[close]):
        return np.inf
    if _step_between(early, late)[0] > _FARTHEST * float(np.linalg.norm(arc.position[i])):
        return np.inf
    return float(max(np.max(np.linalg.norm(each, axis=1)) for each in (before.residual, after.residual[close])))


def _wrong_row(arc: States, odd: Sequence[int], noise: float) -> int | None:
    """Return the row without which all others are consistent; None if there is none."""
    if len(arc.t) < 2 * _REACH:
        return None
    size = np.linalg.norm(_judged(arc, noise).residual, axis=1)
    worst = float(np.max(size[odd]))
    for row in range(min(odd), max(odd) + 2):
        if min(size[max(row - 1, 0)], size[min(row, len(size) - 1)]) < max(_WRONG_KM, _ALIKE * worst):
            continue
        kept = np.arange(len(arc.t)) != row
        v = arc.velocity
        rest = replace(arc, t=arc.t[kept], position=arc.position[kept], velocity=None if v is None else v[kept])
        judged = _judged(rest, noise)
        if not np.any(judged.odd) and np.max(np.linalg.norm(judged.residual, axis=1)) < _BETTER * worst:
            return row
    return None


def _cut(arc: States, borders: Sequence[int]) -> Iterator[States]:
    """Split rows at borders into arcs, each extrapolated by half a step on either side."""
    ends = [-1, *borders, len(arc.t) - 1]
    parts = [_only(arc, slice(a + 1, b + 1)) for a, b in pairwise(ends)]
    middles = [0.5 * (a.t[-1] + b.t[0]) for a, b in pairwise(parts)]
    for k, part in enumerate(parts):
        step = part.step if k == 0 else _step_between(parts[k - 1], part)
        if k:
            part = _followed(part, middles[k - 1], arc)
        if k < len(middles):
            part = _followed(part, middles[k], arc)
        yield replace(part, step=step)


def _step_between(early: States, late: States) -> tuple[float, float]:
    """Steps in position (km) and velocity (km/s) half-way between two arcs."""
    middle = 0.5 * (early.t[-1] + late.t[0])
    (r0, v0), (r1, v1) = _beyond(early, middle), _beyond(late, middle)
    return float(np.linalg.norm(r1 - r0)), float(np.linalg.norm(v1 - v0))


def _beyond(arc: States, t: float) -> tuple[Array, Array]:
    """Position and velocity (3,) of an arc, extrapolated to a time before its first row or after its last."""
    count = min(_BEYOND if arc.velocity is not None else _BEYOND + 1, len(arc.t))
    rows = slice(None, count) if t <= arc.t[0] else slice(len(arc.t) - count, None)
    length = float(arc.t[rows][-1] - arc.t[rows][0])
    since = (arc.t[rows] - t)[None] / length
    rates = None if arc.velocity is None else arc.velocity[rows][None] * length
    width = 1e-4
    low, middle, high = through(since, arc.position[rows][None], rates, np.array([-width, 0.0, width]))[0]
    return middle, (high - low) / (2.0 * width * length)


def _followed(arc: States, t: float, whole: States) -> States:
    """Return an arc with one extrapolated row more, before its first or after its last."""
    position, velocity = _beyond(arc, t)
    before = t < arc.t[0]

    def with_row(rows: Array, row: Array) -> Array:
        return np.concatenate([row[None], rows] if before else [rows, row[None]])

    start, end = (max(whole.start, t), arc.end) if before else (arc.start, min(whole.end, t))
    rows, r = with_row(arc.t, np.asarray(t)), with_row(arc.position, position)
    v = None if arc.velocity is None else with_row(arc.velocity, velocity)
    return replace(arc, t=rows, position=r, velocity=v, start=start, end=end)


def _judged(arc: States, noise: float) -> _Judged:
    """Compare each step with its neighbors, chunk by chunk. noise: of the file's positions, km."""
    count = len(arc.t) - 1
    if count <= _CHUNK:
        return _judge(arc, noise)
    parts, margin = [], 2 * _REACH
    for first in range(0, count, _CHUNK):
        low, high = max(0, first - margin), min(count, first + _CHUNK + margin)
        own = _judge(_only(arc, slice(low, high + 1)), noise)
        inner = slice(first - low, min(first + _CHUNK, count) - low)
        parts.append((own.residual[inner], own.odd[inner]))
    return _Judged(np.concatenate([r for r, _ in parts]), np.concatenate([o for _, o in parts]))


def _judge(arc: States, noise: float) -> _Judged:
    if len(arc.t) < 3:
        return _Judged(np.zeros((len(arc.t) - 1, 3)), np.zeros(len(arc.t) - 1, dtype=bool))
    if arc.velocity is None:
        return _judge_rows(arc, noise)
    lengths = np.diff(arc.t)[:, None]
    steps = np.diff(arc.position, axis=0)
    fine, coarse = _integral(arc, 6), _integral(arc, 4) if len(arc.t) > 4 else _integral(arc, 2)
    residual = steps - fine * lengths
    return _Judged(residual, _too_much(residual, (fine - coarse) * lengths, noise))


def _integral(arc: States, count: int) -> Array:
    """Mean velocity (n, 3) km/s over each step, from a polynomial through the velocities of the rows around it."""
    assert arc.velocity is not None
    count, i = min(count, len(arc.t)), np.arange(len(arc.t) - 1)
    near = np.clip(i - (count // 2 - 1), 0, len(arc.t) - count)[:, None] + np.arange(count)
    since = (arc.t[near] - arc.t[:-1, None]) / np.diff(arc.t)[:, None]
    mean: Array = np.einsum("k,nkc->nc", _WEIGHTS, through(since, arc.velocity[near], None, _GAUSS))
    return mean


def _judge_rows(arc: States, noise: float) -> _Judged:
    """Without velocities: compare each row with a polynomial through its neighbors, and blame the steps beside it."""
    fine, coarse = _between(arc, 6), _between(arc, 4) if len(arc.t) > 5 else _between(arc, 2)
    off = _too_much(arc.position - fine, fine - coarse, noise)
    return _Judged((arc.position - fine)[1:], off[1:] | off[:-1])


def _between(arc: States, count: int) -> Array:
    """Position (n, 3) km at each row, from a polynomial through the rows around it but not itself."""
    count, i = min(count, len(arc.t) - 1), np.arange(len(arc.t))
    first = np.clip(i - count // 2, 0, len(arc.t) - count - 1)
    near = first[:, None] + np.arange(count)
    near = near + (near >= i[:, None])
    length = (arc.t[near[:, -1]] - arc.t[near[:, 0]])[:, None]
    since = (arc.t[near] - arc.t[:, None]) / length
    place: Array = through(since, arc.position[near], None, np.zeros(1))[:, 0]
    return place


def _too_much(residual: Array, orders_apart: Array, noise: float) -> Flags:
    apart = np.linalg.norm(orders_apart, axis=1)
    apart = np.maximum(apart, np.maximum(np.append(apart[1:], 0.0), np.append(0.0, apart[:-1])))
    allowed = np.maximum(np.maximum(_TRUST * apart, _NOISE * noise), LEAST_KM)
    odd: Flags = np.linalg.norm(residual, axis=1) > allowed
    return odd


def summary(arcs: Sequence[States]) -> str:
    """Say in one sentence how often and by how much the position steps between arcs; empty if it does not."""
    steps = [(arc.step[0], arc.start) for arc in arcs if arc.step is not None]
    if not steps:
        return ""
    largest, at = max(steps)
    if len(steps) == 1:
        return f"joins two arcs at {utc(at, 0)}, where the position changes by {largest:,.3g} km"
    smallest = min(steps)[0]
    sizes = f"by {smallest:,.3g} to {largest:,.3g} km, the most at {utc(at, 0)}"
    return f"joins {len(steps) + 1} arcs in the span, between which the position changes {sizes}; run.json lists them"


def notes(name: str, arcs: Sequence[States]) -> tuple[str, ...]:
    """Notes about the borders between a file's arcs, each with its time and size."""
    found = []
    for arc in arcs:
        if arc.step is not None:
            away, speed = arc.step
            far, quick = f"position changes by {away:,.3g} km", f"velocity changes by {1e3 * speed:,.3g} m/s"
            what = far if away >= 1e-3 else quick
            found.append(f"{name} joins two arcs at {utc(arc.start, 0)}, where the {what}")
    return tuple(found)
