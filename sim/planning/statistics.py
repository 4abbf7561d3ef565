"""How much contact there is: a day, a month, and how long the gaps are. Unknown time counts as nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.time import DAY_S, tdb, utc_datetime64
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
    required    : share of the known days on which the least time a day is met; None where none is asked for
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
    required: float | None = None

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
    span = windows.span
    days = _edges(windows, "D")
    periods = [("span", np.array([span.start, span.end]))]
    for unit in ("M", "D"):
        names, edges = _edges(windows, unit)
        periods += [(str(name), edges[i : i + 2]) for i, name in enumerate(names)]
    whole_days = np.stack((days[1][:-1], days[1][1:]), axis=1)
    return [_figures(name, windows, edges, whole_days, min_hours_per_day) for name, edges in periods]


def closed_gaps(windows: Windows) -> Array:
    """The gaps (n, 2) TDB s that are known from the end of one window to the start of the next."""
    between = np.stack((windows.bounds[:-1, 1], windows.bounds[1:, 0]), axis=1)
    found: Array = between[windows.unknown_beside_s[:-1, 1] == 0.0]
    return found


def _figures(name: str, windows: Windows, edges: Array, days: Array, least: float | None) -> Statistics:
    start, end = np.clip(edges, windows.span.start, windows.span.end)
    begins = windows.bounds[:, 0]
    gaps = closed_gaps(windows)
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
        required=None if least is None else _met(windows, days, start, end, least),
    )


def _met(windows: Windows, days: Array, start: float, end: float, least: float) -> float | None:
    """Share of the whole known days between two times with at least so many hours of contact; None without a day."""
    inside = [(a, b) for a, b in days if a >= start - EDGE_S and b <= end + EDGE_S]
    known = [(a, b) for a, b in inside if _lasting(windows.known_bounds, a, b) >= b - a - EDGE_S]
    met = sum(_lasting(windows.bounds, a, b) >= 3600.0 * least - EDGE_S for a, b in known)
    return met / len(known) if known else None


def _lasting(bounds: Array, start: float, end: float) -> float:
    cut = np.clip(bounds, start, end)
    return float((cut[:, 1] - cut[:, 0]).sum())


def _edges(windows: Windows, unit: str) -> tuple[NDArray[np.datetime64], Array]:
    """The UTC days or months that a span touches: their first instants, and all edges in TDB s."""
    first, last = utc_datetime64(np.array([windows.span.start, windows.span.end - 1e-3])).astype(f"datetime64[{unit}]")
    names = np.arange(first, last + 2)
    return names[:-1], np.asarray(tdb(names.astype("datetime64[us]")))
