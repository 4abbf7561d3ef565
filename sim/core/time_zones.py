"""Local times of named time zones (IANA), with daylight saving.

The zones come from the package `tzdata`, not from the system: the same on every machine.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from sim.core.text import nearest, shown

_SECOND = dt.timedelta(seconds=1)


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the names of all zones."""
    return tuple((files("tzdata") / "zones").read_text(encoding="utf-8").split())


def zone_file(name: str) -> Path:
    """Return the file that a zone is read from.

    Raises
    ------
    ValueError
        For a name that no zone has.
    """
    if name not in zone_names():
        close = nearest(name, zone_names())
        cure = close if "mean" in close else " Expected UTC or a name like America/Santiago"
        raise ValueError(f"no time zone is called {shown(name)}.{cure}")
    return Path(str(files("tzdata") / "zoneinfo")).joinpath(*name.split("/"))


def checked_zone(name: str) -> str:
    """Return a name of a zone, or an empty text as it is. Raises `ValueError` for a name that no zone has."""
    if name:
        zone_file(name)
    return name


@lru_cache(maxsize=256)
def time_zone(name: str) -> ZoneInfo:
    """Return a zone by its name.

    Raises
    ------
    ValueError
        For a name that no zone has.

    Examples
    --------
    >>> dt.datetime(2026, 7, 1, 12, tzinfo=time_zone("Europe/Madrid")).utcoffset()
    datetime.timedelta(seconds=7200)
    """
    with zone_file(name).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def first_reading(local: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """Return the first instant at which the clocks of a zone show a local time, or a later one.

    A time that clocks show twice, when they go back, is the first of both. A time that they skip, when they go forward,
    is the instant at which they do.

    Parameters
    ----------
    local : datetime
        Date and time without a zone, in whole seconds.
    zone : ZoneInfo
        The zone.

    Returns
    -------
    datetime
        In UTC.

    Examples
    --------
    >>> zone = time_zone("Europe/Madrid")
    >>> first_reading(dt.datetime(2026, 3, 29, 2, 30), zone).isoformat()  # skipped: from 2:00 to 3:00
    '2026-03-29T01:00:00+00:00'
    >>> first_reading(dt.datetime(2026, 10, 25, 2, 30), zone).isoformat()  # shown twice
    '2026-10-25T00:30:00+00:00'
    """
    late = local.replace(tzinfo=zone, fold=0).astimezone(dt.UTC)
    if _shown(late, zone) == local:
        return late
    early = local.replace(tzinfo=zone, fold=1).astimezone(dt.UTC)  # with the offset that holds after the change
    while late - early > _SECOND:
        middle = early + (late - early) // (2 * _SECOND) * _SECOND
        early, late = (middle, late) if _shown(middle, zone) < local else (early, middle)
    return late


def _shown(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """What clocks of a zone show."""
    return instant.astimezone(zone).replace(tzinfo=None)
