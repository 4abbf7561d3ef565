"""What a search is given and what it gives: margins, families of them, extremes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Function = Callable[[Array], Array]
Breaks = Callable[[Span], Array]


class Together(Protocol):
    """Several functions of time that share what is costly: smooth columns, the same for all, that depend on time alone.

    tolerance : (k,) how truly the columns are wanted; where polynomials give them so, they stand in for them
    """

    tolerance: Array

    def shared(self, t: Array, keep: bool = False) -> Array:
        """The columns at TDB seconds: (n,) → (n, k). `keep`: others will ask for the same times."""

    def margins(self, shared: Array, which: Index) -> Array:
        """Each row of columns for its own function: (n, p, k), (n,) → (n, p)."""

    def every(self, shared: Array, members: slice) -> Array:
        """Each of some functions for all columns: (m, p, k) → (members, m, p)."""

    def gain(self, shared: Array, which: Index) -> Array:
        """How much wrong columns make functions wrong near zero, as a factor: (n, p, k), (n,) → (n,)."""


class Family(Hashable, Protocol):
    """What functions have in common that can be computed together."""

    def together(self, members: Sequence[Any]) -> Together:
        """The functions of some members."""


def no_breaks(span: Span) -> Array:
    """Of a scalar that is smooth throughout."""
    return np.empty(0)


@dataclass(frozen=True)
class Through:
    """A smoother function that grows and falls with a scalar, for the search to look at in its place.

    The sine of an elevation has no corner at the zenith; a search needs fewer and longer pieces for it.

    function   : times (n,) TDB s → (n,)
    bend       : a value of the scalar → that of the function
    resolution : the function's own rounding noise: what a search may not go below
    family, member : where functions of many scalars can be computed together
    stride_s   : of a member, as `Margin` has it
    """

    function: Function
    bend: Callable[[float], float]
    resolution: float
    family: Family | None = None
    member: Any = None
    stride_s: float | None = None


SURE_S = 2e-6
"""A root that a polynomial gives to this, by its last coefficients, is not polished on the margin."""


@dataclass(frozen=True)
class Margin:
    """A continuous number, positive where something holds, with all that a search wants to know of it.

    The margin is sign · (value − level), with the value a function of TDB seconds (n,) → (n,), or a member of a family.

    resolution : the least excursion that matters; must lie above the value's rounding noise
    pace_s     : pieces start no longer than this: the time in which what moves here turns by about half
    stride_s   : of a member of a family: the same on average; pieces start so long, and where the columns are not
                 smooth they are halved down to the pace first
    breaks     : (k,) times at which the value may have a kink or a jump
    name, unit, shown_resolution : for the certificate, as a user reads them
    sure_s     : how well an edge is wanted
    """

    function: Function
    resolution: float
    pace_s: float
    breaks: Array
    name: str = ""
    unit: str = ""
    shown_resolution: float | None = None
    sign: float = 1.0
    level: float = 0.0
    family: Family | None = None
    member: Any = None
    stride_s: float | None = None
    sure_s: float = SURE_S


class Alone:
    """A function that is nobody's relative: it shares its own value with itself."""

    def __init__(self, margin: Margin) -> None:
        self.function = margin.function
        self.tolerance = np.zeros(1)

    def shared(self, t: Array, keep: bool = False) -> Array:
        """The function's own values, as a column."""
        return self.function(t)[:, None]

    def margins(self, shared: Array, which: Index) -> Array:
        """The same values."""
        return shared[..., 0]

    def every(self, shared: Array, members: slice) -> Array:
        """The same values, of the one member."""
        return shared[None, ..., 0]

    def gain(self, shared: Array, which: Index) -> Array:
        """One: a wrong column is as wrong a value."""
        return np.ones(len(shared))


@dataclass(frozen=True)
class Extremes:
    """Where a margin turns: interior maxima and minima, in order of time.

    times (n,) TDB s; values (n,); maximum (n,) True for a maximum
    """

    times: Array
    values: Array
    maximum: NDArray[np.bool_]
