"""Solver for the transfer that matches a timeline: its orbital plane, perigee and entry."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from typing import TYPE_CHECKING

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.errors import PropagationError
from sim.core.time import utc
from sim.data import orbit_store
from sim.data.orbit_store import Arrays
from sim.trajectories.bodies import frames
from sim.trajectories.bodies.body import EARTH, MOON, body
from sim.trajectories.dynamics.flight import Flight
from sim.trajectories.orbits import flown
from sim.trajectories.orbits.force_model import forces_about

if TYPE_CHECKING:
    from sim.trajectories.dynamics.forces import Forces
    from sim.trajectories.orbits.transfer import Transfer

Array = NDArray[np.float64]
Plane = Callable[[float], tuple[Array, Array]]
"""An angle → two orthogonal unit vectors that span a plane."""

CLIMB_S, PARKING_RAD_S = 4.9 * 60.0, np.deg2rad(4.083) / 60.0
"""Of a launch without a published injection: minutes to orbit less those it saves, and the pace of a parking orbit."""

ENTRY_KM = 120.0
"""Height above the ellipsoid of atmospheric entry."""


def found(orbit: Transfer, ephemeris: str) -> Flight:
    """The flight of a timeline, from the store if it is there.

    Raises `PropagationError` if there is none.
    """
    return _found(orbit, ephemeris, orbit_store.is_fresh())


@lru_cache(maxsize=4096)
def _found(orbit: Transfer, ephemeris: str, fresh: bool) -> Flight:
    def compute() -> Arrays:
        flight = _solved(orbit, ephemeris)
        scalars = np.array([flight.time, flight.miss_km, flight.iterations])
        return {"scalars": scalars, "state": flight.state, "unknowns": flight.unknowns}

    def fits(arrays: Arrays) -> bool:
        return {name: array.shape for name, array in arrays.items()} == _SHAPES

    kept = flown.once(orbit, ephemeris, ("flight",), compute, fits)
    time, miss_km, iterations = kept["scalars"].tolist()
    return Flight(time, kept["state"], kept["unknowns"], miss_km, int(iterations))


def entry(orbit: Transfer, ephemeris: str) -> float:
    """Time at which a return reaches 120 km, TDB s, from the store if it is there."""
    return _entry(orbit, ephemeris, orbit_store.is_fresh())


@lru_cache(maxsize=4096)
def _entry(orbit: Transfer, ephemeris: str, fresh: bool) -> float:

    def compute() -> Arrays:
        return {"entry": np.array(entry_time(found(orbit, ephemeris), flight_forces(ephemeris)))}

    def fits(arrays: Arrays) -> bool:
        return [array.shape for array in arrays.values()] == [()] and "entry" in arrays

    kept = flown.once(orbit, ephemeris, ("entry",), compute, fits)
    return float(kept["entry"])


_SHAPES = {"scalars": (3,), "state": (6,), "unknowns": (3,)}


def _solved(orbit: Transfer, ephemeris: str) -> Flight:
    """The flight, by Newton's method."""
    from sim.trajectories.dynamics import transfer

    back = orbit.direction == "return"
    sense, forces = (-1.0 if back else 1.0), flight_forces(ephemeris)
    moon = body("moon", ephemeris)
    there = moon.state_from(body("earth", ephemeris), np.asarray(orbit.perilune))
    target = np.concatenate((there.position, there.velocity))
    angle = None if orbit.b_plane_deg is None else float(np.deg2rad(orbit.b_plane_deg))
    tilt = 90.0 if orbit.lunar_inclination_deg is None else orbit.lunar_inclination_deg
    aim = transfer.Aim(
        orbit.perilune,
        MOON.equatorial_radius_km + orbit.perilune_height_km,
        moon.gm_km3_s2,
        target,
        frames.moon_me(np.asarray(orbit.perilune))[2],
        angle,
        sense * float(np.cos(np.deg2rad(tilt))),  # backward in time the Moon is passed in the opposite sense
        orbit.branch == "south",
    )
    radius = EARTH.equatorial_radius_km + orbit.height_km
    plane, turn = (_through_site if orbit.inclination_deg is None else _inclined)(orbit, target)
    late, flight = 0.0, None
    for _ in range(4 if orbit.entry is not None else 1):
        problem = transfer.Problem(forces, aim, radius, plane, partial(_perigee, orbit, late), sense)
        try:
            flight = transfer.solve(problem, problem.guess(turn) if flight is None else flight.unknowns)
        except PropagationError as error:
            raise PropagationError(f"{error}. {_cure(orbit, target)}") from error
        if orbit.entry is not None:
            wrong = entry_time(flight, forces) - orbit.entry
            late -= wrong
            if abs(wrong) < 1e-3:
                break
    assert flight is not None
    return flight


def flight_forces(ephemeris: str) -> Forces:
    """The oblate Earth, the Moon and the Sun; the effect of the planets is a meter."""
    return forces_about("earth", ephemeris, only=("moon", "sun"))


def _perigee(orbit: Transfer, late: float, angle: float) -> float:
    """Time of perigee, TDB s, from the angle between the site and perigee (rad)."""
    if orbit.perigee is not None:
        return orbit.perigee
    if orbit.entry is not None:
        return orbit.entry + 200.0 + late
    assert orbit.lift_off is not None
    return float(orbit.lift_off + CLIMB_S + (angle % (2.0 * np.pi)) / PARKING_RAD_S)


def _through_site(orbit: Transfer, moon: Array) -> tuple[Plane, float]:
    """The planes through the site, by their azimuth there; and the azimuth of the one through the Moon."""
    when = orbit.landing if orbit.direction == "return" else orbit.lift_off
    assert when is not None and orbit.latitude_deg is not None and orbit.longitude_deg is not None
    fixed = erfa.gd2gc(1, np.deg2rad(orbit.longitude_deg), np.deg2rad(orbit.latitude_deg), 0.0)
    turn = frames.itrs(np.asarray(when))
    up = turn.T @ (fixed / np.linalg.norm(fixed))
    east = np.cross(turn[2], up)
    east /= np.linalg.norm(east)
    north = np.cross(up, east)

    def plane(azimuth: float) -> tuple[Array, Array]:
        return up, np.cos(azimuth) * north + np.sin(azimuth) * east

    normal = np.cross(up, moon[:3])
    normal *= np.copysign(1.0, normal @ turn[2])  # launches go east
    onward = np.cross(normal, up)
    return plane, float(np.arctan2(onward @ east, onward @ north))


def _inclined(orbit: Transfer, moon: Array) -> tuple[Plane, float]:
    """The planes of an inclination, by their node; and the node of the one through the Moon, or nearest to it."""
    assert orbit.inclination_deg is not None
    tilt = float(np.deg2rad(orbit.inclination_deg))
    axes = frames.itrs(np.asarray(orbit.perilune))

    def plane(node: float) -> tuple[Array, Array]:
        c, s = np.cos(node), np.sin(node)
        across = np.array([-np.cos(tilt) * s, np.cos(tilt) * c, np.sin(tilt)])
        return axes.T @ np.array([c, s, 0.0]), axes.T @ across

    x, y, z = axes @ moon[:3] / np.linalg.norm(moon[:3])
    argument = float(np.arcsin(np.clip(z / np.sin(tilt), -1.0, 1.0)))
    if orbit.moonward == "descending":
        argument = np.pi - argument
    return plane, float(np.arctan2(y, x) - np.arctan2(np.cos(tilt) * np.sin(argument), np.cos(argument)))


def _cure(orbit: Transfer, moon: Array) -> str:
    """Suggestion if no flight was found."""
    pole = frames.itrs(np.asarray(orbit.perilune))[2]
    north = float(np.rad2deg(np.arcsin(pole @ moon[:3] / np.linalg.norm(moon[:3]))))
    if orbit.inclination_deg is not None and abs(north) > min(orbit.inclination_deg, 180.0 - orbit.inclination_deg):
        return (
            f"An orbit inclined by {orbit.inclination_deg:g} deg does not come to the Moon's declination, "
            f"{north:.1f} deg at {utc(orbit.perilune, 0)}: raise inclination_deg, or check perilune"
        )
    return "Check the times, the height of perilune and the side of the Moon"


def entry_time(flight: Flight, forces: Forces) -> float:
    """Time at 120 km above the ellipsoid, TDB s, without atmosphere, before perigee."""
    from sim.trajectories.dynamics.integrate import propagate

    path = propagate(forces, flight.time, flight.state, flight.time - 3600.0)
    early, late = flight.time - 3600.0, flight.time
    lowest = height_km(flight.state[:3], late)
    if lowest > ENTRY_KM:
        raise PropagationError(
            f"the flight does not come down to {ENTRY_KM:g} km: its perigee is {lowest:.0f} km high. "
            "Lower perigee_height_km"
        )
    for _ in range(60):
        middle = 0.5 * (early + late)
        early, late = (middle, late) if height_km(path(np.asarray(middle)), middle) > ENTRY_KM else (early, middle)
    return 0.5 * (early + late)


def height_km(position: Array, t: float) -> float:
    """Height above the WGS 84 ellipsoid, km."""
    _, _, height = erfa.gc2gd(1, 1000.0 * frames.itrs(np.asarray(t)) @ position)
    return float(height) / 1000.0
