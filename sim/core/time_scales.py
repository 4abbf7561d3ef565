"""Conversion of UTC dates to TDB seconds past J2000 and back, by ERFA."""

from __future__ import annotations

from functools import lru_cache
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
    return seconds + _tdb_minus_tt_of_many(seconds)


def tdb_minus_tt(t: ArrayLike) -> Array:
    """Return TDB − TT at the geocenter (s) at TDB or TT seconds past J2000 (…).

    Source: ERFA `dtdb`, Fairhead & Bretagnon (1990).
    """
    difference: Array = erfa.dtdb(J2000_JD, np.asarray(t) / DAY_S, 0.0, 0.0, 0.0, 0.0)
    return difference


def utc_jd(t: Array) -> tuple[Array, Array]:
    """Convert TDB seconds past J2000 (n,) to UTC as ERFA's quasi-Julian date in two parts."""
    tt = t - _tdb_minus_tt_of_many(t)
    whole = np.floor(tt / DAY_S)
    tai1, tai2, _ = erfa.ufunc.tttai(J2000_JD + whole, (tt - whole * DAY_S) / DAY_S)
    utc1, utc2, _ = erfa.ufunc.taiutc(tai1, tai2)
    return utc1, utc2


_MANY = 200
"""From so many times on that lie near each other, TDB − TT is interpolated: ERFA sums 787 terms for each time."""
_BLOCK_S, _DEGREE = 8 * DAY_S, 16


def _tdb_minus_tt_of_many(t: Array) -> Array:
    """Return `tdb_minus_tt`, interpolated where many times lie near each other."""
    near = np.size(t) >= _MANY and np.ptp(t) < _BLOCK_S * np.size(t) / (2 * _DEGREE)
    return _interpolated(t) if near else tdb_minus_tt(t)


def _interpolated(t: Array) -> Array:
    """Return `tdb_minus_tt` to 2e-14 s, from polynomials over the blocks of days that the times touch."""
    from sim.core.chebyshev import polynomials  # reading a scenario interpolates nothing

    flat = np.ravel(t)
    number = np.floor(flat / _BLOCK_S).astype(np.int64)
    blocks, which = np.unique(number, return_inverse=True)
    tables = np.array([_block(block) for block in blocks.tolist()])
    x = 2.0 * (flat / _BLOCK_S - number) - 1.0
    found: Array = np.einsum("nj,nj->n", polynomials(x, _DEGREE + 1), tables[which])
    return found.reshape(np.shape(t))


@lru_cache(maxsize=1024)
def _block(number: int) -> Array:
    """Return the Chebyshev coefficients of TDB − TT over one block of days."""
    from sim.core.chebyshev import lobatto_points, lobatto_transform

    nodes = _BLOCK_S * (number + 0.5 * (1.0 + lobatto_points(_DEGREE)))
    coefficients: Array = lobatto_transform(_DEGREE) @ tdb_minus_tt(nodes)
    return coefficients
