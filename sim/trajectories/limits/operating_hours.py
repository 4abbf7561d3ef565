"""Hours of the week in which a station works.

Their edges are times of a clock: exact, without a search, and not moved by errors of orbits and places.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from sim.core.model import Listed, Text
from sim.core.text import some
from sim.core.time import DAY_S, Span, utc
from sim.core.time_zones import time_zone, zone_file
from sim.trajectories import opening_hours
from sim.trajectories.limits.closed_times import TimeZone, to_the_minute
from sim.trajectories.limits.limit import Limit, SightLine
from sim.trajectories.open_times import next_edge

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

_AHEAD_S = 400.0 * DAY_S
"""So far ahead a sentence looks for the next change."""


class OperatingHours(Limit):
    """Hours of the week in which a station works, in its own time zone.

    Hours are those of local clocks, with daylight saving. Where clocks go forward, hours that they skip do not exist;
    where they go back, a time that they show twice is the first of both.

    Examples
    --------
    >>> limit = OperatingHours(hours=("Mon-Fri 08:00-17:00", "Sat 22:00-02:00"), time_zone="America/Cayenne")
    >>> limit.time_zone
    'America/Cayenne'
    """

    kind: Literal["operating_hours"] = "operating_hours"
    hours: Annotated[tuple[Text, ...], Field(min_length=1, max_length=100), Listed]
    """hours like "Mon-Fri 08:00-17:00", "Sat,Sun 22:00-02:00" (past midnight) or "00:00-24:00" (every day)"""
    time_zone: TimeZone
    """time zone of the hours: UTC, or a name like America/Santiago"""

    of_end_alone = True

    @field_validator("hours")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            opening_hours.parsed(each)
        return value

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        time_zone(value)
        return value

    @property
    def files(self) -> tuple[str, ...]:
        return (str(zone_file(self.time_zone)),)

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that the station works."""
        return sight.during(own, _Working(own.name, self.hours, self.time_zone))


@dataclass(frozen=True)
class _Working:
    """The hours of one station."""

    end: str
    hours: tuple[str, ...]
    zone: str

    @property
    def name(self) -> str:
        return f"operating hours of {self.end}"

    def intervals(self, span: Span) -> Array:
        return opening_hours.intervals(self.hours, self.zone, span)

    def cause(self, t: float) -> str:
        return self.name

    def sentence(self, t: float) -> str:
        works, change = next_edge(self.intervals(Span(t - DAY_S, t + _AHEAD_S)), t)
        hours = f"operating hours {some(self.hours)} {self.zone}"
        then = f"; {'closes' if works else 'opens'} {_local(change, self.zone)}" if change is not None else ""
        return f"{self.end} is {'open' if works else 'closed'}: {hours}{then}"


def _local(t: float, zone: str) -> str:
    """A time in a zone, with UTC beside it."""
    told = to_the_minute(t)
    if zone == "UTC":
        return f"{told} UTC"
    local = dt.datetime.fromisoformat(utc(t, 0)).astimezone(time_zone(zone))
    day = local.date().isoformat()
    return f"{day} {local:%H:%M} ({told.removeprefix(day).strip()} UTC)"
