"""Sets of time intervals and their algebra: `& | ~ -`, and one sweep that all of them are made of.

Windows know nothing of space: bounds are numbers, half-open [start, end), ordered and disjoint.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.durations import duration
from sim.quantities import number
from sim.time import DAY_S, EDGE_S, Span, instant, instants, tdb, utc, utc_datetime64

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Certificate:
    """What a search promises about its windows.

    margins     : (name, resolution, unit) of every margin searched: no excursion of a margin beyond its resolution
                  was passed over, as far as the polynomials that stood in for it are true to their tail estimate
    pieces      : intervals on which a polynomial was examined
    evaluations : times at which a true margin was computed
    unresolved  : intervals (start, end) in TDB s that stayed undecided when no longer divisible, with the margin there
                  within its resolution of the edge
    """

    margins: tuple[tuple[str, float, str], ...] = ()
    pieces: int = 0
    evaluations: int = 0
    unresolved: tuple[tuple[float, float], ...] = ()

    def __add__(self, other: Certificate) -> Certificate:
        margins = self.margins + tuple(m for m in other.margins if m not in self.margins)
        return Certificate(
            margins,
            self.pieces + other.pieces,
            self.evaluations + other.evaluations,
            tuple(sorted(set(self.unresolved + other.unresolved))),
        )

    @property
    def unresolved_s(self) -> float:
        """Length of all that stayed undecided, in seconds."""
        return float(sum(end - start for start, end in self.unresolved))


@dataclass(frozen=True, eq=False)
class Windows:
    """When something holds: an ordered, disjoint set of half-open intervals within a span.

    bounds : (n, 2) TDB seconds past J2000, read-only; given as anything that `tdb` takes
    span   : the interval of time that was looked at; of two sets with different spans, the algebra speaks of the
             time common to both

    Equality compares bounds, exactly; `matches` compares them to a tolerance.
    """

    bounds: Array
    span: Span
    certificate: Certificate = field(default_factory=Certificate)

    def __post_init__(self) -> None:
        bounds = _pairs(self.bounds).copy()
        if not np.all(np.isfinite(bounds)) or np.any(bounds[:, 0] >= bounds[:, 1]):
            raise ValueError("each window must end after it starts")
        if np.any(bounds[1:, 0] <= bounds[:-1, 1]):
            raise ValueError("windows must be ordered and disjoint; Windows.of sorts and joins them")
        if len(bounds) and (bounds[0, 0] < self.span.start or bounds[-1, 1] > self.span.end):
            raise ValueError("windows must lie within their span; Windows.of cuts them to it")
        bounds.flags.writeable = False
        object.__setattr__(self, "bounds", bounds)

    @classmethod
    def whole(cls, span: Span) -> Windows:
        """All of a span."""
        return cls(np.array([[span.start, span.end]]), span)

    @classmethod
    def none(cls, span: Span) -> Windows:
        """Nothing of a span."""
        return cls(np.empty((0, 2)), span)

    @classmethod
    def of(cls, bounds: Any, span: Span, certificate: Certificate | None = None) -> Windows:
        """Any intervals, (n, 2) times that `tdb` takes: sorted, joined where they touch, cut to the span, empty ones
        dropped. An infinite edge is open.
        """
        array = np.clip(_pairs(tdb(bounds)), span.start, span.end)
        array = array[array[:, 0] < array[:, 1]]
        return cls(_sweep([array], 1), span, certificate or Certificate())

    def __and__(self, other: Windows) -> Windows:
        return overlap((self, other), 2)

    def __or__(self, other: Windows) -> Windows:
        return overlap((self, other), 1)

    def __invert__(self) -> Windows:
        edges = np.concatenate(([self.span.start], self.bounds.ravel(), [self.span.end])).reshape(-1, 2)
        return Windows(edges[edges[:, 0] < edges[:, 1]], self.span, self.certificate)

    def __sub__(self, other: Windows) -> Windows:
        return self & ~other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Windows) and np.array_equal(self.bounds, other.bounds)

    __hash__ = None  # type: ignore[assignment]  # equality is of arrays

    def __len__(self) -> int:
        return len(self.bounds)

    def __iter__(self) -> Iterator[tuple[float, float]]:
        return ((float(start), float(end)) for start, end in self.bounds)

    def __bool__(self) -> bool:
        return len(self) > 0

    def __contains__(self, t: Any) -> bool:
        return bool(self.holds(instant(t)))

    def holds(self, t: Any) -> NDArray[np.bool_]:
        """Whether each time, anything that `tdb` takes, lies in a window; starts do, ends do not: (...) → (...)."""
        inside: NDArray[np.bool_] = np.searchsorted(self.bounds.ravel(), tdb(t), "right") % 2 == 1
        return inside

    def matches(self, other: Windows, tolerance_s: float) -> bool:
        """Whether both have the same windows, each edge within the tolerance."""
        tolerance_s = number(tolerance_s, "s", "a tolerance in seconds")
        return len(self) == len(other) and bool(np.all(np.abs(self.bounds - other.bounds) <= tolerance_s))

    def at_least(self, seconds: float) -> Windows:
        """Only the windows that last so long. Raises `ValueError` for a negative length."""
        seconds = number(seconds, "s", "a duration in seconds")
        if not seconds >= 0.0:
            raise ValueError(f"expected a duration of at least 0 s, got {seconds:g}")
        return replace(self, bounds=self.bounds[self.durations_s >= seconds])

    def within(self, span: Span) -> Windows:
        """The same windows cut to a shorter span."""
        return Windows.of(self.bounds, span, self.certificate)

    def shifted(self, arrival: Callable[[Array], Array]) -> Windows:
        """Windows whose edges are moved by an increasing function of time; an edge of the span stays open there."""
        if not len(self):
            return self
        moved = arrival(self.bounds.ravel()).reshape(-1, 2)
        moved[0, 0] = self.span.start if self.open_start else moved[0, 0]
        moved[-1, 1] = self.span.end if self.open_end else moved[-1, 1]
        return Windows.of(moved, self.span, self.certificate)

    @property
    def durations_s(self) -> Array:
        return self.bounds[:, 1] - self.bounds[:, 0]

    @property
    def total_s(self) -> float:
        return float(self.durations_s.sum())

    @property
    def fraction(self) -> float:
        """Share of the span that the windows fill, 0 to 1."""
        return self.total_s / self.span.duration_s

    @property
    def gaps(self) -> Windows:
        """The time between windows, and before the first and after the last: `~` by another name."""
        return ~self

    @property
    def longest_gap_s(self) -> float:
        return float(max((~self).durations_s, default=0.0))

    @property
    def open_start(self) -> bool:
        """Whether the first window was already open when the span began."""
        return len(self) > 0 and bool(self.bounds[0, 0] <= self.span.start + EDGE_S)

    @property
    def open_end(self) -> bool:
        """Whether the last window was still open when the span ended."""
        return len(self) > 0 and bool(self.bounds[-1, 1] >= self.span.end - EDGE_S)

    def to_pandas(self) -> Any:
        """A pandas frame: start, end (UTC), duration_s."""
        import pandas as pd

        return pd.DataFrame(
            {
                "start": pd.DatetimeIndex(utc_datetime64(self.bounds[:, 0]), tz="UTC"),
                "end": pd.DatetimeIndex(utc_datetime64(self.bounds[:, 1]), tz="UTC"),
                "duration_s": self.durations_s,
            }
        )

    def to_table(self) -> Any:
        """An astropy table: start and end as astropy Times (TDB), duration with its unit."""
        from astropy import units
        from astropy.table import QTable
        from astropy.time import Time

        days = self.bounds / DAY_S
        start, end = (Time(2451545.0, column, format="jd", scale="tdb").utc for column in days.T)
        return QTable([start, end, self.durations_s * units.s], names=("start", "end", "duration"))

    def __repr__(self) -> str:
        days = f"{self.total_s / DAY_S:.1f} of {self.span.days:.4g} days ({100 * self.fraction:.1f} %)"
        gap = self.longest_gap_s
        text = f", longest gap {duration(gap)}" if gap > 0 else ""
        return f"<{len(self)} window{'s' if len(self) != 1 else ''}, {days}{text}>"

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{start}</td><td>{end}</td><td style='text-align:right'>{duration(seconds)}</td></tr>"
            for start, end, seconds in zip(
                utc(self.bounds[:20, 0], 0), utc(self.bounds[:20, 1], 0), self.durations_s[:20], strict=True
            )
        )
        more = f"<tr><td colspan='3'>… {len(self) - 20} more</td></tr>" if len(self) > 20 else ""
        summary = repr(self).strip("<>")
        return f"<p>{summary}</p><table><tr><th>start</th><th>end</th><th>duration</th></tr>{rows}{more}</table>"


def overlap(sets: Sequence[Windows], at_least: int) -> Windows:
    """When at least so many of the sets hold at once: 1 is `|`, all is `&`, 2 is two stations in view."""
    if not sets:
        raise ValueError("overlap needs at least one set of windows")
    starts, ends = max(s.span.start for s in sets), min(s.span.end for s in sets)
    if starts >= ends:
        raise ValueError("these windows have no time in common: their spans do not meet")
    span = Span(starts, ends)
    certificate = sum((s.certificate for s in sets), Certificate())
    bounds = np.clip(_sweep([s.bounds for s in sets], at_least), span.start, span.end)
    return Windows(bounds[bounds[:, 0] < bounds[:, 1]], span, certificate)


def _sweep(sets: Sequence[Array], at_least: int) -> Array:
    """Intervals on which at least so many of the intervals given are open: one pass over the sorted edges."""
    bounds = np.concatenate([np.asarray(s, dtype=float).reshape(-1, 2) for s in sets])
    times = bounds.T.ravel()
    steps = np.repeat([1, -1], len(bounds))
    order = np.lexsort((-steps, times))  # at one instant starts come before ends, so that touching windows join
    open_now = np.cumsum(steps[order]) >= at_least
    before = np.concatenate(([False], open_now[:-1]))
    edges: Array = times[order][open_now != before].reshape(-1, 2)
    return edges[edges[:, 0] < edges[:, 1]]


def _pairs(bounds: Any) -> Array:
    """Bounds as starts and ends (n, 2), TDB s. Raises `ValueError` for arrays of another shape."""
    array = instants(bounds)
    if array.size % 2 or array.ndim > 2 or (array.ndim == 2 and array.size and array.shape[1] != 2):
        raise ValueError(f"expected starts and ends of windows, (n, 2), got an array of the shape {array.shape}")
    return array.reshape(-1, 2)
