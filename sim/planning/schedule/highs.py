"""Linear programs, solved by HiGHS, which need not be installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import SimError
from sim.planning.schedule.instance import Integers

Reals = NDArray[np.float64]

OPTIONS: dict[str, bool | int | float | str] = {
    "output_flag": False, "threads": 1, "parallel": "off", "random_seed": 0, "solver": "ipm", "run_crossover": "off",
    "ipm_optimality_tolerance": 1e-4,
}  # fmt: skip


def has_highs() -> bool:
    """Whether HiGHS is installed."""
    return find_spec("highspy") is not None


def require_highs(what: str) -> None:
    """Refuses what needs HiGHS if it is not installed.

    Parameters
    ----------
    what
        What needs it.
    """
    if not has_highs():
        raise SimError(f'{what} needs HiGHS, which is not installed: pip install "farside-sim[schedule]"')


class Program:
    """A linear program that maximizes, to which rows and columns are added; on one processor, the same every time.

    It is solved by an interior point method up to a ten-thousandth: such prices lie between those of all good
    solutions, which brings the next columns closer to the end than the exact prices of one of them.
    """

    def __init__(self) -> None:
        import highspy
        from highspy._core import _Highs  # its subclass Highs writes two lines to stdout when it is made

        self.highs, self.inf = _Highs(), highspy.kHighsInf
        for key, value in OPTIONS.items():
            self.highs.setOptionValue(key, value)
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)
        status = highspy.HighsModelStatus
        self.done = status.kOptimal, status.kUnknown

    def rows(self, most: Reals) -> int:
        """Adds rows that no column is in yet, and their upper bounds; returns the number of the first."""
        first, least = int(self.highs.getNumRow()), np.full(len(most), -self.inf)
        starts, none = np.zeros(len(most), np.int32), np.zeros(0, np.int32)
        self.highs.addRows(len(most), least, most, 0, starts, none, np.zeros(0))
        return first

    def column(self, worth: float, rows: Integers, numbers: Reals) -> int:
        """Adds a variable from 0, with its numbers in rows; returns its number."""
        self.highs.addCol(worth, 0.0, self.inf, len(rows), np.asarray(rows, np.int32), numbers)
        return int(self.highs.getNumCol()) - 1

    def row(self, most: float, columns: Integers, numbers: Reals) -> int:
        """Adds a row of columns that are there; returns its number."""
        self.highs.addRow(-self.inf, most, len(columns), np.asarray(columns, np.int32), numbers)
        return int(self.highs.getNumRow()) - 1

    def solve(self, seconds: float) -> bool:
        """Solves it; returns whether that was done in time."""
        self.highs.setOptionValue("time_limit", float(self.highs.getRunTime()) + max(seconds, 0.01))
        self.highs.run()
        return bool(self.highs.getModelStatus() in self.done)

    @property
    def value(self) -> float:
        """The greatest value."""
        return float(self.highs.getInfo().objective_function_value)

    def values(self) -> Reals:
        """Values of the columns."""
        return np.array(self.highs.getSolution().col_value)

    def prices(self) -> Reals:
        """Prices of the rows: none is negative."""
        return np.maximum(np.array(self.highs.getSolution().row_dual), 0.0)
