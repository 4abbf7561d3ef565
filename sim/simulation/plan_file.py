"""Reads the windows of a contact plan from its CSV table."""

from __future__ import annotations

import csv
import io
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.regular_files import read_bytes
from sim.core.text import shown
from sim.core.time import tdb
from sim.visibility.routes import hop_read

Array = NDArray[np.float64]

MAX_BYTES = 256 << 20
"""Largest contact plan (bytes)."""


def read_plan(path: Path) -> dict[str, Array]:
    """The windows of a contact plan, (n, 2) TDB s by name, from its columns of, start_utc and end_utc.

    Raises `DataError` with the line.
    """
    raw = read_bytes(path, MAX_BYTES)
    try:
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
        absent = {"of", "start_utc", "end_utc"} - set(reader.fieldnames or ())
        if absent:
            raise DataError(f"{path} is not a contact plan: missing column {', '.join(sorted(absent))}")
        rows = [(reader.line_num, hop_read(row["of"] or ""), row["start_utc"], row["end_utc"]) for row in reader]
        if short := next((line for line, *cells in rows if not all(cells)), None):
            raise DataError(f"{path} line {short}: a cell of the columns of, start_utc or end_utc is empty")
        edges = tdb([edge for row in rows for edge in row[2:]]) if rows else np.empty(0)
    except (UnicodeDecodeError, csv.Error, ValueError, TypeError) as error:
        raise DataError(f"{path} cannot be read as a contact plan: {error}") from error
    bounds = np.asarray(edges, dtype=float).reshape(-1, 2)
    if len(wrong := np.flatnonzero(~(bounds[:, 0] <= bounds[:, 1]))):
        raise DataError(f"{path} line {rows[wrong[0]][0]}: expected a window that starts before it ends")
    named: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        named.setdefault(row[1], []).append(index)
    for name, indices in named.items():
        order = sorted(indices, key=lambda index: (bounds[index, 0], bounds[index, 1]))
        for before, after in pairwise(order):
            if bounds[after, 0] < bounds[before, 1]:
                lines = f"lines {rows[before][0]} and {rows[after][0]}"
                raise DataError(f"{path} {lines}: expected windows of {shown(name)} that do not overlap")
    return {name: bounds[indices] for name, indices in named.items()}
