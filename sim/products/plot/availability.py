"""When in the day something is open, day by day: a heat map of hours and dates."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.time import instant, utc_datetime64
from sim.products.plot.style import Theme, dressed, figure, hatched, legend, titled, unknown_patch

Array = NDArray[np.float64]


def availability(share: Array, first_day: Any, title: str = "", theme: Theme = "light", ax: Any = None,
                 unknown: Array | None = None) -> Any:  # fmt: skip
    """Draw how much of each piece of each day is open; returns the axes.

    share     : (days, pieces of a day), 0 to 1, of the known time; NaN outside the span, left blank
    first_day : the date of the first row (UTC), or an instant of that day, anything that `tdb` takes
    unknown   : how much of each piece no orbit is known, 0 to 1; hatched where that is more than half

    Dark is closed and bright is open, also in grey.

    >>> ax = availability(np.random.rand(30, 24), np.datetime64("2019-01-03"))
    """
    from matplotlib import colormaps
    from matplotlib.dates import AutoDateLocator, DateFormatter, date2num

    plain = isinstance(first_day, dt.date) and not isinstance(first_day, dt.datetime)
    first_day = np.datetime64(first_day if plain else utc_datetime64(instant(first_day))[0], "D")
    share = np.atleast_2d(np.asarray(share, dtype=float))
    days = len(share)
    own = ax is None
    ax = figure(9.6, float(np.clip(2.2 + 0.22 * days, 3.2, 8.5)), theme).add_subplot() if own else ax
    dress = dressed(ax, theme)
    ax.grid(False)
    map_ = colormaps["cividis"].with_extremes(bad=dress["paper"])
    top: Any = date2num(first_day)  # type: ignore[no-untyped-call]
    edges = [float(top) + i for i in (0, days)]
    image = ax.imshow(100.0 * share, aspect="auto", cmap=map_, vmin=0, vmax=100, interpolation="nearest",
                      extent=(0, 24, edges[1], edges[0]))  # fmt: skip
    ax.set_xticks(range(0, 25, 3))
    ax.set_xlabel("hour of the day (UTC)")
    ax.set_ylabel("date (UTC)")
    if days <= 14:
        ax.set_yticks([edges[0] + i + 0.5 for i in range(days)],
                      [str(first_day + i) for i in range(days)])  # fmt: skip
    else:
        locator = AutoDateLocator(minticks=4, maxticks=9)  # type: ignore[no-untyped-call]
        ax.yaxis.set_major_locator(locator)
        ax.yaxis.set_major_formatter(DateFormatter("%d %b %Y" if days > 200 else "%d %b"))  # type: ignore[no-untyped-call]
        ax.set_ylabel("date (UTC)" if days > 200 else f"date (UTC), from {np.datetime64(first_day, 'D')}")
    bar = ax.figure.colorbar(image, ax=ax, pad=0.015)
    bar.set_label("open (%)", color=dress["ink"], fontsize=9)
    bar.ax.tick_params(colors=dress["ink"], labelsize=8.5)
    bar.outline.set_edgecolor(dress["edge"])
    told = np.isfinite(share)
    weight = np.ones(share.shape) if unknown is None else 1.0 - np.nan_to_num(unknown)
    mean = float(np.average(share[told], weights=weight[told])) if told.any() else np.nan
    if unknown is not None and np.any(lost := np.nan_to_num(unknown) > 0.5):
        _hatch(ax, lost, edges[0], theme)
        legend(ax, [unknown_patch(theme)], theme)
    each = 1440 / share.shape[1]
    size = "hour" if each == 60 else f"{each / 60:g} h" if each > 60 else f"{each:g} min"
    left = "of all the time known" if unknown is not None and np.nansum(unknown) > 0.0 else "of all"
    titled(ax, title, theme, f"share of each {size} that is open · {left}: "
                             f"{f'{100 * mean:.3g} %' if np.isfinite(mean) else 'nothing'}")  # fmt: skip
    return ax


def _hatch(ax: Any, lost: NDArray[np.bool_], top: float, theme: Theme) -> None:
    """Hatching over pieces of days (days, pieces)."""
    from matplotlib.collections import PolyCollection

    day, piece = np.nonzero(lost)
    left, right = 24.0 * piece / lost.shape[1], 24.0 * (piece + 1) / lost.shape[1]
    low, high = top + day, top + day + 1
    corners = np.stack((left, low, left, high, right, high, right, low), axis=-1).reshape(-1, 4, 2)
    ax.add_collection(PolyCollection(list(corners), zorder=2.0, **hatched(theme)), autolim=False)
