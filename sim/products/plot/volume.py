"""Data volume a day, as bars with error bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.core.time import Span, utc_datetime64
from sim.products.plot.style import Theme, add_title, apply_theme, figure, hue, time_axis
from sim.visibility.link_volume import UNITS, PassVolume

if TYPE_CHECKING:
    from matplotlib.axes import Axes



def volume_plot(days: Sequence[Span], volumes: Sequence[PassVolume], title: str = "", theme: Theme = "light") -> Axes:
    """Draw the volume of each day.

    Parameters
    ----------
    days
        The days, in order.
    volumes
        What is carried in each of them.
    title
        Shown above the picture, with the total.
    theme
        `light` or `dark`.
    """
    ax = figure(float(np.clip(4.0 + 0.25 * len(days), 7.0, 14.0)), 4.2, theme).add_subplot()
    palette = apply_theme(ax, theme)
    top = max([each.high_bit or each.adaptive_bit for each in volumes], default=0.0)
    size, unit = next((pair for pair in UNITS if top >= pair[0]), UNITS[-1])
    bits = np.array([each.adaptive_bit for each in volumes]) / size
    middles = utc_datetime64(np.array([0.5 * (day.start + day.end) for day in days]))
    widths = np.array([0.8 * day.duration_s / 86400.0 for day in days])
    ax.bar(middles, bits, width=widths, color=hue(0, theme))
    known = any(each.low_bit is not None for each in volumes)
    apart = [i for i, each in enumerate(volumes) if (each.high_bit or 0.0) > (each.low_bit or 0.0)]
    if apart:
        low = np.array([bits[i] - (volumes[i].low_bit or 0.0) / size for i in apart])
        high = np.array([(volumes[i].high_bit or 0.0) / size - bits[i] for i in apart])
        around = np.maximum(np.stack((low, high)), 0.0)
        ax.errorbar(middles[apart], bits[apart], yerr=around, fmt="none", ecolor=palette["bad"], elinewidth=1.4,
                    capsize=3.0)  # fmt: skip
    ax.set_ylim(0.0, 1.1 * top / size if top > 0.0 else 1.0)
    ax.set_ylabel(f"data volume a day ({unit})")
    time_axis(ax, days[0].start, days[-1].end)
    ax.xaxis.label.set_color(palette["ink"])
    errors = "bars: weather and antennas 1σ worse or better" if known else "spread of weather and antennas unknown"
    add_title(ax, title, theme, f"{float(bits.sum()):,.4g} {unit} in all, at the fastest rate that closes · {errors}")
    return ax
