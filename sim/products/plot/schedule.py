"""A schedule on a UTC axis: one row an antenna or a mission, set-up and tear-down pale, maintenance hatched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from sim.core.time import Span
from sim.planning.schedule.measures import united_s
from sim.planning.schedule.network import Network
from sim.planning.schedule.request import Interval, Track
from sim.planning.schedule.schedule import Schedule
from sim.products.plot import style
from sim.products.plot.rows import days, rows_axis
from sim.products.plot.style import Theme

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

HATCHES = ("", "////", "....", "xxxx", "----", "\\\\\\\\", "++++")
"""Of missions or antennas, which differ without color."""

By = Literal["antenna", "mission"]


def schedule_chart(
    network: Network, made: Schedule, span: Span, title: str = "", theme: Theme = "light", by: By = "antenna"
) -> Axes:
    """Draw a schedule; returns the axes of the tracks.

    Parameters
    ----------
    network
        Antennas, whose maintenance is shown, and requests.
    made
        The schedule.
    span
        What to show.
    title, theme
        Words above the picture; dark ink on light paper, or the reverse.
    by
        What the rows are. The other gives the colors. At the right: of each antenna how much of the time it is
        occupied, of each mission how much it gets of what it asks for.
    """
    antennas = [each.name for each in network.antennas]
    missions = list(dict.fromkeys(each.mission for each in network.requests))
    rows, hues = (antennas, missions) if by == "antenna" else (missions, antennas)
    figure = style.figure(13.0, 2.1 + 0.42 * max(len(rows), 1), theme)
    grid = figure.add_gridspec(1, 2, width_ratios=(6.0, 1.0))
    ax = figure.add_subplot(grid[0, 0])
    beside = figure.add_subplot(grid[0, 1], sharey=ax)
    beside.tick_params(labelleft=False)
    palette = rows_axis(ax, rows, span, theme, most=10)
    for name in antennas if by == "antenna" else ():
        for each in network.by_name[name].maintenance:
            _bar(ax, each, rows.index(name), 0.42, span, facecolor="none", edgecolor=palette["faint"], hatch="////",
                 linewidth=0.0, zorder=1)  # fmt: skip
    for track in made.tracks:
        for row, hue in _places(track, rows, hues, by):
            color, hatch = style.hue(hue, theme), _hatch(hue)
            around = (track.occupied_from, track.occupied_to)
            _bar(ax, around, row, 0.26, span, color=color, alpha=0.32, linewidth=0, zorder=2)
            _bar(ax, (track.start, track.end), row, 0.34, span, facecolor=color, edgecolor=palette["paper"],
                 hatch=hatch, linewidth=0.4, zorder=3)  # fmt: skip
    _shares(beside, network, made, span, rows, theme, by)
    style.add_title(ax, title, theme, _detail(made))
    style.legend(ax, _entries(hues, made, network, theme, by), theme)
    return ax


def _hatch(number: int) -> str:
    """The hatching of a mission or an antenna: another one where colors begin again."""
    return HATCHES[(number + number // len(HATCHES)) % len(HATCHES)]


def _places(track: Track, rows: Sequence[str], hues: Sequence[str], by: By) -> list[tuple[int, int]]:
    """The rows in which a track is drawn, with its color in each."""
    if by == "antenna":
        return [(rows.index(name), hues.index(track.mission)) for name in track.antennas]
    return [(rows.index(track.mission), hues.index(track.antennas[0]))]


def _detail(made: Schedule) -> str:
    """How much is tracked, and what is proven."""
    measures = made.measures
    told = [
        f"{measures.tracked_h:.1f} of {measures.asked_s / 3600.0:.1f} h asked",
        f"{measures.satisfied} of {measures.requests} requests satisfied",
    ]
    if made.optimal:
        told.append("proven optimal")
    elif made.gap is not None:
        told.append(f"within {100.0 * made.gap:.1f} % of what can be tracked")
    return " · ".join(told)


def _bar(ax: Axes, times: Interval, row: int, half: float, span: Span, **look: object) -> None:
    if times[1] <= span.start or times[0] >= span.end:
        return
    first, last = days([max(times[0], span.start), min(times[1], span.end)])
    ax.barh(row, last - first, 2.0 * half, left=first, **look)  # type: ignore[arg-type]


def _shares(
    ax: Axes, network: Network, made: Schedule, span: Span, rows: Sequence[str], theme: Theme, by: By
) -> None:
    """Beside the rows: how much of the time shown an antenna is occupied, or how much a mission gets."""
    palette = style.apply_theme(ax, theme)
    for row, name in enumerate(rows):
        if by == "antenna":
            own = [each for each in made.tracks if name in each.antennas]
            cut = [(max(x.occupied_from, span.start), min(x.occupied_to, span.end)) for x in own]
            share = united_s(each for each in cut if each[0] < each[1]) / span.duration_s
        else:
            share = 1.0 - made.measures.lacking.get(name, 0.0)
        ax.barh(row, share, 0.5, color=palette["faint"], linewidth=0, zorder=2)
        text = f"{100.0 * share:.0f} %"
        ax.annotate(text, (min(share, 0.72), row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8,
                    color=palette["ink"] if share < 0.72 else palette["paper"], zorder=3)  # fmt: skip
    ax.set_xlim(0.0, 1.0)
    ax.set_xticks([0.0, 0.5, 1.0], ["0", "50", "100 %"])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="y", visible=False)
    ax.set_xlabel("occupied" if by == "antenna" else "of what it asked for", fontsize=9, color=palette["faint"])
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)


def _entries(hues: Sequence[str], made: Schedule, network: Network, theme: Theme, by: By) -> list[Artist]:
    from matplotlib.patches import Patch

    palette = style.PALETTES[theme]
    used = {each.mission for each in made.tracks} if by == "antenna" else {x for t in made.tracks for x in t.antennas}
    found: list[Artist] = []
    for number, name in enumerate(hues):
        if name in used:
            found.append(Patch(facecolor=style.hue(number, theme), edgecolor=palette["paper"], hatch=_hatch(number),
                               linewidth=0, label=style.short_label(name)))  # fmt: skip
    if any(each.occupied_from < each.start or each.end < each.occupied_to for each in made.tracks):
        found.append(Patch(facecolor=palette["faint"], alpha=0.4, linewidth=0, label="set-up and tear-down"))
    if by == "antenna" and any(each.maintenance for each in network.antennas):
        closed = Patch(facecolor="none", edgecolor=palette["faint"], hatch="////", linewidth=0, label="maintenance")
        found.append(closed)
    return style.limit_entries(found, most=12)
