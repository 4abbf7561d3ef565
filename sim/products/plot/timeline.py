"""Windows on a UTC axis, one row a route or station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.durations import duration
from sim.core.time import Span, utc_datetime64
from sim.products.plot import style
from sim.products.plot.bars import bars, heights
from sim.products.plot.fonts import fonts
from sim.products.plot.style import Theme, columns, said
from sim.search.windows import Windows
from sim.trajectories.trajectory import BASES, Basis

Array = NDArray[np.float64]

SHADES: dict[Theme, dict[Basis, str]] = {
    "light": {"definitive": "#12304f", "reconstructed": "#2f74b5", "predicted": "#5f9fd6", "unsourced": "#7eb4e0",
              "designed": "#9cc9ea"},
    "dark": {"definitive": "#e3f2fe", "reconstructed": "#9ccdf2", "predicted": "#5f9fd6", "unsourced": "#4b84b3",
             "designed": "#36688f"},
}
"""The surer, the farther from the paper: reads in grey as in colour."""

PLAIN: dict[Theme, str] = {"light": "#3a4a5a", "dark": "#c3ccd6"}
NIGHT: dict[Theme, str] = {"light": "#e6e4df", "dark": "#262d37"}
SHADOW: dict[Theme, str] = {"light": "#5a3d8a", "dark": "#c5a9f2"}

MOST_ROWS = 120
"""So many rows are drawn; what is more is counted."""

VISIBLE = 1.0 / 1500.0
"""The part of the picture's width that an edge's standard deviation must be for a bar to fade there: about a dot."""

UNSEEN = 5e-4
"""Less unknown time than this part of what is shown needs no words: light that left before an orbit is known."""

_CUTS = np.linspace(-3.0, 3.0, 25)  # standard deviations at which a fading bar's shade changes

_MAIN = 3.0  # drawing order of a row's windows

LONGEST = 60
"""Characters of a detail that are shown."""


@dataclass(frozen=True)
class Row:
    """One row of a timeline.

    windows : drawn as bars, in a shade by `basis` if that is given; hatched where nothing is known
    night   : drawn as a shade behind them
    hidden  : drawn as a thin line below them, where a body stands in the way of what is above the horizon
    shadow  : drawn as a thin line above them, where the row's spacecraft is in a shadow
    heading : starts a group of rows
    sigmas_s : (n, 2) standard deviations of the windows' edges: bars fade where the picture's scale shows them; 0 where
               an edge is cut by the span or by what is known, NaN where nobody knows how sure it is: neither fades
    known    : (k, 2) TDB s in which the row's ends are known: no bar fades out of them; everywhere if not given
    """

    label: str
    windows: Windows
    detail: str = ""
    basis: Basis | None = None
    night: Windows | None = None
    hidden: Windows | None = None
    shadow: Windows | None = None
    heading: str = ""
    sigmas_s: Array | None = None
    known: Array | None = None


def timeline(
    rows: Mapping[str, Windows] | Sequence[Row],
    span: Span | None = None,
    title: str = "",
    marks: Sequence[tuple[float, str]] = (),
    ax: Any = None,
    theme: Theme = "light",
) -> Any:
    """Draw windows as bars on a UTC axis; returns the axes.

    rows  : names and windows, or `Row`s with night, occultation, shadow and basis
    span  : what to show; the windows' own span if not given
    marks : instants (TDB s) to point out, each with a few words
    ax    : matplotlib axes to draw on; a new figure if not given

    No window and no gap vanishes for being short: where they are too short to draw one by one, a lower bar stands for
    them, as high as the share of the time that is open.

    >>> ax = timeline({"relay": result.routes["relay"]})
    """
    if isinstance(rows, Mapping):
        rows = [Row(name, windows) for name, windows in rows.items()]
    if not rows:
        raise ValueError("a timeline needs at least one row")
    span = span or rows[0].windows.span
    left_out, rows = len(rows) - MOST_ROWS, list(rows)[:MOST_ROWS]
    marks = [(at, said(text, 60)) for at, text in sorted(marks) if span.start <= at <= span.end]
    lines = _lines(marks, span)
    places = _places(rows, max(lines, default=-1) + 1)
    own = ax is None
    ax = style.figure(13.0, 1.7 + 0.42 * places[-1], theme).add_subplot() if own else ax
    _frame(ax, span, places[-1], theme)
    dot = span.duration_s / (ax.figure.figure.get_figwidth() * ax.figure.figure.dpi * 0.77)
    lower = [_draw(ax, row, y, span, dot, theme) for row, y in zip(rows, places, strict=True)]
    for (at, text), line in zip(marks, lines, strict=True):
        _mark(ax, at, text, line, span, theme)
    style.titled(ax, title, theme, f"{left_out} more rows are not drawn" if left_out > 0 else "")
    unknown = any(len(_seen(row.windows, span, dot)) for row in rows)
    _legend(ax, rows, span, any(lower), unknown, own, theme)
    return ax


def _places(rows: Sequence[Row], lines: int) -> list[float]:
    """Height of each row, from the top down, below the words of marks; a heading takes a row of its own."""
    places, y = [], 0.55 * lines - 0.35
    for row in rows:
        y += 1.0 + (0.75 if row.heading else 0.0)
        places.append(y)
    return places


def _lines(marks: Sequence[tuple[float, str]], span: Span) -> list[int]:
    """The line of words that each mark gets, so that none lies on another."""
    ends: list[float] = []
    found = []
    for at, text in marks:
        x, wide = (at - span.start) / span.duration_s, 0.0115 * columns(text) + 0.01
        first, last = (x - wide, x) if x > 0.8 else (x, x + wide)
        line = next((k for k, end in enumerate(ends) if end <= first), len(ends))
        ends[line : line + 1] = [last]
        found.append(line)
    return found


def _frame(ax: Any, span: Span, last: float, theme: Theme) -> None:
    style.dressed(ax, theme)
    style.time_axis(ax, span.start, span.end, most=12)
    ax.set_ylim(last + 0.6, 0.0)
    ax.set_yticks([])
    ax.grid(axis="x", color=style.DRESSES[theme]["grid"], linewidth=0.6)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)


def _draw(ax: Any, row: Row, y: float, span: Span, dot: float, theme: Theme) -> bool:
    """One row; whether a bar of it stands for more windows or gaps than can be drawn."""
    side, dress = ax.get_yaxis_transform(), style.DRESSES[theme]
    words: dict[str, Any] = {"transform": side, "ha": "right", "va": "center", "fontfamily": fonts()}
    if row.heading:
        ax.text(-0.005, y - 0.8, row.heading, fontsize=9.5, color=dress["faint"], style="italic", **words)
    ax.axhline(y + 0.5, color=dress["grid"], linewidth=0.4, zorder=0.4)
    _bars(ax, row.night, y, 0.48, span, dot, NIGHT[theme], 0.5)
    _hatched(ax, row.windows, y, span, dot, theme)
    color = SHADES[theme][row.basis] if row.basis else PLAIN[theme]
    sharp = row.windows
    if row.sigmas_s is not None:
        fading, sizes = _fades(row, span), np.nan_to_num(row.sigmas_s)
        sharp = replace(row.windows, bounds=row.windows.bounds[~fading])
        for bounds, sigmas in zip(row.windows.bounds[fading], sizes[fading], strict=True):
            _fading(ax, bounds, sigmas, y - 0.02, 0.27, _within_known(row.known, bounds, span), color)
    lower = _bars(ax, sharp, y - 0.02, 0.27, span, dot, color, _MAIN)
    _bars(ax, row.hidden, y + 0.38, 0.06, span, dot, dress["bad"], 2.0)
    _bars(ax, row.shadow, y - 0.4, 0.06, span, dot, SHADOW[theme], 2.0)
    at = y - (0.17 if row.detail else 0.0)
    ax.text(-0.005, at, said(row.label, 48), fontsize=10, color=dress["ink"], **words)
    if row.detail:
        ax.text(-0.005, y + 0.24, said(_shortened(row.detail), LONGEST + 4), fontsize=7, color=dress["faint"], **words)
    summary = _summary(row.windows.within(span))
    ax.text(1.006, y, summary, fontsize=8.5, color=dress["ink"], **{**words, "ha": "left"})
    return lower


def _shortened(text: str) -> str:
    """A path that would push the picture aside, cut at one of its alternatives."""
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0].rstrip("| →") + " | …"


def _bars(ax: Any, windows: Windows | None, y: float, half: float, span: Span, dot: float, color: str,
          order: float) -> bool:  # fmt: skip
    """Bars from a common floor; whether one of them is lower than full."""
    if windows is None or not len(windows):
        return False
    from matplotlib.collections import PolyCollection
    from matplotlib.dates import date2num

    bounds = np.clip(windows.bounds, span.start, span.end)
    found = bars(bounds[bounds[:, 0] < bounds[:, 1]], dot)
    if not len(found):
        return False
    edges: Any = date2num(utc_datetime64(found[:, :2].ravel()))  # type: ignore[no-untyped-call]
    starts, ends = edges.reshape(-1, 2).T
    floor = np.full(len(found), y + half)
    roof = floor - 2.0 * half * heights(found[:, 2])
    corners = np.stack((starts, floor, starts, roof, ends, roof, ends, floor), axis=-1).reshape(-1, 4, 2)
    drawn = PolyCollection(list(corners), facecolors=color, linewidth=0, snap=False, zorder=order)
    ax.add_collection(drawn, autolim=False)
    crowded = (found[:, 2] < 1.0) & (found[:, 2] > 0.0)
    if order >= _MAIN:  # a pale ground of full height, to read the height against
        whole = corners[crowded]
        whole[:, 1:3, 1] = y - half
        pale = PolyCollection(list(whole), facecolors=color, alpha=0.18, linewidth=0, snap=False, zorder=order - 0.1)
        ax.add_collection(pale, autolim=False)
    return bool(crowded.any())


def _fades(row: Row, span: Span) -> NDArray[np.bool_]:
    """Which of a row's bars fade: those of which an edge's standard deviation is seen at the picture's scale."""
    if row.sigmas_s is None:
        return np.zeros(len(row.windows), dtype=bool)
    seen: NDArray[np.bool_] = np.nan_to_num(row.sigmas_s).max(axis=1, initial=0.0) > VISIBLE * span.duration_s
    return seen


def _within_known(known: Array | None, bounds: Array, span: Span) -> Span:
    """The part of a span in which a window's ends are known: there is nothing possible where nothing is known."""
    if known is None:
        return span
    inside = known[(known[:, 0] < bounds[1]) & (known[:, 1] > bounds[0])]
    if not len(inside):
        return span
    # What is seen of an end is as late as its light: a window's own bounds are always within.
    first, last = min(inside[:, 0].min(), bounds[0]), max(inside[:, 1].max(), bounds[1])
    return Span(max(span.start, float(first)), min(span.end, float(last)))


def _hatched(ax: Any, windows: Windows, y: float, span: Span, dot: float, theme: Theme) -> None:
    """Hatching over the time in which no orbit is known; what is shorter than a dot is not drawn."""
    from matplotlib.collections import PolyCollection
    from matplotlib.dates import date2num

    bounds = _seen(windows, span, dot)
    if not len(bounds):
        return
    edges: Any = date2num(utc_datetime64(bounds.ravel()))  # type: ignore[no-untyped-call]
    corners = [[(a, y - 0.29), (a, y + 0.25), (b, y + 0.25), (b, y - 0.29)] for a, b in edges.reshape(-1, 2)]
    look = style.hatched(theme)
    ax.add_collection(PolyCollection(corners, zorder=1.0, **look), autolim=False)


def _seen(windows: Windows, span: Span, dot: float) -> Array:
    """The unknown stretches of a span that are long enough to be seen."""
    bounds = np.clip(windows.unknown.bounds, span.start, span.end)
    return bounds[bounds[:, 1] - bounds[:, 0] >= dot]


def _fading(ax: Any, bounds: Array, sigmas: Array, y: float, half: float, span: Span, color: str) -> None:
    """A bar as dark, at every time, as it is probable that the window is open then."""
    from matplotlib.colors import to_rgba
    from matplotlib.dates import date2num

    (start, end), (before, after) = bounds, np.maximum(sigmas, 1e-9)
    cuts = np.concatenate((start + before * _CUTS, end + after * _CUTS))
    cuts = np.unique(np.clip(cuts, span.start, span.end))
    if len(cuts) < 2:
        return
    middles = 0.5 * (cuts[:-1] + cuts[1:])
    # One bar's share below and above, as if the edges were independent.
    open_there = [_below((t - start) / before) * _below((end - t) / after) for t in middles]
    edges: Any = date2num(utc_datetime64(cuts))  # type: ignore[no-untyped-call]
    ax.broken_barh(
        list(zip(edges[:-1], np.diff(edges), strict=True)),
        (y - half, 2 * half),
        facecolors=[to_rgba(color, share) for share in open_there],
        linewidth=0,
        snap=False,
        zorder=3.0,
    )


def _below(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def _mark(ax: Any, at: float, text: str, line: int, span: Span, theme: Theme) -> None:
    x, color = utc_datetime64(np.array([at]))[0], style.DRESSES[theme]["mark"]
    ax.axvline(x, color=color, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4)
    late = at > span.start + 0.8 * span.duration_s
    side, away = ("right", -4) if late else ("left", 4)
    ax.annotate(text, (x, 0.55 * line + 0.1), xytext=(away, 0), textcoords="offset points", ha=side, va="top",
                fontsize=8.5, color=color, fontfamily=fonts())  # fmt: skip


def _summary(windows: Windows) -> str:
    known_s, whole_s = windows.known_s, windows.span.duration_s
    if known_s <= 0.0:
        return "not known"
    partly = known_s < (1.0 - UNSEEN) * whole_s
    where = f" ({duration(known_s)} known)" if partly else ""
    if not len(windows):
        return f"never{where}"
    share = 100.0 * windows.fraction
    if share > 99.9999:
        return f"always{where}"
    of = f" of {duration(known_s)} known" if partly else ""
    count = f"{len(windows)} window{'s' if len(windows) > 1 else ''}"
    return f"{count}, {duration(windows.total_s)} ({share:.3g} %{of})"


def _unknown(rows: Sequence[Row]) -> str:
    """What a legend adds of bars of which nobody knows how sure their edges are."""
    sizes = [row.sigmas_s for row in rows if row.sigmas_s is not None]
    if not any(np.isnan(each).any() for each in sizes):
        return ""
    sized = any(np.nan_to_num(each).any() for each in sizes)  # edges that the span or missing data make are 0
    return ", σ of some edges unknown" if sized else ", σ of edges unknown"


def _legend(
    ax: Any, rows: Sequence[Row], span: Span, lower: bool, unknown: bool, own: bool, theme: Theme
) -> None:
    from matplotlib.patches import Patch

    def any_of(what: str) -> bool:
        return any(getattr(row, what) is not None and len(getattr(row, what)) for row in rows)

    used = [basis for basis in BASES if any(row.basis == basis and len(row.windows) for row in rows)]
    told = {basis: _unknown([row for row in rows if row.basis == basis]) for basis in used}
    words = {basis: f"open ({basis} {'end' if basis == 'unsourced' else 'orbit'}{told[basis]})" for basis in used}
    handles = [Patch(facecolor=SHADES[theme][basis], label=words[basis]) for basis in used]
    if any(_fades(row, span).any() for row in rows):
        handles.append(Patch(facecolor="none", edgecolor=style.DRESSES[theme]["edge"],
                             label="fading edge: as dark as it is probable that it is open"))  # fmt: skip
    if lower:
        handles.append(Patch(facecolor="none", edgecolor=style.DRESSES[theme]["edge"],
                             label="lower bar: too short to draw one by one; height is the share open"))  # fmt: skip
    if unknown:
        handles.append(style.unknown_patch(theme))
    if any_of("hidden"):
        handles.append(Patch(facecolor=style.DRESSES[theme]["bad"], label="above the horizon, hidden behind a body"))
    if any_of("shadow"):
        handles.append(Patch(facecolor=SHADOW[theme], label="spacecraft in the shadow of Earth or Moon"))
    if any_of("night"):
        handles.append(Patch(facecolor=NIGHT[theme], edgecolor=style.DRESSES[theme]["edge"], label="night at the site"))
    if own:
        style.legend(ax, handles, theme)
    elif handles:
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=2, frameon=False,
                  labelcolor=style.DRESSES[theme]["ink"])  # fmt: skip
