"""What limits of closed intervals share: the intervals, their files, and the words for them.

Their edges are times of a clock: exact, without a search, and not moved by errors of orbits and places.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator, model_validator

from sim.core.errors import SimError
from sim.core.model import Listed, StartAndEnd, Text
from sim.core.text import some
from sim.core.time import Span, utc
from sim.core.time_zones import time_zone, zone_file
from sim.trajectories.closure_files import Closure, closures
from sim.trajectories.limits.limit import Limit, SightLine
from sim.trajectories.open_times import between, meeting, merged, next_edge

if TYPE_CHECKING:
    from sim.search.conditions import Condition
    from sim.trajectories.trajectory import Trajectory

Array = NDArray[np.float64]

TimeZone = Annotated[str, Field(max_length=64)]


class Interval(StartAndEnd):
    """An interval in which an end is closed."""

    reason: Text = ""
    """why, in a few words"""


class ClosedTimes(Limit):
    """Intervals in which lines of sight are not used: from the scenario, from a file, or both."""

    file: Annotated[str, Field(max_length=4096)] = ""
    """file with more intervals: CSV with the columns start, end and reason, or a calendar (.ics)"""
    time_zone: TimeZone = ""
    """time zone of times in the file that name none: UTC, or a name like America/Santiago"""

    of_end_alone = True

    noun: ClassVar[str] = ""
    """What it is called in the names of limits and in sentences."""

    @field_validator("file")
    @classmethod
    def _exists(cls, value: str) -> str:
        if value and not Path(value).is_file():
            raise ValueError(f"there is no file {value!r}")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        if value:
            time_zone(value)
        return value

    @model_validator(mode="after")
    def _readable(self) -> ClosedTimes:
        try:
            self.of_file()
        except SimError as error:
            raise ValueError(str(error)) from error
        return self

    @property
    def files(self) -> tuple[str, ...]:
        if not self.file:
            return ()
        zones = dict.fromkeys((self.time_zone, *(each.zone for each in self.of_file())))
        return (self.file, *(str(zone_file(zone)) for zone in zones if zone))

    def of_file(self) -> tuple[Closure, ...]:
        """Return the intervals of its file."""
        return closures(Path(self.file), self.time_zone) if self.file else ()

    def closures(self, own: str) -> tuple[Closure, ...]:
        """Return all intervals in which an end, by its name, is closed; in order."""
        return tuple(sorted(self.of_file(), key=lambda each: (each.start, each.end)))

    def condition(self, sight: SightLine, own: Trajectory) -> Condition:
        """Return the condition that none of the intervals holds."""
        return sight.during(own, _Closed(self.noun, own.name, self.closures(own.name)))

    def remarks(self, own: str, span: Span, ends: Sequence[str]) -> Iterator[str]:
        """Yield sentences on intervals that overlap or lie outside the span."""
        found = self.closures(own)
        for one, other in pairwise(found):
            if other.start < one.end:
                yield f"two {self.noun}s overlap: {_shown(one)} and {_shown(other)}"
        outside = [each for each in found if each.end <= span.start or each.start >= span.end]
        if outside:
            many = f"{len(outside)} of {len(found)} {self.noun}s" if len(found) > 1 else f"the only {self.noun}"
            yield f"{many} {'is' if len(outside) == 1 else 'are'} outside the span"


class ListedTimes(ClosedTimes):
    """Intervals that stand in the scenario, or in a file."""

    intervals: Annotated[tuple[Interval, ...], Field(max_length=100_000), Listed] = ()
    """list of tables with start, end and reason"""

    @model_validator(mode="after")
    def _some(self) -> ListedTimes:
        if not self.intervals and not self.file:
            raise ValueError('give intervals = [{start = …, end = …, reason = "…"}], a file, or both')
        return self

    def closures(self, own: str) -> tuple[Closure, ...]:
        listed = [Closure(each.start, each.end, each.reason) for each in self.intervals]
        every = (*listed, *self.of_file())
        return tuple(sorted(every, key=lambda each: (each.start, each.end)))


class _Closed:
    """The intervals in which one end is closed, and the time between them, in which it is open."""

    def __init__(self, noun: str, end: str, closed: tuple[Closure, ...]) -> None:
        self.noun, self.end, self.closed = noun, end, closed
        self.bounds = merged([(each.start, each.end) for each in closed])

    @property
    def name(self) -> str:
        return f"no {self.noun} of {self.end}"

    def intervals(self, span: Span) -> Array:
        return meeting(between(self.bounds), span)

    def cause(self, t: float) -> str:
        reasons = dict.fromkeys(each.reason for each in self.closed if each.start - 1.0 <= t <= each.end + 1.0)
        told = some([each for each in reasons if each], "; ")
        return f"{self.noun} of {self.end}" + (f": {told}" if told != "none" else "")

    def sentence(self, t: float) -> str:
        closed, change = next_edge(self.bounds, t)
        if closed and change is not None:
            reason = self.cause(t).removeprefix(f"{self.noun} of {self.end}")
            return f"{self.end} is closed: {self.noun} until {to_the_minute(change)} UTC{reason}"
        then = f"; next {self.noun} from {to_the_minute(change)} UTC" if change is not None else ""
        return f"no {self.noun} of {self.end}{then}"


def to_the_minute(t: float) -> str:
    """A time to the minute, in UTC; to the second if it has seconds."""
    day, clock = utc(t, 0).rstrip("Z").split("T")
    return f"{day} {clock.removesuffix(':00')}"


def _shown(each: Closure) -> str:
    """An interval in a sentence."""
    line = f" (line {each.line})" if each.line else ""
    return f"{to_the_minute(each.start)} to {to_the_minute(each.end)} UTC{line}"
