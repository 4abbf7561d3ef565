"""CCSDS Orbit Ephemeris Messages (OEM). Source: CCSDS 502.0-B-3.

The package `oem` parses the grammar; mistakes that it accepts are found here.
"""

from __future__ import annotations

import datetime as dt
import io
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.core.errors import DataError
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.arc_borders import parted
from sim.trajectories.orbits.formats.file_orbit import Arc, FromFile
from sim.trajectories.orbits.formats.ndm import Row, Segment, known_version, xml_segments
from sim.trajectories.orbits.formats.state_table import MOST_POINTS, POINTS, States

if TYPE_CHECKING:
    from oem import OrbitEphemerisMessage

_MCI = (301, 4, 499)
"""Bodies about which MCI, inertial axes that no standard defines, may be: the Moon and Mars."""
_TOO_LOW = ("1", "2")
"""Degrees of a Hermite polynomial that one state has, and that files give nonetheless."""
_BLOCKS = ("COVARIANCE_START", "COVARIANCE_STOP", "DATA_START", "DATA_STOP")
_KEY = re.compile(r"([A-Za-z][A-Za-z_0-9]*)\s*=\s*(.*)")
_FORTRAN = re.compile(r"(?<=[\d.])[dD](?=[-+]?\d)")


class Oem(FromFile):
    """Motion read from CCSDS OEM files (KVN, XML or NDM): their segments, useable times, gaps and interpolation.

    Where a file names no interpolation, a Hermite polynomial through six states and their velocities is used.
    """

    kind: Literal["oem"] = "oem"

    def read(self, file: str) -> Sequence[Arc]:
        """Read the segments of a file."""
        text_lines.lines(file)
        about = Path(file).stat()
        return _read(file, about.st_mtime_ns, about.st_size)


def text(arcs: Sequence[States], name: str, comments: Sequence[str]) -> str:
    """Write arcs as an OEM in KVN, one segment each, in the arc's own time scale, to the microsecond.

    Numbers have 17 digits: reading it back gives the same states.
    """
    from oem import OrbitEphemerisMessage
    from oem.components import EphemerisSegment, HeaderSection, MetaDataSection

    now = dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
    header = HeaderSection({"CCSDS_OEM_VERS": "2.0", "CREATION_DATE": now, "ORIGINATOR": "FARSIDE-SIM"})
    segments = []
    for arc in arcs:
        if arc.velocity is None:
            raise ValueError("an OEM needs velocities")
        with warnings.catch_warnings(action="ignore"):  # of time scales that only the package does not know
            meta = MetaDataSection(_metadata(arc, name), version="2.0")
        columns = (_Written(text) for text in text_lines.iso(arc.t, arc.scale)), *arc.position.T, *arc.velocity.T
        segments.append(EphemerisSegment(meta, tuple(tuple(column) for column in columns), version="2.0"))
    message = OrbitEphemerisMessage(header, segments)
    first, *rest = _kvn(message).split("\n")
    rows = (" ".join((time, *(f"{x:.16e}" for x in row))) for arc in arcs for time, row in _rows(arc))
    lines = (next(rows) if line[:1].isdigit() else line for line in rest)  # the package has 15 digits: 1 mm at 1 au
    return "\n".join((first, *(f"COMMENT {line}" for line in comments), *lines))


def _rows(arc: States) -> Iterator[tuple[str, list[float]]]:
    """Time (as text) and six numbers of each state of an arc with velocities."""
    assert arc.velocity is not None
    yield from zip(text_lines.iso(arc.t, arc.scale), np.hstack((arc.position, arc.velocity)).tolist(), strict=True)


class _Written(str):
    """The text of an epoch, as an object with `strftime`, which the package expects."""

    def strftime(self, form: str) -> str:
        """The text itself."""
        return str(self)


def _kvn(message: OrbitEphemerisMessage) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "message.oem"
        message.save_as(path, file_format="kvn")
        return path.read_text(encoding="utf-8")


def _metadata(arc: States, name: str) -> dict[str, str]:
    first, last, start, stop = text_lines.iso(np.array([arc.t[0], arc.t[-1], arc.start, arc.end]), arc.scale)
    center = text_lines.called(arc.center)
    useable = {"USEABLE_START_TIME": start, "USEABLE_STOP_TIME": stop} if (first, last) != (start, stop) else {}
    return {
        "OBJECT_NAME": name,
        "OBJECT_ID": name,
        "CENTER_NAME": center.upper(),
        "REF_FRAME": "ICRF",
        "TIME_SYSTEM": arc.scale,
        "START_TIME": first,
        **useable,
        "STOP_TIME": last,
        "INTERPOLATION": "HERMITE" if arc.hermite else "LAGRANGE",
        "INTERPOLATION_DEGREE": str(2 * arc.points - 1 if arc.hermite else arc.points - 1),
    }


@lru_cache(maxsize=8)
def _read(file: str, changed: int, size: int) -> tuple[States, ...]:
    from oem.components import MetaDataSection
    from oem.parsers import parse_kvn_oem

    lines, begin = _plain(file, text_lines.lines(file))
    xml = lines[begin].startswith("<")
    try:
        if xml:
            version, segments = xml_segments("\n".join(lines[begin:]))
        else:
            header, segments = parse_kvn_oem(io.StringIO("\n".join(lines[begin:])))
            version = known_version(header["CCSDS_OEM_VERS"])
        with warnings.catch_warnings(action="ignore"):  # of time scales that only the package does not know
            for segment in segments:
                MetaDataSection(segment["header"], version=version)  # checks it
    except MemoryError:
        raise
    except Exception as error:  # the package raises what its parts happen to raise
        told = str(error.args[0] if error.args else error) or "this is not an Orbit Ephemeris Message"
        told = re.sub(r"Error on line (\d+)", lambda match: f"line {int(match[1]) + begin}", told).rstrip(".")
        raise DataError(f"{file}: {told}. Expected a CCSDS OEM (502.0)") from error
    if not segments:
        raise DataError(f"{file} has no segments: it ends before META_START. Download it again")
    places = _places(lines, segments, xml)
    heads = [0] if xml else [i for i, line in enumerate(lines) if line.strip() == "META_START"]
    found: list[States] = []
    for number, segment in enumerate(segments):
        raw = {key: str(value).strip() for key, value in segment["header"].items()}
        at = f"segment {number + 1}" if xml else f"line {heads[number] + 1}"
        found += _segment(file, raw, segment["data"], at, places[number])
    return tuple(found)


def _plain(file: str, lines: Sequence[str]) -> tuple[list[str], int]:
    """The lines in the form that the package reads, with the same numbers, and the first line that is not blank.

    Files use forms that it does not read: any spaces around `=`, keywords in lower case, Fortran's D in numbers, lines
    DATA_START and DATA_STOP. Covariances are skipped: nothing here uses them. Raises `DataError` where they, or data,
    begin and do not end, or end and did not begin.
    """
    found, blocks = [], {"COVARIANCE": 0, "DATA": 0}
    for number, line in enumerate((line.strip() for line in lines), 1):
        word = line.upper()
        if word == "META_START":
            _closed(file, blocks)
        if word in _BLOCKS:
            name = word.rpartition("_")[0]
            begins = word.endswith("_START")
            if begins == bool(blocks[name]):
                _closed(file, blocks)
                raise DataError(f"{file}: line {number}: {word} without {name}_START. Download the file again")
            blocks[name] = number if begins else 0
        if blocks["COVARIANCE"] or word in _BLOCKS:
            found.append("")
        elif line[:1].isdigit():
            if "_" in line:
                raise DataError(f"{file}: line {number}: expected a time and numbers, got {line[:60]!r}")
            found.append(_FORTRAN.sub("e", line))
        elif match := _KEY.fullmatch(line):
            found.append(f"{match[1].upper()} = {match[2]}" if match[2] else "")
        else:
            found.append(word if word in ("META_START", "META_STOP") else line)
    _closed(file, blocks)
    return found, next(i for i, line in enumerate(lines) if line.strip())


def _closed(file: str, blocks: Mapping[str, int]) -> None:
    """Raise `DataError` for a block that does not end, with the line where it begins."""
    for name, line in blocks.items():
        if line:
            told = f"line {line}: {name}_START without {name}_STOP"
            raise DataError(f"{file}: {told}: the file is cut off, or damaged. Download it again")


def _segment(
    file: str, raw: dict[str, str], rows: Sequence[Row], at: str, places: list[str]
) -> tuple[States, ...]:
    """Read one segment. Raises `DataError` for metadata that cannot be read."""

    def refused(key: str, expected: str) -> DataError:
        return DataError(f"{file}: {at}: {key} is {raw[key]!r}: expected {expected}")

    scale = raw["TIME_SYSTEM"].upper()
    if scale not in text_lines.SCALES:
        raise refused("TIME_SYSTEM", f"{', '.join(text_lines.SCALES)}. Convert the file")
    center = text_lines.center(raw["CENTER_NAME"])
    if center is None:
        raise refused("CENTER_NAME", "the Sun, the Earth, the Moon, a planet or a barycenter")
    inertial = raw["REF_FRAME"].upper() == "MCI" and center in _MCI
    if not inertial and not text_lines.icrf(raw["REF_FRAME"]):
        raise refused("REF_FRAME", f"{', '.join(text_lines.ICRF_NAMES)}. Convert the file to one of these")
    points, hermite = _interpolation(raw, refused)
    notes: tuple[str, ...] = ("its frame MCI is read as axes of ICRF",) if inertial else ()
    if hermite and raw.get("INTERPOLATION_DEGREE", "3").strip() in _TOO_LOW:
        notes += (f"a Hermite polynomial of degree {raw['INTERPOLATION_DEGREE']} is read as of 3: through two states",)
    if not rows:
        raise DataError(f"{file}: {at}: the segment has no states. Download the file again")
    t = text_lines.epochs(file, [str(row[0]) for row in rows], scale, places)
    table = np.array([row[1:7] for row in rows], dtype=float)
    keys = ("USEABLE_START_TIME", "USEABLE_STOP_TIME")
    if all(key in raw for key in keys):
        start, end = text_lines.epochs(file, [raw[key] for key in keys], scale, [f"{at}, {key}" for key in keys])
    else:
        start, end = text_lines.epochs(file, [raw["START_TIME"], raw["STOP_TIME"]], scale, [at, at])
    first, last = float(max(start, t[0])), float(min(end, t[-1]))
    arc = States(t, table[:, :3], table[:, 3:], center, first, last, points, hermite, scale, notes=notes)
    found = parted(file, arc, places)
    if not first < last:
        raise DataError(f"{file}: {at}: no state lies within the useable times. Check the metadata")
    return found


def _interpolation(raw: dict[str, str], refused: Callable[[str, str], DataError]) -> tuple[int, bool]:
    """Number of states that a polynomial interpolates, and whether it interpolates their velocities too."""
    if "INTERPOLATION" not in raw:
        return POINTS, True
    method, degree = raw["INTERPOLATION"].upper(), int(float(raw["INTERPOLATION_DEGREE"]))
    points = {"LINEAR": 2, "LAGRANGE": degree + 1, "HERMITE": (degree + 2) // 2}.get(method)
    if points is None:
        raise refused("INTERPOLATION", "LINEAR, LAGRANGE or HERMITE")
    if method == "HERMITE" and raw["INTERPOLATION_DEGREE"].strip() in _TOO_LOW:
        points = 2
    if not 2 <= points <= MOST_POINTS:
        raise refused("INTERPOLATION_DEGREE", f"a polynomial through 2 to {MOST_POINTS} states")
    return points, method == "HERMITE"


def _places(lines: Sequence[str], segments: Sequence[Segment], xml: bool) -> list[list[str]]:
    """The line of every state of every segment, which the package does not give."""
    if xml:
        return [[f"segment {i + 1}, state {k + 1}" for k in range(len(s["data"]))] for i, s in enumerate(segments)]
    found: list[list[str]] = []
    inside = False
    for number, line in enumerate((line.strip() for line in lines), 1):
        if line == "META_STOP":
            found.append([])
        inside = line == "META_STOP" or (inside and line not in ("META_START", "COVARIANCE_START"))
        if inside and line and line != "META_STOP" and not line.startswith("COMMENT"):
            found[-1].append(f"line {number}")
    return found
