"""Data by when: the delay of data against their time of creation, and below it how full recorders are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import Span
from sim.planning.arrival_profile import ArrivalProfile
from sim.planning.deliveries import DataDelivery, Deliveries
from sim.planning.volume_text import bits_text, delays_text
from sim.products.plot import style
from sim.products.plot.fonts import drawable
from sim.products.plot.rows import days
from sim.products.plot.style import Theme
from sim.search.windows import Windows

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

DASHES: tuple[style.LineStyle, ...] = ("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)))
"""Of data and recorders: they differ without color."""

UNITS = ((172_800.0, 86_400.0, "days"), (7200.0, 3600.0, "h"), (120.0, 60.0, "min"), (0.0, 1.0, "s"))
SIZES = ((1e12, "Tbit"), (1e9, "Gbit"), (1e6, "Mbit"), (1e3, "kbit"), (0.0, "bit"))
LEAST_SHARE = 0.005
"""Recorders that never hold this share of the fullest are named and not drawn."""
STRIP = 0.03
"""Height of the strips that mark times without data, as a share of the axes."""
DIFFERENT_S = 1.0
"""Delays beside other data are drawn where they are larger by this than without them."""


def delivery_chart(made: Deliveries, span: Span, title: str = "", theme: Theme = "light") -> Axes:
    """Draw deliveries; returns the upper axes.

    Parameters
    ----------
    made
        What to show.
    span
        The times of creation.
    title, theme
        Words above the picture; dark ink on light paper, or the reverse.
    """
    below = bool(made.levels)
    figure = style.figure(12.0, 7.6 if below else 5.0, theme)
    axes = figure.subplots(2 if below else 1, 1, sharex=True, squeeze=False, height_ratios=[1.25, 1] if below else [1])
    upper, last = axes[0, 0], axes[-1, 0]
    for ax in axes[:, 0]:
        style.apply_theme(ax, theme)
        style.time_axis(ax, span.start, span.end)
    entries = _delays(upper, made, span, theme) + (_levels(last, made, theme) if below else [])
    words = "Delay from creation to arrival of the last bit at the first desk"
    style.add_title(upper, title, theme, f"{words}; no line: none made, some lost, or not there by the end of the span")
    upper.set_xlabel(upper.get_xlabel().replace("time", "time of creation", 1))
    style.legend(last, entries, theme)
    if below:
        upper.tick_params(labelbottom=False)
    drawn: Axes = upper
    return drawn


def _delays(ax: Axes, made: Deliveries, span: Span, theme: Theme) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    worst = max(
        (w for each in made.data.values() for w in (_shown(each).figures(list(each.made)).worst_delivered_s,) if w),
        default=60.0,
    )
    _, unit_s, unit = next(row for row in UNITS if worst >= row[0])
    handles: list[Artist] = []
    alone = sure = False
    for number, (name, each) in enumerate(made.data.items()):
        color, dash = style.hue(number, theme), DASHES[number % len(DASHES)]
        shown = _shown(each)
        _line(ax, shown, each.made, unit_s, color=color, linestyle=dash, linewidth=1.6, zorder=3)
        if each.queued is not None and _differs(each):
            _line(ax, each.earliest, each.made, unit_s, color=color, linestyle=dash, linewidth=0.8, alpha=0.6, zorder=2)
            alone = True
        if each.sure is not None:
            _line(ax, each.sure, each.made, unit_s, color=color, linestyle=dash, linewidth=3.2, alpha=0.25, zorder=1)
            sure = True
        label = f"{drawable(name)}: {delays_text(shown.figures(list(each.made)))}"
        handles.append(Line2D([], [], color=color, linestyle=dash, linewidth=1.6, label=label))
        if idle := list((~each.made).within(span)):
            for a, b in idle:
                low = 1.0 - STRIP * (number + 1)
                first, last = days([a, b])
                ax.axvspan(first, last, low, low + STRIP, color=color, alpha=0.35, linewidth=0)
            handles.append(Patch(facecolor=color, alpha=0.35, linewidth=0, label=f"{drawable(name)}: none made"))
    ink = style.PALETTES[theme]["ink"]
    if alone:
        label = "thin: if it were alone in the network"
        handles.append(Line2D([], [], color=ink, linewidth=0.8, alpha=0.6, label=label))
    if sure:
        label = f"broad: by then with {100 * made.confidence:g} % probability"
        handles.append(Line2D([], [], color=ink, linewidth=3.2, alpha=0.25, label=label))
    ax.set_ylabel(f"delay ({unit})")
    ax.set_ylim(0.0, 1.12 * ax.get_ylim()[1])
    return handles


def _levels(ax: Axes, made: Deliveries, theme: Theme) -> list[Artist]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    peak = max(level.peak_bits for level in made.levels.values())
    size, unit = next(row for row in SIZES if peak >= row[0])
    scale = size or 1.0
    palette = style.PALETTES[theme]
    handles: list[Artist] = []
    small = [name for name, level in made.levels.items() if level.peak_bits < LEAST_SHARE * peak]
    shown = [name for name in made.levels if name not in small]
    for number, name in enumerate(shown):
        level = made.levels[name]
        color, dash = style.hue(number + len(made.data), theme), DASHES[number % len(DASHES)]
        at, bits = days(level.times), np.array(level.bits) / scale
        ax.plot(at, bits, color=color, linestyle=dash, linewidth=1.5)
        if len(shown) == 1:
            ax.fill_between(at, bits, color=color, alpha=0.2, linewidth=0)
        limit = made.limits_bits.get(name)
        of = "no limit" if limit is None else f"of {bits_text(limit)}"
        text = f"recorder of {drawable(name)}: at most {bits_text(level.peak_bits)} ({of})"
        handles.append(Line2D([], [], color=color, linestyle=dash, linewidth=1.5, label=text))
        if limit is not None and limit < 3.0 * peak:
            ax.axhline(limit / scale, color=color, linewidth=0.8, alpha=0.6)
        for a, b in level.lost_times:
            first, last = days([a, b])
            ax.axvspan(
                first, last, facecolor="none", edgecolor=palette["bad"], hatch="////", linewidth=0.0, alpha=0.5
            )
        if level.lost_bits:
            text = f"recorder of {drawable(name)} full: {bits_text(level.lost_bits)} lost"
            handles.append(Patch(facecolor="none", edgecolor=palette["bad"], hatch="////", linewidth=0.0, label=text))
    if small:
        most = max(made.levels[name].peak_bits for name in small)
        names = ", ".join(map(drawable, small))
        handles.append(Line2D([], [], linewidth=0, label=f"not drawn: {names} (at most {bits_text(most)})"))
    ax.set_ylabel(f"in recorders ({unit})")
    ax.set_ylim(0.0, 1.08 * peak / scale or 1.0)
    return handles


def _shown(each: DataDelivery) -> ArrivalProfile:
    return each.queued if each.queued is not None else each.earliest


def _differs(each: DataDelivery) -> bool:
    """Whether other data, or its own, hold data up somewhere."""
    one, other = (profile.figures(list(each.made)).worst_delivered_s for profile in (each.earliest, _shown(each)))
    middles = 0.5 * (_shown(each).starts + _shown(each).ends)
    arrivals = 0.5 * (_shown(each).first + _shown(each).last)
    late = [(a, each.earliest.arrival(t)) for t, a in zip(middles.tolist(), arrivals.tolist(), strict=True)]
    return one != other and any(b is not None and a - b > DIFFERENT_S for a, b in late)


def _line(ax: Axes, profile: ArrivalProfile, made: Windows, unit_s: float, **how: object) -> None:
    """A profile over the times in which data are made, with a gap where it has one."""
    pieces = profile.within(list(made))
    starts, ends, first, last = pieces
    t = np.column_stack((starts, ends)).ravel()
    delay = np.column_stack((first - starts, last - ends)).ravel() / unit_s
    gaps = np.flatnonzero(starts[1:] - ends[:-1] > 1e-3) + 1
    t, delay = np.insert(t, 2 * gaps, t[2 * gaps] if len(gaps) else []), np.insert(delay, 2 * gaps, np.nan)
    if len(t):
        ax.plot(days(t), delay, **how)  # type: ignore[arg-type]
