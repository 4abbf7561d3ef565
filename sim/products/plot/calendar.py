"""Eclipses, conjunctions and other events on a calendar: one row per month, one column per day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.durations import duration
from sim.core.time import DAY_S, Span, tdb, utc, utc_datetime64
from sim.products.plot.bars import bars, heights
from sim.products.plot.style import Palette, Theme, add_title, apply_theme, figure, hatch_style, hue, short_label
from sim.search.windows import Windows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

THINNEST_DAYS = 0.08
"""Smallest width of an event (days). Events and gaps shorter than this are joined into one bar with its share."""


@dataclass(frozen=True)
class Events:
    """One kind of event and its windows."""

    label: str
    windows: Windows


def calendar(kinds: Sequence[Events], span: Span, title: str = "", theme: Theme = "light") -> Axes:
    """Draw events on a calendar with one row per month.

    Parameters
    ----------
    kinds : sequence of Events
        One lane per kind in every month, in this order. At most six are drawn.
    span : Span
        Time shown. Days outside it are shaded.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    Axes
        The axes of the calendar.

    Notes
    -----
    An event is drawn at least two hours wide. Events and gaps shorter than that are joined into one bar whose height
    is their share of the time.

    Examples
    --------
    >>> span = Span("2026-03-01T00:00:00Z", days=2)
    >>> eclipse = Windows.of([(span.start, span.start + 3600.0)], span)
    >>> ax = calendar([Events("Earth eclipse", eclipse)], span)
    >>> ax.get_xlabel()
    'day of the month (UTC)'
    """
    shown = list(kinds)[:6]
    months = _months(span)
    lanes = max(1, len(shown))
    each = max(0.5, 0.2 * lanes + 0.14)
    made = figure(12.0, 2.2 + each * len(months) + 0.2 * lanes, theme)
    ax = made.add_subplot()
    palette = apply_theme(ax, theme)
    ax.grid(False)
    ax.set_xlim(1, 32)
    ax.set_ylim(len(months), 0)
    ax.set_xticks([day + 0.5 for day in range(1, 32)], [str(day) for day in range(1, 32)])
    ax.set_yticks([i + 0.5 for i in range(len(months))], [text for text, _, _ in months])
    ax.set_xlabel("day of the month (UTC)")
    ax.tick_params(length=0)
    for row, (_, first, last) in enumerate(months):
        _days(ax, row, first, last, span, palette)
    lower = False
    for lane, kind in enumerate(shown):
        for row, (_, first, last) in enumerate(months):
            _unknown(ax, kind.windows, row, lane, lanes, first, last, theme)
            lower |= _events(ax, kind.windows, row, lane, lanes, first, last, hue(lane, theme))
    more = f" · {len(kinds) - 6} more not shown" if len(kinds) > 6 else ""
    add_title(ax, title, theme, f"{utc(span.start, 0)[:10]} to {utc(span.end, 0)[:10]}, UTC{more}")
    _legend(ax, shown, lower, theme, palette)
    return ax


def _months(span: Span) -> list[tuple[str, float, float]]:
    """Name, start and end (TDB s) of every month that overlaps the span."""
    start, end = utc_datetime64(np.array([span.start, span.end - 1e-3])).astype("datetime64[M]")
    edges = np.arange(start, end + np.timedelta64(2, "M"))
    times = tdb(edges.astype("datetime64[us]"))
    return [(str(name), float(a), float(b)) for name, a, b in zip(edges, times, times[1:], strict=False)]


def _days(ax: Axes, row: int, first: float, last: float, span: Span, palette: Palette) -> None:
    count = round((last - first) / DAY_S)
    for day in range(1, 32):
        inside = day <= count and first + day * DAY_S > span.start and first + (day - 1) * DAY_S < span.end
        ax.fill_between([day, day + 1], row, row + 1, facecolor=palette["paper"] if inside else palette["land"],
                        edgecolor=palette["grid"], linewidth=0.6, zorder=0.5)  # fmt: skip
    ax.plot([1, 32], [row, row], color=palette["edge"], linewidth=0.8, zorder=0.6)


def _events(ax: Axes, windows: Windows, row: int, lane: int, lanes: int, first: float, last: float,
            color: str) -> bool:  # fmt: skip
    """Draw one kind of event in one month; returns whether a bar is lower than full."""
    from matplotlib.collections import PolyCollection

    bounds = windows.bounds[(windows.bounds[:, 1] > first) & (windows.bounds[:, 0] < last)]
    found = bars(np.clip(bounds, first, last), THINNEST_DAYS * DAY_S)
    if not len(found):
        return False
    starts, ends = 1.0 + (found[:, :2].T - first) / DAY_S
    height = 0.8 / lanes
    floor = np.full(len(found), row + 0.1 + (lane + 0.86) * height)
    roof = floor - 0.86 * height * heights(found[:, 2])
    corners = np.stack((starts, floor, starts, roof, ends, roof, ends, floor), axis=-1).reshape(-1, 4, 2)
    drawn = PolyCollection(list(corners), facecolors=color, linewidth=0, snap=False, zorder=2)
    ax.add_collection(drawn, autolim=False)
    return bool((found[:, 2] < 1.0).any())


def _unknown(ax: Axes, windows: Windows, row: int, lane: int, lanes: int, first: float, last: float,
             theme: Theme) -> None:  # fmt: skip
    """Hatch time without a known orbit, unless it is shorter than `THINNEST_DAYS`."""
    from matplotlib.collections import PolyCollection

    bounds = np.clip(windows.unknown.bounds, first, last)
    bounds = 1.0 + (bounds[bounds[:, 1] - bounds[:, 0] >= THINNEST_DAYS * DAY_S] - first) / DAY_S
    height = 0.8 / lanes
    floor = row + 0.1 + (lane + 0.86) * height
    roof = floor - 0.86 * height
    corners = [[(a, floor), (a, roof), (b, roof), (b, floor)] for a, b in bounds]
    if corners:
        ax.add_collection(PolyCollection(corners, zorder=1.0, **hatch_style(theme)), autolim=False)


def _legend(ax: Axes, kinds: Sequence[Events], lower: bool, theme: Theme, palette: Palette) -> None:
    """Legend of the lanes, from the top down, with the number of events and their total duration."""
    from matplotlib.patches import Patch

    from sim.products.plot.style import legend

    shown: list[Patch] = []
    for lane, kind in enumerate(kinds):
        amount = duration(kind.windows.total_s)
        count = len(kind.windows)
        label = short_label(kind.label, 48)
        words = f"{label}: {count}, total {amount}" if count else f"{label}: none"
        words = words if kind.windows.known_s else f"{label}: no orbit known"
        shown.append(Patch(facecolor=hue(lane, theme), label=words))
    if any(np.any(kind.windows.unknown.durations_s >= THINNEST_DAYS * DAY_S) for kind in kinds):
        shown.append(Patch(label="no orbit known", **hatch_style(theme)))
    if lower:
        words = "lower bars: events too brief to draw separately; height shows their share of the time"
        shown.append(Patch(facecolor=palette["paper"], edgecolor=palette["edge"], label=words))
    if not shown:
        shown.append(Patch(facecolor=palette["paper"], label="no events selected"))
    legend(ax, shown, theme)
