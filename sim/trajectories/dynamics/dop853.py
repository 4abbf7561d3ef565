"""The Runge–Kutta method DOP853, compiled: eighth order, adaptive, dense output, steps that end at shadow edges.

Source: Hairer, Norsett, Wanner (1993), Solving Ordinary Differential Equations I, §II.5, §II.6 and §II.10.
"""

from __future__ import annotations

import numpy as np

from sim.core.chebyshev import Array
from sim.data.resources import package_folder
from sim.trajectories.dynamics import gravity
from sim.trajectories.dynamics.equations_of_motion import derivative, margins, shone_on
from sim.trajectories.dynamics.forces import Tables
from sim.trajectories.dynamics.jit import compiled

ARRIVED, IMPACT, ESCAPE, STUCK = 0, 1, 2, 3

with np.load(package_folder() / "data" / "dop853.npz") as _table:
    _NODES, _STAGES = _table["nodes"], _table["stages"]
    _THIRD, _FIFTH, _DENSE = _table["error_third"], _table["error_fifth"], _table["dense"]

# Samples of the margins in a step: once an hour in a step of a third of a day, as on a halo orbit
_LOOKS = 8
# s: a shadow edge this close to the start of a step counts as the start itself
_AT_ONCE = 1e-3


@compiled()
def run(
    tables: Tables, epoch: float, state: Array, duration: float, rtol: float, kept: float
) -> tuple[int, float, Array, Array, Array]:
    """Propagate a state for a duration, or until it hits or leaves the center.

    epoch    : s TDB past J2000
    state    : (6,) km, km/s, or (42,) with the transition matrix
    duration : s, of either sign
    rtol     : error per step, relative to the lengths of the position and of the velocity
    kept     : s from the epoch; steps that end before it are not returned: 0 keeps all

    returns  : how it ended; when, s from the epoch; the last state (after an impact or escape only its position);
               times (n+1,) s from the epoch: the start of the first step kept, then the ends of all steps;
               (n, 8, 3) coefficients of the position over each step in `dense_basis`
    """
    size = state.size
    offset = epoch - tables.start
    direction = 1.0 if duration >= 0.0 else -1.0
    values = np.empty(tables.coefficients.shape[2])
    work = gravity.workspace()
    found = np.empty(tables.occulters.size + 2)
    stages = np.zeros((16, size))
    trial = np.empty(size)
    y = state.copy()
    times = np.empty(256)
    steps = np.empty((256, 8, 3))
    count, t = 0, 0.0
    times[0] = 0.0

    margins(tables, offset, y[0], y[1], y[2], values, found)
    signs = np.ones(found.size)
    for k in range(found.size):
        if found[k] < 0.0:
            signs[k] = -1.0
    for ended in (IMPACT, ESCAPE):
        if signs[signs.size - 3 + ended] < 0.0:
            return ended, t, y, times[:1], steps[:0]
    lit = shone_on(signs)
    derivative(tables, offset, y, lit, stages[0], values, work)
    r, v = _length(y, 0), _length(y, 3)
    h = direction * 0.01 * r / (v + np.sqrt(tables.gm / r))
    landing = -1  # the shadow at whose edge this step ends
    after = h  # the size of the next step after that edge

    while t != duration:
        if direction * (duration - t) <= direction * h * 1.01:
            h = duration - t
        # ends of steps are representable as absolute times; otherwise pieces would have gaps
        h = ((epoch + (t + h)) - epoch) - t if t + h != duration else h
        if t + 0.1 * h == t:
            return STUCK, t, y, times[: count + 1], steps[:count]
        for i in range(1, 12):
            _advance(y, stages, _STAGES[i], i, h, trial)
            derivative(tables, offset + t + _NODES[i] * h, trial, lit, stages[i], values, work)
        _advance(y, stages, _STAGES[12], 12, h, trial)
        derivative(tables, offset + t + h, trial, lit, stages[12], values, work)
        error = _error(y, trial, stages, h, rtol)
        if not error <= 1.0:  # also if it is NaN
            h *= max(1.0 / 3.0, 0.9 * error**-0.125) if error < np.inf else 0.1
            landing = -1
            continue
        if count + 1 == times.size:
            times, steps = _doubled(times, steps)
        step = steps[count]
        _densify(tables, offset + t, y, trial, stages, h, lit, step, values, work)

        if landing < 0:
            event, x = _interruption(tables, offset + t, h, step, signs, values, found)
            if event >= 0:
                if event >= signs.size - 2:
                    for k in range(3):
                        y[k] = _dense(step, x, k)
                    return event - signs.size + 3, t + x * h, y, times[: count + 1], steps[:count]
                after = h
                if abs(x * h) < _AT_ONCE:
                    signs[event] = -signs[event]
                    lit = shone_on(signs)
                    derivative(tables, offset + t, y, lit, stages[0], values, work)
                else:
                    landing, h = event, x * h
                continue

        t = duration if t + h == duration else t + h
        if direction * (t - kept) <= 0.0 and t != duration:
            times[count] = t  # the next step overwrites this one
        else:
            count += 1
            times[count] = t
        for k in range(size):
            y[k], stages[0, k] = trial[k], stages[12, k]
        if landing >= 0:
            signs[landing] = -signs[landing]
            lit = shone_on(signs)
            derivative(tables, offset + t, y, lit, stages[0], values, work)
            landing, h = -1, after
        else:
            h *= min(6.0, max(1.0 / 3.0, 0.9 * max(error, 1e-16) ** -0.125))
    return ARRIVED, t, y, times[: count + 1], steps[:count]


def dense_basis(x: Array) -> Array:
    """Factors of the eight terms of a step at fractions x of it: (n,) → (n, 8)."""
    columns = [np.ones_like(x)]
    for j in range(7):
        columns.append(columns[-1] * (x if j % 2 == 0 else 1.0 - x))
    return np.stack(columns, axis=-1)


@compiled()
def _doubled(times: Array, steps: Array) -> tuple[Array, Array]:
    """Double the capacity. Loops, here and elsewhere, because numba takes seconds to compile assignments of slices."""
    more_times = np.empty(2 * times.size)
    more_steps = np.empty((2 * times.size, 8, 3))
    for i in range(times.size):
        more_times[i] = times[i]
        for j in range(8):
            for k in range(3):
                more_steps[i, j, k] = steps[i, j, k]
    return more_times, more_steps


@compiled()
def _advance(y: Array, stages: Array, weights: Array, count: int, h: float, result: Array) -> None:
    """y + h Σ weights stages, as far as the result goes."""
    result[:] = 0.0
    for j in range(count):
        if weights[j] != 0.0:
            for k in range(result.size):
                result[k] += weights[j] * stages[j, k]
    for k in range(result.size):
        result[k] = y[k] + h * result[k]


@compiled()
def _length(y: Array, first: int) -> float:
    return float(np.sqrt(y[first] ** 2 + y[first + 1] ** 2 + y[first + 2] ** 2))


@compiled()
def _error(y: Array, trial: Array, stages: Array, h: float, rtol: float) -> float:
    """Error of a step in units of the tolerance, from the embedded third and fifth orders.

    Uses the lengths of position and velocity, not components, so it is the same in any axes. Variations are ignored.
    """
    third, fifth = 0.0, 0.0
    for first in (0, 3):
        scale = rtol * max(_length(y, first), _length(trial, first)) + 1e-300
        for k in range(first, first + 3):
            low, high = 0.0, 0.0
            for j in range(13):
                low += _THIRD[j] * stages[j, k]
                high += _FIFTH[j] * stages[j, k]
            third += (low / scale) ** 2
            fifth += (high / scale) ** 2
    if fifth == 0.0:
        return 0.0
    return float(abs(h) * fifth / np.sqrt((fifth + 0.01 * third) * 6.0))


@compiled()
def _densify(
    tables: Tables,
    time: float,
    y: Array,
    trial: Array,
    stages: Array,
    h: float,
    lit: bool,
    step: Array,
    values: Array,
    work: Array,
) -> None:
    """Fill step (8, 3): the position over the step to seventh order, with three more stages, without variations."""
    room = np.empty(6)
    for i in range(13, 16):
        _advance(y, stages, _STAGES[i], i, h, room)
        derivative(tables, time + _NODES[i] * h, room, lit, stages[i], values, work)
    for k in range(3):
        change = trial[k] - y[k]
        step[0, k] = y[k]
        step[1, k] = change
        step[2, k] = h * stages[0, k] - change
        step[3, k] = 2.0 * change - h * (stages[12, k] + stages[0, k])
        for i in range(4):
            total = 0.0
            for j in range(16):
                total += _DENSE[i, j] * stages[j, k]
            step[4 + i, k] = h * total


@compiled()
def _dense(step: Array, x: float, k: int) -> float:
    """Component k of the position at the fraction x of a step."""
    total = 0.0
    for i in range(7, 0, -1):
        total = (total + step[i, k]) * (x if i % 2 == 1 else 1.0 - x)
    return float(step[0, k] + total)


@compiled()
def _interruption(
    tables: Tables, time: float, h: float, step: Array, signs: Array, values: Array, found: Array
) -> tuple[int, float]:
    """The first margin that changes sign within a step, and the fraction at which it does; -1 for none."""
    event, x, before = -1, 1.0, 0.0
    for look in range(1, _LOOKS + 1):
        x = look / _LOOKS
        _look(tables, time, h, step, x, values, found)
        for k in range(signs.size):
            if signs[k] * found[k] < 0.0:
                event = k
        if event >= 0:
            break
        before = x
    if event < 0:
        return -1, 1.0
    for _ in range(50):
        middle = 0.5 * (before + x)
        _look(tables, time, h, step, middle, values, found)
        changed = -1
        for k in range(signs.size):
            if signs[k] * found[k] < 0.0:
                changed = k
        if changed >= 0:
            event, x = changed, middle
        else:
            before = middle
    return event, x


@compiled()
def _look(tables: Tables, time: float, h: float, step: Array, x: float, values: Array, found: Array) -> None:
    """The margins at the fraction x of a step."""
    margins(tables, time + x * h, _dense(step, x, 0), _dense(step, x, 1), _dense(step, x, 2), values, found)
