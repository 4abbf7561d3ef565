"""lox-space: `VisibilityAnalysis` with its default step of 60 s.

Stations stand in IAU_EARTH, as in its documentation, or in ITRF. Its scenarios take orbits about the Earth: the lunar
orbiter (Kepler, every 60 s) and the Moon (every hour) are given as trajectories, moved to the Earth by its own call.
"""

from __future__ import annotations

import lox_space as lox
import numpy as np

import sim

from .inputs import Inputs
from .workloads import Workload

PACKAGE = "lox-space"
SETTINGS = {"default step, IAU_EARTH": "IAU_EARTH", "default step, ITRF": "ITRF"}
_cache: dict = {}


def unable(workload: Workload, setting: str) -> str:
    return ""


def solve(workload: Workload, inputs: Inputs, setting: str):
    if not _cache:
        _cache["de421"] = lox.SPK(inputs.path("de421.bsp"))
    stations = [
        lox.GroundStation(
            s.name,
            lox.EllipsoidLocation(
                SETTINGS[setting], s.longitude_deg * lox.deg, s.latitude_deg * lox.deg, s.height_m * lox.m
            ),
            min_elevation=workload.mask_deg * lox.deg,
        )
        for s in workload.stations
    ]
    span = workload.span
    craft = lox.Spacecraft(workload.target.name, _orbit(workload))
    scenario = lox.Scenario(_time(span.start), _time(span.end), spacecraft=[craft], ground_stations=stations)
    analysis = lox.VisibilityAnalysis(scenario, occulting_bodies=["Moon"] if workload.hidden else None)
    found = analysis.compute(_cache["de421"])
    return [found.intervals(s.name, workload.target.name) for s in workload.stations]


def bounds(found) -> list[np.ndarray]:
    return [np.array([(_tdb(i.start()), _tdb(i.end())) for i in intervals]).reshape(-1, 2) for intervals in found]


def _orbit(workload: Workload):
    target = workload.target
    if target.kind == "tle":
        return lox.SGP4("\n".join((target.name, *target.lines)))
    start, duration = _time(workload.span.start), workload.span.duration_s
    if target.kind == "moon":
        hours = np.arange(0.0, duration + 3600.0, 3600.0)
        still = np.column_stack((hours, np.zeros((len(hours), 6))))
        return lox.Trajectory.from_numpy(start, still, origin="Moon").to_origin("Earth", _cache["de421"])
    given = dict(target.elements)
    state = _state(sim.Kepler(**given))
    epoch = _time(sim.tdb(given["epoch"]))
    place, speed = (1e3 * vector for vector in state)
    orbit = lox.Vallado(
        lox.Cartesian(epoch, position=place.tolist(), velocity=speed.tolist(), origin=target.center.capitalize())
    )
    if target.center == "earth":
        return orbit
    times = [start + lox.TimeDelta(float(t)) for t in np.arange(0.0, duration + 60.0, 60.0)]
    return orbit.propagate(times).to_origin("Earth", _cache["de421"])


def _state(orbit):
    """Position and velocity at the epoch; the elements are plain enough to be written out."""
    a, e = orbit.semi_major_axis_km, orbit.eccentricity
    mu = (sim.EARTH if orbit.center == "earth" else sim.MOON).gm_km3_s2
    node, tilt, periapsis = np.deg2rad([orbit.node_deg, orbit.inclination_deg, orbit.argument_of_periapsis_deg])
    cn, sn, ci, si = np.cos(node), np.sin(node), np.cos(tilt), np.sin(tilt)
    cp, sp = np.cos(periapsis), np.sin(periapsis)
    towards = np.array([cn * cp - sn * sp * ci, sn * cp + cn * sp * ci, sp * si])
    along = np.array([-cn * sp - sn * cp * ci, -sn * sp + cn * cp * ci, cp * si])
    return a * (1 - e) * towards, np.sqrt(mu / a * (1 + e) / (1 - e)) * along


def _time(t: float):
    whole = int(np.floor(t))
    return lox.Time.from_seconds("TDB", whole, t - whole).to_scale("TAI")


def _tdb(time) -> float:
    there = time.to_scale("TDB")
    return there.seconds() + there.subsecond()
