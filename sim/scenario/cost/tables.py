"""Reads numbers, times and lists from a scenario, or from tables of a file that are not validated yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

from sim.core.utc_calendar import seconds as utc_seconds

DAY_S = 86_400.0


@dataclass(frozen=True)
class When:
    """An interval of time, in the time scale of its scenario.

    Attributes
    ----------
    start
        Start (s); NaN if it is not known, and then no distance in time is counted.
    seconds
        Length (s).
    numbers
        Whether times are numbers, as in a `Scenario`; in a file they are text or datetimes.
    """

    start: float
    seconds: float
    numbers: bool = False

    def instant(self, value: object) -> float | None:
        """A time of the scenario (s); None if it is not a time, or is far outside the years of all data."""
        if not isfinite(self.start) or isinstance(value, float) != self.numbers:
            return None
        return _within_data(value)

    @property
    def end(self) -> float:
        """End of the interval (s)."""
        return self.start + self.seconds

    @property
    def days(self) -> float:
        """Length in days."""
        return self.seconds / DAY_S

    def away_s(self, epoch: float | None) -> float:
        """Time from an epoch to the farther end of the interval (s), at least the length of the interval.

        Without an epoch, the length of the interval.
        """
        if epoch is None:
            return self.seconds
        return max(self.seconds, abs(self.start - epoch), abs(self.end - epoch))

    def shared(self, start: float | None, end: float | None) -> When | None:
        """The part of it within another interval; None if they do not overlap."""
        first = self.start if start is None else max(start, self.start)
        last = self.end if end is None else min(end, self.end)
        return When(first, last - first, self.numbers) if last > first else None


_EVER_S = 3.2e10
"""A thousand years: no ephemeris covers more."""


def span_of(scenario: object, seconds: float) -> When:
    """The interval of a given length (s) that begins at the scenario's start."""
    start = _within_data(get(scenario, "start"))
    return When(nan if start is None else start, seconds, isinstance(get(scenario, "start"), float))


def _within_data(value: object) -> float | None:
    """A time in seconds; None if it is not a time, or more than a thousand years from J2000."""
    found, ours = instant(value), 0.0 if isinstance(value, float) else instant("2000-01-01T12:00:00Z")
    return found if found is not None and ours is not None and abs(found - ours) < _EVER_S else None


def instant(value: object) -> float | None:
    """A time in seconds: TDB of a number, UTC of text and datetimes; None if it is not a time."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return utc_seconds(value)


LEAST = 1e-60
"""Numbers below this, or above its inverse, are treated as 0: their powers would overflow."""


def number(value: object) -> float:
    """A number; 0 for anything else, which the checks report."""
    try:
        found = float(value) if not isinstance(value, bool) else 0.0  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if LEAST < abs(found) < 1.0 / LEAST else 0.0


def names(step: object) -> Sequence[str]:
    """The names of the ends in one step of a path."""
    return [name for name in (step if isinstance(step, (list, tuple)) else (step,)) if isinstance(name, str)]


def get(holder: object, key: str) -> object:
    """A key of a table or an attribute of an object; None if it has none."""
    return holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)


def listed(value: object) -> Sequence[object]:
    """A list or tuple itself; an empty one for anything else."""
    return value if isinstance(value, (list, tuple)) else ()


def table_of(scenario: object, key: str) -> Mapping[str, object]:
    """A table of a scenario by its key; an empty one for anything else."""
    found = get(scenario, key)
    return found if isinstance(found, Mapping) else {}
