"""Windows on a UTC axis, one row a route or station."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.time import DAY_S, Span, utc, utc_datetime64
from sim.trajectory import BASES, Basis
from sim.windows import Windows

Array = NDArray[np.float64]

SHADES: dict[Basis, str] = {
    "definitive": "#12304f",
    "reconstructed": "#2f74b5",
    "predicted": "#5f9fd6",
    "designed": "#9cc9ea",
}
"""The surer, the darker: reads in grey as in colour."""

PLAIN = "#3a4a5a"
NIGHT = "#e6e4df"
HIDDEN = "#c8641e"
INK = "#222222"
FAINT = "#6b6b6b"
MARK = "#8a1c3c"

VISIBLE = 1.0 / 1500.0
"""The part of the picture's width that an edge's standard deviation must be for a bar to fade there: about a dot."""

_CUTS = np.linspace(-3.0, 3.0, 25)  # standard deviations at which a fading bar's shade changes

LONGEST = 60
"""Characters of a detail that are shown."""


@dataclass(frozen=True)
class Row:
    """One row of a timeline.

    windows : drawn as bars, in a shade by `basis` if that is given
    night   : drawn as a shade behind them
    hidden  : drawn as a thin line below them, where a body stands in the way of what is above the horizon
    heading : starts a group of rows
    sigmas_s : (n, 2) standard deviations of the windows' edges: bars fade where the picture's scale shows them
    """

    label: str
    windows: Windows
    detail: str = ""
    basis: Basis | None = None
    night: Windows | None = None
    hidden: Windows | None = None
    heading: str = ""
    sigmas_s: Array | None = None


def timeline(
    rows: Mapping[str, Windows] | Sequence[Row],
    span: Span | None = None,
    title: str = "",
    marks: Sequence[tuple[float, str]] = (),
    ax: Any = None,
) -> Any:
    """Draw windows as bars on a UTC axis; returns the axes.

    rows  : names and windows, or `Row`s with night, occultation and basis
    span  : what to show; the windows' own span if not given
    marks : instants (TDB s) to point out, each with a few words
    ax    : matplotlib axes to draw on; a new figure if not given

    >>> ax = timeline({"relay": result.routes["relay"]})
    """
    if isinstance(rows, Mapping):
        rows = [Row(name, windows) for name, windows in rows.items()]
    if not rows:
        raise ValueError("a timeline needs at least one row")
    span = span or rows[0].windows.span
    places = _places(rows)
    own = ax is None
    ax = _figure(places[-1] + 1.0) if own else ax
    _frame(ax, span, places[-1], title)
    for row, y in zip(rows, places, strict=True):
        _draw(ax, row, y, span)
    for at, text in marks:
        _mark(ax, at, text, span)
    _legend(ax, rows, own)
    return ax


def _places(rows: Sequence[Row]) -> list[float]:
    """Height of each row, from the top down; a heading takes a row of its own."""
    places, y = [], 0.0
    for row in rows:
        y += 1.0 + (0.9 if row.heading else 0.0)
        places.append(y)
    return places


def _figure(height: float) -> Any:
    """A figure as high as its rows need, free of pyplot so that nothing stays open."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13.0, 1.5 + 0.42 * height), dpi=130, layout="constrained", facecolor="white")
    FigureCanvasAgg(figure)
    return figure.add_subplot()


def _frame(ax: Any, span: Span, last: float, title: str) -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    start, end = utc_datetime64(np.array([span.start, span.end]))
    ax.set_xlim(start, end)
    ax.set_ylim(last + 0.75, -0.1)
    ax.xaxis.set_major_locator(AutoDateLocator(minticks=5, maxticks=12))  # type: ignore[no-untyped-call]
    style = "%d %b\n%Y" if span.days > 400 else "%d %b" if span.days > 4 else "%H:%M\n%d %b"
    ax.xaxis.set_major_formatter(DateFormatter(style))  # type: ignore[no-untyped-call]
    ax.set_xlabel("UTC" if span.days > 400 else f"UTC, {utc(span.start, 0)[:4]}", color=INK)
    ax.set_yticks([])
    ax.grid(axis="x", color="#d5d5d5", linewidth=0.6)
    ax.set_axisbelow(True)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)
    if title:
        ax.set_title(title, loc="left", fontsize=13, fontweight="bold", color=INK, pad=12)


def _draw(ax: Any, row: Row, y: float, span: Span) -> None:
    side = ax.get_yaxis_transform()
    if row.heading:
        ax.text(-0.005, y - 0.98, row.heading, transform=side, ha="right", va="center", fontsize=9.5,
                color=FAINT, style="italic")  # fmt: skip
    ax.axhline(y + 0.5, color="#eeeeee", linewidth=0.6, zorder=0.4)
    _bars(ax, row.night, y, 0.48, span, NIGHT, 0.5)
    color = SHADES[row.basis] if row.basis else PLAIN
    if row.sigmas_s is None:
        _bars(ax, row.windows, y - 0.04, 0.27, span, color, 3.0)
    else:
        fading = row.sigmas_s.max(axis=1, initial=0.0) > VISIBLE * span.duration_s
        _bars(ax, replace(row.windows, bounds=row.windows.bounds[~fading]), y - 0.04, 0.27, span, color, 3.0)
        for bounds, sigmas in zip(row.windows.bounds[fading], row.sigmas_s[fading], strict=True):
            _fading(ax, bounds, sigmas, y - 0.04, 0.27, span, color)
    _bars(ax, row.hidden, y + 0.37, 0.07, span, HIDDEN, 2.0)
    at = y - (0.17 if row.detail else 0.0)
    ax.text(-0.005, at, row.label, transform=side, ha="right", va="center", fontsize=10, color=INK)
    if row.detail:
        detail = _shortened(row.detail)
        ax.text(-0.005, y + 0.24, detail, transform=side, ha="right", va="center", fontsize=7, color=FAINT)
    summary = _summary(row.windows.within(span))
    ax.text(1.006, y, summary, transform=side, ha="left", va="center", fontsize=8.5, color=INK)


def _shortened(text: str) -> str:
    """A path that would push the picture aside, cut at one of its alternatives."""
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0].rstrip("| →") + " | …"


def _bars(ax: Any, windows: Windows | None, y: float, half: float, span: Span, color: str, order: float) -> None:
    if windows is None or not len(windows):
        return
    from matplotlib.dates import date2num

    bounds = np.clip(windows.bounds, span.start, span.end)
    bounds = bounds[bounds[:, 0] < bounds[:, 1]]
    if not len(bounds):
        return
    days: Any = date2num(utc_datetime64(bounds.ravel()))  # type: ignore[no-untyped-call]
    starts, ends = days.reshape(-1, 2).T
    thinnest = span.days / 1300.0  # about a dot: with no snapping to dots, no window vanishes
    ax.broken_barh(
        list(zip(starts, np.maximum(ends - starts, thinnest), strict=True)),
        (y - half, 2 * half),
        facecolors=color,
        linewidth=0,
        snap=False,
        zorder=order,
    )


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


def _mark(ax: Any, at: float, text: str, span: Span) -> None:
    if not span.start <= at <= span.end:
        return
    x = utc_datetime64(np.array([at]))[0]
    ax.axvline(x, color=MARK, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4)
    late = at > span.start + 0.8 * span.duration_s
    side, away = ("right", -4) if late else ("left", 4)
    ax.annotate(text, (x, 1.0), xycoords=("data", "axes fraction"), xytext=(away, -3), textcoords="offset points",
                ha=side, va="top", fontsize=8.5, color=MARK)  # fmt: skip


def _summary(windows: Windows) -> str:
    if not len(windows):
        return "never"
    share = 100.0 * windows.fraction
    if share > 99.9999:
        return "always"
    total = windows.total_s
    amount = f"{total / DAY_S:.1f} d" if total >= 2 * DAY_S else f"{total / 3600:.1f} h"
    return f"{len(windows)} window{'s' if len(windows) > 1 else ''}, {amount} ({share:.3g} %)"


def _legend(ax: Any, rows: Sequence[Row], own: bool) -> None:
    from matplotlib.patches import Patch

    used = [basis for basis in BASES if any(row.basis == basis and len(row.windows) for row in rows)]
    handles = [Patch(facecolor=SHADES[basis], label=f"open ({basis} orbit)") for basis in used]
    if any(row.hidden is not None and len(row.hidden) for row in rows):
        handles.append(Patch(facecolor=HIDDEN, label="above the horizon, hidden behind a body"))
    if any(row.night is not None and len(row.night) for row in rows):
        handles.append(Patch(facecolor=NIGHT, label="night at the site"))
    if not handles:
        return
    if own:
        ax.figure.legend(handles=handles, loc="outside lower center", ncol=len(handles), frameon=False, fontsize=9)
    else:
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=2, frameon=False)
