"""Input and output of a search: margins, families of margins, extremes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span

Array = NDArray[np.float64]
Index = NDArray[np.intp]
Function = Callable[[Array], Array]
Breaks = Callable[[Span], Array]


class Together(Protocol):
    """Several functions of time that share costly values: smooth columns that depend on time only.

    tolerance      : (k,) required accuracy of the columns; polynomials of this accuracy may replace them
    finds_negative : whether `certainly_negative` can find cheaply where functions are negative
    in_windows     : whether pieces are those of the windows, which are the same for all functions, not of the span
    few_left       : how many times as many functions as usual are searched at once, as most of them are then known
                     to be negative; they are searched on whole intervals, whatever their windows
    """

    tolerance: Array
    in_windows: ClassVar[bool] = False
    few_left: ClassVar[int] = 1

    @property
    def finds_negative(self) -> bool:
        return False

    def shared(self, t: Array, keep: bool = False) -> Array:
        """The columns at TDB seconds: (n,) → (n, k). `keep`: cache them, as the same times will follow."""

    def shared_by(self, members: Index, t: Array) -> Array:
        """The columns, for some functions: those that only others depend on may be NaN."""
        return self.shared(t)

    def margins(self, shared: Array, which: Index) -> Array:
        """Values of one function per row of columns: (n, p, k), (n,) → (n, p)."""

    def every(self, shared: Array, members: slice) -> Array:
        """Values of some functions for all columns: (m, p, k) → (members, m, p)."""

    def gain(self, shared: Array, which: Index) -> Array:
        """Factor from errors of columns to errors of functions near zero: (n, p, k), (n,) → (n,)."""

    def certainly_negative(self, shared: Array, members: slice) -> NDArray[np.bool_]:
        """Where functions are surely negative for a whole interval: (m, p, k) → (members, m), or (1, m) for all."""
        return np.zeros((1, len(shared)), dtype=bool)


class Family(Hashable, Protocol):
    """Functions that can be computed together."""

    def together(self, members: Sequence[Any]) -> Together:
        """The functions of some members."""


def no_breaks(span: Span) -> Array:
    """The bend of a scalar that is smooth everywhere."""
    return np.empty(0)


@dataclass(frozen=True)
class Through:
    """A smoother function that increases and decreases with a scalar, and is searched instead of it.

    The sine of an elevation has no corner at the zenith; a search needs fewer and longer pieces for it.

    function   : times (n,) TDB s → (n,)
    bend       : a value of the scalar → that of the function
    resolution : the function's rounding noise, a lower limit of the resolution of a search
    family, member : if functions of many scalars can be computed together
    stride_s   : of a member, as in `Margin`
    """

    function: Function
    bend: Callable[[float], float]
    resolution: float
    family: Family | None = None
    member: Any = None
    stride_s: float | None = None


EDGE_TOLERANCE_S = 2e-6
"""A root is not polished on the margin if the polynomial's last coefficients indicate an error below this."""


SAME_S = 2e-6
"""Edges, and extremes, closer than this are one: a few units in the last place of a time in 2050 (0.24 µs)."""


@dataclass(frozen=True)
class Margin:
    """A continuous number, positive where a condition holds, with the properties that a search needs.

    The margin is sign · (value − level), with the value a function of TDB seconds (n,) → (n,), or a member of a family.

    resolution : the smallest excursion to find; must be above the rounding noise of the value
    pace_s     : pieces start no longer than this: the time of about half a turn of the geometry
    stride_s   : of a member of a family: the average pace. Pieces start with this length; where the columns are not
                 smooth they are first halved down to the pace
    breaks     : (k,) times at which the value may have a kink or a jump
    name, unit, shown_resolution : for the certificate, in the units of the user
    edge_tolerance_s : required accuracy of edges
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
    edge_tolerance_s: float = EDGE_TOLERANCE_S


class Side(Together):
    """Margins side by side, of one sort or of many, in the same windows: every column is the value of one of them.

    They are evaluated at the same times, so that what their functions have in common may be computed once.
    """

    in_windows = True

    def __init__(self, margins: Sequence[Margin]) -> None:
        self.functions = [margin.function for margin in margins]
        self.tolerance = np.zeros(len(margins))

    def shared(self, t: Array, keep: bool = False) -> Array:
        """The values of the functions, as columns."""
        return self.shared_by(np.arange(len(self.functions)), t)

    def shared_by(self, members: Index, t: Array) -> Array:
        """The values of some functions, and NaN for the others."""
        if len(self.functions) == 1:
            return self.functions[0](t)[:, None]
        columns = np.full((len(self.functions), len(t)), np.nan)
        for member in members:
            columns[member] = self.functions[member](t)
        return columns.T

    def margins(self, shared: Array, which: Index) -> Array:
        """Of every row, the column of its function."""
        if len(self.functions) == 1:
            return shared[..., 0]
        return np.take_along_axis(shared, which[:, None, None], axis=-1)[..., 0]

    def every(self, shared: Array, members: slice) -> Array:
        """The columns, a function each."""
        return np.moveaxis(shared[..., members], -1, 0)

    def gain(self, shared: Array, which: Index) -> Array:
        """One: the error of the column is that of the value."""
        return np.ones(len(shared))


@dataclass(frozen=True)
class Extremes:
    """Extremes of a margin: interior maxima and minima, in order of time.

    times (n,) TDB s; values (n,); maximum (n,) True for a maximum
    """

    times: Array
    values: Array
    maximum: NDArray[np.bool_]
