"""Orbits of the restricted problem made real: halos in the ephemeris, by multiple shooting.

A halo is followed through one revolution in the restricted problem, laid onto the true Earth and Moon as a guess, cut
into arcs, and all nodes are moved together until the arcs meet. No single arc is long enough to diverge.
Source: Stoer and Bulirsch (2002), Introduction to Numerical Analysis, §7.3.5 (multiple shooting).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sim.chebyshev import Array, Pieces
from sim.dynamics import cr3bp, dop853, integrate
from sim.dynamics.cr3bp import HaloSeed
from sim.dynamics.forces import Forces, PointMass, Tables
from sim.errors import OrbitEnded, PropagationError

MEAN_DISTANCE_KM = 384_400.0
"""Of the Moon from the Earth: its semi-major axis (NASA, Moon Fact Sheet)."""

MEAN_MOTION = 2.0 * np.pi / (27.321662 * 86400.0)
"""Of the Moon among the stars, rad/s: the sidereal month (Explanatory Supplement to the Astronomical Almanac)."""

HORIZON_DAYS = 365.25


@dataclass(frozen=True, eq=False)
class Shot:
    """An orbit found by shooting.

    pieces     : position (3,) km relative to the center
    epochs     : (n+1,) s TDB past J2000, the nodes
    states     : (n+1, 6) km, km/s, the states there
    defect_km, defect_km_s : the worst gap between two arcs
    iterations : corrections made
    """

    pieces: Pieces
    epochs: Array
    states: Array
    defect_km: float
    defect_km_s: float
    iterations: int


def halo_in_ephemeris(
    forces: Forces,
    epoch: float,
    end: float,
    amplitude_km: float,
    *,
    point: str = "L2",
    family: str = "southern",
    phase: float = 0.0,
    horizon_days: float = HORIZON_DAYS,
) -> Shot:
    """A halo orbit about a point of the Earth and the Moon, under all forces.

    forces       : about the Moon, with a point mass named "earth"
    epoch, end   : s TDB past J2000, the end after the epoch
    amplitude_km : greatest |z| out of the Earth–Moon plane, at the mean distance of 384,400 km; it swells and
                   shrinks with the distance
    phase        : fraction of a revolution at the epoch, from the crossing of the x-z plane where |z| is greatest
    horizon_days : the orbit is solved for whole multiples of this, so that it is the same one wherever in them a
                   span ends; the forces must be known that long

    Raises `PropagationError` where there is no such halo, or no orbit near it.
    """
    earth = _earth(forces)
    mu = _moon_share(forces, earth)
    seed = cr3bp.halo(mu, amplitude_km / MEAN_DISTANCE_KM, point, family)
    horizon = horizon_days * 86400.0
    until = epoch + horizon * np.ceil((end - epoch) / horizon)
    return follow(forces, mu, seed, epoch, until, phase=phase)


def follow(
    forces: Forces, mu: float, seed: HaloSeed, epoch: float, end: float, *, phase: float = 0.0, nodes: int = 4
) -> Shot:
    """An orbit of the restricted problem, followed under all forces from its epoch to the end or a little farther.

    mu    : the Moon's share of the mass of both
    phase : fraction of a revolution at the epoch
    nodes : to each revolution
    """
    if not end > epoch:
        raise ValueError("an orbit is shot forward: its end must be after its epoch")
    arc = seed.period / MEAN_MOTION / nodes
    epochs: Array = epoch + arc * np.arange(int(np.ceil((end - epoch) / arc)) + 1, dtype=np.float64)
    guess = _states(laid_on(_earth(forces), cr3bp.path(mu, seed), epoch, phase * seed.period), epochs)
    return shoot(forces, epochs, guess)


def shoot(forces: Forces, epochs: Array, guess: Array) -> Shot:
    """The orbit through nodes near the guessed ones, all of them free but in time.

    epochs : (n+1,) s TDB past J2000
    guess  : (n+1, 6) km, km/s relative to the center

    Of all orbits it is the one nearest to the guess: each correction closes the gaps to first order and, while they
    are wide, goes back toward the guess as far as it can (without this the orbits of years wander off). It is cut short
    where it goes too far. The last corrections are Newton's of least length.
    Raises `PropagationError` if the gaps do not close.
    """
    tables = forces.tables(float(epochs[0]), float(epochs[-1]))
    scale = np.repeat([MEAN_DISTANCE_KM, MEAN_DISTANCE_KM * MEAN_MOTION], 3)
    states = np.array(guess, dtype=float)
    for iteration in range(_ITERATIONS + 1):
        try:
            ends, matrices = integrate.flow(tables, epochs[:-1], states[:-1], epochs[1:])
        except OrbitEnded as problem:
            raise PropagationError(f"no orbit was found near the guess: {problem}; try another phase") from problem
        gaps = ends - states[1:]
        distance = float(np.max(np.linalg.norm(gaps[:, :3], axis=1)))
        speed = float(np.max(np.linalg.norm(gaps[:, 3:], axis=1)))
        if distance < _GAP_KM and speed < _GAP_KM_S:
            return Shot(_joined(tables, epochs, states), epochs, states, distance, speed, iteration)
        back = (guess - states) / scale if distance > _NEAR_KM else np.zeros_like(states)
        step = _step(matrices * scale / scale[:, None], gaps / scale, back)
        longest = float(np.max(np.linalg.norm(step[:, :3], axis=1))) * MEAN_DISTANCE_KM
        states += scale * step * min(1.0, _LONGEST_STEP_KM / longest)
    raise PropagationError(
        f"no orbit was found near the guess: after {_ITERATIONS} corrections its arcs still miss each other by "
        f"{distance:.3g} km; try another phase, another amplitude or a shorter span"
    )


def laid_on(earth: PointMass, path: Callable[[Array], Array], epoch: float, start: float) -> Callable[[Array], Array]:
    """A path of the restricted problem on the true Earth and Moon: times (n,) s TDB → (n, 3) km relative to the Moon.

    Scaled with their distance of the moment, turned with their line and orbit plane, at the Moon's mean pace.

    path  : time in radians of the Moon's motion → position relative to the Moon, in Earth–Moon distances
    start : the path's time at the epoch
    """

    def position(t: Array) -> Array:
        moon = -earth.position(t)
        velocity = (earth.position(t - _TICK) - earth.position(t + _TICK)) / (2.0 * _TICK)
        distance = np.linalg.norm(moon, axis=1, keepdims=True)
        x = moon / distance
        z = np.cross(moon, velocity)
        z /= np.linalg.norm(z, axis=1, keepdims=True)
        axes = np.stack([x, np.cross(z, x), z], axis=1)
        laid: Array = np.einsum("nij,ni->nj", axes, distance * path(start + MEAN_MOTION * (t - epoch)))
        return laid

    return position


_ITERATIONS = 50
# Gaps narrower than this are closed by Newton's method alone, which then converges quadratically
_NEAR_KM = 10.0
# About a tenth of a halo: farther than this a correction's first order says nothing
_LONGEST_STEP_KM = 6000.0
# What two arcs may miss each other by: next to nothing, yet above what the integrator can tell
_GAP_KM = 1e-6
_GAP_KM_S = 1e-11
# s, for velocities by differences: short against a day, long against the digits of a time
_TICK = 60.0


def _step(matrices: Array, gaps: Array, back: Array) -> Array:
    """The change of all nodes that closes all gaps to first order, the nearest such one to a wish.

    matrices : (n, 6, 6) derivatives of arcs' ends by their beginnings
    gaps     : (n, 6) end of arc i less node i+1
    back     : (n+1, 6) the wished change
    returns  : (n+1, 6)

    Gap i has the derivative [matrix i, -1] by nodes i and i+1. The normal equations J Jᵀ w = -gaps - J back have 6×6
    blocks on three diagonals: eliminated forward, solved backward, as numbers on three diagonals would be.
    """
    count = len(gaps)
    diagonal = matrices @ np.swapaxes(matrices, 1, 2) + np.eye(6)
    right = -gaps - np.einsum("nij,nj->ni", matrices, back[:-1]) + back[1:]
    for i in range(1, count):
        # the block left of diagonal i is -matrix i, the one above it its transpose
        factor = np.linalg.solve(diagonal[i - 1], -matrices[i].T).T
        diagonal[i] += factor @ matrices[i].T
        right[i] -= factor @ right[i - 1]
    weights = np.empty_like(gaps)
    weights[-1] = np.linalg.solve(diagonal[-1], right[-1])
    for i in range(count - 2, -1, -1):
        weights[i] = np.linalg.solve(diagonal[i], right[i] + matrices[i + 1].T @ weights[i + 1])
    step = back.copy()
    step[:-1] += np.einsum("nij,ni->nj", matrices, weights)
    step[1:] -= weights
    return step


def _joined(tables: Tables, epochs: Array, states: Array) -> Pieces:
    """The arcs' pieces one after the other."""
    arcs = []
    for i, state in enumerate(states[:-1]):
        start, end = float(epochs[i]), float(epochs[i + 1])
        _, _, _, times, steps = dop853.run(tables, start, state.copy(), end - start, integrate.RTOL)
        arcs.append(integrate.pieces(start, end, times, steps))
    edges = np.concatenate([arcs[0].edges[:1], *(arc.edges[1:] for arc in arcs)])
    return Pieces(edges, np.concatenate([arc.coefficients for arc in arcs]))


def _states(position: Callable[[Array], Array], t: Array) -> Array:
    """Positions and velocities (n, 6) of a path, the velocities by differences."""
    velocity = (position(t + _TICK) - position(t - _TICK)) / (2.0 * _TICK)
    return np.hstack([position(t), velocity])


def _earth(forces: Forces) -> PointMass:
    for body in forces.point_masses:
        if body.name == "earth":
            return body
    raise ValueError("a halo of the Earth and the Moon needs a point mass named 'earth' among the forces")


def _moon_share(forces: Forces, earth: PointMass) -> float:
    """mu: the Moon's mass over that of both."""
    return forces.gm_km3_s2 / (forces.gm_km3_s2 + earth.gm_km3_s2)
