"""Export as a SPICE SPK, binary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from sim.core.chebyshev import Pieces, fit_motion
from sim.core.errors import DataError
from sim.core.time import DAY_S
from sim.products.export_motion import DEFAULT_TARGET, PROBES, ExportFormat, Motion, enough_km
from sim.trajectories.orbits.formats.spice_process import spiceypy
from sim.trajectories.orbits.formats.state_table import POINTS, States

_SPK_DEGREE = 2 * POINTS - 1
_TYPE_2_DEGREE = 15


class SpkFile(ExportFormat):
    """SPICE SPK, binary, of type 13 or 2. Needs `pip install "farside-sim[spice]"`."""

    kind: Literal["spk"] = "spk"
    target: int | None = None
    """NAIF id; by default that of the orbit, or -100001"""
    spk_type: Literal[2, 13] = 13
    """13 for states, 2 for Chebyshev polynomials of position"""

    def ready(self) -> None:
        """Check that SPICE is installed."""
        spiceypy()

    def write(self, file: Path, motion: Motion) -> None:
        """Write one segment for each arc."""
        number = next(each for each in (self.target, motion.naif_id, DEFAULT_TARGET) if each is not None)
        if self.spk_type == 2:
            write_spk(file, [_polynomials(*part) for part in motion.parts], number, motion.name, motion.comments)
            return
        arcs = motion.states(lambda arc: arc.hermite and len(arc.t) >= arc.points)
        write_spk(file, arcs, number, motion.name, motion.comments)


@dataclass(frozen=True)
class _Table:
    """Polynomials of equal duration over an arc: SPK type 2."""

    pieces: Pieces
    start: float
    end: float
    center: int


def _polynomials(pieces: Pieces, start: float, end: float, center: int) -> _Table:
    """Fit polynomials, halving their duration until they are accurate."""
    count = max(1, int(np.ceil((end - start) / DAY_S)))
    while True:
        edges = np.linspace(start, end, count + 1)
        fitted = fit_motion(lambda t: pieces.both(np.clip(t, pieces.start, pieces.end)), edges, _TYPE_2_DEGREE)
        probes = (edges[:-1, None] + np.diff(edges)[:, None] * PROBES).ravel()
        if np.max(np.abs(fitted(probes) - pieces(probes))) < enough_km(pieces) or (end - start) / count < 2.0:
            return _Table(fitted, start, end, center)
        count *= 2


def write_spk(
    path: Path, arcs: Sequence[States] | Sequence[_Table], target: int, name: str, comments: Sequence[str]
) -> None:
    """Write arcs as segments of an SPK. Raises `DataError`."""
    spice = spiceypy()
    try:
        handle = spice.spkopn(str(path), name[:60], 20 * 80)
        closed = False
        try:
            spice.dafac(handle, [line[:80] for line in comments])
            for arc in arcs:
                span = (arc.start, arc.end)
                about = (handle, target, arc.center, "J2000", *span, name[:40])
                if isinstance(arc, _Table):
                    table = np.swapaxes(arc.pieces.coefficients, 1, 2)
                    count, long = len(table), (arc.end - arc.start) / len(table)
                    spice.spkw02(*about, long, count, _TYPE_2_DEGREE, np.ascontiguousarray(table).ravel(), arc.start)
                    continue
                assert arc.velocity is not None
                states = np.ascontiguousarray(np.column_stack((arc.position, arc.velocity)))  # for SPICE
                degree = min(_SPK_DEGREE, 2 * arc.points - 1)
                spice.spkw13(*about, degree, len(arc.t), states, np.ascontiguousarray(arc.t))
            spice.spkcls(handle)
            closed = True
        finally:
            if not closed:
                spice.dafcls(handle)  # closes without segments and does not mask the error
    except spice.utils.exceptions.SpiceyError as error:
        need = "Use a path of at most 255 characters on a disk with free space, or format oem"
        raise DataError(f"SPICE cannot write {path.name}: {getattr(error, 'long', error)} {need}") from error
