"""Transfers between the Earth and the Moon, reconstructed from a few published facts.

One integration about the Earth, without patched conics: from a perigee of given height the orbit must reach perilune at
a given time, height and side of the Moon. Three unknowns (rotation of the plane, argument of perigee, speed) are solved
for three residuals in the Moon's B-plane by Newton's method. A return is the same, integrated backward in time.
Source: Kizner (1961), Planet. Space Sci. 7, 125 (B-plane); Vallado (2013), §12.2.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.core.chebyshev import Array
from sim.core.errors import PropagationError
from sim.trajectories.dynamics import dop853
from sim.trajectories.dynamics.flight import Flight
from sim.trajectories.dynamics.forces import Forces, Tables

Plane = Callable[[float], tuple[Array, Array]]
"""The plane's unknown angle (rad) → two unit vectors in it, ICRF: origin of angles, and 90° ahead in flight."""

ATTEMPTS = 40
"""Largest number of Newton steps: a launch takes three to five."""


@dataclass(frozen=True, eq=False)
class Aim:
    """The target at the Moon.

    time        : of perilune, TDB s
    radius_km   : of perilune, from the Moon's center
    gm_km3_s2   : of the Moon
    moon        : (6,) km, km/s: the Moon about the Earth at that time, ICRF axes
    pole        : (3,) of the Moon's spin: T of the B-plane is perpendicular to it
    angle       : rad, of B from T toward R (R points south); None if the inclination is given
    cosine      : of the orbit's inclination to the Moon's equator
    south       : whether B points south, if the inclination is given
    """

    time: float
    radius_km: float
    gm_km3_s2: float
    moon: Array
    pole: Array
    angle: float | None = None
    cosine: float = 0.0
    south: bool = False

    def misses(self, state: Array, sense: float) -> tuple[Array, float] | None:
        """Miss of a state about the Earth at that time: along T and R (km) and in time (as km); and its v∞ (km/s).

        sense : 1 forward, -1 if integrated backward. Returns None if the orbit is bound to the Moon
        """
        r, v = state[:3] - self.moon[:3], sense * (state[3:] - self.moon[3:])
        distance = float(np.linalg.norm(r))
        squared = float(v @ v) - 2.0 * self.gm_km3_s2 / distance
        if squared <= 0.0:
            return None
        axis = self.gm_km3_s2 / squared
        momentum = np.cross(r, v)
        shape = np.cross(v, momentum) / self.gm_km3_s2 - r / distance
        e = float(np.linalg.norm(shape))
        if e <= 1.0:
            return None
        toward, across = shape / e, np.cross(momentum / np.linalg.norm(momentum), shape / e)
        incoming = toward / e + across * np.sqrt(1.0 - 1.0 / e**2)
        b = axis * np.sqrt(e * e - 1.0) * np.cross(incoming, momentum / np.linalg.norm(momentum))
        t = np.cross(incoming, self.pole)
        t /= np.linalg.norm(t)
        south = np.cross(incoming, t)
        size = self.radius_km * np.sqrt(1.0 + 2.0 * self.gm_km3_s2 / (self.radius_km * squared))
        angle = self._angle(float(incoming @ self.pole))
        anomaly = np.arcsinh(float(r @ v) / np.sqrt(self.gm_km3_s2 * axis) / e)
        late = (e * np.sinh(anomaly) - anomaly) * np.sqrt(axis**3 / self.gm_km3_s2)
        speed = float(np.sqrt(squared))
        return np.array([b @ t - size * np.cos(angle), b @ south - size * np.sin(angle), late * speed]), speed

    def _angle(self, sine: float) -> float:
        """The B-plane angle; of a given inclination, that of the approach from a declination with this sine."""
        if self.angle is not None:
            return self.angle
        ratio = self.cosine / np.sqrt(1.0 - sine * sine)
        return float(np.arccos(np.clip(ratio, -1.0, 1.0))) * (1.0 if self.south else -1.0)


class Problem(NamedTuple):
    """The departure or arrival conditions at the Earth.

    radius_km : of perigee; plane : see Plane; perigee : angle in the plane (rad) → TDB s of perigee
    sense     : 1 to the Moon, -1 from it
    """

    forces: Forces
    aim: Aim
    radius_km: float
    plane: Plane
    perigee: Callable[[float], float]
    sense: float = 1.0

    def start(self, unknowns: Array) -> tuple[float, Array]:
        """The time and state of perigee."""
        first, onward = self.plane(float(unknowns[0]))
        c, s = np.cos(unknowns[1]), np.sin(unknowns[1])
        state = np.concatenate((self.radius_km * (c * first + s * onward), unknowns[2] * (c * onward - s * first)))
        return self.perigee(float(unknowns[1])), state

    def guess(self, turn: float) -> Array:
        """The unknowns of the Kepler orbit that reaches the Moon in time, in the plane of a given rotation."""
        first, onward = self.plane(turn)
        moon = self.aim.moon[:3]
        distance = float(np.linalg.norm(moon))
        place = float(np.arctan2(moon @ onward, moon @ first))
        angle = 0.0
        for _ in range(4):  # the time of perigee may depend on its position
            flight = self.sense * (self.aim.time - self.perigee(angle))
            if flight <= 0.0:
                raise PropagationError("the perilune is not after the perigee: the flight would take no time")
            e, anomaly = _conic(self.forces.gm_km3_s2, self.radius_km, distance, flight)
            angle = (place - self.sense * anomaly) % (2.0 * np.pi)
        angle -= 2.0 * np.pi * (self.sense < 0.0)
        return np.array([turn, angle, np.sqrt(self.forces.gm_km3_s2 * (1.0 + e) / self.radius_km)])


def solve(problem: Problem, guess: Array) -> Flight:
    """The flight near a guess that meets its target to a meter.

    Raises `PropagationError` if none is found.
    """
    aim = problem.aim
    times = [problem.perigee(angle) for angle in (guess[1], guess[1] - 1.0, guess[1] + 1.0)]
    tables = problem.forces.tables(min(*times, aim.time) - 3600.0, max(*times, aim.time) + 3600.0)
    x = np.array(guess, dtype=float)
    found = _missed(problem, tables, x)
    if found is None:
        raise PropagationError("no flight with these facts comes near the Moon")
    slopes: Array | None = None
    for iteration in range(ATTEMPTS):
        misses = found
        size = float(np.linalg.norm(misses))
        if size < _CLOSE_KM:
            time, state = problem.start(x)
            return Flight(time, state, x, size, iteration)
        fresh = slopes is None
        slopes = _slopes(problem, tables, x) if slopes is None else slopes
        if slopes is None:
            break
        change = -np.linalg.lstsq(slopes * _CAPS, misses, rcond=1e-12)[0]
        change = change * _CAPS / max(1.0, float(np.max(np.abs(change))))
        for _ in range(_HALVINGS):
            trial = _missed(problem, tables, x + change)
            if trial is not None and np.linalg.norm(trial) < size:
                if np.linalg.norm(trial) > 0.1 * size:  # derivatives are reused while the steps converge
                    slopes = None
                x, found = x + change, trial
                break
            change *= 0.5
        else:
            if fresh:
                break
            slopes = None
    raise PropagationError(f"no flight was found: the nearest misses by {np.linalg.norm(found):,.0f} km")


_STEPS = np.array([np.deg2rad(1e-4), np.deg2rad(1e-4), 1e-7])
_CAPS = np.array([np.deg2rad(3.0), np.deg2rad(3.0), 0.02])
_HALVINGS = 8
_CLOSE_KM = 1e-3
_RTOL = 1e-12


def _slopes(problem: Problem, tables: Tables, x: Array) -> Array | None:
    """Derivatives of the misses by the unknowns, (3, 3); None if a trial beside them does not arrive."""
    columns = []
    for k, step in enumerate(_STEPS):
        nudge = np.zeros(3)
        nudge[k] = step
        late, early = _missed(problem, tables, x + nudge), _missed(problem, tables, x - nudge)
        if late is None or early is None:
            return None
        columns.append((late - early) / (2.0 * step))
    return np.column_stack(columns)


def _missed(problem: Problem, tables: Tables, unknowns: Array) -> Array | None:
    """The misses of a trial; None if it does not arrive."""
    time, state = problem.start(unknowns)
    status, _, last, _, _ = dop853.run(tables, time, state, problem.aim.time - time, _RTOL, 0.0)
    if status != dop853.ARRIVED:
        return None
    found = problem.aim.misses(last, problem.sense)
    return found[0] if found else None


def _conic(gm: float, perigee: float, distance: float, flight: float) -> tuple[float, float]:
    """Eccentricity, and true anomaly (rad) at a distance, of the orbit that rises there from perigee in a time (s)."""

    def climb(e: float) -> float:
        """Time to the distance; on an ellipse, before apogee."""
        axis = perigee / (1.0 - e)
        if e < 1.0:
            cosine = (1.0 - distance / axis) / e
            anomaly = np.arccos(np.clip(cosine, -1.0, 1.0))
            return float(np.sqrt(axis**3 / gm) * (anomaly - e * np.sin(anomaly)))
        anomaly = np.arccosh((1.0 - distance / axis) / e)
        return float(np.sqrt(-(axis**3) / gm) * (e * np.sinh(anomaly) - anomaly))

    # the lowest has its apogee at the distance
    low, high = (distance - perigee) / (distance + perigee) + 1e-12, 3.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        middle += 1e-9 * (abs(middle - 1.0) < 1e-9)
        low, high = (middle, high) if climb(middle) > flight else (low, middle)
    e = 0.5 * (low + high)
    cosine = (perigee * (1.0 + e) / distance - 1.0) / e
    return e, float(np.arccos(np.clip(cosine, -1.0, 1.0)))
