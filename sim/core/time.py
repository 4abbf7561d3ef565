"""UTC outside, TDB seconds past J2000 inside.

`tdb` and `utc` are the border: ISO text, aware datetimes, datetime64, pandas and astropy Times on one side, `float64`
seconds on the other. Everything public that takes times takes what `tdb` takes: it converts them once, by `instant`
(one) or `instants` (any number), and all that lies behind works on floats. Leap seconds and TDB − TT come from ERFA.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core import utc_calendar
from sim.core.arguments import given
from sim.core.quantities import number

Array = NDArray[np.float64]
J2000_JD = 2451545.0
DAY_S = 86400.0
EDGE_S = 1e-4
"""Times closer together than this are one instant to the tables (s)."""

FIRST_S, LAST_S = -1.89342e11, 2.52456e11
"""Some days before the year -4000 and after the year 9999: there is no calendar before, and dates of four digits end.
Numbers beyond count something else than seconds."""

_ENDLESS = 10**300
"""A whole number of more digits is no float; it counts as this, which is as wrong."""

MOST_TIMES = 100_000_000
"""A grid of more times is refused: each array of numbers over it would take more than 800 MB."""


def tdb(when: Any) -> Any:
    """TDB seconds past J2000 of an instant, or of an array of them.

    Parameters
    ----------
    when : numbers (TDB seconds already), ISO 8601 text with `Z` or an offset (calendar or day-of-year dates), aware
           `datetime`s, pandas timestamps, series and indexes, `datetime64` and astropy `Time`s, one or an array of any
           shape, or a list of these

    Returns
    -------
    A float, or an array of the shape that was given.

    Raises
    ------
    TypeError, for what is no instant: dates, durations, quantities, booleans.
    ValueError, for a time that does not exist, is missing (NaN, NaT, masked) or lies outside the years -4000 to 9999.

    Notes
    -----
    An instant needs a time zone: text, `datetime` and `Timestamp` without one are refused. `datetime64` cannot have
    one and is UTC by definition here, and so is what pandas keeps as `datetime64` (a series or index without a zone).
    Good to 10 µs (TDB − TT at the geocenter). Source: SOFA/ERFA `dtf2d`, `utctai`, `taitt`, `dtdb`.
    """
    if type(when) is float or (isinstance(when, np.floating | np.integer) and when.dtype.kind != "m"):
        return _plausible(float(when))
    if isinstance(when, str):
        return float(_from_calendar(*utc_calendar.parsed(when), text=when))
    if isinstance(when, dt.datetime):
        return _from_datetime(when)
    if hasattr(when, "jd1") and hasattr(when, "scale"):  # astropy's, duck-typed: importing it costs 0.5 s
        return _from_astropy(when)
    if isinstance(when, int | float) and not isinstance(when, bool):
        return _plausible(float(max(min(when, _ENDLESS), -_ENDLESS)) if isinstance(when, int) else float(when))
    if isinstance(when, list | tuple):
        plain = all(type(each) is float for each in when)
        return _plausible(np.array(when, float)) if plain else np.array([tdb(each) for each in when], float)
    return _from_array(when)


def instant(when: Any) -> float:
    """TDB seconds past J2000 of one instant: of anything that `tdb` takes but an array.

    Raises what `tdb` does, and `TypeError` for an array.
    """
    t = tdb(when)
    if np.ndim(t):
        raise TypeError(f"expected one instant, got {np.size(t)} of them")
    return float(t)


def instants(when: Any) -> Array:
    """TDB seconds past J2000 as an array (...), of anything that `tdb` takes.

    An array of floats is handed on as it is, unchecked: what moves is asked so millions of times.
    """
    if type(when) is np.ndarray and when.dtype == np.float64:
        return when
    return np.asarray(tdb(when), dtype=float)


def utc(t: Any, digits: int = 3) -> Any:
    """ISO 8601 text of TDB seconds: `2019-01-03T02:26:00.000Z`.

    t       : one time or an array of them: TDB seconds past J2000, or anything else that `tdb` takes
    returns : text, or a list of n texts (of lists, for more dimensions); a leap second reads 23:59:60

    Raises what `tdb` does, and `ValueError` for infinity.
    """
    given(digits, int, "utc, digits")
    if not 0 <= digits <= 9:
        raise ValueError(f"expected 0 to 9 digits of a second, got {digits}")
    array = _dated(t)
    if array.ndim > 1:
        return [utc(row, digits) for row in array]
    year, month, day, clock, _ = erfa.ufunc.d2dtf(b"UTC", digits, *_utc_parts(np.atleast_1d(array)))
    texts = []
    for y, m, d, c in zip(year, month, day, clock, strict=True):
        fraction = f".{c['f']:0{digits}d}" if digits else ""
        texts.append(f"{y:0{4 + (y < 0)}d}-{m:02d}-{d:02d}T{c['h']:02d}:{c['m']:02d}:{c['s']:02d}{fraction}Z")
    return texts[0] if array.ndim == 0 else texts


def utc_datetime64(t: Any) -> NDArray[np.datetime64]:
    """UTC as datetime64[us], for plots and data frames; a leap second reads as the next midnight.

    t : TDB seconds past J2000, or anything else that `tdb` takes: () or (...)
    returns : (1,) of one time, else the shape that was given
    """
    t = _dated(t)
    array = np.atleast_1d(t)
    year, month, day, clock, _ = erfa.ufunc.d2dtf(b"UTC", 6, *_utc_parts(array))
    date = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1).astype("timedelta64[M]")
    date = date.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    micro = ((clock["h"] * 60 + clock["m"]) * 60 + clock["s"]).astype(np.int64) * 1_000_000 + clock["f"]
    result: NDArray[np.datetime64] = date.astype("datetime64[us]") + micro.astype("timedelta64[us]")
    return result.reshape(np.shape(t)) if np.ndim(t) else result


def _dated(t: Any) -> Array:
    """TDB seconds past J2000 as an array, each of which has a date."""
    array = np.asarray(tdb(t), dtype=float)
    if not np.isfinite(array).all():
        raise ValueError("expected a time with a date, got infinity")
    return array


def utc_jd(t: Array) -> tuple[Array, Array]:
    """UTC as ERFA's quasi Julian date in two parts, of TDB seconds (n,)."""
    return _utc_parts(t)


@dataclass(frozen=True, init=False)
class Span:
    """The searched interval of time, [start, end] in TDB seconds past J2000.

    Span("2019-01-03T00:00:00Z", days=28), Span(start, end): each end is any one instant that `tdb` takes.
    """

    start: float
    end: float

    def __init__(self, start: Any, end: Any = None, *, days: float | None = None) -> None:
        if (end is None) == (days is None):
            raise TypeError("a span needs a start and either an end or a number of days")
        first = instant(start)
        last = instant(end) if end is not None else first + number(days, "day", "a number of days") * DAY_S
        if not (np.isfinite(first) and np.isfinite(last)) or last <= first:
            raise ValueError(f"a span must end after it starts, got {first} to {last} s")
        object.__setattr__(self, "start", first)
        object.__setattr__(self, "end", last)

    @property
    def duration_s(self) -> float:
        return self.end - self.start

    @property
    def days(self) -> float:
        return self.duration_s / DAY_S

    def padded(self, seconds: float) -> Span:
        """The span with so many seconds more on both sides."""
        seconds = number(seconds, "s", "a number of seconds")
        return Span(self.start - seconds, self.end + seconds)

    def grid(self, step_s: float) -> Array:
        """Times from start to end, evenly spaced, at most `step_s` apart, both ends included.

        Raises `ValueError` for a step that is not above 0, and for more than `MOST_TIMES` times.
        """
        step_s = number(step_s, "s", "a step in seconds")
        if not step_s > 0.0:
            raise ValueError(f"expected a step above 0 s, got {step_s:g} s")
        count = np.ceil(self.duration_s / step_s) + 1
        if count > MOST_TIMES:
            raise ValueError(
                f"{self.days:,.0f} days at {step_s:g} s are {count:.1e} times, {count * 8e-6:,.0f} MB for each number: "
                f"at most {MOST_TIMES:.0e} are taken on. Choose a longer step or a shorter span"
            )
        return np.linspace(self.start, self.end, max(2, int(count)))

    def __repr__(self) -> str:
        return f"<Span {utc(self.start, 0)} to {utc(self.end, 0)}, {self.days:g} days>"


def _plausible(t: Any) -> Any:
    """Numbers as TDB seconds. Raises `ValueError` for NaN, and for nanoseconds and the like."""
    if np.isnan(t).any():
        raise ValueError("expected a time, got NaN: a time is missing")
    outside = np.isfinite(t) & ((np.asarray(t) < FIRST_S) | (np.asarray(t) > LAST_S))
    if outside.any():
        far = float(np.ravel(t)[np.argmax(np.ravel(outside))])
        raise ValueError(
            f"numbers are TDB seconds past J2000: {far:.6g} s lie outside the years -4000 to 9999. Are they "
            "nanoseconds or milliseconds? Give datetime64, text, datetimes or astropy Times instead"
        )
    return t


def _from_datetime(when: dt.datetime) -> float:
    if when != when:  # pandas' NaT says it is a datetime
        raise ValueError("expected a time, got NaT: a time is missing")
    t = float(_from_calendar(*utc_calendar.of_datetime(when), text=when.isoformat()))
    return t + getattr(when, "nanosecond", 0) * 1e-9  # of a pandas Timestamp


def _from_astropy(when: Any) -> Any:
    """Of an astropy Time; a TimeDelta is a duration, though it too may be in TDB."""
    if not hasattr(type(when), "sidereal_time"):
        raise _no_instant(when)
    if np.any(getattr(when, "mask", False)):
        raise ValueError("expected a time, got an astropy Time that is masked: a time is missing")
    try:
        scaled = when.tdb
    except Exception as error:  # astropy's ScaleValueError is no ValueError
        raise ValueError(f"expected a time, got an astropy Time in the scale {when.scale!r}: {error}") from error
    t = (np.asarray(scaled.jd1) - J2000_JD) * DAY_S + np.asarray(scaled.jd2) * DAY_S
    return _plausible(float(t) if np.ndim(t) == 0 else t)


def _from_array(when: Any) -> Any:
    """Of numpy's arrays, and of what can be one: pandas' series and indexes."""
    if hasattr(when, "to_value"):
        raise _no_instant(when)  # a Quantity: as an array it would lose its unit
    mask = getattr(when, "mask", False)
    if not callable(mask) and np.any(mask):  # pandas has a method of that name
        raise ValueError("expected times, got a masked array: a time is missing")
    zoned = getattr(getattr(when, "dtype", None), "tz", None) is not None
    array = np.asarray(when, dtype="datetime64[ns]" if zoned else None)  # pandas' conversion is to UTC
    if array.dtype.kind == "M":
        return _from_datetime64(array)
    if array.dtype.kind in "fiu":
        t = _plausible(array.astype(float))
        return float(t) if t.ndim == 0 else t
    if array.dtype.kind in "UO" and (array.ndim or array.item() is not when):
        found = [tdb(each) for each in array.ravel().tolist()]
        return np.array(found, dtype=float).reshape(array.shape) if array.ndim else found[0]
    raise _no_instant(when)


def _no_instant(when: Any) -> TypeError:
    told = repr(when)
    return TypeError(
        "expected an instant (TDB seconds, ISO text with Z, an aware datetime, datetime64, a pandas timestamp or an "
        f"astropy Time), got {type(when).__name__}: {told if len(told) <= 80 else told[:79] + '…'}"
    )


def _from_datetime64(when: NDArray[Any]) -> Any:
    if np.isnat(when).any():
        raise ValueError("expected a time, got NaT: a time is missing")
    if np.datetime_data(when.dtype)[0] in ("ps", "fs", "as"):
        when = when.astype("datetime64[ns]")
    seconds = (when - when.astype("datetime64[D]")).astype("timedelta64[ns]").astype(np.int64) * 1e-9
    return of_days(when.astype("datetime64[D]"), seconds)


def of_days(days: NDArray[Any], seconds: Any) -> Any:
    """TDB seconds past J2000 of UTC days (datetime64[D]) and seconds after their midnights, below 86,400.

    Unlike datetime64 in nanoseconds, which ends in 1678 and 2262, it holds for the years -4000 to 9999.
    """
    months = days.astype("datetime64[M]")
    year = months.astype("datetime64[Y]").astype(int) + 1970
    if np.any((year < -4000) | (year > 9999)):
        raise ValueError(f"expected times in the years -4000 to 9999, got the year {int(np.ravel(year)[0])}")
    minute, second = np.divmod(seconds, 60.0)
    day = (days - months.astype("datetime64[D]")).astype(int) + 1
    month, minute = months.astype(int) % 12 + 1, minute.astype(int)
    t = _from_calendar(year, month, day, minute // 60, minute % 60, second)
    return float(t) if np.ndim(days) == 0 else t


def _from_calendar(year: Any, month: Any, day: Any, hour: Any, minute: Any, second: Any, text: str = "") -> Any:
    """TDB seconds of UTC calendar fields, one or many."""
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
    seconds = (tt1 - J2000_JD) * DAY_S + tt2 * DAY_S
    return seconds + tdb_minus_tt(seconds)


def tdb_minus_tt(t: Any) -> Any:
    """TDB − TT at the geocenter (s), of TDB or TT seconds past J2000.

    Source: ERFA `dtdb`, Fairhead & Bretagnon (1990).
    """
    return erfa.dtdb(J2000_JD, np.asarray(t) / DAY_S, 0.0, 0.0, 0.0, 0.0)


def _utc_parts(t: Array) -> tuple[Array, Array]:
    tt = t - tdb_minus_tt(t)
    whole = np.floor(tt / DAY_S)
    tai1, tai2, _ = erfa.ufunc.tttai(J2000_JD + whole, (tt - whole * DAY_S) / DAY_S)
    utc1, utc2, _ = erfa.ufunc.taiutc(tai1, tai2)
    return utc1, utc2
