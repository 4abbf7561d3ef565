"""Plots of a sweep: lengths of windows and gaps, sensitivity to inputs, answers against them, convergence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.core.time import utc_datetime64
from sim.products.plot.fonts import fonts
from sim.products.plot.style import (
    PALETTES,
    Theme,
    add_title,
    apply_theme,
    figure,
    hue,
    legend,
    limit_entries,
    short_label,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

MEASURES = {"share": "open share of time", "longest_gap_s": "longest gap"}
"""Names of the measures of a route."""

_TICKS_S = {1: "1 s", 10: "10 s", 60: "1 min", 600: "10 min", 3600: "1 h", 21600: "6 h", 86400: "1 d", 604800: "1 week",
            2592000: "30 d", 31557600: "1 year"}  # fmt: skip
_MORE_TICKS = {"s": (1, (2, 5, 20, 30)), "min": (60, (2, 3, 4, 5, 6, 8, 15, 20, 30)),
               "h": (3600, (1.5, 2, 3, 4, 8, 12)), "d": (86400, (2, 3, 5, 14))}  # fmt: skip
_FEW_TICKS = 4
"""If there are fewer ticks, intermediate ones are added."""
_APART = 0.07
"""Least distance of intermediate ticks, as a share of the axis."""

MOST_BARS = 120
"""Approximate maximum number of bins: finer ones are merged."""
MOST_PANELS = 6
"""Maximum number of inputs that have a panel of their own."""
MOST_INPUTS = 16
"""Maximum number of inputs shown: those with the largest effect."""


def lengths(edges_s: Array, windows: Mapping[str, Array], gaps: Mapping[str, Array], title: str = "",
            theme: Theme = "light") -> Axes:  # fmt: skip
    """Draw the distributions of the lengths of windows and of the gaps between them.

    Parameters
    ----------
    edges_s : array of shape (n + 1,)
        Edges of the bins, s. Bins are merged if there are too many to show.
    windows, gaps : mapping from route to array of shape (n,)
        Counts per bin.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    Axes
        The upper axes, of the windows.

    Examples
    --------
    >>> edges_s = np.geomspace(60.0, 6000.0, 5)
    >>> ax = lengths(edges_s, {"relay": np.array([1, 4, 2, 0])}, {"relay": np.array([0, 1, 3, 2])})
    >>> ax.get_ylabel()
    'share of windows (%)'
    """
    from matplotlib.lines import Line2D

    made = figure(9.6, 6.4, theme)
    axes = made.subplots(2, 1, sharex=True)
    first: Axes = axes[0]
    used = np.flatnonzero(sum((sum(each.values()) for each in (windows, gaps)), np.zeros(len(edges_s) - 1)))
    wide = int(used[-1] - used[0]) if len(used) else len(edges_s)
    joined = next((n for n in (1, 2, 5, 10, 20) if wide <= n * MOST_BARS and (len(edges_s) - 1) % n == 0), 1)
    edges_s, used = edges_s[::joined], used // joined
    windows, gaps = ({k: v.reshape(-1, joined).sum(axis=1) for k, v in each.items()} for each in (windows, gaps))
    low, high = (used[0], used[-1] + 1) if len(used) else (0, len(edges_s) - 1)
    for ax, counts, what in zip(axes, (windows, gaps), ("windows", "gaps"), strict=True):
        apply_theme(ax, theme)
        ax.set_xscale("log")
        for index, each in enumerate(counts.values()):
            total = each.sum()
            if total:
                ax.stairs(100.0 * each / total, edges_s, color=hue(index, theme), linewidth=1.5)
        ax.set_ylabel(f"share of {what} (%)")
        ax.set_ylim(bottom=0)
    span = [edges_s[max(low - 2, 0)], edges_s[min(high + 2, len(edges_s) - 1)]]
    words, ticks = _ticks(*span)
    axes[1].set_xlim(span)
    axes[1].set_xticks(ticks, words)
    axes[1].minorticks_off()
    axes[0].minorticks_off()
    axes[1].set_xlabel("duration")
    handles = [Line2D([], [], color=hue(i, theme), label=f"{short_label(name)}: {each.sum():,.0f} windows")
               for i, (name, each) in enumerate(windows.items())]  # fmt: skip
    legend(axes[1], limit_entries(handles), theme)
    add_title(axes[0], title, theme, "durations of windows and gaps in all cases, "
                                  "without those cut by the span or by missing data")  # fmt: skip
    return first


def sensitivity(effects: Mapping[str, Mapping[str, Mapping[str, float]]], inputs: Sequence[str], title: str = "",
                theme: Theme = "light", chance: float = 0.0) -> Axes:  # fmt: skip
    """Draw the share of the variance of each measure that each input explains.

    Parameters
    ----------
    effects : mapping
        Measure → route → input → share of the variance, 0 to 1.
    inputs : sequence of str
        Inputs, in the order of the rows. Only those with the largest effects are shown if there are many.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.
    chance : float
        Share that an input without effect exceeds with a probability of 1 %, marked by a line. None if 0.

    Returns
    -------
    Axes
        The axes of the first measure.

    Examples
    --------
    >>> ax = sensitivity({"share": {"relay": {"sites.kourou.horizon_deg": 0.7}}}, ["sites.kourou.horizon_deg"])
    >>> ax.get_xlabel()
    'share of the variance of the open share of time (%)'
    """
    from matplotlib.patches import Patch

    palette = PALETTES[theme]
    routes = list(next(iter(effects.values())))
    most = {name: max((by[name] for routes_ in effects.values() for by in routes_.values() if name in by), default=-1.0)
            for name in inputs}  # fmt: skip
    known = [name for name in inputs if most[name] >= 0.0]
    best = set(sorted(known, key=lambda name: -most[name])[:MOST_INPUTS])
    shown = [name for name in known if name in best]
    made = figure(9.6, float(np.clip(1.9 + 0.16 * len(shown) * (len(routes) + 1), 3.4, 11.0)), theme)
    axes = np.atleast_1d(made.subplots(1, len(effects), sharey=True))
    first: Axes = axes[0]
    each = 0.8 / len(routes)
    for ax, (measure, by_route) in zip(axes, effects.items(), strict=True):
        apply_theme(ax, theme)
        ax.grid(False, axis="y")
        for line in range(len(shown) - 1 if len(routes) > 1 else 0):
            ax.axhline(line + 0.5, color=palette["grid"], linewidth=0.8)
        for index, route in enumerate(routes):
            at = np.arange(len(shown)) - 0.4 + each * (index + 0.5)
            ax.barh(at, [100.0 * by_route[route].get(name, 0.0) for name in shown], 0.9 * each, color=hue(index, theme))
        if chance:
            ax.axvline(100.0 * chance, color=palette["faint"], linewidth=1.0, linestyle=":")
        ax.set_xlim(0, 100)
        ax.set_xlabel(f"share of the variance of the {MEASURES.get(measure, measure)} (%)")
    words = [short_label(name.removeprefix("spacecraft.").removeprefix("sites."), 34) for name in shown]
    axes[0].set_yticks(range(len(shown)), words, fontfamily=fonts(), color=palette["ink"])
    axes[0].set_ylim(len(shown) - 0.5, -0.5)
    patches = [Patch(color=hue(i, theme), label=short_label(route)) for i, route in enumerate(routes)]
    legend(axes[0], limit_entries(patches), theme)
    dots = "; dotted: exceeded by chance with probability 1 %" if chance else ""
    add_title(axes[0], title, theme, f"share of the variance explained by each input alone{dots}")
    if len(known) > len(shown):
        note = f"the {len(shown)} of {len(known)} inputs with the largest effect"
        axes[-1].set_title(note, loc="right", fontsize=8, color=palette["faint"])
    return first


def convergence(means: Mapping[str, tuple[Array, Array, Array]], title: str = "", theme: Theme = "light",
                of: int = 1) -> Axes:  # fmt: skip
    """Draw how the mean open share converges as samples are added.

    Parameters
    ----------
    means : mapping from route to (counts, means, errors)
        Numbers of samples, means (%) and their standard errors (%), each of shape (k,).
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.
    of : int
        Number of cases per sample: one for every combination of listed values.

    Returns
    -------
    Axes
        The axes of the plot.

    Examples
    --------
    >>> counts = np.array([10, 20, 40])
    >>> ax = convergence({"relay": (counts, np.array([41.0, 42.5, 42.0]), 2.0 / np.sqrt(counts))})
    >>> ax.get_xlabel()
    'cases, in random order'
    """
    from matplotlib.lines import Line2D
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax = figure(9.6, 5.0, theme).add_subplot()
    apply_theme(ax, theme)
    ax.set_xscale("log")
    handles = []
    for index, (route, (counts, mean, error)) in enumerate(means.items()):
        away = mean - mean[-1]
        ax.plot(counts, away, color=hue(index, theme), linewidth=1.5)
        ax.fill_between(counts, -error, error, color=hue(index, theme), alpha=0.13, linewidth=0)
        label = f"{short_label(route)}: {_with_error(mean[-1], error[-1])} %"
        handles.append(Line2D([], [], color=hue(index, theme), label=label))
    late = [np.abs(mean - mean[-1])[counts >= 0.05 * counts[-1]].max() for counts, mean, _ in means.values()]
    wide = max(3.0 * max(late, default=0.0), *(4.0 * error[-1] for _, _, error in means.values()), 1e-3)
    ax.set_ylim(-wide, wide)
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if counts[-1] < 1000.0 * counts[0] else (1.0,)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("cases, in random order" if of == 1 else f"samples, in random order, each the mean of {of:,} cases")
    ax.set_ylabel("mean open share of time, minus its final value (%)")
    legend(ax, limit_entries(handles), theme)
    add_title(ax, title, theme, "convergence of the mean; shaded: ± 1 standard error")
    return ax


def answers(by_input: Mapping[str, Mapping[str, tuple[Array, Array]]], title: str = "", theme: Theme = "light",
            times: Sequence[str] = (), joined: bool = True) -> Axes:  # fmt: skip
    """Draw the open share of time against each input: a point a case, a line through the means.

    Parameters
    ----------
    by_input : mapping
        Input → route → its values and the open shares (%), each of shape (n,). Only the first inputs are shown if there
        are many.
    title : str
        Title above the plot.
    theme : {"light", "dark"}
        Colors.
    times : sequence of str
        Inputs that are times, TDB s.
    joined : bool
        Whether a line joins the means of the values; of random inputs there is none.

    Returns
    -------
    Axes
        The axes of the first input.

    Examples
    --------
    >>> ax = answers({"slip_days": {"down": (np.array([0.0, 1.0, 2.0]), np.array([42.0, 41.5, 40.0]))}})
    >>> ax.get_xlabel()
    'slip_days'
    """
    from matplotlib.dates import ConciseDateFormatter
    from matplotlib.lines import Line2D

    palette = PALETTES[theme]
    shown = list(by_input)[:MOST_PANELS]
    columns = min(len(shown), 3)
    rows = -(-len(shown) // columns)
    made = figure(9.6, 1.6 + 3.0 * rows, theme)
    axes = np.atleast_1d(made.subplots(rows, columns, sharey=True)).ravel()
    first: Axes = axes[0]
    for ax, name in zip(axes, shown, strict=False):
        apply_theme(ax, theme)
        for index, (x, share) in enumerate(by_input[name].values()):
            at = utc_datetime64(x) if name in times else x
            ax.plot(at, share, ".", color=hue(index, theme), markersize=6, alpha=float(np.clip(60 / len(x), 0.15, 0.9)))
            values, inverse = np.unique(at, return_inverse=True)
            known = np.isfinite(share)
            if joined and known.all():
                ax.plot(values, np.bincount(inverse, share) / np.bincount(inverse), color=hue(index, theme))
        ax.set_xlabel(f"{short_label(name.removeprefix('spacecraft.').removeprefix('sites.'), 40)}")
        if name in times:
            ax.xaxis.set_major_formatter(ConciseDateFormatter(ax.xaxis.get_major_locator()))  # type: ignore[no-untyped-call]
    for ax in axes[len(shown) :]:
        ax.set_visible(False)
    for ax in axes[::columns]:
        ax.set_ylabel("open share of time (%)")
    handles = [Line2D([], [], color=hue(i, theme), marker=".", linestyle="-" if joined else "",
                      label=short_label(route))
               for i, route in enumerate(by_input[shown[0]])]  # fmt: skip
    legend(axes[(rows - 1) * columns], limit_entries(handles), theme)
    told = "; line: mean of the cases with one value" if joined else ""
    add_title(axes[0], title, theme, f"each point is a case{told}")
    if len(by_input) > len(shown):
        note = f"the first {len(shown)} of {len(by_input)} inputs"
        axes[columns - 1].set_title(note, loc="right", fontsize=8, color=palette["faint"])
    return first


def _ticks(low: float, high: float) -> tuple[list[str], list[float]]:
    """Labels and positions (s) of ticks between two durations."""
    found: dict[float, str] = {t: word for t, word in _TICKS_S.items() if low <= t <= high}
    if len(found) < _FEW_TICKS:
        for name, (seconds, counts) in _MORE_TICKS.items():
            for n in counts:
                near = min((abs(np.log(n * seconds / t)) for t in found), default=np.inf)
                if low <= n * seconds <= high and near > _APART * np.log(high / low):
                    found[n * seconds] = f"{n} {name}"
    return list(found.values()), list(found)


def _with_error(value: float, error: float) -> str:
    """A number with its error, to two digits of the error."""
    if not error > 0.0:
        return f"{value:.4g}"
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 9))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
