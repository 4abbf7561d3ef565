"""Hours of a week in a time zone, such as `Mon-Fri 08:00-17:00`, as intervals of time."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.core.text import shown
from sim.core.time import Span, tdb, utc_datetime64
from sim.core.time_zones import first_reading, time_zone
from sim.trajectories.open_times import meeting, merged

Array = NDArray[np.float64]

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(r"(?:([A-Za-z, -]+) )?(\d\d):(\d\d) ?- ?(\d\d):(\d\d)")
_FIRST_YEAR, _LAST_YEAR = 2, 9998  # dates have no others, and a day more on either side is asked


@dataclass(frozen=True)
class Hours:
    """Hours of some days of the week; the end is on the next day if `past_midnight`.

    days : 0 for Monday to 6 for Sunday; start, end : minutes from midnight
    """

    days: frozenset[int]
    start: int
    end: int

    @property
    def past_midnight(self) -> bool:
        return self.end < self.start


def parsed(text: str) -> Hours:
    """Return the hours that a text says, such as `Mon-Fri 08:00-17:00`, `Sat,Sun 22:00-02:00` or `00:00-24:00`.

    Raises
    ------
    ValueError
        For other text, and for hours that are empty.

    Examples
    --------
    >>> parsed("Mon,Wed 22:00-02:00")
    Hours(days=frozenset({0, 2}), start=1320, end=120)
    """
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        raise ValueError(f'expected hours like "Mon-Fri 08:00-17:00", got {shown(text)}')
    clock = [int(digits) for digits in found.groups()[1:]]
    start, end = 60 * clock[0] + clock[1], 60 * clock[2] + clock[3]
    if max(clock[1], clock[3]) > 59 or start >= 1440 or end > 1440:
        raise ValueError(f"expected times from 00:00 to 24:00, got {shown(text)}")
    if start == end:
        raise ValueError(f"the hours {shown(text)} are empty. Write 00:00-24:00 for a whole day")
    return Hours(_days(found[1], text) if found[1] else frozenset(range(7)), start, end)


def _days(words: str, text: str) -> frozenset[int]:
    """The days that are listed, alone or from one to another, which may pass the end of the week."""
    found: set[int] = set()
    for part in words.split(","):
        ends = [each.strip().title() for each in part.split("-")]
        if len(ends) > 2 or not all(each in DAYS for each in ends):
            raise ValueError(f"expected days like Mon-Fri or Sat,Sun ({', '.join(DAYS)}), got {shown(text)}")
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        found.update((first + step) % 7 for step in range((last - first) % 7 + 1))
    return frozenset(found)


def intervals(hours: tuple[str, ...], zone: str, span: Span) -> Array:
    """Return the intervals of some hours in a time zone that meet a span: (n, 2) TDB s, in order and disjoint."""
    first, last = (int(str(year)) for year in utc_datetime64(np.array([span.start, span.end])).astype("datetime64[Y]"))
    years = range(max(first - 1, _FIRST_YEAR), min(last + 1, _LAST_YEAR) + 1)
    found = [_of_year(hours, zone, year) for year in years]
    return meeting(merged(np.concatenate([np.empty((0, 2)), *found])), span)


@lru_cache(maxsize=256)
def _of_year(hours: tuple[str, ...], zone: str, year: int) -> Array:
    """The intervals that begin on a local date of a year."""
    rules, clocks = [parsed(each) for each in hours], time_zone(zone)
    edges: list[dt.datetime] = []
    midnight, a_day = dt.datetime(year, 1, 1), dt.timedelta(days=1)
    while midnight.year == year:
        for rule in rules:
            if midnight.weekday() in rule.days:
                end = midnight + rule.past_midnight * a_day + dt.timedelta(minutes=rule.end)
                start = midnight + dt.timedelta(minutes=rule.start)
                edges += [first_reading(start, clocks), first_reading(end, clocks)]
        midnight += a_day
    times = tdb(np.array([each.replace(tzinfo=None) for each in edges], dtype="datetime64[us]"))
    return merged(np.asarray(times).reshape(-1, 2))
