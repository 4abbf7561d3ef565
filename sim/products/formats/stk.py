"""Export as an ephemeris file of STK, which ends in `.e`."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.core.time import utc
from sim.products.export_motion import ExportFormat, Motion
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.state_table import States

_MONTHS = {number: name for name, number in text_lines.MONTHS.items()}


class StkFile(ExportFormat):
    """Ephemeris of STK (.e): positions and velocities in ICRF axes, in km, with Hermite interpolation.

    Seconds are counted from a UTC epoch at the rate of TDB, as the orbit kind `stk` reads them: it differs from that of
    TAI by at most 0.03 ms a day. A file has one center and no gaps; arcs are divided by segment boundary times.
    """

    kind: Literal["stk"] = "stk"

    def write(self, file: Path, motion: Motion) -> None:
        """Write one table with the boundaries of the arcs."""
        arcs = motion.states(lambda arc: False)  # sampled: arcs of files may overlap
        file.write_text(text(arcs, motion.name, motion.comments), encoding="ascii")


def text(arcs: Sequence[States], name: str, comments: Sequence[str]) -> str:
    """Write arcs as an STK ephemeris. Raises `SimError` where they have several centers or gaps."""
    if len(centers := {arc.center for arc in arcs}) > 1:
        known = " and ".join(sorted(map(text_lines.called, centers)))
        raise SimError(f"{name} moves about {known}: an STK ephemeris has one center. Use format oem or spk")
    for before, after in pairwise(arcs):
        if after.start > before.end:
            gap = f"{utc(before.end, 0)} to {utc(after.start, 0)}"
            raise SimError(f"{name} has no orbit from {gap}: an STK ephemeris has no gaps. Use format oem or spk")
    epoch = text_lines.iso(np.array([arcs[0].start]), "UTC")[0]
    (zero,) = text_lines.epochs(name, [epoch], "UTC", [""])
    year, month, day = epoch[:10].split("-")
    rows = [
        " ".join(f"{value:.16e}" for value in row)
        for arc in arcs
        for row in _table(arc, zero)
    ]
    lines = [
        "stk.v.12.0",
        *(f"# {line}" for line in comments),
        "BEGIN Ephemeris",
        f"NumberOfEphemerisPoints {len(rows)}",
        f"ScenarioEpoch {int(day)} {_MONTHS[int(month)]} {year} {epoch[11:]}",
        "InterpolationMethod Hermite",
        f"InterpolationSamplesM1 {arcs[0].points - 1}",
        f"CentralBody {text_lines.called(arcs[0].center).title()}",
        "CoordinateSystem ICRF",
        "DistanceUnit Kilometers",
    ]
    if len(arcs) > 1:
        borders = [f"{arc.t[0] - zero:.16e}" for arc in arcs[1:]]
        lines += ["BEGIN SegmentBoundaryTimes", *borders, "END SegmentBoundaryTimes"]
    return "\n".join([*lines, "EphemerisTimePosVel", *rows, "END Ephemeris", ""])


def _table(arc: States, zero: float) -> NDArray[np.float64]:
    """Rows of seconds since the epoch, position and velocity."""
    assert arc.velocity is not None
    return np.column_stack((arc.t - zero, arc.position, arc.velocity))
