"""How much contact there is: a day, a month, and how long the gaps are. Unknown time counts as nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, tdb, utc_datetime64

if TYPE_CHECKING:
    from sim.search.windows import Windows

Array = NDArray[np.float64]

EDGE_S = 1e-3
"""Times that differ by less are equal: a day's edge and the span's, or the least time of a day and the open one."""


@dataclass(frozen=True)
class Statistics:
    """Figures of some windows in one period.

    period      : `span`, a month (2019-01) or a day (2019-01-03), UTC
    known_s     : how long the answer is known; open_s : how long the windows are open
    passes      : windows that begin in the period, or are open as it begins where it is the span's first
    gap_*_s     : mean, median, 95th percentile and longest of the gaps that end in the period; None without any
    worst_day_s : the shortest open time of a day, of days of the span that are known throughout; None without any
    required    : share of these days on which the least time a day is met; None where none is asked for
    required_share : share of the required time that these days have, each day at most all of it; None likewise
    """

    period: str
    known_s: float
    open_s: float
    passes: int
    gaps: int
    gap_mean_s: float | None
    gap_median_s: float | None
    gap_95_s: float | None
    gap_longest_s: float | None
    worst_day_s: float | None = None
    required: float | None = None
    required_share: float | None = None

    @property
    def hours_per_day(self) -> float | None:
        """Open hours a day of known time; None where nothing is known."""
        return 24.0 * self.open_s / self.known_s if self.known_s > 0.0 else None

    @property
    def passes_per_day(self) -> float | None:
        """Passes a day of known time; None where nothing is known."""
        return self.passes * DAY_S / self.known_s if self.known_s > 0.0 else None


def statistics(windows: Windows, min_hours_per_day: float | None = None) -> list[Statistics]:
    """Figures of the whole span, then of every month, then of every day (UTC).

    Parameters
    ----------
    windows
        When there is contact.
    min_hours_per_day
        A least time a day. Only days of the span that are known from beginning to end count.

    Returns
    -------
    list of Statistics
        A gap is time between two windows that is known to be closed from beginning to end: what the span or unknown
        time cuts is none, as nobody knows how long it is.
    """
    span, gaps = windows.span, closed_gaps(windows)
    days, months = (_periods(windows, unit) for unit in ("D", "M"))
    whole = list(_whole_days(windows, days))
    return [
        _figures(name, windows, gaps, edges, whole, min_hours_per_day)
        for name, edges in [("span", (span.start, span.end)), *months, *days]
    ]


def closed_gaps(windows: Windows) -> Array:
    """The gaps (n, 2) TDB s that are known from the end of one window to the start of the next."""
    between = np.stack((windows.bounds[:-1, 1], windows.bounds[1:, 0]), axis=1)
    found: Array = between[windows.unknown_beside_s[:-1, 1] == 0.0]
    return found


def _figures(
    name: str, windows: Windows, gaps: Array, edges: tuple[float, float], whole: Sequence[Day], least_h: float | None
) -> Statistics:
    start, end = np.clip(edges, windows.span.start, windows.span.end)
    begins = windows.bounds[:, 0]
    days = np.array([each.open_s for each in whole if each.start >= start - EDGE_S and each.end <= end + EDGE_S])
    asked_s = 3600.0 * least_h if least_h is not None and len(days) else None
    lengths = (gaps[:, 1] - gaps[:, 0])[(gaps[:, 1] > start) & (gaps[:, 1] <= end)]
    some = len(lengths) > 0
    return Statistics(
        period=name,
        known_s=_lasting(windows.known_bounds, start, end),
        open_s=_lasting(windows.bounds, start, end),
        passes=int(((begins >= start) & (begins < end)).sum()),
        gaps=len(lengths),
        gap_mean_s=float(lengths.mean()) if some else None,
        gap_median_s=float(np.median(lengths)) if some else None,
        gap_95_s=float(np.percentile(lengths, 95)) if some else None,
        gap_longest_s=float(lengths.max()) if some else None,
        worst_day_s=float(days.min()) if len(days) else None,
        required=None if asked_s is None else float(np.mean(days >= asked_s - EDGE_S)),
        required_share=None if asked_s is None else float(np.mean(np.minimum(days, asked_s)) / asked_s),
    )


class Day(NamedTuple):
    """A day of the span that is known throughout (TDB s), and how long there is contact."""

    start: float
    end: float
    open_s: float


def _whole_days(windows: Windows, days: Sequence[tuple[str, tuple[float, float]]]) -> Iterator[Day]:
    for _, (start, end) in days:
        if _lasting(windows.known_bounds, start, end) >= end - start - EDGE_S:
            yield Day(start, end, _lasting(windows.bounds, start, end))


def _lasting(bounds: Array, start: float, end: float) -> float:
    cut = np.clip(bounds, start, end)
    return float((cut[:, 1] - cut[:, 0]).sum())


def _periods(windows: Windows, unit: str) -> list[tuple[str, tuple[float, float]]]:
    """The UTC days or months that a span touches: their names, and from when to when (TDB s)."""
    first, last = utc_datetime64(np.array([windows.span.start, windows.span.end - 1e-3])).astype(f"datetime64[{unit}]")
    names = np.arange(first, last + 2)
    edges = np.asarray(tdb(names.astype("datetime64[us]"))).tolist()
    return list(zip(map(str, names[:-1]), pairwise(edges), strict=True))
