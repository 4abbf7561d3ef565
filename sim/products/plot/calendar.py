"""Eclipses, conjunctions and the like on a calendar: a row a month, a column a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.durations import duration
from sim.core.time import DAY_S, Span, tdb, utc, utc_datetime64
from sim.products.plot.bars import bars, heights
from sim.products.plot.style import Theme, dressed, figure, hatched, hue, said, titled
from sim.search.windows import Windows

Array = NDArray[np.float64]

THINNEST_DAYS = 0.08
"""So wide is the shortest event drawn, that none vanishes; what follows more closely is drawn as its share."""


@dataclass(frozen=True)
class Events:
    """One kind of event, and when."""

    label: str
    windows: Windows


def calendar(kinds: Sequence[Events], span: Span, title: str = "", theme: Theme = "light") -> Any:
    """Draw when events fall, month by month; returns the axes.

    kinds : one lane each in every month, in the order given; at most six are drawn
    span  : what is shown; days outside it are shaded

    A day is as wide in every month; an event is drawn no thinner than two hours, so that none vanishes. Where events
    and the time between them are shorter, one lower bar stands for them, as high as their share.

    >>> ax = calendar([Events("eclipse", (umbra_deg(lro) > 0).windows(span))], span)
    """
    shown = list(kinds)[:6]
    months = _months(span)
    lanes = max(1, len(shown))
    each = max(0.5, 0.2 * lanes + 0.14)
    made = figure(12.0, 2.2 + each * len(months) + 0.2 * lanes, theme)
    ax = made.add_subplot()
    dress = dressed(ax, theme)
    ax.grid(False)
    ax.set_xlim(1, 32)
    ax.set_ylim(len(months), 0)
    ax.set_xticks([day + 0.5 for day in range(1, 32)], [str(day) for day in range(1, 32)])
    ax.set_yticks([i + 0.5 for i in range(len(months))], [text for text, _, _ in months])
    ax.set_xlabel("day of the month (UTC)")
    ax.tick_params(length=0)
    for row, (_, first, last) in enumerate(months):
        _days(ax, row, first, last, span, dress)
    lower = False
    for lane, kind in enumerate(shown):
        for row, (_, first, last) in enumerate(months):
            _unknown(ax, kind.windows, row, lane, lanes, first, last, theme)
            lower |= _events(ax, kind.windows, row, lane, lanes, first, last, hue(lane, theme))
    more = f" · {len(kinds) - 6} more not drawn" if len(kinds) > 6 else ""
    titled(ax, title, theme, f"{utc(span.start, 0)[:10]} to {utc(span.end, 0)[:10]}, UTC{more}")
    _legend(ax, shown, lower, theme, dress)
    return ax


def _months(span: Span) -> list[tuple[str, float, float]]:
    """Name, first instant and end (TDB s) of every month that the span touches."""
    start, end = utc_datetime64(np.array([span.start, span.end - 1e-3])).astype("datetime64[M]")
    edges = np.arange(start, end + np.timedelta64(2, "M"))
    times = tdb(edges.astype("datetime64[us]"))
    return [(str(name), float(a), float(b)) for name, a, b in zip(edges, times, times[1:], strict=False)]


def _days(ax: Any, row: int, first: float, last: float, span: Span, dress: dict[str, str]) -> None:
    count = round((last - first) / DAY_S)
    for day in range(1, 32):
        inside = day <= count and first + day * DAY_S > span.start and first + (day - 1) * DAY_S < span.end
        ax.fill_between([day, day + 1], row, row + 1, facecolor=dress["paper"] if inside else dress["land"],
                        edgecolor=dress["grid"], linewidth=0.6, zorder=0.5)  # fmt: skip
    ax.plot([1, 32], [row, row], color=dress["edge"], linewidth=0.8, zorder=0.6)


def _events(ax: Any, windows: Windows, row: int, lane: int, lanes: int, first: float, last: float,
            color: str) -> bool:  # fmt: skip
    """One kind of event in one month; whether a bar is lower than full."""
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


def _unknown(ax: Any, windows: Windows, row: int, lane: int, lanes: int, first: float, last: float,
             theme: Theme) -> None:  # fmt: skip
    """Hatching where no orbit is known; what is thinner than the thinnest event is not drawn."""
    from matplotlib.collections import PolyCollection

    bounds = np.clip(windows.unknown.bounds, first, last)
    bounds = 1.0 + (bounds[bounds[:, 1] - bounds[:, 0] >= THINNEST_DAYS * DAY_S] - first) / DAY_S
    height = 0.8 / lanes
    floor = row + 0.1 + (lane + 0.86) * height
    roof = floor - 0.86 * height
    corners = [[(a, floor), (a, roof), (b, roof), (b, floor)] for a, b in bounds]
    if corners:
        ax.add_collection(PolyCollection(corners, zorder=1.0, **hatched(theme)), autolim=False)


def _legend(ax: Any, kinds: Sequence[Events], lower: bool, theme: Theme, dress: dict[str, str]) -> None:
    """What the lanes are, from the top down, each with its number and its total."""
    from matplotlib.patches import Patch

    from sim.products.plot.style import legend

    shown: list[Any] = []
    for lane, kind in enumerate(kinds):
        amount = duration(kind.windows.total_s)
        count = len(kind.windows)
        words = f"{said(kind.label, 48)}: {count}, {amount}" if count else f"{said(kind.label, 48)}: none"
        words = f"{said(kind.label, 48)}: not known" if not kind.windows.known_s else words
        shown.append(Patch(facecolor=hue(lane, theme), label=words))
    if any(np.any(kind.windows.unknown.durations_s >= THINNEST_DAYS * DAY_S) for kind in kinds):
        shown.append(Patch(label="no orbit known", **hatched(theme)))
    if lower:
        words = "lower bar: too short to draw one by one; height is the share"
        shown.append(Patch(facecolor=dress["paper"], edgecolor=dress["edge"], label=words))
    if not shown:
        shown.append(Patch(facecolor=dress["paper"], label="no kind of event asked for"))
    legend(ax, shown, theme)
