"""Rows with names on a UTC axis, and times as that axis counts them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span, utc_datetime64
from sim.products.plot import style
from sim.products.plot.fonts import fonts
from sim.products.plot.style import Theme

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


def rows_axis(ax: Axes, rows: Sequence[str], span: Span, theme: Theme, most: int) -> style.Palette:
    """Prepare an axes for rows from the top down, over a span with at most so many ticks; returns its colors."""
    palette = style.apply_theme(ax, theme)
    style.time_axis(ax, span.start, span.end, most=most)
    ax.set_ylim(max(len(rows), 1) - 0.45, -0.55)
    ax.set_yticks(range(len(rows)), [style.short_label(name) for name in rows], fontfamily=fonts(), fontsize=10)
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    for row in range(1, len(rows)):
        ax.axhline(row - 0.5, color=palette["grid"], linewidth=0.5, zorder=0.5)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    return palette


def days(times: Sequence[float] | Array) -> Array:
    """Times (TDB s) as the axis counts them."""
    from matplotlib.dates import date2num

    found: Array = date2num(utc_datetime64(np.asarray(times)))  # type: ignore[no-untyped-call]
    return found
