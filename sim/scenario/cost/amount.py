"""An amount of work: what costs are added up in, and how they read."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

MOST_SECONDS, MOST_MEGABYTES = 86_400.0, 16_384.0
"""A scenario that would take more than a day, or more memory than this, is refused before it begins."""


@dataclass(frozen=True)
class Cost:
    """About how much work something is: times at which margins are looked at, memory, processor time."""

    points: float = 0.0
    megabytes: float = 0.0
    seconds: float = 0.0

    @property
    def too_much(self) -> bool:
        """Whether it is more than a scenario may take."""
        return not (self.seconds <= MOST_SECONDS and self.megabytes <= MOST_MEGABYTES)

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.points + other.points, self.megabytes + other.megabytes, self.seconds + other.seconds)

    def times(self, many: float) -> Cost:
        """So many of it, one after another and all kept."""
        return Cost(self.points * many, self.megabytes * many, self.seconds * many)

    def __str__(self) -> str:
        return f"about {rounded(self.points)} points, {rounded(self.megabytes)} MB and {rounded(self.seconds)} s"


NOTHING = Cost()


def rounded(value: float) -> str:
    """A number that is known to two digits, as text."""
    if not value < inf:
        return "more than any"
    return f"{value:,.0f}" if value < 1e3 else f"{float(f'{value:.1e}'):,.0f}" if value < 1e6 else f"{value:.1e}"
