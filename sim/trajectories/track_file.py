"""Tracks of sites that move, from CSV tables and GPX files: times, places and gaps."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.text import nearest, shown
from sim.trajectories.orbits.formats import text_lines
from sim.trajectories.waypoints import MOST_WAYPOINTS

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

Array = NDArray[np.float64]

MOST_BYTES = 64 << 20
"""Largest track (bytes)."""

BOUNDS = {"latitude_deg": (-90.0, 90.0), "longitude_deg": (-180.0, 360.0), "height_m": (-12_000.0, 100_000.0)}
"""Columns of numbers, and what they may be."""

_CLOCKS = {"time": "UTC", "utc": "UTC", "tdb": "TDB"}
_ALMOST = ("lat", "lon", "lng", "height", "alt", "ele", "gap")
"""Beginnings of columns that are refused if they do not name their unit; other columns are not read."""


@dataclass(frozen=True)
class Track:
    """Waypoints as a file gives them, n in all.

    Attributes
    ----------
    time : ndarray
        (n,) TDB s.
    latitude_deg, longitude_deg, height_m : ndarray
        (n,) each.
    gap : ndarray
        Whether nothing is known of the way from the waypoint before: (n,) bool.
    places : sequence of str
        Where each stands in the file, for messages: `line 5`.
    """

    time: Array
    latitude_deg: Array
    longitude_deg: Array
    height_m: Array
    gap: NDArray[np.bool_]
    places: Sequence[str]


def read_track(file: str) -> Track:
    """Read a track from a file: GPX if its name ends so, else CSV.

    Raises
    ------
    DataError
        With the file, the line or point, and what was expected.
    """
    path = Path(file)
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise DataError(f"{file}: expected at most {MOST_BYTES >> 20} MiB, got {path.stat().st_size >> 20} MiB")
    lines = text_lines.lines(file)
    track = _gpx(file, "\n".join(lines)) if path.suffix.lower() == ".gpx" else _csv(file, lines)
    if len(track.time) > MOST_WAYPOINTS:
        raise DataError(
            f"{file}: expected at most {MOST_WAYPOINTS:,} waypoints, got {len(track.time):,}. "
            "Keep every tenth, or as many as the way needs: between waypoints it is a great circle"
        )
    for name, (least, most) in BOUNDS.items():
        values = getattr(track, name)
        wrong = np.flatnonzero(~((values >= least) & (values <= most)))
        if len(wrong):
            where, got = track.places[wrong[0]], values[wrong[0]]
            told = "something else" if np.isnan(got) else f"{got:g}"
            raise DataError(f"{file}: {where}: expected {name} to be a number from {least:g} to {most:g}, got {told}")
    return track


def _csv(file: str, lines: Sequence[str]) -> Track:
    kept = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and line.lstrip()[0] != "#"]
    if not kept:
        raise DataError(f"{file} contains only comments. Give a header and a row for each waypoint")
    names = [name.strip() for name in _cells(file, *kept[0])]
    clock, columns = _columns(f"{file}: line {kept[0][0]}", names)
    rows = [(n, _cells(file, n, line)) for n, line in kept[1:]]
    for n, cells in rows:
        if len(cells) != len(names):
            raise DataError(f"{file}: line {n}: expected {len(names)} cells as in the header, got {len(cells)}")
    places = [f"line {n}" for n, _ in rows]
    t = text_lines.epochs(file, [cells[names.index(clock)].strip() for _, cells in rows], _CLOCKS[clock], places)
    numbers = {
        name: np.array([text_lines.number(cells[columns[name]]) for _, cells in rows])
        if name in columns
        else np.zeros(len(rows))
        for name in BOUNDS
    }
    gap = [_flag(file, n, cells[columns["gap"]]) if "gap" in columns else False for n, cells in rows]
    return Track(t, **numbers, gap=np.array(gap, dtype=bool), places=places)


def _cells(file: str, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error as error:
        raise DataError(f"{file}: line {number}: {error}") from error


def _columns(where: str, names: list[str]) -> tuple[str, dict[str, int]]:
    """The column of times, and the numbers of the others."""
    clocks = [name for name in names if name in _CLOCKS]
    if len(clocks) != 1:
        raise DataError(
            f"{where}: expected a header with one column time (UTC), utc or tdb, got {','.join(names)[:200]}"
        )
    known = [*BOUNDS, "gap"]
    for name in names:
        if name not in known and name.lower().startswith(_ALMOST):
            raise DataError(f"{where}: unknown column {shown(name)}.{nearest(name, known) or f' Expected {known}'}")
    for name in known:
        if names.count(name) > 1:
            raise DataError(f"{where}: the column {name} appears {names.count(name)} times. Keep one")
    if missing := [name for name in ("latitude_deg", "longitude_deg") if name not in names]:
        raise DataError(f"{where}: expected a column {missing[0]}, got {','.join(names)[:200]}")
    return clocks[0], {name: names.index(name) for name in known if name in names}


def _flag(file: str, line: int, text: str) -> bool:
    word = text.strip().lower()
    if word not in ("", "true", "false", "1", "0"):
        raise DataError(f"{file}: line {line}: expected gap to be true or false, got {shown(text)}")
    return word in ("true", "1")


def _gpx(file: str, text: str) -> Track:
    """The track points of a GPX file; without any, its route points. Source: GPX 1.1, www.topografix.com/GPX/1/1.

    A new segment means that reception was lost: a gap. A segment of one point lasts no time, and is left out.
    """
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(text.encode(), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise DataError(f"{file} cannot be read as GPX: {error}") from error
    segments = [list(_points(each, "trkpt")) for each in root.iter() if _tag(each) == "trkseg"]
    segments = segments or [list(_points(each, "rtept")) for each in root.iter() if _tag(each) == "rte"]
    numbered, count = list[tuple[int, bool, "Element"]](), 0
    for points in segments:
        numbered += [(count + i + 1, i == 0, point) for i, point in enumerate(points) if len(points) > 1]
        count += len(points)
    if not numbered:
        raise DataError(f"{file}: expected at least one trkseg with two trkpt, or a rte with two rtept, got none")
    places = [f"point {number}" for number, _, _ in numbered]
    texts = [_inside(file, place, point, "time") for place, (_, _, point) in zip(places, numbered, strict=True)]
    angles = [[text_lines.number(point.get(key, "")) for key in ("lat", "lon")] for _, _, point in numbered]
    heights = [text_lines.number(_text(point, "ele") or "0") for _, _, point in numbered]
    gap = np.array([first for _, first, _ in numbered])
    gap[0] = False
    latitude, longitude = np.array(angles).T
    return Track(text_lines.epochs(file, texts, "UTC", places), latitude, longitude, np.array(heights), gap, places)


def _points(holder: Element, name: str) -> Iterator[Element]:
    return (each for each in holder if _tag(each) == name)


def _tag(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(point: Element, name: str) -> str:
    return next(((each.text or "").strip() for each in point if _tag(each) == name), "")


def _inside(file: str, place: str, point: Element, name: str) -> str:
    if not (found := _text(point, name)):
        raise DataError(f"{file}: {place} has no <{name}>: a track needs the time of every point")
    return found
