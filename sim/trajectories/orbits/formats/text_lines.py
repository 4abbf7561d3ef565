"""Common parts of the readers of text files: lines, times, numbers and messages."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import erfa
import numpy as np
from numpy.typing import NDArray

from sim.core.errors import DataError
from sim.core.time import DAY_S, J2000_JD, tdb, utc
from sim.core.time_scales import of_days, tdb_minus_tt
from sim.trajectories.bodies.body import BODIES

Array = NDArray[np.float64]

MOST_BYTES = 512 * 1024 * 1024
"""A text file of states is not larger: 512 MiB."""

AU_KM = 149597870.7
"""Source: IAU 2012 resolution B2."""
TT_MINUS_TAI_S, TAI_MINUS_GPS_S = 32.184, 19.0
"""Source: IAU 1991 resolution A4; IS-GPS-200."""

MONTHS = {"JanFebMarAprMayJunJulAugSepOctNovDec"[3 * i - 3 : 3 * i]: i for i in range(1, 13)}
"""What files call the months."""

ICRF_NAMES = ("ICRF", "GCRF", "EME2000", "J2000")
"""Axes that are taken for ICRF, as SPICE does. EME2000 differs by 0.02″: 0.2 m in a low lunar orbit, 45 m at the Moon
seen from the Earth. Source: Hilton & Hohenkerk (2004)."""
_ICRF = re.compile(r"(ICRF|GCRF)[1-3]?|(M?EME)?J?2000|EMEJ2000")
"""How else files write them: ICRF3 and its forerunners are within 0.0001″ of each other. Source: Charlot et al. (2020),
Astron. Astrophys. 644, A159."""

CENTERS = {name: body.naif_id if body.naif_id > 9 else 100 * body.naif_id + 99 for name, body in BODIES.items()} | {
    "solar system barycenter": 0,
    "ssb": 0,
    "earth barycenter": 3,
    "earth moon barycenter": 3,
    "emb": 3,
    **{f"{name} barycenter": body.naif_id % 100 if body.naif_id < 10 else body.naif_id // 100
       for name, body in BODIES.items() if name not in ("sun", "earth", "moon")},
    "pluto barycenter": 9,
}  # fmt: skip
"""What files call the bodies that states may be relative to, in lower case. A planet is not the barycenter of its
system, where a kernel knows both."""
_NUMBERS = frozenset(CENTERS.values())


def center(text: str) -> int | None:
    """NAIF id of a center that a file gives by name or number; None if it is unknown."""
    name = " ".join(re.sub(r"[_-]", " ", text.lower()).replace("centre", "center").split())
    known = {each.replace("-", " "): number for each, number in CENTERS.items()}
    if name.isdecimal() and len(name) < 9:
        return int(name) if int(name) in _NUMBERS else None
    return known.get(name)


def called(number: int) -> str:
    """Name of a body in files, by its NAIF id: a barycenter is called one, not by its planet's name."""
    names = [name for name, each in CENTERS.items() if each == number]
    return next((name for name in names if name.endswith(" barycenter")), names[0])


def icrf(text: str) -> bool:
    """Whether a file's name for axes means ICRF."""
    return _ICRF.fullmatch(re.sub(r"[\s_-]", "", text.upper())) is not None


def lines(file: str) -> list[str]:
    """Read the lines of a text file. Raises `DataError` where there is no file, or no text in it."""
    path = Path(file)
    if not path.is_file():
        raise DataError(f"there is no file {file}")
    about = path.stat()
    return list(_lines(path, about.st_mtime_ns, about.st_size))


@lru_cache(maxsize=8)
def _lines(path: Path, changed: int, size: int) -> tuple[str, ...]:
    if size > MOST_BYTES:
        raise DataError(f"{path}: expected at most {MOST_BYTES >> 20} MiB, got {size >> 20} MiB")
    content = path.read_bytes()
    if not content.strip():
        raise DataError(f"{path} is empty. Download it again")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        told = f"line {line}: expected text, got the byte 0x{content[error.start]:02x}"
        raise DataError(f"{path}: {told}. The file may be damaged or compressed") from error
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html")):
        raise DataError(f"{path} is a web page, not the expected file. Download the file itself")
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise DataError(f"{path}: line {line}: expected text, got a zero byte. The file may be damaged")
    return tuple(text.splitlines())


def number(text: str) -> float:
    """Parse a decimal number, also with Fortran's D; NaN if it is not one, which the checks of states report."""
    try:
        return float(text.replace("D", "E").replace("d", "e")) if "_" not in text else float("nan")
    except ValueError:
        return float("nan")


SCALES = ("UTC", "TDB", "TT", "TAI", "GPS")
"""Time scales that states may be given in."""

_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*)?Z?", re.ASCII)
_OF_YEAR = re.compile(r"\d{4}-\d{3}T", re.ASCII)
_WHOLE = len("2000-01-01T12:00:00")
_J2000 = np.datetime64("2000-01-01T12:00:00", "s")


def epochs(file: str, texts: Sequence[str], scale: str, places: Sequence[str]) -> Array:
    """TDB seconds (n,) of ISO times in a time scale; with calendar dates or days of the year, 0000 to 9999.

    All readers of files use it. Whole seconds are integers: nanoseconds in 64 bits end in 1678 and 2262.
    Raises `DataError` with the place of the first text that is not a time.
    """
    plain = [_calendar(text) for text in texts]
    if all(_PLAIN.fullmatch(text) for text in plain):
        try:
            whole = np.array([text[:_WHOLE] for text in plain], dtype="datetime64[s]")
            return _from_moments(whole, np.array([_fraction(text) for text in plain]), scale)
        except ValueError:
            pass  # a leap second, or no such day: one by one
    result = np.empty(len(texts))
    for i, text in enumerate(texts):
        try:
            result[i] = _second(text, scale)
        except (ValueError, IndexError, OverflowError) as error:
            raise DataError(f"{file}: {places[i]}: {error}") from error
    return result


def _calendar(text: str) -> str:
    """Replace a day of the year by its calendar date, if it is one; other texts stay as they are."""
    if _OF_YEAR.match(text) is None or int(text[:4]) == 0:
        return text
    day = dt.date(int(text[:4]), 1, 1).toordinal() + int(text[5:8]) - 1
    if day > dt.date.max.toordinal() or (date := dt.date.fromordinal(day)).year != int(text[:4]):
        return text
    return f"{date.isoformat()}{text[8:]}"


def iso(t: Array, scale: str) -> list[str]:
    """ISO text to the microsecond, without a zone, of TDB seconds (n,) in a time scale: what `epochs` reads."""
    t = np.asarray(t, dtype=float)
    if scale == "UTC":
        return [text.removesuffix("Z") for text in utc(t, 6)]
    since = t if scale == "TDB" else t - tdb_minus_tt(t) - _TT_MINUS[scale]
    moments = _J2000.astype("datetime64[us]") + np.round(since * 1e6).astype("timedelta64[us]")
    return [str(moment) for moment in np.datetime_as_string(moments, unit="us")]


_TT_MINUS = {"TT": 0.0, "TAI": TT_MINUS_TAI_S, "GPS": TT_MINUS_TAI_S + TAI_MINUS_GPS_S}


def _fraction(text: str) -> float:
    """The fraction of a second of a time."""
    digits = text[_WHOLE:].rstrip("Z")
    return float(digits) if len(digits) > 1 else 0.0


def _from_moments(whole: NDArray[np.datetime64], fraction: Array, scale: str) -> Array:
    """TDB seconds of whole seconds and fractions, both (n,)."""
    if scale == "UTC":
        days = whole.astype("datetime64[D]")
        return np.asarray(of_days(days, (whole - days).astype(np.int64) + fraction), dtype=float)
    since = (whole - _J2000).astype(np.int64) + fraction
    return np.asarray(since if scale == "TDB" else _tdb_of_tt(since + _TT_MINUS[scale]), dtype=float)


def _tdb_of_tt(tt: Array) -> Array:
    return np.asarray(tt + tdb_minus_tt(tt), dtype=float)


def _second(text: str, scale: str) -> float:
    """Parse one time the slow way, with days of the year, leap seconds and error messages."""
    text = text.strip().removesuffix("Z")
    at = float(tdb(text + "Z"))  # as UTC, which has the same calendar
    if scale == "UTC":
        return at
    if re.search(r":60(\.|$)", text):
        raise ValueError(f"{text!r} is not a time: {scale} has no leap seconds")
    tt = at - float(tdb_minus_tt(at))
    utc1, utc2, *_ = erfa.ufunc.taiutc(*erfa.ufunc.tttai(J2000_JD, tt / DAY_S)[:2])
    since = float((utc1 - J2000_JD) * DAY_S + utc2 * DAY_S)
    since = round(since * 1e6) / 1e6
    return since if scale == "TDB" else float(_tdb_of_tt(np.asarray(since + _TT_MINUS[scale])))
