"""The files that tools read, made once and outside the timed part, so that every tool looks at the same geometry.

de421.bsp     the Moon (copied from the package skyfield-data)
<target>.bsp  each orbit as Chebyshev polynomials (SPK type 2), fitted to under a millimeter
earth.bpc     the Earth's orientation (IAU 2006/2000A, UT1 and polar motion) as frame ITRF93
stations.bsp, stations.tf, constants.tpc  stations and their horizons for SPICE, radii
finals.csv    the table of UT1 and polar motion, for tools that read it
"""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import spiceypy as spice

import sim
from sim.core.chebyshev import Pieces, fit
from sim.core.time import DAY_S, Span
from sim.trajectories.bodies import frames

from . import teme
from .workloads import STATIONS, WORKLOADS, Target

HOUR_S = 3600.0
EARTH_CLASS = 3000  # ITRF93
FIRST_STATION = 399101


@dataclass(frozen=True)
class Inputs:
    """Where the files are."""

    folder: Path

    def __getattr__(self, name: str) -> str:
        return str(self.folder / name.replace("__", "."))

    def path(self, name: str) -> str:
        return str(self.folder / name)


def make(folder: Path) -> Inputs:
    """All files that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = Inputs(folder)
    done = folder / "done"
    if done.exists():
        return inputs
    for old in folder.iterdir():
        old.unlink()
    shutil.copy(str(files("skyfield_data") / "data" / "de421.bsp"), inputs.path("de421.bsp"))
    for workload in WORKLOADS.values():
        if workload.target.kind != "moon" and not Path(inputs.path(workload.target.spk)).exists():
            _write_spk(inputs.path(workload.target.spk), workload.target, pieces(workload.target, workload.span))
    spans = [w.span for w in WORKLOADS.values()]
    _write_earth(inputs.path("earth.bpc"), Span(min(s.start for s in spans), max(s.end for s in spans)))
    _write_stations(inputs)
    iers = files("astropy_iers_data") / "data"
    shutil.copy(str(iers / "finals2000A.all"), inputs.path("finals2000A.all"))
    done.touch()
    return inputs


def pieces(target: Target, span: Span) -> Pieces:
    """A target's motion about its center: what every tool is given, and the truth uses."""
    if target.kind == "tle":
        edges = span.padded(HOUR_S).grid(300.0)
        return fit(lambda t: teme.icrf_position(target.lines, t), edges, 14)
    return sim.Kepler(**dict(target.elements)).pieces(span, "de421")[0]


def _write_spk(path: str, target: Target, table: Pieces) -> None:
    center = {"earth": 399, "moon": 301}[target.center]
    length = (table.end - table.start) / len(table.coefficients)
    handle = spice.spkopn(path, target.name, 0)
    degree = table.coefficients.shape[1] - 1
    flat = np.ascontiguousarray(np.swapaxes(table.coefficients, 1, 2)).ravel()
    spice.spkw02(
        handle, target.naif_id, center, "J2000", table.start + 1e-3, table.end - 1e-3, target.name, length,
        len(table.coefficients), degree, flat, table.start,
    )  # fmt: skip
    spice.spkcls(handle)


def _write_earth(path: str, span: Span) -> None:
    """Euler angles of ITRS, one polynomial a day: R3(w) R1(90° - delta) R3(90° + alpha) as SPICE composes them."""
    first, last = np.floor(span.start / DAY_S) - 1, np.ceil(span.end / DAY_S) + 1
    edges = np.arange(first, last + 1) * DAY_S

    def angles(t):
        matrix = frames.itrs(t)
        tilt = np.arccos(matrix[:, 2, 2])
        node = np.unwrap(np.arctan2(matrix[:, 2, 0], -matrix[:, 2, 1]))
        turn = np.arctan2(matrix[:, 0, 2], matrix[:, 1, 2])
        # sampled closely enough for the unwrapping: 17 points a day
        return np.column_stack((node, tilt, np.unwrap(turn)))

    table = fit(angles, edges, 16)
    flat = np.ascontiguousarray(np.swapaxes(table.coefficients, 1, 2)).ravel()
    handle = spice.pckopn(path, "earth", 0)
    spice.pckw02(
        handle, EARTH_CLASS, "J2000", edges[0], edges[-1], "ITRS", DAY_S, len(table.coefficients), 16, flat, edges[0]
    )
    spice.pckcls(handle)


def _write_stations(inputs: Inputs) -> None:
    constants = (
        "KPL/PCK\n\\begindata\n"
        "BODY399_RADII = ( 6378.137 6378.137 6356.7523142 )\n"
        "BODY399_POLE_RA = ( 0 -0.641 0 )\nBODY399_POLE_DEC = ( 90 -0.557 0 )\nBODY399_PM = ( 190.147 360.9856235 0 )\n"
        "BODY301_RADII = ( 1737.4 1737.4 1737.4 )\n"
        "BODY301_POLE_RA = ( 270 0 0 )\nBODY301_POLE_DEC = ( 66.54 0 0 )\nBODY301_PM = ( 38.32 13.17635815 0 )\n"
        "\\begintext\n"
    )
    Path(inputs.path("constants.tpc")).write_text(constants)
    masses = "KPL/PCK\n\\begindata\nBODY399_GM = ( 398600.436233 )\nBODY301_GM = ( 4902.800076 )\n\\begintext\n"
    Path(inputs.path("masses.tpc")).write_text(masses)
    lines = ["KPL/FK", "\\begindata"]
    handle = spice.spkopn(inputs.path("stations.bsp"), "stations", 0)
    with contextlib.suppress(Exception):
        spice.kclear()
    begin, end = -1e9, 2e9
    for number, station in enumerate(STATIONS.values(), FIRST_STATION):
        site = sim.Site(**station._asdict())
        state = [*site.fixed_position, 0.0, 0.0, 0.0]
        spice.spkw08(handle, number, 399, "ITRF93", begin, end, station.name, 1, 2, [state, state], begin, end - begin)
        frame = 1_000_000 + number
        name = f"{station.name.upper()}_TOPO"
        colatitude = 90.0 - station.latitude_deg
        lines += [
            f"NAIF_BODY_NAME += '{station.name.upper()}'",
            f"NAIF_BODY_CODE += {number}",
            f"FRAME_{name} = {frame}",
            f"FRAME_{frame}_NAME = '{name}'",
            f"FRAME_{frame}_CLASS = 4",
            f"FRAME_{frame}_CLASS_ID = {frame}",
            f"FRAME_{frame}_CENTER = {number}",
            f"TKFRAME_{frame}_RELATIVE = 'ITRF93'",
            f"TKFRAME_{frame}_SPEC = 'ANGLES'",
            f"TKFRAME_{frame}_UNITS = 'DEGREES'",
            f"TKFRAME_{frame}_AXES = ( 3, 2, 3 )",
            f"TKFRAME_{frame}_ANGLES = ( {-station.longitude_deg:.9f}, {-colatitude:.9f}, 180.0 )",
        ]
    spice.spkcls(handle)
    Path(inputs.path("stations.tf")).write_text("\n".join([*lines, "\\begintext", ""]))
