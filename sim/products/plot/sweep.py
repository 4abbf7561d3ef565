"""What many cases come to: how long windows and gaps are, which input moves the answer, how a mean settles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.products.plot.fonts import fonts
from sim.products.plot.style import DRESSES, Theme, counted, dressed, figure, hue, legend, said, titled

Array = NDArray[np.float64]

MEASURES = {"share": "share of the time", "longest_gap_s": "longest gap"}
"""How the figures of a route read."""

_TICKS_S = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 21600: "6 h", 86400: "1 d", 604800: "1 week",
            2592000: "30 d", 31557600: "1 year"}  # fmt: skip
_MORE_TICKS = {"s": (1, (2, 5, 20, 30)), "min": (60, (2, 3, 4, 5, 6, 8, 15, 20, 30)),
               "h": (3600, (1.5, 2, 3, 4, 8, 12)), "d": (86400, (2, 3, 5, 14))}  # fmt: skip
_FEW_TICKS = 4
"""Where the usual ticks are fewer, more are drawn, so far apart (of the axis)."""
_APART = 0.07

MOST_BARS = 120
"""Bins of a distribution, about: finer ones are joined until there are no more."""
MOST_INPUTS = 16
"""Inputs that are drawn at the most: those that move an answer most."""


def lengths(edges_s: Array, windows: Mapping[str, Array], gaps: Mapping[str, Array], title: str = "",
            theme: Theme = "light") -> Any:  # fmt: skip
    """Draw how long windows are (above) and the gaps between them (below), route by route; returns the upper axes.

    edges_s       : (n + 1,) lengths between which was counted, s; bins are joined where they are too many to see
    windows, gaps : route → counts (n,)

    >>> ax = lengths(edges_s, {"relay": windows}, {"relay": gaps})
    """
    from matplotlib.lines import Line2D

    made = figure(9.6, 6.4, theme)
    axes = made.subplots(2, 1, sharex=True)
    used = np.flatnonzero(sum((sum(each.values()) for each in (windows, gaps)), np.zeros(len(edges_s) - 1)))
    wide = int(used[-1] - used[0]) if len(used) else len(edges_s)
    joined = next((n for n in (1, 2, 5, 10, 20) if wide <= n * MOST_BARS and (len(edges_s) - 1) % n == 0), 1)
    edges_s, used = edges_s[::joined], used // joined
    windows, gaps = ({k: v.reshape(-1, joined).sum(axis=1) for k, v in each.items()} for each in (windows, gaps))
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
    words, ticks = _ticks(*span)
    axes[1].set_xlim(span)
    axes[1].set_xticks(ticks, words)
    axes[1].minorticks_off()
    axes[0].minorticks_off()
    axes[1].set_xlabel("length")
    handles = [Line2D([], [], color=hue(i, theme), label=f"{said(name)}: {each.sum():,.0f} windows")
               for i, (name, each) in enumerate(windows.items())]  # fmt: skip
    legend(axes[1], counted(handles), theme)
    titled(axes[0], title, theme, "how long windows and the gaps between them are, over all cases; "
                                  "what the span or missing data cut is left out")  # fmt: skip
    return axes[0]


def sensitivity(effects: Mapping[str, Mapping[str, Mapping[str, float]]], inputs: Sequence[str], title: str = "",
                theme: Theme = "light", chance: float = 0.0) -> Any:  # fmt: skip
    """Draw which input moves the answer: measure → route → input → share of the variance; returns the first axes.

    chance : the share (0 to 1) that one in a hundred inputs has which do nothing: a line is drawn there

    Of very many inputs those that move an answer most are drawn.

    >>> ax = sensitivity({"share": {"relay": {"sites.kourou.horizon_deg": 0.7}}}, ["sites.kourou.horizon_deg"])
    """
    from matplotlib.patches import Patch

    dress = DRESSES[theme]
    routes = list(next(iter(effects.values())))
    most = {name: max((by[name] for routes_ in effects.values() for by in routes_.values() if name in by), default=-1.0)
            for name in inputs}  # fmt: skip
    told = [name for name in inputs if most[name] >= 0.0]
    best = set(sorted(told, key=lambda name: -most[name])[:MOST_INPUTS])
    shown = [name for name in told if name in best]
    made = figure(9.6, float(np.clip(1.9 + 0.16 * len(shown) * (len(routes) + 1), 3.4, 11.0)), theme)
    axes = np.atleast_1d(made.subplots(1, len(effects), sharey=True))
    each = 0.8 / len(routes)
    for ax, (measure, by_route) in zip(axes, effects.items(), strict=True):
        dressed(ax, theme)
        ax.grid(False, axis="y")
        for line in range(len(shown) - 1 if len(routes) > 1 else 0):
            ax.axhline(line + 0.5, color=dress["grid"], linewidth=0.8)
        for index, route in enumerate(routes):
            at = np.arange(len(shown)) - 0.4 + each * (index + 0.5)
            ax.barh(at, [100.0 * by_route[route].get(name, 0.0) for name in shown], 0.9 * each, color=hue(index, theme))
        if chance:
            ax.axvline(100.0 * chance, color=dress["faint"], linewidth=1.0, linestyle=":")
        ax.set_xlim(0, 100)
        ax.set_xlabel(f"of the variance of the {MEASURES.get(measure, measure)} (%)")
    words = [said(name.removeprefix("spacecraft.").removeprefix("sites."), 34) for name in shown]
    axes[0].set_yticks(range(len(shown)), words, fontfamily=fonts(), color=dress["ink"])
    axes[0].set_ylim(len(shown) - 0.5, -0.5)
    legend(axes[0], counted([Patch(color=hue(i, theme), label=said(route)) for i, route in enumerate(routes)]), theme)
    dots = "; dotted: 1 % by chance" if chance else ""
    titled(axes[0], title, theme, f"scatter that goes with each input alone{dots}")
    if len(told) > len(shown):
        note = f"the {len(shown)} of {len(told)} inputs that move it most"
        axes[-1].set_title(note, loc="right", fontsize=8, color=dress["faint"])
    return axes[0]


def convergence(means: Mapping[str, tuple[Array, Array, Array]], title: str = "", theme: Theme = "light",
                of: int = 1) -> Any:  # fmt: skip
    """Draw how the mean share of the time settles as samples are added; returns the axes.

    means : route → numbers of samples, means (%) and their standard errors (%): (k,) each
    of    : how many cases, one for every combination of listed values, each sample is the mean of

    >>> ax = convergence({"relay": (counts, mean, error)})
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax = figure(9.6, 5.0, theme).add_subplot()
    dressed(ax, theme)
    ax.set_xscale("log")
    handles = []
    for index, (route, (counts, mean, error)) in enumerate(means.items()):
        away = mean - mean[-1]
        ax.plot(counts, away, color=hue(index, theme), linewidth=1.5)
        ax.fill_between(counts, -error, error, color=hue(index, theme), alpha=0.13, linewidth=0)
        label = f"{said(route)}: {_with_error(mean[-1], error[-1])} %"
        handles.append(Line2D([], [], color=hue(index, theme), label=label))
    late = [np.abs(mean - mean[-1])[counts >= 0.05 * counts[-1]].max() for counts, mean, _ in means.values()]
    wide = max(3.0 * max(late, default=0.0), *(4.0 * error[-1] for _, _, error in means.values()), 1e-3)
    ax.set_ylim(-wide, wide)
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if counts[-1] < 1000.0 * counts[0] else (1.0,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("cases, in random order" if of == 1 else f"samples, in random order: each the mean of {of:,} cases")
    ax.set_ylabel("mean share of the time, less the last (%)")
    legend(ax, counted(handles), theme)
    titled(ax, title, theme, "how the mean settles; shaded: one standard error to either side")
    return ax


def _ticks(low: float, high: float) -> tuple[list[str], list[float]]:
    """Words and lengths (s) for an axis between two lengths."""
    found: dict[float, str] = {t: word for t, word in _TICKS_S.items() if low <= t <= high}
    if len(found) < _FEW_TICKS:
        for name, (seconds, counts) in _MORE_TICKS.items():
            for n in counts:
                near = min((abs(np.log(n * seconds / t)) for t in found), default=np.inf)
                if low <= n * seconds <= high and near > _APART * np.log(high / low):
                    found[n * seconds] = f"{n} {name}"
    return list(found.values()), list(found)


def _with_error(value: float, error: float) -> str:
    """A number to the second digit of its error."""
    if not error > 0.0:
        return f"{value:.4g}"
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 9))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
