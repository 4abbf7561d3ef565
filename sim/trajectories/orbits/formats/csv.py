"""States in a CSV table."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from sim.core.errors import DataError
from sim.core.text import nearest
from sim.trajectories.bodies.body import BODIES
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.arc_borders import parted
from sim.trajectories.orbits.formats.file_orbit import Arc, FromFile
from sim.trajectories.orbits.formats.state_table import ECLIPTIC_J2000, POINTS, POSITIONS, States

LENGTHS = {"km": 1.0, "m": 1e-3, "au": text_lines.AU_KM}
"""Units of length that a column may name, in km."""


class Csv(FromFile):
    """Motion read from a CSV table whose header names the units: tdb, x_km, y_km, z_km, vx_km_s, vy_km_s, vz_km_s.

    Times are utc or tdb. Lengths may be in km, m or au, and velocities may be missing; lines that begin with # are
    comments. States are interpolated by a Hermite polynomial through six of them, or without velocities by a polynomial
    through eight positions.
    """

    kind: Literal["csv"] = "csv"
    frame: Literal["icrf", "ecliptic_j2000"] = "icrf"
    """axes that the states refer to"""

    def read(self, file: str) -> Sequence[Arc]:
        """Read the table of a file."""
        text_lines.lines(file)
        about = Path(file).stat()
        return _read(file, self.frame, BODIES[self.center].naif_id, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=8)
def _read(file: str, frame: str, center: int, changed: int, size: int) -> tuple[States, ...]:
    kept = [(n, line) for n, line in enumerate(text_lines.lines(file), 1) if line.strip() and line.lstrip()[0] != "#"]
    if not kept:
        raise DataError(f"{file} contains only comments. Download it again")
    names = [name.strip().strip('"') for name in kept[0][1].split(",")]
    scale, units = _columns(file, kept[0][0], names)
    rows = [(n, [cell.strip().strip('"') for cell in line.split(",")]) for n, line in kept[1:]]
    for n, cells in rows:
        if len(cells) != len(names):
            raise DataError(f"{file}: line {n}: expected {len(names)} cells as in the header, got {len(cells)}")
    places = [f"line {n}" for n, _ in rows]
    clock = names.index(scale)
    t = text_lines.epochs(file, [cells[clock] for _, cells in rows], scale.upper(), places)
    numbers = [[text_lines.number(cells[i]) * unit for i, unit in units] for _, cells in rows]
    table = np.array(numbers).reshape(-1, len(units))
    turn = ECLIPTIC_J2000 if frame == "ecliptic_j2000" else np.eye(3)
    velocity = table[:, 3:] @ turn.T if len(units) == 6 else None
    start, end = (t[0], t[-1]) if len(t) else (0.0, 0.0)
    fast = velocity is not None
    arc = States(t, table[:, :3] @ turn.T, velocity, center, start, end, POINTS if fast else POSITIONS, fast)
    return parted(file, arc, places)


def _columns(file: str, line: int, names: list[str]) -> tuple[str, list[tuple[int, float]]]:
    """The column of the times, and those of the six or three numbers with their factors to km and km/s."""
    clocks = [name for name in ("utc", "tdb") if name in names]
    if len(clocks) != 1:
        told = ", ".join(names)[:200]
        raise DataError(f"{file}: line {line}: expected a header with one column utc or tdb, got {told}")
    found = []
    for axis in ("x", "y", "z", "vx", "vy", "vz"):
        rate = "_s" if axis.startswith("v") else ""
        options = {f"{axis}_{unit}{rate}": size for unit, size in LENGTHS.items()}
        here = [name for name in names if name in options]
        if len(here) == 1:
            found.append((names.index(here[0]), options[here[0]]))
        elif here or axis in "xyz" or found[3:] or any(name.startswith("v") for name in names):
            told = f"{' and '.join(here)} are redundant" if here else f"expected a column {axis}_km{rate}"
            close = nearest(f"{axis}_km{rate}", [name for name in names if name not in clocks])
            raise DataError(f"{file}: line {line}: {told}: the header must name units.{close if not here else ''}")
    return clocks[0], found
