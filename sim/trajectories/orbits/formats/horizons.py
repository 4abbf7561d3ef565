"""Vector tables as JPL Horizons prints them. Source: the Horizons manual, ssd.jpl.nasa.gov/horizons/manual.html."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.time import DAY_S, J2000_JD
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.orbits.formats.arc_borders import parted
from sim.trajectories.orbits.formats.file_orbit import Arc, FromFile
from sim.trajectories.orbits.formats.state_table import ECLIPTIC_J2000, POINTS, POSITIONS, States

Array = NDArray[np.float64]

UNITS = {"KM-S": (1.0, 1.0), "KM-D": (1.0, 1.0 / DAY_S), "AU-D": (text_lines.AU_KM, text_lines.AU_KM / DAY_S)}
"""Kilometers, and kilometers a second, in the units that Horizons offers."""

_AGREE_S = 1e-3
"""Horizons prints each time twice, to 86 and to 50 µs."""
_FIRST_UTC_S = -1.2e9
"""Horizons' UT is UTC from 1962 on, and UT1 before."""

_DATE = re.compile(r"A\.D\. (\d{4})-([A-Z][a-z]{2})-(\d\d) (\d\d:\d\d(?::\d\d(?:\.\d+)?)?)")
_VALUE = re.compile(r"\b(VX|VY|VZ|X|Y|Z)\s*=\s*(\S+)")
_NAMES = ("X", "Y", "Z", "VX", "VY", "VZ")


class Horizons(FromFile):
    """Motion read from a Horizons vector table, plain or CSV, in km or au, TDB or UT: text with its header, or JSON.

    JSON is an answer of its API. States are geometric, relative to a body's center or a barycenter, in axes of ICRF or
    of the ecliptic of J2000, and are interpolated by a Hermite polynomial through six states and their velocities.
    """

    kind: Literal["horizons"] = "horizons"

    def read(self, file: str) -> Sequence[Arc]:
        """Read the table of a file."""
        text_lines.lines(file)
        about = Path(file).stat()
        return _read(file, about.st_mtime_ns, about.st_size)


@lru_cache(maxsize=8)
def _read(file: str, changed: int, size: int) -> tuple[States, ...]:
    lines = _lines(file)
    marks = [[i for i, line in enumerate(lines) if line.strip() == mark] for mark in ("$$SOE", "$$EOE")]
    if not marks[0]:
        raise DataError(f"{file}: expected a Horizons table with a line $$SOE")
    begin = marks[0][0] + 1
    if not marks[1] or marks[1][0] < begin:
        raise DataError(f"{file}: the table ends at line {len(lines)} without $$EOE: it is cut off. Download it again")
    end = marks[1][0]
    head, at = _header(lines[: begin - 1])
    length, speed, turn, center, scale = _understood(file, head, at)
    columns = next((line for line in reversed(lines[: begin - 1]) if re.match(r"\s*JD\w*\s*,", line)), None)
    if columns is not None:
        rows, numbers = _comma_rows(file, columns, lines, begin, end)
    else:
        rows, numbers = _plain_rows(lines, begin, end)
    places = [f"line {number}" for number in numbers]
    if not rows:
        raise DataError(f"{file}: the table between $$SOE and $$EOE is empty. Download it again")
    t = _times(file, [row[0] for row in rows], scale, places)
    table = np.array([[text_lines.number(row[1].get(name, "nan")) for name in _NAMES] for row in rows])
    without = all("VX" not in row[1] for row in rows)
    position, velocity = table[:, :3] * length @ turn.T, table[:, 3:] * speed @ turn.T
    points = POSITIONS if without else POINTS
    arc = States(t, position, None if without else velocity, center, t[0], t[-1], points, not without)
    return parted(file, arc, places)


def _lines(file: str) -> list[str]:
    """The lines of a table; for JSON from the API, those of its `result`. Raises `DataError`."""
    lines = text_lines.lines(file)
    if not lines[0].lstrip("\ufeff \t").startswith("{"):
        return lines
    try:
        answer = json.loads("\n".join(lines))
    except (ValueError, RecursionError) as error:
        told = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise DataError(f"{file} is not readable JSON: {told}. Download it again") from error
    if isinstance(answer.get("error"), str):
        message = " ".join(answer["error"].split())[:200]
        raise DataError(f"{file} contains an error message of Horizons instead of a table: {message}")
    if not isinstance(answer.get("result"), str):
        raise DataError(f"{file}: expected an answer of the Horizons API with a text 'result'")
    return str(answer["result"]).splitlines() or [""]


def _header(lines: Sequence[str]) -> tuple[dict[str, str], dict[str, int]]:
    """Keys and values of the header, and the line of each."""
    head, at = {}, {}
    for number, line in enumerate(lines, 1):
        key, colon, value = line.partition(":")
        if colon and (key := " ".join(key.split()).lower()) not in head:
            head[key], at[key] = value.split("{")[0].strip(), number
    return head, at


def _understood(file: str, head: Mapping[str, str], at: Mapping[str, int]) -> tuple[float, float, Array, int, str]:
    """Units, axes, center and time scale of a table. Raises `DataError` with everything that cannot be read."""
    found = []

    def asked(key: str, expected: str, good: bool, needed: bool = True) -> None:
        if key in head and not good:
            found.append(f"line {at[key]}: {key.capitalize()} is {head[key]!r}: expected {expected}")
        elif key not in head and needed:
            found.append(f"the header has no line {key.capitalize()!r}. Save the table with its header")

    units = head.get("output units", "").split(",")[0].strip().upper()
    asked("output units", ", ".join(UNITS), units in UNITS)
    kind = head.get("output type", "")
    asked("output type", "GEOMETRIC cartesian states, without light time", "GEOMETRIC" in kind.upper(), needed=False)
    body = re.search(r"\((-?\d+)\)\s*$", head.get("center body name", ""))
    center = text_lines.center(body[1]) if body and not body[1].startswith("-") else None
    asked("center body name", "a body with its number, such as Moon (301)", center is not None)
    site = head.get("center-site name", "").upper()
    central = site in ("BODY CENTER", "BODYCENTRIC", "GEOCENTRIC")
    asked("center-site name", "BODY CENTER. Request the center 500@301, not a site", central, needed=False)
    frame, system = head.get("reference frame", "").lower(), head.get("coordinate systm", "").lower()
    ecliptic = "ecliptic" in frame or "ecliptic" in system
    known = ("icrf" in frame or "j2000" in frame) and not re.search(r"b1950|fk4|body|iau_", frame + system)
    asked("reference frame", "ICRF or Ecliptic of J2000.0", known)
    start = head.get("start time", "TDB").split()
    scale = {"TDB": "TDB", "CT": "TDB", "UT": "UTC", "UTC": "UTC", "TT": "TT"}.get(start[-1] if start else "")
    asked("start time", "a time of TDB or UT", scale is not None, needed=False)
    if found or center is None:
        raise DataError(f"{file}: {'; '.join(found)}")
    turn = ECLIPTIC_J2000 if ecliptic else np.eye(3)
    return *UNITS[units], turn, center, scale or "TDB"


Row = tuple[str, dict[str, str]]


def _comma_rows(file: str, columns: str, lines: Sequence[str], begin: int, end: int) -> tuple[list[Row], list[int]]:
    """Rows of a CSV table: the time, and the values by name."""
    names = [name.strip() for name in columns.split(",")]
    if any(name not in names for name in _NAMES[:3]):
        raise DataError(f"{file}: expected the columns X, Y and Z before $$SOE. Request a vector table")
    rows, numbers = [], []
    for number in range(begin, end):
        if not lines[number].strip():
            continue
        cells = [cell.strip() for cell in lines[number].split(",")]
        values = {name: cells[i] for i, name in enumerate(names) if name in _NAMES and i < len(cells)}
        missing = {name: "nan" for name in _NAMES[: 6 if "VX" in names else 3]}
        rows.append((" = ".join(cells[:2]), {**missing, **values}))
        numbers.append(number + 1)
    return rows, numbers


def _plain_rows(lines: Sequence[str], begin: int, end: int) -> tuple[list[Row], list[int]]:
    """Rows of a labeled table: a line with the time, then lines such as `X = 1.0E+05 Y =-2.0E+05`."""
    rows: list[Row] = []
    numbers = []
    for number in range(begin, end):
        line = lines[number]
        if values := _VALUE.findall(line):
            if rows:
                rows[-1][1].update(values)
        elif re.match(r"\s*-?\d+(\.\d*)?\s*=", line) or "A.D." in line or "B.C." in line:
            rows.append((line.strip(), {}))
            numbers.append(number + 1)
    fast = any("VX" in values for _, values in rows)
    names = _NAMES if fast else _NAMES[:3]
    return [(time, {**dict.fromkeys(names, "nan"), **values}) for time, values in rows], numbers


def _times(file: str, rows: Sequence[str], scale: str, places: Sequence[str]) -> Array:
    """TDB seconds of the dates. They must agree with the Julian dates beside them."""
    dates, days = [], []
    for text, place in zip(rows, places, strict=True):
        match = _DATE.search(text)
        if match is None or match[2] not in text_lines.MONTHS:
            raise DataError(f"{file}: {place}: expected a date like A.D. 2019-Jan-03 00:00:00.0000, got {text[:60]!r}")
        clock = match[4] if match[4].count(":") == 2 else match[4] + ":00"
        dates.append(f"{match[1]}-{text_lines.MONTHS[match[2]]:02d}-{match[3]}T{clock}")
        days.append(text_lines.number(text.split("=")[0].strip()))
    t = text_lines.epochs(file, dates, scale, places)
    if scale == "UTC" and t[0] < _FIRST_UTC_S:
        raise DataError(f"{file}: {places[0]}: UT before 1962 is UT1. Request TDB")
    julian = (np.array(days) - J2000_JD) * DAY_S
    said = text_lines.epochs(file, dates, "TDB", places) if scale == "UTC" else t
    if len(bad := np.flatnonzero(~(np.abs(julian - said) < (_AGREE_S if scale != "TT" else 1.0)))):
        raise DataError(f"{file}: {places[bad[0]]}: the date and the Julian date differ. Check for a wrong digit")
    return t
