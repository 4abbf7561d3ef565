"""Reads the tracks of a schedule from its CSV table."""

from __future__ import annotations

import csv
from pathlib import Path

from sim.core.errors import DataError
from sim.core.regular_files import read_bytes
from sim.core.text import shown
from sim.core.time import instant
from sim.planning.schedule.request import Track

MOST_BYTES = 64_000_000
"""Largest table of tracks (bytes)."""
COLUMNS = (
    "request", "mission", "antennas", "start_utc", "end_utc", "duration_s", "occupied_from_utc", "occupied_to_utc",
    "pinned",
)  # fmt: skip
"""Columns of the table; antennas that track together are joined by +."""
_NEEDED = tuple(name for name in COLUMNS if name not in ("duration_s", "pinned"))
_TIMES = tuple(name for name in COLUMNS if name.endswith("_utc"))
_MOST_FAULTS = 50


def read_tracks(path: Path) -> tuple[Track, ...]:
    """The tracks of a table, in its order. Raises `DataError` with all that is wrong with it."""
    raw = read_bytes(path, MOST_BYTES)
    try:
        text = raw.decode("utf-8-sig")
        rows = csv.DictReader(text.splitlines(), strict=True)
        if absent := [name for name in _NEEDED if name not in (rows.fieldnames or ())]:
            raise DataError(f"{path} is no table of tracks: missing column {', '.join(absent)}")
        found, faults = [], []
        for row in rows:
            try:
                found.append(_track(row))
            except ValueError as error:
                faults.append(f"{path}: line {rows.line_num}: {error}")
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read as a table of tracks: {error}") from error
    if faults:
        more = f"\n… and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
        raise DataError("\n".join(faults[:_MOST_FAULTS]) + more)
    return tuple(found)


def _track(row: dict[str, str | None]) -> Track:
    times = []
    for name in _TIMES:
        try:
            times.append(instant(row[name] or ""))
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from error
    start, end, first, last = times
    if not first <= start < end <= last:
        raise ValueError("expected occupied_from_utc <= start_utc < end_utc <= occupied_to_utc")
    names = {key: (row[key] or "").strip() for key in ("request", "mission", "antennas")}
    if empty := [key for key, value in names.items() if not value]:
        raise ValueError(f"{empty[0]}: expected a name, got {shown('')}")
    return Track(names["request"], names["mission"], tuple(names["antennas"].split("+")), start, end, first, last)
