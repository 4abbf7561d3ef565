"""An amount of work, and how times and memory are written in estimates."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

MOST_SECONDS, MOST_MEGABYTES = 86_400.0, 16_384.0
"""Limits of processor time and memory: a scenario that would take more is refused before it begins."""


@dataclass(frozen=True)
class Cost:
    """An estimated amount of work. Costs add.

    Attributes
    ----------
    points
        Evaluations of margins.
    megabytes
        Memory (MB).
    seconds
        Processor time (s).

    Examples
    --------
    >>> print(Cost(2_000.0, 80.0, 3.0) + Cost(500.0, 20.0, 1.0))
    about 2,500 evaluations, 100 MB of memory and 4 s of processor time
    """

    points: float = 0.0
    megabytes: float = 0.0
    seconds: float = 0.0

    @property
    def too_much(self) -> bool:
        """Whether it exceeds the limits of a scenario."""
        return not (self.seconds <= MOST_SECONDS and self.megabytes <= MOST_MEGABYTES)

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.points + other.points, self.megabytes + other.megabytes, self.seconds + other.seconds)

    def times(self, many: float) -> Cost:
        """The cost of doing it `many` times, with all results kept in memory."""
        return Cost(self.points * many, self.megabytes * many, self.seconds * many)

    def __str__(self) -> str:
        size, time = memory_text(self.megabytes), time_text(self.seconds)
        return f"about {rounded(self.points)} evaluations, {size} of memory and {time} of processor time"


NOTHING = Cost()


def rounded(value: float) -> str:
    """A number with two significant digits, as text."""
    if not value < inf:
        return "infinitely many"
    return f"{value:,.0f}" if value < 1e3 else f"{float(f'{value:.1e}'):,.0f}" if value < 1e6 else f"{value:.1e}"


_TIMES = (("years", 31_557_600.0), ("days", 86_400.0), ("h", 3600.0), ("min", 60.0))


def time_text(seconds: float) -> str:
    """A length of time with about two digits: `45 s`, `3 h`, `12 days`.

    Examples
    --------
    >>> time_text(10_000.0), time_text(86_400.0)
    ('3 h', '24 h')
    """
    for unit, size in _TIMES:
        if seconds >= 2.0 * size:
            return f"{rounded(seconds / size)} {unit}"
    return f"{rounded(max(seconds, 1.0))} s"


def memory_text(megabytes: float) -> str:
    """An amount of memory or disk space with about two digits: `80 MB`, `16 GB`."""
    for unit, size in (("TB", 1e6), ("GB", 1e3)):
        if megabytes >= 2.0 * size:
            return f"{rounded(float(f'{megabytes / size:.2g}'))} {unit}"
    return f"{rounded(max(megabytes, 1.0))} MB"
