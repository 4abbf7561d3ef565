"""Numbers and lists out of a scenario, finished or still plain tables, in which anything may stand yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Any

from sim.core.utc_calendar import seconds as utc_seconds

DAY_S = 86_400.0


@dataclass(frozen=True)
class When:
    """A stretch of time: its start, in seconds of one and the same scale as all times of its scenario, and length.

    start   : NaN where it is not known; then nothing is far from anything
    numbers : whether times are numbers, as a finished scenario has them; a file has texts
    """

    start: float
    seconds: float
    numbers: bool = False

    def instant(self, value: Any) -> float | None:
        """A time of the scenario; None where it is none, or one that no data cover: that is told elsewhere."""
        if not isfinite(self.start) or isinstance(value, float) != self.numbers:
            return None
        return _within_data(value)

    @property
    def end(self) -> float:
        """When it ends, in the same scale."""
        return self.start + self.seconds

    @property
    def days(self) -> float:
        """How long it is."""
        return self.seconds / DAY_S

    def away_s(self, epoch: float | None) -> float:
        """How long a way is from an epoch to the farther end of it, at least all of it; of no epoch just that."""
        if epoch is None:
            return self.seconds
        return max(self.seconds, abs(self.start - epoch), abs(self.end - epoch))

    def shared(self, start: float | None, end: float | None) -> When | None:
        """What of it lies in another stretch; None for nothing."""
        first = self.start if start is None else max(start, self.start)
        last = self.end if end is None else min(end, self.end)
        return When(first, last - first, self.numbers) if last > first else None


_EVER_S = 3.2e10
"""A thousand years: no ephemeris says more."""


def span_of(scenario: Any, seconds: float) -> When:
    """When a scenario is, finished or still plain tables, and for how many seconds."""
    start = _within_data(get(scenario, "start"))
    return When(nan if start is None else start, seconds, isinstance(get(scenario, "start"), float))


def _within_data(value: Any) -> float | None:
    """A time as seconds; None where it is none, or a thousand years from ours."""
    found, ours = instant(value), 0.0 if isinstance(value, float) else instant("2000-01-01T12:00:00Z")
    return found if found is not None and ours is not None and abs(found - ours) < _EVER_S else None


def instant(value: Any) -> float | None:
    """A time as seconds: TDB of a finished scenario's numbers, UTC of text and datetimes; None where it is none."""
    if isinstance(value, float):
        return value if isfinite(value) else None
    return utc_seconds(value)


LEAST = 1e-60
"""Numbers below this, and above its inverse, are none of a scenario: their powers would not be floats any more."""


def number(value: Any) -> float:
    """A number, if it is one that anything may have; 0 of everything else, which is complained of elsewhere."""
    try:
        found = float(value) if not isinstance(value, bool) else 0.0
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return found if LEAST < abs(found) < 1.0 / LEAST else 0.0


def names(step: Any) -> Sequence[str]:
    """The ends of one step of a path."""
    return [name for name in (step if isinstance(step, (list, tuple)) else (step,)) if isinstance(name, str)]


def get(holder: Any, key: str) -> Any:
    """What a table, or an object, has under a key; None where it has nothing."""
    return holder.get(key) if isinstance(holder, Mapping) else getattr(holder, key, None)


def listed(value: Any) -> Sequence[Any]:
    """A list as it is; of everything else an empty one."""
    return value if isinstance(value, (list, tuple)) else ()


def table(scenario: Any, key: str) -> Mapping[str, Any]:
    """A table of a scenario, by name; of everything else an empty one."""
    found = get(scenario, key)
    return found if isinstance(found, Mapping) else {}
