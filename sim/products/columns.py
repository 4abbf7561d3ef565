"""Tables as columns of numbers, and as files give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from sim.core.time import utc, utc_datetime64
from sim.visibility.uncertainty import SHOWN


def as_shown(columns: Mapping[str, Any], digits: Mapping[str, int]) -> dict[str, list[Any]]:
    """Columns as files give them: times (`_utc`, TDB s) as text, numbers rounded, None for what is not known.

    digits : of columns that are rounded, to how many digits
    """
    found = {name: list(column) for name, column in columns.items()}
    for name, most in digits.items():
        found[name] = [None if value != value else round(value, most) for value in np.asarray(columns[name]).tolist()]
    for name in columns:
        if name.endswith("_utc"):
            found[name] = utc(columns[name]) if len(columns[name]) else []
    for name, shown in SHOWN.items():
        found[name] = [None if value != value else shown(value) for value in np.asarray(columns[name]).tolist()]
    return found


def as_frame(columns: Mapping[str, Any], names: Iterable[str]) -> Any:
    """Columns, in the order of their names, as a pandas frame: numbers as they are, times (`_utc`) in UTC."""
    import pandas as pd

    def column(name: str) -> Any:
        return pd.DatetimeIndex(utc_datetime64(columns[name]), tz="UTC") if name.endswith("_utc") else columns[name]

    return pd.DataFrame({name: column(name) for name in names})
