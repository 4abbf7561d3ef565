"""Exceptions that a user can act on.

    SimError
    ├── ScenarioError      a scenario file with problems
    ├── CoverageError      a time that no data cover
    ├── PropagationError   an orbit that cannot be computed: no convergence, decay
    │   └── OrbitEnded     an orbit that ends at a known time: impact, escape
    └── DataError          a file that is missing, damaged or not of the expected kind

Every message states where, what was expected, what was found and what to do.
Programming errors raise `TypeError` and `ValueError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class SimError(Exception):
    """Base class of errors that a user can fix."""


class CoverageError(SimError):
    """A time outside the data: the message states which data, the years that they cover, and what to do."""


class PropagationError(SimError):
    """An orbit that cannot be computed: the message states when and where it ended."""


class OrbitEnded(PropagationError):
    """An orbit that hits its center, escapes from it, or cannot be propagated further.

    Attributes
    ----------
    time_tdb : float
        Time of the end (TDB seconds past J2000).
    impact : ndarray or None
        Point of impact (3,) km from the center, ICRF axes; None if the orbit does not hit it.
    """

    def __init__(self, message: str, time_tdb: float, impact: NDArray[np.float64] | None = None) -> None:
        super().__init__(message)
        self.time_tdb = time_tdb
        self.impact = impact


class DataError(SimError):
    """A file that is missing, damaged, or not of the expected kind."""


@dataclass(frozen=True)
class Problem:
    """One problem of a scenario file.

    Attributes
    ----------
    place : str
        Path of keys, as in `sites.kourou.latitude_deg`.
    message : str
        What is wrong, what was expected, and what to do.
    file : str
        The file, if it is not the scenario itself.
    line, column : int or None
        Position in the file, from 1; None for a key that is missing.
    """

    place: str
    message: str
    file: str = ""
    line: int | None = None
    column: int | None = None


class ScenarioError(SimError):
    """A scenario file with problems: all of them, each with its position."""

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
