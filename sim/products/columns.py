"""Tables as columns of numbers, and as files give them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.core.time import utc, utc_datetime64
from sim.visibility.result import Columns
from sim.visibility.uncertainty import SHOWN

Cell = str | float | None
"""What stands in a table's field."""

Row = dict[str, Cell]
"""One row of a table: a value per column, None for unknown."""


def as_shown(columns: Columns, digits: Mapping[str, int]) -> dict[str, list[Cell]]:
    """Columns as files give them: times (`_utc`, TDB s) as text, numbers rounded, None for what is not known.

    digits : of columns that are rounded, to how many digits
    """
    found: dict[str, list[Cell]] = {name: list(column) for name, column in columns.items()}
    for name, most in digits.items():
        rounded = np.asarray(columns[name]).tolist()
        found[name] = [None if value != value else round(value, most) + 0.0 for value in rounded]  # no -0.0
    for name in columns:
        if name.endswith("_utc"):
            found[name] = [*utc(columns[name])] if len(columns[name]) else []
    for name, shown in SHOWN.items():
        found[name] = [None if value != value else shown(value) for value in np.asarray(columns[name]).tolist()]
    return found


def as_frame(columns: Columns, names: Sequence[str]) -> Any:
    """Columns, in the order of their names, as a pandas frame: numbers as they are, times (`_utc`) in UTC."""
    import pandas as pd

    times = {name: pd.DatetimeIndex(utc_datetime64(columns[name]), tz="UTC") for name in names if name[-4:] == "_utc"}
    return pd.DataFrame({name: times.get(name, columns[name]) for name in names})
