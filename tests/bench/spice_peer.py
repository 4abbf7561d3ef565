"""SPICE's geometry finder: gfposc for the elevation, gfoclt for the Moon in the way.

There is no default step: it is given a third of the shortest window or gap that a user would expect. Orbits, Earth
orientation and stations are read from kernels made before.
"""

from __future__ import annotations

import numpy as np
import spiceypy as spice

from .inputs import FIRST_STATION, Inputs
from .workloads import STATIONS, Workload

PACKAGE = "spiceypy"
SETTINGS = {"step: a third of the shortest window expected": 1.0}
ROOM = 20_000
_NUMBER = {name: FIRST_STATION + index for index, name in enumerate(STATIONS)}
_loaded: list[str] = []


def unable(workload: Workload, setting: str) -> str:
    return ""


def solve(workload: Workload, inputs: Inputs, setting: str):
    if not _loaded:
        orbit = [] if workload.target.kind == "moon" else [workload.target.spk]
        for name in ("de421.bsp", "earth.bpc", "constants.tpc", "stations.bsp", "stations.tf", *orbit):
            spice.furnsh(inputs.path(name))
            _loaded.append(name)
    step, target = workload.least_s / 3.0, str(workload.target.naif_id)
    whole = spice.cell_double(2)
    spice.wninsd(workload.span.start, workload.span.end, whole)
    intervals = int(2 + workload.span.duration_s / step)
    found = []
    for station in workload.stations:
        observer = str(_NUMBER[station.name])
        high = spice.cell_double(ROOM)
        spice.gfposc(
            target, f"{station.name.upper()}_TOPO", "NONE", observer, "LATITUDINAL", "LATITUDE", ">",
            np.deg2rad(workload.mask_deg), 0.0, step, intervals, whole, high,
        )  # fmt: skip
        if workload.hidden:
            hidden = spice.cell_double(ROOM)
            spice.gfoclt(
                "ANY", "MOON", "ELLIPSOID", "IAU_MOON", target, "POINT", " ", "NONE", observer, step, high, hidden
            )
            high = spice.wndifd(high, hidden)
        found.append(high)
    return found


def bounds(found) -> list[np.ndarray]:
    return [
        np.array([spice.wnfetd(cell, i) for i in range(spice.wncard(cell))], dtype=float).reshape(-1, 2)
        for cell in found
    ]
