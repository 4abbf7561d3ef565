"""UTC calendar fields of text and datetimes. What they are in TDB, and leap seconds, is for `sim.core.time` to say."""

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
    """Seconds of UTC since the year 1, leap seconds not counted, of text or a datetime; None where it is no time."""
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
    """UTC calendar fields of ISO text with a zone: 24:00 and a 60th second stay. Raises `ValueError`."""
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
    try:  # before leap seconds come in: they are inserted at midnight in UTC, wherever one is
        at = dt.datetime(year, month, day, hour, minute) - dt.timedelta(minutes=offset)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time: {error}") from error
    return at.year, at.month, at.day, at.hour, at.minute, second


def _offset_minutes(text: str, zone: str) -> int:
    """What `Z` or an offset such as +0800 is ahead of UTC. Source: RFC 3339, §5.6: hours to 23, minutes to 59."""
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[3:5])
    if hours > 23 or minutes > 59:
        raise ValueError(f"{text!r} is not a time: an offset from UTC is at most 23:59, as in +08:00")
    return int(zone[0] + "1") * (hours * 60 + minutes)


def of_datetime(when: dt.datetime) -> Fields:
    """UTC calendar fields of an aware datetime. Raises `ValueError`."""
    if when.tzinfo is None or when.utcoffset() is None:
        raise ValueError(f"{when.isoformat()} has no time zone. Write {when.isoformat()}Z for UTC")
    try:
        at = when.astimezone(dt.UTC)
    except OverflowError as error:
        raise ValueError(f"{when.isoformat()} is not a time: its year in UTC is not 1 to 9999") from error
    return at.year, at.month, at.day, at.hour, at.minute, at.second + at.microsecond * 1e-6
