"""Files of times at which ends are closed: CSV tables and calendars (iCalendar)."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

from sim.core.regular_files import read_bytes
from sim.core.text import nearest, shown
from sim.core.time import tdb, utc
from sim.core.time_zones import first_reading, time_zone

MOST_BYTES = 32 * 1024 * 1024
"""A file of intervals is not larger."""

MOST = 100_000
"""Maximum number of intervals in a file."""

_DURATION = re.compile(r"\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_REPEATS = ("RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")


@dataclass(frozen=True)
class Closure:
    """An interval in which an end is closed.

    start, end : TDB s; reason : why, in words; end_name : the end it is about, if the file says so; line : in the file;
    zone       : the time zone that the file names for its start
    """

    start: float
    end: float
    reason: str = ""
    end_name: str = ""
    line: int = 0
    zone: str = ""


def closures(file: Path, zone: str) -> tuple[Closure, ...]:
    """Return the intervals of a file: iCalendar if its name ends in `.ics`, or else CSV.

    Parameters
    ----------
    file : Path
        A CSV table with the columns `start` and `end`, and `reason` and `station` if there are any; or a calendar.
    zone : str
        Time zone of times that name none; empty if every time must.

    Raises
    ------
    ValueError
        With the line, for what cannot be read.
    DataError
        If there is no such file.
    """
    stat = file.stat() if file.exists() else None
    return _read(file, zone, (stat.st_mtime_ns, stat.st_size) if stat is not None else (0, 0))


@lru_cache(maxsize=64)
def _read(file: Path, zone: str, stamp: tuple[int, int]) -> tuple[Closure, ...]:
    try:
        text = read_bytes(file, MOST_BYTES).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{file.name} is not text (UTF-8)") from error
    found: list[Closure] = []
    for each in (_of_calendar if file.suffix.lower() == ".ics" else _of_table)(text, file.name, zone):
        if each.end <= each.start:
            told = f"expected an end after the start, {utc(each.start, 0)}, got {utc(each.end, 0)}"
            raise ValueError(f"{file.name} line {each.line}: {told}")
        found.append(each)
        if len(found) > MOST:
            raise ValueError(f"{file.name} has more than {MOST:,} intervals")
    return tuple(found)


def _of_table(text: str, name: str, zone: str) -> Iterator[Closure]:
    rows = csv.DictReader(text.splitlines())
    columns = [str(column).strip() for column in rows.fieldnames or ()]
    rows.fieldnames = columns
    for column in ("start", "end"):
        if column not in columns:
            raise ValueError(f"{name}: expected the columns start and end, got {', '.join(columns) or 'none'}")
    for row in rows:
        words = {key: (value or "").strip() for key, value in row.items() if isinstance(key, str)}
        start, end = (_at(name, rows.line_num, partial(_instant, words[column], zone)) for column in ("start", "end"))
        yield Closure(start, end, words.get("reason", ""), words.get("station", ""), rows.line_num)


def _at(name: str, line: int, make: Callable[[], float]) -> float:
    """A value of a line; errors get the line."""
    try:
        return make()
    except ValueError as error:
        raise ValueError(f"{name} line {line}: {error}") from error


def _instant(text: str, zone: str) -> float:
    """A time with Z or an offset, or else in a zone."""
    try:
        local = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"expected a time like 2026-03-01T08:00:00Z, got {shown(text)}") from error
    if local.tzinfo is not None:
        return float(tdb(text))
    return _local(local, zone, text)


def _local(local: dt.datetime, zone: str, text: str) -> float:
    if not zone:
        raise ValueError(f"the time {shown(text)} has no zone. Write it with Z, or give time_zone")
    return float(tdb(first_reading(local.replace(microsecond=0), time_zone(zone))))


def _of_calendar(text: str, name: str, zone: str) -> Iterator[Closure]:
    """The events of an iCalendar file (RFC 5545), but for those that are canceled."""
    event: dict[str, tuple[int, str, str]] = {}  # line, parameters, value
    inside: list[str] = []
    for line, content in _unfolded(text):
        head, _, value = content.partition(":")
        key, _, parameters = head.partition(";")
        key = key.upper()
        if key == "BEGIN":
            inside.append(value.strip().upper())
            event = {"BEGIN": (line, "", "")} if inside[-1] == "VEVENT" else event
        elif key == "END":
            if inside and inside.pop() == "VEVENT" and event.get("STATUS", (0, "", ""))[2].strip() != "CANCELLED":
                yield _event(event, name, zone)
        elif inside and inside[-1] == "VEVENT":
            event[key] = (line, parameters, value)
    if inside:
        raise ValueError(f"{name}: the file ends inside of {inside[-1]}")


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; a line that begins with a space goes on from the one before."""
    whole, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t"):
            whole += line[1:]
            continue
        if whole:
            yield first, whole
        whole, first = line, number
    if whole:
        yield first, whole


def _event(event: Mapping[str, tuple[int, str, str]], name: str, zone: str) -> Closure:
    begins = event["BEGIN"][0]
    for key in _REPEATS:
        if key in event:
            cure = "List each time as an event of its own, or use operating_hours for hours of the week"
            raise ValueError(f"{name} line {event[key][0]}: events that repeat ({key}) are not read. {cure}")
    if "DTSTART" not in event:
        raise ValueError(f"{name} line {begins}: the event has no DTSTART")
    line, parameters, value = event["DTSTART"]
    start = _at(name, line, partial(_stamp, value, parameters, zone))
    if "DTEND" in event:
        last, more, until = event["DTEND"]
        end = _at(name, last, partial(_stamp, until, more, zone))
    elif "DURATION" in event:
        last, _, long = event["DURATION"]
        end = start + _at(name, last, partial(_seconds, long))
    elif "T" not in value:  # a date: all of the day
        tomorrow = dt.datetime.strptime(value.strip(), "%Y%m%d") + dt.timedelta(days=1)
        end = _stamp(tomorrow.strftime("%Y%m%d"), parameters, zone)
    else:
        raise ValueError(f"{name} line {begins}: the event has neither DTEND nor DURATION")
    return Closure(start, end, _plain(event.get("SUMMARY", (0, "", ""))[2]), "", begins, _named_zone(parameters))


def _stamp(value: str, parameters: str, zone: str) -> float:
    """A time of iCalendar: in UTC with Z, in the zone TZID, or else in the given one; dates are their midnights."""
    text = value.strip()
    try:
        local = dt.datetime.strptime(text.removesuffix("Z"), "%Y%m%dT%H%M%S" if "T" in text else "%Y%m%d")
    except ValueError as error:
        raise ValueError(f"expected a time like 20260301T080000Z, got {shown(text)}") from error
    if text.endswith("Z"):
        return float(tdb(local.replace(tzinfo=dt.UTC)))
    return _local(local, _named_zone(parameters) or zone, text)


def _named_zone(parameters: str) -> str:
    """The zone that a property names (TZID), or ''."""
    named = re.search(r"(?:^|;)TZID=\"?([^;\"]+)", parameters, re.IGNORECASE)
    return named[1] if named else ""


def _seconds(text: str) -> float:
    found = _DURATION.fullmatch(text.strip())
    if found is None or not any(found.groups()):
        raise ValueError(f"expected a duration like PT1H30M, got {shown(text)}")
    return float(sum(int(each or 0) * size for each, size in zip(found.groups(), _SIZES, strict=True)))


_SIZES = (604_800, 86_400, 3600, 60, 1)


def _plain(text: str) -> str:
    """Text without the escapes of iCalendar."""
    return re.sub(r"\\([\\,;nN])", lambda found: " " if found[1] in "nN" else found[1], text).strip()


def unknown_names(found: tuple[Closure, ...], names: tuple[str, ...]) -> Iterator[str]:
    """Yield a sentence for each end that a file names and that does not exist."""
    for name, line in {each.end_name: each.line for each in reversed(found) if each.end_name}.items():
        if name not in names:
            yield f"line {line}: no site or spacecraft is called {shown(name)}.{nearest(name, names)}"
