"""What a user can fix.

    SimError
    ├── ScenarioError      a scenario file says something it may not say
    ├── CoverageError      asked about a time that no data covers
    ├── PropagationError   an orbit that cannot be followed: no convergence, decay
    │   └── OrbitEnded     an orbit that ends at a known time: impact, escape
    └── DataError          a file that is not what it should be

Every message says where, what was expected, what was found and what to do.
Programming mistakes stay `TypeError` and `ValueError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class SimError(Exception):
    """Anything a user can fix."""


class CoverageError(SimError):
    """Asked about a time that no data covers: says which data, its years and the cure."""


class PropagationError(SimError):
    """An orbit that cannot be followed: says when and where it ended."""


class OrbitEnded(PropagationError):
    """An orbit that hits or leaves its center, or cannot be followed on.

    time_tdb : when, s TDB past J2000
    impact   : where it hits, (3,) km from the center along ICRF axes; None where it does not
    """

    def __init__(self, message: str, time_tdb: float, impact: Any = None) -> None:
        """What to tell, when it happened (s TDB past J2000) and where (km, ICRF axes)."""
        super().__init__(message)
        self.time_tdb = time_tdb
        self.impact = impact


class DataError(SimError):
    """A file that is not what it should be."""


@dataclass(frozen=True)
class Problem:
    """One mistake in a file: where it stands, and what is wrong with it.

    line and column count from 1; None where the mistake has no place (a key that is missing).
    """

    place: str
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None


class ScenarioError(SimError):
    """A scenario file with mistakes: all of them at once, each with its place."""

    def __init__(self, file: str, problems: Sequence[Problem]) -> None:
        self.file = file
        self.problems = tuple(problems)
        super().__init__(self._text())

    def _text(self) -> str:
        count = len(self.problems)
        lines = [f"{self.file}: {count} problem{'s' if count != 1 else ''}"]
        where = [self._where(problem) for problem in self.problems]
        wide = max((len(text) for text in where), default=0)
        name = max((len(problem.place) for problem in self.problems), default=0)
        for text, problem in zip(where, self.problems, strict=True):
            lines.append(f"  {text:<{wide}}  {problem.place:<{name}}  {problem.message}".rstrip())
        return "\n".join(lines)

    def _where(self, problem: Problem) -> str:
        place = f"{problem.file} " if problem.file and problem.file != self.file else ""
        if problem.line is None:
            return place.strip()
        column = f":{problem.column}" if problem.column is not None else ""
        return f"{place}line {problem.line}{column}"
