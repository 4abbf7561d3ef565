"""Conversion between UTC, as users write times, and TDB seconds past J2000, as the package computes with them.

Every public function that takes times accepts what `tdb` accepts. It converts them once, with `instant` (one time) or
`instants` (an array). Leap seconds and TDB − TT come from ERFA.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeGuard, TypeVar, overload

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core import utc_calendar
from sim.core.arguments import given
from sim.core.quantities import number
from sim.core.time_scales import DAY_S as DAY_S
from sim.core.time_scales import J2000_JD as J2000_JD
from sim.core.time_scales import from_calendar, of_days, utc_jd
from sim.core.values import AstropyTime, OneTime, TimeLike

Array = NDArray[np.float64]
Number = TypeVar("Number", float, Array)

EDGE_S = 1e-4
"""Tables treat times closer than this as equal (s)."""

FIRST_S, LAST_S = -1.89342e11, 2.52456e11
"""A few days before the year -4000 and after the year 9999 (TDB s): ERFA has no calendar before, and ISO dates have
four digits. Numbers outside are probably milliseconds or nanoseconds."""

_ENDLESS = 10**300
"""Larger integers do not fit a float; they are replaced by this number, which is outside the calendar too."""

MOST_TIMES = 100_000_000
"""Maximum number of times in a grid: an array of this many numbers takes 800 MB."""


@overload
def tdb(when: OneTime) -> float: ...
@overload
def tdb(when: Array) -> Array: ...
@overload
def tdb(when: TimeLike) -> float | Array: ...
def tdb(when: object) -> float | Array:
    """Convert times to TDB seconds past J2000.

    Parameters
    ----------
    when : TimeLike
        One time, or an array, pandas series or index, or list of times. Numbers are TDB seconds past J2000 already.
        Text is ISO 8601 with `Z` or an offset, with a calendar date or a day of the year. `datetime`, pandas
        `Timestamp`, `datetime64` and astropy `Time` are accepted.

    Returns
    -------
    float or ndarray
        TDB seconds past J2000, in the shape of `when`.

    Raises
    ------
    TypeError
        For a value that is not a time: dates, durations, quantities, booleans.
    ValueError
        For a time that does not exist, is missing (NaN, NaT, masked), or is outside the years -4000 to 9999.

    Notes
    -----
    Text, `datetime` and `Timestamp` need a time zone; without one they are refused. `datetime64` has no time zone and
    is taken as UTC, and so are pandas series and indexes without a time zone. The conversion is accurate to 10 µs
    (TDB − TT at the geocenter).

    References
    ----------
    SOFA/ERFA `dtf2d`, `utctai`, `taitt`, `dtdb`.

    Examples
    --------
    >>> round(tdb("2000-01-01T12:00:00Z"), 3)  # TDB is 64.184 s ahead of UTC in 2000
    64.184
    >>> round(tdb("2017-01-01T00:00:00Z") - tdb("2016-12-31T23:59:59Z"), 6)  # a leap second between them
    2.0
    """
    if type(when) is float or (isinstance(when, np.floating | np.integer) and when.dtype.kind != "m"):
        return _plausible(float(when))
    if isinstance(when, str):
        return float(from_calendar(*utc_calendar.parsed(when), text=when))
    if isinstance(when, dt.datetime):
        return _from_datetime(when)
    if _is_astropy(when):
        return _from_astropy(when)
    if isinstance(when, int | float) and not isinstance(when, bool):
        return _plausible(float(max(min(when, _ENDLESS), -_ENDLESS)) if isinstance(when, int) else float(when))
    if isinstance(when, list | tuple):
        plain = all(type(each) is float for each in when)
        return _plausible(np.array(when, float)) if plain else np.array([tdb(each) for each in when], float)
    return _from_array(when)


def _is_astropy(when: object) -> TypeGuard[AstropyTime]:
    """Whether a value looks like an astropy Time: importing astropy to ask would take 0.5 s."""
    return hasattr(when, "jd1") and hasattr(when, "scale")


def instant(when: TimeLike) -> float:
    """Convert one time to TDB seconds past J2000.

    Parameters
    ----------
    when : TimeLike
        One time that `tdb` converts.

    Raises
    ------
    TypeError
        For an array, and for what `tdb` refuses.
    ValueError
        As `tdb`.
    """
    if type(when) is float and FIRST_S <= when <= LAST_S:  # by far the most: without numpy's way of asking
        return when
    t = tdb(when)
    if np.ndim(t):
        raise TypeError(f"expected one time, got {np.size(t)} times")
    return float(t)


def instants(when: TimeLike) -> Array:
    """Convert times to an array of TDB seconds past J2000, of the shape of `when`.

    An array of floats is returned as it is, unchecked: trajectories call this function millions of times.
    """
    if _is_float_array(when):
        return when
    return np.asarray(tdb(when), dtype=float)


def _is_float_array(when: object) -> TypeGuard[Array]:
    return type(when) is np.ndarray and when.dtype == np.float64


@overload
def utc(t: OneTime, digits: int = 3) -> str: ...
@overload
def utc(t: Array | Sequence[float], digits: int = 3) -> list[str]: ...
@overload
def utc(t: TimeLike, digits: int = 3) -> str | list[str]: ...
def utc(t: TimeLike, digits: int = 3) -> str | list[str]:
    """Format times as ISO 8601 text in UTC, as in `2019-01-03T02:26:00.000Z`.

    Parameters
    ----------
    t : TimeLike
        One time or an array of times: TDB seconds past J2000, or anything else that `tdb` converts.
    digits : int
        Digits after the decimal point of the seconds, 0 to 9.

    Returns
    -------
    str or list of str
        Text for one time, a list for an array, nested for more dimensions. A leap second reads 23:59:60.

    Raises
    ------
    TypeError
        As `tdb`.
    ValueError
        As `tdb`, and for an infinite time.

    Examples
    --------
    >>> utc(0.0)
    '2000-01-01T11:58:55.816Z'
    >>> utc(["2019-01-03T02:26:00+08:00"], digits=0)
    ['2019-01-02T18:26:00Z']
    """
    given(digits, int, "utc, digits")
    if not 0 <= digits <= 9:
        raise ValueError(f"digits: expected 0 to 9, got {digits}")
    array = _dated(t)
    if array.ndim > 1:
        return [utc(row, digits) for row in array]
    year, month, day, clock, _ = erfa.ufunc.d2dtf(b"UTC", digits, *utc_jd(np.atleast_1d(array)))
    form = f"%04d-%02d-%02dT%02d:%02d:%02d.%0{digits}dZ" if digits else "%04d-%02d-%02dT%02d:%02d:%02dZ"
    fields = [year, month, day, *(clock[name] for name in ("hmsf" if digits else "hms"))]
    forms = (form, f"%05d{form[4:]}")  # the sign of a year is not one of its four digits
    texts = [forms[row[0] < 0] % row for row in zip(*(field.tolist() for field in fields), strict=True)]
    return texts[0] if array.ndim == 0 else texts


def utc_datetime64(t: TimeLike) -> NDArray[np.datetime64]:
    """Convert times to UTC as `datetime64[us]`, for plots and data frames.

    Parameters
    ----------
    t : TimeLike
        One time or an array of times: TDB seconds past J2000, or anything else that `tdb` converts.

    Returns
    -------
    ndarray of datetime64[us]
        In the shape of `t`; of shape (1,) for one time. A leap second becomes the following midnight.
    """
    t = _dated(t)
    array = np.atleast_1d(t)
    year, month, day, clock, _ = erfa.ufunc.d2dtf(b"UTC", 6, *utc_jd(array))
    date = (year - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (month - 1).astype("timedelta64[M]")
    date = date.astype("datetime64[D]") + (day - 1).astype("timedelta64[D]")
    micro = ((clock["h"] * 60 + clock["m"]) * 60 + clock["s"]).astype(np.int64) * 1_000_000 + clock["f"]
    result: NDArray[np.datetime64] = date.astype("datetime64[us]") + micro.astype("timedelta64[us]")
    return result.reshape(np.shape(t)) if np.ndim(t) else result


def _dated(t: TimeLike) -> Array:
    """Finite TDB seconds past J2000, as an array."""
    array = np.asarray(tdb(t), dtype=float)
    if not np.isfinite(array).all():
        raise ValueError("expected a finite time, got infinity")
    return array


@dataclass(frozen=True, init=False)
class Span:
    """An interval of time to search, from start to end.

    Parameters
    ----------
    start : TimeLike
        First instant; any one time that `tdb` converts.
    end : TimeLike, optional
        Last instant. Give either `end` or `days`.
    days : float, optional
        Length in days of 86,400 s.

    Attributes
    ----------
    start, end : float
        TDB seconds past J2000.

    Raises
    ------
    TypeError
        If neither or both of `end` and `days` are given.
    ValueError
        If the span does not end after it starts.

    Examples
    --------
    >>> Span("2019-01-03T00:00:00Z", days=28)
    <Span 2019-01-03T00:00:00Z to 2019-01-31T00:00:00Z, 28 days>
    >>> Span("2019-01-03T00:00:00Z", "2019-01-03T12:00:00Z")
    <Span 2019-01-03T00:00:00Z to 2019-01-03T12:00:00Z, 0.5 days>
    """

    start: float
    end: float

    def __init__(self, start: TimeLike, end: TimeLike | None = None, *, days: float | None = None) -> None:
        if (end is None) == (days is None):
            raise TypeError("a span: expected a start and either an end or a number of days")
        first = instant(start)
        last = instant(end) if end is not None else first + number(days, "day", "a number of days") * DAY_S
        if not (np.isfinite(first) and np.isfinite(last)) or last <= first:
            raise ValueError(f"a span must end after it starts, got {first} to {last} s")
        object.__setattr__(self, "start", first)
        object.__setattr__(self, "end", last)

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end - self.start

    @property
    def days(self) -> float:
        """Length in days of 86,400 s."""
        return self.duration_s / DAY_S

    def padded(self, seconds: float) -> Span:
        """Return the span extended at both ends by a number of seconds."""
        seconds = number(seconds, "s", "a number of seconds")
        return Span(self.start - seconds, self.end + seconds)

    def grid(self, step_s: float) -> Array:
        """Return evenly spaced times from start to end.

        Parameters
        ----------
        step_s : float
            Maximum step in seconds; the actual step divides the span evenly.

        Returns
        -------
        ndarray
            TDB seconds past J2000 (n,), start and end included.

        Raises
        ------
        ValueError
            For a step that is not positive, and for a grid of more than `MOST_TIMES` times.

        Examples
        --------
        >>> span = Span(0.0, 600.0)
        >>> span.grid(300.0)
        array([  0., 300., 600.])
        """
        step_s = number(step_s, "s", "a step in seconds")
        if not step_s > 0.0:
            raise ValueError(f"expected a step above 0 s, got {step_s:g} s")
        count = np.ceil(self.duration_s / step_s) + 1
        if count > MOST_TIMES:
            raise ValueError(
                f"{self.days:,.0f} days in steps of {step_s:g} s are {count:,.0f} times; the limit is {MOST_TIMES:,}. "
                "Choose a longer step or a shorter span"
            )
        return np.linspace(self.start, self.end, max(2, int(count)))

    def __repr__(self) -> str:
        return f"<Span {utc(self.start, 0)} to {utc(self.end, 0)}, {self.days:g} days>"


def _plausible(t: Number) -> Number:
    """Check that numbers are TDB seconds of the calendar, not nanoseconds, and not NaN."""
    if np.isnan(t).any():
        raise ValueError("expected a time, got NaN: a time is missing")
    outside = np.isfinite(t) & ((np.asarray(t) < FIRST_S) | (np.asarray(t) > LAST_S))
    if outside.any():
        far = float(np.ravel(t)[np.argmax(np.ravel(outside))])
        raise ValueError(
            f"numbers are TDB seconds past J2000, and {far:.6g} s is outside the years -4000 to 9999. For nanoseconds "
            "or milliseconds, give datetime64, text, datetimes or astropy Times instead"
        )
    return t


def _from_datetime(when: dt.datetime) -> float:
    if when != when:  # pandas' NaT says it is a datetime
        raise ValueError("expected a time, got NaT: a time is missing")
    t = float(from_calendar(*utc_calendar.of_datetime(when), text=when.isoformat()))
    return t + getattr(when, "nanosecond", 0) * 1e-9  # of a pandas Timestamp


def _from_astropy(when: AstropyTime) -> float | Array:
    """Convert an astropy Time; a TimeDelta is refused, though it too has a scale."""
    if not hasattr(type(when), "sidereal_time"):
        raise _no_instant(when)
    if np.any(getattr(when, "mask", False)):
        raise ValueError("expected a time, got a masked astropy Time: a time is missing")
    try:
        scaled = when.tdb
    except Exception as error:  # astropy's ScaleValueError is no ValueError
        raise ValueError(f"expected a time, got an astropy Time in the scale {when.scale!r}: {error}") from error
    t = (np.asarray(scaled.jd1) - J2000_JD) * DAY_S + np.asarray(scaled.jd2) * DAY_S
    return _plausible(float(t)) if np.ndim(t) == 0 else _plausible(t)


def _from_array(when: object) -> float | Array:
    """Convert a numpy array, or a pandas series or index."""
    if hasattr(when, "to_value"):
        raise _no_instant(when)  # a Quantity: as an array it would lose its unit
    mask = getattr(when, "mask", False)
    if not callable(mask) and np.any(mask):  # pandas has a method of that name
        raise ValueError("expected times, got a masked array: a time is missing")
    zoned = getattr(getattr(when, "dtype", None), "tz", None) is not None
    array: NDArray[np.generic] = np.asarray(when, dtype="datetime64[ns]" if zoned else None)  # pandas converts to UTC
    if array.dtype.kind == "M":
        return _from_datetime64(array.astype(array.dtype, copy=False))
    if array.dtype.kind in "fiu":
        t = _plausible(array.astype(float))
        return float(t) if t.ndim == 0 else t
    if array.dtype.kind in "UO" and (array.ndim or array.item() is not when):
        found = [tdb(each) for each in array.ravel().tolist()]
        return np.array(found, dtype=float).reshape(array.shape) if array.ndim else found[0]
    raise _no_instant(when)


def _no_instant(when: object) -> TypeError:
    text = repr(when)
    return TypeError(
        "expected a time (TDB seconds, ISO text with Z, a datetime with a time zone, datetime64, a pandas Timestamp or "
        f"an astropy Time), got {type(when).__name__}: {text if len(text) <= 80 else text[:79] + '…'}"
    )


def _from_datetime64(when: NDArray[np.datetime64]) -> float | Array:
    if np.isnat(when).any():
        raise ValueError("expected a time, got NaT: a time is missing")
    if np.datetime_data(when.dtype)[0] in ("ps", "fs", "as"):
        when = when.astype("datetime64[ns]")
    seconds = (when - when.astype("datetime64[D]")).astype("timedelta64[ns]").astype(np.int64) * 1e-9
    return of_days(when.astype("datetime64[D]"), seconds)
