"""Conversion of UTC dates to TDB seconds past J2000 and back, by ERFA."""

from __future__ import annotations

from typing import TypeAlias

import erfa
import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Whole: TypeAlias = int | NDArray[np.integer]

J2000_JD = 2451545.0
DAY_S = 86400.0


def of_days(days: NDArray[np.datetime64], seconds: Array) -> float | Array:
    """Convert UTC days (`datetime64[D]`) and the seconds after their midnights (below 86,400) to TDB seconds.

    `datetime64[ns]` covers only the years 1678 to 2262; this function covers -4000 to 9999.
    """
    months = days.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(int) + 1970
    if np.any((year < -4000) | (year > 9999)):
        raise ValueError(f"expected times in the years -4000 to 9999, got the year {int(np.ravel(year)[0])}")
    minute, second = np.divmod(seconds, 60.0)
    day = (days - months.astype("datetime64[D]")).astype(int) + 1
    month, minute = months.astype(int) % 12 + 1, np.asarray(minute).astype(int)
    t = from_calendar(year, month, day, minute // 60, minute % 60, second)
    return float(t) if np.ndim(days) == 0 else t


def from_calendar(
    year: Whole, month: Whole, day: Whole, hour: Whole, minute: Whole, second: float | Array, text: str = ""
) -> Array:
    """Convert UTC calendar fields, scalars or arrays, to TDB seconds."""
    midnight = np.logical_and(hour == 24, np.logical_and(minute == 0, second == 0))  # 24:00 is the next day's 0:00
    utc1, utc2, status = erfa.ufunc.dtf2d(b"UTC", year, month, day, np.where(midnight, 0, hour), minute, second)
    wrong = {-1: "year", -2: "month", -3: "day", -4: "hour", -5: "minute", -6: "second"}
    worst = int(np.min(status))
    if worst < 0:
        raise ValueError(f"{text!r} is not a time: no such {wrong.get(worst, 'date')}")
    if np.any(status >= 2):
        raise ValueError(f"{text!r} is not a time: no leap second was inserted then")
    utc1 = utc1 + np.where(midnight, 1.0, 0.0)
    tai1, tai2, _ = erfa.ufunc.utctai(utc1, utc2)
    tt1, tt2, _ = erfa.ufunc.taitt(tai1, tai2)
    seconds: Array = (tt1 - J2000_JD) * DAY_S + tt2 * DAY_S
    return seconds + tdb_minus_tt(seconds)


def tdb_minus_tt(t: ArrayLike) -> Array:
    """Return TDB − TT at the geocenter (s) at TDB or TT seconds past J2000 (…).

    Source: ERFA `dtdb`, Fairhead & Bretagnon (1990).
    """
    difference: Array = erfa.dtdb(J2000_JD, np.asarray(t) / DAY_S, 0.0, 0.0, 0.0, 0.0)
    return difference


def utc_jd(t: Array) -> tuple[Array, Array]:
    """Convert TDB seconds past J2000 (n,) to UTC as ERFA's quasi-Julian date in two parts."""
    tt = t - tdb_minus_tt(t)
    whole = np.floor(tt / DAY_S)
    tai1, tai2, _ = erfa.ufunc.tttai(J2000_JD + whole, (tt - whole * DAY_S) / DAY_S)
    utc1, utc2, _ = erfa.ufunc.taiutc(tai1, tai2)
    return utc1, utc2
