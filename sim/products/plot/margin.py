"""Margin and data rate of a link over time, with a band of one standard deviation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import utc_datetime64
from sim.products.plot.style import PALETTES, Theme, add_title, apply_theme, figure, hue, legend, time_axis
from sim.trajectories.radios.signal import rate_text

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Stretch:
    """A pass: times (TDB s), and margins (dB) and rates (bit/s) at them, with those at both edges of the band."""

    t: Array
    margin_db: Array
    low_db: Array
    high_db: Array
    rate_bps: Array
    low_bps: Array
    high_bps: Array


def margin_plot(
    stretches: Sequence[Stretch], required_db: float, title: str = "", detail: str = "", theme: Theme = "light"
) -> list[Axes]:
    """Draw margins and rates of some passes over one UTC axis.

    Parameters
    ----------
    stretches
        The passes, in order.
    required_db
        Required margin, drawn as a line.
    title, detail
        Shown above the picture.
    theme
        `light` or `dark`.

    Returns
    -------
    list of Axes
        The panel of the margin and that of the rate.
    """
    made = figure(10.5, 6.0, theme)
    panels = list(made.subplots(2, 1, sharex=True, height_ratios=(3, 2)))
    palette = apply_theme(panels[0], theme)
    apply_theme(panels[1], theme)
    color, band = hue(0, theme), hue(5, theme)
    for each in stretches:
        at = utc_datetime64(each.t)
        if np.any(each.high_db > each.low_db):
            panels[0].fill_between(at, each.low_db, each.high_db, color=band, alpha=0.35, linewidth=0)
        panels[0].plot(at, each.margin_db, color=color, linewidth=1.6)
        panels[1].fill_between(at, each.low_bps, each.high_bps, step="mid", color=band, alpha=0.35, linewidth=0)
        panels[1].plot(at, each.rate_bps, color=color, linewidth=1.6, drawstyle="steps-mid")
    panels[0].axhline(required_db, color=palette["bad"], linewidth=1.0, linestyle=(0, (4, 2)))
    panels[0].set_ylabel("margin (dB)")
    panels[1].set_ylabel("data rate")
    panels[1].yaxis.set_major_formatter(lambda value, _: rate_text(value) if value > 0.0 else "0")
    top = max((float(np.max(each.high_bps, initial=0.0)) for each in stretches), default=0.0)
    panels[1].set_ylim(0.0, 1.08 * top if top > 0.0 else 1.0)
    if stretches:
        start, end = float(stretches[0].t[0]), float(stretches[-1].t[-1])
        time_axis(panels[1], start, max(end, start + 60.0))
        panels[1].xaxis.label.set_color(palette["ink"])
    else:
        panels[0].text(0.5, 0.5, "no pass", transform=panels[0].transAxes, ha="center", color=palette["faint"])
        panels[1].set_xticks([])
    made.align_ylabels(panels)
    add_title(panels[0], title, theme, detail)
    legend(panels[0], list(_entries(stretches, required_db, theme)), theme)
    return panels


def _entries(stretches: Sequence[Stretch], required_db: float, theme: Theme) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    palette = PALETTES[theme]
    found: list[Artist] = [
        Line2D([], [], color=hue(0, theme), linewidth=1.6, label="margin, and rate that closes"),
        Line2D([], [], color=palette["bad"], linewidth=1.0, linestyle=(0, (4, 2)),
               label=f"required margin {required_db:g} dB"),
    ]  # fmt: skip
    if any(np.any(each.high_db > each.low_db) for each in stretches):
        found.append(Patch(color=hue(5, theme), alpha=0.35, label="one standard deviation on each side"))
    return found
