"""Heat map of the share of time that a route is open, by hour of the day and date."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import instant, utc_datetime64
from sim.core.values import OneTime
from sim.products.plot.style import Theme, add_title, apply_theme, figure, figure_of, hatch_style, legend, unknown_patch

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def availability(share: Array, first_day: OneTime | dt.date, title: str = "", theme: Theme = "light",
                 ax: Axes | None = None, unknown: Array | None = None) -> Axes:  # fmt: skip
    """Draw the share of time that a route is open as a heat map of hours and dates.

    Parameters
    ----------
    share : array of shape (days, intervals per day)
        Open share of the known time, 0 to 1. NaN outside the span, left blank.
    first_day : date or time
        UTC date of the first row, or a time on that day, as any type that `tdb` accepts.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.
    ax : Axes, optional
        Axes to draw on. A new figure by default.
    unknown : array of the shape of share, optional
        Share of time without a known orbit, 0 to 1. Hatched where it exceeds one half.

    Returns
    -------
    Axes
        The axes of the heat map.

    Notes
    -----
    The color scale (cividis) grows from dark for closed to bright for open, also in grayscale.

    Examples
    --------
    >>> ax = availability(np.full((3, 24), 0.5), np.datetime64("2019-01-03"), title="Relay")
    >>> ax.get_xlabel()
    'hour of the day (UTC)'
    """
    from matplotlib import colormaps
    from matplotlib.dates import AutoDateLocator, DateFormatter, date2num

    first = _date(first_day)
    share = np.atleast_2d(np.asarray(share, dtype=float))
    days = len(share)
    if ax is None:
        ax = figure(9.6, float(np.clip(2.2 + 0.22 * days, 3.2, 8.5)), theme).add_subplot()
    palette = apply_theme(ax, theme)
    ax.grid(False)
    map_ = colormaps["cividis"].with_extremes(bad=palette["paper"])
    top = float(date2num(first))  # type: ignore[no-untyped-call]
    edges = [top + i for i in (0, days)]
    image = ax.imshow(100.0 * share, aspect="auto", cmap=map_, vmin=0, vmax=100, interpolation="nearest",
                      extent=(0, 24, edges[1], edges[0]))  # fmt: skip
    ax.set_xticks(range(0, 25, 3))
    ax.set_xlabel("hour of the day (UTC)")
    ax.set_ylabel("date (UTC)")
    if days <= 14:
        ax.set_yticks([edges[0] + i + 0.5 for i in range(days)],
                      [str(first + i) for i in range(days)])  # fmt: skip
    else:
        locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
        ax.yaxis.set_major_locator(locator)
        ax.yaxis.set_major_formatter(DateFormatter("%d %b %Y" if days > 200 else "%d %b"))  # type: ignore[no-untyped-call]
        ax.set_ylabel("date (UTC)" if days > 200 else f"date (UTC), from {first}")
    bar = figure_of(ax).colorbar(image, ax=ax, pad=0.015)
    bar.set_label("open (%)", color=palette["ink"], fontsize=9)
    bar.ax.tick_params(colors=palette["ink"], labelsize=8.5)
    bar.outline.set_edgecolor(palette["edge"])
    finite = np.isfinite(share)
    weight = np.ones(share.shape) if unknown is None else 1.0 - np.nan_to_num(unknown)
    mean = float(np.average(share[finite], weights=weight[finite])) if finite.any() else np.nan
    if unknown is not None and np.any(lost := np.nan_to_num(unknown) > 0.5):
        _hatch(ax, lost, edges[0], theme)
        legend(ax, [unknown_patch(theme)], theme)
    each = 1440 / share.shape[1]
    size = "hour" if each == 60 else f"{each / 60:g} h" if each > 60 else f"{each:g} min"
    partly = unknown is not None and np.nansum(unknown) > 0.0
    total = f"{100 * mean:.3g} % of {'the known' if partly else 'the whole'} time" if np.isfinite(mean) else "no data"
    add_title(ax, title, theme, f"open share of each {size} · total: {total}")
    return ax


def _date(day: OneTime | dt.date) -> np.datetime64:
    """The UTC date of a date or an instant."""
    if isinstance(day, dt.date) and not isinstance(day, dt.datetime):
        return np.datetime64(day, "D")
    date: np.datetime64 = utc_datetime64(instant(day))[0].astype("datetime64[D]")
    return date


def _hatch(ax: Axes, lost: NDArray[np.bool_], top: float, theme: Theme) -> None:
    """Hatch the cells (days, intervals) of a mask."""
    from matplotlib.collections import PolyCollection

    day, piece = np.nonzero(lost)
    left, right = 24.0 * piece / lost.shape[1], 24.0 * (piece + 1) / lost.shape[1]
    low, high = top + day, top + day + 1
    corners = np.stack((left, low, left, high, right, high, right, low), axis=-1).reshape(-1, 4, 2)
    ax.add_collection(PolyCollection(list(corners), zorder=2.0, **hatch_style(theme)), autolim=False)
