"""Effects that an orbit's model neglects, and the position errors that they cause by the end of a span."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import OrbitEnded
from sim.core.geometry import dot, length
from sim.core.time import DAY_S, Span
from sim.data import orbit_store
from sim.data.orbit_store import Arrays
from sim.trajectories.bodies.body import Body
from sim.trajectories.orbits import flown

if TYPE_CHECKING:
    from sim.trajectories.dynamics.forces import Forces
    from sim.trajectories.orbits.orbit import Orbit

Array = NDArray[np.float64]

_TURNS, _LOOKS = 40.0, 64  # revolutions compared with a Kepler orbit, and samples a revolution
_BEFORE_S = 60.0  # propagation ends so long before an impact

_AREA_M2_KG, _SUNLIGHT_N_M2 = 0.02, 4.56e-6
"""A spacecraft's area for its mass, and the pressure of sunlight at the Earth.

Source: Vallado (2013), §8.6; Montenbruck & Gill (2000), §3.4.
"""
_YEAR_S = 365.25 * DAY_S
_AU_KM = 149_597_870.7

_AIR = (
    (100, 5.297e-7), (150, 2.070e-9), (200, 2.789e-10), (250, 7.248e-11), (300, 2.418e-11), (350, 9.518e-12),
    (400, 3.725e-12), (450, 1.585e-12), (500, 6.967e-13), (600, 1.454e-13), (700, 3.614e-14), (800, 1.170e-14),
    (900, 5.245e-15), (1000, 3.019e-15),
)  # fmt: skip
"""Height (km) and density (kg/m³) of the air in the mean. Source: Vallado (2013), table 8-4 (CIRA-72)."""
_SCALE_KM = 60.0
"""Scale height of the air in low orbits. Source: as above."""
_DRAG_M2_KG = 2.2 * 0.01
"""A drag coefficient of 2.2, and 0.01 m²/kg."""

_LUNAR_KM_A_DAY = ((2, 50.0), (8, 10.0), (12, 7.5), (20, 5.0), (30, 3.0), (50, 0.7), (70, 0.2))
"""Degrees, and the effect of the Moon's field beyond on an orbit 50 km high, km a day: our own integrations."""
_LUNAR_LOW_KM = 50.0
_WORTH_KM = 10.0
"""Below this expected error (km) nothing is integrated."""
_FINER, _FINEST = 50, 150  # extra degrees, and the largest degree, of the field of comparison


@dataclass(frozen=True)
class LeftOut:
    """An effect that a model neglects.

    what    : a description
    km      : approximate position error at the end of the span
    seconds : the same as a delay along the track
    """

    what: str
    km: float
    seconds: float

    def __str__(self) -> str:
        km, seconds = (f"{float(f'{x:.2g}'):,.{0 if x >= 10.0 else 1}f}" for x in (self.km, self.seconds))
        return f"its model ({self.what}) has an error of about {km} km at the end, {seconds} s along track"


def left_out(orbit: Orbit, span: Span, ephemeris: str) -> tuple[LeftOut, ...]:
    """Return the effects that an orbit's model neglects over a span; cached, as notes and uncertainties both need it.
    """
    return _asked(_Same(orbit), span, ephemeris, orbit_store.is_fresh())


@lru_cache(maxsize=64)
def _asked(same: _Same, span: Span, ephemeris: str, fresh: bool) -> tuple[LeftOut, ...]:
    orbit = same.orbit
    if orbit.files:  # orbits from files have no model, and hashing them would take longer
        return tuple(orbit.left_out(span, ephemeris))

    def compute() -> Arrays:
        found = list(orbit.left_out(span, ephemeris))
        sizes = np.array([(each.km, each.seconds) for each in found]).reshape(-1, 2)
        return {"sizes": sizes, "texts": np.array([ord(letter) for letter in "\n".join(each.what for each in found)])}

    def fits(kept: Arrays) -> bool:
        shaped = kept.keys() == {"sizes", "texts"} and kept["texts"].ndim == 1 and kept["sizes"].shape[1:] == (2,)
        return shaped and len(_lines(kept["texts"])) == len(kept["sizes"])

    about = ("left out", orbit.basis, span.start, span.end)
    kept = flown.once(orbit, ephemeris, about, compute, fits, even_if_quick=True)  # others need no integrator then
    return tuple(LeftOut(what, *size) for what, size in zip(_lines(kept["texts"]), kept["sizes"].tolist(), strict=True))


def _lines(letters: Array) -> list[str]:
    """The effects, from the numbers in the store."""
    return "".join(chr(int(letter)) for letter in letters).split("\n") if len(letters) else []


@dataclass(frozen=True, eq=False)
class _Same:
    """An orbit as a cache key: not every kind can be hashed."""

    orbit: Orbit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.orbit == other.orbit

    def __hash__(self) -> int:
        return hash((type(self.orbit), self.orbit.center, self.orbit.basis, self.orbit.source))


def farthest_s(epochs: Array, span: Span) -> float:
    """Largest time (s) between a span and the nearest of some epochs (k,) TDB s; 0 without epochs."""
    if not len(epochs):
        return 0.0
    middles = 0.5 * (epochs[:-1] + epochs[1:])
    asked = np.array([span.start, span.end, *middles[(middles > span.start) & (middles < span.end)]])
    return float(np.max(np.min(np.abs(asked[:, None] - epochs), axis=1)))


def beside(
    position: Callable[[Array], Array], state: Array, epoch: float, forces: Forces, span: Span, what: str
) -> LeftOut:
    """The perturbations that a Kepler orbit neglects, by comparison with an integrated orbit.

    position : of the Kepler orbit, km about its center, at TDB seconds (n,)
    state    : (6,) of both at the epoch

    It is integrated for at most 40 revolutions. After that the error grows in proportion to time, because the periods
    differ.
    """
    whole = max((span.start - epoch, span.end - epoch), key=abs)
    r, v = float(np.linalg.norm(state[:3])), float(np.linalg.norm(state[3:]))
    axis = 1.0 / (2.0 / r - v * v / forces.gm_km3_s2)
    turn = 2.0 * np.pi * float(np.sqrt(axis**3 / forces.gm_km3_s2))
    if abs(whole) < 1.0:
        return LeftOut(what, 0.0, 0.0)
    t, flown = _followed(forces, epoch, state, float(np.copysign(min(abs(whole), _TURNS * turn), whole)), turn)
    model = position(t)
    normal = np.cross(state[:3], state[3:])
    axes = (state[:3] / r, np.cross(normal / np.linalg.norm(normal), state[:3] / r))
    turned = [np.unwrap(np.arctan2(dot(way, axes[1]), dot(way, axes[0]))) for way in (flown, model)]
    along = np.abs(turned[0] - turned[1]) * axis
    apart = np.maximum(along, np.minimum(length(flown - model), along + r))
    late = np.abs(t - epoch)
    half = late >= 0.5 * late[-1]
    km = float(np.max(apart[half] / late[half])) * abs(whole)
    return LeftOut(what, km, km / (2.0 * np.pi * axis / turn))


def _followed(forces: Forces, epoch: float, state: Array, seconds: float, turn_s: float) -> tuple[Array, Array]:
    """Times (n,) TDB s after or before an epoch, and positions (n, 3) km of an integrated orbit, up to an impact."""
    from sim.trajectories.dynamics.integrate import propagate

    for _ in range(2):
        try:
            path = propagate(forces, epoch, state, epoch + seconds)
            break
        except OrbitEnded as error:
            seconds = float(np.copysign(max(abs(error.time_tdb - epoch) - _BEFORE_S, 1.0), seconds))
    t = epoch + seconds * np.linspace(0.0, 1.0, 2 + int(_LOOKS * abs(seconds) / turn_s))
    return t, path(np.clip(t, path.start, path.end))


def air(state: Array, own: Body, seconds: float) -> LeftOut | None:
    """The effect of neglected drag on an orbit about the Earth; None above 1000 km.

    state : (6,) km, km/s; seconds : its duration. Source: Vallado (2013), §9.6: the axis shrinks by ρ B √(GM a) a
    second, and the spacecraft gets ahead by 3/4 n ȧ t².
    """
    lowest, axis = _shape(state, own.gm_km3_s2)
    height = lowest - own.equatorial_radius_km
    pace = float(np.sqrt(own.gm_km3_s2 / axis**3)) if axis > 0.0 else 0.0
    if own.name != "earth" or height > _AIR[-1][0] or pace * seconds < 4.0 * np.pi:  # two turns: a flight passes once
        return None
    levels, density = np.array(_AIR).T
    rho = float(np.exp(np.interp(height, levels, np.log(density))))
    spread = _SCALE_KM * axis / max(axis - lowest, 1e-9) / lowest  # the fraction of a turn as low as perigee
    part = min(1.0, float(np.sqrt(2.0 * spread) / np.pi))
    shrinks = part * rho * _DRAG_M2_KG * np.sqrt(own.gm_km3_s2 * 1e9 * axis * 1e3) * 1e-3  # km/s
    km = 0.75 * pace * float(shrinks) * seconds**2
    return LeftOut(f"without drag, at a height of {height:.0f} km, with 0.01 m²/kg", km, km / (pace * axis))


def lumps(state: Array, epoch: float, degree: int, seconds: float, fields: Callable[[int], Forces]) -> LeftOut | None:
    """The effect of the Moon's field beyond a degree on an orbit; None if it is small, or it is not an orbit.

    fields : the forces with a field to a degree

    If it may be large (it decreases with height as (R / r) to the degree), both are integrated for three revolutions or
    a day; after that they diverge in proportion to time.
    """
    gm, radius = fields(2).gm_km3_s2, fields(2).radius_km
    lowest, axis = _shape(state, gm)
    if axis <= 0.0:
        return None
    degrees, daily = np.array(_LUNAR_KM_A_DAY).T
    far = 10.0 ** float(np.interp(degree, degrees, np.log10(daily))) * ((radius + _LUNAR_LOW_KM) / lowest) ** degree
    turn = 2.0 * np.pi * float(np.sqrt(axis**3 / gm))
    if far * seconds / DAY_S < _WORTH_KM or seconds < turn:
        return None
    some = min(seconds, max(DAY_S, 3.0 * turn))
    t, coarse = _followed(fields(degree), epoch, state, some, turn)
    u, fine = _followed(fields(min(_FINEST, degree + _FINER)), epoch, state, some, turn)
    both = min(len(t), len(u))
    apart = length(fine[:both] - coarse[:both])[both // 2 :] / (t[:both] - epoch)[both // 2 :]
    km = float(np.max(apart)) * seconds
    return LeftOut(f"the Moon's field to degree {degree}", km, km / (2.0 * np.pi * axis / turn))


def sunlight(state: Array, own: Body, seconds: float) -> LeftOut:
    """The effect of neglected radiation pressure: a drift to one side, or a change of eccentricity."""
    r, v = float(np.linalg.norm(state[:3])), float(np.linalg.norm(state[3:]))
    away = r / _AU_KM if own.name == "sun" else 1.0
    if own.name != "sun":
        seconds = min(seconds, _YEAR_S / (2.0 * np.pi))  # after that it has another direction
    push = _AREA_M2_KG * _SUNLIGHT_N_M2 * 1e-3 / away**2  # km/s²
    axis = 1.0 / (2.0 / r - v * v / own.gm_km3_s2)
    km = 0.5 * push * seconds**2
    if axis > 0.0:
        km = min(km, 1.5 * push * seconds * float(np.sqrt(axis**3 / own.gm_km3_s2)))
    return LeftOut(f"without radiation pressure, for a spacecraft of {_AREA_M2_KG:g} m²/kg", km, km / v)


def _shape(state: Array, gm: float) -> tuple[float, float]:
    """The lowest distance from the center, and the semi-major axis (negative for a hyperbola), km."""
    place, speed = state[:3], state[3:]
    r, spin = float(np.linalg.norm(place)), float(np.linalg.norm(np.cross(place, speed)))
    energy = 0.5 * float(speed @ speed) - gm / r
    shape = float(np.sqrt(max(0.0, 1.0 + 2.0 * energy * spin**2 / gm**2)))
    return spin**2 / gm / (1.0 + shape), -0.5 * gm / energy
