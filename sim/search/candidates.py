"""Pieces of time on which margins may be zero, and the polynomials that approximate them there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.chebyshev import halving_matrices, lobatto_points, polynomials
from sim.search.roots import DEGREE

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True)
class Near:
    """Pieces on which polynomials approximate margins near zero.

    starts, ends, owners (n,); values and coefficients (n, DEGREE+1); doubt (n,) their possible error, and
    slack (n,) the least distance from zero at which their sign is certain
    """

    starts: Array
    ends: Array
    owners: Index
    values: Array
    coefficients: Array
    doubt: Array
    slack: Array

    @property
    def columns(self) -> tuple[Any, ...]:
        return self.starts, self.ends, self.owners, self.values, self.coefficients, self.doubt, self.slack

    def only(self, which: NDArray[np.bool_]) -> Near:
        return self if which.all() else Near(*(column[which] for column in self.columns))

    def halves(self) -> Near:
        """The halves of all pieces: the first ones, then the second ones. Nothing is evaluated."""
        middle = 0.5 * (self.starts + self.ends)
        left, right = halving_matrices(DEGREE + 1)
        coefficients = np.concatenate((self.coefficients @ left.T, self.coefficients @ right.T))
        values = coefficients @ polynomials(lobatto_points(DEGREE), DEGREE + 1).T
        values[:, 0] = np.concatenate((self.values[:, 0], values[: len(middle), -1]))  # as in neighbors
        values[len(middle) :, -1] = self.values[:, -1]
        starts, ends = np.concatenate((self.starts, middle)), np.concatenate((middle, self.ends))
        doubt, slack = np.tile(self.doubt, 2), np.tile(self.slack, 2)
        return Near(starts, ends, np.tile(self.owners, 2), values, coefficients, doubt, slack)


class Later:
    """Pieces that wait until there are enough of them: many at once cost hardly more than a few."""

    def __init__(self) -> None:
        self.parts: list[Near] = []
        self.count = 0

    def add(self, pieces: Near) -> None:
        self.parts.append(pieces)
        self.count += len(pieces.starts)

    def taken(self) -> Near:
        """Return and remove all waiting pieces."""
        columns = zip(*(part.columns for part in self.parts), strict=True)
        self.parts, self.count = [], 0
        return Near(*map(np.concatenate, columns))
