"""Types of values that come from users and files: TOML, JSON, and times in every form that `tdb` converts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:  # reading a TOML file does not load numpy
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""A value of a JSON file."""

JsonTable: TypeAlias = dict[str, JsonValue]
"""A JSON object."""

TomlValue: TypeAlias = (
    "bool | int | float | str | dt.datetime | dt.date | dt.time | list[TomlValue] | dict[str, TomlValue]"
)
"""A value of a TOML file."""

TomlTable: TypeAlias = dict[str, TomlValue]
"""A TOML table."""


class AstropyTime(Protocol):
    """What `tdb` reads of an `astropy.time.Time`."""

    @property
    def jd1(self) -> float | NDArray[np.float64]: ...
    @property
    def jd2(self) -> float | NDArray[np.float64]: ...
    @property
    def scale(self) -> str: ...
    @property
    def tdb(self) -> AstropyTime: ...


if TYPE_CHECKING:
    OneTime: TypeAlias = float | str | dt.datetime | np.datetime64 | np.floating | np.integer
    """One time that `tdb` converts."""

    TimeLike: TypeAlias = (
        OneTime
        | AstropyTime
        | NDArray[np.float64]
        | NDArray[np.integer]
        | NDArray[np.datetime64]
        | NDArray[np.object_]
        | pd.DatetimeIndex
        | pd.Series[pd.Timestamp]
        | Sequence["TimeLike"]
    )
    """One time, or an array of times, that `tdb` converts."""
else:  # what a function is given is checked where it is converted, with messages about times
    OneTime = TimeLike = object
