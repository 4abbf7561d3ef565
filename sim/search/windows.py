"""Sets of time intervals and their algebra: `& | ~ -`, all based on one sweep over sorted edges.

Bounds are numbers, half-open [start, end), ordered and disjoint. Where the answer is unknown a set is neither open nor
closed, and the algebra uses three-valued logic: `a & b` is closed where either is closed, whether or not the other is
known; `a | b` is open where either is open. Source: Kleene (1952), Introduction to
Metamathematics, §64, strong connectives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.arguments import Joinable, given, typed
from sim.core.durations import duration
from sim.core.quantities import number
from sim.core.time import DAY_S, EDGE_S, Span, instant, instants, tdb, utc, utc_datetime64
from sim.search.bounds import minus, sweep, touching
from sim.search.certificate import Certificate

__all__ = ["Certificate", "Windows", "overlap"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Windows(Joinable):
    """When something holds: an ordered, disjoint set of half-open intervals within a span.

    bounds : (n, 2) TDB seconds past J2000, read-only; given as anything that `tdb` takes
    span   : the interval of time that was searched; for two sets with different spans, the algebra refers to the
             time common to both
    known  : (m, 2) TDB seconds, read-only: when the answer is known. Known time outside of windows is closed; the
             rest of the span is unknown (no orbit is known). None if all of the span is known

    Shares, gaps and totals refer to the known time only. Equality compares bounds and known time, exactly; `matches`
    compares bounds to a tolerance.
    """

    bounds: Array
    span: Span
    certificate: Certificate = field(default_factory=Certificate)
    known: Array | None = None

    def __post_init__(self) -> None:
        given(self.span, Span, "windows, span")
        given(self.certificate, Certificate, "windows, certificate")
        bounds = _checked(self.bounds, self.span)
        object.__setattr__(self, "bounds", bounds)
        if self.known is None:
            return
        known = _checked(self.known, self.span)
        if np.array_equal(known, [[self.span.start, self.span.end]]):
            object.__setattr__(self, "known", None)
            return
        if len(minus(bounds, known)):
            raise ValueError("windows must lie where the answer is known; Windows.of cuts them to that")
        object.__setattr__(self, "known", known)

    def __reduce__(self) -> Any:
        # By the constructor, because an unpickled array could be changed.
        return type(self), (self.bounds, self.span, self.certificate, self.known)

    @classmethod
    def unchecked(cls, bounds: Array, span: Span, certificate: Certificate) -> Windows:
        """Windows that are known to be ordered, disjoint and inside their span, from floats (n, 2) of nobody else."""
        made = object.__new__(cls)
        bounds.flags.writeable = False
        made.__dict__.update(bounds=bounds, span=span, certificate=certificate, known=None)
        return made

    @classmethod
    @typed
    def whole(cls, span: Span) -> Windows:
        """One window over a whole span."""
        return cls(np.array([[span.start, span.end]]), span)

    @classmethod
    @typed
    def none(cls, span: Span) -> Windows:
        """No windows in a span."""
        return cls(np.empty((0, 2)), span)

    @classmethod
    @typed
    def of(
        cls, bounds: Any, span: Span, certificate: Certificate | None = None, known: Any | None = None
    ) -> Windows:
        """Windows from any intervals, (n, 2) times that `tdb` accepts: sorted, joined where they touch, cut to the
        span, empty ones dropped. An infinite edge is open.

        known : intervals (m, 2) in which the answer is known, in the same form; windows are cut to them. All if None
        """
        array = _tidied(bounds, span)
        if known is None:
            return cls(array, span, certificate or Certificate())
        sure = _tidied(known, span)
        return cls(sweep([array, sure], 2), span, certificate or Certificate(), sure)

    @typed
    def __and__(self, other: Windows) -> Windows:
        return overlap((self, other), 2)

    @typed
    def __or__(self, other: Windows) -> Windows:
        return overlap((self, other), 1)

    def __invert__(self) -> Windows:
        return Windows(self._closed, self.span, self.certificate, self.known)

    @typed
    def __sub__(self, other: Windows) -> Windows:
        return self & ~other

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Windows) or not np.array_equal(self.bounds, other.bounds):
            return False
        if self.known is None or other.known is None:
            return self.known is other.known
        return np.array_equal(self.known, other.known)

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
        """Whether each time that `tdb` accepts is in a window, including starts and excluding ends: (...) → (...)."""
        inside: NDArray[np.bool_] = np.searchsorted(self.bounds.ravel(), tdb(t), "right") % 2 == 1
        return inside

    @typed
    def matches(self, other: Windows, tolerance_s: float) -> bool:
        """Whether both have the same windows, each edge within the tolerance; what is known is not compared."""
        tolerance_s = number(tolerance_s, "s", "a tolerance in seconds")
        return len(self) == len(other) and bool(np.all(np.abs(self.bounds - other.bounds) <= tolerance_s))

    def at_least(self, seconds: float) -> Windows:
        """The windows of at least a duration; for a shorter one that unknown time cuts, this is unknown.

        Raises `ValueError` for a negative length.
        """
        seconds = number(seconds, "s", "a duration in seconds")
        if not seconds >= 0.0:
            raise ValueError(f"expected a duration of at least 0 s, got {seconds:g}")
        long = self.durations_s >= seconds
        if self.known is None:
            return replace(self, bounds=self.bounds[long])
        doubtful = self.bounds[~long & self.beside_unknown]
        return replace(self, bounds=self.bounds[long], known=minus(self.known, doubtful))

    @typed
    def within(self, span: Span) -> Windows:
        """The same windows cut to another span; time outside their own span is unknown."""
        if span == self.span:
            return self
        inside = span.start >= self.span.start and span.end <= self.span.end
        known = self.known if inside else self.known_bounds
        return Windows.of(self.bounds, span, self.certificate, known)

    @typed
    def shifted(self, arrival: Callable[[Array], Array], ends: Callable[[Array], Array] | None = None) -> Windows:
        """Windows with edges moved by an increasing function of time; those at an end of the span stay open there.

        The known time moves with them.

        ends : the function for ends of windows, if it has steps: the value just before a step counts
        """
        if not len(self) and self.known is None:
            return self
        sides = arrival, ends or arrival
        known = None if self.known is None else _moved(self.known, self.span, *sides)
        return Windows.of(_moved(self.bounds, self.span, *sides), self.span, self.certificate, known)

    @property
    def durations_s(self) -> Array:
        return self.bounds[:, 1] - self.bounds[:, 0]

    @property
    def total_s(self) -> float:
        return float(self.durations_s.sum())

    @property
    def known_s(self) -> float:
        """Duration of the known time (s)."""
        return self.span.duration_s if self.known is None else float((self.known[:, 1] - self.known[:, 0]).sum())

    @property
    def unknown(self) -> Windows:
        """When the answer is not known."""
        return Windows(minus(np.array([[self.span.start, self.span.end]]), self.known_bounds), self.span)

    @property
    def possible(self) -> Windows:
        """When it holds or may hold: open or unknown."""
        return Windows(sweep([self.bounds, self.unknown.bounds], 1), self.span, self.certificate)

    @property
    def unknown_beside_s(self) -> Array:
        """For each window, the unknown time before and after it, up to its neighbor or the end of the span.

        (n, 2) s: unknown time between two windows counts for both.
        """
        unknown = self.unknown.bounds
        edges = np.concatenate(([self.span.start], self.bounds.ravel(), [self.span.end])).reshape(-1, 2)
        cut = np.clip(unknown, edges[:, :1, None], edges[:, 1:, None])  # (between, unknown, 2)
        seconds = (cut[..., 1] - cut[..., 0]).sum(axis=1)
        return np.column_stack((seconds[:-1], seconds[1:]))

    @property
    def beside_unknown(self) -> NDArray[np.bool_]:
        """Which windows begin or end at the border of known time: (n,)."""
        return touching(self.bounds, self.unknown.bounds)

    @property
    def fraction(self) -> float:
        """Fraction of the known time that the windows cover, 0 to 1; NaN if nothing is known."""
        known = self.known_s
        return self.total_s / known if known > 0.0 else float("nan")

    @property
    def gaps(self) -> Windows:
        """The known time between windows, before the first and after the last: the same as `~`."""
        return ~self

    @property
    def longest_gap_s(self) -> float:
        """The longest interval known to be closed (s); a gap that unknown time cuts may be longer (`repr` marks it)."""
        return float(max((~self).durations_s, default=0.0))

    @property
    def known_bounds(self) -> Array:
        """The known time: (m, 2) TDB s, also if it is all of the span."""
        return np.array([[self.span.start, self.span.end]]) if self.known is None else self.known

    @property
    def _closed(self) -> Array:
        """When it is known not to hold."""
        return minus(self.known_bounds, self.bounds)

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
        count = f"{len(self)} window{'s' if len(self) != 1 else ''}"
        if self.known_s == 0.0:
            return f"<{count}, nothing known in {self.span.days:.4g} days>"
        days, known, left = f"{self.total_s / DAY_S:.1f}", f"{self.span.days:.4g} days", ""
        if self.known is not None:
            unknown = self.span.duration_s - self.known_s
            left = f"; {_days(unknown)} unknown"
            known = f"{self.known_s / DAY_S:.4g} known days"
        gaps, gap = self.gaps, self.longest_gap_s
        longest = gaps.bounds[gaps.durations_s == gap]
        more = "at least " if touching(longest, self.unknown.bounds).any() else ""
        text = f", longest gap {more}{duration(gap)}" if gap > 0 else ""
        return f"<{count}, {days} of {known} ({100 * self.fraction:.1f} %{left}){text}>"

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


@typed
def overlap(sets: Sequence[Windows], at_least: int) -> Windows:
    """When at least so many of the sets are open at once: 1 is `|`, all is `&`, 2 is two stations in view.

    Open where so many are known to be open; closed where fewer would be open even if all unknown ones were; otherwise
    unknown.
    """
    if not sets:
        raise ValueError("overlap needs at least one set of windows")
    if at_least < 1:
        raise ValueError(f"expected how many of the {len(sets)} sets must hold at once, 1 or more, got {at_least}")
    starts, ends = max(s.span.start for s in sets), min(s.span.end for s in sets)
    if starts >= ends:
        raise ValueError("these windows have no time in common: their spans do not meet")
    span = Span(starts, ends)
    certificate = sum((s.certificate for s in sets), Certificate())
    bounds = _clipped(sweep([s.bounds for s in sets], at_least), span)
    known = None
    if any(s.known is not None for s in sets) and at_least <= len(sets):
        closed = _clipped(sweep([s._closed for s in sets], len(sets) - at_least + 1), span)
        known = sweep([bounds, closed], 1)
    return Windows(bounds, span, certificate, known)


def _checked(bounds: Any, span: Span) -> Array:
    """Intervals as read-only floats (n, 2). Raises `ValueError` if they are not windows of a span."""
    edges = (array := _pairs(bounds).copy()).ravel()
    if len(edges) and not (span.start <= edges[0] and edges[-1] <= span.end and (edges[1:] > edges[:-1]).all()):
        raise ValueError(_mistake(array, span))
    array.flags.writeable = False
    return array


def _mistake(array: Array, span: Span) -> str:
    """The message for intervals that are not windows of a span."""
    if not np.all(np.isfinite(array)) or np.any(array[:, 0] >= array[:, 1]):
        return "each window must end after it starts"
    if np.any(array[1:, 0] <= array[:-1, 1]):
        return "windows must be ordered and disjoint; Windows.of sorts and joins them"
    return "windows must lie within their span; Windows.of cuts them to it"


def _clipped(bounds: Array, span: Span) -> Array:
    cut = np.clip(bounds, span.start, span.end)
    return cut[cut[:, 0] < cut[:, 1]]


def _tidied(bounds: Any, span: Span) -> Array:
    """Sort intervals, join those that touch, and cut them to a span."""
    return sweep([_clipped(_pairs(tdb(bounds)), span)], 1)


def _moved(
    bounds: Array, span: Span, starts: Callable[[Array], Array], ends: Callable[[Array], Array]
) -> Array:
    """Intervals with their edges moved, except those at the ends of the span."""
    moved = np.where(bounds <= span.start + EDGE_S, span.start, span.end)
    inner = (bounds > span.start + EDGE_S) & (bounds < span.end - EDGE_S)
    for side, arrival in enumerate((starts, ends)):
        if np.any(some := inner[:, side]):
            moved[some, side] = arrival(bounds[some, side])
    return moved


def _pairs(bounds: Any) -> Array:
    """Bounds as starts and ends (n, 2), TDB s. Raises `ValueError` for arrays of another shape."""
    array = instants(bounds)
    if array.size % 2 or array.ndim > 2 or (array.ndim == 2 and array.size and array.shape[1] != 2):
        raise ValueError(f"expected starts and ends of windows, (n, 2), got an array of the shape {array.shape}")
    return array.reshape(-1, 2)


def _days(seconds: float) -> str:
    return f"{seconds / DAY_S:.1f} days" if seconds >= 2 * DAY_S else duration(seconds)
