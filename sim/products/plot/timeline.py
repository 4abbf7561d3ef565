"""Timeline: windows as bars on a UTC axis, one row per route or link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import erf, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.core.durations import duration
from sim.core.time import Span, utc_datetime64
from sim.products.plot import style
from sim.products.plot.bars import bars, heights
from sim.products.plot.fonts import fonts
from sim.products.plot.style import Theme, columns, short_label
from sim.search.windows import Windows
from sim.trajectories.trajectory import BASES, Basis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

SHADES: dict[Theme, dict[Basis, str]] = {
    "light": {"definitive": "#12304f", "reconstructed": "#2f74b5", "predicted": "#5f9fd6", "unsourced": "#7eb4e0",
              "designed": "#9cc9ea"},
    "dark": {"definitive": "#e3f2fe", "reconstructed": "#9ccdf2", "predicted": "#5f9fd6", "unsourced": "#4b84b3",
             "designed": "#36688f"},
}
"""Color of each basis: the better known an orbit, the higher the contrast to the background, also in grayscale."""

PLAIN: dict[Theme, str] = {"light": "#3a4a5a", "dark": "#c3ccd6"}
NIGHT: dict[Theme, str] = {"light": "#e6e4df", "dark": "#262d37"}
SHADOW: dict[Theme, str] = {"light": "#5a3d8a", "dark": "#c5a9f2"}

MOST_ROWS = 120
"""Maximum number of rows drawn. The title states how many are left out."""

VISIBLE = 1.0 / 1500.0
"""Smallest standard deviation of an edge, as a share of the time axis, at which a bar fades: about one dot."""

UNSEEN = 5e-4
"""Unknown time below this share of the span is not mentioned: it comes from light emitted before the data begin."""

_CUTS = np.linspace(-3.0, 3.0, 25)  # steps of the shade of a fading bar, in standard deviations

_MAIN = 3.0  # zorder of the windows of a row

LONGEST = 60
"""Maximum length of a detail, in characters."""


@dataclass(frozen=True)
class Row:
    """One row of a timeline.

    label   : name of the route or link
    windows : bars, colored by basis; time without a known orbit is hatched
    detail  : small print below the label
    basis   : of the orbits
    night   : night at the site, as a shade behind the bars
    hidden  : thin line below the bars while the other end is above the horizon but occulted
    shadow  : thin line above the bars while the spacecraft is in a shadow
    heading : heading above the row, where a group of rows begins
    sigmas_s : (n, 2) standard deviations of the edges; bars fade where they are visible at this scale. 0 for edges cut
               by the span or by missing data, NaN where unknown: these edges do not fade
    known    : (k, 2) TDB s in which orbits are known; bars do not fade beyond it. Everywhere by default
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
    ax: Axes | None = None,
    theme: Theme = "light",
) -> Axes:
    """Draw windows as bars on a UTC axis, one row per route or link.

    Parameters
    ----------
    rows : mapping from name to Windows, or sequence of Row
        The rows, from the top down. `Row` adds night, occultation, shadow and basis.
    span : Span, optional
        Time shown. The span of the windows by default.
    title : str
        Title above the plot.
    marks : sequence of (instant, text)
        Instants (TDB s) to mark, with a short text each.
    ax : Axes, optional
        Axes to draw on. A new figure by default.
    theme : {"light", "dark"}
        Colors.

    Returns
    -------
    Axes
        The axes of the timeline.

    Raises
    ------
    ValueError
        If there are no rows.

    Notes
    -----
    Windows and gaps too short to draw separately are joined into one bar whose height is the open share of the time.

    Examples
    --------
    >>> span = Span("2026-03-01T00:00:00Z", days=1)
    >>> ax = timeline({"relay": Windows.of([(span.start, span.start + 3600.0)], span)}, title="One hour")
    >>> ax.get_title("left")
    'One hour'
    """
    if isinstance(rows, Mapping):
        rows = [Row(name, windows) for name, windows in rows.items()]
    if not rows:
        raise ValueError("expected at least one row")
    span = span or rows[0].windows.span
    left_out, rows = len(rows) - MOST_ROWS, list(rows)[:MOST_ROWS]
    marks = [(at, short_label(text, 60)) for at, text in sorted(marks) if span.start <= at <= span.end]
    lines = _lines(marks, span)
    places = _places(rows, max(lines, default=-1) + 1)
    own = ax is None
    ax = style.figure(13.0, 1.7 + 0.42 * places[-1], theme).add_subplot() if ax is None else ax
    _frame(ax, span, places[-1], theme)
    dot = span.duration_s / (style.figure_of(ax).get_figwidth() * style.figure_of(ax).dpi * 0.77)
    lower = [_draw(ax, row, y, span, dot, theme) for row, y in zip(rows, places, strict=True)]
    for (at, text), line in zip(marks, lines, strict=True):
        _mark(ax, at, text, line, span, theme)
    more = f"{left_out} more row{'s' if left_out > 1 else ''} not shown" if left_out > 0 else ""
    style.add_title(ax, title, theme, more)
    unknown = any(len(_seen(row.windows, span, dot)) for row in rows)
    _legend(ax, rows, span, any(lower), unknown, own, theme)
    return ax


def _places(rows: Sequence[Row], lines: int) -> list[float]:
    """Position of each row from the top, below the texts of marks; a heading takes extra space."""
    places, y = [], 0.55 * lines - 0.35
    for row in rows:
        y += 1.0 + (0.75 if row.heading else 0.0)
        places.append(y)
    return places


def _lines(marks: Sequence[tuple[float, str]], span: Span) -> list[int]:
    """The text line of each mark, so that texts do not overlap."""
    ends: list[float] = []
    found = []
    for at, text in marks:
        x, wide = (at - span.start) / span.duration_s, 0.0115 * columns(text) + 0.01
        first, last = (x - wide, x) if x > 0.8 else (x, x + wide)
        line = next((k for k, end in enumerate(ends) if end <= first), len(ends))
        ends[line : line + 1] = [last]
        found.append(line)
    return found


def _frame(ax: Axes, span: Span, last: float, theme: Theme) -> None:
    style.apply_theme(ax, theme)
    style.time_axis(ax, span.start, span.end, most=12)
    ax.set_ylim(last + 0.6, 0.0)
    ax.set_yticks([])
    ax.grid(axis="x", color=style.PALETTES[theme]["grid"], linewidth=0.6)
    for side in ("top", "left", "right"):
        ax.spines[side].set_visible(False)


def _draw(ax: Axes, row: Row, y: float, span: Span, dot: float, theme: Theme) -> bool:
    """Draw one row; returns whether one of its bars joins windows too short to draw."""
    side, palette = ax.get_yaxis_transform(), style.PALETTES[theme]
    words: dict[str, Any] = {"transform": side, "ha": "right", "va": "center", "fontfamily": fonts()}
    if row.heading:
        ax.text(-0.005, y - 0.8, row.heading, fontsize=9.5, color=palette["faint"], style="italic", **words)
    ax.axhline(y + 0.5, color=palette["grid"], linewidth=0.4, zorder=0.4)
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
    _bars(ax, row.hidden, y + 0.38, 0.06, span, dot, palette["bad"], 2.0)
    _bars(ax, row.shadow, y - 0.4, 0.06, span, dot, SHADOW[theme], 2.0)
    at = y - (0.17 if row.detail else 0.0)
    ax.text(-0.005, at, short_label(row.label, 48), fontsize=10, color=palette["ink"], **words)
    if row.detail:
        detail = short_label(_shortened(row.detail), LONGEST + 4)
        ax.text(-0.005, y + 0.24, detail, fontsize=7, color=palette["faint"], **words)
    summary = _summary(row.windows.within(span))
    ax.text(1.006, y, summary, fontsize=8.5, color=palette["ink"], **{**words, "ha": "left"})
    return lower


def _shortened(text: str) -> str:
    """Shorten a long path at one of its alternatives."""
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0].rstrip("| →") + " | …"


def _bars(ax: Axes, windows: Windows | None, y: float, half: float, span: Span, dot: float, color: str,
          order: float) -> bool:  # fmt: skip
    """Draw bars on a baseline; returns whether one of them is partly open."""
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
    if order >= _MAIN:  # a pale background of full height as a scale
        whole = corners[crowded]
        whole[:, 1:3, 1] = y - half
        pale = PolyCollection(list(whole), facecolors=color, alpha=0.18, linewidth=0, snap=False, zorder=order - 0.1)
        ax.add_collection(pale, autolim=False)
    return bool(crowded.any())


def _fades(row: Row, span: Span) -> NDArray[np.bool_]:
    """Which bars of a row fade: those with a standard deviation of an edge that is visible at this scale."""
    if row.sigmas_s is None:
        return np.zeros(len(row.windows), dtype=bool)
    seen: NDArray[np.bool_] = np.nan_to_num(row.sigmas_s).max(axis=1, initial=0.0) > VISIBLE * span.duration_s
    return seen


def _within_known(known: Array | None, bounds: Array, span: Span) -> Span:
    """The part of a span in which the ends of a window are known; a bar fades only inside it."""
    if known is None:
        return span
    inside = known[(known[:, 0] < bounds[1]) & (known[:, 1] > bounds[0])]
    if not len(inside):
        return span
    # Light arrives later than it was emitted: the bounds of the window itself are always included.
    first, last = min(inside[:, 0].min(), bounds[0]), max(inside[:, 1].max(), bounds[1])
    return Span(max(span.start, float(first)), min(span.end, float(last)))


def _hatched(ax: Axes, windows: Windows, y: float, span: Span, dot: float, theme: Theme) -> None:
    """Hatch time without a known orbit, unless it is shorter than a dot."""
    from matplotlib.collections import PolyCollection
    from matplotlib.dates import date2num

    bounds = _seen(windows, span, dot)
    if not len(bounds):
        return
    edges: Any = date2num(utc_datetime64(bounds.ravel()))  # type: ignore[no-untyped-call]
    corners = [[(a, y - 0.29), (a, y + 0.25), (b, y + 0.25), (b, y - 0.29)] for a, b in edges.reshape(-1, 2)]
    look = style.hatch_style(theme)
    ax.add_collection(PolyCollection(corners, zorder=1.0, **look), autolim=False)


def _seen(windows: Windows, span: Span, dot: float) -> Array:
    """Unknown intervals of a span of at least one dot."""
    bounds = np.clip(windows.unknown.bounds, span.start, span.end)
    return bounds[bounds[:, 1] - bounds[:, 0] >= dot]


def _fading(ax: Axes, bounds: Array, sigmas: Array, y: float, half: float, span: Span, color: str) -> None:
    """Draw a bar whose opacity is the probability that the window is open at that time."""
    from matplotlib.colors import to_rgba
    from matplotlib.dates import date2num

    (start, end), (before, after) = bounds, np.maximum(sigmas, 1e-9)
    cuts = np.concatenate((start + before * _CUTS, end + after * _CUTS))
    cuts = np.unique(np.clip(cuts, span.start, span.end))
    if len(cuts) < 2:
        return
    middles = 0.5 * (cuts[:-1] + cuts[1:])
    # Probability of being past the start and before the end, as if the edges were independent.
    open_there = [_normal_cdf((t - start) / before) * _normal_cdf((end - t) / after) for t in middles]
    edges: Any = date2num(utc_datetime64(cuts))  # type: ignore[no-untyped-call]
    ax.broken_barh(
        list(zip(edges[:-1], np.diff(edges), strict=True)),
        (y - half, 2 * half),
        facecolors=[to_rgba(color, share) for share in open_there],
        linewidth=0,
        snap=False,
        zorder=3.0,
    )


def _normal_cdf(x: float) -> float:
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def _mark(ax: Axes, at: float, text: str, line: int, span: Span, theme: Theme) -> None:
    x, color = utc_datetime64(np.array([at]))[0], style.PALETTES[theme]["mark"]
    ax.axvline(x, color=color, linewidth=1.1, linestyle=(0, (4, 2)), zorder=4)
    late = at > span.start + 0.8 * span.duration_s
    side, away = ("right", -4) if late else ("left", 4)
    ax.annotate(text, (x, 0.55 * line + 0.1), xytext=(away, 0), textcoords="offset points", ha=side, va="top",
                fontsize=8.5, color=color, fontfamily=fonts())  # fmt: skip


def _summary(windows: Windows) -> str:
    known_s, whole_s = windows.known_s, windows.span.duration_s
    if known_s <= 0.0:
        return "no orbit known"
    partly = known_s < (1.0 - UNSEEN) * whole_s
    where = f" in the known {duration(known_s)}" if partly else ""
    if not len(windows):
        return f"never{where}"
    share = 100.0 * windows.fraction
    if share > 99.9999:
        return f"always{where}"
    of = f" of the known {duration(known_s)}" if partly else ""
    count = f"{len(windows)} window{'s' if len(windows) > 1 else ''}"
    return f"{count}, {duration(windows.total_s)} ({share:.3g} %{of})"


def _unknown(rows: Sequence[Row]) -> str:
    """Legend text for edges whose standard deviation is unknown."""
    sizes = [row.sigmas_s for row in rows if row.sigmas_s is not None]
    if not any(np.isnan(each).any() for each in sizes):
        return ""
    sized = any(np.nan_to_num(each).any() for each in sizes)  # edges cut by the span or by missing data are 0
    return ", σ of some edges unknown" if sized else ", σ of edges unknown"


def _legend(
    ax: Axes, rows: Sequence[Row], span: Span, lower: bool, unknown: bool, own: bool, theme: Theme
) -> None:
    from matplotlib.patches import Patch

    palette = style.PALETTES[theme]
    used = [basis for basis in BASES if any(row.basis == basis and len(row.windows) for row in rows)]
    handles = [
        Patch(facecolor=SHADES[theme][basis],
              label=f"open ({basis} {'end' if basis == 'unsourced' else 'orbit'}"
                    f"{_unknown([row for row in rows if row.basis == basis])})")
        for basis in used
    ]  # fmt: skip
    if any(_fades(row, span).any() for row in rows):
        handles.append(Patch(facecolor="none", edgecolor=palette["edge"],
                             label="fading edge: opacity is the probability that it is open"))  # fmt: skip
    if lower:
        handles.append(Patch(facecolor="none", edgecolor=palette["edge"],
                             label="lower bars: windows too brief to draw separately; height: open share"))  # fmt: skip
    if unknown:
        handles.append(style.unknown_patch(theme))
    if any(len(row.hidden) for row in rows if row.hidden is not None):
        handles.append(Patch(facecolor=palette["bad"], label="above the horizon, occulted"))
    if any(len(row.shadow) for row in rows if row.shadow is not None):
        handles.append(Patch(facecolor=SHADOW[theme], label="spacecraft in shadow"))
    if any(len(row.night) for row in rows if row.night is not None):
        handles.append(Patch(facecolor=NIGHT[theme], edgecolor=palette["edge"], label="night at the site"))
    if own:
        style.legend(ax, handles, theme)
    elif handles:
        ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.15), ncol=2, frameon=False,
                  labelcolor=palette["ink"])  # fmt: skip
