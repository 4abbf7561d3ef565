"""Tables as columns of numbers, and as files give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.files import csv_text
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
        rounded = np.asarray(columns[name]).tolist()
        found[name] = [None if value != value else round(value, most) + 0.0 for value in rounded]  # no -0.0
    for name in columns:
        if name.endswith("_utc"):
            found[name] = _times(np.asarray(columns[name], dtype=np.float64))
    for name, shown in SHOWN.items() if SHOWN.keys() <= columns.keys() else ():
        found[name] = [None if value != value else shown(value) for value in np.asarray(columns[name]).tolist()]
    return found


def _times(t: NDArray[np.float64]) -> list[Cell]:
    """Times as text, None where there is none."""
    known = ~np.isnan(t)
    texts = iter(utc(t[known]) if known.any() else [])
    return [next(texts) if each else None for each in known.tolist()]


def as_csv(columns: Mapping[str, Sequence[Cell]]) -> str:
    """Columns as CSV with their names as a header."""
    return csv_text(tuple(columns), zip(*columns.values(), strict=True))


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
