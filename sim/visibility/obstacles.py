"""Which bodies may occult a line of sight: all with a radius, except those that provably cannot.

The center of an orbit file does not determine where the orbit goes. So every body with a known position is checked, and
is omitted only if bounds on all motions exclude it from the line of sight as long as both ends are known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.geometry import SPEED_OF_LIGHT_KM_S, length, squared_distance_to_segment
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.bodies.body import (
    BODIES,
    FARTHEST_MOON_KM,
    FROM_THE_SUN_KM,
    MOONS,
    NEAREST_MOON_KM,
    SUN,
    Body,
    body,
)
from sim.trajectories.orbits.sampled import Sampled
from sim.trajectories.sites import Site
from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

ALWAYS = ("earth", "moon", "sun")
"""Bodies that every line of sight is tested against, in addition to those that its ends orbit."""

FASTEST_KM_S = 65.0
"""No body moves faster about the solar-system barycenter: Mercury moves at 59 km/s at perihelion. Source: NASA
planetary fact sheet."""
CLOSE = 10.0
"""A body within this many of its radii from the line of sight is kept without further computation."""
SPARE_KM = 1e4
"""A body is kept if the line of sight comes closer than this to its surface, to allow for orbit errors."""
_BEYOND = 1.01
"""An end at its own time is no farther from where its center is when the light arrives: that moves by 65 km/s."""
_SHORTEST_S = 600.0
"""Intervals of time are halved down to this; a body that may occult even then is kept."""
_MOST = 20_000
"""With more intervals than this a body is kept."""
_FIRST = 8
_BROAD, _SAMPLES = 0.1, 2048
_CENTURIES = np.array([0.98, 1.02])
"""Allowance for changes of perihelion and aphelion distances over the time of the ephemerides."""
_OF_SYSTEMS = {4: "mars", 5: "jupiter", 6: "saturn", 7: "uranus", 8: "neptune"}
_MOONS_KM = 4e6
"""No moon with a radius here is farther from its planet: Iapetus 3.6 million km."""
_LIGHT_KM = 1.01 / SPEED_OF_LIGHT_KM_S
"""Seconds a kilometer that light takes, and what distances change meanwhile."""


def between(transmitter: Trajectory, receiver: Trajectory) -> tuple[Body, ...]:
    """The bodies that may occult a line of sight in the time in which both ends are known, likely ones first.

    They do not include a body that an end stands on (the horizon replaces it) or a body that is an end. A moon of
    another planet is included if the ephemeris, or a kernel of an orbit, has it for the whole time.
    """
    found: dict[str, Body] = {}
    for one, other in product(_parts(transmitter), _parts(receiver)):
        found |= {each.name: each for each in _between(_without_errors(one), _without_errors(other))}
    return tuple(found.values())


def out_of_reach(transmitter: Trajectory, receiver: Trajectory) -> dict[str, str]:
    """Sentences on the bodies that are too far from the center of both ends to occult, with the distances.

    A line of sight lies in every ball that holds both its ends. The coefficients of its polynomials bound an
    orbit's distance from its center; centuries of ephemerides bound the distances between bodies. Other motions have no
    such bound, and for ends about two centers no body is omitted.
    """
    found = [
        _out_of_reach(_without_errors(one), _without_errors(other))
        for one, other in product(_parts(transmitter), _parts(receiver))
    ]
    common = set.intersection(*map(set, found)) if found else set()
    return {name: why for each in found for name, why in each.items() if name in common}


def shading(target: Trajectory) -> tuple[Body, ...]:
    """The bodies that may cover more than a hundredth of the Sun's disk for a target.

    They do not include the body that a site stands on, nor Mercury and Venus, whose transits cover a thousandth.
    """
    parts, usual = _parts(target), {*ALWAYS, *(part.center for part in _parts(target))}
    found = between(body("sun", target.ephemeris), target)
    return tuple(b for b in found if b.name in usual or any(_broad(b, _without_errors(part)) for part in parts))


def _parts(trajectory: Trajectory) -> tuple[Any, ...]:
    """What an end is, one after another."""
    return tuple(part.trajectory for part in trajectory.parts)


def _without_errors(trajectory: Trajectory) -> Any:
    """What an end is worth here: of a site its body, of an orbit off by its errors the orbit itself."""
    if isinstance(trajectory, Site):
        return trajectory.carrier
    return trajectory.without_errors


@lru_cache(maxsize=256)
def _between(transmitter: Any, receiver: Any) -> tuple[Body, ...]:
    """The same for ends that are bodies, with or without sites on them, or orbits."""
    itself = {each.name for each in (transmitter, receiver) if isinstance(each, Body)}
    known = {each.name: each for each in _candidates(transmitter, receiver) if each.name not in itself}
    asked = [name for name in dict.fromkeys((transmitter.center, receiver.center, *ALWAYS)) if name not in itself]
    found = [known[name] if name in known else body(name, receiver.ephemeris) for name in asked]
    when = _common(transmitter, receiver)
    further = (each for name, each in known.items() if name not in asked)
    return (*found, *(each for each in further if _may_hide(each, transmitter, receiver, *when)))


@lru_cache(maxsize=256)
def _out_of_reach(transmitter: Any, receiver: Any) -> dict[str, str]:
    motions, center = (_motion(transmitter), _motion(receiver)), BODIES.get(transmitter.center)
    if center is None or receiver.center != transmitter.center or None in motions:
        return {}
    reach_km = _BEYOND * max(motion.reach_km for motion in motions if motion is not None) + SPARE_KM
    found = {}
    for name in ALWAYS:
        nearest_km = _nearest_km(center.name, name)
        if reach_km < nearest_km - BODIES[name].equatorial_radius_km:
            found[name] = (
                f"{BODIES[name].called} is {nearest_km:,.0f} km or more from {center.called}, "
                f"from which both ends stay within {reach_km:,.0f} km"
            )
    return found


def _nearest_km(one: str, other: str) -> float:
    """Lower bound on the distance between two bodies; 0 if none is known."""
    if {one, other} == {"earth", "moon"}:
        return NEAREST_MOON_KM
    if one == other or not {one, other} <= FROM_THE_SUN_KM.keys():
        return 0.0
    (near, far), (nearer, farther) = (np.array(FROM_THE_SUN_KM[name]) * _CENTURIES for name in (one, other))
    return float(max(near - farther, nearer - far, 0.0))


def _candidates(transmitter: Trajectory, receiver: Trajectory) -> tuple[Body, ...]:
    files = [file for each in (transmitter, receiver) for file in each.kernels]
    return _known(kernels.extended(receiver.ephemeris, files), *_common(transmitter, receiver))


@lru_cache(maxsize=256)
def _known(name: str, first: float, last: float) -> tuple[Body, ...]:
    """All bodies that an ephemeris has for a whole interval; added files count if they cover all of it."""
    plain = name.partition(kernels.MORE)[0]
    base, whole, found = kernels.load(plain), kernels.load(name), []
    for each in (*BODIES, *MOONS):
        usual, own = body(each, plain), body(each, name)
        added = own.naif_id != usual.naif_id or not base.knows(usual.naif_id)
        if added and whole.covers(own.naif_id, first, last):
            found.append(own)
        elif base.knows(usual.naif_id):
            found.append(usual)
    return tuple(found)


def _common(transmitter: Trajectory, receiver: Trajectory) -> tuple[float, float]:
    """Start and end of the time in which both ends are known, TDB s."""
    spans = [_span(transmitter), _span(receiver)]
    return max(first for first, _ in spans), min(last for _, last in spans)


def _span(trajectory: Trajectory) -> tuple[float, float]:
    start, end = trajectory.known_between
    return (start, end) if start > -np.inf else kernels.load(trajectory.ephemeris).coverage


@dataclass(frozen=True)
class _Motion:
    """Bounds on a motion: at most reach_km from its center, and at most speed_km_s relative to it."""

    reach_km: float
    speed_km_s: float

    def within_km(self, seconds: Array) -> Array:
        """Largest displacement in a time, relative to its center."""
        return np.minimum(self.speed_km_s * seconds, 2.0 * self.reach_km)


def _reaches(each: Body, *ends: Body) -> bool:
    """Whether a body may ever occult between two bodies, from the ranges of their distances from the Sun."""
    planet = _OF_SYSTEMS.get(each.naif_id // 100, each.name) if each.name in MOONS else each.name
    if planet not in FROM_THE_SUN_KM or any(end.name not in FROM_THE_SUN_KM for end in ends):
        return True
    nearest, farthest = np.array(FROM_THE_SUN_KM[planet]) * _CENTURIES + np.array([-_MOONS_KM, _MOONS_KM])
    shells = [np.array(FROM_THE_SUN_KM[end.name]) * _CENTURIES for end in ends]
    apart, names = float(sum(shell[1] for shell in shells)), {end.name for end in ends}
    if names <= {"earth", "moon"}:
        apart = FARTHEST_MOON_KM
    gaps = [max(nearest - shell[1], shell[0] - farthest) for shell in shells]
    return bool(max(gaps) <= apart and nearest <= max(shell[1] for shell in shells))


@lru_cache(maxsize=256)
def _motion(trajectory: Any) -> _Motion | None:
    """The bounds of an end's own motion; None if there are none.

    A Chebyshev polynomial is at most 1, and its slope at most its degree squared.
    """
    if isinstance(trajectory, Body):
        return _Motion(110.0 + trajectory.equatorial_radius_km, 1.0)  # or a site on it, which is no higher than 100 km
    if not isinstance(trajectory, Sampled):
        return None
    sizes, lengths = length(trajectory.pieces.coefficients), np.diff(trajectory.pieces.edges)
    slopes = sizes @ np.arange(sizes.shape[1]) ** 2 * 2.0 / lengths
    return _Motion(float(sizes.sum(axis=1).max()), float(slopes.max()))


@lru_cache(maxsize=256)
def _broad(each: Body, trajectory: Any) -> bool:
    """Whether a body may appear a tenth as wide as the Sun from an end; False is certain."""
    needed = _BROAD * SUN.equatorial_radius_km
    if isinstance(trajectory, Body):
        if each.name not in FROM_THE_SUN_KM or trajectory.name not in FROM_THE_SUN_KM:
            return True
        own, other = (np.array(FROM_THE_SUN_KM[b.name]) * _CENTURIES for b in (each, trajectory))
        away = max(own[0] - other[1], other[0] - own[1], 0.0)
        return bool(each.equatorial_radius_km * other[1] >= needed * away)
    motion, (first, last) = _motion(trajectory), _span(trajectory)
    if motion is None:
        return True
    half = 0.5 * (last - first) / _SAMPLES
    middles = np.asarray(first + half * (1.0 + 2.0 * np.arange(_SAMPLES)), dtype=np.float64)
    most = float(motion.within_km(np.asarray(half))) + 2.0 * FASTEST_KM_S * half
    nearest = length(trajectory.position_from(each, middles)) - most
    farthest = length(trajectory.position_from(body("sun", trajectory.ephemeris), middles)) + most
    return bool(np.any(each.equatorial_radius_km * farthest >= needed * nearest))


def _may_hide(each: Body, transmitter: Any, receiver: Any, first: float, last: float) -> bool:
    """Whether a body may occult between two ends in an interval of TDB seconds; False is certain.

    The distance of a body from a line changes by no more than the ends of the line move relative to the body. If the
    clearance in the middle of an interval is larger than that, the body does not occult in the whole interval. Other
    intervals are halved.
    """
    if isinstance(transmitter, Body) and isinstance(receiver, Body):  # for centuries
        return _reaches(each, transmitter, receiver)
    own, other = _motion(transmitter), _motion(receiver)
    if first >= last:
        return False
    if own is None or other is None:
        return True
    whole_disc = "sun" in (transmitter.name, receiver.name)
    spare = SPARE_KM + (SUN.equatorial_radius_km if whole_disc else 0.0)
    half = 0.5 * (last - first) / _FIRST
    middles = np.asarray(first + half * (1.0 + 2.0 * np.arange(_FIRST)), dtype=np.float64)
    while len(middles):
        from_transmitter = transmitter.position_from(each, middles)
        from_receiver = receiver.position_from(each, middles)
        away = np.sqrt(squared_distance_to_segment(from_transmitter, from_receiver, np.zeros(3)))
        if np.min(away) < CLOSE * each.equatorial_radius_km:
            return True
        seconds = half + 2.0 * _LIGHT_KM * length(from_transmitter - from_receiver)  # each at its own time
        most: Array = np.maximum(own.within_km(seconds), other.within_km(seconds)) + 2.0 * FASTEST_KM_S * seconds
        middles = middles[away - each.equatorial_radius_km < most + spare]
        if len(middles) and (half < _SHORTEST_S or len(middles) > _MOST):
            return True
        half *= 0.5
        middles = np.concatenate((middles - half, middles + half))
    return False
