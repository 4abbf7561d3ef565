"""What many cases come to: how long windows and gaps are, which input moves the answer, how a mean settles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.plot.fonts import fonts
from sim.plot.style import DRESSES, Theme, counted, dressed, figure, hue, legend, said, titled

Array = NDArray[np.float64]

MEASURES = {"share": "share of the time", "longest_gap_s": "longest gap"}
"""How the figures of a route read."""

_TICKS_S = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 21600: "6 h", 86400: "1 d", 604800: "1 week",
            2592000: "30 d", 31557600: "1 year"}  # fmt: skip


def lengths(edges_s: Array, windows: Mapping[str, Array], gaps: Mapping[str, Array], title: str = "",
            theme: Theme = "light") -> Any:  # fmt: skip
    """Draw how long windows are (above) and the gaps between them (below), route by route; returns the upper axes.

    edges_s       : (n + 1,) lengths between which was counted, s
    windows, gaps : route → counts (n,)

    >>> ax = lengths(edges_s, {"relay": windows}, {"relay": gaps})
    """
    from matplotlib.lines import Line2D

    made = figure(9.6, 6.4, theme)
    axes = made.subplots(2, 1, sharex=True)
    used = np.flatnonzero(sum((sum(each.values()) for each in (windows, gaps)), np.zeros(len(edges_s) - 1)))
    low, high = (used[0], used[-1] + 1) if len(used) else (0, len(edges_s) - 1)
    for ax, counts, what in zip(axes, (windows, gaps), ("windows", "gaps"), strict=True):
        dressed(ax, theme)
        ax.set_xscale("log")
        for index, each in enumerate(counts.values()):
            total = each.sum()
            if total:
                ax.stairs(100.0 * each / total, edges_s, color=hue(index, theme), linewidth=1.5)
        ax.set_ylabel(f"of all {what} (%)")
        ax.set_ylim(bottom=0)
    span = [edges_s[max(low - 2, 0)], edges_s[min(high + 2, len(edges_s) - 1)]]
    ticks = [t for t in _TICKS_S if span[0] <= t <= span[1]]
    axes[1].set_xlim(span)
    axes[1].set_xticks(ticks, [_TICKS_S[t] for t in ticks])
    axes[1].minorticks_off()
    axes[0].minorticks_off()
    axes[1].set_xlabel("length")
    handles = [Line2D([], [], color=hue(i, theme), label=f"{said(name)}: {each.sum():,.0f} windows")
               for i, (name, each) in enumerate(windows.items())]  # fmt: skip
    legend(axes[1], counted(handles), theme)
    titled(axes[0], title, theme, "how long windows and the gaps between them are, over all cases; "
                                  "what the span cuts is left out")  # fmt: skip
    return axes[0]


def sensitivity(effects: Mapping[str, Mapping[str, Mapping[str, float]]], inputs: Sequence[str], title: str = "",
                theme: Theme = "light") -> Any:  # fmt: skip
    """Draw which input moves the answer: measure → route → input → share of the variance; returns the first axes.

    >>> ax = sensitivity({"share": {"relay": {"sites.kourou.horizon_deg": 0.7}}}, ["sites.kourou.horizon_deg"])
    """
    from matplotlib.patches import Patch

    dress = DRESSES[theme]
    routes = list(next(iter(effects.values())))
    shown = [name for name in inputs if any(name in by for routes_ in effects.values() for by in routes_.values())]
    made = figure(9.6, float(np.clip(1.9 + 0.16 * len(shown) * (len(routes) + 1), 3.4, 11.0)), theme)
    axes = np.atleast_1d(made.subplots(1, len(effects), sharey=True))
    each = 0.8 / len(routes)
    for ax, (measure, by_route) in zip(axes, effects.items(), strict=True):
        dressed(ax, theme)
        ax.grid(False, axis="y")
        for index, route in enumerate(routes):
            at = np.arange(len(shown)) - 0.4 + each * (index + 0.5)
            ax.barh(at, [100.0 * by_route[route].get(name, 0.0) for name in shown], 0.9 * each, color=hue(index, theme))
        ax.set_xlim(0, 100)
        ax.set_xlabel(f"of the variance of the {MEASURES.get(measure, measure)} (%)")
    words = [said(name.removeprefix("spacecraft.").removeprefix("sites."), 34) for name in shown]
    axes[0].set_yticks(range(len(shown)), words, fontfamily=fonts(), color=dress["ink"])
    axes[0].set_ylim(len(shown) - 0.5, -0.5)
    legend(axes[0], counted([Patch(color=hue(i, theme), label=said(route)) for i, route in enumerate(routes)]), theme)
    titled(axes[0], title, theme, "which input moves the answer: the share of the scatter that goes with each alone")
    return axes[0]


def convergence(means: Mapping[str, tuple[Array, Array, Array]], title: str = "", theme: Theme = "light") -> Any:
    """Draw how the mean share of the time settles as cases are added; returns the axes.

    means : route → numbers of cases, means (%) and their standard errors (%): (k,) each

    >>> ax = convergence({"relay": (counts, mean, error)})
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter, NullFormatter

    ax = figure(9.6, 5.0, theme).add_subplot()
    dressed(ax, theme)
    ax.set_xscale("log")
    handles = []
    for index, (route, (counts, mean, error)) in enumerate(means.items()):
        away = mean - mean[-1]
        ax.plot(counts, away, color=hue(index, theme), linewidth=1.5)
        ax.fill_between(counts, -error, error, color=hue(index, theme), alpha=0.13, linewidth=0)
        label = f"{said(route)}: {mean[-1]:.4g} ± {error[-1]:.2g} %"
        handles.append(Line2D([], [], color=hue(index, theme), label=label))
    late = [np.abs(mean - mean[-1])[counts >= 0.05 * counts[-1]].max() for counts, mean, _ in means.values()]
    wide = max(3.0 * max(late, default=0.0), *(4.0 * error[-1] for _, _, error in means.values()), 1e-3)
    ax.set_ylim(-wide, wide)
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("cases, in random order")
    ax.set_ylabel("mean share of the time, less the last (%)")
    legend(ax, counted(handles), theme)
    titled(ax, title, theme, "how the mean settles; shaded: one standard error to either side")
    return ax
