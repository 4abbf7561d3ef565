"""Spacecraft ephemerides in SPK files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import Pieces, fit_within
from sim.core.errors import DataError, SimError
from sim.core.text import some
from sim.core.time import DAY_S, Span
from sim.trajectories.bodies import ephemeris as kernels
from sim.trajectories.orbits.formats import spice_process
from sim.trajectories.orbits.formats.file_orbit import Arc, FromFile
from sim.trajectories.orbits.formats.state_table import ECLIPTIC_J2000, States, checked
from sim.trajectories.trajectory import Basis

if TYPE_CHECKING:
    from jplephem.spk import BaseSegment

Array = NDArray[np.float64]

TYPES = (1, 2, 3, 5, 8, 9, 10, 12, 13, 14, 15, 17, 18, 19, 20, 21)
"""Types that can be read. Source: NAIF, SPK Required Reading."""
POLYNOMIALS, STATES = (2, 3), (8, 9, 12, 13)
"""Of these, those that are read as they stand; SpiceyPy evaluates the others."""

FIT_KM, FIT_OF_RANGE = 1e-8, 1e-14
"""What SPICE evaluates is fitted until the last two coefficients are below 0.01 mm, or this part of the distance."""
_DEGREE, _SHORTEST_S = 16, 1.0
_FRAMES: dict[int, Array | None] = {1: None, 17: ECLIPTIC_J2000}
"""NAIF ids of J2000 (ICRF) and ECLIPJ2000. Source: NAIF, Frames Required Reading."""


class Spk(FromFile):
    """Motion read from SPK files: types 2, 3, 8, 9, 12 and 13 directly, others through SpiceyPy.

    The others, 1, 5, 10, 14, 15 and 17 to 21, need `pip install "farside-sim[spice]"`. All types have been compared
    with SPICE except 19, for which no file was found and which SpiceyPy cannot write.
    The segments of the target are joined. Gaps stay gaps; later segments override earlier ones.
    Moons of planets in the files (types 2 and 3, one segment each) are obstacles too, and may be the centers of other
    segments.
    """

    kind: Literal["spk"] = "spk"
    target: int
    """NAIF id of the spacecraft, negative"""
    basis: Basis = "definitive"

    def read(self, file: str) -> Sequence[Arc]:
        """Read the segments of the target, in the file's order."""
        found = segments(Path(file))
        return [_arc(file, segment) for segment in found if segment.target == self.target]

    def arcs(self) -> list[Arc]:
        found = super().arcs()
        if not found:
            raise DataError(f"{some(self._names())}: {self._absent()}")
        return found

    def misfits(self, span: Span) -> Iterator[tuple[str, str]]:
        try:
            absent = self._absent()
        except SimError as error:
            yield "file", str(error)
            return
        if absent:
            yield "target", f"the file {absent}"
        else:
            yield from super().misfits(span)

    @property
    def naif_id(self) -> int:
        return self.target

    @property
    def kernels(self) -> tuple[str, ...]:
        return self.files

    @property
    def _gives(self) -> str:
        return f"gives body {self.target}"

    def _absent(self) -> str:
        bodies = {segment.target for file in self.files for segment in segments(Path(file))}
        listed = some(sorted(bodies)) if bodies else "no bodies at all"
        return "" if self.target in bodies else f"has no body {self.target}; it has {listed}"


@dataclass(frozen=True, eq=False)
class Evaluated:
    """A segment that SPICE evaluates in a separate process, by its file and its position there."""

    file: str
    segment: BaseSegment

    @property
    def start(self) -> float:
        return float(self.segment.start_second)

    @property
    def end(self) -> float:
        return float(self.segment.end_second)

    @property
    def center(self) -> int:
        return int(self.segment.center)

    def pieces(self, start: float, end: float) -> Pieces:
        """Polynomials through SPICE's positions, within 0.1 mm where these are smooth."""
        own = self.segment
        integers = [own.target, own.center, own.frame, own.data_type, own.start_i, own.end_i]

        def motion(t: Array) -> tuple[Array, Array]:
            inside = np.clip(t, own.start_second, own.end_second)
            states = spice_process.states(self.file, [own.start_second, own.end_second], integers, inside)
            return states[:, :3], states[:, 3:]

        count = max(1, int(np.ceil((end - start) / DAY_S)))
        edges = np.linspace(start, end, count + 1)
        away = float(np.max(np.abs(motion(edges)[0])))
        enough = max(FIT_KM, FIT_OF_RANGE * away) if np.isfinite(away) else np.inf
        fitted = fit_within(motion, edges, _DEGREE, enough, _SHORTEST_S)
        return _turned(fitted, own.frame)


@dataclass(frozen=True, eq=False)
class Table:
    """A segment of type 2 or 3: its own polynomials."""

    table: Pieces
    start: float
    end: float
    center: int

    def pieces(self, start: float, end: float) -> Pieces:
        """The polynomials of the file."""
        return self.table.between(start, end)


def segments(path: Path) -> tuple[BaseSegment, ...]:
    """The segments of an SPK file, in order. Raises `DataError`."""
    about = path.stat() if path.is_file() else None
    if about is None:
        raise DataError(f"there is no file {path}")
    return _segments(path, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=32)
def _segments(path: Path, changed: int, size: int) -> tuple[BaseSegment, ...]:
    head = _head(path)
    if head.lstrip()[:1] == b"<" or b"<html" in head.lower():
        raise DataError(f"{path} is not a readable kernel: it is a web page. Download the file itself")
    if head.startswith((b"DAFETF", b"'DAF/SPK")):
        raise DataError(f"{path} is not a readable kernel: a transfer file. Convert it with NAIF's tobin")
    found = kernels.segments(path)
    for segment in found:
        if segment.data_type not in TYPES:
            known = ", ".join(map(str, TYPES))
            what = f"body {segment.target} is of SPK type {segment.data_type}"
            raise DataError(f"{path}: {what}; expected one of {known}")
        if segment.frame not in _FRAMES:
            raise DataError(
                f"{path}: body {segment.target} is in frame {segment.frame}; expected 1 (J2000) or 17 (ECLIPJ2000)"
            )
        if not -1e11 < segment.start_second < segment.end_second < 1e11:
            raise DataError(f"{path} is damaged: a segment covers {segment.start_second} to {segment.end_second} s")
    return tuple(found)


@lru_cache(maxsize=256)
def _arc(file: str, segment: BaseSegment) -> Arc:
    if segment.data_type in STATES:
        return _states(file, segment)
    if segment.data_type not in POLYNOMIALS:
        spice_process.spiceypy(f"{file}: body {segment.target}, of SPK type {segment.data_type},")
        return Evaluated(file, segment)
    table = kernels.polynomials_of(Path(file), segment)
    start, end = max(table.start, segment.start_second), min(table.end, segment.end_second)
    return Table(_turned(table, segment.frame), float(start), float(end), int(segment.center))


def _states(file: str, segment: BaseSegment) -> States:
    """The states of a segment, and how many of them a polynomial interpolates."""
    hermite, even = segment.data_type in (12, 13), segment.data_type in (8, 12)
    try:
        words = np.array(segment.daf.read_array(segment.start_i, segment.end_i))
        window, count = int(words[-2]), int(words[-1])
        rest = 4 if even else count + (count - 1) // 100 + 2
        if len(words) != 6 * count + rest or not 0 < window < 30:
            raise ValueError(f"{count} states cannot fill {len(words)} words")
        table = words[: 6 * count].reshape(count, 6)
        t = words[-4] + words[-3] * np.arange(count) if even else words[6 * count : 7 * count]
    except MemoryError:
        raise
    except Exception as error:  # a truncated file opens, and fails here
        raise DataError(f"{file} is damaged: {error}") from error
    turn = _FRAMES[segment.frame]
    r, v = (table[:, :3], table[:, 3:]) if turn is None else (table[:, :3] @ turn.T, table[:, 3:] @ turn.T)
    start, end = max(segment.start_second, t[0]), min(segment.end_second, t[-1])
    arc = States(t, r, v, int(segment.center), float(start), float(end), window + 1, hermite)
    return checked(file, arc, [f"body {segment.target}, state {k}" for k in range(1, count + 1)])


def _turned(pieces: Pieces, frame: int) -> Pieces:
    turn = _FRAMES[frame]
    return pieces if turn is None else Pieces(pieces.edges, pieces.coefficients @ turn.T)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)
