"""Periodic orbits of the restricted problem, corrected in the full ephemeris by multiple shooting.

The orbit of the restricted problem, scaled to the true Earth and Moon, is the initial guess. It is divided into arcs,
and all nodes are corrected together until the arcs meet. No single arc is long enough to diverge.
Source: Stoer and Bulirsch (2002), Introduction to Numerical Analysis, §7.3.5 (multiple shooting).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sim.core.chebyshev import Array, Pieces
from sim.core.errors import OrbitEnded, PropagationError
from sim.trajectories.bodies.constants import MEAN_DISTANCE_KM, MEAN_MOTION
from sim.trajectories.dynamics import cr3bp, integrate
from sim.trajectories.dynamics.cr3bp import Seed
from sim.trajectories.dynamics.forces import Forces, PointMass, Tables

HORIZON_DAYS = 365.25

GAP_KM = 1e-6
"""Largest allowed gap between two arcs (km); above the integration error."""


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
    """A halo orbit about a libration point of the Earth and the Moon, under all forces.

    forces       : about the Moon, with a point mass named "earth"
    epoch, end   : s TDB past J2000, the end after the epoch
    amplitude_km : greatest |z| out of the Earth–Moon plane, at the mean distance of 384,400 km; it varies
                   with the distance
    phase        : fraction of a revolution at the epoch, from the crossing of the x-z plane where |z| is greatest
    horizon_days : the orbit is solved for whole multiples of this, so that it does not depend on where in them a
                   span ends; the forces must be known that long

    Raises `PropagationError` if there is no such halo, or no orbit near it.
    """
    seed = cr3bp.halo(moon_share(forces), amplitude_km / MEAN_DISTANCE_KM, point, family)
    return follow(forces, seed, epoch, end, phase=phase, nodes=4, horizon_days=horizon_days)


def follow(
    forces: Forces,
    seed: Seed,
    epoch: float,
    end: float,
    *,
    phase: float = 0.0,
    nodes: int = 3,
    spare: int = 0,
    horizon_days: float = HORIZON_DAYS,
) -> Shot:
    """An orbit of the restricted problem, corrected under all forces, from its epoch or a little earlier to the end.

    forces       : about the Moon, with a point mass named "earth"
    seed         : of the restricted problem with this mass ratio, see `moon_share`
    epoch, end   : s TDB past J2000, the end after the epoch
    phase        : fraction of a revolution at the epoch
    nodes        : per revolution, the first at its beginning: an odd number keeps them away from a close perilune
    spare        : extra revolutions before the epoch and after the end, which are not returned: an orbit with neighbors
                   on both sides stays nearer to the restricted problem
    horizon_days : the orbit is solved for whole multiples of this, so that it does not depend on where in them a
                   span ends; the forces must be known that long

    If the forces have harmonics, the orbit is first found without them.
    Raises `PropagationError` if no orbit is near.
    """
    if not end > epoch:
        raise ValueError("an orbit is shot forward: its end must be after its epoch")
    period = seed.period / MEAN_MOTION
    arc = period / nodes
    first = epoch - (phase * nodes % 1.0) * arc
    horizon = horizon_days * 86400.0
    count = int(np.ceil((epoch + horizon * np.ceil((end - epoch) / horizon) - first) / arc))
    outside = spare * nodes
    epochs: Array = first + arc * np.arange(-outside, count + outside + 1, dtype=np.float64)
    path = laid_on(_earth(forces), cr3bp.path(moon_share(forces), seed), epoch, phase * seed.period)
    guess = _states(path, epochs)
    if forces.harmonics is not None:
        guess = shoot(replace(forces, harmonics=None), epochs, guess, _NEAR_KM).states
    shot = shoot(forces, epochs, guess)
    inside = slice(outside, outside + count + 1)
    epochs, states = shot.epochs[inside], shot.states[inside]
    return replace(shot, pieces=shot.pieces.between(epochs[0], epochs[-1]), epochs=epochs, states=states)


def shoot(forces: Forces, epochs: Array, guess: Array, gap_km: float = GAP_KM) -> Shot:
    """The orbit through nodes near the guessed ones, whose states are free and whose times are fixed.

    epochs : (n+1,) s TDB past J2000
    guess  : (n+1, 6) km, km/s relative to the center
    gap_km : the largest allowed gap between two arcs

    Each correction is the smallest change of the nodes that closes the gaps. It is damped while gaps are wide, so that
    gaps that would need a large change stay open. Damping decreases with every success and increases after a failure.
    Raises `PropagationError` if the gaps do not close.
    Source: Nocedal and Wright (2006), Numerical Optimization, §10.3 (the Levenberg-Marquardt method).
    """
    tables = forces.tables(float(epochs[0]), float(epochs[-1]))
    scale = np.repeat([MEAN_DISTANCE_KM, MEAN_DISTANCE_KM * MEAN_MOTION], 3)
    states = np.array(guess, dtype=float)
    ends, matrices, legs = _flown(tables, epochs, states)
    damping = _DAMPING
    for iteration in range(_ITERATIONS + 1):
        gaps = ends - states[1:]
        distance, speed = (float(np.max(np.linalg.norm(gaps[:, part], axis=1))) for part in (_PLACE, _SPEED))
        if distance < gap_km and speed < gap_km * _GAP_RATE:
            return Shot(_joined(epochs, legs), epochs, states, distance, speed, iteration)
        wide = distance > _NEAR_KM
        damping = damping if wide else 0.0
        while True:
            step = _step(matrices * scale / scale[:, None], gaps / scale, damping)
            longest = float(np.max(np.linalg.norm(step[:, _PLACE], axis=1))) * MEAN_DISTANCE_KM
            if wide or longest < _LONGEST_STEP_KM:
                with suppress(OrbitEnded):
                    new = states + scale * step
                    ends, matrices, legs = integrate.flow(tables, epochs[:-1], new[:-1], epochs[1:])
                    if not wide or np.linalg.norm((ends - new[1:]) / scale) < np.linalg.norm(gaps / scale):
                        break
            damping = max(10.0 * damping, _LEAST_DAMPING)
            if damping > _MOST_DAMPING:
                raise _lost(distance)
        states, damping = new, 0.1 * damping
    raise _lost(distance)


def moon_share(forces: Forces) -> float:
    """mu: the Moon's mass over that of the Moon and the Earth."""
    return forces.gm_km3_s2 / (forces.gm_km3_s2 + _earth(forces).gm_km3_s2)


def laid_on(earth: PointMass, path: Callable[[Array], Array], epoch: float, start: float) -> Callable[[Array], Array]:
    """A path of the restricted problem on the true Earth and Moon: times (n,) s TDB → (n, 3) km relative to the Moon.

    Scaled with their current distance, rotated with their line and orbital plane, at the Moon's mean motion.

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
_PLACE, _SPEED = slice(0, 3), slice(3, 6)
# Relative to the Moon's distance and mean motion; each correction is damped ten times less than the one before
_DAMPING = 1e-2
_LEAST_DAMPING, _MOST_DAMPING = 1e-12, 1e3
# Gaps narrower than this are closed by Newton's method, which then converges quadratically
_NEAR_KM = 10.0
# Largest correction of such gaps: the first-order model is not valid beyond
_LONGEST_STEP_KM = 1000.0
# km/s per km: weights of gaps in velocity and position
_GAP_RATE = 1e-5
# s, step for velocities by differences: short compared with a day, long compared with the rounding of times
_TICK = 60.0


def _flown(tables: Tables, epochs: Array, states: Array) -> tuple[Array, Array, list[tuple[Array, Array]]]:
    """`flow` along the guess."""
    try:
        return integrate.flow(tables, epochs[:-1], states[:-1], epochs[1:])
    except OrbitEnded as problem:
        raise PropagationError(f"no orbit was found near the guess: {problem}; try another phase") from problem


def _lost(distance_km: float) -> PropagationError:
    return PropagationError(
        f"no orbit was found near the guess: gaps of {distance_km:.3g} km remain between its arcs; "
        "try another phase, another size or a shorter span"
    )


def _step(matrices: Array, gaps: Array, damping: float) -> Array:
    """The change s of all nodes that minimizes |s|² + |remaining gaps|²/damping.

    matrices : (n, 6, 6) derivatives of arcs' ends by their beginnings
    gaps     : (n, 6) end of arc i less node i+1
    damping  : 0 closes them all to first order
    returns  : (n+1, 6)

    Gap i has the derivative [matrix i, -1] by nodes i and i+1. The equations (J Jᵀ + damping) w = -gaps have 6×6 blocks
    on three diagonals: solved by forward elimination and back substitution, as a tridiagonal system.
    """
    count = len(gaps)
    diagonal = matrices @ np.swapaxes(matrices, 1, 2) + (1.0 + damping) * np.eye(6)
    right = -gaps
    for i in range(1, count):
        # the block to the left of diagonal block i is -matrix i, the block above it the transpose
        factor = np.linalg.solve(diagonal[i - 1], -matrices[i].T).T
        diagonal[i] += factor @ matrices[i].T
        right[i] -= factor @ right[i - 1]
    weights = np.empty_like(gaps)
    weights[-1] = np.linalg.solve(diagonal[-1], right[-1])
    for i in range(count - 2, -1, -1):
        weights[i] = np.linalg.solve(diagonal[i], right[i] + matrices[i + 1].T @ weights[i + 1])
    step = np.zeros((count + 1, 6))
    step[:-1] += np.einsum("nij,ni->nj", matrices, weights)
    step[1:] -= weights
    return step


def _joined(epochs: Array, legs: list[tuple[Array, Array]]) -> Pieces:
    """The arcs' pieces one after the other."""
    arcs = [integrate.pieces(float(a), float(b), *leg) for (a, b), leg in zip(pairwise(epochs), legs, strict=True)]
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
