"""brahe: `location_accesses` with its default of 60 s, for two lines and Kepler orbits about the Earth."""

from __future__ import annotations

import brahe
import numpy as np

from sim.core.time import utc
from sim.core.time_scales import tdb_minus_tt

from .inputs import Inputs
from .workloads import Workload

PACKAGE = "brahe"
SETTINGS = {"default": {}, "adaptive_step": {"adaptive_step": True}}
_cache: dict = {}


def unable(workload: Workload, setting: str) -> str:
    if workload.target.kind == "moon":
        return "the Moon cannot be a target"
    return "takes orbits about the Earth only" if workload.target.center == "moon" else ""


def solve(workload: Workload, inputs: Inputs, setting: str):
    if not _cache:
        orientation = brahe.FileEOPProvider.from_file(inputs.path("finals2000A.all"), True, "Hold")
        brahe.set_global_eop_provider(orientation)
        _cache["done"] = True
    target, span = workload.target, workload.span
    start, end = (brahe.Epoch(utc(t, 6)) for t in (span.start, span.end))
    if target.kind == "tle":
        orbit = brahe.SGPPropagator.from_tle(*target.lines, 60.0)
    else:
        given = dict(target.elements)
        elements = np.array(
            [
                given["semi_major_axis_km"] * 1e3,
                *(given[k] for k in ("eccentricity", "inclination_deg", "node_deg")),
                *(given[k] for k in ("argument_of_periapsis_deg", "mean_anomaly_deg")),
            ]
        )
        orbit = brahe.KeplerianPropagator.from_keplerian(
            brahe.Epoch(given["epoch"]), elements, brahe.AngleFormat.DEGREES, 60.0
        )
    places = [
        brahe.PointLocation(s.longitude_deg, s.latitude_deg, s.height_m).with_name(s.name) for s in workload.stations
    ]
    mask = brahe.ElevationConstraint(workload.mask_deg, None)
    config = brahe.AccessSearchConfig(**SETTINGS[setting])
    found = brahe.location_accesses(places, [orbit], start, end, mask, config=config)
    return [station.name for station in workload.stations], found


def bounds(found) -> list[np.ndarray]:
    names, windows = found
    rows: dict = {name: [] for name in names}
    for window in windows:
        rows[window.location_name].append([_tdb(window.window_open), _tdb(window.window_close)])
    return [np.array(rows[name]).reshape(-1, 2) for name in names]


def _tdb(epoch) -> float:
    tt = epoch.seconds_past_j2000_as_time_system(brahe.TimeSystem.TT)
    return float(tt + tdb_minus_tt(tt))
