"""UTC calendar fields of text and datetimes, without leap seconds or TDB (`sim.core.time`)."""

from __future__ import annotations

import datetime as dt
import re

Fields = tuple[int, int, int, int, int, float]
"""Year, month, day, hour, minute, second."""

_ISO = re.compile(
    r"(?P<year>\d{4})-(?:(?P<month>\d{2})-(?P<day>\d{2})|(?P<ordinal>\d{3}))"
    r"[Tt ](?P<hour>\d{2}):(?P<minute>\d{2})(?::(?P<second>\d{2}(?:\.\d+)?))?"
    r"\s?(?P<zone>[Zz]|[+-]\d{2}:?\d{2})?$",
    re.ASCII,
)


def seconds(when: object) -> float | None:
    """Return UTC seconds since the year 1 of text or a datetime, without leap seconds; None if it is not a time."""
    try:
        if isinstance(when, str):
            year, month, day, hour, minute, second = parsed(when)
        elif isinstance(when, dt.datetime):
            year, month, day, hour, minute, second = of_datetime(when)
        else:
            return None
        days = dt.date(year, month, day).toordinal()
    except (ValueError, OverflowError):
        return None
    return days * 86_400.0 + hour * 3600.0 + minute * 60.0 + second


def parsed(text: str) -> Fields:
    """Parse ISO text with a time zone; 24:00 and a second of 60 are kept. Raises `ValueError`."""
    match = _ISO.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected a time like 2019-01-03T02:26:00Z, got {text!r}")
    if match["zone"] is None:
        raise ValueError(f"{text!r} has no time zone. Write {text.strip()}Z for UTC")
    offset = _offset_minutes(text, match["zone"].replace(":", ""))
    year = int(match["year"])
    if match["ordinal"]:
        first = dt.date(year, 1, 1)
        date = first + dt.timedelta(days=int(match["ordinal"]) - 1)
        if date.year != year or match["ordinal"] == "000":
            raise ValueError(f"{text!r}: {year} has no day {match['ordinal']}")
        month, day = date.month, date.day
    else:
        month, day = int(match["month"]), int(match["day"])
    hour, minute, second = int(match["hour"]), int(match["minute"]), float(match["second"] or 0.0)
    if not offset:
        return year, month, day, hour, minute, second
    if hour == 24 and minute == 0 and second == 0.0:
        hour, offset = 0, offset - 24 * 60
    try:  # leap seconds come later: they are inserted at midnight UTC in every time zone
        at = dt.datetime(year, month, day, hour, minute) - dt.timedelta(minutes=offset)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time: {error}") from error
    return at.year, at.month, at.day, at.hour, at.minute, second


def _offset_minutes(text: str, zone: str) -> int:
    """Minutes that `Z` or an offset such as +0800 is ahead of UTC. Source: RFC 3339, §5.6."""
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:5])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text!r} is not a time: expected an offset from UTC of at most 23:59, like +08:00")
    return int(zone[0] + "1") * (hours * 60 + minutes)


def of_datetime(when: dt.datetime) -> Fields:
    """Return the fields of a datetime with a time zone. Raises `ValueError`."""
    if when.tzinfo is None or when.utcoffset() is None:
        raise ValueError(f"{when.isoformat()} has no time zone. Write {when.isoformat()}Z for UTC")
    try:
        at = when.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(f"{when.isoformat()} is not a time: expected a year from 1 to 9999 in UTC") from error
    return at.year, at.month, at.day, at.hour, at.minute, at.second + at.microsecond * 1e-6
