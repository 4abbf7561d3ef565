"""Numerical propagation of a state, forward and backward in time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import numpy as np

from sim.core import chebyshev
from sim.core.chebyshev import Array, Pieces
from sim.core.errors import OrbitEnded
from sim.trajectories.dynamics import dop853
from sim.trajectories.dynamics.forces import Forces, Tables

RTOL = 1e-12
"""Relative error for each step: about 6 mm a day in a low lunar orbit."""

_CORES: ContextVar[int | None] = ContextVar("cores", default=None)


def propagate(
    forces: Forces, epoch: float, state: Array, end: float, *, rtol: float = RTOL, since: float | None = None
) -> Pieces:
    """Propagate a spacecraft from its epoch to an end, which may be before it.

    epoch, end : s TDB past J2000
    state      : (6,) km, km/s relative to the center, ICRF axes
    rtol       : error per step, relative
    since      : TDB s after which, in the direction of the end, the orbit is returned; by default the epoch

    returns    : position (3,) km relative to the center, one piece per step of the integrator; pieces end where a
                 shadow begins or ends

    Raises `OrbitEnded` at an impact or an escape.
    """
    if end == epoch:
        raise ValueError("an orbit must be followed for some time: its end is its epoch")
    tables = forces.tables(min(epoch, end), max(epoch, end))
    kept = 0.0 if since is None else since - epoch
    status, time, last, times, steps = dop853.run(tables, epoch, _checked(state), end - epoch, rtol, kept)
    if status != dop853.ARRIVED:
        raise ended(forces, epoch, status, time, last)
    return pieces(epoch, end, times, steps)


def flow(
    tables: Tables, epochs: Array, states: Array, ends: Array, *, rtol: float = RTOL
) -> tuple[Array, Array, list[tuple[Array, Array]]]:
    """Propagate states with their state transition matrices, for shooting.

    epochs, ends : (n,) s TDB past J2000
    states       : (n, 6) km, km/s
    returns      : (n, 6) states at the ends; (n, 6, 6) their derivatives by the first ones; times and steps of each
                   arc, for `pieces`: those of `propagate`, bit for bit

    The derivatives neglect radiation pressure. Arcs are integrated in parallel if there are several processors.
    Raises `OrbitEnded` at an impact or an escape.
    """
    from concurrent.futures import ThreadPoolExecutor

    cores = _CORES.get() or os.cpu_count()

    def arc(epoch: float, state: Array, end: float) -> tuple[Array, Array, Array]:
        start = np.concatenate((_checked(state), np.eye(6).ravel()))
        status, time, last, times, steps = dop853.run(tables, float(epoch), start, float(end - epoch), rtol, 0.0)
        if status != dop853.ARRIVED:
            fate = _FATES[status].format(center="its center", limit=f"{tables.limit:,.0f}")
            raise OrbitEnded(f"an arc of the orbit {fate}", float(epoch) + time)
        return last, times.copy(), steps.copy()  # copies without the room that the integrator keeps for more steps

    if cores == 1:
        found = list(map(arc, epochs, states, ends))
    else:
        with ThreadPoolExecutor(max_workers=cores) as pool:  # the compiled integrator releases the GIL
            found = list(pool.map(arc, epochs, states, ends))
    last = np.array([there for there, _, _ in found]).reshape(-1, 42)
    legs = [(times, steps) for _, times, steps in found]
    return last[:, :6], last[:, 6:].reshape(-1, 6, 6), legs


@contextmanager
def on_cores(count: int) -> Iterator[None]:
    """Limit the number of processors that integrate arcs within this context."""
    token = _CORES.set(count)
    try:
        yield
    finally:
        _CORES.reset(token)


def ended(forces: Forces, epoch: float, status: int, time: float, last: Array) -> OrbitEnded:
    """The error for an orbit that ends before its end time."""
    days = abs(time) / 86400.0
    fate = _FATES[status].format(center=f"the {forces.center}", limit=f"{forces.limit_km:,.0f}")
    when = f"{days:.3f} days {'after' if time >= 0 else 'before'} its epoch" if time else "at its epoch"
    place = last[:3] if status == dop853.IMPACT else None
    return OrbitEnded(f"the orbit {fate} {when}", epoch + time, place)


def pieces(epoch: float, end: float, times: Array, steps: Array) -> Pieces:
    """The integrator's steps (polynomials of degree 7) as Chebyshev pieces."""
    edges = epoch + times
    edges[-1] = end
    fractions = 0.5 * (1.0 + chebyshev.lobatto_points(7))
    if end < epoch:
        edges, steps, fractions = edges[::-1].copy(), steps[::-1], 1.0 - fractions
    matrix = chebyshev.lobatto_transform(7) @ dop853.dense_basis(fractions)
    return Pieces(edges, np.einsum("ij,njk->nik", matrix, steps))


_FATES = {
    dop853.IMPACT: "hits {center}",
    dop853.ESCAPE: "leaves {center} (farther than {limit} km)",
    dop853.STUCK: "comes too close to a body for the integrator",
}


def _checked(state: Array) -> Array:
    """Check a state and convert it to an array for the compiled integrator."""
    result = np.array(state, dtype=float)
    if result.shape != (6,) or not np.all(np.isfinite(result)):
        raise ValueError("a state must be six finite numbers: position in km, velocity in km/s")
    return result
