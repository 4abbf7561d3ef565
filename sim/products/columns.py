"""Tables as columns of numbers, and as files give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.files import csv_of
from sim.core.time import utc, utc_datetime64
from sim.visibility.edge_columns import SHOWN

if TYPE_CHECKING:
    from sim.visibility.result import Columns

Cell = str | float | None
"""What stands in a table's field."""

Row = dict[str, Cell]
"""One row of a table: a value per column, None for unknown."""


def as_shown(columns: Columns, digits: Mapping[str, int]) -> dict[str, list[Cell]]:
    """Columns as files give them: times (`_utc`, TDB s) as text, numbers rounded, None for what is not known.

    digits : of columns that are rounded, to how many digits
    """
    found: dict[str, list[Cell]] = {
        name: column.tolist() if isinstance(column, np.ndarray) else list(column) for name, column in columns.items()
    }
    for name, most in digits.items():
        values = np.asarray(columns[name], dtype=np.float64)
        found[name] = rounded(values, most).tolist()
        for row in np.flatnonzero(np.isnan(values)).tolist():
            found[name][row] = None
    for name in columns:
        if name.endswith("_utc"):
            found[name] = _times(np.asarray(columns[name], dtype=np.float64))
    for name, shown in SHOWN.items() if SHOWN.keys() <= columns.keys() else ():
        found[name] = [None if value != value else shown(value) for value in np.asarray(columns[name]).tolist()]
    return found


def rounded(values: NDArray[np.float64], digits: int) -> NDArray[np.float64]:
    """Numbers rounded as Python's `round` does, without negative zeros.

    Python rounds the number itself, numpy its product with a power of ten, which is rounded too: where that may matter,
    because it is near to half an integer or has no room for a fraction, Python is asked.

    Examples
    --------
    >>> rounded(np.array([2.675, -0.0004]), 2)
    array([2.67, 0.  ])
    """
    scale = 10.0**digits
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * scale
        found = np.rint(scaled) / scale
        doubtful = np.abs(np.abs(scaled - np.trunc(scaled)) - 0.5) <= 4.0 * np.spacing(np.abs(scaled))
        doubtful |= ~(np.abs(scaled) < 2.0**52)
    for place in np.flatnonzero(doubtful & np.isfinite(values)).tolist():
        found[place] = round(float(values[place]), digits)
    found[~np.isfinite(values)] = values[~np.isfinite(values)]
    return found + 0.0


def _times(t: NDArray[np.float64]) -> list[Cell]:
    """Times as text, None where there is none."""
    known = ~np.isnan(t)
    texts = iter(utc(t[known]) if known.any() else [])
    return [next(texts) if each else None for each in known.tolist()]


def as_csv(columns: Mapping[str, Sequence[Cell]]) -> str:
    """Columns as CSV with their names as a header."""
    return csv_of(columns)


def as_frame(columns: Columns, names: Sequence[str]) -> Any:
    """Columns, in the order of their names, as a pandas frame: numbers as they are, times (`_utc`) in UTC."""
    import pandas as pd

    some = [name for name in names if name.endswith("_utc")]
    times = {name: pd.DatetimeIndex(_datetimes(np.asarray(columns[name])), tz="UTC") for name in some}
    return pd.DataFrame({name: times.get(name, columns[name]) for name in names})


def _datetimes(t: NDArray[np.float64]) -> NDArray[np.datetime64]:
    """Times in UTC as numpy has them, NaT where there is none."""
    known = ~np.isnan(t)
    found = np.full(len(t), np.datetime64("NaT"), dtype="datetime64[us]")
    found[known] = utc_datetime64(t[known]) if known.any() else found[known]
    return found
