"""Ephemeris files of STK, which end in `.e`. Source: help.agi.com/stk, Ephemeris File Format (*.e)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.text import nearest, shown
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.arc_borders import parted
from sim.trajectories.orbits.formats.file_orbit import Arc, FromFile
from sim.trajectories.orbits.formats.state_table import MOST_POINTS, States

Array = NDArray[np.float64]

UNITS = {"METERS": 1e-3, "METER": 1e-3, "M": 1e-3, "KILOMETERS": 1.0, "KILOMETER": 1.0, "KM": 1.0}
"""Units of length in km; meters where a file names none."""
TABLES = {"EPHEMERISTIMEPOS": 4, "EPHEMERISTIMEPOSVEL": 7, "EPHEMERISTIMEPOSVELACC": 10}
"""Tables that can be read, and the numbers a row."""
AXES = ("ICRF", "J2000")
READ = (
    "NumberOfEphemerisPoints", "ScenarioEpoch", "InterpolationMethod", "InterpolationSamplesM1", "InterpolationOrder",
    "CentralBody", "CoordinateSystem", "DistanceUnit", "TimeUnit", "TimeSystem",
)  # fmt: skip
"""Keywords that say what the table means."""
UNUSED = ("MessageLevel", "BlockingFactor", "CoordinateSystemEpoch", "CovarianceFormat")
"""Keywords that change nothing here: axes of an epoch are refused by their name. All others might mean anything."""
_KNOWN = frozenset(name.upper() for name in (*READ, *UNUSED))

_EPOCH = re.compile(r"(\d{1,2}) (\w{3})\w* (\d{4}) (\d\d:\d\d:\d\d(?:\.\d*)?)")


class Stk(FromFile):
    """Motion read from STK ephemeris files with positions, or positions and velocities, in axes ICRF or J2000.

    Segments end at their boundary times. The interpolation is the file's, or STK's default, Lagrange of degree 5.
    """

    kind: Literal["stk"] = "stk"

    def read(self, file: str) -> Sequence[Arc]:
        """Read the segments of a file."""
        text_lines.lines(file)
        about = Path(file).stat()
        return _read(file, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=8)
def _read(file: str, changed: int, size: int) -> tuple[States, ...]:
    lines = text_lines.lines(file)
    first = next(i for i, line in enumerate(lines) if line.strip())
    if not lines[first].lstrip().lower().startswith("stk.v."):
        told = f"expected an STK ephemeris, which begins with 'stk.v.', got {lines[first][:40]!r}"
        raise DataError(f"{file}: line {first + 1}: {told}")
    head: dict[str, str] = {}
    at: dict[str, int] = {}
    borders: list[float] = []
    rows: list[tuple[int, list[str]]] = []
    section, wide, done = "", 0, False
    for number, raw in enumerate(lines[first + 1 :], first + 2):
        line = raw.split("#")[0].strip()
        words = line.split()
        if not words:
            continue
        key = words[0].upper()
        if key in ("BEGIN", "END"):
            section = "".join(words[1:2]).upper() if key == "BEGIN" else ""
            done = done or line.upper() == "END EPHEMERIS"
        elif section == "SEGMENTBOUNDARYTIMES":
            borders.append(text_lines.number(words[0]))
        elif key in TABLES:
            wide, section = TABLES[key], ""
        elif re.fullmatch(r"COVARIANCETIME\w*", key):
            section = "COVARIANCE"
        elif section == "COVARIANCE" and re.match(r"[-+.\d]|nan|inf", key, re.IGNORECASE):
            continue
        elif wide and re.match(r"[-+.\d]|nan|inf", key, re.IGNORECASE):
            rows.append((number, words))
        elif key.startswith("EPHEMERIS") and not key.endswith("FORMAT"):
            if not wide:
                raise DataError(f"{file}: line {number}: a table {words[0]} cannot be read. Export EphemerisTimePosVel")
            section = "COVARIANCE"
        elif key not in _KNOWN:
            told = f"unknown keyword {shown(words[0])}.{nearest(words[0], READ)}"
            raise DataError(f"{file}: line {number}: {told}")
        elif key in head and head[key] != " ".join(words[1:]):
            raise DataError(f"{file}: line {number}: {words[0]} is given twice, first in line {at[key]}")
        else:
            head[key], at[key] = " ".join(words[1:]), number
    if not wide:
        raise DataError(f"{file}: expected a table EphemerisTimePosVel or EphemerisTimePos; there is none")
    if not done:
        raise DataError(f"{file}: ends at line {len(lines)} without END Ephemeris: it is cut off. Download it again")
    said = head.get("NUMBEROFEPHEMERISPOINTS")
    if said is not None and said != str(len(rows)):
        where = f"line {at['NUMBEROFEPHEMERISPOINTS']}"
        raise DataError(f"{file}: {where}: expected {said} states, got {len(rows)}. Download it again")
    for number, words in rows:
        if len(words) != wide:
            raise DataError(f"{file}: line {number}: expected {wide} numbers, got {len(words)}")
    epoch, unit, center, points, hermite = _understood(file, head, at, wide)
    table = np.array([[text_lines.number(word) for word in words] for _, words in rows]).reshape(len(rows), wide)
    places = [f"line {number}" for number, _ in rows]
    t = epoch + table[:, 0]
    found: list[States] = []
    for part in _parts(table[:, 0], borders):
        velocity = table[part, 4:7] * unit if wide > 4 else None
        start, end = (t[part][0], t[part][-1]) if len(t[part]) else (0.0, 0.0)
        arc = States(t[part], table[part, 1:4] * unit, velocity, center, start, end, points, hermite, "UTC")
        found += parted(file, arc, places[part])
    return tuple(found)


def _understood(file: str, head: dict[str, str], at: dict[str, int], wide: int) -> tuple[float, float, int, int, bool]:
    """Epoch, unit, center and interpolation of a file. Raises `DataError` with everything that cannot be read."""
    found = []

    def refused(key: str, expected: str) -> None:
        name = key.capitalize()
        told = f"line {at[key]}: {name} is {head[key]!r}" if key in head else f"no {name} is given"
        found.append(f"{told}: expected {expected}")

    match = _EPOCH.fullmatch(head.get("SCENARIOEPOCH", ""))
    epoch = float("nan")
    if match is None or match[2].capitalize() not in text_lines.MONTHS:
        refused("SCENARIOEPOCH", "UTC like 1 Jun 2022 12:00:00.000")
    else:
        date = f"{match[3]}-{text_lines.MONTHS[match[2].capitalize()]:02d}-{int(match[1]):02d}T{match[4]}"
        epoch = float(text_lines.epochs(file, [date], "UTC", [f"line {at['SCENARIOEPOCH']}"])[0])
    unit = UNITS.get(head.get("DISTANCEUNIT", "Meters").upper())
    if unit is None:
        refused("DISTANCEUNIT", "Meters or Kilometers")
    if head.get("TIMEUNIT", "Seconds").upper() not in ("SECONDS", "SECOND", "SEC"):
        refused("TIMEUNIT", "Seconds")
    if head.get("TIMESYSTEM", "UTC").upper() not in ("UTC", "UTCG"):
        refused("TIMESYSTEM", "UTC, in which the epoch is")
    center = text_lines.center(head.get("CENTRALBODY", "Earth"))
    if center is None:
        refused("CENTRALBODY", "Earth, Moon, Sun or a planet")
    if head.get("COORDINATESYSTEM", "Fixed").upper() not in AXES:
        refused("COORDINATESYSTEM", "ICRF or J2000; others rotate. Export the file again in ICRF")
    method = head.get("INTERPOLATIONMETHOD", "Lagrange").upper()
    if method not in ("LAGRANGE", "HERMITE") or (method == "HERMITE" and wide == 4):
        refused("INTERPOLATIONMETHOD", "Lagrange, or Hermite with velocities")
    key = "INTERPOLATIONSAMPLESM1" if "INTERPOLATIONSAMPLESM1" in head else "INTERPOLATIONORDER"
    order = text_lines.number(head.get(key, "5"))
    if not 1 <= order < MOST_POINTS or order != int(order):
        refused(key, f"an integer from 1 to {MOST_POINTS - 1}")
    if found or unit is None or center is None:
        raise DataError(f"{file}: {'; '.join(found)}")
    return epoch, unit, center, int(order) + 1, method == "HERMITE"


def _parts(since: Array, borders: Sequence[float]) -> list[slice]:
    """Rows of every segment: a boundary time ends one and begins the next, and may appear twice."""
    cuts = [(0, 0)]
    for border in sorted(set(borders)):
        here = np.flatnonzero(since == border)
        if len(here) and here[0] > 0 and here[-1] < len(since) - 1:
            cuts.append((int(here[0]) + 1, int(here[-1])))
    ends = [stop for stop, _ in cuts[1:]] + [len(since)]
    return [slice(begin, end) for (_, begin), end in zip(cuts, ends, strict=True)]
